-- Live boards: a commit tells which deals moved, and lists read one row for each deal.

-- What lists, boards and the filter of the live stream need of an order and of the departments, kept
-- beside the standing of the deal.
ALTER TABLE deal
    ADD COLUMN order_no text,
    ADD COLUMN order_status text,
    ADD COLUMN order_promised_at timestamptz CHECK (is_moment(order_promised_at)),
    -- Departments that the deal was sent to: for approval, for a review afterwards, for a change.
    ADD COLUMN reached text[] NOT NULL DEFAULT '{}',
    ADD CONSTRAINT order_whole CHECK (num_nulls(order_no, order_status, order_promised_at) IN (0, 3));

UPDATE deal d SET order_no = o.no, order_status = o.status, order_promised_at = o.promised_at
FROM (SELECT DISTINCT ON (deal_id) deal_id, no, status, promised_at FROM sales_order ORDER BY deal_id, created_at DESC) o
WHERE o.deal_id = d.id;
UPDATE deal d SET reached = r.kinds
FROM (SELECT deal_id, array_agg(DISTINCT kind ORDER BY kind) AS kinds FROM (
        SELECT r.deal_id, n.kind FROM approval_round r JOIN approval_node n ON n.round_id = r.id WHERE n.arrived_at IS NOT NULL
        UNION SELECT v.deal_id, v.kind FROM post_review v
        UNION SELECT g.deal_id, y.department FROM change_request g JOIN change_duty y ON y.change_id = g.id) reached
      GROUP BY deal_id) r
WHERE r.deal_id = d.id;

-- The next moment that costs a promise: the turn's limit, or the promise to the customer while there is
-- no confirmed order; at the end of time when there is neither. "Late" is a comparison with now.
ALTER TABLE deal ADD COLUMN late_at timestamptz NOT NULL GENERATED ALWAYS AS
    (COALESCE(LEAST(turn_due_at, CASE WHEN order_no IS NULL OR order_status IN ('draft', 'cancelled') THEN promise_due_at END), '9999-01-01 00:00:00+00')) STORED;

CREATE INDEX deal_open_newest ON deal (opened_at DESC, id DESC) WHERE status = 'open';
CREATE INDEX deal_open_step ON deal (step, late_at, id) INCLUDE (amount, owner_id, status) WHERE status = 'open';
CREATE INDEX deal_open_owner ON deal (owner_id, late_at, id) WHERE status = 'open';
CREATE INDEX deal_order_newest ON deal (opened_at DESC, id DESC) WHERE order_no IS NOT NULL;
CREATE INDEX deal_order_state ON deal (order_status, order_promised_at, id) INCLUDE (amount, owner_id, status, late_at, order_no) WHERE order_no IS NOT NULL;
CREATE INDEX deal_order_no ON deal (order_no text_pattern_ops) WHERE order_no IS NOT NULL;

-- One notice for each row of the history, delivered with the commit: which stream, which number, which
-- kind. Never what happened. A bulk import tells once that everything may have moved.
CREATE FUNCTION tell_events() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    channel text := 'kuaidan_live_' || TG_TABLE_SCHEMA;
    e record;
BEGIN
    IF (SELECT count(*) FROM (SELECT FROM added LIMIT 101) few) > 100 THEN
        PERFORM pg_notify(channel, 'all');
        RETURN NULL;
    END IF;
    FOR e IN SELECT stream_kind, stream_id, seq, kind FROM added WHERE stream_kind <> 'company' LOOP
        PERFORM pg_notify(channel, e.stream_kind || ' ' || e.stream_id || ' ' || e.seq || ' ' || e.kind);
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER told AFTER INSERT ON event REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION tell_events();

-- A right that ends: open streams of the person hear of it at once.
CREATE FUNCTION tell_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('kuaidan_live_' || TG_TABLE_SCHEMA, 'session ' || OLD.id);
    RETURN NULL;
END $$;
CREATE TRIGGER told AFTER DELETE ON session FOR EACH ROW EXECUTE FUNCTION tell_session();
CREATE FUNCTION tell_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('kuaidan_live_' || TG_TABLE_SCHEMA, 'person ' || NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER told AFTER UPDATE ON person FOR EACH ROW
    WHEN ((OLD.roles, OLD.is_active, OLD.manager_id, OLD.department) IS DISTINCT FROM (NEW.roles, NEW.is_active, NEW.manager_id, NEW.department))
    EXECUTE FUNCTION tell_person();
