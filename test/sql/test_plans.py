# SPDX-License-Identifier: Apache-2.0
"""The shipped queries, as netguru_app, use the indexes that were made for them."""
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import MODEL, Tenant, fetch, vector

GLOBAL_ROWS = 4000
OWN_ROWS = 300


@pytest.fixture(scope="module")
def filled(database):
    """Six tenants with their own rows beside the global ones, vectors that differ, text that is not all the same."""
    tenants = [Tenant(database, "plan%d" % number) for number in range(6)]
    database.superuser("SELECT setseed(0.5)")
    insert = """INSERT INTO embeddings (user_id, chunk_text, chunk_index, embedding, vendor)
        SELECT %s, 'interface Gi' || n %% 48 || '/' || n %% 7 || ' ip address 10.' || n %% 250 || '.' || n / 250 || '.1/24 ospf area ' || n %% 5 , n + 10,
            (SELECT array_agg(random() + 0 * n + 0 * d)::real[]::vector FROM generate_series(1, 384) AS d), CASE n %% 50 WHEN 0 THEN 'juniper' ELSE 'cisco' END
        FROM generate_series(1, %s) AS n"""
    database.superuser(insert, None, GLOBAL_ROWS)
    for tenant in tenants:
        database.superuser(insert, tenant.id, OWN_ROWS)
        tenant.run("INSERT INTO messages (conversation_id, role, content) SELECT %s, 'user', n::text FROM generate_series(1, 500) AS n", tenant.conversation)
        tenant.run("INSERT INTO conversations (user_id) SELECT %s FROM generate_series(1, 200)", tenant.id)
        database.owner("INSERT INTO documents (user_id, filename, original_filename, file_type, file_size_bytes, storage_path) "
                       "SELECT %s, 'f', 'f', 'config', 1, 'p' FROM generate_series(1, 300)", tenant.id)
        database.owner("INSERT INTO analysis_tasks (user_id, task_type, celery_task_id, status) "
                       "SELECT %s, 'x', uuid_generate_v4()::text, 'completed' FROM generate_series(1, 300)", tenant.id)
        database.owner("INSERT INTO usage_ledger (user_id, occurred_at, tokens_total) "
                       "SELECT %s, now() - n * interval '1 day', 1 FROM generate_series(1, 500) AS n", tenant.id)
    database.superuser("VACUUM ANALYZE")
    return tenants


def plan(session, statement, *parameters):
    return "\n".join(row[0] for row in session.run("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) " + statement, *parameters))


def uses_index(text, name):
    return re.search(r"(Index Scan|Index Only Scan|Bitmap Index Scan)[^\n]* (using|on) %s\b" % name, text)


def test_global_vectors_by_the_graph(filled):
    text = plan(filled[0], "SELECT chunk_text FROM embeddings WHERE user_id IS NULL ORDER BY embedding <=> %s::vector LIMIT 3", vector(1))
    assert uses_index(text, "idx_embeddings_vector") and "Sort" not in text


def test_hybrid_query_of_the_seed(filled):
    text = plan(filled[0], """
        WITH global_results AS (SELECT chunk_text, embedding <=> %s::vector AS distance, 'global' AS source FROM embeddings
                WHERE user_id IS NULL ORDER BY embedding <=> %s::vector LIMIT 3),
            local_results AS (SELECT chunk_text, embedding <=> %s::vector AS distance, 'local' AS source FROM embeddings
                WHERE user_id = %s ORDER BY embedding <=> %s::vector LIMIT 2)
        SELECT * FROM global_results UNION ALL SELECT * FROM local_results ORDER BY distance""",
                vector(1), vector(1), vector(1), filled[0].id, vector(1))
    assert uses_index(text, "idx_embeddings_vector") and uses_index(text, "idx_embeddings_user_id")


def test_own_vectors_exactly_behind_user_id(filled):
    text = plan(filled[0], "SELECT chunk_text, embedding <=> %s::vector AS distance FROM embeddings WHERE user_id = %s AND embedding_model = %s "
                           "ORDER BY embedding <=> %s::vector LIMIT 10", vector(1), filled[0].id, MODEL, vector(1))
    assert uses_index(text, "idx_embeddings_user_id") and "idx_embeddings_vector" not in text


def test_own_text_without_the_function_stays_behind_user_id(filled):
    text = plan(filled[0], "SELECT id, search_rank(tokens, q) AS rank FROM embeddings, search_query(%s) AS q WHERE user_id = %s AND tokens @@ q "
                           "ORDER BY rank DESC, id LIMIT 10", "Gi1/1 ospf", filled[0].id)
    assert uses_index(text, "idx_embeddings_user_id")


