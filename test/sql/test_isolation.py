# SPDX-License-Identifier: Apache-2.0
"""Attacks on every tenant table and function: the generated matrix, proofs that it sees holes, and any other SQL that a login can say."""
import uuid

import psycopg2
import psycopg2.errors
import pytest

import matrix as cells
import matrix_functions
from conftest import MODEL, PASSWORD_HASH, Cluster, Tenant, fetch, vector

DENIED = psycopg2.errors.InsufficientPrivilege


def make_matrix(database):
    """The matrix of a database of its own: a victim with rows everywhere, and everybody who may attack it."""
    victim, me, gone, boss = (Tenant(database, name) for name in ("victim", "me", "gone", "boss"))
    for tenant in (victim, me):
        begin_turn(tenant)
    database.owner("UPDATE users SET is_active = FALSE WHERE id = %s", gone.id)
    database.owner("UPDATE users SET is_superuser = TRUE WHERE id = %s", boss.id)
    fallen = Tenant(database, "fallen")
    database.owner("UPDATE users SET is_superuser = TRUE, is_active = FALSE WHERE id = %s", fallen.id)
    database.owner("UPDATE personal_access_tokens SET token_digest = sha256('token') WHERE id = %s", victim.token)
    identities = {"own": victim.id, "other": me.id, "nobody": None, "empty": "", "disabled": gone.id, "expired": str(uuid.uuid4()),
                  "administrator": boss.id, "disabled administrator": fallen.id, "malformed": "' OR true --"}
    identities = {name: value and value.replace("'", "''") for name, value in identities.items()}
    matrix = cells.Matrix(database, victim.id, me.id, identities)
    return matrix, facts_of(matrix, victim)


def begin_turn(tenant):
    conversation = tenant.one("INSERT INTO conversations (user_id) VALUES (%s) RETURNING id", tenant.id)
    tenant.one("SELECT outcome FROM turn_begin(%s, 'a question', 'client', '{}', false, NULL, 'p', '1 h')", conversation)


def facts_of(matrix, victim):
    """What the arguments of functions are made of: ids of the victim's rows."""
    turn = matrix.row("conversation_turns")
    return dict(victim=victim.id, me=matrix.me, email=matrix.row("users")["email"], hash=PASSWORD_HASH, other_hash=PASSWORD_HASH.replace("a", "b"),
                model=MODEL, vector=vector(1), conversation=turn["conversation_id"], answer=turn["message_id"], client_id=cells.CONTENTS,
                document=victim.document, chunk=victim.embedding, consent=victim.consent, token=victim.token, task=victim.task, api_key=victim.api_key, session=victim.id,
                celery=matrix.row("analysis_tasks")["celery_task_id"], task_type=matrix.row("analysis_tasks")["task_type"],
                digest="\\x" + "3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0")


@pytest.fixture(scope="module")
def arranged(cluster, template):
    """The matrix, and the database that it is in, of which tests make copies to break."""
    database = cluster.create(template)
    database.provision()
    matrix, facts = make_matrix(database)
    yield database, matrix, facts
    database.close()


def run_all(matrix, facts):
    cells.run_tables(matrix)
    cells.run_common(matrix)
    matrix_functions.run_functions(matrix, facts)
    matrix_functions.run_consents(matrix, facts)
    return matrix.result


def test_every_cell_of_the_matrix_is_as_expected(arranged, record_property):
    _, matrix, facts = arranged
    result = run_all(matrix, facts)
    print(result)
    record_property("score", str(result))
    assert not result.wrong, "%s\n%s" % (result, "\n".join(result.wrong[:50]))
    assert result.cells > 15000 and set(matrix.catalog.logins) == {"netguru_app", "netguru_serve", "netguru_work"}


