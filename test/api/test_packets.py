# SPDX-License-Identifier: Apache-2.0
"""The packets of a stored capture over HTTP, and of a file on the command line."""

import bz2
import gzip
import http.client
import json
import lzma
import os
import re
import struct
import subprocess
import threading
import uuid
from pathlib import Path

import pytest
from waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("TEST_PROGRAM", str(ROOT / "build/src/netguru"))
MACS = bytes.fromhex("020000000002020000000001")


def ipv4(protocol, payload, source="0a000001", destination="0a000002"):
    size = 20 + len(payload)
    return MACS + struct.pack(">HBBHHHBBH", 0x0800, 0x45, 0, size, 0, 0, 64, protocol, 0) + bytes.fromhex(source + destination) + payload


def udp(source, destination, payload):
    return ipv4(17, struct.pack(">HHHH", source, destination, 8 + len(payload), 0) + payload)


def tcp(sequence, flags, payload=b"", acknowledged=0, port=1000):
    return ipv4(6, struct.pack(">HHIIHHHH", port, 80, sequence, acknowledged, 0x5000 | flags, 1000, 0, 0) + payload)


def capture(frames):
    records = b"".join(struct.pack("<IIII", 1700000000, 1000 * i, len(frame), len(frame)) + frame for i, frame in enumerate(frames))
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + records


def frames(word=b"word"):
    """Three datagrams and four segments of two connections; the word makes the bytes a document of their own."""
    return [udp(5000, 6000, word), tcp(1, 2), tcp(1, 2, port=1001), udp(5000, 6000, b"second"), tcp(2, 16, b"data"), tcp(2, 16, b"data"), udp(5001, 6000, b"x")]


def stored(client, name=None, content=None):
    document = client.process(name or f"{uuid.uuid4().hex}.pcap", content or capture(frames(uuid.uuid4().bytes)))
    assert document["status"] == "completed", document
    return f"/api/v1/files/{document['id']}/packets"


@pytest.fixture(scope="module")
def owner(netguru):
    return netguru.client().register()


@pytest.fixture(scope="module")
def path(owner):
    return stored(owner)


def test_packets_are_listed_page_by_page(owner, path):
    seen, first = [], 1
    while first:
        answer = owner.get(f"{path}?first={first}&limit=3")
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "no-store"
        seen += answer.json["items"]
        first = answer.json["next"]
    assert [row["number"] for row in seen] == [1, 2, 3, 4, 5, 6, 7]
    assert seen[4]["time"] == "1700000000.004000000"
    assert seen[4]["info"] == "1000 -> 80 [ACK] seq 1 ack 1 win 1000 len 4"
    assert seen[4]["tcp"]["relative_seq"] == 1
    assert seen[5]["tcp"]["events"] == ["retransmission"]


def test_packets_of_one_conversation_are_listed(owner, path):
    def numbers(conversation):
        return [row["number"] for row in owner.get(f"{path}?conversation={conversation}").json["items"]]

    assert numbers("tcp:0") == numbers("0") == [2, 5, 6]
    assert numbers("tcp:1") == [3]
    assert numbers("udp:0") == [1, 4]
    assert numbers("udp:9") == []
    page = owner.get(f"{path}?conversation=tcp:0&limit=1").json
    assert page["next"] == 5


def test_a_packet_has_layers_fields_and_bytes(owner, path):
    packet = owner.get(f"{path}/5").json
    assert [layer["name"] for layer in packet["layers"]] == ["eth", "ip", "tcp", "data"]
    content = bytes.fromhex(packet["bytes"])
    assert content == frames()[4]
    fields = {field["name"]: field for layer in packet["layers"] for field in layer["fields"]}
    ports = fields["tcp.dstport"]
    assert int.from_bytes(content[ports["offset"]:][:ports["length"]], "big") == 80 == int(ports["value"])
    data = packet["layers"][-1]
    assert content[data["offset"]:][:data["length"]] == b"data"


