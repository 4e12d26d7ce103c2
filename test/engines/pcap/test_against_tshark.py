# SPDX-License-Identifier: Apache-2.0
"""The capture engine against capinfos and tshark 4.0.17, on real captures.

Two oracles: the stored answers beside the captures (pcaps/expected/*.json), and the program tshark
where version 4.0 is installed (its taps give protocol hierarchy, conversations and endpoints). Every
capture is compared in every number that is printed; what may differ stands in KNOWN with its reason.

Run as a program it prints one line a file: python3 test_against_tshark.py [FILE…]
"""

import json
import os
import re
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("NETGURU_SHARED_DATA", ROOT.parent / "shared" / "data")) / "pcaps"

CUT_SHORT = ("tshark lists the addresses of a header that is cut short as fields; its endpoints, "
             "with which we agree, leave them out")
QUOTED = "the stored answer counts headers quoted in ICMP errors; tshark's own taps do not"
UNKNOWN_LINK = "tshark gives up at an unknown link type; we count the packets and say so"
SNMP = "tshark's SNMP dissector starts a second conversation on the same ports"
TAP_ONLY = "frame.protocols and the tree of tshark differ here; we agree with the tree"
TEXT = "tshark's tree has a line of text where the Juniper header is"

# file -> {start of what differs: why}. A difference that no longer exists fails, too.
KNOWN = {
    "tcpdump__DTP.pcap": {"frames of isl": TAP_ONLY},
    "tcpdump__relts-0x80000000.pcap": {"frames of igmp": TAP_ONLY},
    "tcpdump__stp-heapoverflow-1.pcap": {"frames of stp": TAP_ONLY},
    "tcpdump__timestamp_invalid_micro.pcap": {
        "ack_rtt": "the stored answer read -1.0 s, printed with 10^9 nanoseconds, as -0.1"},
    "tcpdump__OSPFv3_with_AH.pcap": {"frames of ah": "under IPv6, AH is no node of tshark's tree"},
    "tcpdump__bgp-aigp.pcap": {"phs": TEXT},
    "tcpdump__juniper_header-heapoverflow.pcap": {"phs": TEXT},
    "tcpdump__dsa.pcap": dict.fromkeys(
        ["file type", "encapsulation", "interfaces", "packets", "wire bytes", "captured bytes",
         "first time", "last time", "duration", "time order"], UNKNOWN_LINK),
    "tcpdump__vtp_asan-2.pcap": dict.fromkeys(
        ["file type", "encapsulation", "interfaces", "packets", "wire bytes", "captured bytes",
         "first time", "last time", "duration", "time order"], UNKNOWN_LINK),
    "tcpdump__ip6_frag_asan.pcap": {"host": CUT_SHORT},
    "tcpdump__ipv6-rthdr-oobr.pcap": {"host": CUT_SHORT},
    "zeek__trunc__ip6-trunc.pcap": {"host": CUT_SHORT},
    "zeek__trunc__trunc-hdr.pcap": {
        "frames of eth": "a frame of less than 14 bytes is no node of tshark's tree"},
    "tcpdump__nsh-over-vxlan-gpe.pcap": {
        "frames of vxlan": "frame.protocols says vxlan_gpe, the tree says vxlan"},
    "tcpdump__sflow-print-v6.pcap": {
        "frames of ip": "packets sampled by sFlow are payload, also in tshark's tree"},
    "zeek__icmp__icmp-destunreach-udp.pcap": {"frames of udp": QUOTED, "udp streams": QUOTED},
    "zeek__smtp.pcap": {"frames of tcp": QUOTED, "tcp segments": QUOTED, "stream 0": QUOTED},
    "zeek__finger__long-request.pcapng": {
        "initial_rtt": "the SYN is at 1970-01-01 00:00:00, which tshark takes for no time"},
    "zeek__snmp__snmp-crash-62790.pcap": {"udp streams": SNMP, "conv udp": SNMP},
    "zeek__snmp__snmpv3_get_next.pcap": {"udp streams": SNMP, "conv udp": SNMP},
}

