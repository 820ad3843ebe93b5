-- A receipt for every milestone that was settled on the way.
INSERT INTO receipt (id, order_id, position, amount, received_at, reference, recorded_by, recorded_at)
SELECT ('f' || substr(pg_temp.own(m.order_id, c.k)::text, 2, 13) || '9' || substr(m.order_id::text, 16, 20) || m.position % 10)::uuid, pg_temp.own(m.order_id, c.k), m.position,
    m.amount - m.received, m.due_on - c.shift, 'YH' || c.k, f.id, m.due_on - c.shift + interval '1 day'
FROM milestone m JOIN sales_order o ON o.id = m.order_id JOIN copy c ON c.template = o.deal_id JOIN person f ON f.login = 'wufang'
WHERE pg_temp.is_settled(m.received, m.amount, c);

-- The history of the copies, an unbroken chain of events for each, and what reports are made of.
-- An event's text is cut into what stays and what is of the copy's own: ids, numbers, moments, days, people.
CREATE FUNCTION pg_temp.written(value jsonb) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN CASE jsonb_typeof(value)
        WHEN 'object' THEN '{' || COALESCE((SELECT string_agg(to_jsonb(key)::text || ':' || pg_temp.written(part), ',' ORDER BY key COLLATE "C") FROM jsonb_each(value) AS x (key, part)), '') || '}'
        WHEN 'array' THEN '[' || COALESCE((SELECT string_agg(pg_temp.written(part), ',' ORDER BY o) FROM jsonb_array_elements(value) WITH ORDINALITY AS x (part, o)), '') || ']'
        ELSE value::text END;
END $$;

CREATE TEMP TABLE own_id (id uuid PRIMARY KEY);
CREATE FUNCTION pg_temp.collect_ids() RETURNS void LANGUAGE plpgsql AS $$
DECLARE r record;
BEGIN
    FOR r IN SELECT f.rows FROM filling f JOIN part_column c ON c.part = f.part AND c.name = 'id' LOOP
        EXECUTE 'INSERT INTO own_id SELECT y.id FROM (' || r.rows || ') y JOIN template t ON t.id = y.template ON CONFLICT DO NOTHING';
    END LOOP;
END $$;
SELECT pg_temp.collect_ids();

CREATE TEMP TABLE template_event AS
SELECT t.id AS template, e.seq, e.kind, e.actor_id, e.at, e.request_id, pieces.kinds, pieces.words
FROM event e JOIN template t ON t.id = e.stream_id AND e.stream_kind = 'deal'
CROSS JOIN LATERAL (
    SELECT array_agg(CASE WHEN o % 2 = 1 THEN 'l'
            WHEN word ~ '^[0-9a-f]{8}-' THEN CASE WHEN word::uuid = t.owner_id THEN 'o' WHEN word::uuid = t.manager_id THEN 'm' WHEN word::uuid = t.customer_id THEN 'c'
                WHEN word::uuid = t.contact_id THEN 'k' WHEN EXISTS (SELECT FROM own_id i WHERE i.id = word::uuid) THEN 'i' ELSE 'l' END
            WHEN word ~ '^[A-Z]' THEN 'n' WHEN word ~ 'T' THEN 't' ELSE 'd' END ORDER BY o) AS kinds,
        array_agg(word ORDER BY o) AS words
    FROM (SELECT row_number() OVER (ORDER BY o, side) AS o, word FROM (
            SELECT o, 1 AS side, word FROM regexp_split_to_table(pg_temp.written(e.payload),
                '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|[A-Z]{2}-[0-9]{8}-[0-9]{3,}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d|(?<=")\d{4}-\d\d-\d\d(?=")') WITH ORDINALITY AS s (word, o)
            UNION ALL
            SELECT o, 2, m[1] FROM regexp_matches(pg_temp.written(e.payload),
                '([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|[A-Z]{2}-[0-9]{8}-[0-9]{3,}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d|(?<=")\d{4}-\d\d-\d\d(?="))', 'g') WITH ORDINALITY AS s (m, o)) both_sides) x) pieces;
CREATE INDEX ON template_event (seq, template);
ANALYZE template_event;

CREATE FUNCTION pg_temp.retold(kinds text[], words text[], c copy) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE told text := '';
BEGIN
    FOR i IN 1..cardinality(kinds) LOOP
        told := told || CASE kinds[i]
            WHEN 'l' THEN words[i] WHEN 'i' THEN lpad(to_hex(c.k), 8, '0') || substr(words[i], 9)
            WHEN 'o' THEN c.owner::text WHEN 'm' THEN c.manager::text WHEN 'c' THEN c.customer::text WHEN 'k' THEN c.contact::text
            WHEN 'n' THEN pg_temp.own_no(words[i], c.k, c.shift)
            WHEN 't' THEN to_char(words[i]::timestamp - c.shift, 'YYYY-MM-DD"T"HH24:MI:SS')
            ELSE to_char(words[i]::timestamp - c.shift, 'YYYY-MM-DD') END;
    END LOOP;
    RETURN told;
