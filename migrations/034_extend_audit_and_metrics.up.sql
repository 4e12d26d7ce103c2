-- SPDX-License-Identifier: Apache-2.0
-- Sessions and API keys in the audit log, what an operator must know of generations of embeddings that wait or do not progress, and a list of messages that
-- reads only its page.

-- ---------------------------------------------------------------------------------------------------------------
-- Sessions and API keys in the audit log
-- ---------------------------------------------------------------------------------------------------------------

-- Records a session that was opened for the current user, if the account still is what the session was opened for. The session is
-- there already and nobody has its tokens: whoever disables or changes the account commits first and ends its sessions then, so one
-- of the two notices the other. Returns recorded, or why not: wrong (closed, or another password by now), changed (its plan or rights).
CREATE FUNCTION session_record_open(p_by jsonb, p_session uuid, p_how text, p_expected_hash text, p_plan text, p_is_superuser boolean) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    me CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
    account public.users;
BEGIN
    IF p_how IS NULL OR p_how NOT IN ('password', 'registration', 'demo') THEN
        RAISE EXCEPTION 'a session is opened by password, registration or demo' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT * INTO account FROM public.users AS u WHERE u.id = me;
    IF NOT FOUND OR NOT account.is_active OR account.hashed_password IS DISTINCT FROM p_expected_hash THEN
        RETURN 'wrong';
    ELSIF account.plan_tier IS DISTINCT FROM p_plan OR account.is_superuser IS DISTINCT FROM p_is_superuser THEN
        RETURN 'changed';
    END IF;
    PERFORM public.audit_append('user', p_by, 'session.open', me, 'session:' || p_session,
        jsonb_strip_nulls(jsonb_build_object('how', p_how, 'user_agent', left(p_by ->> 'user_agent', 100))));
    RETURN 'recorded';
END
$$;

