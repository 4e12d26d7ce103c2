# SPDX-License-Identifier: Apache-2.0
"""netguru top on a terminal, in a pipe, and against servers that answer badly."""

import fcntl
import json
import re
import signal
import struct
import subprocess
import termios
import time
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from terminal import Terminal

ROOT = Path(__file__).resolve().parents[2]


def start(netguru, *words, **settings):
    terminal = Terminal([netguru.program, "top", *words], {**netguru.environment, **settings})
    terminal.former = termios.tcgetattr(terminal.end)
    return terminal


def screen(terminal):
    """The lines of the last complete picture."""
    frames = terminal.raw.decode().split("\x1b[H")
    whole = [frame for frame in frames[1:] if "\x1b[J" in frame]
    return [line.rstrip("\r").removesuffix("\x1b[K") for line in whole[-1].split("\x1b[J")[0].split("\n")]


def wait_for_rows(terminal, rows, limit_s=60):
    """Waits for a complete picture of so many lines, and returns them."""
    until = time.monotonic() + limit_s
    while len(screen(terminal)) != rows:
        assert time.monotonic() < until and terminal.read(), terminal.text
    return screen(terminal)


def assert_clean(terminal, status):
    """The program has ended and left the terminal as it was: the cursor, the screen, echo."""
    assert terminal.status == status
    assert terminal.raw.endswith(b"\x1b[?25h\x1b[?1049l") and terminal.raw.count(b"\x1b[?1049h") == 1


def test_the_screen_is_live_and_keys_work(netguru):
    terminal = start(netguru, "--interval", "1")
    terminal.wait_for("statements")
    assert not termios.tcgetattr(terminal.end)[3] & (termios.ECHO | termios.ICANON)
    lines = screen(terminal)
    assert len(lines) == 24 and all(len(line) <= 80 for line in lines)
    picture = "\n".join(lines)
    for wanted in ("Requests", "in flight", "turns running", "waiters", "PostgreSQL", "Redis", "workers alive", "rag", "disk free", "alerts:", "q quit"):
        assert wanted in picture, picture
    drawn = terminal.raw.count(b"\x1b[J")
    while terminal.raw.count(b"\x1b[J") < drawn + 2:  # by itself
        terminal.read()
    terminal.type("p")
    terminal.wait_for("PAUSED")
    terminal.type(" ")
    terminal.type("q")
    assert_clean(terminal, terminal.wait())


def test_another_size_is_used_at_once(netguru):
    terminal = start(netguru, "--interval", "3600")
    terminal.wait_for("statements")
    assert "evicted" not in terminal.text  # a minor figure, without room in 24 rows
    fcntl.ioctl(terminal.end, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 130, 0, 0))
    terminal.wait_for("evicted")
    assert max(map(len, wait_for_rows(terminal, 30))) > 100
    fcntl.ioctl(terminal.end, termios.TIOCSWINSZ, struct.pack("HHHH", 5, 30, 0, 0))
    terminal.wait_for("too small")
    terminal.type("q")
    assert_clean(terminal, terminal.wait())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_the_terminal_clean(netguru, number):
    terminal = start(netguru)
    terminal.wait_for("statements")
    if number == signal.SIGINT:
        terminal.type("\x03")
    else:
        subprocess.run(["kill", f"-{int(number)}", str(terminal.pid)], check=True)
    assert_clean(terminal, terminal.wait() and -number)


def test_one_picture_goes_into_a_pipe(netguru):
    plain = netguru.run("top", "--interval", "1").stdout
    assert plain == "".join(f"{line.rstrip()}\n" for line in plain.splitlines()) and "\x1b" not in plain
    assert re.search(r"in flight +\d+", plain) and "work-1" in plain and "alerts:" in plain
    report = json.loads(netguru.run("top", "--json", "--interval", "1").stdout)
    figures = report["figures"]
    assert figures["connections"] >= 1 and figures["statements_per_second"] >= 0 and figures["redis_memory_bytes"] > 0
    assert figures["workers"] == 1 and set(report["queues"]) == {"default", "pcap", "rag"}
    assert {"serve-1", "work-1"} <= set(report["processes"]) and report["without_answer"] == 0


