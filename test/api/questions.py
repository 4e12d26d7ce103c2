# SPDX-License-Identifier: Apache-2.0
"""Questions with the lines that answer them, for test_sources.py and test/bench/bench_sources.py.

A line is given by its file and a pattern that the line holds, so that the numbers are looked up in the file itself.
An answer is right when each expected line is within one of its first FIRST citations."""

import dataclasses
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "sample"
FIRST = 8


@dataclasses.dataclass(frozen=True)
class Asked:
    text: str
    lines: tuple  # of (file name, pattern), or of a list of them, one of which is enough
    language: str = "en"


def en(text, *lines):
    return Asked(text, lines)


def pt(text, *lines):
    return Asked(text, lines, "pt")


LOG = "network-2026-03-12.log"
RUNBOOK = "network-runbook.pdf"

ON_SAMPLE = [
    en("why does lis-edge2 not see all its neighbours?", ("lis-dist2.cfg", "mtu 9214"), ("lis-dist2.cfg", "neighbor 10.0.0.2 peer group EDGE")),
    en("Why is the OSPF adjacency between lis-edge2 and lis-dist2 stuck in EXSTART?", ("lis-dist2.cfg", "mtu 9214")),
    pt("Porque é que o lis-edge2 não vê todos os vizinhos?", ("lis-dist2.cfg", "mtu 9214")),
    en("What is the MTU of Ethernet2 on lis-dist2?", ("lis-dist2.cfg", "mtu 9214")),
    en("Which BGP session is configured on one side only?", ("lis-dist2.cfg", "neighbor 10.0.0.2 peer group EDGE")),
    en("Why does mail from outside to 192.0.2.70 not arrive?", ("lis-edge1.cfg", "130 permit tcp any host 192.0.2.70 eq smtp")),
    en("Which line of EDGE-IN on lis-edge1 denies 192.0.2.70?", ("lis-edge1.cfg", "120 deny   ip any 192.0.2.64")),
    en("Why do the guests in VLAN 40 get no address?", ("lis-acc1.cfg", "allowed vlan 10,20,30,40,99"), ("lis-dist1.cfg", "allowed vlan 10,20,30,99")),
    pt("Porque é que os convidados da VLAN 40 não recebem endereço?", ("lis-acc1.cfg", "allowed vlan 10,20,30,40,99")),
    en("Which VLANs are allowed on Port-Channel11 of lis-dist1?", ("lis-dist1.cfg", "allowed vlan 10,20,30,99")),
    en("What is the name of VLAN 30 on lis-dist2?", ("lis-dist2.cfg", "name PRINTERS")),
    en("Which NTP servers does lis-edge1 use?", ("lis-edge1.cfg", "ntp server 10.10.20.123")),
    pt("Quais são os servidores NTP do opo-rtr2?", ("opo-rtr2.set", "ntp server 10.10.20.123")),
    en("Which TACACS servers does lis-dist1 use?", ("lis-dist1.cfg", "tacacs-server host 10.10.20.71")),
    en("Who has the address 10.0.1.14?", ("lis-dist2.cfg", "ip address 10.0.1.14/30")),
    pt("Quem tem o endereço 203.0.113.3?", ("opo-rtr2.set", "address 203.0.113.3/31")),
    en("Where is circuit W-1180 connected on lis-edge1?", ("lis-edge1.cfg", "circuit W-1180")),
    en("What happened to the BGP session with 203.0.113.1 at 10:41?", (LOG, "BGP-3-NOTIFICATION: sent to neighbor 203.0.113.1 4/0")),
    en("When did GigabitEthernet1/0/7 go into err-disable on lis-acc1?", (LOG, "putting Gi1/0/7 in err-disable")),
    pt("Quando é que a porta Gi1/0/7 do lis-acc1 foi desativada pelo BPDU guard?", (LOG, "SPANTREE-2-BLOCK_BPDUGUARD")),
    en("Who configured lis-dist2 at 07:32?", (LOG, "SYS-5-CONFIG_I: Configured from console by mfonseca on vty3")),
    en("What does SW_MATM-4-MACFLAP_NOTIF say about vlan 10?", (LOG, "SW_MATM-4-MACFLAP_NOTIF")),
    en("What does the runbook say about a neighbour that does not reach FULL?", (RUNBOOK, "OSPF neighbour does not reach FULL")),
    en("What is the change window for MTU changes in the runbook?", (RUNBOOK, "only in the window Tuesday and")),
    pt("Qual é a MTU das ligações segundo o runbook?", (RUNBOOK, "MTU of every routed link is 1500")),
    en("What MED does the backup path through opo-rtr2 have?", [("opo-rtr2.set", "then metric 50"), (RUNBOOK, "carries MED 50")]),
    en("Which SNMP community and location does lis-acc1 have?", ("lis-acc1.cfg", "snmp-server location Lisbon, floor 1")),
    en("Is there packet loss in http-loss-client.pcap?", ("http-loss-client.pcap", "retransmission")),
    pt("Há perda de pacotes em http-loss-server.pcap?", ("http-loss-server.pcap", "retransmission")),
    en("What is the hold time of group LISBON on opo-rtr1?", ("opo-rtr1.conf", "hold-time 90")),
]

