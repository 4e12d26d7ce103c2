# SPDX-License-Identifier: Apache-2.0
"""What bad documents become: completed with what is in them, or failed with the reason in words."""

import random
import zlib

import pytest
from hostile import failed, refused

pytestmark = pytest.mark.usefixtures("server_goes_on")


def stacked_flate(levels):
    data = b"0" * 1000
    for _ in range(levels):
        data = zlib.compress(data * 50, 9)
    return data


@pytest.mark.parametrize(
    "pdf",
    [
        b"%PDF-1.7\n", b"%PDF-1.7\n" + random.Random(7).randbytes(5000), b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 1 0 R>>endobj\ntrailer<</Root 1 0 R>>\n",
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Count 1000000000/Kids[2 0 R]>>endobj trailer<</Root 1 0 R>>",
        b"%PDF-1.5\n1 0 obj<</Length 100/Filter[/FlateDecode/FlateDecode/FlateDecode]>>stream\n" + stacked_flate(3) + b"\nendstream endobj",
    ],
    ids=["empty", "noise", "loop", "count", "bomb"],
)
def test_broken_pdfs(somebody, pdf):
    failed(somebody, "broken.pdf", pdf)


def reason_of_a_cut(size):
    """Where a capture of two records of 16 + 60 bytes ends when only size bytes of it are there."""
    at = (size - 24) % 76
    return "" if at == 0 else "the file ends in the middle of a " + ("record header" if at < 16 else "packet")


@pytest.mark.parametrize("size", [4, 23, 24, 25, 39, 40, 41, 99, 100, 101, 116, 175, 176])
def test_captures_cut_short(somebody, size):
    header = bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000")
    record = bytes(8) + (60).to_bytes(4, "little") * 2 + bytes(60)
    content = (header + record * 2)[:size]
    if size < len(header):
        assert failed(somebody, "cut.pcap", content) == f"{size} bytes are too few for a capture: no file header"
        return
    document = somebody.process("cut.pcap", content)
    assert document["status"] == "completed", document
    result = somebody.task(document)["result"]
    whole = (size - 24) // 76
    assert (result["packets"], result["captured_bytes"]) == (whole, whole * 60)
    reason = reason_of_a_cut(size)
    assert result["complete"] is (reason == "")
    assert result.get("incomplete", "") == (reason and f"truncated after {whole} packets: {reason}")


@pytest.mark.parametrize("size", [0, 1, 3])
def test_captures_without_a_magic_number_are_refused(somebody, size):
    answer = somebody.upload("cut.pcap", bytes.fromhex("d4c3b2")[:size])
    assert refused(answer, 400, "VALIDATION_ERROR")["details"]["field"] == "file"


def check_capture(name, result):
    """A capture is complete, or says after how many packets it is not and why."""
    assert result["packets"] >= 0 and result["captured_bytes"] >= 0, name
    if result["complete"]:
        assert "incomplete" not in result, name
    else:
        assert f" after {result['packets']} packets: " in result["incomplete"], name


def test_every_hostile_capture_of_others(demo, shared):
    documents = []
    for path in sorted((shared / "pcaps").glob("*.pcap*")):
        answer = demo.upload(path.name, path.read_bytes())
        assert answer.status in (200, 201, 400), (path.name, answer.body)
        if answer.status != 400:
            documents.append((path.name, answer.json))
    assert documents
    for name, document in documents:
        settled = demo.settled(document, 300)
        if settled["status"] == "completed":
            check_capture(name, demo.task(settled)["result"])
        else:
            assert len(settled["failure_reason"].split()) > 2, name


def access_list(lines):
    return b"".join(b"access-list 100 permit ip host 10.%d.%d.1 any\n" % (i >> 8, i & 255) for i in range(lines))


# What is not recognised as a configuration is text to search; a configuration has its lines counted. The sizes
# go beyond the limits of a line (64 KiB) and of nesting (64), and stay small where every word costs an
# embedding: test/engines/config feeds the parser the long ones.
HOSTILE_CONFIGURATIONS = {
    "open braces": (b"{" * 4000, None),
    "closed braces": (b"}" * 4000, None),
    "one long line": (b"interface " * 7000, None),
    "banner without an end": (b"banner motd ^C\n" + b"never ends\n" * 300, None),
    "comment without an end": (b"/* never closed\n" * 300, None),
    "long access list": (access_list(300), 300),
    "line ends alone": (b"\r" * 5000, None),
    "byte order mark": (b"\xef\xbb\xbfhostname bom\n", None),
    "long name": (b"hostname " + b"h" * 100000, None),
    "nested too deep": (b"interfaces { " * 1000, 1),
    "many vlans": (b"vlan 1-4094," + b"1-4094," * 1000, None),
}


@pytest.mark.parametrize(("content", "lines"), HOSTILE_CONFIGURATIONS.values(), ids=HOSTILE_CONFIGURATIONS.keys())
def test_hostile_configurations_are_read_as_far_as_they_go(somebody, content, lines):
    document = somebody.process("hostile.cfg", content)
    assert document["status"] == "completed", document
    metadata, result = document["metadata"], somebody.task(document)["result"]
    assert metadata["embedded_chunks"] == metadata["chunks"]
    assert (metadata["chunks"] > 0) is bool(content.strip())
    if lines is None:
        assert document["file_type"] == "text" and not any(result.values())  # nothing was analysed
        assert metadata["note"].startswith("no network configuration was recognised in it: ")
    else:
        assert document["file_type"] == "config" and metadata["lines"] == lines
        counted = result["lines"]
        assert counted["total"] == lines
        assert sum(counted[kind] for kind in ("blank", "known", "parsed", "not_understood")) == lines
