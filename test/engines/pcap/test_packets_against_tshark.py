# SPDX-License-Identifier: Apache-2.0
"""Lists of packets and single packets against tshark 4.0, on the shared captures.

Rows: numbers, times, lengths, streams, numbers and events of TCP. Fields: each that we list must be in tshark's
dissection (-T pdml) under the same name, at the same bytes and with the same value. What may differ stands in the tables
below with its reason; a difference that no longer exists fails, too.

Run as a program it prints what differs: python3 test_packets_against_tshark.py [FILE…]
"""

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from test_against_tshark import EVENTS, ROOT, captures, have_tshark

PACKETS = 25  # of a capture whose fields are compared
ROWS = 500

UNKNOWN_LINK = "tshark gives up at an unknown link type; we count the packets and say so"
SNMP = "tshark's SNMP dissector starts a second conversation on the same ports"
UPDATE = "tshark gives the sections of a dynamic update names of their own"
BAD_HEADER = "tshark lists no fields of a header whose length is wrong or not captured"

# {file: {what differs: why}}. A difference that no longer exists fails, too.
ROWS_KNOWN = {
    "tcpdump__dsa.pcap": {"rows": UNKNOWN_LINK},
    "tcpdump__vtp_asan-2.pcap": {"rows": UNKNOWN_LINK},
    "tcpdump__timestamp_invalid_micro.pcap": {"time": "tshark prints 10^9 nanoseconds"},
    "zeek__snmp__snmp-crash-62790.pcap": {"udp.stream": SNMP},
    "zeek__snmp__snmpv3_get_next.pcap": {"udp.stream": SNMP},
}
FIELDS_KNOWN = {
    "tcpdump__802.1ad_QinQ.pcap": dict.fromkeys(
        ["ieee8021ad.priority", "ieee8021ad.dei"], "tshark has them in one byte if two tags follow each other"),
    "tcpdump__bigtcp-ipv4.pcap": {"ip.len": "tshark shows the real length where the field is 0"},
    "zeek__ip-bogus-header-len.pcap": {"ip.len": "tshark shows the real length where the field is 0"},
    "tcpdump__nsh-over-vxlan-gpe.pcap": dict.fromkeys(
        ["vxlan.flags", "vxlan.gbp"], "the generic protocol extension has a next protocol there"),
    "tcpdump__tcp_header_heapoverflow.pcap": dict.fromkeys(["tcp.seq_raw", "tcp.ack_raw"], BAD_HEADER),
    "zeek__dns__dns-edns-bad-length.pcap": dict.fromkeys(
        ["dns.resp.name", "dns.resp.type", "dns.resp.class", "dns.resp.ttl", "dns.resp.len", "dns.a"],
        "tshark stops at the option of the wrong length, we behind its record"),
    "zeek__trunc__ipv4-truncated-broken-header.pcap": dict.fromkeys(
        ["ip.id", "ip.flags.df", "ip.flags.mf", "ip.frag_offset", "ip.ttl", "ip.proto", "ip.checksum", "ip.src", "ip.dst"],
        BAD_HEADER),
    "zeek__dns__dynamic-update.pcap": dict.fromkeys(
        ["dns.count.queries", "dns.count.answers", "dns.count.auth_rr"], UPDATE),
}
# Layers whose messages tshark shows in the frame that completes them, and we where they begin: compared where both have a
# field.
APPLICATIONS = {"bgp", "http", "tls"}


def packet_program():
    """packet_dump, from the environment or the newest build directory."""
    if named := os.environ.get("NETGURU_PACKET_DUMP"):
        return named
    built = [path / "test/engines/pcap/packet_dump" for path in ROOT.glob("build*")]
    built = [path for path in built if path.is_file()]
    return max(built, key=lambda path: path.stat().st_mtime) if built else None


needs = [
    pytest.mark.skipif(not have_tshark(), reason="tshark 4.0 is not installed"),
    pytest.mark.skipif(not packet_program(), reason="packet_dump is not built"),
]
pytestmark = needs


def run_program(path, *arguments):
    run = subprocess.run([packet_program(), path, *map(str, arguments)], capture_output=True, timeout=120)
    message = run.stderr.decode("utf-8", "replace")
    assert run.returncode in (0, 1) and "ERROR:" not in message and "runtime error" not in message, message
    return [json.loads(line, parse_float=Decimal) for line in run.stdout.decode().splitlines()]


def tshark(path, *options):
    return subprocess.run(["tshark", "-n", "-r", path, *options], capture_output=True, timeout=240).stdout


# --- rows ----------------------------------------------------------------------------------------------------------------

COLUMNS = ["frame.number", "frame.time_epoch", "frame.len", "frame.cap_len", "tcp.stream", "udp.stream", "tcp.seq_raw",
           "tcp.ack_raw", "tcp.seq", "tcp.len", "tcp.window_size_value", "tcp.flags"]


def rows_of_tshark(path):
    fields = COLUMNS + [f"tcp.analysis.{event}" for event in EVENTS]
    options = [part for field in fields for part in ("-e", field)]
    text = tshark(path, "-T", "fields", "-E", "separator=|", "-E", "aggregator=;", "-c", str(ROWS), *options).decode()
    return [dict(zip(fields, line.split("|"))) for line in text.splitlines()]


