# SPDX-License-Identifier: Apache-2.0
"""Generations of embeddings in the database: whose the vectors are, which one is searched, and what a switch demands."""
import threading
import time
import uuid

import psycopg2
import psycopg2.errors
import pytest

from conftest import MODEL, Tenant, fetch, vector

BY = '{"operator": "test"}'


@pytest.fixture
def fresh(cluster, template):
    """A database, alice and bob with a chunk each, which has a vector of the generation second that points elsewhere."""
    database = cluster.create(template)
    database.provision()
    found = [Tenant(database, name) for name in ("alice", "bob")]
    database.owner("UPDATE embedding_vectors SET embedding = %s", vector(0, 1))
    yield (database, *found)
    database.close()


def act(database, function, *values):
    arguments = ", ".join(["%s"] * (1 + len(values)))
    return database.owner("SELECT embedding_generation_%s(%s)" % (function, arguments), BY, *values)[0][0]


def identity(database, name="second"):
    return database.owner("SELECT id FROM embedding_generations WHERE name = %s", name)[0][0]


def finish(database, name="second"):
    """As netguru embeddings fill does it."""
    number = identity(database, name)
    database.owner("SELECT embedding_fill_count(%s, true)", number)
    for row in database.owner("SELECT index_name, generation_id, user_id FROM embedding_vectors_index_plan(5000) WHERE action = 'build'"):
        database.owner("CREATE INDEX %s ON embedding_vectors USING hnsw (embedding vector_cosine_ops) WHERE generation_id = %s AND user_id IS NULL" % row[:2])
    return database.owner("SELECT embedding_generation_settle(%s, 5000)", number)[0][0]


def nearest(tenant, model, where=(0, 1), **filters):
    arguments = "".join(", p_%s => '%s'" % pair for pair in filters.items())
    return tenant.run("SELECT id, round(distance::numeric, 3)::float FROM document_search_vector(%%s, %%s, 10%s)" % arguments, vector(*where), model)


def test_a_search_sees_the_vectors_of_its_generation_only(fresh):
    _, alice, bob = fresh
    assert nearest(alice, MODEL) == [(alice.embedding, 1)] and nearest(alice, "second") == [(alice.embedding, 0)]
    assert nearest(alice, "second", document_id=alice.document) == [(alice.embedding, 0)]
    assert nearest(alice, "second", document_id=bob.document) == [] and nearest(alice, "second", vendor="nobody") == []
    assert nearest(alice, "no such model") == []


def test_a_vector_belongs_to_whom_its_chunk_belongs(fresh):
    database, alice, bob = fresh
    insert = "INSERT INTO embedding_vectors (embedding_id, generation_id, user_id, embedding) VALUES (%s, %s, %s, %s)"
    number = act(database, "add", "third", uuid.uuid4().bytes * 2)
    for chunk in (bob.embedding, str(uuid.uuid4())):  # which one is there cannot be told
        with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="there is no such chunk"):
            alice.run(insert, chunk, number, alice.id, vector(1))
    with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="there is no such chunk"):
        alice.run(insert, alice.embedding, number, bob.id, vector(1))
    alice.run(insert, alice.embedding, number, None, vector(1))
    assert alice.run("SELECT user_id FROM embedding_vectors WHERE generation_id = %s", number) == [(alice.id,)]
    assert bob.run("SELECT count(*) FROM embedding_vectors WHERE generation_id = %s", number) == [(0,)]
    shared = database.owner("INSERT INTO embeddings (chunk_text, chunk_index) VALUES ('of all', 0) RETURNING id")[0][0]
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        alice.run(insert, shared, number, alice.id, vector(1))


def test_vectors_go_with_their_chunks(fresh):
    database, alice, bob = fresh
    alice.run("SELECT * FROM document_delete(%s)", alice.document)
    assert database.owner("SELECT user_id FROM embedding_vectors") == [(bob.id,)]
    database.owner("DELETE FROM users WHERE id = %s", bob.id)
    assert database.owner("SELECT count(*) FROM embedding_vectors") == [(0,)]


