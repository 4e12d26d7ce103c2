# SPDX-License-Identifier: Apache-2.0
"""Administration over HTTP and by the command line: each route in each role, and what the audit log keeps of it."""

import json
import re
import uuid
from pathlib import Path

import psycopg2
import pytest
from waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "a good password"
ADMIN = "/api/v1/admin"


@pytest.fixture(scope="module")
def instance(make_netguru):
    instance = make_netguru(NETGURU_LLM_LOCAL_URLS="http://10.0.0.1:1/api")
    instance.run("user", "create", "boss@example.net", "--superuser", NETGURU_PASSWORD=PASSWORD)
    return instance


@pytest.fixture(scope="module")
def boss(instance):
    return instance.client().login("boss@example.net", PASSWORD)


@pytest.fixture
def ana(instance):
    client = instance.client().register(password=PASSWORD)
    client.me = client.get("/api/v1/users/me").json
    client.id, client.email = client.me["id"], client.me["email"]
    return client


def psql(instance, statement, *parameters):
    with psycopg2.connect(host=f"{instance.home}/run", user="postgres", dbname="netguru") as connection, connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return cursor.fetchall() if cursor.description else None


def routes():
    source = (ROOT / "src/admin/admin_api.c").read_text()
    return re.findall(r'\{HTTP_(\w+), ROUTE_(\w+), "([^"]+)"', source)


def call(client, method, path, body=None):
    return client.call(method, path, body if body is not None else ({} if method in ("POST", "PATCH") else None))


def filled(path, user):
    return re.sub(r"\{id\}", user.id, re.sub(r"\{(?!id)\w+\}", str(uuid.uuid4()), path))


def test_every_route_is_the_administrators_alone(instance, boss, ana):
    assert len(routes()) == 22 and {who for _, who, _ in routes()} == {"ADMIN"}
    nobody = instance.client()
    for method, _, path in routes():
        assert call(nobody, method, filled(path, ana)).status == 401, path
        answer = call(ana, method, filled(path, ana))
        assert (answer.status, answer.code) == (403, "FORBIDDEN"), path
    assert boss.get(f"{ADMIN}/users/{ana.id}").status == 200


@pytest.mark.parametrize("change, status", [("--no-superuser", 403), ("disable", 401)])
def test_rights_end_within_a_session(instance, ana, change, status):
    email = f"{uuid.uuid4().hex}@example.net"
    instance.run("user", "create", email, "--superuser", NETGURU_PASSWORD=PASSWORD)
    client = instance.client().login(email, PASSWORD)
    assert client.get(f"{ADMIN}/statistics").status == 200
    instance.run("user", *(("disable", email) if change == "disable" else ("change", email, change)))
    for method, _, path in routes():
        assert call(client, method, filled(path, ana)).status == status, path


def test_the_database_asks_again_when_the_session_is_stale(instance, ana):
    """Demoted by SQL, so that Redis still says superuser."""
    email = f"{uuid.uuid4().hex}@example.net"
    instance.run("user", "create", email, "--superuser", NETGURU_PASSWORD=PASSWORD)
    client = instance.client().login(email, PASSWORD)
    psql(instance, "UPDATE users SET is_superuser = FALSE WHERE email = %s", email)
    for method, _, path in routes():
        body = {"reason": "x", "is_active": True} if method in ("POST", "PATCH") else None
        assert call(client, method, filled(path, ana) + ("" if body else "?reason=x"), body).status == 403, path


