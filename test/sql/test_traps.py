# SPDX-License-Identifier: Apache-2.0
"""The seed's rules and its queries, with the traps put right."""
import psycopg2
import psycopg2.errors
import pytest

from conftest import PASSWORD_HASH, Tenant, vector


def test_email_is_unique_without_case(alice):
    with pytest.raises(psycopg2.errors.UniqueViolation):
        alice.run("SELECT account_register(%s, %s)", alice.email.capitalize(), PASSWORD_HASH)


def test_login_finds_by_any_case(nobody, alice):
    with nobody.cursor() as cursor:
        cursor.execute("SELECT id, hashed_password FROM account_find_for_login(%s)", ("  %s " % alice.email.upper(),))
        assert cursor.fetchall() == [(alice.id, PASSWORD_HASH)]


@pytest.mark.parametrize("email, password", [
    (None, PASSWORD_HASH), ("", PASSWORD_HASH), ("a", PASSWORD_HASH), ("a@b@c", PASSWORD_HASH), ("a b@c", PASSWORD_HASH),
    ("a@" + "b" * 255, PASSWORD_HASH), ("plain@example.net", "hunter2"), ("plain@example.net", None), ("plain@example.net", "$2b$" + "x" * 300)])
def test_register_refuses(alice, email, password):
    with pytest.raises(psycopg2.errors.CheckViolation):
        alice.run("SELECT account_register(%s, %s)", email, password)


def test_password_is_replaced_only_over_the_known_one(database):
    user = Tenant(database, "password")
    new = "$2b$12$" + "b" * 53
    assert user.one("SELECT account_set_password('wrong', %s)", new) is False
    assert user.one("SELECT account_set_password(%s, %s)", PASSWORD_HASH, new) is True
    assert user.run("SELECT hashed_password FROM account_find_for_login(%s)", user.email) == [(new,)]
    with pytest.raises(psycopg2.errors.CheckViolation):
        user.run("SELECT account_set_password(%s, 'plain')", new)


def test_two_keys_without_a_name_are_one(alice):
    with pytest.raises(psycopg2.errors.UniqueViolation):
        alice.run("INSERT INTO api_keys (user_id, provider, encrypted_key) VALUES (%s, 'openai', 'y')", alice.id)


@pytest.mark.parametrize("provider, column", [
    ("openai", "endpoint"), ("anthropic", "deployment"), ("local", "api_version"), ("openai", "base_url"), ("azure", "model"), ("azure", "base_url")])
def test_where_a_key_is_used_fits_its_provider(alice, provider, column):
    with pytest.raises(psycopg2.errors.CheckViolation):
        alice.run("INSERT INTO api_keys (user_id, provider, encrypted_key, key_name, %s) VALUES (%%s, %%s, 'x', 'where', 'x')" % column, alice.id, provider)


def test_no_more_than_four_characters_of_a_key_can_be_kept(alice):
    with pytest.raises(psycopg2.errors.StringDataRightTruncation):
        alice.run("INSERT INTO api_keys (user_id, provider, encrypted_key, key_name, last_four) VALUES (%s, 'openai', 'x', 'four', '12345')", alice.id)


def test_there_is_one_canary(alice, database):
    alice.run("INSERT INTO encryption_canary (token, encryption_key_id) VALUES ('a', 'a')")
    with pytest.raises(psycopg2.errors.UniqueViolation):
        alice.run("INSERT INTO encryption_canary (token, encryption_key_id) VALUES ('b', 'b')")
    with pytest.raises(psycopg2.errors.CheckViolation):
        alice.run("INSERT INTO encryption_canary (id, token, encryption_key_id) VALUES (false, 'b', 'b')")
    database.owner("DELETE FROM encryption_canary")


