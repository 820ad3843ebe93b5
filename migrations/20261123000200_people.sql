CREATE TABLE person (
    id            uuid PRIMARY KEY,
    login         text NOT NULL UNIQUE CHECK (login ~ '^[a-z][a-z0-9._-]{1,39}$'),
    name          text NOT NULL CHECK (is_label(name)),
    name_en       text NOT NULL CHECK (is_label(name_en)),
    department    text NOT NULL CHECK (department IN ('sales','technical','finance','production','warehouse','logistics','management','it')),
    roles         text[] NOT NULL CHECK (cardinality(roles) >= 1 AND roles <@ ARRAY['sales_rep','sales_assistant','sales_manager','sales_director','technical','finance','production','warehouse','logistics','general_manager','admin']),
    manager_id    uuid REFERENCES person (id),
    phone         text,
    language      text NOT NULL CHECK (language IN ('zh','en')),
    theme         text NOT NULL CHECK (theme IN ('auto','light','dark')),
    password_hash text NOT NULL,
    is_active     boolean NOT NULL,
    created_at    timestamptz NOT NULL,
    CHECK (manager_id <> id),
    -- The administrator grants access and decides nothing (DOMAIN 2.3, rule 10).
    CHECK (NOT ('admin' = ANY (roles)) OR cardinality(roles) = 1)
);
COMMENT ON TABLE person IS 'People who sign in, with department and roles (DOMAIN 2.1).';
CREATE INDEX person_manager ON person (manager_id);

CREATE TABLE session (
    id         uuid PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    person_id  uuid NOT NULL REFERENCES person (id),
    created_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > created_at)
);
COMMENT ON TABLE session IS 'Signed-in browsers; holds the SHA-256 of the cookie, never the cookie.';
CREATE INDEX session_person ON session (person_id);
CREATE INDEX session_expiry ON session (expires_at);

CREATE TABLE sign_in_failure (
    login   text NOT NULL,
    address text NOT NULL,
    at      timestamptz NOT NULL
);
COMMENT ON TABLE sign_in_failure IS 'Failed sign-ins of the last day, for the throttle per account and per address.';
CREATE INDEX sign_in_failure_login ON sign_in_failure (login, at);
CREATE INDEX sign_in_failure_address ON sign_in_failure (address, at);

CREATE TABLE form_submission (
    key            uuid PRIMARY KEY,
    person_id      uuid NOT NULL REFERENCES person (id),
    route          text NOT NULL,
    request_sha256 bytea NOT NULL CHECK (octet_length(request_sha256) = 32),
    location       text NOT NULL,
    at             timestamptz NOT NULL
);
COMMENT ON TABLE form_submission IS 'One-time form keys that were used, with the page the first use led to.';
CREATE INDEX form_submission_at ON form_submission (at);

CREATE TABLE attachment (
    id          uuid PRIMARY KEY,
    sha256      bytea NOT NULL CHECK (octet_length(sha256) = 32),
    media_type  text NOT NULL CHECK (media_type IN ('application/pdf','image/jpeg','image/png')),
    byte_count  bigint NOT NULL CHECK (byte_count BETWEEN 1 AND 10485760),
    file_name   text NOT NULL CHECK (is_label(file_name)),
    uploaded_by uuid NOT NULL REFERENCES person (id),
    uploaded_at timestamptz NOT NULL CHECK (is_moment(uploaded_at)),
    -- Who may read the file follows from the page it belongs to.
    customer_id uuid,
    deal_id     uuid,
    CHECK (num_nonnulls(customer_id, deal_id) = 1)
);
COMMENT ON TABLE attachment IS 'Evidence files; the content lies outside the web root under its own hash.';
CREATE INDEX attachment_customer ON attachment (customer_id);
CREATE INDEX attachment_deal ON attachment (deal_id);
