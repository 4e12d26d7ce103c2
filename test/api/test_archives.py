# SPDX-License-Identifier: Apache-2.0
"""Archives of several files: each becomes a document of its own."""

import gzip
import io
import lzma
import os
import signal
import struct
import subprocess
import tarfile
import uuid
from pathlib import Path

import pytest
from conftest import DEMO
from tenants import psql
from test_packed import CAPTURE, PACKERS, tarred, zipped
from waiting import wait_until

pytestmark = pytest.mark.usefixtures("server_goes_on")

QUOTA_BYTES = 10 << 30  # of a solo account


def config(name):
    """A configuration that no other test has."""
    return f"version 15.2\nhostname {name}\n! {uuid.uuid4()}\ninterface Gi0/1\n ip address 10.1.1.1 255.255.255.0\nend\n".encode()


def all_settled(client, archive, limit_s=300):
    """The document of the archive once those of its files are completed or failed."""

    def ended():
        now = client.get(f"/api/v1/files/{archive['id']}").json
        return now if all(m["status"] in ("completed", "failed") for m in now["archive"]["members"]) else None

    return wait_until(ended, "the files of the archive are completed or failed", limit_s)


def unpacked(client, name, content):
    document = client.process(name, content)
    assert document["status"] == "completed", document
    assert document["file_type"] == "archive", document
    return all_settled(client, document)


def names(archive):
    return [member["name"] for member in archive["archive"]["members"]]


def left_out(archive):
    return {left["name"]: left["reason"] for left in archive["archive"]["left_out"]}


def documents_of(client):
    items, cursor = [], ""
    while cursor is not None:
        page = client.get(f"/api/v1/files?limit=100&cursor={cursor}" if cursor else "/api/v1/files?limit=100").json
        items += page["items"]
        cursor = page["next_cursor"]
    return items


def stored_files(netguru, client):
    """The finished files of the user in the store."""
    user = client.get("/api/v1/users/me").json["id"]
    return sorted(path.name for path in Path(netguru.home).glob(f"files/{user}/*"))


def test_the_files_of_an_archive_become_documents(netguru, somebody):
    one, two = config("sw1"), config("sw2")
    log = b"<187>Jan  5 10:00:01 sw1 %LINK-3-UPDOWN: Interface Gi0/1, changed state to down\n" * 5
    members = {
        "net/core/sw1.cfg": one, "net/access/sw2.cfg": two, "logs/syslog.1.gz": gzip.compress(log), "x.pcap": CAPTURE,
        "notes/readme.md": b"# Site\n\nThe core is sw1.\n",
    }
    content = zipped(members)
    archive = unpacked(somebody, "net.zip", content)
    assert names(archive) == list(members)
    assert [m["file_type"] for m in archive["archive"]["members"]] == ["config", "config", "log", "pcap", "markdown"]
    assert all(m["status"] == "completed" and m["is_new"] for m in archive["archive"]["members"])
    told = archive["metadata"]["archive"]
    assert (told["format"], told["files"], told["new_files"], told["left_out"]) == ("zip", 5, 5, 0)
    first = somebody.get(f"/api/v1/files/{archive['archive']['members'][0]['id']}").json
    assert first["original_filename"] == "net/core/sw1.cfg" and first["metadata"]["hostname"] == "sw1"
    assert first["metadata"]["from_archive"] == {"id": archive["id"], "name": "net.zip"}
    assert first["archive"] is None
    download = somebody.get(f"/api/v1/files/{first['id']}/download")
    assert download.body == one and download.headers["Content-Disposition"] == "attachment; filename*=UTF-8''sw1.cfg"
    assert len(documents_of(somebody)) == 6
    assert "archive" not in documents_of(somebody)[0]
    assert len(stored_files(netguru, somebody)) == 6
    assert somebody.task(archive)["result"]["text"].startswith("zip archive: 5 files, 5 of them new\n")
    # The same bytes again are the same document; its files stay when it is deleted.
    again = somebody.upload("other.zip", content)
    assert (again.status, again.json["id"]) == (200, archive["id"])
    assert len(again.json["archive"]["members"]) == 5
    deleted = archive["archive"]["members"][1]["id"]
    assert somebody.call("DELETE", f"/api/v1/files/{deleted}").status == 204
    assert len(names(somebody.get(f"/api/v1/files/{archive['id']}").json)) == 4
    assert somebody.call("DELETE", f"/api/v1/files/{archive['id']}").status == 204
    assert somebody.get(f"/api/v1/files/{first['id']}").status == 200
    assert len(documents_of(somebody)) == len(stored_files(netguru, somebody)) == 4


