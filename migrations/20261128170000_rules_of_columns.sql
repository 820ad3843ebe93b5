-- The rules of columns are written into the statement instead of being called: a strict function that says AND is
-- started anew for each value of each row, ten times as dear as the comparison. Without a value they say nothing,
-- as before, because no comparison does.
CREATE OR REPLACE FUNCTION is_label(value text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN char_length(value) BETWEEN 1 AND 200 AND value = btrim(value) AND value !~ '[[:cntrl:]\u202a-\u202e\u2066-\u2069]';

CREATE OR REPLACE FUNCTION is_prose(value text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN char_length(value) BETWEEN 1 AND 2000 AND value !~ '[\u0001-\u0008\u000b\u000c\u000e-\u001f\u202a-\u202e\u2066-\u2069]';

-- NaN sorts above every number, so the upper bound also keeps it out.
CREATE OR REPLACE FUNCTION is_money(value numeric) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN value >= 0 AND value <= 999999999999.99 AND value = round(value, 2);

CREATE OR REPLACE FUNCTION is_unit_price(value numeric) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN value >= 0 AND value <= 999999999 AND value = round(value, 6);

CREATE OR REPLACE FUNCTION is_quantity(value numeric) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN value >= 0 AND value <= 999999999.999 AND value = round(value, 3);

CREATE OR REPLACE FUNCTION is_share(value numeric) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN value >= 0 AND value <= 1;

CREATE OR REPLACE FUNCTION is_moment(value timestamptz) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN value >= timestamptz '2000-01-01 00:00:00+00' AND value < timestamptz '2200-01-01 00:00:00+00';
