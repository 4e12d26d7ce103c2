# SPDX-License-Identifier: Apache-2.0
"""Memory of serve and work at rest, and the time from exec to the first answer."""

import subprocess
import time
import urllib.error
import urllib.request
from statistics import median

import measure

TITLE = "Footprint"


def resident(**environment):
    with measure.server(**environment) as server:
        time.sleep(2)
        pids = [server.pid_of("serve"), server.pid_of("work")]
        return [measure.memory_kb(pid, "Rss") for pid in pids], [measure.memory_kb(pid) for pid in pids]


def start_times():
    """serve alone, on a migrated database, from exec to the first answer of /health/live."""
    times = []
    with measure.server() as server:
        for _ in range(5):
            address = f"127.0.0.1:{measure.free_port()}"
            environment = dict(server.environment, NETGURU_HTTP_ADDRESS=address)
            started = time.monotonic()
            process = subprocess.Popen([measure.PROGRAM, "serve"], env=environment, stderr=subprocess.DEVNULL)
            while True:
                try:
                    urllib.request.urlopen(f"http://{address}/health/live", timeout=1).read()
                    break
                except (urllib.error.URLError, OSError):
                    time.sleep(0.001)
            times.append(time.monotonic() - started)
            process.terminate()
            process.wait(30)
    return times


def run():
    with_model, with_model_pss = resident()
    without, without_pss = resident(NETGURU_MODEL_DIR="/nonexistent")
    rows = [
        ("serve", f"{without[0] / 1024:.1f}", f"{with_model[0] / 1024:.1f}"),
        ("work", f"{without[1] / 1024:.1f}", f"{with_model[1] / 1024:.1f}"),
        ("both, shared pages counted once (PSS)", f"{sum(without_pss) / 1024:.1f}", f"{sum(with_model_pss) / 1024:.1f}"),
    ]
    return [
        *measure.table(("MB at rest", "without the model", "with the model"), rows),
        "",
        f"Bars: 60 MB without, 160 MB with. From exec to the first answer: **{median(start_times()) * 1000:.0f} ms** "
        "(bar: 100 ms).",
    ]
