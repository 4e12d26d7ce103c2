# SPDX-License-Identifier: Apache-2.0
"""What users do with their own data: passwords, sessions, an archive of everything, and the end of the account."""

import io
import json
import os
import signal
import tarfile
from pathlib import Path

import psycopg2
import pytest
from waiting import wait_until

PASSWORD = "a good password"
CONFIG = b"hostname core1\n!\ninterface Loopback0\n ip address 10.0.0.1 255.255.255.255\n"


@pytest.fixture(scope="module")
def instance(make_netguru):
    return make_netguru(NETGURU_ERASE_AFTER_DAYS="0")


@pytest.fixture
def ana(instance):
    client = instance.client().register(password=PASSWORD)
    me = client.get("/api/v1/users/me").json
    client.id, client.email = me["id"], me["email"]
    return client


def psql(instance, statement, *parameters):
    with psycopg2.connect(host=f"{instance.home}/run", user="postgres", dbname="netguru") as connection, connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return cursor.fetchall() if cursor.description else None


def change(client, old, new):
    return client.post("/api/v1/users/me/password", {"password": old, "new_password": new})


def test_a_changed_password_ends_the_other_sessions(instance, ana):
    other = instance.client().login(ana.email, PASSWORD)
    assert change(ana, "a wrong password", "another good password").status == 401
    assert change(ana, PASSWORD, "short").status == 400
    assert change(ana, PASSWORD, "Password123").status == 400
    assert other.get("/api/v1/users/me").status == 200
    assert change(ana, PASSWORD, "another good password").status == 204
    assert ana.get("/api/v1/users/me").status == 200
    assert other.get("/api/v1/users/me").status == 401
    assert other.post("/api/v1/auth/refresh", {"refresh_token": other.refresh_token}).status == 401
    assert instance.client().post("/api/v1/auth/login", {"email": ana.email, "password": PASSWORD}).status == 401
    instance.client().login(ana.email, "another good password")
    assert [item["action"] for item in ana.get("/api/v1/users/me/audit?limit=2").json["items"]] == ["session.open", "password.change"]


def test_a_stolen_session_cannot_guess_the_password(ana):
    statuses = [change(ana, f"guess number {number}", "another good password").status for number in range(8)]
    assert statuses[:5] == [401] * 5 and 429 in statuses[5:]


def read_archive(client):
    answer = client.get("/api/v1/users/me/export")
    assert answer.status == 200 and answer.headers["Content-Type"] == "application/x-tar"
    with tarfile.open(fileobj=io.BytesIO(answer.body)) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive.getmembers()}


def rows_of(members, folder):
    return [row for name in sorted(members) if name.startswith(folder + "/") for row in json.loads(members[name])]


def test_the_archive_holds_everything_of_one_user(instance, ana):
    other = instance.client().register()
    other.process("other.cfg", b"hostname belongs-to-another\n!\ninterface Loopback0\n ip address 10.9.9.9 255.255.255.255\n")
    documents = [ana.process(f"núcleo {number}.cfg", CONFIG + b"! %d\n" % number) for number in range(11)]
    conversation = ana.post("/api/v1/chat/conversations", {"title": "Zebra"}).json["id"]
    for number in range(45):
        psql(instance, "INSERT INTO messages (conversation_id, role, content, tokens_used) VALUES (%s, 'user', %s, 3)", conversation, f"message {number}")
    ana.post("/api/v1/users/me/consents", {"scope": "documents"})
    members = read_archive(ana)
    assert json.loads(members["export.json"])["format"] == "netguru-export-1"
    assert json.loads(members["account.json"])["email"] == ana.email
    assert {row["id"] for row in rows_of(members, "documents")} == {document["id"] for document in documents}
    assert {row["document_id"] for row in rows_of(members, "tasks")} == {document["id"] for document in documents}
    assert [row["title"] for row in rows_of(members, "conversations")] == ["Zebra"]
    assert [row["content"] for row in rows_of(members, f"messages/{conversation}")] == [f"message {number}" for number in range(45)]
    assert len(rows_of(members, "usage")) == 45 and len(rows_of(members, "consents")) == 1
    assert [row["action"] for row in rows_of(members, "audit")] == ["session.open", "consent.give", "account.export"]
    files = {name: content for name, content in members.items() if name.startswith("files/")}
    assert len(files) == 11 and all(content.startswith(CONFIG) for content in files.values())
    assert json.loads(members["files_missing.json"]) == [] and json.loads(members["sessions.json"])[0]["current"] is True
    whole = b"".join(members.values())
    assert b"belongs-to-another" not in whole and b"$2b$" not in whole


def test_a_missing_file_is_named(instance, ana):
    document = ana.process("r1.cfg", CONFIG)
    (Path(instance.home) / "files" / ana.id / document["id"]).unlink()
    assert json.loads(read_archive(ana)["files_missing.json"]) == [document["id"]]


