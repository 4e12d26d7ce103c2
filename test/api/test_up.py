# SPDX-License-Identifier: Apache-2.0
"""netguru up: restarts what dies, leaves nothing behind, comes back after kill -9, runs twice side by side."""

import os
import re
import shlex
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg2
import pytest
from conftest import ROOT, free_port
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
    # The verdict may be a second old, and a connection finds out at its next statement.
    content = b"hostname after-%s\n" % victim.encode()
    document = eventually(lambda: instance.demo().process("after.cfg", content), "a document is taken again")
    assert document["status"] == "completed"


def test_a_second_supervisor_is_refused(instance):
    second = subprocess.run([instance.program, "up"], env=instance.environment, capture_output=True, text=True, timeout=60)
    assert second.returncode == 5
    assert "runs already" in second.stderr and f"process {instance.process.pid} " in second.stderr
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
        NETGURU_ENCRYPTION_KEY_FILE=f"{instance.home}/encryption.key",
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
    assert instance.process.returncode == -signal.SIGTERM


def test_a_killed_supervisor_restarts_at_once(make_netguru):
    instance = make_netguru()
    document = instance.demo().process("kept.cfg", b"hostname kept\n")
    for _ in range(3):
        instance.stop(signal.SIGKILL)
        instance.start()
    assert instance.demo().get(f"/api/v1/files/{document['id']}").status == 200
    instance.stop()


def test_servers_do_not_run_as_root(instance):
    if os.geteuid() != 0:
        pytest.skip("not started by root")
    for name, pid in instance.children().items():
        status = Path(f"/proc/{pid}/status").read_text()
        assert "\nUid:\t0\t" not in status, name


