# SPDX-License-Identifier: Apache-2.0
"""Single identifiers and words of one's own documents: found first, and known to be there; what stands nowhere is not."""

from pathlib import Path

import pytest
from conftest import DEMO

CASES = Path(__file__).resolve().parents[3] / "shared/cases/search"

# name, text, and questions that it answers
OWN = [
    ("cameras.txt", "Camera 7 of the car park answers as 0050.7944.9901 on port 11 of the gate switch.",
     ["00:50:79:44:99:01", "00-50-79-44-99-01", "0050.7944.9901", "where is 00-50-79-44-99-01?", "onde está a câmera 0050.7944.9901?"]),
    ("resolver.txt", "Queries are answered by 2001:0db8:00aa:0000:0000:0000:0000:0035 in the second hall.",
     ["2001:db8:aa::35", "2001:DB8:AA:0:0:0:0:35", "2001:0db8:00aa:0000:0000:0000:0000:0035", "who answers at 2001:db8:aa::35?"]),
    ("aviso.txt", "O balanceador do segundo andar desliga quando chove.", ["balanceador", "quando o balanceador desliga?"]),
    ("mac-table.txt", "Vlan    Mac Address       Type        Ports\n----    -----------       --------    -----\n 312    0CAA.7131.88F0    DYNAMIC     Gi3/0/7\n",
     ["0c:aa:71:31:88:f0", "0C-AA-71-31-88-F0", "0caa713188f0", "0CAA-7131-88F0", "0caa71-3188f0", "0c:aa:71:31:88:F0 port", "em que porta está 0C:AA:71:31:88:F0?", "c:aa:71:31:88:f0"]),
    ("leases.txt", "ip dhcp pool KIOSK\n host 10.61.0.9 255.255.255.192\n client-identifier 0100.a0c9.1422.07\n", ["00:a0:c9:14:22:07", "10.61.0.9/26", "10.61.0.9", "10.61.0.9/32"]),
    ("uplinks.txt", "GigabitEthernet 4/0/13 is up, and TwentyFiveGigE2/0/5 is down. The route to 2001:DB8:BB::/48 is via fe80::21%Gi4/0/13 and ::ffff:10.62.7.7.",
     ["Gi4/0/13", "GigabitEthernet4/0/13", "gig4/0/13", "Twe2/0/5", "2001:0db8:00bb::/48", "FE80:0:0:0:0:0:0:21", "fe80::21%eth3", "10.62.7.7"]),
    ("floor-2.txt", "Floor 2 notes.\n\nThe uplink TenGigabitEthernet1/1/4 of fun-acc3 carries 10.77.4.0/22.\n\n"
     "Ticket INC0077123: CVE-2022-20968 was closed on fun-edge1.\n\nChassis FDO3311Z9QX is a spare.",
     ["Te1/1/4 fun-acc3", "10.77.4.0/22", "INC0077123", "CVE-2022-20968", "FDO3311Z9QX", "chassis", "fun-edge1"]),
]
SHARED = {
    "mac.txt": ["00:50:79:66:68:01", "00-50-79-66-68-01", "0050.7966.6801", "005079666801", "005079-666801"],
    "v6.txt": ["2001:db8::53", "2001:0db8:0000:0000:0000:0000:0000:0053", "2001:DB8::53/64", "2001:db8:0:0::53"],
    "pt.txt": ["encaminhador", "qual encaminhador reinicia sozinho?"],
    "site-a.txt": ["serial", "serial FDO2145A1BC", "CVE-2023-20198", "INC0045991", "Gi1/0/1 of lis-acc9", "0011.2233.4455"],
}


# What one's own configuration and log hold, and texts for all users hold too.
CONFIG = """hostname zug-core4
!
vlan 871
 name KIOSKS
!
interface GigabitEthernet2/0/41
 description printers, dead timer, neighbour down
 ip address 10.88.14.1 255.255.255.0
!
router bgp 64871
 neighbor 10.88.14.9 remote-as 64872
!
end
"""
LOG = "".join(f"Feb 12 08:0{n}:00 zug-core4 %OSPF-5-ADJCHG: Process 1, Nbr 10.88.14.9 on GigabitEthernet2/0/41 from FULL to DOWN\n" for n in range(9))
GLOBAL = """# Messages and examples

%OSPF-5-ADJCHG: the OSPF neighbour changed its state. See zug-core4.

The address 10.88.14.1 is the gateway. 10.88.14.9 is its neighbour. AS64872 and AS 64871 peer in VLAN 871 over GigabitEthernet2/0/41.
"""
NAMED = ["%OSPF-5-ADJCHG", "OSPF-5-ADJCHG", "10.88.14.1", "10.88.14.1/24", "10.88.14.9", "AS64872", "AS 64871", "VLAN 871", "vlan871", "Gi2/0/41", "GigabitEthernet2/0/41", "zug-core4",
         "where is 10.88.14.9?", "onde está a VLAN 871?", "which neighbour has AS64872?", "Gi2/0/41 zug-core4"]
