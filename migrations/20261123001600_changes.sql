CREATE TABLE change_request (
    id             uuid PRIMARY KEY,
    deal_id        uuid NOT NULL REFERENCES deal (id),
    no             text NOT NULL UNIQUE CHECK (no ~ '^BG-[0-9]{8}-[0-9]{3,}$'),
    status         text NOT NULL CHECK (status IN ('draft','assessing','awaiting_customer','effective','refused','withdrawn')),
    phase          text NOT NULL CHECK (phase IN ('before_submit','in_approval','approved','not_started','in_production','shipped')),
    base_id        uuid NOT NULL REFERENCES requirement (id),
    content        jsonb NOT NULL,
    wish           text CHECK (wish IN ('urgent','cancel')),
    contact        text CHECK (is_label(contact)),
    received_at    timestamptz NOT NULL CHECK (is_moment(received_at)),
    channel        text NOT NULL CHECK (channel IN ('meeting','phone','email','wechat','tender','po')),
    reason         text NOT NULL CHECK (reason IN ('customer','ours','technical','regulation','other')),
    note           text CHECK (is_prose(note)),
    impact_price   text CHECK (is_prose(impact_price)),
    impact_cost    text CHECK (is_prose(impact_cost)),
    impact_lead_time text CHECK (is_prose(impact_lead_time)),
    impact_stock   text CHECK (is_prose(impact_stock)),
    impact_production text CHECK (is_prose(impact_production)),
    call_back_contact text CHECK (is_label(call_back_contact)),
    call_back_phone text CHECK (is_label(call_back_phone)),
    call_back_at   timestamptz CHECK (is_moment(call_back_at)),
    created_by     uuid NOT NULL REFERENCES person (id),
    created_at     timestamptz NOT NULL CHECK (is_moment(created_at)),
    filed_by       uuid REFERENCES person (id),
    filed_at       timestamptz CHECK (is_moment(filed_at)),
    confirm_method text CHECK (confirm_method IN ('signed','email','wechat','phone')),
    confirm_contact text CHECK (is_label(confirm_contact)),
    confirm_file_id uuid REFERENCES attachment (id),
    confirmed_at   timestamptz CHECK (is_moment(confirmed_at)),
    confirmed_by   uuid REFERENCES person (id),
    file_owed_by   timestamptz,
    decision       text CHECK (is_prose(decision)),
    effective_at   timestamptz CHECK (is_moment(effective_at)),
    result_version integer CHECK (result_version >= 2),
    CHECK (num_nulls(call_back_contact, call_back_phone, call_back_at) IN (0, 3)),
    CHECK ((filed_by IS NULL) = (filed_at IS NULL)),
    CHECK (status IN ('draft','withdrawn') OR filed_at IS NOT NULL),
    CHECK ((status = 'effective') = (effective_at IS NOT NULL)),
    CHECK (confirm_method IS NULL OR num_nulls(confirm_contact, confirmed_at, confirmed_by) = 0),
    CHECK (confirm_method IS NULL OR confirm_method = 'phone' OR confirm_file_id IS NOT NULL)
);
COMMENT ON TABLE change_request IS 'Requirement change records (DOMAIN 8).';
CREATE INDEX change_request_deal ON change_request (deal_id, created_at DESC);
-- One at a time: the next change starts from what the last one left.
CREATE UNIQUE INDEX change_one_live ON change_request (deal_id) WHERE status IN ('draft','assessing','awaiting_customer');
CREATE TRIGGER begins BEFORE INSERT ON change_request FOR EACH ROW EXECUTE FUNCTION begin_as('draft');
CREATE TRIGGER follow_edge BEFORE UPDATE ON change_request FOR EACH ROW EXECUTE FUNCTION follow_edge('change');
INSERT INTO status_edge VALUES
    ('change','draft','assessing'), ('change','draft','withdrawn'),
    ('change','assessing','awaiting_customer'), ('change','assessing','effective'), ('change','assessing','refused'), ('change','assessing','withdrawn'),
    ('change','awaiting_customer','effective'), ('change','awaiting_customer','refused'), ('change','awaiting_customer','withdrawn');

CREATE FUNCTION freeze_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moving text[] := ARRAY['status','confirm_method','confirm_contact','confirm_file_id','confirmed_at','confirmed_by','file_owed_by','decision','effective_at','result_version'];
BEGIN
    IF OLD.status IN ('effective','refused','withdrawn') THEN
        RAISE EXCEPTION 'a change that is finished is history' USING ERRCODE = 'P0001';
    END IF;
    IF OLD.status <> 'draft' AND (to_jsonb(NEW) - moving) IS DISTINCT FROM (to_jsonb(OLD) - moving) THEN
        RAISE EXCEPTION 'a change that was filed is not edited; withdraw it and write another' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER frozen BEFORE UPDATE ON change_request FOR EACH ROW EXECUTE FUNCTION freeze_change();

CREATE TABLE change_item (
    change_id uuid NOT NULL REFERENCES change_request (id),
    position  integer NOT NULL CHECK (position BETWEEN 1 AND 2000),
    field     text NOT NULL CHECK (field IN ('line','product','spec','quantity','packaging','wanted_at','ship_address','ship_receiver','ship_phone','payment_wish','invoice_need')),
    line_no   integer CHECK (line_no >= 1),
    before_value text NOT NULL,
    after_value  text NOT NULL,
    PRIMARY KEY (change_id, position),
    CHECK (before_value <> after_value)
);
COMMENT ON TABLE change_item IS 'What a change changes: field, line, before, after.';

