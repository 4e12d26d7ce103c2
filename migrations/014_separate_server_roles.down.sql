-- SPDX-License-Identifier: Apache-2.0

CREATE FUNCTION pg_temp.give_back(p_function regprocedure) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM netguru_app, netguru_serve, netguru_work', p_function);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO authenticated_user', p_function);
END
$$;

SELECT pg_temp.give_back(p.oid::regprocedure)
FROM pg_catalog.pg_proc AS p CROSS JOIN LATERAL pg_catalog.aclexplode(p.proacl) AS entry
WHERE p.pronamespace = 'public'::regnamespace AND entry.grantee = 'netguru_app'::regrole
ORDER BY p.oid;

REVOKE ALL ON api_keys FROM netguru_app, netguru_serve;
REVOKE ALL (encrypted_key, key_name, is_active, last_used_at, expires_at) ON api_keys FROM netguru_app, netguru_serve;
GRANT SELECT, INSERT, DELETE ON api_keys TO authenticated_user;
GRANT UPDATE (encrypted_key, key_name, is_active, last_used_at, expires_at) ON api_keys TO authenticated_user;

REVOKE UPDATE (full_name) ON users FROM netguru_app, netguru_serve;
GRANT UPDATE (full_name) ON users TO authenticated_user;

DROP FUNCTION pg_temp.give_back(regprocedure);
