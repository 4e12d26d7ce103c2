# SPDX-License-Identifier: Apache-2.0
"""The operator changes the embedding model while users search: docs/embeddings.md. The tests are steps of one change."""
import hashlib
import json
import shutil
import subprocess
import tarfile
import threading
from pathlib import Path

import model_variants
import psycopg2
import pytest
from conftest import ROOT
from cryptography.fernet import Fernet
from waiting import wait_until

FIRST = "all-MiniLM-L6-v2"
QUESTION = "a neighbor that stays in EXSTART because of the MTU"
CONFIG = b"hostname %s\ninterface GigabitEthernet0/1\n description uplink to %s\n ip address 10.20.30.%d 255.255.255.0\n"


class Site:
    """A server with knowledge, two accounts, and two other models."""

    def __init__(self, instance, directory):
        self.instance = instance
        self.models = {"reflected": model_variants.reflected(directory / "reflected"), "coarse": model_variants.coarse(directory / "coarse")}
        knowledge = directory / "knowledge"
        knowledge.mkdir()
        for name in ("acl", "bgp", "mtu-pmtud", "ospf"):
            shutil.copyfile(ROOT / f"knowledge/{name}.md", knowledge / f"{name}.md")
        instance.run("knowledge", "ingest", knowledge)
        self.ana, self.bob = instance.client().register(), instance.client().register()
        self.ana.process("ana-core.cfg", CONFIG % (b"ana-core", b"ana-edge", 1))
        self.bob.process("bob-core.cfg", CONFIG % (b"bob-core", b"bob-edge", 2))
        self.database = psycopg2.connect(host=f"{instance.home}/run", dbname="netguru", user="postgres")
        self.database.autocommit = True

    def sql(self, statement, *parameters):
        with self.database.cursor() as cursor:
            cursor.execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else None

    def run(self, *words, status=0, **environment):
        done = self.instance.run("embeddings", *words, check=False, **environment)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout if status == 0 else done.stderr

    def list(self):
        return {row["name"]: row for row in json.loads(self.run("list", "--json"))}

    def vectors(self, name, where="true"):
        return self.sql("SELECT count(*) FROM embedding_vectors AS v JOIN embedding_generations AS g ON g.id = v.generation_id "
                        f"JOIN embeddings AS e ON e.id = v.embedding_id WHERE g.name = %s AND {where}", name)[0][0]

    def chunks(self):
        """How many chunks have a vector; front matter has none."""
        return self.sql("SELECT count(*) FROM embeddings WHERE NOT coalesce(metadata ? 'front_matter', false)")[0][0]


def search(client, query=QUESTION):
    answer = client.post("/api/v1/search", {"query": query, "limit": 10})
    assert answer.status == 200, answer.body
    return answer.json


def ranking(found):
    """What was found by meaning, with the distances that any reflection of the vectors keeps."""
    return [(hit["chunk_id"], round(hit["distance"], 3)) for hit in found["results"] if "distance" in hit]


@pytest.fixture(scope="module")
def site(make_netguru, tmp_path_factory):
    site = Site(make_netguru(NETGURU_EMBEDDINGS_LOAD="0", NETGURU_RECALL_CHECK_S="1"), tmp_path_factory.mktemp("models"))
    yield site
    site.database.close()


def test_a_wrong_model_is_refused_in_words(site, tmp_path):
    assert "is no model that this program can use" in site.run("add", tmp_path / "nothing", status=7)
    (tmp_path / "cut").mkdir()
    for name in ("vocab.txt", "model.safetensors"):
        (tmp_path / "cut" / name).write_bytes((model_variants.MODEL / name).read_bytes()[:100_000])
    assert "is no model that this program can use" in site.run("add", tmp_path / "cut", status=2)
    assert "its vectors are no numbers" in site.run("add", model_variants.broken(tmp_path / "broken"), status=2)
    assert "choose one by --name" in site.run("add", site.models["coarse"], "--name", "-a b", status=2)
    assert "there is a generation all-MiniLM-L6-v2 of another model" in site.run("add", site.models["coarse"], "--name", FIRST, status=5)
    assert not list(Path(site.instance.home).glob("model-*"))
    assert f"{FIRST}: its model is on this machine" in site.run("add", model_variants.MODEL)
    assert list(site.list()) == [FIRST] and site.list()[FIRST]["state"] == "active"


def test_the_words_of_chunks_are_those_that_sql_computes(site):
    assert site.sql("SELECT count(DISTINCT user_id), count(*) FILTER (WHERE tokens IS DISTINCT FROM search_chunk_tokens(chunk_text, metadata)) FROM embeddings") == [(2, 0)]


