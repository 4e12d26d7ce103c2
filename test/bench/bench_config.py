# SPDX-License-Identifier: Apache-2.0
"""Reading configurations: megabytes a CPU second, and the memory of one large file."""

import os
import subprocess
import tempfile
from pathlib import Path
from statistics import median

import measure

TITLE = "Configurations: netguru analyze"
ROUNDS = 5
LARGE_BYTES = 31 << 20
BAR_MB_PER_CPU_SECOND = 60
BAR_PEAK_MB = 250
FAULTS = []


def ios_head():
    return """! Last configuration change at 10:11:12 UTC Tue Nov 3 2026
version 17.9
service timestamps debug datetime msec
service timestamps log datetime msec
service password-encryption
!
hostname core1
!
aaa new-model
aaa authentication login default group tacacs+ local
ip domain name example.net
username ops privilege 15 secret 9 $9$nhEmQVczB7dqsO$X.HsgL6x1il0RxkOSSvyQYwucySCt7qFm4v7pqCxkKM
banner motd ^C
Authorised access only
^C
!
"""


def ios_tail():
    return """ntp server 10.255.0.1
logging host 10.255.0.2
snmp-server community s3cret RO 10
line con 0
line vty 0 4
 access-class 10 in
 transport input ssh
!
end
"""


def ios_part(i):
    """One customer of a provider edge: ports, a list, policy, routes and a neighbour."""
    a, b, c = 10 + (i >> 16) % 200, i >> 8 & 255, i & 255
    lines = []
    if i < 4000:
        lines += [f"vlan {i % 4093 + 2}", f" name CUSTOMER-{i:05d}", "!"]
    lines += [
        f"vrf definition C{i:05d}",
        f" rd 65000:{i}",
        " address-family ipv4",
        f"  route-target export 65000:{i}",
        f"  route-target import 65000:{i}",
        " exit-address-family",
        "!",
        f"interface GigabitEthernet{i // 480}/{i // 48 % 10}/{i % 48}",
        f" description customer {i:05d} building {i % 37} room {i % 211} circuit LX-{i * 7919 % 1000003}",
        f" vrf forwarding C{i:05d}",
        f" ip address {a}.{b}.{c}.1 255.255.255.252",
        f" ip access-group IN-{i:05d} in",
        " no ip redirects",
        " no ip proxy-arp",
        " ip ospf network point-to-point",
        f" ip ospf cost {i % 900 + 1}",
        " load-interval 30",
        " service-policy output SHAPE-100M",
        "!",
        f"interface TenGigabitEthernet{i // 480}/{i // 48 % 10}/{i % 48}",
        f" description access port {i:05d}",
        f" switchport access vlan {i % 4093 + 2}",
        " switchport mode access",
        " spanning-tree portfast",
        " storm-control broadcast level 1.00",
        " no shutdown",
        "!",
        "router bgp 65000",
        f" address-family ipv4 vrf C{i:05d}",
        f"  neighbor {a}.{b}.{c}.2 remote-as {64512 + i % 1000}",
        f"  neighbor {a}.{b}.{c}.2 description customer {i:05d}",
        f"  neighbor {a}.{b}.{c}.2 activate",
        f"  neighbor {a}.{b}.{c}.2 send-community both",
        f"  neighbor {a}.{b}.{c}.2 route-map RM-{i:05d} in",
        f"  neighbor {a}.{b}.{c}.2 prefix-list PL-{i:05d} out",
        " exit-address-family",
        "!",
        f"ip route vrf C{i:05d} 172.{16 + i % 16}.{c}.0 255.255.255.0 {a}.{b}.{c}.2 name customer-{i:05d}",
        f"ip access-list extended IN-{i:05d}",
    ]
    for k in range(1, 41):
        action = "permit" if k % 5 else "deny"
        if k % 2:
            lines.append(f" {k * 10} {action} tcp {a}.{b}.{k}.0 0.0.0.255 host 192.0.{k}.{c} eq {1000 + k * 13}")
        else:
            lines.append(f" {k * 10} {action} udp host {a}.{b}.{c}.{k} 198.18.{k}.0 0.0.0.255 range {k * 100} {k * 100 + 50} log")
    lines += [" deny ip any any log", "!"]
    for k in range(1, 31):
        lines.append(f"ip prefix-list PL-{i:05d} seq {k * 5} permit {a}.{b}.{k * 8 % 256}.0/21 le 24")
    lines += [
        "!",
        f"route-map RM-{i:05d} permit 10",
        f" match ip address prefix-list PL-{i:05d}",
        f" set local-preference {100 + i % 100}",
        f" set community 65000:{i % 60000} additive",
        f"route-map RM-{i:05d} deny 20",
        "!",
    ]
    return lines


