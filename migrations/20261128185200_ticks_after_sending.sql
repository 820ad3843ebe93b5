-- Whether a special requirement applies is our own word and not what the customer was sent: it may be ticked until
-- the customer confirms. What was sent stays as it is; a lesson learnt meanwhile is added behind it.
CREATE FUNCTION freeze_requirement_specials() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE state text;
BEGIN
    SELECT status INTO state FROM requirement WHERE id = COALESCE(OLD.requirement_id, NEW.requirement_id) FOR UPDATE;
    IF state = 'sent' AND (TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND
        (NEW.requirement_id, NEW.position, NEW.text, NEW.department) = (OLD.requirement_id, OLD.position, OLD.text, OLD.department))) THEN
        RETURN NEW;
    END IF;
    IF state <> 'draft' THEN
        RAISE EXCEPTION 'a requirement that was sent is not edited; make a new version' USING ERRCODE = 'P0001';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
DROP TRIGGER frozen ON requirement_special;
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON requirement_special FOR EACH ROW EXECUTE FUNCTION freeze_requirement_specials();
