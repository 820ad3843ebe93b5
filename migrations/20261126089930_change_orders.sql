-- Changes that give an order a new total, make a deal urgent or end it (DOMAIN 8): the approval by
-- the level of the new total, the former total as a revision, and the walls around both.
ALTER TABLE change_request
    ADD COLUMN offer jsonb,
    ADD COLUMN urgency jsonb,
    ADD COLUMN approval_role text CHECK (approval_role IN ('sales_manager','sales_director','general_manager')),
    ADD COLUMN approval_due_at timestamptz,
    ADD COLUMN approved_by uuid REFERENCES person (id),
    ADD COLUMN approved_at timestamptz CHECK (is_moment(approved_at)),
    ADD COLUMN approval_comment text CHECK (is_prose(approval_comment)),
    ADD COLUMN approval_loss numeric(14,2) CHECK (is_money(approval_loss)),
    ADD COLUMN approval_borne_by text CHECK (approval_borne_by IN ('customer','us','shared','no_loss')),
    ADD CHECK ((approval_role IS NULL) = (approval_due_at IS NULL)),
    ADD CHECK ((approved_by IS NULL) = (approved_at IS NULL)),
    ADD CHECK (approved_by IS NULL OR approval_role IS NOT NULL),
    ADD CHECK ((approval_loss IS NULL) = (approval_borne_by IS NULL));
ALTER TABLE change_item DROP CONSTRAINT change_item_field_check;
ALTER TABLE change_item ADD CONSTRAINT change_item_field_check CHECK (field IN
    ('line','product','spec','quantity','packaging','wanted_at','ship_address','ship_receiver','ship_phone','payment_wish','invoice_need','unit_price','payment_terms'));

CREATE OR REPLACE FUNCTION freeze_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moving text[] := ARRAY['status','confirm_method','confirm_contact','confirm_file_id','confirmed_at','confirmed_by','file_owed_by','decision','effective_at','result_version',
    'approval_role','approval_due_at','approved_by','approved_at','approval_comment','approval_loss','approval_borne_by'];
    decider person%ROWTYPE;
    owner   uuid;
    boss    uuid;
BEGIN
    IF OLD.status IN ('effective','refused','withdrawn') THEN
        RAISE EXCEPTION 'a change that is finished is history' USING ERRCODE = 'P0001';
    END IF;
    IF OLD.status <> 'draft' AND (to_jsonb(NEW) - moving) IS DISTINCT FROM (to_jsonb(OLD) - moving) THEN
        RAISE EXCEPTION 'a change that was filed is not edited; withdraw it and write another' USING ERRCODE = 'P0001';
    END IF;
    IF OLD.approved_by IS NOT NULL AND (NEW.approved_by, NEW.approved_at, NEW.approval_role, NEW.approval_comment, NEW.approval_loss, NEW.approval_borne_by)
       IS DISTINCT FROM (OLD.approved_by, OLD.approved_at, OLD.approval_role, OLD.approval_comment, OLD.approval_loss, OLD.approval_borne_by) THEN
        RAISE EXCEPTION 'decisions are final' USING ERRCODE = 'P0001';
    END IF;
    IF OLD.approval_role IS NOT NULL AND NEW.approval_role IS DISTINCT FROM OLD.approval_role THEN
        RAISE EXCEPTION 'who approves a change is fixed when it is asked' USING ERRCODE = 'P0001';
    END IF;
    IF NEW.approved_by IS NOT NULL AND OLD.approved_by IS NULL THEN
        IF NEW.approved_by IS DISTINCT FROM acting_person() THEN
            RAISE EXCEPTION 'nobody decides in the name of another' USING ERRCODE = '42501';
        END IF;
        SELECT d.owner_id, p.manager_id INTO owner, boss FROM deal d JOIN person p ON p.id = d.owner_id WHERE d.id = NEW.deal_id;
        IF NEW.approved_by = owner OR NEW.approved_by = NEW.created_by OR NEW.approved_by = NEW.filed_by THEN
            RAISE EXCEPTION 'nobody approves a change of their own' USING ERRCODE = '42501';
        END IF;
        SELECT * INTO decider FROM person WHERE id = NEW.approved_by;
        IF NOT decider.is_active OR NOT (
            'general_manager' = ANY (decider.roles)
            OR (NEW.approval_role <> 'general_manager' AND 'sales_director' = ANY (decider.roles))
            OR (NEW.approval_role = 'sales_manager' AND 'sales_manager' = ANY (decider.roles) AND decider.id = boss)) THEN
            RAISE EXCEPTION 'the approval belongs to a higher level' USING ERRCODE = '42501';
        END IF;
    END IF;
    RETURN NEW;
END $$;

