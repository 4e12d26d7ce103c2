# SPDX-License-Identifier: Apache-2.0
"""The metrics of a running installation, read by Prometheus and promtool."""

import concurrent.futures
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

import psycopg2
import pytest
from conftest import DEMO, PROGRAM, ROOT, Client, free_port
from waiting import wait_until

OPENMETRICS = {"Accept": "application/openmetrics-text;version=1.0.0"}
PATHS = ["/metrics/data", "/metrics/serve-1", "/metrics/work-1"]
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
PLANTED = "planted7c1e"
NO_PROVIDER = f"http://127.0.0.1:{free_port()}"
RULES = ROOT / "deploy/prometheus/rules.yml"


@pytest.fixture(scope="module")
def instance(make_netguru):
    settings = {"NETGURU_LLM_LOCAL_URLS": NO_PROVIDER, "NETGURU_METRICS_TOKEN": f"{PLANTED} token", "NETGURU_RECALL_CHECK_S": "1"}
    return make_netguru(NETGURU_POOL_SIZE="8", NETGURU_POOL_OVERFLOW="0", **settings)


@pytest.fixture(scope="module")
def used(instance):
    """The instance after some of everything; secrets and ids were sent to it at each place."""
    user = instance.client().register(f"{PLANTED}@example.net", f"{PLANTED} password")
    instance.client().post("/api/v1/auth/login", {"email": f"{PLANTED}@example.net", "password": f"{PLANTED} wrong"})
    text = (ROOT / "sample/configs/lis-edge1.cfg").read_bytes() + f"\nusername {PLANTED} password 0 {PLANTED}\n".encode()
    document = user.process(f"{PLANTED}.cfg", text)
    user.get(f"/api/v1/files/{document['id']}")
    user.get(f"/{PLANTED}/{uuid.uuid4()}?token={PLANTED}")
    user.post("/api/v1/search", {"query": f"{PLANTED} ospf"})
    conversation = user.post("/api/v1/chat/conversations", {"title": PLANTED}).json
    path = f"/api/v1/chat/conversations/{conversation['id']}/messages"
    assert user.post(path, {"content": f"Which interfaces are down? {PLANTED}", "mode": "sources"}).status == 202
    ends = 'netguru_turns_total{end="complete"}'
    wait_until(lambda: value_of(scrape(instance, "/metrics/serve-1"), ends) > 0, "the turn has ended")
    return instance


def scrape(instance, path, headers=None):
    answer = instance.client().call("GET", path, headers=headers)
    assert answer.status == 200, answer.body
    return answer.body.decode()


def value_of(text, series):
    return float(re.search(rf"^{re.escape(series)} (\S+)", text, re.M)[1])


def families_of(text):
    """name -> (kind, help, names of the labels) of the families in the text format."""
    helps = dict(re.findall(r"^# HELP (\S+) (.*)$", text, re.M))
    labels = {}
    for name, inner in re.findall(r"^(\w+)\{(.*)\} \S+$", text, re.M):
        found = set(re.findall(r'(\w+)="', inner)) - {"le"}
        labels.setdefault(re.sub("_(bucket|sum|count)$", "", name) if name not in helps else name, set()).update(found)
    return {name: (kind, helps[name], labels.get(name, set())) for name, kind in re.findall(r"^# TYPE (\S+) (\w+)$", text, re.M)}


@pytest.mark.parametrize("path", ["/metrics", *PATHS])
def test_promtool_finds_nothing_to_say(used, path):
    checked = subprocess.run(["promtool", "check", "metrics"], input=scrape(used, path), capture_output=True, text=True)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_every_family_is_documented_and_none_more(used):
    exposed = {}
    for path in PATHS:
        for name, (kind, text, labels) in families_of(scrape(used, path)).items():
            known = exposed.setdefault(name, (kind, text, set()))
            assert known[:2] == (kind, text)
            known[2].update(labels)
    page = (ROOT / "docs/metrics.md").read_text()
    documented = {name: (kind, labels) for name, kind, labels in re.findall(r"^\| `(\w+)` \| (\w+) \| ([\w, ]*?) ?\|", page, re.M)}
    assert documented.keys() == exposed.keys()
    for name, (kind, _, labels) in exposed.items():
        assert documented[name][0] == kind
        # A family without samples now shows no labels.
        assert not labels or set(documented[name][1].split(", ")) == labels, name


