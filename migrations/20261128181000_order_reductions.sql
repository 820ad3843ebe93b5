-- What was given up with a short-close or came back for a credit is not owed for (DOMAIN 7.1, 7.7, 7.9): how much of
-- each line that is, and what the order comes to without it. What the customer accepted stays as it was.
ALTER TABLE order_line
    ADD COLUMN off_quantity numeric(12,3) NOT NULL DEFAULT 0,
    ADD COLUMN off_net      numeric(14,2) NOT NULL DEFAULT 0,
    ADD COLUMN off_tax      numeric(14,2) NOT NULL DEFAULT 0,
    ADD COLUMN off_gross    numeric(14,2) NOT NULL DEFAULT 0,
    ADD CONSTRAINT order_line_off CHECK (is_quantity(off_quantity) AND is_money(off_net) AND is_money(off_tax) AND is_money(off_gross)
        AND off_net + off_tax = off_gross AND off_quantity <= quantity AND off_gross <= gross);
COMMENT ON COLUMN order_line.off_quantity IS 'Given up or credited: neither delivered nor owed for.';

CREATE TABLE order_reduction (
    order_id     uuid NOT NULL REFERENCES sales_order (id),
    reduction_no integer NOT NULL CHECK (reduction_no >= 1),
    came_to      numeric(14,2) NOT NULL CHECK (is_money(came_to)),
    comes_to     numeric(14,2) NOT NULL CHECK (is_money(comes_to)),
    refund       numeric(14,2) NOT NULL CHECK (is_money(refund)),
    made_at      timestamptz NOT NULL CHECK (is_moment(made_at)),
    PRIMARY KEY (order_id, reduction_no)
);
COMMENT ON TABLE order_reduction IS 'Each time that an order came to something else because of what was delivered.';
CREATE TRIGGER history BEFORE UPDATE OR DELETE ON order_reduction FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE FUNCTION is_reduced_now(the_order uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM order_reduction r WHERE r.order_id = the_order AND r.xmin = pg_current_xact_id()::xid)
$$;

CREATE OR REPLACE FUNCTION freeze_order_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE progress text[] := ARRAY['reserved','produced','passed','failed','scrapped','picked','checked','packed','shipped','signed','returned','credited'];
        promised text[] := progress || ARRAY['promised_at','first_promised_at'];
        amended text[] := promised || ARRAY['packaging'];
        retotalled text[] := amended || ARRAY['product_id','name','spec','quantity','unit_price','tax_rate','net','tax','gross'];
        reduced text[] := ARRAY['off_quantity','off_net','off_tax','off_gross'];
BEGIN
    IF (to_jsonb(NEW) - progress) IS NOT DISTINCT FROM (to_jsonb(OLD) - progress) THEN
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - reduced) IS NOT DISTINCT FROM (to_jsonb(OLD) - reduced) AND is_reduced_now(OLD.order_id) THEN
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - amended) IS NOT DISTINCT FROM (to_jsonb(OLD) - amended) AND (changing_now(OLD.order_id)).id IS NOT NULL THEN
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - retotalled) IS NOT DISTINCT FROM (to_jsonb(OLD) - retotalled) AND is_retotalled_now(OLD.order_id) THEN
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - promised) IS NOT DISTINCT FROM (to_jsonb(OLD) - promised) AND (
        EXISTS (SELECT FROM promise_batch b WHERE b.order_line_id = OLD.id AND b.promised_at = NEW.promised_at AND b.xmin = pg_current_xact_id()::xid)
        OR EXISTS (SELECT FROM sales_order o WHERE o.id = OLD.order_id AND o.status = 'draft' AND o.promised_at = NEW.promised_at)) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'order lines are frozen; only their progress moves' USING ERRCODE = 'P0001';
END $$;

CREATE OR REPLACE FUNCTION guard_receipt() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moving text[] := ARRAY['received','received_at','reference','recorded_by','due_on'];
        resplit text[] := moving || ARRAY['percent','trigger','days','amount'];
