# SPDX-License-Identifier: Apache-2.0
"""The SECURITY DEFINER functions under hostile input and hostile surroundings."""
import psycopg2
import psycopg2.errors
import pytest

from conftest import MODEL, PASSWORD_HASH, Tenant, fetch, vector

DENIED = psycopg2.errors.InsufficientPrivilege


def definers(database):
    return database.superuser("""
        SELECT p.oid::regprocedure::text, p.proconfig, pg_catalog.pg_get_function_arguments(p.oid), p.pronargs, p.prorettype = 'trigger'::regtype
        FROM pg_proc AS p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef ORDER BY 1""")


def test_each_definer_pins_its_search_path_and_is_not_public(database):
    found = definers(database)
    assert len(found) >= 15
    for name, config, *_ in found:
        paths = [setting for setting in config if setting.startswith("search_path=")]
        assert paths and paths[0].startswith("search_path=pg_catalog") and paths[0].endswith("pg_temp"), name
    assert database.superuser("""
        SELECT p.oid::regprocedure FROM pg_proc AS p WHERE p.pronamespace = 'public'::regnamespace AND proowner = 'netguru_owner'::regrole
            AND (proacl IS NULL OR EXISTS (SELECT FROM aclexplode(proacl) WHERE grantee = 0))""") == []


HOSTILE = ["", "'", "\\", "' OR true; --", "%", "\x01", "a" * 100000, "é" * 70000, "\ufeff\u202e\u0000".replace("\u0000", ""), "{", "{}", "$$", "%s%n",
           "pg_catalog.pg_sleep(9)", "0", "-1", "NaN", "99999999999999999999"]


def test_hostile_values_are_values(database, alice, bob):
    """Whatever is passed, nothing of alice comes back, and the worst is an orderly error."""
    for name, _, _, count, is_trigger in definers(database):
        if is_trigger or name.startswith("account_deactivate"):
            continue
        function, types = name[:-1].split("(")
        types = types.split(",") if types else []
        for value in [None] + HOSTILE:
            for position in range(max(count, 1)):
                values = [value if position == other else sample(types[other]) for other in range(count)]
                # Any text makes words. What is no tsvector does not reach the function.
                casts = ", ".join("to_tsvector('simple', %s::text)" if kind == "tsvector" else "%s::" + kind for kind in types)
                try:
                    rows = fetch(bob.app, "SELECT * FROM %s(%s)" % (function, casts), *values)
                except psycopg2.Error as error:
                    assert error.pgcode[:2] in ("22", "23", "42") and error.pgcode not in ("42601", "42703", "42883"), (name, value, error)
                    rows = str(error)
                assert "alice" not in str(rows) and PASSWORD_HASH not in str(rows), (name, value)


def sample(kind):
    return {"text": "x", "uuid": "00000000-0000-4000-8000-000000000000", "uuid[]": "{}", "text[]": "{rag}", "integer": 1, "bigint": 1, "jsonb": "{}",
            "boolean": True, "interval": "1 s", "vector": vector(1), "tsvector": "", "timestamp with time zone": "now"}[kind]


def test_search_finds_only_global_rows(database, alice, bob, nobody):
    database.owner("INSERT INTO embeddings (chunk_text, chunk_index, embedding) VALUES ('secret of the curator', 7, %s)", vector(1))
    for session in (alice.app, bob.app, nobody):
        for query in ("SELECT chunk_text FROM knowledge_search_text('secret of', 200)",
                      "SELECT chunk_text FROM knowledge_search_vector('%s', '%s', 200)" % (vector(1), MODEL),
                      "SELECT chunk_text FROM knowledge_search_text('secret'' OR user_id IS NOT NULL --', 200, NULL, NULL)"):
            assert fetch(session, query) == [("secret of the curator",)]


def test_limits_are_clamped(database, bob):
    database.owner("INSERT INTO embeddings (chunk_text, chunk_index, embedding, metadata) SELECT 'many ' || n, n, %s, '{}' FROM generate_series(1, 300) AS n",
                   "[" + ",".join(["1"] * 384) + "]")
    for limit, count in ((-1, 0), (0, 0), (None, 0), (3, 3), (2147483647, 200)):
        assert len(bob.run("SELECT id FROM knowledge_search_text('many', %s)", limit)) == count
        assert len(bob.run("SELECT id FROM knowledge_search_vector(%s, %s, %s)", vector(1), MODEL, limit)) == count


