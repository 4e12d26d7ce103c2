#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A small authoritative DNS server (UDP and TCP) whose zones misbehave on purpose.

    dns_server.py ADDRESS

corp.example.net answers well and with NXDOMAIN; *.broken.example.net gets SERVFAIL; *.silent.example.net gets
no answer; *.slow.example.net is answered after 300 ms; big.corp.example.net is truncated over UDP (RFC 1035,
RFC 7766); anything else is REFUSED.
"""
import socket
import struct
import sys
import threading
import time

A, NS, CNAME, SOA, PTR, MX, TXT, AAAA = 1, 2, 5, 6, 12, 15, 16, 28
NOERROR, SERVFAIL, NXDOMAIN, REFUSED = 0, 2, 3, 5
ZONE = "corp.example.net"
TTL = 300


def pack_name(name):
    labels = [label for label in name.split(".") if label]
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"


def pack_v4(text):
    return socket.inet_pton(socket.AF_INET, text)


def pack_v6(text):
    return socket.inet_pton(socket.AF_INET6, text)


def pack_soa():
    return pack_name("ns1." + ZONE) + pack_name("noc." + ZONE) + struct.pack(
        ">IIIII", 2026031201, 3600, 900, 604800, 300)


def pack_txt(text):
    return bytes([len(text)]) + text.encode()


RECORDS = {
    (ZONE, SOA): [pack_soa()],
    (ZONE, NS): [pack_name("ns1." + ZONE)],
    (ZONE, MX): [struct.pack(">H", 10) + pack_name("mail." + ZONE)],
    ("ns1." + ZONE, A): [pack_v4("10.10.20.53")],
    ("www." + ZONE, A): [pack_v4("10.10.20.80")],
    ("www." + ZONE, AAAA): [pack_v6("2001:db8:0:20::80")],
    ("mail." + ZONE, A): [pack_v4("10.10.20.25")],
    ("intranet." + ZONE, CNAME): [pack_name("www." + ZONE)],
    ("big." + ZONE, TXT): [pack_txt("filler record number %02d " % n + "x" * 150) for n in range(12)],
    ("80.20.10.10.in-addr.arpa", PTR): [pack_name("www." + ZONE)],
    ("www.slow.example.net", A): [pack_v4("198.51.100.80")],
}


def parse_question(query):
    labels, at = [], 12
    while at < len(query) and query[at]:
        size = query[at]
        labels.append(query[at + 1:at + 1 + size].decode("ascii", "replace"))
        at += 1 + size
    if at + 5 > len(query):
        return None
    kind, _ = struct.unpack(">HH", query[at + 1:at + 5])
    return ".".join(labels), kind, query[12:at + 5]


def look_up(name, kind):
    """Returns code, list of (owner, kind, data)."""
    if name.endswith("broken.example.net"):
        return SERVFAIL, []
    if not name.endswith((ZONE, "slow.example.net", "in-addr.arpa")):
        return REFUSED, []
    alias = RECORDS.get((name, CNAME))
    if alias and kind != CNAME:
        target = "www." + ZONE
        rest = [(target, kind, data) for data in RECORDS.get((target, kind), [])]
        return NOERROR, [(name, CNAME, alias[0])] + rest
    found = [(name, kind, data) for data in RECORDS.get((name, kind), [])]
    exists = any(owner == name for owner, _ in RECORDS)
    return (NOERROR if found or exists else NXDOMAIN), found


def pack_record(owner, kind, data):
    return pack_name(owner) + struct.pack(">HHIH", kind, 1, TTL, len(data)) + data


def answer(query, limit):
    """Returns the reply, or None where the zone is silent."""
    parsed = parse_question(query) if len(query) >= 17 else None
    if not parsed:
        return None
    name, kind, question = parsed
    name = name.lower()
    if name.endswith("silent.example.net"):
        return None
    if name.endswith("slow.example.net"):
        time.sleep(0.3)
    code, records = look_up(name, kind)
    body = b"".join(pack_record(*record) for record in records)
    authority = b"" if records or code in (SERVFAIL, REFUSED) else pack_record(ZONE, SOA, pack_soa())
    flags = 0x8400 | (struct.unpack(">H", query[2:4])[0] & 0x0100) | code
    count = len(records)
    if 12 + len(question) + len(body) + len(authority) > limit:
        flags, body, count, authority = flags | 0x0200, b"", 0, b""
    header = query[:2] + struct.pack(">HHHHH", flags, 1, count, 1 if authority else 0, 0)
    return header + question + body + authority


def serve_tcp(address):
    listener = socket.create_server((address, 53))
    while True:
        client, _ = listener.accept()
        with client:
            prefix = client.recv(2)
            if len(prefix) == 2:
                reply = answer(client.recv(struct.unpack(">H", prefix)[0]), 65535)
                if reply:
                    client.sendall(struct.pack(">H", len(reply)) + reply)


def serve_udp(address):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((address, 53))
    while True:
        query, client = server.recvfrom(4096)
        reply = answer(query, 512)
        if reply:
            server.sendto(reply, client)


def main():
    threading.Thread(target=serve_tcp, args=(sys.argv[1],), daemon=True).start()
    serve_udp(sys.argv[1])


if __name__ == "__main__":
    main()
