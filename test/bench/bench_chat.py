# SPDX-License-Identifier: Apache-2.0
"""Answers of a model, streamed: beside LiteLLM's proxy in front of the same played provider."""

import os
import sys
import threading
import time
from statistics import median

import measure
from chat.context import context_windows
from chat.streams import Ask, Chat, litellm, load, openai_asks, player, quantile
from chat.wiping import wiping

TITLE = "Chat: NetGuru and LiteLLM's proxy in front of the same provider"

SMALL = bool(os.environ.get("BENCH_CHAT_SMALL"))  # a look at everything in two minutes
ROUNDS = 1 if SMALL else 3
ONE_BY_ONE = 40 if SMALL else 200
BULK, BULK_TOKENS, AT_ONCE = (48 if SMALL else 160), 300, 32
MANY = 200 if SMALL else 2000
TOKENS_A_SECOND = 30
MANY_TOKENS = TOKENS_A_SECOND * (20 if SMALL else 120)  # long enough for all to run at once
OPENING = 64
NO_MODEL = "/nonexistent"


def settings(port, **more):
    return {
        "NETGURU_LLM_LOCAL_URLS": f"http://127.0.0.1:{port}",
        "NETGURU_RATE_LIMIT_FACTOR": "100000",
        "NETGURU_MAX_REQUESTS": "4096",  # all clients of MANY answers come back in the same moment
        "NETGURU_REDIS_MEMORY_MB": "2048",  # for the events of MANY answers of two minutes
        "NETGURU_BCRYPT_COST": "4",
        **more,
    }


def whole(name, seen):
    if seen.bad:
        sys.exit(f"bench: streams of {name} were not whole: {seen.bad}")
    return seen


def verdict(value, bar, is_least=False):
    return "met" if (value >= bar if is_least else value <= bar) else "**missed**"


# Beside the rival: first tokens, and CPU of answers as fast as they are read.


class Side:
    """One of those that are compared."""

    def __init__(self, name, port, pid, asks):
        self.name, self.port, self.pid, self.asks = name, port, pid, asks
        self.first, self.per_cpu = [], []

    def ask_one_by_one(self):
        self.first.append(whole(self.name, load(self.port, self.asks(ONE_BY_ONE, "played-16-0"), 16, 1)).first)

    def stream_bulk(self):
        asks = self.asks(BULK, f"played-{BULK_TOKENS}-0")
        before = measure.cpu_seconds(self.pid)
        whole(self.name, load(self.port, asks, BULK_TOKENS, AT_ONCE))
        self.per_cpu.append(BULK / (measure.cpu_seconds(self.pid) - before))

    def added(self, direct, share):
        """Median of the rounds: ms of the first token over the provider's own."""
        return median(quantile(mine, share) - quantile(its, share) for mine, its in zip(self.first, direct.first))


def search_times(chat, count):
    token = chat.user(0)
    times = []
    for _ in range(count):
        started = time.monotonic()
        chat.call("POST", "/api/v1/search", {"query": "Why does OSPF stay in EXSTART?"}, token)
        times.append((time.monotonic() - started) * 1000)
    return times


def beside_rival(player_port):
    with measure.server(**settings(player_port)) as server, measure.server(
        **settings(player_port, NETGURU_MODEL_DIR=NO_MODEL)
    ) as words, litellm(player_port) as (rival_pid, rival_port, rival_key):
        chats = [Chat(each, player_port) for each in (server, words)]
        direct = Side("the provider itself", player_port, None, lambda n, model: openai_asks(player_port, n, model))
        ours = Side("NetGuru", chats[0].port, server.pid_of("serve"), chats[0].asks)
        ours_words = Side("NetGuru, search by words only", chats[1].port, words.pid_of("serve"), chats[1].asks)
        rival = Side("LiteLLM", rival_port, rival_pid, lambda n, model: openai_asks(rival_port, n, model, rival_key))
        sides = [direct, ours, ours_words, rival]
        for side in sides[1:]:
            load(side.port, side.asks(20, "played-16-0"), 16, 4)  # its first answers build what is kept
        for _ in range(ROUNDS):
            for side in sides:
                side.ask_one_by_one()
            for side in sides[1:]:
                side.stream_bulk()
        return sides, [search_times(chat, ONE_BY_ONE) for chat in chats]


def rival_lines(sides, searches):
    direct, ours, ours_words, rival = sides
    rows = [
        (
            side.name,
            f"{median(quantile(first, 0.5) for first in side.first):.2f}",
            f"{median(quantile(first, 0.99) for first in side.first):.2f}",
            "" if side is direct else f"{side.added(direct, 0.5):.2f}",
            "" if side is direct else f"{side.added(direct, 0.99):.2f}",
            "" if side is direct else f"{median(side.per_cpu):,.0f}",
        )
        for side in sides
    ]
    times = [measure.ratio(list(zip(side.per_cpu, rival.per_cpu))) for side in (ours, ours_words)]
    p50, p99 = ours.added(direct, 0.5), ours.added(direct, 0.99)
    return [
        *measure.table(("", "first token p50 ms", "p99 ms", "added p50 ms", "added p99 ms", "streams per CPU second"), rows),
        "",
        f"The first token comes {p50:.1f} ms (p50; bar: 3 ms, {verdict(p50, 3)}) and {p99:.1f} ms (p99; bar: 10 ms, {verdict(p99, 10)}) later "
        f"than from the provider. Of that, a search with the question alone takes {quantile(searches[0], 0.5):.1f} ms (p50), "
        f"by words only {quantile(searches[1], 0.5):.1f} ms; LiteLLM searches nothing, stores nothing and checks no session. "
        f"Streams of {BULK_TOKENS} tokens per CPU second of the process: **{times[0]:.1f}×** LiteLLM's (bar: 10×, "
        f"{verdict(times[0], 10, True)}), by words only {times[1]:.1f}×. "
        f"{ONE_BY_ONE} answers one by one, then {BULK} of them {AT_ONCE} at a time, {ROUNDS} rounds.",
    ]