EVENTS = [
    "retransmission", "fast_retransmission", "spurious_retransmission", "out_of_order",
    "lost_segment", "ack_lost_segment", "duplicate_ack", "window_update", "window_full",
    "zero_window", "zero_window_probe", "zero_window_probe_ack", "keep_alive", "keep_alive_ack",
    "reused_ports",
]
# Layers that are decoded; tshark's tree is compared as far as it consists of these.
LAYERS = set(re.findall(r'^ +X\(\w+, "([^"]+)"\)',
                        (ROOT / "src/engines/pcap/protocol.h").read_text(), re.M))


def dump_program():
    """pcap_dump, from the environment or the newest build directory."""
    if named := os.environ.get("NETGURU_PCAP_DUMP"):
        return named
    built = [path / "test/engines/pcap/pcap_dump" for path in ROOT.glob("build*")]
    built = [path for path in built if path.is_file()]
    return str(max(built, key=lambda path: path.stat().st_mtime)) if built else None


def captures():
    """The captures that have a stored answer."""
    if not DATA.is_dir():
        return []
    return sorted(path for path in DATA.iterdir()
                  if path.is_file() and (DATA / "expected" / f"{path.name}.json").is_file())


def have_tshark():
    """Whether tshark 4.0 is here: other versions count differently."""
    if not shutil.which("tshark"):
        return False
    first = subprocess.run(["tshark", "--version"], capture_output=True, text=True).stdout
    return "4.0." in first.split("\n", 1)[0]


def analyze(path, *options):
    """Our summary of a file as (summary or None, message)."""
    run = subprocess.run([dump_program(), *options, str(path)], capture_output=True, timeout=120)
    message = run.stderr.decode("utf-8", "replace")
    if run.returncode not in (0, 1) or "ERROR:" in message or "runtime error" in message:
        raise AssertionError(f"{path.name}: pcap_dump ended with {run.returncode}: {message}")
    return (json.loads(run.stdout, parse_float=Decimal) if run.returncode == 0 else None), message


# --- our numbers, in the oracle's terms ----------------------------------------------------------


def flatten(rows):
    """The hierarchy as {path: (frames, bytes)}."""
    tree, path = {}, []
    for row in rows:
        path[row["depth"]:] = [row["name"]]
        tree[":".join(path)] = (row["frames"], row["bytes"])
    return tree


def frames_by_layer(tree):
    """Frames that hold each layer at least once."""
    count = {}
    for path, (frames, _) in tree.items():
        *above, name = path.split(":")
        if name not in above:
            count[name] = count.get(name, 0) + frames
    return count


def ours_hosts(summary):
    return {row["address"]: (row["tx_packets"], row["tx_bytes"], row["rx_packets"], row["rx_bytes"])
            for row in summary["hosts"]["rows"]}


# --- comparison with the stored answers ----------------------------------------------------------


class Differences(dict):
    """what -> text, for numbers that are not equal."""

    def check(self, what, ours, theirs):
        if ours != theirs:
            self[what] = f"{what}: ours {ours!r}, theirs {theirs!r}"


def capinfos_fields(lines):
    fields = {}
    for line in lines:
        if not line.startswith(" ") and ":" in line:
            name, value = line.split(":", 1)
            fields.setdefault(name.strip(), value.strip())
    return fields


def compare_file(found, summary, expected):
    info = capinfos_fields(expected["capinfos"])
    kind = summary["format"] + (" (gzip compressed)" if summary["compressed"] else "")
    found.check("file type", kind, info.get("File type"))
    links = {row["link_type"] for row in summary["interfaces"]["rows"]}
    found.check("encapsulation", "".join(sorted(links)), info.get("File encapsulation"))
    found.check("interfaces", str(summary["interfaces"]["count"]),
                info.get("Number of interfaces in file"))
    found.check("packets", summary["packets"], expected["packets"])
    found.check("wire bytes", summary["wire_bytes"], expected["bytes_wire"])
    found.check("captured bytes", summary["captured_bytes"], expected["bytes_captured"])
    if data_size := info.get("Data size"):
        found.check("data size", f"{summary['wire_bytes']} bytes", data_size)
    if "first_time" in summary:
        compare_times(found, summary, expected, info)
    else:
        found.check("first time", None, expected["first_epoch"])


