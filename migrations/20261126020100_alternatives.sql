-- Alternatives of a quote (DOMAIN 1.3, 5.7): several offers of one requirement beside each other, each
-- with versions of its own. Versions are counted through the deal, so that a number and a version
-- still name one document; the deal says which alternative is being worked on.
ALTER TABLE quote ADD COLUMN alternative text NOT NULL DEFAULT 'A' CHECK (alternative IN ('A','B','C','D','E'));
ALTER TABLE deal ADD COLUMN alternative text NOT NULL DEFAULT 'A' CHECK (alternative IN ('A','B','C','D','E'));

ALTER TABLE quote DROP CONSTRAINT quote_status_check;
ALTER TABLE quote ADD CONSTRAINT quote_status_check
    CHECK (status IN ('draft','submitted','approved','sent','accepted','declined','expired','returned','rejected','withdrawn','superseded','not_chosen'));
ALTER TABLE quote DROP CONSTRAINT quote_check2;
ALTER TABLE quote ADD CONSTRAINT hashed_once_submitted
    CHECK ((status = 'draft') = (content_hash IS NULL) OR status IN ('superseded','not_chosen'));
INSERT INTO status_edge VALUES ('quote','draft','not_chosen'), ('quote','approved','not_chosen'), ('quote','sent','not_chosen');

-- One live version of each alternative, one quote of a deal in approval, one accepted for ever.
DROP INDEX quote_one_live;
CREATE UNIQUE INDEX quote_one_live ON quote (deal_id, alternative) WHERE status IN ('draft','submitted','approved','sent','accepted');
CREATE UNIQUE INDEX quote_one_in_approval ON quote (deal_id) WHERE status = 'submitted';
CREATE UNIQUE INDEX quote_one_accepted ON quote (deal_id) WHERE status = 'accepted';

CREATE FUNCTION guard_choice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = 'accepted' AND EXISTS (
        SELECT FROM quote q WHERE q.deal_id = NEW.deal_id AND q.id <> NEW.id AND q.status IN ('draft','submitted','approved','sent','accepted')) THEN
        RAISE EXCEPTION 'accepting one alternative ends the others' USING ERRCODE = 'P0001';
    END IF;
    IF NEW.status IN ('draft','submitted','approved','sent') AND EXISTS (
        SELECT FROM quote q WHERE q.deal_id = NEW.deal_id AND q.alternative <> NEW.alternative AND q.status = 'accepted') THEN
        RAISE EXCEPTION 'another alternative of this deal is accepted' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER choice BEFORE INSERT OR UPDATE OF status ON quote FOR EACH ROW EXECUTE FUNCTION guard_choice();