-- Every department's yes, the approval of its level, and the customer's yes come before the effect.
CREATE OR REPLACE FUNCTION guard_change_effect() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status IN ('awaiting_customer','effective') AND EXISTS (
        SELECT FROM change_duty d LEFT JOIN change_acknowledgment a USING (change_id, department)
        WHERE d.change_id = NEW.id AND a.answer IS DISTINCT FROM 'possible') THEN
        RAISE EXCEPTION 'a change goes on when every department asked has said yes' USING ERRCODE = 'P0001';
    END IF;
    IF NEW.status IN ('awaiting_customer','effective') AND NEW.approved_by IS NULL
       AND (NEW.approval_role IS NOT NULL OR NEW.offer IS NOT NULL) THEN
        RAISE EXCEPTION 'a new total is approved before it goes on' USING ERRCODE = 'P0001';
    END IF;
    IF NEW.status = 'effective' AND NEW.offer IS NOT NULL AND NEW.confirm_method IS NULL THEN
        RAISE EXCEPTION 'a new total needs the customer''s yes' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;

CREATE TABLE order_revision (
    order_id    uuid NOT NULL REFERENCES sales_order (id),
    revision_no integer NOT NULL CHECK (revision_no >= 1),
    change_id   uuid NOT NULL UNIQUE REFERENCES change_request (id),
    net         numeric(14,2) NOT NULL CHECK (is_money(net)),
    tax         numeric(14,2) NOT NULL CHECK (is_money(tax)),
    gross       numeric(14,2) NOT NULL CHECK (is_money(gross)),
    new_gross   numeric(14,2) NOT NULL CHECK (is_money(new_gross)),
    lines       jsonb NOT NULL CHECK (jsonb_typeof(lines) = 'array'),
    made_at     timestamptz NOT NULL CHECK (is_moment(made_at)),
    PRIMARY KEY (order_id, revision_no)
);
COMMENT ON TABLE order_revision IS 'What an order was before a change gave it a new total; both totals stay readable (DOMAIN 8).';
CREATE TRIGGER history BEFORE UPDATE OR DELETE ON order_revision FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- The change of this deal that takes effect in this very transaction.
CREATE FUNCTION changing_now(the_order uuid) RETURNS change_request LANGUAGE sql STABLE AS $$
    SELECT c FROM change_request c JOIN sales_order o ON o.deal_id = c.deal_id
    WHERE o.id = the_order AND c.status = 'effective' AND c.xmin = pg_current_xact_id()::xid LIMIT 1
$$;
CREATE FUNCTION is_retotalled_now(the_order uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT (changing_now(the_order)).offer IS NOT NULL
$$;

CREATE OR REPLACE FUNCTION freeze_order_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE progress text[] := ARRAY['reserved','produced','passed','failed','scrapped','picked','checked','packed','shipped','signed','returned','credited'];
        promised text[] := progress || ARRAY['promised_at','first_promised_at'];
        amended text[] := promised || ARRAY['packaging'];
        retotalled text[] := amended || ARRAY['product_id','name','spec','quantity','unit_price','tax_rate','net','tax','gross'];
BEGIN
    IF (to_jsonb(NEW) - progress) IS NOT DISTINCT FROM (to_jsonb(OLD) - progress) THEN
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - amended) IS NOT DISTINCT FROM (to_jsonb(OLD) - amended) AND (changing_now(OLD.order_id)).id IS NOT NULL THEN
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - retotalled) IS NOT DISTINCT FROM (to_jsonb(OLD) - retotalled) AND is_retotalled_now(OLD.order_id) THEN
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - promised) IS NOT DISTINCT FROM (to_jsonb(OLD) - promised) AND EXISTS (
        SELECT FROM promise_batch b WHERE b.order_line_id = OLD.id AND b.promised_at = NEW.promised_at AND b.xmin = pg_current_xact_id()::xid) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'order lines are frozen; only their progress moves' USING ERRCODE = 'P0001';
END $$;

