# SPDX-License-Identifier: Apache-2.0
"""`netguru mcp` on standard input and output, without a server and with one."""

import json
import os
import subprocess
from pathlib import Path

import anyio
import pytest
from conftest import DEMO, PROGRAM, ROOT
from mcp import ClientSession, StdioServerParameters, types
from mcp.client.stdio import stdio_client

SAMPLE = ROOT / "sample"
BEFORE = "2025-06-18"


def talk(body, *words, home="/nonexistent", **options):
    """Runs body(session) with the SDK's session of a `netguru mcp`."""

    async def main():
        with anyio.fail_after(60):
            parameters = StdioServerParameters(command=PROGRAM, args=["mcp", *map(str, words)], env={"HOME": str(home)})
            async with stdio_client(parameters, errlog=open(os.devnull, "w")) as (read, write):
                async with ClientSession(read, write, **options) as session:
                    greeting = await session.initialize()
                    return greeting, await body(session)

    return anyio.run(main)


def call(name, folder, /, **arguments):
    async def body(session):
        return await session.call_tool(name, arguments)

    return talk(body, folder)[1]


def find(folder, name):
    return next(d for d in call("list_documents", folder, name=name).structuredContent["documents"])["document_id"]


def raw(*lines, words=()):
    """Sends lines as they are; the messages that come back."""
    text = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines) + b"\n"
    done = subprocess.run([PROGRAM, "mcp", *map(str, words)], input=text, capture_output=True, timeout=60, check=True, env={"HOME": "/nonexistent"})
    return [json.loads(line) for line in done.stdout.splitlines()]


def ask(method, params=None, number=1):
    return {"jsonrpc": "2.0", "id": number, "method": method, **({"params": params} if params is not None else {})}


@pytest.mark.parametrize("revision", ["2025-11-25", BEFORE])
def test_the_sdk_lists_and_calls_the_local_tools(monkeypatch, revision):
    monkeypatch.setattr(types, "LATEST_PROTOCOL_VERSION", revision)

    async def body(session):
        await session.send_ping()
        return (await session.list_tools()).tools, await session.call_tool("search", {"query": "which neighbour has another area?"})

    greeting, (tools, found) = talk(body, SAMPLE)
    assert greeting.protocolVersion == revision
    assert {t.name for t in tools} == {"search", "list_documents", "read_lines", "device_facts", "findings", "capture_summary", "capture_conversations"}
    assert found.structuredContent["passages"] and found.structuredContent["by_meaning"] is False


def test_local_answers_are_those_of_the_server(demo):
    """The engines say the same of a file here as of the document that was uploaded."""
    name = "lis-edge1.cfg"
    document = demo.process(name, (SAMPLE / "configs" / name).read_bytes())
    local = find(SAMPLE, name)
    for section in ("summary", "interfaces", "ospf", "bgp", "static_routes", "acls", "prefix_lists", "route_maps", "vrfs"):
        server = demo.post("/api/v1/tools/device_facts", {"document_id": document["id"], "section": section}).json
        here = call("device_facts", SAMPLE, document_id=local, section=section).structuredContent
        assert here["total"] == server["total"], section
        if section != "summary":
            assert here["rows"] == server["rows"], section
    lines = {"line_start": 10, "line_end": 60}
    server = demo.post("/api/v1/tools/read_lines", {"document_id": document["id"], **lines}).json
    here = call("read_lines", SAMPLE, document_id=local, **lines).structuredContent
    assert here["last_line"] == server["last_line"]
    for passage in server["passages"]:
        for number, text in enumerate(passage["text"].splitlines(), passage["line_start"]):
            mine = next(p for p in here["passages"] if p["line_start"] <= number <= p["line_end"])
            assert mine["text"].splitlines()[number - mine["line_start"]].rstrip() == text.rstrip()


def test_local_facts_of_protocols_and_nat_are_those_of_the_server(demo, tmp_path):
    text = """version 15.2
hostname igp1
interface GigabitEthernet0/1
 ip address 10.0.0.1 255.255.255.252
 ip router isis CORE
 isis metric 20 level-2
interface GigabitEthernet0/2
 ip address 10.1.0.1 255.255.255.252
router isis CORE
 net 49.0001.0000.0000.0001.00
router eigrp 100
 network 10.1.0.0 0.0.0.3
access-list 10 permit 10.0.0.0 0.255.255.255
ip nat pool P 192.0.2.1 192.0.2.9 netmask 255.255.255.0
ip nat inside source list 10 pool P overload
zone security IN
zone-pair security P source IN destination self
vrf definition RED
 rd 65000:1
 route-target both 65000:1
"""
    (tmp_path / "igp1.cfg").write_text(text)
    document = demo.process("igp1.cfg", text.encode())
    local = find(tmp_path, "igp1.cfg")
    for section, line, kinds in (("isis", 9, ["process", "interface"]), ("eigrp", 11, ["process", "interface"]), ("nat", 15, ["rule", "pool"]), ("zones", 16, ["zone", "policy"])):
        server = demo.post("/api/v1/tools/device_facts", {"document_id": document["id"], "section": section}).json
        here = call("device_facts", tmp_path, document_id=local, section=section).structuredContent
        assert here["rows"] == server["rows"], section
        assert server["rows"][0]["line"] == line
        assert [row["row"] for row in server["rows"]] == kinds


