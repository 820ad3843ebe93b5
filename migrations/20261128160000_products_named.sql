-- Words that a person types name a product whatever its blanks and letter widths: what is kept for searching is
-- folded as what is typed. Words are found inside a code or a name, never across two of them.
ALTER TABLE product DROP COLUMN search_text;
ALTER TABLE product ADD COLUMN search_text text NOT NULL
    GENERATED ALWAYS AS (search_form(code || '|' || name || '|' || name_en) || '|' || initials) STORED;
CREATE INDEX product_grams ON product USING gin (text_grams(search_text));
-- Whole names, as an order sheet gives them.
CREATE INDEX product_name ON product (search_form(name));
CREATE INDEX product_name_en ON product (search_form(name_en));

-- What waits on My work: reviews of a rep's own archives, without looking through everybody's.
CREATE INDEX customer_own_review_due ON customer (owner_id, next_review_on, id) WHERE next_review_on IS NOT NULL;
