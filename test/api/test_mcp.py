# SPDX-License-Identifier: Apache-2.0
"""The MCP endpoint: driven by the official Python client, and by hand where a client would not do it."""

import json
import subprocess
import threading
import uuid

import anyio
import httpx
import psycopg2
import pytest
from mcp import ClientSession, McpError, types
from mcp.client.streamable_http import streamable_http_client
from waiting import wait_until

NEWEST, BEFORE = "2025-11-25", "2025-06-18"
CONFIG = b"hostname mcp-edge1\n!\ninterface GigabitEthernet0/1\n ip address 10.9.0.1 255.255.255.252\nenable secret 0 Hidden-Word-9\nend\n"


def token_of(client, *scopes):
    return client.post("/api/v1/users/me/tokens", {"name": uuid.uuid4().hex, "scopes": list(scopes or ["mcp"])}).json["token"]


@pytest.fixture(scope="module")
def owner(netguru):
    """A user with a configuration and a topology."""
    client = netguru.client().register()
    client.document = client.process("mcp-edge1.cfg", CONFIG)
    task = client.post("/api/v1/topology/generate", {}).json
    wait_until(lambda: client.get(f"/api/v1/analysis/tasks/{task['task_id']}").json["status"] == "completed", "the topology is there")
    client.mcp = token_of(client)
    return client


class Session:
    """The SDK's session with the endpoint, inside of one event loop."""

    def __init__(self, netguru, token, **options):
        self.url, self.token, self.options = f"http://{netguru.address}/mcp", token, options

    def run(self, body):
        async def main():
            with anyio.fail_after(60):
                async with httpx.AsyncClient(headers={"Authorization": f"Bearer {self.token}"}, timeout=60) as http:
                    async with streamable_http_client(self.url, http_client=http) as (read, write, _):
                        async with ClientSession(read, write, **self.options) as session:
                            self.greeting = await session.initialize()
                            return await body(session)

        return anyio.run(main)


@pytest.fixture
def session(netguru, owner):
    return Session(netguru, owner.mcp)


def rpc(client, token, message, **headers):
    headers = {"Accept": "application/json, text/event-stream", "Authorization": f"Bearer {token}", "Content-Type": "application/json", **headers}
    return client.call("POST", "/mcp", message if isinstance(message, (str, bytes)) else json.dumps(message), headers)


def ask(method, params=None, number=1):
    return {"jsonrpc": "2.0", "id": number, "method": method, **({"params": params} if params is not None else {})}


def test_the_sdk_initialises_lists_and_calls_every_tool_of_the_table(netguru, owner, session):
    async def body(client):
        listed = (await client.list_tools()).tools
        answer = await client.call_tool("list_documents", {"name": "mcp-edge1"})
        await client.send_ping()
        return listed, answer

    listed, answer = session.run(body)
    assert session.greeting.protocolVersion == NEWEST and session.greeting.serverInfo.name == "netguru"
    table = owner.get("/api/v1/tools").json["tools"]
    assert [(t.name, t.description, t.inputSchema) for t in listed] == [(t["name"], t["description"], t["parameters"]) for t in table]
    assert all(t.annotations.readOnlyHint for t in listed)
    assert not answer.isError and answer.structuredContent == json.loads(answer.content[0].text)
    assert answer.structuredContent["documents"][0]["document_id"] == owner.document["id"]


def test_the_older_revision_is_spoken_too(netguru, session, monkeypatch):
    monkeypatch.setattr(types, "LATEST_PROTOCOL_VERSION", BEFORE)

    async def body(client):
        return await client.call_tool("search", {"query": "mcp-edge1"})

    assert not session.run(body).isError
    assert session.greeting.protocolVersion == BEFORE


def test_a_tool_that_fails_says_why_in_its_result(session):
    async def body(client):
        unknown = await client.call_tool("read_lines", {"document_id": str(uuid.uuid4())})
        wrong = await client.call_tool("read_lines", {"nonsense": 1})
        with pytest.raises(McpError) as missing:
            await client.call_tool("no_such_tool", {})
        return unknown, wrong, missing.value.error

    unknown, wrong, missing = session.run(body)
    assert unknown.isError and unknown.content[0].text == "no such document"
    assert wrong.isError and 'no argument "nonsense"' in wrong.content[0].text
    assert missing.code == -32602 and "no_such_tool" in missing.message


