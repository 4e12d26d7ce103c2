# SPDX-License-Identifier: Apache-2.0
"""No secret of an uploaded file comes back: not by HTTP, not from PostgreSQL or Redis, not in a log."""

import json
import subprocess
import zlib
from pathlib import Path

import pytest

from conftest import ROOT, SHARED

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


def pdf(lines):
    """A PDF that shows the lines, 60 a page."""
    pages = [lines[i:i + 60] for i in range(0, len(lines), 60)]
    count = len(pages)
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(count))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {count}/Kids[{kids}]>>".encode(),
        b"<</Type/Font/Subtype/Type1/BaseFont/Courier>>",
    ]
    for i, page in enumerate(pages):
        shown = "".join(
            "(%s) Tj T*\n" % line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)").replace("\t", " ")
            for line in page
        )
        content = zlib.compress(f"BT /F1 6 Tf 20 800 Td 11 TL\n{shown}ET".encode("latin-1", "replace"))
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 1600 842]/Contents %d 0 R/Resources<</Font<</F1 3 0 R>>>>>>" % (5 + 2 * i)
        )
        objects.append(b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(content), content))
    out = b"%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(offsets) + 1, table, len(offsets) + 1, len(out),
    )


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


@pytest.fixture(scope="module")
def uploaded(make_netguru):
    netguru = make_netguru()
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


def test_no_secret_in_the_logs(uploaded):
    netguru, _, _, planted = uploaded
    netguru.process.send_signal(15)
    out, err = netguru.process.communicate(timeout=120)
    logs = [path.read_text(errors="replace") for path in Path(netguru.home).rglob("*.log")]
    assert not left(planted, "".join([out, err, *logs]))
