# SPDX-License-Identifier: Apache-2.0
"""A network that does not exist, as the files its engineers would upload: configurations of four systems, recorded
commands, logs, captures, notes and runbooks in English and Portuguese. Most files are distractors: they speak of the same
things with other names and numbers. files() returns name → bytes, the same at every call."""

import random
import struct

SITES = ("poa", "cwb", "fln", "bsb", "rec", "bel")


def ios_core(name, site, number, peers, extra=""):
    lines = [f"hostname {name}", "!", "version 16.9", "service timestamps log datetime msec", "!",
             f"ip domain name net{site}.example", "vrf definition MGMT", " rd 64900:99", " address-family ipv4", "!"]
    for port in range(1, 9):
        lines += [f"interface TenGigabitEthernet1/0/{port}", f" description {peers[port % len(peers)]} Te1/0/{number + port}",
                  f" ip address 10.{number}.{port}.1 255.255.255.252", f" ip ospf cost {100 + port * 7 + number}",
                  f" mtu {9000 + port}", " ip ospf network point-to-point", "!"]
    lines += ["interface Loopback0", f" ip address 10.255.{number}.1 255.255.255.255", "!",
              f"router ospf {number}", f" router-id 10.255.{number}.1", " auto-cost reference-bandwidth 100000",
              f" network 10.{number}.0.0 0.0.255.255 area {number % 4}", " passive-interface default", "!",
              "router bgp 64900", f" bgp router-id 10.255.{number}.1", " bgp log-neighbor-changes"]
    for index, peer in enumerate(peers):
        address = f"172.20.{number}.{index * 4 + 2}"
        lines += [f" neighbor {address} remote-as {64910 + number * 10 + index}", f" neighbor {address} description to-{peer}",
                  f" neighbor {address} password 7 094F471A1A0A", f" neighbor {address} timers {10 + index} {30 + index * 3}"]
    lines += [" !", " address-family ipv4"]
    for index, peer in enumerate(peers):
        address = f"172.20.{number}.{index * 4 + 2}"
        lines += [f"  neighbor {address} activate", f"  neighbor {address} route-map RM-{peer.upper()}-IN in",
                  f"  neighbor {address} maximum-prefix {1000 + number * 100 + index}"]
    lines += [" exit-address-family", "!"]
    for index, peer in enumerate(peers):
        lines += [f"route-map RM-{peer.upper()}-IN permit 10", f" match ip address prefix-list PL-{peer.upper()}",
                  f" set local-preference {200 + number + index * 10}", "!",
                  f"ip prefix-list PL-{peer.upper()} seq 5 permit 100.{64 + number}.{index}.0/24 le 28"]
    lines += ["!", f"snmp-server location {site} room {number}", f"ntp server 10.255.0.{number}", f"logging host 10.9.{number}.14",
              "line vty 0 4", " transport input ssh", "end"]
    return "\n".join(lines) + "\n" + extra


def ios_access(name, number):
    draw = random.Random(name)
    lines = [f"hostname {name}", "!", "spanning-tree mode rapid-pvst", f"spanning-tree vlan 1-400 priority {4096 * (number % 8 + 1)}", "!"]
    vlans = [number * 10 + n for n in (1, 2, 3, 4)]
    for vlan, title in zip(vlans, ("STAFF", "VOICE", "CCTV", "GUEST")):
        lines += [f"vlan {vlan}", f" name {title}-{name.upper()}", "!"]
    people = ["reception", "printer", "camera", "desk", "badge reader", "access point", "meeting room", "lift panel"]
    for port in range(1, 25):
        lines += [f"interface GigabitEthernet1/0/{port}", f" description {draw.choice(people)} {number}.{port:02d}",
                  f" switchport access vlan {draw.choice(vlans)}", " switchport mode access",
                  *([" switchport port-security maximum 3"] if port % 5 == 0 else []),
                  *([" shutdown"] if port % 7 == 0 else []), " spanning-tree portfast", "!"]
    lines += ["interface GigabitEthernet1/0/49", f" description uplink to the distribution of {name}",
              f" switchport trunk native vlan {number + 900}", " switchport mode trunk", " channel-group 1 mode active", "!",
              f"interface Vlan{vlans[0]}", f" ip address 192.168.{number}.2 255.255.255.0", f" ip helper-address 10.8.{number}.53", "!",
              f"ip default-gateway 192.168.{number}.1", f"ip access-list extended ACL-{name.upper()}",
              f" 10 permit tcp 192.168.{number}.0 0.0.0.255 host 10.7.{number}.80 eq 443",
              f" 20 deny udp any any eq {5000 + number}", " 30 permit ip any any", "end"]
    return "\n".join(lines) + "\n"


