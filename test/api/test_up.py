# SPDX-License-Identifier: Apache-2.0
"""netguru up: restarts what dies, leaves nothing behind, comes back after kill -9, runs twice side by side."""

import os
import signal
import subprocess
from pathlib import Path

import pytest
from waiting import wait_until


def eventually(condition, what="it happened"):
    """The first true value of condition(), which may fail until then."""

    def value():
        try:
            return condition()
        except (OSError, AssertionError, LookupError):
            return None

    return wait_until(value, what)


def ready(instance):
    return instance.client().get("/health/ready").status == 200


@pytest.fixture(scope="module")
def instance(make_netguru):
    return make_netguru()


@pytest.mark.parametrize("victim", ["serve", "work", "redis-server", "postgres"])
def test_what_is_killed_comes_back(instance, victim):
    before = instance.children()[victim]
    os.kill(before, signal.SIGKILL)
    after = eventually(lambda: instance.children().get(victim, before) != before and instance.children()[victim])
    assert after != before
    eventually(lambda: ready(instance))
    document = instance.demo().process("after.cfg", b"hostname after-%s\n" % victim.encode())
    assert document["status"] == "completed"


def test_a_second_supervisor_is_refused(instance):
    second = subprocess.run([instance.program, "up"], env=instance.environment, capture_output=True, text=True, timeout=60)
    assert second.returncode == 5
    assert "runs already" in second.stderr
    assert ready(instance)


def test_a_taken_address_is_named(instance):
    environment = dict(instance.environment, NETGURU_HOME=f"{instance.home}-taken")
    second = subprocess.run([instance.program, "up"], env=environment, capture_output=True, text=True, timeout=60)
    assert second.returncode == 5
    assert instance.address in second.stderr and "in use" in second.stderr
    assert ready(instance)


@pytest.mark.parametrize("address", ["8000", "127.0.0.1:x", "127.0.0.1:0", "nowhere:8000", ":"])
def test_an_address_that_is_none_is_named(instance, address):
    environment = dict(instance.environment, NETGURU_HOME=f"{instance.home}-none", NETGURU_HTTP_ADDRESS=address)
    start = subprocess.run([instance.program, "up"], env=environment, capture_output=True, text=True, timeout=60)
    assert start.returncode == 2 and "NETGURU_HTTP_ADDRESS" in start.stderr, start


def test_two_instances_side_by_side(instance, make_netguru):
    other = make_netguru()
    assert ready(other) and ready(instance)
    somebody = other.client().register("only-there@example.net")
    assert somebody.get("/api/v1/users/me").status == 200
    assert instance.client().post("/api/v1/auth/login", {"email": "only-there@example.net", "password": "a good password"}).status == 401
    other.stop()


def test_servers_that_are_there_are_used(instance, make_netguru):
    run = f"{instance.home}/run"
    other = make_netguru(
        NETGURU_DATABASE_URL=f"postgresql:///netguru?host={run}&user=netguru_app",
        NETGURU_OWNER_DATABASE_URL=f"postgresql:///netguru?host={run}&user=postgres",
        NETGURU_REDIS_URL=f"unix://{run}/redis.sock?db=2",
    )
    assert set(other.children()) == {"serve", "work"}
    assert other.demo().get("/api/v1/users/me").status == 200
    # Another Redis database: a session here is none there.
    stranger = instance.client()
    stranger.token = other.demo().token
    assert stranger.get("/api/v1/users/me").status == 401
    other.stop()
    assert ready(instance)


def test_killed_supervisor_leaves_nothing_and_data_survives(make_netguru):
    instance = make_netguru()
    document = instance.demo().process("kept.cfg", b"hostname kept\n")
    children = list(instance.children().values())
    instance.stop(signal.SIGKILL)
    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children))
    instance.start()
    kept = instance.demo().get(f"/api/v1/files/{document['id']}")
    assert kept.status == 200 and kept.json["status"] == "completed"
    instance.stop()
    assert instance.process.returncode == 0


def test_a_killed_supervisor_restarts_at_once(make_netguru):
    instance = make_netguru()
    document = instance.demo().process("kept.cfg", b"hostname kept\n")
    for _ in range(3):
        instance.stop(signal.SIGKILL)
        instance.start()
    assert instance.demo().get(f"/api/v1/files/{document['id']}").status == 200
    instance.stop()


@pytest.mark.parametrize("of_a_script", [False, True])
def test_a_signal_ends_a_start(make_netguru, of_a_script):
    """Also in the background of a script, where the shell has SIGINT ignored, which is what stops PostgreSQL."""
    instance = make_netguru()
    instance.stop()
    start = subprocess.Popen([instance.program, "up"], env=instance.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             preexec_fn=lambda: of_a_script and signal.signal(signal.SIGINT, signal.SIG_IGN))
    instance.process = start
    server = eventually(lambda: instance.children()["postgres"])
    os.kill(server, signal.SIGSTOP)
    start.send_signal(signal.SIGTERM)
    assert start.wait(5) == -signal.SIGTERM
    os.kill(server, signal.SIGCONT)
    eventually(lambda: not Path(f"/proc/{server}").exists())


def test_servers_do_not_run_as_root(instance):
    if os.geteuid() != 0:
        pytest.skip("not started by root")
    for name, pid in instance.children().items():
        status = Path(f"/proc/{pid}/status").read_text()
        assert "\nUid:\t0\t" not in status, name


def test_the_database_is_maintained(instance):
    log = Path(f"{instance.home}/log/maintain.log")
    assert eventually(log.exists) and log.read_text() == ""


def test_the_data_directory_is_private(instance):
    assert os.stat(instance.home).st_mode & 0o077 == 0
    assert os.stat(f"{instance.home}/run").st_mode & 0o077 == 0


def test_migrations_down_and_up(make_netguru):
    instance = make_netguru()
    head = instance.run("migrate", "current").stdout
    assert instance.run("migrate", "downgrade", "-1").returncode == 0
    assert instance.run("migrate", "current").stdout != head
    # A program does not serve on a database that is not its own.
    serve = instance.run("serve", check=False, NETGURU_HTTP_ADDRESS="127.0.0.1:0")
    assert serve.returncode == 5 and "migrate upgrade head" in serve.stderr
    assert instance.run("migrate", "upgrade", "head").returncode == 0
    assert instance.run("migrate", "current").stdout == head
    assert instance.run("migrate", "upgrade", "nothing", check=False).returncode == 2
    history = instance.run("migrate", "history").stdout.splitlines()
    assert len(history) >= 10 and history[-1].endswith("<- here")
    instance.stop()