def nxos_head():
    return """!Command: show running-config
version 9.3(8) Bios:version 05.45
switchname leaf1
feature bgp
feature ospf
feature interface-vlan
feature lacp
feature vpc
vdc leaf1 id 1
  limit-resource vlan minimum 16 maximum 4094

"""


def nxos_part(i):
    a, b, c = 10 + (i >> 16) % 200, i >> 8 & 255, i & 255
    lines = []
    if i < 4000:
        lines += [f"vlan {i % 4093 + 2}", f"  name CUSTOMER-{i:05d}", f"  vn-segment {10000 + i}", ""]
    lines += [f"ip access-list IN-{i:05d}", "  statistics per-entry"]
    for k in range(1, 41):
        action = "permit" if k % 5 else "deny"
        lines.append(f"  {k * 10} {action} tcp {a}.{b}.{k}.0/24 192.0.{k}.{c}/32 eq {1000 + k * 13}")
    for k in range(1, 31):
        lines.append(f"ip prefix-list PL-{i:05d} seq {k * 5} permit {a}.{b}.{k * 8 % 256}.0/21 le 24")
    lines += [
        f"route-map RM-{i:05d} permit 10",
        f"  match ip address prefix-list PL-{i:05d}",
        f"  set local-preference {100 + i % 100}",
        f"vrf context C{i:05d}",
        f"  rd 65000:{i}",
        f"  ip route 172.{16 + i % 16}.{c}.0/24 {a}.{b}.{c}.2 name customer-{i:05d}",
        "  address-family ipv4 unicast",
        f"    route-target both 65000:{i}",
        "",
        f"interface Ethernet{i // 48 + 1}/{i % 48 + 1}",
        f"  description customer {i:05d} building {i % 37} room {i % 211} circuit LX-{i * 7919 % 1000003}",
        "  no switchport",
        f"  vrf member C{i:05d}",
        f"  ip address {a}.{b}.{c}.1/30",
        f"  ip access-group IN-{i:05d} in",
        "  ip router ospf 1 area 0.0.0.0",
        "  no shutdown",
        "",
        "router bgp 65000",
        f"  vrf C{i:05d}",
        "    address-family ipv4 unicast",
        f"    neighbor {a}.{b}.{c}.2",
        f"      remote-as {64512 + i % 1000}",
        f"      description customer {i:05d}",
        "      address-family ipv4 unicast",
        f"        route-map RM-{i:05d} in",
        f"        prefix-list PL-{i:05d} out",
        "",
    ]
    return lines


def eos_head():
    return """! Command: show running-config
! device: leaf1 (DCS-7050SX3-48YC12, EOS-4.30.1F)
!
hostname leaf1
!
spanning-tree mode mstp
!
"""


