# SPDX-License-Identifier: Apache-2.0
"""A serve process on the large database, with a Redis of its own, whose metrics are scraped."""

import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager

import measure
from statements import data

# The canary of the keys stays in the database, which is kept between runs: any key will do, and always the same.
KEY = "bmV0Z3VydSBiZW5jaG1hcmtzOiBub3QgYSBzZWNyZXQ="
SCRAPES, PAUSE_S = 400, 0.1
SWEEPS = ("erasure_find_due", "turn_find_expired")


def settings(folder):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NETGURU_")}
    return dict(
        environment, NETGURU_HOME=f"{folder}/home", NETGURU_HTTP_ADDRESS=f"127.0.0.1:{measure.free_port()}", NETGURU_LOG_LEVEL="error", NETGURU_ENCRYPTION_KEYS=KEY,
        NETGURU_DATABASE_URL=f"postgresql:///{data.NAME}?host={data.HOME}&user=netguru_serve",
        NETGURU_OWNER_DATABASE_URL=f"postgresql:///{data.NAME}?host={data.HOME}&user=postgres", NETGURU_REDIS_URL=f"unix://{folder}/redis.sock",
    )


def prepare(connection):
    """Lets serve start, and keeps it from doing what is due: the next run must find the same rows."""
    data.execute(connection, "DELETE FROM encryption_canary WHERE encryption_key_id = 'first'")  # no key opens it; serve stores its own
    for name in SWEEPS:
        data.execute(connection, f"REVOKE EXECUTE ON FUNCTION {name} FROM netguru_serve")


def restore(connection):
    for name in SWEEPS:
        data.execute(connection, f"GRANT EXECUTE ON FUNCTION {name} TO netguru_serve")


def get(address, path):
    with urllib.request.urlopen(f"http://{address}{path}", timeout=30) as answer:
        return answer.read().decode()


@contextmanager
def running():
    """The address of a serve process on the database, which must be running."""
    with tempfile.TemporaryDirectory(prefix="netguru-bench-", dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        environment = settings(folder)
        redis = subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", f"{folder}/redis.sock", "--unixsocketperm", "777", "--save", "", "--dir", folder], stdout=subprocess.DEVNULL)
        subprocess.run([measure.PROGRAM, "migrate", "stamp", "head"], env=environment, stdout=subprocess.DEVNULL, check=True)
        serve = subprocess.Popen([measure.PROGRAM, "serve"], env=environment)
        try:
            wait(environment["NETGURU_HTTP_ADDRESS"], serve)
            yield environment["NETGURU_HTTP_ADDRESS"]
        finally:
            serve.terminate()
            serve.wait(30)
            redis.terminate()
            redis.wait(30)


def wait(address, serve):
    for _ in range(200):
        try:
            get(address, "/health/live")
            return
        except OSError:
            if serve.poll() is not None:
                sys.exit("bench: serve has ended")
            time.sleep(0.1)
    sys.exit("bench: serve did not start")


def value_of(text, name):
    return float(re.search(rf"^{name} (\S+)$", text, re.M)[1])


def measure_scrapes(server):
    """(milliseconds of the first scrape, of the others, sorted, seconds of the samples, the greatest age of one, series)"""
    times, samples, ages = [], set(), []
    admin = server.connect()
    prepare(admin)
    try:
        with running() as address:
            for _ in range(SCRAPES + 1):
                started = time.monotonic()
                text = get(address, "/metrics/data")
                times.append((time.monotonic() - started) * 1000)
                samples.add(value_of(text, "netguru_data_collect_seconds"))
                ages.append(value_of(text, "netguru_data_age_seconds"))
                time.sleep(PAUSE_S)
    finally:
        restore(admin)
        admin.close()
    if 'netguru_data_up{part="postgres"} 1' not in text:
        sys.exit("bench: the metrics have nothing of PostgreSQL")
    return times[0], sorted(times[1:]), sorted(samples), max(ages), sum(not line.startswith("#") for line in text.splitlines())
