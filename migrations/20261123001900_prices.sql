-- The price library (DOMAIN 5.1): prices change by versions of a list, drafted by finance and
-- published by somebody else; published rows are ended and replaced, never edited. Agreements are
-- lists of one customer; a special price is a grant for one deal that an approved round gave.

-- Products are found by any part of code, name or pinyin initials: pairs of characters are indexed,
-- because three-letter grams do not find two Chinese characters.
ALTER TABLE product ADD COLUMN initials text NOT NULL DEFAULT '' CHECK (char_length(initials) <= 400);
ALTER TABLE product ADD COLUMN version integer NOT NULL DEFAULT 1 CHECK (version >= 1);
ALTER TABLE product ADD COLUMN search_text text NOT NULL GENERATED ALWAYS AS (lower(code || ' ' || name || ' ' || name_en || ' ' || initials)) STORED;

CREATE FUNCTION text_grams(value text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $$
    SELECT COALESCE(array_agg(DISTINCT gram), '{}') FROM (
        SELECT substr(value, i, n) AS gram FROM generate_series(1, char_length(value)) AS i, generate_series(1, 2) AS n
    ) AS g
$$;
CREATE FUNCTION query_grams(value text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN char_length(value) < 2 THEN ARRAY[value]
        ELSE (SELECT array_agg(DISTINCT substr(value, i, 2)) FROM generate_series(1, char_length(value) - 1) AS i) END
$$;
CREATE INDEX product_grams ON product USING gin (text_grams(search_text));

-- Lists: the standard one, one of a grade, or the agreement with one customer.
ALTER TABLE price_list ADD COLUMN customer_id uuid REFERENCES customer (id);
ALTER TABLE price_list ADD CONSTRAINT one_kind_of_list CHECK (num_nonnulls(grade, customer_id) <= 1);
CREATE INDEX price_list_customer ON price_list (customer_id) WHERE customer_id IS NOT NULL;

CREATE TABLE price_version (
    id           uuid PRIMARY KEY,
    list_id      uuid NOT NULL REFERENCES price_list (id),
    version_no   integer NOT NULL CHECK (version_no >= 1),
    revision     integer NOT NULL DEFAULT 1 CHECK (revision >= 1),
    status       text NOT NULL CHECK (status IN ('draft','published','discarded')),
    reason       text CHECK (is_prose(reason)),
    drafted_by   uuid NOT NULL REFERENCES person (id),
    drafted_at   timestamptz NOT NULL CHECK (is_moment(drafted_at)),
    published_by uuid REFERENCES person (id),
    published_at timestamptz CHECK (is_moment(published_at)),
    UNIQUE (list_id, version_no),
    CONSTRAINT version_published_by_another CHECK (published_by <> drafted_by),
    CHECK ((published_by IS NOT NULL) = (status = 'published')),
    CHECK ((published_by IS NULL) = (published_at IS NULL))
);
COMMENT ON TABLE price_version IS 'A set of price changes of one list: drafted by finance, published by a director or general manager.';
CREATE UNIQUE INDEX price_version_one_draft ON price_version (list_id) WHERE status = 'draft';

CREATE TABLE price_draft (
    id            uuid PRIMARY KEY,
    version_id    uuid NOT NULL REFERENCES price_version (id),
    position      integer NOT NULL CHECK (position BETWEEN 1 AND 20000),
    product_id    uuid NOT NULL REFERENCES product (id),
    from_quantity numeric(12,3) NOT NULL CHECK (is_quantity(from_quantity) AND from_quantity > 0),
    unit_price    numeric(18,6) CHECK (is_unit_price(unit_price)),
    floor_price   numeric(18,6) CHECK (is_unit_price(floor_price)),
    valid_from    date NOT NULL,
    valid_to      date CHECK (valid_to >= valid_from),
    UNIQUE (version_id, product_id, from_quantity, valid_from),
    CONSTRAINT price_below_floor CHECK (unit_price >= floor_price),
    CHECK ((unit_price IS NULL) = (floor_price IS NULL))
);
COMMENT ON TABLE price_draft IS 'The rows of a version as drafted; a row without price ends the tier the day before valid_from.';
CREATE INDEX price_draft_product ON price_draft (product_id);

-- What is published already becomes version 1 of its list.
INSERT INTO price_version (id, list_id, version_no, status, drafted_by, drafted_at, published_by, published_at)
SELECT l.id, l.id, 1, CASE WHEN l.status = 'draft' THEN 'draft' ELSE 'published' END, l.drafted_by,
       COALESCE(l.published_at, timestamptz '2026-01-01 00:00:00+00'), l.published_by, l.published_at
FROM price_list l;
INSERT INTO price_draft (id, version_id, position, product_id, from_quantity, unit_price, floor_price, valid_from, valid_to)
SELECT i.id, i.list_id, row_number() OVER (PARTITION BY i.list_id ORDER BY i.product_id, i.from_quantity, i.valid_from),
       i.product_id, i.from_quantity, i.unit_price, i.floor_price, i.valid_from, i.valid_to
FROM price_item i;

DROP TRIGGER frozen ON price_item;
DROP FUNCTION freeze_published_prices;
DELETE FROM price_item i USING price_list l WHERE l.id = i.list_id AND l.status = 'draft';
ALTER TABLE price_item ADD COLUMN version_id uuid REFERENCES price_version (id);
ALTER TABLE price_item ADD COLUMN ended_version_id uuid REFERENCES price_version (id);
UPDATE price_item SET version_id = list_id;
ALTER TABLE price_item ALTER COLUMN version_id SET NOT NULL;

-- Agreements made before become published lists of their customers, one for each agreement and customer.
INSERT INTO price_list (id, code, name, grade, tax_basis, status, drafted_by, customer_id)
SELECT gen_random_uuid(), 'XY-' || upper(substr(md5(a.agreement_no || a.customer_id::text), 1, 12)), a.agreement_no, NULL, 'inclusive', 'draft',
       (SELECT p.id FROM person p WHERE 'finance' = ANY (p.roles) ORDER BY p.id LIMIT 1), a.customer_id
FROM agreement_price a GROUP BY a.agreement_no, a.customer_id;
INSERT INTO price_version (id, list_id, version_no, status, drafted_by, drafted_at, published_by, published_at)
SELECT l.id, l.id, 1, 'published', l.drafted_by, timestamptz '2026-01-01 00:00:00+00',
       (SELECT p.id FROM person p WHERE p.roles && ARRAY['sales_director','general_manager'] AND p.id <> l.drafted_by ORDER BY p.id LIMIT 1),
       timestamptz '2026-01-01 00:00:00+00'
FROM price_list l WHERE l.customer_id IS NOT NULL;
UPDATE price_list l SET status = 'published', published_by = v.published_by, published_at = v.published_at
FROM price_version v WHERE v.id = l.id AND l.customer_id IS NOT NULL;
INSERT INTO price_draft (id, version_id, position, product_id, from_quantity, unit_price, floor_price, valid_from, valid_to)
SELECT a.id, l.id, row_number() OVER (PARTITION BY l.id ORDER BY a.product_id, a.from_quantity, a.valid_from),
       a.product_id, a.from_quantity, a.unit_price, a.floor_price, a.valid_from, a.valid_to
FROM agreement_price a JOIN price_list l ON l.customer_id = a.customer_id AND l.name = a.agreement_no;
INSERT INTO price_item (id, list_id, product_id, from_quantity, unit_price, floor_price, valid_from, valid_to, version_id)
SELECT a.id, l.id, a.product_id, a.from_quantity, a.unit_price, a.floor_price, a.valid_from, a.valid_to, l.id
FROM agreement_price a JOIN price_list l ON l.customer_id = a.customer_id AND l.name = a.agreement_no;
DROP TABLE agreement_price;
CREATE INDEX price_item_list ON price_item (list_id, product_id, from_quantity, valid_from);

CREATE FUNCTION guard_price_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE who person%ROWTYPE;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'draft' THEN
            RAISE EXCEPTION 'prices begin as a draft' USING ERRCODE = 'P0001';
        END IF;
        SELECT * INTO who FROM person WHERE id = NEW.drafted_by;
        IF NEW.drafted_by IS DISTINCT FROM acting_person() OR NOT who.is_active OR NOT ('finance' = ANY (who.roles)) THEN
            RAISE EXCEPTION 'prices are drafted by finance' USING ERRCODE = '42501';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.status <> 'draft' THEN
        RAISE EXCEPTION 'a published version of prices stands' USING ERRCODE = 'P0001';
    END IF;
    IF (NEW.id, NEW.list_id, NEW.version_no) IS DISTINCT FROM (OLD.id, OLD.list_id, OLD.version_no) THEN
        RAISE EXCEPTION 'a version stays with its list' USING ERRCODE = 'P0001';
    END IF;
    IF NEW.drafted_by <> OLD.drafted_by THEN
        SELECT * INTO who FROM person WHERE id = NEW.drafted_by;
        IF NEW.drafted_by IS DISTINCT FROM acting_person() OR NOT who.is_active OR NOT ('finance' = ANY (who.roles)) OR NEW.status <> 'draft' THEN
            RAISE EXCEPTION 'prices are drafted by finance' USING ERRCODE = '42501';
        END IF;
    END IF;
    IF NEW.status = 'published' THEN
        SELECT * INTO who FROM person WHERE id = NEW.published_by;
        IF NEW.published_by IS DISTINCT FROM acting_person() OR NOT who.is_active
           OR NOT (who.roles && ARRAY['sales_director','general_manager']) THEN
            RAISE EXCEPTION 'prices are published by a sales director or general manager' USING ERRCODE = '42501';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON price_version FOR EACH ROW EXECUTE FUNCTION guard_price_version();

CREATE FUNCTION freeze_price_draft() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE state text;
BEGIN
    SELECT status INTO state FROM price_version WHERE id = COALESCE(OLD.version_id, NEW.version_id) FOR UPDATE;
    IF state <> 'draft' THEN
        RAISE EXCEPTION 'a published version of prices stands' USING ERRCODE = 'P0001';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON price_draft FOR EACH ROW EXECUTE FUNCTION freeze_price_draft();

-- A price in force is the published row of a draft, and ends only by a published row.
CREATE FUNCTION guard_price_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT EXISTS (
            SELECT FROM price_draft d JOIN price_version v ON v.id = d.version_id
            WHERE d.id = NEW.id AND v.id = NEW.version_id AND v.list_id = NEW.list_id AND v.status = 'published'
              AND d.product_id = NEW.product_id AND d.from_quantity = NEW.from_quantity AND d.unit_price = NEW.unit_price
              AND d.floor_price = NEW.floor_price AND d.valid_from = NEW.valid_from AND d.valid_to IS NOT DISTINCT FROM NEW.valid_to) OR NEW.ended_version_id IS NOT NULL THEN
            RAISE EXCEPTION 'a price is drafted and published, never put in by hand' USING ERRCODE = 'P0001';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND (to_jsonb(NEW) - ARRAY['valid_to','ended_version_id']) = (to_jsonb(OLD) - ARRAY['valid_to','ended_version_id'])
       AND NEW.valid_to IS NOT NULL AND (OLD.valid_to IS NULL OR NEW.valid_to < OLD.valid_to)
       AND EXISTS (
            SELECT FROM price_draft d JOIN price_version v ON v.id = d.version_id
            WHERE v.id = NEW.ended_version_id AND v.list_id = NEW.list_id AND v.status = 'published'
              AND d.product_id = NEW.product_id AND d.from_quantity = NEW.from_quantity AND d.valid_from = NEW.valid_to + 1) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'published prices are ended and replaced, never edited' USING ERRCODE = 'P0001';
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON price_item FOR EACH ROW EXECUTE FUNCTION guard_price_item();

-- A list is in force with its first published version, under the same two names.
CREATE FUNCTION guard_price_list() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = 'published' AND OLD.status = 'draft' AND NOT EXISTS (
        SELECT FROM price_version v WHERE v.list_id = NEW.id AND v.status = 'published' AND v.published_by = NEW.published_by) THEN
        RAISE EXCEPTION 'a list is published with its first version' USING ERRCODE = 'P0001';
    END IF;
    IF (NEW.grade, NEW.customer_id, NEW.tax_basis, NEW.code) IS DISTINCT FROM (OLD.grade, OLD.customer_id, OLD.tax_basis, OLD.code) THEN
        RAISE EXCEPTION 'a list keeps its code, its basis and whom it is for' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON price_list FOR EACH ROW EXECUTE FUNCTION guard_price_list();

-- Special prices: granted by the approved round of a quote of the deal, for that deal.
CREATE TABLE special_price (
    id            uuid PRIMARY KEY,
    deal_id       uuid NOT NULL REFERENCES deal (id),
    round_id      uuid NOT NULL REFERENCES approval_round (id),
    quote_line_id uuid NOT NULL UNIQUE REFERENCES quote_line (id),
    product_id    uuid NOT NULL REFERENCES product (id),
    from_quantity numeric(12,3) NOT NULL CHECK (is_quantity(from_quantity) AND from_quantity > 0),
    unit_price    numeric(18,6) NOT NULL CHECK (is_unit_price(unit_price)),
    floor_price   numeric(18,6) NOT NULL CHECK (is_unit_price(floor_price)),
    tax_basis     text NOT NULL CHECK (tax_basis IN ('inclusive','exclusive')),
    valid_from    date NOT NULL,
    granted_at    timestamptz NOT NULL CHECK (is_moment(granted_at))
);
COMMENT ON TABLE special_price IS 'Special prices that an approved round granted for one deal (DOMAIN 5.2).';
CREATE INDEX special_price_deal ON special_price (deal_id, product_id);
CREATE FUNCTION guard_special_price() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM approval_round r JOIN quote_line l ON l.quote_id = r.quote_id
        WHERE r.id = NEW.round_id AND r.status = 'approved' AND r.deal_id = NEW.deal_id AND l.id = NEW.quote_line_id
          AND l.product_id = NEW.product_id AND l.quantity = NEW.from_quantity AND l.special_request) THEN
        RAISE EXCEPTION 'a special price is granted by an approved round only' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER history BEFORE UPDATE OR DELETE ON special_price FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What a quote line keeps of the library: enough to say years later why this price.
ALTER TABLE quote_line ADD COLUMN price_list_version integer CHECK (price_list_version >= 1);
ALTER TABLE quote_line ADD COLUMN price_valid_from date;
ALTER TABLE quote_line ADD COLUMN price_valid_to date;
ALTER TABLE quote_line ADD COLUMN price_entry numeric(18,6) CHECK (is_unit_price(price_entry));
ALTER TABLE quote_line ADD COLUMN special_request boolean NOT NULL DEFAULT false;
ALTER TABLE quote_line ADD CHECK (num_nonnulls(price_valid_from, price_entry) IN (0, 2));
ALTER TABLE quote_line DROP CONSTRAINT quote_line_line_no_check;
ALTER TABLE quote_line ADD CONSTRAINT quote_line_line_no_check CHECK (line_no BETWEEN 1 AND 600);
CREATE TRIGGER guard BEFORE INSERT ON special_price FOR EACH ROW EXECUTE FUNCTION guard_special_price();
CREATE INDEX quote_line_product ON quote_line (product_id, quote_id) WHERE product_id IS NOT NULL;
