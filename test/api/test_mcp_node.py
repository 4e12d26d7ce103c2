# SPDX-License-Identifier: Apache-2.0
"""MCP as the official TypeScript client speaks it, over HTTP and over standard input and output."""

import json
import uuid

import psycopg2
import pytest
from conftest import PROGRAM, ROOT
from node_sdk import NodeClient
from waiting import wait_until

SAMPLE = ROOT / "sample"


@pytest.fixture(scope="module")
def node():
    return NodeClient()


@pytest.fixture(scope="module")
def remote(netguru):
    """Options of a client of the endpoint, for a user with one document."""
    client = netguru.client().register()
    document = client.process("node-edge1.cfg", b"hostname node-edge1\ninterface GigabitEthernet0/1\n ip address 10.8.0.1 255.255.255.252\nend\n")
    token = client.post("/api/v1/users/me/tokens", {"name": uuid.uuid4().hex, "scopes": ["mcp"]}).json["token"]
    return {"url": f"http://{netguru.address}/mcp", "token": token}, document


def local(*words, roots=None):
    return {"command": PROGRAM, "args": ["mcp", *map(str, words)], "env": {"HOME": "/nonexistent"}, "roots": roots}


def test_the_client_of_typescript_uses_the_endpoint(node, remote):
    options, document = remote
    version, tools, call, progress, resources, templates, read, failed, missing = node.run(
        options, ["version"], ["tools"], ["call", "read_lines", {"document_id": document["id"]}], ["progress", "list_documents", {}],
        ["resources"], ["templates"], ["read", f"netguru://documents/{document['id']}"], ["call", "read_lines", {"nonsense": 1}],
        ["read", f"netguru://documents/{uuid.uuid4()}"])
    assert version["result"]["protocol"] == "2025-11-25" and version["result"]["server"]["name"] == "netguru"
    assert len(tools["result"]["tools"]) == 11
    assert "hostname node-edge1" in call["result"]["content"][0]["text"]
    assert progress["result"]["seen"][0]["progress"] == 0 and not progress["result"]["result"]["isError"]
    assert [r["name"] for r in resources["result"]["resources"]] == ["node-edge1.cfg"]
    assert len(templates["result"]["resourceTemplates"]) == 2
    assert "hostname node-edge1" in read["result"]["contents"][0]["text"]
    assert failed["result"]["isError"]
    assert missing["error"]["code"] == -32002


def test_an_aborted_call_of_typescript_is_cancelled(netguru, node, remote):
    """The table of documents is locked, so the tool would wait; the client gives up and goes on."""
    connection = psycopg2.connect(host=f"{netguru.home}/run", dbname="netguru", user="postgres")
    connection.cursor().execute("LOCK TABLE documents IN ACCESS EXCLUSIVE MODE")
    other = psycopg2.connect(host=f"{netguru.home}/run", dbname="netguru", user="postgres")
    other.autocommit = True

    def is_waiting():
        cursor = other.cursor()
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'relation' AND query LIKE '%%d.metadata ->> ''hostname''%%'")
        return cursor.fetchone()[0]

    try:
        aborted, ping = node.run(remote[0], ["abort", "list_documents", {}], ["ping"])
        assert "enough" in aborted["error"]["message"] and ping["result"] == {}
        wait_until(lambda: not is_waiting(), "the statement has ended")
    finally:
        connection.close()
        other.close()


def test_the_client_of_typescript_uses_local_files(node):
    version, tools, documents, findings, resources, outside = node.run(
        local(roots=[SAMPLE.as_uri()]), ["version"], ["tools"], ["call", "list_documents", {"type": "config"}],
        ["progress", "findings", {"severity": "error"}], ["resources"], ["read", "file:///etc/passwd"])
    assert version["result"]["server"]["name"] == "netguru"
    names = [t["name"] for t in tools["result"]["tools"]]
    assert "search" in names and "topology_path" not in names and not [n for n in names if n.startswith("server_")]
    listed = json.loads(documents["result"]["content"][0]["text"])
    assert listed["total"] == len(list((SAMPLE / "configs").iterdir()))
    assert json.loads(findings["result"]["result"]["content"][0]["text"])["total"] >= 1 and findings["result"]["seen"]
    assert all(r["uri"].startswith(SAMPLE.as_uri()) for r in resources["result"]["resources"])
    assert outside["error"]["code"] == -32002
