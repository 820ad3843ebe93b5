-- The ground that the other scripts of this folder stand on. All helpers live in the session's own
-- schema and are gone with it. Numbers come from the session: volume.seed, volume.customers, …
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET synchronous_commit = off;
SET work_mem = '128MB';
SET maintenance_work_mem = '768MB';
SET max_parallel_workers_per_gather = 0;
SET client_min_messages = warning;
SELECT set_config('volume.today', (current_setting('volume.moment')::timestamptz AT TIME ZONE 'Asia/Shanghai')::date::text, false);

CREATE FUNCTION pg_temp.given(name text) RETURNS bigint LANGUAGE sql STABLE AS
$$ SELECT current_setting('volume.' || name)::bigint $$;

-- The same number below `many` for the same row and question in every run with the same seed.
CREATE FUNCTION pg_temp.pick(n bigint, question bigint, many bigint) RETURNS bigint LANGUAGE sql STABLE AS
$$ SELECT (hashint8extended(n, current_setting('volume.seed')::bigint * 1000 + question) & 9223372036854775807) % many $$;

CREATE FUNCTION pg_temp.customer_id(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT ('c' || lpad(to_hex(n), 7, '0') || '-0000-7000-8000-' || lpad(to_hex(n * 7919 % 281474976710656), 12, '0'))::uuid $$;
CREATE FUNCTION pg_temp.contact_id(n bigint, place bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT ('c' || lpad(to_hex(n), 7, '0') || '-000' || place || '-7000-8000-' || lpad(to_hex(n * 7919 % 281474976710656), 12, '0'))::uuid $$;

-- Triggers rest, and indexes and foreign keys are laid aside while tables are filled; taken up again,
-- they check every row that came in.
CREATE TEMP TABLE laid_aside (place serial PRIMARY KEY, again text NOT NULL);
CREATE FUNCTION pg_temp.lay_aside(tables text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE r record;
BEGIN
    FOR r IN SELECT c.conname, c.conrelid::regclass AS t, pg_get_constraintdef(c.oid) AS def FROM pg_constraint c
             WHERE c.contype = 'f' AND c.conrelid = ANY (tables::regclass[]) ORDER BY c.conrelid::regclass::text, c.conname LOOP
        INSERT INTO laid_aside (again) VALUES (format('ALTER TABLE %s ADD CONSTRAINT %I %s', r.t, r.conname, r.def));
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', r.t, r.conname);
    END LOOP;
    FOR r IN SELECT i.indexrelid::regclass AS name, pg_get_indexdef(i.indexrelid) AS def FROM pg_index i
             WHERE i.indrelid = ANY (tables::regclass[]) AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
             ORDER BY i.indexrelid::regclass::text LOOP
        INSERT INTO laid_aside (again) VALUES (r.def);
        EXECUTE format('DROP INDEX %s', r.name);
    END LOOP;
    FOR r IN SELECT t FROM unnest(tables) t LOOP
        EXECUTE format('ALTER TABLE %I DISABLE TRIGGER USER', r.t);
        INSERT INTO laid_aside (again) VALUES (format('ALTER TABLE %I ENABLE TRIGGER USER', r.t));
    END LOOP;
END $$;
CREATE FUNCTION pg_temp.take_up() RETURNS void LANGUAGE plpgsql AS $$
DECLARE r record;
BEGIN
    -- Indexes first: they make the check of the foreign keys cheap.
    FOR r IN SELECT again FROM laid_aside ORDER BY again NOT LIKE 'CREATE%', again LIKE '%TRIGGER USER', place LOOP
        EXECUTE r.again;
    END LOOP;
    TRUNCATE laid_aside;
END $$;

-- Eight teams of five reps under the director; everybody has the password of the demonstration.
INSERT INTO person (id, login, name, name_en, department, roles, manager_id, language, theme, password_hash, is_active, created_at)
SELECT ('d' || lpad(to_hex(n), 7, '0') || '-0000-7000-8000-000000000000')::uuid, 'm' || n || 'x', '主管' || n, 'Manager ' || n, 'sales', '{sales_manager}',
    d.id, 'zh', 'auto', d.password_hash, true, d.created_at
FROM generate_series(1, 8) n, person d WHERE d.login = 'chenjing';
INSERT INTO person (id, login, name, name_en, department, roles, manager_id, language, theme, password_hash, is_active, created_at)
SELECT ('e' || lpad(to_hex(n), 7, '0') || '-0000-7000-8000-000000000000')::uuid, 'r' || n || 'x', '业务' || n, 'Rep ' || n, 'sales', '{sales_rep}',
    m.id, 'zh', 'auto', m.password_hash, true, m.created_at
FROM generate_series(1, 40) n JOIN person m ON m.login = 'm' || (n - 1) / 5 + 1 || 'x';
CREATE TEMP TABLE rep AS
SELECT substr(p.login, 2, length(p.login) - 2)::int - 1 AS place, p.id, p.manager_id FROM person p WHERE p.login ~ '^r[0-9]+x$';
ALTER TABLE rep ADD PRIMARY KEY (place);