def compare_times(found, summary, expected, info):
    found.check("first time", summary["first_time"], seconds(expected["first_epoch"]))
    found.check("last time", summary["last_time"], seconds(expected["last_epoch"]))
    theirs = info.get("Capture duration", "")
    decimals = len(theirs.split()[0].partition(".")[2]) if theirs else 0
    found.check("duration", f"{summary['duration_s']:.{decimals}f} seconds", theirs)
    found.check("time order", str(summary["strict_time_order"]), info.get("Strict time order"))
    found.check("time reversals", summary["time_reversals"], expected["timestamps_backwards"])


def seconds(text):
    """tshark's "12.1000000000" is 12 seconds and 1000000000 nanoseconds."""
    whole, _, fraction = (text or "-1").partition(".")
    return Decimal(whole) + Decimal(fraction or 0) / 10**9


def compare_layers(found, summary, expected):
    ours = frames_by_layer(flatten(summary["protocols"]["rows"]))
    theirs = expected["frames_by_protocol"]
    for name in sorted(LAYERS & (ours.keys() | theirs.keys())):
        found.check(f"frames of {name}", ours.get(name, 0), theirs.get(name, 0))


def compare_tcp(found, summary, expected):
    theirs = expected["tcp"]
    ours = summary.get("tcp")
    if not ours or not theirs:
        found.check("tcp", bool(ours), bool(theirs))
        return
    found.check("tcp streams", summary["conversations"]["tcp"], theirs["streams"])
    for name, key in [("segments", "segments"), ("data_segments", "data_segments"), ("syn", "syn"),
                      ("syn_ack", "synack"), ("fin", "fin"), ("rst", "rst")]:
        found.check(f"tcp {name}", ours[name], theirs[key])
    for event in EVENTS:
        found.check(f"tcp {event}", ours["events"][event], theirs["analysis"].get(event, 0))
    unknown = set(theirs["analysis"]) - set(EVENTS)
    found.check("tcp events", sorted(unknown), [])
    for name in ("initial_rtt", "ack_rtt"):
        compare_rtt(found, name, ours.get(name), theirs[name])


def compare_rtt(found, name, ours, theirs):
    if not ours or not theirs:
        found.check(name, bool(ours), bool(theirs))
        return
    found.check(f"{name} count", ours["count"], theirs["n"])
    for key, other in (("min_s", "min"), ("average_s", "avg"), ("max_s", "max")):
        if abs(float(ours[key]) - theirs[other]) > 1e-6:
            found.check(f"{name} {other}", float(ours[key]), theirs[other])


def compare_streams(found, summary, expected):
    """Events and handshake time of the connections that are listed."""
    flows = {row["stream"]: row for row in summary["conversations"]["rows"]
             if row["transport"] == "tcp"}
    for theirs in (expected["tcp"] or {}).get("streams_with_events", []):
        row = flows.get(theirs["stream"])
        what = f"stream {theirs['stream']}"
        if not row:
            found.check(what, None, theirs["conn"])
            continue
        found.check(f"{what} packets", row["packets_a_to_b"] + row["packets_b_to_a"],
                    theirs["packets"])
        found.check(f"{what} bytes", row["bytes_a_to_b"] + row["bytes_b_to_a"], theirs["bytes"])
        events = {event: row["tcp"][event] for event in EVENTS if event in row["tcp"]}
        found.check(f"{what} events", events, theirs["events"])
        ours_rtt = float(row["tcp"].get("initial_rtt_s", 0))
        if abs(ours_rtt - (theirs.get("initial_rtt") or 0)) > 1e-6:
            found.check(f"{what} initial rtt", ours_rtt, theirs.get("initial_rtt"))