@pytest.mark.parametrize("table", ["users", "api_keys", "conversations", "messages", "documents", "embeddings", "analysis_tasks", "topology_snapshots"])
def test_booleans_and_timestamps_are_not_null(database, table):
    nullable = {row[0] for row in database.superuser("""
        SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s AND is_nullable = 'YES'
            AND data_type IN ('boolean', 'timestamp with time zone')""", table)}
    assert nullable <= {"last_used_at", "expires_at", "processed_at", "started_at", "completed_at", "sent_at", "heartbeat_at", "lease_expires_at", "taken_at",
                        "closed_at", "erase_after"}


def test_updated_at_follows(database):
    user = Tenant(database, "clock")
    for change in ("UPDATE conversations SET title = 'x' WHERE id = %(conversation)s",
                   "INSERT INTO messages (conversation_id, role, content) VALUES (%(conversation)s, 'user', 'x')"):
        before = user.one("SELECT updated_at FROM conversations WHERE id = %s", user.conversation)
        with user.app.cursor() as cursor:
            cursor.execute(change, {"conversation": user.conversation})
        assert user.one("SELECT updated_at FROM conversations WHERE id = %s", user.conversation) > before
    before = user.one("SELECT updated_at FROM users")
    user.run("UPDATE users SET full_name = 'other'")
    assert user.one("SELECT updated_at FROM users") > before


def test_query_1_latest_conversations(database):
    user = Tenant(database, "q1")
    second = user.one("INSERT INTO conversations (user_id, title) VALUES (%s, 'second') RETURNING id", user.id)
    query = """SELECT c.id, c.title, c.updated_at, COUNT(m.id) as message_count
        FROM conversations c LEFT JOIN messages m ON m.conversation_id = c.id
        WHERE c.user_id = %s GROUP BY c.id ORDER BY c.updated_at DESC LIMIT 20"""
    assert [(row[0], row[3]) for row in user.run(query, user.id)] == [(second, 0), (user.conversation, 1)]
    user.run("INSERT INTO messages (conversation_id, role, content) VALUES (%s, 'user', 'x')", user.conversation)
    assert [(row[0], row[3]) for row in user.run(query, user.id)] == [(user.conversation, 2), (second, 0)]


def test_query_2_is_the_newest_50_oldest_first(database):
    user = Tenant(database, "q2")
    user.run("INSERT INTO messages (conversation_id, role, content) SELECT %s, 'user', n::text FROM generate_series(1, 120) AS n",
             user.conversation)  # one transaction: one created_at
    rows = user.run("""SELECT role, content, created_at FROM (
            SELECT role, content, created_at, sequence FROM messages WHERE conversation_id = %s
            ORDER BY created_at DESC, sequence DESC LIMIT 50) AS newest
        ORDER BY created_at, sequence""", user.conversation)
    assert [row[1] for row in rows] == [str(n) for n in range(71, 121)]


def test_query_3_hybrid(database):
    user = Tenant(database, "q3")
    database.owner("INSERT INTO embeddings (chunk_text, chunk_index, embedding) SELECT 'global ' || n, n, ('[1,' || n || repeat(',0', 382) || ']')::vector "
                   "FROM generate_series(1, 9) AS n")
    rows = user.run("""
        WITH global_results AS (
            SELECT chunk_text, (embedding <=> %(q)s) AS distance, 'global' as source FROM embeddings
            WHERE user_id IS NULL ORDER BY embedding <=> %(q)s LIMIT 3
        ), local_results AS (
            SELECT chunk_text, (embedding <=> %(q)s) AS distance, 'local' as source FROM embeddings
            WHERE user_id = %(u)s ORDER BY embedding <=> %(q)s LIMIT 2
        )
        SELECT * FROM global_results UNION ALL SELECT * FROM local_results ORDER BY distance
        """.replace("%(q)s", "'%s'::vector" % vector(1)).replace("%(u)s", "%s"), user.id)
    assert [(row[0], row[2]) for row in rows] == [("secret of q3", "local"), ("global 1", "global"), ("global 2", "global"), ("global 3", "global")]


