-- SPDX-License-Identifier: Apache-2.0
-- What the isolation matrix found (docs/schema.md): rights of the servers that reached into other accounts.

-- The state of any task, with its error, which may quote the file. Only functions of the owner and the operator call these.
REVOKE EXECUTE ON FUNCTION task_inspect(uuid), task_position(uuid) FROM authenticated_user;

-- A message could name a message of another conversation as its parent: whether it was accepted told that there is such a
-- message, and the row went with that one. The trigger of messages fills the other columns in, the parent from the head.
REVOKE INSERT ON messages FROM authenticated_user;
GRANT INSERT (id, conversation_id, role, content, tokens_used, metadata, created_at) ON messages TO authenticated_user;

-- The head is a message of its conversation, which a new one does not have. The owner's functions see to that themselves.
REVOKE INSERT ON conversations FROM authenticated_user;
GRANT INSERT (id, user_id, title, model_used, title_source, is_private, created_at, updated_at) ON conversations TO authenticated_user;
CREATE FUNCTION conversations_check_head() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.messages AS m WHERE m.id = NEW.head_id AND m.conversation_id = NEW.id) THEN
        RAISE EXCEPTION 'no such message in the conversation' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION conversations_check_head() FROM PUBLIC;
CREATE TRIGGER conversations_check_head BEFORE UPDATE OF head_id ON conversations FOR EACH ROW
    WHEN (NEW.head_id IS NOT NULL AND NEW.head_id IS DISTINCT FROM OLD.head_id AND CURRENT_USER <> 'netguru_owner')
    EXECUTE FUNCTION conversations_check_head();

-- As before, but a consent counts only while its user could withdraw it: not of an account that is disabled or closed.
CREATE OR REPLACE FUNCTION admin_consent(p_user uuid, p_scope text) RETURNS uuid
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    found_id uuid;
BEGIN
    PERFORM public.admin_require();
    SELECT c.id INTO found_id FROM public.consents AS c JOIN public.users AS u ON u.id = c.user_id
    WHERE c.user_id = p_user AND u.is_active AND c.scope = p_scope AND c.withdrawn_at IS NULL AND c.expires_at > clock_timestamp()
    ORDER BY c.expires_at DESC LIMIT 1;
    IF found_id IS NULL THEN
        RAISE EXCEPTION 'the user has not consented' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN found_id;
END
$$;