def compare_outer_hosts(found, summary, expected):
    """The stored host list knows outermost headers only: compared where no packet has two."""
    paths = flatten(summary["protocols"]["rows"])
    if any(path.split(":").count("ip") + path.split(":").count("ipv6") > 1 for path in paths):
        return
    ours = ours_hosts(summary)
    found.check("hosts", len(ours), expected["hosts"])
    for row in expected["hosts_by_bytes"]:
        found.check(f"host {row['addr']}", ours.get(row["addr"]),
                    (row["tx_packets"], row["tx_bytes"], row["rx_packets"], row["rx_bytes"]))


def compare_stored(path):
    """Differences from the stored answer."""
    expected = json.loads((DATA / "expected" / f"{path.name}.json").read_text())
    summary, message = analyze(path)
    found = Differences()
    if not summary:
        found["file"] = message
        return found
    compare_file(found, summary, expected)
    compare_layers(found, summary, expected)
    compare_tcp(found, summary, expected)
    compare_streams(found, summary, expected)
    compare_outer_hosts(found, summary, expected)
    if not any(path.split(":").count("udp") > 1 for path in flatten(summary["protocols"]["rows"])):
        found.check("udp streams", summary["conversations"]["udp"], expected["udp_streams"])
    broken = expected["tshark_exit"] != 0 and "cut short" in expected["tshark_stderr"]
    found.check("complete", summary["complete"], not broken)
    return found


# --- comparison with tshark's taps ---------------------------------------------------------------


def run_taps(path):
    taps = ["io,phs", "conv,tcp", "conv,udp", "conv,sctp", "endpoints,ip", "endpoints,ipv6"]
    command = ["tshark", "-n", "-q", "-r", str(path)]
    for tap in taps:
        command += ["-z", tap]
    return subprocess.run(command, capture_output=True, text=True, timeout=120).stdout


def sections(text):
    """{title: lines} of tap output."""
    result, title, before = {}, None, ""
    for line in text.splitlines():
        if line.startswith("Filter:"):
            title = before
            result[title] = []
        elif line.startswith("==="):
            title = None
        elif title and line.strip():
            result[title].append(line)
        before = line
    return result


def tap_tree(lines):
    """io,phs as {path: (frames, bytes)}, cut where a layer is not one of ours."""
    tree, path = {}, []
    for line in lines:
        match = re.match(r"^( *)(\S+) +frames:(\d+) bytes:(\d+)$", line)
        depth, name = len(match[1]) // 2, match[2]
        if name.startswith("..."):
            return tree, False
        path[depth:] = [name]
        if all(step in LAYERS for step in path):
            tree[":".join(path)] = (int(match[3]), int(match[4]))
    return tree, True


def compare_tap_tree(found, summary, lines):
    theirs, whole = tap_tree(lines)
    ours = flatten(summary["protocols"]["rows"])
    for path in sorted(theirs.keys() | ours.keys() if whole else theirs.keys()):
        found.check(f"phs {path}", ours.get(path), theirs.get(path))


def compare_tap_hosts(found, summary, by_title):
    theirs = {}
    for title in ("IPv4 Endpoints", "IPv6 Endpoints"):
        for line in by_title.get(title, [])[1:]:
            address, _, _, *numbers = line.split()
            theirs[address] = tuple(int(number) for number in numbers)
    ours = ours_hosts(summary)
    for address in sorted(theirs.keys() | ours.keys()):
        found.check(f"endpoint {address}", ours.get(address), theirs.get(address))


SIZE = r"(\d+) (bytes|kB|MB|GB)"
CONVERSATION = re.compile(
    rf"^(\S+):(\d+) +<-> (\S+):(\d+) +(\d+) {SIZE} +(\d+) {SIZE} +(\d+) {SIZE} +(\S+) +(\S+)$")


