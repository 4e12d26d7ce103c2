# SPDX-License-Identifier: Apache-2.0
"""What it costs to overwrite memory that held a secret or a client's bytes: serve with and without it."""

import os
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import measure
from chat.streams import Chat, load, player

ROUNDS, STREAMS, TOKENS, SECONDS = 6, 96, 300, 1
NOTHING = """
#include <stddef.h>
void explicit_bzero(void *memory, size_t size) { (void)memory; (void)size; }
void __explicit_bzero_chk(void *memory, size_t size, size_t room) { (void)memory; (void)size; (void)room; }
"""


@contextmanager
def serve(server, **environment):
    """(pid, address) of one more serve process of the server."""
    address = f"127.0.0.1:{measure.free_port()}"
    words = dict(server.environment, NETGURU_HTTP_ADDRESS=address, **environment)
    process = subprocess.Popen([measure.PROGRAM, "serve"], env=words, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://{address}/health/live", timeout=1).read()
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        yield process.pid, address
    finally:
        process.terminate()
        process.wait(30)


def read_us(pid, address, token):
    before = measure.cpu_seconds(pid)
    requests, _ = measure.wrk(f"http://{address}/api/v1/users/me", token, seconds=SECONDS)
    return (measure.cpu_seconds(pid) - before) / requests * 1e6


def stream_us(pid, address, chat):
    asks = chat.asks(STREAMS, f"played-{TOKENS}-0")
    before = measure.cpu_seconds(pid)
    load(int(address.split(":")[1]), asks, TOKENS, 32)
    return (measure.cpu_seconds(pid) - before) / STREAMS * 1e6


def wiping(settings):
    with tempfile.TemporaryDirectory(prefix="netguru-bench-", dir="/tmp") as folder, player() as port:
        library = f"{folder}/nothing.so"
        Path(folder, "nothing.c").write_text(NOTHING, encoding="ascii")
        subprocess.run(["gcc", "-shared", "-fPIC", "-fno-builtin", "-o", library, f"{folder}/nothing.c"], check=True)
        os.chmod(folder, 0o755)
        with measure.server(**settings(port, NETGURU_MODEL_DIR="/nonexistent")) as server, serve(server) as wipes, serve(
            server, LD_PRELOAD=library
        ) as leaves:
            chat = Chat(server, port)
            token = chat.user(0)
            reads = [(read_us(*wipes, token), read_us(*leaves, token)) for _ in range(ROUNDS)]
            answers = [(stream_us(*wipes, chat), stream_us(*leaves, chat)) for _ in range(ROUNDS)]
    read, answer = ([min(side) for side in zip(*pairs)] for pairs in (reads, answers))
    return (
        f"Overwriting memory (secrets, and what clients have sent) costs {read[0] - read[1]:.1f} of {read[0]:.1f} µs CPU of an authenticated "
        f"read ({100 * (1 - read[1] / read[0]):.0f} %) and {answer[0] - answer[1]:.0f} of {answer[0]:.0f} µs of a streamed answer "
        f"({100 * (1 - answer[1] / answer[0]):.0f} %): the same program with and without it, the least of {ROUNDS} rounds each."
    )
