-- What customers say after delivery: complaints with their limits, praise, suggestions, surveys, lessons.
CREATE TABLE feedback (
    id           uuid PRIMARY KEY,
    no           text NOT NULL UNIQUE CHECK (no ~ '^TS-[0-9]{8}-[0-9]{3,}$'),
    version      bigint NOT NULL CHECK (version >= 1),
    customer_id  uuid NOT NULL REFERENCES customer (id),
    order_id     uuid REFERENCES sales_order (id),
    kind         text NOT NULL CHECK (kind IN ('complaint','praise','suggestion','survey')),
    status       text NOT NULL CHECK (status IN ('draft','open','answered','solved','closed','dismissed')),
    category     text NOT NULL CHECK (category IN ('quality','packaging','delivery','service','price','documents','other')),
    severity     text CHECK (severity IN ('general','major','urgent')),
    contact      text CHECK (is_label(contact)),
    channel      text NOT NULL CHECK (channel IN ('phone','email','wechat','visit','customer_page')),
    content      text CHECK (is_prose(content)),
    received_at  timestamptz NOT NULL CHECK (is_moment(received_at)),
    recorded_by  uuid REFERENCES person (id),
    recorded_at  timestamptz NOT NULL CHECK (recorded_at >= received_at AND is_moment(recorded_at)),
    handler_id   uuid NOT NULL REFERENCES person (id),
    about_id     uuid REFERENCES person (id),
    calendar_version text NOT NULL,
    answer_by    timestamptz,
    report_by    timestamptz,
    solve_by     timestamptz,
    answer       text CHECK (is_prose(answer)),
    answered_by  uuid REFERENCES person (id),
    answered_at  timestamptz CHECK (is_moment(answered_at)),
    report       text CHECK (is_prose(report)),
    reported_by  uuid REFERENCES person (id),
    reported_at  timestamptz CHECK (is_moment(reported_at)),
    cause        text CHECK (is_prose(cause)),
    remedy       text CHECK (is_prose(remedy)),
    lesson       text CHECK (is_label(lesson)),
    solved_by    uuid REFERENCES person (id),
    solved_at    timestamptz CHECK (is_moment(solved_at)),
    closed_by    uuid REFERENCES person (id),
    closed_at    timestamptz CHECK (is_moment(closed_at)),
    satisfied    boolean,
    close_note   text CHECK (is_prose(close_note)),
    lesson_closed_by uuid REFERENCES person (id),
    lesson_closed_at timestamptz CHECK (is_moment(lesson_closed_at)),
    lesson_note  text CHECK (is_prose(lesson_note)),
    survey_id    uuid REFERENCES feedback (id),
    scores       smallint[] CHECK (array_length(scores, 1) = 5 AND array_position(scores, NULL) IS NULL AND 1 <= ALL (scores) AND 5 >= ALL (scores)),
    CHECK (num_nulls(answer, answered_by, answered_at) IN (0, 3)),
    CHECK (num_nulls(report, reported_by, reported_at) IN (0, 3)),
    CHECK (num_nulls(cause, remedy, solved_by, solved_at) IN (0, 4)),
    CHECK (lesson IS NULL OR solved_at IS NOT NULL),
    CHECK (num_nulls(lesson_closed_by, lesson_closed_at, lesson_note) IN (0, 3)),
    CHECK (lesson_closed_at IS NULL OR lesson IS NOT NULL),
    CHECK (num_nulls(answer_by, solve_by) IN (0, 2) AND (report_by IS NULL OR answer_by IS NOT NULL)),
    CONSTRAINT a_complaint_has_limits CHECK (kind <> 'complaint' OR status IN ('draft','dismissed') OR num_nulls(severity, answer_by, solve_by) = 0),
    CONSTRAINT only_complaints_have_limits CHECK (kind = 'complaint' OR num_nonnulls(severity, answer_by, solve_by) = 0),
    CONSTRAINT something_was_said CHECK (content IS NOT NULL OR kind = 'survey' OR survey_id IS NOT NULL),
    CONSTRAINT survey_is_about_an_order CHECK (kind <> 'survey' OR order_id IS NOT NULL),
    CONSTRAINT scores_come_from_surveys CHECK (kind = 'survey' OR scores IS NULL),
    CONSTRAINT solved_before_closed CHECK (status NOT IN ('solved','closed') OR kind IN ('praise','survey') OR solved_at IS NOT NULL),
    CONSTRAINT a_complaint_is_closed_by_somebody CHECK (status <> 'closed' OR kind <> 'complaint' OR (closed_by IS NOT NULL AND closed_at IS NOT NULL AND satisfied IS NOT NULL)),
    CONSTRAINT closed_by_another CHECK (closed_by <> about_id AND lesson_closed_by <> about_id)
);
COMMENT ON TABLE feedback IS 'Complaints, praise, suggestions and surveys of customers (DOMAIN 7.8).';
CREATE INDEX feedback_customer ON feedback (customer_id, received_at DESC, id DESC);
CREATE INDEX feedback_newest ON feedback (received_at DESC, id DESC);
CREATE INDEX feedback_order ON feedback (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX feedback_live ON feedback (received_at) WHERE status IN ('draft','open','answered','solved');
-- The banner of every page of a deal reads this one.
CREATE INDEX feedback_lesson ON feedback (customer_id)
    WHERE kind = 'complaint' AND status NOT IN ('draft','dismissed') AND (status <> 'closed' OR (lesson IS NOT NULL AND lesson_closed_at IS NULL));
CREATE UNIQUE INDEX feedback_one_survey ON feedback (order_id) WHERE kind = 'survey';
CREATE INDEX sales_order_completed ON sales_order (completed_at) WHERE completed_at IS NOT NULL;

INSERT INTO status_edge VALUES
    ('feedback','draft','open'), ('feedback','draft','closed'), ('feedback','draft','dismissed'),
    ('feedback','open','answered'), ('feedback','open','solved'), ('feedback','answered','solved'),
    ('feedback','solved','answered'), ('feedback','solved','closed');
CREATE TRIGGER follow_edge BEFORE UPDATE ON feedback FOR EACH ROW EXECUTE FUNCTION follow_edge('feedback');

-- A draft comes from a survey, praise and surveys need nothing more, everything else begins open.
CREATE FUNCTION feedback_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> (CASE WHEN NEW.survey_id IS NOT NULL THEN 'draft' WHEN NEW.kind IN ('praise','survey') THEN 'closed' ELSE 'open' END) THEN
        RAISE EXCEPTION 'feedback of kind % does not begin as %', NEW.kind, NEW.status USING ERRCODE = 'P0001';
    END IF;
    IF num_nonnulls(NEW.answer, NEW.report, NEW.solved_at, NEW.closed_at, NEW.lesson_closed_at) > 0 THEN
        RAISE EXCEPTION 'feedback begins with nothing done' USING ERRCODE = 'P0001';
    END IF;
    IF NEW.recorded_by IS DISTINCT FROM acting_person() THEN
        RAISE EXCEPTION 'feedback names the acting person' USING ERRCODE = '42501';
    END IF;
    IF NEW.order_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM sales_order o JOIN deal d ON d.id = o.deal_id WHERE o.id = NEW.order_id AND d.customer_id = NEW.customer_id) THEN
        RAISE EXCEPTION 'feedback is about an order of its customer' USING ERRCODE = 'P0001';
    END IF;
    IF NEW.kind = 'survey' AND NOT EXISTS (SELECT FROM sales_order o WHERE o.id = NEW.order_id AND o.completed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a survey is asked about a completed order' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER begins BEFORE INSERT ON feedback FOR EACH ROW EXECUTE FUNCTION feedback_begins();

-- What was said stays as it was said; each thing that is done is done by the acting person, and not undone.
CREATE FUNCTION freeze_feedback() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    said text[] := ARRAY['kind','category','severity','contact','channel','content','received_at','answer_by','report_by','solve_by','about_id'];
    moving text[] := said || ARRAY['status','version','customer_id','handler_id','answer','answered_by','answered_at','report','reported_by',
        'reported_at','cause','remedy','lesson','solved_by','solved_at','closed_by','closed_at','satisfied','close_note',
        'lesson_closed_by','lesson_closed_at','lesson_note'];
    o jsonb := to_jsonb(OLD); n jsonb := to_jsonb(NEW);
    actor uuid := acting_person();
BEGIN
    IF (n - moving) IS DISTINCT FROM (o - moving) THEN
        RAISE EXCEPTION 'what was recorded of feedback does not change' USING ERRCODE = 'P0001';
    END IF;
    IF OLD.status <> 'draft' AND (SELECT bool_or(n -> k IS DISTINCT FROM o -> k) FROM unnest(said) k) THEN
        RAISE EXCEPTION 'what the customer said does not change' USING ERRCODE = 'P0001';
    END IF;
    IF (OLD.answer IS NOT NULL AND NEW.answer IS DISTINCT FROM OLD.answer)
        OR (OLD.report IS NOT NULL AND NEW.report IS DISTINCT FROM OLD.report)
        OR (OLD.closed_at IS NOT NULL AND (NEW.closed_at, NEW.closed_by, NEW.satisfied) IS DISTINCT FROM (OLD.closed_at, OLD.closed_by, OLD.satisfied))
        OR (OLD.lesson_closed_at IS NOT NULL AND (NEW.lesson_closed_at, NEW.lesson_closed_by, NEW.lesson) IS DISTINCT FROM (OLD.lesson_closed_at, OLD.lesson_closed_by, OLD.lesson)) THEN
        RAISE EXCEPTION 'what was done about feedback is history' USING ERRCODE = 'P0001';
    END IF;
    IF OLD.status IN ('closed','dismissed') AND (n - ARRAY['version','customer_id','lesson_closed_by','lesson_closed_at','lesson_note'])
        IS DISTINCT FROM (o - ARRAY['version','customer_id','lesson_closed_by','lesson_closed_at','lesson_note']) THEN
        RAISE EXCEPTION 'closed feedback is history' USING ERRCODE = 'P0001';
    END IF;
    IF (NEW.answered_by IS DISTINCT FROM OLD.answered_by AND NEW.answered_by IS DISTINCT FROM actor)
        OR (NEW.solved_at IS DISTINCT FROM OLD.solved_at AND NEW.solved_by IS DISTINCT FROM actor)
        OR (NEW.closed_by IS DISTINCT FROM OLD.closed_by AND NEW.closed_by IS DISTINCT FROM actor)
        OR (NEW.lesson_closed_by IS DISTINCT FROM OLD.lesson_closed_by AND NEW.lesson_closed_by IS DISTINCT FROM actor) THEN
        RAISE EXCEPTION 'an act on feedback names the acting person' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER frozen BEFORE UPDATE ON feedback FOR EACH ROW EXECUTE FUNCTION freeze_feedback();

-- Neither the owner of the deal (or, without an order, of the customer) nor the person complained about
-- closes a complaint or its lesson, and it takes a manager (DOMAIN 2.3, rule 9).
CREATE FUNCTION closed_by_manager() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE owner uuid; closer uuid;
BEGIN
    IF NEW.kind = 'complaint' AND NEW.status = 'closed' AND OLD.status <> 'closed' THEN
        closer := NEW.closed_by;
    ELSIF NEW.lesson_closed_by IS DISTINCT FROM OLD.lesson_closed_by THEN
        closer := NEW.lesson_closed_by;
    ELSE
        RETURN NEW;
    END IF;
    SELECT d.owner_id INTO owner FROM sales_order o JOIN deal d ON d.id = o.deal_id WHERE o.id = NEW.order_id;
    IF owner IS NULL THEN
        SELECT c.owner_id INTO owner FROM customer c WHERE c.id = NEW.customer_id;
    END IF;
    IF closer IN (owner, NEW.about_id) THEN
        RAISE EXCEPTION 'a complaint is closed by another than its owner and the person it is about' USING ERRCODE = '42501';
    END IF;
    IF NOT EXISTS (SELECT FROM person p WHERE p.id = closer AND p.roles && ARRAY['sales_manager','sales_director']) THEN
        RAISE EXCEPTION 'a complaint is closed by the manager' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON feedback FOR EACH ROW EXECUTE FUNCTION closed_by_manager();

CREATE TRIGGER living_customer BEFORE INSERT OR UPDATE OF customer_id ON feedback FOR EACH ROW EXECUTE FUNCTION of_living_customer();
CREATE CONSTRAINT TRIGGER moves_with_merge AFTER UPDATE OF customer_id ON feedback DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.customer_id IS DISTINCT FROM OLD.customer_id) EXECUTE FUNCTION moves_with_merge();