END $$;

-- SHA-256 over the former hash and every stored field, as the program computes it.
CREATE FUNCTION pg_temp.link(prev bytea, stream uuid, seq integer, actor uuid, at timestamptz, request uuid, told text) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(prev || convert_to('deal|' || stream || '|' || seq || '|' || COALESCE(actor::text, '') || '|'
        || to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '|' || request || '|' || told, 'UTF8'))
$$;
DO $$ BEGIN
    IF EXISTS (SELECT FROM event e WHERE e.stream_kind = 'deal'
               AND pg_temp.link(e.prev_hash, e.stream_id, e.seq, e.actor_id, e.at, e.request_id, pg_temp.written(e.payload)) <> e.hash) THEN
        RAISE EXCEPTION 'the chain of events is computed in another way by now';
    END IF;
END $$;

SELECT pg_temp.lay_aside(ARRAY['event','alarm','report_subject','report_fact']);
CREATE TEMP TABLE head AS SELECT c.k, sha256(''::bytea) AS hash FROM copy c WHERE NOT c.is_thin;
CREATE FUNCTION pg_temp.fill_events() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE many bigint := 0; these bigint;
BEGIN
    FOR turn IN 1..(SELECT max(seq) FROM template_event) LOOP
        CREATE TEMP TABLE next_head AS
        SELECT y.*, pg_temp.link(y.prev, y.stream, turn, y.actor, y.at, y.request, y.told) AS hash FROM (
            SELECT c.k, pg_temp.own(c.template, c.k) AS stream, e.kind, h.hash AS prev, e.at - c.shift AS at, pg_temp.own(e.request_id, c.k) AS request,
                CASE e.actor_id WHEN c.old_owner THEN c.owner WHEN c.old_manager THEN c.manager ELSE e.actor_id END AS actor, pg_temp.retold(e.kinds, e.words, c) AS told
            FROM template_event e JOIN copy c ON c.template = e.template JOIN head h ON h.k = c.k WHERE e.seq = turn OFFSET 0) y;
        INSERT INTO event (stream_kind, stream_id, seq, kind, payload, actor_id, at, request_id, prev_hash, hash)
        SELECT 'deal', n.stream, turn, n.kind, n.told::jsonb, n.actor, n.at, n.request, n.prev, n.hash FROM next_head n ORDER BY n.k;
        GET DIAGNOSTICS these = ROW_COUNT;
        many := many + these;
        DROP TABLE head;
        CREATE TEMP TABLE head AS SELECT k, hash FROM next_head;
        DROP TABLE next_head;
    END LOOP;
    RETURN many;
END $$;
SELECT pg_temp.fill_events();

INSERT INTO alarm SELECT 'node:' || pg_temp.own(n.id, c.k), a.kind, a.at - c.shift
FROM alarm a JOIN approval_node n ON a.subject = 'node:' || n.id JOIN approval_round r ON r.id = n.round_id JOIN copy c ON c.template = r.deal_id;

INSERT INTO report_subject (kind, id, made_at, look_again_at)
SELECT 'deal', pg_temp.own(s.id, c.k), s.made_at, CASE WHEN c.kind NOT IN ('done', 'lost') THEN s.look_again_at END
FROM report_subject s JOIN copy c ON c.template = s.id WHERE s.kind = 'deal' AND NOT c.is_thin;
CREATE TEMP TABLE template_fact AS SELECT f.* FROM report_fact f JOIN template t ON t.id = f.id WHERE f.kind = 'deal';
INSERT INTO report_fact (kind, id, kpi, month, at, owner_id, grade, is_urgent, path, deal_kind, detail, numerator, denominator, second)
SELECT 'deal', pg_temp.own(f.id, c.k), f.kpi, date_trunc('month', (f.at - c.shift) AT TIME ZONE 'Asia/Shanghai')::date, f.at - c.shift,
    CASE f.owner_id WHEN c.old_owner THEN c.owner WHEN c.old_manager THEN c.manager ELSE f.owner_id END,
    f.grade, f.is_urgent, f.path, f.deal_kind, f.detail, f.numerator, f.denominator, f.second
FROM template_fact f JOIN copy c ON c.template = f.id WHERE NOT c.is_thin ORDER BY c.k;
DELETE FROM report_rollup;
INSERT INTO report_rollup (month, kpi, owner_id, grade, is_urgent, path, deal_kind, detail, numerator, denominator, second, facts)
SELECT month, kpi, owner_id, grade, is_urgent, path, deal_kind, detail, sum(numerator), sum(denominator), sum(second), count(*)
FROM report_fact GROUP BY month, kpi, owner_id, grade, is_urgent, path, deal_kind, detail;
