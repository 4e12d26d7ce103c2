# SPDX-License-Identifier: Apache-2.0
"""Clients of a conversation that read slowly or come back all at once: nothing missing, nothing twice."""

import base64
import json
import os
import socket
import struct

import pytest
from waiting import wait_until

LIMIT_S = 60
HERD, HERD_CONVERSATIONS, STREAMS_OF_A_USER = 100, 10, 25
ANSWERS = 6
LONG = "0123456789" * 20000  # 200 KB: some answers are more than the buffers between server and client


@pytest.fixture(scope="module")
def whole(make_netguru, provider):
    return make_netguru(NETGURU_LLM_LOCAL_URLS=provider.url, NETGURU_MODEL_DIR="/nonexistent")


def new_user(whole, provider):
    user = whole.client().register()
    key = {"provider": "local", "base_url": provider.url, "model": "played"}
    assert user.post("/api/v1/users/me/api-keys", key).status == 201
    return user


@pytest.fixture
def user(whole, provider):
    return new_user(whole, provider)


def new_conversation(user):
    return user.post("/api/v1/chat/conversations", {}).json["id"]


def ask(user, conversation):
    body = {"content": "go on", "mode": "model"}
    answer = user.post(f"/api/v1/chat/conversations/{conversation}/messages", body)
    assert answer.status == 202, answer.body
    return answer.json["message_id"]


class Reader:
    """A client of the events of a conversation on a socket of its own, with a small buffer."""

    def __init__(self, address, small=True):
        host, port = address.split(":")
        self.socket = socket.socket()
        if small:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(LIMIT_S)
        self.socket.connect((host, int(port)))
        self.data = b""
        self.ended = False

    def send(self, *lines):
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())

    def read(self):
        """Reads more; False at the end."""
        try:
            part = self.socket.recv(65536)
        except ConnectionResetError:
            part = b""
        self.data += part
        self.ended = not part
        return not self.ended

    def read_head(self):
        while b"\r\n\r\n" not in self.data:
            assert self.read(), self.data
        head, _, self.data = self.data.partition(b"\r\n\r\n")
        return head.decode()

    def read_until(self, predicate):
        while not predicate(self.events()):
            assert self.read(), "the stream ended"

    def drain(self):
        while self.read():
            pass
        return self.events()

    def close(self):
        self.socket.close()


class EventStream(Reader):
    def open(self, user, conversation, after=None):
        position = [f"Last-Event-ID: {after}"] if after is not None else []
        self.send(f"GET /api/v1/chat/conversations/{conversation}/events HTTP/1.1", "Host: x", f"Authorization: Bearer {user.token}", *position)
        assert " 200 " in self.read_head()
        return self

    def events(self):
        return [json.loads(line[6:]) for line in self.data.split(b"\n")[:-1] if line.startswith(b"data: ")]


class WebSocket(Reader):
    def open(self, user, conversation, after=None):
        position = f"?after={after}" if after is not None else ""
        ticket = user.post("/api/v1/chat/tickets", {}).json["ticket"]
        self.send(
            f"GET /ws/chat/{conversation}{position} HTTP/1.1", "Host: x", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}", f"Sec-WebSocket-Protocol: netguru.chat.v1, netguru.ticket.{ticket}",
        )  # fmt: skip
        assert " 101 " in self.read_head()
        return self

    def frames(self):
        at = 0
        while at + 2 <= len(self.data):
            opcode, size, head = self.data[at] & 15, self.data[at + 1], 2
            if size == 126:
                size, head = struct.unpack_from(">H", self.data, at + 2)[0] if at + 4 <= len(self.data) else 1 << 30, 4
            elif size == 127:
                size, head = struct.unpack_from(">Q", self.data, at + 2)[0] if at + 10 <= len(self.data) else 1 << 30, 10
            if at + head + size > len(self.data):
                return
            yield opcode, self.data[at + head : at + head + size]
            at += head + size

    def events(self):
        return [json.loads(payload) for opcode, payload in self.frames() if opcode == 1]

    def close_code(self):
        codes = [struct.unpack_from(">H", payload)[0] for opcode, payload in self.frames() if opcode == 8]
        return codes[0] if codes else None