@pytest.mark.parametrize("ending", ["tar", "tar.gz", "tgz", "tar.xz", "tar.bz2", "tar.zst", "tar.lz4"])
def test_every_kind_of_tar_is_unpacked(somebody, ending):
    content = tarred({"a/r1.cfg": config("r1"), "a/r2.cfg": config("r2")}, "w:")
    packer = {"tgz": "gz"}.get(ending, ending[4:])
    archive = unpacked(somebody, f"site.{ending}", PACKERS[packer](content) if packer else content)
    assert names(archive) == ["a/r1.cfg", "a/r2.cfg"]
    assert all(member["status"] == "completed" for member in archive["archive"]["members"])


def test_a_compressed_file_and_an_archive_of_one_stay_what_they_were(somebody):
    for name, content in (
        ("r1.cfg.gz", gzip.compress(config("r1"))), ("one.zip", zipped({"a/r1.cfg": config("one"), "__MACOSX/a/._r1.cfg": b"x"})),
    ):
        document = somebody.process(name, content)
        assert (document["status"], document["file_type"]) == ("completed", "config"), document
        assert document["archive"] is None
    assert len(documents_of(somebody)) == 2


def hostile_tar():
    """Links, a device, and names that lead elsewhere."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:

        def add(name, kind=tarfile.REGTYPE, content=b"", link=""):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname, entry.size = kind, link, len(content)
            archive.addfile(entry, io.BytesIO(content))

        add("net", tarfile.DIRTYPE)
        add("../../../etc/cron.d/evil.cfg", content=config("evil"))
        add("/etc/absolute.cfg", content=config("absolute"))
        add("C:\\Users\\ana\\..\\win.cfg", content=config("win"))
        add("passwd.cfg", tarfile.SYMTYPE, link="/etc/passwd")
        add("hard.cfg", tarfile.LNKTYPE, link="../../../etc/cron.d/evil.cfg")
        add("null.cfg", tarfile.CHRTYPE)
        add("pipe.log", tarfile.FIFOTYPE)
        add(".git/config.cfg", content=config("hidden"))
        add("empty.cfg")
        add("photo.jpg", content=b"\xff\xd8\xff\xe0" + bytes(100))
        add("not.cfg", content=b"\x7fELF" + bytes(200))
        add("inner.zip", content=zipped({"a.cfg": config("inner"), "b.cfg": config("inner")}))
        add("disguised.gz", content=zipped({"a.cfg": config("inner"), "b.cfg": config("inner")}))
        add("net/twice.cfg", content=CAPTURE)
        same = config("same")
        add("net/a.cfg", content=same)
        add("net/b.cfg", content=same)
        add("net/\x1b[31mred.cfg", content=config("red"))
        add("d/" * 200 + "deep.cfg", content=config("deep"))
    return file.getvalue()


def test_nothing_of_a_hostile_archive_leads_anywhere(netguru, somebody):
    archive = unpacked(somebody, "evil.tar.gz", hostile_tar())
    deep = names(archive).pop()
    assert names(archive)[:-1] == ["etc/cron.d/evil.cfg", "etc/absolute.cfg", "Users/ana/win.cfg", "net/a.cfg", "net/?[31mred.cfg"]
    assert deep.endswith("d/d/deep.cfg") and len(deep) <= 255
    assert left_out(archive) == {
        "passwd.cfg": "link", "hard.cfg": "link", "null.cfg": "special", "pipe.log": "special", ".git/config.cfg": "hidden",
        "empty.cfg": "empty", "photo.jpg": "kind", "not.cfg": "content", "inner.zip": "archive", "disguised.gz": "archive",
        "net/twice.cfg": "content", "net/b.cfg": "duplicate",
    }
    told = archive["metadata"]["archive"]
    assert told["folders"] == 1 and told["left_out_by_reason"]["link"] == 2 and told["left_out"] == 12
    assert [left["message"] for left in archive["archive"]["left_out"] if left["name"] == "not.cfg"][0].startswith("the name says config")
    assert all(member["status"] == "completed" for member in archive["archive"]["members"])
    assert len(stored_files(netguru, somebody)) == 7


def without_utf8_flag(content):
    """Clears the flag that says that names are UTF-8, in the local headers and the directory."""
    content = bytearray(content)
    for signature, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        start = content.find(signature)
        while start >= 0:
            flags = struct.unpack_from("<H", content, start + at)[0]
            struct.pack_into("<H", content, start + at, flags & ~0x800)
            start = content.find(signature, start + 4)
    return bytes(content)


def test_names_in_any_character_set(somebody):
    archive = unpacked(somebody, "utf8.zip", zipped({"São Paulo/núcleo.cfg": config("a"), "日本/東京.cfg": config("b")}))
    assert names(archive) == ["São Paulo/núcleo.cfg", "日本/東京.cfg"]
    # "XX" becomes two bytes of code page 437: \x94 is ö, \xe1 is ß.
    old = zipped({"grXXe.cfg": config("a"), "b.cfg": config("b")}).replace(b"grXXe", b"gr\x94\xe1e")
    assert names(unpacked(somebody, "dos.zip", without_utf8_flag(old))) == ["größe.cfg", "b.cfg"]
    latin = tarred({"grXXe.cfg": config("a"), "b.cfg": config("b")}, "w:")
    head = bytearray(latin[:512].replace(b"grXXe", b"gr\xf6\xdfe"))
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    assert names(unpacked(somebody, "latin.tar", bytes(head) + latin[512:])) == ["gr\ufffd\ufffde.cfg", "b.cfg"]


def test_an_encrypted_file_is_left_out(somebody, tmp_path):
    zip_program = subprocess.run(["which", "zip"], capture_output=True, text=True, check=False).stdout.strip()
    plain = zipped({"a.cfg": config("a"), "secret.cfg": config("secret"), "b.cfg": config("b")})
    if zip_program:
        (tmp_path / "secret.cfg").write_bytes(config("secret"))
        (tmp_path / "a.zip").write_bytes(zipped({"a.cfg": config("a"), "b.cfg": config("b")}))
        subprocess.run(["zip", "-q", "-P", "pass", "a.zip", "secret.cfg"], cwd=tmp_path, check=True)
        content = (tmp_path / "a.zip").read_bytes()
    else:  # the flag alone, as the content is not read
        content = bytearray(plain)
        at, at_directory = content.find(b"secret.cfg") - 30, content.rfind(b"secret.cfg") - 46
        content[at + 6] |= 1
        content[at_directory + 8] |= 1
        content = bytes(content)
    archive = unpacked(somebody, "some.zip", content)
    assert sorted(names(archive)) == ["a.cfg", "b.cfg"]
    assert left_out(archive) == {"secret.cfg": "encrypted"}


def test_a_truncated_archive_gives_what_it_has(somebody):
    noise = os.urandom(300_000).hex().encode()
    whole = tarred({"a.cfg": config("a"), "b.cfg": config("b"), "big.log": noise}, "w:gz")
    archive = unpacked(somebody, "cut.tar.gz", whole[: len(whole) // 2])
    assert names(archive) == ["a.cfg", "b.cfg"]
    assert left_out(archive) == {"big.log": "damaged"}
    assert "unpack it with `gzip -d`" in archive["metadata"]["archive"]["incomplete"]


def test_bombs_meet_the_limits(somebody):
    zeros = zipped({"a.cfg": config("a"), "zeros.log": bytes(60 << 20), "b.cfg": config("b")})
    archive = unpacked(somebody, "large.zip", zeros)
    assert names(archive) == ["a.cfg", "b.cfg"]
    assert left_out(archive) == {"zeros.log": "too_large"}
    damaged = {f"{number}.pcap": CAPTURE + bytes(number + (40 << 20)) for number in range(4)}
    many = unpacked(somebody, "bomb.tar.xz", lzma.compress(tarred(damaged, "w:"), preset=0))
    assert "out of all proportion" in many["metadata"]["archive"]["incomplete"]
    assert names(many) == ["0.pcap", "1.pcap"]
    assert left_out(many) == {"2.pcap": "damaged"}


def test_thousands_of_tiny_files(make_netguru):
    instance = make_netguru()
    client = instance.client().register()
    members = {f"dir{number % 50}/r{number}.cfg": b"hostname r%d\n" % number for number in range(2100)}
    document = client.process("many.zip", zipped(members))
    assert (document["status"], document["metadata"]["archive"]["files"]) == ("completed", 2100)
    assert len(names(document)) == len(stored_files(instance, client)) - 1 == 2100
    instance.stop()  # the other tests need not wait for so many analyses


def test_archives_without_a_usable_file_fail(somebody):
    document = somebody.process("photos.zip", zipped({"a.jpg": b"\xff\xd8\xff", "b.png": b"\x89PNG"}))
    assert document["status"] == "failed"
    assert document["failure_reason"] == "the zip archive holds no file to take: a.jpg (kind), b.png (kind)"


def test_files_of_others_are_never_shared(netguru, somebody):
    other = netguru.client().register()
    members = {"a.cfg": config("a"), "b.cfg": config("b")}
    mine, theirs = (unpacked(client, "net.zip", zipped(members)) for client in (somebody, other))
    assert mine["id"] != theirs["id"]
    ids = [{member["id"] for member in archive["archive"]["members"]} for archive in (mine, theirs)]
    assert len(ids[0]) == len(ids[1]) == 2 and not ids[0] & ids[1]
    for member in ids[0]:
        assert other.get(f"/api/v1/files/{member}").status == 404


def test_what_is_there_already_is_not_stored_again(netguru, somebody):
    known, new = config("known"), config("new")
    first = somebody.process("mine.cfg", known)
    archive = unpacked(somebody, "net.zip", zipped({"a/known.cfg": known, "a/new.cfg": new}))
    members = {member["name"]: member for member in archive["archive"]["members"]}
    assert members["a/known.cfg"]["id"] == first["id"] and not members["a/known.cfg"]["is_new"]
    assert members["a/new.cfg"]["is_new"]
    assert archive["metadata"]["archive"]["new_files"] == 1
    assert len(stored_files(netguru, somebody)) == 3


def test_a_file_beyond_the_quota_is_left_out(netguru, somebody):
    user = somebody.get("/api/v1/users/me").json["id"]
    psql(netguru, "INSERT INTO documents (user_id, filename, original_filename, file_type, file_size_bytes, storage_path, sha256)"
         " VALUES (%s, 'x', 'x.cfg', 'config', %s, 'local:x', decode(repeat('ab', 32), 'hex')) RETURNING id", user, QUOTA_BYTES - 5000)
    small, large, last = config("small"), config("large") + b"!" * 6000, config("last")
    archive = unpacked(somebody, "net.zip", zipped({"small.cfg": small, "large.cfg": large, "last.cfg": last}))
    assert names(archive) == ["small.cfg", "last.cfg"]
    assert left_out(archive) == {"large.cfg": "quota"}
    assert "delete some first" in archive["archive"]["left_out"][0]["message"]
    assert len(stored_files(netguru, somebody)) == 3


def test_a_killed_worker_doubles_nothing(make_netguru):
    instance = make_netguru()
    client = instance.client().register()
    content = zipped({f"r{number}.cfg": config(f"r{number}") for number in range(600)})
    document = client.upload("net.zip", content).json
    wait_until(lambda: len(stored_files(instance, client)) > 20, "some files are stored")
    os.kill(instance.children()["work"], signal.SIGKILL)
    archive = client.settled(document)
    assert archive["status"] == "completed", archive
    assert archive["metadata"]["archive"]["new_files"] == archive["metadata"]["archive"]["files"] == 600
    assert archive["task"]["status"] == "completed"
    assert len(documents_of(client)) == 601
    assert len({member["id"] for member in archive["archive"]["members"]}) == 600
    # A kill between a file and its row leaves the file to the sweep, as in an upload.
    known = {item["id"] for item in documents_of(client)}
    assert known <= set(stored_files(instance, client)) and len(stored_files(instance, client)) <= 601 + 1
    assert len(list(Path(instance.home).glob("files/incoming/*"))) <= 1


def test_the_command_line_uploads_an_archive(netguru, tmp_path):
    path = tmp_path / "net.zip"
    path.write_bytes(zipped({"core/r1.cfg": config("r1"), "r2.cfg": config("r2"), "photo.jpg": b"x"}))
    netguru.run("login", DEMO, NETGURU_PASSWORD=netguru.password)
    told = netguru.run("upload", "--wait", path)
    assert [line.split()[1:] for line in told.stdout.splitlines()] == [
        ["completed", "archive", "net.zip"], ["completed", "config", "core/r1.cfg"], ["completed", "config", "r2.cfg"],
    ]
    assert f"{path}: left out 1: photo.jpg (kind)\n" in told.stderr
    again = netguru.run("upload", "--wait", path)
    assert again.stdout.splitlines()[0].endswith("net.zip  (already there)")
    assert "zip archive: 2 files, 2 of them new" in netguru.run("files", "net.zip").stdout


def test_deleting_the_archive_stops_the_unpacking(netguru, somebody):
    content = zipped({f"r{number}.cfg": config(f"r{number}") for number in range(1500)})
    document = somebody.upload("net.zip", content).json
    wait_until(lambda: len(stored_files(netguru, somebody)) > 20, "some files are stored")
    assert somebody.call("DELETE", f"/api/v1/files/{document['id']}").status == 204
    # Each file is stored under the job of the archive, which is gone: no more can come.
    stored = documents_of(somebody)
    assert 0 < len(stored) < 1500
    for document in stored:
        somebody.settled(document)
    ids = {item["id"] for item in documents_of(somebody)}
    assert ids == {document["id"] for document in stored}
    wait_until(lambda: ids == set(stored_files(netguru, somebody)), "the file that was being stored is gone")
