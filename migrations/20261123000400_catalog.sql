CREATE TABLE product (
    id            uuid PRIMARY KEY,
    code          text NOT NULL UNIQUE CHECK (code ~ '^[A-Z0-9][A-Z0-9-]{1,29}$'),
    name          text NOT NULL CHECK (is_label(name)),
    name_en       text NOT NULL CHECK (is_label(name_en)),
    kind          text NOT NULL CHECK (kind IN ('standard','custom','service')),
    spec          text NOT NULL CHECK (is_prose(spec)),
    unit          text NOT NULL CHECK (unit IN ('台','件','套','个','箱','项','千克','米','小时')),
    tax_rate      numeric(5,4) NOT NULL CHECK (tax_rate IN (0.13, 0.09, 0.06, 0.03, 0.01, 0)),
    lead_days     integer NOT NULL CHECK (lead_days BETWEEN 0 AND 365),
    is_stocked    boolean NOT NULL,
    is_on_sale    boolean NOT NULL,
    first_sold_on date,
    CHECK (NOT (kind = 'service' AND is_stocked))
);
COMMENT ON TABLE product IS 'What is sold: standard, custom base or service.';

CREATE TABLE price_list (
    id           uuid PRIMARY KEY,
    code         text NOT NULL UNIQUE CHECK (code ~ '^[A-Z0-9][A-Z0-9-]{1,29}$'),
    name         text NOT NULL CHECK (is_label(name)),
    grade        text CHECK (grade IN ('A','B','C','D')),
    tax_basis    text NOT NULL CHECK (tax_basis IN ('inclusive','exclusive')),
    status       text NOT NULL CHECK (status IN ('draft','published','retired')),
    drafted_by   uuid NOT NULL REFERENCES person (id),
    published_by uuid REFERENCES person (id),
    published_at timestamptz,
    CONSTRAINT published_by_another CHECK (published_by <> drafted_by),
    CHECK ((published_by IS NULL) = (status = 'draft')),
    CHECK ((published_by IS NULL) = (published_at IS NULL))
);
COMMENT ON TABLE price_list IS 'Price lists: drafted by finance, published by somebody else (DOMAIN 5.1). No grade: the standard list.';
CREATE TRIGGER follow_edge BEFORE UPDATE ON price_list FOR EACH ROW EXECUTE FUNCTION follow_edge('price_list');
INSERT INTO status_edge VALUES ('price_list','draft','published'), ('price_list','published','retired');

CREATE TABLE price_item (
    id            uuid PRIMARY KEY,
    list_id       uuid NOT NULL REFERENCES price_list (id),
    product_id    uuid NOT NULL REFERENCES product (id),
    from_quantity numeric(12,3) NOT NULL CHECK (is_quantity(from_quantity) AND from_quantity > 0),
    unit_price    numeric(18,6) NOT NULL CHECK (is_unit_price(unit_price)),
    floor_price   numeric(18,6) NOT NULL CHECK (is_unit_price(floor_price)),
    valid_from    date NOT NULL,
    valid_to      date CHECK (valid_to >= valid_from),
    CHECK (unit_price >= floor_price),
    CONSTRAINT price_validity_overlaps EXCLUDE USING gist (list_id WITH =, product_id WITH =, from_quantity WITH =, daterange(valid_from, valid_to, '[]') WITH &&)
);
COMMENT ON TABLE price_item IS 'Tier prices; validity of one list, product and tier never overlaps.';
CREATE INDEX price_item_product ON price_item (product_id);

CREATE FUNCTION freeze_published_prices() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE state text;
BEGIN
    SELECT status INTO state FROM price_list WHERE id = COALESCE(OLD.list_id, NEW.list_id) FOR UPDATE;
    IF state = 'draft' THEN
        RETURN COALESCE(NEW, OLD);
    END IF;
    -- A published row may only be ended; a replacement may be added.
    IF TG_OP = 'UPDATE' AND OLD.valid_to IS NULL AND NEW.valid_to IS NOT NULL
       AND (to_jsonb(NEW) - 'valid_to') = (to_jsonb(OLD) - 'valid_to') THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'INSERT' AND state = 'published' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'published prices are ended and replaced, never edited' USING ERRCODE = 'P0001';
END $$;
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON price_item FOR EACH ROW EXECUTE FUNCTION freeze_published_prices();

CREATE TABLE agreement_price (
    id            uuid PRIMARY KEY,
    customer_id   uuid NOT NULL REFERENCES customer (id),
    product_id    uuid NOT NULL REFERENCES product (id),
    agreement_no  text NOT NULL CHECK (is_label(agreement_no)),
    from_quantity numeric(12,3) NOT NULL CHECK (is_quantity(from_quantity) AND from_quantity > 0),
    unit_price    numeric(18,6) NOT NULL CHECK (is_unit_price(unit_price)),
    floor_price   numeric(18,6) NOT NULL CHECK (is_unit_price(floor_price)),
    valid_from    date NOT NULL,
    valid_to      date CHECK (valid_to >= valid_from),
    CHECK (unit_price >= floor_price),
    CONSTRAINT agreement_validity_overlaps EXCLUDE USING gist (customer_id WITH =, product_id WITH =, from_quantity WITH =, daterange(valid_from, valid_to, '[]') WITH &&)
);
COMMENT ON TABLE agreement_price IS 'Prices agreed with one customer; they come before every list (DOMAIN 5.2).';

CREATE TABLE stock (
    product_id uuid PRIMARY KEY REFERENCES product (id),
    on_hand    numeric(12,3) NOT NULL CHECK (is_quantity(on_hand)),
    reserved   numeric(12,3) NOT NULL CHECK (is_quantity(reserved)),
    CONSTRAINT never_oversold CHECK (reserved <= on_hand)
);
COMMENT ON TABLE stock IS 'On hand and reserved per product; available = on_hand - reserved (DOMAIN 7.2).';
