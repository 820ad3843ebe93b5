-- A node that arrived, or went on after a pause, under a newer calendar than its round was opened with was computed
-- with the newer one, and says so from now on.
UPDATE approval_node n SET calendar_version = (
    SELECT c.label FROM calendar_version c
    WHERE c.published_at <= GREATEST(n.arrived_at, (SELECT max(k.ended_at) FROM node_call k WHERE k.node_id = n.id))
    ORDER BY c.version_no DESC LIMIT 1)
WHERE n.status = 'open' AND n.calendar_version IS NULL;
COMMENT ON COLUMN approval_node.calendar_version IS 'The version the due moment was computed with; missing for nodes from before it was kept, which have that of their round.';
