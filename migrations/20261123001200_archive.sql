-- The archive with every field of its form, the words that stand behind its side states, and
-- special needs as rows, each with the category that names the department.
ALTER TABLE customer
    ADD COLUMN business_province text CHECK (is_label(business_province)),
    ADD COLUMN business_city     text CHECK (is_label(business_city)),
    ADD COLUMN business_district text CHECK (is_label(business_district)),
    ADD COLUMN business_detail   text CHECK (is_label(business_detail)),
    ADD COLUMN is_confidential   boolean NOT NULL DEFAULT false,
    ADD COLUMN confidentiality   text CHECK (is_prose(confidentiality)),
    ADD COLUMN invoice_need      text CHECK (invoice_need IN ('special','ordinary','none')),
    ADD COLUMN invoice_need_note text CHECK (is_label(invoice_need_note)),
    ADD COLUMN confirm_file_id   uuid REFERENCES attachment (id),
    ADD COLUMN registry_note     text CHECK (is_prose(registry_note)),
    ADD COLUMN registry_noted_by uuid REFERENCES person (id),
    ADD COLUMN registry_noted_at timestamptz CHECK (is_moment(registry_noted_at)),
    ADD COLUMN code_override     text CHECK (is_prose(code_override)),
    ADD COLUMN code_override_by  uuid REFERENCES person (id),
    ADD COLUMN code_override_at  timestamptz CHECK (is_moment(code_override_at)),
    ADD COLUMN hold_reason       text CHECK (is_prose(hold_reason)),
    ADD COLUMN blacklist_reason  text CHECK (is_prose(blacklist_reason)),
    ADD COLUMN inactive_reason   text CHECK (is_prose(inactive_reason)),
    ADD CHECK (num_nulls(registry_note, registry_noted_by, registry_noted_at) IN (0, 3)),
    ADD CHECK (num_nulls(code_override, code_override_by, code_override_at) IN (0, 3)),
    ADD CONSTRAINT a_file_that_confirms_is_there CHECK (confirmed_by IS NULL OR confirm_method <> 'file' OR confirm_file_id IS NOT NULL),
    DROP CONSTRAINT customer_confirm_method_check,
    ADD CONSTRAINT customer_confirm_method_check CHECK (confirm_method IN ('phone','email','file'));

CREATE TABLE customer_need (
    customer_id uuid NOT NULL REFERENCES customer (id),
    position    integer NOT NULL CHECK (position BETWEEN 1 AND 30),
    category    text NOT NULL CHECK (category IN ('packaging','quality','delivery_time','documents','other')),
    text        text NOT NULL CHECK (is_label(text)),
    PRIMARY KEY (customer_id, position)
);
COMMENT ON TABLE customer_need IS 'What a customer always asks for (DOMAIN 1.1 E), copied to its requirements.';

INSERT INTO customer_need (customer_id, position, category, text)
SELECT id, row_number() OVER (PARTITION BY id ORDER BY at), 'other', part
FROM (
    SELECT c.id, p.at, left(btrim(regexp_replace(p.part, '[[:cntrl:]]', ' ', 'g')), 200) AS part
    FROM customer c, regexp_split_to_table(c.special_needs, '[\n;；]+') WITH ORDINALITY AS p (part, at)
    WHERE c.special_needs IS NOT NULL
) parts
WHERE char_length(part) >= 2 AND at <= 30;
ALTER TABLE customer DROP COLUMN special_needs;
