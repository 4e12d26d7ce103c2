# SPDX-License-Identifier: Apache-2.0
"""No secret of an uploaded file comes back: not by HTTP, not from PostgreSQL or Redis, not in a log. No secret of a user or
of the operator is in anything that the program writes: answers, logs, plans, metrics, traces, messages of commands."""

import base64
import json
import subprocess
import urllib.request
from pathlib import Path

import psycopg2
import pytest
from cryptography.fernet import Fernet

from conftest import ROOT, SHARED, free_port
from pdf_file import pdf
from waiting import wait_until

FORMS = ROOT / "test/engines/redact/secrets.txt"
CASES = SHARED.parent / "cases/secrets"
KINDS = ["secrets.cfg", "secrets.md", "secrets.txt", "secrets.log", "secrets.json.txt", "secrets.pdf"]
TABLES = ["documents", "embeddings", "analysis_tasks"]


def plant(text, prefix):
    """The text with a secret at each {S}, and the secrets."""
    secrets = []
    while "{S}" in text:
        secrets.append(f"Zq{prefix}{len(secrets):03d}xKv9Lw")
        text = text.replace("{S}", secrets[-1], 1)
    return text, secrets


def wrap(name, text):
    """The lines as a document of the kind that the name says."""
    if name.endswith(".md"):
        return f"# Configuration\n\nWhat runs today:\n\n```\n{text}\n```\n".encode()
    if name.endswith(".log"):
        head = "Mar 12 10:52:57 r1 1: %SYS-5-CONFIG_I: Configured from console by ada on vty0\n"
        return (head * 20 + text).encode()
    if name.endswith(".json.txt"):
        return json.dumps({"config": text, "lines": text.split("\n")}, indent=1).encode()
    if name.endswith(".pdf"):
        return pdf(text.split("\n"))
    return text.encode()


