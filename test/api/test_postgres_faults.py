# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL fails in each of its ways under load: requests are answered 503 with Retry-After, nothing is lost or doubled,
and service returns with the server."""

import http.client
import os
import random
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import uuid
from collections import Counter
from pathlib import Path

import psycopg2
import pytest
from conftest import ROOT, free_port
from waiting import wait_until

PASSWORD = "a good password"
THREADS = 4
DISK_MB = 400


class Postgres:
    """A server of the test's own on 127.0.0.1, which can be made a standby of another."""

    bin = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parts[-2]))

    def __init__(self, home, copy_of=None):
        self.home = Path(home)
        self.port = free_port()
        self.account = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        if copy_of:
            self.run("pg_basebackup", "-D", self.data, "-h", "127.0.0.1", "-p", copy_of.port, "-U", "postgres", "-R", "-c", "fast", "--no-sync")
        else:
            self.run("initdb", "-D", self.data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        self.start()

    @property
    def data(self):
        return self.home / f"data{self.port}"

    def run(self, program, *words):
        done = subprocess.run([*self.account, str(self.bin / program), *map(str, words)], cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        assert done.returncode == 0, done.stdout

    def start(self):
        settings = f"-c port={self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=60 -c fsync=off -c wal_level=replica"
        with open(self.home / "log", "ab") as log:
            subprocess.run([*self.account, str(self.bin / "pg_ctl"), "-D", str(self.data), "-w", "-o", settings, "start"], cwd="/", stdout=log, stderr=log, check=True)

    def stop(self, mode="fast"):
        self.run("pg_ctl", "-D", self.data, "-m", mode, "-w", "stop")

    def postmaster(self):
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def kill(self):
        """The postmaster alone: its children end when they notice."""
        pid = self.postmaster()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(Path(f"/proc/{child}/root").exists() for child in children), "its children have ended")
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def execute(self, statement, *parameters):
        connection = psycopg2.connect(host="127.0.0.1", port=self.port, user="postgres", dbname="netguru")
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters or None)
            rows = cursor.fetchall() if cursor.description else []
        connection.close()
        return rows