def test_exemplars_are_the_ids_of_requests(used):
    answer = used.client().get("/health/live")
    text = scrape(used, "/metrics/serve-1", OPENMETRICS)
    assert text.endswith("# EOF\n")
    bucket = r'netguru_http_request_duration_seconds_bucket\{method="GET",route="/health/live",le="[^"]+"\} \d+ # \{trace_id="(%s)"\} \S+ \d+\.\d{3}$'
    assert answer.headers["X-Request-Id"] in re.findall(bucket % UUID, text, re.M)
    assert "trace_id" not in scrape(used, "/metrics/serve-1")


@pytest.mark.parametrize("headers", [None, OPENMETRICS])
def test_no_label_holds_an_id_or_a_secret(used, headers):
    for path in PATHS:
        text = re.sub(rf' # \{{trace_id="{UUID}"\}}', "", scrape(used, path, headers))
        assert PLANTED not in text
        assert not re.search(UUID, text)
        assert DEMO not in text and used.home not in text


def test_labels_are_names_of_the_program(used):
    text = scrape(used, "/metrics/serve-1")
    sources = "".join(file.read_text() for file in (ROOT / "src").rglob("*.c"))
    for name in set(re.findall(r'statement="([^"]*)"', text)):
        assert f'"{name}"' in sources, name
    for route in set(re.findall(r'route="([^"]*)"', text)):
        assert route == "none" or f'"{route}"' in sources, route


def test_counts_of_requests_are_exact(used):
    series = 'netguru_http_requests_total{method="GET",route="/health/live",class="2xx"}'
    before = value_of(scrape(used, "/metrics/serve-1"), series)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: used.client().get("/health/live").status, range(200)))
    assert statuses == [200] * 200
    assert value_of(scrape(used, "/metrics/serve-1"), series) == before + 200


def superuser(instance):
    connection = psycopg2.connect(host=f"{instance.home}/run", user="postgres", dbname="netguru")
    connection.autocommit = True
    return connection


def test_the_data_is_asked_at_most_every_few_seconds_and_reads_no_table(used):
    calls = 'netguru_db_statement_calls_total{statement="metrics_read"}'
    scrape(used, "/metrics/data")
    before = value_of(scrape(used, "/metrics/serve-1"), calls)
    texts = [scrape(used, "/metrics/data") for _ in range(20)]
    asked = value_of(scrape(used, "/metrics/serve-1"), calls) - before
    ages = [value_of(text, "netguru_data_age_seconds") for text in texts]
    # The values are asked for again when they are five seconds old.
    assert asked <= 1 + sum(later < earlier for earlier, later in zip(ages, ages[1:]))
    with superuser(used).cursor() as cursor:
        big = "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables WHERE relname IN ('messages', 'documents', 'embeddings', 'conversations', 'users', 'usage_ledger')"
        cursor.execute("BEGIN")
        cursor.execute("SELECT count(*) FROM metrics_read()")
        assert cursor.fetchone()[0] > 100
        cursor.execute(big)
        assert cursor.fetchone()[0] == 0
        cursor.execute("ROLLBACK")


def test_a_scrape_does_not_wait_for_the_database(used):
    scrape(used, "/metrics/data")
    blocker = superuser(used)
    blocker.autocommit = False
    blocker.cursor().execute("LOCK TABLE embedding_generations IN ACCESS EXCLUSIVE MODE")
    slowest = 0

    def is_postgres_up():
        nonlocal slowest
        started = time.monotonic()
        text = scrape(used, "/metrics/data")
        slowest = max(slowest, time.monotonic() - started)
        assert value_of(text, "netguru_data_age_seconds") < 30
        time.sleep(0.05)
        return value_of(text, 'netguru_data_up{part="postgres"}')

    try:
        wait_until(lambda: not is_postgres_up(), "a sample without PostgreSQL was taken")
    finally:
        blocker.rollback()
        blocker.close()
    wait_until(is_postgres_up, "a sample with PostgreSQL was taken")
    assert slowest < 1  # a sample takes 3 s while the table is locked