CREATE FUNCTION freeze_change_items() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE state text;
BEGIN
    SELECT status INTO state FROM change_request WHERE id = COALESCE(OLD.change_id, NEW.change_id) FOR UPDATE;
    IF state <> 'draft' THEN
        RAISE EXCEPTION 'the items of a filed change are frozen' USING ERRCODE = 'P0001';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON change_item FOR EACH ROW EXECUTE FUNCTION freeze_change_items();

CREATE TABLE change_duty (
    change_id  uuid NOT NULL REFERENCES change_request (id),
    department text NOT NULL CHECK (department IN ('sales','technical','finance','production','warehouse','logistics')),
    asked_at   timestamptz NOT NULL CHECK (is_moment(asked_at)),
    due_at     timestamptz NOT NULL CHECK (due_at > asked_at AND is_moment(due_at)),
    calendar_version text NOT NULL,
    PRIMARY KEY (change_id, department)
);
COMMENT ON TABLE change_duty IS 'Departments that must look again because of a change, and by when.';
CREATE TRIGGER history BEFORE UPDATE OR DELETE ON change_duty FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE change_acknowledgment (
    change_id  uuid NOT NULL,
    department text NOT NULL,
    answer     text NOT NULL CHECK (answer IN ('possible','not_possible')),
    comment    text CHECK (is_prose(comment)),
    loss_amount numeric(14,2) CHECK (is_money(loss_amount)),
    borne_by   text CHECK (borne_by IN ('customer','us','shared','no_loss')),
    person_id  uuid NOT NULL REFERENCES person (id),
    at         timestamptz NOT NULL CHECK (is_moment(at)),
    PRIMARY KEY (change_id, department),
    FOREIGN KEY (change_id, department) REFERENCES change_duty (change_id, department),
    CHECK ((loss_amount IS NULL) = (borne_by IS NULL)),
    CHECK (answer = 'possible' OR comment IS NOT NULL)
);
COMMENT ON TABLE change_acknowledgment IS 'What each department said about a change; once and for ever.';
CREATE TRIGGER history BEFORE UPDATE OR DELETE ON change_acknowledgment FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE FUNCTION guard_acknowledgment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.person_id IS DISTINCT FROM acting_person() THEN
        RAISE EXCEPTION 'an acknowledgment names the acting person' USING ERRCODE = '42501';
    END IF;
    IF NOT EXISTS (SELECT FROM change_request c WHERE c.id = NEW.change_id AND c.status = 'assessing') THEN
        RAISE EXCEPTION 'only a change that is being assessed is acknowledged' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON change_acknowledgment FOR EACH ROW EXECUTE FUNCTION guard_acknowledgment();

-- The customer's yes and every department's yes come before the effect.
CREATE FUNCTION guard_change_effect() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status IN ('awaiting_customer','effective') AND EXISTS (
        SELECT FROM change_duty d LEFT JOIN change_acknowledgment a USING (change_id, department)
        WHERE d.change_id = NEW.id AND a.answer IS DISTINCT FROM 'possible') THEN
        RAISE EXCEPTION 'a change goes on when every department asked has said yes' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE OF status ON change_request FOR EACH ROW EXECUTE FUNCTION guard_change_effect();

-- The number of the open change: the flag that lists and boards show.
ALTER TABLE deal ADD COLUMN change_no text REFERENCES change_request (no);

-- The first promise stays readable when a change moves it.
ALTER TABLE sales_order ADD COLUMN first_promised_at timestamptz;
ALTER TABLE order_line ADD COLUMN first_promised_at timestamptz;

-- Packaging and promise of an ordered line move only in the transaction that makes a change effective.
CREATE OR REPLACE FUNCTION freeze_order_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE progress text[] := ARRAY['reserved','produced','picked','packed','shipped','signed'];
        amended text[] := progress || ARRAY['packaging','promised_at','first_promised_at'];
BEGIN
    IF (to_jsonb(NEW) - progress) IS DISTINCT FROM (to_jsonb(OLD) - progress) AND (
        (to_jsonb(NEW) - amended) IS DISTINCT FROM (to_jsonb(OLD) - amended) OR NOT EXISTS (
            SELECT FROM change_request c JOIN sales_order o ON o.deal_id = c.deal_id
            WHERE o.id = OLD.order_id AND c.status = 'effective' AND c.xmin = pg_current_xact_id()::xid)) THEN
        RAISE EXCEPTION 'order lines are frozen; only their progress moves' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION keep_first_promise() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.first_promised_at IS NOT NULL THEN
        NEW.first_promised_at := OLD.first_promised_at;
    ELSIF NEW.promised_at IS DISTINCT FROM OLD.promised_at THEN
        NEW.first_promised_at := OLD.promised_at;
    ELSE
        NEW.first_promised_at := NULL;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_first_promise BEFORE UPDATE ON sales_order FOR EACH ROW EXECUTE FUNCTION keep_first_promise();
-- After "frozen" in the order of names: what that trigger compares is what was asked for.
CREATE TRIGGER keep_first_promise BEFORE UPDATE ON order_line FOR EACH ROW EXECUTE FUNCTION keep_first_promise();
