# SPDX-License-Identifier: Apache-2.0
"""One user's jobs do not starve another's. Long jobs are made by stopping their parsers, so nothing depends on time."""

import os
import signal
import time
import uuid
from pathlib import Path

import pytest

LINE = b"Mar  1 10:00:00 r1 %%SYS-5-CONFIG_I: line %d of %s configured from console\n"


def log(lines):
    word = uuid.uuid4().hex.encode()
    return b"".join(LINE % (number, word) for number in range(lines))


def children_of(pid):
    found = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        try:
            found += [int(child) for child in (thread / "children").read_text().split()]
        except OSError:
            continue
    return found


def state_of(pid):
    """The letter in /proc; empty when the process has gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def is_parser(pid):
    """Not a child that has yet to become one: the worker waits until it has."""
    try:
        return b"parse" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False


def stop_next_parser(worker, known):
    """Stops the next parser of the worker: its job goes on for ever."""
    while True:
        for pid in children_of(worker):
            if pid not in known and is_parser(pid):
                try:
                    os.kill(pid, signal.SIGSTOP)
                except ProcessLookupError:
                    continue
                return pid


def occupy(netguru, client, places=2):
    """Jobs of the client hold all ordinary places: their documents and their parsers."""
    worker, documents, parsers = netguru.children()["work"], [], []
    for number in range(places):
        document = client.upload(f"long{number}.log", log(100_000)).json
        parsers.append(stop_next_parser(worker, parsers))
        documents.append(document)
    for document in documents:
        while client.task(document)["status"] != "running":
            time.sleep(0.01)
    return documents, parsers


@pytest.fixture(scope="module")
def instance(make_netguru):
    return make_netguru()


@pytest.fixture
def two(instance):
    return instance, instance.client().register(), instance.client().register()


def test_a_small_file_passes_another_users_long_jobs(two):
    netguru, alice, bob = two
    documents, parsers = occupy(netguru, alice)
    waiting = [alice.upload(f"more{n}.log", log(5)).json for n in range(8)]
    assert bob.process("small.log", log(1))["status"] == "completed"
    assert [alice.task(document)["status"] for document in documents] == ["running", "running"]
    assert {alice.task(document)["status"] for document in waiting} == {"pending"}
    # Deleting the documents stops their jobs at once: parsers included, although they are stopped.
    for document in documents:
        assert alice.call("DELETE", f"/api/v1/files/{document['id']}").status == 204
    while any(state_of(pid) not in ("", "Z") for pid in parsers):
        time.sleep(0.01)
    for document in waiting:
        assert alice.settled(document)["status"] == "completed"
    assert alice.get(f"/api/v1/analysis/tasks/{documents[0]['task']['id']}").status == 404


def test_two_users_take_turns(two):
    """The queue builds up while the worker stands still; then the order of the starts tells."""
    netguru, alice, bob = two
    worker = netguru.children()["work"]
    os.kill(worker, signal.SIGSTOP)
    try:
        long_queue = [alice.upload(f"a{n}.log", log(5)).json for n in range(10)]
        one = bob.upload("b.log", log(1)).json
    finally:
        os.kill(worker, signal.SIGCONT)
    bob.settled(one)
    for document in long_queue:
        alice.settled(document)
    started = bob.task(one)["started_at"]
    assert sum(alice.task(document)["started_at"] < started for document in long_queue) <= 2
    starts = [alice.task(document)["started_at"] for document in long_queue]
    assert starts[0] < starts[3] < starts[6] < starts[9]


def test_a_killed_worker_uses_up_no_attempt(two):
    netguru, alice, _ = two
    documents, parsers = occupy(netguru, alice, 1)
    os.kill(netguru.children()["work"], signal.SIGKILL)
    while (task := alice.task(documents[0]))["restarts"] == 0:
        time.sleep(0.05)
    assert task["error_message"] in ("the server was restarted while working on it", None)
    while (task := alice.task(documents[0]))["status"] != "running":
        time.sleep(0.05)
    assert (task["attempts"], task["restarts"]) == (1, 1)
    os.kill(parsers[0], signal.SIGKILL)  # stopped, it cannot notice that nobody reads it
    assert alice.call("DELETE", f"/api/v1/files/{documents[0]['id']}").status == 204
