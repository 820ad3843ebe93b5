-- Money, lightly (DOMAIN 7.9): every receipt and every invoice is a row of its own that stays; a
-- wrong receipt is taken back by a counter entry, an invoice by a red-letter one. Finance only.
CREATE TABLE receipt (
    id          uuid PRIMARY KEY,
    order_id    uuid NOT NULL,
    position    integer NOT NULL,
    amount      numeric(14,2) NOT NULL CHECK (amount <> 0 AND is_money(abs(amount))),
    received_at timestamptz NOT NULL CHECK (is_moment(received_at)),
    reference   text NOT NULL CHECK (is_label(reference)),
    corrects_id uuid UNIQUE REFERENCES receipt (id),
    reason      text CHECK (is_prose(reason)),
    recorded_by uuid NOT NULL REFERENCES person (id),
    recorded_at timestamptz NOT NULL CHECK (is_moment(recorded_at)),
    FOREIGN KEY (order_id, position) REFERENCES milestone (order_id, position),
    CHECK ((corrects_id IS NULL) = (amount > 0)),
    CHECK ((corrects_id IS NULL) = (reason IS NULL))
);
COMMENT ON TABLE receipt IS 'Money that came in for a milestone, and counter entries that take it back.';
CREATE INDEX receipt_order ON receipt (order_id, recorded_at);
INSERT INTO receipt (id, order_id, position, amount, received_at, reference, recorded_by, recorded_at)
    SELECT gen_random_uuid(), order_id, position, received, received_at, COALESCE(reference, '-'), recorded_by, received_at
    FROM milestone WHERE received > 0;
CREATE TRIGGER history BEFORE UPDATE OR DELETE ON receipt FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE FUNCTION is_acting_finance(the_person uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT the_person = acting_person()
        AND EXISTS (SELECT FROM person p WHERE p.id = the_person AND p.is_active AND 'finance' = ANY (p.roles))
$$;

CREATE FUNCTION guard_receipt_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF is_acting_finance(NEW.recorded_by) IS NOT TRUE THEN
        RAISE EXCEPTION 'receipts are recorded by finance only' USING ERRCODE = '42501';
    END IF;
    IF NEW.corrects_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM receipt r WHERE r.id = NEW.corrects_id AND r.order_id = NEW.order_id AND r.position = NEW.position
            AND r.corrects_id IS NULL AND r.amount = -NEW.amount) THEN
        RAISE EXCEPTION 'a counter entry takes back one receipt, whole' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON receipt FOR EACH ROW EXECUTE FUNCTION guard_receipt_row();

-- What a milestone has received is the sum of its receipts, kept beside them for lists.
ALTER TABLE milestone ADD COLUMN due_on date;
CREATE OR REPLACE FUNCTION guard_receipt() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moving text[] := ARRAY['received','received_at','reference','recorded_by','due_on'];
BEGIN
    IF NEW.received <> OLD.received AND NEW.received IS DISTINCT FROM (
        SELECT COALESCE(sum(r.amount), 0) FROM receipt r WHERE r.order_id = NEW.order_id AND r.position = NEW.position) THEN
        RAISE EXCEPTION 'receipts are rows recorded by finance only' USING ERRCODE = '42501';
    END IF;
    IF (to_jsonb(NEW) - moving) IS DISTINCT FROM (to_jsonb(OLD) - moving) THEN
        RAISE EXCEPTION 'a milestone only gains receipts' USING ERRCODE = 'P0001';
    END IF;
    IF OLD.due_on IS NOT NULL AND NEW.due_on IS DISTINCT FROM OLD.due_on THEN
        RAISE EXCEPTION 'a due date is fixed when its trigger fires' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION sum_receipts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE milestone m SET
        received = (SELECT sum(r.amount) FROM receipt r WHERE r.order_id = m.order_id AND r.position = m.position),
        received_at = NEW.received_at, reference = NEW.reference, recorded_by = NEW.recorded_by
    WHERE m.order_id = NEW.order_id AND m.position = NEW.position;
    RETURN NULL;
