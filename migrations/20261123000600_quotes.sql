CREATE TABLE quote (
    id             uuid PRIMARY KEY,
    deal_id        uuid NOT NULL REFERENCES deal (id),
    requirement_id uuid NOT NULL REFERENCES requirement (id),
    no             text NOT NULL CHECK (no ~ '^BJ-[0-9]{8}-[0-9]{3,}$'),
    version_no     integer NOT NULL CHECK (version_no >= 1),
    status         text NOT NULL CHECK (status IN ('draft','submitted','approved','sent','accepted','declined','expired','returned','rejected','withdrawn','superseded')),
    quote_date     date NOT NULL,
    valid_until    date NOT NULL CHECK (valid_until > quote_date AND valid_until <= quote_date + 90),
    tax_basis      text NOT NULL CHECK (tax_basis IN ('inclusive','exclusive')),
    deliver_at     timestamptz NOT NULL CHECK (is_moment(deliver_at)),
    place          text NOT NULL CHECK (is_label(place)),
    delivery_mode  text NOT NULL CHECK (delivery_mode IN ('to_door','express','freight','pick_up')),
    freight_payer  text NOT NULL CHECK (freight_payer IN ('seller','buyer')),
    warranty       text NOT NULL CHECK (is_prose(warranty)),
    internal_note  text CHECK (is_prose(internal_note)),
    whole_discount numeric(14,2) NOT NULL CHECK (is_money(whole_discount)),
    net            numeric(14,2) NOT NULL CHECK (is_money(net)),
    tax            numeric(14,2) NOT NULL CHECK (is_money(tax)),
    gross          numeric(14,2) NOT NULL CHECK (is_money(gross)),
    max_discount   numeric(5,4) NOT NULL CHECK (is_share(max_discount)),
    is_below_floor boolean NOT NULL,
    content_hash   bytea CHECK (octet_length(content_hash) = 32),
    requested_by   uuid NOT NULL REFERENCES person (id),
    submitted_at   timestamptz,
    approved_at    timestamptz,
    sent_at        timestamptz,
    declined_reason text CHECK (declined_reason IN ('price','lead_time','spec','competitor','budget','other')),
    created_at     timestamptz NOT NULL CHECK (is_moment(created_at)),
    UNIQUE (deal_id, version_no),
    UNIQUE (id, status),
    UNIQUE (id, requested_by),
    UNIQUE (id, content_hash),
    CHECK (net + tax = gross),
    CHECK ((status = 'draft') = (content_hash IS NULL) OR status = 'superseded'),
    CHECK (status NOT IN ('sent','accepted') OR sent_at IS NOT NULL)
);
COMMENT ON TABLE quote IS 'Quote, one row per version; immutable once submitted (DOMAIN 1.3, 5.7).';
CREATE UNIQUE INDEX quote_one_live ON quote (deal_id) WHERE status IN ('draft','submitted','approved','sent','accepted');
CREATE TRIGGER follow_edge BEFORE UPDATE ON quote FOR EACH ROW EXECUTE FUNCTION follow_edge('quote');
INSERT INTO status_edge VALUES
    ('quote','draft','submitted'), ('quote','draft','superseded'),
    ('quote','submitted','approved'), ('quote','submitted','returned'), ('quote','submitted','rejected'), ('quote','submitted','withdrawn'),
    ('quote','approved','sent'), ('quote','approved','superseded'),
    ('quote','sent','accepted'), ('quote','sent','declined'), ('quote','sent','expired'), ('quote','sent','superseded');

