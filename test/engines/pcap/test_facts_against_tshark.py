# SPDX-License-Identifier: Apache-2.0
"""Facts and findings of captures against tshark 4.0: names, codes and times of DNS, types of ICMP, VLAN ids, names of
TLS, hosts and status codes of HTTP; and the filters of findings, which must show the packets that they name.

All Ethernet captures of the shared data become one capture, so that tshark runs a few times only.
"""

import re
import struct
import subprocess
from collections import Counter, defaultdict

import pytest
from test_against_tshark import DATA, analyze, captures, dump_program, have_tshark

FIELDS = [
    "frame.number", "udp.port", "tcp.port", "dns.flags.response", "dns.flags.rcode", "dns.qry.name", "dns.time",
    "icmp.type", "icmp.code", "icmpv6.type", "icmpv6.code", "vlan.id", "tls.handshake.extensions_server_name",
    "http.host", "http.response.code",
]

needs_tshark = pytest.mark.skipif(not have_tshark(), reason="tshark 4.0 is not installed")
needs_program = pytest.mark.skipif(not dump_program(), reason="pcap_dump is not built")
needs_data = pytest.mark.skipif(not captures(), reason=f"no captures at {DATA}")


def records(content):
    """The whole records of a little-endian Ethernet capture in microseconds, or nothing."""
    if content[:4] != b"\xd4\xc3\xb2\xa1" or content[20:24] != b"\1\0\0\0":
        return b""
    at = 24
    while at + 16 <= len(content):
        size = struct.unpack_from("<I", content, at + 8)[0]
        if size > 65535 or at + 16 + size > len(content):
            break
        at += 16 + size
    return content[24:at]


@pytest.fixture(scope="module")
def merged(tmp_path_factory):
    path = tmp_path_factory.mktemp("merged") / "all.pcap"
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
    path.write_bytes(header + b"".join(records(file.read_bytes()) for file in captures() if file.suffix == ".pcap"))
    return path


@pytest.fixture(scope="module")
def ours(merged):
    summary, message = analyze(merged)
    assert summary, message
    return summary


def tshark_rows(path, fields, *more):
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", "-E", "separator=|", "-E", "aggregator=;", *more]
    for field in fields:
        command += ["-e", field]
    lines = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=240).stdout.splitlines()
    return [dict(zip(fields, (value.split(";") if value else [] for value in line.split("|")))) for line in lines]


@pytest.fixture(scope="module")
def theirs(merged):
    return tshark_rows(merged, FIELDS)


def dns_of_tshark(rows):
    """{name: (queries, {rcode: responses})} of port 53."""
    names = defaultdict(lambda: [0, Counter()])
    for row in rows:
        if not row["dns.flags.response"] or not row["dns.qry.name"] or "53" not in row["udp.port"] + row["tcp.port"]:
            continue
        name = names[row["dns.qry.name"][0]]
        if row["dns.flags.response"][0] in ("1", "True"):
            name[1][row["dns.flags.rcode"][0] if row["dns.flags.rcode"] else "?"] += 1
        else:
            name[0] += 1
    return {name: (queries, dict(codes)) for name, (queries, codes) in names.items()}


def difference(mine, other):
    return {key: (mine.get(key), other.get(key)) for key in mine.keys() | other.keys() if mine.get(key) != other.get(key)}


@needs_data
@needs_program
@needs_tshark
def test_dns_names_and_codes(ours, theirs):
    mine = {row["name"]: (row["requests"], row["rcodes"]) for row in ours["facts"]["dns_names"]["rows"]}
    assert len(mine) > 50
    # A message quoted by an ICMP error is nobody's answer; tshark dissects it all the same.
    assert difference(mine, dns_of_tshark(theirs)) == {"secure.ed4.net": (None, (0, {"0": 1}))}


@needs_data
@needs_program
@needs_tshark
def test_dns_latency(ours, theirs):
    # The same query, between the same ports, is in several of the merged captures.
    doubled = {"www.tcpdump.org", "example.com"}
    mine, other = {}, defaultdict(list)
    for row in ours["facts"]["dns_names"]["rows"]:
        if row.get("latency") and row["name"] not in doubled:
            mine[row["name"]] = row["latency"]
    for row in theirs:
        if row["dns.time"] and row["dns.qry.name"][0] not in doubled and "53" in row["udp.port"] + row["tcp.port"]:
            other[row["dns.qry.name"][0]].append(float(row["dns.time"][0]))
    assert difference({name: row["count"] for name, row in mine.items()},
                      {name: len(times) for name, times in other.items()}) == {}
    for name, row in mine.items():
        assert abs(float(row["max_s"]) - max(other[name])) < 1e-6, name
        assert abs(float(row["min_s"]) - min(other[name])) < 1e-6, name


@needs_data
@needs_program
@needs_tshark
@pytest.mark.parametrize("protocol", ["icmp", "icmpv6"])
def test_icmp_types(ours, theirs, protocol):
    mine = {(row["type"], row["code"]): row["count"] for row in ours["facts"]["icmp"] if row["protocol"] == protocol}
    other = Counter((int(row[f"{protocol}.type"][0]), int(row[f"{protocol}.code"][0])) for row in theirs
                    if row[f"{protocol}.type"] and row[f"{protocol}.code"])
    assert len(mine) > 3
    assert difference(mine, dict(other)) == {}


@needs_data
@needs_program
@needs_tshark
def test_vlan_ids(ours, theirs):
    mine = {row["id"]: row["frames"] for row in ours["facts"]["vlans"] if row["tag"] == "802.1Q"}
    other = Counter(int(number, 0) for row in theirs for number in row["vlan.id"])
    assert len(mine) > 5
    assert difference(mine, dict(other)) == {}


@needs_data
@needs_program
@needs_tshark
def test_names_of_tls(ours, theirs):
    mine = {row["name"]: row["requests"] for row in ours["facts"]["tls_server_names"]["rows"]}
    other = Counter(name for row in theirs if row["tcp.port"] for name in row["tls.handshake.extensions_server_name"])
    assert len(mine) >= 3
    assert difference(mine, dict(other)) == {}


@needs_data
@needs_program
@needs_tshark
def test_hosts_and_status_codes_of_http(ours, theirs):
    hosts = {row["name"]: row["requests"] for row in ours["facts"]["http_hosts"]["rows"]}
    codes = {str(row["code"]): row["count"] for row in ours["facts"]["http_statuses"]}
    # A method alone on its line, and a host in the second segment of a request.
    assert difference(hosts, dict(Counter(host for row in theirs if row["tcp.port"] for host in row["http.host"]))) == {
        "www.google.com": (26, 27),
        "o-o.preferred.telekomrs-beg1.v2.lscache8.c.youtube.com": (None, 1),
    }
    # tshark does not dissect a response whose body the capture does not hold completely.
    assert difference(codes, dict(Counter(code for row in theirs if row["tcp.port"]
                                          for code in row["http.response.code"]))) == {"200": (19, 18), "206": (11, 8)}


@needs_data
@needs_program
@needs_tshark
def test_filters_show_the_packets_of_findings(ours, merged):
    checked = Counter()
    for finding in ours["findings"]:
        if not finding["filter"] or checked[finding["id"]] == 2:
            continue
        checked[finding["id"]] += 1
        rows = tshark_rows(merged, ["frame.number"], "-Y", finding["filter"])
        shown = {int(row["frame.number"][0]) for row in rows}
        missing = set(finding["packets"]) - shown
        assert not missing, f"{finding['id']}: {finding['filter']} does not show {missing}"
    assert len(checked) > 8
    assert all(re.fullmatch("[a-z_]+", name) for name in checked)