class Load:
    """Clients that remember what was acknowledged, and how each request ended."""

    def __init__(self, netguru):
        self.netguru = netguru
        self.emails = [f"load{number}-{uuid.uuid4().hex[:6]}@example.net" for number in range(THREADS)]
        self.clients = [netguru.client().register(email, PASSWORD) for email in self.emails]
        self.lock = threading.Lock()
        self.phase = "before"
        self.tally = {}
        self.acknowledged = [{"conversation": set(), "message": set(), "upload": set()} for _ in self.emails]
        self.tried = [set() for _ in self.emails]
        self.wrong = []
        self.answered = 0
        self.ended = threading.Event()
        self.chats = [client.post("/api/v1/chat/conversations", {"title": "chat"}).json["id"] for client in self.clients]
        self.threads = [threading.Thread(target=self.work, args=(number,)) for number in range(THREADS)]
        for thread in self.threads:
            thread.start()

    def call(self, number, kind, method, path, body=None):
        """The answer if it was a success."""
        try:
            if method == "upload":
                answer = self.clients[number].upload(path, body)
            else:
                answer = self.clients[number].call(method, path, body)
            outcome = str(answer.status)
            if answer.status >= 500 and (answer.status != 503 or "Retry-After" not in answer.headers) or answer.status in (401, 404):
                self.wrong.append((self.phase, kind, answer.status, answer.body[:200]))
        except (OSError, http.client.HTTPException) as error:
            answer, outcome = None, type(error).__name__
        with self.lock:
            done = answer is not None and answer.status < 300
            self.tally.setdefault(self.phase, Counter())["done" if done else outcome] += 1
            self.answered += done
        return answer if done else None

    def work(self, number):
        draw = random.Random(number)
        actions = (self.list, self.search, self.login, self.create, self.ask, self.upload)
        while not self.ended.is_set():
            draw.choice(actions)(number)
            self.ended.wait(0.01)

    def list(self, number):
        self.call(number, "list", "GET", "/api/v1/files")

    def search(self, number):
        self.call(number, "search", "POST", "/api/v1/search", {"query": "ospf"})

    def login(self, number):
        self.call(number, "login", "POST", "/api/v1/auth/login", {"email": self.emails[number], "password": PASSWORD})

    def create(self, number):
        """Not repeated: what was not acknowledged may be there once."""
        title = uuid.uuid4().hex
        self.tried[number].add(title)
        if self.call(number, "create", "POST", "/api/v1/chat/conversations", {"title": title}):
            self.acknowledged[number]["conversation"].add(title)

    def until_done(self, number, *call):
        """Repeats a request that is safe to repeat, as Retry-After asks for."""
        while not (answer := self.call(number, *call)):
            if self.ended.wait(0.05):
                return None
        return answer

    def ask(self, number):
        client_id = uuid.uuid4().hex
        path = f"/api/v1/chat/conversations/{self.chats[number]}/messages"
        body = {"content": f"what is {client_id}?", "client_id": client_id, "mode": "sources"}
        # A conversation answers one question at a time: 409 until then.
        if self.until_done(number, "ask", "POST", path, body):
            self.acknowledged[number]["message"].add(client_id)

    def upload(self, number):
        name = f"{uuid.uuid4().hex}.cfg"
        if self.until_done(number, "upload", "upload", name, b"hostname " + name.encode() + b"\n"):
            self.acknowledged[number]["upload"].add(name)

    def enter(self, phase):
        with self.lock:
            self.phase = phase
            self.tally[phase] = Counter()

    def serves_again(self, count=20):
        before = self.answered
        wait_until(lambda: self.answered >= before + count, f"{count} requests are answered after {self.phase}")

    def is_refused(self, count, before_each_look=lambda: None):
        before = self.tally[self.phase]["503"]

        def refused():
            before_each_look()
            return self.tally[self.phase]["503"] >= before + count

        wait_until(refused, f"{count} requests are refused by {self.phase}")

    def stop(self):
        self.ended.set()
        for thread in self.threads:
            thread.join(120)


def make_home(parent, name):
    home = Path(parent) / name
    home.mkdir()
    if os.getuid() == 0:
        shutil.chown(home, "postgres")
    return home


@pytest.fixture(scope="module")
def place(make_netguru):
    parent = tempfile.mkdtemp(prefix="netguru-faults-", dir="/tmp")
    os.chmod(parent, 0o755)
    home = make_home(parent, "primary")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=0755", "tmpfs", home], capture_output=True, check=False)
    if os.getuid() == 0:
        shutil.chown(home, "postgres")
    servers = []
    try:
        primary = Postgres(home)
        servers.append(primary)
        primary.is_small = mounted.returncode == 0
        primary.run("createdb", "-h", "127.0.0.1", "-p", primary.port, "-U", "postgres", "netguru")
        primary.execute((ROOT / "migrations/provision.sql").read_text(encoding="utf-8"))
        standby = Postgres(make_home(parent, "standby"), copy_of=primary)
        servers.append(standby)
        hosts = f"postgresql://%s@127.0.0.1:{primary.port},127.0.0.1:{standby.port}/netguru?target_session_attrs=read-write"
        netguru = make_netguru(
            NETGURU_DATABASE_URL=hosts % "netguru_app", NETGURU_OWNER_DATABASE_URL=hosts % "postgres", NETGURU_POOL_SIZE="6", NETGURU_POOL_OVERFLOW="0",
        )
        yield primary, standby, netguru
        netguru.stop()
    finally:
        for server in servers:
            if (server.data / "postmaster.pid").exists():
                server.stop("immediate")
        if mounted.returncode == 0:
            subprocess.run(["umount", "-l", home], check=True)
        shutil.rmtree(parent, ignore_errors=True)


def restart(primary, load):
    primary.stop()
    load.is_refused(50)
    primary.start()


def kill_postmaster(primary, load):
    primary.kill()
    load.is_refused(50)
    primary.start()


