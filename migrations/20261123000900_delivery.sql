CREATE TABLE delivery_stage (
    order_line_id uuid NOT NULL REFERENCES order_line (id),
    stage         text NOT NULL CHECK (stage IN ('prepare','production','packing','shipping','sign_off')),
    planned_end   timestamptz NOT NULL CHECK (is_moment(planned_end)),
    started_at    timestamptz,
    ended_at      timestamptz CHECK (ended_at >= started_at),
    updated_by    uuid REFERENCES person (id),
    updated_at    timestamptz,
    PRIMARY KEY (order_line_id, stage)
);
COMMENT ON TABLE delivery_stage IS 'Delivery progress table: one row per order line and stage (DOMAIN 7.3).';

CREATE TABLE shipment (
    id            uuid PRIMARY KEY,
    no            text NOT NULL UNIQUE CHECK (no ~ '^FH-[0-9]{8}-[0-9]{3,}$'),
    order_id      uuid NOT NULL REFERENCES sales_order (id),
    batch_no      integer NOT NULL CHECK (batch_no >= 1),
    status        text NOT NULL CHECK (status IN ('shipped','signed','partly_signed')),
    carrier       text NOT NULL CHECK (is_label(carrier)),
    waybill_no    text NOT NULL CHECK (waybill_no ~ '^[A-Za-z0-9-]{6,40}$'),
    packages      integer NOT NULL CHECK (packages BETWEEN 1 AND 100000),
    shipped_at    timestamptz NOT NULL CHECK (is_moment(shipped_at)),
    shipped_by    uuid NOT NULL REFERENCES person (id),
    eta           date,
    signed_by     text CHECK (is_label(signed_by)),
    signed_at     timestamptz CHECK (signed_at >= shipped_at),
    sign_file_id  uuid REFERENCES attachment (id),
    sign_recorded_by uuid REFERENCES person (id),
    UNIQUE (order_id, batch_no),
    UNIQUE (carrier, waybill_no),
    CHECK (status = 'shipped' OR num_nulls(signed_by, signed_at, sign_file_id, sign_recorded_by) = 0)
);
COMMENT ON TABLE shipment IS 'What left the house, with carrier and waybill, and how it was signed for (DOMAIN 7.5, 7.6).';
CREATE TRIGGER follow_edge BEFORE UPDATE ON shipment FOR EACH ROW EXECUTE FUNCTION follow_edge('shipment');
INSERT INTO status_edge VALUES ('shipment','shipped','signed'), ('shipment','shipped','partly_signed');

CREATE TABLE shipment_line (
    shipment_id   uuid NOT NULL REFERENCES shipment (id),
    order_line_id uuid NOT NULL REFERENCES order_line (id),
    quantity      numeric(12,3) NOT NULL CHECK (is_quantity(quantity) AND quantity > 0),
    received      numeric(12,3) CHECK (is_quantity(received) AND received <= quantity),
    PRIMARY KEY (shipment_id, order_line_id)
);
COMMENT ON TABLE shipment_line IS 'Quantities of a shipment, shipped and received.';

CREATE FUNCTION guard_shipment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM milestone m WHERE m.order_id = NEW.order_id AND m.trigger IN ('on_signing','before_shipment') AND m.received < m.amount) THEN
        RAISE EXCEPTION 'nothing ships before the payments due before shipment' USING ERRCODE = 'P0001';
    END IF;
    IF NOT EXISTS (SELECT FROM sales_order o WHERE o.id = NEW.order_id AND o.status IN ('in_fulfilment','partially_shipped')) THEN
        RAISE EXCEPTION 'only a live order ships' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON shipment FOR EACH ROW EXECUTE FUNCTION guard_shipment();