@pytest.mark.parametrize("number, status", [("8", 404), ("0", 404), ("-1", 404), ("x", 404), ("99999999999999999999", 404), ("7", 200)])
def test_unknown_numbers_are_not_found(owner, path, number, status):
    answer = owner.get(f"{path}/{number}")
    assert answer.status == status
    if number == "8":
        assert answer.json["error"]["message"] == "there is no packet 8: the capture has 7"


@pytest.mark.parametrize("query", ["first=0", "first=x", "limit=0", "limit=501", "conversation=icmp:1", "conversation=tcp:", "conversation=tcp:-1"])
def test_wrong_parameters_name_themselves(owner, path, query):
    answer = owner.get(f"{path}?{query}")
    assert answer.status == 400
    assert answer.json["error"]["details"]["field"] == query.split("=")[0]


def test_a_list_beyond_the_end_is_empty(owner, path):
    assert owner.get(f"{path}?first=8").json == {"items": [], "next": None}


def test_others_do_not_see_them(netguru, path):
    stranger = netguru.client().register()
    assert stranger.get(path).status == 404
    assert stranger.get(f"{path}/1").status == 404
    assert netguru.client().get(path).status == 401


def test_a_text_has_no_packets(owner):
    document = owner.process("r1.cfg", b"hostname r1\ninterface Loopback0\n ip address 192.0.2.1 255.255.255.255\n")
    answer = owner.get(f"/api/v1/files/{document['id']}/packets")
    assert answer.status == 400
    assert answer.json["error"]["message"] == "r1.cfg is no capture: it has no packets"


@pytest.mark.parametrize("ending, pack", [("gz", gzip.compress), ("xz", lzma.compress), ("bz2", bz2.compress)])
def test_compressed_captures_are_read(owner, ending, pack):
    path = stored(owner, f"x.pcap.{ending}", pack(capture(frames(ending.encode()))))
    assert len(owner.get(path).json["items"]) == 7
    assert owner.get(f"{path}/7").json["number"] == 7


def test_a_truncated_capture_shows_what_is_there(owner):
    path = stored(owner, content=capture(frames(b"truncated"))[:-10])
    assert [row["number"] for row in owner.get(path).json["items"]] == [1, 2, 3, 4, 5, 6]
    assert owner.get(f"{path}/7").status == 404


def test_hostile_text_stays_text(owner):
    path = stored(owner, content=capture([tcp(1, 16, b"GET /\x1b[31m<script>\xff\xfe HTTP/1.1\r\n\r\n")]))
    answer = owner.get(path)
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.json["items"][0]["info"] == "GET /?[31m<script>?? HTTP/1.1"


def large(packets):
    """A capture of so many packets, each of its own connection."""
    return capture([tcp(i, 2, port=i % 65536) for i in range(packets)])


def reads(netguru):
    """What the metrics of serve say of reads of packets: end -> count, and the other values by their names."""
    text = netguru.client().get("/metrics/serve-1").body.decode()
    found = {end: float(value) for end, value in re.findall(r'^netguru_packet_reads_total\{end="(\w+)"\} (\S+)$', text, re.M)}
    found.update((name, float(value)) for name, value in re.findall(r"^netguru_packet_(reads_running|reads_waiting|reads_limit|read_seconds_count|read_seconds_sum) (\S+)$", text, re.M))
    return found


def growth(before, after):
    return {name: value - before[name] for name, value in after.items() if value != before[name] and name != "read_seconds_sum"}


def test_reads_are_counted_by_their_end(netguru, owner, path):
    text = owner.process("r2.cfg", b"hostname r2\ninterface Gi0/1\n ip address 10.0.0.2 255.255.255.0\n")
    before = reads(netguru)
    assert owner.get(path).status == 200 and owner.get(f"{path}/5").status == 200 and owner.get(f"{path}/8").status == 404
    # What is refused before a process begins is no read.
    assert owner.get(f"/api/v1/files/{text['id']}/packets").status == 400 and owner.get(f"/api/v1/files/{uuid.uuid4()}/packets").status == 404
    after = reads(netguru)
    assert growth(before, after) == {"done": 2, "missing": 1, "read_seconds_count": 3}
    assert after["read_seconds_sum"] > before["read_seconds_sum"]
    assert (after["reads_running"], after["reads_waiting"], after["reads_limit"]) == (0, 0, 4)