BATFISH = "configs/net_bf_example_live/configs"
AVD = "configs/net_avd_dual-dc-l3ls/configs"
# Of the shared data: these files are uploaded under the names given here.
SHARED_FILES = {
    **{f"{name}.cfg": f"{BATFISH}/{name}.cfg" for name in (
        "as1border1", "as1border2", "as1core1", "as2border1", "as2border2", "as2core1", "as2dist1", "as3border1", "as3core1")},
    **{f"{name}.cfg": f"{AVD}/{name}.cfg" for name in ("dc1-leaf1a", "dc1-leaf1b", "dc1-leaf2a", "dc1-spine1", "dc1-spine2")},
    "CCNA_Prep_S02_E05_Lab_Guide.pdf": "docs/CCNA_Prep_S02_E05_Lab_Guide.pdf",
}

ON_SHARED = [
    en("Which access list is applied inbound on GigabitEthernet0/0 of as2border1?", ("as2border1.cfg", "ip access-group OUTSIDE_TO_INSIDE in")),
    en("Which community does route-map as2_to_as1 set on as2border1?", ("as2border1.cfg", "set community 2:1 additive")),
    en("What does OUTSIDE_TO_INSIDE deny on as2border1?", ("as2border1.cfg", "deny   ip any host 2.128.1.101")),
    pt("Quais são os servidores NTP do as2border1?", ("as2border1.cfg", "ntp server 18.18.18.18")),
    en("Who has the address 2.12.11.1?", ("as2border1.cfg", "ip address 2.12.11.1 255.255.255.0")),
    en("What local preference does as1_to_as2 set?", ("as2border1.cfg", "set local-preference 350")),
    en("Which VLANs are allowed on Port-Channel8 of dc1-leaf1a?", ("dc1-leaf1a.cfg", "allowed vlan 11-12,21-22,3401-3402")),
    pt("Qual é a descrição da Ethernet1 do dc1-leaf1a?", ("dc1-leaf1a.cfg", "description P2P_dc1-spine1_Ethernet1")),
    en("What is the spanning tree priority of dc1-leaf1a?", ("dc1-leaf1a.cfg", "spanning-tree mst 0 priority 4096")),
    en("Which NTP server is included in the CCNA lab guide?", ("CCNA_Prep_S02_E05_Lab_Guide.pdf", "ntpserver.example.com")),
]

# What neither the sample nor the starter knowledge holds.
UNANSWERED = [
    en("How long do I boil an egg?"), en("Who won the football world cup in 1998?"), pt("receita de bolo de cenoura"),
    pt("Qual é a capital da Mongólia?"), en("Why is fra-core7 down?"), pt("Porque é que o mad-edge9 está em baixo?"),
    en("Who has the address 172.31.77.9?"), en("What is the MTU of xe-7/1/3 on par-pe42?"),
]


def cites(citation, name, pattern):
    """Whether the citation is of the file, and the lines it quotes hold the pattern."""
    return citation["document"] == name and pattern in re.sub(r"[ \t]+", " ", citation["quote"]) or (
        citation["document"] == name and pattern in citation["quote"])


def is_right(answer, asked):
    """Whether the answer cites each expected line."""
    first = answer["citations"][:FIRST]
    return answer["found"] and all(
        any(cites(citation, name, pattern) for citation in first for name, pattern in (line if isinstance(line, list) else [line]))
        for line in asked.lines)


def sample_files():
    """Name and bytes of each file of the sample that is analysed."""
    for folder in ("configs", "logs", "docs", "captures"):
        for path in sorted((SAMPLE / folder).iterdir()):
            yield path.name, path.read_bytes()