def run_and_count(database, user, index, statement, *parameters):
    """The rows of a statement, and what its transaction has read of chunks: (rows of sequential scans, rows fetched by indexes, scans of the
    index). The counts of all sessions together would have those of others that are idle, which come up to ten seconds late."""
    session = database.connect()
    fetch(session, "SELECT set_config('app.current_user_id', %s, false)", user)
    session.autocommit = False
    rows = fetch(session, statement, *parameters)
    reads = fetch(session, "SELECT seq_tup_read, idx_tup_fetch, pg_stat_get_xact_numscans(%s::regclass)"
                           " FROM pg_stat_xact_user_tables WHERE relname = 'embeddings'", index)[0]
    session.close()
    return rows, reads


@pytest.mark.parametrize("call, index", [
    ("knowledge_search_text('Gi7/1', 10)", "idx_embeddings_words"),
    ("knowledge_search_text('why is Gi7/1 down', 10, 'cisco')", "idx_embeddings_words"),
    ("document_search_text('interface Gi1/1', 10)", "idx_embeddings_words"),
    ("document_search_text('ospf area', 10, NULL, 'cisco')", "idx_embeddings_words"),
    ("knowledge_search_text('Gi7/1 10.1.1.1/24', 10)", "idx_embeddings_words"),
    ("knowledge_search_vector((SELECT embedding FROM embeddings LIMIT 1), 'all-MiniLM-L6-v2', 10)", "idx_embeddings_vector"),
    ("knowledge_search_vector((SELECT embedding FROM embeddings LIMIT 1), 'all-MiniLM-L6-v2', 10, 'juniper')", "idx_embeddings_vendor_global"),
])
def test_functions_use_their_index(database, filled, call, index):
    """Counted by the index itself, since EXPLAIN does not look into a function."""
    rows, (_, _, scans) = run_and_count(database, filled[0].id, index, "SELECT id FROM " + call)
    assert scans > 0
    assert len(rows) == 10


@pytest.fixture(scope="module")
def large(database, filled):
    """An account that is large enough for a graph of its own, built as `netguru maintain` does."""
    tenant = Tenant(database, "large")
    database.superuser("""INSERT INTO embeddings (user_id, chunk_text, chunk_index, embedding, vendor)
        SELECT %s, 'mtu ' || n || ' vlan ' || n %% 9 || ' of core-sw' || n %% 40, n + 10, (SELECT array_agg(random() + 0 * n + 0 * d)::real[]::vector FROM generate_series(1, 384) AS d),
            CASE n %% 50 WHEN 0 THEN 'juniper' ELSE 'cisco' END
        FROM generate_series(1, 8000) AS n""", tenant.id)
    database.superuser("UPDATE embeddings SET embedding_model = 'other-model' WHERE user_id = %s AND chunk_index BETWEEN 11 AND 16", tenant.id)
    plan = "SELECT index_name, action FROM embeddings_own_index_plan(5000)"
    ((name, action),) = database.owner(plan)
    assert action == "build"
    database.owner("CREATE INDEX CONCURRENTLY %s ON embeddings USING hnsw (embedding vector_cosine_ops)"
                   " WITH (m = 16, ef_construction = 100) WHERE user_id = '%s'" % (name, tenant.id))
    database.superuser("VACUUM ANALYZE embeddings")
    assert database.owner(plan) == [(name, None)]
    tenant.index = name
    return tenant


@pytest.mark.parametrize("filters, by_graph, found", [
    ("'%s', 40" % MODEL, True, 40), ("'%s', 200" % MODEL, True, 200),
    # Compared one by one, whatever passes.
    ("'%s', 40, NULL, 'cisco'" % MODEL, False, 40), ("'%s', 40, NULL, NULL, 'none'" % MODEL, False, 0),
    ("'%s', 40, uuid_generate_v4()" % MODEL, False, 0),
    # The walk brings nothing, and then all is compared.
    ("'other-model', 40", True, 6),
])
def test_own_graph_serves_its_account(database, large, filters, by_graph, found):
    search = "SELECT id FROM document_search_vector((SELECT embedding FROM embeddings LIMIT 1), " + filters + ")"
    rows, (_, _, scans) = run_and_count(database, large.id, large.index, search)
    assert (scans > 0, len(rows)) == (by_graph, found)


