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

# Written after the rules, to see how far they carry; some are beyond them.
ON_SAMPLE_TOO = [
    en("Which VLANs does lis-dist1 serve as spanning tree root?", ("lis-dist1.cfg", "priority 4096")),
    en("Is VLAN 40 permitted on the trunk of lis-dist2 towards lis-acc1?", [("lis-dist2.cfg", "allowed vlan 10,20,30,99"), ("lis-acc1.cfg", "allowed vlan")]),
    en("What is the DNS server configured on lis-edge2?", ("lis-edge2.cfg", "ip name-server 10.10.20.53")),
    en("Where is SNMP-RO used on lis-edge1?", ("lis-edge1.cfg", "SNMP-RO")),
    en("Which hosts can log in to the vty lines of lis-edge1?", ("lis-edge1.cfg", "VTY-ACCESS")),
    pt("Que vizinhos BGP tem o lis-edge1?", ("lis-edge1.cfg", "neighbor 203.0.113.1")),
    pt("Onde é que o NAT está configurado no lis-edge1?", ("lis-edge1.cfg", "ip nat inside source")),
    en("How is LACP configured on ae0 of opo-rtr2?", ("opo-rtr2.set", "lacp")),
    en("which interface of opo-rtr1 has vrrp group 110?", ("opo-rtr1.conf", "vrrp-group 110")),
    pt("quando caiu a ge-0/0/3 do opo-rtr2?", (LOG, "LINK_DOWN")),
    en("Was somebody attaching a switch to lis-acc1?", (LOG, "BPDUGUARD")),
    en("what log messages are there about MAC flapping", (LOG, "MACFLAP")),
    en("Who do I call when ISP-A is down?", (RUNBOOK, "ISP-A")),
    en("How do I handle an access port in err-disabled state?", (RUNBOOK, "err-disabled")),
    pt("o que fazer quando os convidados não têm endereço?", (RUNBOOK, "Guest network has no addresses")),
    en("what should I check daily for BGP?", (RUNBOOK, "every session Established")),
    en("Is mixed.pcapng showing zero windows?", ("mixed.pcapng", "zero_window")),
    en("Are packets reordered in http-reorder-client.pcap?", ("http-reorder-client.pcap", "out_of_order")),
    en("who talks to 10.10.20.53 in dns.pcap?", ("dns.pcap", "10.10.20.53")),
    en("Which devices run OSPF area 20?", [("opo-rtr2.set", "area 0.0.0.20"), ("opo-rtr1.conf", "area 0.0.0.20")]),
    en("What timers does lis-edge1 use towards opo-rtr1?", ("lis-edge1.cfg", "timers 30 90")),
    en("what is the loopback address of opo-rtr1", [("opo-rtr1.conf", "10.0.0.21"), (RUNBOOK, "opo-rtr1")]),
    en("max-prefix limit for ISP-A", ("lis-edge1.cfg", "maximum-prefix 1100000")),
    pt("qual a prioridade vrrp do opo-rtr2", ("opo-rtr2.set", "priority 100")),
    en("is telnet allowed on lis-acc1", ("lis-acc1.cfg", "transport input ssh")),
    en("Why did W-1180 fail?", (LOG, "203.0.113.")),
    en("what does the route-map ISP-A-IN do?", ("lis-edge1.cfg", "set local-preference 200")),
    en("dhcp helper address of vlan 40", [("lis-dist1.cfg", "helper-address"), ("lis-dist2.cfg", "helper-address")]),
    en("voice vlan on Gi1/0/1", ("lis-acc1.cfg", "voice vlan 30")),
    en("show me lines 60-66 of lis-acc1.cfg", ("lis-acc1.cfg", "interface Port-channel1")),
    en("what is wrong with spanning tree or vlans between the access and distribution switches?", ("lis-dist1.cfg", "allowed vlan 10,20,30,99")),
    en("Does opo-rtr1 have a backup path to Lisbon?", [(RUNBOOK, "W-1181"), (RUNBOOK, "backup")]),
    en("What OSPF area type is area 20 in Porto?", [(RUNBOOK, "totally stubby"), ("opo-rtr1.conf", "no-summaries"), ("opo-rtr2.set", "stub")]),
    en("Which routers reflect routes?", [(RUNBOOK, "reflector"), ("lis-edge1.cfg", "route-reflector-client")]),
    pt("Qual é o ASN de Porto?", [(RUNBOOK, "AS 65020"), ("opo-rtr2.set", "autonomous-system 65020")]),
    pt("Que comandos uso para ver a MLAG?", (RUNBOOK, "show mlag")),
    en("OSPF cost of the link between the edges", ("lis-edge1.cfg", "ip ospf cost 10")),
    en("is DHCP snooping enabled on the access switch lis-acc1?", ("lis-acc1.cfg", "ip dhcp snooping")),
    en("which syslog servers receive logs from lis-dist2", ("lis-dist2.cfg", "logging host")),
    en("native vlan on lis-acc1 Port-channel1", ("lis-acc1.cfg", "native vlan 999")),
    en("why was GigabitEthernet1/0/7 disabled?", (LOG, "BPDUGUARD")),
    pt("Porque caiu a sessão BGP entre lis-edge1 e opo-rtr1?", (LOG, "203.0.113.1")),
    en("How many retransmissions are in http-loss-client.pcap?", ("http-loss-client.pcap", "14 retransmission")),
    en("Who logged in to lis-dist2 on 12 March?", (LOG, "mfonseca")),
    en("what does CHG-1042 change?", (LOG, "CHG-1042")),
    en("what is the static NAT for 10.10.20.25", ("lis-edge1.cfg", "10.10.20.25 25 192.0.2.70 25")),
    en("which firewall filter protects the routing engine of opo-rtr2?", ("opo-rtr2.set", "PROTECT-RE")),
    pt("Que endereço virtual VRRP usa a unit 120 no opo-rtr2?", ("opo-rtr2.set", "virtual-address 10.20.20.1")),
    en("errdisable recovery interval", ("lis-acc1.cfg", "errdisable recovery interval 300")),
    en("What is MTU of GigabitEthernet0/2 in lis-edge2", [("lis-edge2.cfg", "interface GigabitEthernet0/2")]),
    en("What is OSPF EXSTART?", [("ospf.md", "ExStart"), ("ospf.md", "EXSTART"), (RUNBOOK, "EXSTART")]),
    pt("O que significa uma janela TCP a zero?", [("tcp-loss.md", "window"), ("tcp-loss.md", "Zero")]),
    en("how do I configure a trunk on EOS", [("syntax-eos.md", "trunk"), ("vlan-trunking.md", "trunk"), ("syntax-comparison.md", "trunk")]),
    en("neighbors of opo-rtr1", [("opo-rtr1.conf", "neighbor"), ("opo-rtr1.conf", "description")]),
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
