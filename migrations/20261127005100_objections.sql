-- How an objection to a fast approval was resolved: the order goes on, stands still, or is to be cancelled
-- (DOMAIN 3.7); the director's or the general manager's word, never the owner's.
ALTER TABLE post_review
    ADD COLUMN outcome text CHECK (outcome IN ('continue','hold','cancel')),
    ADD CONSTRAINT outcome_of_a_resolution CHECK (outcome IS NULL OR status = 'resolved');
COMMENT ON COLUMN post_review.outcome IS 'What became of the order after an objection; none in rows from before outcomes were kept.';

CREATE OR REPLACE FUNCTION guard_post_review() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE later text[] := ARRAY['status','resolved_by','resolved_at','resolution','outcome'];
BEGIN
    IF OLD.reviewed_by IS NOT NULL AND (to_jsonb(NEW) - later) IS DISTINCT FROM (to_jsonb(OLD) - later)
       OR OLD.resolved_by IS NOT NULL AND to_jsonb(NEW) IS DISTINCT FROM to_jsonb(OLD) THEN
        RAISE EXCEPTION 'a review is final' USING ERRCODE = 'P0001';
    END IF;
    IF NEW.reviewed_by IS NOT NULL AND OLD.reviewed_by IS NULL AND (
        NEW.reviewed_by IS DISTINCT FROM acting_person()
        OR EXISTS (SELECT FROM deal d WHERE d.id = NEW.deal_id AND d.owner_id = NEW.reviewed_by)
        OR NOT EXISTS (SELECT FROM person p WHERE p.id = NEW.reviewed_by AND p.is_active AND NEW.kind = ANY (p.roles))) THEN
        RAISE EXCEPTION 'the review belongs to the department that was left out' USING ERRCODE = '42501';
    END IF;
    IF NEW.resolved_by IS NOT NULL AND OLD.resolved_by IS NULL AND (
        NEW.outcome IS NULL OR NEW.resolved_by IS DISTINCT FROM acting_person()
        OR EXISTS (SELECT FROM deal d WHERE d.id = NEW.deal_id AND d.owner_id = NEW.resolved_by)
        OR NOT EXISTS (SELECT FROM person p WHERE p.id = NEW.resolved_by AND p.is_active AND p.roles && ARRAY['sales_director','general_manager'])) THEN
        RAISE EXCEPTION 'an objection is resolved by director or general manager, not by the owner' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;
