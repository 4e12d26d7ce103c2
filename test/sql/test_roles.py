# SPDX-License-Identifier: Apache-2.0
"""What only serve, only work, or both may do: attacks with any SQL that a process can be made to say."""
import uuid

import psycopg2
import psycopg2.errors
import pytest

from conftest import PASSWORD_HASH, fetch

DENIED = psycopg2.errors.InsufficientPrivilege

ONLY_SERVE = {
    "account_", "admin_", "api_key_record", "audit_export_own", "audit_list_own", "consent_", "conversation_delete", "embedding_compare", "embedding_nearest", "erasure_", "message_search", "metrics_read", "personal_token_", "search_recall_", "session_record_", "turn_", "usage_since",
}
ONLY_WORK = {
    "task_claim", "task_claim_all", "task_claim_next", "task_complete", "task_fail", "task_find", "task_find_due", "task_has_due", "task_heartbeat",
    "task_hold", "task_release", "task_sweep",
}


@pytest.fixture(scope="module")
def serve(database, alice):
    connection = database.connect("netguru_serve")
    fetch(connection, "SELECT set_config('app.current_user_id', %s, false)", alice.id)
    return connection


@pytest.fixture(scope="module")
def work(database, alice):
    connection = database.connect("netguru_work")
    fetch(connection, "SELECT set_config('app.current_user_id', %s, false)", alice.id)
    return connection


def functions_of(database, role):
    rows = database.superuser("SELECT DISTINCT proname FROM pg_proc JOIN pg_namespace AS n ON n.oid = pronamespace "
                              "WHERE n.nspname = 'public' AND has_function_privilege(%s, pg_proc.oid, 'EXECUTE') "
                              "AND proowner = 'netguru_owner'::regrole", role)
    return {row[0] for row in rows}


def is_only_of_serve(name):
    return name.startswith(tuple(ONLY_SERVE))


def test_every_function_is_of_the_process_that_needs_it(database):
    serve, work, app = (functions_of(database, role) for role in ("netguru_serve", "netguru_work", "netguru_app"))
    assert {name for name in work if is_only_of_serve(name)} == set()
    assert {"account_find_for_login", "account_register", "account_set_password"} <= serve
    assert work - serve == ONLY_WORK and not serve & ONLY_WORK
    assert {name for name in serve - work} == {name for name in serve if is_only_of_serve(name)}
    assert app == serve | work


@pytest.mark.parametrize("statement", [
    "SELECT hashed_password FROM users", "SELECT * FROM users", "SELECT hashed_password FROM account_find_for_login('alice')",
    "SELECT account_set_password('a', '%s')" % PASSWORD_HASH, "SELECT account_register('x@example.net', '%s')" % PASSWORD_HASH,
    "SELECT account_deactivate()", "SELECT * FROM admin_user_list('{}', 1)", "SELECT * FROM audit_log",
    "SELECT session_record_end('{}', NULL)", "SELECT api_key_record('{}', 'create', uuid_generate_v4())", "SELECT * FROM audit_list_own(NULL, 1)",
    "SELECT count(*) FROM consents", "SELECT consent_give('{}', 'documents', 1)", "SELECT erasure_find_due(1)", "SELECT * FROM metrics_read()",
    "SELECT * FROM search_recall_check('[1]', 'x')", "SELECT * FROM search_recall_note(true, 0, 200, 0, 0)", "UPDATE search_settings SET effort = 3",
    "UPDATE embedding_generations SET state = 'active'", "DELETE FROM embedding_vectors", "UPDATE embedding_vectors SET embedding = NULL",
    "SELECT embedding_compare_note('x', 10, 10, 10)", "SELECT embedding_generation_drop('{}', 'x')",
    "UPDATE users SET full_name = 'x'", "UPDATE users SET hashed_password = 'x'",
    "SELECT * FROM api_keys", "INSERT INTO api_keys (user_id, provider, encrypted_key) VALUES (uuid_generate_v4(), 'openai', 'x')",
    "SELECT * FROM personal_access_tokens", "DELETE FROM personal_access_tokens", "SELECT * FROM personal_token_use('x')",
    "SELECT personal_token_find_alive('{}')",
    "SELECT * FROM conversation_standins", "UPDATE conversation_standins SET map = 'x'",
    "DELETE FROM api_keys", "UPDATE api_keys SET encrypted_key = 'x'", "SELECT last_four FROM api_keys", "SELECT * FROM encryption_canary",
    "INSERT INTO encryption_canary (token, encryption_key_id) VALUES ('x', 'x')", "SET ROLE netguru_serve", "SET ROLE netguru_app", "SET ROLE netguru_owner",
])
def test_work_may_not(work, statement):
    with pytest.raises(DENIED):
        fetch(work, statement)