-- The quantities of promises follow a new total.
CREATE OR REPLACE FUNCTION guard_promise() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE is_split boolean := NEW.quantity < OLD.quantity AND NEW.promised_at = NEW.original_at AND NEW.original_at <= OLD.original_at;
BEGIN
    IF (to_jsonb(NEW) - 'quantity') IS NOT DISTINCT FROM (to_jsonb(OLD) - 'quantity')
        AND is_retotalled_now((SELECT l.order_id FROM order_line l WHERE l.id = NEW.order_line_id)) THEN
        RETURN NEW;
    END IF;
    IF (NEW.order_line_id, NEW.batch_no) IS DISTINCT FROM (OLD.order_line_id, OLD.batch_no)
        OR ((NEW.original_at <> OLD.original_at OR NEW.quantity > OLD.quantity) AND NOT is_split) THEN
        RAISE EXCEPTION 'the first promise stays' USING ERRCODE = 'P0001';
    END IF;
    IF is_split AND EXISTS (SELECT FROM order_line l WHERE l.id = NEW.order_line_id AND l.shipped > 0) THEN
        RAISE EXCEPTION 'what has begun to leave is not promised anew' USING ERRCODE = 'P0001';
    END IF;
    IF NEW.promised_at <> OLD.promised_at AND NOT is_split AND NOT EXISTS (
        SELECT FROM promise_slip s WHERE s.order_line_id = NEW.order_line_id AND s.batch_no = NEW.batch_no
            AND s.from_at = OLD.promised_at AND s.to_at = NEW.promised_at AND s.xmin = pg_current_xact_id()::xid) THEN
        RAISE EXCEPTION 'a promise moves with its reason only' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION keep_promises() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT is_retotalled_now((SELECT l.order_id FROM order_line l WHERE l.id = OLD.order_line_id)) THEN
        RAISE EXCEPTION 'a promise and its stages stay' USING ERRCODE = 'P0001';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER stays BEFORE DELETE ON promise_batch FOR EACH ROW EXECUTE FUNCTION keep_promises();
CREATE TRIGGER stays BEFORE DELETE ON delivery_stage FOR EACH ROW EXECUTE FUNCTION keep_promises();

-- The head of an order moves by its states; everything else only with a change that takes effect.
CREATE FUNCTION freeze_order() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE states text[] := ARRAY['quote_status','status','confirmed_at','confirmed_by','signed_at','completed_at','clause_version','first_promised_at'];
        amended text[] := states || ARRAY['ship_address','ship_receiver','ship_phone','promised_at','is_urgent'];
        retotalled text[] := amended || ARRAY['net','tax','gross'];
BEGIN
    IF (to_jsonb(NEW) - states) IS DISTINCT FROM (to_jsonb(OLD) - states) AND NOT (
        ((to_jsonb(NEW) - amended) IS NOT DISTINCT FROM (to_jsonb(OLD) - amended)
            AND (OLD.status = 'draft' OR (changing_now(OLD.id)).id IS NOT NULL))
        -- The promise also follows its batches.
        OR ((to_jsonb(NEW) - states - 'promised_at') IS NOT DISTINCT FROM (to_jsonb(OLD) - states - 'promised_at') AND EXISTS (
            SELECT FROM order_line l WHERE l.order_id = OLD.id AND l.promised_at = NEW.promised_at))
        OR ((to_jsonb(NEW) - retotalled) IS NOT DISTINCT FROM (to_jsonb(OLD) - retotalled) AND is_retotalled_now(OLD.id))) THEN
        RAISE EXCEPTION 'an order is what the customer accepted; only a change moves it' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER frozen BEFORE UPDATE ON sales_order FOR EACH ROW EXECUTE FUNCTION freeze_order();

ALTER TABLE milestone DROP CONSTRAINT milestone_percent_check;
ALTER TABLE milestone ADD CONSTRAINT milestone_percent_check CHECK (percent >= 0 AND percent <= 100);
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
    IF (to_jsonb(NEW) - moving) IS DISTINCT FROM (to_jsonb(OLD) - moving) THEN
        RAISE EXCEPTION 'a milestone only gains receipts' USING ERRCODE = 'P0001';
    END IF;
    IF OLD.due_on IS NOT NULL AND NEW.due_on IS DISTINCT FROM OLD.due_on THEN
        RAISE EXCEPTION 'a due date is fixed when its trigger fires' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION begin_with_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM sales_order o WHERE o.id = NEW.order_id AND o.status = 'draft')
       AND NOT (TG_TABLE_NAME = 'milestone' AND is_retotalled_now(NEW.order_id)) THEN
        RAISE EXCEPTION 'rows of % come with the draft of their order', TG_TABLE_NAME USING ERRCODE = 'P0001';
    END IF;
    IF TG_TABLE_NAME = 'milestone' AND (to_jsonb(NEW) ->> 'received')::numeric <> 0 THEN
        RAISE EXCEPTION 'receipts are recorded by finance only' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;

-- An order is worth its lines, and its milestones are worth the order.
CREATE FUNCTION order_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE o sales_order%ROWTYPE;
BEGIN
    SELECT * INTO o FROM sales_order WHERE id = NEW.id;
    IF (SELECT (COALESCE(sum(l.net), 0), COALESCE(sum(l.tax), 0), COALESCE(sum(l.gross), 0)) FROM order_line l WHERE l.order_id = o.id)
       IS DISTINCT FROM (o.net, o.tax, o.gross)
       OR (SELECT COALESCE(sum(m.amount), 0) FROM milestone m WHERE m.order_id = o.id) <> o.gross THEN
        RAISE EXCEPTION 'the totals of an order are the sums of its lines and of its milestones' USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER adds_up AFTER INSERT OR UPDATE OF net, tax, gross ON sales_order
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION order_adds_up();