def eos_part(i):
    a, b, c = 10 + (i >> 16) % 200, i >> 8 & 255, i & 255
    lines = []
    if i < 4000:
        lines += [f"vlan {i % 4093 + 2}", f"   name CUSTOMER-{i:05d}", "!"]
    lines += [
        f"vrf instance C{i:05d}",
        "!",
        f"interface Ethernet{i // 48 + 1}/{i % 48 + 1}",
        f"   description customer {i:05d} building {i % 37} room {i % 211} circuit LX-{i * 7919 % 1000003}",
        "   no switchport",
        f"   vrf C{i:05d}",
        f"   ip address {a}.{b}.{c}.1/30",
        f"   ip access-group IN-{i:05d} in",
        "   ip ospf area 0.0.0.0",
        "!",
        f"ip access-list IN-{i:05d}",
    ]
    for k in range(1, 41):
        action = "permit" if k % 5 else "deny"
        lines.append(f"   {k * 10} {action} tcp {a}.{b}.{k}.0/24 host 192.0.{k}.{c} eq {1000 + k * 13}")
    lines += ["!", f"ip prefix-list PL-{i:05d}"]
    for k in range(1, 31):
        lines.append(f"   seq {k * 5} permit {a}.{b}.{k * 8 % 256}.0/21 le 24")
    lines += [
        "!",
        f"ip route vrf C{i:05d} 172.{16 + i % 16}.{c}.0/24 {a}.{b}.{c}.2 name customer-{i:05d}",
        "!",
        f"route-map RM-{i:05d} permit 10",
        f"   match ip address prefix-list PL-{i:05d}",
        f"   set local-preference {100 + i % 100}",
        "!",
        "router bgp 65000",
        f"   vrf C{i:05d}",
        f"      rd 65000:{i}",
        f"      route-target import evpn 65000:{i}",
        f"      route-target export evpn 65000:{i}",
        f"      neighbor {a}.{b}.{c}.2 remote-as {64512 + i % 1000}",
        f"      neighbor {a}.{b}.{c}.2 description customer {i:05d}",
        "      address-family ipv4",
        f"         neighbor {a}.{b}.{c}.2 activate",
        f"         neighbor {a}.{b}.{c}.2 route-map RM-{i:05d} in",
        "!",
    ]
    return lines


def junos_statements(i):
    """The paths of one customer, each a list of words."""
    a, b, c = 10 + (i >> 16) % 200, i >> 8 & 255, i & 255
    port = f"interfaces ge-{i // 480}/{i // 48 % 10}/{i % 48}"
    vrf = f"routing-instances C{i:05d}"
    peer = f"{vrf} protocols bgp group CUSTOMER neighbor {a}.{b}.{c}.2"
    paths = [
        f"{port} description|\"customer {i:05d} building {i % 37} room {i % 211} circuit LX-{i * 7919 % 1000003}\"",
        f"{port} unit 0 family inet filter input|IN-{i:05d}",
        f"{port} unit 0 family inet address|{a}.{b}.{c}.1/30",
        f"{vrf} instance-type|vrf",
        f"{vrf} interface|ge-{i // 480}/{i // 48 % 10}/{i % 48}.0",
        f"{vrf} route-distinguisher|65000:{i}",
        f"{vrf} vrf-target|target:65000:{i}",
        f"{vrf} routing-options static route 172.{16 + i % 16}.{c}.0/24 next-hop|{a}.{b}.{c}.2",
        f"{peer} description|\"customer {i:05d}\"",
        f"{peer} import|RM-{i:05d}",
        f"{peer} peer-as|{64512 + i % 1000}",
    ]
    for k in range(1, 21):
        term = f"firewall family inet filter IN-{i:05d} term T{k}"
        paths += [
            f"{term} from source-address|{a}.{b}.{k}.0/24",
            f"{term} from protocol|tcp",
            f"{term} from destination-port|{1000 + k * 13}",
            f"{term} then|{'accept' if k % 5 else 'discard'}",
        ]
    for k in range(1, 31):
        paths.append(f"policy-options prefix-list PL-{i:05d}|{a}.{b}.{k * 8 % 256}.0/21")
    policy = f"policy-options policy-statement RM-{i:05d}"
    paths += [
        f"{policy} term 10 from prefix-list|PL-{i:05d}",
        f"{policy} term 10 then local-preference|{100 + i % 100}",
        f"{policy} term 10 then|accept",
        f"{policy} then|reject",
    ]
    return paths


def junos_set_part(i):
    return ["set " + path.replace("|", " ") for path in junos_statements(i)]


# Words of Junos whose next word is a name, so that both open one block: "unit 0 {".
NAMED = {"unit", "family", "group", "neighbor", "route", "filter", "term", "prefix-list", "policy-statement"}


def junos_levels(container):
    """The blocks around a statement, each as it is written."""
    words = container.split(" ")
    levels = []
    while words:
        count = 2 if words[0] in NAMED and len(words) > 1 and words[1] != "input" else 1
        levels.append(" ".join(words[:count]))
        words = words[count:]
    return levels


