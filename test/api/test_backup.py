# SPDX-License-Identifier: Apache-2.0
"""Backups of a whole installation: made, proved, damaged, restored on another machine, brought back for one user."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psycopg2
import pytest
from conftest import DEMO, Netguru
from waiting import wait_until

CONFIG = b"hostname core1\ninterface GigabitEthernet0/1\n ip address 10.0.0.1 255.255.255.0\n"
REFUSED, NOT_FOUND, DAMAGED, AWAY = 5, 4, 2, 7


class Installation:
    """A NetGuru with its backups in a directory beside its home."""

    def __init__(self, make_netguru):
        self.netguru = make_netguru(NETGURU_BACKUP_AT="")
        self.store = Path(self.netguru.home).parent / "backups"
        self.netguru.environment["NETGURU_BACKUP_STORE"] = str(self.store)
        self.client = self.netguru.demo()
        self.documents = [self.client.process(f"core{n}.cfg", CONFIG + b"! %d\n" % n) for n in range(3)]

    def backup(self, *words, status=0, **environment):
        """Runs netguru backup; returns what it prints, and its errors if it must fail."""
        done = self.netguru.run("backup", *words, check=False, **environment)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stderr if status else done.stdout

    def create(self, **environment):
        return json.loads(self.backup("create", "--json", **environment))

    def connect(self, database="netguru"):
        return connect(self.netguru.home, database)


def connect(home, database="netguru"):
    connection = psycopg2.connect(host=f"{home}/run", user="postgres", dbname=database)
    connection.autocommit = True
    return connection


def query(home, sql, parameters=None, database="netguru"):
    with contextlib.closing(connect(home, database)) as connection, connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()


@pytest.fixture(scope="module")
def place(make_netguru):
    made = Installation(make_netguru)
    yield made
    made.netguru.stop()


@pytest.fixture(scope="module")
def backup(place):
    """One backup that the tests share."""
    return place.create()


@pytest.fixture
def other_home():
    """The data directory of another machine, which does not exist yet."""
    parent = tempfile.mkdtemp(prefix="netguru-api-", dir="/tmp")
    os.chmod(parent, 0o755)
    yield Path(parent) / "home"
    shutil.rmtree(parent, ignore_errors=True)


def restore(place, home, *words):
    environment = {**place.netguru.environment, "NETGURU_HOME": str(home)}
    return subprocess.run(
        [Netguru.program, "restore", *words], env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def give_key(place, home):
    if not home.exists():
        restore(place, home, "latest")  # makes the directory, and is refused without a key
    shutil.copy2(Path(place.netguru.home) / "encryption.key", home / "encryption.key")
    status = (Path(place.netguru.home) / "encryption.key").stat()
    os.chown(home / "encryption.key", status.st_uid, status.st_gid)


def test_a_backup_is_listed_and_proved(place, backup):
    assert backup["name"].startswith("netguru_20") and backup["files"] == 3 and backup["files_lost"] == 0
    proof = json.loads(place.backup("verify", backup["name"], "--json"))
    assert proof["passed"]
    words = "\n".join(proof["proved"])
    for fact in ("members equal their digests", "manifest is signed", "equal counts and digests", "policies, grants",
                 "found the recorded hits", "sees exactly the rows of the user", "decrypt its canary",
                 "files of all 3 documents"):
        assert fact in words
    [listed] = [one for one in json.loads(place.backup("list", "--json")) if one["name"] == backup["name"]]
    assert listed["proof"]["passed"] and not listed["proof"]["is_quick"]
    status = json.loads((Path(place.netguru.home) / "status/backup.json").read_text())
    assert status["name"] and status["size_bytes"] > 0 and status["proved_s"] >= status["created_s"] > 0
    assert query(place.netguru.home, "SELECT count(*) FROM pg_database WHERE datname LIKE 'netguru_scratch%'") == [(0,)]


def test_it_holds_no_key_and_other_users_cannot_read_it(place, backup):
    path = place.store / backup["name"]
    key = (Path(place.netguru.home) / "encryption.key").read_bytes().strip()
    assert path.stat().st_mode & 0o077 == 0 and place.store.stat().st_mode & 0o077 == 0
    assert key not in path.read_bytes()


def test_tar_and_pg_restore_can_read_it(place, backup, tmp_path):
    subprocess.run(["tar", "-xf", place.store / backup["name"], "-C", tmp_path], check=True)
    subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=tmp_path, check=True)
    dump = b"".join(path.read_bytes() for path in sorted((tmp_path / "database").iterdir()))
    listed = subprocess.run(["pg_restore", "--list"], input=dump, capture_output=True, check=True).stdout
    assert b"TABLE DATA public documents" in listed
    assert {path.read_bytes() for path in (tmp_path / "files").rglob("*") if path.is_file()} == {
        CONFIG + b"! %d\n" % n for n in range(3)
    }


@contextlib.contextmanager
def held(place, process):
    """Holds pg_dump of the process between its snapshot and its end."""
    blocker = place.connect()
    cursor = blocker.cursor()
    cursor.execute("BEGIN; LOCK TABLE usage_ledger IN ACCESS EXCLUSIVE MODE")
    child = process()
    waiting = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'pg_dump' AND wait_event_type = 'Lock'"
    wait_until(lambda: query(place.netguru.home, waiting), "pg_dump waits for the lock")
    yield child
    blocker.close()


def start_create(place):
    return subprocess.Popen(
        [Netguru.program, "backup", "create", "--json"],
        env=place.netguru.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )


def test_a_document_deleted_meanwhile_is_no_failure_and_a_second_backup_is_refused(place):
    document = place.client.process("gone.cfg", CONFIG + b"! gone\n")
    with held(place, lambda: start_create(place)) as child:
        assert place.client.call("DELETE", f"/api/v1/files/{document['id']}").status == 204
        assert "another backup, proof or restore" in place.backup("create", status=REFUSED)
    out, errors = child.communicate(timeout=120)
    assert child.returncode == 0, errors
    made = json.loads(out)
    assert (made["files"], made["files_deleted"], made["files_lost"]) == (3, 1, 0)
    assert "deleted with their documents" in place.backup("verify", made["name"])


def test_a_killed_backup_leaves_nothing_after_the_next_one(place):
    before = {path.name for path in place.store.iterdir()}
    with held(place, lambda: start_create(place)) as child:
        child.send_signal(signal.SIGKILL)
        child.communicate(timeout=60)
        partial = {path.name for path in place.store.iterdir()} - before
        assert partial and all(name.endswith(".partial") for name in partial)
        assert partial.isdisjoint(one["name"] for one in json.loads(place.backup("list", "--json")))
    wait_until(
        lambda: not query(place.netguru.home, "SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'netguru b%'"),
        "the server has noticed the end",
    )
    place.create()
    assert not [path for path in place.store.iterdir() if path.name.endswith(".partial")]


def test_a_full_disk_fails_with_words_and_leaves_nothing(place, tmp_path):
    small = tmp_path / "small"
    small.mkdir(mode=0o700)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=0700", "tmpfs", small], check=False)
    if mounted.returncode:
        pytest.skip("not allowed to mount a small disk")
    try:
        assert "No space left on device" in place.backup("create", status=AWAY, NETGURU_BACKUP_STORE=str(small))
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", "-l", small], check=True)


def test_a_file_that_is_lost_is_told(place):
    document = place.client.process("lost.cfg", CONFIG + b"! lost\n")
    [file] = Path(place.netguru.home, "files").glob(f"*/{document['id']}")
    file.unlink()
    made = place.create()
    assert made["files_lost"] == 1 and made["files_deleted"] == 0
    assert "warning: 1 documents had no file already" in place.backup("verify", made["name"])
    assert place.client.call("DELETE", f"/api/v1/files/{document['id']}").status == 204


def damage(place, backup, change):
    path = place.store / "netguru_20200101T000000Z.tar"
    content = bytearray((place.store / backup["name"]).read_bytes())
    path.write_bytes(change(content))
    return path


@pytest.mark.parametrize("change", [
    lambda content: content[: len(content) // 2],
    lambda content: content[:100_000] + bytes([content[100_000] ^ 1]) + content[100_001:],
    lambda content: content,  # whole, but under another name
], ids=["cut", "flipped", "renamed"])
def test_a_damaged_archive_is_refused_before_anything_is_touched(place, backup, change):
    path = damage(place, backup, change)
    try:
        before = query(place.netguru.home, "SELECT oid, datname FROM pg_database ORDER BY 1")
        place.backup("verify", path.name, status=DAMAGED)
        restored = place.netguru.run("restore", path.name, "--user", DEMO, check=False)
        assert restored.returncode == DAMAGED
        assert query(place.netguru.home, "SELECT oid, datname FROM pg_database ORDER BY 1") == before
    finally:
        path.unlink()
        Path(f"{path}.json").unlink(missing_ok=True)


def test_another_key_is_refused_with_words(place, backup):
    other = place.netguru.run("keys", "generate").stdout.strip()
    errors = place.backup("verify", "--quick", backup["name"], status=REFUSED, NETGURU_ENCRYPTION_KEYS=other)
    assert "not signed with any of these encryption keys" in errors and other not in errors


def test_restore_brings_an_installation_back_on_another_machine(place, backup, other_home):
    refused = restore(place, other_home, backup["name"])
    assert refused.returncode == NOT_FOUND and "encryption keys of the installation that made it" in refused.stderr
    give_key(place, other_home)
    done = restore(place, other_home, "--json", backup["name"])
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["files"] == 3
    again = restore(place, other_home, backup["name"])
    assert again.returncode == REFUSED and "is not empty" in again.stderr
    unsure = restore(place, other_home, "--replace", "--confirm", "yes", backup["name"])
    assert unsure.returncode == REFUSED and "needs a confirmation" in unsure.stderr
    done = restore(place, other_home, "--json", "--replace", "--confirm", "replace the present data", backup["name"])
    assert done.returncode == 0, done.stderr
    former = json.loads(done.stdout)["former_database"]
    # The daily backup of the other machine is overdue: it was last looked at in 1970.
    status = other_home / "status"
    status.mkdir(mode=0o750, exist_ok=True)
    (status / "backup.json").write_text('{"since_s": 1}')
    moved = Netguru(str(other_home), NETGURU_BACKUP_AT="00:00", NETGURU_BACKUP_VERIFY="false")
    try:
        names = {name for (name,) in query(other_home, "SELECT datname FROM pg_database")}
        assert {"netguru", former} <= names and not any("scratch" in name for name in names)
        client = moved.demo()
        for number, document in enumerate(place.documents):
            answer = client.get(f"/api/v1/files/{document['id']}/download")
            assert (answer.status, answer.body) == (200, CONFIG + b"! %d\n" % number)
        wait_until(lambda: list((other_home / "backups").glob("*.tar")), "up has made the daily backup")
        refused = restore(place, other_home, "--replace", "--confirm", "replace the present data", backup["name"])
        assert refused.returncode == REFUSED and "runs already" in refused.stderr
    finally:
        moved.stop()


def test_a_database_of_another_program_is_left_alone(place, backup):
    """Even an empty table of a stranger is not ours to replace."""
    with contextlib.closing(place.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE theirs")
    with contextlib.closing(place.connect("theirs")) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE ledger (id integer)")
    names = "SELECT datname FROM pg_database ORDER BY 1"
    before = query(place.netguru.home, names)
    url = f"postgresql://postgres@/theirs?host={place.netguru.home}/run"
    refused = place.netguru.run("restore", backup["name"], check=False, NETGURU_BACKUP_DATABASE_URL=url)
    assert refused.returncode == REFUSED and "theirs is not empty" in refused.stderr, refused.stderr
    assert query(place.netguru.home, names) == before
    with contextlib.closing(place.connect("theirs")) as connection, connection.cursor() as cursor:
        cursor.execute("TABLE ledger")
    nameless = place.netguru.run("restore", backup["name"], check=False, NETGURU_DATABASE_URL=url)
    assert nameless.returncode != 0 and "NETGURU_BACKUP_DATABASE_URL" in nameless.stderr


def test_one_user_is_brought_back_into_the_living_installation(place):
    user = place.netguru.client().register("ana@example.net")
    document = user.process("ana.cfg", CONFIG + b"! ana\n")
    kept = user.process("kept.cfg", CONFIG + b"! kept\n")
    conversation = user.post("/api/v1/chat/conversations", {"title": "Links"}).json
    turn = user.post(f"/api/v1/chat/conversations/{conversation['id']}/messages", {"content": "core1 address"}).json
    answer = f"/api/v1/chat/messages/{turn['message_id']}"
    wait_until(lambda: user.get(answer).json["state"] == "complete", "the answer is complete")
    assert user.post("/api/v1/users/me/consents", {"scope": "documents", "minutes": 60}).status == 201
    made = place.create()
    with contextlib.closing(place.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM consents WHERE user_id = (SELECT id FROM users WHERE email = 'ana@example.net')")
    assert user.call("DELETE", f"/api/v1/files/{document['id']}").status == 204
    assert user.call("DELETE", f"/api/v1/chat/conversations/{conversation['id']}").status == 204
    assert user.get(f"/api/v1/files/{document['id']}").status == 404
    before = place.client.get("/api/v1/files").body
    done = json.loads(place.backup("restore", made["name"], "--user", "Ana@example.net", "--json"))
    rows = {one["table"]: (one["found"], one["inserted"]) for one in done["tables"]}
    assert rows["users"] == (1, 0) and rows["documents"] == (2, 1) and rows["conversations"] == (1, 1)
    assert "consents" not in rows and user.get("/api/v1/users/me/consents").json["items"] == []
    assert rows["messages"] == (2, 2) and user.get(answer).json["state"] == "complete"
    assert (done["files"], done["files_present"]) == (1, 1)
    assert user.get(f"/api/v1/files/{document['id']}/download").body == CONFIG + b"! ana\n"
    assert user.get(f"/api/v1/chat/conversations/{conversation['id']}").json["title"] == "Links"
    assert user.get(f"/api/v1/files/{kept['id']}").status == 200
    assert place.client.get("/api/v1/files").body == before
    # The same file was uploaded again since: the newer document stays, and nothing hangs in the air.
    assert user.call("DELETE", f"/api/v1/files/{document['id']}").status == 204
    newer = user.process("ana.cfg", CONFIG + b"! ana\n")
    done = json.loads(place.backup("restore", made["name"], "--user", "ana@example.net", "--json"))
    rows = {one["table"]: (one["found"], one["inserted"]) for one in done["tables"]}
    assert rows["documents"] == (2, 0) and rows["embeddings"][1] == 0
    assert user.get(f"/api/v1/files/{newer['id']}").status == 200
    assert "has no account" in place.backup("restore", made["name"], "--user", "x@example.net", status=NOT_FOUND)


def test_an_address_that_is_registered_again_is_not_mixed_with_the_former_account(place):
    place.netguru.client().register("eva@example.net")
    made = place.create()
    with contextlib.closing(place.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM users WHERE email = 'eva@example.net'")
    place.netguru.client().register("eva@example.net")
    errors = place.backup("restore", made["name"], "--user", "eva@example.net", status=REFUSED)
    assert "belongs to another account by now" in errors


def test_prune_says_and_does(place, backup):
    newest = json.loads(place.backup("list", "--json"))[-1]["name"]
    same_day = json.loads(place.backup("prune", "--dry-run", "--json"))
    names = [one["name"] for one in json.loads(place.backup("list", "--json"))]
    assert same_day["dry_run"] and newest not in same_day["removed"] and set(same_day["removed"]) < set(names)


def test_due_makes_one_backup_a_day(place):
    status = Path(place.netguru.home) / "status/backup.json"
    status.write_text('{"since_s": 1}')
    empty = Path(place.netguru.home).parent / "daily"
    settings = {"NETGURU_BACKUP_STORE": str(empty), "NETGURU_BACKUP_AT": "00:00", "NETGURU_BACKUP_VERIFY": "false"}
    place.backup("due", NETGURU_BACKUP_STORE=str(empty), NETGURU_BACKUP_AT="")
    assert not empty.exists()
    place.backup("due", **settings)
    assert len(list(empty.glob("*.tar"))) == 1
    status.write_text('{"since_s": 1}')  # another machine with the same store
    place.backup("due", **settings)
    assert len(list(empty.glob("*.tar"))) == 1
    assert "HH:MM" in place.backup("due", status=DAMAGED, NETGURU_BACKUP_AT="noon")


def test_schedule_prints_units_that_systemd_understands(place, tmp_path):
    text = place.backup("schedule", NETGURU_BACKUP_AT="04:30")
    assert "OnCalendar=*-*-* 04:30:00" in text and "ExecStart=/usr/local/bin/netguru backup due" in text
    if shutil.which("systemd-analyze"):
        calendar = subprocess.run(["systemd-analyze", "calendar", "*-*-* 04:30:00"], check=False, capture_output=True)
        assert calendar.returncode == 0


@pytest.fixture(scope="module")
def age_key(place):
    if not shutil.which("age-keygen"):
        pytest.skip("age is not installed")
    path = Path(place.netguru.home).parent / "identity.txt"
    subprocess.run(["age-keygen", "-o", path], check=True, capture_output=True)
    path.chmod(0o600)
    public = subprocess.run(["age-keygen", "-y", path], check=True, capture_output=True, text=True).stdout.strip()
    return path, public


def test_an_encrypted_backup_opens_with_its_identity_only(place, age_key, tmp_path):
    path, public = age_key
    made = place.create(NETGURU_BACKUP_RECIPIENTS=public)
    assert made["is_encrypted"] and made["name"].endswith(".tar.age")
    content = (place.store / made["name"]).read_bytes()
    assert content.startswith(b"age-encryption.org/v1") and b"hostname core1" not in content
    assert "name its private key" in place.backup("verify", made["name"], status=REFUSED)
    given = {"NETGURU_BACKUP_IDENTITY_FILE": str(path)}
    assert json.loads(place.backup("verify", made["name"], "--json", **given))["passed"]
    command = {"NETGURU_BACKUP_IDENTITY_COMMAND": f"cat {path}"}
    assert json.loads(place.backup("verify", made["name"], "--quick", "--json", **command))["passed"]
    wrong = tmp_path / "wrong.txt"
    subprocess.run(["age-keygen", "-o", wrong], check=True, capture_output=True)
    errors = place.backup("verify", made["name"], status=REFUSED, NETGURU_BACKUP_IDENTITY_FILE=str(wrong))
    assert "encrypted for another key" in errors
    (place.store / made["name"]).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    errors = place.backup("verify", "--quick", made["name"], status=DAMAGED, **given)
    assert "cannot be decrypted" in errors
    (place.store / made["name"]).unlink()
    (place.store / f"{made['name']}.json").unlink()


ALLOW_ALL = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


def lose_first_completion(application):
    """Wraps the store: it completes an upload in parts, but its first answer to that is lost."""
    lost = []

    def answer(environ, start_response):
        if lost or environ["REQUEST_METHOD"] != "POST" or "uploadId=" not in environ["QUERY_STRING"]:
            return application(environ, start_response)
        lost.append(list(application(environ, lambda *answered: None)))
        start_response("503 Service Unavailable", [("Content-Length", "0")])
        return []

    return answer, lost


@pytest.fixture(scope="module")
def bucket():
    """An object store that checks signatures, and settings for it."""
    # As many calls need no signature as the fixture makes before it has a key. moto reads it once.
    os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "3"
    moto = pytest.importorskip("moto.server", reason="moto is not installed: ./dev test installs it")
    import boto3  # pylint: disable=import-outside-toplevel

    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    served = server._server  # pylint: disable=protected-access
    served.app, lost = lose_first_completion(served.app)
    endpoint = "http://{}:{}".format(*server.get_host_and_port())
    common = {"endpoint_url": endpoint, "region_name": "us-east-1"}
    iam = boto3.client("iam", aws_access_key_id="x", aws_secret_access_key="y", **common)
    iam.create_user(UserName="netguru")
    iam.put_user_policy(UserName="netguru", PolicyName="all", PolicyDocument=ALLOW_ALL)
    key = iam.create_access_key(UserName="netguru")["AccessKey"]
    s3 = boto3.client(
        "s3", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"], **common
    )
    s3.create_bucket(Bucket="copies")
    # No slash in a query: moto forgets that it was encoded, and refuses boto3's signature of it too.
    settings = {
        "NETGURU_BACKUP_STORE": "s3://copies/one",
        "NETGURU_BACKUP_S3_ENDPOINT": endpoint,
        "NETGURU_BACKUP_S3_ACCESS_KEY": key["AccessKeyId"],
        "NETGURU_BACKUP_S3_SECRET_KEY": key["SecretAccessKey"],
    }
    yield s3, settings, lost
    server.stop()
    del os.environ["INITIAL_NO_AUTH_ACTION_COUNT"]


def test_an_object_store_takes_and_gives_backups(place, bucket):
    s3, settings, lost = bucket
    # More than two parts, so that the upload in parts is used.
    for number in range(2):
        capture = b"\xd4\xc3\xb2\xa1\x02\0\x04\0" + bytes(8) + b"\0\0\4\0\1\0\0\0" + os.urandom(9 << 20)
        assert place.client.upload(f"large{number}.pcap", capture).status == 201
    left = s3.create_multipart_upload(Bucket="copies", Key="one/netguru_20200101T000000Z.tar")
    made = place.create(**settings)
    assert made["size_bytes"] > 18 << 20 and lost
    keys = {item["Key"]: item["Size"] for item in s3.list_objects_v2(Bucket="copies")["Contents"]}
    assert keys[f"one/{made['name']}"] == made["size_bytes"] and f"one/{made['name']}.json" in keys
    assert left["UploadId"] and not s3.list_multipart_uploads(Bucket="copies").get("Uploads")
    assert json.loads(place.backup("verify", "latest", "--json", **settings))["passed"]
    [listed] = json.loads(place.backup("list", "--json", **settings))
    assert listed["name"] == made["name"] and listed["proof"]["passed"]
    body = bytearray(s3.get_object(Bucket="copies", Key=f"one/{made['name']}")["Body"].read())
    body[12 << 20] ^= 1
    s3.put_object(Bucket="copies", Key=f"one/{made['name']}", Body=bytes(body))
    assert "differs from its digest" in place.backup("verify", "latest", "--quick", status=DAMAGED, **settings)


def test_a_wrong_key_of_the_object_store_is_refused_without_showing_it(place, bucket):
    settings = {**bucket[1], "NETGURU_BACKUP_S3_SECRET_KEY": "not-the-secret"}
    errors = place.backup("list", status=3, **settings)
    assert "s3://copies/one: cannot list the bucket: status 403" in errors and "not-the-secret" not in errors
    missing = {**bucket[1], "NETGURU_BACKUP_S3_ACCESS_KEY": ""}
    assert "NETGURU_BACKUP_S3_ENDPOINT" in place.backup("list", status=DAMAGED, **missing)


def test_a_backup_of_an_older_schema_is_brought_up(place, other_home):
    place.netguru.run("migrate", "downgrade", "-1")
    try:
        made = place.create()
    finally:
        place.netguru.run("migrate", "upgrade")
    give_key(place, other_home)
    done = restore(place, other_home, "--json", made["name"])
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["schema"] == place.netguru.run("migrate", "current").stdout.split()[0] != made["schema"]


def test_a_newer_schema_is_refused(place, other_home):
    newer = "UPDATE alembic_version SET version_num = %s"
    current = place.netguru.run("migrate", "current").stdout.split()[0]
    with contextlib.closing(place.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(newer, ["900_of_the_future"])
        try:
            made = place.create()
        finally:
            cursor.execute(newer, [current])
    give_key(place, other_home)
    refused = restore(place, other_home, made["name"])
    assert refused.returncode == REFUSED and "900_of_the_future" in refused.stderr
    assert not (other_home / "postgres/PG_VERSION").exists() or not list((other_home / "files").glob("*-*"))
    (place.store / made["name"]).unlink()


def test_pgbackrest_recovers_to_the_second_before_a_deletion(make_netguru):
    if not shutil.which("pgbackrest"):
        pytest.skip("pgbackrest is not installed")
    netguru = make_netguru(NETGURU_BACKUP_AT="")
    client = netguru.demo()
    document = client.process("precious.cfg", CONFIG)
    owner = Path(netguru.home, "postgres").owner()
    repository = Path(netguru.home).parent / "pgbackrest"
    repository.mkdir(mode=0o700)
    shutil.chown(repository, owner)
    configuration = Path(netguru.home).parent / "pgbackrest.conf"
    configuration.write_text(netguru.run("backup", "pitr-config", "--repository", repository).stdout)
    program = ["pgbackrest", f"--config={configuration}", "--stanza=netguru"]

    def run(*words):
        group = Path(netguru.home).group()  # which may pass to the socket
        switch = ["runuser", "-u", owner, "-g", owner, "-G", group, "--"] if os.geteuid() == 0 else []
        done = subprocess.run([*switch, *program, *words], cwd="/", capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    with contextlib.closing(connect(netguru.home)) as connection, connection.cursor() as cursor:
        cursor.execute("ALTER SYSTEM SET archive_mode = on")
        cursor.execute("ALTER SYSTEM SET archive_command = %s", [" ".join([*program, "archive-push", "%p"])])
    netguru.stop()
    netguru.start()
    run("stanza-create")
    run("--type=full", "backup")
    [(made_at,)] = query(netguru.home, "SELECT clock_timestamp()::text")
    client = netguru.demo()
    late = client.process("late.cfg", CONFIG + b"! after the base backup\n")
    # pgBackRest compares whole seconds: the target must be in a later one than the end of the backup.
    later = "SELECT clock_timestamp()::text WHERE date_trunc('second', clock_timestamp()) > %s::timestamptz + interval '1 second'"
    [(target,)] = wait_until(lambda: query(netguru.home, later, [made_at]), "a second has passed since the backup")
    assert client.call("DELETE", f"/api/v1/files/{document['id']}").status == 204
    query(netguru.home, "SELECT pg_switch_wal()")
    netguru.stop()
    run("--delta", "--type=time", f"--target={target}", "--target-action=promote", "restore")
    netguru.start()
    client = netguru.demo()
    assert client.get(f"/api/v1/files/{document['id']}").json["original_filename"] == "precious.cfg"
    assert client.get(f"/api/v1/files/{late['id']}").status == 200
    netguru.stop()
