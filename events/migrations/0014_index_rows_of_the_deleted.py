from django.db import migrations

# Django empties `duplicate_of` of what points at a deleted event even where that goes, too: the change makes its index row anew.
SQL = """
CREATE OR REPLACE FUNCTION events_event_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  ids bigint[];
BEGIN
  SELECT array_agg(id) INTO ids FROM changed;
  IF ids IS NULL THEN RETURN NULL; END IF;
  DELETE FROM events_eventindex WHERE event_id = ANY (ids);
  PERFORM events_announce(ids, 'event.deleted', 'event.deleted');
  RETURN NULL;
END $$;
"""
UNDO = SQL.replace("  DELETE FROM events_eventindex WHERE event_id = ANY (ids);\n", "")


class Migration(migrations.Migration):
    """An event can be deleted together with its duplicates."""

    dependencies = [("events", "0013_words_for_constraints")]
    operations = [migrations.RunSQL(SQL, UNDO)]
