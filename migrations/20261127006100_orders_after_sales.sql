-- Before the order: the customer's purchase order is compared with the quote (DOMAIN 1.5). With it: the
-- invoice data are copied. After its end: goods that
-- come back are replaced (7.1, 7.7).

-- What was accepted before there was a comparison stays as it is.
ALTER TABLE acceptance
    ADD COLUMN po_compared boolean NOT NULL DEFAULT false,
    ADD COLUMN po_difference text CHECK (is_prose(po_difference)),
    ADD CONSTRAINT difference_of_a_comparison CHECK (po_difference IS NULL OR po_compared);
ALTER TABLE acceptance ADD CONSTRAINT purchase_order_compared CHECK (kind <> 'customer_po' OR po_compared) NOT VALID;
COMMENT ON COLUMN acceptance.po_difference IS 'How the customer''s purchase order differs from the accepted quote; the order follows the quote.';

ALTER TABLE sales_order
    ADD COLUMN invoice_kind     text CHECK (invoice_kind IN ('special','ordinary','none')),
    ADD COLUMN invoice_title    text CHECK (is_label(invoice_title)),
    ADD COLUMN invoice_tax_no   text CHECK (is_label(invoice_tax_no)),
    ADD COLUMN invoice_bank     text CHECK (is_label(invoice_bank)),
    ADD COLUMN invoice_account  text CHECK (is_label(invoice_account)),
    ADD COLUMN invoice_delivery text CHECK (is_label(invoice_delivery));
COMMENT ON COLUMN sales_order.invoice_title IS 'Invoice data as they stood when the customer accepted; the kind moves with a change only.';
CREATE OR REPLACE FUNCTION freeze_order() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE states text[] := ARRAY['quote_status','status','confirmed_at','confirmed_by','signed_at','completed_at','clause_version','first_promised_at'];
        amended text[] := states || ARRAY['ship_address','ship_receiver','ship_phone','promised_at','is_urgent','invoice_kind'];
        retotalled text[] := amended || ARRAY['net','tax','gross'];
BEGIN
    IF (to_jsonb(NEW) - states) IS DISTINCT FROM (to_jsonb(OLD) - states) AND NOT (
        ((to_jsonb(NEW) - amended) IS NOT DISTINCT FROM (to_jsonb(OLD) - amended)
            AND (OLD.status = 'draft' OR (changing_now(OLD.id)).id IS NOT NULL))
        -- The promise also follows its batches.
        OR ((to_jsonb(NEW) - states - 'promised_at') IS NOT DISTINCT FROM (to_jsonb(OLD) - states - 'promised_at') AND EXISTS (
            SELECT FROM order_line l WHERE l.order_id = OLD.id AND l.promised_at = NEW.promised_at))
        OR ((to_jsonb(NEW) - retotalled) IS NOT DISTINCT FROM (to_jsonb(OLD) - retotalled) AND is_retotalled_now(OLD.id))) THEN
        RAISE EXCEPTION 'an order is what the customer accepted; only a change moves it' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;

-- A completed order ships again only what came back and is to be replaced.
CREATE OR REPLACE FUNCTION guard_shipment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND (NEW.arranged_by IS DISTINCT FROM acting_person() OR NOT ships_as(NEW.arranged_by, 'logistics', NEW.order_id)) THEN
        RAISE EXCEPTION 'a shipment is arranged by logistics, never by the rep' USING ERRCODE = '42501';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.status = 'shipped' AND OLD.status = 'pending' THEN
        IF NEW.shipped_by IS DISTINCT FROM acting_person() OR NOT ships_as(NEW.shipped_by, 'warehouse', NEW.order_id) THEN
            RAISE EXCEPTION 'a shipment is posted by the warehouse, never by the rep' USING ERRCODE = '42501';
        END IF;
        IF EXISTS (SELECT FROM milestone m WHERE m.order_id = NEW.order_id AND m.trigger IN ('on_signing','before_shipment') AND m.received < m.amount) THEN
            RAISE EXCEPTION 'nothing ships before the payments due before shipment' USING ERRCODE = 'P0001';
        END IF;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.status = 'in_transit' AND OLD.status = 'shipped' AND (
        NEW.handed_over_by IS DISTINCT FROM acting_person() OR NOT ships_as(NEW.handed_over_by, 'logistics', NEW.order_id)) THEN
        RAISE EXCEPTION 'a shipment is handed over by logistics, never by the rep' USING ERRCODE = '42501';
    END IF;
    IF NEW.status IN ('pending','shipped') AND (TG_OP = 'INSERT' OR NEW.status <> OLD.status)
        AND NOT EXISTS (SELECT FROM sales_order o WHERE o.id = NEW.order_id AND (o.status IN ('confirmed','in_fulfilment','partially_shipped')
            OR (o.status = 'completed' AND EXISTS (
                SELECT FROM goods_return r JOIN order_line l ON l.id = r.order_line_id WHERE l.order_id = o.id AND r.outcome = 'replace')))) THEN
        RAISE EXCEPTION 'only a live order ships' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;

-- After a key field changed the customer confirms again, with the same link.
DROP INDEX link_answer_once;
CREATE UNIQUE INDEX link_answer_once ON link_answer (link_id, kind) WHERE kind IN ('accepted','declined','surveyed');
