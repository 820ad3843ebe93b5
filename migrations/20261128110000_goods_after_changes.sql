-- Goods of orders that changed or ended (DOMAIN 7.2, 7.5, 8): an entry of the warehouse that nobody
-- checks any more, the reason why we put a promise off, and custom pieces off the shelf.

ALTER TABLE picking
    ADD COLUMN voided_at timestamptz CHECK (voided_at >= picked_at),
    ADD CONSTRAINT checked_or_void CHECK (checked_at IS NULL OR voided_at IS NULL);
COMMENT ON COLUMN picking.voided_at IS 'The order became another or ended before anybody checked it.';
CREATE OR REPLACE FUNCTION guard_picking() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND (NEW.checked_by IS NOT NULL OR NEW.voided_at IS NOT NULL OR NEW.picked_by IS DISTINCT FROM acting_person()) THEN
        RAISE EXCEPTION 'the picker picks, somebody else checks' USING ERRCODE = '42501';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.voided_at IS NOT NULL THEN
        IF OLD.checked_by IS NOT NULL OR OLD.voided_at IS NOT NULL OR (to_jsonb(NEW) - 'voided_at') IS DISTINCT FROM (to_jsonb(OLD) - 'voided_at') THEN
            RAISE EXCEPTION 'a picking that nobody checked is void once' USING ERRCODE = '42501';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' AND (OLD.checked_by IS NOT NULL OR OLD.voided_at IS NOT NULL OR NEW.checked_by IS DISTINCT FROM acting_person()
        OR (to_jsonb(NEW) - ARRAY['checked_by','checked_at']) IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['checked_by','checked_at'])) THEN
        RAISE EXCEPTION 'a picking is checked once, by the acting person' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;

-- What is left of orders that were cancelled or given up: nothing waits to leave, nothing waits to be checked.
UPDATE shipment s SET status = 'void' FROM sales_order o
    WHERE o.id = s.order_id AND o.status IN ('cancelled','short_closed') AND s.status = 'pending';
UPDATE picking k SET voided_at = k.picked_at FROM order_line l JOIN sales_order o ON o.id = l.order_id
    WHERE l.id = k.order_line_id AND o.status IN ('cancelled','short_closed') AND k.checked_at IS NULL;

-- Lines that became smaller than what waited to be checked: the warehouse picks them anew.
CREATE TEMPORARY TABLE stuck AS
    SELECT l.id FROM order_line l
    WHERE l.picked - l.checked < (SELECT COALESCE(sum(k.quantity), 0) FROM picking k WHERE k.order_line_id = l.id AND k.checked_at IS NULL AND k.voided_at IS NULL);
UPDATE picking SET voided_at = picked_at WHERE checked_at IS NULL AND voided_at IS NULL AND order_line_id IN (SELECT id FROM stuck);
UPDATE order_line SET picked = checked WHERE id IN (SELECT id FROM stuck);
DROP TABLE stuck;
UPDATE shipment SET status = 'void' WHERE status = 'pending' AND EXISTS (
    SELECT FROM shipment_line sl JOIN order_line l ON l.id = sl.order_line_id
    WHERE sl.shipment_id = shipment.id AND l.packed - l.shipped < (
        SELECT sum(w.quantity) FROM shipment_line w JOIN shipment p ON p.id = w.shipment_id WHERE w.order_line_id = l.id AND p.status = 'pending'));

-- Why the date of an order is later than promised, when the customer did not ask for it.
ALTER TABLE change_request
    ADD COLUMN delay_cause text CHECK (delay_cause IN ('production','material','logistics','customer','force_majeure')),
    ADD COLUMN delay_told text CHECK (is_prose(delay_told)),
    ADD CONSTRAINT delay_told_with_cause CHECK ((delay_cause IS NULL) = (delay_told IS NULL));

-- Pieces made to a customer's wish lay among the stock of the product they are made from; those that still
-- wait for their order leave it. What was set free long ago shows at the next stock-take.
DO $$
DECLARE made record; out_of numeric; moment timestamptz := (SELECT max(at) FROM stock_movement);
BEGIN
    FOR made IN
        SELECT l.id, m.product_id, sum(m.reserved_change) AS reserved, sum(m.on_hand_change) AS on_hand
        FROM order_line l JOIN stock_movement m ON m.order_line_id = l.id
        WHERE l.kind <> 'standard' GROUP BY l.id, m.product_id HAVING sum(m.reserved_change) > 0 ORDER BY m.product_id, l.id
    LOOP
        UPDATE stock SET reserved = reserved - made.reserved WHERE product_id = made.product_id;
        INSERT INTO stock_movement (id, product_id, order_line_id, kind, quantity, on_hand_after, reserved_after, at)
            SELECT gen_random_uuid(), s.product_id, made.id, 'release', -made.reserved, s.on_hand, s.reserved, moment FROM stock s WHERE s.product_id = made.product_id;
        out_of := least(made.reserved, made.on_hand);
        IF out_of > 0 THEN
            UPDATE stock SET on_hand = on_hand - out_of WHERE product_id = made.product_id;
            INSERT INTO stock_movement (id, product_id, order_line_id, kind, quantity, on_hand_after, reserved_after, at, reason)
                SELECT gen_random_uuid(), s.product_id, made.id, 'adjust', -out_of, s.on_hand, s.reserved, moment, '定制件只随订单管理，不再计入所用产品的库存'
                FROM stock s WHERE s.product_id = made.product_id;
        END IF;
    END LOOP;
END $$;
