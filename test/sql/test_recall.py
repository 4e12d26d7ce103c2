# SPDX-License-Identifier: Apache-2.0
"""The search checks itself: a bad index is noticed, searched harder, then not at all, and the way back."""
import pytest

from conftest import MODEL, Tenant, fetch

LARGE = 1500
WINDOW = 20  # questions


@pytest.fixture(scope="module")
def tenants(database):
    """Clustered vectors in a poor graph: two links a node, built with the shortest of looks."""
    database.superuser("SELECT setseed(0.5)")
    found = [Tenant(database, "large"), Tenant(database, "small")]
    insert = """INSERT INTO embeddings (user_id, chunk_text, chunk_index, embedding)
        SELECT %s, 'c', n + 10, (SELECT array_agg((('x' || substr(md5((n %% 40) || '/' || d), 1, 6))::bit(24)::integer / 16777216.0 - 0.5
            + 0.05 * (random() - 0.5) + 0 * n)::real ORDER BY d)::real[]::vector FROM generate_series(1, 384) AS d)
        FROM generate_series(1, %s) AS n"""
    database.superuser(insert, found[0].id, LARGE)
    database.superuser(insert, None, 500)
    poor_index(database, found[0])
    database.superuser("VACUUM ANALYZE embeddings")
    return found


def poor_index(database, tenant, options="m = 2, ef_construction = 4"):
    name = database.owner("SELECT embeddings_own_index_name(%s)", tenant.id)[0][0]
    database.owner("DROP INDEX IF EXISTS %s" % name)
    database.owner("CREATE INDEX %s ON embeddings USING hnsw (embedding vector_cosine_ops) WITH (%s) WHERE user_id = '%s'" % (name, options, tenant.id))


def vectors(database, tenant):
    return [row[0] for row in database.superuser("SELECT embedding::text FROM embeddings WHERE user_id = %s AND chunk_text = 'c' ORDER BY random() LIMIT %s",
                                                 tenant.id, WINDOW)]


def check_window(database, tenant):
    """(is_global, recall, former effort, effort) of each window that has ended after 20 questions."""
    return [row for vector in vectors(database, tenant) for row in tenant.run("SELECT * FROM search_recall_check(%s, %s)", vector, MODEL)]


def setting(database, tenant=None):
    rows = database.owner("SELECT effort, recall, wanted FROM search_settings WHERE user_id IS NOT DISTINCT FROM %s", tenant and tenant.id)
    return rows[0] if rows else None


@pytest.fixture
def fresh(database, tenants):
    database.owner("DELETE FROM search_settings")
    return tenants[0]


def test_poor_index_is_searched_harder_then_not_at_all(database, fresh):
    recalls = []
    for effort in (0, 1, 2):
        own = [row for row in check_window(database, fresh) if not row[0]]
        assert [row[2:] for row in own] == [(effort, effort + 1)]
        recalls.append(own[0][1])
    print("recall with each effort", recalls)
    assert max(recalls) < 0.99
    # The window is the index's, although the search compares all vectors now.
    own = [row for row in check_window(database, fresh) if not row[0]]
    assert [row[2:] for row in own] == [(3, 3)] and own[0][1] < 0.99
    for vector in vectors(database, fresh):
        exact = database.superuser("SELECT array_agg(id) FROM (SELECT id FROM embeddings WHERE user_id = %s ORDER BY (embedding <=> %s::vector) + 0, id LIMIT 10) AS e",
                                   fresh.id, vector)[0][0]
        assert fresh.run("SELECT array_agg(id) FROM (SELECT id FROM document_search_vector(%s, %s, 40) LIMIT 10) AS v", vector, MODEL)[0][0] == exact


def test_good_index_stays_as_it_is(database, fresh):
    whole = [row for row in check_window(database, fresh) if row[0]]
    assert [row[2:] for row in whole] == [(0, 0)] and whole[0][1] >= 0.99
    assert setting(database)[0] == 0


def test_scopes_do_not_touch_each_other(database, fresh):
    check_window(database, fresh)
    assert setting(database)[0] == 0 and setting(database, fresh)[0] == 1


def test_account_without_an_index_is_not_measured(database, tenants, fresh):
    tenants[1].run("SELECT * FROM search_recall_check((SELECT embedding FROM embeddings WHERE user_id IS NULL LIMIT 1), %s)", MODEL)
    assert setting(database, tenants[1]) is None
    assert setting(database)[2] == 10


def test_effort_falls_when_less_has_been_enough_for_long(database, fresh):
    check_window(database, fresh)
    note = "SELECT former, effort FROM search_recall_note(false, 1, 200, 200, %s)"
    for enough in (198, 198, 197, 198, 198):
        assert fresh.run(note, enough) == [(1, 1)]
    assert fresh.run(note, 198) == [(1, 1)]  # the third in a row, within the hour
    database.owner("UPDATE search_settings SET changed_at = now() - interval '61 minutes' WHERE user_id IS NOT NULL")
    assert fresh.run(note, 198) == [(1, 0)]
    assert setting(database, fresh)[0] == 0


def test_rebuilt_index_is_trusted_again(database, fresh):
    database.owner("INSERT INTO search_settings (user_id, effort, changed_at) VALUES (%s, 3, now() - interval '1 day')", fresh.id)
    poor_index(database, fresh, "m = 16, ef_construction = 100")
    try:
        efforts = [row[3] for _ in range(3) for row in check_window(database, fresh) if not row[0]]
        assert efforts == [3, 3, 2]
    finally:
        poor_index(database, fresh)


def test_measurement_of_another_effort_is_dropped(database, fresh):
    assert fresh.run("SELECT * FROM search_recall_note(false, 2, 200, 0, 0)") == []
    assert setting(database, fresh) == (0, None, 0)


@pytest.mark.parametrize("counts", [(10, 11, 10), (10, 10, 11), (-1, 0, 0), (10, -1, 0)])
def test_impossible_counts_are_refused(fresh, counts):
    with pytest.raises(Exception, match="search_settings"):
        fresh.run("SELECT * FROM search_recall_note(false, 0, %s, %s, %s)", *counts)


def test_nobody_measures_nothing(database, fresh):
    nobody = database.connect()
    assert fetch(nobody, "SELECT * FROM search_recall_check((SELECT array_fill(1, '{384}')::vector), %s)", MODEL) == []
    assert fetch(nobody, "SELECT * FROM search_recall_note(true, 0, 200, 0, 0)") == []
    assert setting(database) is None


def test_metrics_tell_the_worst_and_how_many(database, tenants, fresh):
    database.owner("INSERT INTO search_settings (user_id, effort, recall, measured_at) VALUES (NULL, 0, 1, now()), (%s, 3, 0.5, now()), (%s, 1, 1, now())",
                   tenants[0].id, tenants[1].id)
    database.owner("UPDATE search_settings SET measured_at = now() - interval '8 days' WHERE user_id IS NULL")
    values = {row[:2]: row[2] for row in fetch(database.connect("netguru_serve"), "SELECT * FROM metrics_read() WHERE family LIKE 'search_%'")}
    assert values == {("search_recall_min", "own"): 0.5, ("search_recall_mean", "own"): 0.75, ("search_scopes_raised", "own"): 1, ("search_scopes_exact", "own"): 1,
                      ("search_scopes_raised", "global"): 0, ("search_scopes_exact", "global"): 0}