OPEN = "NULLIF(current_setting('app.current_user_id', true), '') IS NOT NULL"
FUNCTION = "RETURNS %s LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$ %s $$"
# A hole, and the tables or functions whose cells must find it.
HOLES = {
    "a policy that lets every user read": ("CREATE POLICY hole ON documents FOR SELECT TO authenticated_user USING (%s)" % OPEN, "documents", None),
    "a policy for nobody": ("CREATE POLICY hole ON usage_ledger FOR SELECT TO authenticated_user USING (NOT %s)" % OPEN, "usage_ledger", None),
    "a table without row security": ("ALTER TABLE messages DISABLE ROW LEVEL SECURITY", "messages", None),
    "a policy that lets others be locked and deleted": (
        "CREATE POLICY hole ON api_keys FOR DELETE TO authenticated_user USING (true); CREATE POLICY hole_read ON api_keys FOR SELECT "
        "TO authenticated_user USING (true)", "api_keys", None),
    "a policy that lets rows be given away": (
        "CREATE POLICY hole ON topology_snapshots FOR INSERT TO authenticated_user WITH CHECK (true)", "topology_snapshots", None),
    "a column that moves rows": (
        "GRANT UPDATE (user_id) ON documents TO authenticated_user; ALTER POLICY user_documents_policy ON documents WITH CHECK (true)", "documents", None),
    "TRUNCATE": ("GRANT TRUNCATE ON topology_snapshots TO authenticated_user", "topology_snapshots", None),
    "a role that no policy binds": ("ALTER ROLE netguru_work BYPASSRLS", "documents", None),
    "a unique key across tenants": ("CREATE UNIQUE INDEX hole ON personal_access_tokens (name) WHERE name <> 'secret'", "personal_access_tokens", None),
    "a reference that accepts rows of others": ("GRANT INSERT (parent_id) ON messages TO authenticated_user", "messages", None),
    "a new table": ("CREATE TABLE notes (user_id uuid, note text)", "documents", None),
    "a table of all that is written": ("GRANT UPDATE ON knowledge_sources TO authenticated_user", None, None),
    "a function that forgets the user": (
        "CREATE OR REPLACE FUNCTION conversation_delete(p_id uuid) " + FUNCTION % ("boolean", "DELETE FROM conversations WHERE id = p_id RETURNING true"),
        None, "conversation_delete"),
    "a function that shows": ("CREATE OR REPLACE FUNCTION document_delete(p_id uuid) " + FUNCTION % (
        "TABLE (storage_path text, tasks jsonb)", "SELECT d.storage_path, NULL::jsonb FROM documents AS d WHERE d.id = p_id"), None, "document_delete"),
    "a function that tells the operator": ("GRANT EXECUTE ON FUNCTION task_inspect(uuid) TO netguru_serve", None, "task_inspect"),
    "a new function without a maker": (
        "CREATE FUNCTION note_show(p_note uuid) %s; GRANT EXECUTE ON FUNCTION note_show(uuid) TO netguru_serve" % (FUNCTION % ("text", "SELECT 'x'::text")),
        None, "note_show"),
    "an administrator who is not asked": (
        "CREATE OR REPLACE FUNCTION admin_require() RETURNS void LANGUAGE sql AS ''", None, "admin_user_show"),
    "a consent that is not asked for": (
        "CREATE OR REPLACE FUNCTION admin_consent(p_user uuid, p_scope text) RETURNS uuid LANGUAGE sql AS 'SELECT public.uuid_generate_v4()'",
        None, "admin_document_text"),
    "metadata that quotes": (
        "CREATE OR REPLACE FUNCTION admin_job_json(p_task analysis_tasks) RETURNS jsonb LANGUAGE sql AS 'SELECT to_jsonb(p_task)'", None, "admin_job_show"),
    "a look that leaves no entry": (
        "CREATE OR REPLACE FUNCTION admin_append(p_by jsonb, p_action text, p_user uuid, p_subject text, p_details jsonb) RETURNS void LANGUAGE sql AS ''", None, "consents"),
}


def copy_of(cluster, database):
    """Another database with the same contents, to be broken. A template has no sessions."""
    database.close()
    broken = cluster.create(database.name)
    broken.provision()
    return broken


@pytest.mark.parametrize("hole", HOLES)
def test_the_matrix_sees_a_hole(cluster, arranged, hole):
    database, matrix, facts = arranged
    statement, table, function = HOLES[hole]
    broken = copy_of(cluster, database)
    try:
        broken.superuser(statement)
        copy = cells.Matrix(broken, matrix.victim, matrix.me, matrix.identities)
        if table:
            cells.run_tables(copy, tables=[table], states={"fresh": ""})
        elif function == "consents":
            matrix_functions.run_consents(copy, facts)
        elif function:
            matrix_functions.run_functions(copy, facts, only={function})
        else:
            cells.run_common(copy)
        assert copy.result.wrong, "%s: not seen by %d cells" % (hole, copy.result.cells)
    finally:
        broken.provision()  # roles belong to the cluster, and it takes back what they should not have
        broken.close()


