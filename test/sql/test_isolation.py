# SPDX-License-Identifier: Apache-2.0
"""Attacks on every tenant table: as another user, as nobody, and with any SQL that netguru_app can say."""
import io
import uuid

import psycopg2
import psycopg2.errors
import pytest

from conftest import PASSWORD_HASH, Tenant, fetch, vector

# table: how a session names alice's rows, and a column it may update
TABLES = {
    "users": ("id = %(user)s", "full_name = 'x'"),
    "api_keys": ("user_id = %(user)s", "key_name = 'x'"),
    "personal_access_tokens": ("user_id = %(user)s", None),
    "conversations": ("user_id = %(user)s", "title = 'x'"),
    "conversation_standins": ("user_id = %(user)s", "map = 'x'"),
    "conversation_turns": ("user_id = %(user)s", None),
    "messages": ("conversation_id = %(conversation)s", "metadata = '{}'"),
    "documents": ("user_id = %(user)s", "metadata = '{}'"),
    "embeddings": ("user_id = %(user)s", "metadata = '{}'"),
    "analysis_tasks": ("user_id = %(user)s", None),
    "topology_snapshots": ("user_id = %(user)s", "title = 'x'"),
    "usage_ledger": ("user_id = %(user)s", None),
    "search_settings": ("user_id = %(user)s", None),
    "audit_log": ("user_id = %(user)s", None),
    "consents": ("user_id = %(user)s", None),
}
NOT_DELETED = {"users", "messages", "conversation_turns", "analysis_tasks", "usage_ledger", "search_settings", "audit_log", "consents"}
DENIED = psycopg2.errors.InsufficientPrivilege  # 42501: no privilege, or a row that a policy's WITH CHECK refuses