def junos_edge(name, number, asn):
    groups = []
    for index, customer in enumerate(("ipe", "jatoba", "aroeira", "peroba", "cedro", "angico")):
        groups.append(f"""        group CUST-{customer.upper()}-{number} {{
            type external;
            description "customer {customer}";
            import IMPORT-{customer.upper()}-{number};
            family inet {{
                unicast {{
                    prefix-limit {{
                        maximum {500 + number * 10 + index};
                        teardown 80;
                    }}
                }}
            }}
            export EXPORT-DEFAULT;
            hold-time {60 + index * 3};
            neighbor 198.51.{100 + number}.{index * 8 + 1} {{
                description "first line of {customer}";
                authentication-key "$9$abcd";
                peer-as {asn + index};
            }}
            neighbor 198.51.{100 + number}.{index * 8 + 5} {{
                description "second line of {customer}";
                metric-out {50 + index + number};
                peer-as {asn + index};
            }}
        }}""")
    interfaces = []
    for port in range(0, 6):
        interfaces.append(f"""    xe-0/0/{port} {{
        description "{name} port {port}";
        mtu {9100 + port + number};
        unit 0 {{
            family inet {{
                address 203.0.113.{number * 16 % 200 + port * 4 + 1}/30;
            }}
        }}
    }}""")
    body = "\n".join(interfaces)
    peers = "\n".join(groups)
    return f"""system {{
    host-name {name};
    domain-name edge.example;
    ntp {{
        server 10.255.0.{number};
    }}
    syslog {{
        host 10.9.{number}.20 {{
            any notice;
        }}
    }}
}}
interfaces {{
{body}
    lo0 {{
        unit 0 {{
            family inet {{
                address 10.254.{number}.1/32;
            }}
        }}
    }}
}}
routing-options {{
    autonomous-system 64900;
    static {{
        route 192.0.2.{number * 4 % 250}/30 next-hop 203.0.113.{number * 16 % 200 + 2};
    }}
}}
protocols {{
    bgp {{
{peers}
    }}
    ospf {{
        area 0.0.0.{number} {{
            interface xe-0/0/1.0 {{
                metric {700 + number};
            }}
        }}
    }}
}}
policy-options {{
    policy-statement EXPORT-DEFAULT {{
        term default {{
            from {{
                route-filter 0.0.0.0/0 exact;
            }}
            then accept;
        }}
    }}
}}
firewall {{
    family inet {{
        filter PROTECT-RE-{number} {{
            term ssh {{
                from {{
                    source-address {{
                        10.6.{number}.0/24;
                    }}
                    protocol tcp;
                    destination-port ssh;
                }}
                then accept;
            }}
            term rest {{
                then {{
                    count DROPPED-{number};
                    discard;
                }}
            }}
        }}
    }}
}}
"""


def junos_set(name, number, asn):
    lines = [f"set system host-name {name}", f"set system login message \"Equipment of the {name} site\""]
    for port in range(6):
        lines += [f"set interfaces ge-0/0/{port} description \"{name} link {port}\"",
                  f"set interfaces ge-0/0/{port} unit 0 family inet address 10.{number}.{200 + port}.1/30"]
    for index in range(6):
        peer = f"192.0.2.{number + index * 9}"
        lines += [f"set protocols bgp group TRANSIT-{index} type external",
                  f"set protocols bgp group TRANSIT-{index} neighbor {peer} description carrier-{index}",
                  f"set protocols bgp group TRANSIT-{index} neighbor {peer} peer-as {asn + index * 11}",
                  f"set protocols bgp group TRANSIT-{index} neighbor {peer} import FROM-CARRIER-{index}"]
    lines += ["set routing-options autonomous-system 64900", f"set snmp location \"{name} rack {number}\""]
    return "\n".join(lines) + "\n"


