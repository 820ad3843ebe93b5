-- Ways out of the program, how each person wants to be reached, and the messages themselves.
CREATE TABLE channel (
    id         uuid PRIMARY KEY,
    kind       text NOT NULL CHECK (kind IN ('mail','dingtalk','wecom','feishu','webhook')),
    name       text NOT NULL UNIQUE CHECK (is_label(name)),
    settings   jsonb NOT NULL CHECK (jsonb_typeof(settings) = 'object'),
    secret     bytea NOT NULL CHECK (octet_length(secret) BETWEEN 29 AND 8192),
    per_minute integer NOT NULL CHECK (per_minute BETWEEN 1 AND 600),
    is_active  boolean NOT NULL,
    revision   bigint NOT NULL CHECK (revision > 0),
    changed_by uuid NOT NULL REFERENCES person (id),
    changed_at timestamptz NOT NULL CHECK (is_moment(changed_at)),
    CHECK (kind = 'mail' OR per_minute <= 60)
);
COMMENT ON TABLE channel IS 'Mail server and chat robots; `secret` is sealed with a key that is not in the database.';
CREATE UNIQUE INDEX channel_one_mail ON channel (kind) WHERE kind = 'mail';
CREATE FUNCTION guard_channel() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.changed_by IS DISTINCT FROM acting_person() THEN
        RAISE EXCEPTION 'a channel names who changed it' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON channel FOR EACH ROW EXECUTE FUNCTION guard_channel();

CREATE TABLE reach (
    person_id      uuid PRIMARY KEY REFERENCES person (id),
    email          text CHECK (email ~ '^[^@[:space:]]+@[^@[:space:]]+$' AND length(email) <= 254),
    by_mail        boolean NOT NULL,
    robot_id       uuid REFERENCES channel (id),
    window_minutes integer NOT NULL CHECK (window_minutes BETWEEN 0 AND 240),
    quiet_from     time,
    quiet_to       time,
    revision       bigint NOT NULL CHECK (revision > 0),
    CHECK (num_nonnulls(quiet_from, quiet_to) IN (0, 2) AND (quiet_from IS NULL OR quiet_from <> quiet_to)),
    CHECK (NOT by_mail OR email IS NOT NULL)
);
COMMENT ON TABLE reach IS 'How a person wants to be reached outside the program; no row: not at all.';
CREATE INDEX reach_robot ON reach (robot_id);

CREATE TABLE message (
    id            uuid PRIMARY KEY,
    channel_id    uuid NOT NULL REFERENCES channel (id),
    recipient_id  uuid NOT NULL REFERENCES person (id),
    purpose       text NOT NULL CHECK (purpose IN ('notices','test')),
    created_at    timestamptz NOT NULL CHECK (is_moment(created_at)),
    due_at        timestamptz NOT NULL CHECK (is_moment(due_at)),
    tries         integer NOT NULL CHECK (tries BETWEEN 0 AND 1000),
    tried_at      timestamptz CHECK (is_moment(tried_at)),
    claimed_until timestamptz CHECK (is_moment(claimed_until)),
    settled_at    timestamptz CHECK (is_moment(settled_at)),
    outcome       text CHECK (outcome IN ('sent','read','given_up')),
    trouble       text CHECK (is_label(trouble)),
    detail        text CHECK (length(detail) <= 300),
    CHECK ((settled_at IS NULL) = (outcome IS NULL)),
    CHECK (outcome IS DISTINCT FROM 'sent' OR tries > 0)
);
COMMENT ON TABLE message IS 'One letter to one person over one channel: claimed, sent at least once, settled once.';
CREATE INDEX message_waiting ON message (channel_id, due_at, id) WHERE settled_at IS NULL;
CREATE INDEX message_open ON message (recipient_id, channel_id) WHERE settled_at IS NULL;
CREATE INDEX message_tried ON message (channel_id, tried_at);
CREATE INDEX message_given_up ON message (settled_at DESC) WHERE outcome = 'given_up';
CREATE INDEX message_newest ON message (created_at DESC, id DESC);

CREATE FUNCTION guard_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.outcome IN ('sent', 'read') THEN
        RAISE EXCEPTION 'a message that was settled does not change' USING ERRCODE = 'P0001';
    END IF;
    IF NEW.id <> OLD.id OR NEW.channel_id <> OLD.channel_id OR NEW.recipient_id <> OLD.recipient_id THEN
        RAISE EXCEPTION 'a message keeps its way and its recipient' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON message FOR EACH ROW EXECUTE FUNCTION guard_message();

CREATE TABLE message_notice (
    message_id uuid NOT NULL REFERENCES message (id),
    notice_id  uuid NOT NULL REFERENCES outbox (id),
    channel_id uuid NOT NULL REFERENCES channel (id),
    PRIMARY KEY (message_id, notice_id),
    -- A notice goes over a channel once, however many hands pack messages.
    UNIQUE (notice_id, channel_id)
);
COMMENT ON TABLE message_notice IS 'Which notices a message tells.';

CREATE TABLE job_run (
    step        text PRIMARY KEY CHECK (is_label(step)),
    ran_at      timestamptz NOT NULL CHECK (is_moment(ran_at)),
    worked_at   timestamptz CHECK (is_moment(worked_at)),
    failed_at   timestamptz CHECK (is_moment(failed_at)),
    failure     text CHECK (length(failure) <= 300),
    failures    bigint NOT NULL CHECK (failures >= 0)
);
COMMENT ON TABLE job_run IS 'When each recurring step last ran, did something, or failed.';
