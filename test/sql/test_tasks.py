# SPDX-License-Identifier: Apache-2.0
"""The life of a task: claim, lease, fencing, retries, dead letters, cancel, sweep."""
import random
import threading
import uuid

import pytest

from conftest import Tenant, fetch

CLAIM = "SELECT id, attempts, fencing_token FROM task_claim(%s, %s, %s)"


class Job:
    def __init__(self, tenant, worker, **columns):
        self.tenant, self.worker = tenant, worker
        self.key = str(uuid.uuid4())
        self.id = tenant.add_task(celery_task_id=self.key, **columns)

    def claim(self, name="w1", lease="1 minute"):
        rows = fetch(self.worker, CLAIM, self.key, name, lease)
        return rows[0][2] if rows else None

    def call(self, function, *arguments):
        return fetch(self.worker, "SELECT task_%s(%%s%s)" % (function, ", %s" * len(arguments)), self.id, *arguments)[0][0]

    def state(self, columns="status, failure_kind, attempts"):
        return self.tenant.run("SELECT %s FROM analysis_tasks WHERE id = %%s" % columns, self.id)[0]

    def document(self):
        return self.tenant.run("SELECT d.status, d.failure_reason FROM documents d JOIN analysis_tasks t ON t.document_id = d.id WHERE t.id = %s", self.id)[0]

    def expire(self):
        """What time does to a worker that was killed."""
        self.tenant.database.owner("UPDATE analysis_tasks SET lease_expires_at = now() - interval '1 s' WHERE id = %s", self.id)

    def wait_over(self):
        self.tenant.database.owner("UPDATE analysis_tasks SET next_attempt_at = now() - interval '1 hour' WHERE id = %s", self.id)


@pytest.fixture
def tenant(database):
    database.owner("DELETE FROM analysis_tasks")
    return Tenant(database, "tasks")


@pytest.fixture
def worker(database):
    connection = database.connect()
    yield connection
    connection.close()


@pytest.fixture
def job(tenant, worker):
    tenant.database.owner("DELETE FROM analysis_tasks")
    return Job(tenant, worker, document_id=tenant.document, settles_document=True, queue="rag", arguments='{"a": 1}')


def sweep(job, *arguments):
    return [row[0] for row in fetch(job.worker, "SELECT id FROM task_sweep(%s)" % (", ".join(["100", *("%s" for _ in arguments)])), *arguments)]


def complete(job, token, user=None):
    fetch(job.worker, "SELECT set_config('app.current_user_id', %s, false)", user or job.tenant.id)
    return job.call("complete", token, '{"ok": true}')


def test_success(job):
    rows = fetch(job.worker, "SELECT user_id, document_id, task_type, queue, arguments, attempts, max_attempts, lease_expires_at > now() "
                             "FROM task_claim(%s, 'w1', '1 minute')", job.key)
    assert rows == [(job.tenant.id, job.tenant.document, "config_validation", "rag", {"a": 1}, 1, 3, True)]
    assert job.document() == ("processing", None)
    assert job.call("heartbeat", 1, "1 minute", 40, "chunks") == "held"
    assert job.state("status, progress, stage, worker") == ("running", 40, "chunks", "w1")
    assert complete(job, 1) is True
    assert job.state("status, result, progress, lease_expires_at, completed_at IS NOT NULL") == ("completed", {"ok": True}, 100, None, True)
    assert job.document() == ("completed", None)