def test_query_4_usage(database):
    user = Tenant(database, "q4")
    query = """SELECT DATE(created_at) as date, SUM(tokens_used) as total_tokens, COUNT(*) as message_count FROM messages
        WHERE conversation_id IN (SELECT id FROM conversations WHERE user_id = %s)
        GROUP BY DATE(created_at) ORDER BY date DESC LIMIT 30"""
    assert [row[1:] for row in user.run(query, user.id)] == [(7, 1)]


def test_usage_outlives_conversation_and_user(database):
    user = Tenant(database, "ledger")
    user.run("INSERT INTO messages (conversation_id, role, content, tokens_used, metadata) VALUES "
             "(%s, 'assistant', 'x', 100, '{\"provider\": \"openai\", \"model\": \"gpt-4-turbo\", \"tokens_in\": 60, \"tokens_out\": 40.0}'), "
             "(%s, 'assistant', 'x', 5, '{\"tokens_in\": \"many\", \"tokens_out\": 1e300}'), (%s, 'assistant', 'x', 1, '[]'), "
             "(%s, 'assistant', 'no count', NULL, NULL)", *[user.conversation] * 4)
    expected = [(None, None, None, None, 7), ("openai", "gpt-4-turbo", 60, 40, 100), (None, None, None, None, 5), (None, None, None, None, 1)]
    query = "SELECT provider, model, tokens_in, tokens_out, tokens_total FROM usage_ledger WHERE user_id = %s ORDER BY id"
    assert user.run(query, user.id) == expected
    user.run("DELETE FROM conversations WHERE id = %s", user.conversation)
    assert user.run(query, user.id) == expected
    database.owner("DELETE FROM users WHERE id = %s", user.id)
    assert database.owner(query, user.id) == expected
    for statement in ("UPDATE usage_ledger SET tokens_total = 0", "DELETE FROM usage_ledger", "TRUNCATE usage_ledger"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            database.owner(statement)
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            user.run(statement)


def test_document_rules(database):
    user = Tenant(database, "documents")
    digest = b"d" * 32
    first = user.add_document()
    user.run("UPDATE documents SET metadata = '{\"vendor\": \"juniper\", \"error\": \"no text\"}', status = 'failed' WHERE id = %s", first)
    assert user.run("SELECT vendor, failure_reason, processed_at FROM documents WHERE id = %s", first) == [("juniper", "no text", None)]
    user.run("UPDATE documents SET status = 'completed' WHERE id = %s", first)
    assert user.one("SELECT processed_at FROM documents WHERE id = %s", first) is not None
    insert = ("INSERT INTO documents (user_id, filename, original_filename, file_type, file_size_bytes, storage_path, sha256) "
              "VALUES (%s, 'f', 'f', 'config', 1, 'p', %s)")
    user.run(insert, user.id, digest)
    with pytest.raises(psycopg2.errors.UniqueViolation):
        user.run(insert, user.id, digest)
    other = Tenant(database, "other")
    other.run(insert, other.id, digest)
    for bad in ("metadata = '[]'", "metadata = '\"x\"'", "status = 'lost'"):
        with pytest.raises(psycopg2.errors.CheckViolation):
            user.run("UPDATE documents SET %s WHERE id = %%s" % bad, first)


def test_a_user_takes_everything_with_it(database):
    user = Tenant(database, "gone")
    database.owner("DELETE FROM users WHERE id = %s", user.id)
    for table in ("api_keys", "conversations", "documents", "embeddings", "analysis_tasks", "topology_snapshots"):
        assert database.owner("SELECT count(*) FROM %s WHERE user_id = %%s" % table, user.id) == [(0,)]
    assert database.owner("SELECT count(*) FROM messages WHERE conversation_id = %s", user.conversation) == [(0,)]


def test_a_deleted_document_takes_its_tasks_and_its_chunks(database):
    user = Tenant(database, "deleter")
    user.run("DELETE FROM documents WHERE id = %s", user.document)
    assert user.run("SELECT count(*) FROM analysis_tasks WHERE id = %s", user.task) == [(0,)]
    assert user.run("SELECT count(*) FROM embeddings WHERE user_id = %s", user.id) == [(0,)]
