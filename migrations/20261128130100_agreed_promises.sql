-- Until an order is confirmed its promise may move with the customer's agreement; the first promise
-- that counts is the one it is confirmed with.
CREATE OR REPLACE FUNCTION freeze_order_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE progress text[] := ARRAY['reserved','produced','passed','failed','scrapped','picked','checked','packed','shipped','signed','returned','credited'];
        promised text[] := progress || ARRAY['promised_at','first_promised_at'];
        amended text[] := promised || ARRAY['packaging'];
        retotalled text[] := amended || ARRAY['product_id','name','spec','quantity','unit_price','tax_rate','net','tax','gross'];
BEGIN
    IF (to_jsonb(NEW) - progress) IS NOT DISTINCT FROM (to_jsonb(OLD) - progress) THEN
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - amended) IS NOT DISTINCT FROM (to_jsonb(OLD) - amended) AND (changing_now(OLD.order_id)).id IS NOT NULL THEN
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - retotalled) IS NOT DISTINCT FROM (to_jsonb(OLD) - retotalled) AND is_retotalled_now(OLD.order_id) THEN
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - promised) IS NOT DISTINCT FROM (to_jsonb(OLD) - promised) AND (
        EXISTS (SELECT FROM promise_batch b WHERE b.order_line_id = OLD.id AND b.promised_at = NEW.promised_at AND b.xmin = pg_current_xact_id()::xid)
        OR EXISTS (SELECT FROM sales_order o WHERE o.id = OLD.order_id AND o.status = 'draft' AND o.promised_at = NEW.promised_at)) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'order lines are frozen; only their progress moves' USING ERRCODE = 'P0001';
END $$;

CREATE OR REPLACE FUNCTION keep_first_promise() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE the_order uuid;
BEGIN
    IF OLD.first_promised_at IS NOT NULL OR NEW.promised_at IS NOT DISTINCT FROM OLD.promised_at THEN
        NEW.first_promised_at := OLD.first_promised_at;
        RETURN NEW;
    END IF;
    the_order := CASE TG_TABLE_NAME WHEN 'sales_order' THEN to_jsonb(OLD) ->> 'id' ELSE to_jsonb(OLD) ->> 'order_id' END;
    NEW.first_promised_at := CASE
        WHEN NOT EXISTS (SELECT FROM sales_order o WHERE o.id = the_order AND o.status = 'draft') THEN OLD.promised_at END;
    RETURN NEW;
END $$;
