# SPDX-License-Identifier: Apache-2.0
"""Messages written and context windows read (windows.c), and what the wiping of memory costs (wiping.py)."""

import os
import re
import subprocess

import measure
from chat.streams import BUILD

LINE = re.compile(r"(.*): (\d+)/s, ([\d.]+) us CPU")


def context_windows():
    environment = dict(os.environ, NETGURU_TEST_SOURCE_ROOT=str(measure.ROOT))
    text = subprocess.run([BUILD / "bench_chat_windows"], capture_output=True, text=True, check=True, env=environment).stdout
    found = {name: (int(rate), float(cpu)) for name, rate, cpu in LINE.findall(text)}
    cached, stored = found["windows from the cache"], found["windows from PostgreSQL"]
    rows = [(name, f"{rate:,}", f"{cpu:.0f}") for name, (rate, cpu) in found.items()]
    return [
        *measure.table(("16 at a time", "a second", "CPU µs of serve each"), rows),
        "",
        "An exchange is a question and its answer of 800 bytes, committed durably, each with its turn begun and ended. A window is the 50 "
        "newest messages of a branch; one from PostgreSQL also fills the cache again, as a turn does. The cache gives "
        f"**{cached[0] / stored[0]:.1f}×** as many windows a second and takes {100 * (1 - cached[1] / stored[1]):.0f} % less CPU of serve.",
    ]
