-- The narrow index rows and the denormalised columns are kept by the database, so that no writer can forget them.

ALTER TABLE events_eventindex ALTER COLUMN embedding SET STORAGE PLAIN;

CREATE FUNCTION events_grid_cell(lat double precision, lng double precision) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
  CASE WHEN lat IS NULL OR lng IS NULL THEN NULL
       ELSE floor((lat + 90) * 5)::integer * 1800 + (floor((lng + 180) * 5)::integer % 1800) END;

CREATE FUNCTION events_occurrence_fill() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v record;
BEGIN
  SELECT ven.latitude, ven.longitude, ven.country_code, COALESCE(NULLIF(loc.admin1, ''), ven.state) AS admin1 INTO v
  FROM events_event ev
  JOIN events_venue ven ON ven.id = COALESCE(NEW.venue_id, ev.venue_id)
  LEFT JOIN locations_location loc ON loc.id = ven.location_id
  WHERE ev.id = NEW.event_id;
  NEW.lat := v.latitude;
  NEW.lng := v.longitude;
  NEW.cell := events_grid_cell(v.latitude, v.longitude);
  NEW.region := COALESCE(NULLIF(v.country_code, '') || '-' || COALESCE(v.admin1, ''), '');
  NEW.effective_end := CASE
    WHEN NEW."end" > NEW.start THEN NEW."end"
    WHEN NEW.all_day THEN NEW.start + interval '1 day'
    ELSE NEW.start + interval '2 hours' END;
  NEW.long := NEW.effective_end > NEW.start + interval '25 hours';  -- a day of the autumn clock change is one day
  RETURN NEW;
END $$;
CREATE TRIGGER occurrence_fill BEFORE INSERT OR UPDATE ON events_occurrence
  FOR EACH ROW EXECUTE FUNCTION events_occurrence_fill();

CREATE FUNCTION events_refresh_index(ids bigint[]) RETURNS void LANGUAGE sql AS $$
  INSERT INTO events_eventindex (event_id, model, document_hash, document, terms, name_key, live, attendance,
                                 age_min, age_max, price_min, is_free, popularity)
  SELECT e.id, '', '',
    setweight(to_tsvector('english', e.title), 'A')
      || setweight(to_tsvector('english', array_to_string(e.tags, ' ') || ' ' || e.category || ' '
                                          || array_to_string(e.audience, ' ')), 'B')
      || setweight(to_tsvector('english', COALESCE(v.name, '') || ' ' || e.organizer || ' ' || e.room_name), 'C')
      || setweight(to_tsvector('english', left(e.description, 1200)), 'D'),
    tsvector_to_array(strip(to_tsvector('english', e.title || ' ' || array_to_string(e.tags, ' ') || ' ' || e.category))),
    lower(e.title || ' | ' || COALESCE(v.name, '')),
    e.status IN ('scheduled', 'rescheduled') AND e.duplicate_of_id IS NULL,
    e.attendance_mode, e.age_min, e.age_max, e.price_min, e.is_free, e.popularity
  FROM events_event e LEFT JOIN events_venue v ON v.id = e.venue_id
  WHERE e.id = ANY (ids)
  ON CONFLICT (event_id) DO UPDATE SET
    document = excluded.document, terms = excluded.terms, name_key = excluded.name_key, live = excluded.live,
    attendance = excluded.attendance, age_min = excluded.age_min, age_max = excluded.age_max,
    price_min = excluded.price_min, is_free = excluded.is_free, popularity = excluded.popularity;
$$;

CREATE FUNCTION events_event_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  ids bigint[];
BEGIN
  SELECT array_agg(id) INTO ids FROM changed;
  IF ids IS NULL THEN RETURN NULL; END IF;
  PERFORM events_refresh_index(ids);
  INSERT INTO events_outboxmessage (event_id, kind, version, payload, created_at, attempts, available_at, last_error)
    SELECT unnest(ids), 'event.saved', 1, '{}', now(), 0, now(), '';
  RETURN NULL;
END $$;
CREATE TRIGGER event_inserted AFTER INSERT ON events_event REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION events_event_changed();

CREATE FUNCTION events_event_updated() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  ids bigint[];
BEGIN
  SELECT array_agg(id) INTO ids FROM changed;
  IF ids IS NULL THEN RETURN NULL; END IF;
  PERFORM events_refresh_index(ids);
  UPDATE events_occurrence o SET lat = lat  -- the fill trigger reads the new venue
    FROM changed n JOIN before b ON b.id = n.id
    WHERE o.event_id = n.id AND n.venue_id IS DISTINCT FROM b.venue_id;
  INSERT INTO events_outboxmessage (event_id, kind, version, payload, created_at, attempts, available_at, last_error)
    SELECT unnest(ids), 'event.saved', 1, '{}', now(), 0, now(), '';
  RETURN NULL;
END $$;
CREATE TRIGGER event_updated AFTER UPDATE ON events_event REFERENCING NEW TABLE AS changed OLD TABLE AS before
  FOR EACH STATEMENT EXECUTE FUNCTION events_event_updated();

CREATE FUNCTION events_event_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO events_outboxmessage (event_id, kind, version, payload, created_at, attempts, available_at, last_error)
    SELECT id, 'event.deleted', 1, '{}', now(), 0, now(), '' FROM changed;
  RETURN NULL;
END $$;
CREATE TRIGGER event_deleted AFTER DELETE ON events_event REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION events_event_deleted();

CREATE FUNCTION events_venue_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  ids bigint[];
BEGIN
  SELECT array_agg(e.id) INTO ids FROM events_event e JOIN changed v ON v.id = e.venue_id;
  UPDATE events_occurrence o SET lat = lat
    FROM events_event e WHERE o.event_id = e.id
      AND COALESCE(o.venue_id, e.venue_id) IN (SELECT id FROM changed);
  IF ids IS NULL THEN RETURN NULL; END IF;
  PERFORM events_refresh_index(ids);
  INSERT INTO events_outboxmessage (event_id, kind, version, payload, created_at, attempts, available_at, last_error)
    SELECT unnest(ids), 'event.saved', 1, '{}', now(), 0, now(), '';
  RETURN NULL;
END $$;
CREATE TRIGGER venue_updated AFTER UPDATE ON events_venue REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION events_venue_changed();

CREATE FUNCTION events_occurrence_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO events_outboxmessage (event_id, kind, version, payload, created_at, attempts, available_at, last_error)
    SELECT DISTINCT event_id, 'event.saved', 1, '{}'::jsonb, now(), 0, now(), '' FROM changed;
  RETURN NULL;
END $$;
CREATE TRIGGER occurrence_inserted AFTER INSERT ON events_occurrence REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION events_occurrence_changed();
CREATE TRIGGER occurrence_updated AFTER UPDATE ON events_occurrence REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION events_occurrence_changed();
CREATE TRIGGER occurrence_deleted AFTER DELETE ON events_occurrence REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION events_occurrence_changed();
