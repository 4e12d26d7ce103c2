# SPDX-License-Identifier: Apache-2.0
"""Sessions, passwords, tokens and keys of providers in the audit log, as their user reads them."""

import concurrent.futures
import json
import uuid
from pathlib import Path

import psycopg2
import pytest
from conftest import DEMO

PASSWORD = "a good password"
AGENT = {"User-Agent": "curl/7.88.1"}
LOCAL = "127.0.0.1"


@pytest.fixture(scope="module")
def instance(make_netguru):
    return make_netguru(NETGURU_TRUSTED_PROXIES=LOCAL)


@pytest.fixture
def ana(instance):
    client = instance.client()
    client.email = f"{uuid.uuid4().hex}@example.net"
    return client.register(client.email, PASSWORD)


def entries(client):
    """The entries about the account, the oldest first."""
    return client.get("/api/v1/users/me/audit?limit=100").json["items"][::-1]


def actions(client):
    return [entry["action"] for entry in entries(client)]


def log_in(instance, email, password=PASSWORD, headers=None):
    client = instance.client()
    answer = client.call("POST", "/api/v1/auth/login", {"email": email, "password": password}, headers)
    return client.take_tokens(answer) if answer.status == 200 else answer


def stored(instance, email):
    with psycopg2.connect(host=f"{instance.home}/run", user="postgres", dbname="netguru") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT l.action, l.details::jsonb FROM audit_log AS l JOIN users AS u ON u.id = l.user_id WHERE u.email = %s ORDER BY l.sequence", [email])
        return cursor.fetchall()


def test_sessions_are_recorded_with_their_address_and_program(instance, ana):
    from_afar = {**AGENT, "X-Forwarded-For": "192.0.2.77"}
    other = log_in(instance, ana.email, headers=from_afar)
    [registered, opened] = entries(ana)
    assert (registered["action"], registered["actor_kind"], registered["address"]) == ("session.open", "user", LOCAL)
    assert (opened["action"], opened["address"], opened["user_agent"]) == ("session.open", "192.0.2.77", "curl/7.88.1")
    listed = {f"session:{session['id']}": session for session in ana.get("/api/v1/auth/sessions").json["items"]}
    assert {registered["subject"], opened["subject"]} == set(listed) and listed[opened["subject"]]["address"] == opened["address"]
    assert [details["how"] for _, details in stored(instance, ana.email)] == ["registration", "password"]
    assert other.call("POST", "/api/v1/auth/logout", {}, from_afar).status == 204
    ended = entries(ana)[-1]
    assert (ended["action"], ended["subject"], ended["address"], ended["user_agent"]) == ("session.end", opened["subject"], "192.0.2.77", "curl/7.88.1")
    assert other.get("/api/v1/users/me").status == 401


def test_the_demo_is_recorded(instance):
    demo = instance.client().take_tokens(instance.client().call("POST", "/api/v1/auth/demo", {}, {"X-NetGuru-Client": "page", **AGENT}))
    assert entries(demo)[-1]["user_agent"] == "curl/7.88.1" and stored(instance, DEMO)[-1] == ("session.open", {"how": "demo", "user_agent": "curl/7.88.1"})


def test_a_known_device_and_a_refresh_open_no_session_of_their_own(instance, ana):
    answer = instance.client().post("/api/v1/auth/login", {"email": ana.email, "password": PASSWORD})
    token = answer.json["device_token"]
    known = instance.client().post("/api/v1/auth/login", {"email": ana.email, "password": PASSWORD, "device_token": token})
    assert known.status == 200
    assert ana.post("/api/v1/auth/refresh", {"refresh_token": ana.refresh_token}).status == 200
    assert [action for action, _ in stored(instance, ana.email)] == ["session.open"] * 3


def test_sessions_that_a_user_ends_are_recorded(instance, ana):
    others = [log_in(instance, ana.email) for _ in range(2)]
    [victim] = [entry["subject"].removeprefix("session:") for entry in entries(others[0])[-1:]]
    assert ana.call("DELETE", f"/api/v1/auth/sessions/{victim}").status == 204
    assert (entries(ana)[-1]["action"], entries(ana)[-1]["subject"]) == ("session.end", f"session:{victim}")
    before = len(entries(ana))
    # What is not there is not ended, and not recorded.
    for unknown in (victim, uuid.uuid4()):
        assert ana.call("DELETE", f"/api/v1/auth/sessions/{unknown}").status == 404
    assert len(entries(ana)) == before
    assert ana.post("/api/v1/auth/logout-all", {}).status == 204
    again = log_in(instance, ana.email)
    assert actions(again)[-2:] == ["session.end_all", "session.open"]


