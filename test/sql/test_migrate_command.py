# SPDX-License-Identifier: Apache-2.0
"""netguru migrate as an operator uses it, with every way in which an upgrade can be disturbed."""
import contextlib
import shutil
import signal
import subprocess
import time

import pytest

from conftest import Database, MIGRATIONS, migration_files
from migrating import (CONFLICT, FAILED, FORBIDDEN, INTERRUPTED, MISUSE, OK, PROGRAM, UNAVAILABLE, databases, migrate, migrate_json, start, url)

LOCK = 0x6e657467757275
REVISIONS = [path.name[:-len(".up.sql")] for path in migration_files("up")]


def wait_until(condition, what):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("in a minute it did not happen that " + what)


@pytest.fixture
def database(cluster):
    database = cluster.create()
    database.provision()
    yield database
    assert databases(database) == []
    database.close()


@contextlib.contextmanager
def locked_users(database):
    """A program that has a transaction open and the table users locked."""
    holder = Database(database.cluster, database.name).connect("postgres", application_name="importer")
    with holder.cursor() as cursor:
        cursor.execute("BEGIN; LOCK TABLE users")
        try:
            yield holder
        finally:
            cursor.execute("ROLLBACK")
    holder.close()


def backend(database):
    """The server process that a migration waits in."""
    return wait_until(lambda: database.superuser(
        "SELECT a.pid FROM pg_stat_activity AS a JOIN pg_locks AS l ON l.pid = a.pid AND NOT l.granted WHERE a.application_name = "
        "'netguru migrate' AND a.datname = current_database()"), "a migration waits for a lock")[0][0]


def at(database):
    return migrate_json(database, "current")["revision"]


def test_where_a_database_is(database):
    assert migrate_json(database, "current") == {"revision": None, "head": REVISIONS[-1], "is_head": False}
    assert migrate_json(database, "heads") == REVISIONS[-1:]
    migrate(database, "upgrade", "002")
    assert [row["is_done"] for row in migrate_json(database, "history")[:3]] == [True, True, False]
    assert migrate_json(database, "history")[1] == {"revision": REVISIONS[1], "down_revision": REVISIONS[0], "is_done": True, "is_current": True}
    steps = migrate(database, "upgrade", "+2", "--json").splitlines()
    assert len(steps) == 2 and '"revision":"%s","direction":"up"' % REVISIONS[3] in steps[1]
    assert migrate(database, "upgrade", "+0") == ""


def test_words_that_make_no_sense(database):
    for words in (["upgrade", "abc"], ["upgrade", "base"], ["downgrade", "head"], ["stamp", "nothing"], ["stamp", "+1"], ["plan", "999"],
                  ["upgrade", "+999"], ["upgrade", "--sql", "base:nothing"], ["upgrade", "--sql", "003:001"], ["rehearse", "zzz"]):
        assert "revision" in migrate(database, *words, status=MISUSE) or words[-1] in ("+999", "003:001")
    for words in ([], ["sideways"], ["current", "001"], ["downgrade"], ["stamp"], ["check", "--force"], ["revision", "x"], ["upgrade", "1", "2"]):
        assert "usage: netguru migrate" in migrate(database, *words, status=MISUSE)


