# SPDX-License-Identifier: Apache-2.0
"""`netguru analyze` on captures written here, plain and compressed."""

import csv
import gzip
import io
import json
import os
import struct
import subprocess
import xml.etree.ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("TEST_PROGRAM", str(ROOT / "build/src/netguru"))
DATAGRAM = bytes.fromhex("45000020000000004011" "0000" "0a000001" "0a000002"
                         "13881770000c0000" "01020304")


def capture(packets):
    header = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 228)
    record = struct.pack("<IIII", 1, 0, len(DATAGRAM), len(DATAGRAM))
    return header + (record + DATAGRAM) * packets


def analyze(path):
    return subprocess.run([PROGRAM, "analyze", "--json", str(path)], capture_output=True, text=True,
                          timeout=60)


def test_compressed_capture_is_analysed_like_a_plain_one(tmp_path):
    found = {}
    for name, data in (("a.pcap", capture(50)), ("a.pcap.gz", gzip.compress(capture(50)))):
        (tmp_path / name).write_bytes(data)
        run = analyze(tmp_path / name)
        assert run.returncode == 0, run.stderr
        found[name] = json.loads(run.stdout)
        assert found[name].pop("file") == str(tmp_path / name)
    assert found["a.pcap.gz"]["compressed"] is True
    assert found["a.pcap"] | {"compressed": True, "compression": "gzip"} == found["a.pcap.gz"]
    assert found["a.pcap"]["packets"] == 50


def test_compressed_capture_cut_short_says_so(tmp_path):
    path = tmp_path / "cut.pcap.gz"
    path.write_bytes(gzip.compress(capture(50))[:-12])
    run = analyze(path)
    assert run.returncode == 0, run.stderr
    summary = json.loads(run.stdout)
    assert summary["complete"] is False
    assert "truncated after" in summary["incomplete"]


def test_gzip_of_something_else_is_refused(tmp_path):
    path = tmp_path / "notes.gz"
    path.write_bytes(gzip.compress(b"no capture at all, only a text\n"))
    run = analyze(path)
    assert run.returncode != 0
    assert "no network configuration was recognised" in run.stderr


def many_conversations(count):
    """A datagram of each of so many ports."""
    packets = b"".join(
        struct.pack("<IIII", 1, 0, len(DATAGRAM), len(DATAGRAM)) + DATAGRAM[:20] + struct.pack(">H", 10000 + port) + DATAGRAM[22:]
        for port in range(count)
    )
    return struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 228) + packets


def test_all_rows_of_the_lists_can_be_had(tmp_path):
    path = tmp_path / "many.pcap"
    path.write_bytes(many_conversations(150))
    summary = json.loads(analyze(path).stdout)
    assert len(summary["conversations"]["rows"]) == summary["conversations"]["count"] == 150
    short, whole = (subprocess.run([PROGRAM, "analyze", *options, str(path)], capture_output=True, text=True, timeout=60)
                    for options in ((), ("--all",)))
    assert "conversations (10 of 150)" in short.stdout
    assert "conversations (150 of 150)" in whole.stdout
    assert whole.stdout.count("\nudp  10.0.0.1:") == 150


def test_findings_come_first(tmp_path):
    path = tmp_path / "zeros.pcap"
    path.write_bytes(capture(1) + bytes(4096))
    run = subprocess.run([PROGRAM, "analyze", str(path)], capture_output=True, text=True, timeout=60)
    assert run.stdout.startswith("findings     1\nwarning  The last 4096 bytes of the file are zeros: the disk was probably full")
    found = list(json.loads(analyze(path).stdout).items())
    assert [found[0][0], found[1][0]] == ["file", "findings"]
    assert found[1][1][0].keys() == {"id", "severity", "title", "detail", "packets", "filter"}


FAULTY = """version 15.2
hostname r1,"<&>
interface GigabitEthernet0/0
 ip address 10.0.0.1 255.255.255.0
 ip access-group MISSING in
ip access-list extended =SUM(A1)
 permit ip any any
line vty 0 4
"""


def findings(path, *options):
    return subprocess.run([PROGRAM, "analyze", *options, str(path)], capture_output=True, text=True, timeout=60)


def test_findings_come_first_and_set_the_exit_status(tmp_path):
    path = tmp_path / "r1.cfg"
    path.write_text(FAULTY)
    run = findings(path)
    assert run.returncode == 0, run.stderr
    assert run.stdout.index("Findings (3)") < run.stdout.index("Interfaces (1)")
    assert [finding["id"] for finding in json.loads(findings(path, "--json").stdout)["findings"]] == [
        "undefined_reference", "vty_without_filter", "unused_structure"]
    path.write_text(FAULTY.replace("MISSING", "=SUM(A1)"))
    statuses = [findings(path, "--fail-on", severity).returncode for severity in ("error", "warning", "note")]
    assert statuses == [0, 1, 1]
    assert findings(path, "--fail-on", "fatal").returncode == 2
    assert findings(path, "--format", "pdf").returncode == 2


def test_findings_are_read_by_other_programs(tmp_path):
    path, clean = tmp_path / "r1.cfg", tmp_path / "a.pcap"
    path.write_text(FAULTY)
    clean.write_bytes(capture(1))

    def shown(form):
        run = subprocess.run([PROGRAM, "analyze", "--format", form, str(path), str(clean)], capture_output=True,
                             text=True, timeout=60)
        assert run.returncode == 0, run.stderr
        return run.stdout

    sarif = json.loads(shown("sarif"))["runs"][0]
    assert {result["ruleId"] for result in sarif["results"]} == {rule["id"] for rule in sarif["tool"]["driver"]["rules"]}
    place = sarif["results"][0]["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == (str(path), 5)
    suites = xml.etree.ElementTree.fromstring(shown("junit"))
    assert [(suite.get("name"), suite.get("tests"), suite.get("failures")) for suite in suites] == [
        (str(path), "3", "2"), (str(clean), "1", "0")]
    rows = list(csv.DictReader(io.StringIO(shown("csv"))))
    assert [(row["line"], row["severity"]) for row in rows] == [("5", "error"), ("8", "warning"), ("6", "note")]
    assert not any(cell.startswith("=") for row in rows for cell in row.values())
