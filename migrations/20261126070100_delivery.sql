-- Delivery whole (DOMAIN 7.3-7.7): quality check, picking checked by a second person, promises per
-- batch with their slips, shipments handed over by logistics and posted by the warehouse,
-- exceptions and returns.

ALTER TABLE order_line
    ADD COLUMN passed   numeric(12,3) NOT NULL DEFAULT 0 CHECK (is_quantity(passed)),
    ADD COLUMN failed   numeric(12,3) NOT NULL DEFAULT 0 CHECK (is_quantity(failed)),
    ADD COLUMN scrapped numeric(12,3) NOT NULL DEFAULT 0 CHECK (is_quantity(scrapped)),
    ADD COLUMN checked  numeric(12,3) NOT NULL DEFAULT 0 CHECK (is_quantity(checked)),
    ADD COLUMN returned numeric(12,3) NOT NULL DEFAULT 0 CHECK (is_quantity(returned)),
    ADD COLUMN credited numeric(12,3) NOT NULL DEFAULT 0 CHECK (is_quantity(credited));
COMMENT ON COLUMN order_line.passed IS 'Produced for this line and passed by quality control.';
COMMENT ON COLUMN order_line.failed IS 'Produced, failed in quality control, and not decided yet: rework or scrap.';
COMMENT ON COLUMN order_line.credited IS 'Came back and is not replaced; the line is whole without it.';

CREATE TABLE promise_batch (
    order_line_id uuid NOT NULL REFERENCES order_line (id),
    batch_no      integer NOT NULL CHECK (batch_no BETWEEN 1 AND 50),
    quantity      numeric(12,3) NOT NULL CHECK (is_quantity(quantity) AND quantity > 0),
    original_at   timestamptz NOT NULL CHECK (is_moment(original_at)),
    promised_at   timestamptz NOT NULL CHECK (is_moment(promised_at)),
    signed_at     timestamptz CHECK (is_moment(signed_at)),
    PRIMARY KEY (order_line_id, batch_no)
);
COMMENT ON TABLE promise_batch IS 'What of a line is promised for when; the first promise stays beside the one that holds.';

CREATE INDEX promise_batch_open ON promise_batch (promised_at, order_line_id, batch_no) WHERE signed_at IS NULL;

CREATE TABLE promise_slip (
    id            uuid PRIMARY KEY,
    order_line_id uuid NOT NULL,
    batch_no      integer NOT NULL,
    from_at       timestamptz NOT NULL CHECK (is_moment(from_at)),
    to_at         timestamptz NOT NULL CHECK (is_moment(to_at)),
    cause         text NOT NULL CHECK (cause IN ('production','material','logistics','customer','force_majeure')),
    reason        text NOT NULL CHECK (is_label(reason) AND char_length(reason) >= 5),
    told          text NOT NULL CHECK (is_prose(told)),
    by_id         uuid NOT NULL REFERENCES person (id),
    at            timestamptz NOT NULL CHECK (is_moment(at)),
    FOREIGN KEY (order_line_id, batch_no) REFERENCES promise_batch (order_line_id, batch_no),
    CHECK (from_at <> to_at)
);
COMMENT ON TABLE promise_slip IS 'Each move of a promise with its reason and what the customer was told.';
CREATE INDEX promise_slip_batch ON promise_slip (order_line_id, batch_no, at);
CREATE TRIGGER history BEFORE UPDATE OR DELETE ON promise_slip FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE FUNCTION guard_promise() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE is_split boolean := NEW.quantity < OLD.quantity AND NEW.promised_at = NEW.original_at AND NEW.original_at <= OLD.original_at;
BEGIN
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
CREATE TRIGGER guard BEFORE UPDATE ON promise_batch FOR EACH ROW EXECUTE FUNCTION guard_promise();

-- Packaging and promise of an ordered line move only with an effective change, the promise also with its batches.
CREATE OR REPLACE FUNCTION freeze_order_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE progress text[] := ARRAY['reserved','produced','passed','failed','scrapped','picked','checked','packed','shipped','signed','returned','credited'];
        promised text[] := progress || ARRAY['promised_at','first_promised_at'];
        amended text[] := promised || ARRAY['packaging'];
