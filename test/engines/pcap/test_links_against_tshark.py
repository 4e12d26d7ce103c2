# SPDX-License-Identifier: Apache-2.0
"""Every link type and carrier of test_decode.c against tshark 4.0: one capture of all of them.

The table `carriers` of test_decode.c says which layers each packet shows. Here the same packets become
one pcapng file with an interface for each link type, and the trees are compared.
"""

import re
import struct
import subprocess

import pytest
from test_against_tshark import ROOT, analyze, dump_program, flatten, have_tshark, LAYERS

SOURCE = ROOT / "test/engines/pcap/test_decode.c"

# What tshark 4.0.17 shows otherwise, and why.
OTHERWISE = {
    (8, "ip:udp"): "tshark has no dissector for SLIP",
    (166, "ppp:ip:udp"): "tshark has no dissector for PPP of pppd",
    (219, "mpls:ip:udp"): "tshark has no dissector for MPLS without a link layer",
    (1, "eth:mpls:pweth.cw:pwethcw:eth:ip:udp"): "tshark asks its list of manufacturers",
    (1, "eth:mpls:pweth:eth:ip:udp"): "tshark asks its list of manufacturers",
    (1, "eth:mpls:mpls:ip:udp"): "the path of a frame names a stack of labels once",
}
# Headers that the path of a frame names, but tshark's tree does not: it hands the bytes on.
HANDED_ON = {("chdlc", "ppp"), ("wlancap", "prism")}


def carriers():
    """[(link type, bytes, path)] of the table in test_decode.c."""
    text = SOURCE.read_text()
    defines = dict(re.findall(r"#define (\w+)\s+((?:\\\n|[^\n])+)\n", text))
    table = re.search(r"} carriers\[\] = \{\n(.*?)\n\};", text, re.S)[1]
    rows = []
    for link, packet, path in re.findall(r'\{(\d+),\s*(.*?),\s*"([a-z0-9_.:-]+)"\}', table, re.S):
        for _ in range(3):
            packet = re.sub(r'\b[A-Z][A-Z0-9_]{3,}\b', lambda name: defines.get(name[0], name[0]), packet)
        digits = "".join(re.findall(r'"([^"]*)"', packet)).replace(" ", "")
        rows.append((int(link), bytes.fromhex(digits), path))
    return rows


def block(kind, body):
    body += bytes(-len(body) % 4)
    size = 12 + len(body)
    return struct.pack("<II", kind, size) + body + struct.pack("<I", size)


def capture(rows):
    """A pcapng file with an interface for each row."""
    data = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    for number, (link, packet, _) in enumerate(rows):
        data += block(1, struct.pack("<HHI", link, 0, 0))
        data += block(6, struct.pack("<IIIII", number, 0, 1000 * number, len(packet), len(packet)) + packet)
    return data


def theirs(path):
    """{frame: layers that are decoded here} as tshark has them."""
    run = subprocess.run(["tshark", "-n", "-r", str(path), "-T", "fields", "-e", "frame.number",
                          "-e", "frame.protocols"], capture_output=True, text=True, timeout=120)
    rows = (line.split("\t") for line in run.stdout.splitlines())
    return {int(number): [name for name in layers.split(":") if name in LAYERS] for number, layers in rows}


@pytest.mark.skipif(not dump_program(), reason="pcap_dump is not built")
@pytest.mark.skipif(not have_tshark(), reason="tshark 4.0 is not installed")
def test_carriers_are_those_of_tshark(tmp_path):
    rows = [row for row in carriers() if (row[0], row[2]) not in OTHERWISE]
    assert len(rows) > 50
    path = tmp_path / "links.pcapng"
    path.write_bytes(capture(rows))
    summary, message = analyze(path)
    assert summary and summary["packets"] == len(rows), message
    shown = theirs(path)
    different = []
    for number, (link, _, ours) in enumerate(rows, 1):
        expected = ours.split(":")
        layers = [name for name in shown[number] if (expected[0], name) not in HANDED_ON]
        if layers != expected:
            different.append(f"link type {link}: ours {ours}, theirs {':'.join(shown[number])}")
    assert different == []
    assert sum(row["packets"] for row in summary["interfaces"]["rows"]) == len(rows)
    assert sum(count for path, (count, _) in flatten(summary["protocols"]["rows"]).items()
               if ":" not in path) == len(rows)
