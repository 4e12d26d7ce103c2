-- SPDX-License-Identifier: Apache-2.0
-- Administration: an audit log that only grows, what administrators may see and do, consents of users, and the closing
-- and erasing of accounts. docs/administration.md explains them. Each function writes its entry of the audit log in the
-- transaction of what it does, as its last statement, so that the log is locked as briefly as possible.

-- ---------------------------------------------------------------------------------------------------------------
-- The audit log
-- ---------------------------------------------------------------------------------------------------------------

CREATE TABLE audit_log (
    sequence BIGINT PRIMARY KEY CHECK (sequence >= 1),
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    -- administrator: a superuser through the server; operator: a login that may act as netguru_owner; user: the account
    -- itself; system: the sweep that erases.
    actor_kind VARCHAR(20) NOT NULL CHECK (actor_kind IN ('administrator', 'operator', 'user', 'system')),
    actor_id UUID,
    actor VARCHAR(200),
    action VARCHAR(60) NOT NULL CHECK (action ~ '^[a-z_]+\.[a-z_]+$'),
    -- The account that it is about. No foreign key: an entry outlives the account.
    user_id UUID,
    subject VARCHAR(200),
    reason VARCHAR(500),
    details TEXT,
    trace_id VARCHAR(36),
    address VARCHAR(64),
    previous_digest BYTEA NOT NULL CHECK (octet_length(previous_digest) = 32),
    digest BYTEA NOT NULL CHECK (octet_length(digest) = 32)
);
CREATE INDEX idx_audit_log_user_id ON audit_log (user_id, sequence DESC) WHERE user_id IS NOT NULL;

-- The end of the chain. Its row lock orders the writers: a lock on a row, unlike an advisory lock, is also safe for a
-- transaction whose snapshot is older than the last entry, which then fails instead of forking the chain.
CREATE TABLE audit_head (
    id BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (id),
    sequence BIGINT NOT NULL,
    digest BYTEA NOT NULL CHECK (octet_length(digest) = 32)
);
INSERT INTO audit_head (sequence, digest) VALUES (0, decode(repeat('00', 32), 'hex'));

-- One field of the bytes that are digested: its length in four bytes, then its UTF-8; ffffffff for NULL. The database is
-- in UTF-8. Without a SET of its own it is inlined into audit_digest, which has one.
CREATE FUNCTION audit_field(p_text text) RETURNS bytea
LANGUAGE sql STABLE AS $$
    SELECT coalesce(pg_catalog.int4send(pg_catalog.octet_length(p_text)) OPERATOR(pg_catalog.||) pg_catalog.convert_to(p_text, 'UTF8'), '\xffffffff')
$$;

-- src/audit/chain.c computes the same. The time counts in microseconds since 1970. In PL/pgSQL, which keeps the plan.
CREATE FUNCTION audit_digest(p_entry audit_log) RETURNS bytea
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN sha256(p_entry.previous_digest || public.audit_field(p_entry.sequence::text)
        || public.audit_field(((extract(epoch FROM p_entry.at) * 1000000)::bigint)::text)
        || public.audit_field(p_entry.actor_kind) || public.audit_field(p_entry.actor_id::text) || public.audit_field(p_entry.actor)
        || public.audit_field(p_entry.action) || public.audit_field(p_entry.user_id::text) || public.audit_field(p_entry.subject)
        || public.audit_field(p_entry.reason) || public.audit_field(p_entry.details) || public.audit_field(p_entry.trace_id)
        || public.audit_field(p_entry.address));
END
$$;

-- Appends an entry. p_by is what the caller knows of the request: {"reason", "trace", "address", "operator"}.
CREATE FUNCTION audit_append(p_kind text, p_by jsonb, p_action text, p_user uuid, p_subject text, p_details jsonb) RETURNS void
LANGUAGE plpgsql SECURITY INVOKER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    head public.audit_head;
    entry public.audit_log;
BEGIN
    SELECT * INTO STRICT head FROM public.audit_head AS h FOR UPDATE;
    entry.sequence := head.sequence + 1;
    entry.at := clock_timestamp();
    entry.actor_kind := p_kind;
    IF p_kind IN ('administrator', 'user') THEN
        entry.actor_id := nullif(current_setting('app.current_user_id', true), '')::uuid;
    ELSIF p_kind = 'operator' THEN
        entry.actor := left(coalesce(p_by ->> 'operator' || ' as ', '') || session_user, 200);
    END IF;
    entry.action := p_action;
    entry.user_id := p_user;
    entry.subject := left(p_subject, 200);
    entry.reason := left(nullif(p_by ->> 'reason', ''), 500);
    entry.details := p_details::text;
    entry.trace_id := left(p_by ->> 'trace', 36);
    entry.address := left(p_by ->> 'address', 64);
    entry.previous_digest := head.digest;
    entry.digest := public.audit_digest(entry);
    INSERT INTO public.audit_log SELECT entry.*;
    UPDATE public.audit_head SET sequence = entry.sequence, digest = entry.digest;
END
$$;

-- Even the owner cannot change the log by mistake. One who disables the trigger is found by netguru audit verify.
CREATE FUNCTION audit_refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the audit log only grows' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_log_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_head_refuse_change BEFORE DELETE OR TRUNCATE ON audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_head_refuse_step BEFORE UPDATE ON audit_head
    FOR EACH ROW WHEN (NEW.sequence IS DISTINCT FROM OLD.sequence + 1) EXECUTE FUNCTION audit_refuse_change();

ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_log FORCE ROW LEVEL SECURITY;
-- A user sees what was done to its account and looked at, but not from which address.
CREATE POLICY user_audit_log_policy ON audit_log FOR SELECT TO authenticated_user
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY owner_policy ON audit_log FOR ALL TO netguru_owner USING (true) WITH CHECK (true);
GRANT SELECT (sequence, at, actor_kind, action, user_id, subject, reason) ON audit_log TO netguru_app, netguru_serve;

-- ---------------------------------------------------------------------------------------------------------------
-- Accounts: closing, consents
-- ---------------------------------------------------------------------------------------------------------------

