-- Figures of deals whose lines were priced anew, sold above policy, or whose approval stands still are made again.
INSERT INTO report_due
    SELECT DISTINCT 'deal', o.deal_id FROM sales_order o
    WHERE EXISTS (SELECT FROM order_revision v WHERE v.order_id = o.id)
       OR EXISTS (SELECT FROM order_line l JOIN quote_line q ON q.id = l.quote_line_id WHERE l.order_id = o.id AND q.unit_price > q.policy_price)
    UNION
    SELECT 'deal', r.deal_id FROM node_call c JOIN approval_node n ON n.id = c.node_id JOIN approval_round r ON r.id = n.round_id WHERE c.ended_at IS NULL
ON CONFLICT DO NOTHING;
