-- Deals by the thousand: every deal of the demonstration, which the application made step by step, is
-- copied with all its rows. A copy has ids, numbers, moments, people, customer and title of its own.
CREATE TEMP TABLE template AS
SELECT d.id, d.owner_id, o.manager_id, d.customer_id, requirement.contact_id, k.kind,
    row_number() OVER (PARTITION BY k.kind ORDER BY d.title) - 1 AS place
FROM deal d JOIN person o ON o.id = d.owner_id
CROSS JOIN LATERAL (SELECT CASE WHEN d.status = 'completed' THEN 'done' WHEN d.status <> 'open' THEN 'lost' WHEN d.step = 'delivery' THEN 'running' WHEN d.step = 'approval' THEN 'waiting' WHEN d.order_status = 'draft' THEN 'ready' ELSE 'early' END AS kind) k
LEFT JOIN LATERAL (SELECT r.contact_id FROM requirement r WHERE r.deal_id = d.id AND r.contact_id IS NOT NULL LIMIT 1) requirement ON true
WHERE d.step <> 'registration';

-- How many of each kind, what ended before what is open. One deal is lost for ten orders.
CREATE TEMP TABLE wanted (place integer, kind text, many bigint, before bigint);
INSERT INTO wanted (place, kind, many) VALUES
    (1, 'lost', pg_temp.given('orders') / 10), (2, 'done', pg_temp.given('orders') - pg_temp.given('open_orders')),
    (3, 'running', pg_temp.given('open_orders')), (4, 'waiting', pg_temp.given('waiting')), (5, 'early', pg_temp.given('deals')), (6, 'ready', pg_temp.given('ready'));
UPDATE wanted w SET before = (SELECT COALESCE(sum(many), 0) FROM wanted o WHERE o.place < w.place);

CREATE TEMP TABLE copy AS
SELECT w.before + i AS k, t.id AS template, w.kind, t.owner_id AS old_owner, t.manager_id AS old_manager, t.customer_id AS old_customer,
    -- What ended long ago keeps its rows, but not its history; nor do more waiting deals than that.
    w.kind = 'lost' OR (w.kind IN ('done', 'waiting') AND i <= w.many - pg_temp.given('history')) AS is_thin,
    r.id AS owner, r.manager_id AS manager, pg_temp.customer_id(c.n) AS customer, pg_temp.contact_id(c.n, 1) AS contact,
    -- What ended is spread over three years, in whole weeks, so that working days stay working days.
    CASE WHEN w.kind IN ('done', 'lost') THEN interval '7 days' * (1 + (w.many - i) * 156 / w.many) + interval '1 second' * pg_temp.pick(w.before + i, 91, 5400)
         WHEN w.kind IN ('waiting', 'ready') THEN interval '1 second' * pg_temp.pick(w.before + i, 91, 1200)
         ELSE interval '7 days' * pg_temp.pick(w.before + i, 94, 2) + interval '1 second' * pg_temp.pick(w.before + i, 91, 5400) END AS shift,
    (ARRAY['总部','二期','研发楼','门店','展厅','园区','质检室','车间','仓库','指挥中心','食堂','实训室','会议室','前台','产线','培训中心','机房','实验室','礼堂','接待厅'])[1 + pg_temp.pick(w.before + i, 92, 20)]
        || (ARRAY['会议系统','看板','设备更新','监控改造','备件','网络升级','显示屏','工作站','耗材','装配线','巡检','信息化','样机','采购','扩容','维保'])[1 + pg_temp.pick(w.before + i, 93, 16)]
        || ' ' || (w.before + i) AS title
FROM wanted w CROSS JOIN LATERAL generate_series(1, w.many) i
JOIN LATERAL (SELECT count(*) AS many FROM template t WHERE t.kind = w.kind) has ON true
JOIN template t ON t.kind = w.kind AND t.place = (w.before + i) % has.many
JOIN rep r ON r.place = pg_temp.pick(w.before + i, 90, 40)
-- An archived customer that nothing is wrong with: its number ends in 1 to 5.
JOIN LATERAL (SELECT 1 + (pg_temp.pick(w.before + i, 95, greatest(1, pg_temp.given('customers') / 10)) * 10 + pg_temp.pick(w.before + i, 96, 5)) AS n) c ON true
ORDER BY 1;
CREATE INDEX ON copy (template, k);
ALTER TABLE copy ADD PRIMARY KEY (k);
ANALYZE copy;

