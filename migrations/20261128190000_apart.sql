-- What is apart stays apart also when somebody holds two roles (DOMAIN 2.3, rules 5 and 7): no credit and no money
-- of one's own customers and deals. What was sent or confirmed stays as it was; nobody moves stock in another's name.
CREATE FUNCTION apart_from_selling() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    who uuid := acting_person();
    of  jsonb := to_jsonb(NEW);
BEGIN
    IF (CASE TG_TABLE_NAME
        WHEN 'credit_terms' THEN EXISTS (SELECT FROM customer c WHERE c.id = (of ->> 'customer_id')::uuid AND c.owner_id = who)
        WHEN 'credit_note' THEN EXISTS (
            SELECT FROM goods_return g JOIN order_line l ON l.id = g.order_line_id JOIN sales_order o ON o.id = l.order_id
            JOIN deal d ON d.id = o.deal_id JOIN customer c ON c.id = d.customer_id
            WHERE g.id = (of ->> 'return_id')::uuid AND who IN (d.owner_id, c.owner_id))
        ELSE EXISTS (
            SELECT FROM sales_order o JOIN deal d ON d.id = o.deal_id JOIN customer c ON c.id = d.customer_id
            WHERE o.id = (of ->> 'order_id')::uuid AND who IN (d.owner_id, c.owner_id))
    END) THEN
        RAISE EXCEPTION 'credit, receipts and invoices are apart from selling' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER kept_apart BEFORE INSERT ON credit_terms FOR EACH ROW EXECUTE FUNCTION apart_from_selling();
CREATE TRIGGER kept_apart BEFORE INSERT ON receipt FOR EACH ROW EXECUTE FUNCTION apart_from_selling();
CREATE TRIGGER kept_apart BEFORE INSERT ON invoice FOR EACH ROW EXECUTE FUNCTION apart_from_selling();
CREATE TRIGGER kept_apart BEFORE INSERT ON credit_note FOR EACH ROW EXECUTE FUNCTION apart_from_selling();

CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'P0001';
END $$;
-- Before the order a change may correct where a requirement goes, in place and on record.
CREATE FUNCTION keep_sent_requirement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM change_request c WHERE c.deal_id = OLD.deal_id AND c.status = 'effective' AND c.xmin = pg_current_xact_id()::xid) THEN
        RAISE EXCEPTION 'a requirement that was sent is not edited; make a new version' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sent_as_it_was BEFORE UPDATE ON requirement FOR EACH ROW
    WHEN (OLD.status <> 'draft' AND (
        OLD.channel, OLD.purpose, OLD.budget_from, OLD.budget_to, OLD.wanted_at, OLD.ship_address, OLD.ship_receiver,
        OLD.ship_phone, OLD.delivery_mode, OLD.partial_allowed, OLD.payment_wish, OLD.invoice_need, OLD.warranty, OLD.acceptance, OLD.is_confidential)
        IS DISTINCT FROM (
        NEW.channel, NEW.purpose, NEW.budget_from, NEW.budget_to, NEW.wanted_at, NEW.ship_address, NEW.ship_receiver,
        NEW.ship_phone, NEW.delivery_mode, NEW.partial_allowed, NEW.payment_wish, NEW.invoice_need, NEW.warranty, NEW.acceptance, NEW.is_confidential))
    EXECUTE FUNCTION keep_sent_requirement();
CREATE TRIGGER confirmed_once BEFORE UPDATE ON sales_order FOR EACH ROW
    WHEN (OLD.confirmed_at IS NOT NULL AND (OLD.confirmed_at, OLD.confirmed_by) IS DISTINCT FROM (NEW.confirmed_at, NEW.confirmed_by))
    EXECUTE FUNCTION refuse_rewriting('an order is confirmed once');

CREATE FUNCTION guard_mover() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.actor_id IS NOT NULL AND NEW.actor_id IS DISTINCT FROM acting_person() THEN
        RAISE EXCEPTION 'nobody moves stock in the name of another' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_mover BEFORE INSERT ON stock_movement FOR EACH ROW EXECUTE FUNCTION guard_mover();
