# SPDX-License-Identifier: Apache-2.0
"""Compressed files and archives, on the command line: what is inside is analysed, in a process of its own."""

import bz2
import gzip
import io
import json
import lzma
import os
import shutil
import struct
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest
from waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("TEST_PROGRAM", str(ROOT / "build/src/netguru"))

CONFIG = b"version 15.2\nhostname packed1\ninterface GigabitEthernet0/1\n ip address 10.1.1.1 255.255.255.0\nend\n"
FRAME = bytes.fromhex("020000000002020000000001080045000020000000004011000 00a0000010a00000213881770000c000001020304".replace(" ", ""))
CAPTURE = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + b"".join(
    struct.pack("<IIII", 1700000000 + second, 0, len(FRAME), len(FRAME)) + FRAME for second in range(3)
)


def program(name):
    """Compresses by a program that reads standard input."""

    def compress(content):
        if not shutil.which(name):
            pytest.skip(f"no {name}")
        return subprocess.run([name, "-q", "-c"], input=content, capture_output=True, check=True).stdout

    return compress


PACKERS = {
    "gz": gzip.compress,
    "xz": lzma.compress,
    "bz2": bz2.compress,
    "zst": program("zstd"),
    "lz4": program("lz4"),
}


def zipped(members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def tarred(members, mode):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return file.getvalue()


def analyze(path, *options):
    return subprocess.run([PROGRAM, "analyze", *options, str(path)], capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("ending", PACKERS)
def test_a_compressed_configuration_is_analysed(tmp_path, ending):
    path = tmp_path / f"r1.cfg.{ending}"
    path.write_bytes(PACKERS[ending](CONFIG))
    told = analyze(path, "--json")
    assert told.returncode == 0, told.stderr
    assert "packed1" in json.dumps(json.loads(told.stdout)["hostname"])


@pytest.mark.parametrize("ending", PACKERS)
def test_a_compressed_capture_is_analysed(tmp_path, ending):
    path = tmp_path / f"x.pcap.{ending}"
    path.write_bytes(PACKERS[ending](CAPTURE))
    told = analyze(path, "--json")
    assert told.returncode == 0, told.stderr
    summary = json.loads(told.stdout)
    assert summary["packets"] == 3
    assert summary["complete"] is True
    assert summary["compression"] == {"gz": "gzip", "bz2": "bzip2", "zst": "zstd"}.get(ending, ending)


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "a.tar.xz"])
def test_each_member_of_an_archive_is_analysed(tmp_path, name):
    members = {"site/größe.cfg": CONFIG, "site/x.pcap": CAPTURE, "__MACOSX/._x": b"x"}
    path = tmp_path / name
    path.write_bytes(zipped(members) if name == "a.zip" else tarred(members, "w:" + name[6:]))
    told = analyze(path)
    assert told.returncode == 0, told.stderr
    assert f"==> {path}:site/größe.cfg <==\npacked1  Cisco IOS" in told.stdout
    assert f"==> {path}:site/x.pcap <==\n" in told.stdout
    assert "packets      3, " in told.stdout
    assert "__MACOSX" not in told.stdout


def run(*arguments, **options):
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=120, **options)


def neighbours():
    """Two configurations with the ends of one link, whose MTU differs."""
    text = "version 15.2\nhostname {}\ninterface GigabitEthernet0/1\n ip address 10.1.1.{} 255.255.255.252\n ip mtu {}\n ip ospf 1 area 0\nrouter ospf 1\nend\n"
    return {"site/a.cfg": text.format("left1", 1, 1500).encode(), "site/b.cfg": text.format("right1", 2, 1400).encode()}


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])
def test_a_topology_is_that_of_the_files_of_an_archive(tmp_path, name):
    members = {**neighbours(), "site/readme.md": b"# Site\n\nTwo routers.\n", "site/x.pcap": CAPTURE}
    path = tmp_path / name
    path.write_bytes(zipped(members) if name == "a.zip" else tarred(members, "w:" + name[6:]))
    told = run("topology", "--json", path)
    assert told.returncode == 0, told.stderr
    graph = json.loads(told.stdout)
    assert sorted(node["data"]["label"] for node in graph["nodes"]) == ["left1", "right1"]
    assert len(graph["edges"]) == 1
    assert f"{path}:site/a.cfg" in told.stdout


