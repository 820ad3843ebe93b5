-- The deadline board counts whose turn it is from the index alone.
DROP INDEX deal_open_turn;
CREATE INDEX deal_open_turn ON deal (turn_role, turn_due_at) INCLUDE (step, owner_id) WHERE status = 'open';
-- Whoever took out a list is shown beside those who looked at contacts.
DROP INDEX event_access;
CREATE INDEX event_access ON event (position DESC) WHERE kind IN ('contact_shown', 'customers_exported', 'list_exported');
-- The company's own history, newest first, among all that happened to deals and customers.
CREATE INDEX event_company ON event (position DESC) WHERE stream_kind = 'company';
-- Links of customers that are open now, by when they end.
CREATE INDEX public_link_live ON public_link (expires_at) WHERE revoked_at IS NULL;
