-- SPDX-License-Identifier: Apache-2.0
-- Personal access tokens: what a program shows instead of a login. Only the SHA-256 digest of a token is stored. A token
-- counts only while its user is active and it has not expired; the functions below check both in the statement.

CREATE TABLE personal_access_tokens (
    id UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name VARCHAR(100) NOT NULL CHECK (btrim(name) <> ''),
    token_digest BYTEA NOT NULL UNIQUE CHECK (length(token_digest) = 32),
    last_four VARCHAR(4) NOT NULL,
    scopes TEXT[] NOT NULL CHECK (cardinality(scopes) >= 1 AND cardinality(scopes) <= 4 AND scopes <@ ARRAY['read', 'chat', 'write', 'mcp']),
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP,
    expires_at TIMESTAMP WITH TIME ZONE,
    last_used_at TIMESTAMP WITH TIME ZONE,
    UNIQUE (user_id, name)
);
CREATE INDEX idx_personal_access_tokens_user ON personal_access_tokens (user_id, created_at DESC, id DESC);
ALTER TABLE personal_access_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE personal_access_tokens FORCE ROW LEVEL SECURITY;
CREATE POLICY user_personal_access_tokens_policy ON personal_access_tokens FOR ALL TO authenticated_user
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid))
    WITH CHECK (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY owner_policy ON personal_access_tokens FOR ALL TO netguru_owner USING (true) WITH CHECK (true);
REVOKE ALL ON personal_access_tokens FROM authenticated_user;
GRANT SELECT, INSERT, DELETE ON personal_access_tokens TO netguru_app, netguru_serve;

-- Finds the user of a token, and notes its use at most once a minute. A row that another request has locked for the same
-- note is passed over.
CREATE FUNCTION personal_token_use(p_digest bytea) RETURNS TABLE (id uuid, user_id uuid, scopes text[], plan_tier text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    used timestamptz;
BEGIN
    SELECT t.id, t.user_id, t.scopes, u.plan_tier::text, t.last_used_at INTO id, user_id, scopes, plan_tier, used
    FROM public.personal_access_tokens AS t JOIN public.users AS u ON u.id = t.user_id
    WHERE t.token_digest = p_digest AND u.is_active AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp());
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF used IS NULL OR used < clock_timestamp() - interval '1 minute' THEN
        UPDATE public.personal_access_tokens AS t SET last_used_at = clock_timestamp()
        WHERE t.id = (
            SELECT l.id FROM public.personal_access_tokens AS l
            WHERE l.token_digest = p_digest AND l.last_used_at IS NOT DISTINCT FROM used FOR UPDATE SKIP LOCKED);
    END IF;
    RETURN NEXT;
END
$$;

-- Those of the tokens that count, for connections that outlive their request.
CREATE FUNCTION personal_token_find_alive(p_ids uuid[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT t.id FROM public.personal_access_tokens AS t JOIN public.users AS u ON u.id = t.user_id
    WHERE t.id = ANY (p_ids) AND u.is_active AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp())
$$;

REVOKE ALL ON FUNCTION personal_token_use(bytea), personal_token_find_alive(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION personal_token_use(bytea), personal_token_find_alive(uuid[]) TO netguru_app, netguru_serve;
