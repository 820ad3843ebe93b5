-- Credit is finance's alone (DOMAIN 2.3 rule 5, 3.6): the history of limits, and what customers owed before.
CREATE TABLE credit_terms (
    customer_id     uuid NOT NULL REFERENCES customer (id),
    no              integer NOT NULL CHECK (no >= 1),
    credit_limit    numeric(14,2) NOT NULL CHECK (is_money(credit_limit)),
    credit_days     integer NOT NULL CHECK (credit_days BETWEEN 0 AND 365),
    -- Until this day finance lets the customer buy although a receivable is late.
    tolerated_until date,
    reason          text NOT NULL CHECK (is_prose(reason) AND char_length(reason) >= 5),
    set_by          uuid NOT NULL REFERENCES person (id),
    set_at          timestamptz NOT NULL CHECK (is_moment(set_at)),
    PRIMARY KEY (customer_id, no)
);
COMMENT ON TABLE credit_terms IS 'Every credit limit and credit term a customer was ever given, with the reason; set by finance.';
CREATE TRIGGER history BEFORE UPDATE OR DELETE ON credit_terms FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON credit_terms FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE opening_receivable (
    id          uuid PRIMARY KEY,
    customer_id uuid NOT NULL REFERENCES customer (id),
    no          text NOT NULL CHECK (is_label(no)),
    amount      numeric(14,2) NOT NULL CHECK (is_money(amount) AND amount > 0),
    due_on      date NOT NULL CHECK (due_on BETWEEN '2000-01-01' AND '2100-01-01'),
    note        text CHECK (is_prose(note)),
    recorded_by uuid NOT NULL REFERENCES person (id),
    recorded_at timestamptz NOT NULL CHECK (is_moment(recorded_at)),
    settled_on  date CHECK (settled_on BETWEEN '2000-01-01' AND '2100-01-01'),
    settled_by  uuid REFERENCES person (id),
    reference   text CHECK (is_label(reference)),
    UNIQUE (customer_id, no),
    CONSTRAINT settled_whole CHECK (num_nulls(settled_on, settled_by, reference) IN (0, 3))
);
COMMENT ON TABLE opening_receivable IS 'What a customer owes from before the system, by document; recorded and settled by finance.';

CREATE FUNCTION guard_finance_record() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE who uuid := CASE TG_TABLE_NAME WHEN 'credit_terms' THEN (to_jsonb(NEW) ->> 'set_by')::uuid
                         ELSE COALESCE(to_jsonb(NEW) ->> 'settled_by', to_jsonb(NEW) ->> 'recorded_by')::uuid END;
BEGIN
    IF who IS DISTINCT FROM acting_person()
       OR NOT EXISTS (SELECT FROM person p WHERE p.id = who AND p.is_active AND 'finance' = ANY (p.roles)) THEN
        RAISE EXCEPTION 'credit and receivables are finance''s' USING ERRCODE = '42501';
    END IF;
    IF TG_OP = 'UPDATE' AND ((to_jsonb(OLD) ->> 'settled_by') IS NOT NULL
       OR (to_jsonb(NEW) - ARRAY['settled_on','settled_by','reference']) IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['settled_on','settled_by','reference'])) THEN
        RAISE EXCEPTION 'a receivable is only ever settled' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON credit_terms FOR EACH ROW EXECUTE FUNCTION guard_finance_record();
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON opening_receivable FOR EACH ROW EXECUTE FUNCTION guard_finance_record();

CREATE FUNCTION guard_credit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.credit_limit, NEW.credit_days) IS DISTINCT FROM (OLD.credit_limit, OLD.credit_days) AND NOT EXISTS (
        SELECT FROM person p WHERE p.id = acting_person() AND p.is_active AND 'finance' = ANY (p.roles)) THEN
        RAISE EXCEPTION 'credit is set by finance only' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_credit BEFORE UPDATE OF credit_limit, credit_days ON customer FOR EACH ROW EXECUTE FUNCTION guard_credit();
