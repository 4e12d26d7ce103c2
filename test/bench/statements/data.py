# SPDX-License-Identifier: Apache-2.0
"""The large database of ./dev bench data: a PostgreSQL of its own, kept between runs for as long as the schema and
data.sql are the same."""

import hashlib
import os
import pwd
import shutil
import subprocess
import time
from pathlib import Path

import psycopg2

import measure

HERE = Path(__file__).resolve().parent
MIGRATIONS = measure.ROOT / "migrations"
HOME = Path(os.environ.get("NETGURU_BENCH_DATA", f"/var/tmp/netguru-bench-data-{os.getuid()}"))
NAME = "bench"
# Built after the rows. The others are few enough, or belong to a constraint.
LARGE = ("messages", "embeddings", "conversations", "usage_ledger", "audit_log", "analysis_tasks", "documents")


def migration_files():
    return sorted(MIGRATIONS.glob("[0-9][0-9][0-9]_*.up.sql"))


def fingerprint():
    digest = hashlib.sha256()
    for path in [MIGRATIONS / "provision.sql", *migration_files(), HERE / "data.sql"]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def say(text):
    print("bench: " + text, flush=True)


class Server:
    """PostgreSQL on a socket, as postgres where this is root."""

    def __init__(self):
        programs = list(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
        self.bin = max(programs, key=lambda path: float(path.parts[-3])).parent
        self.account = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        self.stamp = HOME / "fingerprint"
        self.is_new = not (self.stamp.exists() and self.stamp.read_text(encoding="ascii") == fingerprint())
        if self.is_running():
            self.stop()
        if self.is_new:
            self.make()
        self.start()

    def is_running(self):
        """Left by a run that was interrupted."""
        return subprocess.run([str(self.bin / "pg_isready"), "-q", "-h", str(HOME)], check=False).returncode == 0

    def make(self):
        shutil.rmtree(HOME, ignore_errors=True)
        HOME.mkdir(mode=0o711)
        if os.getuid() == 0:
            shutil.chown(HOME, self.account)
        self.run("initdb", "-D", str(HOME / "data"), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")

    def run(self, program, *words):
        command = [str(self.bin / program), *words]
        if os.getuid() == 0:
            command = ["runuser", "-u", self.account, "--", *command]
        subprocess.run(command, cwd="/", check=True, stdout=subprocess.DEVNULL)

    def start(self):
        settings = ["listen_addresses=''", f"unix_socket_directories='{HOME}'", "fsync=off", "shared_buffers=1GB", "jit=off", "max_wal_size=8GB", "autovacuum=off",
                    "wal_level=minimal", "max_wal_senders=0", "shared_preload_libraries='pg_stat_statements'", "random_page_cost=1.1"]
        self.run("pg_ctl", "-D", str(HOME / "data"), "-l", str(HOME / "log"), "-w", "-o", " ".join("-c " + setting for setting in settings), "start")

    def stop(self):
        self.run("pg_ctl", "-D", str(HOME / "data"), "-m", "fast", "-w", "stop")

    def connect(self, user="postgres", database=NAME):
        connection = psycopg2.connect(host=str(HOME), user=user, dbname=database)
        connection.autocommit = True
        return connection


def execute(connection, statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return cursor.fetchall() if cursor.description else []


def migrate(server):
    first = server.connect(database="postgres")
    execute(first, f"CREATE DATABASE {NAME} TEMPLATE template0")
    first.close()
    connection = server.connect()
    execute(connection, (MIGRATIONS / "provision.sql").read_text(encoding="utf-8"))
    execute(connection, "SET ROLE netguru_owner")
    for path in migration_files():
        execute(connection, path.read_text(encoding="utf-8"))
    connection.close()


def build_own_index(connection):
    for name, user in execute(connection, "SELECT index_name, user_id FROM embeddings_own_index_plan(10000) WHERE action = 'build'"):
        execute(connection, f"CREATE INDEX {name} ON embeddings USING hnsw (embedding vector_cosine_ops) WITH (m = 16, ef_construction = 100) WHERE user_id = '{user}'")


def fill(server):
    connection = server.connect()
    indexes = execute(connection, "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index AS i WHERE indrelid = ANY (%s::regclass[])"
                      " AND NOT EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = i.indexrelid)", list(LARGE))
    for name, _ in indexes:
        execute(connection, f"DROP INDEX {name}")
    for part in (HERE / "data.sql").read_text(encoding="utf-8").strip().split(";\n"):
        execute(connection, part)
    execute(connection, "DROP TABLE bench_texts")
    say("rows are there; building indexes")
    execute(connection, "SET maintenance_work_mem = '1GB'")
    execute(connection, "SET ROLE netguru_owner")
    for _, definition in indexes:
        execute(connection, definition)
    build_own_index(connection)
    execute(connection, "RESET ROLE")
    execute(connection, "GRANT SELECT ON bench_queries TO PUBLIC")
    execute(connection, "VACUUM (ANALYZE, PARALLEL 0)")
    connection.close()


def ready():
    """The running server with the data in it."""
    server = Server()
    if server.is_new:
        started = time.monotonic()
        say("making 2,000 users, 200,000 conversations, 2,000,000 messages, 200,000 chunks")
        try:
            migrate(server)
            fill(server)
        except BaseException:
            server.stop()
            raise
        server.stamp.write_text(fingerprint(), encoding="ascii")
        say(f"made in {time.monotonic() - started:.0f} s, kept in {HOME}")
    return server
