-- Hold, cancel and short-close (DOMAIN 2.2, 7.1): who asked, who decided with which authority, and
-- the edges that only such a decision opens.
CREATE TABLE order_stop (
    id           uuid PRIMARY KEY,
    order_id     uuid NOT NULL REFERENCES sales_order (id),
    kind         text NOT NULL CHECK (kind IN ('hold','cancel','short_close')),
    reason       text NOT NULL CHECK (reason IN ('customer','credit','quality','objection','supply','other')),
    text         text NOT NULL CHECK (is_prose(text)),
    status       text NOT NULL CHECK (status IN ('requested','in_force','refused','withdrawn','ended')),
    requested_by uuid NOT NULL REFERENCES person (id),
    requested_at timestamptz NOT NULL CHECK (is_moment(requested_at)),
    decided_by   uuid REFERENCES person (id),
    decided_at   timestamptz CHECK (decided_at >= requested_at),
    decision     text CHECK (is_prose(decision)),
    from_status  text,
    cost_amount  numeric(14,2) CHECK (is_money(cost_amount)),
    borne_by     text CHECK (borne_by IN ('customer','us','shared','no_loss')),
    ended_by     uuid REFERENCES person (id),
    ended_at     timestamptz CHECK (ended_at >= decided_at),
    end_note     text CHECK (is_prose(end_note)),
    CHECK (num_nulls(decided_by, decided_at) IN (0, 2)),
    CHECK ((status IN ('in_force','refused','ended')) = (decided_by IS NOT NULL)),
    CHECK ((status IN ('in_force','ended')) = (from_status IS NOT NULL)),
    CHECK (status <> 'refused' OR decision IS NOT NULL),
    CHECK ((cost_amount IS NULL) = (borne_by IS NULL)),
    CHECK (num_nulls(ended_by, ended_at, end_note) IN (0, 3)),
    CHECK ((status = 'ended') = (ended_by IS NOT NULL)),
    CHECK (status <> 'ended' OR kind = 'hold')
);
COMMENT ON TABLE order_stop IS 'Requests and decisions to hold, cancel or short-close an order (DOMAIN 7.1).';
CREATE INDEX order_stop_order ON order_stop (order_id, requested_at);
CREATE UNIQUE INDEX order_stop_one_asked ON order_stop (order_id) WHERE status = 'requested';
CREATE UNIQUE INDEX order_stop_one_hold ON order_stop (order_id) WHERE status = 'in_force' AND kind = 'hold';
CREATE TRIGGER begins BEFORE INSERT ON order_stop FOR EACH ROW EXECUTE FUNCTION begin_as('requested');
CREATE TRIGGER follow_edge BEFORE UPDATE ON order_stop FOR EACH ROW EXECUTE FUNCTION follow_edge('order_stop');
INSERT INTO status_edge VALUES
    ('order_stop','requested','in_force'), ('order_stop','requested','refused'), ('order_stop','requested','withdrawn'),
    ('order_stop','in_force','ended'),
    ('order','confirmed','on_hold'), ('order','in_fulfilment','on_hold'), ('order','partially_shipped','on_hold'),
    ('order','on_hold','confirmed'), ('order','on_hold','in_fulfilment'), ('order','on_hold','partially_shipped'),
    ('order','confirmed','cancelled'), ('order','in_fulfilment','cancelled'),
    ('order','partially_shipped','short_closed'), ('order','short_closed','completed');

-- Something was made or taken off the shelf for the order: stopping it now costs.
CREATE FUNCTION order_has_started(the_order uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM order_line l WHERE l.order_id = the_order AND (l.produced > 0 OR l.picked > 0))
$$;

CREATE FUNCTION guard_order_stop() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    deciding text[] := ARRAY['status','decided_by','decided_at','decision','from_status','cost_amount','borne_by','ended_by','ended_at','end_note'];
    ending   text[] := ARRAY['status','ended_by','ended_at','end_note'];
    decider  person%ROWTYPE;
    o        sales_order%ROWTYPE;
    owner    uuid;
    boss     uuid;
    own_hold boolean;