ALTER TABLE users
    ADD COLUMN closed_at TIMESTAMP WITH TIME ZONE,
    -- When the sweep erases a closed account.
    ADD COLUMN erase_after TIMESTAMP WITH TIME ZONE,
    -- Stands for the account in the ledger once it is erased; known nowhere else.
    ADD COLUMN ledger_alias UUID,
    ADD CONSTRAINT users_closed_check CHECK (erase_after IS NULL OR (closed_at IS NOT NULL AND ledger_alias IS NOT NULL AND NOT is_active));
CREATE INDEX idx_users_erase_after ON users (erase_after) WHERE erase_after IS NOT NULL;
-- Across users, for administrators: newest first.
CREATE INDEX idx_users_created_at ON users (created_at DESC, id DESC);
CREATE INDEX idx_analysis_tasks_created_at ON analysis_tasks (created_at DESC, id DESC);
CREATE INDEX idx_usage_ledger_occurred_at ON usage_ledger USING brin (occurred_at);

CREATE TABLE consents (
    id UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    scope VARCHAR(20) NOT NULL CHECK (scope IN ('documents', 'conversations')),
    reason VARCHAR(500),
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    withdrawn_at TIMESTAMP WITH TIME ZONE
);
CREATE INDEX idx_consents_user_id ON consents (user_id, created_at DESC, id DESC);
ALTER TABLE consents ENABLE ROW LEVEL SECURITY;
ALTER TABLE consents FORCE ROW LEVEL SECURITY;
CREATE POLICY user_consents_policy ON consents FOR SELECT TO authenticated_user
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY owner_policy ON consents FOR ALL TO netguru_owner USING (true) WITH CHECK (true);
GRANT SELECT ON consents TO netguru_app, netguru_serve;

-- Lets administrators look at the current user's documents or conversations, for 1 minute to 30 days. At most 20 are in
-- force at a time: more fail with 23514.
CREATE FUNCTION consent_give(p_by jsonb, p_scope text, p_minutes integer) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    me CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
    given uuid;
BEGIN
    PERFORM 1 FROM public.users AS u WHERE u.id = me AND u.is_active FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'only a user may consent' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF p_minutes IS NULL OR p_minutes NOT BETWEEN 1 AND 43200 THEN
        RAISE EXCEPTION 'a consent lasts from 1 minute to 30 days' USING ERRCODE = 'check_violation';
    END IF;
    IF (SELECT count(*) FROM public.consents AS c WHERE c.user_id = me AND c.withdrawn_at IS NULL AND c.expires_at > clock_timestamp()) >= 20 THEN
        RAISE EXCEPTION '20 consents are in force' USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO public.consents (user_id, scope, reason, expires_at)
    VALUES (me, p_scope, left(nullif(p_by ->> 'reason', ''), 500), clock_timestamp() + p_minutes * interval '1 minute')
    RETURNING id INTO given;
    PERFORM public.audit_append('user', p_by, 'consent.give', me, 'consent:' || given, jsonb_build_object('scope', p_scope, 'minutes', p_minutes));
    RETURN given;
END
$$;