def test_documents_and_topologies_are_resources_without_secrets(owner, session):
    async def body(client):
        found, cursor = [], None
        while True:
            page = await client.list_resources(cursor)
            found += page.resources
            cursor = page.nextCursor
            if not cursor:
                break
        templates = (await client.list_resource_templates()).resourceTemplates
        return found, templates, {str(r.uri): (await client.read_resource(r.uri)).contents[0] for r in found}

    found, templates, contents = session.run(body)
    assert [t.uriTemplate for t in templates] == ["netguru://documents/{id}", "netguru://topologies/{id}"]
    document = contents[f"netguru://documents/{owner.document['id']}"]
    assert "interface GigabitEthernet0/1" in document.text and "Hidden-Word-9" not in document.text
    assert document.text.splitlines()[3] == " ip address 10.9.0.1 255.255.255.252"
    topology = next(r for r in found if str(r.uri).startswith("netguru://topologies/"))
    assert "mcp-edge1" in json.dumps(json.loads(contents[str(topology.uri)].text)["graph"])


def test_the_pages_of_resources_leave_out_and_repeat_nothing(netguru):
    client = netguru.client().register()
    token = token_of(client)
    with psycopg2.connect(host=f"{netguru.home}/run", dbname="netguru", user="postgres") as connection, connection.cursor() as cursor:
        cursor.execute("""INSERT INTO documents (user_id, filename, original_filename, file_type, file_size_bytes, storage_path, status)
            SELECT %s, 'f' || n, 'f' || n, 'text', 1, 'local:none' || n, 'completed' FROM generate_series(1, 230) AS n""",
                       (client.get("/api/v1/users/me").json["id"],))

    async def body(session):
        found, cursor = [], None
        while True:
            page = await session.list_resources(cursor)
            found += [str(r.uri) for r in page.resources]
            cursor = page.nextCursor
            if not cursor:
                return found

    found = Session(netguru, token).run(body)
    assert len(found) == len(set(found)) == 230


def test_progress_comes_when_it_is_asked_for(session):
    seen = []

    async def body(client):
        async def on_progress(progress, total, message):
            seen.append((progress, total, message))

        return await client.call_tool("list_documents", {}, progress_callback=on_progress)

    assert not session.run(body).isError
    assert seen[0] == (0, None, "list_documents: 0 s") and [s[0] for s in seen] == sorted({s[0] for s in seen})


class LockedDocuments:
    """Tools wait for the table of documents while this holds it."""

    def __init__(self, netguru):
        self.connection = psycopg2.connect(host=f"{netguru.home}/run", dbname="netguru", user="postgres")
        with self.connection.cursor() as cursor:
            cursor.execute("LOCK TABLE documents IN ACCESS EXCLUSIVE MODE")
        self.other = psycopg2.connect(host=f"{netguru.home}/run", dbname="netguru", user="postgres")
        self.other.autocommit = True

    def waiting(self):
        with self.other.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%tool%' OR wait_event = 'relation'")
            return cursor.fetchone()[0]

    def close(self):
        self.connection.close()
        self.other.close()


@pytest.mark.parametrize("stream", [True, False])
def test_a_cancelled_request_ends_and_so_does_its_statement(netguru, owner, session, stream):
    locked = LockedDocuments(netguru)
    session_id = rpc(owner, owner.mcp, ask("initialize", {"protocolVersion": NEWEST, "capabilities": {}})).headers["Mcp-Session-Id"]
    params = {"name": "list_documents", "arguments": {}, **({"_meta": {"progressToken": "p"}} if stream else {})}
    answers = []
    thread = threading.Thread(target=lambda: answers.append(
        rpc(owner, owner.mcp, ask("tools/call", params, "slow"), **{"Mcp-Session-Id": session_id})))
    try:
        thread.start()
        wait_until(locked.waiting, "the tool waits")
        cancelled = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "slow"}}
        stranger = netguru.client().register()
        for token, headers in ((token_of(stranger), {"Mcp-Session-Id": session_id}), (owner.mcp, {"Mcp-Session-Id": "other"}), (owner.mcp, {})):
            assert rpc(owner, token, cancelled, **headers).status == 202
        assert locked.waiting() and not answers
        assert rpc(owner, owner.mcp, cancelled, **{"Mcp-Session-Id": session_id}).status == 202
        thread.join(60)
        wait_until(lambda: not locked.waiting(), "the statement is cancelled too")
    finally:
        locked.close()
    assert answers and b'"code":-32800' in answers[0].body
    assert answers[0].headers["Content-Type"] == ("text/event-stream" if stream else "application/json")


