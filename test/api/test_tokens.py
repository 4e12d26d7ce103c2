# SPDX-License-Identifier: Apache-2.0
"""Personal access tokens: what they may do, and who may not use them."""

import base64
import hashlib
import json
import re
import subprocess
import threading
import uuid
from pathlib import Path

import psycopg2
import pytest
from conftest import DEMO
from waiting import wait_until

TOKENS = "/api/v1/users/me/tokens"
FORM = re.compile(r"ngp_[A-Za-z0-9_-]{48}")


def make(client, name="t", scopes=("read",), **more):
    answer = client.post(TOKENS, {"name": name, "scopes": list(scopes), **more})
    assert answer.status == 201, answer.body
    return answer.json


def holder(netguru, token):
    client = netguru.client()
    client.token = token
    return client


def sql(netguru, statement, *values):
    with psycopg2.connect(host=f"{netguru.home}/run", dbname="netguru", user="postgres") as connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def test_a_token_is_shown_once_and_only_its_digest_is_stored(netguru, somebody):
    made = make(somebody, "laptop", ["read", "mcp", "read"])
    token = made["token"]
    assert FORM.fullmatch(token)
    assert made["scopes"] == ["read", "mcp"] and made["last_four"] == token[-4:] and made["last_used_at"] is None
    listed = somebody.get(TOKENS)
    assert token not in listed.body.decode() and listed.json["items"][0] == {k: v for k, v in made.items() if k != "token"}
    row = sql(netguru, "SELECT row_to_json(t)::text, token_digest FROM personal_access_tokens AS t WHERE id = %s", made["id"])[0]
    assert token not in row[0] and bytes(row[1]) == hashlib.sha256(token.encode()).digest()
    raw = base64.urlsafe_b64decode(token[4:])
    assert raw[32:] == hashlib.sha256(raw[:32]).digest()[:4]


def test_each_scope_opens_its_routes_and_no_others(netguru, somebody):
    asks = {
        "read": lambda c: c.get("/api/v1/files"),
        "chat": lambda c: c.post("/api/v1/chat/conversations", {}),
        "write": lambda c: c.upload("a.cfg", b"hostname a\n" + uuid.uuid4().bytes.hex().encode()),
        "mcp": lambda c: c.post("/mcp", {"jsonrpc": "2.0", "id": 1, "method": "ping"}),
    }
    for scope in asks:
        client = holder(netguru, make(somebody, scope, [scope])["token"])
        for other, ask in asks.items():
            answer = ask(client)
            if other == scope:
                assert answer.status in (200, 201), (scope, other, answer.body)
            else:
                assert (answer.status, answer.code) == (403, "FORBIDDEN"), (scope, other, answer.body)
                assert f'has no scope "{other}"' in answer.json["error"]["message"]


@pytest.mark.parametrize("method, path", [
    ("GET", TOKENS), ("POST", TOKENS), ("DELETE", f"{TOKENS}/{uuid.uuid4()}"),
    ("GET", "/api/v1/users/me/api-keys"), ("POST", "/api/v1/users/me/api-keys"),
    ("GET", "/api/v1/auth/sessions"), ("POST", "/api/v1/auth/logout"), ("POST", "/api/v1/auth/logout-all"),
    ("POST", "/api/v1/chat/tickets"),
])
def test_a_token_of_all_scopes_manages_nothing(netguru, demo, method, path):
    client = holder(netguru, make(demo, uuid.uuid4().hex, ["read", "chat", "write", "mcp"])["token"])
    answer = client.call(method, path, {} if method == "POST" else None)
    assert answer.status == 403 and "log in" in answer.json["error"]["message"], answer.body


def test_what_is_no_token_is_refused(netguru, somebody):
    token = make(somebody)["token"]
    flipped = token[:20] + ("A" if token[20] != "A" else "B") + token[21:]
    raw = bytes(32)
    unknown = "ngp_" + base64.urlsafe_b64encode(raw + hashlib.sha256(raw).digest()[:4]).decode()
    for wrong in (*(token[:n] for n in range(4, 52, 7)), token + "A", flipped, token.upper(), "ngp_", unknown, token.replace("ngp", "ngq")):
        answer = holder(netguru, wrong).get("/api/v1/files")
        assert (answer.status, answer.code) == (401, "AUTH_ERROR"), wrong


