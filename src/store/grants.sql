-- What the serving role may do, told anew after every migration.
-- It may read everything and add to everything; it changes only what moves, and deletes only drafts' parts.
DO $$
DECLARE s text := current_schema();
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'kuaidan_app') THEN
        CREATE ROLE kuaidan_app NOLOGIN;
    END IF;
    -- A role that somebody made beforehand serves too, when this user may hand it out.
    IF NOT pg_has_role(current_user, 'kuaidan_app', 'MEMBER') THEN
        BEGIN
            EXECUTE format('GRANT kuaidan_app TO %I', current_user);
        EXCEPTION WHEN insufficient_privilege THEN
            RAISE NOTICE 'the administrator of the database has to grant kuaidan_app to %', current_user;
        END;
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO kuaidan_app', s);
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM kuaidan_app', s);
    EXECUTE format('GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA %I TO kuaidan_app', s);
    EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA %I TO kuaidan_app', s);
END $$;
REVOKE INSERT ON status_edge FROM kuaidan_app;
GRANT UPDATE (customer_id) ON attachment TO kuaidan_app;
GRANT UPDATE (read_at, bundled_at) ON outbox TO kuaidan_app;
GRANT UPDATE (used_at) ON reset_link TO kuaidan_app;
GRANT UPDATE (used_at, used_by), DELETE ON setup_code TO kuaidan_app;
GRANT UPDATE ON channel, reach, message, job_run TO kuaidan_app;
GRANT UPDATE, DELETE ON form_draft, saved_view TO kuaidan_app;
GRANT UPDATE (until) ON deal_turn TO kuaidan_app;
GRANT UPDATE ON deal_title TO kuaidan_app;
GRANT UPDATE ON
    installation, form_submission, number_counter, person, session, customer, contact, price_list, price_item,
    product, stock, deal, requirement, requirement_line, requirement_special, quote, quote_line,
    payment_term, approval_round, approval_node, sales_order, order_line, order_special, milestone, delivery_stage,
    shipment, shipment_line, post_review, change_request, import_run, price_version, price_draft,
    contract_clause_set, feedback, rule_set, opening_receivable, calendar_version, stock_hold, promise_batch, picking, delivery_exception,
    node_call, delegation, order_stop, order_pledge TO kuaidan_app;
GRANT UPDATE (until_at) ON node_hold TO kuaidan_app;
GRANT UPDATE (during) ON delegation_scope TO kuaidan_app;
GRANT DELETE ON
    session, sign_in_failure, form_submission, contact, requirement_line, requirement_special, quote_line,
    promise_batch, delivery_stage, payment_term, customer_need, requirement_file, change_item, price_draft, contract_clause, calendar_version TO kuaidan_app;
GRANT UPDATE, DELETE ON report_due, report_subject, report_fact, report_rollup, report_month TO kuaidan_app;
GRANT UPDATE ON public_link, link_answer TO kuaidan_app;
GRANT DELETE ON link_miss TO kuaidan_app;
GRANT UPDATE (stored_at), DELETE ON stored_file TO kuaidan_app;
-- What something is, and of what, never changes: the walls go by it.
DO $$
DECLARE kept record;
BEGIN
    -- Which migrations there were is kept by whoever runs them.
    IF to_regclass('_sqlx_migrations') IS NOT NULL THEN
        REVOKE INSERT ON _sqlx_migrations FROM kuaidan_app;
    END IF;
    FOR kept IN SELECT * FROM (VALUES
        ('approval_round', ARRAY['id','deal_id','quote_id','requested_by','content_hash','no','round_no','path','level','submitted_at','skipped','fast_refused']),
        ('approval_node', ARRAY['id','round_id','requested_by','kind','role','stage','reasons']),
        ('post_review', ARRAY['id','deal_id','round_id','kind','granted_by','opened_at'])) k (name, columns) LOOP
        EXECUTE format('REVOKE UPDATE ON %I FROM kuaidan_app', kept.name);
        EXECUTE (SELECT format('GRANT UPDATE (%s) ON %I TO kuaidan_app', string_agg(quote_ident(a.attname), ', '), kept.name)
            FROM pg_attribute a WHERE a.attrelid = kept.name::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> ALL (kept.columns));
    END LOOP;
END $$;