def test_users_are_found_changed_and_their_sessions_ended(boss, ana):
    page = boss.get(f"{ADMIN}/users?search={ana.email[:12]}&limit=1").json
    assert [item["email"] for item in page["items"]] == [ana.email] and page["next_cursor"] is None
    first = boss.get(f"{ADMIN}/users?limit=1").json
    second = boss.get(f"{ADMIN}/users?limit=1&cursor={first['next_cursor']}").json
    assert first["items"][0]["id"] != second["items"][0]["id"]
    shown = boss.get(f"{ADMIN}/users/{ana.id}").json
    assert shown["documents"] == {"count": 0, "bytes": 0} and shown["plan_tier"] == "solo"
    assert "password" not in json.dumps(shown)
    changed = boss.call("PATCH", f"{ADMIN}/users/{ana.id}", {"plan_tier": "team", "reason": "paid"})
    assert changed.json["plan_tier"] == "team" and ana.get("/api/v1/users/me").json["plan_tier"] == "team"
    sessions = boss.get(f"{ADMIN}/users/{ana.id}/sessions").json["items"]
    assert len(sessions) == 1 and sessions[0]["address"] == "127.0.0.1" and not sessions[0]["current"]
    assert boss.call("DELETE", f"{ADMIN}/users/{ana.id}/sessions/{uuid.uuid4()}").status == 404
    assert boss.call("DELETE", f"{ADMIN}/users/{ana.id}/sessions/{sessions[0]['id']}").status == 204
    assert ana.get("/api/v1/users/me").status == 401
    ana.login(ana.email, PASSWORD)
    assert boss.call("DELETE", f"{ADMIN}/users/{ana.id}/sessions").status == 204
    assert ana.get("/api/v1/users/me").status == 401
    ana.login(ana.email, PASSWORD)
    assert boss.call("PATCH", f"{ADMIN}/users/{ana.id}", {"is_active": False}).json["is_active"] is False
    assert ana.get("/api/v1/users/me").status == 401
    assert ana.post("/api/v1/auth/login", {"email": ana.email, "password": PASSWORD}).status == 401
    assert boss.call("PATCH", f"{ADMIN}/users/{ana.id}", {"is_active": True}).status == 200
    ana.login(ana.email, PASSWORD)
    assert boss.get(f"{ADMIN}/users/{ana.id}/usage?days=7").json == {"days": [], "models": []}
    actions = [(item["action"], item["actor_kind"], item["reason"]) for item in ana.get("/api/v1/users/me/audit?limit=100").json["items"]]
    assert actions[0] == ("user.usage", "administrator", None) and ("user.change", "administrator", "paid") in actions


@pytest.mark.parametrize("method, path, body, status", [
    ("PATCH", "users/{id}", {}, 400), ("PATCH", "users/{id}", {"plan_tier": "gold"}, 400), ("PATCH", "users/{id}", {"is_active": "x"}, 400),
    ("POST", "users/{id}/erase", {}, 400), ("GET", "users/{id}/documents", None, 400), ("GET", "users/x", None, 400),
    ("GET", f"users/{uuid.uuid4()}", None, 404), ("PATCH", f"users/{uuid.uuid4()}", {"plan_tier": "team"}, 404), ("GET", "users?cursor=x", None, 400),
    ("GET", "jobs?status=x", None, 400), ("GET", f"jobs/{uuid.uuid4()}", None, 404), ("POST", f"jobs/{uuid.uuid4()}/retry", {}, 404),
    ("POST", f"jobs/{uuid.uuid4()}/cancel", {}, 404), ("POST", "dead-jobs/retry", {"queue": "x"}, 400), ("GET", "audit?cursor=Zm9v", None, 400),
    ("POST", "dead-jobs/purge", {"days": -1}, 400), ("GET", "users/{id}/usage?days=0", None, 400), ("GET", "users?reason=" + "x" * 501, None, 400),
])
def test_bad_requests_are_refused(boss, ana, method, path, body, status):
    assert call(boss, method, f"{ADMIN}/{path.replace('{id}', ana.id)}", body).status == status


def test_an_administrator_cannot_end_itself(boss):
    me = boss.get("/api/v1/users/me").json["id"]
    assert boss.call("PATCH", f"{ADMIN}/users/{me}", {"is_active": False}).status == 400
    assert boss.post(f"{ADMIN}/users/{me}/erase", {"reason": "x"}).status == 400


def test_jobs_are_explained_retried_and_cancelled(instance, boss, ana):
    document = ana.process("r1.cfg", b"hostname r1\n!\ninterface Loopback0\n ip address 10.0.0.1 255.255.255.255\n")
    job = document["task"]["id"]
    shown = boss.get(f"{ADMIN}/jobs/{job}").json
    assert shown["why"] == "it is completed" and shown["live_workers"] == 1 and shown["user_id"] == ana.id
    assert "result" not in shown and "arguments" not in shown
    assert boss.post(f"{ADMIN}/jobs/{job}/retry", {}).status == 409
    assert boss.post(f"{ADMIN}/jobs/{job}/cancel", {}).status == 409
    psql(instance, "UPDATE analysis_tasks SET status = 'failed', failure_kind = 'dead', attempts = 3, completed_at = now() - interval '40 days' "
         "WHERE id = %s", job)
    listed = boss.get(f"{ADMIN}/jobs?status=failed&failure_kind=dead&user={ana.email}").json["items"]
    assert [item["id"] for item in listed] == [job]
    assert boss.post(f"{ADMIN}/dead-jobs/retry", {"queue": "pcap"}).json == {"count": 0}
    assert boss.post(f"{ADMIN}/jobs/{job}/retry", {"reason": "the disk is back"}).json == {"outcome": "retried"}
    wait_until(lambda: boss.get(f"{ADMIN}/jobs/{job}").json["status"] == "completed", "the job has run again")
    assert ana.get(f"/api/v1/files/{document['id']}").json["status"] == "completed"
    psql(instance, "UPDATE analysis_tasks SET status = 'failed', failure_kind = 'dead', completed_at = now() - interval '40 days' WHERE id = %s", job)
    assert boss.post(f"{ADMIN}/dead-jobs/purge", {"days": 41}).json == {"count": 0}
    assert boss.post(f"{ADMIN}/dead-jobs/purge", {}).json == {"count": 1}
    assert boss.get(f"{ADMIN}/jobs/{job}").status == 404


