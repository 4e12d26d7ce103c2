# SPDX-License-Identifier: Apache-2.0
"""A whole NetGuru (`netguru up`) for the black-box tests, and a client without conveniences."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import uuid
from pathlib import Path

import pytest
from provider import Provider
from waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("TEST_PROGRAM", str(ROOT / "build/src/netguru"))
SHARED = Path(os.environ.get("NETGURU_SHARED_DATA", ROOT.parent / "shared/data"))
DEMO = "demo@netguru.example"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json["error"]["code"]


class Client:
    """One user. Every call opens a connection of its own."""

    def __init__(self, address):
        self.address = address
        self.token = None
        self.refresh_token = None

    def call(self, method, path, body=None, headers=None, timeout=60):
        connection = http.client.HTTPConnection(self.address, timeout=timeout)
        headers = dict(headers or {})
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def get(self, path):
        return self.call("GET", path)

    def post(self, path, body):
        return self.call("POST", path, body)

    def take_tokens(self, answer):
        assert answer.status in (200, 201), answer.body
        self.token = answer.json["access_token"]
        self.refresh_token = answer.json["refresh_token"]
        return self

    def login(self, email, password):
        self.token = None
        return self.take_tokens(self.post("/api/v1/auth/login", {"email": email, "password": password}))

    def register(self, email=None, password="a good password"):
        email = email or f"{uuid.uuid4().hex}@example.net"
        self.token = None
        return self.take_tokens(self.post("/api/v1/auth/register", {"email": email, "password": password}))

    def upload(self, name, content, field="file"):
        """name may be bytes: it goes into the header as it is."""
        boundary = uuid.uuid4().hex
        name = name if isinstance(name, bytes) else name.encode()
        head = b'--%s\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n\r\n' % (
            boundary.encode(), field.encode(), name,
        )
        body = head + content + b"\r\n--%s--\r\n" % boundary.encode()
        return self.call(
            "POST", "/api/v1/files/upload", body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}, 300
        )

    def settled(self, document, limit_s=300):
        """The document once it is completed or failed."""
        path = f"/api/v1/files/{document['id']}"

        def ended():
            now = self.get(path).json
            return now if now["status"] in ("completed", "failed") else None

        return wait_until(ended, f"{document['original_filename']} is completed or failed", limit_s)

    def process(self, name, content):
        answer = self.upload(name, content)
        assert answer.status in (200, 201), answer.body
        return self.settled(answer.json)

    def task(self, document):
        return self.get(f"/api/v1/analysis/tasks/{document['task']['id']}").json


class Netguru:
    """A running `netguru up` with a data directory of its own."""

    program = PROGRAM

    def __init__(self, home, **settings):
        self.home = home
        self.address = f"127.0.0.1:{free_port()}"
        self.environment = {k: v for k, v in os.environ.items() if k not in ("NETGURU_SHARED_DATA",)}
        self.environment.update(NETGURU_HOME=home, NETGURU_HTTP_ADDRESS=self.address)
        self.environment.update({"NETGURU_RATE_LIMIT_FACTOR": "1000", "NETGURU_BCRYPT_COST": "4", **settings})
        self.process = None
        self.password = None
        self.start()

    def start(self, *words):
        self.process = subprocess.Popen(
            [PROGRAM, "up", "--demo", *words], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for line in self.process.stdout:
            if line.startswith("Demo account"):
                self.password = line.split()[-1]
                return
        raise AssertionError("netguru up did not start:\n" + self.process.stderr.read())

    def stop(self, signal_number=signal.SIGTERM):
        self.process.send_signal(signal_number)
        self.process.wait(60)
        self.process.stdout.close()
        self.process.stderr.close()

    def client(self):
        return Client(self.address)

    def demo(self):
        return self.client().login(DEMO, self.password)

    def children(self):
        """name -> pid of the supervised processes, those left out that come and go."""
        pid = self.process.pid
        found = {}
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            try:
                words = Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0")
            except OSError:
                continue
            name = Path(words[0].split(":")[0].split(" ")[0]).name
            if name == "netguru":
                name = words[1]
            if name not in ("", "up", "maintain", "backup", "knowledge", "embeddings"):
                found[name] = int(child)
        return found

    def run(self, *words, check=True, **environment):
        return subprocess.run(
            [PROGRAM, *map(str, words)],
            env={**self.environment, "HOME": str(Path(self.home).parent), **environment},
            capture_output=True,
            text=True,
            timeout=300,
            check=check,
        )


@pytest.fixture(scope="session")
def make_netguru():
    """Starts instances; all are stopped and removed at the end."""
    started = []

    def make(**settings):
        parent = tempfile.mkdtemp(prefix="netguru-api-", dir="/tmp")
        os.chmod(parent, 0o755)
        instance = Netguru(os.path.join(parent, "home"), **settings)
        started.append((instance, parent))
        return instance

    yield make
    for instance, parent in started:
        if instance.process.poll() is None:
            instance.stop()
        shutil.rmtree(parent, ignore_errors=True)


@pytest.fixture(scope="session")
def netguru(make_netguru):
    return make_netguru()


@pytest.fixture(scope="session")
def demo(netguru):
    return netguru.demo()


@pytest.fixture(scope="module")
def provider():
    provider = Provider()
    yield provider
    provider.stop()


@pytest.fixture(scope="module")
def collector():
    from collector import Collector  # pylint: disable=import-outside-toplevel

    collector = Collector()
    yield collector
    collector.close()


@pytest.fixture(scope="module")
def browser(netguru):
    from browser_page import open_browser  # pylint: disable=import-outside-toplevel

    with open_browser(netguru) as opened:
        yield opened


@pytest.fixture
def somebody(netguru):
    return netguru.client().register()


@pytest.fixture(scope="session")
def shared():
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not here")
    return SHARED


@pytest.fixture
def server_goes_on(netguru):
    """No process of the server ended during the test, and it is ready: for pytestmark of hostile suites."""
    before = netguru.children()
    yield
    after = netguru.children()
    assert {k: v for k, v in before.items() if k in ("serve", "work", "postgres", "redis-server")} == {
        k: v for k, v in after.items() if k in ("serve", "work", "postgres", "redis-server")
    }
    assert netguru.client().get("/health/ready").status == 200