def test_a_cancellation_reaches_the_process_that_runs_the_request(netguru, owner):
    """A process that does not run the request publishes its key."""
    locked = LockedDocuments(netguru)
    user = owner.get("/api/v1/users/me").json["id"]
    answers = []
    thread = threading.Thread(target=lambda: answers.append(
        rpc(owner, owner.mcp, ask("tools/call", {"name": "list_documents"}, "far"), **{"Mcp-Session-Id": "s"})))
    try:
        thread.start()
        wait_until(locked.waiting, "the tool waits")
        subprocess.run(["redis-cli", "-s", f"{netguru.home}/run/redis.sock", "PUBLISH", "mcp:cancelled", f'{user}|s|"far"'], check=True, capture_output=True)
        thread.join(60)
    finally:
        locked.close()
    assert answers[0].json["error"]["code"] == -32800


def test_the_sdk_cancels_a_call_that_it_has_given_up(netguru, session):
    locked = LockedDocuments(netguru)

    async def body(client):
        async def call():
            with pytest.raises(McpError):
                await client.call_tool("list_documents", {})

        async with anyio.create_task_group() as group:
            group.start_soon(call)
            while not locked.waiting():
                await anyio.sleep(0.02)
            number = client._request_id - 1
            await client.send_notification(types.ClientNotification(types.CancelledNotification(
                params=types.CancelledNotificationParams(requestId=number, reason="enough"))))

    try:
        session.run(body)
        wait_until(lambda: not locked.waiting(), "the statement is cancelled too")
    finally:
        locked.close()


