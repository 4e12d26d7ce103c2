# SPDX-License-Identifier: Apache-2.0
"""Other people's things over HTTP: the generated matrix of routes, and the ways to another user that are no route of their own."""

import base64
import json
import os
import re
import socket
import threading
import uuid

import pytest
from tenants import CONTENTS_OF_OTHERS, METHODS, OWN_END, PASSWORD, SECRET, WORD, ApiMatrix, Caller, config, new_user, new_victim, psql
from waiting import wait_until

ANSWERED = set(range(200, 300))
REFUSED = {400, 402, 403, 404, 409, 415, 422, 429}


@pytest.fixture(scope="module")
def instance(make_netguru):
    """With the smallest pool that there can be: whatever a connection keeps meets the next user."""
    return make_netguru(NETGURU_POOL_SIZE="2", NETGURU_POOL_OVERFLOW="0", NETGURU_MODEL_DIR="/nonexistent")


@pytest.fixture(scope="module")
def victim(instance):
    client, ids, drawn = new_victim(instance)

    def settled():
        answer = client.get(f"/api/v1/chat/messages/{ids['message']}").json
        task = client.get(f"/api/v1/analysis/tasks/{drawn}").json
        return task if answer["state"] == "complete" and task["status"] == "completed" else None

    ids["topology"] = wait_until(settled, "the answer and the topology")["result"]["topology_id"]
    client.ids = ids
    return client


@pytest.fixture(scope="module")
def matrix(instance, victim):
    return ApiMatrix(instance, victim, victim.ids, instance.client().get("/api/v1/openapi.json").json)


@pytest.fixture
def bob(instance):
    return new_user(instance, "bob")


def administrator(instance, *flags):
    email = f"{uuid.uuid4().hex[:8]}@example.net"
    instance.run("user", "create", email, *flags, NETGURU_PASSWORD=PASSWORD)
    client = instance.client().login(email, PASSWORD)
    client.email = email
    return client


def strangers(instance, victim):
    """Name, token, and the status of a route that wants a user and of one that wants an administrator; None: by the route."""
    yield "nobody", None, 401, 401
    yield "garbage", "x" * 40, 401, 401
    yield "other", new_user(instance, "other").token, None, 403
    ended = new_user(instance, "ended")
    assert ended.post("/api/v1/auth/logout", {}).status == 204
    yield "session ended", ended.token, 401, 401
    disabled = new_user(instance, "disabled")
    instance.run("user", "disable", disabled.me["email"])
    yield "disabled", disabled.token, 401, 401
    closed = new_user(instance, "closed")
    assert closed.post("/api/v1/users/me/erase", {"password": PASSWORD}).status == 202
    yield "closed", closed.token, 401, 401
    demoted = administrator(instance, "--superuser")
    instance.run("user", "change", demoted.email, "--no-superuser")
    yield "demoted administrator", demoted.token, None, 403
    stale = administrator(instance, "--superuser")
    psql(instance, "UPDATE users SET is_superuser = FALSE WHERE email = %s", stale.email)
    yield "administrator whose session is stale", stale.token, None, 403
    yield "administrator", administrator(instance, "--superuser").token, None, None
    keeper = new_user(instance, "keeper")
    token = keeper.post("/api/v1/users/me/tokens", {"name": "t", "scopes": ["read", "chat", "write", "mcp"]}).json
    yield "personal token", token["token"], None, 403
    expired = keeper.post("/api/v1/users/me/tokens", {"name": "e", "scopes": ["read", "chat", "write", "mcp"]}).json
    psql(instance, "UPDATE personal_access_tokens SET expires_at = now() - interval '1 second' WHERE id = %s", expired["id"])
    yield "personal token expired", expired["token"], 401, 401
    yield "the victim's token of scope mcp", victim.mcp_token, 403, 403


def allowed_for(method, path, who, of_user, of_administrator):
    """The statuses that may be the answer."""
    if who == "anybody":
        return ANSWERED | REFUSED | {401, 503}
    if who == "administrator":
        return {of_administrator} if of_administrator else {403} if CONTENTS_OF_OTHERS.search(path) else ANSWERED | {404}
    if of_user:
        return {of_user} | ({200, 202, 400} if of_user == 403 and path == "/mcp" else set())
    if "{" in path and "{name}" not in path:
        # Another user's is not there; a bad request may be told first, and a personal token may lack the right altogether.
        return {404, 403} | ({426, 400} if path.startswith("/ws/") else set())
    return ANSWERED | REFUSED | {401}


