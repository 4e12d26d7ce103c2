# SPDX-License-Identifier: Apache-2.0
"""Search in accounts of many sizes: what is found against a comparison with every vector, how long it takes, and the
same of the design document's own index: one graph over all accounts, filtered by the account."""

import json
import random
import re
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

import psycopg2

import measure

TITLE = "Retrieval: an account's own chunks, by the size of the account"
MODEL = "all-MiniLM-L6-v2"
SIZES = (300, 3000, 9900, 30000, 100000)
BASES = 2000
QUERIES = 100

# A chunk's vector is a mixture of three of real texts, so that there are as many directions as in real networks.
FILL = """
    INSERT INTO embeddings (user_id, document_id, chunk_index, chunk_text, embedding, embedding_model, vendor)
    SELECT %(user)s, %(document)s, chunk, 'interface Gi' || chunk %% 48 || '/' || chunk / 48 || ' ospf cost ' || chunk %% 7,
        l2_normalize(a.embedding + b.embedding * array_fill(0.2 + 0.6 * random(), '{384}')::vector
            + c.embedding * array_fill(0.4 * random(), '{384}')::vector),
        %(model)s, CASE WHEN chunk %% 5 = 0 THEN 'juniper' ELSE 'cisco' END
    FROM (SELECT chunk, 1 + floor(random() * %(bases)s)::int AS i, 1 + floor(random() * %(bases)s)::int AS j,
              1 + floor(random() * %(bases)s)::int AS k FROM generate_series(1, %(count)s) AS chunk) AS drawn
    JOIN bases AS a ON a.n = i JOIN bases AS b ON b.n = j JOIN bases AS c ON c.n = k
"""


