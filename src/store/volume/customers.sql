-- Customers with two contacts and, of archived ones, the licence: six of ten are archived. Names are a
-- city, a brand of two or three characters and a trade. Those in trouble have numbers that end in 0.
SELECT pg_temp.lay_aside(ARRAY['customer','contact','attachment','customer_version']);

CREATE TEMP TABLE sound (place serial PRIMARY KEY, word text, pinyin text);
INSERT INTO sound (word, pinyin) SELECT split_part(w, ' ', 1), split_part(w, ' ', 2) FROM unnest(string_to_array(
    '华 hua,远 yuan,恒 heng,信 xin,达 da,盛 sheng,泰 tai,瑞 rui,丰 feng,昌 chang,宏 hong,博 bo,科 ke,创 chuang,新 xin,宇 yu,天 tian,海 hai,江 jiang,山 shan,金 jin,银 yin,玉 yu,龙 long,凤 feng,福 fu,禄 lu,康 kang,宁 ning,安 an,平 ping,和 he,顺 shun,通 tong,利 li,兴 xing,旺 wang,成 cheng,功 gong,美 mei,佳 jia,优 you,良 liang,正 zheng,诚 cheng,德 de,仁 ren,义 yi,智 zhi,慧 hui,明 ming,光 guang,辉 hui,星 xing,月 yue,云 yun,风 feng,雷 lei,电 dian,联 lian,合 he,众 zhong,聚 ju,汇 hui,鼎 ding,铭 ming,锐 rui,卓 zhuo,越 yue,腾 teng,飞 fei,翔 xiang,鹏 peng,驰 chi,骏 jun,鑫 xin,森 sen,林 lin,木 mu,松 song,柏 bai,竹 zhu,梅 mei,兰 lan', ',')) w;
CREATE TEMP TABLE city (place serial PRIMARY KEY, word text, pinyin text);
INSERT INTO city (word, pinyin) SELECT split_part(w, ' ', 1), split_part(w, ' ', 2) FROM unnest(string_to_array(
    '苏州 su-zhou,上海 shang-hai,北京 bei-jing,深圳 shen-zhen,广州 guang-zhou,杭州 hang-zhou,宁波 ning-bo,南京 nan-jing,无锡 wu-xi,常州 chang-zhou,青岛 qing-dao,济南 ji-nan,武汉 wu-han,长沙 chang-sha,成都 cheng-du,重庆 zhong-qing,西安 xi-an,郑州 zheng-zhou,合肥 he-fei,福州 fu-zhou,天津 tian-jin,大连 da-lian,沈阳 shen-yang,东莞 dong-guan,佛山 fo-shan,温州 wen-zhou,台州 tai-zhou,嘉兴 jia-xing,昆山 kun-shan,绍兴 shao-xing', ',')) w;
CREATE TEMP TABLE trade (place serial PRIMARY KEY, word text, pinyin text);
INSERT INTO trade (word, pinyin) SELECT split_part(w, ' ', 1), split_part(w, ' ', 2) FROM unnest(string_to_array(
    '科技 ke-ji,精密机械 jing-mi-ji-xie,电子 dian-zi,贸易 mao-yi,新材料 xin-cai-liao,自动化设备 zi-dong-hua-she-bei,塑胶 su-jiao,模具 mu-ju,化工 hua-gong,纺织 fang-zhi,食品 shi-pin,医疗器械 yi-liao-qi-xie,建材 jian-cai,物流 wu-liu,能源 neng-yuan,软件 ruan-jian,环保 huan-bao,包装 bao-zhuang,汽车零部件 qi-che-ling-bu-jian,五金 wu-jin', ',')) w;

