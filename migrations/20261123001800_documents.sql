-- Contract clauses in versions, and what the customer was sent, letter by letter.
CREATE TABLE contract_clause_set (
    version_no   integer PRIMARY KEY CHECK (version_no >= 1),
    revision     bigint NOT NULL CHECK (revision >= 1),
    drafted_by   uuid REFERENCES person (id),
    drafted_at   timestamptz NOT NULL CHECK (is_moment(drafted_at)),
    published_by uuid REFERENCES person (id),
    published_at timestamptz CHECK (is_moment(published_at)),
    CONSTRAINT drafted_by_somebody CHECK (drafted_by IS NOT NULL OR version_no = 1),
    CONSTRAINT published_by_somebody CHECK ((published_by IS NULL) = (published_at IS NULL) OR version_no = 1),
    CONSTRAINT published_by_another CHECK (published_by <> drafted_by)
);
COMMENT ON TABLE contract_clause_set IS 'Versions of the contract clauses; version 1 comes with the product, later ones are drafted by one person and published by another (DOMAIN 1.5).';
CREATE UNIQUE INDEX one_clause_draft ON contract_clause_set ((published_at IS NULL)) WHERE published_at IS NULL;

CREATE TABLE contract_clause (
    version_no integer NOT NULL REFERENCES contract_clause_set (version_no),
    language   text NOT NULL CHECK (language IN ('zh','en')),
    position   integer NOT NULL CHECK (position >= 1),
    title      text NOT NULL CHECK (is_label(title)),
    body       text NOT NULL CHECK (is_prose(body)),
    PRIMARY KEY (version_no, language, position)
);
COMMENT ON TABLE contract_clause IS 'One clause of a version in one language, with its gaps in braces.';

INSERT INTO contract_clause_set (version_no, revision, drafted_at) VALUES (1, 1, timestamptz '2026-01-01 00:00:00+08');
INSERT INTO contract_clause VALUES
    (1,'zh',1,'质量标准','供方保证所供货物系全新、未经使用的合格产品，规格型号、数量与本合同明细一致，符合国家现行标准及双方确认的技术要求。质保期及售后服务为：{warranty}。质保期内因货物自身质量问题发生故障的，由供方负责免费修理或更换。'),
    (1,'zh',2,'交货时间、地点与方式','供方应于 {delivery_date} 前将货物交付至 {place}，交付方式为{delivery_mode}，运输费用由{freight_payer}。货物毁损、灭失的风险自货物交付需方或其指定收货人签收时转移。需方变更收货信息的，应在发货前书面通知供方。'),
    (1,'zh',3,'包装','供方应采用足以保护货物的包装方式；本合同对包装另有要求的，按该要求执行。因包装不当造成货物损坏的，由供方承担责任。'),
    (1,'zh',4,'验收','需方应自签收之日起 {inspection_days} 日内对货物的数量、规格、外观及质量进行检验。发现不符的，应在该期限内书面通知供方；期限内未提出异议的，视为货物数量及外观符合约定。检验期内难以发现的隐蔽瑕疵，需方应在发现后及时通知供方。'),
    (1,'zh',5,'价款与支付','本合同价税合计 {total} 元（大写：{capital}）。需方应按本合同载明的付款节点、比例和期限支付价款，供方按约定开具增值税发票。约定发货前付款的，供方收到该笔款项后发货，交货时间相应顺延。'),
    (1,'zh',6,'违约责任','供方逾期交货或需方逾期付款的，每逾期一日，应按逾期部分金额的万分之五向对方支付违约金，违约金总额不超过该部分金额的百分之十。一方违约致使合同目的不能实现的，守约方有权解除合同并要求赔偿实际损失。'),
    (1,'zh',7,'不可抗力','因不可抗力不能履行合同的，根据其影响部分或者全部免除责任。受影响的一方应及时通知对方，并在合理期限内提供证明。'),
    (1,'zh',8,'争议解决','因本合同引起的争议，双方应先行协商；协商不成的，任何一方均可向供方所在地有管辖权的人民法院提起诉讼。'),
    (1,'zh',9,'其他','本合同自双方签字并盖章之日起生效，一式两份，双方各执一份，具有同等法律效力。双方确认的报价单 {quote_no} 为本合同附件；本合同未尽事宜，由双方另行签订书面补充协议。'),
    (1,'en',1,'Quality','The Seller warrants that the goods are new, unused and free from defects, that their specification and quantity are those listed in this contract, and that they meet the national standards in force and the technical requirements agreed by the parties. Warranty and after-sales service: {warranty}. Within the warranty period the Seller shall repair or replace, free of charge, goods that fail because of their own quality.'),
    (1,'en',2,'Time, place and manner of delivery','The Seller shall deliver the goods to {place} by {delivery_date}. Manner of delivery: {delivery_mode}. Freight: {freight_payer}. The risk of loss or damage passes when the Buyer or the consignee named by the Buyer signs for the goods. The Buyer shall give written notice of any change of consignee or address before shipment.'),
    (1,'en',3,'Packaging','The Seller shall pack the goods so that they are adequately protected; special packaging required by this contract prevails. The Seller is liable for damage caused by inadequate packaging.'),
    (1,'en',4,'Inspection','The Buyer shall inspect the quantity, specification, appearance and quality of the goods within {inspection_days} days of signing for them and shall notify the Seller in writing of any discrepancy within that period. If no notice is given in time, the quantity and appearance of the goods are deemed to conform. The Buyer shall give notice of hidden defects promptly after discovering them.'),
    (1,'en',5,'Price and payment','The total price including tax is CNY {total} ({capital}). The Buyer shall pay by the milestones, shares and dates stated in this contract, and the Seller shall issue VAT invoices as agreed. Where payment is due before shipment, the Seller ships on receipt of that payment and the delivery date is extended accordingly.'),
    (1,'en',6,'Breach','A party that delivers or pays late shall pay liquidated damages of 0.05 per cent of the overdue part for each day of delay, up to ten per cent of that part. If a breach defeats the purpose of this contract, the other party may terminate it and claim its actual loss.'),
    (1,'en',7,'Force majeure','A party prevented from performing by force majeure is released from liability to the extent of its effect. That party shall notify the other without delay and provide evidence within a reasonable time.'),
    (1,'en',8,'Disputes','The parties shall first try to settle any dispute arising from this contract by negotiation. Failing this, either party may bring an action before the competent people''s court at the place where the Seller is domiciled.'),
    (1,'en',9,'General','This contract takes effect when signed and sealed by both parties. It is made in two originals of equal effect, one for each party. Quote {quote_no}, as confirmed by the parties, is annexed to it. Matters not covered here shall be agreed in a written supplement. In case of discrepancy the Chinese text prevails.');