def compare_row(ours, theirs):
    """What differs between our row and tshark's, as names."""
    def last(name):
        return theirs[name].split(";")[-1]

    same = {
        "number": str(ours["number"]) == last("frame.number"),
        "time": ours.get("time", "0.000000000") == last("frame.time_epoch"),
        "length": str(ours["length"]) == last("frame.len"),
    }
    conversation = ours.get("conversation")
    if conversation and conversation["transport"] != "sctp":
        name = conversation["transport"] + ".stream"
        same[name] = str(conversation["stream"]) in theirs[name].split(";")
    tcp = ours.get("tcp")
    if tcp and last("tcp.seq_raw"):
        same["seq"] = str(tcp["seq"]) == last("tcp.seq_raw")
        same["ack"] = str(tcp["ack"]) == last("tcp.ack_raw") or last("tcp.ack_raw") == ""
        same["relative seq"] = last("tcp.seq") in ("", str(tcp.get("relative_seq")))
        same["tcp length"] = last("tcp.len") in ("", str(tcp["length"]))
        same["window"] = last("tcp.window_size_value") in ("", str(tcp["window"]))
        for event in EVENTS:
            has = event in tcp["events"] or (
                event == "retransmission"
                and ("fast_retransmission" in tcp["events"] or "spurious_retransmission" in tcp["events"]))
            same[event] = has == (theirs[f"tcp.analysis.{event}"] != "")
    return [name for name, is_same in same.items() if not is_same]


def compare_rows(path):
    ours = run_program(path, "list", 1, ROWS)
    theirs = rows_of_tshark(path)
    if not ours:
        return []
    rows = ours[0]["items"]
    differing = [] if len(rows) == len(theirs) else [f"{len(rows)} instead of {len(theirs)}: rows"]
    for mine, other in zip(rows, theirs):
        differing += [f"packet {mine['number']}: {name}" for name in compare_row(mine, other)]
    return differing


# --- fields --------------------------------------------------------------------------------------------------------------

def fields_of_tshark(path):
    """{packet number: {(name, position, size): values}}"""
    content = tshark(path, "-T", "pdml", "-c", str(PACKETS))
    packets = {}
    for number, packet in enumerate(ElementTree.fromstring(content).iter("packet"), 1):
        fields = defaultdict(set)
        for field in packet.iter("field"):
            fields[field.get("name"), int(field.get("pos", -1)), int(field.get("size", -1))].add(field.get("show"))
        packets[number] = fields
    return packets


def same_value(ours, theirs):
    return any(value is not None and value.rstrip().lower() == ours.lower() for value in theirs)


def compare_fields(path):
    """Counts what differs, by "field: how"."""
    theirs = fields_of_tshark(path)
    differing = Counter()
    for ours in run_program(path, "show", *theirs) if theirs else []:
        fields = theirs[ours["number"]]
        for layer in ours["layers"]:
            if layer.get("reassembled"):
                continue
            for field in layer["fields"]:
                name, value = field["name"], field["value"]
                values = fields.get((name, field["offset"], field["length"]))
                if values is None and layer["name"] in APPLICATIONS:
                    continue
                if values is None:
                    there = sorted(key[1:] for key in fields if key[0] == name)
                    differing[name, f"at {(field['offset'], field['length'])}, tshark {there}"] += 1
                elif not same_value(value, values):
                    differing[name, f"{value}, tshark {sorted(map(str, values))}"] += 1
    return differing


def check_known(found, known):
    """Fails unless exactly what is known differs."""
    unknown = {name: how for name, how in found.items() if name not in known}
    assert not unknown, unknown
    gone = set(known) - set(found)
    assert not gone, f"no longer different: {gone}"


def named(differing):
    """{name: first difference} of lines "packet N: name"."""
    return {line.split(": ")[-1]: line for line in reversed(differing)}


@pytest.mark.parametrize("path", captures(), ids=lambda path: path.name)
def test_rows_equal_those_of_tshark(path):
    check_known(named(compare_rows(path)), ROWS_KNOWN.get(path.name, {}))


@pytest.mark.parametrize("path", captures(), ids=lambda path: path.name)
def test_fields_are_those_of_tshark(path):
    if "rows" in ROWS_KNOWN.get(path.name, {}):
        pytest.skip(UNKNOWN_LINK)
    differing = compare_fields(path)
    check_known({name: how for name, how in differing}, FIELDS_KNOWN.get(path.name, {}))


def main():
    total = Counter()
    examples = {}
    for path in map(Path, sys.argv[1:]) if sys.argv[1:] else captures():
        for line in compare_rows(path)[:6]:
            print(path.name, line)
        try:
            for (name, how), count in compare_fields(path).items():
                total[name] += count
                examples.setdefault(name, []).append(f"{path.name}: {how}")
        except (AssertionError, ElementTree.ParseError) as error:
            print(path.name, error)
    for name, count in total.most_common():
        print(f"{count:6} {name}: {'; '.join(examples[name][:3])}"[:400])


if __name__ == "__main__":
    main()
