-- Nobody gives themselves a role or takes one away (DOMAIN 2.3, rule 10).
CREATE FUNCTION not_own_roles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id = acting_person() THEN
        RAISE EXCEPTION 'roles are given by somebody else' USING ERRCODE = '23514', CONSTRAINT = 'roles_by_another';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER roles_by_another AFTER UPDATE OF roles ON person FOR EACH ROW
    WHEN (NEW.roles IS DISTINCT FROM OLD.roles) EXECUTE FUNCTION not_own_roles();