def rows(netguru):
    """Every row of every table that holds something of a document, as text."""
    url = f"host={netguru.home}/run user=postgres dbname=netguru"
    query = "; ".join(f"SELECT to_jsonb(t) - 'embedding' FROM {table} t" for table in TABLES)
    answer = subprocess.run(["psql", "-X", "-At", url, "-c", query], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def left(secrets, text):
    return [secret for secret in secrets if secret in text]


def dump_redis(netguru):
    base = ["redis-cli", "-s", f"{netguru.home}/run/redis.sock"]
    keys = subprocess.run([*base, "--scan"], capture_output=True, text=True, check=True).stdout.split()
    readers = {"string": ["GET"], "list": ["LRANGE", "0", "-1"], "hash": ["HGETALL"], "set": ["SMEMBERS"], "zset": ["ZRANGE", "0", "-1"]}
    dump = []
    for key in keys:
        kind = subprocess.run([*base, "TYPE", key], capture_output=True, text=True, check=True).stdout.strip()
        reader = readers.get(kind)
        if reader:
            dump.append(subprocess.run([*base, reader[0], key, *reader[1:]], capture_output=True, text=True, check=True).stdout)
    return "\n".join([*keys, *dump])


def texts():
    """name -> lines with {S}: our own, and those beside the shared data where they are."""
    found = {"own": FORMS.read_text()}
    if CASES.is_dir():
        found["cases"] = "!\n".join(path.read_text() for path in sorted(CASES.iterdir()))
    return found


# Secrets that users and operators have, by kind. Their middles are searched for: a part of a secret is one too.
MIDDLE = "Zq{:02d}xKv9LwPlanted"
KINDS_OF_SECRETS = [
    "password", "refused password", "changed password", "basic authorization", "foreign bearer token", "cookie", "token in a query",
    "key of openai", "key of anthropic", "key of azure", "key of a local server", "refused key of openai", "user of a base url",
    "secret of tokens", "token of metrics", "headers of traces", "password of a database", "password of redis", "secret of the object store",
    "access key of the object store", "identity of age", "body that is no JSON",
]
SECRETS = {kind: MIDDLE.format(number) for number, kind in enumerate(KINDS_OF_SECRETS)}
ENCRYPTION_KEY = Fernet.generate_key().decode()


@pytest.fixture(scope="module")
def uploaded(make_netguru, collector, provider):
    netguru = make_netguru(
        NETGURU_LOG_LEVEL="debug", NETGURU_SLOW_STATEMENT_MS="1", NETGURU_SLOW_PLANS_MS="1", NETGURU_ENCRYPTION_KEYS=ENCRYPTION_KEY,
        NETGURU_SECRET=SECRETS["secret of tokens"] * 2, NETGURU_METRICS_TOKEN=SECRETS["token of metrics"],
        NETGURU_TRACES_URL=f"{collector.url}/v1/traces", NETGURU_TRACES_HEADERS=f"Authorization=Bearer%20{SECRETS['headers of traces']}",
        NETGURU_LLM_OPENAI_URL=f"{provider.url}/v1", NETGURU_LLM_ANTHROPIC_URL=provider.url, NETGURU_LLM_AZURE_URLS=provider.url,
        NETGURU_LLM_LOCAL_URLS=f"{provider.url}/v1",
    )
    client = netguru.demo()
    planted = []
    documents = []
    for number, (source, text) in enumerate(texts().items()):
        for k, name in enumerate(KINDS):
            content, secrets = plant(text, f"{number}{k}")
            documents.append((f"{source}-{name}", secrets, client.process(f"{source}-{name}", wrap(name, content))))
            planted += secrets
    yield netguru, client, documents, planted


def test_every_document_is_completed(uploaded):
    for name, _, document in uploaded[2]:
        assert document["status"] == "completed", (name, document)


def test_no_secret_in_the_file_and_its_analysis(uploaded):
    _, client, documents, _ = uploaded
    for name, secrets, document in documents:
        answers = [client.get(f"/api/v1/files/{document['id']}"), client.get(f"/api/v1/analysis/tasks/{document['task']['id']}")]
        for answer in answers:
            assert answer.status == 200
            assert not left(secrets, answer.body.decode()), name


def test_no_secret_in_search_answers(uploaded):
    _, client, _, planted = uploaded
    for query in ["password secret key", "snmp-server community", *planted[:20]]:
        answer = client.post("/api/v1/search", {"query": query, "limit": 50})
        assert answer.status == 200
        results = json.dumps(answer.json.get("results"))
        assert not left(planted, results), query


def test_no_secret_in_postgresql(uploaded):
    netguru, _, documents, planted = uploaded
    dump = rows(netguru)
    assert all(document["id"] in dump for _, _, document in documents)
    assert "<redacted>" in dump
    assert not left(planted, dump)


def test_no_secret_in_redis(uploaded):
    netguru, _, _, planted = uploaded
    assert not left(planted, dump_redis(netguru))


def test_no_secret_in_the_local_analysis(uploaded, tmp_path):
    netguru = uploaded[0]
    for source, text in texts().items():
        content, secrets = plant(text, "9")
        path = tmp_path / f"{source}.cfg"
        path.write_text(content)
        for words in (["analyze", path], ["analyze", "--json", path], ["topology", "--json", path]):
            answer = netguru.run(*words, check=False)
            assert not left(secrets, answer.stdout + answer.stderr), (source, words)


class Acts:
    """What users do with their secrets, and every answer to it that is not meant to hold one."""

    def __init__(self, netguru):
        self.netguru = netguru
        self.client = netguru.client()
        self.answers = []
        self.given = {}  # secrets that the server has made

    def call(self, *words, client=None, status=None, **options):
        answer = (client or self.client).call(*words, **options)
        if status:
            assert answer.status == status, (words, answer.status, answer.body)
        self.answers.append(f"{answer.status} {answer.headers}\n{answer.body.decode('utf-8', 'replace')}")
        return answer

    def command(self, *words, **environment):
        done = self.netguru.run(*words, check=False, **environment)
        self.answers.append(done.stdout + done.stderr)
        return done


def act_with_accounts(acts):
    user, email = acts.client, "secrets@example.net"
    user.register(email, SECRETS["password"])
    acts.call("POST", "/api/v1/auth/login", {"email": email, "password": SECRETS["refused password"]}, client=acts.netguru.client(), status=401)
    acts.call("POST", "/api/v1/auth/login", f'{{"email": "x", "password": {SECRETS["body that is no JSON"]}', client=acts.netguru.client(),
              headers={"Content-Type": "application/json"})
    acts.call("POST", "/api/v1/auth/register", {"email": email, "password": SECRETS["password"]}, client=acts.netguru.client())
    acts.call("POST", "/api/v1/users/me/password", {"password": SECRETS["password"], "new_password": SECRETS["changed password"]}, status=204)
    user.login(email, SECRETS["changed password"])
    former = user.refresh_token
    user.take_tokens(user.post("/api/v1/auth/refresh", {"refresh_token": former}))
    acts.call("POST", "/api/v1/auth/refresh", {"refresh_token": former[:-4] + "AAAA"}, client=acts.netguru.client())
    acts.given |= {"refresh token": user.refresh_token, "access token": user.token}
    acts.given["personal token"] = user.post("/api/v1/users/me/tokens", {"name": "t", "scopes": ["read"]}).json["token"]
    acts.given["ticket"] = user.post("/api/v1/chat/tickets", {}).json["ticket"]
    acts.call("GET", "/api/v1/files", headers={"Authorization": f"Bearer {acts.given['personal token']}"}, status=200)
    acts.call("POST", "/api/v1/search", {"query": "x"}, headers={"Authorization": f"Bearer {acts.given['personal token']}x"}, status=401)
    basic = base64.b64encode(f"u:{SECRETS['basic authorization']}".encode()).decode()
    acts.given["basic authorization, encoded"] = basic
    for header in (f"Basic {basic}", f"Basic {SECRETS['basic authorization']}", f"Bearer {SECRETS['foreign bearer token']}"):
        acts.call("GET", "/api/v1/files", headers={"Authorization": header}, status=401)
    acts.call("GET", "/api/v1/files", headers={"Cookie": f"session={SECRETS['cookie']}"})
    acts.call("GET", f"/api/v1/files?access_token={SECRETS['token in a query']}")
    acts.call("GET", f"/nothing?token={SECRETS['token in a query']}", status=404)


def act_with_keys(acts, provider):
    keys = "/api/v1/users/me/api-keys"
    refused = f"wrong-{SECRETS['refused key of openai']}-0000"
    added = [
        {"provider": "openai", "key": f"sk-{SECRETS['key of openai']}-0001"},
        {"provider": "anthropic", "key": f"sk-ant-{SECRETS['key of anthropic']}-0002"},
        {"provider": "azure", "key": f"{SECRETS['key of azure']}-0003", "endpoint": provider.url, "deployment": "d"},
        {"provider": "local", "key": f"{SECRETS['key of a local server']}-0004", "base_url": f"{provider.url}/v1", "model": "played"},
        {"provider": "openai", "key": refused, "key_name": "refused"},
        {"provider": "local", "key": "x", "base_url": provider.url.replace("//", f"//u:{SECRETS['user of a base url']}@"), "model": "m"},
        {"provider": "openai", "key": f"sk-{SECRETS['key of openai']}\n"},
    ]
    made = [acts.call("POST", keys, {"key_name": f"k{number}", **body}) for number, body in enumerate(added)]
    assert [answer.status for answer in made[:5]] == [201] * 5, [answer.body for answer in made]
    ids = [answer.json["id"] for answer in made[:5]]
    for identity in ids:
        acts.call("POST", f"{keys}/{identity}/test", {})
        acts.call("GET", f"{keys}/{identity}", status=200)
    # A provider that says the key again in its error, one that fails, and one that breaks off.
    said = {"status": 401, "error": {"type": "invalid_request_error", "message": f"Incorrect API key provided: {refused}"}, "headers": {"x-key": refused}}
    for number, played in [(4, said), (0, {"status": 500, "error": {"message": refused}}), (3, {"steps": [{"text": "a"}, {"cut": True}]}), (0, None)]:
        if played:
            provider.post("/_script", {"answers": [{**played, "forever": True}]})
        conversation = acts.call("POST", "/api/v1/chat/conversations", {"title": "t"}, status=201).json["id"]
        body = {"content": "Why?", "mode": "model", "key_id": ids[number]}
        sent = acts.call("POST", f"/api/v1/chat/conversations/{conversation}/messages", body, status=202)
        path = f"/api/v1/chat/conversations/{conversation}/messages"

        def is_ended():
            return all(message["state"] not in ("pending", "streaming") for message in acts.client.get(path).json["items"])

        wait_until(is_ended, f"the turn of {sent.json} has ended")
        acts.call("GET", path)
        urllib.request.urlopen(urllib.request.Request(provider.url + "/_requests", method="DELETE"), timeout=60).close()


def act_with_broken_statements(acts):
    """The database refuses statements that have secrets among their parameters."""
    tables = ["api_keys", "personal_access_tokens"]
    connection = psycopg2.connect(host=f"{acts.netguru.home}/run", user="postgres", dbname="netguru")
    connection.autocommit = True
    cursor = connection.cursor()
    for table in tables:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
    try:
        acts.call("POST", "/api/v1/users/me/api-keys", {"provider": "openai", "key": f"sk-{SECRETS['key of openai']}-0009", "key_name": "z"}, status=500)
        acts.call("POST", "/api/v1/users/me/tokens", {"name": "other", "scopes": ["read"]}, status=500)
        acts.call("GET", "/api/v1/files", headers={"Authorization": f"Bearer {acts.given['personal token']}"})
    finally:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table}_away RENAME TO {table}")
        connection.close()


