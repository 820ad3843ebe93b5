-- Products with codes, names, pinyin initials and prices of three tiers in the standard list.
SELECT pg_temp.lay_aside(ARRAY['product','stock','price_item']);
CREATE TEMP TABLE thing (place serial PRIMARY KEY, word text, letters text, kind text, unit text);
INSERT INTO thing (word, letters, kind, unit) SELECT split_part(w, ' ', 1), split_part(w, ' ', 2), split_part(w, ' ', 3), split_part(w, ' ', 4) FROM unnest(string_to_array(
    '深沟球轴承 sgqzc standard 件,不锈钢法兰 bxgfl standard 件,伺服电机 sfdj standard 台,会议平板 hypb standard 台,气动阀门 qdfm standard 件,液压接头 yyjt standard 件,温控仪表 wkyb standard 台,铝合金型材 lhjxc standard 米,工业交换机 gyjhj standard 台,光电开关 gdkg standard 件,同步带轮 tbdl standard 件,滚珠丝杠 gzsg standard 件,密封垫圈 mfdq standard 件,电源模块 dymk standard 件,触摸屏 cmp standard 台,减速机 jsj standard 台,定制机箱 dzjx custom 件,定制线束 dzxs custom 套,定制工装 dzgz custom 套,安装调试 azts service 项,上门巡检 smxj service 项,操作培训 czpx service 小时', ',')) w;
CREATE TEMP TABLE series (place serial PRIMARY KEY, word text, letters text);
INSERT INTO series (word, letters) SELECT split_part(w, ' ', 1), split_part(w, ' ', 2) FROM unnest(string_to_array(
    '精密 jm,重载 zz,静音 jy,高温 gw,防爆 fb,防水 fs,轻型 qx,耐磨 nm,标准 bz,紧凑 jc,长寿命 csm,节能 jn', ',')) w;
INSERT INTO product (id, code, name, name_en, kind, spec, unit, tax_rate, lead_days, is_stocked, is_on_sale, first_sold_on, initials)
SELECT ('b' || lpad(to_hex(n), 7, '0') || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, upper(t.letters) || '-' || lpad(n::text, 6, '0'),
    s.word || t.word || ' ' || upper(substr(t.letters, 1, 2)) || (100 + pg_temp.pick(n, 82, 900)), 'Part ' || n, t.kind, '规格 ' || (10 + n % 490) || 'x' || (5 + n % 95), t.unit,
    CASE WHEN t.kind = 'service' THEN 0.06 ELSE 0.13 END, 3 + (n % 25)::int, t.kind = 'standard', n % 23 <> 0, date '2015-01-01' + (n % 4000)::int,
    s.letters || t.letters || lower(substr(t.letters, 1, 2)) || (100 + pg_temp.pick(n, 82, 900))
FROM generate_series(1, pg_temp.given('products')) n
JOIN LATERAL (SELECT * FROM thing WHERE place = 1 + pg_temp.pick(n, 80, 22)) t ON true
JOIN LATERAL (SELECT * FROM series WHERE place = 1 + pg_temp.pick(n, 81, 12)) s ON true ORDER BY n;
INSERT INTO stock (product_id, on_hand, reserved) SELECT id, 0, 0 FROM product WHERE is_stocked AND id::text LIKE 'b%';
INSERT INTO price_item (id, list_id, product_id, from_quantity, unit_price, floor_price, valid_from, version_id)
SELECT ('a' || lpad(to_hex(n), 7, '0') || '-000' || k || '-7000-8000-000000000000')::uuid, l.id, p.id, (ARRAY[1, 10, 100])[k],
    round((20 + pg_temp.pick(n, 85, 90000) / 10.0) * (1 - k * 0.04), 2), round((20 + pg_temp.pick(n, 85, 90000) / 10.0) * 0.7, 2), date '2020-01-01', v.id
FROM generate_series(1, least(pg_temp.given('products'), 20000)) n
JOIN product p ON p.id = ('b' || lpad(to_hex(n), 7, '0') || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid
JOIN price_list l ON l.code = 'BZ-01' JOIN price_version v ON v.list_id = l.id AND v.version_no = 1, generate_series(1, 3) k;
SELECT pg_temp.take_up();