def test_names_cannot_be_shadowed(database, alice):
    """Even where a session has TEMP (provision.sql takes it away), the functions do not see its objects."""
    user = Tenant(database, "shadow")
    database.superuser("GRANT TEMPORARY ON DATABASE %s TO netguru_app" % database.name)
    try:
        user.run("CREATE TEMP TABLE users AS SELECT %s::uuid AS id, 'evil@example.net'::text AS email, 'stolen'::text AS hashed_password, "
                 "'x'::text AS full_name, 'enterprise'::text AS plan_tier, TRUE AS is_active, TRUE AS is_superuser", user.id)
        user.run("CREATE TEMP TABLE analysis_tasks (x int)")
        user.run("CREATE TEMP TABLE embeddings (x int)")
        user.run("CREATE FUNCTION pg_temp.lower(text) RETURNS text LANGUAGE sql AS 'SELECT ''evil@example.net''::text'")
        user.run("CREATE FUNCTION pg_temp.search_query(text) RETURNS tsquery LANGUAGE sql AS 'SELECT NULL::tsquery'")
        user.run("CREATE FUNCTION pg_temp.leak(text, text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE NOTICE ''% %'', $1, $2; RETURN true; END'")
        user.run("CREATE OPERATOR pg_temp.= (FUNCTION = pg_temp.leak, LEFTARG = text, RIGHTARG = text)")
        user.run("SET search_path = pg_temp, public, pg_catalog")
        assert user.run("SELECT * FROM public.account_find_for_login('evil@example.net')") == []
        assert user.run("SELECT id FROM public.account_find_for_login(%s)", alice.email) == [(alice.id,)]
        with pytest.raises(DENIED):
            user.run("SELECT * FROM public.admin_user_list('{}', 1)")
        assert user.run("SELECT public.task_cancel(%s)", alice.task) == [("absent",)]
        assert user.run("SELECT * FROM public.knowledge_search_text('nothing-like-it', 5)") == []
        assert user.app.notices == []
        # The policies were bound to their functions when they were made.
        assert user.run("SELECT count(*) FROM public.documents") == [(1,)]
        # A leaky view or function of one's own still reads as oneself.
        user.run("CREATE TEMP VIEW all_documents AS SELECT * FROM public.documents")
        user.run("CREATE FUNCTION pg_temp.peek(text) RETURNS boolean COST 0.0000001 LANGUAGE plpgsql AS 'BEGIN RAISE NOTICE ''%'', $1; RETURN true; END'")
        assert user.run("SELECT count(*) FROM all_documents") == [(1,)]
        assert user.run("SELECT count(*) FROM public.messages WHERE pg_temp.peek(content)") == [(1,)]
        assert user.run("SELECT count(*) FROM public.embeddings WHERE pg_temp.peek(chunk_text) AND user_id IS NOT NULL") == [(1,)]
        assert "secret of shadow" in str(user.app.notices) and "secret of alice" not in str(user.app.notices)
    finally:
        database.superuser("REVOKE TEMPORARY ON DATABASE %s FROM netguru_app" % database.name)


def test_a_user_cannot_touch_another_users_tasks(alice, bob):
    assert bob.one("SELECT task_cancel(%s)", alice.task) == "absent"
    key = alice.one("SELECT celery_task_id FROM analysis_tasks WHERE id = %s", alice.task)
    token = bob.run("SELECT fencing_token FROM task_claim(%s, 'w', '1 minute')", key)[0][0]
    assert bob.one("SELECT task_complete(%s, %s, '{}')", alice.task, token) is False
    assert alice.one("SELECT task_complete(%s, %s, '{}')", alice.task, token) is True


def test_knowledge_is_replaced_by_the_owner_only(database, bob):
    arguments = "'ospf.md', decode(repeat('%02x', 32), 'hex'), 'm', 'OSPF'"
    first = database.owner("SELECT knowledge_source_replace(%s)" % (arguments % 1))[0][0]
    database.owner("INSERT INTO embeddings (source_id, chunk_text, chunk_index) VALUES (%s, 'hello timer', 0)", first)
    assert database.owner("SELECT knowledge_source_replace(%s)" % (arguments % 1)) == [(None,)]
    assert bob.run("SELECT source_name FROM knowledge_search_text('hello', 5)") == [("ospf.md",)]
    assert database.owner("SELECT knowledge_source_replace(%s)" % (arguments % 2)) == [(first,)]
    assert bob.run("SELECT source_name FROM knowledge_search_text('hello', 5)") == []
    with pytest.raises(psycopg2.errors.CheckViolation):
        database.owner("INSERT INTO embeddings (user_id, source_id, chunk_text, chunk_index) VALUES (%s, %s, 'x', 0)", bob.id, first)
