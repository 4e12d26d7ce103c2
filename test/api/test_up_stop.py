# SPDX-License-Identifier: Apache-2.0
"""netguru up stops in order at any moment of its life, and nothing of it is alive afterwards."""

import os
import random
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import pytest
from conftest import PROGRAM, ROOT, Netguru, free_port
from terminal import Terminal
from waiting import wait_until

SEED = 20260127


class Place:
    """A data directory, started as often as one likes."""

    def __init__(self):
        self.parent = tempfile.mkdtemp(prefix="netguru-stop-", dir="/tmp")
        os.chmod(self.parent, 0o755)
        self.home = f"{self.parent}/home"
        self.sample = f"{self.parent}/sample"
        os.mkdir(self.sample)
        for name in ("lis-acc1.cfg", "lis-dist1.cfg"):
            shutil.copy(ROOT / "sample/configs" / name, self.sample)
        self.knowledge = f"{self.parent}/knowledge"
        os.mkdir(self.knowledge)
        shutil.copy(ROOT / "knowledge/ospf.md", self.knowledge)

    def start(self, *words, **options):
        environment = dict(os.environ, NETGURU_HOME=self.home, NETGURU_HTTP_ADDRESS=f"127.0.0.1:{free_port()}", NETGURU_BCRYPT_COST="4")
        words = words or ("--demo", "--sample", self.sample, "--knowledge", self.knowledge)
        return subprocess.Popen([PROGRAM, "up", *words], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)

    def alive(self):
        """Processes that work in the data directory, or hold a file of it."""
        found = []
        for process in Path("/proc").iterdir():
            if not process.name.isdigit():
                continue
            try:
                words = (process / "cmdline").read_bytes()
                links = [os.readlink(process / "cwd"), *(os.readlink(file) for file in (process / "fd").iterdir())]
            except OSError:
                continue
            if any(link.startswith(self.home) for link in links) and int(process.name) != os.getpid():
                found.append((process.name, words))
        return found

    def assert_nobody(self):
        assert self.alive() == []

    def assert_nobody_soon(self, seconds=120):
        until = time.monotonic() + seconds
        while self.alive():
            assert time.monotonic() < until, self.alive()
            time.sleep(0.02)

    def assert_starts(self):
        """And stops: the data directory is a good one."""
        process = self.start("--demo")
        read_until(process, "Demo account")
        stop(process)
        self.assert_nobody()


def read_until(process, beginning):
    lines = []
    for line in process.stdout:
        lines.append(line)
        if beginning in line:
            return lines
    raise AssertionError("it ended before:\n" + "".join(lines))


def stop(process, number=signal.SIGTERM):
    """Sends the signal; the status must be the signal's."""
    process.send_signal(number)
    # Somebody has to read what it still writes.
    output = process.communicate(timeout=300)[0]
    assert process.returncode == -number, output
    return output


@pytest.fixture
def place():
    made = Place()
    yield made
    made.assert_nobody_soon()
    shutil.rmtree(made.parent, ignore_errors=True)


# What it says at the beginning of each phase: the log line of the very start, and the steps.
PHASES = ["up.starting", "[1/5] starting", "[2/5] bringing", "001_initial_schema", "006_extend", "[3/5] starting serve", "[4/5] reading",
          "[5/5] uploading", "up.ready", "NetGuru runs at"]


@pytest.mark.parametrize("phase", PHASES)
def test_it_stops_at_the_beginning_of_each_phase(place, phase):
    number = random.Random(phase).choice([signal.SIGTERM, signal.SIGINT])
    process = place.start()
    read_until(process, phase)
    stop(process, number)
    place.assert_nobody()
    place.assert_starts()


def on_terminal(place, words):
    return Terminal(words, dict(os.environ, NETGURU_HOME=place.home, NETGURU_HTTP_ADDRESS=f"127.0.0.1:{free_port()}"))


@pytest.mark.parametrize("phase", ["starting PostgreSQL", "NetGuru runs at"])
def test_it_stops_when_its_terminal_is_closed(place, phase):
    terminal = on_terminal(place, [PROGRAM, "up"])
    terminal.wait_for(phase)
    assert terminal.close() == -signal.SIGHUP
    place.assert_nobody()


def test_it_goes_on_after_a_hangup_that_its_terminal_has_not_sent(place):
    terminal = on_terminal(place, [PROGRAM, "up"])
    terminal.wait_for("NetGuru runs at")
    log = Path(place.home, "log/serve.log")
    log.unlink()
    os.kill(terminal.pid, signal.SIGHUP)
    wait_until(log.exists, "the log is opened again")
    assert os.waitpid(terminal.pid, os.WNOHANG) == (0, 0)
    os.kill(terminal.pid, signal.SIGTERM)
    assert terminal.wait() == -signal.SIGTERM