def test_the_alerts_are_those_of_the_rules():
    rules = set(re.findall(r"alert: (\w+)", (ROOT / "deploy/prometheus/rules.yml").read_text()))
    known = set(re.findall(r'\{"(Netguru\w+)"', (ROOT / "src/app/top/conditions.c").read_text()))
    assert known < rules and len(known) > 20


class Played(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, pages):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                status, body = pages.get(self.path, (404, b""))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


def targets(*paths):
    return 200, json.dumps([{"targets": ["x"], "labels": {"__metrics_path__": path, "process": path.split("/")[-1]}} for path in paths]).encode()


@pytest.mark.parametrize(
    ("pages", "said"),
    [
        ({}, "answers with status 404"),
        ({"/metrics/targets": (403, b"")}, "NETGURU_METRICS_TOKEN"),
        ({"/metrics/targets": (200, b"<html>")}, "is it a NetGuru?"),
        ({"/metrics/targets": (200, b"[]")}, "no process answers"),
        ({"/metrics/targets": targets("/api/v1/files")}, "no path of metrics"),
        ({"/metrics/targets": targets("/metrics/../etc")}, "no path of metrics"),
        ({"/metrics/targets": targets("/metrics/serve-1"), "/metrics/serve-1": (200, b"a 1\nb{\xff")}, "is not in the format of Prometheus: line 2"),
        ({"/metrics/targets": targets("/metrics/serve-1"), "/metrics/serve-1": (200, b"a 1\n" * 100_001)}, "too many samples"),
        ({"/metrics/targets": (200, b"[" * 100_000)}, "is it a NetGuru?"),
    ],
)
def test_a_bad_answer_ends_in_words(netguru, pages, said):
    with Played(pages) as played:
        result = netguru.run("top", "--once", "--server", played.url, check=False)
        played.shutdown()
    assert result.returncode not in (0, 2) and said in result.stderr and not result.stdout, result


def test_a_process_that_does_not_answer_leaves_the_others(netguru):
    pages = {"/metrics/targets": targets("/metrics/serve-1", "/metrics/work-1"), "/metrics/serve-1": (200, b"netguru_http_connections 7\n")}
    with Played(pages) as played:
        plain = netguru.run("top", "--once", "--interval", "1", "--server", f"{played.url}/").stdout
        assert re.search(r"connections +7", plain) and "1 without answer" in plain
        pages["/metrics/serve-1"] = 200, b'netguru_queue_due{queue="\x1b]0;x\x07\xc2\x9b"} 1\n'
        terminal = start(netguru, "--server", played.url)
        terminal.wait_for("1 due")
        assert b"\x1b]" not in terminal.raw and b"\x07" not in terminal.raw and b"\x9b" not in terminal.raw
        terminal.type("q")
        assert_clean(terminal, terminal.wait())
        played.shutdown()


def test_a_server_that_is_away_is_waited_for(netguru):
    gone = netguru.run("top", "--once", "--server", "http://127.0.0.1:1", check=False)
    assert gone.returncode not in (0, 2) and gone.stderr.startswith("netguru: ") and "127.0.0.1" in gone.stderr
    terminal = start(netguru, "--server", "http://127.0.0.1:1", "--interval", "1")
    terminal.wait_for("trying again")
    terminal.type("q")
    assert_clean(terminal, terminal.wait())


@pytest.mark.parametrize("words", [("--interval", "0"), ("--interval", "x"), ("--intervall", "2"), ("extra",)])
def test_wrong_words_are_refused(netguru, words):
    assert netguru.run("top", *words, check=False).returncode == 2
