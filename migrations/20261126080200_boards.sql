-- Boards of one set of deals, the clocks of a deal, the search of the frame.

-- On which day a promise that still counts is due (calendar view).
ALTER TABLE deal ADD COLUMN promised_at timestamptz GENERATED ALWAYS AS
    (CASE WHEN order_no IS NULL OR order_status IN ('draft', 'cancelled') THEN promise_due_at ELSE order_promised_at END) STORED;
CREATE INDEX deal_promised_open ON deal (promised_at, id) WHERE status = 'open';
CREATE INDEX deal_promised ON deal (promised_at, id) WHERE status <> 'open' AND promised_at IS NOT NULL;

-- Whose turn it was, from when to when: one row for each stretch of a deal's life, without gaps.
CREATE TABLE deal_turn (
    deal_id     uuid NOT NULL REFERENCES deal (id),
    position    integer NOT NULL CHECK (position >= 1),
    step        text NOT NULL CHECK (step IN ('registration','requirement','quote','approval','order','delivery')),
    role        text,
    next_action text,
    since       timestamptz NOT NULL CHECK (is_moment(since)),
    until       timestamptz CHECK (until >= since),
    PRIMARY KEY (deal_id, position)
);
COMMENT ON TABLE deal_turn IS 'Stretches of a deal''s life by whose turn it was; they add up to the whole life.';
CREATE UNIQUE INDEX deal_turn_now ON deal_turn (deal_id) WHERE until IS NULL;
CREATE INDEX deal_turn_ended ON deal_turn (role, until DESC) WHERE until IS NOT NULL;

-- The turn follows the standing that every change stores: nobody writes it by hand.
CREATE FUNCTION keep_turn() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE last deal_turn%ROWTYPE;
BEGIN
    SELECT * INTO last FROM deal_turn t WHERE t.deal_id = NEW.id AND t.until IS NULL;
    IF FOUND AND (last.step, last.role, last.next_action) IS NOT DISTINCT FROM (NEW.step, NEW.turn_role, NEW.next_action) THEN
        RETURN NULL;
    END IF;
    UPDATE deal_turn SET until = GREATEST(NEW.updated_at, since) WHERE deal_id = NEW.id AND until IS NULL;
    INSERT INTO deal_turn (deal_id, position, step, role, next_action, since)
    VALUES (NEW.id, COALESCE(last.position, 0) + 1, NEW.step, NEW.turn_role, NEW.next_action,
            CASE WHEN FOUND THEN GREATEST(NEW.updated_at, last.since) ELSE NEW.opened_at END);
    RETURN NULL;
END $$;
CREATE TRIGGER keep_turn AFTER UPDATE OF turn_role, next_action, updated_at ON deal FOR EACH ROW EXECUTE FUNCTION keep_turn();
-- Of earlier deals the entries into steps are known.
INSERT INTO deal_turn (deal_id, position, step, role, next_action, since, until)
SELECT e.stream_id, row_number() OVER w, e.step,
       CASE WHEN lead(e.at) OVER w IS NULL THEN d.turn_role WHEN e.step = 'delivery' THEN 'warehouse' WHEN e.step = 'approval' THEN 'sales_manager' ELSE 'sales_rep' END,
       CASE WHEN lead(e.at) OVER w IS NULL THEN d.next_action END, e.at, lead(e.at) OVER w
FROM (SELECT id AS stream_id, 'registration' AS step, opened_at AS at, 0 AS seq FROM deal
      UNION ALL SELECT stream_id, payload ->> 'step', at, seq FROM event WHERE stream_kind = 'deal' AND kind = 'step_entered') e
JOIN deal d ON d.id = e.stream_id
WINDOW w AS (PARTITION BY e.stream_id ORDER BY e.at, e.seq);

CREATE INDEX approval_node_decided ON approval_node (role, decided_at DESC) WHERE decided_at IS NOT NULL;

-- Titles by pairs of characters, beside the deal: the deal's own row changes too often for such an index.
CREATE TABLE deal_title (
    deal_id uuid PRIMARY KEY REFERENCES deal (id),
    form    text NOT NULL,
    grams   text[] NOT NULL
);
COMMENT ON TABLE deal_title IS 'What the search finds a deal''s title by.';
CREATE FUNCTION keep_title() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO deal_title (deal_id, form, grams) VALUES (NEW.id, search_form(NEW.title), search_grams(NEW.title))
    ON CONFLICT (deal_id) DO UPDATE SET form = excluded.form, grams = excluded.grams;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_title AFTER INSERT OR UPDATE OF title ON deal FOR EACH ROW EXECUTE FUNCTION keep_title();
INSERT INTO deal_title (deal_id, form, grams) SELECT id, search_form(title), search_grams(title) FROM deal;
CREATE INDEX deal_title_search ON deal_title USING gin (grams);

-- Names as they sound: the initials of both names, then the whole pinyin. Written by the program, which
-- knows the characters; null until it did.
ALTER TABLE customer ADD COLUMN pinyin text CHECK (char_length(pinyin) <= 2000);
CREATE INDEX customer_pinyin ON customer USING gin (pinyin public.gin_trgm_ops);
CREATE INDEX customer_initials ON customer (pinyin text_pattern_ops);
CREATE INDEX customer_without_pinyin ON customer (id) WHERE pinyin IS NULL;

-- Numbers by their beginning.
CREATE INDEX deal_no_prefix ON deal (no text_pattern_ops);
CREATE INDEX quote_no_prefix ON quote (no text_pattern_ops);
CREATE INDEX shipment_no_prefix ON shipment (no text_pattern_ops);
CREATE INDEX shipment_waybill_prefix ON shipment (upper(waybill_no) text_pattern_ops);

CREATE TABLE saved_view (
    id        uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES person (id),
    list      text NOT NULL CHECK (list IN ('deals','orders')),
    name      text NOT NULL CHECK (is_label(name) AND char_length(name) <= 40),
    query     text NOT NULL CHECK (char_length(query) <= 1000),
    saved_at  timestamptz NOT NULL CHECK (is_moment(saved_at)),
    UNIQUE (person_id, list, name)
);
COMMENT ON TABLE saved_view IS 'Lists that a person keeps by name; nobody else reads them.';
