-- Facts for reports (DOMAIN 10): made from the rows of deals and customers, never counted up in passing.
CREATE TABLE report_due (
    kind text NOT NULL CHECK (kind IN ('deal','customer')),
    id   uuid NOT NULL,
    PRIMARY KEY (kind, id)
);
COMMENT ON TABLE report_due IS 'Deals and customers that changed since their facts were made.';

CREATE TABLE report_subject (
    kind          text NOT NULL CHECK (kind IN ('deal','customer')),
    id            uuid NOT NULL,
    made_at       timestamptz NOT NULL CHECK (is_moment(made_at)),
    look_again_at timestamptz,
    PRIMARY KEY (kind, id)
);
COMMENT ON TABLE report_subject IS 'When the facts of a deal or customer were made, and when time alone changes them.';
CREATE INDEX report_subject_again ON report_subject (look_again_at) WHERE look_again_at IS NOT NULL;

CREATE TABLE report_fact (
    kind        text NOT NULL CHECK (kind IN ('deal','customer')),
    id          uuid NOT NULL,
    kpi         text NOT NULL CHECK (is_label(kpi)),
    month       date NOT NULL CHECK (extract(day FROM month) = 1),
    at          timestamptz NOT NULL CHECK (is_moment(at)),
    owner_id    uuid NOT NULL REFERENCES person (id),
    grade       text NOT NULL,
    is_urgent   boolean NOT NULL,
    path        text NOT NULL CHECK (path IN ('standard','fast','none')),
    deal_kind   text NOT NULL,
    detail      text NOT NULL,
    numerator   numeric(20,6) NOT NULL,
    denominator numeric(20,6) NOT NULL CHECK (denominator >= 0),
    second      numeric(12) NOT NULL CHECK (second >= 0),
    position    bigint GENERATED ALWAYS AS IDENTITY,
    FOREIGN KEY (kind, id) REFERENCES report_subject (kind, id)
);
COMMENT ON TABLE report_fact IS 'What one deal or customer adds to one key figure.';
CREATE INDEX report_fact_rows ON report_fact (kpi, month, at DESC, position DESC);
CREATE INDEX report_fact_subject ON report_fact (kind, id);

CREATE TABLE report_rollup (
    kpi         text NOT NULL,
    month       date NOT NULL,
    owner_id    uuid NOT NULL REFERENCES person (id),
    grade       text NOT NULL,
    is_urgent   boolean NOT NULL,
    path        text NOT NULL,
    deal_kind   text NOT NULL,
    detail      text NOT NULL,
    numerator   numeric(24,6) NOT NULL,
    denominator numeric(24,6) NOT NULL,
    second      numeric(18) NOT NULL,
    facts       bigint NOT NULL CHECK (facts >= 0),
    PRIMARY KEY (month, kpi, owner_id, grade, is_urgent, path, deal_kind, detail)
);
COMMENT ON TABLE report_rollup IS 'The facts of a month added up; kept by trigger, can be made anew and is checked against the facts.';

-- Every fact moves its sum in the same statement, so that the two cannot part.
CREATE FUNCTION roll_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO report_rollup AS r
        SELECT kpi, month, owner_id, grade, is_urgent, path, deal_kind, detail, sum(numerator), sum(denominator), sum(second), count(*)
        FROM added GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
        ON CONFLICT (month, kpi, owner_id, grade, is_urgent, path, deal_kind, detail) DO UPDATE
        SET numerator = r.numerator + excluded.numerator, denominator = r.denominator + excluded.denominator,
            second = r.second + excluded.second, facts = r.facts + excluded.facts;
    ELSE
        UPDATE report_rollup r
        SET numerator = r.numerator - x.numerator, denominator = r.denominator - x.denominator,
            second = r.second - x.second, facts = r.facts - x.facts
        FROM (SELECT kpi, month, owner_id, grade, is_urgent, path, deal_kind, detail, sum(numerator) AS numerator,
                     sum(denominator) AS denominator, sum(second) AS second, count(*) AS facts
              FROM removed GROUP BY 1, 2, 3, 4, 5, 6, 7, 8) x
        WHERE (r.month, r.kpi, r.owner_id, r.grade, r.is_urgent, r.path, r.deal_kind, r.detail)
            = (x.month, x.kpi, x.owner_id, x.grade, x.is_urgent, x.path, x.deal_kind, x.detail);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER roll_up_added AFTER INSERT ON report_fact REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION roll_up();
CREATE TRIGGER roll_up_removed AFTER DELETE ON report_fact REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION roll_up();
CREATE FUNCTION refuse_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'facts are made anew, not edited' USING ERRCODE = 'P0001';
END $$;
CREATE TRIGGER made_anew BEFORE UPDATE ON report_fact FOR EACH ROW EXECUTE FUNCTION refuse_edit();

-- The row is locked until the change commits, so that whoever makes facts waits for it or leaves it out.
CREATE FUNCTION owe_facts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO report_due VALUES (TG_ARGV[0], NEW.id) ON CONFLICT (kind, id) DO UPDATE SET kind = excluded.kind;
    RETURN NULL;
END $$;
CREATE TRIGGER owe_facts AFTER INSERT OR UPDATE OF updated_at ON deal FOR EACH ROW EXECUTE FUNCTION owe_facts('deal');
CREATE TRIGGER owe_facts AFTER INSERT OR UPDATE OF updated_at ON customer FOR EACH ROW EXECUTE FUNCTION owe_facts('customer');
CREATE FUNCTION owe_facts_of_feedback() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO report_due
    SELECT CASE WHEN NEW.order_id IS NULL THEN 'customer' ELSE 'deal' END,
           COALESCE((SELECT o.deal_id FROM sales_order o WHERE o.id = NEW.order_id), NEW.customer_id)
    ON CONFLICT (kind, id) DO UPDATE SET kind = excluded.kind;
    RETURN NULL;
END $$;
CREATE TRIGGER owe_facts AFTER INSERT OR UPDATE ON feedback FOR EACH ROW EXECUTE FUNCTION owe_facts_of_feedback();
INSERT INTO report_due SELECT 'deal', id FROM deal UNION ALL SELECT 'customer', id FROM customer;
