# SPDX-License-Identifier: Apache-2.0
"""A user's reads and the health checks while strangers flood the login from 200 addresses."""

import asyncio
import collections
import json
import time

import measure

TITLE = "A flood of logins from 200 addresses"
SOURCES = [f"127.0.1.{number}" for number in range(1, 201)]
QUIET_S, FLOOD_S = 8, 20
MOST_A_SECOND = 200  # below each address's limit of 30 a minute when it lasts 20 s


async def ask(address, data, source=None):
    """(status, seconds) of one request on a connection of its own."""
    host, port = address.rsplit(":", 1)
    started = time.monotonic()
    try:
        reader, writer = await asyncio.open_connection(host, int(port), local_addr=(source, 0) if source else None)
    except OSError:
        return 0, time.monotonic() - started
    try:
        writer.write(data)
        head = await reader.readuntil(b"\r\n\r\n")
        return int(head.split()[1]), time.monotonic() - started
    except (asyncio.IncompleteReadError, ConnectionError):
        return 0, time.monotonic() - started
    finally:
        writer.close()


def get(path, token=None):
    bearer = f"Authorization: Bearer {token}\r\n" if token else ""
    return f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{bearer}\r\n".encode()


def login():
    body = json.dumps({"email": "nobody@example.net", "password": "wrong password"})
    return (
        f"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


async def watch(address, token, seconds):
    """What a user and a monitor see: lists of (status, seconds) by what they ask."""
    seen = collections.defaultdict(list)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for name, data in (("read", get("/api/v1/users/me", token)), ("health", get("/health/ready"))):
            seen[name].append(await ask(address, data))
        await asyncio.sleep(0.02)
    return seen


async def flood(address, seconds):
    tasks = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for _ in range(MOST_A_SECOND // 20):
            tasks.append(asyncio.create_task(ask(address, login(), SOURCES[len(tasks) % len(SOURCES)])))
        await asyncio.sleep(0.05)
    for task in tasks:
        task.cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    return [answer for answer in done if isinstance(answer, tuple)]


def percentile(answers, share):
    times = sorted(seconds for _, seconds in answers)
    return times[min(len(times) - 1, int(len(times) * share))] * 1000


def row(name, what, answers):
    good = sum(status == 200 for status, _ in answers)
    return (name, what, f"{len(answers)}", f"{len(answers) - good}", f"{percentile(answers, 0.5):.1f}", f"{percentile(answers, 0.99):.1f}")


async def measure_flood(address, token):
    quiet = await watch(address, token, QUIET_S)
    flooded, strangers = await asyncio.gather(watch(address, token, FLOOD_S), flood(address, FLOOD_S))
    return quiet, flooded, strangers


def run():
    with measure.server() as running:
        time.sleep(3)
        quiet, flooded, strangers = asyncio.run(measure_flood(running.address, running.login()))
    rows = [row(name, what, seen[what]) for name, seen in (("quiet", quiet), ("flood", flooded)) for what in ("read", "health")]
    ratio = percentile(flooded["read"], 0.99) / percentile(quiet["read"], 0.99)
    statuses = collections.Counter(status for status, _ in strangers)
    return [
        *measure.table(("", "", "answers", "not 200", "p50 ms", "p99 ms"), rows),
        "",
        f"p99 of the user's reads: {ratio:.1f} times the quiet one (at most 10). The flood was answered "
        + ", ".join(f"{count} times {status}" for status, count in sorted(statuses.items())) + ".",
    ]
