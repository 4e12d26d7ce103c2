# SPDX-License-Identifier: Apache-2.0
"""Empty jobs through a worker of ours and through Celery's, each with two processes' worth of cores."""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import redis

import measure

TITLE = "Jobs: an empty job through our worker and through Celery's"
JOBS = 3000
ROUNDS = 3
LINE = re.compile(r"at a time: (\d+)/s, ([\d.]+) us CPU")


def ours(concurrency):
    """Jobs a second, and the worker's own CPU in microseconds a job."""
    program = os.path.join(os.path.dirname(os.path.dirname(measure.PROGRAM)), "test/jobs/bench_jobs")
    environment = dict(os.environ, NETGURU_TEST_SOURCE_ROOT=str(measure.ROOT))
    text = subprocess.run(
        [program, str(JOBS), str(concurrency)], capture_output=True, text=True, check=True, env=environment
    ).stdout
    rate, cpu = LINE.search(text).groups()
    return float(rate), float(cpu)


def theirs(concurrency):
    """The same of a Celery worker with its results in Redis, from its 50th result on."""
    with tempfile.TemporaryDirectory(prefix="netguru-bench-", dir="/tmp") as folder:
        socket = f"{folder}/redis.sock"
        server = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", socket, "--appendonly", "yes", "--save", "", "--dir", folder],
            stdout=subprocess.DEVNULL,
        )
        environment = dict(os.environ, PEER_REDIS_SOCKET=socket)
        command = [sys.executable, "-m", "celery", "-A", "jobs", "worker", "-c", str(concurrency), "--loglevel", "error"]
        client = redis.Redis(unix_socket_path=socket)
        while not os.path.exists(socket):
            time.sleep(0.01)
        peer = Path(__file__).parent / "peer"
        subprocess.run([sys.executable, "jobs.py", str(JOBS)], cwd=peer, env=environment, check=True)
        worker = subprocess.Popen(command, cwd=peer, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            return results_per_second(client)
        finally:
            worker.terminate()
            worker.wait(30)
            client.close()
            server.terminate()
            server.wait(30)


def count_results(client):
    return sum(1 for _ in client.scan_iter("celery-task-meta-*", count=10000))


def results_per_second(client):
    while count_results(client) < 50:
        time.sleep(0.01)
    first, started = count_results(client), time.monotonic()
    while client.llen("celery:queue:rag") or count_results(client) < JOBS:
        time.sleep(0.02)
    return (JOBS - first) / (time.monotonic() - started)


def run():
    rounds = [(ours(2), ours(32), theirs(1), theirs(2)) for _ in range(ROUNDS)]
    rows = [
        ("NetGuru, 2 at a time", f"{median(r[0][0] for r in rounds):,.0f}", f"{median(r[0][1] for r in rounds):.0f}"),
        ("NetGuru, 32 at a time", f"{median(r[1][0] for r in rounds):,.0f}", f"{median(r[1][1] for r in rounds):.0f}"),
        ("Celery, 1 process", f"{median(r[2] for r in rounds):,.0f}", ""),
        ("Celery, 2 processes", f"{median(r[3] for r in rounds):,.0f}", ""),
    ]
    ratio = measure.ratio((max(r[0][0], r[1][0]), max(r[2], r[3])) for r in rounds)
    return [
        *measure.table(("worker", "jobs/s", "its own CPU µs a job"), rows),
        "",
        f"At its best setting each, **{ratio:.1f}×** (bar: 10×). Ours commits every job twice to PostgreSQL, durably (claim, and effect "
        "with status); Celery's forgets what a worker held when it dies. Servers, workers and load share the cores.",
    ]
