-- Everything that was laid aside is taken up and checks what came in; stock and numbers follow.
SELECT pg_temp.take_up();

-- What the open copies keep reserved, by the ledger's own rules; and enough on hand for many more.
CREATE TEMP TABLE kept AS
SELECT m.product_id, sum(m.reserved_change * has.many) AS reserved FROM stock_movement m JOIN order_line l ON l.id = m.order_line_id JOIN sales_order o ON o.id = l.order_id
JOIN (SELECT template, count(*) AS many FROM copy GROUP BY template) has ON has.template = o.deal_id GROUP BY m.product_id;
CREATE FUNCTION pg_temp.move(the_product uuid, the_kind text, many numeric) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF many IS NULL OR many <= 0 THEN RETURN; END IF;
    UPDATE stock SET on_hand = on_hand + CASE the_kind WHEN 'adjust' THEN many ELSE 0 END, reserved = reserved + CASE the_kind WHEN 'reserve' THEN many ELSE 0 END
    WHERE product_id = the_product;
    INSERT INTO stock_movement (id, product_id, kind, quantity, on_hand_after, reserved_after, at, reason)
    SELECT gen_random_uuid(), product_id, the_kind, many, on_hand, reserved, current_setting('volume.moment')::timestamptz, 'bench-data' FROM stock WHERE product_id = the_product;
END $$;
SELECT set_config('kuaidan.actor', 'system', false);
SELECT pg_temp.move(s.product_id, 'adjust', 10000000 + COALESCE(k.reserved, 0)), pg_temp.move(s.product_id, 'reserve', k.reserved)
FROM stock s LEFT JOIN kept k USING (product_id) WHERE s.product_id::text NOT LIKE 'b%' ORDER BY s.product_id;

-- A number that the program gives out next comes after those of the copies.
INSERT INTO number_counter (prefix, period, last)
SELECT split_part(no, '-', 1), split_part(no, '-', 2), max(split_part(no, '-', 3)::integer) FROM (
    SELECT no FROM deal UNION ALL SELECT no FROM requirement UNION ALL SELECT no FROM quote UNION ALL SELECT no FROM approval_round
    UNION ALL SELECT no FROM sales_order UNION ALL SELECT no FROM shipment) n
WHERE no ~ '^[A-Z]{2}-[0-9]{8}-[0-9]{3,9}$' GROUP BY 1, 2
ON CONFLICT (prefix, period) DO UPDATE SET last = greatest(number_counter.last, excluded.last);
