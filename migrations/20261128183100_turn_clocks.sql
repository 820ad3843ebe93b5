-- Lists show what is left of a decision on the clock it runs on: that of its department, or of those on call.
ALTER TABLE deal
    ADD COLUMN turn_profile text CHECK (turn_profile IN ('standard','on_call')),
    ADD COLUMN turn_department text CHECK (is_label(turn_department)),
    ADD CONSTRAINT a_clock_is_somebodys CHECK ((turn_profile IS NULL) = (turn_department IS NULL));
COMMENT ON COLUMN deal.turn_profile IS 'The clock of the decision that is due next; missing in other steps.';
COMMENT ON COLUMN deal.turn_department IS 'The department that decides it.';
UPDATE deal d SET (turn_profile, turn_department) = (
    SELECT n.profile, CASE n.kind WHEN 'technical' THEN 'technical' WHEN 'finance' THEN 'finance' WHEN 'production' THEN 'production'
        WHEN 'general_manager' THEN 'management' ELSE 'sales' END
    FROM approval_round r JOIN approval_node n ON n.round_id = r.id LEFT JOIN node_call c ON c.node_id = n.id AND c.ended_at IS NULL
    WHERE r.deal_id = d.id AND n.status = 'open' AND (c.asked_at IS NULL OR c.asked_at > n.due_at)
    ORDER BY n.due_at, n.stage, n.kind LIMIT 1)
WHERE d.status = 'open' AND d.step = 'approval' AND d.turn_due_at IS NOT NULL;