def test_many_requests_wait_or_are_refused_and_the_server_goes_on(netguru, server_goes_on):
    client = netguru.client().register()
    path = stored(client, content=large(300000))
    before = reads(netguru)
    statuses, busy = [], []

    def read():
        statuses.append(client.get(f"{path}?first=299000&limit=500").status)

    threads = [threading.Thread(target=read) for _ in range(30)]
    for thread in threads:
        thread.start()
    me = client.get("/api/v1/users/me").status
    while any(thread.is_alive() for thread in threads):
        now = reads(netguru)
        busy.append((now["reads_running"], now["reads_waiting"]))
    for thread in threads:
        thread.join()
    assert me == 200
    assert growth(before, reads(netguru)) == {"done": statuses.count(200), "read_seconds_count": statuses.count(200),
                                              **({"refused": statuses.count(429)} if 429 in statuses else {})}
    assert max(running for running, _ in busy) == 2 and 0 < max(waiting for _, waiting in busy) <= 8  # of one user
    assert set(statuses) <= {200, 429}
    assert statuses.count(200) >= 10
    assert client.get(f"{path}?limit=1").status == 200


def test_a_client_that_leaves_ends_the_reading(netguru):
    client = netguru.client().register()
    path = stored(client, content=large(300001))
    before = reads(netguru)
    connection = http.client.HTTPConnection(client.address, timeout=60)
    for _ in range(20):
        connection.request("GET", f"{path}/300001", headers={"Authorization": f"Bearer {client.token}"})
        connection.sock.close()
        connection.close()
    # Their places are free again at once.
    assert wait_until(lambda: client.get(f"{path}/300001").status == 200, "a place is free", 20)
    wait_until(lambda: growth(before, reads(netguru)).get("cancelled", 0) > 0, "reads whose client has left are counted")


# --- the command line ---------------------------------------------------------------------------------------------------


def packets(*words, **options):
    return subprocess.run([PROGRAM, "packets", *map(str, words)], capture_output=True, timeout=60, **options)


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "x.pcap"
    file.write_bytes(capture(frames()))
    return file


def test_the_command_lists_packets(file):
    told = packets("--first", 2, "--limit", 3, file)
    lines = told.stdout.decode().splitlines()
    assert told.returncode == 0, told.stderr
    assert lines[0].split() == ["packet", "seconds", "source", "destination", "protocol", "bytes", "info"]
    assert lines[1].split()[:5] == ["2", "0.001000000", "10.0.0.1", "10.0.0.2", "tcp"]
    assert lines[-1] == "more: --first 5"
    rows = [json.loads(line) for line in packets("--json", "--conversation", "tcp:0", file).stdout.splitlines()]
    assert [row["number"] for row in rows] == [2, 5, 6]


def test_the_command_shows_a_packet(file):
    told = packets("--packet", 5, file).stdout.decode()
    assert "\ntcp  bytes 34-53\n    tcp.srcport                          1000\n" in told
    assert told.endswith("000030  03 e8 00 00 00 00 64 61 74 61                    ......data\n")
    assert json.loads(packets("--json", "--packet", 5, file).stdout)["number"] == 5


@pytest.mark.parametrize("words, status, message", [
    (["--packet", 8], 4, "there is no packet 8: the capture has 7"),
    (["--packet", 0], 2, "--packet must be a whole number from 1"),
    (["--conversation", "icmp:1"], 2, "--conversation must be like tcp:12 or udp:3"),
])
def test_the_command_says_what_is_wrong(file, words, status, message):
    told = packets(*words, file)
    assert told.returncode == status
    assert message in told.stderr.decode()


def test_the_command_reads_what_is_compressed_and_standard_input(tmp_path, file):
    packed = tmp_path / "x.pcap.xz"
    packed.write_bytes(lzma.compress(file.read_bytes()))
    assert packets(packed).stdout == packets(file).stdout == packets("-", input=file.read_bytes()).stdout
    text = tmp_path / "x.cfg"
    text.write_bytes(b"hostname r1\n" * 10)
    told = packets(text)
    assert told.returncode == 2
    assert "not a capture" in told.stderr.decode()
