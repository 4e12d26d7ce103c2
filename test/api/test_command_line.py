# SPDX-License-Identifier: Apache-2.0
"""The command line against a running instance: what it refuses, what it renews, what an operator changes."""

import json
import os
import pty
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psycopg2
import pytest
from terminal import Terminal


@pytest.fixture(scope="module")
def instance(make_netguru):
    instance = make_netguru()
    instance.run("login", "demo@netguru.example", NETGURU_PASSWORD=instance.password)
    return instance


def refused(instance, words, status, said, **environment):
    result = instance.run(*words, check=False, **environment)
    assert result.returncode == status, (words, result)
    assert said in result.stderr, (words, result.stderr)
    assert not result.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("files", "x", "y"), "give one ID"), (("user", "create"), "disable with an e-mail address"),
        (("user", "disable"), "disable with an e-mail address"), (("user", "create", "a@b.c", "--plan", "gold"), "solo, team or enterprise"),
        (("user", "create", "nobody"), "not an e-mail address"), (("user", "create", " a@b.c "), "not an e-mail address"),
        (("migrate", "current", "extra"), "takes no revision"), (("knowledge", "ingest", "/etc/passwd"), "not a directory"),
        (("knowledge", "forget"), "expected ingest DIR"), (("maintain", "all"), "takes no argument"), (("login",), "e-mail address"), (("search",), "words to search for"),
        (("search", "--limt", "5", "x"), "unknown option --limt"), (("search", "--limit", "x", "ospf"), '--limit must be a whole number from 1 to 50, not "x"'),
        (("search", "--limit=0", "ospf"), "from 1 to 50"), (("up", "--chek"), "unknown option --chek"), (("files", "--jso"), "unknown option --jso"),
        (("serve", "--port", "1"), "unknown option --port"),
    ],
)
def test_wrong_arguments_are_named(instance, words, said):
    refused(instance, words, 2, said, NETGURU_PASSWORD="a good password")


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("NETGURU_LLM_LOCAL_URLS", "localhost:11434", "NETGURU_LLM_LOCAL_URLS: an address begins with"),
        ("NETGURU_LLM_ANTHROPIC_VERSION", "newest", "NETGURU_LLM_ANTHROPIC_VERSION: expected a date"),
        ("NETGURU_LLM_MODELS", "/nonexistent/models.json", "/nonexistent/models.json: No such file"),
    ],
)
def test_serve_does_not_start_with_a_malformed_setting_of_models(instance, setting, value, said):
    failed = instance.run("serve", check=False, **{setting: value})
    assert failed.returncode > 1, failed
    assert said in failed.stderr


def at_a_prompt(instance, typed, *words):
    """Runs a command on a terminal of its own, types at its prompt; its exit status and what it showed."""
    environment = {**instance.environment, "HOME": str(Path(instance.home).parent)}
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(instance.program, [instance.program, *words], environment)
    shown = b""
    while b"Password: " not in shown:
        shown += os.read(terminal, 1024)
    os.write(terminal, typed)
    try:
        while more := os.read(terminal, 1024):
            shown += more
    except OSError:
        pass  # the terminal's other end is closed
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    return status, shown.decode()


def test_ctrl_c_at_a_password_prompt_ends_the_command(instance):
    status, shown = at_a_prompt(instance, b"half\x03", "login", "demo@netguru.example")
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGINT
    assert "half" not in shown and "logged in" not in shown


def test_a_password_is_typed_without_being_shown(instance):
    status, shown = at_a_prompt(instance, instance.password.encode() + b"\n", "login", "demo@netguru.example")
    assert os.WEXITSTATUS(status) == 0 and "logged in" in shown
    assert instance.password not in shown


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_password_can_be_piped_with_its_newline(instance, ending):
    environment = {**instance.environment, "HOME": str(Path(instance.home).parent)}
    result = subprocess.run(
        [instance.program, "login", "demo@netguru.example"], env=environment, input=instance.password + ending,
        capture_output=True, text=True, timeout=60,
    )
    assert result.returncode == 0, result.stderr


