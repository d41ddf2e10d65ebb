from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).parent / "sql" / "0002_triggers.sql").read_text(encoding="utf-8")
UNDO = """
DROP TRIGGER occurrence_fill ON events_occurrence; DROP FUNCTION events_occurrence_fill();
DROP TRIGGER event_inserted ON events_event; DROP TRIGGER event_updated ON events_event; DROP TRIGGER event_deleted ON events_event;
DROP TRIGGER venue_updated ON events_venue;
DROP TRIGGER occurrence_inserted ON events_occurrence; DROP TRIGGER occurrence_updated ON events_occurrence;
DROP TRIGGER occurrence_deleted ON events_occurrence;
DROP FUNCTION events_event_changed(); DROP FUNCTION events_event_updated(); DROP FUNCTION events_event_deleted();
DROP FUNCTION events_venue_changed(); DROP FUNCTION events_occurrence_changed(); DROP FUNCTION events_refresh_index(bigint[]);
DROP FUNCTION events_grid_cell(double precision, double precision);
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]
    operations = [migrations.RunSQL(SQL, UNDO)]