def kill_backend(primary, load):
    (pid,) = primary.execute("SELECT pid FROM pg_stat_activity WHERE usename = 'netguru_app' LIMIT 1")[0]
    os.kill(pid, signal.SIGKILL)  # the server restarts all of its processes


def use_up_connections(primary, load):
    """Takes every connection that becomes free, and ends those of the server until it has none left."""
    held = []

    def take_all():
        try:
            while True:
                held.append(psycopg2.connect(host="127.0.0.1", port=primary.port, user="netguru_app", dbname="netguru"))
        except psycopg2.OperationalError:
            pass
        primary.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'netguru_app' AND application_name LIKE 'netguru%'")

    load.is_refused(1, take_all)
    for connection in held:
        connection.close()


def freeze(primary, load):
    """All of its processes stand still for two seconds."""
    pid = primary.postmaster()
    pids = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    for each in pids:
        os.kill(each, signal.SIGSTOP)
    time.sleep(2)
    for each in pids:
        os.kill(each, signal.SIGCONT)


def read_only(primary, load):
    primary.execute("ALTER SYSTEM SET default_transaction_read_only = on")
    primary.execute("SELECT pg_reload_conf()")
    load.is_refused(1)
    primary.execute("ALTER SYSTEM RESET default_transaction_read_only")
    primary.execute("SELECT pg_reload_conf()")


def count_everything(server, load):
    """Checks what each client was told against the rows."""
    for number, email in enumerate(load.emails):
        def rows(column, table, email=email):
            return Counter(row[0] for row in server.execute(f"SELECT t.{column} FROM {table} AS t JOIN users AS u ON u.id = t.user_id WHERE u.email = %s", email))

        titles, questions, files = rows("title", "conversations"), rows("client_id", "messages"), rows("original_filename", "documents")
        known = load.acknowledged[number]
        assert all(titles[title] == 1 for title in known["conversation"])
        assert all(titles[title] <= 1 for title in load.tried[number])
        assert all(questions[client_id] == 1 for client_id in known["message"])
        assert all(files[name] == 1 for name in known["upload"])
        assert not [name for name, count in (titles + questions + files).items() if count > 1 and name]


def fill_disk(primary, load):
    """PostgreSQL may go on with some requests, refuse others, or end when its log has no room."""
    filler = primary.home / "filler"
    with open(filler, "wb") as file:
        try:
            while True:
                file.write(bytes(1 << 20))
        except OSError:
            pass
    load.is_refused(20)
    filler.unlink()
    if not Path(f"/proc/{primary.postmaster()}").exists():
        primary.start()


def promote(standby, primary):
    def has_all():
        (position,) = primary.execute("SELECT pg_current_wal_lsn()")[0]
        return standby.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn - 100000", position)[0][0]

    wait_until(has_all, "the standby follows")
    primary.stop()  # sends all of its log to the standby first
    standby.run("pg_ctl", "-D", standby.data, "-w", "promote")


def run_fault(load, name, fault, *arguments):
    load.enter(name)
    fault(*arguments)
    started = time.monotonic()
    load.serves_again(1)
    load.tally[name]["ms to the first answer"] = round((time.monotonic() - started) * 1000)
    load.serves_again()


def finish(load, server, capsys):
    load.stop()
    with capsys.disabled():
        print()
        for phase, counts in load.tally.items():
            print(f"  {phase:20s}", dict(sorted(counts.items())))
    assert not load.wrong
    count_everything(server, load)


def test_a_full_disk_under_load(place, capsys):
    primary, _, netguru = place
    if not primary.is_small:
        pytest.skip("not allowed to mount a small disk")
    load = Load(netguru)
    try:
        run_fault(load, "fill_disk", fill_disk, primary, load)
    finally:
        load.stop()
    finish(load, primary, capsys)


def test_each_other_fault_under_load(place, capsys):
    primary, standby, netguru = place
    load = Load(netguru)
    try:
        load.serves_again()
        for fault in (restart, kill_postmaster, kill_backend, use_up_connections, freeze, read_only):
            run_fault(load, fault.__name__, fault, primary, load)
        run_fault(load, "promote", promote, standby, primary)
    finally:
        load.stop()
    finish(load, standby, capsys)