def test_an_archive_without_a_configuration_has_no_topology(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({"readme.md": b"# Nothing\n"}))
    told = run("topology", path)
    assert told.returncode != 0
    assert "none of the files is a configuration" in told.stderr


def test_a_question_is_answered_from_the_files_of_an_archive(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({**neighbours(), "site/logo.png": b"\x89PNG\r\n\x1a\n" + bytes(64)}))
    told = run("ask", "--local", "--json", "Why is the adjacency of left1 not complete?", path)
    assert told.returncode == 0, told.stderr
    answer = json.loads(told.stdout)
    assert answer["found"] is True and "MTU" in answer["content"]
    assert {citation["document"] for citation in answer["metadata"]["citations"]} == {f"{path}:site/a.cfg", f"{path}:site/b.cfg"}


def test_compressed_configurations_are_compared(tmp_path):
    old, new = tmp_path / "old.cfg.gz", tmp_path / "new.zip"
    old.write_bytes(gzip.compress(CONFIG))
    new.write_bytes(zipped({"r1.cfg": CONFIG.replace(b"10.1.1.1", b"10.1.1.9")}))
    told = run("diff", old, new)
    assert told.returncode == 1, told.stderr
    assert "10.1.1.9" in told.stdout
    new.write_bytes(zipped(neighbours()))
    told = run("diff", old, new)
    assert told.returncode == 2
    assert f"{new}: the archive has 2 files, and not one" in told.stderr


def test_a_log_beside_an_archive_is_told_with_its_descriptions(tmp_path):
    configuration = CONFIG.replace(b" ip address", b" description to the provider\n ip address")
    line = "<189>{}: packed1: Nov 29 10:{:02}:00.000: %LINK-3-UPDOWN: Interface GigabitEthernet0/1, changed state to {}\n"
    log = "".join(line.format(minute, minute, "down" if minute % 2 else "up") for minute in range(40))
    (tmp_path / "x.log").write_text(log, encoding="utf-8")
    (tmp_path / "a.zip").write_bytes(zipped({"r1.cfg": configuration}))
    told = run("analyze", tmp_path / "x.log", tmp_path / "a.zip")
    assert told.returncode == 0, told.stderr
    assert "to the provider" in told.stdout.split("==>")[1]


def test_an_archive_of_many_files_is_read_once(tmp_path):
    """600 members of 64 KiB that compress well: reading from the start for each would unpack 11 GB."""
    body = CONFIG + b"".join(b"! filler %06d of this configuration\n" % number for number in range(1700))
    path = tmp_path / "many.tar.xz"
    path.write_bytes(tarred({f"r{number:03}.cfg": body.replace(b"packed1", b"many%03d" % number) for number in range(600)}, "w:xz"))
    told = run("analyze", "--json", path)
    assert told.returncode == 0, told.stderr
    names = [json.loads(line)["hostname"]["value"] for line in told.stdout.splitlines()]
    assert names == [f"many{number:03}" for number in range(600)]


def test_a_damaged_member_does_not_hide_the_others(tmp_path):
    path = tmp_path / "a.zip"
    archive = bytearray(zipped({"a.cfg": CONFIG, "b.cfg": CONFIG * 40, "c.cfg": CONFIG.replace(b"packed1", b"packed3")}))
    at = archive.index(b"b.cfg") + 5
    archive[at + 20] ^= 0xFF
    path.write_bytes(archive)
    told = analyze(path, "--json")
    assert told.returncode != 0
    hostnames = [json.loads(line).get("hostname", {}).get("value") for line in told.stdout.splitlines()]
    assert "packed1" in hostnames and "packed3" in hostnames
    assert "the zip data cannot be unpacked" in told.stdout + told.stderr


def test_what_cannot_be_unpacked_names_format_and_program(tmp_path):
    path = tmp_path / "x.pcap.xz"
    path.write_bytes(lzma.compress(CONFIG * 50)[:80])
    told = analyze(path)
    assert told.returncode != 0
    assert "the xz data cannot be unpacked" in told.stderr and "unpack it with `xz -d`" in told.stderr
    path.write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(100))
    told = analyze(path)
    assert told.returncode != 0
    assert "a 7z file is not unpacked here; unpack it with `7z x`" in told.stderr


