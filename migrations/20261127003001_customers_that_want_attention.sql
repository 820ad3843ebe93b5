-- Lists of archives that want attention are found from the few rows that have it, the newest first.
CREATE INDEX customer_credit_hold ON customer (updated_at DESC, id DESC) WHERE is_credit_hold;
CREATE INDEX customer_blacklisted ON customer (updated_at DESC, id DESC) WHERE is_blacklisted;
CREATE INDEX customer_inactive ON customer (updated_at DESC, id DESC) WHERE is_inactive;
CREATE INDEX contact_left ON contact (customer_id) WHERE NOT is_active;
