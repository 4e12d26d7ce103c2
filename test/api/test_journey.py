# SPDX-License-Identifier: Apache-2.0
"""What a user does, end to end: upload, watch, search, draw, read, delete; by HTTP and by netguru."""

import json
from pathlib import Path

import pytest
from waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "sample"
CONFIGS = sorted((SAMPLE / "configs").iterdir())


@pytest.fixture(scope="module")
def network(netguru):
    """An account with the sample's files, all processed. (Enterprise: the demo account.)"""
    client = netguru.demo()
    documents = {}
    for path in [*CONFIGS, *(SAMPLE / "logs").iterdir(), *(SAMPLE / "docs").glob("*.pdf"), *(SAMPLE / "captures").iterdir()]:
        answer = client.upload(path.name, path.read_bytes())
        assert answer.status == 201, answer.body
        documents[path.name] = answer.json
    return client, {name: client.settled(document) for name, document in documents.items()}


def test_every_file_of_the_sample_completes(network):
    _, documents = network
    assert {name: d["status"] for name, d in documents.items()} == dict.fromkeys(documents, "completed")
    assert all(d["processed_at"] for d in documents.values())


def test_configurations_carry_vendor_and_hostname(network):
    _, documents = network
    vendors = {name: documents[name]["vendor"] for name in (p.name for p in CONFIGS)}
    assert vendors["lis-edge1.cfg"] == "cisco"
    assert vendors["lis-dist1.cfg"] == "arista"
    assert vendors["opo-rtr1.conf"] == vendors["opo-rtr2.set"] == "juniper"
    assert documents["lis-acc1.cfg"]["metadata"]["hostname"] == "lis-acc1"


def test_a_task_tells_what_was_found(network):
    client, documents = network
    task = client.task(documents["lis-edge1.cfg"])
    assert task["status"] == "completed" and task["progress"] == 100
    assert task["result"]["hostname"]
    names = [i["name"] for i in task["result"]["interfaces"]]
    assert "GigabitEthernet0/0/1" in names


@pytest.mark.parametrize(
    ("name", "packets"),
    [("http-loss-server.pcap", 3157), ("http-loss-client.pcap", 3118), ("dns.pcap", 74), ("mixed.pcapng", 372)],
)
def test_captures_have_the_counts_of_capinfos(network, name, packets):
    client, documents = network
    assert client.task(documents[name])["result"]["packets"] == packets


def search(client, query, **more):
    answer = client.post("/api/v1/search", {"query": query, **more})
    assert answer.status == 200, answer.body
    return answer.json


def test_identifiers_are_found_exactly(network):
    client, _ = network
    for identifier in ("%OSPF-5-ADJCHG", "10.0.1.13", "GigabitEthernet0/0/1"):
        results = search(client, identifier)["results"]
        bare = identifier.strip("%")
        assert results and bare in results[0]["text"], identifier
        assert results[0]["source"] == "local" and results[0]["line_start"] >= 1


def test_meaning_is_found_without_the_words(network):
    client, _ = network
    answer = search(client, "which router learned the password for the monitoring system", limit=5)
    assert answer["by_meaning"] is True
    assert answer["results"]


def test_a_page_of_the_runbook_is_pointed_at(network):
    client, documents = network
    results = search(client, "runbook escalation", document_id=documents["network-runbook.pdf"]["id"])["results"]
    assert results and all(r["page"] >= 1 for r in results)


def test_secrets_are_not_in_what_is_searched(network):
    client, documents = network
    for result in search(client, "snmp-server community password secret key", limit=50)["results"]:
        for word in ("$9$", "$1$"):
            assert result["source"] == "global" or word not in result["text"] or "<redacted>" in result["text"]



def poll(client, task_id):
    def ended():
        task = client.get(f"/api/v1/analysis/tasks/{task_id}").json
        return task if task["status"] in ("completed", "failed") else None

    return wait_until(ended, "the task has ended")


