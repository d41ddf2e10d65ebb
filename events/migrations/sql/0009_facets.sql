-- What search counts, in the index row: who asks for facets reads no event. `facet_key` is the same for events that are the same in all of
-- category, audience, attendance and price; what it stands for is read from one event of each.

CREATE FUNCTION events_facet_key(category text, audience text[], attendance text, is_free boolean, price_min numeric) RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE RETURN
  encode(substr(sha256(convert_to(jsonb_build_array(category, audience, attendance, is_free, price_min)::text, 'UTF8')), 1, 16), 'hex')::uuid;

CREATE OR REPLACE FUNCTION events_refresh_index(ids bigint[]) RETURNS void LANGUAGE sql AS $$
  INSERT INTO events_eventindex (event_id, model, document_hash, document, terms, name_key, live, attendance,
                                 age_min, age_max, price_min, is_free, popularity, venue_id, category_key, facet_key)
  SELECT e.id, '', '',
    setweight(to_tsvector('english', e.title), 'A')
      || setweight(to_tsvector('english', array_to_string(e.tags, ' ') || ' ' || e.category || ' '
                                          || array_to_string(e.audience, ' ')), 'B')
      || setweight(to_tsvector('english', COALESCE(v.name, '') || ' ' || e.organizer || ' ' || e.room_name), 'C')
      || setweight(to_tsvector('english', left(e.description, 1200)), 'D'),
    tsvector_to_array(strip(to_tsvector('english', e.title || ' ' || array_to_string(e.tags, ' ') || ' ' || e.category))),
    lower(e.title || ' | ' || COALESCE(v.name, '')),
    e.status IN ('scheduled', 'rescheduled') AND e.duplicate_of_id IS NULL,
    e.attendance_mode, e.age_min, e.age_max, e.price_min, e.is_free, e.popularity, e.venue_id, lower(e.category),
    events_facet_key(e.category, e.audience, e.attendance_mode, e.is_free, e.price_min)
  FROM events_event e LEFT JOIN events_venue v ON v.id = e.venue_id
  WHERE e.id = ANY (ids)
  ON CONFLICT (event_id) DO UPDATE SET
    document = excluded.document, terms = excluded.terms, name_key = excluded.name_key, live = excluded.live,
    attendance = excluded.attendance, age_min = excluded.age_min, age_max = excluded.age_max,
    price_min = excluded.price_min, is_free = excluded.is_free, popularity = excluded.popularity,
    venue_id = excluded.venue_id, category_key = excluded.category_key, facet_key = excluded.facet_key;
$$;

-- Every row is written anew: its indexes, an ANN index too, are built afterwards in one go, which takes a tenth of the time.
DO $$
DECLARE
  definitions text[];
  names text[];
  one text;
BEGIN
  SELECT array_agg(pg_get_indexdef(indexrelid)), array_agg(indexrelid::regclass::text) INTO definitions, names
  FROM pg_index WHERE indrelid = 'events_eventindex'::regclass AND NOT indisprimary;
  FOREACH one IN ARRAY names LOOP EXECUTE 'DROP INDEX ' || one; END LOOP;
  UPDATE events_eventindex i SET venue_id = e.venue_id, category_key = lower(e.category),
    facet_key = events_facet_key(e.category, e.audience, e.attendance_mode, e.is_free, e.price_min)
  FROM events_event e WHERE e.id = i.event_id;
  FOREACH one IN ARRAY definitions LOOP EXECUTE one; END LOOP;
END $$;