CREATE FUNCTION pg_temp.first_letters(syllables text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT string_agg(left(s, 1), '' ORDER BY o) FROM regexp_split_to_table(syllables, '-') WITH ORDINALITY AS x (s, o) $$;
ALTER TABLE city ADD initials text; UPDATE city SET initials = pg_temp.first_letters(pinyin);
ALTER TABLE trade ADD initials text; UPDATE trade SET initials = pg_temp.first_letters(pinyin);

-- The last letter of a credit code whose first seventeen are digits (DOMAIN 6.1).
CREATE FUNCTION pg_temp.credit_code(body text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT body || substr('0123456789ABCDEFGHJKLMNPQRTUWXY', (31 - (
        ascii(substr(body,1,1))*1 + ascii(substr(body,2,1))*3 + ascii(substr(body,3,1))*9 + ascii(substr(body,4,1))*27 + ascii(substr(body,5,1))*19
        + ascii(substr(body,6,1))*26 + ascii(substr(body,7,1))*16 + ascii(substr(body,8,1))*17 + ascii(substr(body,9,1))*20 + ascii(substr(body,10,1))*29
        + ascii(substr(body,11,1))*25 + ascii(substr(body,12,1))*13 + ascii(substr(body,13,1))*8 + ascii(substr(body,14,1))*24 + ascii(substr(body,15,1))*10
        + ascii(substr(body,16,1))*30 + ascii(substr(body,17,1))*28 - 48*311) % 31) % 31 + 1, 1)
$$;

CREATE TEMP TABLE names AS
SELECT n, c.word AS city, b.word AS brand, t.word AS trade,
    c.initials || b.initials || t.initials || 'yxgs|' || b.initials || '|' || replace(c.pinyin, '-', '') || b.pinyin || replace(t.pinyin, '-', '') || 'youxiangongsi|' || b.pinyin AS pinyin
FROM generate_series(1, pg_temp.given('customers')) n
JOIN LATERAL (SELECT * FROM city WHERE place = 1 + pg_temp.pick(n, 1, 30)) c ON true
JOIN LATERAL (SELECT * FROM trade WHERE place = 1 + pg_temp.pick(n, 2, 20)) t ON true
JOIN LATERAL (SELECT string_agg(word, '' ORDER BY o) AS word, string_agg(s.pinyin, '' ORDER BY o) AS pinyin, string_agg(left(s.pinyin, 1), '' ORDER BY o) AS initials
              FROM generate_series(1, 2 + (n % 3 = 0)::int) o JOIN sound s ON s.place = 1 + pg_temp.pick(n, 10 + o, 84)) b ON true;

INSERT INTO attachment (id, sha256, media_type, byte_count, file_name, uploaded_by, uploaded_at, customer_id)
SELECT pg_temp.contact_id(n, 9), sha256(convert_to('licence ' || n, 'UTF8')), 'application/pdf', 20000 + n % 90000, 'yingye-zhizhao.pdf', r.id,
    timestamptz '2010-01-01 00:00:00+00' + n * (interval '16 years' / (pg_temp.given('customers') + 1)), pg_temp.customer_id(n)
FROM generate_series(1, pg_temp.given('customers')) n JOIN rep r ON r.place = n % 40 WHERE n % 10 < 6;

INSERT INTO customer (id, customer_no, version, status, is_credit_hold, is_blacklisted, is_inactive, owner_id, legal_name, short_name, uscc, customer_type,
    industry, employee_count, founded_on, main_business, legal_rep, registry_status, province, city, address_detail, source, grade, taxpayer_kind, invoice_kind,
    credit_limit, credit_days, license_file_id, verify_channel, verified_by, verified_at, confirm_method, confirm_contact, confirmed_by, confirmed_at,
    last_verified_on, next_review_on, opening_order_count, opening_total, created_at, updated_at, pinyin)
SELECT pg_temp.customer_id(n), 'KH' || (2010 + n * 16 / (pg_temp.given('customers') + 1)) || lpad((n % 100000)::text, 5, '0'), 1,
    CASE WHEN n % 10 < 6 THEN 'archived' WHEN n % 10 = 6 THEN 'pending_verification' ELSE 'draft' END, n % 9970 = 0, n % 49990 = 0, n % 2110 = 0, r.id,
    v.city || v.brand || v.trade || '有限公司', v.brand, pg_temp.credit_code('91' || lpad((110000 + pg_temp.pick(n, 3, 540000))::text, 6, '0') || lpad(n::text, 9, '0')),
    (ARRAY['private','state_owned','foreign','joint_venture'])[1 + pg_temp.pick(n, 4, 4)], 'C', 20 + n % 900, date '1990-01-01' + (n % 11000)::int, v.trade || '的生产和销售',
    '沈若安', 'active', '江苏省', v.city || '市', '科技路' || n || '号', 'online', (ARRAY['A','B','C','C','C','D'])[1 + pg_temp.pick(n, 5, 6)], 'general', 'special',
    CASE WHEN n % 3 = 0 THEN 200000 ELSE 0 END, CASE WHEN n % 3 = 0 THEN 30 ELSE 0 END,
    CASE WHEN n % 10 < 6 THEN pg_temp.contact_id(n, 9) END, CASE WHEN n % 10 < 6 THEN 'gsxt' END, CASE WHEN n % 10 < 6 THEN r.manager_id END,
    CASE WHEN n % 10 < 6 THEN made.at + interval '1 day' END, CASE WHEN n % 10 < 6 THEN 'email' END, CASE WHEN n % 10 < 6 THEN '李娜' END,
    CASE WHEN n % 10 < 6 THEN r.id END, CASE WHEN n % 10 < 6 THEN made.at + interval '2 days' END,
    CASE WHEN n % 10 < 6 THEN current_setting('volume.today')::date - (n % 90)::int END, CASE WHEN n % 10 < 6 THEN current_setting('volume.today')::date + (n % 95)::int - CASE n % 10 WHEN 0 THEN 4 ELSE 0 END END,
    0, 0, made.at, made.at + interval '2 days', v.pinyin
FROM names v JOIN rep r ON r.place = v.n % 40
JOIN LATERAL (SELECT timestamptz '2010-01-01 00:00:00+00' + v.n * (interval '16 years' / (pg_temp.given('customers') + 1)) AS at) made ON true
ORDER BY n;

INSERT INTO customer_version (customer_id, version, event_seq) SELECT pg_temp.customer_id(n), 1, 1 FROM generate_series(1, pg_temp.given('customers')) n;

INSERT INTO contact (id, customer_id, position, name, title, rank, roles, mobile, landline, email, is_active)
SELECT pg_temp.contact_id(n, k), pg_temp.customer_id(n), k, (ARRAY['李','王','张','刘','陈','杨','赵','黄','周','吴'])[1 + pg_temp.pick(n, 30 + k, 10)]
        || (ARRAY['娜','敏','静','丽','强','磊','军','洋','勇','艳','杰','娟','涛','明','超','秀英','霞','平','刚','桂英'])[1 + pg_temp.pick(n, 40 + k, 20)],
    CASE WHEN k = 1 THEN '采购总监' ELSE '采购专员' END, CASE WHEN k = 1 THEN 'primary' ELSE 'backup' END, '{decision_maker}',
    '1' || (3 + pg_temp.pick(n, 50 + k, 7)) || lpad(pg_temp.pick(n, 60 + k, 1000000000)::text, 9, '0'), '0512-6' || lpad(pg_temp.pick(n, 70 + k, 10000000)::text, 7, '0'),
    'buyer' || k || '@c' || n || '.example.com', true
FROM generate_series(1, pg_temp.given('customers')) n, generate_series(1, 2) k;
SELECT pg_temp.take_up();