def test_only_a_complete_generation_becomes_active(fresh):
    database, alice, _ = fresh
    assert act(database, "switch", "second", False) == "building" and act(database, "switch", "none", False) == "absent"
    late = alice.one("INSERT INTO embeddings (user_id, document_id, chunk_text, chunk_index) VALUES (%s, %s, 'late', 1) RETURNING id", alice.id, alice.document)
    assert finish(database) == "ready"
    assert act(database, "switch", "second", False) == "incomplete"
    find = database.owner("SELECT id, chunk_text FROM embedding_fill_find(%s, NULL, 10)", identity(database))
    assert find == [(late, "late")]
    store = "SELECT embedding_fill_store(%s, %s, %s, 100)"
    vectors = '[{"id": "%s", "vector": "%s"}, {"id": "%s", "vector": "%s"}]' % (late, vector(1), uuid.uuid4(), vector(1))
    assert act(database, "pause", "second", True) == "paused"
    assert database.owner(store, identity(database), late, vectors) == [(False,)] and act(database, "switch", "second", False) == "paused"
    assert act(database, "pause", "second", False) == "resumed"
    assert database.owner(store, identity(database), late, vectors) == [(True,)]
    assert act(database, "switch", "second", False) == "switched"
    assert database.owner("SELECT name, state FROM embedding_generations ORDER BY id") == [(MODEL, "retired"), ("second", "active")]
    assert act(database, "switch", MODEL, True) == "incomplete"  # the late chunk has no vector of the first
    assert act(database, "pause", "second", True) == "active" and act(database, "drop", "second") == "active"
    assert database.owner("SELECT count(*) FROM audit_log WHERE action LIKE 'embeddings.%%'")[0][0] == 3


def test_chunks_far_behind_in_a_document_need_no_vector(fresh):
    database, alice, _ = fresh
    alice.run("INSERT INTO embeddings (user_id, document_id, chunk_text, chunk_index) VALUES (%s, %s, 'far', 2000)", alice.id, alice.document)
    for name in ("second", MODEL):
        assert database.owner("SELECT id FROM embedding_fill_find(%s, NULL, 10)", identity(database, name)) == []
    finish(database)
    assert database.owner("SELECT wanted, filled FROM embedding_generations WHERE name = 'second'") == [(2, 2)]


def test_a_switch_waits_for_writers_and_holds_new_ones(fresh):
    database, alice, _ = fresh
    finish(database)
    writer = database.connect("netguru_work")
    fetch(writer, "BEGIN")
    assert {row[1] for row in fetch(writer, "SELECT id, name FROM embedding_generations_hold()")} == {MODEL, "second"}
    owner = database.connect("postgres")
    fetch(owner, "SET ROLE netguru_owner")
    fetch(owner, "SET lock_timeout = '200ms'")
    for statement in ("switch(%s, 'second', false)", "drop(%s, 'second')", "add(%s, 'third', sha256('third'))"):
        with pytest.raises(psycopg2.errors.LockNotAvailable):
            fetch(owner, "SELECT embedding_generation_" + statement, BY)
    fetch(writer, "COMMIT")
    assert fetch(owner, "SELECT embedding_generation_switch(%s, 'second', false)", BY) == [("switched",)]
    assert nearest(alice, "second") == [(alice.embedding, 0)]


def test_a_switch_waits_for_a_self_check(fresh):
    database, alice, _ = fresh
    finish(database)
    alice.run("BEGIN")
    alice.run("SELECT search_recall_note(false, 0, 10, 10, 10)")
    said = []
    owner = database.connect("postgres")
    switching = threading.Thread(target=lambda: said.append(fetch(owner, "SELECT embedding_generation_switch(%s, 'second', false)", BY)))
    switching.start()
    until = time.monotonic() + 60
    while not database.superuser("SELECT EXISTS (SELECT FROM pg_locks WHERE pid = %s AND NOT granted)", owner.info.backend_pid)[0][0]:
        assert switching.is_alive() and time.monotonic() < until
    assert alice.run("SELECT agreed FROM embedding_compare(%s, %s, %s, 'second')", vector(1), MODEL, vector(0, 1)) == [(1,)]
    alice.run("COMMIT")
    switching.join(60)
    assert said == [[("switched",)]]