END $$;
CREATE TRIGGER sum_up AFTER INSERT ON receipt FOR EACH ROW EXECUTE FUNCTION sum_receipts();

-- What fell due before due dates were kept.
UPDATE milestone m SET due_on = (o.confirmed_at AT TIME ZONE 'Asia/Shanghai')::date + m.days
    FROM sales_order o WHERE o.id = m.order_id AND o.confirmed_at IS NOT NULL AND m.trigger = 'on_signing';
UPDATE milestone m SET due_on = (o.signed_at AT TIME ZONE 'Asia/Shanghai')::date + m.days
    FROM sales_order o WHERE o.id = m.order_id AND o.signed_at IS NOT NULL AND m.trigger IN ('after_sign_off','after_warranty');
UPDATE milestone m SET due_on = (o.completed_at AT TIME ZONE 'Asia/Shanghai')::date + m.days
    FROM sales_order o WHERE o.id = m.order_id AND o.completed_at IS NOT NULL AND m.trigger = 'on_acceptance';
CREATE INDEX milestone_open_due ON milestone (due_on) WHERE received < amount AND due_on IS NOT NULL;

CREATE TABLE invoice (
    id          uuid PRIMARY KEY,
    order_id    uuid NOT NULL REFERENCES sales_order (id),
    kind        text NOT NULL CHECK (kind IN ('special','ordinary')),
    number      text NOT NULL UNIQUE CHECK (number ~ '^([0-9]{8}|[0-9]{20})$'),
    invoiced_on date NOT NULL,
    net         numeric(14,2) NOT NULL CHECK (is_money(abs(net))),
    tax         numeric(14,2) NOT NULL CHECK (is_money(abs(tax))),
    gross       numeric(14,2) NOT NULL CHECK (is_money(abs(gross))),
    covers      text NOT NULL CHECK (is_label(covers)),
    red_of      uuid REFERENCES invoice (id),
    recorded_by uuid NOT NULL REFERENCES person (id),
    recorded_at timestamptz NOT NULL CHECK (is_moment(recorded_at)),
    CHECK (net + tax = gross),
    CHECK ((red_of IS NULL AND net >= 0 AND tax >= 0 AND gross > 0) OR (red_of IS NOT NULL AND net <= 0 AND tax <= 0 AND gross < 0))
);
COMMENT ON TABLE invoice IS 'Invoices of an order as records, not bookings; a red-letter one names the invoice that it takes back.';
CREATE INDEX invoice_order ON invoice (order_id, recorded_at);
CREATE TRIGGER history BEFORE UPDATE OR DELETE ON invoice FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE FUNCTION guard_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE o sales_order%ROWTYPE;
BEGIN
    IF is_acting_finance(NEW.recorded_by) IS NOT TRUE THEN
        RAISE EXCEPTION 'invoices are recorded by finance only' USING ERRCODE = '42501';
    END IF;
    SELECT * INTO o FROM sales_order WHERE id = NEW.order_id FOR UPDATE;
    IF NEW.red_of IS NULL THEN
        IF o.status IN ('draft','on_hold','cancelled') THEN
            RAISE EXCEPTION 'only a live order is invoiced' USING ERRCODE = 'P0001';
        END IF;
        IF NEW.gross + (SELECT COALESCE(sum(i.gross), 0) FROM invoice i WHERE i.order_id = NEW.order_id) > o.gross THEN
            RAISE EXCEPTION 'not more is invoiced than the order is worth' USING ERRCODE = '23514';
        END IF;
    ELSIF NEW.gross + COALESCE((
        SELECT b.gross + (SELECT COALESCE(sum(r.gross), 0) FROM invoice r WHERE r.red_of = b.id)
        FROM invoice b WHERE b.id = NEW.red_of AND b.order_id = NEW.order_id AND b.red_of IS NULL), 0) < 0 THEN
        RAISE EXCEPTION 'a red-letter invoice takes back at most what its invoice said' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON invoice FOR EACH ROW EXECUTE FUNCTION guard_invoice();