-- The tables that belong to a deal, and what each of their columns names.
CREATE TEMP TABLE part (name text PRIMARY KEY);
INSERT INTO part
WITH RECURSIVE fk AS (SELECT c.conrelid::regclass::text AS child, c.confrelid::regclass::text AS parent FROM pg_constraint c WHERE c.contype = 'f'),
    t AS (SELECT 'deal'::text AS name UNION SELECT fk.child FROM fk JOIN t ON fk.parent = t.name
          WHERE fk.child NOT IN ('customer','contact','customer_need','customer_review','customer_version','credit_terms','opening_receivable','price_list','price_version','price_draft',
              'price_item','outbox','message_notice','public_link','link_answer','stock_movement','stock_hold','special_price','feedback','sent_document','invoice'))
SELECT name FROM t;

CREATE FUNCTION pg_temp.names(the_table text, the_column text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE found record;
BEGIN
    IF the_column = 'id' AND the_table IN (SELECT name FROM part) THEN RETURN 'own'; END IF;
    FOR found IN SELECT c.confrelid::regclass::text AS parent, cardinality(c.conkey) AS width, f.attname::text AS parent_column
                 FROM pg_constraint c CROSS JOIN LATERAL unnest(c.conkey, c.confkey) AS u (k, f)
                 JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = u.k JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = u.f
                 WHERE c.contype = 'f' AND c.conrelid::regclass::text = the_table AND a.attname = the_column ORDER BY cardinality(c.conkey) LOOP
        IF found.parent_column = 'id' THEN
            RETURN CASE WHEN found.parent IN (SELECT name FROM part) THEN 'own' WHEN found.parent IN ('person','customer','contact') THEN found.parent ELSE 'same' END;
        END IF;
        RETURN pg_temp.names(found.parent, found.parent_column);
    END LOOP;
    RETURN 'own';
END $$;

CREATE FUNCTION pg_temp.own(id uuid, k bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT (lpad(to_hex(k), 8, '0') || substr(id::text, 9))::uuid $$;
-- A number keeps its letters and its last digit, and gets the day and the place of the copy.
CREATE FUNCTION pg_temp.own_no(no text, k bigint, shift interval) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT substr(no, 1, 3) || to_char(to_date(substr(no, 4, 8), 'YYYYMMDD') - shift, 'YYYYMMDD') || '-' || lpad(k::text, greatest(5, length(k::text)), '0') || right(no, 1)
$$;

CREATE FUNCTION pg_temp.is_settled(received numeric, amount numeric, c copy) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$ SELECT received < amount AND c.kind = 'done' AND c.shift > interval '30 days' $$;

CREATE TEMP TABLE part_column AS
SELECT p.name AS part, a.attname::text AS name, a.attnum,
    CASE WHEN p.name = 'deal' AND a.attname = 'title' THEN 'c.title'
         WHEN p.name = 'deal_title' AND a.attname = 'form' THEN 'search_form(c.title)'
         WHEN p.name = 'deal_title' AND a.attname = 'grams' THEN 'search_grams(c.title)'
         -- What ended more than a month ago was paid.
         WHEN p.name = 'milestone' AND a.attname IN ('received', 'received_at', 'reference', 'recorded_by') THEN format('CASE WHEN pg_temp.is_settled(x.received, x.amount, c) THEN %s ELSE %s END',
             CASE a.attname WHEN 'received' THEN 'x.amount' WHEN 'received_at' THEN 'x.due_on - c.shift' WHEN 'reference' THEN '''YH'' || c.k'
                 ELSE '(SELECT f.id FROM person f WHERE f.login = ''wufang'')' END,
             CASE a.attname WHEN 'received_at' THEN 'x.received_at - c.shift' ELSE format('x.%I', a.attname) END)
         WHEN a.attname = 'waybill_no' THEN 'x.waybill_no || ''-'' || c.k'
         WHEN a.atttypid = 'uuid'::regtype THEN CASE pg_temp.names(p.name, a.attname)
             WHEN 'own' THEN format('pg_temp.own(x.%I, c.k)', a.attname)
             WHEN 'person' THEN format('CASE x.%1$I WHEN c.old_owner THEN c.owner WHEN c.old_manager THEN c.manager ELSE x.%1$I END', a.attname)
             WHEN 'customer' THEN format('CASE WHEN x.%I IS NOT NULL THEN c.customer END', a.attname)
             WHEN 'contact' THEN format('CASE WHEN x.%I IS NOT NULL THEN c.contact END', a.attname)
             ELSE format('x.%I', a.attname) END
         WHEN a.atttypid = 'timestamptz'::regtype THEN format('x.%I - c.shift', a.attname)
         WHEN a.atttypid = 'date'::regtype THEN format('(x.%I - c.shift)::date', a.attname)
         WHEN a.atttypid = 'text'::regtype AND a.attname ~ '(^|_)no$' THEN format('CASE WHEN x.%1$I ~ ''^[A-Z]{2}-[0-9]{8}-[0-9]{3,}$'' THEN pg_temp.own_no(x.%1$I, c.k, c.shift) ELSE x.%1$I END', a.attname)
         ELSE format('x.%I', a.attname) END AS value
FROM part p JOIN pg_attribute a ON a.attrelid = p.name::regclass
WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity = '';

-- To which deal a row of a part belongs: by the shortest way of foreign keys up to the deal.
CREATE FUNCTION pg_temp.rows_of(the_part text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE way text;
BEGIN
    WITH RECURSIVE fk AS (
        SELECT c.conrelid::regclass::text AS child, c.confrelid::regclass::text AS parent,
            string_agg(format('%%1$s.%I = %%2$s.%I', a.attname, f.attname), ' AND ' ORDER BY u.k) AS condition
        FROM pg_constraint c CROSS JOIN LATERAL unnest(c.conkey, c.confkey) AS u (k, f)
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = u.k JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = u.f
        WHERE c.contype = 'f' AND c.conrelid <> c.confrelid AND c.conrelid::regclass::text <> 'deal' GROUP BY c.oid, c.conrelid, c.confrelid),
    up AS (
        SELECT the_part COLLATE "C" AS at, 0 AS depth, '' COLLATE "C" AS joins
        UNION ALL
        SELECT fk.parent, up.depth + 1, up.joins || format(' JOIN %I p%s ON ', fk.parent, up.depth + 1)
            || format(fk.condition, CASE up.depth WHEN 0 THEN 'x' ELSE 'p' || up.depth END, 'p' || up.depth + 1)
        FROM up JOIN fk ON fk.child = up.at WHERE up.at <> 'deal' AND fk.parent IN (SELECT name FROM part) AND fk.parent <> 'attachment' AND up.depth < 6)
    SELECT format('SELECT x.*, %s.id AS template FROM %I x%s', CASE depth WHEN 0 THEN 'x' ELSE 'p' || depth END, the_part, joins)
    INTO way FROM up WHERE at = 'deal' ORDER BY depth, joins LIMIT 1;
    RETURN way;
END $$;

CREATE TEMP TABLE filling AS
SELECT p.name AS part, pg_temp.rows_of(p.name) AS rows,
    format('INSERT INTO %I (%s) SELECT %s FROM of_templates x JOIN copy c ON c.template = x.template', p.name,
        string_agg(quote_ident(c.name), ', ' ORDER BY c.attnum), string_agg(c.value, ', ' ORDER BY c.attnum)) AS statement
FROM part p JOIN part_column c ON c.part = p.name GROUP BY p.name ORDER BY p.name;
SELECT pg_temp.lay_aside((SELECT array_agg(name ORDER BY name) FROM part));

CREATE FUNCTION pg_temp.fill(the_part text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE f filling%ROWTYPE; many bigint;
BEGIN
    SELECT * INTO f FROM filling WHERE part = the_part;
    DROP TABLE IF EXISTS of_templates;
    EXECUTE 'CREATE TEMP TABLE of_templates AS SELECT y.* FROM (' || f.rows || ') y JOIN template t ON t.id = y.template';
    ANALYZE of_templates;
    EXECUTE f.statement || CASE WHEN the_part = 'deal_turn' THEN ' WHERE NOT c.is_thin' ELSE '' END || ' ORDER BY c.k';
    GET DIAGNOSTICS many = ROW_COUNT;
    RETURN many;
END $$;
