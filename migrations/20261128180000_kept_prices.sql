-- Who keeps a policy price has seen the one of the day; when the library says another, it is asked again (DOMAIN 5.1, 5.7).
ALTER TABLE quote_line
    ADD COLUMN policy_is_kept boolean NOT NULL DEFAULT false,
    ADD COLUMN policy_today   numeric(18,6) CHECK (is_unit_price(policy_today)),
    ADD CHECK (NOT policy_is_kept OR policy_price IS NOT NULL),
    ADD CHECK (policy_is_kept OR policy_today IS NULL);
COMMENT ON COLUMN quote_line.policy_is_kept IS 'The policy price is one from before: whoever saved the line saw the one of the day and left it.';
COMMENT ON COLUMN quote_line.policy_today IS 'The policy price of the day that was left; empty where the library had none any more.';