UPDATE contract_clause_set SET published_at = timestamptz '2026-01-01 00:00:00+08' WHERE version_no = 1;

CREATE FUNCTION guard_clause_set() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.published_at IS NOT NULL THEN
        RAISE EXCEPTION 'published clauses are replaced by a new version, never edited' USING ERRCODE = 'P0001';
    END IF;
    IF NEW.published_at IS NULL AND NEW.drafted_by IS DISTINCT FROM acting_person()
       OR NEW.published_at IS NOT NULL AND NEW.published_by IS DISTINCT FROM acting_person() THEN
        RAISE EXCEPTION 'clauses name the acting person' USING ERRCODE = '42501';
    END IF;
    IF TG_OP = 'INSERT' AND NEW.published_at IS NOT NULL
       OR TG_OP = 'UPDATE' AND (NEW.version_no <> OLD.version_no
          OR NEW.published_at IS NOT NULL AND NEW.drafted_by IS DISTINCT FROM OLD.drafted_by) THEN
        RAISE EXCEPTION 'clauses are drafted first and keep their number' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON contract_clause_set FOR EACH ROW EXECUTE FUNCTION guard_clause_set();

CREATE FUNCTION freeze_published_clauses() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE of_version integer := CASE WHEN TG_OP = 'DELETE' THEN OLD.version_no ELSE NEW.version_no END;
BEGIN
    IF TG_OP = 'UPDATE' OR EXISTS (
        SELECT FROM contract_clause_set s WHERE s.version_no = of_version AND s.published_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'published clauses are replaced by a new version, never edited' USING ERRCODE = 'P0001';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON contract_clause FOR EACH ROW EXECUTE FUNCTION freeze_published_clauses();

ALTER TABLE sales_order ADD COLUMN clause_version integer REFERENCES contract_clause_set (version_no);
COMMENT ON COLUMN sales_order.clause_version IS 'The contract clauses the order was confirmed with.';

CREATE TABLE sent_document (
    quote_id     uuid NOT NULL REFERENCES quote (id),
    language     text NOT NULL CHECK (language IN ('zh','en')),
    content_hash bytea NOT NULL CHECK (octet_length(content_hash) = 32),
    content      text NOT NULL,
    sent_by      uuid NOT NULL REFERENCES person (id),
    sent_at      timestamptz NOT NULL CHECK (is_moment(sent_at)),
    PRIMARY KEY (quote_id, language),
    CONSTRAINT hash_of_the_content CHECK (content_hash = sha256(convert_to(content, 'UTF8')))
);
COMMENT ON TABLE sent_document IS 'What a quote said when it was sent, in each language; reprints come from here.';
CREATE TRIGGER history BEFORE UPDATE OR DELETE ON sent_document FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON sent_document FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
