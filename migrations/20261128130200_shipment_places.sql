-- Each shipment has a place of its own: what has left went where it was sent, wherever the rest goes.
ALTER TABLE shipment
    ADD COLUMN ship_address  text CHECK (is_label(ship_address)),
    ADD COLUMN ship_receiver text CHECK (is_label(ship_receiver)),
    ADD COLUMN ship_phone    text CHECK (is_label(ship_phone));
UPDATE shipment s SET ship_address = o.ship_address, ship_receiver = o.ship_receiver, ship_phone = o.ship_phone
    FROM sales_order o WHERE o.id = s.order_id;
ALTER TABLE shipment
    ALTER COLUMN ship_address SET NOT NULL,
    ALTER COLUMN ship_receiver SET NOT NULL,
    ALTER COLUMN ship_phone SET NOT NULL;

CREATE FUNCTION keep_shipment_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status <> 'pending' AND (NEW.ship_address, NEW.ship_receiver, NEW.ship_phone)
        IS DISTINCT FROM (OLD.ship_address, OLD.ship_receiver, OLD.ship_phone) THEN
        RAISE EXCEPTION 'what has left went where it was sent' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_place BEFORE UPDATE OF ship_address, ship_receiver, ship_phone ON shipment
    FOR EACH ROW EXECUTE FUNCTION keep_shipment_place();
