# SPDX-License-Identifier: Apache-2.0
"""Single statements through our driver, beside pgbench -M prepared on the same server."""

import os
import re
import subprocess

import measure

TITLE = "Statements: our driver and pgbench -M prepared"
LINE = re.compile(
    r"(\d+) clients, ([\w ]+):\s+ours\s+(\d+)/s\s+([\d.]+) us, pgbench\s+(\d+)/s\s+([\d.]+) us: rate x([\d.]+), client CPU x([\d.]+)"
)


def run():
    program = os.path.join(os.path.dirname(os.path.dirname(measure.PROGRAM)), "test/db/bench_statements")
    text = subprocess.run([program, "2", "5", "1", "16", "64"], capture_output=True, text=True, check=True).stdout
    rows = [
        (clients, statement, f"{int(ours):,}", f"{int(theirs):,}", f"{rate}×", ours_us, theirs_us, f"{cpu}×")
        for clients, statement, ours, ours_us, theirs, theirs_us, rate, cpu in LINE.findall(text)
    ]
    worst = max(float(row[-1].rstrip("×")) for row in rows)
    head = ("clients", "statement", "ours/s", "pgbench/s", "rate", "our CPU µs", "its CPU µs", "client CPU")
    return [
        *measure.table(head, rows),
        "",
        f"Client CPU per statement is at most **{worst:.2f}×** that of pgbench (bar: 1.5×). \"user set\" sets the "
        "tenant of the statement in the same pipeline, as every request does. Medians of 5 rounds of 2 s.",
    ]
