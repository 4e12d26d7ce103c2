# SPDX-License-Identifier: Apache-2.0
"""API keys in a whole NetGuru: they are shown nowhere, remain in no memory, and their encryption keys can be lost, wrong and replaced."""

import http.server
import json
import os
import re
import stat
import subprocess
import threading
from pathlib import Path

import psycopg2
import pytest
from cryptography.fernet import Fernet, InvalidToken

from conftest import DEMO, Client
from test_secrets import dump_redis
from waiting import wait_until

KEYS = "/api/v1/users/me/api-keys"
# The middle of the planted keys, which no answer may show.
PLANTED = "Zq7PlantedKeyOfATestXv9"


def planted(number):
    return f"sk-{PLANTED}{number:03d}TAIL"


def rows(netguru):
    with psycopg2.connect(host=f"{netguru.home}/run", dbname="netguru", user="postgres") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT id::text, user_id::text, encrypted_key, encryption_key_id FROM api_keys ORDER BY created_at")
        return cursor.fetchall()


def memory(pid):
    """The writable memory of a process, region by region."""
    with open(f"/proc/{pid}/mem", "rb", 0) as file:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            addresses, rights, *_ = line.split()
            if "w" not in rights or "[vvar]" in line:
                continue
            first, end = (int(part, 16) for part in addresses.split("-"))
            file.seek(first)
            yield line, file.read(end - first)


def found_in_memory(pid, text):
    return [line for line, data in memory(pid) if text.encode() in data]


def logs_of(netguru):
    return "".join(path.read_text(errors="replace") for path in Path(netguru.home).rglob("*.log"))


