# SPDX-License-Identifier: Apache-2.0
"""netguru doctor: each thing is broken for real, found with its cause and command, fixed, and found well again."""

import json
import os
import re
import resource
import socket
import socketserver
import subprocess
import threading
import time
import uuid
from pathlib import Path

import psycopg2
import pytest

from waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def instance(make_netguru):
    running = make_netguru()
    # The server answers before the worker takes jobs.
    wait_until(lambda: running.run("doctor", "--only", "queues", check=False).returncode == 0, "a worker takes jobs", 30)
    return running


@pytest.fixture(scope="module")
def sql(instance):
    """Runs SQL as the superuser; gives the rows, if any."""
    connection = psycopg2.connect(host=f"{instance.home}/run", dbname="netguru", user="postgres")
    connection.autocommit = True

    def run(text):
        with connection.cursor() as cursor:
            cursor.execute(text)
            return cursor.fetchall() if cursor.description else None

    yield run
    connection.close()


def ask(instance, only, *words, **settings):
    """The exit status and the findings of one run."""
    result = instance.run("doctor", "--only", only, "--json", *words, check=False, **settings)
    assert result.returncode in (0, 1) and not result.stderr, result.stderr
    report = json.loads(result.stdout)
    for finding in report["findings"]:
        assert finding["severity"] == "ok" or finding["command"], finding
    return result.returncode, report


def bad(report):
    return [finding for finding in report["findings"] if finding["severity"] != "ok"]


def is_well(instance, only, **settings):
    status, report = ask(instance, only, **settings)
    return status == 0 and not bad(report)


def fixed_by_flag(instance, only, **settings):
    """A dry run changes nothing; --fix repairs all that was found."""
    found = bad(ask(instance, only, "--fix", "--dry-run", **settings)[1])
    assert found and all(finding["fixable"] and not finding["fixed"] for finding in found)
    assert [finding["done"] for finding in found] == ["--fix would fix this"] * len(found)
    status, after = ask(instance, only, "--fix", **settings)
    assert status == 0 and after["fixed"] == len(found) and not after["errors"] and not after["warnings"], after
    assert all(finding["fixed"] and finding["done"] for finding in bad(after))
    assert is_well(instance, only, **settings)
    return found


def fixed_by_its_command(instance, only):
    """Runs the command of the only finding as an operator would."""
    found = bad(ask(instance, only)[1])
    assert len(found) == 1, found
    subprocess.run(found[0]["command"], shell=True, check=True, capture_output=True)
    return found[0]


def test_a_sound_installation_has_no_errors(instance):
    everything = json.loads(instance.run("doctor", "--json").stdout)
    assert everything["errors"] == everything["unknown"] == everything["fixed"] == 0
    subjects = {finding["subject"] for finding in everything["findings"]}
    assert len(subjects) == 27
    report = instance.run("doctor", "--only", "settings, roles").stdout
    assert re.search(r"\n0 errors, \d+ warnings?, 0 unknown\n$", report) and "ok       roles " in report
    assert instance.run("doctor", "--only", "redis").stdout.endswith("all well\n")
    for finding in bad(everything):
        assert finding["cause"] and finding["command"]


@pytest.mark.parametrize(
    ("words", "said"),
    [(("--only", "nothing"), "no such check"), (("--only", ""), "no such check"), (("--dry-run",), "--dry-run needs --fix"), (("--only",), "no such check")],
)
def test_wrong_use_is_refused(instance, words, said):
    result = instance.run("doctor", *words, check=False)
    assert result.returncode == 2 and said in result.stderr and not result.stdout


def test_rights_and_indexes_that_are_missing_come_back(instance, sql):
    sql("DROP POLICY user_documents_policy ON documents")
    sql("REVOKE SELECT ON documents FROM netguru_app, netguru_serve, netguru_work, authenticated_user")
    sql("DROP INDEX idx_documents_type")
    sql("ALTER TABLE embeddings DISABLE ROW LEVEL SECURITY")
    found = fixed_by_flag(instance, "schema")
    kinds = {finding["what"].split()[1]: finding["severity"] for finding in found}
    assert kinds["policy"] == kinds["grant"] == "error" and kinds["index"] == "warning"
    assert any("idx_documents_type" in finding["what"] for finding in found) and kinds["row"] == "error"
    client = instance.demo()
    assert client.get("/api/v1/files").status == 200


