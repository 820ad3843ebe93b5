-- How often a rep used the fast path, and what came of it, stands in few rows among very many.
CREATE INDEX approval_round_fast_of_rep ON approval_round (requested_by, submitted_at) WHERE path = 'fast' AND status <> 'withdrawn';
CREATE INDEX post_review_objected ON post_review (opened_at) WHERE status IN ('objection', 'resolved');
