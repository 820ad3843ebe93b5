CREATE TABLE acceptance (
    quote_id     uuid PRIMARY KEY,
    quote_status text NOT NULL GENERATED ALWAYS AS ('accepted') STORED,
    content_hash bytea NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('signed_quote','customer_po','stamped_contract','email')),
    accepted_at  timestamptz NOT NULL CHECK (is_moment(accepted_at)),
    file_id      uuid NOT NULL REFERENCES attachment (id),
    po_no        text CHECK (is_label(po_no)),
    customer_id  uuid NOT NULL REFERENCES customer (id),
    recorded_by  uuid NOT NULL REFERENCES person (id),
    recorded_at  timestamptz NOT NULL CHECK (recorded_at >= accepted_at),
    FOREIGN KEY (quote_id, quote_status) REFERENCES quote (id, status) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (quote_id, content_hash) REFERENCES quote (id, content_hash),
    UNIQUE (customer_id, po_no),
    CHECK (kind <> 'customer_po' OR po_no IS NOT NULL)
);
COMMENT ON TABLE acceptance IS 'The customer''s yes to one quote version, with its evidence; once and for ever.';
CREATE TRIGGER history BEFORE UPDATE OR DELETE ON acceptance FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE sales_order (
    id            uuid PRIMARY KEY,
    deal_id       uuid NOT NULL REFERENCES deal (id),
    no            text NOT NULL UNIQUE CHECK (no ~ '^DD-[0-9]{8}-[0-9]{3,}$'),
    quote_id      uuid NOT NULL UNIQUE REFERENCES acceptance (quote_id),
    quote_status  text NOT NULL GENERATED ALWAYS AS ('accepted') STORED,
    status        text NOT NULL CHECK (status IN ('draft','confirmed','in_fulfilment','partially_shipped','shipped','signed','completed','on_hold','cancelled','short_closed')),
    kind          text NOT NULL CHECK (kind IN ('new','repeat','urgent','project','sample')),
    is_urgent     boolean NOT NULL,
    ship_address  text NOT NULL CHECK (is_label(ship_address)),
    ship_receiver text NOT NULL CHECK (is_label(ship_receiver)),
    ship_phone    text NOT NULL CHECK (is_label(ship_phone)),
    partial_allowed boolean NOT NULL,
    promised_at   timestamptz NOT NULL CHECK (is_moment(promised_at)),
    net           numeric(14,2) NOT NULL CHECK (is_money(net)),
    tax           numeric(14,2) NOT NULL CHECK (is_money(tax)),
    gross         numeric(14,2) NOT NULL CHECK (is_money(gross)),
    confirmed_at  timestamptz,
    confirmed_by  uuid REFERENCES person (id),
    signed_at     timestamptz,
    completed_at  timestamptz,
    created_at    timestamptz NOT NULL CHECK (is_moment(created_at)),
    FOREIGN KEY (quote_id, quote_status) REFERENCES quote (id, status) DEFERRABLE INITIALLY DEFERRED,
    CHECK (net + tax = gross),
    CHECK ((confirmed_at IS NULL) = (confirmed_by IS NULL)),
    CHECK (status IN ('draft','cancelled') OR confirmed_at IS NOT NULL)
);
COMMENT ON TABLE sales_order IS 'The binding order; exists only for an accepted quote (DOMAIN 1.5).';
CREATE INDEX sales_order_newest ON sales_order (created_at DESC, id DESC);
CREATE INDEX sales_order_deal ON sales_order (deal_id);
CREATE INDEX sales_order_live ON sales_order (promised_at) WHERE status NOT IN ('completed','cancelled');
CREATE TRIGGER follow_edge BEFORE UPDATE ON sales_order FOR EACH ROW EXECUTE FUNCTION follow_edge('order');
INSERT INTO status_edge VALUES
    ('order','draft','confirmed'), ('order','draft','cancelled'),
    ('order','confirmed','in_fulfilment'), ('order','in_fulfilment','partially_shipped'), ('order','in_fulfilment','shipped'),
    ('order','partially_shipped','shipped'), ('order','shipped','signed'), ('order','signed','completed');

