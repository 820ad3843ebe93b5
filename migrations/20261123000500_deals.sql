CREATE TABLE deal (
    id              uuid PRIMARY KEY,
    no              text NOT NULL UNIQUE CHECK (no ~ '^CD-[0-9]{8}-[0-9]{3,}$'),
    version         bigint NOT NULL CHECK (version >= 1),
    customer_id     uuid NOT NULL REFERENCES customer (id),
    owner_id        uuid NOT NULL REFERENCES person (id),
    kind            text NOT NULL CHECK (kind IN ('new','repeat','urgent','project','sample')),
    source          text NOT NULL CHECK (source IN ('exhibition','referral','online','cold_call','existing','tender','other')),
    title           text NOT NULL CHECK (is_label(title)),
    status          text NOT NULL CHECK (status IN ('open','completed','lost')),
    step            text NOT NULL CHECK (step IN ('registration','requirement','quote','approval','order','delivery')),
    opened_at       timestamptz NOT NULL CHECK (is_moment(opened_at)),
    promise_due_at  timestamptz CHECK (promise_due_at > opened_at AND is_moment(promise_due_at)),
    is_urgent       boolean NOT NULL,
    urgent_reason   text CHECK (urgent_reason IN ('promotion','line_down','replacement','government','other')),
    urgent_text     text CHECK (is_prose(urgent_text)),
    urgent_needed_at timestamptz CHECK (is_moment(urgent_needed_at)),
    step_entered_at timestamptz NOT NULL CHECK (is_moment(step_entered_at)),
    step_due_at     timestamptz CHECK (is_moment(step_due_at)),
    calendar_version text NOT NULL,
    next_action     text,
    turn_role       text,
    turn_due_at     timestamptz CHECK (is_moment(turn_due_at)),
    amount          numeric(14,2) CHECK (is_money(amount)),
    progress        integer NOT NULL CHECK (progress BETWEEN 0 AND 100),
    lost_reason     text CHECK (lost_reason IN ('price','lead_time','spec','competitor','budget','other')),
    updated_at      timestamptz NOT NULL CHECK (is_moment(updated_at)),
    CONSTRAINT urgent_with_reason CHECK (NOT is_urgent OR (num_nulls(urgent_reason, urgent_text, urgent_needed_at) = 0 AND char_length(urgent_text) >= 20)),
    CHECK ((status = 'lost') = (lost_reason IS NOT NULL))
);
COMMENT ON TABLE deal IS 'One customer, one need, carried through six gated steps (DOMAIN 0.2).';
CREATE INDEX deal_newest ON deal (opened_at DESC, id DESC);
CREATE INDEX deal_owner ON deal (owner_id, opened_at DESC, id DESC);
CREATE INDEX deal_customer ON deal (customer_id);
CREATE INDEX deal_open_turn ON deal (turn_role, turn_due_at) WHERE status = 'open';
CREATE TRIGGER follow_edge BEFORE UPDATE ON deal FOR EACH ROW EXECUTE FUNCTION follow_edge('deal');
INSERT INTO status_edge VALUES ('deal','open','completed'), ('deal','open','lost');
ALTER TABLE attachment ADD FOREIGN KEY (deal_id) REFERENCES deal (id);

