-- Where the rest was given up and everything that left is signed for, payment counts from the last signature.
UPDATE milestone m SET due_on = (s.signed_at AT TIME ZONE 'Asia/Shanghai')::date + m.days
    FROM sales_order o, (SELECT order_id, max(signed_at) AS signed_at FROM shipment GROUP BY order_id) s
    WHERE o.id = m.order_id AND s.order_id = o.id AND s.signed_at IS NOT NULL AND o.status = 'short_closed'
        AND m.due_on IS NULL AND m.trigger IN ('after_sign_off','after_warranty')
        AND NOT EXISTS (SELECT FROM order_line l WHERE l.order_id = o.id AND l.signed < l.shipped);