BEGIN
    IF (to_jsonb(NEW) - progress) IS NOT DISTINCT FROM (to_jsonb(OLD) - progress) THEN
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - amended) IS NOT DISTINCT FROM (to_jsonb(OLD) - amended) AND EXISTS (
        SELECT FROM change_request c JOIN sales_order o ON o.deal_id = c.deal_id
        WHERE o.id = OLD.order_id AND c.status = 'effective' AND c.xmin = pg_current_xact_id()::xid) THEN
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - promised) IS NOT DISTINCT FROM (to_jsonb(OLD) - promised) AND EXISTS (
        SELECT FROM promise_batch b WHERE b.order_line_id = OLD.id AND b.promised_at = NEW.promised_at AND b.xmin = pg_current_xact_id()::xid) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'order lines are frozen; only their progress moves' USING ERRCODE = 'P0001';
END $$;

-- What was made and picked before there was a check counts as checked.
UPDATE order_line SET passed = produced, checked = picked WHERE produced > 0 OR picked > 0;
ALTER TABLE order_line DROP CONSTRAINT quantities_follow;
ALTER TABLE order_line ADD CONSTRAINT quantities_follow CHECK (
    signed <= shipped AND shipped <= packed AND packed <= checked AND checked <= picked AND picked <= reserved + passed
    AND passed + failed <= produced AND reserved + produced + credited <= quantity);
COMMENT ON TABLE order_line IS 'Frozen lines with the quantities that follow each other: signed <= shipped <= packed <= checked <= picked <= made ready <= ordered.';

ALTER TABLE delivery_stage DROP CONSTRAINT delivery_stage_pkey;
ALTER TABLE delivery_stage DROP CONSTRAINT delivery_stage_stage_check;
ALTER TABLE delivery_stage
    ADD COLUMN batch_no integer NOT NULL DEFAULT 1,
    ADD COLUMN planned_start timestamptz CHECK (is_moment(planned_start)),
    ADD COLUMN forecast_at timestamptz CHECK (is_moment(forecast_at)),
    ADD COLUMN owner_id uuid REFERENCES person (id),
    ADD COLUMN done numeric(12,3) NOT NULL DEFAULT 0 CHECK (is_quantity(done)),
    ADD CONSTRAINT delivery_stage_stage_check CHECK (stage IN ('confirmed','prepare','production','qc','packing','shipping','transit','sign_off')),
    ADD CONSTRAINT planned_in_order CHECK (planned_start <= planned_end),
    ADD PRIMARY KEY (order_line_id, batch_no, stage);
UPDATE delivery_stage SET planned_start = planned_end;
ALTER TABLE delivery_stage ALTER COLUMN planned_start SET NOT NULL;
INSERT INTO promise_batch (order_line_id, batch_no, quantity, original_at, promised_at, signed_at)
    SELECT l.id, 1, l.quantity, COALESCE(l.first_promised_at, l.promised_at), l.promised_at, CASE WHEN l.signed = l.quantity THEN o.signed_at END FROM order_line l JOIN sales_order o ON o.id = l.order_id
    WHERE l.is_goods AND o.confirmed_at IS NOT NULL;
ALTER TABLE delivery_stage ADD FOREIGN KEY (order_line_id, batch_no) REFERENCES promise_batch (order_line_id, batch_no);
COMMENT ON TABLE delivery_stage IS 'Delivery progress table: one row per order line, batch and stage (DOMAIN 7.3).';

