-- SPDX-License-Identifier: Apache-2.0
-- Undoes 034_extend_audit_and_metrics.up.sql. Entries of the audit log stay.

CREATE OR REPLACE FUNCTION admin_message_list(p_by jsonb, p_user text, p_conversation uuid, p_limit integer, p_before_us bigint DEFAULT NULL,
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
        ('embedding_generation_is_paused', g.is_paused::integer)) AS v (family, value)
    WHERE v.value IS NOT NULL
$$;

DROP TRIGGER embedding_generations_note_progress ON embedding_generations;
DROP FUNCTION embedding_generations_note_progress();
ALTER TABLE embedding_generations DROP COLUMN changed_at, DROP COLUMN progressed_at;

DROP FUNCTION audit_list_own(uuid, bigint, bigint), audit_export_own(uuid, bigint, bigint), audit_own_item(audit_log);
DROP FUNCTION api_key_record(jsonb, text, uuid);
DROP FUNCTION session_record_end(jsonb, uuid);
DROP FUNCTION session_record_open(jsonb, uuid, text, text, text, boolean);