def has_gone(instance, client):
    return lambda: psql(instance, "SELECT count(*) FROM users WHERE id = %s", client.id) == [(0,)]


def test_a_closed_account_is_erased_with_everything(instance, ana):
    document = ana.process("r1.cfg", CONFIG)
    directory = Path(instance.home) / "files" / ana.id
    assert (directory / document["id"]).exists()
    other = instance.client().login(ana.email, PASSWORD)
    assert ana.post("/api/v1/users/me/erase", {"password": "a wrong password"}).status == 401
    assert ana.post("/api/v1/users/me/erase", {}).status == 400
    assert ana.get("/api/v1/users/me").status == 200
    answer = ana.post("/api/v1/users/me/erase", {"password": PASSWORD, "reason": "moving on"})
    assert answer.status == 202 and answer.json["erase_after"].startswith("20")
    for client in (ana, other):
        assert client.get("/api/v1/users/me").status == 401
        assert client.post("/api/v1/auth/refresh", {"refresh_token": client.refresh_token}).status == 401
    assert instance.client().post("/api/v1/auth/login", {"email": ana.email, "password": PASSWORD}).status == 401
    wait_until(has_gone(instance, ana), "the account is erased")
    wait_until(lambda: not directory.exists(), "its files are removed")
    for table in ("documents", "embeddings", "analysis_tasks", "conversations", "messages", "usage_ledger", "consents", "api_keys"):
        assert psql(instance, f"SELECT count(*) FROM {table} WHERE user_id = %s", ana.id) == [(0,)]
    assert [row[0] for row in psql(instance, "SELECT action FROM audit_log WHERE user_id = %s ORDER BY sequence", ana.id)] == \
        ["session.open", "session.open", "account.close", "account.erase"]
    instance.client().register(ana.email)  # the address is free again
    assert "intact" in instance.run("audit", "verify").stdout


def test_an_erasure_survives_a_killed_server(instance, ana):
    """Killed while it waits for a lock in the middle of the erasing; the next serve finishes it."""
    for number in range(3):
        ana.process(f"r{number}.cfg", CONFIG + b"! %d\n" % number)
    blocker = psycopg2.connect(host=f"{instance.home}/run", user="postgres", dbname="netguru")
    with blocker.cursor() as cursor:
        cursor.execute("SELECT id FROM topology_snapshots LIMIT 0; LOCK TABLE conversations IN SHARE MODE")
    assert ana.post("/api/v1/users/me/erase", {"password": PASSWORD}).status == 202
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%%erasure_step%%'"
    wait_until(lambda: psql(instance, waiting)[0][0] > 0, "the erasing waits for the lock")
    os.kill(instance.children()["serve"], signal.SIGKILL)
    blocker.rollback()
    blocker.close()
    wait_until(has_gone(instance, ana), "another serve has erased the account")
    wait_until(lambda: not (Path(instance.home) / "files" / ana.id).exists(), "its files are removed")
    assert psql(instance, "SELECT count(*) FROM audit_log WHERE user_id = %s AND action = 'account.erase'", ana.id) == [(1,)]


def test_an_administrator_erases_with_a_reason(instance, ana):
    instance.run("admin", "erase", ana.email, "--now", "--reason", "asked by letter")
    assert ana.get("/api/v1/users/me").status == 401
    wait_until(has_gone(instance, ana), "the account is erased")
    assert psql(instance, "SELECT reason FROM audit_log WHERE user_id = %s AND action = 'user.erase'", ana.id) == [("asked by letter",)]


def test_a_closed_account_can_be_taken_back_until_it_is_due(instance, ana):
    psql(instance, "UPDATE users SET is_active = FALSE, closed_at = now(), erase_after = now() + interval '1 day', ledger_alias = uuid_generate_v4() "
         "WHERE id = %s", ana.id)
    instance.run("user", "enable", ana.email)
    assert psql(instance, "SELECT closed_at, erase_after, ledger_alias FROM users WHERE id = %s", ana.id) == [(None, None, None)]
    ana.login(ana.email, PASSWORD)


def test_a_socket_is_closed_with_the_account(instance, ana):
    """An event stream of a conversation ends when the sessions do."""
    conversation = ana.post("/api/v1/chat/conversations", {}).json["id"]
    import http.client

    connection = http.client.HTTPConnection(instance.address, timeout=120)
    connection.request("GET", f"/api/v1/chat/conversations/{conversation}/events", headers={"Authorization": f"Bearer {ana.token}",
                                                                                               "Accept": "text/event-stream"})
    response = connection.getresponse()
    assert response.status == 200
    assert ana.post("/api/v1/users/me/erase", {"password": PASSWORD}).status == 202
    while response.readline():
        pass
    connection.close()