def test_contents_need_a_consent_which_the_user_can_follow(boss, ana):
    document = ana.process("secret-name.cfg", b"hostname secret-router\n!\ninterface Loopback0\n ip address 10.0.0.1 255.255.255.255\n")
    conversation = ana.post("/api/v1/chat/conversations", {"title": "my secret title"}).json["id"]
    looks = [f"users/{ana.id}/documents", f"users/{ana.id}/documents/{document['id']}/text", f"users/{ana.id}/conversations",
             f"users/{ana.id}/conversations/{conversation}/messages"]
    for look in looks:
        assert boss.get(f"{ADMIN}/{look}?reason=help").status == 403
        assert boss.get(f"{ADMIN}/{look}").json["error"]["details"]["field"] == "reason"
    metadata = [boss.get(f"{ADMIN}/{path}").body for path in (f"users/{ana.id}", f"jobs?user={ana.id}", f"jobs/{document['task']['id']}", "statistics")]
    assert b"secret" not in b"".join(metadata)
    consent = ana.post("/api/v1/users/me/consents", {"scope": "documents", "minutes": 5, "reason": "ticket 7"})
    assert consent.status == 201
    assert boss.get(f"{ADMIN}/{looks[0]}?reason=help").json["items"][0]["original_filename"] == "secret-name.cfg"
    assert "secret-router" in boss.get(f"{ADMIN}/{looks[1]}?reason=help").json["chunks"][0]["chunk_text"]
    assert boss.get(f"{ADMIN}/{looks[2]}?reason=help").status == 403
    other = ana.post("/api/v1/users/me/consents", {"scope": "conversations"}).json["id"]
    assert boss.get(f"{ADMIN}/{looks[2]}?reason=help").json["items"][0]["title"] == "my secret title"
    assert boss.get(f"{ADMIN}/{looks[3]}?reason=help").json["items"] == []
    seen = [(item["action"], item["reason"]) for item in ana.get("/api/v1/users/me/audit").json["items"]]
    assert seen[:3] == [("contents.message_list", "help"), ("contents.conversation_list", "help"), ("consent.give", None)]
    for given in (consent.json["id"], other):
        assert ana.call("DELETE", f"/api/v1/users/me/consents/{given}").status == 204
        assert ana.call("DELETE", f"/api/v1/users/me/consents/{given}").status == 404
    assert all(item["withdrawn_at"] for item in ana.get("/api/v1/users/me/consents").json["items"])
    for look in looks:
        assert boss.get(f"{ADMIN}/{look}?reason=help").status == 403
    for bad in ({"scope": "keys"}, {}, {"scope": "documents", "minutes": 0}, {"scope": "documents", "minutes": 43201}):
        assert ana.post("/api/v1/users/me/consents", bad).status == 400


def test_knowledge_settings_and_statistics_are_shown(boss):
    knowledge = boss.get(f"{ADMIN}/knowledge").json
    assert knowledge["next_cursor"] is None
    settings = {item["name"]: item for item in boss.get(f"{ADMIN}/settings").json["items"]}
    assert settings["NETGURU_ERASE_AFTER_DAYS"]["value"] == "30"
    assert settings["NETGURU_LLM_LOCAL_URLS"]["is_given"] is True
    statistics = boss.get(f"{ADMIN}/statistics").json
    assert statistics["users"]["total"] >= 2 and {queue["queue"] for queue in statistics["queues"]} == {"pcap", "rag", "default"}


def test_administrators_are_limited(instance, boss):
    answer = boss.get(f"{ADMIN}/statistics")
    assert int(answer.headers["X-RateLimit-Limit"]) == 120 * 1000


def test_settings_never_show_a_secret(make_netguru, instance):
    secrets = {"NETGURU_SECRET": "s3cret-" * 8, "NETGURU_ENCRYPTION_KEY_COMMAND": "echo s3cret", "NETGURU_REDIS_URL": "redis://user:s3cret@127.0.0.1:1/0",
               "NETGURU_DATABASE_URL": "postgresql://netguru_serve:s3cret@127.0.0.1/netguru", "NETGURU_WORK_DATABASE_URL": "host=x password=s3cret"}
    environment = {name: value for name, value in secrets.items() if name not in ("NETGURU_REDIS_URL",)}
    shown = instance.run("admin", "settings", "--json", **environment).stdout
    assert "s3cret" not in shown and "netguru_serve:***@127.0.0.1/netguru" in shown