BEGIN
    IF (to_jsonb(NEW) - deciding) IS DISTINCT FROM (to_jsonb(OLD) - deciding)
       OR (OLD.decided_by IS NOT NULL AND (to_jsonb(NEW) - ending) IS DISTINCT FROM (to_jsonb(OLD) - ending)) THEN
        RAISE EXCEPTION 'a request to stop an order and its decision are final' USING ERRCODE = 'P0001';
    END IF;
    IF NEW.status = 'ended' AND OLD.status = 'in_force' AND NEW.ended_by IS DISTINCT FROM acting_person() THEN
        RAISE EXCEPTION 'nobody decides in the name of another' USING ERRCODE = '42501';
    END IF;
    IF NEW.status NOT IN ('in_force','refused') OR OLD.status <> 'requested' THEN
        RETURN NEW;
    END IF;
    IF NEW.decided_by IS DISTINCT FROM acting_person() THEN
        RAISE EXCEPTION 'nobody decides in the name of another' USING ERRCODE = '42501';
    END IF;
    SELECT * INTO o FROM sales_order WHERE id = NEW.order_id FOR UPDATE;
    SELECT d.owner_id, p.manager_id INTO owner, boss FROM deal d JOIN person p ON p.id = d.owner_id WHERE d.id = o.deal_id;
    SELECT * INTO decider FROM person WHERE id = NEW.decided_by;
    own_hold := NEW.decided_by = NEW.requested_by AND NEW.kind = 'hold' AND NEW.status = 'in_force';
    IF NEW.decided_by = owner OR (NEW.decided_by = NEW.requested_by AND NOT own_hold) THEN
        RAISE EXCEPTION 'nobody decides on a deal they own or a request of their own' USING ERRCODE = '42501';
    END IF;
    IF NOT decider.is_active OR NOT (
        decider.roles && ARRAY['sales_director','general_manager']
        OR ('finance' = ANY (decider.roles) AND own_hold AND NEW.reason = 'credit')
        OR ('sales_manager' = ANY (decider.roles) AND decider.id = boss AND o.gross <= 100000
            AND NOT (NEW.kind = 'cancel' AND order_has_started(o.id)))) THEN
        RAISE EXCEPTION 'stopping this order is beyond their authority' USING ERRCODE = '42501';
    END IF;
    IF NEW.status = 'in_force' THEN
        IF NEW.from_status IS DISTINCT FROM o.status THEN
            RAISE EXCEPTION 'a stop keeps the state that it found' USING ERRCODE = 'P0001';
        END IF;
        IF NEW.kind = 'cancel' AND order_has_started(o.id) AND NEW.cost_amount IS NULL THEN
            RAISE EXCEPTION 'what was made already needs a cost statement' USING ERRCODE = '23514';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON order_stop FOR EACH ROW EXECUTE FUNCTION guard_order_stop();

-- Side states of an order are entered and left by a decision only.
CREATE FUNCTION guard_order_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = OLD.status THEN
        RETURN NEW;
    END IF;
    IF NEW.status IN ('on_hold','cancelled','short_closed') AND NOT EXISTS (
        SELECT FROM order_stop s WHERE s.order_id = NEW.id AND s.status = 'in_force'
            AND s.kind = CASE NEW.status WHEN 'on_hold' THEN 'hold' WHEN 'cancelled' THEN 'cancel' ELSE 'short_close' END) THEN
        RAISE EXCEPTION 'an order is stopped by a decision only' USING ERRCODE = 'P0001';
    END IF;
    IF NEW.status = 'cancelled' AND EXISTS (SELECT FROM order_line l WHERE l.order_id = NEW.id AND l.shipped > 0) THEN
        RAISE EXCEPTION 'what has shipped is not cancelled' USING ERRCODE = 'P0001';
    END IF;
    IF OLD.status = 'on_hold' AND (
        EXISTS (SELECT FROM order_stop s WHERE s.order_id = NEW.id AND s.kind = 'hold' AND s.status = 'in_force')
        OR NEW.status IS DISTINCT FROM (
            SELECT s.from_status FROM order_stop s WHERE s.order_id = NEW.id AND s.kind = 'hold' AND s.status = 'ended'
            ORDER BY s.ended_at DESC, s.requested_at DESC LIMIT 1)) THEN
        RAISE EXCEPTION 'an order on hold goes back to where it was' USING ERRCODE = 'P0001';
    END IF;
    IF OLD.status = 'short_closed' AND EXISTS (SELECT FROM order_line l WHERE l.order_id = NEW.id AND l.signed < l.shipped) THEN
        RAISE EXCEPTION 'what was delivered is signed for first' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_status BEFORE UPDATE OF status ON sales_order FOR EACH ROW EXECUTE FUNCTION guard_order_status();

-- Nothing is made, picked, packed or shipped for an order that stands still.
CREATE FUNCTION guard_progress() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.produced > OLD.produced OR NEW.picked > OLD.picked OR NEW.packed > OLD.packed OR NEW.shipped > OLD.shipped)
       AND EXISTS (SELECT FROM sales_order o WHERE o.id = NEW.order_id AND o.status IN ('on_hold','cancelled','short_closed')) THEN
        RAISE EXCEPTION 'nothing moves for an order that is stopped' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_progress BEFORE UPDATE ON order_line FOR EACH ROW EXECUTE FUNCTION guard_progress();
