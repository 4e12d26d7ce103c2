#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measure the HTTP and WebSocket server: idle WebSockets, 64 busy connections beside them, nginx.

usage: test/bench/net/run.py BUILD_DIR [--sockets N] [--seconds S]

BUILD_DIR must be a release build. Server and clients are pinned to different processors where there
are two. wrk makes the load; nginx is measured the same way where it is installed (a private
configuration, one worker, no log). Nothing here is timed as a test: figures are for comparing
within one run.
"""

import argparse
import base64
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "net"))
import netlib  # noqa: E402

CONNECTIONS = 64
PER_ADDRESS = 10000
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
SERVER_CPU, CLIENT_CPU = 0, min(1, os.cpu_count() - 1)

NGINX = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log stderr crit;
events {{ worker_connections 2048; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
    server {{ listen 127.0.0.1:{port}; location / {{ default_type text/plain; return 200 "hello\\n"; }} }}
}}
"""


def cpu_seconds(pid):
    """User and system time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def load(port, pid, seconds, path="/"):
    """(requests/s, CPU us a request, p50 us, p99 us, errors) of wrk at full speed."""
    before = cpu_seconds(pid)
    out = subprocess.run(
        ["taskset", "-c", str(CLIENT_CPU), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency",
         f"http://127.0.0.1:{port}{path}"],
        check=True, capture_output=True, text=True,
    ).stdout
    used = cpu_seconds(pid) - before
    count = int(re.search(r"(\d+) requests in", out)[1])
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])
    units = {"us": 1, "ms": 1000, "s": 1000000}
    percentiles = {p: float(v) * units[u] for p, v, u in re.findall(r"(\d+)%\s+([\d.]+)(us|ms|s)", out)}
    errors = re.search(r"Socket errors.*|Non-2xx.*", out)
    return rate, used / count * 1e6, percentiles["50"], percentiles["99"], errors[0] if errors else "none"


def paced(port, seconds, rate):
    """(p50, p99, worst) in us of one connection that asks at a steady pace, not at full speed."""
    times = []
    with netlib.Client(port) as client:
        until = time.monotonic() + seconds
        while (started := time.monotonic()) < until:
            client.send(netlib.request("/"))
            client.answer()
            times.append((time.monotonic() - started) * 1e6)
            time.sleep(1 / rate)
    cuts = statistics.quantiles(times, n=100)
    return cuts[49], cuts[98], max(times)


def rss_kb(pid):
    """Resident memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") // 1024


def open_sockets(port, count):
    """WebSockets that do nothing, from several addresses so that ports do not run out."""
    sockets = []
    key = base64.b64encode(os.urandom(16)).decode()
    upgrade = netlib.request(
        "/ws?ping=600000",
        headers="Upgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n",
    )
    for start in range(0, count, 500):
        batch = []
        for i in range(start, min(start + 500, count)):
            client = socket.socket()
            client.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
            client.bind((f"127.0.0.{2 + i // PER_ADDRESS}", 0))
            client.connect(("127.0.0.1", port))
            client.sendall(upgrade)
            batch.append(client)
        for client in batch:
            answer = client.recv(4096)
            assert answer.startswith(b"HTTP/1.1 101"), answer
        sockets += batch
    return sockets


def start(build):
    """net_server of the build, pinned."""
    process = subprocess.Popen(
        ["taskset", "-c", str(SERVER_CPU), str(build / "test/net/net_server"), "grace_ms=3000",
         "idle_timeout_ms=600000"],
        stdout=subprocess.PIPE,
    )
    return process, int(process.stdout.readline().split()[1])


def stop(process):
    """End a child that was started here."""
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=30)


def show(name, figures):
    """One line of the table."""
    rate, cpu_us, p50, p99, errors = figures
    print(f"{name:44} {rate:9.0f} req/s {cpu_us:6.2f} us CPU  p50 {p50:6.0f} us  p99 {p99:6.0f} us  errors {errors}")


def measure_idle(build, count, seconds):
    """Memory of idle sockets and the busy connections beside them."""
    process, port = start(build)
    os.sched_setaffinity(0, {CLIENT_CPU})
    load(port, process.pid, 1)
    before = rss_kb(process.pid)
    show("64 busy connections alone", load(port, process.pid, seconds))
    print("  one more client, 200 req/s: p50 %.0f p99 %.0f worst %.0f us" % paced(port, 3, 200))
    started = time.monotonic()
    sockets = open_sockets(port, count)
    print(f"  {count} WebSockets opened in {time.monotonic() - started:.1f} s")
    time.sleep(1)
    grown = (rss_kb(process.pid) - before) * 1024
    print(f"  RSS {before} KB before, {grown / count:.0f} bytes for each idle WebSocket")
    idle_before = cpu_seconds(process.pid)
    time.sleep(5)
    print(f"  CPU of the server while all are idle: {(cpu_seconds(process.pid) - idle_before) / 5 * 100:.2f} %")
    show(f"64 busy beside {count} idle WebSockets", load(port, process.pid, seconds))
    print("  one more client, 200 req/s: p50 %.0f p99 %.0f worst %.0f us" % paced(port, 3, 200))
    assert all(client.fileno() >= 0 for client in sockets)
    with netlib.Client(port) as client:
        client.send(netlib.request("/stats"))
        stats = json.loads(client.answer().body)
    assert stats["websockets"] == count, stats
    for client in sockets:
        client.close()
    stop(process)


def measure_idle_http(build, count):
    """Memory of keep-alive connections between requests."""
    process, port = start(build)
    load(port, process.pid, 1)
    before = rss_kb(process.pid)
    sockets = []
    for i in range(count):
        client = socket.socket()
        client.bind((f"127.0.0.{2 + i // PER_ADDRESS}", 0))
        client.connect(("127.0.0.1", port))
        client.sendall(netlib.request("/"))
        client.recv(4096)
        sockets.append(client)
    grown = (rss_kb(process.pid) - before) * 1024
    print(f"  {count} idle keep-alive connections: {grown / count:.0f} bytes each")
    for client in sockets:
        client.close()
    stop(process)


def measure_nginx(seconds):
    """The same load on nginx."""
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    if not Path(nginx).is_file():
        print("nginx is not installed")
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="netguru-bench-") as folder:
        os.chmod(folder, 0o755)
        config = Path(folder) / "nginx.conf"
        config.write_text(NGINX.format(folder=folder, port=port))
        process = subprocess.Popen(["taskset", "-c", str(SERVER_CPU), nginx, "-c", str(config)],
                                   stderr=subprocess.DEVNULL)
        time.sleep(0.7)
        worker = int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])
        load(port, worker, 1)
        show("nginx, return 200", load(port, worker, seconds))
        process.send_signal(signal.SIGQUIT)
        process.wait(timeout=30)


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description="measure the HTTP and WebSocket server")
    parser.add_argument("build", type=lambda path: Path(path).resolve())
    parser.add_argument("--sockets", type=int, default=19000)
    parser.add_argument("--seconds", type=int, default=8)
    options = parser.parse_args()
    measure_idle(options.build, options.sockets, options.seconds)
    measure_idle_http(options.build, options.sockets)
    process, port = start(options.build)
    load(port, process.pid, 1)
    show("hello", load(port, process.pid, options.seconds))
    show("a handler that waits 1 ms", load(port, process.pid, options.seconds, "/slow?ms=1"))
    stop(process)
    measure_nginx(options.seconds)


if __name__ == "__main__":
    main()
