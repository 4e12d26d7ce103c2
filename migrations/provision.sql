-- SPDX-License-Identifier: Apache-2.0
--
-- What only a superuser may do, once per database and before 001: roles, extensions, ownership. Idempotent, plain SQL
-- (no psql commands), safe in one transaction, and safe when another database of the cluster already made the roles.
--
--   netguru_owner       NOLOGIN. Owns the database and every object; migrations run as it (SET ROLE netguru_owner).
--   authenticated_user  NOLOGIN group that the grants and row-level security policies are written for.
--   netguru_serve       LOGIN of serve. Member of authenticated_user and of nothing else, owns nothing.
--   netguru_work        LOGIN of work, likewise. 014_separate_server_roles says what only one of the two may do.
--   netguru_app         LOGIN that may do what both may, for servers that use one address for both.
--   netguru_backup      NOLOGIN, BYPASSRLS, reads everything: pg_dump --role=netguru_backup. (The owner cannot dump:
--                       row security is forced on it, and pg_dump refuses to dump through a policy.)
--
-- The logins get no password here: peer authentication on the private socket needs none, and an operator sets one with
-- ALTER ROLE where TCP is used.

DO $$
DECLARE
    wanted record;
BEGIN
    FOR wanted IN
        SELECT * FROM (VALUES
            ('netguru_owner', 'NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS'),
            ('authenticated_user', 'NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS'),
            ('netguru_app', 'LOGIN INHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS'),
            ('netguru_serve', 'LOGIN INHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS'),
            ('netguru_work', 'LOGIN INHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS'),
            ('netguru_backup', 'NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION BYPASSRLS')
        ) AS role_list (name, attributes)
    LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = wanted.name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I %s', wanted.name, wanted.attributes);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL; -- another database of this cluster is being provisioned at the same moment
            END;
        END IF;
    END LOOP;

    -- A role of that name that came from elsewhere must not carry more than it should.
    FOR wanted IN
        SELECT rolname AS name FROM pg_catalog.pg_roles
        WHERE rolname IN ('netguru_owner', 'authenticated_user', 'netguru_app', 'netguru_serve', 'netguru_work')
          AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)
    LOOP
        EXECUTE format('ALTER ROLE %I NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB NOREPLICATION', wanted.name);
    END LOOP;

    FOR wanted IN
        SELECT DISTINCT granted.rolname AS name
        FROM pg_catalog.pg_auth_members AS membership
        JOIN pg_catalog.pg_roles AS granted ON granted.oid = membership.roleid
        JOIN pg_catalog.pg_roles AS member ON member.oid = membership.member
        WHERE member.rolname IN ('netguru_app', 'netguru_serve', 'netguru_work', 'authenticated_user') AND granted.rolname <> 'authenticated_user'
    LOOP
        EXECUTE format('REVOKE %I FROM netguru_app, netguru_serve, netguru_work, authenticated_user', wanted.name);
    END LOOP;

    FOR wanted IN
        SELECT login AS name FROM unnest(ARRAY['netguru_app', 'netguru_serve', 'netguru_work']) AS login
        WHERE NOT pg_has_role(login, 'authenticated_user', 'MEMBER')
    LOOP
        EXECUTE format('GRANT authenticated_user TO %I', wanted.name);
    END LOOP;
    IF NOT pg_has_role('netguru_backup', 'pg_read_all_data', 'MEMBER') THEN
        GRANT pg_read_all_data TO netguru_backup;
    END IF;
    -- For metrics_read(), which serve may call: it shows numbers of all sessions and statements, and no texts.
    IF NOT pg_has_role('netguru_owner', 'pg_read_all_stats', 'MEMBER') THEN
        GRANT pg_read_all_stats TO netguru_owner;
    END IF;
END
$$;

-- The database belongs to the owner, and its temporary schema is closed: a session of the application cannot make
-- objects of any kind, so there is nothing to shadow a name with.
DO $$
BEGIN
    IF (SELECT datdba::regrole::text FROM pg_catalog.pg_database WHERE datname = current_database()) <> 'netguru_owner' THEN
        EXECUTE format('ALTER DATABASE %I OWNER TO netguru_owner', current_database());
    END IF;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO netguru_app, netguru_backup, netguru_serve, netguru_work', current_database());
END
$$;

ALTER SCHEMA public OWNER TO netguru_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO authenticated_user, netguru_backup;

-- Nor large objects, which belong to their maker, are bound by no policy, and stop a dump of the backup role.
REVOKE EXECUTE ON FUNCTION pg_catalog.lo_create(oid), pg_catalog.lo_creat(integer), pg_catalog.lo_from_bytea(oid, bytea) FROM PUBLIC;

-- Functions are born executable by PUBLIC; not the owner's.
ALTER DEFAULT PRIVILEGES FOR ROLE netguru_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- "vector" is not a trusted extension in every packaged version, so it cannot be left to the migrations alone.
CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS btree_gin WITH SCHEMA public;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'pg_stat_statements') THEN
        CREATE EXTENSION IF NOT EXISTS pg_stat_statements WITH SCHEMA public;
    END IF;
END
$$;
