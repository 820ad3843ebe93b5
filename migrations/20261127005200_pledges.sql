-- What warehouse and logistics are asked when an order is confirmed, and say within four working hours
-- (DOMAIN 3.1): asked once, answered once, by somebody of the department.
CREATE TABLE order_pledge (
    order_id   uuid NOT NULL REFERENCES sales_order (id),
    department text NOT NULL CHECK (department IN ('warehouse','logistics')),
    asked_at   timestamptz NOT NULL CHECK (is_moment(asked_at)),
    due_at     timestamptz NOT NULL CHECK (is_moment(due_at) AND due_at > asked_at),
    given_by   uuid REFERENCES person (id),
    given_at   timestamptz CHECK (is_moment(given_at) AND given_at >= asked_at),
    answer     text CHECK (answer IN ('ready','short')),
    note       text CHECK (is_prose(note)),
    PRIMARY KEY (order_id, department),
    CHECK (num_nulls(given_by, given_at, answer) IN (0, 3)),
    CHECK (note IS NULL OR answer IS NOT NULL),
    CHECK (answer IS DISTINCT FROM 'short' OR COALESCE(char_length(note), 0) >= 5)
);
COMMENT ON TABLE order_pledge IS 'Whether the goods of an order are there and its way is booked, as warehouse and logistics say.';
CREATE INDEX order_pledge_open ON order_pledge (department, due_at) WHERE given_at IS NULL;

CREATE FUNCTION guard_pledge() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE said text[] := ARRAY['given_by','given_at','answer','note'];
BEGIN
    IF TG_OP = 'INSERT' AND NEW.given_by IS NOT NULL THEN
        RAISE EXCEPTION 'a department is asked before it answers' USING ERRCODE = 'P0001';
    END IF;
    IF TG_OP = 'UPDATE' AND (OLD.given_by IS NOT NULL OR (to_jsonb(NEW) - said) IS DISTINCT FROM (to_jsonb(OLD) - said)) THEN
        RAISE EXCEPTION 'what a department said to an order is final' USING ERRCODE = 'P0001';
    END IF;
    IF TG_OP = 'UPDATE' AND (NEW.given_by IS DISTINCT FROM acting_person() OR NOT EXISTS (
        SELECT FROM person p WHERE p.id = NEW.given_by AND p.is_active AND NEW.department = ANY (p.roles))) THEN
        RAISE EXCEPTION 'the answer belongs to the department that was asked' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON order_pledge FOR EACH ROW EXECUTE FUNCTION guard_pledge();

ALTER TABLE alarm DROP CONSTRAINT alarm_subject_check,
    ADD CONSTRAINT alarm_subject_check CHECK (subject ~ '^(node|call|post_review|change_duty|pledge):');