def test_a_revoked_token_is_refused_at_once(netguru, somebody):
    made = make(somebody)
    client = holder(netguru, made["token"])
    assert client.get("/api/v1/files").status == 200
    assert somebody.call("DELETE", f"{TOKENS}/{made['id']}").status == 204
    assert client.get("/api/v1/files").status == 401
    assert somebody.call("DELETE", f"{TOKENS}/{made['id']}").status == 404


def test_an_expired_token_is_refused(netguru, somebody):
    made = make(somebody, expires_at="2099-01-01T00:00:00Z")
    sql(netguru, "UPDATE personal_access_tokens SET expires_at = now() WHERE id = %s", made["id"])
    assert holder(netguru, made["token"]).get("/api/v1/files").status == 401
    assert somebody.get(TOKENS).json["items"][0]["is_expired"] is True


def test_the_token_of_a_disabled_user_is_refused(netguru):
    email = f"{uuid.uuid4().hex}@example.net"
    client = holder(netguru, make(netguru.client().register(email))["token"])
    assert client.get("/api/v1/files").status == 200
    sql(netguru, "UPDATE users SET is_active = false WHERE email = %s", email)
    assert client.get("/api/v1/files").status == 401


def test_an_open_stream_ends_when_its_token_is_revoked(netguru, somebody):
    made = make(somebody, scopes=["read"])
    conversation = somebody.post("/api/v1/chat/conversations", {}).json["id"]
    ended = threading.Event()

    def follow():
        holder(netguru, made["token"]).call("GET", f"/api/v1/chat/conversations/{conversation}/events")
        ended.set()

    thread = threading.Thread(target=follow)
    thread.start()
    wait_until(lambda: sql(netguru, "SELECT last_used_at FROM personal_access_tokens WHERE id = %s", made["id"])[0][0], "the stream is open")
    assert not ended.wait(1.2)
    somebody.call("DELETE", f"{TOKENS}/{made['id']}")
    wait_until(ended.is_set, "the stream has ended")
    thread.join()


def test_the_use_of_a_token_is_noted_once_a_minute(netguru, somebody):
    made = make(somebody)
    client = holder(netguru, made["token"])

    def used():
        return sql(netguru, "SELECT last_used_at FROM personal_access_tokens WHERE id = %s", made["id"])[0][0]

    client.get("/api/v1/files")
    first = used()
    client.get("/api/v1/files")
    assert used() == first
    sql(netguru, "UPDATE personal_access_tokens SET last_used_at = now() - interval '61 s' WHERE id = %s", made["id"])
    client.get("/api/v1/files")
    assert used() > first


def test_tokens_of_another_user_do_not_exist(netguru, somebody):
    other = netguru.client().register()
    made = make(somebody)
    assert other.get(TOKENS).json["items"] == []
    assert other.call("DELETE", f"{TOKENS}/{made['id']}").status == 404
    assert holder(netguru, made["token"]).get("/api/v1/files").status == 200


