# SPDX-License-Identifier: Apache-2.0
"""HTTP and an authenticated read, against the design document's own stack beside us."""

import os
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import measure

TITLE = "HTTP: NetGuru and FastAPI on the same PostgreSQL and Redis"
ROUNDS = 3


@contextmanager
def peer(server):
    port = measure.free_port()
    secret = Path(server.home, "token.key").read_text(encoding="ascii").strip()
    environment = dict(
        os.environ,
        PEER_DATABASE_DIR=f"{server.home}/run",
        PEER_REDIS_SOCKET=f"{server.home}/run/redis.sock",
        PEER_SECRET=secret,
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "app:app", "--port", str(port), "--log-level", "warning", "--no-access-log"],
        cwd=Path(__file__).parent / "peer",
        env=environment,
    )
    url = f"http://127.0.0.1:{port}"
    for _ in range(200):
        try:
            urllib.request.urlopen(f"{url}/health/live", timeout=1).read()
            break
        except OSError:
            time.sleep(0.1)
    else:
        sys.exit("bench: the rival did not start")
    try:
        yield process.pid, url
    finally:
        process.terminate()
        process.wait(20)


def load(pid, url, token):
    before = measure.cpu_seconds(pid)
    requests, latency = measure.wrk(url, token)
    return requests, measure.cpu_seconds(pid) - before, latency


def compare(path, ours, theirs, token):
    rounds = []
    for _ in range(ROUNDS):
        rounds.append((load(ours[0], ours[1] + path, token), load(theirs[0], theirs[1] + path, token)))
    per_cpu = [(a[0] / a[1], b[0] / b[1]) for a, b in rounds]
    rows = []
    for name, index in (("NetGuru", 0), ("FastAPI", 1)):
        taken = [pair[index] for pair in rounds]
        rows.append(
            (
                path,
                name,
                f"{median(t[0] for t in taken) / 4:,.0f}",
                f"{median(p[index] for p in per_cpu):,.0f}",
                f"{median(t[1] / t[0] for t in taken) * 1e6:.1f}",
                f"{median(t[2][50] for t in taken):.2f}",
                f"{median(t[2][99] for t in taken):.2f}",
            )
        )
    most = [median(pair[index][0] for pair in rounds) / 4 for index in (0, 1)]
    return rows, measure.ratio(per_cpu), most


def tail(servers, most, token):
    """p50 and p99 in ms of each server at 70 % of the most it could do."""
    lines = []
    for name, (_, url), rate in zip(("NetGuru", "FastAPI"), servers, most):
        latencies = measure.paced(url + "/api/v1/users/me", token, 0.7 * rate)
        p50, p99 = latencies[len(latencies) // 2], latencies[len(latencies) * 99 // 100]
        lines.append((name, f"{0.7 * rate:,.0f}", f"{len(latencies) / 5:,.0f}", f"{p50:.2f}", f"{p99:.2f}", f"{p99 / p50:.1f}×"))
    return lines


def run():
    with measure.server(NETGURU_RATE_LIMIT_FACTOR="100000") as server, peer(server) as theirs:
        ours = (server.pid_of("serve"), server.url)
        token = server.login()
        plain, plain_ratio, _ = compare("/health/live", ours, theirs, None)
        read, read_ratio, most = compare("/api/v1/users/me", ours, theirs, token)
        tails = tail((ours, theirs), most, token)
    head = ("path", "server", "requests/s", "requests per CPU second", "CPU µs each", "p50 ms", "p99 ms")
    return [
        *measure.table(head, plain + read),
        "",
        f"Requests per CPU second, NetGuru to FastAPI: plain **{plain_ratio:.1f}×**, authenticated read "
        f"(token, session and rate limit in Redis, one statement under row-level security) **{read_ratio:.1f}×** "
        "(bar: 10×). 32 connections, 4 s a round, 3 rounds, the load generator and both servers on the same cores.",
        "",
        *measure.table(("authenticated read at 70 % load", "asked/s", "answered/s", "p50 ms", "p99 ms", "p99 to p50"), tails),
        "",
        "At 70 % of what each did above (bar: p99 at most 5× p50). The 32 connections of the load generator send in step, so that "
        "their requests come in bursts.",
    ]