CREATE FUNCTION consent_withdraw(p_by jsonb, p_id uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    me CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
BEGIN
    UPDATE public.consents AS c SET withdrawn_at = clock_timestamp() WHERE c.id = p_id AND c.user_id = me AND c.withdrawn_at IS NULL;
    IF NOT FOUND THEN
        RETURN FALSE;
    END IF;
    PERFORM public.audit_append('user', p_by, 'consent.withdraw', me, 'consent:' || p_id, NULL);
    RETURN TRUE;
END
$$;

-- account_set_password with its entry in the audit log. Ends the personal access tokens, too.
CREATE FUNCTION account_change_password(p_by jsonb, p_expected_hash text, p_new_hash text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    me CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
BEGIN
    IF NOT public.account_set_password(p_expected_hash, p_new_hash) THEN
        RETURN FALSE;
    END IF;
    DELETE FROM public.personal_access_tokens AS t WHERE t.user_id = me;
    PERFORM public.audit_append('user', p_by, 'password.change', me, NULL, NULL);
    RETURN TRUE;
END
$$;

-- Records that the current user has fetched everything.
CREATE FUNCTION account_record_export(p_by jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    me CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
BEGIN
    IF me IS NULL THEN
        RAISE EXCEPTION 'only a user may export' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM public.audit_append('user', p_by, 'account.export', me, NULL, NULL);
END
$$;

-- Closes an account and ends its personal access tokens; after the retention the sweep erases it. Internal. Returns NULL if there is none.
CREATE FUNCTION account_mark_closed(p_id uuid, p_retention interval) RETURNS timestamptz
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
    DELETE FROM public.personal_access_tokens AS t WHERE t.user_id = p_id;
    UPDATE public.users AS u
    SET is_active = FALSE, closed_at = coalesce(u.closed_at, clock_timestamp()), ledger_alias = coalesce(u.ledger_alias, public.uuid_generate_v4()),
        erase_after = least(coalesce(u.erase_after, 'infinity'), clock_timestamp() + greatest(p_retention, interval '0'))
    WHERE u.id = p_id RETURNING u.erase_after
$$;

-- Closes the current user's account, if the hash is still the one that the password was verified against. Returns when
-- it is erased, or NULL.
CREATE FUNCTION account_close(p_by jsonb, p_expected_hash text, p_retention interval) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    me CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
    due timestamptz;
BEGIN
    PERFORM 1 FROM public.users AS u WHERE u.id = me AND u.is_active AND u.hashed_password = p_expected_hash FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    due := public.account_mark_closed(me, p_retention);
    PERFORM public.audit_append('user', p_by, 'account.close', me, NULL, jsonb_build_object('erase_after', due));
    RETURN due;
END
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- Erasing. The functions do nothing to an account that is not due, whoever calls them.
-- ---------------------------------------------------------------------------------------------------------------

-- What the ledger keeps of an account that is erased: tokens, model, time and cost, under a name that leads nowhere.
CREATE FUNCTION usage_ledger_refuse_update() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    wanted public.usage_ledger := OLD;
BEGIN
    SELECT u.ledger_alias INTO wanted.user_id FROM public.users AS u WHERE u.id = OLD.user_id AND u.erase_after <= clock_timestamp();
    wanted.conversation_id := NULL;
    wanted.message_id := NULL;
    wanted.provider_usage := NULL;
    IF NEW IS DISTINCT FROM wanted THEN
        RAISE EXCEPTION 'usage_ledger is append-only' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
DROP TRIGGER usage_ledger_refuse_change ON usage_ledger;
CREATE TRIGGER usage_ledger_refuse_change BEFORE DELETE OR TRUNCATE ON usage_ledger
    FOR EACH STATEMENT EXECUTE FUNCTION usage_ledger_refuse_change();
CREATE TRIGGER usage_ledger_refuse_update BEFORE UPDATE ON usage_ledger
    FOR EACH ROW EXECUTE FUNCTION usage_ledger_refuse_update();

-- Those after an id, in the order of the ids: an account that cannot be erased does not keep the others.
CREATE FUNCTION erasure_find_due(p_limit integer, p_after uuid DEFAULT NULL) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT u.id FROM public.users AS u WHERE u.erase_after <= clock_timestamp() AND (p_after IS NULL OR u.id > p_after)
    ORDER BY u.id LIMIT least(greatest(p_limit, 0), 100)
$$;

-- Erases a part of an account that is due: at most some thousands of rows, so that it can be interrupted and repeated.
-- No row: the account is not due, has gone, or another process is at it. Tasks are locked before their documents.
CREATE FUNCTION erasure_step(p_id uuid) RETURNS TABLE (done boolean, conversation_ids uuid[])
LANGUAGE plpgsql SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    alias uuid;
    changed bigint;
    total bigint := 0;
    chunks bigint;
    messages_gone bigint;
BEGIN
    SELECT u.ledger_alias INTO alias FROM public.users AS u WHERE u.id = p_id AND u.erase_after <= clock_timestamp() FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    DELETE FROM public.analysis_tasks AS t WHERE t.id IN (
        SELECT o.id FROM public.analysis_tasks AS o WHERE o.user_id = p_id ORDER BY o.id LIMIT 1000 FOR UPDATE);
    GET DIAGNOSTICS changed = ROW_COUNT;
    total := total + changed;
    DELETE FROM public.embeddings AS e WHERE e.id IN (SELECT o.id FROM public.embeddings AS o WHERE o.user_id = p_id LIMIT 5000);
    GET DIAGNOSTICS chunks = ROW_COUNT;
    total := total + chunks;
    IF chunks < 5000 THEN
        DELETE FROM public.documents AS d WHERE d.id IN (SELECT o.id FROM public.documents AS o WHERE o.user_id = p_id LIMIT 1000);
        GET DIAGNOSTICS changed = ROW_COUNT;
        total := total + changed;
    END IF;
    DELETE FROM public.messages AS m WHERE m.id IN (SELECT o.id FROM public.messages AS o WHERE o.user_id = p_id LIMIT 5000);
    GET DIAGNOSTICS messages_gone = ROW_COUNT;
    total := total + messages_gone;
    conversation_ids := '{}';
    IF messages_gone < 5000 THEN
        WITH gone AS (
            DELETE FROM public.conversations AS c WHERE c.id IN (SELECT o.id FROM public.conversations AS o WHERE o.user_id = p_id LIMIT 20) RETURNING c.id)
        SELECT coalesce(array_agg(g.id), '{}') INTO conversation_ids FROM gone AS g;
    END IF;
    DELETE FROM public.topology_snapshots AS t WHERE t.id IN (SELECT o.id FROM public.topology_snapshots AS o WHERE o.user_id = p_id LIMIT 100);
    GET DIAGNOSTICS changed = ROW_COUNT;
    total := total + changed;
    UPDATE public.usage_ledger AS l SET user_id = alias, conversation_id = NULL, message_id = NULL, provider_usage = NULL
    WHERE l.id IN (SELECT o.id FROM public.usage_ledger AS o WHERE o.user_id = p_id LIMIT 5000);
    GET DIAGNOSTICS changed = ROW_COUNT;
    done := total + changed + cardinality(conversation_ids) = 0;
    RETURN NEXT;
END
$$;

-- Erases what is left, the account itself last. False: it is not due, or has gone.
CREATE FUNCTION erasure_finish(p_id uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    alias uuid;
BEGIN
    SELECT u.ledger_alias INTO alias FROM public.users AS u WHERE u.id = p_id AND u.erase_after <= clock_timestamp() FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN FALSE;
    END IF;
    UPDATE public.usage_ledger AS l SET user_id = alias, conversation_id = NULL, message_id = NULL, provider_usage = NULL WHERE l.user_id = p_id;
    DELETE FROM public.users AS u WHERE u.id = p_id;
    PERFORM public.audit_append('system', NULL, 'account.erase', p_id, NULL, NULL);
    RETURN TRUE;
END
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- Administration
-- ---------------------------------------------------------------------------------------------------------------

-- Whether the session itself, not the function that it has called, may act as the owner: the operator's command line.
CREATE FUNCTION admin_is_operator() RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT nullif(current_setting('app.current_user_id', true), '') IS NULL
        AND pg_has_role(coalesce(nullif(current_setting('role'), 'none')::name, session_user), 'netguru_owner', 'MEMBER')
$$;

CREATE OR REPLACE FUNCTION admin_require() RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT public.admin_is_operator() AND NOT EXISTS (
            SELECT FROM public.users AS u WHERE u.id = nullif(current_setting('app.current_user_id', true), '')::uuid
            AND u.is_superuser AND u.is_active) THEN
        RAISE EXCEPTION 'administrators only' USING ERRCODE = 'insufficient_privilege';
    END IF;
END
$$;

CREATE FUNCTION admin_append(p_by jsonb, p_action text, p_user uuid, p_subject text, p_details jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM public.audit_append(CASE WHEN public.admin_is_operator() THEN 'operator' ELSE 'administrator' END, p_by, p_action, p_user,
        p_subject, p_details);
END
$$;

-- Pages: the key of a row, and the time in it.
CREATE FUNCTION admin_page_key(p_time timestamptz, p_id uuid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT (extract(epoch FROM p_time) * 1000000)::bigint || '|' || p_id
$$;
CREATE FUNCTION admin_page_time(p_us bigint) RETURNS timestamptz
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT timestamptz 'epoch' + p_us * interval '1 microsecond'
$$;

CREATE FUNCTION admin_user_json(p_user users) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT jsonb_build_object('id', p_user.id, 'email', p_user.email, 'full_name', p_user.full_name, 'plan_tier', p_user.plan_tier,
        'is_active', p_user.is_active, 'is_superuser', p_user.is_superuser, 'created_at', p_user.created_at, 'updated_at', p_user.updated_at,
        'closed_at', p_user.closed_at, 'erase_after', p_user.erase_after)
$$;

-- Finds an account by its id or its e-mail address.
CREATE FUNCTION admin_user_id(p_user text) RETURNS uuid
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT u.id FROM public.users AS u WHERE lower(u.email) = lower(btrim(p_user))
    UNION ALL
    SELECT u.id FROM public.users AS u
    WHERE u.id = CASE WHEN p_user ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN p_user::uuid END
    LIMIT 1
$$;

-- Records what is looked at or done outside the database: sessions in Redis, settings of a process. With all sessions, the
-- personal access tokens end. Returns the id of
-- the account; NULL, and no entry, if there is none.
CREATE FUNCTION admin_note(p_by jsonb, p_action text, p_user text DEFAULT NULL, p_subject text DEFAULT NULL) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    account CONSTANT uuid := public.admin_user_id(p_user);
BEGIN
    PERFORM public.admin_require();
    IF p_action NOT IN ('session.list', 'session.end', 'session.end_all', 'settings.show') THEN
        RAISE EXCEPTION 'not an action to note' USING ERRCODE = 'check_violation';
    END IF;
    IF p_action = 'session.end_all' THEN
        DELETE FROM public.personal_access_tokens AS t WHERE t.user_id = account;
    END IF;
    IF p_user IS NULL OR account IS NOT NULL THEN
        PERFORM public.admin_append(p_by, p_action, account, p_subject, NULL);
    END IF;
    RETURN account;
END
$$;

DROP FUNCTION admin_user_update(uuid, text, boolean);
DROP FUNCTION admin_user_list(integer, timestamptz, uuid);

-- Lists accounts, newest first; p_search is a part of the e-mail address or the name. The text of a search is not
-- recorded, because it may be an address that is erased later.
CREATE FUNCTION admin_user_list(p_by jsonb, p_limit integer, p_search text DEFAULT NULL, p_before_us bigint DEFAULT NULL, p_before_id uuid DEFAULT NULL)
RETURNS TABLE (item jsonb, key text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM public.admin_require();
    RETURN QUERY
        SELECT public.admin_user_json(u), public.admin_page_key(u.created_at, u.id)
        FROM public.users AS u
        WHERE (p_before_us IS NULL OR (u.created_at, u.id) < (public.admin_page_time(p_before_us), p_before_id))
          AND (p_search IS NULL OR strpos(lower(u.email), lower(p_search)) > 0 OR strpos(lower(u.full_name), lower(p_search)) > 0)
        ORDER BY u.created_at DESC, u.id DESC
        LIMIT least(greatest(p_limit, 0), 1000);
    PERFORM public.admin_append(p_by, 'user.list', NULL, NULL, jsonb_build_object('search', p_search IS NOT NULL));
END
$$;

-- Shows an account with what it holds, in numbers. NULL: there is none.
CREATE FUNCTION admin_user_show(p_by jsonb, p_user text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    account public.users;
    shown jsonb;
BEGIN
    PERFORM public.admin_require();
    SELECT * INTO account FROM public.users AS u WHERE u.id = public.admin_user_id(p_user);
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    shown := public.admin_user_json(account) || jsonb_build_object(
        'documents', (SELECT jsonb_build_object('count', count(*), 'bytes', coalesce(sum(d.file_size_bytes), 0)) FROM public.documents AS d
            WHERE d.user_id = account.id),
        'conversations', (SELECT jsonb_build_object('count', count(*), 'messages', coalesce(sum(c.message_count), 0)) FROM public.conversations AS c
            WHERE c.user_id = account.id),
        'api_keys', (SELECT count(*) FROM public.api_keys AS k WHERE k.user_id = account.id),
        'topologies', (SELECT count(*) FROM public.topology_snapshots AS t WHERE t.user_id = account.id),
        'jobs', (SELECT coalesce(jsonb_object_agg(j.status, j.count), '{}') FROM (
            SELECT t.status, count(*) FROM public.analysis_tasks AS t WHERE t.user_id = account.id GROUP BY t.status) AS j),
        'consents', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'scope', c.scope, 'expires_at', c.expires_at)), '[]')
            FROM public.consents AS c WHERE c.user_id = account.id AND c.withdrawn_at IS NULL AND c.expires_at > clock_timestamp()));
    PERFORM public.admin_append(p_by, 'user.show', account.id, NULL, NULL);
    RETURN shown;
END
$$;

-- Changes plan, access and rights; NULL leaves a value as it is. Only the operator changes rights. An account that is
-- enabled again is no longer closed, unless it is being erased. NULL: there is no such account.
CREATE FUNCTION admin_user_update(p_by jsonb, p_user text, p_plan_tier text DEFAULT NULL, p_is_active boolean DEFAULT NULL,
    p_is_superuser boolean DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    account public.users;
BEGIN
    PERFORM public.admin_require();
    SELECT * INTO account FROM public.users AS u WHERE u.id = public.admin_user_id(p_user) FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF p_is_superuser IS NOT NULL AND NOT public.admin_is_operator() THEN
        RAISE EXCEPTION 'only the operator changes rights' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF p_is_active = FALSE AND account.id = nullif(current_setting('app.current_user_id', true), '')::uuid THEN
        RAISE EXCEPTION 'an administrator cannot deactivate itself' USING ERRCODE = 'check_violation';
    END IF;
    IF p_is_active AND account.erase_after <= clock_timestamp() THEN
        RAISE EXCEPTION 'the account is being erased' USING ERRCODE = 'check_violation';
    END IF;
    UPDATE public.users AS u SET
        plan_tier = coalesce(p_plan_tier, u.plan_tier), is_active = coalesce(p_is_active, u.is_active),
        is_superuser = coalesce(p_is_superuser, u.is_superuser),
        closed_at = CASE WHEN p_is_active THEN NULL ELSE u.closed_at END, erase_after = CASE WHEN p_is_active THEN NULL ELSE u.erase_after END,
        ledger_alias = CASE WHEN p_is_active THEN NULL ELSE u.ledger_alias END
    WHERE u.id = account.id RETURNING u.* INTO account;
    PERFORM public.admin_append(p_by, CASE WHEN p_is_active THEN 'user.enable' WHEN NOT p_is_active THEN 'user.disable' ELSE 'user.change' END,
        account.id, NULL, jsonb_strip_nulls(jsonb_build_object('plan_tier', p_plan_tier, 'is_superuser', p_is_superuser)));
    RETURN public.admin_user_json(account);
END
$$;

-- Creates an account, for the operator alone. With p_replace an account of that address gets the hash, and is enabled if
-- p_enable is set; its rights stay or grow. Its personal access tokens end, unless p_enable is set: netguru up sets its own
-- password at each start. NULL: the address is taken.
CREATE FUNCTION admin_user_create(p_by jsonb, p_email text, p_hashed_password text, p_full_name text, p_plan_tier text, p_is_superuser boolean,
    p_replace boolean, p_enable boolean) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    made uuid;
    is_new boolean;
BEGIN
    IF NOT public.admin_is_operator() THEN
        RAISE EXCEPTION 'only the operator creates accounts' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO public.users AS u (email, hashed_password, full_name, plan_tier, is_superuser)
    VALUES (p_email, p_hashed_password, p_full_name, coalesce(p_plan_tier, 'solo'), p_is_superuser)
    ON CONFLICT (lower(email)) DO UPDATE SET
        hashed_password = excluded.hashed_password, plan_tier = coalesce(p_plan_tier, u.plan_tier), is_superuser = u.is_superuser OR p_is_superuser,
        is_active = u.is_active OR (p_enable AND u.erase_after IS NULL)
    WHERE p_replace
    RETURNING u.id, u.xmax = 0 INTO made, is_new;
    IF made IS NOT NULL THEN
        IF NOT p_enable THEN
            DELETE FROM public.personal_access_tokens AS t WHERE t.user_id = made;
        END IF;
        PERFORM public.admin_append(p_by, CASE WHEN is_new THEN 'user.create' ELSE 'password.replace' END, made, NULL,
            jsonb_strip_nulls(jsonb_build_object('plan_tier', p_plan_tier, 'is_superuser', nullif(p_is_superuser, FALSE))));
    END IF;
    RETURN made;
END
$$;

-- Closes an account, which the sweep erases after the retention. NULL: there is none.
CREATE FUNCTION admin_user_erase(p_by jsonb, p_user text, p_retention interval) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    account uuid;
    due timestamptz;
BEGIN
    PERFORM public.admin_require();
    account := public.admin_user_id(p_user);
    IF account = nullif(current_setting('app.current_user_id', true), '')::uuid THEN
        RAISE EXCEPTION 'an administrator cannot erase itself here' USING ERRCODE = 'check_violation';
    END IF;
    due := public.account_mark_closed(account, p_retention);
    IF due IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM public.admin_append(p_by, 'user.erase', account, NULL, jsonb_build_object('erase_after', due));
    RETURN jsonb_build_object('id', account, 'erase_after', due);
END
$$;

CREATE FUNCTION admin_user_usage(p_by jsonb, p_user text, p_days integer) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    account CONSTANT uuid := public.admin_user_id(p_user);
    since CONSTANT timestamptz := (date_trunc('day', now() AT TIME ZONE 'UTC') - (p_days - 1) * interval '1 day') AT TIME ZONE 'UTC';
    shown jsonb;
BEGIN
    PERFORM public.admin_require();
    IF account IS NULL THEN
        RETURN NULL;
    END IF;
    shown := jsonb_build_object('days', coalesce((SELECT jsonb_agg(d ORDER BY d.date DESC) FROM (
            SELECT (l.occurred_at AT TIME ZONE 'UTC')::date AS date, count(*) AS answers, coalesce(sum(l.tokens_in), 0) AS tokens_in,
                coalesce(sum(l.tokens_out), 0) AS tokens_out, sum(l.tokens_total) AS tokens_total, coalesce(sum(l.cost_micros), 0) AS cost_micros
            FROM public.usage_ledger AS l WHERE l.user_id = account AND l.occurred_at >= since GROUP BY 1) AS d), '[]'),
        'models', coalesce((SELECT jsonb_agg(m ORDER BY m.tokens_total DESC, m.provider, m.model) FROM (
            SELECT l.provider, l.model, count(*) AS answers, sum(l.tokens_total) AS tokens_total
            FROM public.usage_ledger AS l WHERE l.user_id = account AND l.occurred_at >= since GROUP BY 1, 2) AS m), '[]'));
    PERFORM public.admin_append(p_by, 'user.usage', account, NULL, NULL);
    RETURN shown;
END
$$;

-- Jobs. A reason may quote the input, so what stands between quotation marks is blanked.
CREATE FUNCTION admin_job_json(p_task analysis_tasks) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT jsonb_build_object('id', p_task.id, 'user_id', p_task.user_id, 'document_id', p_task.document_id, 'task_type', p_task.task_type,
        'queue', p_task.queue, 'status', p_task.status, 'failure_kind', p_task.failure_kind,
        'error_message', regexp_replace(p_task.error_message, '"[^"]*"|''[^'']*''|`[^`]*`', '"…"', 'g'),
        'attempts', p_task.attempts, 'max_attempts', p_task.max_attempts, 'restarts', p_task.deaths, 'progress', p_task.progress,
        'stage', p_task.stage, 'cancel_requested', p_task.cancel_requested, 'created_at', p_task.created_at, 'sent_at', p_task.sent_at,
        'next_attempt_at', p_task.next_attempt_at, 'started_at', p_task.started_at, 'heartbeat_at', p_task.heartbeat_at,
        'lease_expires_at', p_task.lease_expires_at, 'completed_at', p_task.completed_at)
$$;

CREATE FUNCTION admin_job_list(p_by jsonb, p_limit integer, p_status text DEFAULT NULL, p_queue text DEFAULT NULL, p_kind text DEFAULT NULL,
    p_user text DEFAULT NULL, p_before_us bigint DEFAULT NULL, p_before_id uuid DEFAULT NULL)
RETURNS TABLE (item jsonb, key text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    account uuid;
BEGIN
    PERFORM public.admin_require();
    account := public.admin_user_id(p_user);
    IF p_user IS NULL OR account IS NOT NULL THEN
        RETURN QUERY
            SELECT public.admin_job_json(t), public.admin_page_key(t.created_at, t.id)
            FROM public.analysis_tasks AS t
            WHERE (p_before_us IS NULL OR (t.created_at, t.id) < (public.admin_page_time(p_before_us), p_before_id))
              AND (p_status IS NULL OR t.status = p_status) AND (p_queue IS NULL OR t.queue = p_queue)
              AND (p_kind IS NULL OR t.failure_kind = p_kind) AND (account IS NULL OR t.user_id = account)
            ORDER BY t.created_at DESC, t.id DESC
            LIMIT least(greatest(p_limit, 0), 1000);
    END IF;
    PERFORM public.admin_append(p_by, 'job.list', account, NULL,
        jsonb_strip_nulls(jsonb_build_object('status', p_status, 'queue', p_queue, 'failure_kind', p_kind)));
END
$$;

-- Why a job is where it is, in a sentence.
CREATE FUNCTION admin_job_why(p_task analysis_tasks) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT CASE
        WHEN p_task.status = 'completed' THEN 'it is completed'
        WHEN p_task.failure_kind = 'cancelled' THEN 'it was cancelled'
        WHEN p_task.failure_kind = 'dead' AND p_task.deaths >= p_task.max_deaths THEN format('%s workers ended while working on it', p_task.deaths)
        WHEN p_task.failure_kind = 'dead' THEN format('all %s attempts failed', p_task.max_attempts)
        WHEN p_task.status = 'failed' THEN 'it failed with an error that a repetition does not mend'
        WHEN p_task.status = 'running' AND p_task.lease_expires_at IS NULL THEN 'a foreign worker has it'
        WHEN p_task.status = 'running' AND p_task.cancel_requested THEN 'its worker has been asked to stop'
        WHEN p_task.status = 'running' AND p_task.lease_expires_at < clock_timestamp() THEN 'its worker shows no sign of life; it is repeated'
        WHEN p_task.status = 'running' THEN 'a worker is at it'
        WHEN p_task.next_attempt_at > clock_timestamp() THEN format('attempt %s failed; the next one is at %s', p_task.attempts,
            to_char(p_task.next_attempt_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
        ELSE format('%s tasks can come before it', public.task_position(p_task.id)) END
$$;

CREATE FUNCTION admin_job_show(p_by jsonb, p_id uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    task public.analysis_tasks;
BEGIN
    PERFORM public.admin_require();
    SELECT * INTO task FROM public.analysis_tasks AS t WHERE t.id = p_id;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM public.admin_append(p_by, 'job.show', task.user_id, 'job:' || p_id, NULL);
    RETURN public.admin_job_json(task) || jsonb_build_object('why', public.admin_job_why(task), 'position', public.task_position(p_id),
        'queue_state', (SELECT to_jsonb(s) - 'queue' FROM public.task_queue_summary() AS s WHERE s.queue = task.queue));
END
$$;

-- Starts failed tasks again, from their first attempt; the sweep sends their messages. Internal.
CREATE FUNCTION admin_job_restart(p_ids uuid[]) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
    WITH again AS (
        UPDATE public.analysis_tasks AS t SET
            status = 'pending', failure_kind = NULL, error_message = NULL, completed_at = NULL, attempts = 0, deaths = 0, progress = 0,
            cancel_requested = FALSE, next_attempt_at = clock_timestamp() - interval '5 seconds', sent_at = NULL,
            fencing_token = t.fencing_token + 1
        WHERE t.id = ANY (p_ids) AND t.status = 'failed'
        RETURNING t.document_id, t.settles_document
    )
    UPDATE public.documents AS d SET status = 'uploaded', metadata = d.metadata - 'error'
    FROM again AS a WHERE a.settles_document AND d.id = a.document_id AND d.status = 'failed'
$$;

-- 'retried', 'unfinished' (it has not failed), or NULL: there is none.
CREATE FUNCTION admin_job_retry(p_by jsonb, p_id uuid) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    task public.analysis_tasks;
BEGIN
    PERFORM public.admin_require();
    SELECT * INTO task FROM public.analysis_tasks AS t WHERE t.id = p_id FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    ELSIF task.status <> 'failed' THEN
        RETURN 'unfinished';
    END IF;
    PERFORM public.admin_job_restart(ARRAY[p_id]);
    PERFORM public.admin_append(p_by, 'job.retry', task.user_id, 'job:' || p_id, NULL);
    RETURN 'retried';
END
$$;

-- 'cancelled', 'requested' (its worker stops at its next heartbeat), 'settled' (it had ended), or NULL: there is none.
CREATE FUNCTION admin_job_cancel(p_by jsonb, p_id uuid) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    task public.analysis_tasks;
    outcome text := 'settled';
BEGIN
    PERFORM public.admin_require();
    SELECT * INTO task FROM public.analysis_tasks AS t WHERE t.id = p_id FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    ELSIF task.status = 'pending' THEN
        PERFORM public.task_bury(p_id, 'cancelled', 'cancelled by an administrator');
        outcome := 'cancelled';
    ELSIF task.status = 'running' THEN
        UPDATE public.analysis_tasks AS t SET cancel_requested = TRUE WHERE t.id = p_id;
        outcome := 'requested';
    END IF;
    PERFORM public.admin_append(p_by, 'job.cancel', task.user_id, 'job:' || p_id, jsonb_build_object('outcome', outcome));
    RETURN outcome;
END
$$;

-- Starts all dead tasks of a queue (NULL: of every one) again, at most p_limit. Returns their number.
CREATE FUNCTION admin_dead_retry(p_by jsonb, p_queue text, p_limit integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    chosen uuid[];
BEGIN
    PERFORM public.admin_require();
    chosen := ARRAY(
        SELECT t.id FROM public.analysis_tasks AS t WHERE t.failure_kind = 'dead' AND (p_queue IS NULL OR t.queue = p_queue)
        ORDER BY t.id LIMIT least(greatest(p_limit, 0), 1000) FOR UPDATE SKIP LOCKED);
    PERFORM public.admin_job_restart(chosen);
    PERFORM public.admin_append(p_by, 'dead.retry', NULL, NULL, jsonb_strip_nulls(jsonb_build_object('queue', p_queue, 'count', cardinality(chosen))));
    RETURN cardinality(chosen);
END
$$;

-- Deletes dead tasks that ended more than p_days ago, at most p_limit. Their documents stay, as failed.
CREATE FUNCTION admin_dead_purge(p_by jsonb, p_queue text, p_days integer, p_limit integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    gone bigint;
BEGIN
    PERFORM public.admin_require();
    DELETE FROM public.analysis_tasks AS t WHERE t.id IN (
        SELECT o.id FROM public.analysis_tasks AS o
        WHERE o.failure_kind = 'dead' AND (p_queue IS NULL OR o.queue = p_queue) AND o.completed_at <= clock_timestamp() - p_days * interval '1 day'
        ORDER BY o.id LIMIT least(greatest(p_limit, 0), 1000) FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM public.admin_append(p_by, 'dead.purge', NULL, NULL,
        jsonb_strip_nulls(jsonb_build_object('queue', p_queue, 'days', p_days, 'count', gone)));
    RETURN gone;
END
$$;

-- The global knowledge. needs_ingest: the source has chunks that another model, or none, has embedded.
CREATE FUNCTION admin_knowledge_list(p_by jsonb, p_limit integer, p_model text, p_before_us bigint DEFAULT NULL, p_before_id uuid DEFAULT NULL)
RETURNS TABLE (item jsonb, key text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM public.admin_require();
    RETURN QUERY
        SELECT jsonb_build_object('id', s.id, 'name', s.name, 'title', s.title, 'vendor', s.vendor, 'document_type', s.document_type,
                'embedding_model', s.embedding_model, 'sha256', encode(s.sha256, 'hex'), 'ingested_at', s.ingested_at, 'chunks', c.chunks,
                'chunks_without_vector', c.without_vector,
                'needs_ingest', c.without_vector > 0 OR s.embedding_model IS DISTINCT FROM coalesce(p_model, s.embedding_model)),
            public.admin_page_key(s.ingested_at, s.id)
        FROM public.knowledge_sources AS s
        CROSS JOIN LATERAL (
            SELECT count(*) AS chunks, count(*) FILTER (WHERE e.embedding IS NULL) AS without_vector
            FROM public.embeddings AS e WHERE e.source_id = s.id) AS c
        WHERE p_before_us IS NULL OR (s.ingested_at, s.id) < (public.admin_page_time(p_before_us), p_before_id)
        ORDER BY s.ingested_at DESC, s.id DESC
        LIMIT least(greatest(p_limit, 0), 1000);
    PERFORM public.admin_append(p_by, 'knowledge.list', NULL, NULL, NULL);
END
$$;

-- Numbers of the installation. Rows of large tables are the estimates of the planner.
CREATE FUNCTION admin_statistics(p_by jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    shown jsonb;
BEGIN
    PERFORM public.admin_require();
    shown := jsonb_build_object(
        'users', (SELECT jsonb_build_object('total', count(*), 'active', count(*) FILTER (WHERE u.is_active),
            'administrators', count(*) FILTER (WHERE u.is_superuser AND u.is_active), 'closed', count(*) FILTER (WHERE u.closed_at IS NOT NULL))
            FROM public.users AS u),
        'documents', (SELECT jsonb_build_object('count', count(*), 'bytes', coalesce(sum(d.file_size_bytes), 0)) FROM public.documents AS d),
        'estimates', (SELECT jsonb_object_agg(c.relname, greatest(c.reltuples, 0)::bigint) FROM pg_class AS c
            WHERE c.oid IN ('public.conversations'::regclass, 'public.messages'::regclass, 'public.embeddings'::regclass, 'public.audit_log'::regclass)),
        'tokens_24_hours', (SELECT coalesce(sum(l.tokens_total), 0) FROM public.usage_ledger AS l WHERE l.occurred_at >= now() - interval '24 hours'),
        'cost_micros_24_hours', (SELECT coalesce(sum(l.cost_micros), 0) FROM public.usage_ledger AS l WHERE l.occurred_at >= now() - interval '24 hours'),
        'queues', (SELECT jsonb_agg(to_jsonb(s) ORDER BY s.queue) FROM public.task_queue_summary() AS s),
        'dead_jobs', (SELECT count(*) FROM public.analysis_tasks AS t WHERE t.failure_kind = 'dead'),
        'knowledge_sources', (SELECT count(*) FROM public.knowledge_sources),
        'consents', (SELECT count(*) FROM public.consents AS c WHERE c.withdrawn_at IS NULL AND c.expires_at > clock_timestamp()),
        'database_bytes', pg_database_size(current_database()),
        'schema', (SELECT a.version_num FROM public.alembic_version AS a));
    PERFORM public.admin_append(p_by, 'statistics.show', NULL, NULL, NULL);
    RETURN shown;
END
$$;

-- The audit log, newest first. The key is the sequence.
CREATE FUNCTION admin_audit_list(p_by jsonb, p_limit integer, p_before bigint DEFAULT NULL, p_user text DEFAULT NULL, p_action text DEFAULT NULL)
RETURNS TABLE (item jsonb, key text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    -- Entries outlive their account, so an id needs no account.
    account CONSTANT uuid := coalesce(public.admin_user_id(p_user),
        CASE WHEN p_user ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN p_user::uuid END);
BEGIN
    PERFORM public.admin_require();
    IF p_user IS NULL OR account IS NOT NULL THEN
        RETURN QUERY
            SELECT jsonb_build_object('sequence', l.sequence, 'at', l.at, 'actor_kind', l.actor_kind, 'actor_id', l.actor_id, 'actor', l.actor,
                    'action', l.action, 'user_id', l.user_id, 'subject', l.subject, 'reason', l.reason, 'details', l.details::jsonb,
                    'trace_id', l.trace_id, 'address', l.address, 'digest', encode(l.digest, 'hex')), l.sequence::text
            FROM public.audit_log AS l
            WHERE (p_before IS NULL OR l.sequence < p_before) AND (p_action IS NULL OR l.action = p_action)
              AND (account IS NULL OR l.user_id = account)
            ORDER BY l.sequence DESC
            LIMIT least(greatest(p_limit, 0), 1000);
    END IF;
    PERFORM public.admin_append(p_by, 'audit.list', account, NULL, NULL);
END
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- Contents, under a consent of the user
-- ---------------------------------------------------------------------------------------------------------------

-- The consent in force that ends last. Fails with 42501 when there is none. The operator needs one here, too.
CREATE FUNCTION admin_consent(p_user uuid, p_scope text) RETURNS uuid
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    found_id uuid;
BEGIN
    PERFORM public.admin_require();
    SELECT c.id INTO found_id FROM public.consents AS c
    WHERE c.user_id = p_user AND c.scope = p_scope AND c.withdrawn_at IS NULL AND c.expires_at > clock_timestamp()
    ORDER BY c.expires_at DESC LIMIT 1;
    IF found_id IS NULL THEN
        RAISE EXCEPTION 'the user has not consented' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN found_id;
END
$$;

CREATE FUNCTION admin_document_list(p_by jsonb, p_user text, p_limit integer, p_before_us bigint DEFAULT NULL, p_before_id uuid DEFAULT NULL)
RETURNS TABLE (item jsonb, key text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    account CONSTANT uuid := public.admin_user_id(p_user);
    consent CONSTANT uuid := public.admin_consent(account, 'documents');
BEGIN
    RETURN QUERY
        SELECT jsonb_build_object('id', d.id, 'original_filename', d.original_filename, 'file_type', d.file_type, 'file_size_bytes', d.file_size_bytes,
                'status', d.status, 'failure_reason', d.failure_reason, 'vendor', d.vendor, 'created_at', d.created_at, 'processed_at', d.processed_at),
            public.admin_page_key(d.created_at, d.id)
        FROM public.documents AS d
        WHERE d.user_id = account AND (p_before_us IS NULL OR (d.created_at, d.id) < (public.admin_page_time(p_before_us), p_before_id))
        ORDER BY d.created_at DESC, d.id DESC
        LIMIT least(greatest(p_limit, 0), 1000);
    PERFORM public.admin_append(p_by, 'contents.document_list', account, 'consent:' || consent, NULL);
END
$$;

-- The analysed text of a document, chunk by chunk, from a chunk on. NULL: the user has no such document.
CREATE FUNCTION admin_document_text(p_by jsonb, p_user text, p_id uuid, p_limit integer, p_from integer) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    account CONSTANT uuid := public.admin_user_id(p_user);
    consent CONSTANT uuid := public.admin_consent(account, 'documents');
    shown jsonb;
BEGIN
    SELECT jsonb_build_object('id', d.id, 'original_filename', d.original_filename, 'chunks', coalesce((
        SELECT jsonb_agg(jsonb_build_object('chunk_index', c.chunk_index, 'chunk_text', c.chunk_text) ORDER BY c.chunk_index) FROM (
            SELECT e.chunk_index, e.chunk_text FROM public.embeddings AS e WHERE e.document_id = d.id AND e.chunk_index >= p_from
            ORDER BY e.chunk_index LIMIT least(greatest(p_limit, 0), 100)) AS c), '[]'))
    INTO shown FROM public.documents AS d WHERE d.id = p_id AND d.user_id = account;
    IF shown IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM public.admin_append(p_by, 'contents.document_text', account, 'document:' || p_id, jsonb_build_object('consent', consent));
    RETURN shown;
END
$$;

CREATE FUNCTION admin_conversation_list(p_by jsonb, p_user text, p_limit integer, p_before_us bigint DEFAULT NULL, p_before_id uuid DEFAULT NULL)
RETURNS TABLE (item jsonb, key text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    account CONSTANT uuid := public.admin_user_id(p_user);
    consent CONSTANT uuid := public.admin_consent(account, 'conversations');
BEGIN
    RETURN QUERY
        SELECT jsonb_build_object('id', c.id, 'title', c.title, 'model_used', c.model_used, 'message_count', c.message_count,
                'created_at', c.created_at, 'updated_at', c.updated_at), public.admin_page_key(c.updated_at, c.id)
        FROM public.conversations AS c
        WHERE c.user_id = account AND (p_before_us IS NULL OR (c.updated_at, c.id) < (public.admin_page_time(p_before_us), p_before_id))
        ORDER BY c.updated_at DESC, c.id DESC
        LIMIT least(greatest(p_limit, 0), 1000);
    PERFORM public.admin_append(p_by, 'contents.conversation_list', account, 'consent:' || consent, NULL);
END
$$;

CREATE FUNCTION admin_message_list(p_by jsonb, p_user text, p_conversation uuid, p_limit integer, p_before_us bigint DEFAULT NULL,
    p_before_id uuid DEFAULT NULL)
RETURNS TABLE (item jsonb, key text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    account CONSTANT uuid := public.admin_user_id(p_user);
    consent CONSTANT uuid := public.admin_consent(account, 'conversations');
BEGIN
    RETURN QUERY
        SELECT jsonb_build_object('id', m.id, 'parent_id', m.parent_id, 'role', m.role, 'state', m.state, 'content', m.content,
                'created_at', m.created_at), public.admin_page_key(m.created_at, m.id)
        FROM public.messages AS m
        WHERE m.conversation_id = p_conversation AND m.user_id = account
          AND (p_before_us IS NULL OR (m.created_at, m.id) < (public.admin_page_time(p_before_us), p_before_id))
        ORDER BY m.created_at DESC, m.id DESC
        LIMIT least(greatest(p_limit, 0), 1000);
    PERFORM public.admin_append(p_by, 'contents.message_list', account, 'conversation:' || p_conversation, jsonb_build_object('consent', consent));
END
$$;

-- To serve alone, but for what only other functions call.
DO $$
DECLARE
    made record;
BEGIN
    FOR made IN
        SELECT p.oid::regprocedure AS name, p.prosecdef AS is_for_serve FROM pg_catalog.pg_proc AS p
        WHERE p.pronamespace = 'public'::regnamespace AND (p.proname ~ '^(admin|audit|consent|erasure)_'
            OR p.proname IN ('account_change_password', 'account_record_export', 'account_close', 'account_mark_closed', 'usage_ledger_refuse_update'))
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', made.name);
        IF made.is_for_serve THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO netguru_app, netguru_serve', made.name);
        END IF;
    END LOOP;
END
$$;
