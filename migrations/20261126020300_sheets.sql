-- Price lists and stock-takes come from spreadsheets too; a price list ends by being retired.
ALTER TABLE import_run DROP CONSTRAINT import_run_kind_check;
ALTER TABLE import_run ADD CONSTRAINT import_run_kind_check CHECK (kind IN ('customers','prices','stock_count'));
-- The price list that a sheet is for.
ALTER TABLE import_run ADD COLUMN subject text CHECK (is_label(subject));
ALTER TABLE import_run ADD CONSTRAINT prices_of_a_list CHECK ((kind = 'prices') = (subject IS NOT NULL));

ALTER TABLE price_list ADD COLUMN retired_by uuid REFERENCES person (id);
ALTER TABLE price_list ADD COLUMN retired_at timestamptz CHECK (is_moment(retired_at));
ALTER TABLE price_list ADD COLUMN retire_reason text CHECK (is_prose(retire_reason));
ALTER TABLE price_list ADD CONSTRAINT retired_with_reason
    CHECK ((status = 'retired') = (retired_at IS NOT NULL) AND num_nulls(retired_by, retired_at, retire_reason) IN (0, 3));

CREATE FUNCTION guard_retirement() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE who person%ROWTYPE;
BEGIN
    IF NEW.status = 'retired' AND OLD.status <> 'retired' THEN
        SELECT * INTO who FROM person WHERE id = NEW.retired_by;
        IF NEW.retired_by IS DISTINCT FROM acting_person() OR NOT who.is_active
           OR NOT (who.roles && ARRAY['sales_director','general_manager']) THEN
            RAISE EXCEPTION 'a price list is retired by a sales director or general manager' USING ERRCODE = '42501';
        END IF;
        IF EXISTS (SELECT FROM price_version v WHERE v.list_id = NEW.id AND v.status = 'draft') THEN
            RAISE EXCEPTION 'a list with a draft is not retired' USING ERRCODE = 'P0001';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER retirement BEFORE UPDATE ON price_list FOR EACH ROW EXECUTE FUNCTION guard_retirement();
CREATE FUNCTION guard_version_of_retired() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM price_list l WHERE l.id = NEW.list_id AND l.status = 'retired') THEN
        RAISE EXCEPTION 'a retired list takes no new prices' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER retired BEFORE INSERT ON price_version FOR EACH ROW EXECUTE FUNCTION guard_version_of_retired();
