-- A customer's correction of their own data becomes a change record of every running deal that holds
-- what is corrected (DOMAIN 1.1, 8): whom the order's invoice is made out to, and which correction it was.
ALTER TABLE change_request
    ADD COLUMN invoice        jsonb,
    ADD COLUMN link_answer_id uuid REFERENCES link_answer (id);
CREATE INDEX change_request_answer ON change_request (link_answer_id) WHERE link_answer_id IS NOT NULL;
ALTER TABLE change_item DROP CONSTRAINT change_item_field_check;
ALTER TABLE change_item ADD CONSTRAINT change_item_field_check CHECK (field IN
    ('line','product','spec','quantity','packaging','wanted_at','ship_address','ship_receiver','ship_phone','payment_wish','invoice_need','unit_price','payment_terms',
     'invoice_title','invoice_tax_no','bank_name','bank_account','invoice_delivery'));

COMMENT ON COLUMN sales_order.invoice_title IS 'Invoice data as they stood when the customer accepted; they move with a change only.';
CREATE OR REPLACE FUNCTION freeze_order() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE states text[] := ARRAY['quote_status','status','confirmed_at','confirmed_by','signed_at','completed_at','clause_version','first_promised_at'];
        amended text[] := states || ARRAY['ship_address','ship_receiver','ship_phone','promised_at','is_urgent',
        'invoice_kind','invoice_title','invoice_tax_no','invoice_bank','invoice_account','invoice_delivery'];
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