# Many streams at once, on one core, and a herd that comes back.


class Watch:
    """CPU and memory of a process, second by second, while it streams."""

    def __init__(self, pid):
        self.pid = pid
        self.stopped = threading.Event()
        self.rss = [measure.memory_kb(pid, "Rss")]
        self.cores = []
        self.thread = threading.Thread(target=self.run)

    def run(self):
        before = (time.monotonic(), measure.cpu_seconds(self.pid))
        while not self.stopped.wait(1):
            now = (time.monotonic(), measure.cpu_seconds(self.pid))
            self.cores.append((now[1] - before[1]) / (now[0] - before[0]))
            self.rss.append(measure.memory_kb(self.pid, "Rss"))
            before = now

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.thread.join()


def pin(pid, core):
    for thread in os.listdir(f"/proc/{pid}/task"):
        os.sched_setaffinity(int(thread), {core})


def many(server, player_port, drop_at=None):
    """(what the clients saw, what the process took) of MANY streams on core 0; all else is on core 1."""
    chat = Chat(server, player_port)
    pid = server.pid_of("serve")
    load(chat.port, chat.asks(20, "played-16-0"), 16, 4)
    asks = chat.asks(MANY, f"played-{MANY_TOKENS}-{TOKENS_A_SECOND}")
    pin(pid, 0)
    with Watch(pid) as watch:
        seen = load(chat.port, asks, MANY_TOKENS, MANY, OPENING, drop_at, TOKENS_A_SECOND, cpu=1)
    return whole("many", seen), watch


def many_lines(seen, watch, herd, herd_watch):
    busiest = median(sorted(watch.cores)[-max(1, len(watch.cores) // 3) :])
    kb = (max(watch.rss) - watch.rss[0]) / MANY
    own_s = MANY_TOKENS / TOKENS_A_SECOND
    late = [all_ms / 1000 - first_ms / 1000 - own_s for all_ms, first_ms in zip(seen.whole, seen.first)]
    rows = [
        ("whole, every byte in its place", f"{seen.states['complete']:,} of {MANY:,}", "all", verdict(seen.states["complete"], MANY, True)),
        ("CPU of serve while they run, cores", f"{busiest:.2f}", "1 for 2,000", "not measured" if SMALL else verdict(busiest, 1)),
        ("longest silence within a stream, p50, p99 and worst, ms", f"{quantile(seen.gaps, 0.5):.0f}, {quantile(seen.gaps, 0.99):.0f}, {max(seen.gaps):.0f}", "no stall (1 s)", verdict(max(seen.gaps), 1000)),
        ("end of the answer behind the provider's, p99, ms", f"{quantile(late, 0.99) * 1000:.0f}", "", ""),
        ("memory of a stream, KB", f"{kb:.0f}", "40", verdict(kb, 40)),
        ("the herd: cut and back at once, caught up, p50, p99 and last, ms", f"{quantile(herd.caught, 0.5):.0f}, {quantile(herd.caught, 0.99):.0f}, {max(herd.caught):.0f}", "", ""),
        ("the herd: nothing missing, nothing twice", f"{herd.states['complete']:,} of {MANY:,}", "all", verdict(herd.states["complete"], MANY, True)),
        ("the herd: CPU of serve in its busiest second, cores", f"{max(herd_watch.cores):.2f}", "", ""),
    ]  # fmt: skip
    return [
        *measure.table((f"{MANY:,} streams at {TOKENS_A_SECOND} tokens/s, serve on one core", "", "bar", ""), rows),
        "",
        "PostgreSQL, Redis, the provider and the clients share the other core. The herd is all clients of as many running answers: "
        f"their connections are cut when each has {MANY_TOKENS // 2} tokens, and come back at once with Last-Event-ID. Caught up means: less than a quarter "
        "of a second behind the provider.",
    ]


def replay_lines(server, player_port):
    """Clients that come back to answers that have ended, with the position at half of them."""
    chat = Chat(server, player_port)
    asks = chat.asks(MANY, f"played-{BULK_TOKENS}-{BULK_TOKENS}")
    seen = whole("asked", load(chat.port, asks, BULK_TOKENS, MANY, AT_ONCE))
    back = [Ask(b"", ask.resume, position, had) for ask, (position, had) in zip(asks, seen.positions) if had < BULK_TOKENS]
    if not back:
        return []
    pid = server.pid_of("serve")
    before = measure.cpu_seconds(pid)
    herd = whole("that came back", load(chat.port, back, BULK_TOKENS, len(back)))
    cpu = measure.cpu_seconds(pid) - before
    return [
        "",
        f"{len(back):,} clients that come back at once to answers that have ended, each from the middle: all have the rest after "
        f"**{herd.wall_s * 1000:.0f} ms**, for {cpu / len(back) * 1e6:.0f} µs CPU each.",
    ]


def run():
    with player() as port:
        sides, searches = beside_rival(port)
        lines = rival_lines(sides, searches)
        with measure.server(**settings(port, NETGURU_MODEL_DIR=NO_MODEL)) as server:
            lines += replay_lines(server, port)
    lines.append("")
    with player(1) as port:
        looks = []
        for drop_at in (None, MANY_TOKENS // 2):
            with measure.server(**settings(port, NETGURU_MODEL_DIR=NO_MODEL)) as server:
                looks += many(server, port, drop_at)
        lines += many_lines(*looks)
    return [*lines, "", *context_windows(), "", wiping(settings)]