def test_one_of_several_serve_processes_samples_for_all(make_netguru):
    """Else a counter would go back when a process with an older sample answers."""
    instance = make_netguru(NETGURU_SERVE_PROCESSES="2")
    calls = 'netguru_db_statement_calls_total{statement="metrics_read"}'
    counter = 'netguru_postgres_transactions_total{end="commit"}'

    ends = time.monotonic() + 14
    counts = []
    while time.monotonic() < ends:
        counts.append(value_of(scrape(instance, "/metrics/data"), counter))
        time.sleep(0.1)
    # Each scrape is a connection of its own, which the system gives to one of the two.
    assert all(value_of(scrape(instance, f"/metrics/serve-{number}"), "netguru_http_accepted_total") > 5 for number in (1, 2))
    assert counts == sorted(counts) and counts[0] < counts[-1]
    assert value_of(scrape(instance, "/metrics/serve-1"), calls) >= 2
    assert calls not in scrape(instance, "/metrics/serve-2")
    # Where the first one has no socket, the other answers by itself.
    Path(instance.home, "run/serve-1.metrics").unlink()
    for _ in range(20):
        assert value_of(scrape(instance, "/metrics/data"), 'netguru_data_up{part="postgres"}') == 1


def test_others_need_the_token(used):
    forwarded = {"X-Forwarded-For": "192.0.2.1"}
    for path in ["/metrics", "/metrics/targets", *PATHS]:
        assert used.client().call("GET", path, headers=forwarded).status == 401
        bearer = {**forwarded, "Authorization": f"Bearer {PLANTED} token"}
        assert used.client().call("GET", path, headers=bearer).status == 200


# A real Prometheus.


class Prometheus:
    def __init__(self, address):
        self.port = free_port()
        self.directory = tempfile.mkdtemp(prefix="prometheus-", dir="/tmp")
        directory = Path(self.directory)
        rules = re.sub(r"^ +for: .*\n", "", RULES.read_text(), flags=re.M)
        (directory / "rules.yml").write_text(rules)
        configuration = (ROOT / "deploy/prometheus/prometheus.yml").read_text()
        configuration = configuration.replace("127.0.0.1:8000", address).replace(": 15s", ": 1s").replace(": 30s", ": 1s")
        (directory / "prometheus.yml").write_text(configuration)
        self.log = open(directory / "log", "wb")
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={directory}/prometheus.yml", f"--storage.tsdb.path={directory}/data",
             f"--web.listen-address=127.0.0.1:{self.port}", "--enable-feature=exemplar-storage"],
            stdout=self.log, stderr=self.log,
        )

    def stop(self):
        self.process.terminate()
        self.process.wait(60)
        self.log.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def ask(self, path, **parameters):
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=60) as answer:
            return json.load(answer)["data"]

    def query(self, expression):
        return self.ask("query", query=expression)["result"]

    def up(self):
        """process -> 1 or 0; empty while Prometheus starts."""
        try:
            return {series["metric"]["process"]: int(series["value"][1]) for series in self.query("up")}
        except OSError:
            assert self.process.poll() is None, Path(self.directory, "log").read_text()
            return {}

    def fires(self, alert):
        return bool(self.query(f'ALERTS{{alertname="{alert}",alertstate="firing"}}'))


@pytest.fixture(scope="module")
def prometheus(used):
    started = Prometheus(used.address)
    wanted = {"data": 1, "serve-1": 1, "work-1": 1}
    try:
        wait_until(lambda: started.up() == wanted, lambda: started.up())
        # A rate needs two samples.
        counted = "min(count_over_time(up[1m])) > 3"
        wait_until(lambda: started.query(counted), "every target was scraped several times")
        yield started
    finally:
        started.stop()


