# SPDX-License-Identifier: Apache-2.0
"""Every statement that the servers send, on a large database: what its plans read, and how long it takes."""

import sys
from statistics import quantiles

import measure
from statements import data, parameters, plans, scrape

TITLE = "Statements: all that the servers send, on 2,000 users, 200 k conversations, 2 M messages, 200 k chunks"
RUNS = 100
BAR_MS = 100
SCRAPE_BAR_MS = 20
FAULTS = []  # of the last run: test/bench/run exits with an error if there are any
SETTINGS = "ALTER ROLE {login} IN DATABASE {name} {change}"


def explain(server, on):
    admin = server.connect()
    for login in sorted(set(plans.LOGINS.values())):
        for setting in plans.EXPLAIN if on else ["RESET ALL"]:
            change = ("SET " if on else "") + setting
            data.execute(admin, SETTINGS.format(login=login, name=data.NAME, change=change))
    admin.close()


def faults_of(name, reads):
    """What is wrong with its plans, in words."""
    allowed = plans.ROWS_OF.get(name, plans.ROWS)
    faults = [f"{name} reads {table} from end to end, {rows:.0f} rows" for table, rows in reads.scans.items()
              if rows > plans.SMALL_TABLE_ROWS and name not in plans.ROWS_OF]
    if reads.rows > allowed:
        faults.append(f"{name} reads {reads.rows:.0f} rows, more than {allowed}")
    if reads.temporary_blocks:
        faults.append(f"{name} writes {reads.temporary_blocks} blocks of temporary files")
    return faults


def times_of(server, statement, vectors):
    connection = server.connect(plans.login_of(statement))
    plans.prepare(connection, statement)
    times = [plans.run_once(connection, statement["name"], 1000 + number, vectors) for number in range(RUNS)]
    connection.close()
    percentiles = quantiles(times, n=100)
    return percentiles[49], percentiles[94], percentiles[98]


def measure_all(server, wanted):
    admin = server.connect()
    vectors = [row[0] for row in data.execute(admin, "SELECT v FROM bench_queries")]
    admin.close()
    rows, faults = [], []
    explain(server, True)
    reads = {name: plans.plans_of(server, statement, vectors) for name, statement in wanted.items()}
    explain(server, False)
    for name, statement in wanted.items():
        times = times_of(server, statement, vectors)
        faults += faults_of(name, reads[name])
        bar = plans.BAR_OF.get(name, BAR_MS)
        if times[2] >= bar:
            faults.append(f"{name} takes {times[2]:.0f} ms at the 99th percentile, more than {bar}")
        rows.append((name, f"{reads[name].rows:,.0f}", *(f"{value:.2f}" for value in times), ", ".join(sorted(reads[name].indexes)[:3])))
    return rows, faults


def tell_scrapes(first, times, samples, age, series):
    """What the scrapes of the metrics took, in words, and what is wrong with them."""
    p50, p95, p99 = (times[len(times) * share // 100] for share in (50, 95, 99))
    faults = [f"a scrape of the metrics takes {p99:.0f} ms at the 99th percentile, more than {SCRAPE_BAR_MS}"] if p99 >= SCRAPE_BAR_MS else []
    return (f"A scrape of `/metrics/data` ({series} series) on this database: p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 **{p99:.1f} ms** (bar: {SCRAPE_BAR_MS} ms), {len(times)} scrapes, ten a second, so "
            f"that samples are taken as often as they ever are. They answer with the last sample, which is at most {age:.0f} s old; taking one takes {samples[0] * 1000:.0f} to {samples[-1] * 1000:.0f} ms in the "
            f"background. The first scrape waits for a sample: {first:.0f} ms."), faults


def run():
    shipped = plans.shipped()
    missing = sorted(set(shipped) - set(parameters.MAKERS) - parameters.COMMANDS)
    if missing:
        sys.exit(f"bench: no parameters for {', '.join(missing)}: add them to test/bench/statements/parameters.py")
    server = data.ready()
    try:
        scrapes = scrape.measure_scrapes(server)
        rows, faults = measure_all(server, {name: row for name, row in sorted(shipped.items()) if name in parameters.MAKERS})
    finally:
        explain(server, False)
        server.stop()
    told, slow = tell_scrapes(*scrapes)
    faults += slow
    FAULTS[:] = faults
    worst = max(rows, key=lambda row: float(row[4]))
    return [
        *measure.table(("statement", "rows read at most", "p50 ms", "p95 ms", "p99 ms", "indexes (three of them)"), rows),
        "",
        f"{len(rows)} statements, {RUNS} runs each with other parameters, a third of them for the largest tenants; the round trip of the prepared statement over a socket, "
        f"as the server's login under row-level security. The slowest is `{worst[0]}`: p99 **{worst[4]} ms** (bar: {BAR_MS} ms). Rows read include those that a filter "
        f"removed and those read by functions, triggers and foreign keys.",
        "",
        told,
        "",
        *([f"**Faults:** {len(faults)}", "", *(f"- {fault}" for fault in faults)] if faults else ["Each reads at most its bound of rows, no large table from end to end, and writes no temporary file."]),
    ]