def test_a_session_ends_also_while_nothing_can_be_recorded(instance, ana):
    before = len(stored(instance, ana.email))
    with psycopg2.connect(host=f"{instance.home}/run", user="postgres", dbname="netguru") as blocker:
        blocker.cursor().execute("SELECT FROM audit_head FOR UPDATE")
        assert ana.post("/api/v1/auth/logout", {}).status == 204
        blocker.rollback()
    assert ana.get("/api/v1/users/me").status == 401 and len(stored(instance, ana.email)) == before
    assert "session.end_not_recorded" in Path(instance.home, "log/serve.log").read_text(encoding="utf-8")


def test_failed_logins_are_counted_and_leave_no_entry(instance, ana):
    def metric(end):
        text = instance.client().get("/metrics/serve-1").body.decode()
        return float(text.split(f'netguru_logins_total{{end="{end}"}} ')[1].split()[0])

    before = stored(instance, ana.email), metric("wrong") + metric("too_early")
    statuses = {log_in(instance, ana.email, f"guess {number}").status for number in range(12)}
    assert statuses == {401, 429}
    assert stored(instance, ana.email) == before[0] and metric("wrong") + metric("too_early") == before[1] + 12


def test_passwords_tokens_and_keys_are_recorded_without_secrets(instance, ana):
    assert ana.post("/api/v1/users/me/password", {"password": PASSWORD, "new_password": "another good password"}).status == 204
    token = ana.post("/api/v1/users/me/tokens", {"name": "laptop", "scopes": ["read"]}).json
    assert ana.call("DELETE", f"/api/v1/users/me/tokens/{token['id']}").status == 204
    key = ana.post("/api/v1/users/me/api-keys", {"provider": "openai", "key": "sk-planted-secret-0123456789", "key_name": "planted"}).json
    assert ana.call("PATCH", f"/api/v1/users/me/api-keys/{key['id']}", {"key_name": "renamed"}).status == 200
    # A name that is taken changes nothing, and neither does a key of nobody.
    assert ana.post("/api/v1/users/me/api-keys", {"provider": "openai", "key": "sk-planted-secret-0123456789", "key_name": "renamed"}).status == 409
    for method, body in (("PATCH", {"key_name": "x"}), ("DELETE", None)):
        assert ana.call(method, f"/api/v1/users/me/api-keys/{uuid.uuid4()}", body).status == 404
    assert ana.call("DELETE", f"/api/v1/users/me/api-keys/{key['id']}").status == 204
    assert actions(ana) == ["session.open", "password.change", "token.create", "token.revoke", "key.create", "key.change", "key.delete"]
    subjects = [entry["subject"] for entry in entries(ana)]
    assert subjects[2:] == [f"token:{token['id']}"] * 2 + [f"key:{key['id']}"] * 3
    assert all(details["provider"] == "openai" for action, details in stored(instance, ana.email) if action.startswith("key."))
    text = json.dumps([stored(instance, ana.email), entries(ana)])
    assert "planted" not in text and token["token"] not in text and PASSWORD not in text


def test_logins_at_the_same_time_are_all_in_the_chain(instance):
    clients = [instance.client().register() for _ in range(8)]
    emails = [client.get("/api/v1/users/me").json["email"] for client in clients]
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda number: log_in(instance, emails[number % 8]), range(120)))
    opened = sum(client.token is not None for client in done if hasattr(client, "token"))
    assert opened > 100
    assert sum(len(stored(instance, email)) for email in emails) == 8 + opened
    assert "the audit log is intact" in instance.run("audit", "verify").stdout


def test_an_operator_reads_how_a_session_was_opened(instance, ana):
    items = json.loads(instance.run("audit", "list", "--user", ana.email, "--action", "session.open", "--json").stdout)["items"]
    assert items[0]["address"] == LOCAL and items[0]["details"]["how"] == "registration"


def test_the_page_has_words_for_each_action(instance):
    """In both languages; an action without words is shown by its name."""
    source = (Path(__file__).resolve().parents[2] / "web/src/features/account/actions.ts").read_text(encoding="utf-8")
    for action in ("session.open", "session.end", "session.end_all", "password.change", "token.create", "token.revoke", "key.create", "key.change", "key.delete"):
        assert source.count(f"'{action}':") == 2, action
