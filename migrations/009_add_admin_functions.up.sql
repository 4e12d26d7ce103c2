-- SPDX-License-Identifier: Apache-2.0
-- Beyond the seed: what an administrator may do through the server. Each function asks first whether the current user
-- is an active superuser and raises insufficient_privilege (42501) when not. Making a superuser is not among them: the
-- command line does that as netguru_owner.

CREATE FUNCTION admin_require() RETURNS void
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

REVOKE ALL ON FUNCTION admin_require(), admin_user_list(integer, timestamptz, uuid), admin_user_update(uuid, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION admin_user_list(integer, timestamptz, uuid), admin_user_update(uuid, text, boolean) TO authenticated_user;
