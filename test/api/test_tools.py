# SPDX-License-Identifier: Apache-2.0
"""The tools on the sample network, by HTTP: what a model is told about it."""

import json
from pathlib import Path

import pytest
from waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "sample"
FILES = [p for folder in ("configs", "logs", "captures", "docs") for p in sorted((SAMPLE / folder).iterdir())]


@pytest.fixture(scope="module")
def network(netguru):
    """The demo account with the sample, analysed and drawn: the client, and the ids of the documents."""
    client = netguru.demo()
    documents = {}
    for path in FILES:
        answer = client.upload(path.name, path.read_bytes())
        assert answer.status in (200, 201), answer.body
        documents[path.name] = answer.json
    ids = {name: client.settled(document)["id"] for name, document in documents.items()}
    started = client.post("/api/v1/topology/generate", {})
    path = f"/api/v1/analysis/tasks/{started.json['task_id']}"
    wait_until(lambda: client.get(path).json["status"] == "completed", "the topology has been generated")
    return client, ids


def ask(network, tool, **arguments):
    answer = network[0].post(f"/api/v1/tools/{tool}", arguments)
    assert answer.status == 200, answer.body
    assert len(answer.body) <= 16 * 1024
    assert answer.json["cost"]["bytes"] < len(answer.body) and answer.json["cost"]["tokens"] > 0
    return answer.json


def ask_all(network, tool, member, **arguments):
    """The rows of all parts of an answer."""
    answer = ask(network, tool, **arguments)
    rows = answer[member]
    while answer["more"]:
        answer = ask(network, tool, more=answer["more"], **arguments)
        rows += answer[member]
    return rows


def lines_of(name):
    return (SAMPLE / "configs" / name).read_text().splitlines()


def test_the_table_of_tools_is_served(network):
    tools = network[0].get("/api/v1/tools").json["tools"]
    assert len(tools) == 11
    for tool in tools:
        assert tool["parameters"]["additionalProperties"] is False and tool["description"]


def test_lines_are_those_of_the_file(network):
    """But for secrets, and white space at the ends of lines."""
    for name in ("lis-edge1.cfg", "lis-dist2.cfg", "opo-rtr1.conf", "opo-rtr2.set"):
        wanted = lines_of(name)
        for passage in ask_all(network, "read_lines", "passages", document_id=network[1][name]):
            got = passage["text"].split("\n")
            assert passage["line_end"] - passage["line_start"] + 1 == len(got)
            for number, line in enumerate(got, passage["line_start"]):
                if "<redacted>" not in line:
                    assert line == wanted[number - 1].rstrip(), (name, number)


def test_lines_hold_no_secret(network):
    text = "\n".join(p["text"] for p in ask_all(network, "read_lines", "passages", document_id=network[1]["lis-edge1.cfg"]))
    assert "enable secret 9 <redacted>" in text and "$9$" not in text and "$14$" not in text


def test_facts_name_the_lines_that_state_them(network):
    lines = lines_of("lis-edge1.cfg")
    identifier = network[1]["lis-edge1.cfg"]
    for row in ask_all(network, "device_facts", "rows", document_id=identifier, section="interfaces"):
        assert lines[row["line"] - 1] == f"interface {row['name']}"
        for address in row["addresses"]:
            assert "address" in lines[address["line"] - 1]
    for row in ask_all(network, "device_facts", "rows", document_id=identifier, section="acls"):
        assert row["text"].split()[1] in lines[row["line"] - 1]
    neighbors = ask_all(network, "device_facts", "rows", document_id=identifier, section="bgp", name="198.51.100.1")
    assert [n["remote_as"] for n in neighbors if n["row"] == "neighbor"] == [64500]


def test_the_faults_of_the_sample_are_found(network):
    findings = ask_all(network, "findings", "findings")
    kinds = {f["kind"] for f in findings}
    assert {"ospf_mtu_mismatch", "bgp_half_open", "vlan_allowed_mismatch"} <= kinds
    mtu = next(f for f in findings if f["kind"] == "ospf_mtu_mismatch")
    assert {place["document_id"] for place in mtu["at"]} == {network[1]["lis-edge2.cfg"], network[1]["lis-dist2.cfg"]}
    assert "mtu 9214" in " ".join(lines_of("lis-dist2.cfg")[place["line"] - 1] for place in mtu["at"])


def test_the_findings_of_one_file_are_told_with_it(network):
    own = ask_all(network, "findings", "findings", document_id=network[1]["lis-acc1.cfg"])
    weak = next(f for f in own if f["kind"] == "weak_password_type")
    assert weak["severity"] == "warning" and "type 8 or 9" in weak["fix"]
    assert [place["line"] for place in weak["at"]] == [17]
    of_capture = ask_all(network, "findings", "findings", document_id=network[1]["http-loss-client.pcap"])
    reordered = next(f for f in of_capture if f["kind"] == "tcp_reordering")
    assert len(reordered["packets"]) == 5 and "tcp.analysis.out_of_order" in reordered["filter"]
    notes = ask_all(network, "findings", "findings", document_id=network[1]["http-loss-client.pcap"], severity="info")
    assert {f["severity"] for f in notes} == {"info"}


def test_neighbours_are_the_true_links(network):
    wanted = {}
    for line in (SAMPLE / "expected-topology.tsv").read_text().splitlines():
        kind, a, _, b, *_ = (line.split("\t") + [""] * 4)[:5]
        if kind == "link":
            wanted.setdefault(a, set()).add(b)
            wanted.setdefault(b, set()).add(a)
    for device, peers in wanted.items():
        rows = ask_all(network, "topology_neighbors", "neighbors", device=device)
        assert peers <= {row["device"] for row in rows}
        for row in rows:
            assert row["evidence"] and row["evidence"][0]["at"]