def test_what_is_not_there(instance):
    nowhere = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
    refused(instance, ("files", "../analysis/tasks"), 4, "no document has the id or the name ../analysis/tasks; netguru files lists them")
    for words in (("files", nowhere), ("files", nowhere, "--download"), ("files", nowhere, "--delete"), ("knowledge", "remove", "no.md")):
        refused(instance, words, 4, "", NETGURU_PASSWORD="x")


def test_commands_at_the_same_time_renew_the_session_once(instance):
    session = Path(instance.home).parent / ".config/netguru/session"
    server, _, refresh_token, device_token = session.read_text().splitlines()
    session.write_text(f"{server}\nexpired\n{refresh_token}\n{device_token}\n")
    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(lambda _: instance.run("files", check=False), range(6)))
    assert [(r.returncode, r.stderr) for r in results] == [(0, "")] * 6
    assert session.read_text().splitlines()[2] != refresh_token
    assert session.read_text().splitlines()[3] == device_token


def test_a_server_is_never_sent_the_session_of_another(instance):
    session = Path(instance.home).parent / ".config/netguru/session"
    before = session.read_text()
    heard = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self):
            heard.append(self.headers["Authorization"])
            session.write_text(before)
            self.send_response(401)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        session.write_text(f"http://127.0.0.1:{server.server_port}\nexpired\nused\n")
        refused(instance, ("files",), 3, "the session has ended")
        server.shutdown()
    assert heard == ["Bearer expired"]
    assert session.read_text() == before


def test_a_replaced_account_is_logged_out_and_keeps_what_was_not_said(instance):
    password = {"NETGURU_PASSWORD": "a good password"}
    instance.run("user", "create", "boss@example.net", "--plan", "team", "--superuser", **password)
    client = instance.client().login("boss@example.net", "a good password")
    refused(instance, ("user", "create", "boss@example.net"), 5, "--replace", NETGURU_PASSWORD="another password")
    assert client.get("/api/v1/users/me").status == 200
    instance.run("user", "create", "boss@example.net", "--replace", NETGURU_PASSWORD="another password")
    assert client.get("/api/v1/users/me").status == 401
    assert client.post("/api/v1/auth/refresh", {"refresh_token": client.refresh_token}).status == 401
    me = instance.client().login("boss@example.net", "another password").get("/api/v1/users/me").json
    assert (me["plan_tier"], me["is_superuser"]) == ("team", True)


def test_common_passwords_are_refused(instance):
    words = ("user", "create", "anna-lena@example.net")
    refused(instance, words, 2, "one of the most common", NETGURU_PASSWORD="Password123")
    refused(instance, words, 2, "like the e-mail address", NETGURU_PASSWORD="anna-lena1")
    refused(instance, words, 2, "like the product's name", NETGURU_PASSWORD="netguru2026")


def test_plan_and_rights_reach_who_is_logged_in(instance):
    instance.run("user", "create", "grows@example.net", NETGURU_PASSWORD="a good password")
    client = instance.client().login("grows@example.net", "a good password")
    limit = int(client.get("/api/v1/users/me").headers["X-RateLimit-Limit"])
    instance.run("user", "change", "GROWS@example.net", "--plan", "team", "--superuser")
    answer = client.get("/api/v1/users/me")
    assert int(answer.headers["X-RateLimit-Limit"]) == 5 * limit
    assert (answer.json["plan_tier"], answer.json["is_superuser"]) == ("team", True)
    instance.run("user", "change", "grows@example.net", "--no-superuser")
    answer = client.get("/api/v1/users/me")
    assert (answer.json["plan_tier"], answer.json["is_superuser"]) == ("team", False)
    refused(instance, ("user", "change", "grows@example.net"), 2, "change needs --plan")
    refused(instance, ("user", "change", "grows@example.net", "--superuser", "--no-superuser"), 2, "exclude each other")
    refused(instance, ("user", "change", "nobody@example.net", "--plan", "team"), 4, "no account has the address")