def test_a_dropped_generation_is_gone_in_steps(fresh):
    database, _, _ = fresh
    number = identity(database)
    assert act(database, "drop", "second") == "dropping" and act(database, "drop", "second") == "dropping"
    assert MODEL in {row[0] for row in database.owner("SELECT name FROM embedding_generations_hold()")}
    after, steps = "00000000-0000-0000-0000-000000000000", 0
    while after:
        after = database.owner("SELECT embedding_generation_drop_step(%s, %s, 1)", number, after)[0][0]
        steps += 1
    assert steps == 3 and database.owner("SELECT count(*) FROM embedding_vectors") == [(0,)]
    assert database.owner("SELECT name FROM embedding_generations") == [(MODEL,)]


def test_at_most_four_generations_and_one_active(fresh):
    database, _, _ = fresh
    for name in ("third", "fourth"):
        act(database, "add", name, uuid.uuid4().bytes * 2)
    with pytest.raises(psycopg2.errors.CheckViolation, match="four generations"):
        act(database, "add", "fifth", uuid.uuid4().bytes * 2)
    with pytest.raises(psycopg2.errors.UniqueViolation):
        database.owner("UPDATE embedding_generations SET state = 'active' WHERE name = 'third'")


def test_generations_are_compared_by_questions_of_users(fresh):
    database, alice, bob = fresh
    compare = "SELECT nearest, agreed, recalled FROM embedding_compare(%s, %s, %s, 'second')"
    assert alice.run(compare, vector(1), MODEL, vector(0, 1)) == []
    finish(database)
    assert alice.run(compare, vector(1), MODEL, vector(0, 1)) == [(1, 1, 1)] and bob.run(compare, vector(1), "second", vector(0, 1)) == []
    assert database.owner("SELECT compared, compared_chunks, agreed_chunks FROM embedding_generations WHERE name = 'second'") == [(1, 1, 1)]


def test_the_knowledge_is_searched_by_the_index_of_the_generation(fresh):
    database, alice, _ = fresh
    number = identity(database)
    database.owner("INSERT INTO embeddings (chunk_text, chunk_index) SELECT 'shared', n FROM generate_series(1, 300) AS n")
    database.owner("INSERT INTO embedding_vectors (embedding_id, generation_id, embedding) SELECT e.id, %s, "
                   "(array_fill(0.001::real, '{382}') || ARRAY[e.chunk_index::real, 1::real])::vector FROM embeddings AS e WHERE e.user_id IS NULL", number)
    finish(database)
    database.superuser("ANALYZE embedding_vectors")
    used = "SELECT idx_scan FROM pg_stat_all_indexes WHERE indexrelname = 'idx_vectors_%s_global'" % number
    # The statistics of a session are sent when it ends.
    session = database.connect()
    fetch(session, "SELECT set_config('app.current_user_id', %s, false)", alice.id)
    rows = fetch(session, "SELECT distance FROM knowledge_search_vector(%s, 'second', 20)", vector(*[0.001] * 382, 300, 1))
    fetch(session, "SELECT pg_stat_force_next_flush()")
    fetch(session, "SELECT 1")
    assert len(rows) == 20 and rows == sorted(rows) and database.superuser(used)[0][0] > 0
    assert len(fetch(session, "SELECT * FROM knowledge_search_vector(%s, 'second', 20, p_effort => 3)", vector(1))) == 20


