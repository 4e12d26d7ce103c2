# SPDX-License-Identifier: Apache-2.0
"""The migrations as files: names, order, down and up again, data that is there already, dump and restore."""
import re
import subprocess

import pytest

from conftest import Database, migration_files

SEED_TABLES = {"users", "api_keys", "conversations", "messages", "documents", "embeddings", "analysis_tasks", "topology_snapshots"}


@pytest.fixture
def empty(cluster):
    database = cluster.create()
    database.provision()
    yield database
    database.close()


def test_names_are_revisions():
    ups = [path.name[:-len(".up.sql")] for path in migration_files("up")]
    downs = [path.name[:-len(".down.sql")] for path in migration_files("down")]
    assert ups == downs[::-1]
    assert ups[:5] == ["001_initial_schema", "002_add_conversations", "003_add_documents_embeddings", "004_add_analysis_tasks",
                       "005_add_topology_snapshots"]
    assert [int(name[:3]) for name in ups] == list(range(1, len(ups) + 1))
    assert all(len(name) <= 32 for name in ups)


def test_each_step_down_undoes_its_step_up(empty):
    empty.apply(migration_files("up")[0])
    empty.apply(migration_files("down")[-1])
    dumps = [empty.dump_schema()]
    for path in migration_files("up"):
        empty.apply(path)
        dumps.append(empty.dump_schema())
    for path, before in zip(migration_files("down"), dumps[-2::-1]):
        empty.apply(path)
        assert empty.dump_schema() == before, path.name
    empty.upgrade()
    assert empty.dump_schema() == dumps[-1]


def test_base_keeps_extensions_and_version_table(empty):
    empty.upgrade()
    for path in migration_files("down"):
        empty.apply(path)
    names = {row[0] for row in empty.superuser("SELECT extname FROM pg_extension")}
    assert {"uuid-ossp", "vector"} <= names and "pgvector" not in names
    assert [row[0] for row in empty.superuser("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")] == ["alembic_version"]


def test_needs_provisioning_and_says_so(cluster):
    database = cluster.create()
    with pytest.raises(AssertionError, match="permission denied|run migrations/provision.sql"):
        database.apply(migration_files("up")[0])
    database.close()


def test_provision_twice_and_in_two_databases(cluster, empty):
    empty.upgrade()
    before = empty.dump_schema()
    empty.provision()
    assert empty.dump_schema() == before
    second = cluster.create()
    second.provision()
    second.upgrade()
    assert second.dump_schema() == before
    second.close()


def test_provision_takes_back_what_a_role_should_not_have(empty):
    empty.superuser("GRANT netguru_owner TO netguru_app")
    empty.superuser("ALTER ROLE netguru_app BYPASSRLS CREATEROLE")
    empty.provision()
    assert empty.superuser("SELECT rolbypassrls, rolcreaterole, pg_has_role('netguru_app', 'netguru_owner', 'MEMBER') FROM pg_roles "
                           "WHERE rolname = 'netguru_app'") == [(False, False, False)]


def test_rows_of_the_seed_survive_the_later_steps(empty):
    for path in migration_files("up")[:5]:
        empty.apply(path)
    empty.psql("""
        INSERT INTO users (id, email, hashed_password) VALUES ('00000000-0000-4000-8000-000000000001', 'a@x', '$2b$12$x');
        INSERT INTO conversations (id, user_id, model_used) SELECT id, id, 'gpt-4-turbo' FROM users;
        INSERT INTO messages (conversation_id, role, content, tokens_used) SELECT id, 'assistant', 'x', 11 FROM users;
        INSERT INTO documents (id, user_id, filename, original_filename, file_type, file_size_bytes, storage_path, metadata)
            SELECT id, id, 'f', 'f', 'config', 1, 'p', '{"vendor": "cisco"}' FROM users;
        INSERT INTO embeddings (user_id, document_id, chunk_text, chunk_index, embedding)
            SELECT id, id, 'interface Gi0/1', 0, array_fill(1, '{384}')::vector FROM users;
        INSERT INTO analysis_tasks (user_id, task_type, celery_task_id, status) SELECT id, 'pcap_analysis', s, s FROM users, unnest('{running,failed,pending,completed}'::text[]) s;
        INSERT INTO topology_snapshots (user_id, title, graph_data) SELECT id, 't', '{"nodes": [], "edges": []}' FROM users;
    """)
    tables = {table: empty.superuser("SELECT count(*) FROM " + table) for table in SEED_TABLES}
    for path in migration_files("up")[5:]:
        empty.apply(path)
    assert empty.superuser("SELECT tokens_total, model FROM usage_ledger") == [(11, "gpt-4-turbo")]
    assert empty.superuser("SELECT vendor FROM documents") == [("cisco",)]
    assert empty.superuser("SELECT tokens @@ search_query('GigabitEthernet0/1'), embedding_model FROM embeddings") == [(True, "all-MiniLM-L6-v2")]
    assert empty.superuser("SELECT count(*) FROM task_sweep(10, '0')") == [(2,)]  # the pending one, and the running one taken back
    for path in migration_files("down")[:-5]:
        empty.apply(path)
    assert {table: empty.superuser("SELECT count(*) FROM " + table) for table in SEED_TABLES} == tables