def test_prometheus_finds_every_process_at_one_address(prometheus):
    assert prometheus.up() == {"data": 1, "serve-1": 1, "work-1": 1}
    targets = prometheus.ask("targets")["activeTargets"]
    assert {target["lastError"] for target in targets} == {""}


def start_worker(instance, port):
    """A worker that no supervisor started, with an address for its metrics."""
    environment = {**instance.environment, "NETGURU_METRICS_ADDRESS": f"127.0.0.1:{port}"}
    return subprocess.Popen([PROGRAM, "work"], env=environment, stderr=subprocess.DEVNULL)


def test_process_of_its_own_is_found_missed_and_found_again(prometheus, used):
    port = free_port()
    worker = start_worker(used, port)
    try:
        wait_until(lambda: prometheus.up().get("work-2") == 1, "the second worker is up")
        own = Client(f"127.0.0.1:{port}")
        assert b"netguru_jobs_running 0\n" in own.get("/metrics").body
        assert own.get("/metrics/data").status == 404
        assert own.call("GET", "/metrics", headers={"Forwarded": "for=192.0.2.1"}).status == 401
        worker.kill()
        worker.wait(60)
        wait_until(lambda: prometheus.up().get("work-2") == 0, "the second worker is down")
        assert used.client().get("/metrics/work-2").status == 503
        worker = start_worker(used, port)
        wait_until(lambda: prometheus.up().get("work-2") == 1, "the second worker is up again")
    finally:
        worker.terminate()
        assert worker.wait(60) == 0
    assert "work-2" not in used.client().get("/metrics/targets").body.decode()


def test_prometheus_keeps_exemplars(prometheus):
    found = prometheus.ask("query_exemplars", query="netguru_http_request_duration_seconds_bucket", start="2000-01-01T00:00:00Z", end="2100-01-01T00:00:00Z")
    assert all(re.fullmatch(UUID, exemplar["labels"]["trace_id"]) for series in found for exemplar in series["exemplars"])
    assert found


def queries_of(dashboard):
    return [(panel["title"], target["expr"]) for panel in dashboard["panels"] for target in panel.get("targets", [])]


@pytest.mark.parametrize("name", ["overview", "data", "redis-jobs", "chat", "document"])
def test_every_query_of_a_dashboard_answers(prometheus, name):
    dashboard = json.loads((ROOT / f"deploy/grafana/{name}.json").read_text())
    queries = queries_of(dashboard)
    assert len(queries) > 10
    silent = [(title, query) for title, query in queries if not prometheus.query(query.replace("$__rate_interval", "1m"))]
    assert silent == []


def lost_parts(given, kept, path=""):
    """Where what the models keep differs from what they were given."""
    if isinstance(given, dict):
        return [lost for key, value in given.items() for lost in lost_parts(value, (kept or {}).get(key), f"{path}/{key}")]
    if isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        return [lost for pair in zip(given, kept) for lost in lost_parts(*pair, f"{path}[]")]
    return [] if given == kept else [f"{path}: {given} became {kept}"]


@pytest.mark.parametrize("name", ["overview", "data", "redis-jobs", "chat", "document"])
def test_the_models_of_grafana_take_a_dashboard_whole(name):
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.cog.plugins import register_default_plugins
    from grafana_foundation_sdk.models.dashboard import Dashboard

    register_default_plugins()
    dashboard = json.loads((ROOT / f"deploy/grafana/{name}.json").read_text())
    kept = json.loads(JSONEncoder().encode(Dashboard.from_json(dashboard)))
    assert lost_parts(dashboard, kept) == []


def test_dashboards_are_those_of_their_script():
    subprocess.run([ROOT / "tools/make_dashboards", "--check"], check=True)