def test_children_inherit_only_what_they_need(make_netguru):
    secret = "not for the database " * 2
    instance = make_netguru(NETGURU_SECRET=secret, SOMETHING_ELSE="of the caller's")
    children = instance.children()
    settings = {}
    for name, pid in children.items():
        if name == "redis-server":
            continue  # it writes its title over its environment
        pairs = [pair for pair in Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0") if pair]
        settings[name] = {pair.split("=", 1)[0] for pair in pairs}
        assert "SOMETHING_ELSE" not in settings[name]
        assert (secret in "".join(pairs)) == (name == "serve"), name
        # What is left is the lock that every child holds, and what it opened itself.
        files = {os.readlink(path) for path in Path(f"/proc/{pid}/fd").iterdir()}
        assert not any("up.lock" in file for file in files), name
    assert not any(name.startswith("NETGURU_") for name in settings["postgres"])
    assert {name for name in settings["work"] if name.startswith("NETGURU_")} == {
        "NETGURU_HOME", "NETGURU_LOG_FILE", "NETGURU_BCRYPT_COST", "NETGURU_RATE_LIMIT_FACTOR"}
    for name in ("serve", "work"):
        limits = Path(f"/proc/{children[name]}/limits").read_text()
        assert re.search(r"Max core file size +0 +0 ", limits), name
        assert os.stat(f"/proc/{children[name]}/mem").st_uid == 0, name  # not to be traced by its own user
    instance.stop()


def test_processes_may_be_debugged_when_asked(make_netguru):
    instance = make_netguru(NETGURU_ALLOW_DEBUG="true")
    pid = instance.children()["work"]
    assert os.stat(f"/proc/{pid}/mem").st_uid == os.stat(f"{instance.home}/files").st_uid
    instance.stop()


def logins(instance):
    """role -> the applications that are logged in as it."""
    with psycopg2.connect(host=f"{instance.home}/run", dbname="netguru", user="postgres") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT usename, array_agg(DISTINCT application_name) FROM pg_stat_activity WHERE datname = 'netguru' GROUP BY usename")
        return dict(cursor.fetchall())


def test_serve_and_work_log_in_as_roles_of_their_own(instance):
    found = eventually(lambda: {"netguru_serve", "netguru_work"} <= set(logins(instance)) and logins(instance))
    assert found["netguru_serve"] == ["netguru serve"] and found["netguru_work"] == ["netguru work"]
    doctor = instance.run("doctor", "--only", "roles,redis-memory").stdout
    assert re.search(r"ok +roles +serve logs in as netguru_serve\n", doctor) and re.search(r"ok +roles +work logs in as netguru_work\n", doctor)
    assert re.search(r"ok +redis-memory +\d+\.\d MB of 256 MB\n", doctor)


def connect_as(system_user, instance, role):
    script = f"import psycopg2; psycopg2.connect(host='{instance.home}/run', dbname='netguru', user='{role}')"
    # PostgreSQL's processes are in the group of the home, its user by itself is not.
    group = Path(instance.home).group() if system_user != "nobody" else "nogroup"
    return subprocess.run(["setpriv", f"--reuid={system_user}", f"--regid={group}", "--clear-groups", "--", "/usr/bin/python3", "-c", script], capture_output=True, text=True, timeout=60)


def test_the_socket_asks_who_connects(instance):
    if os.geteuid() != 0:
        pytest.skip("only root can be somebody else")
    servers = Path(f"{instance.home}/files").owner()
    database = Path(f"{instance.home}/postgres").owner()
    assert connect_as(servers, instance, "netguru_work").returncode == 0
    assert connect_as(database, instance, "postgres").returncode == 0
    assert "Permission denied" in connect_as("nobody", instance, "netguru_work").stderr
    if servers != database:
        assert "Peer authentication failed" in connect_as(servers, instance, "postgres").stderr
        assert "Peer authentication failed" in connect_as(database, instance, "netguru_work").stderr
    settings = Path(f"{instance.home}/postgres/netguru_hba.conf").read_text()
    assert "trust" not in settings


def test_the_demo_password_is_the_file(make_netguru):
    instance = make_netguru()
    text = Path(f"{instance.home}/demo.password").read_text()
    assert text == instance.password + "\n"
    assert instance.client().login("demo@netguru.example", text.rstrip("\n")).token
    words = ["login", "--server", f"http://{instance.address}", "demo@netguru.example"]
    assert "logged in" in instance.run(*words, "--password-file", f"{instance.home}/demo.password").stdout
    piped = subprocess.run([instance.program, *words], env=dict(instance.environment, HOME=str(Path(instance.home).parent)), input=text,
                           capture_output=True, text=True, timeout=60)
    assert "logged in" in piped.stdout, piped
    absent = instance.run(*words, "--password-file", "/nowhere", check=False)
    assert absent.returncode != 0 and "/nowhere" in absent.stderr
    instance.stop()


@pytest.mark.parametrize("words, named", [
    (["up", "--dmeo"], "--dmeo"), (["up", "now"], "now"), (["up", "--sample"], "--sample"), (["up", "--sample", "/nowhere"], "/nowhere"),
    (["up", "--knowledge=/etc/passwd"], "/etc/passwd"), (["up", "--check"], "--sample"), (["serve", "--port"], "--port"), (["work", "hard"], "hard"),
    (["maintain", "--all"], "--all"), (["doctor", "who"], "who"),
])
def test_a_wrong_word_is_named(instance, words, named):
    done = instance.run(*words, check=False)
    assert done.returncode in (2, 4) and named in done.stderr, done


def test_a_wrong_value_is_named(instance):
    done = instance.run("up", check=False, NETGURU_REDIS_MEMORY_MB="lots")
    assert done.returncode == 2 and "NETGURU_REDIS_MEMORY_MB" in done.stderr and "lots" in done.stderr
    done = instance.run("serve", check=False, NETGURU_WORK_DATABASE_URL="postgresql:///x")
    assert done.returncode == 2 and "NETGURU_DATABASE_URL" in done.stderr


def test_the_database_is_maintained(instance):
    log = Path(f"{instance.home}/log/maintain.log")
    assert eventually(log.exists) and log.read_text() == ""


def test_the_data_directory_is_private(instance):
    """Others may not even pass. Root's belongs to root; the servers, in the group, pass through and make sockets in run/."""
    by_root = os.geteuid() == 0
    assert os.stat(instance.home).st_mode & 0o7777 == (0o710 if by_root else 0o700)
    assert os.stat(f"{instance.home}/run").st_mode & 0o7777 == (0o1770 if by_root else 0o700)
    assert os.stat(instance.home).st_uid == os.stat(f"{instance.home}/run").st_uid == os.geteuid()
    for name in ("postgres", "redis", "files", "log"):
        assert os.stat(f"{instance.home}/{name}").st_mode & 0o077 == 0, name


def test_children_have_no_terminal(instance):
    """Each has a session of its own, or it could type into the shell that has started the supervisor."""
    mine = os.getsid(instance.process.pid)
    for name, pid in instance.children().items():
        assert os.getsid(pid) != mine, name


def test_closed_standard_files_stay_nobodys(instance):
    """Nothing that up opens gets the number of a standard file, where messages would be written into it."""
    environment = {**instance.environment, "NETGURU_HOME": f"{instance.home}-closed", "NETGURU_HTTP_ADDRESS": f"127.0.0.1:{free_port()}"}
    process = subprocess.Popen(["/bin/sh", "-c", 'exec "$0" up <&- >&- 2>&-', os.path.abspath(instance.program)], env=environment)
    try:
        eventually((Path(f"{instance.home}-closed") / "log/serve.log").exists)
        files = {number: os.readlink(f"/proc/{process.pid}/fd/{number}") for number in (0, 1, 2)}
        assert set(files.values()) == {"/dev/null"}
    finally:
        process.terminate()
        process.wait(300)
    assert (Path(f"{instance.home}-closed") / "run/up.lock").stat().st_size == 0
    subprocess.run(["rm", "-rf", f"{instance.home}-closed"], check=True)


def test_children_write_for_nobody_else(instance):
    for name, pid in instance.children().items():
        assert "\nUmask:\t0077\n" in Path(f"/proc/{pid}/status").read_text(), name


def invited_commands(instance, directory, *words):
    """The command lines that up proposes, started in a directory."""
    environment = {**instance.environment, "NETGURU_HOME": f"{instance.home}-invited", "NETGURU_HTTP_ADDRESS": f"127.0.0.1:{free_port()}"}
    process = subprocess.Popen([os.path.abspath(instance.program), "up", "--demo", *words], cwd=directory, env=environment,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line == "\n" and any(before.startswith("  ") for before in lines):
            break
    process.terminate()
    process.communicate(timeout=300)
    opened = [line for line in lines if line.startswith("  open ")]
    if opened:  # the program was built with the page
        assert opened == [f"  open http://{environment['NETGURU_HTTP_ADDRESS']} in a browser\n"] == [line for line in lines if line.startswith("  ")][:1]
        lines.remove(opened[0])
    return [shlex.split(line.split(">")[0].replace("FILE...", "")) for line in lines if line.startswith("  ")]


def test_up_proposes_the_browser_only_where_there_is_a_page(instance):
    """With a page from a directory, and without any."""
    page = Path(f"{instance.home}-page")
    page.mkdir()
    (page / "index.html").write_text("<html>")
    for settings, wanted in (({"NETGURU_WEB_DIR": str(page)}, True), ({"NETGURU_WEB": "false", "NETGURU_WEB_DIR": str(page)}, False)):
        environment = {**instance.environment, "NETGURU_HOME": f"{instance.home}-browser", "NETGURU_HTTP_ADDRESS": f"127.0.0.1:{free_port()}", **settings}
        process = subprocess.Popen([instance.program, "up", "--demo"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        said = []
        for line in process.stdout:
            said.append(line)
            if "upload FILE" in line:
                break
        process.terminate()
        process.communicate(timeout=300)
        assert (f"  open http://{environment['NETGURU_HTTP_ADDRESS']} in a browser\n" in said) is wanted, said
    subprocess.run(["rm", "-rf", f"{instance.home}-browser", page], check=True)


def test_up_proposes_commands_that_can_be_typed(instance, tmp_path):
    """Also beside a directory whose name begins the same, in /, in the program's own directory, and with a sample in a path with a space."""
    program = Path(instance.program).resolve()
    sample = tmp_path / "my sample"
    (sample / "captures").mkdir(parents=True)
    shutil.copy(ROOT / "sample/captures/mixed.pcapng", sample / "captures")
    neighbour = Path(f"{str(program)[:-2]}")
    neighbour.mkdir()
    try:
        for directory, words in (("/", ()), (program.parent, ()), (program.parents[1], ()), (neighbour, ()), (tmp_path, ("--sample", sample))):
            commands = invited_commands(instance, directory, *words)
            assert [command[1] for command in commands] == ["login", *(["files", "ask", "chat", "search", "topology", "analyze"] if words else ["upload"])]
            for command in commands:
                assert "/" in command[0] and (Path(directory) / command[0]).resolve() == program, command
                assert command[1] != "analyze" or (Path(directory) / command[2]).is_file(), command
    finally:
        neighbour.rmdir()
    subprocess.run(["rm", "-rf", f"{instance.home}-invited"], check=True)


def test_a_bad_knowledge_file_keeps_nothing_down(instance, tmp_path):
    (tmp_path / "good.md").write_text("# OSPF\n\nNeighbours form adjacencies.\n")
    (tmp_path / "bad.md").write_bytes(b"\x7fELF\0\x80binary\0")
    environment = {**instance.environment, "NETGURU_HOME": f"{instance.home}-bad", "NETGURU_HTTP_ADDRESS": f"127.0.0.1:{free_port()}"}
    process = subprocess.Popen([instance.program, "up", "--knowledge", str(tmp_path)], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for line in process.stdout:
        if line.startswith("NetGuru runs at"):
            process.terminate()
    said = process.communicate(timeout=300)[1]
    assert process.returncode == -signal.SIGTERM, said
    assert "bad.md" in said and "up.knowledge_incomplete" in said
    subprocess.run(["rm", "-rf", f"{instance.home}-bad"], check=True)


def test_migrations_down_and_up(make_netguru):
    instance = make_netguru()
    head = instance.run("migrate", "current").stdout
    assert instance.run("migrate", "downgrade", "-1").returncode == 0
    assert instance.run("migrate", "current").stdout != head
    # A program does not serve on a database that is not its own.
    serve = instance.run("serve", check=False, NETGURU_HTTP_ADDRESS="127.0.0.1:0")
    assert serve.returncode == 5 and "migrate upgrade head" in serve.stderr
    # While the service runs, on the private server: its sessions are named, and pg_dump gets by.
    refused = instance.run("migrate", "rehearse", check=False)
    assert refused.returncode == 5 and "(netguru serve as netguru_serve)" in refused.stderr
    assert "the upgraded copy matches the migrations" in instance.run("migrate", "rehearse", "--dump").stdout
    assert instance.run("migrate", "upgrade", "head").returncode == 0
    assert "matches the migrations" in instance.run("migrate", "check").stdout
    assert instance.run("migrate", "current").stdout == head
    assert instance.run("migrate", "upgrade", "nothing", check=False).returncode == 2
    history = instance.run("migrate", "history").stdout.splitlines()
    assert len(history) >= 10 and history[-1].endswith("<- here")
    instance.stop()


def test_the_sample_network_is_drawn_once(make_netguru):
    instance = make_netguru()
    for _ in range(2):
        instance.stop()
        instance.start("--sample", str(ROOT / "sample/configs"))
        listed = instance.demo().get("/api/v1/topology").json["items"]
        assert [item["metadata"]["total_devices"] for item in listed] == [7]
        assert {document["file"] for document in listed[0]["metadata"]["documents"]} == {p.name for p in (ROOT / "sample/configs").iterdir()}