def act_as_operator(acts, tmp_path):
    """Commands that cannot reach what the settings name, with secrets in the settings."""
    nowhere = f"127.0.0.1:{free_port()}"
    identity = tmp_path / "identity"
    identity.write_text(f"AGE-SECRET-KEY-1{SECRETS['identity of age'].upper()}\n")
    identity.chmod(0o600)
    SECRETS["identity of age, in capitals"] = SECRETS["identity of age"].upper()
    database = f"postgresql://netguru_admin:{SECRETS['password of a database']}@{nowhere}/netguru"
    store = {"NETGURU_BACKUP_STORE": "s3://bucket/x", "NETGURU_BACKUP_S3_ENDPOINT": f"http://{nowhere}",
             "NETGURU_BACKUP_S3_ACCESS_KEY": SECRETS["access key of the object store"], "NETGURU_BACKUP_S3_SECRET_KEY": SECRETS["secret of the object store"]}
    redis = {"NETGURU_REDIS_URL": f"redis://:{SECRETS['password of redis']}@{nowhere}/0"}
    for words, environment in [
        (["migrate", "current"], {"NETGURU_OWNER_DATABASE_URL": database}),
        (["migrate", "current"], {"NETGURU_OWNER_DATABASE_URL": database.replace("@", "@[")}),
        (["serve"], {"NETGURU_DATABASE_URL": database}),
        (["doctor"], {"NETGURU_DATABASE_URL": database, "NETGURU_OWNER_DATABASE_URL": database, **redis}),
        (["work"], {**redis, "NETGURU_REDIS_URL": redis["NETGURU_REDIS_URL"] + "/x"}),
        (["backup", "create"], {"NETGURU_BACKUP_DATABASE_URL": database}),
        (["backup", "list"], store),
        (["restore", "latest"], {"NETGURU_BACKUP_IDENTITY_FILE": str(identity)}),
        (["help", "settings"], {}),
    ]:
        done = acts.command(*words, **environment)
        assert words[0] in ("doctor", "help") or done.returncode != 0, (words, done)


