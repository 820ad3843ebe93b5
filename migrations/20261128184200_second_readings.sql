-- Two letters find the beginning of the short name's initials, as they do that of the whole name's.
CREATE INDEX customer_short_initials ON customer (split_part(pinyin, '|', 2) text_pattern_ops);
-- Names with a character of several readings are heard anew: a job fills in what is missing.
UPDATE customer SET pinyin = NULL
WHERE pinyin IS NOT NULL AND legal_name || ' ' || COALESCE(short_name, '') ~ '[长都曾晟什翟调裳女律绿旅铝率氯滤履虑吕驴屡缕侣略掠]|重庆|重阳|重组|重启|重生|双重|多重|厦门|成长|增长|生长|家长|校长|院长|会长|队长|店长|船长|市长|首长|厂长|长老|长辈|音乐|乐器|乐清|乐团|民乐|声乐|国乐|礼乐|银行|行业|行情|行长|商行|车行|洋行|分行|支行|总行|同行|药行|茶行|琴行|典当行|拍卖行|贸易行|五金行|建材行|六安|六合|蚌埠|番禺|会计|会稽|单县|大埔|西藏|藏药|涡阳|莘庄|蔚县|尉犁|浚县|泌阳|铅山|荥经|黄陂|人参|海参|东阿|阿胶|洪洞|柏林|朝晖|今朝|给水|给排水|弹簧|弹性|畜牧|模具|调查|调度|还原';