def test_names_that_are_none_and_wrong_words(site):
    for verb in ("pause", "switch", "compare", "drop"):
        assert "no-such" in site.run(verb, "no-such", status=4)
    assert "expected list" in site.run("add", status=2)
    assert "is active" in site.run("drop", FIRST, status=5) and "is active" in site.run("pause", FIRST, status=5)
    assert "none is retired" in site.run("rollback", status=4)


def test_an_interrupted_build_goes_on_where_it_was(site):
    assert "reflected: added" in site.run("add", site.models["reflected"])
    assert "of this model already" not in site.run("add", site.models["reflected"])  # brings the files again
    assert site.list()["reflected"]["state"] == "building"
    assert "is not filled yet" in site.run("switch", "reflected", status=5)
    slow = subprocess.Popen([site.instance.program, "embeddings", "fill"], env={**site.instance.environment, "NETGURU_EMBEDDINGS_LOAD": "1"})
    try:
        wait_until(lambda: site.vectors("reflected"), "the first slice is stored")
        assert "another process is filling" in site.run("fill", status=5)
    finally:
        slow.kill()
        slow.wait(60)
    filled = site.vectors("reflected")
    assert 0 < filled < site.chunks() and site.list()["reflected"]["filled"] == filled
    assert site.sql("SELECT fill_after IS NOT NULL FROM embedding_generations WHERE name = 'reflected'") == [(True,)]


def test_a_document_of_these_days_gets_vectors_of_both(site):
    document = site.ana.process("ana-late.cfg", CONFIG % (b"ana-late", b"ana-core", 3))
    with_both = f"e.document_id = '{document['id']}' AND e.embedding IS NOT NULL AND e.user_id = v.user_id"
    assert site.vectors("reflected", with_both) == document["metadata"]["chunks"] > 0


def test_a_paused_build_waits(site):
    before = site.vectors("reflected")
    assert "paused" in site.run("pause", "reflected")
    site.run("fill")
    document = site.ana.process("ana-paused.cfg", CONFIG % (b"ana-paused", b"ana-core", 4))
    assert site.vectors("reflected") == before and document["status"] == "completed"
    assert "resumed" in site.run("resume", "reflected")


def test_the_rest_is_filled_and_indexed(site):
    wait_until(lambda: "another process" not in (said := site.instance.run("embeddings", "fill", check=False)).stderr and "is ready" in said.stdout,
               "the killed builder's session has ended, and the build is done")
    row = site.list()["reflected"]
    assert row["state"] == "ready" and row["filled"] == row["wanted"] == site.chunks() == site.vectors("reflected")
    assert site.sql("SELECT count(*) FROM pg_indexes WHERE indexname ~ '^idx_vectors_[0-9]+_global$'") == [(1,)]
    # The index of a generation is no difference from the declared schema.
    assert site.instance.run("migrate", "check").returncode == 0
    assert site.run("fill") == ""


def test_the_same_text_gives_the_same_vector_whoever_embeds_it(site):
    """The job and the background take the text of a chunk from different places."""
    site.sql("CREATE TABLE kept AS SELECT id, embedding FROM embeddings; UPDATE embeddings SET embedding = NULL")
    site.run("fill")
    assert site.sql("SELECT count(*), min(1 - (e.embedding <=> k.embedding)) > 0.9999 FROM kept AS k JOIN embeddings AS e USING (id)"
                    " WHERE k.embedding IS NOT NULL") == [(site.chunks(), True)]
    site.sql("DROP TABLE kept")


def test_generations_are_compared(site, tmp_path):
    questions = tmp_path / "questions"
    names = [row[0] for row in site.sql("SELECT name FROM knowledge_sources ORDER BY name LIMIT 3")]
    questions.write_text("# mine\n" + "".join(f"{name.rsplit('.')[0]}\t{name}\n" for name in names) + f"{QUESTION}\n")
    said = site.run("compare", "reflected", "--questions", questions)
    assert "4 questions" in said and "100.0 % of the ten nearest" in said and "3 of them name the file" in said
    questions.write_text("x" * 2001)
    assert "line 1: a question has at most 2000 bytes" in site.run("compare", "reflected", "--questions", questions, status=2)

    def compared():
        search(site.ana)
        return site.sql("SELECT compared > 0 FROM embedding_generations WHERE name = 'reflected'")[0][0]

    wait_until(compared, lambda: "serve compares the questions of users: " + "".join(line for line in open(Path(site.instance.home, "log/serve.log")) if "http.request" not in line)[-3000:])
    said = json.loads(site.run("compare", "reflected", "--json"))
    assert said["questions"] > 0 and said["agreement_percent"] > 99 and said["recall_percent"] > 90