def execute(connection, statement, **values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else cursor.rowcount


def of(tenant):
    return {"user": tenant.id, "conversation": tenant.conversation}


@pytest.fixture(scope="module", autouse=True)
def running_turns(alice, bob):
    for tenant in (alice, bob):
        tenant.one("SELECT outcome FROM turn_begin(%s, 'secret of a question', NULL, '{}', false, NULL, 'p', '1 h')",
                   tenant.one("INSERT INTO conversations (user_id) VALUES (%s) RETURNING id", tenant.id))


def test_every_table_with_tenant_data_is_here(database):
    """A new table that refers to users, or to a tenant's rows, must be forced and attacked."""
    found = {row[0] for row in database.superuser("""
        SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name IN ('user_id', 'conversation_id', 'email')""")}
    assert {name for name in found if not name.startswith("pg_stat")} == set(TABLES)
    rows = database.superuser("SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = ANY (%s)", list(TABLES))
    assert all(row[1:] == (True, True) for row in rows) and len(rows) == len(TABLES)


def test_every_policy_checks_what_is_written(database):
    rows = database.superuser("SELECT tablename, policyname, cmd, qual, with_check FROM pg_policies WHERE roles = '{authenticated_user}'")
    assert {row[0] for row in rows} == set(TABLES)
    for table, policy, command, using, with_check in rows:
        assert "NULLIF(current_setting('app.current_user_id'::text, true), ''::text)" in using
        assert command == "SELECT" or with_check == using, (table, policy)


@pytest.mark.parametrize("table", TABLES)
def test_own_rows_are_there(alice, table):
    assert execute(alice.app, "SELECT count(*) FROM %s WHERE %s" % (table, TABLES[table][0]), **of(alice))[0][0] >= 1


@pytest.mark.parametrize("table", TABLES)
def test_another_user_reaches_nothing(database, alice, bob, table):
    where, change = TABLES[table]
    assert execute(bob.app, "SELECT count(*) FROM %s WHERE %s" % (table, where), **of(alice)) == [(0,)]
    before = database.owner("SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM %s AS t" % table)
    if change:
        assert execute(bob.app, "UPDATE %s SET %s WHERE %s" % (table, change, where), **of(alice)) == 0
    if table not in NOT_DELETED:
        assert execute(bob.app, "DELETE FROM %s WHERE %s" % (table, where), **of(alice)) == 0
    assert database.owner("SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM %s AS t" % table) == before


@pytest.mark.parametrize("setting", [None, ""])
@pytest.mark.parametrize("table", TABLES)
def test_nobody_reaches_nothing(alice, nobody, table, setting):
    if setting is not None:
        fetch(nobody, "SELECT set_config('app.current_user_id', %s, false)", setting)
    where, change = TABLES[table]
    assert execute(nobody, "SELECT count(*) FROM %s" % table) == [(0,)]
    if change:
        assert execute(nobody, "UPDATE %s SET %s" % (table, change)) == 0
    if table not in NOT_DELETED:
        assert execute(nobody, "DELETE FROM %s" % table) == 0


def test_a_pooled_connection_forgets_its_user(alice, nobody):
    with nobody.cursor() as cursor:
        cursor.execute("BEGIN; SELECT set_config('app.current_user_id', %s, true)", (alice.id,))
        cursor.execute("SELECT count(*) FROM documents")
        assert cursor.fetchone()[0] >= 1
        cursor.execute("COMMIT; SELECT current_setting('app.current_user_id', true)")
        assert cursor.fetchone() == ("",)
        cursor.execute("SELECT count(*) FROM documents")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("setting", ["alice", "' OR true --", "00000000-0000-4000-8000-00000000000", "*"])
def test_a_malformed_user_is_an_error(nobody, setting):
    fetch(nobody, "SELECT set_config('app.current_user_id', %s, false)", setting)
    with pytest.raises(psycopg2.errors.InvalidTextRepresentation):
        fetch(nobody, "SELECT count(*) FROM documents")


def foreign_inserts(alice):
    """INSERTs that would leave a row with, or hanging on, alice."""
    return [
        ("INSERT INTO users (email, hashed_password) VALUES ('x@example.net', 'x')", DENIED),
        ("INSERT INTO api_keys (user_id, provider, encrypted_key, key_name) VALUES (%(user)s, 'openai', 'x', 'evil')", DENIED),
        ("INSERT INTO personal_access_tokens (user_id, name, token_digest, last_four, scopes) "
         "VALUES (%(user)s, 'evil', sha256('evil'), 'evil', '{read}')", DENIED),
        ("INSERT INTO conversations (user_id) VALUES (%(user)s)", DENIED),
        ("INSERT INTO messages (conversation_id, role, content) VALUES (%(conversation)s, 'user', 'x')", DENIED),
        ("INSERT INTO documents (user_id, filename, original_filename, file_type, file_size_bytes, storage_path) "
         "VALUES (%(user)s, 'f', 'f', 'config', 1, 'p')", DENIED),
        ("INSERT INTO embeddings (user_id, chunk_text, chunk_index) VALUES (%(user)s, 'x', 0)", DENIED),
        ("INSERT INTO embeddings (user_id, chunk_text, chunk_index) VALUES (NULL, 'poison', 0)", DENIED),
        ("INSERT INTO analysis_tasks (user_id, task_type, celery_task_id) VALUES (%(user)s, 'x', 'evil')", DENIED),
        ("INSERT INTO topology_snapshots (user_id, title, graph_data) VALUES (%(user)s, 't', '{}')", DENIED),
        ("INSERT INTO usage_ledger (user_id, tokens_total) VALUES (%(user)s, 1)", DENIED),
        ("INSERT INTO knowledge_sources (name, sha256) VALUES ('x', decode(repeat('00', 32), 'hex'))", DENIED),
        # rows of one's own that point at another tenant's document
        ("INSERT INTO embeddings (user_id, document_id, chunk_text, chunk_index) VALUES (%(me)s, %(document)s, 'x', 99)",
         psycopg2.errors.ForeignKeyViolation),
        ("INSERT INTO analysis_tasks (user_id, document_id, task_type, celery_task_id, settles_document) "
         "VALUES (%(me)s, %(document)s, 'x', 'evil', TRUE)", psycopg2.errors.ForeignKeyViolation),
    ]


def test_no_row_is_written_for_another(database, alice, bob, nobody):
    counts = [database.owner("SELECT count(*) FROM " + table) for table in TABLES]
    for statement, error in foreign_inserts(alice):
        with pytest.raises(error):
            execute(bob.app, statement, me=bob.id, document=alice.document, **of(alice))
        with pytest.raises(DENIED):
            execute(nobody, statement, me=bob.id, document=alice.document, **of(alice))
    assert [database.owner("SELECT count(*) FROM " + table) for table in TABLES] == counts


def test_a_foreign_document_looks_like_one_that_is_not_there(alice, bob):
    messages = set()
    for document in (alice.document, str(uuid.uuid4())):
        with pytest.raises(psycopg2.errors.ForeignKeyViolation) as caught:
            bob.run("INSERT INTO embeddings (user_id, document_id, chunk_text, chunk_index) VALUES (%s, %s, 'x', 99)", bob.id, document)
        messages.add(str(caught.value).replace(str(document), "ID"))
    assert len(messages) == 1


@pytest.mark.parametrize("table", ["api_keys", "personal_access_tokens", "conversations", "documents", "embeddings", "analysis_tasks", "topology_snapshots", "usage_ledger"])
def test_no_row_moves_between_tenants(alice, bob, table):
    for target in (alice.id, None):
        with pytest.raises(DENIED):
            bob.run("UPDATE %s SET user_id = %%s" % table, target)


def test_the_policy_alone_would_refuse_a_move(database, alice):
    """Without the column privileges, WITH CHECK is the second wall."""
    user = Tenant(database, "mover")
    database.owner("GRANT UPDATE ON api_keys, conversations, documents, embeddings, analysis_tasks, topology_snapshots, messages, users TO authenticated_user")
    try:
        for table in ("api_keys", "conversations", "documents", "embeddings", "analysis_tasks", "topology_snapshots"):
            with pytest.raises(DENIED):
                user.run("UPDATE %s SET user_id = %%s" % table, alice.id)
        with pytest.raises(DENIED):
            user.run("UPDATE embeddings SET user_id = NULL, document_id = NULL")
        with pytest.raises(DENIED):
            user.run("UPDATE messages SET conversation_id = %s", alice.conversation)
        with pytest.raises(DENIED):
            user.run("UPDATE users SET id = %s", alice.id)
        database.owner("INSERT INTO embeddings (chunk_text, chunk_index) VALUES ('curated', 1)")
        assert user.run("UPDATE embeddings SET chunk_text = 'poison' WHERE user_id IS NULL") == 0
    finally:
        for table, columns in {"api_keys": "encrypted_key, key_name, is_active, last_used_at, expires_at", "conversations": "title, model_used",
                               "documents": "file_type, mime_type, status, metadata, processed_at", "embeddings": "embedding, embedding_model, metadata",
                               "analysis_tasks": "", "topology_snapshots": "title, metadata", "messages": "metadata", "users": "full_name"}.items():
            database.owner("REVOKE UPDATE ON %s FROM authenticated_user" % table)
            if columns:
                database.owner("GRANT UPDATE (%s) ON %s TO authenticated_user" % (columns, table))


def test_global_rows_are_read_and_never_written(database, bob, nobody):
    key = database.owner("INSERT INTO embeddings (chunk_text, chunk_index, embedding) VALUES ('curated', 0, %s) RETURNING id", vector(1))[0][0]
    assert bob.run("SELECT chunk_text FROM embeddings WHERE user_id IS NULL AND id = %s", key) == [("curated",)]
    assert bob.run("UPDATE embeddings SET metadata = '{}' WHERE id = %s", key) == 0
    assert bob.run("DELETE FROM embeddings WHERE user_id IS NULL") == 0
    assert fetch(nobody, "SELECT count(*) FROM embeddings") == [(0,)]


@pytest.mark.parametrize("statement", [
    "UPDATE users SET is_superuser = TRUE", "UPDATE users SET plan_tier = 'enterprise'", "UPDATE users SET is_active = TRUE",
    "UPDATE users SET email = 'x@y'", "UPDATE users SET hashed_password = 'x'", "SELECT hashed_password FROM users", "SELECT * FROM users",
    "DELETE FROM users", "DELETE FROM messages", "UPDATE messages SET content = 'x'", "UPDATE messages SET tokens_used = 0",
    "UPDATE analysis_tasks SET status = 'completed'", "DELETE FROM analysis_tasks", "UPDATE documents SET storage_path = '/etc/passwd'",
    "INSERT INTO analysis_tasks (user_id, task_type, celery_task_id, status) VALUES (uuid_generate_v4(), 'x', 'x', 'completed')",
    "UPDATE alembic_version SET version_num = 'x'", "TRUNCATE documents",
    "SET ROLE netguru_owner", "SET ROLE postgres", "SET ROLE netguru_backup", "SET SESSION AUTHORIZATION netguru_owner",
    "GRANT netguru_owner TO netguru_app", "ALTER ROLE netguru_app BYPASSRLS", "ALTER ROLE netguru_app SUPERUSER", "CREATE ROLE evil",
    "ALTER TABLE documents DISABLE ROW LEVEL SECURITY", "ALTER TABLE documents NO FORCE ROW LEVEL SECURITY", "DROP POLICY user_documents_policy ON documents",
    "CREATE POLICY evil ON documents USING (true)", "ALTER TABLE documents DISABLE TRIGGER ALL", "DROP TABLE documents",
    "CREATE TABLE evil (x int)", "CREATE TEMP TABLE evil (x int)", "CREATE VIEW evil AS SELECT * FROM documents",
    "CREATE TEMP VIEW evil AS SELECT * FROM documents", "CREATE FUNCTION evil(text) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
    "CREATE FUNCTION pg_temp.evil(text) RETURNS boolean LANGUAGE sql AS 'SELECT true'", "CREATE SCHEMA evil",
    "CREATE OPERATOR public.=== (FUNCTION = texteq, LEFTARG = text, RIGHTARG = text)", "CREATE EXTENSION dblink", "CREATE EXTENSION pgcrypto",
    "CREATE RULE evil AS ON SELECT TO documents DO INSTEAD NOTHING", "CREATE TRIGGER evil AFTER INSERT ON documents EXECUTE FUNCTION set_updated_at()",
    "CREATE INDEX evil ON documents (id)", "CREATE STATISTICS evil ON id, user_id FROM documents", "CREATE PUBLICATION evil FOR TABLE documents",
    "COPY documents TO '/tmp/evil'", "COPY documents TO PROGRAM 'cat'", "COPY users (full_name) FROM '/etc/passwd'", "SELECT pg_read_file('/etc/passwd')",
    "SELECT lo_import('/etc/passwd')", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'",
    "SET session_replication_role = replica", "ALTER SYSTEM SET row_security = off", "ALTER DATABASE postgres SET row_security = off",
    "ALTER FUNCTION account_find_for_login(text) SECURITY INVOKER", "DROP FUNCTION search_query(text)", "REASSIGN OWNED BY netguru_owner TO netguru_app",
    "SELECT * FROM pg_authid", "SELECT * FROM pg_statistic", "SELECT nextval('messages_sequence_seq')", "SELECT admin_require()",
    "SELECT task_bury(uuid_generate_v4(), 'dead', 'x')", "SELECT knowledge_source_replace('x', decode(repeat('00', 32), 'hex'), 'm')",
    "SELECT usage_count('{}', 'x')", "SELECT task_lease_end('1 s')", "LOAD 'plpgsql'", "COMMENT ON TABLE documents IS 'x'", "VACUUM FULL pg_authid",
])
def test_the_application_role_may_not(bob, statement):
    with pytest.raises((DENIED, psycopg2.errors.UndefinedFunction, psycopg2.errors.InvalidParameterValue)) as caught:
        if bob.run(statement) in (0, []):
            raise DENIED("reached no row")
        if statement.startswith("VACUUM"):
            raise DENIED(bob.app.notices.pop())  # only a warning, and nothing is done
    assert not isinstance(caught.value, psycopg2.errors.UndefinedFunction) or "evil" in statement


def test_turning_row_security_off_is_an_error_not_a_way(bob):
    try:
        bob.run("SET row_security = off")
        with pytest.raises(DENIED):
            bob.run("SELECT * FROM documents")
    finally:
        bob.run("RESET row_security")


def test_authenticated_user_itself_is_bound(bob, alice):
    bob.run("SET ROLE authenticated_user")
    try:
        assert bob.run("SELECT count(*) FROM documents WHERE user_id = %s", alice.id) == [(0,)]
    finally:
        bob.run("RESET ROLE")


def test_leaky_conditions_see_only_own_rows(alice, bob):
    """An operator that raises with its argument in the message would show rows that it is asked about too early."""
    text = ""
    for query in ("SELECT count(*) FROM embeddings WHERE user_id IS NOT NULL AND chunk_text::xml IS NOT NULL",
                  "SELECT count(*) FROM embeddings WHERE user_id IS NOT NULL AND chunk_text::integer > 0",
                  "SELECT count(*) FROM messages WHERE content::integer > 0",
                  "SELECT count(*) FROM users WHERE full_name::integer > 0",
                  "SELECT count(*) FROM messages WHERE content::integer > 0 AND conversation_id = '%s'" % alice.conversation):
        try:
            bob.run(query)
        except psycopg2.Error as error:
            text += str(error)
    assert "alice" not in text and "bob" in text


def test_statistics_of_tenant_tables_are_hidden(database, alice, bob):
    database.superuser("ANALYZE")
    assert bob.run("SELECT count(*) FROM pg_stats WHERE schemaname = 'public' AND tablename = ANY (%s)", list(TABLES)) == [(0,)]


def test_explain_shows_no_foreign_value(alice, bob):
    plan = bob.run("EXPLAIN (ANALYZE, VERBOSE) SELECT * FROM messages")
    assert "secret of alice" not in str(plan)


def test_unique_constraints_do_not_hinder_other_tenants(alice, bob):
    digest = alice.one("SELECT sha256 FROM documents WHERE id = %s", alice.document)
    bob.run("INSERT INTO documents (user_id, filename, original_filename, file_type, file_size_bytes, storage_path, sha256) "
            "VALUES (%s, 'f', 'f', 'config', 1, 'p', %s)", bob.id, digest)


def test_copy_out_is_filtered(alice, bob):
    out = io.StringIO()
    with bob.app.cursor() as cursor:
        cursor.copy_expert("COPY documents TO STDOUT", out)
    assert str(bob.id) in out.getvalue() and str(alice.id) not in out.getvalue()


def test_registering_makes_only_plain_users(bob):
    new = bob.one("SELECT account_register(%s, %s)", "plain-%s@example.net" % uuid.uuid4().hex, PASSWORD_HASH)
    bob.become(new)
    try:
        assert bob.run("SELECT plan_tier, is_superuser, is_active FROM users") == [("solo", False, True)]
    finally:
        bob.become(bob.id)