def test_a_capture_cut_short_inside_its_packing_is_incomplete(tmp_path):
    path = tmp_path / "x.pcap.bz2"
    noise = bytes((number * number) % 251 for number in range(200000))
    record = struct.pack("<IIII", 1700000000, 0, 1000, 1000)
    packets = b"".join(record + FRAME + noise[at : at + 1000 - len(FRAME)] for at in range(0, 190000, 100))
    path.write_bytes(bz2.compress(CAPTURE[:24] + packets, 1)[:-500])
    summary = json.loads(analyze(path, "--json").stdout)
    assert summary["complete"] is False
    assert "the bzip2 data cannot be unpacked" in summary["incomplete"]
    assert 0 < summary["packets"] < 1900


def test_bombs_end_at_the_limit(tmp_path):
    path = tmp_path / "bomb.pcap.xz"
    path.write_bytes(lzma.compress(CAPTURE[:24] + (CAPTURE[24:] + bytes(10)) + bytes(120 << 20), preset=0))
    told = analyze(path, "--json")
    assert told.returncode == 0, told.stderr
    assert "expands out of all proportion" in json.loads(told.stdout)["incomplete"]
    path = tmp_path / "bomb.txt.xz"
    path.write_bytes(lzma.compress(b"hostname a\n" * (7 << 20), preset=0))
    told = analyze(path)
    assert told.returncode != 0
    assert "MB of text when unpacked" in told.stderr or "out of all proportion" in told.stderr


def test_compressed_uploads_are_analysed(netguru, somebody):
    log = b"".join(b"<187>Jan  5 10:00:%02d sw1 %%LINK-3-UPDOWN: Interface Gi0/%d, changed state to down\n" % (i, i)
                   for i in range(40))
    cases = [
        ("x.log.gz", gzip.compress(log), "log", None),
        ("syslog.1.xz", lzma.compress(log), "log", None),
        ("r1.cfg.bz2", bz2.compress(CONFIG), "config", None),
        ("x.pcap.xz", lzma.compress(CAPTURE), "pcap", None),
        ("x.pcap", bz2.compress(CAPTURE), "pcap", None),
        ("one.zip", zipped({"b/r1.cfg": CONFIG, "b/.x.pcap": CAPTURE}), "config", ("b/r1.cfg", [])),
        ("one.tar.gz", tarred({"x.pcap": CAPTURE}, "w:gz"), "pcap", ("x.pcap", [])),
    ]
    for name, content, kind, taken in cases:
        document = somebody.process(name, content)
        assert document["status"] == "completed", (name, document)
        assert document["file_type"] == kind, (name, document)
        unpacked = document["metadata"].get("unpacked")
        if kind == "pcap":
            analysis = somebody.task(document)["result"]
            assert analysis["findings"] == [] and "findings     none\n" in analysis["text"]
        if taken:
            assert (unpacked["taken"], unpacked["left"]) == taken
    document = somebody.process("cut.log.xz", lzma.compress(log * 100)[:-60])
    assert document["status"] == "failed"
    assert "unpack it with `xz -d`" in json.dumps(document)
    assert somebody.upload("x.log.gz", b"no gzip at all").status == 400


def test_a_network_is_drawn_from_compressed_configurations(netguru, somebody):
    other = CONFIG.replace(b"packed1", b"packed2").replace(b"10.1.1.1", b"10.1.1.2")
    documents = [somebody.process("r1.cfg.xz", lzma.compress(CONFIG)), somebody.process("r2.zip", zipped({"r2.cfg": other}))]
    started = somebody.post("/api/v1/topology/generate", {"title": "Packed", "document_ids": [d["id"] for d in documents]})
    assert started.status == 202, started.body

    def ended():
        task = somebody.get(f"/api/v1/analysis/tasks/{started.json['task_id']}").json
        return task if task["status"] in ("completed", "failed") else None

    task = wait_until(ended, "the network is drawn")
    assert task["status"] == "completed", task
    graph = somebody.get(f"/api/v1/topology/{task['result']['topology_id']}").json["graph_data"]
    assert {node["data"]["label"] for node in graph["nodes"]} == {"packed1", "packed2"}
    assert len(graph["edges"]) == 1