-- Records that the current user ends one of its sessions, or all of them (p_session is NULL), before they end.
CREATE FUNCTION session_record_end(p_by jsonb, p_session uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    me CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
BEGIN
    IF me IS NULL THEN
        RAISE EXCEPTION 'only a user may end its sessions' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM public.audit_append('user', p_by, CASE WHEN p_session IS NULL THEN 'session.end_all' ELSE 'session.end' END, me, 'session:' || p_session,
        nullif(jsonb_strip_nulls(jsonb_build_object('user_agent', left(p_by ->> 'user_agent', 100))), '{}'));
END
$$;

-- Records what the current user does with one of its keys of a provider: 'create' and 'change' after it was done, 'delete' before the
-- row goes. Returns whether the key is the user's. The entry names the provider, never the key or a part of it.
CREATE FUNCTION api_key_record(p_by jsonb, p_action text, p_id uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    me CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
    used_provider text;
BEGIN
    IF p_action IS NULL OR p_action NOT IN ('create', 'change', 'delete') THEN
        RAISE EXCEPTION 'an entry about a key says create, change or delete' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT k.provider INTO used_provider FROM public.api_keys AS k WHERE k.id = p_id AND k.user_id = me FOR UPDATE;
    IF NOT FOUND THEN
        RETURN FALSE;
    END IF;
    PERFORM public.audit_append('user', p_by, 'key.' || p_action, me, 'key:' || p_id, jsonb_build_object('provider', used_provider));
    RETURN TRUE;
END
$$;

-- What a user sees of an entry about its account. Of its own acts it sees the address and the program that they came from; those of
-- administrators and operators are not shown. Internal.
CREATE FUNCTION audit_own_item(p_entry audit_log) RETURNS json
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT json_build_object('sequence', p_entry.sequence, 'at', p_entry.at, 'actor_kind', p_entry.actor_kind, 'action', p_entry.action,
        'subject', p_entry.subject, 'reason', p_entry.reason,
        'address', CASE WHEN p_entry.actor_kind = 'user' AND p_entry.actor_id = p_entry.user_id THEN p_entry.address END,
        'user_agent', CASE WHEN p_entry.actor_kind = 'user' AND p_entry.actor_id = p_entry.user_id THEN p_entry.details::jsonb ->> 'user_agent' END)
$$;

-- Lists what was done to the current user's account, newest first.
CREATE FUNCTION audit_list_own(p_user uuid, p_limit bigint, p_before bigint DEFAULT NULL)
RETURNS TABLE (item json, key text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT public.audit_own_item(l), l.sequence::text
    FROM public.audit_log AS l
    WHERE l.user_id = p_user AND p_user = nullif(current_setting('app.current_user_id', true), '')::uuid
      AND l.sequence < coalesce(p_before, 9223372036854775807)
    ORDER BY l.sequence DESC LIMIT least(greatest(p_limit, 0), 1001)
$$;

-- The same from the oldest on, after p_after, for an export.
CREATE FUNCTION audit_export_own(p_user uuid, p_after bigint, p_limit bigint)
RETURNS TABLE (item json, key bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT public.audit_own_item(l), l.sequence
    FROM public.audit_log AS l
    WHERE l.user_id = p_user AND p_user = nullif(current_setting('app.current_user_id', true), '')::uuid AND l.sequence > p_after
    ORDER BY l.sequence LIMIT least(greatest(p_limit, 0), 1001)
$$;

REVOKE ALL ON FUNCTION session_record_open(jsonb, uuid, text, text, text, boolean), session_record_end(jsonb, uuid), api_key_record(jsonb, text, uuid),
    audit_own_item(audit_log), audit_list_own(uuid, bigint, bigint), audit_export_own(uuid, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION session_record_open(jsonb, uuid, text, text, text, boolean), session_record_end(jsonb, uuid), api_key_record(jsonb, text, uuid),
    audit_list_own(uuid, bigint, bigint), audit_export_own(uuid, bigint, bigint) TO netguru_app, netguru_serve;

-- ---------------------------------------------------------------------------------------------------------------
-- Generations of embeddings
-- ---------------------------------------------------------------------------------------------------------------

ALTER TABLE embedding_generations
    -- When the state last changed, or the filling was paused or resumed.
    ADD COLUMN changed_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- When vectors were last added, or since when some are missing.
    ADD COLUMN progressed_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP;
UPDATE embedding_generations AS g SET changed_at = coalesce(CASE g.state WHEN 'ready' THEN g.filled_at WHEN 'active' THEN g.activated_at WHEN 'retired' THEN g.retired_at END, g.changed_at);

CREATE FUNCTION embedding_generations_note_progress() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NEW.state <> OLD.state OR NEW.is_paused <> OLD.is_paused THEN
        NEW.changed_at := clock_timestamp();
        NEW.progressed_at := clock_timestamp();
    ELSIF NEW.filled > OLD.filled OR (OLD.filled_at IS NULL AND NEW.filled_at IS NOT NULL) OR (OLD.filled >= OLD.wanted AND NEW.filled < NEW.wanted) THEN
        NEW.progressed_at := clock_timestamp();
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION embedding_generations_note_progress() FROM PUBLIC;
CREATE TRIGGER embedding_generations_note_progress BEFORE UPDATE ON embedding_generations
    FOR EACH ROW EXECUTE FUNCTION embedding_generations_note_progress();

-- As before, with the state, the chunks, the time without progress or without a decision of the operator, and what the comparisons found.
-- The label of a state is that of the generation, a tab, and the state.
CREATE OR REPLACE FUNCTION metrics_read_generations()
RETURNS TABLE (family text, label text, value double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT v.family, g.name::text, v.value
    FROM public.embedding_generations AS g
    CROSS JOIN LATERAL (VALUES
        ('embedding_generation_filled_ratio', CASE WHEN g.wanted > 0 THEN least(g.filled::double precision / g.wanted, 1) ELSE 1 END),
        ('embedding_generation_seconds_left', CASE WHEN g.filled_at IS NOT NULL THEN 0
            WHEN NOT g.is_paused THEN greatest(g.wanted - g.filled, 0) / g.chunks_per_second END),
        ('embedding_generation_is_active', (g.state = 'active')::integer),
        ('embedding_generation_is_paused', g.is_paused::integer),
        ('embedding_generation_chunks', g.filled),
        ('embedding_generation_chunks_left', greatest(g.wanted - g.filled, 0)),
        ('embedding_generation_stalled_seconds', CASE
            WHEN NOT g.is_paused AND (g.state IN ('building', 'dropping') OR g.filled_at IS NULL OR g.filled < g.wanted)
            THEN greatest(extract(epoch FROM clock_timestamp() - g.progressed_at), 0) ELSE 0 END),
        ('embedding_generation_waiting_seconds', CASE
            WHEN g.is_paused OR g.state IN ('ready', 'retired')
            THEN greatest(extract(epoch FROM clock_timestamp() - g.changed_at), 0) ELSE 0 END),
        ('embedding_generation_compared', g.compared),
        ('embedding_generation_agreement', g.agreed_chunks::double precision / nullif(g.compared_chunks, 0)),
        ('embedding_generation_recall', g.found_chunks::double precision / nullif(g.compared_chunks, 0))) AS v (family, value)
    WHERE v.value IS NOT NULL
    UNION ALL
    SELECT 'embedding_generation_state', g.name || E'\t' || s.state, (g.state = s.state)::integer::double precision
    FROM public.embedding_generations AS g
    CROSS JOIN (VALUES ('building'), ('ready'), ('active'), ('retired'), ('dropping')) AS s (state)
$$;

-- ---------------------------------------------------------------------------------------------------------------
-- Administration
-- ---------------------------------------------------------------------------------------------------------------

-- As before, but the conversation is found first: with the user as a second condition on the messages, all of the conversation were read and sorted.
CREATE OR REPLACE FUNCTION admin_message_list(p_by jsonb, p_user text, p_conversation uuid, p_limit integer, p_before_us bigint DEFAULT NULL,
    p_before_id uuid DEFAULT NULL)
RETURNS TABLE (item jsonb, key text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    account CONSTANT uuid := public.admin_user_id(p_user);
    consent CONSTANT uuid := public.admin_consent(account, 'conversations');
    conversation CONSTANT uuid := (SELECT c.id FROM public.conversations AS c WHERE c.id = p_conversation AND c.user_id = account);
BEGIN
    RETURN QUERY
        SELECT jsonb_build_object('id', m.id, 'parent_id', m.parent_id, 'role', m.role, 'state', m.state, 'content', m.content,
                'created_at', m.created_at), public.admin_page_key(m.created_at, m.id)
        FROM public.messages AS m
        WHERE m.conversation_id = conversation
          AND (p_before_us IS NULL OR (m.created_at, m.id) < (public.admin_page_time(p_before_us), p_before_id))
        ORDER BY m.created_at DESC, m.id DESC
        LIMIT least(greatest(p_limit, 0), 1000);
    PERFORM public.admin_append(p_by, 'contents.message_list', account, 'conversation:' || p_conversation, jsonb_build_object('consent', consent));
END
$$;
