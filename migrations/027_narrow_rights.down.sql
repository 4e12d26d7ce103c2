-- SPDX-License-Identifier: Apache-2.0
CREATE OR REPLACE FUNCTION admin_consent(p_user uuid, p_scope text) RETURNS uuid
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
DROP TRIGGER conversations_check_head ON conversations;
DROP FUNCTION conversations_check_head();
REVOKE INSERT (id, user_id, title, model_used, title_source, is_private, created_at, updated_at) ON conversations FROM authenticated_user;
GRANT INSERT ON conversations TO authenticated_user;
REVOKE INSERT (id, conversation_id, role, content, tokens_used, metadata, created_at) ON messages FROM authenticated_user;
GRANT INSERT ON messages TO authenticated_user;
GRANT EXECUTE ON FUNCTION task_inspect(uuid), task_position(uuid) TO authenticated_user;