def test_the_policies_alone_hold(cluster, arranged):
    """Column privileges are one wall, policies the second: with every privilege nothing else can be reached."""
    database, matrix, _ = arranged
    broken = copy_of(cluster, database)
    broken.superuser("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO authenticated_user")
    copy = cells.Matrix(broken, matrix.victim, matrix.me, matrix.identities)
    cells.run_tables(copy, logins=["netguru_serve"], states={"fresh": ""})
    broken.close()
    # References may name rows of others now, and some refuse them.
    wrong = [line for line in copy.result.wrong if " oracle of " not in line and not line.endswith("give fresh: reaches 0 rows 23503")]
    assert not wrong, "\n".join(wrong[:30])


def test_every_tenant_table_is_forced(database):
    rows = database.superuser("SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class WHERE relnamespace = 'public'::regnamespace "
                              "AND relname = ANY (%s)", list(cells.TENANT))
    assert dict(rows) == dict.fromkeys(cells.TENANT, True)
    named = database.superuser("SELECT DISTINCT table_name FROM information_schema.columns WHERE table_schema = 'public' "
                               "AND column_name IN ('user_id', 'conversation_id', 'document_id', 'email') AND table_name NOT LIKE 'pg_stat%%'")
    assert {row[0] for row in named} <= set(cells.TENANT)


def test_every_function_is_of_the_owner_and_closed(database):
    """A path of its own that begins with pg_catalog and ends with pg_temp, where it acts as the owner; nothing for PUBLIC."""
    rows = database.superuser(
        "SELECT p.oid::regprocedure::text, p.proowner::regrole::text, p.prosecdef, coalesce(array_to_string(p.proconfig, ';'), ''), "
        "EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a WHERE a.grantee = 0) FROM pg_proc AS p "
        "WHERE p.pronamespace = 'public'::regnamespace AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass "
        "AND objid = p.oid AND deptype = 'e')")
    assert len(rows) > 100
    for name, owner, is_definer, settings, is_public in rows:
        assert owner == "netguru_owner" and not is_public, name
        assert not is_definer or settings.split(";")[0] in ("search_path=pg_catalog, public, pg_temp", "search_path=pg_catalog, pg_temp"), name


def test_there_is_no_way_around_the_tables(database):
    """Views act as their owner, sequences count rows of all, large objects have no policies, statistics quote values."""
    assert database.superuser("SELECT c.oid::regclass FROM pg_class AS c WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace "
                              "AND NOT coalesce(reloptions @> '{security_invoker=true}', false) AND NOT EXISTS "
                              "(SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')") == []
    for login in ("netguru_app", "netguru_serve", "netguru_work"):
        rows = database.superuser("SELECT c.oid::regclass FROM (SELECT oid FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace OFFSET 0) AS c "
                                  "WHERE has_sequence_privilege(%s, c.oid, 'SELECT, USAGE, UPDATE')", login)
        assert rows == []
        assert database.superuser("SELECT has_database_privilege(%s, current_database(), 'TEMP, CREATE'), has_schema_privilege(%s, 'public', 'CREATE'), "
                                  "pg_has_role(%s, 'pg_read_all_stats', 'MEMBER'), pg_has_role(%s, 'pg_monitor', 'MEMBER')", *[login] * 4) == [(False,) * 4]
    assert database.superuser("SELECT schemaname FROM pg_statistic_ext_data JOIN pg_statistic_ext AS s ON s.oid = stxoid "
                              "JOIN pg_stats_ext ON statistics_name = s.stxname") == []


@pytest.mark.parametrize("statement", [
    "SELECT lo_create(0)", "SELECT lo_from_bytea(0, 'x')", "SELECT lo_creat(-1)", "SELECT pg_stat_statements_reset()", "SELECT pg_stat_reset()",
    "SELECT last_value FROM messages_sequence_seq", "SELECT * FROM pg_subscription", "SELECT pg_ls_logdir()", "SELECT pg_current_logfile()",
    "SELECT * FROM pg_user_mappings, pg_largeobject", "SELECT pg_read_binary_file('PG_VERSION')", "SELECT * FROM audit_head",
    "SELECT admin_consent(uuid_generate_v4(), 'documents')", "SELECT audit_append('system', NULL, 'a.b', NULL, NULL, NULL)",
    "SELECT turn_settle(NULL, 'complete', NULL, NULL, NULL, NULL, NULL)", "SELECT task_position(uuid_generate_v4())", "SELECT task_inspect(uuid_generate_v4())",
])
def test_no_login_may_call(database, bob, statement):
    for login in ("netguru_app", "netguru_serve", "netguru_work"):
        connection = database.connect(login)
        fetch(connection, "SELECT set_config('app.current_user_id', %s, false)", bob.id)
        with pytest.raises(DENIED):
            fetch(connection, statement)
        connection.close()