def test_what_is_extra_or_changed_is_left_to_a_person(instance, sql, tmp_path):
    sql("GRANT DELETE ON users TO netguru_work")
    sql("ALTER TABLE documents ADD COLUMN colour text")
    status, report = ask(instance, "schema", "--fix")
    found = bad(report)
    assert status == 1 and not report["fixed"] and {finding["fixable"] for finding in found} == {False}
    assert {finding["severity"] for finding in found if " grant " in finding["what"]} == {"error"}
    assert any("colour" in finding["what"] for finding in found)
    assert "netguru migrate check --sql > repair.sql" in found[0]["command"]
    repair = tmp_path / "repair.sql"
    repair.write_text(instance.run("migrate", "check", "--sql").stdout)
    subprocess.run(["psql", "-qh", f"{instance.home}/run", "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-f", repair, "netguru"], check=True)
    assert is_well(instance, "schema")


def test_an_invalid_index_is_built_again_and_a_leftover_dropped(instance, sql):
    sql("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_documents_type'::regclass")
    sql("CREATE INDEX idx_documents_type_ccnew ON documents (file_type)")
    sql("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_documents_type_ccnew'::regclass")
    found = fixed_by_flag(instance, "indexes")
    assert any("REINDEX INDEX CONCURRENTLY public.idx_documents_type\"" in finding["command"] for finding in found)
    assert sql("SELECT count(*) FROM pg_class WHERE relname LIKE 'idx_documents_type%'") == [(1,)]


def test_missing_statistics_are_collected(instance, sql):
    sql("CREATE TABLE never_analyzed WITH (autovacuum_enabled = false) AS SELECT generate_series(1, 2000) AS n")
    try:
        # The counters of another session arrive when it is idle.
        until = time.monotonic() + 60
        while is_well(instance, "statistics"):
            assert time.monotonic() < until
            sql("SELECT pg_stat_force_next_flush()")
        assert "never_analyzed" in fixed_by_flag(instance, "statistics")[0]["what"]
    finally:
        sql("DROP TABLE never_analyzed")


def test_an_unsafe_setting_of_postgresql_is_named(instance, sql):
    sql("ALTER SYSTEM SET full_page_writes = off")
    sql("SELECT pg_reload_conf()")
    until = time.monotonic() + 60
    while is_well(instance, "postgresql-settings"):
        assert time.monotonic() < until
    finding = fixed_by_its_command(instance, "postgresql-settings")
    assert finding["what"] == "full_page_writes is off, not on" and "power failure" in finding["cause"]
    while not is_well(instance, "postgresql-settings"):
        assert time.monotonic() < until
    sql("ALTER SYSTEM RESET full_page_writes")


def test_a_pool_above_the_limit_of_connections_is_an_error(instance):
    status, report = ask(instance, "connections", NETGURU_POOL_SIZE="500")
    assert status == 1 and "510" in bad(report)[0]["cause"] and "max_connections" in bad(report)[0]["command"]
    assert is_well(instance, "connections")


def test_weak_settings_are_warned_about(instance):
    status, report = ask(instance, "settings", NETGURU_ALLOW_DEBUG="true", NETGURU_DISK_RESERVE_MB="0", NETGURU_BCRYPT_COST="12")
    assert status == 0 and [finding["what"].split()[0] for finding in bad(report)] == ["NETGURU_ALLOW_DEBUG", "NETGURU_DISK_RESERVE_MB"]
    assert is_well(instance, "settings", NETGURU_BCRYPT_COST="12")


def test_a_superuser_as_servers_role_is_an_error(instance):
    status, report = ask(instance, "roles", NETGURU_DATABASE_URL=f"host={instance.home}/run user=postgres dbname=netguru")
    assert status == 1 and "row-level security does not apply" in bad(report)[0]["what"]
    assert is_well(instance, "roles")


def configure(instance, *words):
    subprocess.run(["redis-cli", "-s", f"{instance.home}/run/redis.sock", "CONFIG", "SET", *words], check=True, capture_output=True)


def test_an_evicting_redis_is_set_right(instance):
    configure(instance, "maxmemory-policy", "allkeys-lru")
    found = fixed_by_flag(instance, "redis-policy")
    assert "allkeys-lru" in found[0]["what"]
    configure(instance, "maxmemory-policy", "volatile-ttl")
    fixed_by_its_command(instance, "redis-policy")
    assert is_well(instance, "redis-policy")


