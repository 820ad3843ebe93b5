CREATE TABLE customer (
    id                uuid PRIMARY KEY,
    customer_no       text NOT NULL UNIQUE CHECK (customer_no ~ '^KH[0-9]{9}$'),
    version           bigint NOT NULL CHECK (version >= 1),
    status            text NOT NULL CHECK (status IN ('draft','pending_verification','pending_confirmation','archived')),
    is_credit_hold    boolean NOT NULL,
    is_blacklisted    boolean NOT NULL,
    is_inactive       boolean NOT NULL,
    owner_id          uuid NOT NULL REFERENCES person (id),
    legal_name        text NOT NULL CHECK (is_label(legal_name)),
    short_name        text CHECK (is_label(short_name)),
    uscc              text UNIQUE CHECK (uscc ~ '^[0-9A-HJ-NP-RTUW-Y]{18}$'),
    customer_type     text CHECK (customer_type IN ('state_owned','private','foreign','joint_venture','public_institution','sole_trader','other')),
    industry          text CHECK (industry ~ '^[A-T]$'),
    employee_count    bigint CHECK (employee_count BETWEEN 1 AND 9999999),
    annual_revenue_wan numeric(12,2) CHECK (annual_revenue_wan >= 0 AND annual_revenue_wan <= 9999999999.99),
    size_band         text CHECK (size_band IN ('micro','small','medium','large')),
    founded_on        date,
    main_business     text CHECK (is_prose(main_business)),
    legal_rep         text CHECK (is_label(legal_rep)),
    registered_capital_wan numeric(14,2) CHECK (registered_capital_wan >= 0 AND registered_capital_wan <= 999999999999.99),
    registry_status   text CHECK (registry_status IN ('active','in_operation','open','moved_out','abnormal','revoked','deregistered','closed','liquidation')),
    province          text CHECK (is_label(province)),
    city              text CHECK (is_label(city)),
    district          text CHECK (is_label(district)),
    address_detail    text CHECK (is_label(address_detail)),
    phone             text,
    source            text CHECK (source IN ('exhibition','referral','online','cold_call','existing','tender','other')),
    grade             text NOT NULL CHECK (grade IN ('A','B','C','D')),
    taxpayer_kind     text CHECK (taxpayer_kind IN ('general','small_scale','natural_person','other')),
    invoice_kind      text CHECK (invoice_kind IN ('special','ordinary','none')),
    invoice_title     text CHECK (is_label(invoice_title)),
    invoice_tax_no    text,
    bank_name         text CHECK (is_label(bank_name)),
    bank_account      text CHECK (bank_account ~ '^[0-9]{8,30}$'),
    invoice_delivery  text CHECK (is_label(invoice_delivery)),
    credit_limit      numeric(14,2) NOT NULL CHECK (is_money(credit_limit)),
    credit_days       integer NOT NULL CHECK (credit_days BETWEEN 0 AND 365),
    carrier_wish      text CHECK (is_label(carrier_wish)),
    special_needs     text CHECK (is_prose(special_needs)),
    license_file_id   uuid REFERENCES attachment (id),
    verify_channel    text CHECK (verify_channel IN ('gsxt','tianyancha','qichacha','credit_china','on_site','other')),
    verified_by       uuid REFERENCES person (id),
    verified_at       timestamptz,
    confirm_method    text CHECK (confirm_method IN ('phone','email')),
    confirm_contact   text CHECK (is_label(confirm_contact)),
    confirm_note      text CHECK (is_prose(confirm_note)),
    confirmed_by      uuid REFERENCES person (id),
    confirmed_at      timestamptz,
    last_verified_on  date,
    next_review_on    date,
    opening_order_count integer NOT NULL CHECK (opening_order_count >= 0),
    opening_total     numeric(14,2) NOT NULL CHECK (is_money(opening_total)),
    created_at        timestamptz NOT NULL CHECK (is_moment(created_at)),
    updated_at        timestamptz NOT NULL CHECK (is_moment(updated_at)),
    CHECK ((verified_by IS NULL) = (verified_at IS NULL)),
    CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL)),
    CONSTRAINT verified_by_another CHECK (verified_by <> owner_id),
    CONSTRAINT special_invoice_not_for_persons CHECK (NOT (invoice_kind = 'special' AND taxpayer_kind = 'natural_person')),
    CONSTRAINT archived_is_complete CHECK (status <> 'archived' OR (
        num_nulls(uscc, customer_type, industry, founded_on, main_business, legal_rep, registry_status, province, city,
                  address_detail, source, taxpayer_kind, invoice_kind, license_file_id, verified_by, confirmed_by, next_review_on) = 0
        AND registry_status IN ('active','in_operation','open','moved_out','abnormal')))
);
COMMENT ON TABLE customer IS 'Customer archive, form 1 (DOMAIN 1.1): one archive per legal entity.';
CREATE INDEX customer_owner ON customer (owner_id, legal_name);
CREATE INDEX customer_name_search ON customer USING gin (legal_name public.gin_trgm_ops);
CREATE INDEX customer_newest ON customer (updated_at DESC, id DESC);
CREATE TRIGGER follow_edge BEFORE UPDATE ON customer FOR EACH ROW EXECUTE FUNCTION follow_edge('customer');
INSERT INTO status_edge VALUES
    ('customer','draft','pending_verification'),
    ('customer','pending_verification','pending_confirmation'),
    ('customer','pending_verification','draft'),
    ('customer','pending_confirmation','archived'),
    ('customer','archived','pending_confirmation');
ALTER TABLE attachment ADD FOREIGN KEY (customer_id) REFERENCES customer (id);

CREATE TABLE contact (
    id                uuid PRIMARY KEY,
    customer_id       uuid NOT NULL REFERENCES customer (id),
    position          integer NOT NULL CHECK (position BETWEEN 1 AND 50),
    name              text NOT NULL CHECK (is_label(name)),
    title             text NOT NULL CHECK (is_label(title)),
    rank              text NOT NULL CHECK (rank IN ('primary','backup')),
    roles             text[] NOT NULL CHECK (roles <@ ARRAY['decision_maker','influencer','end_user']),
    mobile            text CHECK (mobile ~ '^1[3-9][0-9]{9}$'),
    landline          text CHECK (is_label(landline)),
    email             text CHECK (char_length(email) <= 254),
    wechat            text CHECK (is_label(wechat)),
    preferred_channel text CHECK (preferred_channel IN ('phone','email','wechat','meeting')),
    is_active         boolean NOT NULL,
    UNIQUE (customer_id, position),
    CHECK (num_nonnulls(mobile, landline) >= 1)
);
COMMENT ON TABLE contact IS 'People at the customer: one primary, at least one backup (DOMAIN 1.1 C).';
CREATE UNIQUE INDEX contact_one_primary ON contact (customer_id) WHERE rank = 'primary' AND is_active;