def test_sessions_of_others_show_no_text(database, bob):
    """Sessions of other logins; those of one's own login show the program's statements, whose values are sent apart."""
    other = database.connect("netguru_work")
    fetch(other, "SELECT set_config('app.current_user_id', %s, false), 'zebra'", bob.id)
    serve = database.connect("netguru_serve")
    assert "zebra" not in str(fetch(serve, "SELECT query FROM pg_stat_activity WHERE usename <> current_user"))


def test_estimates_tell_no_text_of_others(database, alice, bob):
    """Operators that could leak are planned without statistics: an estimate does not depend on the text that is sought."""
    database.superuser("ANALYZE")
    plans = {str(bob.run("EXPLAIN SELECT 1 FROM messages WHERE content LIKE %s", pattern)).replace(pattern, "") for pattern in ("%of alice%", "%of zebra%")}
    assert len(plans) == 1


def test_a_name_is_never_taken_from_the_session(bob, alice):
    """The path of a session does not reach into functions, and nothing can be made that shadows a name."""
    bob.run("SET search_path = pg_temp, public")
    try:
        assert bob.run("SELECT outcome FROM turn_begin(%s, 'x', NULL, '{}', false, NULL, 'p', '1 h')", alice.conversation) == [("absent",)]
        assert bob.run("SELECT count(*) FROM documents WHERE user_id = %s", alice.id) == [(0,)]
    finally:
        bob.run("RESET search_path")


def test_a_plan_that_was_made_for_another_is_not_theirs(alice, bob):
    """A generic plan is kept by the connection, the user is not."""
    bob.run("PREPARE mine AS SELECT count(*) FROM documents WHERE user_id = $1")
    try:
        bob.become(alice.id)
        for _ in range(7):
            assert bob.one("EXECUTE mine(%s)", alice.id) >= 1
        bob.become(bob.id)
        assert bob.one("EXECUTE mine(%s)", alice.id) == 0
    finally:
        bob.become(bob.id)
        bob.run("DEALLOCATE mine")


def test_every_policy_checks_what_is_written(database):
    rows = database.superuser("SELECT tablename, policyname, cmd, qual, with_check FROM pg_policies WHERE roles = '{authenticated_user}'")
    assert {row[0] for row in rows} == set(cells.TENANT)
    for table, policy, command, using, with_check in rows:
        assert "NULLIF(current_setting('app.current_user_id'::text, true), ''::text)" in using
        assert command == "SELECT" or with_check == using, (table, policy)


@pytest.mark.parametrize("setting", ["alice", "' OR true --", "00000000-0000-4000-8000-00000000000", "*"])
def test_a_malformed_user_is_an_error(nobody, setting):
    fetch(nobody, "SELECT set_config('app.current_user_id', %s, false)", setting)
    with pytest.raises(psycopg2.errors.InvalidTextRepresentation):
        fetch(nobody, "SELECT count(*) FROM documents")


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


def test_statistics_of_tenant_tables_are_hidden(database, alice, bob):
    database.superuser("ANALYZE")
    assert bob.run("SELECT count(*) FROM pg_stats WHERE schemaname = 'public' AND tablename = ANY (%s)", list(cells.TENANT)) == [(0,)]


def test_unique_constraints_do_not_hinder_other_tenants(alice, bob):
    digest = alice.one("SELECT sha256 FROM documents WHERE id = %s", alice.document)
    bob.run("INSERT INTO documents (user_id, filename, original_filename, file_type, file_size_bytes, storage_path, sha256) "
            "VALUES (%s, 'f', 'f', 'config', 1, 'p', %s)", bob.id, digest)


def test_registering_makes_only_plain_users(bob):
    new = bob.one("SELECT account_register(%s, %s)", "plain-%s@example.net" % uuid.uuid4().hex, PASSWORD_HASH)
    bob.become(new)
    try:
        assert bob.run("SELECT plan_tier, is_superuser, is_active FROM users") == [("solo", False, True)]
    finally:
        bob.become(bob.id)


if __name__ == "__main__":
    RUNNING = Cluster()
    try:
        DATABASE = RUNNING.create()
        DATABASE.provision()
        DATABASE.upgrade()
        DATABASE.provision()
        RESULT = run_all(*make_matrix(DATABASE))
        print(*RESULT.wrong, RESULT, sep="\n")
    finally:
        RUNNING.stop()
