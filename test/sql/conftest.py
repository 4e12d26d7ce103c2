# SPDX-License-Identifier: Apache-2.0
"""A private PostgreSQL cluster on a unix socket, made once a run; each module gets its own migrated database.

Run: python3 -m pytest test/sql   (Debian: python3-pytest, python3-psycopg2, postgresql, and tools/build_pgvector)
"""
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile
import uuid

import psycopg2
import psycopg2.extensions
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MIGRATIONS = ROOT / "migrations"
PASSWORD_HASH = "$2b$12$" + "a" * 53
MODEL = "all-MiniLM-L6-v2"


def migration_files(direction):
    files = sorted(MIGRATIONS.glob("[0-9][0-9][0-9]_*.%s.sql" % direction))
    return files if direction == "up" else files[::-1]


def binary_directory():
    found = [p.parent for p in pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres") if p.parts[-3].isdigit()]
    if not found:
        pytest.fail("no PostgreSQL server under /usr/lib/postgresql")
    return max(found, key=lambda path: int(path.parts[-2]))


class Cluster:
    """Runs as postgres or nobody when the tests run as root, since PostgreSQL refuses root."""

    def __init__(self):
        self.bin = binary_directory()
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="ngsql", dir="/tmp"))
        self.account = None
        if os.getuid() == 0:
            self.account = next(name for name in ("postgres", "nobody") if self._account_exists(name))
            shutil.chown(self.home, self.account)
        self.home.chmod(0o711)
        self._run("initdb", "-D", str(self.home / "data"), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8",
                  "--no-sync")
        options = "-c listen_addresses='' -c unix_socket_directories='%s' -c fsync=off -c jit=off" % self.home
        self._run("pg_ctl", "-D", str(self.home / "data"), "-l", str(self.home / "log"), "-w", "-o", options, "start")

    @staticmethod
    def _account_exists(name):
        try:
            return bool(pwd.getpwnam(name))
        except KeyError:
            return False

    def _run(self, program, *arguments):
        command = [str(self.bin / program), *arguments]
        if self.account:
            command = ["runuser", "-u", self.account, "--", *command]
        done = subprocess.run(command, cwd=self.home, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        assert done.returncode == 0, done.stdout

    def stop(self):
        self._run("pg_ctl", "-D", str(self.home / "data"), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.home)

    def create(self, template="template0"):
        name = "t" + uuid.uuid4().hex[:12]
        database = Database(self, "postgres")
        database.superuser("CREATE DATABASE %s TEMPLATE %s" % (name, template))
        database.close()
        return Database(self, name)


class Database:
    def __init__(self, cluster, name):
        self.cluster, self.name, self.connections = cluster, name, []

    def connect(self, user="netguru_app", **options):
        connection = psycopg2.connect(host=str(self.cluster.home), dbname=self.name, user=user, **options)
        connection.autocommit = True
        self.connections.append(connection)
        return connection

    def close(self):
        for connection in self.connections:
            connection.close()
        self.connections = []

    def superuser(self, statement, *parameters):
        return fetch(self._session("postgres"), statement, *parameters)

    def owner(self, statement, *parameters):
        """As the migrations run: a login that became netguru_owner."""
        connection = self._session("postgres")
        fetch(connection, "SET ROLE netguru_owner")
        try:
            return fetch(connection, statement, *parameters)
        finally:
            fetch(connection, "RESET ROLE")

    def _session(self, user):
        for connection in self.connections:
            if connection.info.user == user and not connection.closed:
                return connection
        return self.connect(user)

    def psql(self, script):
        command = [str(self.cluster.bin / "psql"), "-qX", "-v", "ON_ERROR_STOP=1", "-h", str(self.cluster.home), "-U", "postgres",
                   "-d", self.name]
        done = subprocess.run(command, input=script, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                              env={**os.environ, "PGCLIENTENCODING": "UTF8"})
        assert done.returncode == 0, done.stdout
        return done.stdout

    def provision(self):
        self.psql("BEGIN;\n%s\nCOMMIT;" % (MIGRATIONS / "provision.sql").read_text())

    def apply(self, path):
        self.psql("BEGIN; SET LOCAL ROLE netguru_owner;\n%s\nCOMMIT;" % path.read_text())

    def upgrade(self):
        for path in migration_files("up"):
            self.apply(path)

    def dump_schema(self):
        return self.dump("--schema-only")

    def dump(self, *options):
        command = [str(self.cluster.bin / "pg_dump"), "-h", str(self.cluster.home), "-U", "postgres", *options, self.name]
        text = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        # Newer minor releases fence the dump with a random word.
        return "\n".join(line for line in text.splitlines() if not line.startswith(("\\restrict", "\\unrestrict")))


def fetch(connection, statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return cursor.fetchall() if cursor.description else cursor.rowcount


class Tenant:
    """A user with one row in every tenant table, and a session of netguru_app that acts for it."""

    def __init__(self, database, name):
        self.database = database
        self.app = database.connect()
        self.email = "%s-%s@example.net" % (name, uuid.uuid4().hex[:8])
        self.id = self.run("SELECT account_register(%s, %s, %s)", self.email, PASSWORD_HASH, name)[0][0]
        self.become(self.id)
        self.api_key = self.one("INSERT INTO api_keys (user_id, provider, encrypted_key) VALUES (%s, 'openai', 'x') RETURNING id", self.id)
        self.token = self.one("INSERT INTO personal_access_tokens (user_id, name, token_digest, last_four, scopes) "
                              "VALUES (%s, 'secret', sha256(%s), 'last', '{read}') RETURNING id", self.id, name.encode() + uuid.uuid4().bytes)
        self.conversation = self.one("INSERT INTO conversations (user_id) VALUES (%s) RETURNING id", self.id)
        self.message = self.one("INSERT INTO messages (conversation_id, role, content, tokens_used) VALUES (%s, 'user', 'secret of ' || %s, 7) "
                                "RETURNING id", self.conversation, name)
        self.run("INSERT INTO conversation_standins (conversation_id, user_id, map, encryption_key_id) VALUES (%s, %s, 'secret of ' || %s, 'k')",
                 self.conversation, self.id, name)
        self.document = self.add_document()
        self.embedding = self.one("INSERT INTO embeddings (user_id, document_id, chunk_text, chunk_index, embedding) "
                                  "VALUES (%s, %s, 'secret of ' || %s, 0, %s) RETURNING id", self.id, self.document, name, vector(1))
        database.owner("INSERT INTO embedding_generations (name, sha256) VALUES ('second', sha256('second')) ON CONFLICT DO NOTHING")
        self.run("INSERT INTO embedding_vectors (embedding_id, generation_id, embedding) SELECT %s, id, %s FROM embedding_generations WHERE name = 'second'",
                 self.embedding, vector(1))
        self.task = self.add_task(document_id=self.document)
        self.topology = self.one("INSERT INTO topology_snapshots (user_id, title, graph_data) VALUES (%s, 't', '{}') RETURNING id", self.id)

        self.run("SELECT search_recall_note(false, 0, 10, 10, 10)")
        self.consent = self.one("SELECT consent_give('{}', 'documents', 60)")  # also an entry of the audit log

    def become(self, user_id):
        self.run("SELECT set_config('app.current_user_id', %s, false)", user_id)

    def run(self, statement, *parameters):
        return fetch(self.app, statement, *parameters)

    def one(self, statement, *parameters):
        return self.run(statement, *parameters)[0][0]

    def add_document(self, **columns):
        values = dict(user_id=self.id, filename=uuid.uuid4().hex, original_filename="r1.cfg", file_type="config", file_size_bytes=1,
                      storage_path="x", sha256=uuid.uuid4().bytes * 2, **columns)
        return self.insert("documents", values)

    def add_task(self, **columns):
        values = dict(user_id=self.id, task_type="config_validation", celery_task_id=str(uuid.uuid4()))
        values.update(columns)
        return self.insert("analysis_tasks", values)

    def insert(self, table, values):
        return self.one("INSERT INTO %s (%s) VALUES (%s) RETURNING id" % (table, ", ".join(values), ", ".join(["%s"] * len(values))),
                        *values.values())


def vector(*leading):
    """A 384-dimensional vector literal that begins with the given numbers."""
    return "[%s]" % ",".join(str(number) for number in (*leading, *[0] * (384 - len(leading))))


@pytest.fixture(scope="session")
def cluster():
    running = Cluster()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def template(cluster):
    database = cluster.create()
    database.provision()
    database.upgrade()
    database.close()
    return database.name


@pytest.fixture(scope="module")
def database(cluster, template):
    copy = cluster.create(template)
    copy.provision()  # grants on the database itself are not copied
    yield copy
    copy.close()


@pytest.fixture(scope="module")
def alice(database):
    return Tenant(database, "alice")


@pytest.fixture(scope="module")
def bob(database):
    return Tenant(database, "bob")


@pytest.fixture
def nobody(database):
    connection = database.connect()
    yield connection
    connection.close()