def test_searches_go_on_through_switches(site):
    expected = {name: ranking(search(client)) for name, client in (("ana", site.ana), ("bob", site.bob))}
    assert expected["ana"] and expected["ana"][0][1] < 0.9
    wrong, searched, ended = [], [0], threading.Event()

    def keep_searching(name, client):
        while not ended.is_set():
            answer = client.post("/api/v1/search", {"query": QUESTION, "limit": 10})
            searched[0] += 1
            if answer.status != 200 or not answer.json["by_meaning"] or ranking(answer.json) != expected[name]:
                wrong.append((name, answer.status, answer.body[:500]))

    threads = [threading.Thread(target=keep_searching, args=pair) for pair in (("ana", site.ana), ("bob", site.bob)) * 2]
    for thread in threads:
        thread.start()
    try:
        for words in (("switch", "reflected"), ("rollback",), ("switch", "reflected"), ("switch", FIRST), ("switch", "reflected")):
            before = searched[0]
            assert "active" in site.run(*words)
            wait_until(lambda: searched[0] > before + 8, "searches go on")  # pylint: disable=cell-var-from-loop
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert not wrong and searched[0] > 40
    assert {name: row["state"] for name, row in site.list().items()} == {FIRST: "retired", "reflected": "active"}


def test_a_document_after_the_switch_is_found_by_both(site):
    document = site.ana.process("ana-after.cfg", CONFIG % (b"ana-after", b"ana-core", 5))
    assert site.vectors("reflected", f"e.document_id = '{document['id']}' AND e.embedding IS NOT NULL") == document["metadata"]["chunks"]
    assert "active" in site.run("rollback") and search(site.ana, "uplink of ana-after")["results"][0]["document"] == "ana-after.cfg"
    assert "active" in site.run("rollback") and search(site.ana, "uplink of ana-after")["results"][0]["document"] == "ana-after.cfg"


def test_a_switch_fills_what_is_missing_before(site):
    site.sql("UPDATE embeddings SET embedding = NULL WHERE document_id IS NOT NULL")
    assert "active" in site.run("rollback")
    assert site.sql("SELECT count(*) FROM embeddings WHERE embedding IS NULL AND NOT coalesce(metadata ? 'front_matter', false)") == [(0,)]
    assert "active" in site.run("switch", "reflected")


def test_nobody_sees_rows_of_another_account(site):
    for client, own, other in ((site.ana, "ana-", "bob-"), (site.bob, "bob-", "ana-")):
        names = {hit["document"] for query in ("hostname bob-core", "hostname ana-core", "uplink", QUESTION) for hit in search(client, query)["results"]}
        assert any(name.startswith(own) for name in names) and not any(name.startswith(other) for name in names)


def test_deleted_documents_and_accounts_leave_no_vector(site):
    carl = site.instance.client().register(f"carl-{id(site)}@example.net")
    document = carl.process("carl.cfg", CONFIG % (b"carl", b"carl-edge", 6))
    own = f"e.user_id = '{site.sql('SELECT user_id FROM documents WHERE id = %s', document['id'])[0][0]}'"
    assert site.vectors("reflected", own) > 0
    assert carl.call("DELETE", f"/api/v1/files/{document['id']}").status in (200, 204)
    assert site.vectors("reflected", own) == 0
    carl.process("carl2.cfg", CONFIG % (b"carl2", b"carl-edge", 7))
    assert site.vectors("reflected", own) > 0
    site.instance.run("admin", "erase", f"carl-{id(site)}@example.net", "--now")
    wait_until(lambda: not site.vectors("reflected", own), "the account is erased", 120)


def test_the_operator_is_told(site):
    said = site.instance.run("doctor", "--only", "model,embeddings", check=False).stdout
    assert "reflected is active" in said
    metrics = site.instance.client().get("/metrics/data").body.decode()
    assert 'netguru_embedding_generation_filled_ratio{generation="reflected"} 1' in metrics
    assert 'netguru_embedding_generation_is_active{generation="reflected"} 1' in metrics
    log = site.instance.run("audit", "list", "--limit", "200").stdout
    assert all(f"embeddings.{act}" in log for act in ("add", "pause", "resume", "switch", "rollback"))


def test_a_backup_proves_each_generation(site):
    site.run("add", site.models["coarse"])
    made = json.loads(site.instance.run("backup", "create", "--json").stdout)
    proof = json.loads(site.instance.run("backup", "verify", made["name"], "--json").stdout)
    assert proof["passed"]
    words = "\n".join(proof["proved"])
    for name, state in ((FIRST, "retired"), ("reflected", "active")):
        assert f"generation {name} ({state}): searches by 3 of its {site.chunks()} vectors found the recorded hits" in words
    assert "generation coarse (building) has no vectors: there was nothing to search" in words
    assert "3 searches by word found the recorded hits" in words
    manifest = json.loads(manifest_of(site, made["name"])[0])
    assert [(one["name"], one["state"], one["vectors"]) for one in manifest["generations"]] == \
        [(FIRST, "retired", site.chunks()), ("reflected", "active", site.chunks()), ("coarse", "building", 0)]
    assert [one["generation"] for one in manifest["searches"] if one["kind"] == "vector"] == [FIRST] * 3 + ["reflected"] * 3
    site.run("drop", "coarse")