def test_every_route_with_the_ids_of_another(instance, victim, matrix, record_property):
    for name, token, of_user, of_administrator in strangers(instance, victim):
        caller = Caller(instance, token)
        for method, path, who in matrix.routes:
            if who == "administrator" and not of_administrator and method != "GET":
                continue  # an administrator's acts are its right: test_administration.py
            if path.endswith(OWN_END) and of_user is None:
                continue
            matrix.check(name, method, path, allowed_for(method, path, who, of_user, of_administrator), caller)
        check_other_methods(matrix, name, caller)
    print(line(matrix))
    record_property("score", line(matrix))
    assert not matrix.result.wrong, line(matrix) + "\n" + "\n".join(matrix.result.wrong[:40])
    assert matrix.digest() == matrix.before
    assert victim.get(f"/api/v1/files/{victim.ids['document']}/download").body == config()


def check_other_methods(matrix, name, caller):
    """A path answers no method that it does not name, whoever asks."""
    known = {(method, path) for method, path, _ in matrix.routes}
    for path in sorted({path for _, path in known}):
        for method in METHODS:
            if (method, path) not in known and not (method == "HEAD" and ("GET", path) in known):
                matrix.check(name, method, path, {405, 404, 401, 403}, caller)


def line(matrix):
    return "isolation: %d routes; %d cells, %d as expected" % (
        len(matrix.routes), matrix.result.cells, matrix.result.cells - len(matrix.result.wrong))


def test_the_matrix_sees_a_leak(instance):
    """If the server took a stranger for the owner, each kind of complaint would be there; and so it is for a route that is new."""
    client, ids, drawn = new_victim(instance)
    wait_until(lambda: client.get(f"/api/v1/analysis/tasks/{drawn}").json["status"] == "completed", "the topology")
    ids["topology"] = client.get("/api/v1/topology").json["items"][0]["id"]
    matrix = ApiMatrix(instance, client, ids, instance.client().get("/api/v1/openapi.json").json)
    caller = Caller(instance, client.token)
    mine = [route for route in matrix.routes if route[2] == "user" and not route[1].endswith(OWN_END) and not route[1].startswith("/ws/")]
    for method, path, who in sorted(mine, key=lambda route: route[0] == "DELETE") + [("GET", "/api/v1/notes/{note}", "user")]:
        matrix.check("owner", method, path, allowed_for(method, path, who, None, 403), caller)
    wrong = "\n".join(matrix.result.wrong)
    assert len(matrix.result.wrong) > 30 and "GET /api/v1/notes/{note}: nothing makes" in wrong
    assert all(kind in wrong for kind in ("is answered 200", "is answered 204", "shows what is the victim's", "changes ["))


def test_the_owner_gets_what_the_others_do_not(victim, matrix):
    """Else the matrix would prove nothing: each GET with these ids shows the owner what is planted."""
    caller, shown = Caller(matrix.instance, victim.token), []
    for method, path, who in matrix.routes:
        if method == "GET" and who == "user" and path.startswith("/api/") and not path.endswith("/events"):
            status, text = caller.call("GET", matrix.request(method, path)[0])
            assert status == 200, (path, status, text)
            shown += [path] if SECRET in text else []
    assert len(shown) >= 18, shown


@pytest.mark.parametrize("scope", ["read", "chat", "write", "mcp"])
def test_a_token_of_one_scope_does_no_more(instance, matrix, scope):
    """By what has changed, not by the statuses alone: reading changes nothing, and no scope reaches the account."""
    user = new_user(instance, "scoped")
    user.process("r.cfg", config())
    token = user.post("/api/v1/users/me/tokens", {"name": "t", "scopes": [scope]}).json["token"]
    caller = Caller(instance, token)
    statuses = {}
    for method, path, who in matrix.routes:
        if who == "user":
            filled, body = matrix.request(method, path)
            headers = {"Content-Type": "multipart/form-data; boundary=x"} if isinstance(body, bytes) else {}
            statuses[method, path] = caller.call(method, filled, body, **headers)[0]
    opened = {key for key, status in statuses.items() if status != 403}
    for method, path in opened:
        assert not re.search(r"/auth/|/api-keys|/tokens|/consents|/audit|/export$|/erase|/password", path) or "conversations" in path, (scope, method, path)
        if scope == "read":
            assert method == "GET" or path in ("/api/v1/search", "/api/v1/ask", "/api/v1/tools/{name}"), (method, path)
        if scope == "mcp":
            assert path == "/mcp", (method, path)
    assert opened


def test_lists_and_cursors_of_another_give_ones_own(victim, matrix, bob):
    pages = [path for (method, path), operation in matrix.operations.items() if method == "GET" and "{" not in path and "/admin/" not in path
             and {"limit", "cursor"} <= {p["name"] for p in operation.get("parameters", [])}]
    assert len(pages) >= 7
    cursors = 0
    for path in pages:
        cursor = victim.get(f"{path}?limit=1").json["next_cursor"]
        if cursor:
            cursors += 1
            answer = bob.get(f"{path}?limit=100&cursor={cursor}")
            assert answer.status in (200, 400) and SECRET not in answer.body.decode()
    assert cursors >= 3
    assert bob.get(f"/api/v1/chat/conversations/{victim.ids['conversation']}/messages?limit=1").status == 404


