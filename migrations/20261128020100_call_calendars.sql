-- The due moment of a signature runs on the signer's own working time; kept so that it can be shown how it came about.
ALTER TABLE node_call
    ADD COLUMN calendar_version text,
    ADD COLUMN signer_department text,
    ADD CHECK (num_nulls(calendar_version, signer_department) IN (0, 2)),
    ADD CHECK (kind = 'extra_sign' OR calendar_version IS NULL);
COMMENT ON COLUMN node_call.calendar_version IS 'The calendar that the due moment was computed with; missing for calls of before, which ran on that of the node.';
COMMENT ON COLUMN node_call.signer_department IS 'The department that the signer was of when asked.';
-- A deal whose every open decision waits for an answer is due nowhere until it is given; what was late before stays late.
UPDATE deal d SET turn_due_at = (
    SELECT min(n.due_at) FROM approval_round r JOIN approval_node n ON n.round_id = r.id
    LEFT JOIN node_call c ON c.node_id = n.id AND c.ended_at IS NULL
    WHERE r.deal_id = d.id AND n.status = 'open' AND (c.asked_at IS NULL OR c.asked_at > n.due_at))
WHERE d.status = 'open' AND d.step = 'approval'
  AND EXISTS (SELECT FROM approval_round r JOIN approval_node n ON n.round_id = r.id JOIN node_call c ON c.node_id = n.id
              WHERE r.deal_id = d.id AND c.ended_at IS NULL);
