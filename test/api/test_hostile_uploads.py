# SPDX-License-Identifier: Apache-2.0
"""What bad uploads get: a clear 4xx or a failed document with its reason, and a server that goes on."""

import uuid

import pytest
from hostile import failed, refused

pytestmark = pytest.mark.usefixtures("server_goes_on")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("router.cfg", b"\x7fELF\x02\x01\x01" + bytes(200)), ("router.cfg", b"hostname a\0b\n"), ("a.cfg", b"PK\x03\x04zip"),
        ("a.txt", b"\x89PNG\r\n\x1a\n"), ("a.pdf", b"PK\x03\x04zip"), ("a.pdf", b"hello"), ("a.pcap", b"hostname x\n"),
        ("a.pcap", b"%PDF-1.4"), ("a.exe", b"x"), ("noextension", b"x"), (".cfg", b"x"), ("", b"x"), ("a.cfg", b""),
    ],
)
def test_files_that_are_not_what_they_say(demo, name, content):
    assert demo.upload(name, content).status == 400


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd.cfg", "passwd.cfg"), ("..\\..\\boot.cfg", "boot.cfg"), ("/abs/olute.cfg", "olute.cfg"),
        ("tab\tname.cfg", "tabname.cfg"), ("x" * 400 + ".cfg", None), (b"bad\xff\xfe.cfg", "bad__.cfg"), ("ção é.cfg", "ção é.cfg"),
        ("<img src=x onerror=alert(1)>.cfg", "<img src=x onerror=alert(1)>.cfg"),
    ],
)
def test_names_are_made_safe(somebody, name, shown):
    answer = somebody.upload(name, b"hostname x" + uuid.uuid4().hex.encode())
    if shown is None:
        assert answer.status == 400 or len(answer.json["original_filename"]) <= 255
        return
    assert answer.status == 201, answer.body
    assert answer.json["original_filename"] == shown
    assert uuid.UUID(answer.json["filename"])


def test_forms_that_are_malformed(demo):
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    refused(demo.call("POST", "/api/v1/files/upload", b"x", {"Content-Type": "text/plain"}), 415, "UNSUPPORTED_MEDIA_TYPE")
    for body in (
        b"", b"--b--\r\n", b"no boundary at all", b"--b\r\n", b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.cfg\"\r\n\r\nhalf",
        b'--b\r\nContent-Disposition: form-data; name="other"\r\n\r\nx\r\n--b--\r\n', b"--b\r\n" + b"X" * 20000,
    ):
        assert demo.call("POST", "/api/v1/files/upload", body, kind).status == 400, body[:60]
    assert demo.call("POST", "/api/v1/files/upload", b"x", {"Content-Type": "multipart/form-data"}).status == 400


def test_a_file_over_the_plans_limit(somebody):
    answer = somebody.upload("big.log", b"x" * (51 << 20))
    refused(answer, 413, "FILE_TOO_LARGE")


def test_one_line_of_200_megabytes(demo):
    assert "limit" in failed(demo, "line.log", b"a" * (200 << 20))


def test_text_that_is_not_utf8_is_still_read(somebody):
    document = somebody.process("latin.txt", "descrição da ligação principal do núcleo\n".encode("latin-1") * 5)
    assert document["status"] == "completed"
    document = somebody.process("mixed.log", b"Mar  1 10:00:00 r1 %SYS-5-CONFIG_I: \xff\xfe\xfd configured\n" * 20)
    assert document["status"] == "completed"