CREATE TABLE production_run (
    id            uuid PRIMARY KEY,
    order_line_id uuid NOT NULL REFERENCES order_line (id),
    work_order    text CHECK (is_label(work_order)),
    good          numeric(12,3) NOT NULL CHECK (is_quantity(good)),
    scrap         numeric(12,3) NOT NULL CHECK (is_quantity(scrap)),
    by_id         uuid NOT NULL REFERENCES person (id),
    at            timestamptz NOT NULL CHECK (is_moment(at)),
    CHECK (good + scrap > 0)
);
COMMENT ON TABLE production_run IS 'What production reported: work order, good pieces, scrap.';
CREATE INDEX production_run_line ON production_run (order_line_id, at);
CREATE TRIGGER history BEFORE UPDATE OR DELETE ON production_run FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE quality_check (
    id            uuid PRIMARY KEY,
    order_line_id uuid NOT NULL REFERENCES order_line (id),
    passed        numeric(12,3) NOT NULL CHECK (is_quantity(passed)),
    failed        numeric(12,3) NOT NULL CHECK (is_quantity(failed)),
    cause         text CHECK (is_label(cause)),
    by_id         uuid NOT NULL REFERENCES person (id),
    at            timestamptz NOT NULL CHECK (is_moment(at)),
    CHECK (passed + failed > 0),
    CHECK (failed = 0 OR cause IS NOT NULL)
);
COMMENT ON TABLE quality_check IS 'Results of quality control.';
CREATE INDEX quality_check_line ON quality_check (order_line_id, at);
CREATE TRIGGER history BEFORE UPDATE OR DELETE ON quality_check FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE picking (
    id            uuid PRIMARY KEY,
    order_line_id uuid NOT NULL REFERENCES order_line (id),
    quantity      numeric(12,3) NOT NULL CHECK (is_quantity(quantity) AND quantity > 0),
    location      text CHECK (is_label(location)),
    picked_by     uuid NOT NULL REFERENCES person (id),
    picked_at     timestamptz NOT NULL CHECK (is_moment(picked_at)),
    checked_by    uuid REFERENCES person (id),
    checked_at    timestamptz CHECK (checked_at >= picked_at),
    CHECK ((checked_by IS NULL) = (checked_at IS NULL)),
    CONSTRAINT checked_by_another CHECK (checked_by <> picked_by)
);
COMMENT ON TABLE picking IS 'What was picked, by whom, and who checked it: never the picker.';
CREATE INDEX picking_line ON picking (order_line_id);
CREATE FUNCTION guard_picking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND (NEW.checked_by IS NOT NULL OR NEW.picked_by IS DISTINCT FROM acting_person()) THEN
        RAISE EXCEPTION 'the picker picks, somebody else checks' USING ERRCODE = '42501';
    END IF;
    IF TG_OP = 'UPDATE' AND (OLD.checked_by IS NOT NULL OR NEW.checked_by IS DISTINCT FROM acting_person()
        OR (to_jsonb(NEW) - ARRAY['checked_by','checked_at']) IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['checked_by','checked_at'])) THEN
        RAISE EXCEPTION 'a picking is checked once, by the acting person' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON picking FOR EACH ROW EXECUTE FUNCTION guard_picking();

-- Special requirements of the warehouse are ticked one by one before anything counts as packed.
ALTER TABLE order_special
    ADD COLUMN ticked_by uuid REFERENCES person (id),
    ADD COLUMN ticked_at timestamptz,
    ADD CHECK ((ticked_by IS NULL) = (ticked_at IS NULL));
CREATE FUNCTION guard_packing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM order_special s WHERE s.order_id = NEW.order_id AND s.department = 'warehouse' AND s.ticked_at IS NULL) THEN
        RAISE EXCEPTION 'nothing is packed before every packing requirement is ticked' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_packing BEFORE UPDATE ON order_line FOR EACH ROW WHEN (NEW.packed > OLD.packed) EXECUTE FUNCTION guard_packing();

-- Shipments: arranged by logistics, posted by the warehouse, handed over by logistics.
ALTER TABLE shipment DROP CONSTRAINT shipment_status_check;
ALTER TABLE shipment DROP CONSTRAINT shipment_check1;
ALTER TABLE shipment DROP CONSTRAINT shipment_carrier_waybill_no_key;
ALTER TABLE shipment
    ALTER COLUMN carrier DROP NOT NULL, ALTER COLUMN waybill_no DROP NOT NULL,
    ALTER COLUMN shipped_at DROP NOT NULL, ALTER COLUMN shipped_by DROP NOT NULL,
    ADD COLUMN arranged_by uuid REFERENCES person (id),
    ADD COLUMN arranged_at timestamptz CHECK (is_moment(arranged_at)),
    ADD COLUMN handed_over_by uuid REFERENCES person (id),
    ADD COLUMN handed_over_at timestamptz CHECK (handed_over_at >= shipped_at),
    ADD COLUMN arrived_at timestamptz CHECK (arrived_at >= shipped_at),
    ADD COLUMN weight_kg numeric(12,3) CHECK (is_quantity(weight_kg)),
    ADD COLUMN freight numeric(14,2) CHECK (is_money(freight)),
    ADD COLUMN driver_phone text CHECK (is_label(driver_phone)),
    ADD COLUMN pick_up_by text CHECK (is_label(pick_up_by)),
    ADD COLUMN pick_up_id text CHECK (is_label(pick_up_id)),
    ADD COLUMN consent text CHECK (is_label(consent)),
    ADD COLUMN deviation text CHECK (is_label(deviation)),
    ADD COLUMN signed_capacity text CHECK (is_label(signed_capacity)),
    ADD COLUMN appearance text CHECK (appearance IN ('fine','damaged')),
    ADD COLUMN sign_note text CHECK (is_label(sign_note));
