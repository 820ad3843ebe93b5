-- A line of a quote may name its own lead time and carry a note that is printed (DOMAIN 1.3).
ALTER TABLE quote_line
    ADD COLUMN lead_days integer CHECK (lead_days BETWEEN 0 AND 730),
    ADD COLUMN note      text CHECK (char_length(note) BETWEEN 2 AND 200);
COMMENT ON COLUMN quote_line.lead_days IS 'Calendar days from the order to the delivery of this line, where it has its own.';