def test_dump_and_restore_by_the_backup_role(cluster, database, alice):
    file = "/tmp/%s.dump" % database.name
    database.owner("INSERT INTO embeddings (chunk_text, chunk_index, embedding) VALUES ('router ospf 1', 0, array_fill(1, '{384}')::vector)")
    try:
        database.dump("-Fc", "--role=netguru_backup", "-f", file)
        copy = cluster.create()
        copy.provision()
        restore = [str(cluster.bin / "pg_restore"), "-h", str(cluster.home), "-U", "postgres", "-d", copy.name, "--exit-on-error", file]
        done = subprocess.run(restore, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        assert done.returncode == 0, done.stdout
        # PostgreSQL writes the casts of a CHECK on a varchar differently once it has read its own writing.
        plain = [re.sub(r"::character varying|::text|[()\[\]]", "", each.dump_schema()) for each in (copy, database)]
        assert plain[0] == plain[1]
        for table in sorted(SEED_TABLES) + ["usage_ledger"]:
            query = "SELECT count(*), md5(string_agg(r::text, '' ORDER BY r::text)) FROM %s AS r" % table
            assert copy.superuser(query) == database.superuser(query), table
        copy.close()
    finally:
        subprocess.run(["rm", "-f", file], check=True)


def test_the_owner_cannot_dump_past_forced_row_security(database, alice):
    command = [str(database.cluster.bin / "pg_dump"), "-h", str(database.cluster.home), "-U", "postgres", "--role=netguru_owner", database.name]
    assert subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode != 0


def test_wrong_encoding_is_refused(cluster):
    name = "latin"
    postgres = Database(cluster, "postgres")
    postgres.superuser("CREATE DATABASE %s TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'" % name)
    postgres.close()
    latin = Database(cluster, name)
    latin.provision()
    with pytest.raises(AssertionError, match="must be encoded in UTF8"):
        latin.apply(migration_files("up")[0])
    latin.close()


def test_indexes_are_the_seeds_without_the_redundant_ones(database):
    names = {row[0] for row in database.superuser("SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")}
    assert names >= {"idx_users_plan_tier", "idx_api_keys_active", "idx_conv_user_updated", "idx_conversations_updated_at",
                     "idx_msg_conv_created", "idx_messages_created_at", "idx_documents_user_id", "idx_documents_type", "idx_documents_status",
                     "idx_embeddings_user_id", "idx_embeddings_document_id", "idx_embeddings_vector", "idx_analysis_tasks_user_id",
                     "idx_analysis_tasks_status", "idx_topology_user_id"}
    assert not names & {"idx_users_email", "idx_api_keys_user_id", "idx_analysis_tasks_celery_id", "idx_active_users", "idx_pending_tasks",
                        "idx_conversations_user_id", "idx_messages_conversation_id"}


def test_vector_index_is_never_built_in_parallel_on_old_pgvector(database):
    assert "max_parallel_maintenance_workers = 0" in migration_files("up")[2].read_text()
    assert database.superuser("SELECT 'parallel_workers=0' = ANY (reloptions) FROM pg_class WHERE oid = 'embeddings'::regclass") == [(True,)]
    assert "WHERE (user_id IS NULL)" in database.superuser("SELECT indexdef FROM pg_indexes WHERE indexname = 'idx_embeddings_vector'")[0][0]


def test_everything_belongs_to_the_owner(database):
    assert database.superuser("""
        SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relowner <> 'netguru_owner'::regrole
            AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
        UNION ALL
        SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proowner <> 'netguru_owner'::regrole
            AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')""") == []


def test_migrating_needs_no_superuser(cluster):
    """A plain login that is a member of netguru_owner migrates."""
    database = cluster.create()
    database.provision()
    database.superuser("CREATE ROLE migrator LOGIN IN ROLE netguru_owner")
    database.superuser("GRANT CONNECT ON DATABASE %s TO migrator" % database.name)
    connection = database.connect("migrator")
    with connection.cursor() as cursor:
        for path in migration_files("up"):
            cursor.execute("BEGIN; SET LOCAL ROLE netguru_owner;" + path.read_text() + "COMMIT")
    assert database.superuser("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")[0][0] == 21
    database.close()
    postgres = cluster.create()
    postgres.superuser("DROP DATABASE %s" % database.name)
    postgres.superuser("DROP ROLE migrator")
    postgres.close()