UPDATE shipment SET arranged_by = shipped_by, arranged_at = shipped_at;
ALTER TABLE shipment
    ALTER COLUMN arranged_by SET NOT NULL, ALTER COLUMN arranged_at SET NOT NULL,
    ADD CONSTRAINT shipment_status_check CHECK (status IN ('pending','shipped','in_transit','signed','partly_signed','refused','returned','void')),
    ADD CONSTRAINT shipped_or_waiting CHECK ((status IN ('pending','void')) = (shipped_at IS NULL) AND (shipped_at IS NULL) = (shipped_by IS NULL)),
    ADD CONSTRAINT carried_or_picked_up CHECK (
        num_nulls(carrier, waybill_no) = 0 AND num_nulls(pick_up_by, pick_up_id) = 2 OR num_nulls(carrier, waybill_no) = 2 AND num_nulls(pick_up_by, pick_up_id) = 0),
    ADD CONSTRAINT handed_over CHECK ((handed_over_at IS NULL) = (handed_over_by IS NULL) AND (status <> 'in_transit' OR handed_over_at IS NOT NULL)),
    ADD CONSTRAINT signed_with_proof CHECK (
        status IN ('pending','void','shipped','in_transit') OR num_nulls(signed_by, signed_at, sign_file_id, sign_recorded_by) = 0);
CREATE UNIQUE INDEX shipment_waybill ON shipment (carrier, waybill_no) WHERE status <> 'void';
CREATE INDEX shipment_on_its_way ON shipment (eta) WHERE status IN ('pending','shipped','in_transit');
DELETE FROM status_edge WHERE document = 'shipment';
INSERT INTO status_edge VALUES
    ('shipment','pending','shipped'), ('shipment','pending','void'), ('shipment','shipped','in_transit'),
    ('shipment','shipped','signed'), ('shipment','shipped','partly_signed'), ('shipment','shipped','refused'),
    ('shipment','in_transit','signed'), ('shipment','in_transit','partly_signed'), ('shipment','in_transit','refused'),
    ('shipment','signed','returned'), ('shipment','partly_signed','returned'), ('shipment','refused','returned');
DROP TRIGGER begins ON shipment;
CREATE TRIGGER begins BEFORE INSERT ON shipment FOR EACH ROW EXECUTE FUNCTION begin_as('pending');

-- Whoever sells does not ship (DOMAIN 2.3 rule 8).
CREATE FUNCTION ships_as(person_id uuid, role text, order_id uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM person p WHERE p.id = ships_as.person_id AND p.is_active AND ships_as.role = ANY (p.roles))
        AND NOT EXISTS (SELECT FROM sales_order o JOIN deal d ON d.id = o.deal_id WHERE o.id = ships_as.order_id AND d.owner_id = ships_as.person_id)