def eos_leaf(name, number):
    lines = [f"hostname {name}", "!", "spanning-tree mode mstp", "!"]
    for vlan in range(4):
        lines += [f"vlan {number * 20 + vlan}", f"   name TENANT-{number}-{vlan}", "!"]
    for port in range(1, 13):
        lines += [f"interface Ethernet{port}", f"   description server-{number}{port:02d} nic{port % 2}", "   switchport trunk allowed vlan "
                  f"{number * 20}-{number * 20 + 3}", "   switchport mode trunk", "!"]
    lines += ["interface Ethernet49/1", f"   description spine uplink {number}", "   no switchport", f"   ip address 10.70.{number}.1/31", "!",
              "interface Vxlan1", "   vxlan source-interface Loopback1"]
    lines += [f"   vxlan vlan {number * 20 + vlan} vni {10000 + number * 100 + vlan}" for vlan in range(4)]
    lines += ["!", "router bgp " + str(65100 + number), f"   router-id 10.71.{number}.1", "   neighbor SPINES peer group",
              "   neighbor SPINES remote-as 65100", f"   neighbor 10.70.{number}.0 peer group SPINES", "!",
              f"ip route 0.0.0.0/0 10.72.{number}.254", "!", "end"]
    return "\n".join(lines) + "\n"


def nxos_spine(name, number):
    lines = ["!Command: show running-config", "version 9.3(5) Bios:version 07.67", f"hostname {name}", "feature bgp", "feature lacp", "feature vpc", "",
             f"vpc domain {number}", f"  peer-keepalive destination 10.73.{number}.2 source 10.73.{number}.1", f"  role priority {number * 100}", ""]
    for port in range(1, 9):
        lines += [f"interface Ethernet1/{port}", f"  description leaf {number}-{port}", "  no switchport", f"  mtu {9200 + port}",
                  f"  ip address 10.74.{number}.{port * 2}/31", "  no shutdown", ""]
    lines += ["router bgp 65100", f"  router-id 10.75.{number}.1"]
    for port in range(1, 9):
        lines += [f"  neighbor 10.74.{number}.{port * 2 + 1}", f"    remote-as {65100 + port}", f"    description leaf{port}-of-{name}",
                  "    address-family ipv4 unicast", f"      maximum-prefix {port * 50 + number}"]
    return "\n".join(lines) + "\n"


def show_interfaces(name, number):
    draw = random.Random(name)
    lines = [f"{name}#show interfaces"]
    for port in range(1, 9):
        lines += [f"TenGigabitEthernet1/0/{port} is {'up' if port != 6 else 'down'}, line protocol is {'up' if port != 6 else 'down (notconnect)'}",
                  f"  Hardware is Ten Gigabit Ethernet, address is 00{number:02x}.5e{port:02x}.a1b{port:x} (bia 00{number:02x}.5e{port:02x}.a1b{port:x})",
                  f"  MTU {9000 + port} bytes, BW 10000000 Kbit/sec, DLY 10 usec,", "     reliability 255/255, txload 1/255, rxload 3/255",
                  "  Encapsulation ARPA, loopback not set", "  Keepalive not set", "  Full Duplex, 10000Mbps, link type is auto, media type is 10GBase-LR",
                  "  input flow-control is on, output flow-control is unsupported", "  ARP type: ARPA, ARP Timeout 04:00:00",
                  f"  Last input 00:00:0{port}, output 00:00:01, output hang never", "  Last clearing of \"show interface\" counters never",
                  f"  Input queue: 0/375/{port * number}/0 (size/max/drops/flushes); Total output drops: {draw.randrange(100, 9000)}",
                  "  Queueing strategy: fifo", f"  5 minute input rate {draw.randrange(10**6, 10**9)} bits/sec, {draw.randrange(9999)} packets/sec",
                  f"     {draw.randrange(10**9)} packets input, {draw.randrange(10**12)} bytes, 0 no buffer",
                  f"     {port * 1000 + number} input errors, {port * 900 + number} CRC, 0 frame, {port} overrun, 0 ignored",
                  f"     {draw.randrange(10**9)} packets output, {draw.randrange(10**12)} bytes, 0 underruns",
                  f"     0 output errors, 0 collisions, {port + number} interface resets"]
    return "\n".join(lines) + "\n"


def show_bgp(name, number):
    draw = random.Random(name)
    lines = [f"{name}#show ip bgp summary", f"BGP router identifier 10.255.{number}.1, local AS number 64900", "BGP table version is 88213, main routing table version 88213", "",
             "Neighbor        V           AS MsgRcvd MsgSent   TblVer  InQ OutQ Up/Down  State/PfxRcd"]
    for index in range(32):
        state = "Idle (Admin)" if index == 11 else "Active" if index == 23 else str(draw.randrange(10, 9000))
        lines.append(f"172.21.{number}.{index * 4 + 2:<5} 4 {64500 + number * 40 + index:12} {draw.randrange(10**6):7} {draw.randrange(10**6):7}    88213    0    0 {index}w{index % 7}d     {state}")
    lines += [f"{name}#show clock", "14:22:07.113 BRT Tue May 6 2025"]
    return "\n".join(lines) + "\n"