def raw_request(client, method, path, body, pieces):
    """Sends the body in pieces, so that it is received, kept and moved in parts."""
    import socket
    import time

    host, port = client.address.split(":")
    with socket.create_connection((host, int(port)), 60) as connection:
        head = (f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {client.token}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n")
        text = (head + body).encode()
        for at in range(0, len(text), pieces):
            connection.sendall(text[at:at + pieces])
            time.sleep(0.001)  # so that they are read one by one; nothing depends on it
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return answer.decode()


class Provider(http.server.BaseHTTPRequestHandler):
    """Lists its models to anybody whose key does not end in WRONG, and notes the keys."""

    protocol_version = "HTTP/1.1"
    keys = []

    def answer(self, body, kind):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        key = self.headers.get("Authorization", "").removeprefix("Bearer ")
        self.keys.append(key)
        if key.endswith("WRONG"):
            body, kind = b'{"error":{"message":"Incorrect API key: %s"}}' % key.encode(), "application/json"
        self.send_response(401 if key.endswith("WRONG") else 200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(b'{"data":[]}', "application/json")

    def do_POST(self):
        pieces = [{"delta": {"content": "An answer."}}, {"delta": {}, "finish_reason": "stop"}]
        events = [json.dumps({"choices": [{"index": 0, **piece}]}) for piece in pieces]
        self.answer("".join(f"data: {event}\n\n" for event in [*events, "[DONE]"]).encode(), "text/event-stream")

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def provider():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()


@pytest.fixture(scope="module")
def instance(make_netguru, provider):
    return make_netguru(NETGURU_LOG_LEVEL="debug", NETGURU_LLM_OPENAI_URL=provider)


@pytest.fixture(scope="module")
def user(instance):
    return instance.demo()


def test_up_makes_a_private_encryption_key_once(instance):
    path = Path(instance.home) / "encryption.key"
    text = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}=\n", text)
    Fernet(text.strip())
    instance.stop()
    instance.start()
    assert path.read_text() == text


def test_python_reads_what_is_stored_and_for_whom(instance, user):
    user = instance.demo()
    made = user.post(KEYS, {"provider": "openai", "key": planted(0), "key_name": "for python"})
    assert made.status == 201
    stored = {row[0]: row for row in rows(instance)}[made.json["id"]]
    key = Fernet((Path(instance.home) / "encryption.key").read_text().strip())
    head = f"api_keys.encrypted_key\n{stored[1]}\n{stored[0]}\n"
    assert key.decrypt(stored[2].encode(), ttl=3600).decode() == head + planted(0)
    user.call("DELETE", f"{KEYS}/{made.json['id']}")


def use_keys_in_all_ways(instance):
    """Requests that succeed and that fail at every step; returns all answers."""
    client = instance.demo()
    answers = []
    for number in range(3):
        answers.append(client.post(KEYS, {"provider": "openai", "key": planted(number), "key_name": f"n{number}"}))
    assert all(answer.status == 201 for answer in answers)
    path = f"{KEYS}/{answers[0].json['id']}"
    answers.append(client.call("PATCH", path, {"key": planted(10)}))
    answers.append(client.post(KEYS, {"provider": "openai", "key": planted(11), "key_name": "n1"}))  # the name is taken
    answers.append(client.post(KEYS, {"provider": "openai", "key": planted(12) + " "}))
    answers.append(client.post(KEYS, {"provider": "azure", "key": planted(13)}))
    answers.append(client.post(KEYS, {"provider": "openai", "key": planted(14) * 100}))
    answers.append(client.post(KEYS, {"provider": planted(15), "key": planted(15)}))
    answers.append(client.post(KEYS, {"provider": "openai", "key": planted(16), "key_name": "x" * 60000}))
    answers.append(client.call("POST", KEYS, '{"key":"%s",' % planted(17), {"Content-Type": "application/json"}))
    answers.append(client.call("POST", KEYS, '{"key":"%s","key":"%s"}' % (planted(18), planted(18)), {"Content-Type": "application/json"}))
    answers.append(client.call("POST", KEYS, '{"provider":"%s"}' % planted(19), {"Content-Type": "text/plain"}))
    answers.append(client.call("PATCH", path, {"key": planted(20), "expires_at": "never"}))
    answers.append(client.call("PATCH", f"{KEYS}/00000000-0000-4000-8000-000000000000", {"key": planted(21)}))
    answers.append(Client(client.address).post(KEYS, {"key": planted(22)}))  # nobody
    assert [answer.status for answer in answers[3:]] == [200, 409, 400, 400, 400, 400, 400, 400, 400, 415, 400, 404, 401]
    answers.append(client.get(KEYS))
    body = '{"provider":"openai","key":"%s","key_name":"slow%%d"}' % planted(30)
    for number, pieces in enumerate((7, 100, 1000)):
        answers.append(raw_request(client, "POST", KEYS, body % number, pieces))
    answers.append(raw_request(client, "POST", KEYS, '{"provider":"openai","key":"%s"' % planted(31) + " " * 50000 + ',"key_name":"big"}', 8000))
    return "".join(answer if isinstance(answer, str) else answer.body.decode() for answer in answers)


def test_a_key_remains_in_no_answer_log_database_or_memory(instance):
    if os.geteuid() != 0:
        pytest.skip("only root can read the memory of the server")
    answers = use_keys_in_all_ways(instance)
    assert answers.count('"last_four" : "TAIL"') >= 8
    assert PLANTED not in answers
    for name in ("serve", "work"):
        pid = instance.children()[name]
        assert found_in_memory(pid, instance.home), "the search finds what is there"
        assert found_in_memory(pid, PLANTED) == [], name
    assert PLANTED not in logs_of(instance)
    assert PLANTED not in dump_redis(instance)
    assert PLANTED not in str(rows(instance))
    database = subprocess.run(["psql", "-X", "-At", f"host={instance.home}/run user=postgres dbname=netguru", "-c",
                               "SELECT * FROM api_keys; SELECT * FROM pg_stat_activity"], capture_output=True, text=True, check=True)
    assert PLANTED not in database.stdout


def test_a_key_that_was_used_remains_in_no_memory(instance):
    if os.geteuid() != 0:
        pytest.skip("only root can read the memory of the server")
    client = instance.demo()
    for secret, status in ((planted(70), 200), (planted(71) + "WRONG", 502)):
        made = client.post(KEYS, {"provider": "openai", "key": secret, "key_name": secret[-9:]})
        assert made.status == 201
        answer = client.call("POST", f"{KEYS}/{made.json['id']}/test")
        assert answer.status == status and PLANTED not in answer.body.decode()
        assert secret in Provider.keys, "the provider was asked with the key"
        assert client.get(f"{KEYS}/{made.json['id']}").json["last_used_at"]
    wait_until(lambda: found_in_memory(instance.children()["serve"], PLANTED) == [], "what the request used is overwritten", 3)
    assert PLANTED not in logs_of(instance) + dump_redis(instance)


def test_a_key_of_a_conversation_gives_way_to_the_next_and_remains_in_no_memory(instance):
    if os.geteuid() != 0:
        pytest.skip("only root can read the memory of the server")
    client = instance.client().register()
    good, wrong = planted(80), planted(81) + "WRONG"
    for secret in (good, wrong):  # the newest is tried first
        assert client.post(KEYS, {"provider": "openai", "key": secret, "key_name": secret[-9:]}).status == 201
    conversation = client.post("/api/v1/chat/conversations", {}).json["id"]
    Provider.keys.clear()
    answer = client.call("POST", f"/api/v1/chat/conversations/{conversation}/messages",
                         json.dumps({"content": "What is OSPF?", "model": "gpt-4o", "mode": "model"}),
                         {"Content-Type": "application/json", "Accept": "text/event-stream"})
    events = answer.body.decode()
    assert "An answer." in events and "another key of the provider is used" in events, events
    assert Provider.keys[:2] == [wrong, good] and PLANTED not in events
    message = client.get(f"/api/v1/chat/conversations/{conversation}/messages").json["items"][-1]["id"]
    wait_until(lambda: "title" in client.get(f"/api/v1/chat/messages/{message}/sent").json["sent"], "the same key was used for a title")
    wait_until(lambda: found_in_memory(instance.children()["serve"], PLANTED) == [], "what the request used is overwritten", 3)
    assert PLANTED not in logs_of(instance) + dump_redis(instance)


def test_passwords_and_tokens_remain_in_no_memory(instance):
    if os.geteuid() != 0:
        pytest.skip("only root can read the memory of the server")
    password = "a rare Planted passw0rd"
    client = instance.client().register(password=password)
    client.post("/api/v1/auth/login", {"email": "somebody@example.net", "password": password})
    wait_until(lambda: found_in_memory(instance.children()["serve"], password) == [], "what the request used is overwritten", 3)
    wait_until(lambda: found_in_memory(instance.children()["serve"], client.refresh_token) == [], "what the request used is overwritten", 3)


def login(instance):
    instance.run("login", "--server", f"http://{instance.address}", DEMO, "--password-file", f"{instance.home}/demo.password")


def add(instance, key, *words, **environment):
    return subprocess.run([instance.program, "keys", "add", *words], input=key, capture_output=True, text=True, timeout=60,
                          env={**instance.environment, "HOME": str(Path(instance.home).parent), **environment})


def test_the_commands_of_a_user(instance):
    login(instance)
    for item in instance.demo().get(f"{KEYS}?limit=100").json["items"]:
        assert instance.demo().call("DELETE", f"{KEYS}/{item['id']}").status == 204
    first = add(instance, planted(40) + "\n", "openai", "--name", "first", "--expires", "2099-01-01T00:00:00Z")
    assert first.returncode == 0 and "…TAIL  first  2099-01-01 00:00" in first.stdout, first
    variable = add(instance, "", "anthropic", NETGURU_API_KEY=planted(41))
    assert variable.returncode == 0 and "anthropic" in variable.stdout, variable
    local = add(instance, "", "local", "--base-url", "http://127.0.0.1:11434", "--model", "llama")
    assert local.returncode == 0, local
    azure = add(instance, planted(42), "azure", "--endpoint", "https://x.openai.azure.com", "--deployment", "d", "--api-version", "2024-10-21")
    assert azure.returncode == 0, azure
    elsewhere = add(instance, "", "local", "--base-url", "http://169.254.169.254")
    assert elsewhere.returncode == 2 and "base_url: this local server is not allowed here" in elsewhere.stderr
    again = add(instance, planted(43), "openai", "--name", "first")
    assert again.returncode != 0 and "you have a key of this name" in again.stderr
    assert len(instance.run("keys", "list").stdout.splitlines()) == 4
    assert "disabled" in instance.run("keys", "disable", "first").stdout
    assert "active" in instance.run("keys", "enable", "first").stdout
    assert instance.run("keys", "test", "first").stdout == "the provider accepts the key\n"
    wrong = add(instance, planted(44) + "WRONG", "openai", "--name", "wrong")
    assert wrong.returncode == 0
    refused = instance.run("keys", "test", "wrong", check=False)
    assert refused.returncode == 3 and "OpenAI refused the key" in refused.stderr and PLANTED not in refused.stderr
    assert instance.run("keys", "delete", "wrong").returncode == 0
    assert "second" in instance.run("keys", "rename", "first", "second").stdout
    assert "no API key has the id or the name first" in instance.run("keys", "delete", "first", check=False).stderr
    assert instance.run("keys", "delete", "second").returncode == 0
    key_id = instance.run("keys", "list").stdout.split()[0]
    assert instance.run("keys", "delete", key_id).returncode == 0
    assert len(instance.run("keys", "list").stdout.splitlines()) == 2
    listed = [json.loads(line) for line in instance.run("keys", "list", "--json").stdout.splitlines()]
    assert {one["provider"] for one in listed} <= {"anthropic", "local", "azure"} and len(listed) == 2 and all(one["is_active"] for one in listed)
    assert "disabled" in instance.run("keys", "disable", listed[0]["id"][:9]).stdout
    shown = first.stdout + variable.stdout + azure.stdout + again.stderr + instance.run("keys", "list").stdout
    assert PLANTED not in shown


@pytest.mark.parametrize("words", [[], ["add"], ["add", "openai", "anthropic"], ["list", "x"], ["rename", "x"], ["rotate", "now"], ["steal"], ["generate", "2"]])
def test_wrong_words_are_refused(instance, words):
    done = instance.run("keys", *words, check=False)
    assert done.returncode == 2 and "usage: netguru keys" in done.stderr, done


def test_generate_prints_a_key(instance):
    one, other = (instance.run("keys", "generate").stdout for _ in range(2))
    Fernet(one.strip())
    assert one != other


def test_serve_refuses_the_wrong_key_in_words(instance):
    other = Fernet.generate_key().decode()
    done = instance.run("serve", check=False, NETGURU_HTTP_ADDRESS="127.0.0.1:0", NETGURU_ENCRYPTION_KEYS=other)
    assert done.returncode != 0 and "wrong encryption keys: this database is encrypted with the key " in done.stderr
    assert other not in done.stderr
    done = instance.run("serve", check=False, NETGURU_HTTP_ADDRESS="127.0.0.1:0", NETGURU_ENCRYPTION_KEYS="sesame")
    assert done.returncode == 2 and "NETGURU_ENCRYPTION_KEYS: key 1" in done.stderr and "sesame" not in done.stderr
    done = instance.run("serve", check=False, NETGURU_HTTP_ADDRESS="127.0.0.1:0", NETGURU_LLM_LOCAL_URLS="gpu")
    assert done.returncode == 2 and "NETGURU_LLM_LOCAL_URLS: an address begins with" in done.stderr


def failing_up(instance):
    done = instance.run("up", "--demo", check=False)
    assert done.returncode != 0
    return done.stdout + done.stderr


def test_up_does_not_replace_a_lost_key(instance):
    path = Path(instance.home) / "encryption.key"
    owner = path.stat()
    text = path.read_text()
    instance.stop()
    path.unlink()
    said = failing_up(instance)
    assert "the database is encrypted, but there is no " in said and not path.exists()

    def put(content, mode=0o600):
        path.write_text(content)
        os.chown(path, owner.st_uid, owner.st_gid)
        path.chmod(mode)

    put(Fernet.generate_key().decode())
    assert "wrong encryption keys" in failing_up(instance)
    put(text, 0o644)
    assert "can be read by others" in failing_up(instance)
    put(text)
    instance.start()
    assert instance.demo().get(KEYS).status == 200


def test_rotation_replaces_the_encryption_key(instance):
    user = instance.demo()
    for number in range(5):
        assert user.post(KEYS, {"provider": "openai", "key": planted(50 + number), "key_name": f"r{number}"}).status == 201
    path = Path(instance.home) / "encryption.key"
    old = path.read_text().strip()
    new = Fernet.generate_key().decode()
    path.write_text(f"{new}\n{old}\n")  # the file keeps its owner and its rights
    instance.stop()
    instance.start()
    before = rows(instance)
    done = instance.run("keys", "rotate")
    assert f"{len(before)} values re-encrypted with the key" in done.stdout
    assert f"{len(before)} of {len(before)} re-encrypted" in done.stderr
    after = rows(instance)
    assert {row[3] for row in after}.isdisjoint(row[3] for row in before)
    for row, former in zip(after, before):
        assert row[:2] == former[:2]
        assert Fernet(new).decrypt(row[2].encode()) == Fernet(old).decrypt(former[2].encode())
        with pytest.raises(InvalidToken):
            Fernet(old).decrypt(row[2].encode())
    assert "0 values re-encrypted" in instance.run("keys", "rotate").stdout
    path.write_text(new + "\n")
    instance.stop()
    instance.start()
    assert instance.demo().get(KEYS).status == 200
    done = instance.run("keys", "rotate", check=False, NETGURU_ENCRYPTION_KEYS=old)
    assert done.returncode != 0 and "wrong encryption keys" in done.stderr


def test_keys_of_a_command_are_serves_alone(make_netguru):
    key = Fernet.generate_key().decode()
    instance = make_netguru(NETGURU_ENCRYPTION_KEY_COMMAND=f"printf %s {key}")
    assert not (Path(instance.home) / "encryption.key").exists()
    assert instance.demo().post(KEYS, {"provider": "openai", "key": planted(60)}).status == 201
    assert Fernet(key).decrypt(rows(instance)[0][2].encode()).decode().endswith(planted(60))
    for name, pid in instance.children().items():
        if name != "redis-server":  # it writes its title over its environment
            assert (key in Path(f"/proc/{pid}/environ").read_text()) == (name == "serve"), name
    instance.stop()