def mcp(client, method, **parameters):
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
    return client.call("POST", "/mcp", body, {"Accept": "application/json, text/event-stream"}).body.decode()


def test_tools_and_resources_of_mcp_are_ones_own(victim, bob):
    tools = json.loads(mcp(bob, "tools/list"))["result"]["tools"]
    assert len(tools) >= 10
    for tool in tools:
        for value in (victim.ids["document"], victim.ids["topology"]):
            arguments = {name: made(name, schema, value) for name, schema in tool["inputSchema"]["properties"].items()}
            for answer in (mcp(bob, "tools/call", name=tool["name"], arguments=arguments),
                           bob.post(f"/api/v1/tools/{tool['name']}", arguments).body.decode()):
                assert SECRET not in answer, (tool["name"], answer)
    assert SECRET not in mcp(bob, "resources/list")
    for uri in (f"netguru://documents/{victim.ids['document']}", f"netguru://topologies/{victim.ids['topology']}"):
        assert SECRET in mcp(victim, "resources/read", uri=uri)
        answer = mcp(bob, "resources/read", uri=uri)
        absent = mcp(bob, "resources/read", uri=uri.rsplit("/", 1)[0] + "/" + str(uuid.uuid4()))
        assert "error" in json.loads(answer) and re.sub("[0-9a-f-]{36}", "", answer) == re.sub("[0-9a-f-]{36}", "", absent)


def made(name, schema, value):
    """An argument of a tool: an id of the victim's wherever there may be one."""
    kind = schema.get("type")
    if kind == "array":
        return [made(name, schema.get("items", {}), value)]
    if "enum" in schema:
        return schema["enum"][0]
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if kind == "boolean":
        return True
    return value if "id" in name or schema.get("format") == "uuid" or name in ("first", "second", "before", "after") else WORD


def test_what_a_conversation_names_is_ones_own(instance, victim, bob):
    """The id of a message or a key, a client's id, the documents of a question, and the place in a stream."""
    mine = bob.post("/api/v1/chat/conversations", {}).json["id"]
    path, ids = f"/api/v1/chat/conversations/{mine}", victim.ids
    asked = bob.post(path + "/messages", {"content": WORD, "mode": "model", "key_id": ids["key"]}).json["message_id"]
    answer = wait_until(lambda: (m := bob.get(f"/api/v1/chat/messages/{asked}").json)["state"] != "streaming" and m, "the answer")
    assert (answer["state"], answer["reason"]) == ("failed", "no such API key")
    for body in ({"parent_id": ids["message"]}, {"document_ids": [ids["document"]]}):
        assert bob.post(path + "/messages", {"content": WORD, "mode": "sources", **body}).status in (400, 404), body
    assert bob.call("PATCH", path, {"head_id": ids["message"]}).status in (400, 404)
    assert bob.get(f"{path}/messages?head={ids['message']}").json["items"] == []
    repeated = bob.post(path + "/messages", {"content": WORD, "mode": "sources", "client_id": ids["client_id"]})
    assert repeated.status == 202 and repeated.json["is_new"] is True and repeated.json["message_id"] != ids["message"]
    for place in (f"?after={victim.asked['after']}", "?after=0"):
        status, text = Caller(instance, bob.token).call("GET", f"/api/v1/chat/conversations/{ids['conversation']}/events{place}", None, **{"Last-Event-ID": str(victim.asked["after"])})
        assert status == 404 and SECRET not in text


def upgrade(client, path, token=None, ticket=None):
    """The answer to a request for a WebSocket, and what comes within the first moments of an open one."""
    host, port = client.address.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        key = base64.b64encode(os.urandom(16)).decode()
        authorization = f"Authorization: Bearer {token}\r\n" if token else ""
        if ticket:
            authorization += f"Sec-WebSocket-Protocol: netguru.chat.v1, netguru.ticket.{ticket}\r\n"
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {client.address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                           f"Sec-WebSocket-Key: {key}\r\n{authorization}\r\n".encode())
        data = connection.recv(65536)
        return int(data.split(b" ", 2)[1]), data


