-- SPDX-License-Identifier: Apache-2.0
--
-- A personal access token is a login that lasts: that one was made or revoked is an entry of the audit log.

-- Records what the current user does with one of its tokens: 'create' after the row was made, 'revoke' before it goes.
-- Returns whether the token is the user's. The entry says what the token may do and until when, never the secret or its digest.
CREATE FUNCTION personal_token_record(p_by jsonb, p_action text, p_id uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    me CONSTANT uuid := nullif(current_setting('app.current_user_id', true), '')::uuid;
    token public.personal_access_tokens;
BEGIN
    IF p_action IS NULL OR p_action NOT IN ('create', 'revoke') THEN
        RAISE EXCEPTION 'an entry about a token says create or revoke' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT * INTO token FROM public.personal_access_tokens AS t WHERE t.id = p_id AND t.user_id = me FOR UPDATE;
    IF NOT FOUND THEN
        RETURN FALSE;
    END IF;
    PERFORM public.audit_append('user', p_by, 'token.' || p_action, me, 'token:' || p_id,
                                jsonb_build_object('scopes', token.scopes, 'expires_at', token.expires_at));
    RETURN TRUE;
END
$$;
REVOKE ALL ON FUNCTION personal_token_record(jsonb, text, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION personal_token_record(jsonb, text, uuid) TO netguru_app, netguru_serve;