def test_a_full_redis_and_one_without_persistence_are_named(instance):
    configure(instance, "maxmemory", "1500000")
    configure(instance, "appendonly", "no")
    try:
        status, report = ask(instance, "redis-memory,redis-persistence")
        assert status == 1 and [finding["severity"] for finding in bad(report)] == ["error", "warning"]
    finally:
        configure(instance, "maxmemory", "256mb")
    fixed_by_its_command(instance, "redis-persistence")
    assert is_well(instance, "redis-memory,redis-persistence")


class PlayedRedis(socketserver.StreamRequestHandler):
    """Answers what doctor asks, with the facts of the server object."""

    def handle(self):
        while head := self.rfile.readline():
            words = []
            for _ in range(int(head[1:])):
                words.append(self.rfile.read(int(self.rfile.readline()[1:]) + 2)[:-2].decode())
            self.wfile.write(self.server.answer([word.upper() for word in words]))


def text(value):
    return f"${len(value)}\r\n{value}\r\n".encode()


class PlayedServer(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, version, ahead_s=0, saves=True):
        super().__init__(("127.0.0.1", 0), PlayedRedis)
        self.version, self.ahead_s, self.saves = version, ahead_s, saves
        threading.Thread(target=self.serve_forever, daemon=True).start()
        self.url = f"redis://127.0.0.1:{self.server_address[1]}/0"

    def answer(self, words):
        if words[0] == "INFO":
            state = "ok" if self.saves else "err"
            return text(f"redis_version:{self.version}\r\nused_memory:1000\r\nmaxmemory:0\r\naof_enabled:1\r\n"
                        f"aof_last_write_status:ok\r\nrdb_last_bgsave_status:{state}\r\n")
        if words[0] == "TIME":
            return b"*2\r\n" + text(str(int(time.time()) + self.ahead_s)) + text("0")
        if words[0] == "CONFIG":
            return b"-ERR unknown command 'CONFIG'\r\n"
        return b":0\r\n" if words[0].startswith("EVAL") else b"+OK\r\n"


def test_old_versions_skewed_clocks_and_failed_snapshots_of_redis_are_named(instance):
    only = "redis,redis-policy,redis-persistence,clock,queues"
    with PlayedServer("7.2.4", ahead_s=3600, saves=False) as played:
        status, report = ask(instance, only, NETGURU_REDIS_URL=played.url)
        found = {finding["subject"]: finding for finding in bad(report)}
        assert status == 1 and set(found) == set(only.split(","))
        assert "7.2.11" in found["redis"]["what"] and "CVE-2025-49844" in found["redis"]["cause"]
        assert re.search(r"Redis is (3600|3599|3601) s ahead", found["clock"]["what"]) and "set-ntp" in found["clock"]["command"]
        assert "does not tell its policy" in found["redis-policy"]["what"]
        assert "snapshot" in found["redis-persistence"]["what"] and "no worker" in found["queues"]["what"]
        played.shutdown()
    with PlayedServer("6.0.20", ahead_s=-5) as played:
        found = {finding["subject"]: finding for finding in bad(ask(instance, "redis,clock", NETGURU_REDIS_URL=played.url)[1])}
        assert "older than 6.2" in found["redis"]["what"] and "behind" in found["clock"]["what"] and found["clock"]["severity"] == "warning"
        played.shutdown()
    with PlayedServer("8.2.2") as played:
        assert is_well(instance, "redis,clock", NETGURU_REDIS_URL=played.url)
        played.shutdown()