$$;
CREATE OR REPLACE FUNCTION guard_shipment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND (NEW.arranged_by IS DISTINCT FROM acting_person() OR NOT ships_as(NEW.arranged_by, 'logistics', NEW.order_id)) THEN
        RAISE EXCEPTION 'a shipment is arranged by logistics, never by the rep' USING ERRCODE = '42501';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.status = 'shipped' AND OLD.status = 'pending' THEN
        IF NEW.shipped_by IS DISTINCT FROM acting_person() OR NOT ships_as(NEW.shipped_by, 'warehouse', NEW.order_id) THEN
            RAISE EXCEPTION 'a shipment is posted by the warehouse, never by the rep' USING ERRCODE = '42501';
        END IF;
        IF EXISTS (SELECT FROM milestone m WHERE m.order_id = NEW.order_id AND m.trigger IN ('on_signing','before_shipment') AND m.received < m.amount) THEN
            RAISE EXCEPTION 'nothing ships before the payments due before shipment' USING ERRCODE = 'P0001';
        END IF;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.status = 'in_transit' AND OLD.status = 'shipped' AND (
        NEW.handed_over_by IS DISTINCT FROM acting_person() OR NOT ships_as(NEW.handed_over_by, 'logistics', NEW.order_id)) THEN
        RAISE EXCEPTION 'a shipment is handed over by logistics, never by the rep' USING ERRCODE = '42501';
    END IF;
    IF NEW.status IN ('pending','shipped') AND (TG_OP = 'INSERT' OR NEW.status <> OLD.status)
        AND NOT EXISTS (SELECT FROM sales_order o WHERE o.id = NEW.order_id AND o.status IN ('confirmed','in_fulfilment','partially_shipped')) THEN
        RAISE EXCEPTION 'only a live order ships' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER guard ON shipment;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON shipment FOR EACH ROW EXECUTE FUNCTION guard_shipment();

ALTER TABLE shipment_line
    ADD COLUMN returned numeric(12,3) NOT NULL DEFAULT 0 CHECK (is_quantity(returned)),
    ADD CONSTRAINT returned_of_shipped CHECK (returned <= quantity);