def test_it_stops_at_any_moment(place):
    """Twice in a row each time: what the first stop left behind must not hinder the second start."""
    moments = random.Random(SEED)
    for _ in range(12):
        for _ in range(2):
            process = place.start()
            time.sleep(moments.random() ** 2 * 4)
            stop(process, moments.choice([signal.SIGTERM, signal.SIGINT]))
            place.assert_nobody()
    place.assert_starts()


def test_it_stops_while_the_cluster_is_made(place):
    """initdb leaves a half: the next start must not take it for a cluster, whatever the moment."""
    moments = random.Random(SEED + 1)
    for number in [signal.SIGTERM, signal.SIGKILL] * 4:
        process = place.start("--demo")
        read_until(process, "[1/3]")
        time.sleep(moments.random() * 0.5)
        process.send_signal(number)
        process.communicate(timeout=300)
        place.assert_nobody_soon()
        if not Path(f"{place.home}/postgres.initdb").exists():
            subprocess.run(["rm", "-rf", place.home], check=True)
    place.assert_starts()


def test_killed_at_any_moment_it_takes_its_children_along(place):
    moments = random.Random(SEED + 2)
    for _ in range(8):
        process = place.start()
        time.sleep(moments.random() ** 2 * 4)
        process.kill()
        process.communicate(timeout=300)
        place.assert_nobody_soon()
    place.assert_starts()


def test_it_stops_under_load(make_netguru):
    instance = make_netguru()
    client = instance.demo()
    children = list(instance.children().values())
    going = True

    def load():
        number = 0
        while going:
            number += 1
            try:
                client.upload(f"load-{threading.get_ident()}-{number}.cfg", b"hostname load-%d\n" % number * 50)
                client.post("/api/v1/search", {"query": "ospf neighbor"})
            except OSError:
                time.sleep(0.01)

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        while client.get("/api/v1/files").json["items"] == []:
            time.sleep(0.05)
        instance.process.send_signal(signal.SIGTERM)
        assert instance.process.wait(300) == -signal.SIGTERM
    finally:
        going = False
        for thread in threads:
            thread.join()
    assert not any(Path(f"/proc/{pid}").exists() for pid in children)
    instance.start()
    assert instance.demo().get("/api/v1/users/me").status == 200
    instance.stop()


@pytest.mark.parametrize("of_a_script", [False, True])
def test_servers_that_stand_still_are_stopped_too(place, of_a_script):
    """Also in the background of a script, where the shell has SIGINT ignored, which is what stops PostgreSQL."""
    process = place.start(preexec_fn=lambda: of_a_script and signal.signal(signal.SIGINT, signal.SIG_IGN))
    read_until(process, "[3/5]")
    for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
        os.kill(int(child), signal.SIGSTOP)
    stop(process, signal.SIGINT)
    place.assert_nobody()


def test_it_stops_when_its_directory_is_gone(place):
    process = place.start()
    read_until(process, "NetGuru runs at")
    # What runs may write into it meanwhile.
    wait_until(lambda: subprocess.run(["rm", "-rf", place.home], check=False).returncode == 0, "the directory is gone", 60)
    stop(process)
    place.assert_nobody()


def test_serve_and_work_end_before_the_servers(make_netguru):
    instance = make_netguru()
    log = Path(f"{instance.home}/log")
    instance.stop()
    assert "process.stopped" in (log / "serve.log").read_text() and "process.stopped" in (log / "work.log").read_text()
    # Neither lost its servers before it had stopped, and PostgreSQL was shut down as it should be.
    for name in ("serve.log", "work.log"):
        tail = (log / name).read_text().split("process.stopping")[-1]
        assert "error" not in tail, tail
    instance.start()
    log_of_postgres = Path(instance.home, "postgres/log/postgresql.log")
    assert "not properly shut down" not in log_of_postgres.read_text()
    instance.stop()


def test_leftovers_of_children_end_too(make_netguru):
    """A job that is killed leaves nothing behind when its worker was killed before."""
    instance = make_netguru()
    worker = instance.children()["work"]
    os.kill(worker, signal.SIGKILL)
    instance.stop()
    assert not Path(f"/proc/{worker}").exists()


def test_a_server_that_ends_at_once_is_named(make_netguru):
    instance = make_netguru()
    instance.stop()
    home = Path(instance.home)
    settings = home / "postgres/postgresql.conf"
    settings.write_text(settings.read_text() + "\nnonsense = 1\n")
    done = subprocess.run([Netguru.program, "up"], env=instance.environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1, done
    assert "postgres ended with status 1" in done.stderr and "nonsense" in done.stderr
    assert "postgres.log" in done.stderr
