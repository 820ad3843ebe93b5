-- The stock ledger sums to the balance, whoever writes (DOMAIN 7.2), and soft holds of stock while a
-- quote is on its way: a hold ends by itself at a stored moment and is never marked as expired.
ALTER TABLE stock_movement ADD COLUMN seq bigint GENERATED ALWAYS AS IDENTITY;
ALTER TABLE stock_movement ADD COLUMN reason text CHECK (is_prose(reason));
ALTER TABLE stock_movement DROP CONSTRAINT stock_movement_kind_check;
ALTER TABLE stock_movement ADD CONSTRAINT stock_movement_kind_check
    CHECK (kind IN ('opening','reserve','release','produce','ship','return','scrap','adjust'));
ALTER TABLE stock_movement ADD CONSTRAINT adjusted_with_reason CHECK (kind <> 'adjust' OR reason IS NOT NULL);
ALTER TABLE stock_movement ADD COLUMN on_hand_change numeric(12,3) NOT NULL
    GENERATED ALWAYS AS (CASE WHEN kind IN ('reserve','release') THEN 0 ELSE quantity END) STORED;
ALTER TABLE stock_movement ADD COLUMN reserved_change numeric(12,3) NOT NULL
    GENERATED ALWAYS AS (CASE WHEN kind IN ('reserve','release','produce','ship') THEN quantity ELSE 0 END) STORED;
CREATE INDEX stock_movement_newest ON stock_movement (product_id, seq DESC);

-- A row says what the balance is once it has happened, and follows from the row before it.
CREATE FUNCTION guard_movement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE former stock_movement%ROWTYPE;
BEGIN
    IF NOT EXISTS (SELECT FROM stock s WHERE s.product_id = NEW.product_id AND s.on_hand = NEW.on_hand_after AND s.reserved = NEW.reserved_after) THEN
        RAISE EXCEPTION 'the ledger and the balance of stock differ' USING ERRCODE = '23514';
    END IF;
    SELECT * INTO former FROM stock_movement m WHERE m.product_id = NEW.product_id AND m.seq < NEW.seq ORDER BY m.seq DESC LIMIT 1;
    IF COALESCE(former.on_hand_after, 0) + NEW.on_hand_change <> NEW.on_hand_after
       OR COALESCE(former.reserved_after, 0) + NEW.reserved_change <> NEW.reserved_after THEN
        RAISE EXCEPTION 'a movement of stock does not follow from the one before it' USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER follows AFTER INSERT ON stock_movement FOR EACH ROW EXECUTE FUNCTION guard_movement();

-- Nobody moves the balance without a row of the ledger.
CREATE FUNCTION guard_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE balance stock%ROWTYPE; last stock_movement%ROWTYPE;
BEGIN
    SELECT * INTO balance FROM stock WHERE product_id = NEW.product_id;
    SELECT * INTO last FROM stock_movement m WHERE m.product_id = NEW.product_id ORDER BY m.seq DESC LIMIT 1;
    IF (COALESCE(last.on_hand_after, 0), COALESCE(last.reserved_after, 0)) IS DISTINCT FROM (balance.on_hand, balance.reserved) THEN
        RAISE EXCEPTION 'stock moves with its ledger only' USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER balanced AFTER INSERT OR UPDATE ON stock DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION guard_balance();

CREATE TABLE stock_hold (
    id               uuid PRIMARY KEY,
    deal_id          uuid NOT NULL REFERENCES deal (id),
    product_id       uuid NOT NULL REFERENCES stock (product_id),
    wanted           numeric(12,3) NOT NULL CHECK (is_quantity(wanted) AND wanted > 0),
    taken_by         uuid NOT NULL REFERENCES person (id),
    taken_at         timestamptz NOT NULL CHECK (is_moment(taken_at)),
    until            timestamptz NOT NULL CHECK (until > taken_at),
    calendar_version text NOT NULL,
    ended_at         timestamptz CHECK (ended_at >= taken_at),
    ended_by         uuid REFERENCES person (id),
    end_reason       text CHECK (end_reason IN ('released','renewed','ordered','closed')),
    CHECK (num_nulls(ended_at, ended_by, end_reason) IN (0, 3))
);
COMMENT ON TABLE stock_hold IS 'What a deal asks to be kept for it while it is quoted; how much is held follows from the queue and the stock of the moment.';
CREATE UNIQUE INDEX stock_hold_one_open ON stock_hold (deal_id, product_id) WHERE ended_at IS NULL;
CREATE INDEX stock_hold_queue ON stock_hold (product_id, taken_at, id) WHERE ended_at IS NULL;
CREATE FUNCTION guard_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.ended_at IS NOT NULL OR NOT EXISTS (SELECT FROM deal d WHERE d.id = NEW.deal_id AND d.status = 'open') THEN
            RAISE EXCEPTION 'stock is held for open deals only' USING ERRCODE = 'P0001';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL
       OR (to_jsonb(NEW) - ARRAY['ended_at','ended_by','end_reason']) IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['ended_at','ended_by','end_reason']) THEN
        RAISE EXCEPTION 'a hold only ends, once' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON stock_hold FOR EACH ROW EXECUTE FUNCTION guard_hold();
CREATE TRIGGER kept BEFORE DELETE ON stock_hold FOR EACH ROW EXECUTE FUNCTION refuse_change();