@pytest.mark.parametrize("statement", [
    "SELECT * FROM task_claim('x', 'w', '30 s')", "SELECT * FROM task_claim_all(ARRAY['x'], 'w', '30 s')", "SELECT task_find_due(ARRAY['rag'])",
    "SELECT * FROM task_claim_next(ARRAY['x'], 1, ARRAY['x'], false, 'w', '30 s')", "SELECT task_has_due(ARRAY['x'], ARRAY['x'])",
    "SELECT task_hold(uuid_generate_v4(), 1)",
    "SELECT task_heartbeat(uuid_generate_v4(), 1, '30 s')", "SELECT task_complete(uuid_generate_v4(), 1, '{}')",
    "SELECT task_fail(uuid_generate_v4(), 1, 'x', true)", "SELECT task_release(uuid_generate_v4(), 1)", "SELECT * FROM task_find('x')",
    "SELECT * FROM task_sweep(10)", "SELECT * FROM metrics_read_sessions()", "SELECT * FROM metrics_read_statements()", "UPDATE analysis_tasks SET status = 'completed'", "DELETE FROM analysis_tasks", "SELECT hashed_password FROM users",
    "SELECT address FROM audit_log", "SELECT audit_own_item(l) FROM audit_log AS l", "SELECT audit_append('user', '{}', 'session.open', NULL, NULL, NULL)",
    "UPDATE search_settings SET effort = 3", "UPDATE embedding_generations SET state = 'active'", "DELETE FROM embedding_vectors",
    "SELECT embedding_generation_switch('{}', 'x', false)", "SELECT embedding_fill_store(1, NULL, '[]', 1)", "SELECT embedding_generations_lock()",
    "SELECT * FROM metrics_read_generations()", "SELECT * FROM metrics_read_recall()", "UPDATE encryption_canary SET token = 'x'", "DELETE FROM encryption_canary", "TRUNCATE encryption_canary", "UPDATE api_keys SET user_id = id",
    "UPDATE personal_access_tokens SET expires_at = NULL", "UPDATE personal_access_tokens SET scopes = '{write}'",
    "UPDATE api_keys SET provider = 'local'", "UPDATE api_keys SET created_at = now()", "SET ROLE netguru_work", "SET ROLE netguru_app", "SET ROLE netguru_owner",
])
def test_serve_may_not(serve, statement):
    with pytest.raises(DENIED):
        fetch(serve, statement)


def test_each_does_its_part_of_a_job(alice, serve, work):
    message = str(uuid.uuid4())
    insert = "INSERT INTO analysis_tasks (user_id, task_type, celery_task_id) VALUES (%s, 'config_validation', %s) RETURNING id"
    task = fetch(serve, insert, alice.id, message)[0][0]
    fetch(serve, "SELECT task_mark_sent(ARRAY[%s::uuid])", task)
    claimed = fetch(work, "SELECT id, fencing_token FROM task_claim(%s, 'w', '30 s')", message)
    assert claimed[0][0] == task
    assert fetch(serve, "SELECT task_cancel(%s)", task) == [("requested",)]
    assert fetch(work, "SELECT task_fail(%s, %s, 'x', true)", task, claimed[0][1]) == [("cancelled",)]


def test_serve_logs_in_and_work_does_not_need_to(alice, serve, work):
    assert fetch(serve, "SELECT hashed_password FROM account_find_for_login(%s)", alice.email) == [(PASSWORD_HASH,)]
    assert fetch(serve, "UPDATE users SET full_name = 'Alice' WHERE id = %s", alice.id) == 1
    assert fetch(work, "SELECT plan_tier FROM users WHERE id = %s", alice.id) == [("solo",)]


@pytest.mark.parametrize("role", ["netguru_serve", "netguru_work"])
def test_both_are_bound_by_row_security(database, alice, bob, role):
    connection = database.connect(role)
    assert fetch(connection, "SELECT count(*) FROM documents") == [(0,)]
    fetch(connection, "SELECT set_config('app.current_user_id', %s, false)", bob.id)
    assert fetch(connection, "SELECT count(*) FROM documents WHERE user_id = %s", alice.id) == [(0,)]
    for statement in ("CREATE TABLE evil (x int)", "CREATE TEMP TABLE evil (x int)", "ALTER ROLE %s BYPASSRLS" % role, "SELECT pg_read_file('/etc/passwd')"):
        with pytest.raises(DENIED):
            fetch(connection, statement)


def test_provision_takes_back_what_a_login_should_not_have(database):
    database.superuser("GRANT netguru_owner, netguru_app TO netguru_work, netguru_serve")
    database.superuser("ALTER ROLE netguru_serve BYPASSRLS CREATEROLE")
    database.provision()
    for role in ("netguru_serve", "netguru_work"):
        assert database.superuser("SELECT rolbypassrls, rolcreaterole, pg_has_role(%s, 'netguru_owner', 'MEMBER'), "
                                  "pg_has_role(%s, 'netguru_app', 'MEMBER'), pg_has_role(%s, 'authenticated_user', 'MEMBER') "
                                  "FROM pg_roles WHERE rolname = %s", role, role, role, role) == [(False, False, False, False, True)]


def test_without_the_roles_the_migration_says_what_to_do(cluster):
    from conftest import MIGRATIONS
    text = next(MIGRATIONS.glob("*_separate_server_roles.up.sql")).read_text()
    database = cluster.create()
    try:
        with pytest.raises(AssertionError, match="run migrations/provision.sql again"):
            database.psql(text.replace("'netguru_serve', 'netguru_work'", "'netguru_elsewhere', 'netguru_nowhere'", 1))
    finally:
        database.close()