BEGIN
    IF NEW.received <> OLD.received AND NEW.received IS DISTINCT FROM (
        SELECT COALESCE(sum(r.amount), 0) FROM receipt r WHERE r.order_id = NEW.order_id AND r.position = NEW.position) THEN
        RAISE EXCEPTION 'receipts are rows recorded by finance only' USING ERRCODE = '42501';
    END IF;
    IF is_retotalled_now(OLD.order_id) AND (to_jsonb(NEW) - resplit) IS NOT DISTINCT FROM (to_jsonb(OLD) - resplit) THEN
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - 'amount') IS NOT DISTINCT FROM (to_jsonb(OLD) - 'amount') AND is_reduced_now(OLD.order_id) THEN
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - moving) IS DISTINCT FROM (to_jsonb(OLD) - moving) THEN
        RAISE EXCEPTION 'a milestone only gains receipts' USING ERRCODE = 'P0001';
    END IF;
    IF OLD.due_on IS NOT NULL AND NEW.due_on IS DISTINCT FROM OLD.due_on THEN
        RAISE EXCEPTION 'a due date is fixed when its trigger fires' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;

-- An order is worth its lines; its milestones are worth what it comes to, or what has come in when that is more.
CREATE OR REPLACE FUNCTION order_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE o sales_order%ROWTYPE;
        comes_to numeric;
BEGIN
    SELECT * INTO o FROM sales_order WHERE id = (CASE TG_TABLE_NAME WHEN 'sales_order' THEN to_jsonb(NEW) ->> 'id' ELSE to_jsonb(NEW) ->> 'order_id' END)::uuid;
    comes_to := o.gross - (SELECT COALESCE(sum(l.off_gross), 0) FROM order_line l WHERE l.order_id = o.id);
    IF (SELECT (COALESCE(sum(l.net), 0), COALESCE(sum(l.tax), 0), COALESCE(sum(l.gross), 0)) FROM order_line l WHERE l.order_id = o.id)
       IS DISTINCT FROM (o.net, o.tax, o.gross)
       OR (SELECT sum(m.amount) <> greatest(comes_to, sum(m.received)) FROM milestone m WHERE m.order_id = o.id) THEN
        RAISE EXCEPTION 'the totals of an order are the sums of its lines and of its milestones' USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
END $$;

-- What is taken off is what was not delivered: the rest that was given up, or what came back for a credit.
CREATE FUNCTION reduction_as_delivered() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE is_given_up boolean := EXISTS (SELECT FROM order_stop s WHERE s.order_id = NEW.order_id AND s.kind = 'short_close' AND s.status = 'in_force');
BEGIN
    IF EXISTS (SELECT FROM order_line l WHERE l.order_id = NEW.order_id AND l.off_quantity
            <> CASE WHEN NOT l.is_goods THEN 0 WHEN is_given_up THEN l.quantity - l.shipped ELSE l.credited END)
       OR NEW.comes_to <> (SELECT o.gross - (SELECT sum(l.off_gross) FROM order_line l WHERE l.order_id = o.id) FROM sales_order o WHERE o.id = NEW.order_id) THEN
        RAISE EXCEPTION 'an order comes to what was delivered' USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER adds_up AFTER INSERT ON order_reduction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION order_adds_up();
CREATE CONSTRAINT TRIGGER as_delivered AFTER INSERT ON order_reduction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION reduction_as_delivered();

CREATE OR REPLACE FUNCTION guard_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
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
        IF NEW.gross + (SELECT COALESCE(sum(i.gross), 0) FROM invoice i WHERE i.order_id = NEW.order_id)
           > o.gross - (SELECT COALESCE(sum(l.off_gross), 0) FROM order_line l WHERE l.order_id = NEW.order_id) THEN
            RAISE EXCEPTION 'not more is invoiced than the order is worth' USING ERRCODE = '23514';
        END IF;
    ELSIF NEW.gross + COALESCE((
        SELECT b.gross + (SELECT COALESCE(sum(r.gross), 0) FROM invoice r WHERE r.red_of = b.id)
        FROM invoice b WHERE b.id = NEW.red_of AND b.order_id = NEW.order_id AND b.red_of IS NULL), 0) < 0 THEN
        RAISE EXCEPTION 'a red-letter invoice takes back at most what its invoice said' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;