def test_stamp_writes_the_revision_and_nothing_else(database):
    migrate(database, "stamp", "003")
    assert at(database) == REVISIONS[2]
    assert database.superuser("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(1,)]
    assert "missing" in migrate(database, "check", status=CONFLICT)
    migrate(database, "stamp", "base")
    assert at(database) is None


def test_several_heads_and_a_newer_database_are_refused(database):
    migrate(database, "upgrade", "002")
    database.superuser("INSERT INTO alembic_version VALUES ('001_initial_schema')")
    for words in (["upgrade"], ["current"], ["check"], ["plan"], ["rehearse"], ["downgrade", "-1"]):
        assert "holds 2 revisions" in migrate(database, *words, status=CONFLICT)
    migrate(database, "stamp", "002")
    assert at(database) == REVISIONS[1]
    database.superuser("UPDATE alembic_version SET version_num = '999_tomorrow'")
    for words in (["upgrade"], ["check"], ["plan"], ["rehearse"], ["downgrade", "base"]):
        assert "999_tomorrow, which this program does not know: it is newer" in migrate(database, *words, status=CONFLICT)
    assert at(database) == "999_tomorrow"


def test_a_script_for_psql_gives_the_same_schema(cluster, database):
    script = migrate(database, "upgrade", "--sql")
    assert at(database) is None  # it was only printed
    database.psql(script)
    assert "matches the migrations" in migrate(database, "check")
    database.psql(migrate(database, "downgrade", "005", "--sql"))
    assert at(database) == REVISIONS[4]
    database.psql(migrate(database, "upgrade", "005:head", "--sql"))
    assert "matches the migrations" in migrate(database, "check")
    offline = subprocess.run([PROGRAM, "migrate", "upgrade", "base:head", "--sql"], env={"NETGURU_OWNER_DATABASE_URL": "postgresql://localhost:1/x"},
                             capture_output=True, text=True, check=True)
    assert offline.stdout == script


def test_waiting_for_a_lock_says_who_holds_it(database):
    migrate(database, "upgrade", "001")
    with locked_users(database) as holder:
        said = migrate(database, "upgrade", "002", status=UNAVAILABLE)
        name = "pid %d (importer as postgres, idle in transaction, query began " % holder.info.backend_pid
        assert "waiting for a lock: " + name in said
        assert "002_add_conversations.up.sql: " in said and said.count("holds AccessExclusiveLock on users") == 2
        assert "LOCK TABLE" not in said  # the text of the statement may hold data
    assert at(database) == REVISIONS[0]
    migrate(database, "upgrade", "002")


def test_a_lock_that_is_released_in_time_disturbs_nothing(database):
    migrate(database, "upgrade", "001")
    with locked_users(database):
        process = start(database, "upgrade", "002")
        backend(database)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == OK, errors
    assert "upgraded to 002_add_conversations" in output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_step_is_rolled_back(database, number):
    migrate(database, "upgrade", "001")
    with locked_users(database):
        process = start(database, "upgrade")
        backend(database)
        process.send_signal(number)
        said = process.communicate(timeout=60)[1]
        assert process.returncode == INTERRUPTED and "the step was rolled back, run this again" in said
    assert at(database) == REVISIONS[0]
    migrate(database, "upgrade")


def test_a_killed_migration_leaves_a_whole_step_and_no_lock(database):
    migrate(database, "upgrade", "001")
    with locked_users(database):
        process = start(database, "upgrade")
        pid = backend(database)
        process.kill()
        process.communicate()
        # The lock on users is still held: the server has noticed by itself that its client is gone.
        wait_until(lambda: not database.superuser("SELECT FROM pg_stat_activity WHERE pid = %s", pid), "the server process ends")
    assert at(database) == REVISIONS[0]
    migrate(database, "upgrade")
    assert "matches the migrations" in migrate(database, "check")


def test_a_killed_check_leaves_a_database_that_the_next_one_drops(database):
    migrate(database, "upgrade")
    process = start(database, "check")
    wait_until(lambda: databases(database), "a scratch database is made")
    process.kill()
    process.communicate()
    wait_until(lambda: not database.superuser("SELECT FROM pg_locks WHERE locktype = 'advisory'"), "the killed program's sessions end")
    assert databases(database)
    assert "matches the migrations" in migrate(database, "check")
    assert databases(database) == []


@pytest.mark.parametrize("words", [["check"], ["plan"], ["rehearse", "--dump"]])
def test_an_interrupted_trial_leaves_no_database(database, words):
    migrate(database, "upgrade", "001" if words[0] != "check" else "head")
    process = start(database, *words)
    wait_until(lambda: databases(database), "a scratch database is made")
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    # It may have been over already.
    assert process.returncode in (INTERRUPTED, OK), said
    assert databases(database) == []


def test_a_connection_that_is_lost_is_named(database):
    migrate(database, "upgrade", "001")
    with locked_users(database):
        process = start(database, "upgrade")
        database.superuser("SELECT pg_terminate_backend(%s)", backend(database))
        said = process.communicate(timeout=60)[1]
        assert process.returncode == UNAVAILABLE and "the server rolls the step back, run this again" in said
    assert at(database) == REVISIONS[0]


def test_another_migration_is_named(database):
    holder = database.connect("postgres", application_name="netguru migrate")
    with holder.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        said = migrate(database, "upgrade", status=CONFLICT)
        assert "another migration is running: pid %d (netguru migrate as postgres" % holder.info.backend_pid in said
    holder.close()


def test_two_upgrades_at_once_end_at_the_head(database):
    both = [start(database, "upgrade") for _ in range(2)]
    said = [process.communicate(timeout=120) for process in both]
    # On a slow machine the second may tire of waiting.
    codes = sorted(process.returncode for process in both)
    assert codes in ([OK, OK], [OK, CONFLICT]), said
    assert "matches the migrations" in migrate(database, "check")


def test_missing_rights_are_named(cluster, database):
    database.superuser("CREATE ROLE plain_login LOGIN")
    database.superuser("GRANT CONNECT ON DATABASE %s TO plain_login" % database.name)
    for words in (["upgrade"], ["stamp", "head"]):
        assert "GRANT netguru_owner TO plain_login" in migrate(database, *words, status=FORBIDDEN, user="plain_login")
    database.superuser("GRANT netguru_owner TO plain_login")
    migrate(database, "upgrade", user="plain_login")
    assert "pass --scratch URL" in migrate(database, "check", status=FORBIDDEN, user="plain_login")
    prepared = cluster.create()
    prepared.provision()
    prepared.superuser("GRANT CONNECT ON DATABASE %s TO plain_login" % prepared.name)
    scratch = url(prepared, "plain_login")
    for _ in range(2):
        assert "matches the migrations" in migrate(database, "check", "--scratch", scratch, user="plain_login")
    assert prepared.superuser("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace") == [("alembic_version",)]
    prepared.superuser("CREATE TABLE precious (id int)")
    assert "is not empty" in migrate(database, "check", "--scratch", scratch, user="plain_login", status=CONFLICT)
    assert "--scratch" in migrate(database, "check", "--scratch", "postgresql://localhost:1/x", user="plain_login", status=UNAVAILABLE)
    prepared.close()


def test_a_read_only_database_is_named(database):
    database.superuser("ALTER DATABASE %s SET default_transaction_read_only = on" % database.name)
    assert "the database is read-only" in migrate(database, "upgrade", status=UNAVAILABLE)
    assert at(database) is None


def test_a_standby_is_named(cluster, database):
    """A real one, which replays what the cluster writes."""
    migrate(database, "upgrade", "001")
    standby = cluster.home / "standby"
    cluster._run("pg_basebackup", "-h", str(cluster.home), "-U", "postgres", "-D", str(standby), "-R", "-X", "stream", "-c", "fast", "--no-sync")
    sockets = cluster.home / "standby-sockets"
    sockets.mkdir()
    if cluster.account:
        shutil.chown(sockets, cluster.account)
    options = "-c listen_addresses='' -c unix_socket_directories='%s' -c fsync=off" % sockets
    cluster._run("pg_ctl", "-D", str(standby), "-l", str(cluster.home / "standby-log"), "-w", "-o", options, "start")
    try:
        address = "postgresql://postgres@/%s?host=%s" % (database.name, sockets)
        for words in (["upgrade"], ["stamp", "head"], ["downgrade", "base"]):
            said = migrate(database, *words, status=UNAVAILABLE, NETGURU_OWNER_DATABASE_URL=address)
            assert "a standby, which is read-only: connect to the primary" in said
    finally:
        cluster._run("pg_ctl", "-D", str(standby), "-m", "immediate", "-w", "stop")


def test_a_server_that_is_not_there_is_named(database):
    said = migrate(database, "upgrade", status=UNAVAILABLE, NETGURU_OWNER_DATABASE_URL="postgresql://localhost:1/x")
    assert "cannot open the database" in said


def with_rows(database):
    migrate(database, "upgrade", "017")
    database.owner("INSERT INTO embeddings (chunk_text, chunk_index) SELECT 'router ospf ' || i, 0 FROM generate_series(1, 300) AS i")
    database.superuser("VACUUM ANALYZE embeddings")


def test_a_plan_tells_locks_rows_and_bytes_and_changes_nothing(database):
    with_rows(database)
    before = database.dump_schema()
    with locked_users(database) as holder:
        said = migrate(database, "plan", status=UNAVAILABLE)
        assert "the schema cannot be read while pid %d (importer as postgres" % holder.info.backend_pid in said
        assert "holds AccessExclusiveLock on users" in said
    busy = database.connect("postgres")
    with busy.cursor() as cursor:  # the service goes on meanwhile
        cursor.execute("BEGIN; UPDATE users SET full_name = 'x'; UPDATE embeddings SET page = NULL WHERE chunk_index = 1")
        plan = migrate_json(database, "plan")
        cursor.execute("ROLLBACK")
    assert plan["revision"] == REVISIONS[16] and plan["drift"] == 0
    step = plan["steps"][0]
    assert step["revision"] == REVISIONS[17] and step["sql"] == (MIGRATIONS / (REVISIONS[17] + ".up.sql")).read_text()
    effects = {(effect["kind"], effect["table"]): effect for effect in step["effects"]}
    lock = effects["locks", "embeddings"]
    assert lock["lock"] == "AccessExclusiveLock" and lock["level"] == 8 and lock["conflict"] == "blocks reads and writes"
    rewrite = effects["rewrites", "embeddings"]
    assert rewrite["rows"] == 300 and rewrite["bytes"] == database.superuser("SELECT pg_total_relation_size('embeddings')")[0][0]
    assert step["estimate_seconds"] >= rewrite["seconds"] + step["empty_seconds"] - 0.002 and rewrite["seconds"] > 0
    assert database.dump_schema() == before

    text = migrate(database, "plan")
    assert "rewrites embeddings (300 rows, " in text and "This rests on" in text
    back = migrate_json(database, "plan", "base", "--downgrade")
    assert [step["revision"] for step in back["steps"]] == REVISIONS[16::-1]
    dropped = {effect["table"] for step in back["steps"] for effect in step["effects"] if effect["kind"] == "drops_table"}
    assert {"users", "embeddings", "messages"} <= dropped
    database.owner("ALTER TABLE users ADD COLUMN own int")
    assert migrate_json(database, "plan")["drift"] == 1
    assert "differs in 1 places" in migrate(database, "plan")
    migrate(database, "upgrade")
    assert migrate(database, "plan") == "nothing to do\n"


def test_a_rehearsal_runs_on_a_copy_with_its_rows(cluster, database):
    with_rows(database)
    with locked_users(database) as other:
        said = migrate(database, "rehearse", status=CONFLICT)
        assert "pid %d (importer as postgres)" % other.info.backend_pid in said and "--dump" in said
    said = migrate(database, "rehearse", "--dump")  # the tests' own session is connected
    assert "upgraded to " + REVISIONS[17] in said and "the upgraded copy matches the migrations" in said
    database.close()
    rehearsal = migrate(database, "rehearse", "--json").splitlines()
    assert '"differences":[]' in rehearsal[-1] and '"upgrade_seconds":' in rehearsal[-1]
    assert at(database) == REVISIONS[16]


def test_a_rehearsal_fails_where_the_upgrade_would(database):
    migrate(database, "upgrade", "016")
    database.owner("CREATE TABLE encryption_canary (id int)")
    database.close()
    said = migrate(database, "rehearse", status=FAILED)
    assert "the rehearsal failed: 017_extend_api_keys.up.sql: " in said and "already exists" in said
    assert at(database) == REVISIONS[15]
    migrate(database, "downgrade", "-1")
    database.owner("DROP TABLE encryption_canary")


def test_help_names_every_action(database):
    done = subprocess.run([PROGRAM, "migrate", "--help"], capture_output=True, text=True, check=True)
    for action in ("upgrade", "downgrade", "current", "history", "heads", "stamp", "check", "plan", "rehearse", "revision", "export-alembic"):
        assert action in done.stdout
    assert "migrate" in subprocess.run([PROGRAM, "--help"], capture_output=True, text=True, check=True).stdout
