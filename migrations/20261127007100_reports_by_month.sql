-- Figures of many months at once: the facts added up by month and owner alone, so that a year of a
-- large company is a few thousand rows.
CREATE TABLE report_month (
    month       date NOT NULL,
    kpi         text NOT NULL,
    owner_id    uuid NOT NULL REFERENCES person (id),
    numerator   numeric(24,6) NOT NULL,
    denominator numeric(24,6) NOT NULL,
    second      numeric(18) NOT NULL,
    facts       bigint NOT NULL CHECK (facts >= 0),
    PRIMARY KEY (month, kpi, owner_id)
);
COMMENT ON TABLE report_month IS 'The sums of a month by owner; kept by trigger beside the finer ones and checked like them.';

-- Every fact moves its sums in the same statement, so that they cannot part.
CREATE OR REPLACE FUNCTION roll_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO report_rollup AS r
        SELECT kpi, month, owner_id, grade, is_urgent, path, deal_kind, detail, sum(numerator), sum(denominator), sum(second), count(*)
        FROM added GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
        ON CONFLICT (month, kpi, owner_id, grade, is_urgent, path, deal_kind, detail) DO UPDATE
        SET numerator = r.numerator + excluded.numerator, denominator = r.denominator + excluded.denominator,
            second = r.second + excluded.second, facts = r.facts + excluded.facts;
        INSERT INTO report_month AS r
        SELECT month, kpi, owner_id, sum(numerator), sum(denominator), sum(second), count(*)
        FROM added GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        ON CONFLICT (month, kpi, owner_id) DO UPDATE
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
        UPDATE report_month r
        SET numerator = r.numerator - x.numerator, denominator = r.denominator - x.denominator,
            second = r.second - x.second, facts = r.facts - x.facts
        FROM (SELECT month, kpi, owner_id, sum(numerator) AS numerator, sum(denominator) AS denominator, sum(second) AS second,
                     count(*) AS facts
              FROM removed GROUP BY 1, 2, 3) x
        WHERE (r.month, r.kpi, r.owner_id) = (x.month, x.kpi, x.owner_id);
    END IF;
    RETURN NULL;
END $$;
INSERT INTO report_month
    SELECT month, kpi, owner_id, sum(numerator), sum(denominator), sum(second), sum(facts)
    FROM report_rollup GROUP BY 1, 2, 3;

-- Facts of customers hold more than before: all are made anew.
INSERT INTO report_due SELECT 'deal', id FROM deal UNION ALL SELECT 'customer', id FROM customer ON CONFLICT DO NOTHING;
