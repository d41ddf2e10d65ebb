-- Every change waits once for each consumer that asked for its kind. NOTIFY only wakes the relay: it carries nothing.

CREATE SEQUENCE events_relay_fence;  -- orders the states that consumers read, see events/outbox.py

INSERT INTO events_outboxconsumer (name, kinds, subscribed_at, delivered, retried, buried, last_error)
VALUES ('embedding', '{event.saved,event.deleted}', now(), 0, 0, 0, '');

ALTER TABLE events_outboxmessage SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- What waits from before says only in its columns what it is about.
UPDATE events_outboxmessage SET payload = jsonb_build_object(
  'event_id', event_id, 'cause', CASE kind WHEN 'event.deleted' THEN 'event.deleted' ELSE 'event.updated' END);

CREATE FUNCTION events_announce(ids bigint[], change_kind text, cause text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO events_outboxmessage (consumer, event_id, kind, version, payload, created_at, attempts, available_at, last_error)
  SELECT c.name, changed.id, change_kind, 1, jsonb_build_object('event_id', changed.id, 'cause', cause),
         clock_timestamp(), 0, clock_timestamp(), ''
  FROM (SELECT DISTINCT unnest(ids) AS id) changed CROSS JOIN events_outboxconsumer c
  WHERE change_kind = ANY (c.kinds)
  ORDER BY changed.id;
  IF FOUND THEN NOTIFY events_outbox; END IF;
END $$;

CREATE OR REPLACE FUNCTION events_event_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  ids bigint[];
BEGIN
  SELECT array_agg(id) INTO ids FROM changed;
  IF ids IS NULL THEN RETURN NULL; END IF;
  PERFORM events_refresh_index(ids);
  PERFORM events_announce(ids, 'event.saved', 'event.inserted');
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION events_event_updated() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  ids bigint[];
BEGIN
  SELECT array_agg(id) INTO ids FROM changed;
  IF ids IS NULL THEN RETURN NULL; END IF;
  PERFORM events_refresh_index(ids);
  UPDATE events_occurrence o SET lat = lat  -- the fill trigger reads the new venue
    FROM changed n JOIN before b ON b.id = n.id
    WHERE o.event_id = n.id AND n.venue_id IS DISTINCT FROM b.venue_id;
  PERFORM events_announce(ids, 'event.saved', 'event.updated');
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION events_event_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  ids bigint[];
BEGIN
  SELECT array_agg(id) INTO ids FROM changed;
  IF ids IS NULL THEN RETURN NULL; END IF;
  PERFORM events_announce(ids, 'event.deleted', 'event.deleted');
  RETURN NULL;
END $$;

-- Events whose venue this is, and events with a single occurrence there.
CREATE OR REPLACE FUNCTION events_venue_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  ids bigint[];
BEGIN
  SELECT array_agg(e.id) INTO ids FROM events_event e JOIN changed v ON v.id = e.venue_id;
  UPDATE events_occurrence o SET lat = lat
    FROM events_event e WHERE o.event_id = e.id
      AND COALESCE(o.venue_id, e.venue_id) IN (SELECT id FROM changed);
  IF ids IS NULL THEN RETURN NULL; END IF;
  PERFORM events_refresh_index(ids);
  PERFORM events_announce(ids, 'event.saved', 'venue.updated');
  RETURN NULL;
END $$;

CREATE FUNCTION events_occurrence_announce() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  ids bigint[];
BEGIN
  SELECT array_agg(event_id) INTO ids FROM changed;
  IF ids IS NULL THEN RETURN NULL; END IF;
  PERFORM events_announce(ids, 'event.saved', TG_ARGV[0]);
  RETURN NULL;
END $$;
DROP TRIGGER occurrence_inserted ON events_occurrence;
DROP TRIGGER occurrence_updated ON events_occurrence;
DROP TRIGGER occurrence_deleted ON events_occurrence;
DROP FUNCTION events_occurrence_changed();
CREATE TRIGGER occurrence_inserted AFTER INSERT ON events_occurrence REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION events_occurrence_announce('occurrence.inserted');
CREATE TRIGGER occurrence_updated AFTER UPDATE ON events_occurrence REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION events_occurrence_announce('occurrence.updated');
CREATE TRIGGER occurrence_deleted AFTER DELETE ON events_occurrence REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION events_occurrence_announce('occurrence.deleted');