def texts(events):
    """message id -> its text; every event follows the one before it."""
    found = {}
    last = 0
    for event in events:
        assert event["seq"] > last, "an event came twice"
        assert event["type"] != "reload"
        last = event["seq"]
        if event["type"] == "message_chunk":
            text = found.setdefault(event["message_id"], "")
            assert event["offset"] == len(text), "text is missing, or came twice"
            found[event["message_id"]] = text + event["content"]
    return found


def completed(events):
    return sum(event["type"] == "message_completed" for event in events)


def say_long(provider, user, conversation):
    provider.post("/_script", {"answers": [{"steps": [{"text": LONG}], "piece": 4000}]})
    message = ask(user, conversation)
    wait_until(lambda: user.get(f"/api/v1/chat/messages/{message}").json["state"] == "complete", "the answer is complete")
    return message


@pytest.mark.parametrize("kind", [EventStream, WebSocket])
def test_slow_reader_is_cut_and_comes_back_with_the_rest(whole, provider, user, kind):
    conversation = new_conversation(user)
    slow = kind(whole.address).open(user, conversation)
    messages = [say_long(provider, user, conversation) for _ in range(ANSWERS)]
    first = slow.drain()
    done = completed(first)
    assert done < len(messages), "the server has kept everything for a client that does not read"
    if kind is WebSocket:
        assert slow.close_code() in (4408, None)  # its frame is behind what the client did not read in time
    slow.close()
    back = kind(whole.address, small=False).open(user, conversation, first[-1]["seq"])
    back.read_until(lambda events: done + completed(events) >= len(messages))
    found = texts(first + back.events())
    back.close()
    assert list(found) == messages
    assert all(text == LONG for text in found.values())


def test_slow_web_socket_that_comes_back_is_given_only_what_it_reads(whole, provider, user):
    """More than the queue holds is replayed to a client with a small buffer, which is not cut for it."""
    conversation = new_conversation(user)
    messages = [say_long(provider, user, conversation) for _ in range(ANSWERS)]
    reader = WebSocket(whole.address).open(user, conversation, 0)
    reader.read_until(lambda events: completed(events) == len(messages))
    reader.close()
    assert all(text == LONG for text in texts(reader.events()).values())


def test_herd_that_comes_back_misses_nothing_and_gets_nothing_twice(whole, provider, user):
    parts = ["".join(f"{n:04} " for n in range(first, first + 100)) for first in (0, 100, 200)]
    steps = [{"text": parts[0]}, {"wait": "herd.0"}, {"text": parts[1]}, {"wait": "herd.1"}, {"text": parts[2]}]
    provider.post("/_script", {"answers": [{"steps": steps, "piece": 20}] * HERD_CONVERSATIONS})
    users = [user] + [new_user(whole, provider) for _ in range(HERD // STREAMS_OF_A_USER)]
    homes = [(users[i % len(users)], new_conversation(users[i % len(users)])) for i in range(HERD_CONVERSATIONS)]
    for home in homes:
        ask(*home)
    members = [homes[i % len(homes)] for i in range(HERD)]
    readers = [EventStream(whole.address).open(*member) for member in members]
    for reader in readers:
        reader.read_until(lambda events: "0099 " in "".join(texts(events).values()))
        reader.close()
    provider.post("/_go/herd.0")
    back = []
    for i, (reader, member) in enumerate(zip(readers, members)):
        if i == HERD // 2:
            provider.post("/_go/herd.1")
        back.append(EventStream(whole.address).open(*member, reader.events()[-1]["seq"]))
    for reader, again in zip(readers, back):
        again.read_until(lambda events: completed(events) == 1)
        again.close()
        assert list(texts(reader.events() + again.events()).values()) == ["".join(parts)]
