# SPDX-License-Identifier: Apache-2.0
"""The audit log only grows, its entries are chained, and its writers wait for one another."""
import hashlib
import struct
import threading

import psycopg2
import psycopg2.errors
import pytest

from conftest import Tenant, fetch

DENIED = psycopg2.errors.InsufficientPrivilege
FIELDS = "sequence, (extract(epoch FROM at) * 1000000)::bigint, actor_kind, actor_id, actor, action, user_id, subject, reason, details, trace_id, address"


def field(value):
    if value is None:
        return b"\xff" * 4
    text = str(value).encode()
    return struct.pack(">I", len(text)) + text


def check_chain(database):
    """Computed here once more, by the description in docs/administration.md."""
    rows = database.superuser("SELECT previous_digest, digest, %s FROM audit_log ORDER BY sequence" % FIELDS)
    previous = bytes(32)
    for number, (before, digest, *fields) in enumerate(rows, 1):
        assert fields[0] == number and bytes(before) == previous
        previous = hashlib.sha256(previous + b"".join(map(field, fields))).digest()
        assert bytes(digest) == previous
    assert [(number, bytes(digest)) for number, digest in database.superuser("SELECT sequence, digest FROM audit_head")] == [(len(rows), previous)]
    return len(rows)


def test_the_chain_is_what_the_documentation_says(database, alice):
    alice.one("SELECT consent_give(%s, 'documents', 5)", '{"reason": "é 漢 \\" \\\\", "trace": "t", "address": "::1"}')
    assert check_chain(database) >= 2


@pytest.mark.parametrize("statement", [
    "UPDATE audit_log SET reason = 'x'", "DELETE FROM audit_log", "TRUNCATE audit_log", "TRUNCATE audit_head", "DELETE FROM audit_head",
    "UPDATE audit_head SET sequence = 0", "UPDATE audit_head SET digest = decode(repeat('00', 32), 'hex')",
    "INSERT INTO audit_head (id, sequence, digest) VALUES (FALSE, 0, decode(repeat('00', 32), 'hex'))",
])
def test_not_even_the_owner_changes_it_by_mistake(database, alice, statement):
    with pytest.raises((DENIED, psycopg2.errors.CheckViolation)):
        database.owner(statement)
    check_chain(database)


@pytest.mark.parametrize("statement", [
    "UPDATE audit_log SET reason = 'x'", "DELETE FROM audit_log", "TRUNCATE audit_log", "SELECT digest FROM audit_log", "SELECT address FROM audit_log",
    "SELECT * FROM audit_head", "UPDATE audit_head SET sequence = 0", "ALTER TABLE audit_log DISABLE TRIGGER ALL",
    "SELECT audit_append('system', '{}', 'a.b', NULL, NULL, NULL)", "SELECT admin_append('{}', 'a.b', NULL, NULL, NULL)",
    "INSERT INTO audit_log SELECT * FROM audit_log",
])
def test_a_server_cannot_write_it_itself(alice, statement):
    with pytest.raises(DENIED):
        alice.run(statement)


def test_an_older_snapshot_cannot_fork_the_chain(database, alice):
    """A writer whose transaction began before the last entry fails, and its act with it."""
    late = database.connect("netguru_serve")
    late.autocommit = False
    late.set_session(isolation_level="REPEATABLE READ")
    fetch(late, "SELECT set_config('app.current_user_id', %s, false)", alice.id)
    fetch(late, "SELECT count(*) FROM users")
    alice.one("SELECT consent_give('{}', 'documents', 5)")
    with pytest.raises(psycopg2.errors.SerializationFailure):
        fetch(late, "SELECT consent_give('{}', 'documents', 5)")
    late.rollback()
    check_chain(database)


def test_eight_writers_make_one_chain(database):
    """Some of them roll back: that leaves no gap."""
    tenants = [Tenant(database, "writer") for _ in range(8)]
    before = check_chain(database)
    failures = []

    def write(tenant):
        try:
            for number in range(24):
                with tenant.app.cursor() as cursor:
                    cursor.execute("BEGIN")
                    cursor.execute("SELECT consent_withdraw('{}', consent_give('{}', 'documents', 5))")
                    cursor.execute("ROLLBACK" if number % 4 == 3 else "COMMIT")
        except psycopg2.Error as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(tenant,)) for tenant in tenants]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert check_chain(database) == before + 8 * 18 * 2


def test_a_user_reads_what_concerns_it(database, alice, bob):
    rows = alice.run("SELECT DISTINCT user_id FROM audit_log")
    assert rows == [(alice.id,)]
    assert bob.run("SELECT sequence FROM audit_log WHERE user_id = %s", alice.id) == []