def junos_part(i):
    """The statements in braces."""
    lines, around = [], []
    for path in junos_statements(i):
        container, value = path.split("|")
        levels = junos_levels(container)
        key = "" if " " in levels[-1] else levels.pop() + " "
        same = 0
        while same < min(len(levels), len(around)) and levels[same] == around[same]:
            same += 1
        while len(around) > same:
            around.pop()
            lines.append("    " * len(around) + "}")
        for level in levels[same:]:
            lines.append("    " * len(around) + level + " {")
            around.append(level)
        lines.append("    " * len(around) + f"{key}{value};")
    while around:
        around.pop()
        lines.append("    " * len(around) + "}")
    return lines


JUNOS_HEAD = "version 21.4R3.15;\nsystem {\n    host-name pe1;\n}\n"
FORMS = {
    "ios": (ios_head(), ios_part, ios_tail()),
    "nxos": (nxos_head(), nxos_part, ""),
    "eos": (eos_head(), eos_part, "end\n"),
    "junos": (JUNOS_HEAD, junos_part, ""),
    "junos-set": ("set version 21.4R3.15\nset system host-name pe1\n", junos_set_part, ""),
}


def write(path, form, size=LARGE_BYTES):
    """Writes whole customers until the file has the size."""
    head, part, tail = FORMS[form]
    written, number = len(head) + len(tail), 0
    with open(path, "w", encoding="ascii") as out:
        out.write(head)
        while True:
            text = "\n".join(part(number)) + "\n"
            if written + len(text) > size:
                break
            out.write(text)
            written += len(text)
            number += 1
        out.write(tail)
    return number


def program():
    """The engines alone, built beside the program."""
    return str(Path(measure.PROGRAM).parents[1] / "test/engines/judge/bench_config")


def stages(path):
    """CPU seconds of each stage, the medians of the rounds."""
    rounds = []
    for _ in range(ROUNDS):
        text = subprocess.run([program(), path], capture_output=True, text=True, check=True).stdout
        rounds.append({name: float(seconds) for name, seconds in (line.split() for line in text.splitlines())})
    return {name: median(taken[name] for taken in rounds) for name in rounds[0]}


def run():
    rows, rates, peaks = [], {}, {}
    with tempfile.TemporaryDirectory(prefix="netguru-bench-") as directory:
        for form in FORMS:
            path = f"{directory}/{form}.cfg"
            write(path, form)
            size = os.path.getsize(path) / 2**20
            taken = stages(path)
            rates[form] = size / (taken["decode"] + taken["read"])
            peaks[form] = measure.run_cpu([measure.PROGRAM, "analyze", path])[2] / 1024
            parts = [f"{taken[name] * 1000:.0f}" for name in ("redact", "lines", "read", "findings", "facts", "chunks", "json")]
            rows.append((form, f"{size:.0f}", f"{rates[form]:.0f}", *parts, f"{peaks[form]:.0f}"))
    slow, large = min(rates, key=rates.get), max(peaks, key=peaks.get)
    if rates[slow] < BAR_MB_PER_CPU_SECOND:
        FAULTS.append(f"{slow} is read at {rates[slow]:.0f} MB a CPU second")
    if peaks[large] > BAR_PEAK_MB:
        FAULTS.append(f"{large} takes {peaks[large]:.0f} MB")
    head = ("form", "MB", "MB a CPU second", "redaction ms", "lines ms", "reading ms", "findings ms", "facts ms", "chunks ms", "JSON ms", "peak MB")
    return [
        *measure.table(head, rows),
        "",
        f"One generated configuration of each form: customers with ports, filters, prefix lists, policy, routes and BGP. Reading, which redaction and lines are "
        f"parts of, comes to at least **{rates[slow]:.0f} MB a CPU second** ({slow}; bar: {BAR_MB_PER_CPU_SECOND}); `netguru analyze` takes at most "
        f"**{peaks[large]:.0f} MB** ({large}; bar: {BAR_PEAK_MB}). Chunks and JSON are made for an upload only. The times are CPU milliseconds.",
    ]