def test_captures_are_summarised():
    capture = find(SAMPLE, "http-loss-client")
    summary = call("capture_summary", SAMPLE, document_id=capture).structuredContent
    assert summary["packets"] > 0 and summary["tcp"]["events"]
    rows = call("capture_conversations", SAMPLE, document_id=capture, order="retransmissions", port=80).structuredContent
    assert rows["total"] == len(rows["conversations"]) >= 1


def test_long_documents_are_read_with_more(tmp_path):
    (tmp_path / "long.txt").write_text("".join(f"line {n} {'x' * 60}\n" for n in range(1, 1001)))
    document = find(tmp_path, "long")
    seen, more = [], None
    while True:
        answer = call("read_lines", tmp_path, document_id=document, **({"more": more} if more else {})).structuredContent
        for passage in answer["passages"]:
            seen += passage["text"].splitlines()
        more = answer["more"]
        if not more:
            break
    assert [line.split()[1] for line in seen] == [str(n) for n in range(1, 1001)]


def test_secrets_are_masked(tmp_path):
    (tmp_path / "a.cfg").write_text("hostname a\nenable secret 0 Hidden-Word-9\nsnmp-server community Hidden-Word-9 ro\nend\n")
    document = find(tmp_path, "a.cfg")

    async def body(session):
        return [await session.read_resource((tmp_path / "a.cfg").as_uri()),
                await session.call_tool("read_lines", {"document_id": document}),
                await session.call_tool("search", {"query": "snmp community"}),
                await session.call_tool("device_facts", {"document_id": document, "section": "not_understood"})]

    answers = talk(body, tmp_path)[1]
    assert "hostname a" in str(answers) and "Hidden-Word-9" not in str(answers)


@pytest.fixture
def fenced(tmp_path):
    """Folders with links that lead out of them."""
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir(), outside.mkdir()
    (inside / "in.cfg").write_text("hostname inside\n")
    (outside / "out.cfg").write_text("hostname outside\n")
    (inside / "link.cfg").symlink_to(outside / "out.cfg")
    (inside / "folder").symlink_to(outside)
    (inside / ".hidden.cfg").write_text("hostname hidden\n")
    os.mkfifo(inside / "pipe.cfg")
    return inside, outside


def test_links_and_paths_do_not_lead_out_of_the_folders(fenced):
    inside, outside = fenced
    uris = [(outside / "out.cfg").as_uri(), (inside / "link.cfg").as_uri(), (inside / "folder/out.cfg").as_uri(),
            (inside / "pipe.cfg").as_uri(), (inside / ".hidden.cfg").as_uri(), f"{inside.as_uri()}/../outside/out.cfg",
            f"{inside.as_uri()}/%2e%2e/outside/out.cfg", "file:///etc/passwd", "file://host/etc/passwd", "file:///%00", "netguru://documents/1"]

    got = raw(ask("resources/list", number="list"), *(ask("resources/read", {"uri": uri}, uri) for uri in uris), words=[inside])
    assert {m["id"]: m["error"]["code"] for m in got if "error" in m} == {uri: -32602 if "%00" in uri else -32002 for uri in uris}
    assert [r["name"] for m in got if m["id"] == "list" for r in m["result"]["resources"]] == ["in.cfg"]


def test_the_roots_of_the_client_are_the_folders(fenced, tmp_path):
    inside, outside = fenced
    roots = [inside]

    async def list_roots(_):
        return types.ListRootsResult(roots=[types.Root(uri=r.as_uri()) for r in roots])

    async def body(session):
        first = (await session.call_tool("list_documents", {})).structuredContent
        roots[:] = [outside]
        await session.send_roots_list_changed()
        while (second := (await session.call_tool("list_documents", {})).structuredContent)["documents"] == first["documents"]:
            await anyio.sleep(0.02)
        return [[d["document"] for d in answer["documents"]] for answer in (first, second)]

    assert talk(body, list_roots_callback=list_roots)[1] == [["in.cfg"], ["out.cfg"]]
    # Folders of the command line are not extended by the client.
    assert talk(lambda s: s.list_resources(), inside, list_roots_callback=list_roots)[1].resources[0].name == "in.cfg"


