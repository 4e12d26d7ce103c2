# SPDX-License-Identifier: Apache-2.0
"""Logs: of any size, of every system, damaged, and with the configurations of their devices."""

import json
import os
import subprocess
import time

import pytest
from conftest import PROGRAM, SHARED

CASES = SHARED.parent / "cases/logs"
MACS = "%SW_MATM-4-MACFLAP_NOTIF: Host 0050.7966.{:04x} in vlan {} is flapping between port Gi1/0/1 and port Gi1/0/2"
DENIED = "%SEC-6-IPACCESSLOGP: list ACL-IN denied tcp 10.{}.{}.7({}) -> 192.0.2.{}(443), 1 packet"


def write_log(path, size, odd=None):
    """A log of that many bytes: 40 switches, of which the eighth falls silent; `odd` are lines by number."""
    written = number = 0
    sequences = [0] * 40
    with path.open("w") as out:
        while written < size:
            number += 1
            host = number % 40
            stamp = time.strftime("%b %d %H:%M:%S", time.gmtime(1710200000 + number // 5))
            if host == 7 and written > size // 2:
                continue
            sequences[host] += 1
            message = (odd or {}).get(number)
            if not message:
                message = MACS.format(number % 65536, number % 100) if number % 500 == 0 else DENIED.format(number % 250, number % 199, number % 60000, number % 250)
            line = f"{stamp} lis-sw{host} {sequences[host]}: {message}\n"
            out.write(line)
            written += len(line)
    return number


def parse(path, kind="log"):
    """What the sandboxed child writes: its chunks, and its last line."""
    request, told = os.pipe()
    os.write(told, json.dumps({"kind": kind, "name": path.name}).encode())
    os.close(told)
    with path.open("rb") as content, os.fdopen(request) as request_file:
        child = subprocess.run(
            ["bash", "-c", f'exec "$0" parse document 3<&{request_file.fileno()}', PROGRAM],
            stdin=content, capture_output=True, pass_fds=[request_file.fileno()], check=False,
        )
    assert child.returncode == 0, child.stderr
    lines = [json.loads(line) for line in child.stdout.splitlines()]
    return [line["chunk"] for line in lines if "chunk" in line], lines[-1]


def analyze(*arguments):
    return subprocess.run([PROGRAM, "analyze", *map(str, arguments)], capture_output=True, text=True, check=False)


def finding(result, name):
    return next(item for item in result["findings"] if item["id"] == name)


ODD = {20001: "%PLATFORM_ENV-1-FAN: Faulty fan QUOKKA1 in slot 4", 20501: "%NEWS-6-RARE: seen once WOMBAT2", 20901: "%SYS-2-KEY: private key was read"}


def test_a_log_of_60_megabytes_is_counted_whole_and_searched_in_part(tmp_path):
    path = tmp_path / "big.log"
    write_log(path, 60 << 20, ODD)
    lines = sum(1 for _ in path.open())
    chunks, last = parse(path)
    result, metadata = last["result"], last["metadata"]
    assert result["lines"] == result["messages"] == lines
    assert sum(result["timeline"]["messages"]) == lines
    assert result["by_severity"]["alert"] == 1 and finding(result, "critical_message")["severity"] == "error"
    assert finding(result, "silent_device")["title"].startswith("lis-sw7: no message in the last")
    assert len(chunks) == 40000
    searched = sum(chunk["last_line"] - chunk["first_line"] + 1 for chunk in chunks)
    assert metadata["lines_not_searchable"] == lines - searched > 0
    assert f"{lines - searched} of {lines} lines cannot be searched" in metadata["note"]
    assert metadata["note"] in last["text"]
    # The severe, the rare and the newest are there, in the order of the log, where their lines say.
    text = path.read_text().splitlines()
    for word in ("QUOKKA1", "WOMBAT2"):
        (found,) = [chunk for chunk in chunks if word in chunk["text"]]
        assert any(word in line for line in text[found["text_line"] - 1:found["last_line"]])
    assert text[-1] in chunks[-1]["text"] and chunks[-1]["last_line"] == lines
    assert [chunk["first_line"] for chunk in chunks] == sorted(chunk["first_line"] for chunk in chunks)


LINK = "core1 %LINK-3-UPDOWN: Interface Gi1/0/1, changed state to down\n"


def test_damaged_logs_are_taken_and_what_was_dropped_is_said(somebody):
    line = "<135>Dec 17 05:19:07 " + LINK
    logs = {
        "nul.log": (bytes(5000) + line.encode() * 3, "nul_bytes", 5000),
        "messages": (line.encode() + bytes(7) + line.encode(), "nul_bytes", 7),
        "ansi.log.2": (b"\x1b[31m" + line.encode()[:-1] + b"\x1b[0m\n", "escape_sequences", 2),
        "wide.log-20240312": ((line * 20).encode("utf-16-le"), None, None),
        "quote.syslog": (("Dec 17 05:19:07 r1 engineer’s “MTU”\n").encode("cp1252"), None, None),
    }
    for name, (content, key, count) in logs.items():
        document = somebody.process(name, content)
        assert (document["status"], document["file_type"]) == ("completed", "log"), document
        assert key is None or document["metadata"][key] == count
        result = somebody.task(document)["result"]
        assert result["messages"] == result["lines"] > 0
        assert key is None or str(count) in result["text"]
    found = somebody.post("/api/v1/search", {"query": "engineer’s"}).json["results"]
    assert "engineer’s “MTU”" in found[0]["text"]


@pytest.mark.parametrize("name, severity", [
    ("uptime.txt", "error"), ("uptime-w.txt", "notice"), ("xr.txt", "notice"), ("nxos93.txt", "error"),
    ("panos.log", "critical"), ("routeros.log", "info"), ("nul.log", "error"), ("ansi.log", "error"),
])
def test_logs_of_each_system_have_severities(name, severity):
    if not CASES.is_dir():
        pytest.skip(f"{CASES} is not here")
    answer = analyze("--json", CASES / name)
    result = json.loads(answer.stdout)
    assert result["messages"] == result["lines"] and result["by_severity"][severity] > 0


def test_analyze_names_the_ports_of_a_log_by_the_configurations(tmp_path):
    config = tmp_path / "core1.cfg"
    config.write_text(
        "!\nversion 15.2\nhostname core1\n!\ninterface GigabitEthernet1/0/1\n description to lis-core2\n ip address 10.0.0.1 255.255.255.252\n!\n"
        "router ospf 1\n network 10.0.0.0 0.0.0.3 area 0\n!\nend\n"
    )
    log = tmp_path / "core1.log"
    log.write_text("Mar 12 10:52:01 " + LINK)
    answer = analyze(log, config)
    assert answer.returncode == 0, answer.stderr
    head, rest = answer.stdout.split("\n", 1)
    assert head == f"==> {log} <=="
    assert rest.startswith("findings     1\n  note     core1: interface Gi1/0/1 (to lis-core2) stays down (line 1)\n")
    assert "core1  Cisco IOS" in answer.stdout
