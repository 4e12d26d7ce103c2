# SPDX-License-Identifier: Apache-2.0
"""Outputs of show commands: tables on the command line and on the server, with the lines of their rows."""

import json
import subprocess

import pytest
from conftest import PROGRAM

SESSION = """core1#show ip interface brief
Interface                  IP-Address      OK? Method Status                Protocol
GigabitEthernet0/0         10.0.0.1        YES NVRAM  up                    up
GigabitEthernet0/1         unassigned      YES NVRAM  administratively down down
Loopback0                  10.255.0.1      YES NVRAM  up                    up
core1#show odd things
nothing that a template knows
core1#sh ip arp
Protocol  Address          Age (min)  Hardware Addr   Type   Interface
Internet  10.0.0.2               107  0050.7966.6801  ARPA   GigabitEthernet0/0
Internet  10.0.0.1                 -  0050.7966.6800  ARPA   GigabitEthernet0/0
core1#
"""


def run(*arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=120)


def check_tables(result):
    brief, odd, arp = result["outputs"]
    assert result["hostname"] == "core1"
    assert (brief["command"], brief["line"], brief["platform"]) == ("show ip interface brief", 1, "cisco_ios")
    assert brief["rows"][2][:2] == ["Loopback0", "10.255.0.1"]
    assert brief["lines"] == [3, 4, 5]
    assert (odd["command"], odd["line"], "rows" in odd) == ("show odd things", 6, False)
    assert [dict(zip(arp["columns"], row))["MAC_ADDRESS"] for row in arp["rows"]] == ["0050.7966.6801", "0050.7966.6800"]
    assert arp["lines"] == [10, 11]


@pytest.fixture(scope="module")
def has_templates(tmp_path_factory):
    path = tmp_path_factory.mktemp("show") / "core1.txt"
    path.write_text(SESSION, encoding="utf-8")
    if "platform" not in json.loads(run("analyze", "--json", path).stdout)["outputs"][0]:
        pytest.skip("the program was built without templates: run tools/get_templates")


def test_a_session_becomes_tables(tmp_path, has_templates):
    path = tmp_path / "core1.txt"
    path.write_text(SESSION, encoding="utf-8")
    told = run("analyze", "--json", path)
    assert told.returncode == 0, told.stderr
    check_tables(json.loads(told.stdout))
    told = run("analyze", path).stdout
    assert "show ip interface brief  (line 1), 3 rows, cisco_ios\n" in told
    assert "show odd things  (line 6)\n  no template knows this output\n" in told


def test_the_name_of_a_file_says_command_and_platform(tmp_path, has_templates):
    path = tmp_path / "arista_eos_show_vlan.txt"
    path.write_text(
        "VLAN  Name                             Status    Ports\n"
        "----- -------------------------------- --------- -------------------------------\n"
        "1     default                          active    Et1, Et2\n",
        encoding="utf-8",
    )
    (output,) = json.loads(run("analyze", "--json", path).stdout)["outputs"]
    assert (output["command"], output["platform"], output["row_count"]) == ("show vlan", "arista_eos", 1)


def test_long_tables_are_whole_on_demand(tmp_path, has_templates):
    path = tmp_path / "r1_show_ip_arp.txt"
    head = "Protocol  Address          Age (min)  Hardware Addr   Type   Interface\n"
    path.write_text(
        head + "".join(f"Internet  10.0.{i // 250}.{i % 250 + 1:<12} 7  0050.7966.{i:04x}  ARPA   Vlan10\n" for i in range(5000)),
        encoding="utf-8",
    )
    told = run("analyze", path).stdout
    assert "… 4960 more rows: --all shows them" in told
    assert run("analyze", "--all", path).stdout.count("0050.7966.") == 5000
    assert json.loads(run("analyze", "--json", path).stdout)["outputs"][0]["row_count"] == 5000


def test_a_neighbour_that_is_not_adjacent_is_a_finding(tmp_path, has_templates):
    path = tmp_path / "core1_show_ip_ospf_neighbor.txt"
    path.write_text(
        "Neighbor ID     Pri   State           Dead Time   Address         Interface\n"
        "10.255.0.2        1   FULL/DR         00:00:36    10.0.0.2        GigabitEthernet0/0\n"
        "10.255.0.3        1   EXSTART/BDR     00:00:31    10.0.0.6        GigabitEthernet0/2\n",
        encoding="utf-8",
    )
    told = run("analyze", "--json", "--fail-on", "error", path)
    assert told.returncode == 1, told.stderr
    (finding,) = json.loads(told.stdout)["findings"]
    assert (finding["id"], finding["severity"], finding["line"]) == ("ospf_neighbor_not_full", "error", 3)


def test_the_server_makes_the_same_tables(somebody, has_templates):
    document = somebody.process("core1.txt", SESSION.encode())
    assert document["file_type"] == "show"
    assert document["metadata"]["hostname"] == "core1"
    task = somebody.get(f"/api/v1/analysis/tasks/{document['task']['id']}").json
    check_tables(task["result"])
    assert "Loopback0" in task["result"]["text"]


def test_secrets_are_masked_in_tables_too(tmp_path, has_templates):
    path = tmp_path / "core1.txt"
    path.write_text("core1#show snmp community\n\nCommunity name: s3cr3tname\nCommunity Index: cisco0\ncore1#show run | inc community\n"
                    "snmp-server community s3cr3tname RO\ncore1#\n", encoding="utf-8")
    told = run("analyze", "--json", path).stdout
    assert "snmp-server community s3cr3tname" not in told


def test_what_an_output_shows_answers_a_question(somebody, has_templates):
    """Without a model: the state that the device told itself."""
    somebody.process(
        "core7.txt",
        b"core7#show ip ospf neighbor\n\n"
        b"Neighbor ID     Pri   State           Dead Time   Address         Interface\n"
        b"10.255.0.2        1   FULL/DR         00:00:36    10.0.0.2        GigabitEthernet0/0\n"
        b"10.255.0.3        1   EXSTART/BDR     00:00:31    10.0.0.6        GigabitEthernet0/2\n"
        b"core7#\n",
    )
    answer = somebody.post("/api/v1/ask", {"question": "Why is the OSPF neighbour 10.255.0.3 not full?"}).json
    assert "An OSPF neighbour is not adjacent" in answer["text"] and "EXSTART" in answer["text"]
    assert any((c["document"], c["line_start"]) == ("core7.txt", 5) for c in answer["citations"]), answer["citations"]
    answer = somebody.post("/api/v1/ask", {"question": "Qual vizinho OSPF de core7 está com problema?"}).json
    assert "Um vizinho OSPF não está adjacente" in answer["text"]
