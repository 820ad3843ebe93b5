-- An order of services alone is never signed for: it is completed from its confirmation.
INSERT INTO status_edge VALUES ('order','confirmed','completed');

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
    IF NEW.status = 'completed' AND OLD.status = 'confirmed' AND EXISTS (
        SELECT FROM order_line l WHERE l.order_id = NEW.id AND l.is_goods) THEN
        RAISE EXCEPTION 'goods are signed for before their order is completed' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