# ---- the command line

def test_the_command_line_does_the_same(instance, boss, ana):
    run = instance.run
    assert ana.email in run("admin", "users", "--search", ana.email).stdout
    assert json.loads(run("admin", "user", ana.email, "--json", "--reason", "a look").stdout)["id"] == ana.id
    assert "plan_tier                solo" in run("admin", "user", ana.id).stdout
    run("admin", "plan", ana.email, "enterprise")
    assert ana.get("/api/v1/users/me").json["plan_tier"] == "enterprise"
    assert "127.0.0.1" in run("admin", "sessions", ana.email).stdout
    run("admin", "end-sessions", ana.email)
    assert ana.get("/api/v1/users/me").status == 401
    run("admin", "disable", ana.email)
    assert ana.post("/api/v1/auth/login", {"email": ana.email, "password": PASSWORD}).status == 401
    run("admin", "enable", ana.email)
    ana.login(ana.email, PASSWORD)
    document = ana.process("r2.cfg", b"hostname r2\n!\ninterface Loopback0\n ip address 10.0.0.2 255.255.255.255\n")
    assert document["task"]["id"] in run("admin", "jobs", "--user", ana.email, "--status", "completed").stdout
    assert "it is completed" in run("admin", "job", document["task"]["id"]).stdout
    result = run("admin", "documents", ana.email, check=False)
    assert result.returncode != 0 and "consent" in result.stderr
    for words in (("knowledge",), ("settings",), ("statistics",), ("usage", ana.email), ("retry-dead",), ("purge-dead", "--days", "30")):
        run("admin", *words)
    listed = run("audit", "list", "--user", ana.email, "--limit", "100").stdout
    assert "operator" in listed and "user.show" in listed and "a look" in listed
    item = json.loads(run("audit", "list", "--user", ana.email, "--action", "user.disable", "--json").stdout)["items"][0]
    assert item["actor_kind"] == "operator" and " as " in item["actor"]


@pytest.mark.parametrize("words, said", [
    (("admin",), "expected what to do"), (("admin", "x"), "admin has no action x"), (("admin", "user"), "needs the e-mail address"),
    (("admin", "plan", "a@b.c", "gold"), "solo, team or enterprise"), (("admin", "job", "x"), "needs the id of a task"),
    (("admin", "users", "--limit", "0"), "--limit"), (("audit",), "expected verify"), (("audit", "verify", "--head", "x"), "--head must be"),
    (("audit", "head", "x"), "expected verify"),
])
def test_misuse_is_explained(instance, words, said):
    result = instance.run(*words, check=False)
    assert result.returncode == 2 and said in result.stderr


def test_unknown_users_are_not_found(instance):
    result = instance.run("admin", "user", "nobody@example.net", check=False)
    assert result.returncode == 4 and "no account has the address nobody@example.net" in result.stderr


def test_the_audit_log_is_verified_and_tampering_is_found(instance, boss):
    head = instance.run("audit", "head").stdout.strip()
    assert re.fullmatch(r"\d+:[0-9a-f]{64}", head)
    assert "the audit log is intact" in instance.run("audit", "verify").stdout
    boss.get(f"{ADMIN}/users")
    verdict = json.loads(instance.run("audit", "verify", "--head", head, "--json").stdout)
    assert verdict["intact"] is True and verdict["entries"] > int(head.split(":")[0]) and verdict["problem"] == ""
    tamper = "SET session_replication_role = replica; UPDATE audit_log SET reason = %s WHERE sequence = 3"
    before = psql(instance, "SELECT reason FROM audit_log WHERE sequence = 3")[0][0]
    psql(instance, tamper, "forged")
    result = instance.run("audit", "verify", check=False)
    assert result.returncode == 1 and "entry 3 was changed" in result.stdout
    assert json.loads(instance.run("audit", "verify", "--json", check=False).stdout)["intact"] is False
    psql(instance, tamper, before)
    sequence, digest = head.split(":")
    forged = instance.run("audit", "verify", "--head", f"{sequence}:{digest[::-1]}", check=False)
    assert forged.returncode == 1 and "written anew" in forged.stdout
    beyond = instance.run("audit", "verify", "--head", f"{int(sequence) + 10**6}:{digest}", check=False)
    assert beyond.returncode == 1 and "its end was cut off" in beyond.stdout
    instance.run("audit", "verify")
