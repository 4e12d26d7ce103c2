-- SPDX-License-Identifier: Apache-2.0
-- Users and their keys for language models. Runs as netguru_owner after provision.sql; see docs/schema.md.
--
-- How isolation is written, here and in every later migration: each tenant table has row security enabled and forced,
-- one policy for authenticated_user (the user of app.current_user_id), and one for netguru_owner, which FORCE would
-- otherwise lock out: the SECURITY DEFINER functions below run as the owner, and they are the only way past a policy.
-- current_setting(…, true) with nullif: the setting is absent in a new session and '' after a SET LOCAL has ended;
-- both mean "nobody" and see no rows. The sub-select makes it one evaluation a statement instead of one a row.

DO $$
BEGIN
    IF (SELECT count(*) FROM pg_catalog.pg_roles WHERE rolname IN ('netguru_owner', 'netguru_app', 'authenticated_user')) < 3 THEN
        RAISE EXCEPTION 'the roles are missing: run migrations/provision.sql once as a superuser';
    END IF;
    IF current_setting('server_encoding') <> 'UTF8' THEN
        RAISE EXCEPTION 'the database must be encoded in UTF8, not %', current_setting('server_encoding');
    END IF;
END
$$;

-- uuid-ossp is needed from the first table on (the seed lists it with the RAG tables); provision.sql has made it.
CREATE EXTENSION IF NOT EXISTS "uuid-ossp";

-- Alembic's own table, by its own definition. The server reads it to refuse an older or newer database.
CREATE TABLE IF NOT EXISTS alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
GRANT SELECT ON alembic_version TO authenticated_user;

CREATE TABLE users (
    id UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    email VARCHAR(255) NOT NULL,
    hashed_password VARCHAR(255) NOT NULL,
    full_name VARCHAR(255),
    plan_tier VARCHAR(20) NOT NULL DEFAULT 'solo' CHECK (plan_tier IN ('solo', 'team', 'enterprise')),
    is_active BOOLEAN NOT NULL DEFAULT TRUE,
    is_superuser BOOLEAN NOT NULL DEFAULT FALSE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- Unique without regard to case. It stands for the seed's UNIQUE (email) and for idx_users_email: login looks up by
-- lower(email), and nothing looks up by the exact spelling.
CREATE UNIQUE INDEX users_email_lower_key ON users (lower(email));
CREATE INDEX idx_users_plan_tier ON users (plan_tier) WHERE is_active = TRUE;
-- idx_active_users ON users(id) WHERE is_active is absent: the primary key finds a user, active or not.

CREATE TABLE api_keys (
    id UUID PRIMARY KEY DEFAULT uuid_generate_v4(),
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    provider VARCHAR(50) NOT NULL CHECK (provider IN ('openai', 'anthropic', 'azure', 'local')),
    encrypted_key TEXT NOT NULL,
    key_name VARCHAR(100),
    is_active BOOLEAN NOT NULL DEFAULT TRUE,
    last_used_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT CURRENT_TIMESTAMP,
    expires_at TIMESTAMP WITH TIME ZONE,
    -- Two keys without a name are two keys of the same name.
    UNIQUE NULLS NOT DISTINCT (user_id, provider, key_name)
);

CREATE INDEX idx_api_keys_active ON api_keys (user_id, is_active) WHERE is_active = TRUE;
-- idx_api_keys_user_id is absent: the index of the UNIQUE constraint begins with user_id.

-- updated_at follows every real change and never goes back.
CREATE FUNCTION set_updated_at() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    NEW.updated_at := greatest(OLD.updated_at, CURRENT_TIMESTAMP);
    RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION set_updated_at() FROM PUBLIC;

CREATE TRIGGER users_set_updated_at BEFORE UPDATE ON users
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION set_updated_at();

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
CREATE POLICY user_self_policy ON users FOR ALL TO authenticated_user
    USING (id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid))
    WITH CHECK (id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY owner_policy ON users FOR ALL TO netguru_owner USING (true) WITH CHECK (true);
-- A user reads itself but for the hash, and changes its name; everything else goes through the functions below.
GRANT SELECT (id, email, full_name, plan_tier, is_active, is_superuser, created_at, updated_at) ON users TO authenticated_user;
GRANT UPDATE (full_name) ON users TO authenticated_user;

ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY user_api_keys_policy ON api_keys FOR ALL TO authenticated_user
    USING (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid))
    WITH CHECK (user_id = (SELECT nullif(current_setting('app.current_user_id', true), '')::uuid));
CREATE POLICY owner_policy ON api_keys FOR ALL TO netguru_owner USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON api_keys TO authenticated_user;
GRANT UPDATE (encrypted_key, key_name, is_active, last_used_at, expires_at) ON api_keys TO authenticated_user;

-- Login and registration happen before there is a user to be. Each function does one thing to one row.

CREATE FUNCTION account_find_for_login(p_email text)
RETURNS TABLE (id uuid, email text, hashed_password text, full_name text, plan_tier text, is_active boolean, is_superuser boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
        SELECT u.id, u.email::text, u.hashed_password::text, u.full_name::text, u.plan_tier::text, u.is_active, u.is_superuser
        FROM public.users AS u
        WHERE lower(u.email) = lower(btrim(p_email));
END
$$;

-- Raises unique_violation (23505) when the address is taken, check_violation (23514) when a value cannot be stored.
CREATE FUNCTION account_register(p_email text, p_hashed_password text, p_full_name text DEFAULT NULL) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    new_id uuid;
BEGIN
    IF p_email IS NULL OR btrim(p_email) !~ '^[^@\s]+@[^@\s]+$' OR length(btrim(p_email)) > 255 THEN
        RAISE EXCEPTION 'not an e-mail address' USING ERRCODE = 'check_violation';
    END IF;
    IF p_hashed_password IS NULL OR p_hashed_password !~ '^\$[^$]+\$[^$]+.*$' OR length(p_hashed_password) > 255 THEN
        RAISE EXCEPTION 'not a password hash' USING ERRCODE = 'check_violation';
    END IF;
    IF length(p_full_name) > 255 THEN
        RAISE EXCEPTION 'full name longer than 255 characters' USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO public.users (email, hashed_password, full_name)
    VALUES (btrim(p_email), p_hashed_password, p_full_name)
    RETURNING id INTO new_id;
    RETURN new_id;
END
$$;

-- Replaces the hash of the current user if it is still the one the caller verified against. False when it is not.
CREATE FUNCTION account_set_password(p_expected_hash text, p_new_hash text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF p_new_hash IS NULL OR p_new_hash !~ '^\$[^$]+\$[^$]+.*$' OR length(p_new_hash) > 255 THEN
        RAISE EXCEPTION 'not a password hash' USING ERRCODE = 'check_violation';
    END IF;
    UPDATE public.users SET hashed_password = p_new_hash
    WHERE id = nullif(current_setting('app.current_user_id', true), '')::uuid AND hashed_password = p_expected_hash;
    RETURN FOUND;
END
$$;

-- Soft delete of the current user; its rows stay.
CREATE FUNCTION account_deactivate() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE public.users SET is_active = FALSE
    WHERE id = nullif(current_setting('app.current_user_id', true), '')::uuid AND is_active;
    RETURN FOUND;
END
$$;

REVOKE ALL ON FUNCTION account_find_for_login(text), account_register(text, text, text),
    account_set_password(text, text), account_deactivate() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION account_find_for_login(text), account_register(text, text, text),
    account_set_password(text, text), account_deactivate() TO authenticated_user;