def show_mac(name, number):
    draw = random.Random(name)
    lines = [f"{name}#show mac address-table", "          Mac Address Table", "-------------------------------------------", "",
             "Vlan    Mac Address       Type        Ports", "----    -----------       --------    -----"]
    for index in range(60):
        lines.append(f" {number * 10 + index % 4 + 1:>3}    {0xb8a4:04x}.{number:02x}{index:02x}.{draw.randrange(65536):04x}    DYNAMIC     Gi1/0/{index % 24 + 1}")
    return "\n".join(lines) + "\n"


def show_version(name, number):
    return (f"{name}#show version\nCisco IOS XE Software, Version 16.09.0{number % 9}\n"
            f"Cisco IOS Software [Fuji], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 16.9.{number % 9}, RELEASE SOFTWARE (fc2)\n"
            f"{name} uptime is {number} weeks, 3 days\nSystem restarted at 03:1{number % 9}:00 BRT\n"
            f"Last reload reason: {'Power Failure' if number % 2 else 'Reload Command'}\nProcessor board ID FCW{2200 + number}G0A{number}\n"
            f"Configuration register is 0x102\n")


def show_route(name, number):
    lines = [f"{name}# show ip route", "Codes: K - kernel route, C - connected, S - static, O - OSPF, B - BGP", ""]
    for index in range(40):
        lines.append(f"O>* 10.{number}.{index}.0/24 [110/{20 + index}] via 10.{number}.250.{index % 8 + 1}, eth{index % 4}, weight 1, {index:02d}:1{index % 6}:22")
    return "\n".join(lines) + "\n"


def log_of(name, number, special):
    draw = random.Random(name)
    lines, minute = [], 0
    common = ["%SYS-5-CONFIG_I: Configured from console by operator on vty0 (10.6.{n}.7)", "%SEC_LOGIN-5-LOGIN_SUCCESS: Login Success [user: noc] [Source: 10.6.{n}.{x}] [localport: 22]",
              "%LINK-3-UPDOWN: Interface GigabitEthernet1/0/{p}, changed state to down", "%LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet1/0/{p}, changed state to up",
              "%NTP-6-PEERREACH: Peer 10.255.0.{n} is reachable", "%SNMP-3-AUTHFAIL: Authentication failure for SNMP req from host 10.5.{n}.{x}"]
    for index in range(120):
        minute += draw.randrange(1, 14)
        day, hour = 5 + minute // 1440, minute // 60 % 24
        stamp = f"May {day:2d} {hour:02d}:{minute % 60:02d}:{draw.randrange(60):02d}"
        text = draw.choice(common).format(n=number, x=draw.randrange(2, 250), p=draw.randrange(1, 25))
        for at, line in special:
            if at == index:
                text = line
        lines.append(f"{stamp} {name} {index + 100}: {text}")
    return "\n".join(lines) + "\n"


# -- captures ------------------------------------------------------------------------------------------------------