def test_the_owners_device_is_let_in_while_a_stranger_guesses(instance, tmp_path):
    email, here, elsewhere = "guessed@example.net", tmp_path / "here", tmp_path / "elsewhere"
    password = {"NETGURU_PASSWORD": "a good password"}
    here.mkdir()
    elsewhere.mkdir()
    instance.run("user", "create", email, **password)
    instance.run("login", email, HOME=str(here), **password)
    guess = {"email": email, "password": "a bad password"}
    statuses = [instance.client().post("/api/v1/auth/login", guess).status for _ in range(5)]
    assert set(statuses) == {401}
    # The wait becomes a long one, however slow this machine is.
    lengthen = "for _, key in ipairs(redis.call('KEYS', 'login:*')) do redis.call('HSET', key, 'until_ms', ARGV[1]) end"
    until_ms = int(time.time() * 1000) + 55000
    socket = f"{instance.home}/run/redis.sock"
    subprocess.run(["redis-cli", "-s", socket, "EVAL", lengthen, "0", str(until_ms)], check=True, capture_output=True)
    assert instance.client().post("/api/v1/auth/login", guess).status == 429
    result = instance.run("login", email, check=False, HOME=str(elsewhere), **password)
    assert result.returncode == 6 and "too many failed logins" in result.stderr
    assert "logged in" in instance.run("login", email, HOME=str(here), **password).stdout


def test_a_disabled_account_is_logged_out_until_it_is_enabled(instance):
    instance.run("user", "create", "gone@example.net", NETGURU_PASSWORD="a good password")
    client = instance.client().login("gone@example.net", "a good password")
    refused(instance, ("user", "disable", "nobody@example.net"), 4, "no account has the address")
    instance.run("user", "disable", "GONE@example.net")
    [listed] = [line.split()[1:] for line in instance.run("user", "list").stdout.splitlines() if "gone@" in line]
    assert listed[:4] == ["gone@example.net", "solo", "-", "disabled"]
    [listed] = [one for one in map(json.loads, instance.run("user", "list", "--json").stdout.splitlines()) if one["email"] == "gone@example.net"]
    assert listed["is_active"] is False
    assert client.get("/api/v1/users/me").status == 401
    assert client.post("/api/v1/auth/refresh", {"refresh_token": client.refresh_token}).status == 401
    login = {"email": "gone@example.net", "password": "a good password"}
    assert client.post("/api/v1/auth/login", login).status == 401
    instance.run("user", "enable", "gone@example.net")
    assert client.post("/api/v1/auth/login", login).status == 200


def test_knowledge_is_ingested_listed_and_removed(instance, tmp_path):
    (tmp_path / "good.md").write_text("# Zebra uplinks\n\nThe zebra uplink carries striped frames.\n")
    (tmp_path / "bad.md").write_bytes(b"\x00\x01binary")
    result = instance.run("knowledge", "ingest", tmp_path, check=False)
    assert result.returncode == 2 and "bad.md" in result.stderr and "1 of 2 files" in result.stderr
    assert "good.md" in instance.run("knowledge", "list").stdout
    assert "striped frames" in instance.run("search", "zebra uplink").stdout
    (tmp_path / "bad.md").unlink()
    (tmp_path / "other.md").write_text("other\n")
    (tmp_path / "good.md").unlink()
    assert "1 removed" in instance.run("knowledge", "ingest", tmp_path, "--prune").stdout
    assert "striped frames" not in instance.run("search", "zebra uplink").stdout


