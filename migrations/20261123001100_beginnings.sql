-- Forms begin at the beginning: a row that starts in a later state would pass every guard that
-- watches over the moves between states.
CREATE FUNCTION begin_as() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> TG_ARGV[0] THEN
        RAISE EXCEPTION 'a new row of % begins as %', TG_TABLE_NAME, TG_ARGV[0] USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER begins BEFORE INSERT ON customer FOR EACH ROW EXECUTE FUNCTION begin_as('draft');
CREATE TRIGGER begins BEFORE INSERT ON price_list FOR EACH ROW EXECUTE FUNCTION begin_as('draft');
CREATE TRIGGER begins BEFORE INSERT ON deal FOR EACH ROW EXECUTE FUNCTION begin_as('open');
CREATE TRIGGER begins BEFORE INSERT ON requirement FOR EACH ROW EXECUTE FUNCTION begin_as('draft');
CREATE TRIGGER begins BEFORE INSERT ON quote FOR EACH ROW EXECUTE FUNCTION begin_as('draft');
CREATE TRIGGER begins BEFORE INSERT ON approval_round FOR EACH ROW EXECUTE FUNCTION begin_as('open');
CREATE TRIGGER begins BEFORE INSERT ON approval_node FOR EACH ROW EXECUTE FUNCTION begin_as('waiting');
CREATE TRIGGER begins BEFORE INSERT ON sales_order FOR EACH ROW EXECUTE FUNCTION begin_as('draft');
CREATE TRIGGER begins BEFORE INSERT ON shipment FOR EACH ROW EXECUTE FUNCTION begin_as('shipped');

-- Lines, milestones and special requirements are part of the order that is confirmed.
CREATE FUNCTION begin_with_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM sales_order o WHERE o.id = NEW.order_id AND o.status = 'draft') THEN
        RAISE EXCEPTION 'rows of % come with the draft of their order', TG_TABLE_NAME USING ERRCODE = 'P0001';
    END IF;
    IF TG_TABLE_NAME = 'milestone' AND (to_jsonb(NEW) ->> 'received')::numeric <> 0 THEN
        RAISE EXCEPTION 'receipts are recorded by finance only' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER begins BEFORE INSERT ON order_line FOR EACH ROW EXECUTE FUNCTION begin_with_order();
CREATE TRIGGER begins BEFORE INSERT ON order_special FOR EACH ROW EXECUTE FUNCTION begin_with_order();
CREATE TRIGGER begins BEFORE INSERT ON milestone FOR EACH ROW EXECUTE FUNCTION begin_with_order();

-- A rejected quote may be taken up again by the manager (DOMAIN 3.4).
INSERT INTO status_edge VALUES ('quote','rejected','returned');

ALTER TABLE quote_line ADD CHECK (is_quantity(price_from_quantity));