CREATE TABLE quote_line (
    id                  uuid PRIMARY KEY,
    quote_id            uuid NOT NULL REFERENCES quote (id),
    line_no             integer NOT NULL CHECK (line_no BETWEEN 1 AND 300),
    requirement_line_id uuid REFERENCES requirement_line (id),
    kind                text NOT NULL CHECK (kind IN ('standard','custom','service','surcharge')),
    product_id          uuid REFERENCES product (id),
    name                text NOT NULL CHECK (is_label(name)),
    spec                text NOT NULL CHECK (is_prose(spec)),
    packaging           text CHECK (is_label(packaging)),
    quantity            numeric(12,3) NOT NULL CHECK (is_quantity(quantity) AND quantity > 0),
    unit                text NOT NULL,
    policy_price        numeric(18,6) CHECK (is_unit_price(policy_price)),
    floor_price         numeric(18,6) CHECK (is_unit_price(floor_price)),
    price_source        text CHECK (price_source IN ('agreement','special_price','grade_list','standard_list')),
    price_list_code     text,
    price_from_quantity numeric(12,3),
    unit_price          numeric(18,6) NOT NULL CHECK (is_unit_price(unit_price)),
    discount_rate       numeric(5,4) NOT NULL CHECK (is_share(discount_rate)),
    discount_reason     text CHECK (is_prose(discount_reason)),
    tax_rate            numeric(5,4) NOT NULL CHECK (tax_rate IN (0.13, 0.09, 0.06, 0.03, 0.01, 0)),
    discount_share      numeric(14,2) NOT NULL CHECK (is_money(discount_share)),
    net                 numeric(14,2) NOT NULL CHECK (is_money(net)),
    tax                 numeric(14,2) NOT NULL CHECK (is_money(tax)),
    gross               numeric(14,2) NOT NULL CHECK (is_money(gross)),
    UNIQUE (quote_id, line_no),
    UNIQUE (quote_id, requirement_line_id),
    CHECK (net + tax = gross),
    CHECK ((kind = 'surcharge') = (requirement_line_id IS NULL))
);
COMMENT ON TABLE quote_line IS 'Priced lines: each requirement line once, and surcharges.';

CREATE TABLE payment_term (
    quote_id uuid NOT NULL REFERENCES quote (id),
    position integer NOT NULL CHECK (position BETWEEN 1 AND 12),
    percent  numeric(5,2) NOT NULL CHECK (percent > 0 AND percent <= 100),
    trigger  text NOT NULL CHECK (trigger IN ('on_signing','before_shipment','after_sign_off','on_acceptance','after_warranty')),
    days     integer NOT NULL CHECK (days BETWEEN 0 AND 3650),
    PRIMARY KEY (quote_id, position)
);
COMMENT ON TABLE payment_term IS 'Payment milestones of a quote in percent; they sum to 100.';

CREATE FUNCTION freeze_quote_parts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE state text;
BEGIN
    SELECT status INTO state FROM quote WHERE id = COALESCE(OLD.quote_id, NEW.quote_id) FOR UPDATE;
    IF state <> 'draft' THEN
        RAISE EXCEPTION 'a submitted quote is immutable; make a new version' USING ERRCODE = 'P0001';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON quote_line FOR EACH ROW EXECUTE FUNCTION freeze_quote_parts();
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON payment_term FOR EACH ROW EXECUTE FUNCTION freeze_quote_parts();

CREATE FUNCTION freeze_quote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status <> 'draft' AND
       (to_jsonb(NEW) - ARRAY['status','approved_at','sent_at','declined_reason'])
       IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['status','approved_at','sent_at','declined_reason']) THEN
        RAISE EXCEPTION 'a submitted quote is immutable; make a new version' USING ERRCODE = 'P0001';
    END IF;
    IF NEW.status = 'submitted' AND OLD.status = 'draft' THEN
        IF NOT EXISTS (SELECT FROM requirement r WHERE r.id = NEW.requirement_id AND r.status = 'confirmed') THEN
            RAISE EXCEPTION 'a quote needs a confirmed requirement' USING ERRCODE = 'P0001';
        END IF;
        IF (SELECT COALESCE(sum(percent), 0) FROM payment_term WHERE quote_id = NEW.id) <> 100 THEN
            RAISE EXCEPTION 'payment terms must sum to 100 percent' USING ERRCODE = '23514';
        END IF;
        IF (SELECT (COALESCE(sum(l.net), 0), COALESCE(sum(l.tax), 0), COALESCE(sum(l.gross), 0)) FROM quote_line l WHERE l.quote_id = NEW.id)
           IS DISTINCT FROM (NEW.net, NEW.tax, NEW.gross) THEN
            RAISE EXCEPTION 'the totals of a quote are the sums of its lines' USING ERRCODE = '23514';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER frozen BEFORE UPDATE ON quote FOR EACH ROW EXECUTE FUNCTION freeze_quote();
