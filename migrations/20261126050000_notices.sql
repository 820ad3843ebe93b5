-- Notices know what they are about and how pressing they are; what may still change is only
-- that they were read and that they were put into messages.
ALTER TABLE outbox
    ADD COLUMN topic text NOT NULL DEFAULT 'told' CHECK (topic IN ('turn','deadline','told','system')),
    ADD COLUMN is_urgent boolean NOT NULL DEFAULT false,
    ADD COLUMN bundled_at timestamptz CHECK (is_moment(bundled_at)),
    ADD CONSTRAINT outbox_payload_is_object CHECK (jsonb_typeof(payload) = 'object');
-- What was told before there were channels is not sent afterwards.
UPDATE outbox SET bundled_at = created_at;
UPDATE outbox SET topic = 'deadline' WHERE kind = 'review_overdue';
UPDATE outbox SET topic = 'turn' WHERE kind IN (
    'save_requirement','send_requirement','confirm_requirement','save_quote','submit_quote','decide_node','acknowledge_condition',
    'send_quote','record_acceptance','confirm_order','acknowledge_special','record_receipt','record_production','record_picking',
    'record_packing','ship','sign_off','complete_order','review_afterwards','resolve_objection','verify_license',
    'confirm_with_customer','acknowledge_change','confirm_change');
CREATE INDEX outbox_newest ON outbox (recipient_id, created_at DESC, id DESC);
CREATE INDEX outbox_unbundled ON outbox (created_at, id) WHERE bundled_at IS NULL;

CREATE FUNCTION guard_notice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - 'read_at' - 'bundled_at') IS DISTINCT FROM (to_jsonb(OLD) - 'read_at' - 'bundled_at') THEN
        RAISE EXCEPTION 'a notice that was given does not change' USING ERRCODE = 'P0001';
    END IF;
    IF OLD.read_at IS NOT NULL AND NEW.read_at IS DISTINCT FROM OLD.read_at THEN
        RAISE EXCEPTION 'a notice is read once' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON outbox FOR EACH ROW EXECUTE FUNCTION guard_notice();