def manifest_of(site, name):
    """The manifest of a backup, its signature, and the bytes of the archive."""
    path = Path(site.instance.home, "backups", name)
    with tarfile.open(path) as archive:
        manifest, signature = (archive.extractfile(member).read() for member in ("manifest.json", "manifest.signature"))
    return manifest, signature, path.read_bytes()


@pytest.mark.parametrize("generation", [FIRST, "reflected"])
def test_a_backup_whose_generation_finds_other_hits_does_not_pass(site, generation):
    """As if the restored vectors gave another order: the recorded hits of one search are exchanged, and signed again with the key."""
    made = json.loads(site.instance.run("backup", "create", "--json").stdout)
    manifest, signature, archive = manifest_of(site, made["name"])
    hits = next(one["hits"] for one in json.loads(manifest)["searches"] if one["generation"] == generation).split(",")
    # A reflection keeps the order of the neighbours, so the same hits are recorded for both.
    head, tail = manifest.split(f'"generation":"{generation}","probe"'.encode(), 1)
    forged = head + f'"generation":"{generation}","probe"'.encode() + tail.replace(",".join(hits).encode(), ",".join(hits[::-1]).encode(), 1)
    assert forged != manifest and len(forged) == len(manifest)
    key = Path(site.instance.home, "encryption.key").read_text().strip()
    token = Fernet(key).encrypt(b"netguru backup manifest\n" + hashlib.sha256(forged).hexdigest().encode())
    assert len(token) == len(signature)
    Path(site.instance.home, "backups", made["name"]).write_bytes(archive.replace(manifest, forged).replace(signature, token))
    refused = site.instance.run("backup", "verify", made["name"], check=False)
    assert refused.returncode == 5, refused.stdout + refused.stderr
    assert f"generation {generation}: the search by the vector of chunk" in refused.stderr and "finds other hits" in refused.stderr
    assert site.sql("SELECT count(*) FROM pg_database WHERE datname LIKE 'netguru_scratch%'") == [(0,)]


def test_a_dropped_generation_gives_its_space_back(site):
    site.run("add", site.models["coarse"])
    assert "is ready" in site.run("fill")
    agreement = site.run("compare", "coarse", "--questions", write_questions(site))
    assert "100.0 % of the ten nearest" not in agreement
    site.run("switch", "coarse")
    assert search(site.ana)["by_meaning"]
    site.run("rollback")
    size = "SELECT pg_total_relation_size('embedding_vectors')"
    before = site.sql(size)[0][0]
    assert "dropped" in site.run("drop", "coarse")
    assert site.sql(size)[0][0] < before and site.vectors("coarse") == 0 and "coarse" not in site.list()
    assert site.sql("SELECT count(*) FROM pg_indexes WHERE indexname ~ '^idx_vectors_'") == [(1,)]
    assert len(list(Path(site.instance.home).glob("model-*"))) == 1


def write_questions(site):
    path = Path(site.models["coarse"]).parent / "questions"
    path.write_text("".join(f"{row[0]}\n" for row in site.sql("SELECT left(chunk_text, 200) FROM embeddings WHERE user_id IS NULL ORDER BY id LIMIT 8")
                            if "\n" not in row[0]) + QUESTION + "\n")
    return path


def test_the_first_generation_can_go_too(site):
    expected = ranking(search(site.ana))
    assert "dropped" in site.run("drop", FIRST)
    assert site.sql("SELECT count(*) FROM embeddings WHERE embedding IS NOT NULL") == [(0,)]
    assert ranking(search(site.ana)) == expected and search(site.ana)["by_meaning"]
    document = site.ana.process("ana-last.cfg", CONFIG % (b"ana-last", b"ana-core", 8))
    assert site.vectors("reflected", f"e.document_id = '{document['id']}'") == document["metadata"]["chunks"]
    assert site.run("fill") == "" and site.instance.run("maintain").stdout == ""


def test_without_the_model_words_are_searched(site):
    """Another machine may not have it yet."""
    model = next(Path(site.instance.home).glob("model-*"))
    shutil.move(model, f"{model}.away")
    try:
        site.instance.stop()
        site.instance.start()
        found = search(site.ana, "ana-late")
        assert not found["by_meaning"] and found["results"]
        said = site.instance.run("doctor", "--only", "embeddings", check=False).stdout
        assert "its model is not on this machine" in said
    finally:
        shutil.move(f"{model}.away", model)
    assert site.run("add", site.models["reflected"])
    wait_until(lambda: search(site.ana, "ana-late")["by_meaning"], "the model is found without a restart")