def write_texts(folder):
    """Texts of the starter knowledge and the sample, cut and mixed anew: no two alike."""
    lines = []
    for path in [*measure.ROOT.glob("knowledge/*.md"), *measure.ROOT.glob("sample/configs/*")]:
        lines += [line.strip() for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if len(line) > 20]
    draw = random.Random(1)
    for number in range(BASES // 50):
        parts = []
        for _ in range(50):
            address = ".".join(str(draw.randrange(1, 250)) for _ in range(4))
            parts.append(f"# {draw.choice(lines)[:60]} {address}\n\n" + "\n".join(draw.sample(lines, 4)) + "\n")
        Path(folder, f"{number}.md").write_text("\n".join(parts), encoding="utf-8")


def run_program(server, *words):
    subprocess.run([measure.PROGRAM, *words], env=server.environment, check=True, stdout=subprocess.DEVNULL)


def fill(server, owner):
    with tempfile.TemporaryDirectory(prefix="netguru-bench-", dir="/tmp") as folder:
        write_texts(folder)
        run_program(server, "knowledge", "ingest", folder)
    owner.execute("CREATE TABLE bases AS SELECT row_number() OVER () AS n, embedding FROM embeddings WHERE user_id IS NULL")
    owner.execute("CREATE UNIQUE INDEX ON bases (n); ANALYZE bases; SELECT count(*) FROM bases")
    bases = owner.fetchone()[0]
    accounts = {}
    for size in SIZES:
        owner.execute("INSERT INTO users (email, hashed_password) SELECT %s, hashed_password FROM users LIMIT 1 RETURNING id",
                      (f"of{size}@netguru.example",))
        accounts[size] = owner.fetchone()[0]
        owner.execute("INSERT INTO documents (user_id, filename, original_filename, file_type, file_size_bytes, storage_path, status)"
                      " VALUES (%s, 'f', 'f', 'config', 1, 'p', 'completed') RETURNING id", (accounts[size],))
        owner.execute(FILL, {"user": accounts[size], "document": owner.fetchone()[0], "model": MODEL, "bases": bases, "count": size})
    owner.execute("VACUUM ANALYZE embeddings")
    return accounts


def draw_queries(owner):
    owner.execute("SELECT setseed(0.3)")
    owner.execute("SELECT l2_normalize(a.embedding + b.embedding * array_fill(0.5, '{384}')::vector)::text FROM"
                  " (SELECT embedding, row_number() OVER (ORDER BY random()) AS n FROM bases) AS a JOIN"
                  " (SELECT embedding, row_number() OVER (ORDER BY random()) AS n FROM bases) AS b ON a.n = b.n LIMIT %s", (QUERIES,))
    return [row[0] for row in owner.fetchall()]


def ask(cursor, statement, parameters):
    started = time.monotonic()
    cursor.execute(statement, parameters)
    rows = cursor.fetchall()
    return [row[0] for row in rows], (time.monotonic() - started) * 1000


def recall(distances, truth):
    """Of the ten nearest; one as near as the tenth is as good."""
    return sum(distance <= truth[-1] + 1e-6 for distance in distances[:10]) / max(len(truth), 1)


EXACT = ("SELECT (embedding <=> %(query)s::vector) + 0 AS d FROM embeddings WHERE user_id = %(user)s"
         " AND (%(vendor)s IS NULL OR vendor = %(vendor)s) ORDER BY d LIMIT 10")
OURS = "SELECT distance FROM document_search_vector(%(query)s, %(model)s, 40, NULL, %(vendor)s)"
SEED = ("SELECT embedding <=> %(query)s::vector FROM embeddings WHERE user_id = %(user)s AND (%(vendor)s IS NULL OR"
        " vendor = %(vendor)s) ORDER BY embedding <=> %(query)s::vector LIMIT 10")


def percentile(values, share):
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def compare(app, statement, accounts, queries, truths, vendor=None):
    """size → (mean recall, p50, p99)"""
    results = {}
    for size, user in accounts.items():
        app.execute("SELECT set_config('app.current_user_id', %s, false)", (user,))
        found, times = [], []
        for query in queries:
            asked = {"query": query, "user": user, "vendor": vendor, "model": MODEL}
            if (size, vendor, query) not in truths:
                truths[size, vendor, query] = ask(app, EXACT, asked)[0]
            distances, ms = ask(app, statement, asked)
            found.append(recall(distances, truths[size, vendor, query]))
            times.append(ms)
        results[size] = (sum(found) / len(found), percentile(times, 0.5), percentile(times, 0.99))
    return results


def search_over_http(server, accounts):
    """Whole searches, the query embedded, of the largest account: p50 and p99 in ms."""
    email = f"of{max(accounts)}@netguru.example"
    environment = dict(server.environment, NETGURU_PASSWORD="correct horse battery")
    subprocess.run([measure.PROGRAM, "user", "create", email, "--replace"], env=environment, check=True, stdout=subprocess.DEVNULL)
    token = server.login(email, "correct horse battery")
    words = re.findall(r"[A-Za-z][a-z-]{3,}", " ".join(p.read_text(encoding="utf-8") for p in measure.ROOT.glob("knowledge/*.md")))
    draw = random.Random(2)
    times = []
    for _ in range(200):
        request = urllib.request.Request(
            f"{server.url}/api/v1/search", json.dumps({"query": " ".join(draw.sample(words, 5))}).encode(),
            {"Content-Type": "application/json", "Authorization": f"Bearer {token}"})
        started = time.monotonic()
        urllib.request.urlopen(request, timeout=30).read()
        times.append((time.monotonic() - started) * 1000)
    return percentile(times, 0.5), percentile(times, 0.99)


def run():
    with measure.server(NETGURU_RATE_LIMIT_FACTOR="100000") as server:
        connection = psycopg2.connect(host=f"{server.home}/run", dbname="netguru", user="postgres")
        login = psycopg2.connect(host=f"{server.home}/run", dbname="netguru", user="netguru_app")
        connection.autocommit = login.autocommit = True
        owner, app = connection.cursor(), login.cursor()
        accounts = fill(server, owner)
        queries, truths = draw_queries(owner), {}
        exact = compare(app, OURS, accounts, queries[:20], truths)
        started = time.monotonic()
        run_program(server, "maintain")
        built = time.monotonic() - started
        ours = compare(app, OURS, accounts, queries, truths)
        filtered = compare(app, OURS, accounts, queries, truths, "juniper")
        whole = search_over_http(server, accounts)
        owner.execute("SET maintenance_work_mem = '1GB'; SET max_parallel_maintenance_workers = 0;"
                      " CREATE INDEX shared_by_all ON embeddings USING hnsw (embedding vector_cosine_ops)")
        owner.execute("SELECT index_name FROM embeddings_own_index_plan(1) WHERE action IS NULL")
        for (name,) in owner.fetchall():
            owner.execute(f"DROP INDEX {name}")
        app.execute("SET enable_sort = off; SET jit = off")
        seed = compare(app, SEED, accounts, queries, truths)
        connection.close()
        login.close()
    rows = [
        (f"{size:,}", *(f"{values[size][0]:.3f}" if part == 0 else f"{values[size][part]:.1f}"
                        for values, part in ((ours, 0), (ours, 1), (ours, 2), (filtered, 0), (filtered, 2), (exact, 1), (seed, 0), (seed, 1))))
        for size in SIZES
    ]
    head = ("chunks", "recall@10", "p50 ms", "p99 ms", "with a filter for a fifth: recall@10", "p99 ms", "before `netguru maintain`: p50 ms",
            "one graph for all: recall@10", "p50 ms")
    worst = min(min(value[0] for value in part.values()) for part in (ours, filtered))
    slowest = max(value[2] for value in ours.values())
    return [
        *measure.table(head, rows),
        "",
        f"Worst recall@10 **{worst:.3f}** (bar: 0.99 for every size), slowest p99 **{slowest:.1f} ms** (bar: 20 ms at 100,000 chunks). "
        f"`netguru maintain` took {built:.0f} s for the graphs of the three largest. A whole search of the largest account over HTTP, the "
        f"query embedded, own and global, by meaning and by words: p50 {whole[0]:.1f} ms, p99 {whole[1]:.1f} ms.",
    ]