CREATE TABLE order_line (
    id            uuid PRIMARY KEY,
    order_id      uuid NOT NULL REFERENCES sales_order (id),
    line_no       integer NOT NULL,
    quote_line_id uuid NOT NULL UNIQUE REFERENCES quote_line (id),
    product_id    uuid REFERENCES product (id),
    kind          text NOT NULL CHECK (kind IN ('standard','custom','service','surcharge')),
    name          text NOT NULL CHECK (is_label(name)),
    spec          text NOT NULL CHECK (is_prose(spec)),
    packaging     text CHECK (is_label(packaging)),
    quantity      numeric(12,3) NOT NULL CHECK (is_quantity(quantity) AND quantity > 0),
    unit          text NOT NULL,
    unit_price    numeric(18,6) NOT NULL CHECK (is_unit_price(unit_price)),
    tax_rate      numeric(5,4) NOT NULL CHECK (is_share(tax_rate)),
    net           numeric(14,2) NOT NULL CHECK (is_money(net)),
    tax           numeric(14,2) NOT NULL CHECK (is_money(tax)),
    gross         numeric(14,2) NOT NULL CHECK (is_money(gross)),
    promised_at   timestamptz NOT NULL CHECK (is_moment(promised_at)),
    is_goods      boolean NOT NULL,
    reserved      numeric(12,3) NOT NULL CHECK (is_quantity(reserved)),
    produced      numeric(12,3) NOT NULL CHECK (is_quantity(produced)),
    picked        numeric(12,3) NOT NULL CHECK (is_quantity(picked)),
    packed        numeric(12,3) NOT NULL CHECK (is_quantity(packed)),
    shipped       numeric(12,3) NOT NULL CHECK (is_quantity(shipped)),
    signed        numeric(12,3) NOT NULL CHECK (is_quantity(signed)),
    UNIQUE (order_id, line_no),
    CONSTRAINT quantities_follow CHECK (signed <= shipped AND shipped <= packed AND packed <= picked AND picked <= reserved + produced AND reserved + produced <= quantity),
    CHECK (is_goods OR (reserved = 0 AND produced = 0))
);
COMMENT ON TABLE order_line IS 'Frozen lines with the quantities that follow each other: signed <= shipped <= packed <= picked <= made ready <= ordered.';

CREATE TABLE order_special (
    order_id        uuid NOT NULL REFERENCES sales_order (id),
    position        integer NOT NULL,
    text            text NOT NULL CHECK (is_label(text)),
    department      text NOT NULL CHECK (department IN ('sales','technical','finance','production','warehouse','logistics')),
    acknowledged_by uuid REFERENCES person (id),
    acknowledged_at timestamptz,
    PRIMARY KEY (order_id, position),
    CHECK ((acknowledged_by IS NULL) = (acknowledged_at IS NULL))
);
COMMENT ON TABLE order_special IS 'Special requirements with the department that must act on each.';

CREATE TABLE milestone (
    order_id    uuid NOT NULL REFERENCES sales_order (id),
    position    integer NOT NULL,
    percent     numeric(5,2) NOT NULL CHECK (percent > 0 AND percent <= 100),
    trigger     text NOT NULL CHECK (trigger IN ('on_signing','before_shipment','after_sign_off','on_acceptance','after_warranty')),
    days        integer NOT NULL CHECK (days BETWEEN 0 AND 3650),
    amount      numeric(14,2) NOT NULL CHECK (is_money(amount)),
    received    numeric(14,2) NOT NULL CHECK (is_money(received)),
    received_at timestamptz,
    reference   text CHECK (is_label(reference)),
    recorded_by uuid REFERENCES person (id),
    PRIMARY KEY (order_id, position),
    CHECK (received <= amount)
);
COMMENT ON TABLE milestone IS 'Payment milestones of an order; receipts are recorded by finance (DOMAIN 7.9).';

CREATE FUNCTION guard_receipt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.received <> OLD.received AND NOT EXISTS (
        SELECT FROM person p WHERE p.id = NEW.recorded_by AND p.id = acting_person() AND 'finance' = ANY (p.roles)) THEN
        RAISE EXCEPTION 'receipts are recorded by finance only' USING ERRCODE = '42501';
    END IF;
    IF (to_jsonb(NEW) - ARRAY['received','received_at','reference','recorded_by']) IS DISTINCT FROM
       (to_jsonb(OLD) - ARRAY['received','received_at','reference','recorded_by']) OR NEW.received < OLD.received THEN
        RAISE EXCEPTION 'a milestone only gains receipts' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON milestone FOR EACH ROW EXECUTE FUNCTION guard_receipt();

CREATE TABLE stock_movement (
    id            uuid PRIMARY KEY,
    product_id    uuid NOT NULL REFERENCES stock (product_id),
    order_line_id uuid REFERENCES order_line (id),
    kind          text NOT NULL CHECK (kind IN ('opening','reserve','release','produce','ship','adjust')),
    quantity      numeric(12,3) NOT NULL CHECK (quantity <> 0 AND abs(quantity) <= 999999999.999),
    on_hand_after numeric(12,3) NOT NULL CHECK (is_quantity(on_hand_after)),
    reserved_after numeric(12,3) NOT NULL CHECK (is_quantity(reserved_after)),
    actor_id      uuid REFERENCES person (id),
    at            timestamptz NOT NULL CHECK (is_moment(at)),
    CHECK (reserved_after <= on_hand_after)
);
COMMENT ON TABLE stock_movement IS 'The stock ledger: every change of on hand or reserved.';
CREATE INDEX stock_movement_product ON stock_movement (product_id, at);
CREATE TRIGGER history BEFORE UPDATE OR DELETE ON stock_movement FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE FUNCTION freeze_order_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - ARRAY['reserved','produced','picked','packed','shipped','signed']) IS DISTINCT FROM
       (to_jsonb(OLD) - ARRAY['reserved','produced','picked','packed','shipped','signed']) THEN
        RAISE EXCEPTION 'order lines are frozen; only their progress moves' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER frozen BEFORE UPDATE ON order_line FOR EACH ROW EXECUTE FUNCTION freeze_order_line();