def test_own_graph_is_no_way_into_the_account(database, large, filled):
    for session, user in ((filled[0], filled[0].id), (filled[0], None)):
        query = database.superuser("SELECT embedding::text FROM embeddings WHERE user_id = %s LIMIT 1", large.id)[0][0]
        connection = database.connect()
        fetch(connection, "SELECT set_config('app.current_user_id', %s, false)", user or "")
        rows = fetch(connection, "SELECT id FROM document_search_vector(%s, %s, 200)", query, MODEL)
        connection.close()
        assert len(rows) == (200 if user else 0)
        assert database.superuser("SELECT count(*) FROM embeddings WHERE id = ANY (%s::uuid[]) AND user_id IS DISTINCT FROM %s",
                                  [row[0] for row in rows], user) == [(0,)]


PATHOLOGICAL = ["mtu", "vlan 3 of core-sw7", "mtu 17 vlan 9", "vlan 1 vlan 2 vlan 3 vlan 4 vlan 5 vlan 6 vlan 7 vlan 8 vlan 0", "which vlan is the mtu of core-sw1 or core-sw2?",
                " ".join("core-sw%d" % n for n in range(40)), "mtu vlan of " * 1400, " ".join("10.0.%d.%d" % (n // 250, n % 250) for n in range(500)),
                "what is the of and", "a", "x" * 100000, "mtu " * 25000, "00:00 core-sw vlan-mtu mtu-vlan 0.0.0.0/0", "ospf bgp vlan of core-sw1"]


@pytest.mark.parametrize("question", PATHOLOGICAL)
def test_words_read_few_chunks(database, large, question):
    """Whatever is asked, of 8000 chunks that hold nearly the same words, and of the global ones."""
    rows, (scanned, fetched, scans_by_account) = run_and_count(
        database, large.id, "idx_embeddings_user_id", "SELECT id FROM search_fit(%s, '{}', '{}', 40, NULL, NULL, NULL)", question)
    assert len(rows) <= 80 and (rows or "sw" not in question)
    assert scanned == 0 and scans_by_account == 0
    assert (fetched > 0 or not rows) and fetched < 6000


@pytest.mark.parametrize("filters", ["NULL, 'juniper', NULL", "NULL, NULL, 'none'", "uuid_generate_v4(), NULL, NULL"])
def test_words_with_a_filter_read_few_chunks(database, large, filters):
    rows, (scanned, fetched, _) = run_and_count(
        database, large.id, "idx_embeddings_user_id", "SELECT e.vendor FROM search_fit('mtu of core-sw1', '{}', '{}', 40, %s) AS f JOIN embeddings AS e ON e.id = f.id" % filters)
    assert {row[0] for row in rows} == ({"juniper"} if "juniper" in filters else set())
    assert scanned == 0 and fetched < 12000


def test_many_ask_at_once(database, large):
    """Eight sessions get what one gets."""
    statement = "SELECT id, fit FROM search_fit(%s, '{}', '{}', 40, NULL, NULL, NULL) ORDER BY fit DESC, id"
    expected = [large.run(statement, question) for question in PATHOLOGICAL]

    def ask(session):
        fetch(session, "SELECT set_config('app.current_user_id', %s, false)", large.id)
        return [fetch(session, statement, question) for question in PATHOLOGICAL]

    sessions = [database.connect() for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(ask, sessions))
    for session in sessions:
        session.close()
    assert all(answer == expected for answer in answers)


def test_a_rare_chunk_is_found_among_common_words(database, large):
    """core-sw7 and vlan 3 are each in hundreds of chunks, and together in one of 360."""
    for question, wanted in (("vlan 3 of core-sw7", "%% vlan 3 of core-sw7"), ("mtu 4711", "mtu 4711 %%")):
        rows = large.run("SELECT e.chunk_text FROM search_fit(%s, '{}', '{}', 40, NULL, NULL, NULL) AS f JOIN embeddings AS e ON e.id = f.id"
                         " ORDER BY f.fit DESC LIMIT 1", question)
        assert database.superuser("SELECT %s LIKE %s", rows[0][0], wanted.replace("%%", "%")) == [(True,)], rows


def own_recall(database, tenant, *filters):
    """Recall at 10 over random vectors, the hardest there are."""
    found = 0
    vendor = filters[0] if filters else None
    for number in range(20):
        query = database.superuser("SELECT array_agg(random())::real[]::vector::text FROM generate_series(1, 384 + 0 * %s)", number)[0][0]
        exact = {row[0] for row in database.superuser("SELECT id FROM embeddings WHERE user_id = %s AND (%s::text IS NULL OR vendor = %s) "
                                                      "ORDER BY (embedding <=> %s::vector) + 0 LIMIT 10", tenant.id, vendor, vendor, query)}
        rows = tenant.run("SELECT id, distance FROM document_search_vector(%s, %s, 40, NULL, %s)", query, MODEL, vendor)
        assert [row[1] for row in rows] == sorted(row[1] for row in rows) and len(rows) == 40
        found += len(exact & {row[0] for row in rows[:10]})
    return found / 200


def test_own_graph_finds_the_true_neighbours(database, large):
    assert own_recall(database, large) >= 0.7
    assert own_recall(database, large, "juniper") == own_recall(database, large, "cisco") == 1


def test_small_accounts_are_compared_exactly(database, filled):
    assert own_recall(database, filled[1]) == 1


@pytest.mark.parametrize("vendor", [None, "juniper"])
def test_graph_finds_the_true_neighbours(database, filled, vendor):
    """Recall at 10 over random vectors, the hardest there are; with a filter, what passes is compared."""
    found = total = 0
    for number in range(20):
        query = database.superuser("SELECT array_agg(random())::real[]::vector::text FROM generate_series(1, 384 + 0 * %s)", number)[0][0]
        exact = {row[0] for row in database.superuser("SELECT id FROM embeddings WHERE user_id IS NULL AND (%s::text IS NULL OR vendor = %s) "
                                                      "ORDER BY (embedding <=> %s::vector) + 0 LIMIT 10", vendor, vendor, query)}
        rows = filled[0].run("SELECT id, distance FROM knowledge_search_vector(%s, %s, 10, %s)", query, MODEL, vendor)
        assert [row[1] for row in rows] == sorted(row[1] for row in rows) and len(rows) == 10
        found, total = found + len(exact & {row[0] for row in rows}), total + 10
    print("recall", found / total)
    assert found / total >= (1 if vendor else 0.9)


@pytest.mark.parametrize("statement, index", [
    ("SELECT id FROM conversations WHERE user_id = %(user)s ORDER BY updated_at DESC, id DESC LIMIT 20", "idx_conv_user_updated"),
    ("SELECT content FROM messages WHERE conversation_id = %(conversation)s ORDER BY created_at DESC, sequence DESC LIMIT 50", "idx_msg_conv_created"),
    ("SELECT id FROM documents WHERE user_id = %(user)s ORDER BY created_at DESC, id DESC LIMIT 20", "idx_documents_user_id"),
    ("SELECT id FROM documents WHERE user_id = %(user)s AND (created_at, id) < (now(), %(user)s) ORDER BY created_at DESC, id DESC LIMIT 20", "idx_documents_user_id"),
    ("SELECT id FROM documents WHERE user_id = %(user)s AND sha256 = %(digest)s", "documents_user_id_sha256_key"),
    ("SELECT id FROM analysis_tasks WHERE user_id = %(user)s ORDER BY created_at DESC, id DESC LIMIT 20", "idx_analysis_tasks_user_id"),
    ("SELECT status FROM analysis_tasks WHERE id = %(task)s", "analysis_tasks_pkey"),
    ("SELECT id FROM analysis_tasks WHERE document_id = %(document)s", "idx_analysis_tasks_document_id"),
    ("SELECT chunk_text FROM embeddings WHERE document_id = %(document)s ORDER BY chunk_index", "idx_embeddings_document_id"),
    ("SELECT sum(tokens_total) FROM usage_ledger WHERE user_id = %(user)s AND occurred_at >= now() - interval '30 days'", "idx_usage_ledger_user_id"),
])
def test_lists_and_look_ups(database, filled, statement, index):
    user = filled[0]
    with user.app.cursor() as cursor:
        cursor.execute("EXPLAIN (COSTS OFF) " + statement, {"user": user.id, "conversation": user.conversation, "digest": b"x" * 32, "task": user.task,
                                                            "document": user.document})
        text = "\n".join(row[0] for row in cursor.fetchall())
    assert uses_index(text, index), text
    if "LIMIT" in statement:
        assert "Sort" not in text


def test_message_history_asks_the_policy_for_few_rows(filled):
    user = filled[0]
    text = plan(user, "SELECT content FROM messages WHERE conversation_id = %s ORDER BY created_at DESC, sequence DESC LIMIT 50", user.conversation)
    assert "Rows Removed by Filter" not in text
