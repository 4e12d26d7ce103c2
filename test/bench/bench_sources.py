# SPDX-License-Identifier: Apache-2.0
"""Answers without a model: the share from the right lines, and how long they take."""

import json
import os
import sys
import time
import urllib.request
import uuid
from pathlib import Path

import measure

sys.path.insert(0, str(measure.ROOT / "test/api"))
import questions  # noqa: E402

TITLE = "Answers without a model"
GOAL = 0.85
SHARED = Path(os.environ.get("NETGURU_SHARED_DATA", measure.ROOT.parent / "shared/data"))


class Reader:
    def __init__(self, server, email):
        self.url = server.url
        self.token = None
        self.token = self.post("/api/v1/auth/register", {"email": email, "password": "correct horse battery"})["access_token"]

    def call(self, path, body=None, kind="application/json"):
        headers = {"Content-Type": kind} | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        with urllib.request.urlopen(urllib.request.Request(self.url + path, body, headers), timeout=120) as answer:
            return json.load(answer)

    def post(self, path, body):
        return self.call(path, json.dumps(body).encode())

    def upload(self, name, content):
        mark = uuid.uuid4().hex
        head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{mark}--\r\n".encode()
        return self.call("/api/v1/files/upload", body, f"multipart/form-data; boundary={mark}")["id"]

    def fill(self, files):
        ids = [self.upload(name, content) for name, content in files]
        while any(self.call(f"/api/v1/files/{id}")["status"] not in ("completed", "failed") for id in ids):
            time.sleep(0.2)
        task = self.post("/api/v1/topology/generate", {})["task_id"]
        while self.call(f"/api/v1/analysis/tasks/{task}")["status"] not in ("completed", "failed"):
            time.sleep(0.2)


def ask_all(reader, asked):
    """How many are right, and the times in ms, sorted."""
    right, times = 0, []
    for question in asked:
        started = time.monotonic()
        answer = reader.post("/api/v1/ask", {"question": question.text})
        times.append((time.monotonic() - started) * 1000)
        right += questions.is_right(answer, question)
    return right, sorted(times)


def run():
    sets = [("the sample network", list(questions.sample_files()), questions.ON_SAMPLE + questions.ON_SAMPLE_TOO)]
    if SHARED.is_dir():
        sets.append(("shared data", [(name, (SHARED / path).read_bytes()) for name, path in questions.SHARED_FILES.items()], questions.ON_SHARED))
    rows, right_of_all, count_of_all = [], 0, 0
    with measure.server(NETGURU_RATE_LIMIT_FACTOR="100000") as server:
        measure.run_cpu([measure.PROGRAM, "knowledge", "ingest", str(measure.ROOT / "knowledge")], env=server.environment)
        for number, (title, files, asked) in enumerate(sets):
            reader = Reader(server, f"reader{number}@netguru.example")
            reader.fill(files)
            right, times = ask_all(reader, asked)
            right_of_all, count_of_all = right_of_all + right, count_of_all + len(asked)
            rows.append((title, f"{right} of {len(asked)}", f"{times[len(times) // 2]:.0f}", f"{times[-1]:.0f}"))
    return [
        *measure.table(("questions on", "from the right lines", "ms, median", "ms, longest"), rows),
        "",
        f"Share answered from the right lines: **{100 * right_of_all / count_of_all:.0f} %** (goal: {100 * GOAL:.0f} %). "
        "An answer is right when each expected line is within one of its first "
        f"{questions.FIRST} citations; test/api/questions.py has the questions.",
    ]