LONG_LINE = "The okapi cable " + "runs through the duct and " * 12 + "ends at the patch panel QZ.\nsecond\nthird\nfourth\nfifth\nsixth line of the okapi\n"
NOTES = """---
title: Notes of the annexe
tags: [quokkatag, capybara]
owner: wombatowner
---

# Annexe

The annexe has one rack.

---

marsupials: are in the park
"""


@pytest.fixture(scope="module")
def reader(make_netguru, tmp_path_factory):
    instance = make_netguru()
    texts = tmp_path_factory.mktemp("knowledge")
    texts.chmod(0o755)
    (texts / "messages.md").write_text(GLOBAL, encoding="utf-8")
    instance.run("knowledge", "ingest", texts)
    client = instance.demo()
    client.instance = instance
    for name, text in (("zug-core4.cfg", CONFIG), ("zug-core4.log", LOG), ("annexe.md", NOTES), ("long.txt", LONG_LINE)):
        assert client.process(name, text.encode())["status"] == "completed"
    for name, text, _ in OWN:
        assert client.process(name, text.encode())["status"] == "completed"
    if CASES.is_dir():
        for name in SHARED:
            assert client.process(name, (CASES / name).read_bytes())["status"] == "completed"
    return client


@pytest.mark.parametrize("document, question", [(name, question) for name, _, questions in OWN for question in questions])
def test_own_document_comes_first_and_is_relevant(reader, document, question):
    answer = reader.post("/api/v1/search", {"query": question}).json
    assert answer["relevant"] and answer["results"][0]["document"] == document, answer["results"][:2]


@pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not here")
@pytest.mark.parametrize("document, question", [(name, question) for name, questions in SHARED.items() for question in questions])
def test_shared_case_comes_first_and_is_relevant(reader, document, question):
    answer = reader.post("/api/v1/search", {"query": question}).json
    assert answer["relevant"] and answer["results"][0]["document"] == document, answer["results"][:2]


@pytest.mark.parametrize("question", ["00:50:79:44:99:02", "2001:db8:aa::36", "INC0077124", "CVE-2022-20969", "FDO3311Z9QW", "10.77.8.0/22", "fun-edge2"])
def test_what_stands_nowhere_is_not_relevant(reader, question):
    assert not reader.post("/api/v1/search", {"query": question}).json["relevant"]


@pytest.mark.parametrize("question", NAMED)
def test_what_is_named_is_found_in_the_own_network_first(reader, question):
    answer = reader.post("/api/v1/search", {"query": question}).json
    assert answer["relevant"] and answer["results"][0]["document"].startswith("zug-core4"), answer["results"][:3]


def test_what_a_message_means_is_told_by_the_texts_for_all(reader):
    results = reader.post("/api/v1/search", {"query": "What does %OSPF-5-ADJCHG mean?"}).json["results"]
    assert "messages.md" in [result["document"] for result in results[:3]]


@pytest.mark.parametrize("word", ["quokkatag", "capybara", "wombatowner", "title: Notes of the annexe tags owner"])
def test_front_matter_is_no_hit(reader, word):
    results = reader.post("/api/v1/search", {"query": word, "limit": 50}).json["results"]
    assert not [result for result in results if "quokkatag" in result["text"]]


def test_a_rule_in_the_text_begins_no_front_matter(reader):
    answer = reader.post("/api/v1/search", {"query": "marsupials"}).json
    assert answer["relevant"] and answer["results"][0]["document"] == "annexe.md"


@pytest.mark.parametrize("field, value, allowed", [
    ("document_type", "configs", ["config", "log", "show", "markdown", "text", "pdf", "pcap"]), ("document_type", "cfg", ["config"]),
    ("vendor", "ciscoo", ["cisco", "juniper", "arista", "fortinet", "huawei"]), ("vendor", "cisco_ios", ["cisco"])])
def test_a_filter_that_matches_nothing_is_an_error_that_names_the_values(reader, field, value, allowed):
    answer = reader.post("/api/v1/search", {"query": "mtu", field: value})
    error = answer.json["error"]
    assert answer.status == 400 and error["message"].startswith(f'{field}: there is no "{value}"; it must be one of: ')
    assert set(allowed) <= set(error["message"].split(": ", 2)[2].split(", "))


@pytest.mark.parametrize("filters", [{"vendor": "Cisco"}, {"document_type": "CONFIG"}, {"vendor": "cisco", "document_type": "config"}])
def test_a_filter_may_be_written_in_capitals(reader, filters):
    results = reader.post("/api/v1/search", {"query": "VLAN 871", **filters}).json["results"]
    assert results and {result["document"] for result in results} == {"zug-core4.cfg"}


def test_the_command_shows_hits_to_their_end(reader):
    reader.instance.run("login", DEMO, NETGURU_PASSWORD=reader.instance.password)
    shown = reader.instance.run("search", "okapi", "--limit", "1").stdout
    assert all(line.strip() in shown for line in LONG_LINE.splitlines())