def test_sockets_and_tickets_open_ones_own_conversation(victim, bob):
    mine, theirs = bob.post("/api/v1/chat/conversations", {}).json["id"], victim.ids["conversation"]
    assert upgrade(bob, f"/ws/chat/{mine}", bob.token)[0] == 101
    for token, ticket in ((bob.token, None), (None, new_ticket(bob)), (None, None), (None, "x"), (victim.read_token, None)):
        status, data = upgrade(bob, f"/ws/chat/{theirs}", token, ticket)
        assert status in (401, 403, 404) and SECRET.encode() not in data
    ticket = new_ticket(victim)
    assert upgrade(victim, f"/ws/chat/{theirs}", ticket=ticket)[0] == 101
    assert upgrade(bob, f"/ws/chat/{theirs}", ticket=ticket)[0] == 401


def new_ticket(client):
    return client.post("/api/v1/chat/tickets", {}).json["ticket"]


@pytest.mark.parametrize("scope, path", [("documents", "documents"), ("documents", "documents/{document}/text"), ("conversations", "conversations"),
                                         ("conversations", "conversations/{conversation}/messages")])
def test_a_consent_opens_its_scope_and_leaves_an_entry(instance, victim, matrix, scope, path):
    boss = administrator(instance, "--superuser")
    url = f"/api/v1/admin/users/{victim.ids['user']}/{path.format(**victim.ids)}?reason=help"
    other = "documents" if scope == "conversations" else "conversations"
    wrong = victim.post("/api/v1/users/me/consents", {"scope": other, "minutes": 5}).json["id"]
    assert boss.get(url).status == 403
    given = victim.post("/api/v1/users/me/consents", {"scope": scope, "minutes": 5}).json["id"]
    before = len(victim.get("/api/v1/users/me/audit?limit=100").json["items"])
    assert boss.get(url.replace("?reason=help", "")).status == 400
    answer = boss.get(url)
    assert answer.status == 200 and SECRET in answer.body.decode()
    entries = victim.get("/api/v1/users/me/audit?limit=100").json["items"]
    assert len(entries) == before + 1 and entries[0]["reason"] == "help"
    for consent in (given, wrong):
        assert victim.call("DELETE", f"/api/v1/users/me/consents/{consent}").status == 204
    assert boss.get(url).status == 403
    assert instance.run("audit", "verify").stdout.startswith("the audit log is intact")


def pipelined(address, requests):
    """Sends all requests at once on one connection; the answers in their order."""
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(b"".join(requests))
        reader, answers = connection.makefile("rb"), []
        for _ in requests:
            status = int(reader.readline().split()[1])
            size = 0
            while (header := reader.readline().strip()):
                if header.lower().startswith(b"content-length:"):
                    size = int(header.split(b":")[1])
            answers.append((status, reader.read(size)))
        return answers


def head(method, path, token, body=b""):
    return (f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body


def test_each_answer_belongs_to_its_asker(instance, record_property):
    """Two users take turns on the same connections, with errors between them and clients that hang up; the server has one or two to PostgreSQL."""
    users = []
    for name in ("anton", "berta"):
        user = new_user(instance, name)
        user.name = name
        user.conversation = user.post("/api/v1/chat/conversations", {"title": f"title of {name}"}).json["id"]
        users.append(user)
    paths = ["/api/v1/users/me", "/api/v1/chat/conversations"]
    bad = [("POST", "/api/v1/search", b"{"), ("POST", "/api/v1/search", b'{"query":"a\\u0000b"}'), ("GET", "/api/v1/files/00000000-0000-4000-8000-000000000000", b""),
           ("GET", "/api/v1/chat/conversations?cursor=zzz", b""), ("GET", "/api/v1/chat/search?q=title", b"")]
    failures, counts = [], []

    def attack(seed):
        seen = 0
        for turn in range(10):
            plan = [(users[(seed + turn + n) % 2], paths[n % 2]) for n in range(12)]
            requests = []
            for n, (user, path) in enumerate(plan):
                requests.append(head("GET", path, user.token))
                method, wrong, body = bad[(seed + n) % len(bad)]
                requests.append(head(method, wrong, user.token, body))
            if turn % 3 == 0:
                hang_up(instance.address, requests)
            for (user, _), (status, body) in zip(plan, pipelined(instance.address, requests)[::2]):
                seen += 1
                other = users[1 - users.index(user)].name.encode()
                if status != 200 or user.name.encode() not in body or other in body:
                    failures.append((user.name, status, body[:300]))
        counts.append(seen)

    threads = [threading.Thread(target=attack, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures and sum(counts) == 6 * 10 * 12, failures[:3]
    record_property("score", "isolation: %d answers of neighbours on shared connections, each to its asker" % sum(counts))


def hang_up(address, requests):
    """Closes with a reset while the answers are made: the statements are cancelled."""
    host, port = address.split(":")
    connection = socket.create_connection((host, int(port)))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.sendall(b"".join(requests))
    connection.close()
