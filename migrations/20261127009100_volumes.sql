-- What a company with very many deals reads by: found with the volumes of `kuaidan bench-data`.

-- Nodes that wait for a role, the least time left first.
CREATE INDEX approval_node_role ON approval_node (role, due_at, id) WHERE status = 'open';
DROP INDEX approval_node_open;
CREATE INDEX approval_node_kind ON approval_node (kind) WHERE status = 'open';
-- The few that are urgent.
CREATE INDEX deal_open_urgent ON deal (id) WHERE status = 'open' AND is_urgent;

-- Orders of one state and deals of one step, newest first; deals by whose turn it is, the most urgent first.
CREATE INDEX deal_order_state_newest ON deal (order_status, opened_at DESC, id DESC) WHERE order_no IS NOT NULL;
CREATE INDEX deal_open_step_newest ON deal (step, opened_at DESC, id DESC) WHERE status = 'open';
CREATE INDEX deal_open_turn_late ON deal (turn_role, late_at, id) WHERE status = 'open';

-- Orders of a month, for reports.
CREATE INDEX sales_order_confirmed ON sales_order (confirmed_at) INCLUDE (deal_id, status) WHERE confirmed_at IS NOT NULL;

-- Customers with enough people to talk to.
CREATE INDEX contact_active ON contact (customer_id) WHERE is_active;