def tap_size(count):
    """A byte count as tshark 4.0 abbreviates it."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 10000 or unit == "GB":
            return f"{count} {unit}"
        count //= 1000


def tap_conversations(lines, transport):
    """Conversations as a multiset of comparable tuples, the lower end first."""
    rows = []
    for line in lines:
        match = CONVERSATION.match(line)
        if not match:
            continue
        a, a_port, b, b_port = match[1], int(match[2]), match[3], int(match[4])
        received = (int(match[5]), f"{match[6]} {match[7]}")
        sent = (int(match[8]), f"{match[9]} {match[10]}")
        start, length = Decimal(match[14]), match[15]
        rows.append(ordered(transport, (a, a_port, sent), (b, b_port, received), start, length))
    return sorted(rows)


def ordered(transport, one, other, start, length):
    first, second = sorted((one, other))
    return (transport, *first, *second, start, length)


def ours_conversations(summary, transport):
    rows = []
    for row in summary["conversations"]["rows"]:
        if row["transport"] != transport:
            continue
        one = (row["address_a"], row["port_a"],
               (row["packets_a_to_b"], tap_size(row["bytes_a_to_b"])))
        other = (row["address_b"], row["port_b"],
                 (row["packets_b_to_a"], tap_size(row["bytes_b_to_a"])))
        # tshark subtracts and prints in floating point.
        start, stop = float(row["start_s"]), float(row["start_s"] + row["duration_s"])
        rows.append(ordered(transport, one, other, Decimal(f"{start:.9f}"), f"{stop - start:.4f}"))
    return sorted(rows)


def compare_taps(path):
    """Differences from the taps of the installed tshark."""
    summary, message = analyze(path)
    found = Differences()
    if not summary:
        found["file"] = message
        return found
    by_title = sections(run_taps(path))
    if summary["packets"] == 0 and not by_title:
        return found
    compare_tap_tree(found, summary, by_title.get("Protocol Hierarchy Statistics", []))
    compare_tap_hosts(found, summary, by_title)
    for transport in ("tcp", "udp", "sctp"):
        theirs = tap_conversations(by_title.get(f"{transport.upper()} Conversations", []), transport)
        ours = ours_conversations(summary, transport)
        if ours != theirs:
            only_ours = [row for row in ours if row not in theirs]
            only_theirs = [row for row in theirs if row not in ours]
            found[f"conv {transport}"] = (f"conv {transport}: {len(ours)} ours, {len(theirs)} theirs;"
                                          f" only ours {only_ours[:3]}, theirs {only_theirs[:3]}")
    return found


def judge(path, found):
    """The differences nobody has explained."""
    known = KNOWN.get(path.name, {})
    return [text for what, text in found.items()
            if not any(what.startswith(prefix) for prefix in known)]


# --- pytest --------------------------------------------------------------------------------------

try:
    import pytest
except ImportError:
    pytest = None

if pytest:
    needs_data = pytest.mark.skipif(not captures(), reason=f"no captures at {DATA}")
    needs_program = pytest.mark.skipif(not dump_program(), reason="pcap_dump is not built")

    @needs_data
    @needs_program
    @pytest.mark.parametrize("path", captures(), ids=lambda path: path.name)
    def test_stored_answer(path):
        assert judge(path, compare_stored(path)) == []

    @needs_data
    @needs_program
    @pytest.mark.skipif(not have_tshark(), reason="tshark 4.0 is not installed")
    @pytest.mark.parametrize("path", captures(), ids=lambda path: path.name)
    def test_taps(path):
        assert judge(path, compare_taps(path)) == []

    @needs_data
    @needs_program
    @pytest.mark.parametrize("path", captures(), ids=lambda path: path.name)
    def test_streamed_is_mapped(path):
        assert analyze(path) == analyze(path, "--stream")

    @needs_data
    @needs_program
    def test_known_differences_exist():
        stale = []
        for path in captures():
            if path.name in KNOWN:
                found = {**compare_stored(path), **(compare_taps(path) if have_tshark() else {})}
                stale += [f"{path.name}: {prefix}" for prefix in KNOWN[path.name]
                          if have_tshark() and not any(what.startswith(prefix) for what in found)]
        assert stale == []


def main(names):
    bad = 0
    for path in captures():
        if names and path.name not in names:
            continue
        found = {**compare_stored(path), **(compare_taps(path) if have_tshark() else {})}
        unexplained = judge(path, found)
        bad += bool(unexplained)
        print(f"{'DIFF' if unexplained else 'same'} {path.name}"
              f"{f' ({len(found)} known)' if found and not unexplained else ''}")
        for text in unexplained:
            print(f"     {text}")
    print(f"{bad} files differ")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
