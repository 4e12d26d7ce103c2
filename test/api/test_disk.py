# SPDX-License-Identifier: Apache-2.0
"""A disk that really fills: uploads are refused while PostgreSQL can still write."""

import os
import re
import struct
import subprocess
import tempfile
from pathlib import Path

import pytest
from conftest import Netguru

DISK_MB = 400


@pytest.fixture(scope="module")
def small_disk():
    """A file system of DISK_MB, or a skip where mounting is not allowed."""
    path = Path(tempfile.mkdtemp(prefix="netguru-disk-", dir="/tmp"))
    path.chmod(0o755)
    options = f"size={DISK_MB}m,mode=0755"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", path], capture_output=True, text=True)
    if mounted.returncode != 0:
        path.rmdir()
        pytest.skip(f"not allowed to mount a small disk: {mounted.stderr.strip()}")
    yield path
    subprocess.run(["umount", "-l", path], check=True)
    path.rmdir()


@pytest.fixture(scope="module")
def instance(small_disk):
    started = Netguru(str(small_disk / "home"))
    yield started
    started.stop()


def capture(number):
    """12 MB that end right after the header of a capture."""
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, number, 65535, 1) + bytes(12 << 20)


def free_bytes(path):
    status = os.statvfs(path)
    return status.f_bavail * status.f_frsize


def test_uploads_stop_before_the_database_is_full(instance, small_disk):
    client = instance.demo()
    answer = None
    for number in range(DISK_MB):
        answer = client.upload(f"fill{number}.pcap", capture(number))
        if answer.status != 201:
            break
    assert answer.status == 503 and answer.code == "UNAVAILABLE"
    assert "disk space" in answer.json["error"]["message"]
    assert int(answer.headers["Retry-After"]) > 0
    # A tenth of the disk is left, less what PostgreSQL has written meanwhile.
    assert free_bytes(small_disk) > DISK_MB * (1 << 20) // 20
    somebody = instance.client().register()
    assert somebody.call("GET", "/api/v1/users/me").status == 200
    assert somebody.upload("small.cfg", b"hostname small\n").status == 503
    # The condition of the alert NetguruDiskFull.
    text = instance.client().get("/metrics/data").body.decode()
    values = {name: float(value) for name, value in re.findall(r"^netguru_files_(\w+) (\S+)$", text, re.M)}
    assert values["free_bytes"] < 1.5 * values["reserve_bytes"]


def test_uploads_go_on_when_there_is_room_again(instance):
    client = instance.demo()
    documents = client.call("GET", "/api/v1/files?limit=100").json["items"]
    for document in documents:
        if document["original_filename"].startswith("fill"):
            assert client.call("DELETE", f"/api/v1/files/{document['id']}").status == 204
    assert client.upload("small.cfg", b"hostname small\n").status == 201
