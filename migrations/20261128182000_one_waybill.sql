-- A waybill is used once by its carrier, however it is written: in capitals or not, with hyphens or without, and
-- under a longer or a shorter name of the carrier. What was written differently before stays as it is.
DROP INDEX shipment_waybill_prefix;
CREATE INDEX shipment_waybill_prefix ON shipment (upper(replace(waybill_no, '-', '')) text_pattern_ops);
CREATE FUNCTION one_waybill() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wanted text := upper(replace(NEW.waybill_no, '-', ''));
BEGIN
    -- Whoever types the same number at the same moment waits here for the other.
    PERFORM pg_advisory_xact_lock(hashtextextended('waybill ' || wanted, 0));
    IF EXISTS (SELECT FROM shipment s WHERE upper(replace(s.waybill_no, '-', '')) = wanted AND s.status <> 'void'
        AND (strpos(s.carrier, NEW.carrier) > 0 OR strpos(NEW.carrier, s.carrier) > 0)) THEN
        RAISE EXCEPTION 'a waybill is used once by its carrier (shipment_waybill)' USING ERRCODE = '23505', CONSTRAINT = 'shipment_waybill';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER one_waybill BEFORE INSERT ON shipment FOR EACH ROW WHEN (NEW.waybill_no IS NOT NULL) EXECUTE FUNCTION one_waybill();