CREATE TABLE transit_note (
    id          uuid PRIMARY KEY,
    shipment_id uuid NOT NULL REFERENCES shipment (id),
    text        text NOT NULL CHECK (is_label(text)),
    eta         date,
    by_id       uuid NOT NULL REFERENCES person (id),
    at          timestamptz NOT NULL CHECK (is_moment(at))
);
COMMENT ON TABLE transit_note IS 'What logistics heard of a shipment on its way.';
CREATE INDEX transit_note_shipment ON transit_note (shipment_id, at);
CREATE TRIGGER history BEFORE UPDATE OR DELETE ON transit_note FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE delivery_exception (
    id            uuid PRIMARY KEY,
    no            text NOT NULL UNIQUE CHECK (no ~ '^YC-[0-9]{8}-[0-9]{3,}$'),
    order_id      uuid NOT NULL REFERENCES sales_order (id),
    order_line_id uuid REFERENCES order_line (id),
    shipment_id   uuid REFERENCES shipment (id),
    kind          text NOT NULL CHECK (kind IN ('shortage','delay','qc_fail','damage','short_or_wrong','refused','return','replace','unreachable')),
    severity      text NOT NULL CHECK (severity IN ('normal','severe')),
    department    text NOT NULL CHECK (department IN ('sales','technical','finance','production','warehouse','logistics')),
    quantity      numeric(12,3) CHECK (is_quantity(quantity)),
    text          text NOT NULL CHECK (is_prose(text)),
    cause         text CHECK (cause IN ('production','material','logistics','customer','force_majeure')),
    new_date      timestamptz CHECK (is_moment(new_date)),
    attempts      integer CHECK (attempts BETWEEN 1 AND 99),
    freight_payer text CHECK (freight_payer IN ('seller','buyer','carrier')),
    claim_no      text CHECK (is_label(claim_no)),
    file_id       uuid REFERENCES attachment (id),
    is_automatic  boolean NOT NULL,
    found_at      timestamptz NOT NULL CHECK (is_moment(found_at)),
    opened_by     uuid NOT NULL REFERENCES person (id),
    opened_at     timestamptz NOT NULL CHECK (opened_at >= found_at),
    response_due_at timestamptz NOT NULL,
    plan_due_at   timestamptz NOT NULL,
    status        text NOT NULL CHECK (status IN ('open','planned','closed')),
    responded_by  uuid REFERENCES person (id),
    responded_at  timestamptz CHECK (responded_at >= opened_at),
    response      text CHECK (is_prose(response)),
    disposition   text CHECK (disposition IN ('rework','scrap','split_batch','substitute','expedite','replace','credit','resend','take_back','redeliver')),
    plan          text CHECK (is_prose(plan)),
    due_at        timestamptz CHECK (is_moment(due_at)),
    planned_by    uuid REFERENCES person (id),
    planned_at    timestamptz CHECK (planned_at >= opened_at),
    cost          numeric(14,2) CHECK (is_money(cost)),
    outcome       text CHECK (is_prose(outcome)),
    closed_by     uuid REFERENCES person (id),
    closed_at     timestamptz CHECK (closed_at >= opened_at),
    CHECK (num_nulls(responded_by, responded_at, response) IN (0, 3)),
    CHECK (num_nulls(disposition, plan, due_at, planned_by, planned_at) IN (0, 5)),
    CHECK (num_nulls(outcome, closed_by, closed_at) IN (0, 3)),
    CHECK ((status = 'closed') = (closed_at IS NOT NULL)),
    CHECK (status = 'open' OR planned_at IS NOT NULL),
    CONSTRAINT severe_closed_by_another CHECK (severity = 'normal' OR closed_by <> opened_by)
);
COMMENT ON TABLE delivery_exception IS 'What went wrong in a delivery, until it is planned and closed (DOMAIN 7.7).';
CREATE INDEX delivery_exception_order ON delivery_exception (order_id, opened_at);
CREATE INDEX delivery_exception_open ON delivery_exception (opened_at DESC, id DESC) WHERE status <> 'closed';
CREATE INDEX delivery_exception_newest ON delivery_exception (opened_at DESC, id DESC);
CREATE TRIGGER begins BEFORE INSERT ON delivery_exception FOR EACH ROW EXECUTE FUNCTION begin_as('open');
CREATE TRIGGER follow_edge BEFORE UPDATE ON delivery_exception FOR EACH ROW EXECUTE FUNCTION follow_edge('exception');
INSERT INTO status_edge VALUES ('exception','open','planned'), ('exception','planned','closed');
CREATE FUNCTION freeze_exception() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moving text[] := ARRAY['status','department','responded_by','responded_at','response','disposition','plan','due_at','planned_by','planned_at','cost','outcome','closed_by','closed_at'];
BEGIN
    IF OLD.status = 'closed' OR (to_jsonb(NEW) - moving) IS DISTINCT FROM (to_jsonb(OLD) - moving) THEN
        RAISE EXCEPTION 'what an exception was opened with is history' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER frozen BEFORE UPDATE ON delivery_exception FOR EACH ROW EXECUTE FUNCTION freeze_exception();

CREATE TABLE goods_return (
    id            uuid PRIMARY KEY,
    exception_id  uuid NOT NULL REFERENCES delivery_exception (id),
    shipment_id   uuid NOT NULL,
    order_line_id uuid NOT NULL,
    quantity      numeric(12,3) NOT NULL CHECK (is_quantity(quantity) AND quantity > 0),
    inspection    text NOT NULL CHECK (inspection IN ('good','damaged','lost')),
    outcome       text NOT NULL CHECK (outcome IN ('replace','credit')),
    freight_payer text NOT NULL CHECK (freight_payer IN ('seller','buyer','carrier')),
    by_id         uuid NOT NULL REFERENCES person (id),
    at            timestamptz NOT NULL CHECK (is_moment(at)),
    FOREIGN KEY (shipment_id, order_line_id) REFERENCES shipment_line (shipment_id, order_line_id)
);
COMMENT ON TABLE goods_return IS 'Goods that came back or were lost: inspected, put into stock or written off, replaced or credited (DOMAIN 7.7).';
CREATE INDEX goods_return_exception ON goods_return (exception_id);
CREATE TRIGGER history BEFORE UPDATE OR DELETE ON goods_return FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE credit_note (
    return_id uuid PRIMARY KEY REFERENCES goods_return (id),
    no        text NOT NULL UNIQUE CHECK (is_label(no)),
    by_id     uuid NOT NULL REFERENCES person (id),
    at        timestamptz NOT NULL CHECK (is_moment(at))
);
COMMENT ON TABLE credit_note IS 'The red-letter invoice of goods that were credited; a record of finance.';
CREATE TRIGGER history BEFORE UPDATE OR DELETE ON credit_note FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE FUNCTION guard_credit_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.by_id IS DISTINCT FROM acting_person() OR NOT EXISTS (SELECT FROM person p WHERE p.id = NEW.by_id AND p.is_active AND 'finance' = ANY (p.roles))
        OR NOT EXISTS (SELECT FROM goods_return r WHERE r.id = NEW.return_id AND r.outcome = 'credit') THEN
        RAISE EXCEPTION 'credit notes are recorded by finance, for credited goods' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON credit_note FOR EACH ROW EXECUTE FUNCTION guard_credit_note();