def test_topology_has_the_true_links(network):
    client, documents = network
    ids = [documents[p.name]["id"] for p in CONFIGS]
    started = client.post("/api/v1/topology/generate", {"title": "Sample", "document_ids": ids})
    assert started.status == 202
    task = poll(client, started.json["task_id"])
    assert task["status"] == "completed", task
    snapshot = client.get(f"/api/v1/topology/{task['result']['topology_id']}").json
    graph = snapshot["graph_data"]
    labels = {n["id"]: n["data"]["label"] for n in graph["nodes"]}
    assert all({"id", "position", "data"} <= set(n) for n in graph["nodes"])
    assert len({e["id"] for e in graph["edges"]}) == len(graph["edges"])
    assert all(e["source"] in labels and e["target"] in labels for e in graph["edges"])
    have = {frozenset((labels[e["source"]], labels[e["target"]])) for e in graph["edges"]}
    for line in (SAMPLE / "expected-topology.tsv").read_text().splitlines():
        kind, a, _, b, *_ = (line.split("\t") + [""] * 4)[:5]
        if kind == "link":
            assert frozenset((a, b)) in have, line
    picture = client.get(f"/api/v1/topology/{snapshot['id']}/svg")
    assert picture.headers["Content-Type"] == "image/svg+xml" and b"<svg" in picture.body[:2000]
    assert "default-src 'none'" in picture.headers["Content-Security-Policy"]
    listed = client.get("/api/v1/topology").json["items"]
    assert snapshot["id"] in [item["id"] for item in listed]
    assert client.call("DELETE", f"/api/v1/topology/{snapshot['id']}").status == 204
    assert client.get(f"/api/v1/topology/{snapshot['id']}").status == 404


def test_download_gives_the_same_bytes(network):
    client, documents = network
    path = SAMPLE / "captures/dns.pcap"
    answer = client.get(f"/api/v1/files/{documents[path.name]['id']}/download")
    assert answer.body == path.read_bytes()
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers.get_all("X-Content-Type-Options") == ["nosniff"]
    assert len(answer.headers["X-Request-Id"]) == 36


def test_the_same_bytes_are_one_document_per_user(network, somebody):
    client, documents = network
    path = CONFIGS[0]
    again = client.upload("renamed.cfg", path.read_bytes())
    assert again.status == 200 and again.headers["X-Duplicate"] == "true"
    assert again.json["id"] == documents[path.name]["id"]
    other = somebody.upload(path.name, path.read_bytes())
    assert other.status == 201 and other.json["id"] != documents[path.name]["id"]


def test_delete_removes_file_and_what_was_searched(somebody):
    document = somebody.process("gone.cfg", b"hostname gone\ninterface Gi0/1\n description xyzzy-gone-4711\n")
    assert search(somebody, "xyzzy-gone-4711")["results"][0]["document_id"] == document["id"]
    assert somebody.call("DELETE", f"/api/v1/files/{document['id']}").status == 204
    assert somebody.get(f"/api/v1/files/{document['id']}").status == 404
    assert somebody.get(f"/api/v1/files/{document['id']}/download").status == 404
    assert not [r for r in search(somebody, "xyzzy-gone-4711")["results"] if r["source"] == "local"]


def test_the_command_line_does_the_same(netguru):
    password = {"NETGURU_PASSWORD": netguru.password}
    assert "logged in" in netguru.run("login", "demo@netguru.example", **password).stdout
    out = netguru.run("upload", "--wait", CONFIGS[0], SAMPLE / "captures/dns.pcap").stdout
    assert out.count("completed") == 2
    document_id = out.split()[0]
    assert CONFIGS[0].name in netguru.run("files").stdout
    assert json.loads(netguru.run("files", document_id, "--json").stdout.splitlines()[0])["status"] == "completed"
    assert netguru.run("search", "10.0.1.1").stdout
    assert netguru.run("topology", "--svg").stdout.startswith("<")
    assert json.loads(netguru.run("topology", "--json").stdout)["nodes"]
    assert netguru.run("migrate", "current").stdout.strip().endswith("(head)")
    assert "demo@netguru.example" in netguru.run("user", "list").stdout
    assert "\n0 errors" in netguru.run("doctor").stdout