def test_checks_go_on_without_a_server(instance):
    status, report = ask(instance, "redis,redis-memory,clock,postgresql,queues", NETGURU_REDIS_URL="redis://127.0.0.1:1/0")
    by = {finding["subject"]: finding for finding in report["findings"]}
    assert status == 1 and by["redis"]["severity"] == "error" and by["redis"]["cause"]
    assert by["redis-memory"]["what"] == by["queues"]["what"] == "Redis cannot be reached"
    assert by["queues"]["severity"] == "unknown" and by["clock"]["severity"] == by["postgresql"]["severity"] == "ok"
    dead = {"NETGURU_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    status, report = ask(instance, "schema,files,redis,postgresql", **dead)
    by = {finding["subject"]: finding for finding in report["findings"]}
    assert status == 1 and by["redis"]["severity"] == "ok" and by["postgresql"]["severity"] == "error"
    assert by["schema"]["what"] == by["files"]["what"] == "PostgreSQL cannot be reached"


def test_a_server_that_never_answers_is_given_up(instance):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        status, report = ask(instance, "redis,postgresql", NETGURU_REDIS_URL=f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
    assert status == 1 and {finding["subject"]: finding["severity"] for finding in report["findings"]} == {"redis": "error", "postgresql": "ok"}


def test_wrong_encryption_keys_are_named(instance):
    wrong = instance.run("keys", "generate").stdout.strip()
    status, report = ask(instance, "keys", NETGURU_ENCRYPTION_KEYS=wrong)
    assert status == 1 and "wrong encryption keys" in bad(report)[0]["what"] and wrong not in json.dumps(report)
    assert is_well(instance, "keys")


def test_a_secret_that_others_may_read_is_closed(instance):
    Path(instance.home, "token.key").chmod(0o644)
    found = fixed_by_flag(instance, "secrets")
    assert "0644" in found[0]["what"] and Path(instance.home, "token.key").stat().st_mode & 0o777 == 0o600


def test_documents_and_files_are_compared_both_ways(instance):
    document = instance.demo().process("kept.cfg", b"hostname kept\ninterface Loopback0\n")
    store = Path(instance.home, "files")
    kept = next(store.glob(f"*/{document['id']}"))
    assert is_well(instance, "files")
    owner, moved = kept.stat(), kept.with_suffix(".moved")
    kept.rename(moved)
    found = bad(ask(instance, "files")[1])
    assert [finding["severity"] for finding in found] == ["error"] and document["id"] in found[0]["cause"]
    assert "netguru restore" in found[0]["command"]
    kept.write_bytes(b"half")
    assert document["id"] in bad(ask(instance, "files")[1])[0]["cause"]
    moved.rename(kept)
    # A young file may belong to an upload in progress.
    extra = kept.with_name(str(uuid.uuid4()))
    extra.write_bytes(b"nobody's")
    os.chown(extra, owner.st_uid, owner.st_gid)
    assert is_well(instance, "files")
    os.utime(extra, (time.time() - 7200,) * 2)
    found = fixed_by_flag(instance, "files")
    assert extra.name in found[0]["cause"] and (store / "orphans" / extra.name).read_bytes() == b"nobody's"


def test_few_descriptors_are_an_error(instance):
    result = subprocess.run([instance.program, "doctor", "--only", "limits", "--json"], env=instance.environment, capture_output=True, text=True, check=False,
                            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (900, 900)))
    found = bad(json.loads(result.stdout))
    assert result.returncode == 1 and "may open 900 files" in found[0]["what"] and "LimitNOFILE" in found[0]["command"]
    assert is_well(instance, "limits", NETGURU_MAX_CONNECTIONS="1000")


def test_a_damaged_model_is_named(instance, tmp_path):
    found = re.search(r'MODEL_SHA256 "(\w+)"', (ROOT / "src/app/doctor/programs.c").read_text())
    assert found.group(1) in (ROOT / "tools/get_model").read_text()
    (tmp_path / "model.safetensors").write_bytes(b"damaged")
    status, report = ask(instance, "model", NETGURU_MODEL_DIR=str(tmp_path))
    assert status == 1 and "digest" in bad(report)[0]["what"]
    (tmp_path / "model.safetensors").unlink()
    assert "not found" in bad(ask(instance, "model", NETGURU_MODEL_DIR=str(tmp_path))[1])[0]["what"]


def test_old_and_failed_backups_are_errors(instance):
    state = Path(instance.home, "status/backup.json")
    former = state.read_text() if state.exists() else None
    state.parent.mkdir(exist_ok=True)
    now = int(time.time())
    try:
        for content, said in [
            ({"created_s": now - 40 * 3600}, "40 hours old"), ({"created_s": now, "failed_s": now, "failure": "disk full"}, "failed"),
            ({"created_s": now, "proof_failed_s": now}, "proof"), ({"since_s": now - 40 * 3600}, "no backup"),
        ]:
            state.write_text(json.dumps({"since_s": now - 50 * 3600, **content}))
            status, report = ask(instance, "backups")
            assert status == 1 and said in bad(report)[0]["what"] and "backup create" in bad(report)[0]["command"]
    finally:
        state.unlink()
        if former:
            state.write_text(former)
    assert is_well(instance, "backups")