@pytest.fixture(scope="module")
def acts(uploaded, collector, provider, tmp_path_factory):
    netguru = uploaded[0]
    acts = Acts(netguru)
    act_with_accounts(acts)
    act_with_keys(acts, provider)
    act_with_broken_statements(acts)
    act_as_operator(acts, tmp_path_factory.mktemp("operator"))
    for path in ("/metrics", "/metrics/data", "/metrics/serve-1", "/metrics/work-1"):
        acts.call("GET", path, client=netguru.client(), headers={"Accept": "application/openmetrics-text"}, status=200)
        acts.call("GET", path, client=netguru.client(), headers={"X-Forwarded-For": "192.0.2.1", "Authorization": "Bearer x"}, status=401)
    last = acts.call("GET", "/api/v1/files")
    wait_until(lambda: collector.of_trace(last.headers["X-Request-Id"]), "the last span has arrived")
    return acts


def every_secret(acts):
    """kind -> what must not be found: the middle of what was planted, what was given whole."""
    return {**SECRETS, **acts.given, "encryption key": ENCRYPTION_KEY, "demo password": acts.netguru.password}


def found_kinds(secrets, text):
    return [kind for kind, secret in secrets.items() if secret in text]


def test_twenty_kinds_of_secrets_are_planted(acts):
    assert len(every_secret(acts)) >= 20 and len(set(every_secret(acts).values())) == len(every_secret(acts))


def test_no_secret_of_anybody_in_an_answer_or_message(acts):
    secrets = every_secret(acts)
    for text in acts.answers:
        assert not found_kinds(secrets, text), text


def test_no_secret_of_anybody_in_a_trace(acts, collector, uploaded):
    text = collector.texts()
    assert "POST /api/v1/auth/login" in text or "/api/v1/auth/login" in text
    assert not found_kinds(every_secret(acts), text)
    assert not left(uploaded[3], text)
    # The collector is the one place that its own header goes to.
    assert collector.heads[0][1]["Authorization"] == f"Bearer {SECRETS['headers of traces']}"


def test_no_secret_in_the_logs(uploaded, acts):
    netguru, _, _, planted = uploaded
    secrets = every_secret(acts)
    netguru.process.send_signal(15)
    out, err = netguru.process.communicate(timeout=120)
    logs = {path.name: path.read_text(errors="replace") for path in Path(netguru.home).rglob("*.log")}
    assert {"serve.log", "work.log", "postgres.log", "postgresql.log", "redis.log"} <= logs.keys()
    assert "relation" in logs["postgresql.log"] and "plan:" in logs["postgresql.log"] and "db.slow_statement" in logs["serve.log"]
    for name, text in {**logs, "standard output": out, "standard error": err}.items():
        assert not left(planted, text), name
        assert not found_kinds(secrets, text), name
