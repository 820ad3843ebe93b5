-- A requirement, and the quote of it, has up to five hundred lines.
ALTER TABLE requirement_line DROP CONSTRAINT requirement_line_line_no_check;
ALTER TABLE requirement_line ADD CONSTRAINT requirement_line_line_no_check CHECK (line_no BETWEEN 1 AND 500);