def test_the_path_between_the_sites_is_found(network):
    answer = ask(network, "topology_path", **{"from": "lis-acc1", "to": "opo-rtr2"})
    assert answer["found"] and answer["hops"] == 3 and not answer["outdated"]
    assert {tuple(hop["device"] for hop in path) for path in answer["paths"]} == {
        ("lis-acc1", "lis-dist1", "lis-edge2", "opo-rtr2"),
        ("lis-acc1", "lis-dist2", "lis-edge2", "opo-rtr2"),
    }


def test_the_loss_in_a_capture_is_told(network):
    identifier = network[1]["http-loss-client.pcap"]
    summary = ask(network, "capture_summary", document_id=identifier)
    assert summary["packets"] == 3118 and summary["tcp"]["events"]["lost_segment"] > 0
    rows = ask_all(network, "capture_conversations", "conversations", document_id=identifier, order="retransmissions")
    assert len(rows) == summary["conversation_count"]
    figures = [row["tcp"].get("retransmission", 0) for row in rows]
    assert figures == sorted(figures, reverse=True) and sum(figures) == summary["tcp"]["events"]["retransmission"]
    assert all(row["tcp"]["initial_rtt_s"] > 0 for row in rows)


def test_the_timeline_points_at_the_lines_of_the_log(network):
    lines = next((SAMPLE / "logs").iterdir()).read_text().splitlines()
    events = ask_all(network, "log_timeline", "events", document_id=network[1]["network-2026-03-12.log"], severity=7)
    assert sum(event["messages"] for event in events) == len(lines)
    for event in events:
        assert event["mnemonic"] in lines[event["line_start"] - 1]
        assert lines[event["line_start"] - 1].startswith(event["timestamp"])
    starts = [event["line_start"] for event in events]
    assert starts == sorted(starts)


def test_two_configurations_are_compared(network):
    old, new = lines_of("lis-edge1.cfg"), lines_of("lis-edge2.cfg")
    changes = ask_all(
        network, "compare_documents", "changes",
        document_id=network[1]["lis-edge1.cfg"], other_document_id=network[1]["lis-edge2.cfg"],
    )
    for change in changes:
        for side, lines in (("removed", old), ("added", new)):
            passage = change[side]
            if passage and "…" not in passage["text"]:
                for number, line in enumerate(passage["text"].split("\n"), passage["line_start"]):
                    assert "<redacted>" in line or line == lines[number - 1].rstrip()
    assert any(c["added"] and "hostname lis-edge2" in c["added"]["text"] for c in changes)


def test_a_page_of_the_runbook_is_read(network):
    passages = ask_all(network, "read_lines", "passages", document_id=network[1]["network-runbook.pdf"], page=2)
    assert passages and {p["page"] for p in passages} == {2}
    assert any("2.1 Devices" in p["text"] for p in passages)


def test_bad_calls_end_in_words(network, somebody):
    client, ids = network
    identifier = ids["lis-edge1.cfg"]
    for tool, body, status, words in [
        ("nothing", {}, 404, "no such tool"),
        ("read_lines", {"document": identifier}, 400, 'no argument \\"document\\"'),
        ("read_lines", {"document_id": 5}, 400, "must be a string"),
        ("read_lines", {"document_id": identifier, "line_start": "1"}, 400, "must be an integer"),
        ("device_facts", {"document_id": identifier}, 400, '\\"section\\" is missing'),
        ("search", {"query": "x" * 9000}, 400, "more than 8192 bytes"),
        ("capture_summary", {"document_id": identifier}, 400, "documents of type pcap"),
    ]:
        answer = client.post(f"/api/v1/tools/{tool}", body)
        assert answer.status == status and words in answer.body.decode(), answer.body
    twice = f'{{"document_id":"{identifier}","document_id":"{identifier}"}}'
    answer = client.call("POST", "/api/v1/tools/read_lines", twice, {"Content-Type": "application/json"})
    assert answer.status == 400 and "duplicate" in answer.json["error"]["message"]
    answer = somebody.post("/api/v1/tools/read_lines", {"document_id": identifier})
    assert answer.status == 404 and answer.json["error"]["message"] == "no such document"


def test_a_tool_is_called_from_the_command_line(network, netguru, tmp_path):
    home = {"HOME": str(tmp_path)}
    netguru.run("login", "--server", f"http://{netguru.address}", "demo@netguru.example", NETGURU_PASSWORD=netguru.password, **home)
    identifier = network[1]["lis-edge1.cfg"]
    listed = netguru.run("tool", **home).stdout
    assert "read_lines document_id=… source_id=… line_start=…" in listed
    answer = json.loads(netguru.run("tool", "read_lines", f"document_id={identifier}", "line_start=15", "line_end=15", **home).stdout)
    assert answer["passages"][0]["text"] == "hostname lis-edge1"
    for words, said in [
        (["read_lines", "document_id"], "NAME=VALUE"),
        (["read_lines", "document_id=5"], "must be an id"),
        (["read_lines", f"document_id={identifier}", "line_start=x"], "must be an integer"),
        (["read_lines", f"document_id={identifier}", f"document_id={identifier}"], "duplicate"),
        (["../files"], "no such tool"),
    ]:
        failed = netguru.run("tool", *words, check=False, **home)
        assert failed.returncode and said in failed.stderr, failed.stderr


def test_strangers_are_refused_and_calls_are_counted(network, netguru):
    stranger = netguru.client()
    assert stranger.get("/api/v1/tools").status == 401
    assert stranger.post("/api/v1/tools/list_documents", {}).status == 401
    answer = network[0].post("/api/v1/tools/list_documents", {})
    assert int(answer.headers["X-RateLimit-Limit"]) > 0
