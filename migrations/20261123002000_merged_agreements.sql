-- Agreed prices move with their customer when two archives are merged, and only then.
CREATE OR REPLACE FUNCTION guard_price_list() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = 'published' AND OLD.status = 'draft' AND NOT EXISTS (
        SELECT FROM price_version v WHERE v.list_id = NEW.id AND v.status = 'published' AND v.published_by = NEW.published_by) THEN
        RAISE EXCEPTION 'a list is published with its first version' USING ERRCODE = 'P0001';
    END IF;
    IF (NEW.grade, NEW.customer_id IS NULL, NEW.tax_basis, NEW.code) IS DISTINCT FROM (OLD.grade, OLD.customer_id IS NULL, OLD.tax_basis, OLD.code) THEN
        RAISE EXCEPTION 'a list keeps its code, its basis and whom it is for' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE CONSTRAINT TRIGGER moves_with_merge AFTER UPDATE OF customer_id ON price_list DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.customer_id IS DISTINCT FROM NEW.customer_id) EXECUTE FUNCTION moves_with_merge();
CREATE TRIGGER of_living_customer BEFORE INSERT ON price_list FOR EACH ROW EXECUTE FUNCTION of_living_customer();