@pytest.mark.parametrize("body, field", [
    ({"scopes": ["read"]}, "name"), ({"name": " ", "scopes": ["read"]}, "name"), ({"name": "é" * 101, "scopes": ["read"]}, "name"),
    ({"name": "a"}, "scopes"), ({"name": "a", "scopes": []}, "scopes"), ({"name": "a", "scopes": "read"}, "scopes"),
    ({"name": "a", "scopes": ["admin"]}, "scopes"), ({"name": "a", "scopes": ["read"] * 5}, "scopes"),
    ({"name": "a", "scopes": [1]}, "scopes"), ({"name": "a", "scopes": ["read"], "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
    ({"name": "a", "scopes": ["read"], "expires_at": "soon"}, "expires_at"), ({"name": "a", "scopes": ["read"], "expires_at": 1}, "expires_at"),
])
def test_bad_tokens_are_refused_by_the_name_of_the_field(somebody, body, field):
    answer = somebody.post(TOKENS, body)
    assert answer.status == 400 and answer.json["error"]["details"]["field"] == field, answer.body


def test_names_are_unique_and_tokens_are_bounded(somebody):
    assert make(somebody, "é" * 100)["name"] == "é" * 100
    assert somebody.post(TOKENS, {"name": "é" * 100, "scopes": ["read"]}).status == 409
    assert make(somebody, "eternal", expires_at=None)["expires_at"] is None
    for number in range(48):
        assert make(somebody, str(number))["expires_at"]
    full = somebody.post(TOKENS, {"name": "one more", "scopes": ["read"]})
    assert full.status == 409 and "revoke one" in full.json["error"]["message"]


def test_a_token_is_counted_like_its_user(netguru, somebody):
    client = holder(netguru, make(somebody)["token"])
    headers = client.get("/api/v1/files").headers
    assert int(headers["X-RateLimit-Limit"]) == 600 * 1000
    assert int(somebody.get("/api/v1/files").headers["X-RateLimit-Remaining"]) == int(headers["X-RateLimit-Remaining"]) - 1


def test_the_commands_make_list_and_revoke_a_token(netguru):
    netguru.run("login", "--server", f"http://{netguru.address}", DEMO, NETGURU_PASSWORD=netguru.password)
    name = uuid.uuid4().hex
    made = json.loads(netguru.run("tokens", "--json", "add", name, "--scopes", "read, mcp", "--expires", "never").stdout)
    assert FORM.fullmatch(made["token"]) and made["expires_at"] is None and made["scopes"] == ["read", "mcp"]
    assert name in [json.loads(line)["name"] for line in netguru.run("tokens", "--json", "list").stdout.splitlines()]
    assert holder(netguru, made["token"]).get("/api/v1/files").status == 200
    netguru.run("tokens", "revoke", name)
    assert name not in netguru.run("tokens", "list").stdout
    shown = netguru.run("tokens", "add", name)
    assert FORM.fullmatch(shown.stdout.splitlines()[-1]) and "only time" in shown.stderr
    netguru.run("tokens", "revoke", name)
    assert netguru.run("tokens", "revoke", name, check=False).returncode != 0
    assert netguru.run("tokens", "add", name, "--scopes", "root", check=False).stderr.startswith("netguru: scopes")


def test_the_audit_log_says_which_token_was_made_and_revoked(netguru, somebody):
    made = somebody.post(TOKENS, {"name": "planted-name", "scopes": ["read", "mcp"], "expires_at": None}).json
    assert somebody.post(TOKENS, {"name": "planted-name", "scopes": ["read"]}).status == 409
    assert somebody.call("DELETE", f"{TOKENS}/{uuid.uuid4()}").status == 404
    assert somebody.call("DELETE", f"{TOKENS}/{made['id']}").status == 204
    user = somebody.get("/api/v1/users/me").json["id"]
    entries = json.loads(netguru.run("audit", "list", "--user", user, "--all", "--json").stdout)["items"]
    found = [(one["action"], one["subject"], one["details"]) for one in entries if one["action"].startswith("token.")]
    details = {"scopes": ["read", "mcp"], "expires_at": None}
    assert sorted(found) == [("token.create", f"token:{made['id']}", details), ("token.revoke", f"token:{made['id']}", details)]
    assert all(one["actor_kind"] == "user" and one["address"] == "127.0.0.1" for one in entries if one["action"].startswith("token."))
    assert made["token"] not in json.dumps(entries) and "planted-name" not in json.dumps(entries)
    assert "intact" in netguru.run("audit", "verify").stdout


def test_no_token_stands_in_logs_or_redis(netguru, somebody):
    token = make(somebody)["token"]
    client = holder(netguru, token)
    client.get("/api/v1/files")
    client.get(f"/api/v1/files/{uuid.uuid4()}")
    holder(netguru, token[:-1]).get("/api/v1/files")
    part = token[10:40]
    logs = "".join(path.read_text(errors="replace") for path in Path(netguru.home).rglob("*.log"))
    assert part not in logs
    dump = subprocess.run(["psql", "-h", f"{netguru.home}/run", "-U", "postgres", "-d", "netguru", "-tAc", "SELECT * FROM personal_access_tokens"],
                          capture_output=True, text=True, check=True).stdout
    assert part not in dump
