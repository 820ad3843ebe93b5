CREATE TABLE stored_file (
    sha256    bytea PRIMARY KEY CHECK (octet_length(sha256) = 32),
    stored_at timestamptz NOT NULL CHECK (is_moment(stored_at))
);
COMMENT ON TABLE stored_file IS 'Files that were stored lately. A day later those go that nothing names, for their form was refused.';
CREATE INDEX stored_file_age ON stored_file (stored_at);
CREATE INDEX attachment_content ON attachment (sha256);
CREATE INDEX import_run_content ON import_run (file_sha256);
