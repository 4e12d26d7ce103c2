# SPDX-License-Identifier: Apache-2.0
"""What metrics_read() says of the server, of standbys, of statements and of dead letters."""
import shutil
import time
import uuid

import psycopg2

import pytest

from conftest import ROOT, Tenant, fetch

WAIT_S = 60
LAG_OF_THE_ALERT = 268435456


def read(connection):
    """(family, label) -> value."""
    return {(family, label): value for family, label, value in fetch(connection, "SELECT family, label, value FROM metrics_read()")}


def wait_until(condition, what):
    until = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < until, "not within a minute: " + what
        time.sleep(0.05)


@pytest.fixture(scope="module")
def serve(database):
    return database.connect("netguru_serve")


def test_every_family_is_known_to_the_program(serve):
    source = (ROOT / "src/metrics/data_postgres.c").read_text()
    for family, _ in read(serve):
        assert '"%s"' % family in source, family


def test_values_without_the_extension_say_so(serve):
    values = read(serve)
    assert values["statements_available", ""] == 0
    assert ("slow_statements", "") not in values


def test_values_without_the_right_say_so(database, serve):
    assert read(serve)["statistics_readable", ""] == 1
    database.superuser("REVOKE pg_read_all_stats FROM netguru_owner")
    try:
        values = read(serve)
        assert values["statistics_readable", ""] == 0
        assert values["connections_limit", ""] > 0
    finally:
        database.superuser("GRANT pg_read_all_stats TO netguru_owner")


def test_connections_are_counted_by_state(database, serve):
    before = read(serve)
    opened = database.connect("netguru_work")
    opened.autocommit = False
    fetch(opened, "SELECT 1")
    values = read(serve)
    assert values["connections", "idle in transaction"] == before["connections", "idle in transaction"] + 1
    assert values["longest_transaction_seconds", ""] > 0
    opened.rollback()


def test_dead_letters_are_counted(database, serve):
    user = Tenant(database, "letters")
    before = read(serve)["jobs_dead", ""]
    user.run("INSERT INTO analysis_tasks (id, user_id, task_type, queue, celery_task_id) VALUES (%s, %s, 'x', 'rag', %s)", str(uuid.uuid4()), user.id, str(uuid.uuid4()))
    database.superuser("UPDATE analysis_tasks SET status = 'failed', failure_kind = 'dead', error_message = 'x' WHERE user_id = %s AND task_type = 'x'", user.id)
    assert read(serve)["jobs_dead", ""] == before + 1
    # The table is small here.
    database.superuser("SET enable_seqscan = off")
    plan = database.superuser("EXPLAIN SELECT FROM analysis_tasks WHERE failure_kind = 'dead' LIMIT 10000")
    database.superuser("RESET enable_seqscan")
    assert any("idx_analysis_tasks_dead" in line for line, in plan)


def test_names_of_tables_are_all_labels_of_tables(serve):
    tables = {label for family, label in read(serve) if family.startswith("table_")}
    assert "messages" in tables and all(name.replace("_", "").isalpha() for name in tables)


class Standby:
    def __init__(self, cluster):
        self.cluster, self.data = cluster, cluster.home / "standby"
        cluster._run("pg_basebackup", "-h", str(cluster.home), "-U", "postgres", "-D", str(self.data), "-R", "-X", "stream", "-c", "fast", "--no-sync")
        options = "-c listen_addresses='' -c unix_socket_directories='%s' -c port=5433 -c fsync=off -c hot_standby=on" % cluster.home
        cluster._run("pg_ctl", "-D", str(self.data), "-l", str(cluster.home / "standby.log"), "-w", "-o", options, "start")

    def connect(self, database, user):
        connection = psycopg2.connect(host=str(self.cluster.home), port=5433, dbname=database.name, user=user)
        connection.autocommit = True
        return connection

    def stop(self):
        self.cluster._run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.data, ignore_errors=True)


@pytest.fixture
def standby(database):
    started = Standby(database.cluster)
    yield started
    started.stop()


def test_standby_that_stops_replaying_is_behind(database, serve, standby):
    wait_until(lambda: read(serve)["standbys", ""] == 1, "the standby streams")
    on_standby = standby.connect(database, "netguru_serve")
    assert read(on_standby)["is_standby", ""] == 1
    assert ("replication_lag_seconds", "") in read(on_standby)
    of_superuser = standby.connect(database, "postgres")
    fetch(of_superuser, "SELECT pg_wal_replay_pause()")
    # Each switch moves on by a segment of 16 MiB.
    for _ in range(17):
        database.superuser("SELECT pg_logical_emit_message(false, 'x', 'y')")
        database.superuser("SELECT pg_switch_wal()")
    assert read(serve)["replication_lag_bytes", ""] > LAG_OF_THE_ALERT
    fetch(of_superuser, "SELECT pg_wal_replay_resume()")
    wait_until(lambda: read(serve)["replication_lag_bytes", ""] < 1 << 20, "the standby has caught up")
    on_standby.close()
    of_superuser.close()


def test_unused_slot_is_seen(database, serve):
    database.superuser("SELECT pg_create_physical_replication_slot('unused', true)")
    try:
        values = read(serve)
        assert values["replication_slots_inactive", ""] == 1
        assert values["replication_slot_retained_bytes", ""] > 0
    finally:
        database.superuser("SELECT pg_drop_replication_slot('unused')")
