from pathlib import Path

from django.db import migrations, models

SQL = (Path(__file__).parent / "sql" / "0009_facets.sql").read_text(encoding="utf-8")
_FIRST = (Path(__file__).parent / "sql" / "0002_triggers.sql").read_text(encoding="utf-8")
_REFRESH = _FIRST[
    _FIRST.index("CREATE FUNCTION events_refresh_index") : _FIRST.index("CREATE FUNCTION events_event_changed")
]
UNDO = _REFRESH.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1) + (
    "DROP FUNCTION events_facet_key(text, text[], text, boolean, numeric);"
)
OF_EVENT = ["live", "attendance", "age_min", "age_max", "price_min", "is_free", "popularity"]
OF_OCCURRENCE = ["id", "event", "venue", "lat", "lng", "long", "status"]
INDEXES = [
    models.Index(fields=["cell", "start"], include=["effective_end", *OF_OCCURRENCE], name="occurrence_cell_start"),
    models.Index(fields=["start"], include=["effective_end", "region", *OF_OCCURRENCE], name="occurrence_start"),
    models.Index(fields=["region", "start"], include=["effective_end", *OF_OCCURRENCE], name="occurrence_region_start"),
    models.Index(
        condition=models.Q(("long", True)),
        fields=["cell", "effective_end"],
        include=["start", *OF_OCCURRENCE],
        name="occurrence_long",
    ),
]


class Migration(migrations.Migration):
    """What search counts is read from indexes alone: of an event from one of its index row, of an occurrence with its venue."""

    dependencies = [("events", "0008_price_filter")]
    operations = [
        migrations.AddField("eventindex", "venue_id", models.BigIntegerField(null=True)),
        migrations.AddField("eventindex", "category_key", models.TextField(default="", db_default="")),
        migrations.AddField("eventindex", "facet_key", models.UUIDField(null=True)),
        migrations.RunSQL(SQL, UNDO),
        migrations.AddIndex(
            "eventindex",
            models.Index(
                fields=["event"], include=[*OF_EVENT, "venue_id", "category_key", "facet_key"], name="index_facets"
            ),
        ),
        *(migrations.RemoveIndex("occurrence", index.name) for index in INDEXES),
        *(migrations.AddIndex("occurrence", index) for index in INDEXES),
    ]