CREATE TABLE requirement (
    id              uuid PRIMARY KEY,
    deal_id         uuid NOT NULL REFERENCES deal (id),
    no              text NOT NULL CHECK (no ~ '^XQ-[0-9]{8}-[0-9]{3,}$'),
    version_no      integer NOT NULL CHECK (version_no >= 1),
    status          text NOT NULL CHECK (status IN ('draft','sent','confirmed','superseded','cancelled')),
    contact_id      uuid REFERENCES contact (id),
    channel         text NOT NULL CHECK (channel IN ('meeting','phone','email','wechat','tender','po')),
    purpose         text NOT NULL CHECK (is_prose(purpose)),
    budget_from     numeric(14,2) CHECK (is_money(budget_from)),
    budget_to       numeric(14,2) CHECK (is_money(budget_to)),
    wanted_at       timestamptz NOT NULL CHECK (is_moment(wanted_at)),
    ship_address    text NOT NULL CHECK (is_label(ship_address)),
    ship_receiver   text NOT NULL CHECK (is_label(ship_receiver)),
    ship_phone      text NOT NULL CHECK (is_label(ship_phone)),
    delivery_mode   text NOT NULL CHECK (delivery_mode IN ('to_door','express','freight','pick_up')),
    partial_allowed boolean NOT NULL,
    payment_wish    text NOT NULL CHECK (payment_wish IN ('prepaid','deposit','on_delivery','monthly','milestones')),
    invoice_need    text NOT NULL CHECK (invoice_need IN ('special','ordinary','none')),
    warranty        text CHECK (is_prose(warranty)),
    acceptance      text NOT NULL CHECK (is_prose(acceptance)),
    sent_at         timestamptz,
    confirm_method  text CHECK (confirm_method IN ('signed','email','wechat','phone')),
    confirm_contact text CHECK (is_label(confirm_contact)),
    confirm_file_id uuid REFERENCES attachment (id),
    confirmed_at    timestamptz,
    confirmed_by    uuid REFERENCES person (id),
    file_owed_by    timestamptz,
    created_at      timestamptz NOT NULL CHECK (is_moment(created_at)),
    UNIQUE (deal_id, version_no),
    CHECK (budget_from <= budget_to),
    CONSTRAINT confirmed_with_evidence CHECK (status <> 'confirmed' OR (
        num_nulls(confirm_method, confirm_contact, confirmed_at, confirmed_by) = 0
        AND (confirm_method = 'phone' OR confirm_file_id IS NOT NULL)))
);
COMMENT ON TABLE requirement IS 'Requirement confirmation, one row per version (DOMAIN 1.2).';
CREATE UNIQUE INDEX requirement_one_live ON requirement (deal_id) WHERE status IN ('draft','sent','confirmed');
CREATE TRIGGER follow_edge BEFORE UPDATE ON requirement FOR EACH ROW EXECUTE FUNCTION follow_edge('requirement');
INSERT INTO status_edge VALUES
    ('requirement','draft','sent'), ('requirement','sent','draft'), ('requirement','sent','confirmed'),
    ('requirement','confirmed','superseded'), ('requirement','draft','cancelled'), ('requirement','sent','cancelled'), ('requirement','confirmed','cancelled');

CREATE TABLE requirement_line (
    id             uuid PRIMARY KEY,
    requirement_id uuid NOT NULL REFERENCES requirement (id),
    line_no        integer NOT NULL CHECK (line_no BETWEEN 1 AND 200),
    kind           text NOT NULL CHECK (kind IN ('standard','custom','service')),
    product_id     uuid NOT NULL REFERENCES product (id),
    spec           text NOT NULL CHECK (is_prose(spec)),
    quantity       numeric(12,3) NOT NULL CHECK (is_quantity(quantity) AND quantity > 0),
    unit           text NOT NULL,
    standard       text CHECK (is_label(standard)),
    packaging      text CHECK (is_label(packaging)),
    match_kind     text NOT NULL CHECK (match_kind IN ('exact','substitute','needs_custom','cannot')),
    note           text CHECK (is_prose(note)),
    UNIQUE (requirement_id, line_no)
);
COMMENT ON TABLE requirement_line IS 'What the customer needs, line by line.';

CREATE TABLE requirement_special (
    requirement_id uuid NOT NULL REFERENCES requirement (id),
    position       integer NOT NULL CHECK (position BETWEEN 1 AND 50),
    text           text NOT NULL CHECK (is_label(text)),
    department     text NOT NULL CHECK (department IN ('sales','technical','finance','production','warehouse','logistics')),
    applies        boolean,
    PRIMARY KEY (requirement_id, position)
);
COMMENT ON TABLE requirement_special IS 'Special requirements, each to be ticked as applying or not before confirming.';

CREATE FUNCTION freeze_requirement_parts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE state text;
BEGIN
    SELECT status INTO state FROM requirement WHERE id = COALESCE(OLD.requirement_id, NEW.requirement_id) FOR UPDATE;
    IF state <> 'draft' THEN
        RAISE EXCEPTION 'a requirement that was sent is not edited; make a new version' USING ERRCODE = 'P0001';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON requirement_line FOR EACH ROW EXECUTE FUNCTION freeze_requirement_parts();
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON requirement_special FOR EACH ROW EXECUTE FUNCTION freeze_requirement_parts();