CREATE TABLE customer_told (
    id            uuid PRIMARY KEY,
    order_id      uuid NOT NULL REFERENCES sales_order (id),
    about         text NOT NULL CHECK (about IN ('ship_out','delay','sign_off','progress')),
    channel       text NOT NULL CHECK (channel IN ('copied','mail','phone','wechat')),
    text          text NOT NULL CHECK (is_prose(text)),
    told_at       timestamptz NOT NULL CHECK (is_moment(told_at)),
    by_id         uuid NOT NULL REFERENCES person (id),
    at            timestamptz NOT NULL CHECK (at >= told_at)
);
COMMENT ON TABLE customer_told IS 'When the customer was told what (DOMAIN 7.3, 7.10).';
CREATE INDEX customer_told_order ON customer_told (order_id, told_at);
CREATE TRIGGER history BEFORE UPDATE OR DELETE ON customer_told FOR EACH ROW EXECUTE FUNCTION refuse_change();

ALTER TABLE stock_movement DROP CONSTRAINT stock_movement_kind_check;
ALTER TABLE stock_movement ADD CONSTRAINT stock_movement_kind_check CHECK (kind IN ('opening','reserve','release','produce','ship','return','scrap','adjust'));

-- Goods that come back take an order back to where its quantities are.
INSERT INTO status_edge VALUES
    ('order','shipped','partially_shipped'), ('order','shipped','in_fulfilment'),
    ('order','signed','partially_shipped'), ('order','signed','in_fulfilment'), ('order','partially_shipped','in_fulfilment'),
    ('order','partially_shipped','signed'), ('order','in_fulfilment','signed')
ON CONFLICT DO NOTHING;

-- What a line says of shipped and signed is what its shipments say, when the transaction ends.
CREATE FUNCTION line_as_shipments() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE line record; sums record;
BEGIN
    SELECT l.shipped, l.signed INTO line FROM order_line l WHERE l.id = NEW.id;
    SELECT COALESCE(sum(sl.quantity - sl.returned), 0) AS shipped,
           COALESCE(sum(sl.received - greatest(0, sl.returned - (sl.quantity - sl.received))) FILTER (WHERE sl.received IS NOT NULL), 0) AS signed
        INTO sums FROM shipment_line sl JOIN shipment s ON s.id = sl.shipment_id
        WHERE sl.order_line_id = NEW.id AND s.status NOT IN ('pending','void');
    IF line.shipped <> sums.shipped OR line.signed <> sums.signed THEN
        RAISE EXCEPTION 'shipped and signed of a line are the sums of its shipments' USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER as_shipments AFTER UPDATE ON order_line DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.shipped <> OLD.shipped OR NEW.signed <> OLD.signed) EXECUTE FUNCTION line_as_shipments();

-- An order is not completed while a review is owed, an objection stands or an exception is open.
CREATE OR REPLACE FUNCTION guard_completion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = 'completed' AND OLD.status <> 'completed' AND EXISTS (
        SELECT FROM post_review p WHERE p.deal_id = NEW.deal_id AND p.status IN ('open','objection')) THEN
        RAISE EXCEPTION 'an order is completed only after every review' USING ERRCODE = 'P0001';
    END IF;
    IF NEW.status = 'completed' AND OLD.status <> 'completed' AND EXISTS (
        SELECT FROM delivery_exception e WHERE e.order_id = NEW.id AND e.status <> 'closed') THEN
        RAISE EXCEPTION 'an order is completed only without open exceptions' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
