-- What an after-the-fact review and the running step were computed with, kept so that it can be shown how it came
-- about.
ALTER TABLE post_review ADD COLUMN calendar_version text CHECK (is_label(calendar_version));
COMMENT ON COLUMN post_review.calendar_version IS 'The version the due moment was computed with; missing where nobody knows any more.';
UPDATE post_review v SET calendar_version = (
    SELECT c.label FROM calendar_version c WHERE c.published_at <= v.opened_at ORDER BY c.version_no DESC LIMIT 1)
WHERE v.status = 'open';
UPDATE deal d SET calendar_version = COALESCE(
    (SELECT c.label FROM calendar_version c WHERE c.published_at <= d.step_entered_at ORDER BY c.version_no DESC LIMIT 1), d.calendar_version)
WHERE d.status = 'open';
COMMENT ON COLUMN deal.calendar_version IS 'The version that the limit of the step was computed with.';
