# SPDX-License-Identifier: Apache-2.0
"""`netguru analyze` on captures written here, plain and compressed."""

import gzip
import json
import os
import struct
import subprocess
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
    assert found["a.pcap"] | {"compressed": True} == found["a.pcap.gz"]
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
    assert "not a capture" in run.stderr
