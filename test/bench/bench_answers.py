# SPDX-License-Identifier: Apache-2.0
"""How many questions about uploaded files are answered by the first passage that is found, and how many by one of the first
five; and whether it is noticed that nothing answers a question. The network and the questions are in answers/.

By itself: test/bench/bench_answers.py [--verbose] [--part worked|kept]"""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import measure  # noqa: E402
from answers import network, portuguese, questions  # noqa: E402

TITLE = "Answers: questions of engineers over uploaded files"


def is_kept(number):
    """A third of the questions, of every kind, that no change was made for."""
    return number % 3 == 2


class Account:
    def __init__(self, url, token):
        self.url, self.token = url, token

    def call(self, path, body=None, kind="application/json"):
        request = urllib.request.Request(self.url + path, body, {"Authorization": f"Bearer {self.token}", "Content-Type": kind})
        return json.load(urllib.request.urlopen(request, timeout=120))

    def upload(self, name, content):
        boundary = uuid.uuid4().hex
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
        try:
            return self.call("/api/v1/files/upload", body, f"multipart/form-data; boundary={boundary}")
        except urllib.error.HTTPError as error:
            sys.exit(f"bench: {name}: {error.read().decode()}")

    def search(self, question, limit=5):
        return self.call("/api/v1/search", json.dumps({"query": question, "limit": limit}).encode())


def line_of(lines, texts):
    at = -1
    for text in texts:
        at = next(number for number, line in enumerate(lines) if number > at and text in line)
    return at + 1


def places(files):
    """For each question what its passages must hold: (file, line or texts)."""
    found = []
    for _, answers in questions.QUESTIONS:
        row = []
        for name, *texts in answers:
            if isinstance(texts[0], list):
                row.append((name, texts[0]))
            else:
                row.append((name, line_of(files[name].decode().splitlines(), texts)))
        found.append(row)
    return found


def holds(result, place):
    name, wanted = place
    if result["document"] != name:
        return False
    if isinstance(wanted, list):
        return all(text.lower() in result["text"].lower() for text in wanted)
    return result.get("line_start", 0) <= wanted <= result.get("line_end", -1)


def score(answer, wanted):
    results = answer["results"]
    if not wanted:
        return "recognised" if not answer["relevant"] else "missed"
    if not answer["relevant"]:
        return "refused"
    if results and any(holds(results[0], place) for place in wanted):
        return "first" if all(any(holds(result, place) for result in results) for place in wanted) else "one"
    return "five" if all(any(holds(result, place) for result in results) for place in wanted) else "none"


def ask_all(account, files, verbose, part):
    counts = {False: Counter(), True: Counter()}
    for number, ((question, _), wanted) in enumerate(zip(questions.QUESTIONS, places(files))):
        kept = is_kept(number)
        if part and kept != (part == "kept"):
            continue
        answer = account.search(question)
        outcome = score(answer, wanted)
        counts[kept][outcome] += 1
        if verbose and outcome not in ("first", "recognised"):
            print(f"{outcome:8} {question}  {wanted}")
            for result in answer["results"]:
                print(f"         {result['score']:.4f} {result.get('distance', 9):.3f} {result['document']} {result.get('line_start')}-{result.get('line_end')} "
                      f"[{result.get('section', '')[:90]}] {' '.join(result['text'].split())[:100]!r}")
    return counts


def answers_portuguese(hit, file, headings):
    """Whether the passage is below one of the headings, or begins with it."""
    place = (hit.get("section", "") + " " + hit["text"].split("\n")[0]).lower()
    return hit["document"] == file and any(heading.lower() in place for heading in headings)


def ask_portuguese(account, verbose):
    """Rows of the table of questions in Portuguese over the knowledge, which is in English."""
    counts = {False: Counter(), True: Counter()}
    for number, (question, file, headings) in enumerate(portuguese.QUESTIONS):
        answer = account.search(question)
        found = [answers_portuguese(hit, file, headings) for hit in answer["results"]]
        counts[is_kept(number)].update({"asked": 1, "first": found[0], "five": any(found), "refused": not answer["relevant"]})
        if verbose and not any(found):
            print(f"none     {question}  {file} {headings}  {[(hit['document'], hit.get('section', '')) for hit in answer['results']]}")
    rows = []
    for title, parts in (("worked on", [False]), ("kept aside", [True]), ("all", [False, True])):
        total = sum((counts[part] for part in parts), Counter())
        rows.append((title, total["asked"], *(share(total[name], total["asked"]) for name in ("first", "five", "refused"))))
    return measure.table(("questions in Portuguese over texts in English", "asked", "right first", "right among five", "refused"), rows)


def figures(counts):
    asked = sum(counts[name] for name in ("first", "one", "five", "none", "refused"))
    nothing = counts["recognised"] + counts["missed"]
    return (asked, counts["first"] + counts["one"], counts["first"] + counts["five"], counts["refused"], nothing, counts["recognised"])


def share(part, whole):
    return f"{part} ({100 * part / whole:.0f} %)" if whole else "-"


def fill(account, files):
    for name, content in files.items():
        account.upload(name, content)
    started = time.monotonic()
    while True:
        page, pending, cursor = None, 0, ""
        while page is None or cursor:
            page = account.call("/api/v1/files?limit=100" + (f"&cursor={cursor}" if cursor else ""))
            for document in page.get("items", page.get("files", [])):
                if document["status"] == "failed":
                    sys.exit(f"bench: {document['original_filename']} failed")
                pending += document["status"] != "completed"
            cursor = page.get("next_cursor") or ""
        if not pending:
            return
        if time.monotonic() - started > 600:
            sys.exit("bench: the files are not processed")
        time.sleep(0.5)


def report(counts):
    rows = []
    for title, parts in (("worked on", [False]), ("kept aside", [True]), ("all", [False, True])):
        total = sum((counts[part] for part in parts), Counter())
        asked, first, five, refused, nothing, recognised = figures(total)
        rows.append((title, asked, share(first, asked), share(five, asked), share(refused, asked), nothing, share(recognised, nothing)))
    return measure.table(("questions", "with an answer", "right first", "right among five", "refused", "without an answer", "recognised"), rows)


def run(verbose=False, part=None):
    files = network.files()
    with measure.server(NETGURU_RATE_LIMIT_FACTOR="100000") as server:
        account = Account(server.url, server.login())
        subprocess.run([measure.PROGRAM, "knowledge", "ingest", measure.ROOT / "knowledge"], env=server.environment, check=True, stdout=subprocess.DEVNULL)
        in_portuguese = ask_portuguese(account, verbose)
        fill(account, files)
        lines = report(ask_all(account, files, verbose, part))
    return [*lines, "", *in_portuguese, "", f"{len(questions.QUESTIONS)} questions in English and Portuguese over {len(files)} files and the starter knowledge. Right among five: "
            "every device that is asked about is among the first five passages. A third of the questions was kept aside: no change was made for them."]


if __name__ == "__main__":
    chosen = sys.argv[sys.argv.index("--part") + 1] if "--part" in sys.argv else None
    print("\n".join(run("--verbose" in sys.argv, chosen)))