def test_rules_and_their_tests_are_right():
    folder = ROOT / "deploy/prometheus"
    for command in (["check", "config", "prometheus.yml"], ["test", "rules", "rules_test.yml"]):
        done = subprocess.run(["promtool", *command], cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    alerts = re.findall(r"- alert: (\w+)", RULES.read_text())
    tests = (folder / "rules_test.yml").read_text()
    assert [f"{alert} {end}" for alert in alerts for end in ("is raised", "stays quiet")] == re.findall(r"- name: (.*)", tests)


def test_each_alert_leads_to_a_paragraph():
    anchors = re.findall(r"runbook: docs/operations.md#([\w-]+)", RULES.read_text())
    page = (ROOT / "docs/operations.md").read_text()
    headings = {heading.lower().replace(" ", "-") for heading in re.findall(r"^### (.*)$", page, re.M)}
    assert len(set(anchors)) == len(re.findall("- alert:", RULES.read_text()))
    assert set(anchors) == {heading for heading in headings if heading.startswith("alert-")}


# Conditions of alerts, made true.


def await_alert(prometheus, alert):
    wait_until(lambda: prometheus.fires(alert), f"{alert} fires")


def test_alert_of_a_missing_backup(prometheus):
    await_alert(prometheus, "NetguruBackupOld")


def test_alert_of_a_login_storm(prometheus, used):
    def guess(number):
        used.client().post("/api/v1/auth/login", {"email": f"{number % 7}@example.net", "password": "wrong"})

    def storm():
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            list(pool.map(guess, range(200)))
        return prometheus.fires("NetguruLoginStorm")

    wait_until(storm, "NetguruLoginStorm fires")


def test_alert_of_a_provider_that_is_down(prometheus, used):
    user = used.client().register()
    key = {"provider": "local", "base_url": NO_PROVIDER, "model": PLANTED, "key_name": PLANTED}
    assert user.post("/api/v1/users/me/api-keys", key).status == 201

    def ask():
        conversation = user.post("/api/v1/chat/conversations", {}).json["id"]
        question = {"content": "Is it up?", "mode": "model", "provider": "local"}
        assert user.post(f"/api/v1/chat/conversations/{conversation}/messages", question).status == 202
        return prometheus.fires("NetguruProviderDown")

    wait_until(ask, "NetguruProviderDown fires")
    assert value_of(scrape(used, "/metrics/serve-1"), 'netguru_llm_failures_total{provider="local",reason="unreachable"}') > 0


def test_alerts_of_a_stopped_worker(prometheus, used):
    user = used.demo()
    worker = used.children()["work"]
    os.kill(worker, signal.SIGSTOP)
    try:
        assert user.upload("edge.cfg", (ROOT / "sample/configs/lis-edge2.cfg").read_bytes()).status == 201
        with superuser(used).cursor() as cursor:
            cursor.execute("UPDATE analysis_tasks SET next_attempt_at = now() - interval '1 hour' WHERE status = 'pending'")
            assert cursor.rowcount == 1
        await_alert(prometheus, "NetguruQueueStuck")
        await_alert(prometheus, "NetguruProcessDown")
    finally:
        os.kill(worker, signal.SIGCONT)
    wait_until(lambda: not prometheus.fires("NetguruProcessDown"), "the alert ends")


def test_alert_of_dead_letters(prometheus, used):
    with superuser(used).cursor() as cursor:
        cursor.execute("UPDATE analysis_tasks SET status = 'failed', failure_kind = 'dead', error_message = 'planted' WHERE status = 'completed'")
        assert cursor.rowcount > 0
    await_alert(prometheus, "NetguruJobsDead")


def test_alert_of_an_exhausted_pool_and_its_slow_statements(prometheus, used):
    user = used.demo()
    contents = [f"hostname r{number}\n".encode() * 20 for number in range(12)]
    blocker = psycopg2.connect(host=f"{used.home}/run", user="postgres", dbname="netguru")
    with concurrent.futures.ThreadPoolExecutor(len(contents)) as pool:
        blocker.cursor().execute("LOCK TABLE documents IN ACCESS EXCLUSIVE MODE")
        try:
            answers = [pool.submit(user.upload, f"r{number}.cfg", text) for number, text in enumerate(contents)]
            await_alert(prometheus, "NetguruPoolExhausted")
        finally:
            blocker.rollback()
            blocker.close()
        assert {answer.result().status for answer in answers} <= {201, 503}
    slow = 'netguru_postgres_slow_statement_mean_seconds{statement!="other"}'
    wait_until(lambda: prometheus.query(slow), "the statement that waited is named")


POOR_INDEX = """DO $$ DECLARE id uuid := (SELECT id FROM users WHERE email = '%(email)s'); BEGIN
    INSERT INTO embeddings (user_id, chunk_index, chunk_text, embedding) SELECT id, n, 'mtu ' || n,
        (SELECT array_agg(random() - 0.5 + 0 * n + 0 * d)::real[]::vector FROM generate_series(1, 384) AS d) FROM generate_series(1, 1000) AS n;
    EXECUTE format('CREATE INDEX %%s ON embeddings USING hnsw (embedding vector_cosine_ops) WITH (m = 2, ef_construction = 4) WHERE user_id = %%L',
        embeddings_own_index_name(id), id); END $$"""


def test_alert_of_a_poor_index(prometheus, used):
    email = f"{uuid.uuid4().hex}@example.net"
    user = used.client().register(email)
    with superuser(used).cursor() as cursor:
        cursor.execute(POOR_INDEX % {"email": email})

    def ask():
        for number in range(10):
            assert user.post("/api/v1/search", {"query": f"jumbo frames on port {number}"}).status == 200
        return prometheus.fires("NetguruRecallLow")

    wait_until(ask, "NetguruRecallLow fires")
    with superuser(used).cursor() as cursor:
        cursor.execute("SELECT effort > 0 AND recall < 0.99 FROM search_settings AS s JOIN users AS u ON u.id = s.user_id WHERE u.email = %s", [email])
        assert cursor.fetchone() == (True,)
    assert "search.recall_low" in Path(used.home, "log/serve.log").read_text()


def test_alerts_of_a_generation_that_stands_still_and_of_one_that_waits(prometheus, used):
    """Nobody has its model, so its filling stands still; the hours and days since are all that is not real."""
    with superuser(used).cursor() as cursor:
        cursor.execute("SET ROLE netguru_owner")
        cursor.execute("SELECT embedding_generation_add('{}', 'nowhere', sha256('nowhere'))")
        used.run("embeddings", "fill")
        cursor.execute("UPDATE embedding_generations SET progressed_at = progressed_at - interval '61 minutes' WHERE name = 'nowhere'")
        await_alert(prometheus, "NetguruEmbeddingStalled")
        assert not prometheus.fires("NetguruEmbeddingWaiting")
        left = prometheus.query('netguru_embedding_generation_chunks_left{generation="nowhere"}')
        cursor.execute("SELECT count(*) FROM embeddings AS e WHERE embedding_is_wanted(e.document_id, e.chunk_index, e.metadata)")
        assert float(left[0]["value"][1]) == cursor.fetchone()[0] > 0
        assert [one["metric"]["state"] for one in prometheus.query('netguru_embedding_generation_state{generation="nowhere"} == 1')] == ["building"]
        used.run("embeddings", "pause", "nowhere")
        wait_until(lambda: not prometheus.fires("NetguruEmbeddingStalled"), "the alert ends when the filling is paused")
        cursor.execute("UPDATE embedding_generations SET changed_at = changed_at - interval '8 days' WHERE name = 'nowhere'")
        await_alert(prometheus, "NetguruEmbeddingWaiting")
        used.run("embeddings", "drop", "nowhere")
        wait_until(lambda: not prometheus.fires("NetguruEmbeddingWaiting"), "the alert ends when the generation is dropped")


def redis(instance, *words):
    """The answer of the embedded Redis, as it is on the wire."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(f"{instance.home}/run/redis.sock")
        connection.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words))
        return connection.recv(1 << 16)


def test_alert_of_a_redis_that_evicts(prometheus, used):
    assert redis(used, b"CONFIG", b"SET", b"maxmemory-policy", b"allkeys-lru", b"maxmemory", b"4mb") == b"+OK\r\n"
    try:
        for number in range(64):
            redis(used, b"SET", b"junk:%d" % number, b"x" * (128 << 10))
        await_alert(prometheus, "NetguruRedisEvicting")
    finally:
        redis(used, b"CONFIG", b"SET", b"maxmemory-policy", b"noeviction", b"maxmemory", b"256mb")