def told(database, name="second"):
    """What the metrics say of a generation: family -> value, and its state."""
    rows = database.owner("SELECT family, label, value FROM metrics_read_generations()")
    values = {family.removeprefix("embedding_generation_"): value for family, label, value in rows if label == name}
    [state] = [label.split("\t")[1] for family, label, value in rows if family == "embedding_generation_state" and label.startswith(name + "\t") and value == 1]
    return values, state


def long_ago(database, name="second"):
    database.owner("UPDATE embedding_generations SET progressed_at = now() - interval '2 hours', changed_at = now() - interval '9 days' WHERE name = %s", name)


def test_a_filling_without_progress_is_told_until_it_progresses(fresh):
    database, alice, _ = fresh
    number = identity(database)
    database.owner("DELETE FROM embedding_vectors WHERE embedding_id = %s", alice.embedding)
    database.owner("SELECT embedding_fill_count(%s, false)", number)
    long_ago(database)
    values, state = told(database)
    assert state == "building" and 7200 <= values["stalled_seconds"] < 7300 and values["waiting_seconds"] == 0
    assert (values["chunks"], values["chunks_left"]) == (1, 1) and "recall" not in values and values["compared"] == 0
    # Counting again is no progress; a vector is.
    database.owner("SELECT embedding_fill_count(%s, false)", number)
    assert told(database)[0]["stalled_seconds"] >= 7200
    stored = '[{"id": "%s", "vector": "%s"}]' % (alice.embedding, vector(1))
    assert database.owner("SELECT embedding_fill_store(%s, NULL, %s, 10)", number, stored) == [(True,)]
    values, _ = told(database)
    assert values["stalled_seconds"] < 60 and (values["chunks"], values["chunks_left"]) == (2, 0)
    # All is there, but no pass has found that yet, and the indexes are missing.
    long_ago(database)
    assert told(database)[0]["stalled_seconds"] >= 7200
    database.owner("SELECT embedding_fill_count(%s, true)", number)
    assert told(database)[0]["stalled_seconds"] < 60


def test_a_generation_that_waits_for_the_operator_is_told(fresh):
    database, alice, _ = fresh
    assert finish(database) == "ready"
    assert told(database)[1] == "ready" and told(database)[0]["waiting_seconds"] < 60
    long_ago(database)
    assert told(database)[0]["waiting_seconds"] >= 9 * 86400 and told(database)[0]["stalled_seconds"] == 0
    assert act(database, "switch", "second", False) == "switched"
    assert told(database)[0]["waiting_seconds"] == 0 and told(database)[0]["is_active"] == 1
    assert told(database, MODEL)[1] == "retired" and told(database, MODEL)[0]["waiting_seconds"] < 60
    long_ago(database, MODEL)
    assert told(database, MODEL)[0]["waiting_seconds"] >= 9 * 86400
    assert act(database, "pause", MODEL, True) == "paused"
    assert told(database, MODEL)[0]["waiting_seconds"] < 60 and told(database, MODEL)[0]["stalled_seconds"] == 0
    # The active one lacks the vector of a chunk: since now.
    long_ago(database)
    database.owner("DELETE FROM embedding_vectors WHERE embedding_id = %s", alice.embedding)
    database.owner("SELECT embedding_fill_count(%s, false)", identity(database))
    assert told(database)[0]["chunks_left"] == 1 and told(database)[0]["stalled_seconds"] < 60
    # A drop that was interrupted.
    assert act(database, "drop", MODEL) == "dropping"
    long_ago(database, MODEL)
    assert told(database, MODEL)[1] == "dropping" and told(database, MODEL)[0]["stalled_seconds"] >= 7200


def test_what_comparisons_found_is_told(fresh):
    database, _, _ = fresh
    assert finish(database) == "ready"
    database.owner("UPDATE embedding_generations SET compared = 4, compared_chunks = 40, agreed_chunks = 30, found_chunks = 39 WHERE name = 'second'")
    values, _ = told(database)
    assert (values["compared"], values["agreement"], values["recall"]) == (4, 0.75, 0.975)
