# SPDX-License-Identifier: Apache-2.0
"""The two ends of a stream (player.c, load.c), the rival between them, and NetGuru's users and conversations."""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import measure

BUILD = Path(measure.PROGRAM).resolve().parent.parent / "test/conversations"
RIVAL_PYTHON = os.environ.get("BENCH_LITELLM_PYTHON", "")
STREAMS_OF_A_USER = 30  # below the limit of 32


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0


@dataclass
class Streams:
    """What load.c saw. Times are in ms."""

    states: dict = field(default_factory=dict)
    first: list = field(default_factory=list)
    gaps: list = field(default_factory=list)
    whole: list = field(default_factory=list)
    caught: list = field(default_factory=list)
    positions: list = field(default_factory=list)  # (Last-Event-ID, tokens) at half of the answer
    wall_s: float = 0
    cpu_s: float = 0

    @property
    def bad(self):
        return {state: count for state, count in self.states.items() if state != "complete"}


@contextmanager
def player(cpu=None):
    """Port of a provider; pinned to a core if one is named."""
    process = subprocess.Popen([BUILD / "bench_chat_player"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    if cpu is not None:
        os.sched_setaffinity(process.pid, {cpu})
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(20)
        process.stdout.close()


def text_of(method, path, host, body=None, headers=()):
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", *headers]
    data = b""
    if body is not None:
        data = json.dumps(body).encode()
        lines += ["Content-Type: application/json", f"Content-Length: {len(data)}"]
    return "\r\n".join(lines).encode() + b"\r\n", data


@dataclass
class Ask:
    """One stream: the request, and how it is resumed."""

    request: bytes
    resume: bytes = b""
    position: int = 0
    first: int = 0


def load(port, asks, tokens, at_once, opening=None, drop_at=None, per_second=0, cpu=None):
    command = [BUILD / "bench_chat_load", str(port), str(at_once), str(opening or at_once), str(tokens)]
    if drop_at:
        command += [str(drop_at), str(per_second)]
    if cpu is not None:
        command = ["taskset", "-c", str(cpu), *command]
    records = b"".join(
        b"%d %d %d %d\n" % (len(ask.request), len(ask.resume), ask.position, ask.first) + ask.request + ask.resume
        for ask in asks
    )
    done = subprocess.run(command, input=records, stdout=subprocess.PIPE, check=True)
    seen = Streams()
    *rows, last = done.stdout.decode().splitlines()
    for row in rows:
        state, first, gap, whole, caught, position, had = row.split()
        seen.states[state] = seen.states.get(state, 0) + 1
        seen.first.append(int(first) / 1000)
        seen.gaps.append(int(gap) / 1000)
        seen.whole.append(int(whole) / 1000)
        seen.caught.append(int(caught) / 1000)
        seen.positions.append((int(position), int(had)))
    seen.wall_s, seen.cpu_s = (int(word) / 1e6 for word in last.split()[1:])
    return seen


def openai_asks(port, count, model, key="sk-played"):
    """Requests as a client of OpenAI sends them; of the size of ours, so that neither parses less."""
    body = {"model": model, "stream": True, "messages": [{"role": "user", "content": "Why does OSPF stay in EXSTART?"}]}
    head, data = text_of("POST", "/v1/chat/completions", f"127.0.0.1:{port}", body, [f"Authorization: Bearer {key}"])
    return [Ask(head + b"\r\n" + data)] * count


@contextmanager
def litellm(player_port, cpu=None):
    """(pid, port) of LiteLLM's proxy in front of the player."""
    port = measure.free_port()
    key = "sk-2f61c0a9d5be7783"
    with tempfile.TemporaryDirectory(prefix="netguru-bench-", dir="/tmp") as folder:
        config = {
            "model_list": [{
                "model_name": "played-*",
                "litellm_params": {"model": "openai/played-*", "api_base": f"http://127.0.0.1:{player_port}/v1", "api_key": "sk-played"},
            }],
            "general_settings": {"master_key": key},
        }  # fmt: skip
        Path(folder, "config.yaml").write_text(json.dumps(config), encoding="utf-8")
        environment = dict(os.environ, LITELLM_LOCAL_MODEL_COST_MAP="True", LITELLM_LOG="ERROR")
        words = [str(Path(RIVAL_PYTHON).parent / "litellm"), "--config", f"{folder}/config.yaml", "--host", "127.0.0.1", "--port", str(port)]
        process = subprocess.Popen(words, env=environment, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for_rival(process, port)
            if cpu is not None:
                for thread in Path(f"/proc/{process.pid}/task").iterdir():
                    os.sched_setaffinity(int(thread.name), {cpu})
            yield process.pid, port, key
        finally:
            process.terminate()
            process.wait(30)


def wait_for_rival(process, port):
    for _ in range(1200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/liveliness", timeout=5).read()
            return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    sys.exit("bench: LiteLLM's proxy did not start")


class Chat:
    """Users of a running NetGuru with a key for the player, and their conversations."""

    def __init__(self, server, player_port):
        self.server, self.player_port = server, player_port
        self.host, port = server.address.split(":")
        self.port = int(port)
        self.users = []  # tokens
        self.connection = http.client.HTTPConnection(server.address, timeout=120)

    def call(self, method, path, body=None, token=None):
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        self.connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self.connection.getresponse()
        data = answer.read()
        if answer.status >= 300:
            sys.exit(f"bench: {method} {path} was answered {answer.status}: {data[:300]}")
        return json.loads(data or b"{}")

    def user(self, number):
        while len(self.users) <= number:
            account = {"email": f"bench{len(self.users)}@example.net", "password": "a good password"}
            token = self.call("POST", "/api/v1/auth/register", account)["access_token"]
            key = {"provider": "local", "base_url": f"http://127.0.0.1:{self.player_port}", "model": "played"}
            self.call("POST", "/api/v1/users/me/api-keys", key, token)
            self.users.append(token)
        return self.users[number]

    def conversations(self, count):
        """(token, id) of new conversations."""
        self.connection.close()  # the server closes it while nothing is asked
        made = []
        for i in range(count):
            token = self.user(i // STREAMS_OF_A_USER)
            made.append((token, self.call("POST", "/api/v1/chat/conversations", {}, token)["id"]))
        return made

    def ask(self, conversation, model, question="Why does OSPF stay in EXSTART?"):
        token, name = conversation
        path = f"/api/v1/chat/conversations/{name}"
        headers = [f"Authorization: Bearer {token}", "Accept: text/event-stream"]
        body = {"content": question, "mode": "model", "model": model}
        head, data = text_of("POST", f"{path}/messages", self.host, body, headers)
        return Ask(head + b"\r\n" + data, text_of("GET", f"{path}/events", self.host, None, headers)[0])

    def asks(self, count, model):
        return [self.ask(conversation, model) for conversation in self.conversations(count)]
