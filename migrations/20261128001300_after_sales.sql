-- Completed deals whose goods came back wait for somebody again (DOMAIN 7.7): few, and found at once.
CREATE INDEX deal_after_sales ON deal (late_at, id) WHERE status = 'completed' AND next_action IS NOT NULL;
