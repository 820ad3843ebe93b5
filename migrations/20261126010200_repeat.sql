-- A deal that repeats an earlier order of its customer says so; its forms start from what that order said.
ALTER TABLE deal ADD COLUMN repeats_id uuid REFERENCES sales_order (id);
CREATE FUNCTION repeats_own_customer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM sales_order o JOIN deal d ON d.id = o.deal_id
        WHERE o.id = NEW.repeats_id AND d.customer_id = NEW.customer_id AND d.id <> NEW.id AND o.confirmed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a deal repeats a confirmed order of its own customer' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER repeats_own_customer BEFORE INSERT OR UPDATE OF repeats_id ON deal
    FOR EACH ROW WHEN (NEW.repeats_id IS NOT NULL) EXECUTE FUNCTION repeats_own_customer();