def address(text):
    return bytes(int(part) for part in text.split("."))


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Capture:
    def __init__(self):
        self.records = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)]
        self.time_us = 1746500000 * 10**6

    def frame(self, source, destination, protocol, payload):
        head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 7, 0, 64, protocol, 0, address(source), address(destination))
        head = head[:10] + struct.pack(">H", checksum(head)) + head[12:]
        data = bytes.fromhex("020000000002020000000001") + b"\x08\x00" + head + payload
        self.time_us += 1500
        self.records.append(struct.pack("<IIII", self.time_us // 10**6, self.time_us % 10**6, len(data), len(data)) + data)

    def tcp(self, ends, flags, sequence, acknowledged, data=b""):
        (source, sport), (destination, dport) = ends
        self.frame(source, destination, 6, struct.pack(">HHIIBBHHH", sport, dport, sequence, acknowledged, 0x50, flags, 8192, 0, 0) + data)

    def talk(self, client, server, request, answer, end="fin"):
        there, back = (client, server), (server, client)
        self.tcp(there, 2, 100, 0)
        if end == "refused":
            self.tcp(back, 0x14, 0, 101)
            return
        self.tcp(back, 0x12, 500, 101)
        self.tcp(there, 0x10, 101, 501)
        self.tcp(there, 0x18, 101, 501, request)
        if answer:
            self.tcp(back, 0x18, 501, 101 + len(request), answer)
        if end == "server resets":
            self.tcp(back, 0x14, 501 + len(answer), 101 + len(request))
        elif end == "client resets":
            self.tcp(there, 0x14, 101 + len(request), 501 + len(answer))
        else:
            self.tcp(there, 0x11, 101 + len(request), 501 + len(answer))
            self.tcp(back, 0x11, 501 + len(answer), 102 + len(request))

    def dns(self, client, server, name, code):
        question = b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0" + struct.pack(">HH", 1, 1)
        for ends, flags in (((client, 40000, server, 53), 0x0100), ((server, 53, client, 40000), 0x8180 | code)):
            source, sport, destination, dport = ends
            data = struct.pack(">HHHHHH", 77, flags, 1, 0, 0, 0) + question
            self.frame(source, destination, 17, struct.pack(">HHHH", sport, dport, 8 + len(data), 0) + data)

    def bytes(self):
        return b"".join(self.records)


def http(code, words):
    return f"HTTP/1.1 {code} {words}\r\nServer: shop\r\nContent-Length: 0\r\n\r\n".encode()


def captures():
    shop, mail, names, quiet = Capture(), Capture(), Capture(), Capture()
    for number in range(12):
        shop.talk(("10.30.1.7", 41000 + number), ("10.30.9.80", 80), b"GET /basket HTTP/1.1\r\nHost: shop.example\r\n\r\n",
                  http(503, "Service Unavailable") if number % 3 == 0 else http(200, "OK"))
    shop.talk(("10.30.1.8", 42000), ("10.30.9.80", 80), b"GET /missing HTTP/1.1\r\nHost: shop.example\r\n\r\n", http(404, "Not Found"))
    for number in range(5):
        mail.talk(("10.31.2.15", 43000 + number), ("10.31.9.25", 25), b"EHLO x\r\n", b"", "server resets")
    mail.talk(("10.31.2.16", 44000), ("10.31.9.25", 25), b"EHLO x\r\n", b"250 ok\r\n")
    mail.talk(("10.31.2.17", 44001), ("10.31.9.26", 993), b"hello", b"hello", "client resets")
    mail.talk(("10.31.2.18", 44002), ("10.31.9.27", 110), b"", b"", "refused")
    for number in range(8):
        names.dns("10.32.3.4", "10.32.9.53", f"host{number}.ghost.example", 3)
    for number in range(3):
        names.dns("10.32.3.5", "10.32.9.54", f"www{number}.real.example", 2 if number == 1 else 0)
    for number in range(6):
        quiet.talk(("10.33.4.4", 45000 + number), ("10.33.9.90", 8080), b"GET / HTTP/1.1\r\n\r\n", http(200, "OK"))
    return {"webshop-monday.pcap": shop.bytes(), "mail-relay.pcap": mail.bytes(), "resolver-test.pcap": names.bytes(), "baseline-office.pcap": quiet.bytes()}


# -- prose ---------------------------------------------------------------------------------------------------------

PROSE = {
    "address-plan.md": """# Address plan

| prefix | purpose | site | owner |
|---|---|---|---|
""" + "\n".join(f"| 10.{n}.0.0/16 | {purpose} | {site} | {owner} |" for n, purpose, site, owner in (
        (11, "core links", "poa", "backbone team"), (12, "core links", "cwb", "backbone team"), (13, "core links", "fln", "backbone team"),
        (40, "storage replication", "poa", "Marta Lins"), (41, "backup servers", "cwb", "Otto Reis"), (42, "video surveillance", "fln", "Building services"),
        (43, "laboratory", "poa", "Nair Couto"), (44, "wireless guests", "bsb", "Campus team"), (45, "voice gateways", "rec", "Telephony"),
        (46, "point of sale", "bel", "Retail desk"), (47, "building automation", "rec", "Facilities"), (48, "printers", "bsb", "Office IT"),
        (49, "quarantine", "fln", "Security desk"), (50, "partners", "poa", "Extranet team"), (51, "telemetry", "cwb", "Observability"))) + """

## IPv6

The allocation is 2001:db8:4a00::/40. Each site takes a /48: poa has 2001:db8:4a01::/48, cwb has 2001:db8:4a02::/48, fln has 2001:db8:4a03::/48.

## Reserved

10.60.0.0/16 stays free until the merger with the northern company has ended.
""",
    "incident-2025-0412.md": """# Incident 0412: loss between Curitiba and Florianópolis

## Summary

Customers of the south lost packets from 09:10 to 11:45 because a line card in cwb-core1 dropped frames larger than 1500 bytes.

## Timeline

- 09:10 alarms for packet loss on the path to fln-edge1
- 09:40 the carrier denies a fault
- 10:30 the tests with large frames fail, the small ones pass
- 11:45 the line card in slot 4 is replaced

## Root cause

A firmware defect of the line card, ticket CSC-88123 of the vendor. It was introduced by the upgrade of 3 April.

## Actions

Joana Prates updates the firmware on the other nine cards. A test with 9000 byte frames becomes part of every acceptance.
""",
    "incidente-2025-0517.md": """# Incidente 0517: queda da telefonia em Recife

## Resumo

Entre 14h02 e 15h20 os ramais de Recife ficaram sem registro porque o certificado do servidor SIP rec-sip2 venceu.

## Causa raiz

O alerta de vencimento era enviado para uma caixa postal de um funcionário que saiu da empresa.

## Ações

- Renato Dias renova os certificados a cada noventa dias, de forma automática.
- O alerta passa a ir para a lista plantao-voz@aurelia.example.

## Impacto

Trezentos e doze ramais e a central de atendimento ficaram fora do ar.
""",
    "runbook-maintenance.md": """# Maintenance runbook

## Before the window

Send the announcement five working days ahead. Windows are on Tuesday and Thursday from 01:00 to 05:00. Freeze periods are the last week of November and all of December.

## Draining a core router

1. Raise the OSPF metric to the maximum: `max-metric router-lsa`.
2. Wait until the traffic on the uplinks is below 50 Mbit/s.
3. Shut the eBGP sessions, one every two minutes.

## Replacing a power supply

The spare supplies are in cabinet 7 of the poa depot. Only one of both may be pulled at a time.

## Rolling back

If the verification fails twice, restore the configuration with `configure replace bootflash:before.cfg` and call the duty manager.
""",
    "runbook-bgp.md": """# BGP operations

## A session that does not come up

Check in this order: reachability of the neighbor, TTL and multihop, the AS number on both ends, the password, and the maximum of prefixes.

## Communities

| community | meaning |
|---|---|
| 64900:70 | lowers the local preference to 70 |
| 64900:666 | black hole |
| 64900:3001 | do not announce to transit carriers |
| 64900:3002 | prepend twice towards transit carriers |
| 64900:9 | learned from a route server |

## Route leaks

A leak is contained by the filter NO-TRANSIT-OUT on all edges. Call the security desk at extension 4471.
""",
    "contatos.md": """# Contatos

| equipe | responsável | ramal | plantão |
|---|---|---|---|
| Backbone | Joana Prates | 4410 | 24 horas |
| Telefonia | Renato Dias | 4420 | dias úteis |
| Segurança | Elisa Moura | 4471 | 24 horas |
| Datacenter | Otto Reis | 4433 | noites |
| Campo | Vicente Rosa | 4488 | dias úteis |

O fornecedor de energia atende pelo número 0800 555 0199, contrato EN-7712.
""",
    "inventario.md": """# Inventário de equipamentos

| equipamento | modelo | número de série | rack | garantia até |
|---|---|---|---|---|
""" + "\n".join(f"| {name} | {model} | {serial} | {rack} | {until} |" for name, model, serial, rack, until in (
        ("poa-core1", "C9500-40X", "FDO2411R0AA", "P03", "2027-02"), ("poa-core2", "C9500-40X", "FDO2411R0AB", "P04", "2027-02"),
        ("cwb-core1", "C9600", "FDO2502M1CD", "K01", "2028-09"), ("fln-edge1", "MX204", "CH0218AF4411", "F09", "2026-06"),
        ("poa-edge1", "MX204", "CH0218AF4412", "P09", "2026-06"), ("cwb-leaf1", "DCS-7050SX3", "JPE19280110", "K11", "2026-11"),
        ("cwb-leaf2", "DCS-7050SX3", "JPE19280111", "K12", "2026-11"), ("cwb-spine1", "N9K-C9332C", "FDO23280T9S", "K20", "2027-07"),
        ("fln-sw3", "C9200L-48P", "JAE24190XYZ", "F15", "2025-12"), ("rec-sw5", "C9200L-24P", "JAE24190XZA", "R02", "2025-12"))) + "\n",
    "manual-acesso-remoto.txt": """Acesso remoto dos técnicos

O acesso de fora é feito pelo concentrador vpn-gw3, que aceita somente certificados emitidos pela autoridade interna.

A sessão termina depois de quarenta minutos sem tráfego. O endereço entregue ao técnico vem da faixa 10.99.16.0/22.

Em caso de perda do notebook, o certificado deve ser revogado em até uma hora pelo time de segurança.

O acesso ao console serial passa pelo servidor ts-poa4, porta 7003 para o poa-core1 e porta 7004 para o poa-core2.
""",
    "notes-datacenter.txt": """Notes on the cwb data hall

The row K has cold aisle containment. Racks K11 and K12 are fed by the busbar B2, the spine racks by B1 and B2.

Cross connect CX-20419 runs from panel K20-14 to the carrier Norte, cage 3. Cross connect CX-20422 runs to the exchange point.

The console server of the hall is cwb-ts1 at 10.5.12.40. Its cellular modem has the number +55 41 99555 0142.

The camera with address B8-A4-0C-77-10-2E watches the loading dock and hangs on cwb-leaf2 port Ethernet12.
""",
    "change-0733.md": """# Change 0733: new carrier at Porto Alegre

Requested by Elisa Moura. Approved on 2 June by the change board.

The carrier Pampa gets AS 64777, connected to poa-edge1 on ge-0/0/4. The session uses the filter FROM-PAMPA-V4 and a limit of 1200 prefixes.

Back-out: deactivate the group PAMPA and tell the carrier's desk under reference PMP-5512.
""",
    "change-0741.md": """# Change 0741: retire the old firewall

The firewall fln-fw0 leaves on 14 June. Its rules went to fln-fw2. The address 10.13.99.254 moves to the new one so that no route has to change.

The support contract SUP-2291 of the old firewall ends with the month.
""",
    "mudanca-0750.md": """# Mudança 0750: troca do relógio de referência

O servidor de tempo 10.255.0.30 substitui o antigo em Belém. A janela é na madrugada de 9 de julho, das 02h às 03h.

Responsável: Vicente Rosa. A volta consiste em religar o receptor GPS no rack B05.
""",
    "naming.md": """# Naming of devices and objects

Devices are named site, dash, role and number: poa-core1. Sites are poa (Porto Alegre), cwb (Curitiba), fln (Florianópolis), bsb (Brasília), rec (Recife), bel (Belém).

Route maps begin with RM, prefix lists with PL, access lists with ACL. Junos policies are written IMPORT and EXPORT.

Interface descriptions hold the far end and its port.
""",
    "politica-senhas.md": """# Política de senhas dos equipamentos

A senha local de emergência fica no cofre do NOC, envelope 17, e muda a cada cento e vinte dias.

Contas de serviço usam chaves SSH de tipo ed25519. A conta svc-backup só entra a partir de 10.41.7.9.

O bloqueio ocorre depois de cinco tentativas e dura quinze minutos.
""",
    "qos-design.md": """# QoS design

## Classes

Voice is marked EF and gets 15 percent of a link with strict priority. Video is AF41 with 30 percent. Scavenger traffic is CS1 and limited to 5 percent.

## Where it is marked

Access switches trust the telephones and mark everything else as default. The marking of partners is rewritten on the extranet firewall.

## Queues

The class for backups uses weighted random early detection with a lower threshold of 40 packets.
""",
    "wireless.md": """# Wireless

The controllers are bsb-wlc1 and bsb-wlc2, in high availability with a shared address 10.44.0.10. The SSID AURELIA-CORP uses 802.1X, the SSID AURELIA-GUEST a portal.

Channels 36 to 64 only. Transmit power is capped at 14 dBm in the open office.

Access points get their controller by option 43 of DHCP.
""",
    "capacity-2025.md": """# Capacity report

The link from poa-core1 to cwb-core1 reached 71 percent in the evening peak; an upgrade to 100G is planned for the third quarter.

The link from bsb to rec carries 2.1 Gbit/s of 10. No upgrade is needed before 2027.

The internet uplink at fln reached 94 percent twice in April because of a game release.
""",
}

SPECIAL = {
    "poa-core1": (11, [(40, "%BGP-5-ADJCHANGE: neighbor 172.20.11.6 Down BGP Notification sent"),
                       (41, "%BGP-3-NOTIFICATION: sent to neighbor 172.20.11.6 4/0 (hold time expired) 0 bytes"),
                       (90, "%PLATFORM_ENV-1-FAN: Faulty fan tray 3 detected")]),
    "cwb-core1": (12, [(30, "%OSPF-5-ADJCHG: Process 12, Nbr 10.255.13.1 on TenGigabitEthernet1/0/3 from FULL to DOWN, Neighbor Down: Dead timer expired"),
                       (70, "%DUAL-6-NBRINFO: EIGRP-IPv4 900: Neighbor 10.12.77.9 is blocked: not on common subnet"),
                       (100, "%SYS-2-MALLOCFAIL: Memory allocation of 65536 bytes failed from 0x4A21, alignment 0")]),
    "fln-sw3": (33, [(25, "%PM-4-ERR_DISABLE: bpduguard error detected on Gi1/0/17, putting Gi1/0/17 in err-disable state"),
                     (60, "%SW_MATM-4-MACFLAP_NOTIF: Host 0c75.bd11.93fe in vlan 332 is flapping between port Gi1/0/3 and port Gi1/0/9"),
                     (95, "%PORT_SECURITY-2-PSECURE_VIOLATION: Security violation occurred, caused by MAC address 7c2f.80aa.0b1c on port GigabitEthernet1/0/20")]),
    "rec-sw5": (35, [(50, "%ILPOWER-7-DETECT: Interface Gi1/0/8: Power Device detected: IEEE PD"),
                     (80, "%ILPOWER-3-CONTROLLER_PORT_ERR: Controller port error, Interface Gi1/0/11: Power given, but Power Controller does not report Power Good")]),
    "bsb-sw2": (42, [(66, "%DOT1X-5-FAIL: Authentication failed for client (a4bb.6d20.77e1) on Interface Gi1/0/13")]),
    "bel-sw1": (51, [(20, "%CDP-4-NATIVE_VLAN_MISMATCH: Native VLAN mismatch discovered on GigabitEthernet1/0/49 (951), with bel-dist1 Gi2/0/4 (950).")]),
}


def files():
    made = dict(captures())
    cores = {"poa-core1": ("poa", 11), "cwb-core1": ("cwb", 12), "fln-core1": ("fln", 13), "poa-core2": ("poa", 14), "bsb-core1": ("bsb", 15)}
    for name, (site, number) in cores.items():
        made[f"{name}.cfg"] = ios_core(name, site, number, [other for other in cores if other != name])
        made[f"{name}-show-interfaces.txt"] = show_interfaces(name, number)
        made[f"{name}-bgp-summary.txt"] = show_bgp(name, number)
    for name, number in (("fln-sw1", 31), ("fln-sw2", 32), ("fln-sw3", 33), ("rec-sw4", 34), ("rec-sw5", 35), ("bsb-sw1", 41), ("bsb-sw2", 42), ("bel-sw1", 51)):
        made[f"{name}.cfg"] = ios_access(name, number)
    for name, number in (("fln-sw3", 33), ("rec-sw5", 35), ("bsb-sw2", 42)):
        made[f"{name}-mac.txt"] = show_mac(name, number)
    for name, number, asn in (("fln-edge1", 21, 65210), ("cwb-edge1", 22, 65220), ("bsb-edge1", 23, 65230)):
        made[f"{name}.conf"] = junos_edge(name, number, asn)
    for name, number, asn in (("poa-edge1", 24, 65301), ("rec-edge1", 25, 65402)):
        made[f"{name}.set"] = junos_set(name, number, asn)
    for number in range(1, 5):
        made[f"cwb-leaf{number}.cfg"] = eos_leaf(f"cwb-leaf{number}", number)
    for number in (1, 2):
        made[f"cwb-spine{number}.cfg"] = nxos_spine(f"cwb-spine{number}", number)
    for name, number in (("poa-core1", 11), ("cwb-core1", 12), ("rec-sw5", 35)):
        made[f"{name}-version.txt"] = show_version(name, number)
    for name, number in (("poa-lab1", 61), ("cwb-lab2", 62)):
        made[f"{name}-routes.txt"] = show_route(name, number)
    for name, (number, special) in SPECIAL.items():
        made[f"{name}.log"] = log_of(name, number, special)
    made.update(PROSE)
    return {name: content.encode() if isinstance(content, str) else content for name, content in sorted(made.items())}


if __name__ == "__main__":
    for file_name, content in files().items():
        print(f"{len(content):8} {file_name}")
