-- A claim counts while its holder may decide (DOMAIN 3.3, 3.8): by role, as the superior, or for somebody who
-- entrusted the node to the holder at that moment; and has no other decision in the round.
CREATE FUNCTION claim_stands(node uuid, at timestamptz) RETURNS boolean STABLE LANGUAGE sql AS $$
    SELECT EXISTS (
        SELECT FROM approval_node n JOIN approval_round r ON r.id = n.round_id JOIN deal d ON d.id = r.deal_id JOIN quote q ON q.id = r.quote_id
        JOIN person w ON w.id = d.owner_id JOIN person c ON c.id = n.claimed_by
        WHERE n.id = node AND c.is_active AND c.id NOT IN (d.owner_id, r.requested_by)
          AND NOT EXISTS (SELECT FROM approval_node x WHERE x.round_id = n.round_id AND x.id <> n.id AND c.id IN (x.decided_by, x.on_behalf_of))
          AND (c.id = n.escalated_to
            OR (n.role = ANY (c.roles) AND (n.kind <> 'sales_manager' OR w.manager_id IN (c.id, c.manager_id)))
            OR EXISTS (
                SELECT FROM delegation_scope s JOIN delegation g ON g.id = s.delegation_id JOIN person o ON o.id = s.delegator_id
                WHERE s.delegate_id = c.id AND s.kind = n.kind AND s.during @> at AND (g.amount_cap IS NULL OR q.gross <= g.amount_cap)
                  AND (o.is_active OR g.set_by <> g.delegator_id) AND o.id NOT IN (d.owner_id, r.requested_by) AND n.role = ANY (o.roles)
                  AND (n.kind <> 'sales_manager' OR w.manager_id IN (o.id, o.manager_id)))))
$$;
COMMENT ON FUNCTION claim_stands IS 'Whether the person who took the node may still decide it.';

-- An after-the-fact review rises as a node does: the superior may give it too; a delegate gives it in the
-- delegator's name; whoever decided in the round gives none (DOMAIN 2.3 rule 11, 3.7, 3.8).
ALTER TABLE post_review
    ADD COLUMN escalated_to uuid REFERENCES person (id),
    ADD COLUMN escalated_at timestamptz CHECK (is_moment(escalated_at)),
    ADD COLUMN on_behalf_of uuid REFERENCES person (id),
    ADD CONSTRAINT risen_at_a_moment CHECK ((escalated_to IS NULL) = (escalated_at IS NULL)),
    ADD CONSTRAINT lent_by_another CHECK (on_behalf_of IS NULL OR (reviewed_by IS NOT NULL AND on_behalf_of <> reviewed_by));
COMMENT ON COLUMN post_review.escalated_to IS 'The superior who may give it too since it is long overdue.';
COMMENT ON COLUMN post_review.on_behalf_of IS 'Whose review it is when a delegate gave it.';
CREATE INDEX post_review_escalated ON post_review (escalated_to) WHERE status = 'open' AND escalated_to IS NOT NULL;

CREATE OR REPLACE FUNCTION guard_post_review() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    later text[] := ARRAY['status','resolved_by','resolved_at','resolution','outcome'];
    owner uuid;
BEGIN
    IF OLD.reviewed_by IS NOT NULL AND (to_jsonb(NEW) - later) IS DISTINCT FROM (to_jsonb(OLD) - later)
       OR OLD.resolved_by IS NOT NULL AND to_jsonb(NEW) IS DISTINCT FROM to_jsonb(OLD) THEN
        RAISE EXCEPTION 'a review is final' USING ERRCODE = 'P0001';
    END IF;
    SELECT d.owner_id INTO owner FROM deal d WHERE d.id = NEW.deal_id;
    IF NEW.escalated_to IS DISTINCT FROM OLD.escalated_to AND (
        OLD.escalated_to IS NOT NULL OR NEW.status <> 'open' OR NEW.escalated_at < NEW.due_at OR acting_person() IS NOT NULL
        OR NEW.escalated_to = owner OR NOT EXISTS (
            SELECT FROM person p WHERE p.id = NEW.escalated_to AND p.is_active
            AND (p.roles && ARRAY['sales_director','general_manager']
                 OR EXISTS (SELECT FROM person m WHERE m.manager_id = p.id AND m.is_active AND NEW.kind = ANY (m.roles))))) THEN
        RAISE EXCEPTION 'only an overdue review rises, once, to a superior' USING ERRCODE = '42501';
    END IF;
    IF NEW.reviewed_by IS NOT NULL AND OLD.reviewed_by IS NULL THEN
        IF NEW.reviewed_by IS DISTINCT FROM acting_person() OR owner IN (NEW.reviewed_by, NEW.on_behalf_of)
            OR NOT EXISTS (SELECT FROM person p WHERE p.id = NEW.reviewed_by AND p.is_active) THEN
            RAISE EXCEPTION 'the review belongs to the department that was left out' USING ERRCODE = '42501';
        END IF;
        IF NEW.granted_by IS NOT DISTINCT FROM NEW.on_behalf_of OR EXISTS (
            SELECT FROM approval_node n WHERE n.round_id = NEW.round_id
            AND (n.decided_by IN (NEW.reviewed_by, NEW.on_behalf_of) OR n.on_behalf_of IN (NEW.reviewed_by, NEW.on_behalf_of))) THEN
            RAISE EXCEPTION 'who decided in the round does not review it' USING ERRCODE = '42501';
        END IF;
        IF NEW.on_behalf_of IS NOT NULL THEN
            IF NOT EXISTS (
                SELECT FROM delegation_scope s JOIN delegation g ON g.id = s.delegation_id JOIN person o ON o.id = s.delegator_id
                WHERE s.delegator_id = NEW.on_behalf_of AND s.delegate_id = NEW.reviewed_by AND s.kind = NEW.kind
                  AND s.during @> NEW.reviewed_at AND (o.is_active OR g.set_by <> g.delegator_id) AND NEW.kind = ANY (o.roles)) THEN
                RAISE EXCEPTION 'no delegation covers this review' USING ERRCODE = '42501';
            END IF;
        ELSIF NEW.reviewed_by IS DISTINCT FROM OLD.escalated_to
            AND NOT EXISTS (SELECT FROM person p WHERE p.id = NEW.reviewed_by AND NEW.kind = ANY (p.roles)) THEN
            RAISE EXCEPTION 'the review belongs to the department that was left out' USING ERRCODE = '42501';
        END IF;
    END IF;
    IF NEW.resolved_by IS NOT NULL AND OLD.resolved_by IS NULL AND (
        NEW.outcome IS NULL OR NEW.resolved_by IS DISTINCT FROM acting_person() OR owner = NEW.resolved_by
        OR NOT EXISTS (SELECT FROM person p WHERE p.id = NEW.resolved_by AND p.is_active AND p.roles && ARRAY['sales_director','general_manager'])) THEN
        RAISE EXCEPTION 'an objection is resolved by director or general manager, not by the owner' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;