@pytest.mark.parametrize("message, code", [
    ({"jsonrpc": "1.0", "id": 1, "method": "ping"}, -32600), ({"id": 1, "method": "ping"}, -32600), ({"jsonrpc": "2.0", "id": 1}, -32600),
    ({"jsonrpc": "2.0", "id": None, "method": "ping"}, -32600), ({"jsonrpc": "2.0", "id": 1.5, "method": "ping"}, -32600),
    ({"jsonrpc": "2.0", "id": "x" * 300, "method": "ping"}, -32600), ({"jsonrpc": "2.0", "id": 1, "method": 7}, -32600),
    ({"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []}, -32600), ({"jsonrpc": "2.0", "id": 1, "result": {}, "error": {}}, -32600),
    ({"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {"_meta": {"progressToken": {}}}}, -32600),
])
def test_what_is_no_message_is_refused(owner, message, code):
    answer = rpc(owner, owner.mcp, message)
    assert answer.status == 400 and answer.json["error"]["code"] == code and "id" not in answer.json, answer.body


@pytest.mark.parametrize("body", [
    b"[]", b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]', b"", b"{", b'{"a":1}{', b'{"jsonrpc":"2.0","id":1,"method":"\\u0000"}', b'"ping"',
    b'{"a":' * 60 + b"1" + b"}" * 60, b'{"jsonrpc":"2.0","jsonrpc":"2.0","id":1,"method":"ping"}', b"\xff\xfe{}",
])
def test_what_is_no_json_object_is_refused(owner, body):
    assert rpc(owner, owner.mcp, body).status == 400


def test_a_message_has_a_limit(owner):
    assert rpc(owner, owner.mcp, ask("ping", {"x": "y" * 70000})).status == 413
    answer = rpc(owner, owner.mcp, ask("tools/call", {"name": "search", "arguments": {"query": "y" * 9000}}))
    assert answer.json["error"]["code"] == -32602 and "8192 bytes" in answer.json["error"]["message"]


@pytest.mark.parametrize("method, params, code", [
    ("no/such", None, -32601), ("initialize", {}, -32602), ("tools/list", {"cursor": "x"}, -32602), ("tools/call", {}, -32602),
    ("resources/list", {"cursor": "7"}, -32602), ("resources/list", {"cursor": "0.1"}, -32602), ("resources/list", {"cursor": "0.-1.x"}, -32602),
    ("resources/list", {"cursor": "\u00e9" * 300}, -32602), ("resources/read", {}, -32602), ("resources/read", {"uri": "file:///etc/passwd"}, -32002),
    ("resources/read", {"uri": "netguru://documents/../x"}, -32002), ("resources/read", {"uri": f"netguru://documents/{uuid.uuid4()}"}, -32002),
    ("resources/read", {"uri": f"netguru://topologies/{uuid.uuid4()}"}, -32002), ("logging/setLevel", {"level": "info"}, -32601),
])
def test_a_request_that_fails_names_its_id_and_the_reason(owner, method, params, code):
    answer = rpc(owner, owner.mcp, ask(method, params, "seven"))
    assert answer.status == 200 and answer.json["id"] == "seven" and answer.json["error"]["code"] == code, answer.body
    assert answer.json["error"]["message"]


def test_an_unknown_revision_gets_the_newest_and_a_wrong_header_is_refused(owner):
    greeting = rpc(owner, owner.mcp, ask("initialize", {"protocolVersion": "1999-01-01", "capabilities": {}}))
    assert greeting.json["result"]["protocolVersion"] == NEWEST
    for revision in ("1999-01-01", "x", "2024-11-05"):
        assert rpc(owner, owner.mcp, ask("ping"), **{"MCP-Protocol-Version": revision}).status == 400
    for revision in (NEWEST, BEFORE):
        assert rpc(owner, owner.mcp, ask("ping"), **{"MCP-Protocol-Version": revision}).json["result"] == {}


def test_headers_of_browsers_and_sessions_are_checked(owner):
    assert rpc(owner, owner.mcp, ask("ping"), Origin="https://evil.example").status == 403
    assert rpc(owner, owner.mcp, ask("ping"), Origin="null").status == 403
    assert rpc(owner, owner.mcp, ask("ping"), Origin=f"http://{owner.address}").status == 200
    assert rpc(owner, owner.mcp, ask("ping"), **{"Mcp-Session-Id": "x" * 129}).status == 400
    assert rpc(owner, owner.mcp, ask("ping"), **{"Mcp-Session-Id": "any-id"}).status == 200
    assert rpc(owner, owner.mcp, {"jsonrpc": "2.0", "method": "notifications/initialized"}).status == 202
    assert rpc(owner, owner.mcp, {"jsonrpc": "2.0", "id": 1, "result": {}}).status == 202


def test_only_post_is_taken_and_a_token_is_needed(netguru, owner):
    for method in ("GET", "DELETE", "PUT"):
        answer = owner.call(method, "/mcp", headers={"Authorization": f"Bearer {owner.mcp}"})
        assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    client = netguru.client()
    assert client.post("/mcp", ask("ping")).status == 401
    assert rpc(client, token_of(owner, "read"), ask("ping")).status == 403
    assert rpc(client, owner.token, ask("ping")).status == 200  # a login


def test_the_documents_of_another_user_do_not_exist(netguru, owner):
    stranger = netguru.client().register()
    token = token_of(stranger)
    uri = f"netguru://documents/{owner.document['id']}"
    assert rpc(stranger, token, ask("resources/read", {"uri": uri})).json["error"]["code"] == -32002
    assert rpc(stranger, token, ask("resources/list")).json["result"]["resources"] == []
    result = rpc(stranger, token, ask("tools/call", {"name": "read_lines", "arguments": {"document_id": owner.document["id"]}})).json["result"]
    assert result["isError"] and result["content"][0]["text"] == "no such document"


def test_a_topology_with_a_deleted_document_is_no_resource(netguru):
    client = netguru.client().register()
    token = token_of(client)
    document = client.process("gone.cfg", CONFIG + b"! gone\n")
    task = client.post("/api/v1/topology/generate", {}).json
    wait_until(lambda: client.get(f"/api/v1/analysis/tasks/{task['task_id']}").json["status"] == "completed", "the topology is there")
    listed = rpc(client, token, ask("resources/list", {"cursor": "1"})).json["result"]["resources"]
    client.call("DELETE", f"/api/v1/files/{document['id']}")
    assert rpc(client, token, ask("resources/list", {"cursor": "1"})).json["result"]["resources"] == []
    assert "deleted" in rpc(client, token, ask("resources/read", {"uri": listed[0]["uri"]})).json["error"]["message"]