def test_output_is_messages_only_and_hostile_lines_are_answered(tmp_path):
    (tmp_path / "a.cfg").write_text("hostname a\n")
    got = raw(b"", b"{", b"[]", b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]', b"\xff\xfe", b"null", b'{"jsonrpc":"2.0","id":{},"method":"ping"}',
              b'{"a":' * 60 + b"1" + b"}" * 60, b'{"jsonrpc":"2.0","id":1,"method":"x","params":"' + b"y" * 1100000 + b'"}',
              {"jsonrpc": "2.0", "method": "notifications/nonsense"}, {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 9}},
              {"jsonrpc": "2.0", "id": "netguru-roots", "result": {"roots": [{"uri": "file:///etc"}]}}, ask("ping", number="last"), words=[tmp_path])
    codes = [m["error"]["code"] for m in got if "error" in m]
    assert codes == [-32700, -32600, -32600, -32700, -32600, -32600, -32700, -32600]
    assert got[-1] == {"jsonrpc": "2.0", "id": "last", "result": {}}


def test_a_client_that_was_not_asked_cannot_name_roots(fenced):
    inside, outside = fenced
    roots = {"jsonrpc": "2.0", "id": "netguru-roots", "result": {"roots": [{"uri": outside.as_uri()}]}}
    got = raw(ask("initialize", {"protocolVersion": BEFORE, "capabilities": {"roots": {}}}), roots, ask("resources/list", number=2), words=[inside])
    assert [r["name"] for r in got[-1]["result"]["resources"]] == ["in.cfg"]


def test_the_end_of_input_ends_the_program(tmp_path):
    child = subprocess.Popen([PROGRAM, "mcp", tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={"HOME": "/nonexistent"})
    child.stdin.write(json.dumps(ask("ping")).encode() + b"\n")
    child.stdin.flush()
    assert json.loads(child.stdout.readline())["result"] == {}
    child.stdin.close()
    assert child.wait(60) == 0 and child.stdout.read() == b""


def test_progress_is_sent_over_standard_output():
    seen = []

    async def body(session):
        async def on_progress(progress, total, message):
            seen.append((progress, message))

        return await session.call_tool("findings", {}, progress_callback=on_progress)

    assert not talk(body, SAMPLE)[1].isError
    assert seen[0] == (0, "findings: 0 s")


def test_a_cancelled_request_gets_no_answer():
    slow = ask("tools/call", {"name": "findings", "arguments": {}}, "slow")
    got = raw(slow, {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "slow"}}, ask("ping", number="after"), words=[SAMPLE])
    assert [m["id"] for m in got] == ["after"]


def test_whoever_is_logged_in_has_the_server_too(netguru, demo):
    document = demo.process("behind.cfg", b"hostname behind\ninterface GigabitEthernet0/1\n ip address 10.7.0.1 255.255.255.252\nend\n")
    netguru.run("login", "--server", f"http://{netguru.address}", DEMO, NETGURU_PASSWORD=netguru.password)

    async def body(session):
        names = [t.name for t in (await session.list_tools()).tools]
        there = await session.call_tool("server_read_lines", {"document_id": document["id"]})
        wrong = await session.call_tool("server_read_lines", {"nonsense": 1})
        unknown = await session.call_tool("server_nonsense", {})
        assert unknown.isError and unknown.content[0].text == "no such tool: nonsense"
        read = await session.read_resource(f"netguru://documents/{document['id']}")
        found, cursor = [], None
        while True:
            page = await session.list_resources(cursor)
            found += [str(r.uri) for r in page.resources]
            cursor = page.nextCursor
            if not cursor:
                break
        return names, there, wrong, read, found

    names, there, wrong, read, found = talk(body, SAMPLE, home=Path(netguru.home).parent)[1]
    assert len(names) == 7 + 11 and "server_topology_path" in names
    assert "hostname behind" in there.content[0].text and not there.isError
    assert wrong.isError and "hostname behind" in read.contents[0].text
    assert f"netguru://documents/{document['id']}" in found and (SAMPLE / "README.md").as_uri() in found
    local = talk(lambda s: s.list_tools(), "--local", SAMPLE, home=Path(netguru.home).parent)[1]
    assert len(local.tools) == 7