def on_a_terminal(program, *words):
    """What a command prints when a person looks."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(program, [program, *words])
    said = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # its end, on Linux
            break
        if not part:
            break
        said += part
    os.close(terminal)
    return said, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_what_a_file_holds_does_not_drive_the_terminal(instance, tmp_path):
    config = tmp_path / "evil.cfg"
    config.write_bytes(b"hostname r1\x1b]0;owned\x07\x7f\xc2\x9b2J\ninterface Loopback0\n ip address 10.0.0.1 255.255.255.255\n")
    said, status = on_a_terminal(instance.program, "analyze", str(config))
    assert status == 0 and b"r1" in said and b"10.0.0.1" in said
    assert not {byte for byte in said if byte < 32} - set(b"\t\r\n") and b"\x7f" not in said and b"\xc2\x9b" not in said
    said, status = on_a_terminal(instance.program, "analyze", "no\x1b[2Jfile")
    assert status != 0 and b"\x1b" not in said and b"no.[2Jfile" in said
    # Into a pipe, bytes are bytes.
    assert "\x1b" in subprocess.run([instance.program, "analyze", "no\x1b[2Jfile"], capture_output=True, text=True, check=False).stderr


def test_a_large_account_gets_its_vector_index(instance):
    assert instance.run("maintain").stdout == ""
    connection = psycopg2.connect(host=f"{instance.home}/run", dbname="netguru", user="postgres")
    with connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO embeddings (user_id, chunk_index, chunk_text, embedding) SELECT u.id, n, 'mtu',"
                       " array_fill(n, '{384}')::vector FROM users AS u, generate_series(1, 5000) AS n WHERE u.email LIKE 'demo@%'")
    connection.close()
    assert "1 large accounts have none yet" in instance.run("doctor", "--only", "vector-indexes").stdout
    assert "built idx_embeddings_own_" in instance.run("maintain").stdout
    assert instance.run("maintain").stdout == ""
    assert "all accounts with 5000 chunks or more have one" in instance.run("doctor", "--only", "vector-indexes").stdout


def test_no_part_of_a_body_is_logged(instance):
    client = instance.client()
    for body in ('{"email":"a@b.c","password":"Secr3tPass\\word!"}', '{"email":"a@b.c","password":"Secr3tPass\\u0000"}'):
        answer = client.call("POST", "/api/v1/auth/login", body, {"Content-Type": "application/json"})
        assert answer.status == 400 and b"Secr3t" not in answer.body
    assert "Secr3t" not in Path(instance.home, "log/serve.log").read_text()


def test_a_lost_file_is_restored_by_sending_it_again(instance):
    client = instance.demo()
    content = b"hostname lost-and-found\ninterface Gi0/1\n ip address 10.7.7.1 255.255.255.0\n"
    document = client.process("lost.cfg", content)
    stored = next(Path(instance.home, "files").glob(f"*/{document['id']}"))
    os.unlink(stored)
    assert client.get(f"/api/v1/files/{document['id']}/download").status == 404
    again = client.upload("lost.cfg", content)
    assert again.status == 200 and again.json["id"] == document["id"]
    assert client.get(f"/api/v1/files/{document['id']}/download").body == content


def test_a_failed_document_sent_again_many_times_is_tried_once(instance):
    client = instance.demo()
    content = b"%PDF-1.7\nnothing in it\n"
    document = client.process("broken.pdf", content)
    assert document["status"] == "failed"

    def count():
        return sum(task["document_id"] == document["id"] for task in client.get("/api/v1/analysis/tasks?limit=100").json["items"])

    before = count()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: client.upload("broken.pdf", content), range(8)))
    tried = count() - before
    assert client.settled(client.get(f"/api/v1/files/{document['id']}").json)["status"] == "failed"
    # One job for all, or one more for each that came after an earlier one had failed again.
    running = [t for t in client.get("/api/v1/analysis/tasks?status=pending&limit=100").json["items"] if t["document_id"] == document["id"]]
    assert 1 <= tried <= 8 and not running


def test_topology_of_what_is_not_there_is_refused_at_once(instance):
    client = instance.client().register()
    assert client.post("/api/v1/topology/generate", {}).status == 400
    nowhere = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
    assert client.post("/api/v1/topology/generate", {"document_ids": [nowhere]}).status == 404
    mine = client.process("one.cfg", b"hostname one\ninterface Gi0/1\n ip address 10.1.1.1 255.255.255.252\n")["id"]
    assert client.post("/api/v1/topology/generate", {"document_ids": [mine, mine]}).status == 202


def test_tasks_are_listed_shown_and_cancelled(instance):
    content = Path(instance.home).parent / "watched.cfg"
    content.write_text("hostname watched\ninterface Gi0/1\n ip address 10.3.3.1 255.255.255.0\n")
    instance.run("upload", "--wait", content)
    task_id = instance.run("tasks").stdout.splitlines()[0].split()[0]
    shown = instance.run("tasks", task_id).stdout
    assert "completed" in shown and "\nwatched  " in shown
    refused(instance, ("tasks", task_id, "--cancel"), 5, "already ended")
    refused(instance, ("tasks", "nonsense"), 4, "no task has the id or the name nonsense")
    assert instance.run("tasks", "watched.cfg").stdout == shown == instance.run("tasks", task_id[:13]).stdout


def test_a_document_is_named_by_its_file_its_device_or_a_beginning(instance):
    client = instance.client().register("names@example.net")
    home = Path(instance.home).parent / "names"
    home.mkdir()

    def run(*words, **more):
        return instance.run(*words, HOME=str(home), **more)

    run("login", "names@example.net", NETGURU_PASSWORD="a good password")
    ids = {}
    for name, host in (("first.cfg", "core-one"), ("second.cfg", "core-two"), ("second.cfg.conf", "edge")):
        ids[name] = client.process(name, f"hostname {host}\ninterface Gi0/1\n ip address 10.4.4.1 255.255.255.0\n".encode())["id"]
    for word, name in (("first.cfg", "first.cfg"), ("core-one", "first.cfg"), ("EDGE", "second.cfg.conf"), ("second.cfg", "second.cfg"), ("fir", "first.cfg")):
        assert json.loads(run("files", word, "--json").stdout.splitlines()[0])["id"] == ids[name], word
    assert json.loads(run("files", ids["first.cfg"][:13].upper(), "--json").stdout.splitlines()[0])["id"] == ids["first.cfg"]
    refused_one = run("files", "core", "--delete", check=False)
    assert refused_one.returncode == 5 and '"core" may be 2 things of the list' in refused_one.stderr
    assert ids["first.cfg"] in refused_one.stderr and "second.cfg" in refused_one.stderr
    assert run("files", "", check=False).returncode == 4
    listed = [line.split() for line in run("files").stdout.splitlines()]
    assert ["edge", "second.cfg.conf"] == [listed[0][5], listed[0][8]] and listed[0][:3] == [ids["second.cfg.conf"], "completed", "config"]
    run("files", "core-two", "--delete")
    assert client.get(f"/api/v1/files/{ids['second.cfg']}").status == 404
    assert run("files", "first", "--download").stdout.startswith("hostname core-one")


def test_a_terminal_gets_heads_and_lines_that_fit(instance):
    environment = {**instance.environment, "HOME": str(Path(instance.home).parent), "TERM": "xterm"}
    instance.demo().process("a-long-name-for-a-narrow-terminal.cfg", b"hostname narrow\ninterface Gi0/1\n ip address 10.8.8.1 255.255.255.0\n")
    for words, coloured in ((("files",), True), (("--color", "never", "files"), False)):
        terminal = Terminal([instance.program, *words], environment, columns=60)
        assert terminal.wait() == 0
        head, *rows = terminal.text.splitlines()
        assert head.split()[:3] == ["ID", "STATUS", "TYPE"] and rows
        assert all(len(line) <= 60 for line in [head, *rows])
        assert (b"\x1b[1m" in terminal.raw) is coloured


def test_the_operators_lists_are_whole_with_all(instance):
    for number in range(3):
        instance.client().register(f"row{number}@example.net")
    short = json.loads(instance.run("admin", "users", "--limit", "1", "--json").stdout)
    whole = json.loads(instance.run("admin", "users", "--all", "--json").stdout)
    assert json.loads(instance.run("admin", "users", "--all", "--limit", "2", "--json").stdout) == whole  # several pages
    assert len(short["items"]) == 1 and short["next_cursor"] and whole["next_cursor"] is None
    assert {f"row{n}@example.net" for n in range(3)} <= {one["email"] for one in whole["items"]}
    listed = instance.run("admin", "users", "--limit", "1")
    assert "--all lists them" in listed.stderr and len(listed.stdout.splitlines()) == 1
    assert len(instance.run("admin", "users", "--all").stdout.splitlines()) == len(whole["items"])


def test_logout_ends_the_session_and_forgets_it(instance):
    session = Path(instance.home).parent / ".config/netguru/session"
    token = session.read_text().splitlines()[1]
    instance.run("logout")
    assert not session.exists()
    stranger = instance.client()
    stranger.token = token
    assert stranger.get("/api/v1/users/me").status == 401
    refused(instance, ("files",), 3, "not logged in")
    instance.run("login", "demo@netguru.example", NETGURU_PASSWORD=instance.password)
