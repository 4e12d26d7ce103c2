-- SPDX-License-Identifier: Apache-2.0
-- serve and work log in as roles of their own. Whoever finds a way to send SQL through one of them gets the privileges of
-- that process and no more: work reads no password hash and no key of a language model, serve claims and ends no job.
-- netguru_app may do what both may, so that one address for both keeps working.

DO $$
BEGIN
    IF (SELECT count(*) FROM pg_catalog.pg_roles WHERE rolname IN ('netguru_serve', 'netguru_work')) < 2 THEN
        RAISE EXCEPTION 'the roles netguru_serve and netguru_work are missing: run migrations/provision.sql again as a superuser';
    END IF;
END
$$;

-- Takes a function from the group, and gives it to the one role that needs it and to netguru_app.
CREATE FUNCTION pg_temp.give(p_function regprocedure, p_role text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM authenticated_user', p_function);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO netguru_app, %I', p_function, p_role);
END
$$;

-- Everything about accounts is serve's: login, registration, administration.
SELECT pg_temp.give(p.oid::regprocedure, 'netguru_serve')
FROM pg_catalog.pg_proc AS p
WHERE p.pronamespace = 'public'::regnamespace AND p.proname ~ '^(account|admin)_'
    AND has_function_privilege('authenticated_user', p.oid, 'EXECUTE')
ORDER BY p.oid;

-- The life of a job is work's. Serve inserts, cancels and looks at jobs, and marks their messages as sent.
SELECT pg_temp.give(p.oid::regprocedure, 'netguru_work')
FROM pg_catalog.pg_proc AS p
WHERE p.pronamespace = 'public'::regnamespace
    AND p.proname IN ('task_claim', 'task_claim_all', 'task_find_due', 'task_heartbeat', 'task_complete', 'task_fail', 'task_release', 'task_find',
        'task_sweep', 'task_claim_next', 'task_has_due', 'task_hold')
    AND has_function_privilege('authenticated_user', p.oid, 'EXECUTE')
ORDER BY p.oid;

REVOKE ALL ON api_keys FROM authenticated_user;
REVOKE ALL (encrypted_key, key_name, is_active, last_used_at, expires_at) ON api_keys FROM authenticated_user;
GRANT SELECT, INSERT, DELETE ON api_keys TO netguru_app, netguru_serve;
GRANT UPDATE (encrypted_key, key_name, is_active, last_used_at, expires_at) ON api_keys TO netguru_app, netguru_serve;

REVOKE UPDATE (full_name) ON users FROM authenticated_user;
GRANT UPDATE (full_name) ON users TO netguru_app, netguru_serve;

DROP FUNCTION pg_temp.give(regprocedure, text);
