# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks share: a running server, CPU of processes, load, tables."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = os.environ.get("TEST_PROGRAM", str(ROOT / "build/src/netguru"))
DEMO = "demo@netguru.example"
TICKS = os.sysconf("SC_CLK_TCK")


def machine():
    model = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    return f"{os.cpu_count()} cores of {model[1] if model else 'unknown'}"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_seconds(pid):
    """User and system time of a process with all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_kb(pid, key="Pss"):
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    return int(re.search(rf"^{key}:\s+(\d+)", text, re.M)[1])


def children(pid):
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def command_of(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


class Server:
    def __init__(self, home, environment):
        self.home = home
        self.address = f"127.0.0.1:{free_port()}"
        self.url = f"http://{self.address}"
        self.environment = dict(
            os.environ, NETGURU_HOME=home, NETGURU_HTTP_ADDRESS=self.address, NETGURU_LOG_LEVEL="warn", **environment
        )
        for name in ("NETGURU_TEST_BENCH", "NETGURU_SHARED_DATA"):
            self.environment.pop(name, None)
        self.process = subprocess.Popen(
            [PROGRAM, "up", "--demo"], env=self.environment, stdout=subprocess.PIPE, text=True
        )
        for line in self.process.stdout:
            if line.startswith("Demo account"):
                self.password = line.split()[-1]
                break
        else:
            sys.exit("bench: the server did not start")

    def pid_of(self, verb):
        for pid in children(self.process.pid):
            if command_of(pid)[1:2] == [verb.encode()]:
                return pid
        raise LookupError(verb)

    def login(self, email=DEMO, password=None):
        request = urllib.request.Request(
            f"{self.url}/api/v1/auth/login", json.dumps({"email": email, "password": password or self.password}).encode(),
            {"Content-Type": "application/json"},
        )
        return json.load(urllib.request.urlopen(request, timeout=30))["access_token"]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


@contextmanager
def server(**environment):
    home = tempfile.mkdtemp(prefix="netguru-bench-", dir="/tmp")
    os.chmod(home, 0o755)
    running = Server(os.path.join(home, "home"), environment)
    try:
        yield running
    finally:
        running.stop()
        shutil.rmtree(home, ignore_errors=True)


def run_cpu(command, **options):
    """CPU and wall seconds of a command."""
    started = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime, time.monotonic() - started, usage.ru_maxrss


def wrk(url, token=None, connections=32, seconds=4):
    """Requests, and latencies in ms by percentile."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    if token:
        command += ["-H", f"Authorization: Bearer {token}"]
    text = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    if bad:
        sys.exit(f"bench: {bad[1]} answers of {url} were errors")
    unit = {"us": 0.001, "ms": 1, "s": 1000}
    latency = {
        int(m[1]): float(m[2]) * unit[m[3]] for m in re.finditer(r"^\s+(\d+)%\s+([\d.]+)(us|ms|s)$", text, re.M)
    }
    return int(re.search(r"(\d+) requests in", text)[1]), latency


def paced(url, token, rate, connections=32, seconds=5):
    """Latencies in ms, sorted, of requests that come at a rate, whether the answers keep up or not."""
    with tempfile.TemporaryDirectory(prefix="netguru-bench-", dir="/tmp") as folder:
        command = ["h2load", "--h1", "-t1", f"-c{connections}", f"-D{seconds}", f"--rps={rate / connections:.2f}", f"--log-file={folder}/log"]
        subprocess.run([*command, "-H", f"Authorization: Bearer {token}", url], stdout=subprocess.DEVNULL, check=True)
        rows = [line.split("\t") for line in Path(folder, "log").read_text(encoding="ascii").splitlines()]
    bad = [row for row in rows if row[1] != "200"]
    if bad:
        sys.exit(f"bench: {len(bad)} answers of {url} were errors")
    return sorted(int(row[2]) / 1000 for row in rows)


def ratio(pairs):
    return median(ours / theirs for ours, theirs in pairs)


def table(head, rows):
    return [
        "| " + " | ".join(head) + " |",
        "|" + "---|" * len(head),
        *("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows),
    ]