def test_only_one_of_many_claims_wins(database, job):
    won, gate = [], threading.Barrier(8)

    def race(number):
        connection = database.connect()
        gate.wait()
        won.extend(fetch(connection, CLAIM, job.key, "w%d" % number, "1 minute"))
        connection.close()

    threads = [threading.Thread(target=race, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_a_running_or_ended_task_is_not_claimed(job):
    token = job.claim()
    assert job.claim("w2") is None
    assert complete(job, token) is True
    assert job.claim("w2") is None
    assert fetch(job.worker, CLAIM, "unknown", "w", "1 minute") == []


def test_a_lost_lease_is_fenced(job):
    slow = job.claim("slow")
    job.expire()
    fast = job.claim("fast")
    assert fast > slow
    assert job.call("heartbeat", slow, "1 minute") == "lost"
    assert job.call("fail", slow, "x", True) == "lost"
    assert complete(job, slow) is False
    assert complete(job, fast) is True


def test_the_effect_of_a_lost_lease_is_not_seen(job):
    slow = job.claim("slow")
    job.worker.autocommit = False
    fetch(job.worker, "SELECT set_config('app.current_user_id', %s, true)", job.tenant.id)
    fetch(job.worker, "INSERT INTO embeddings (user_id, document_id, chunk_text, chunk_index) VALUES (%s, %s, 'effect', 5)", job.tenant.id, job.tenant.document)
    job.expire()
    other = job.tenant.database.connect()
    assert job.id in [row[0] for row in fetch(other, "SELECT id FROM task_sweep(100, '0')")]
    assert job.call("complete", slow, "{}") is False
    job.worker.rollback()
    job.worker.autocommit = True
    assert job.tenant.run("SELECT count(*) FROM embeddings WHERE chunk_text = 'effect'") == [(0,)]
    assert job.state()[0] == "pending"


def test_a_completing_task_cannot_be_swept_away(job):
    """The row is locked from task_complete to the commit."""
    token = job.claim()
    job.worker.autocommit = False
    assert complete(job, token) is True
    other = job.tenant.database.connect()
    assert job.id not in [row[0] for row in fetch(other, "SELECT id FROM task_sweep(100, '0')")]
    job.worker.commit()
    job.worker.autocommit = True
    assert job.state()[0] == "completed"


def test_complete_wants_the_users_context(job, database):
    token = job.claim()
    assert complete(job, token, "00000000-0000-4000-8000-000000000000") is False
    assert complete(job, token) is True


def test_retries_back_off_and_end_as_a_dead_letter(job):
    waits = []
    for _ in range(2):
        token = job.claim()
        assert job.call("fail", token, "no model", True, "10 s") == "retrying"
        waits.append(float(job.state("extract(epoch FROM next_attempt_at - now())")[0]))
        assert job.claim() is None  # not due yet
        assert sweep(job) == []
        job.wait_over()
        assert sweep(job, "0") == [job.id] and sweep(job, "0") == []
    assert 9 < waits[0] <= 10 and 19 < waits[1] <= 20
    assert job.document() == ("processing", None)
    assert job.call("fail", job.claim(), "no model", True) == "failed"
    assert job.state("status, failure_kind, attempts, error_message") == ("failed", "dead", 3, "no model")
    assert job.document() == ("failed", "no model")
    assert job.claim() is None


@pytest.mark.parametrize("backoff", ["-1 hour", "100 years", None])
def test_back_off_is_bounded(job, backoff):
    token = job.claim()
    assert job.call("fail", token, None, True, backoff) == "retrying"
    assert job.state("next_attempt_at BETWEEN now() - interval '1 s' AND now() + interval '1 hour'") == (True,)


def test_a_hopeless_task_is_not_tried_again(job):
    assert job.call("fail", job.claim(), "not a capture", False) == "failed"
    assert job.state() == ("failed", "error", 1)
    assert job.document() == ("failed", "not a capture")


def test_a_document_that_is_processed_again_loses_its_error(tenant, job):
    job.call("fail", job.claim(), "not a capture", False)
    again = Job(tenant, job.worker, document_id=tenant.document, settles_document=True)
    token = again.claim()
    assert again.document() == ("processing", None)
    assert complete(again, token) and again.document() == ("completed", None)


def test_cancel_before_it_begins(job):
    assert job.tenant.one("SELECT task_cancel(%s)", job.id) == "cancelled"
    assert job.state() == ("failed", "cancelled", 0)
    assert job.document() == ("failed", "cancelled by the user")
    assert job.claim() is None
    assert job.tenant.one("SELECT task_cancel(%s)", job.id) == "settled"
    assert job.tenant.one("SELECT task_cancel(%s)", str(uuid.uuid4())) == "absent"


def test_cancel_while_it_runs(job):
    token = job.claim()
    assert job.tenant.one("SELECT task_cancel(%s)", job.id) == "requested"
    assert job.call("heartbeat", token, "1 minute") == "cancel"
    assert complete(job, token) is False
    assert job.call("fail", token, "stopped", True) == "cancelled"
    assert job.state() == ("failed", "cancelled", 1)


def test_cancel_of_a_task_whose_worker_died(job):
    job.claim()
    job.tenant.one("SELECT task_cancel(%s)", job.id)
    job.expire()
    assert job.claim("w2") is None
    assert sweep(job) == []
    assert job.state() == ("failed", "cancelled", 1)


def test_workers_that_die_make_a_dead_letter(job):
    waits = []
    for death in range(1, 6):
        assert job.claim("netguru@host:%d:abc" % death) is not None
        assert job.state("attempts, deaths") == (1, death - 1)
        job.expire()
        found = sweep(job)
        if death == 5:
            assert found == []
        else:
            waits.append(round(float(job.state("extract(epoch FROM next_attempt_at - now())")[0])))
            assert job.state("status, attempts, deaths, error_message") == ("pending", 0, death, "the server was restarted while working on it")
            job.wait_over()
            assert sweep(job) == ([] if found else [job.id])
    assert waits == [0, 10, 20, 40]
    assert job.state("status, failure_kind, deaths") == ("failed", "dead", 5)
    assert job.document() == ("failed", "the server was restarted 5 times while working on it")
    assert job.claim() is None


def test_deaths_and_errors_are_counted_apart(job):
    for _ in range(2):
        job.claim()
        job.expire()
        sweep(job)
        job.wait_over()
        assert job.call("fail", job.claim(), "no model", True) == "retrying"
        job.wait_over()
    assert job.state("attempts, deaths") == (2, 2)
    assert job.call("fail", job.claim(), "no model", True) == "failed"
    assert job.state() == ("failed", "dead", 3)


def test_a_claim_that_finds_an_expired_lease_counts_the_death(job):
    job.claim("w1")
    job.expire()
    assert job.claim("w2") is not None
    assert job.state("attempts, deaths, worker") == (1, 1, "w2")
    job.tenant.database.owner("UPDATE analysis_tasks SET deaths = 4 WHERE id = %s", job.id)
    job.expire()
    assert job.claim("w3") is None and sweep(job) == []
    assert job.state("status, failure_kind, deaths") == ("failed", "dead", 5)


def test_the_sweeper_sends_what_was_never_sent_and_what_was_lost(job):
    assert sweep(job) == []  # the sender has its grace
    assert sweep(job, "0") == [job.id]
    assert sweep(job, "0") == []
    assert sweep(job, "0", "0") == [job.id]  # Redis was wiped
    job.tenant.run("SELECT task_mark_sent(ARRAY[%s]::uuid[])", job.id)
    assert sweep(job, "0") == []


def test_two_sweepers_do_not_send_twice(database, job):
    first, second = database.connect(), database.connect()
    first.autocommit = False
    assert fetch(first, "SELECT id FROM task_sweep(10, '0')") == [(job.id,)]
    assert fetch(second, "SELECT id FROM task_sweep(10, '0')") == []
    first.rollback()  # the push failed: the next one sends it
    assert fetch(second, "SELECT id FROM task_sweep(10, '0')") == [(job.id,)]


def test_a_task_run_by_somebody_elses_worker_is_left_alone(database, job):
    database.owner("UPDATE analysis_tasks SET status = 'running' WHERE id = %s", job.id)
    assert sweep(job, "0") == [] and job.claim() is None
    assert job.state()[0] == "running"


def test_a_worker_that_stops_gives_its_task_back(job):
    token = job.claim()
    assert job.call("release", token) == "released"
    assert job.state("status, attempts, lease_expires_at") == ("pending", 0, None)
    assert complete(job, token) is False and job.call("release", token) == "lost"
    again = job.claim("w2")
    assert again > token and complete(job, again) is True
    assert fetch(job.worker, "SELECT id, user_id, status FROM task_find(%s)", job.key) == [(job.id, job.tenant.id, "completed")]


def test_leases_are_clamped(job):
    job.claim(lease="100 years")
    assert job.state("lease_expires_at <= now() + interval '1 hour'") == (True,)
    job.call("heartbeat", 1, "-5 minutes")
    assert job.state("lease_expires_at > now()") == (True,)


def test_what_operators_see(tenant, job):
    later = Job(tenant, job.worker, queue="rag")
    job.tenant.database.owner("UPDATE analysis_tasks SET next_attempt_at = now() - interval '1 minute' WHERE id = %s", job.id)
    owner = job.tenant.database.owner
    assert owner("SELECT task_position(%s), task_position(%s)", later.id, job.id) == [(1, 0)]
    summary = {row[0]: row[1:] for row in fetch(job.worker, "SELECT * FROM task_queue_summary()")}
    assert summary["rag"][:4] == (2, 0, 0, 0) and summary["rag"][4] >= 60 and summary["pcap"] == (0, 0, 0, 0, 0)
    job.claim()
    summary = {row[0]: row[1:] for row in fetch(job.worker, "SELECT * FROM task_queue_summary()")}
    assert summary["rag"][:4] == (1, 0, 1, 1)
    assert owner("SELECT status, worker, queue FROM task_inspect(%s)", job.id) == [("running", "w1", "rag")]
    assert fetch(job.worker, "SELECT task_find_due('{rag,pcap}')") == [(later.key,)]
    assert owner("SELECT task_position(%s)", job.id) == [(None,)]


def test_kills_at_random_lose_and_double_nothing(database, tenant, worker):
    """Workers that stop at any of the steps; every effect is there once in the end."""

    random.seed(7)
    tenant.database.owner("DELETE FROM analysis_tasks")
    jobs = [Job(tenant, worker) for _ in range(60)]
    database.owner("UPDATE analysis_tasks SET max_deaths = 1000")
    session = database.connect()
    session.autocommit = False
    unfinished = {job.key: job for job in jobs}
    for _ in range(2000):
        if not unfinished:
            break
        job = random.choice(list(unfinished.values()))
        rows = fetch(session, CLAIM, job.key, "w", "1 minute")
        session.commit()
        if rows and random.random() < 0.7:
            fetch(session, "SELECT set_config('app.current_user_id', %s, true)", tenant.id)
            fetch(session, "INSERT INTO conversations (user_id, title) VALUES (%s, %s)", tenant.id, job.key)
            if random.random() < 0.6:
                done = fetch(session, "SELECT task_complete(%s, %s, NULL)", job.id, rows[0][2])[0][0]
                if done and random.random() < 0.6:
                    session.commit()
                    del unfinished[job.key]
        session.rollback()
        if job.key in unfinished:
            job.expire()
    assert not unfinished
    assert tenant.run("SELECT count(*), count(DISTINCT title) FROM conversations WHERE title = ANY (%s)", [job.key for job in jobs]) == [(60, 60)]


def test_release_gives_back_without_counting(job):
    token = job.claim()
    assert job.call("release", token) == "released"
    assert job.state("status, attempts, sent_at, lease_expires_at, next_attempt_at <= now()") == ("pending", 0, None, None, True)
    assert job.document()[0] == "processing"
    assert job.call("release", token) == "lost"
    again = job.claim()
    assert again == token + 1
    assert job.call("release", token) == "lost"
    assert complete(job, again) is True
    assert job.call("release", again) == "lost"


def test_release_of_a_cancelled_task_ends_it(job):
    token = job.claim()
    assert fetch(job.tenant.app, "SELECT task_cancel(%s)", job.id) == [("requested",)]
    assert job.call("release", token) == "cancelled"
    assert job.state() == ("failed", "cancelled", 1)


def test_find_tells_whose_message_it_is(job):
    assert fetch(job.worker, "SELECT id, user_id, status FROM task_find(%s)", job.key) == [(job.id, job.tenant.id, "pending")]
    assert fetch(job.worker, "SELECT * FROM task_find('nobody has this')") == []


CLAIM_NEXT = "SELECT celery_task_id FROM task_claim_next(%s, %s, '{config_validation}', %s, 'w', '1 minute')"


def claim_next(job, count, ids=(), newcomers=False):
    return [row[0] for row in fetch(job.worker, CLAIM_NEXT, list(ids), count, newcomers)]


@pytest.fixture
def crowd(database, tenant, worker):
    """Three users: of the first ten jobs, of the second two, of the third one, in this order."""
    users = [tenant, Tenant(database, "second"), Tenant(database, "third")]
    database.owner("DELETE FROM analysis_tasks")
    return [[Job(user, worker, queue=queue) for queue in ("rag", "pcap", "default", "rag", "rag", "pcap", "rag", "rag", "rag", "rag")[:count]]
            for user, count in zip(users, (10, 2, 1))]


def keys(jobs):
    return [job.key for job in jobs]


def test_places_are_shared_among_users(crowd):
    a, b, c = crowd
    assert claim_next(a[0], 0) == []
    assert set(claim_next(a[0], 3)) == {a[0].key, b[0].key, c[0].key}
    assert set(claim_next(a[0], 3)) == {a[1].key, b[1].key, a[2].key}
    assert claim_next(a[0], 2) == keys(a[3:5])
    assert claim_next(a[0], 100) == keys(a[5:])
    assert claim_next(a[0], 1) == []


def test_one_place_goes_round(crowd):
    a, b, c = crowd
    order = []
    for _ in range(13):
        (key,) = claim_next(a[0], 1)
        order.append(key)
        job = next(job for jobs in crowd for job in jobs if job.key == key)
        assert complete(job, 1, job.tenant.id) is True
    assert order == [a[0].key, b[0].key, c[0].key, a[1].key, b[1].key] + keys(a[2:])


def test_who_has_running_tasks_comes_later(crowd):
    a, b, c = crowd
    assert claim_next(a[0], 1) == [a[0].key]
    assert claim_next(a[0], 1) == [b[0].key]
    assert set(claim_next(a[0], 2)) == {c[0].key, a[1].key}
    assert claim_next(a[0], 1) == [b[1].key]


def test_newcomers_have_no_running_task(crowd):
    a, b, c = crowd
    assert claim_next(a[0], 1) == [a[0].key]
    assert set(claim_next(a[0], 5, newcomers=True)) == {b[0].key, b[1].key, c[0].key}
    assert claim_next(a[0], 5, newcomers=True) == []


def test_two_claims_at_a_time_get_different_tasks(database, crowd):
    a, _, _ = crowd
    other = database.connect()
    other.autocommit = False
    first = {row[0] for row in fetch(other, CLAIM_NEXT, [], 3, False)}
    second = set(claim_next(a[0], 3))
    assert len(first) == 3 and len(second) >= 1 and not first & second
    assert fetch(a[0].worker, "SELECT task_has_due('{}', '{config_validation}')") == [(True,)]
    other.rollback()
    assert set(claim_next(a[0], 100)) == {job.key for jobs in crowd for job in jobs} - second
    assert fetch(a[0].worker, "SELECT task_has_due('{}', '{config_validation}')") == [(False,)]


def test_a_task_of_unknown_type_goes_to_its_message_alone(job):
    statement = "SELECT celery_task_id FROM task_claim_next(%s, 2, '{another_type}', FALSE, 'w', '1 minute')"
    due = "SELECT task_has_due(%s, '{another_type}')"
    assert fetch(job.worker, statement, []) == [] and fetch(job.worker, due, []) == [(False,)]
    assert fetch(job.worker, due, [job.key]) == [(True,)]
    assert fetch(job.worker, statement, [job.key, "unknown"]) == [(job.key,)]
    assert fetch(job.worker, due, [job.key]) == [(False,)]


def test_a_task_of_unknown_type_is_not_left_behind_by_others(crowd):
    """Its message wakes a worker once; the place must not go to a job that is due in its stead."""
    stranger = crowd[0][9]
    statement = "SELECT celery_task_id FROM task_claim_next(%s, 1, '{another_type}', FALSE, 'w', '1 minute')"
    assert fetch(stranger.worker, statement, [stranger.key]) == [(stranger.key,)]
    database_sees = "UPDATE analysis_tasks SET task_type = 'unheard_of' WHERE celery_task_id = %s"
    crowd[0][8].tenant.database.owner(database_sees, crowd[0][8].key)
    assert claim_next(crowd[0][0], 2, [crowd[0][8].key]) == [crowd[0][8].key, crowd[1][0].key]


def test_what_is_not_due_is_not_claimed(job):
    assert job.call("fail", job.claim(), "x", True) == "retrying"
    assert claim_next(job, 1, [job.key]) == []
    job.wait_over()
    assert claim_next(job, 1) == [job.key]
    assert job.tenant.one("SELECT task_cancel(%s)", job.id) == "requested"
    job.expire()
    assert claim_next(job, 1, [job.key]) == []


def test_many_users_are_served_from_a_random_one_on(database, job):
    """More than are compared at a time: all have their turn."""
    database.owner("""WITH people AS (INSERT INTO users (email, hashed_password) SELECT 'crowd' || n || '@x', '$2b$12$' || repeat('x', 53)
                      FROM generate_series(1, 250) AS n RETURNING id)
                      INSERT INTO analysis_tasks (user_id, task_type, celery_task_id) SELECT id, 'config_validation', id::text FROM people""")
    served = set()
    for _ in range(100):
        served.update(claim_next(job, 50))
        if len(served) == 251:
            break
    assert len(served) == 251
    database.owner("DELETE FROM users WHERE email LIKE 'crowd%@x'")


def test_admission_counts_pending_tasks(tenant, job):
    admit = "SELECT task_admit(%s, %s, %s)"
    assert tenant.one(admit, 2, 1, 1) is None
    assert tenant.one(admit, 1, 9, 9) == 1
    tenant.database.owner("UPDATE users SET plan_tier = 'team' WHERE id = %s", tenant.id)
    assert tenant.one(admit, 0, 2, 0) is None and tenant.one(admit, 9, 1, 9) == 1
    job.claim()
    assert tenant.one(admit, 0, 1, 0) is None


def test_a_task_is_held_until_the_transaction_ends(database, job):
    token = job.claim()
    assert job.call("hold", token) == "held" and job.call("hold", token + 1) == "lost"
    job.worker.autocommit = False
    assert job.call("hold", token) == "held"
    assert database.superuser("SELECT id FROM analysis_tasks WHERE id = %s FOR UPDATE SKIP LOCKED", job.id) == []
    job.worker.rollback()
    job.worker.autocommit = True
    job.tenant.one("SELECT task_cancel(%s)", job.id)
    assert job.call("hold", token) == "cancel"


def test_a_deleted_document_takes_its_tasks(tenant, job):
    stranger = Tenant(tenant.database, "stranger")
    settled = Job(tenant, job.worker, document_id=tenant.document)
    job.claim()
    assert stranger.run("SELECT * FROM document_delete(%s)", tenant.document) == []
    ((path, tasks),) = tenant.run("SELECT * FROM document_delete(%s)", tenant.document)
    assert path and sorted((t["id"], t["celery_task_id"], t["is_running"]) for t in tasks) == sorted(
        [(job.id, job.key, True), (settled.id, settled.key, False)])
    assert job.call("heartbeat", 1, "1 minute") == "lost"
    assert tenant.run("SELECT count(*) FROM analysis_tasks") == [(0,)]
    assert tenant.run("SELECT * FROM document_delete(%s)", tenant.document) == []


def wait_for_lock(database, text):
    """Until a session waits for a lock in a statement with that text."""
    while not database.superuser("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE %s", text)[0][0]:
        database.superuser("SELECT pg_sleep(0.01)")


@pytest.mark.parametrize("ending", ["fail", "complete", "claim"])
def test_deleting_a_document_while_its_task_ends_meets_no_deadlock(database, job, ending):
    """The task's end has its row and waits before the document's; the deletion comes in between."""
    token = job.claim() if ending != "claim" else None
    database.owner("""CREATE FUNCTION at_the_document() RETURNS trigger LANGUAGE plpgsql AS $$
                      BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NULL; END $$;
                      GRANT EXECUTE ON FUNCTION at_the_document() TO PUBLIC;
                      CREATE TRIGGER at_the_document BEFORE UPDATE ON documents FOR EACH STATEMENT EXECUTE FUNCTION at_the_document()""")
    gate, ends, errors = database.connect(), {"fail": "task_fail", "complete": "task_complete", "claim": "task_claim_next"}[ending], []
    fetch(gate, "SELECT pg_advisory_lock(4711)")

    def run(work):
        try:
            work()
        except Exception as error:  # pylint: disable=broad-except
            errors.append(error)

    work = {"fail": lambda: job.call("fail", token, "x", False), "complete": lambda: complete(job, token), "claim": lambda: claim_next(job, 1)}[ending]
    threads = [threading.Thread(target=run, args=(work,)),
               threading.Thread(target=run, args=(lambda: job.tenant.run("SELECT * FROM document_delete(%s)", job.tenant.document),))]
    try:
        threads[0].start()
        wait_for_lock(database, "%" + ends + "%")
        threads[1].start()
        wait_for_lock(database, "%document_delete%")
    finally:
        fetch(gate, "SELECT pg_advisory_unlock(4711)")
        for thread in threads:
            thread.join()
        database.owner("DROP FUNCTION at_the_document CASCADE")
        gate.close()
    assert errors == []
    assert job.tenant.run("SELECT count(*) FROM documents WHERE id = %s", job.tenant.document) == [(0,)]
    assert job.tenant.run("SELECT count(*) FROM analysis_tasks") == [(0,)]
