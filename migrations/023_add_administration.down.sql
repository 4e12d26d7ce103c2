-- SPDX-License-Identifier: Apache-2.0
-- Loses the audit log and all consents. Accounts that are closed stay, disabled, and are not erased.
DROP FUNCTION admin_message_list(jsonb, text, uuid, integer, bigint, uuid),
    admin_conversation_list(jsonb, text, integer, bigint, uuid),
    admin_document_text(jsonb, text, uuid, integer, integer),
    admin_document_list(jsonb, text, integer, bigint, uuid),
    admin_consent(uuid, text),
    admin_audit_list(jsonb, integer, bigint, text, text),
    admin_statistics(jsonb),
    admin_knowledge_list(jsonb, integer, text, bigint, uuid),
    admin_dead_purge(jsonb, text, integer, integer),
    admin_dead_retry(jsonb, text, integer),
    admin_job_cancel(jsonb, uuid),
    admin_job_retry(jsonb, uuid),
    admin_job_restart(uuid[]),
    admin_job_show(jsonb, uuid),
    admin_job_why(analysis_tasks),
    admin_job_list(jsonb, integer, text, text, text, text, bigint, uuid),
    admin_job_json(analysis_tasks),
    admin_user_usage(jsonb, text, integer),
    admin_user_erase(jsonb, text, interval),
    admin_user_create(jsonb, text, text, text, text, boolean, boolean, boolean),
    admin_user_update(jsonb, text, text, boolean, boolean),
    admin_user_show(jsonb, text),
    admin_user_list(jsonb, integer, text, bigint, uuid),
    admin_note(jsonb, text, text, text),
    admin_user_id(text),
    admin_user_json(users),
    admin_page_time(bigint),
    admin_page_key(timestamptz, uuid),
    admin_append(jsonb, text, uuid, text, jsonb),
    erasure_finish(uuid),
    erasure_step(uuid),
    erasure_find_due(integer, uuid),
    account_close(jsonb, text, interval),
    account_mark_closed(uuid, interval),
    account_change_password(jsonb, text, text),
    account_record_export(jsonb),
    consent_withdraw(jsonb, uuid),
    consent_give(jsonb, text, integer),
    audit_append(text, jsonb, text, uuid, text, jsonb),
    audit_field(text);

CREATE OR REPLACE FUNCTION admin_require() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.users AS u WHERE u.id = nullif(current_setting('app.current_user_id', true), '')::uuid
            AND u.is_superuser AND u.is_active) THEN
        RAISE EXCEPTION 'administrators only' USING ERRCODE = 'insufficient_privilege';
    END IF;
END
$$;

-- Users by creation, newest first; the last row's created_at and id continue.
CREATE FUNCTION admin_user_list(p_limit integer, p_before_created_at timestamptz DEFAULT NULL, p_before_id uuid DEFAULT NULL)
RETURNS TABLE (id uuid, email text, full_name text, plan_tier text, is_active boolean, is_superuser boolean, created_at timestamptz, updated_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    PERFORM public.admin_require();
    RETURN QUERY
        SELECT u.id, u.email::text, u.full_name::text, u.plan_tier::text, u.is_active, u.is_superuser, u.created_at, u.updated_at
        FROM public.users AS u
        WHERE p_before_created_at IS NULL OR (u.created_at, u.id) < (p_before_created_at, p_before_id)
        ORDER BY u.created_at DESC, u.id DESC
        LIMIT least(greatest(p_limit, 0), 1000);
END
$$;

-- NULL leaves a value as it is. False: no such user. An administrator cannot switch itself off.
CREATE FUNCTION admin_user_update(p_id uuid, p_plan_tier text DEFAULT NULL, p_is_active boolean DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM public.admin_require();
    IF p_is_active = FALSE AND p_id = nullif(current_setting('app.current_user_id', true), '')::uuid THEN
        RAISE EXCEPTION 'an administrator cannot deactivate itself' USING ERRCODE = 'check_violation';
    END IF;
    UPDATE public.users AS u SET plan_tier = coalesce(p_plan_tier, u.plan_tier), is_active = coalesce(p_is_active, u.is_active)
    WHERE u.id = p_id;
    RETURN FOUND;
END
$$;

DROP FUNCTION admin_is_operator();
REVOKE ALL ON FUNCTION admin_user_list(integer, timestamptz, uuid), admin_user_update(uuid, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION admin_user_list(integer, timestamptz, uuid), admin_user_update(uuid, text, boolean) TO netguru_app, netguru_serve;

DROP TRIGGER usage_ledger_refuse_update ON usage_ledger;
DROP FUNCTION usage_ledger_refuse_update();
DROP TRIGGER usage_ledger_refuse_change ON usage_ledger;
CREATE TRIGGER usage_ledger_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON usage_ledger
    FOR EACH STATEMENT EXECUTE FUNCTION usage_ledger_refuse_change();

DROP TABLE consents;
DROP INDEX idx_usage_ledger_occurred_at, idx_analysis_tasks_created_at, idx_users_created_at, idx_users_erase_after;
ALTER TABLE users DROP CONSTRAINT users_closed_check, DROP COLUMN ledger_alias, DROP COLUMN erase_after, DROP COLUMN closed_at;
DROP FUNCTION audit_digest(audit_log);
DROP TABLE audit_log, audit_head;
DROP FUNCTION audit_refuse_change();
