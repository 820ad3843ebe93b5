-- Products that were sold before the program knew to note it.
UPDATE product p
SET first_sold_on = sold.on_day
FROM (
    SELECT l.product_id, (min(o.confirmed_at) AT TIME ZONE 'Asia/Shanghai')::date AS on_day
    FROM order_line l JOIN sales_order o ON o.id = l.order_id
    WHERE o.confirmed_at IS NOT NULL
    GROUP BY l.product_id
) sold
WHERE sold.product_id = p.id AND p.first_sold_on IS NULL;

-- Whether a custom item was made before is asked by its name.
CREATE INDEX order_line_custom ON order_line (regexp_replace(name, '\s+', ' ', 'g')) WHERE kind = 'custom';
