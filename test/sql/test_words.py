# SPDX-License-Identifier: Apache-2.0
"""The words of a text are the same, whether the program computes them (engines/text/words.h) or SQL does (search_tokens, search_chunk_tokens); and the
database takes the former, and computes them where they are missing."""
import fcntl
import json
import os
import pathlib
import random
import subprocess

import pytest

import pieces_of_text
from conftest import ROOT

SHARED = pathlib.Path(os.environ.get("NETGURU_SHARED_DATA", ROOT.parent / "shared/data"))
WINDOW = 800
RECORDED = 500
CONTEXT = ("title", "device", "section", "facts", "front_matter")


def program():
    """The path of words_peer, brought up to date in the first build folder."""
    for folder in ("build-asan", "build", "build-cover", "build-clang"):
        if (ROOT / folder / "build.ninja").is_file():
            with open(ROOT / folder / "words_peer.lock", "w", encoding="ascii") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                subprocess.run(["ninja", "-C", ROOT / folder, "test/engines/text/words_peer"], check=True, stdout=subprocess.DEVNULL)
            return ROOT / folder / "test/engines/text/words_peer"
    raise RuntimeError("there is no build folder")


class Oracle:
    """Both versions of the words of a chunk."""

    def __init__(self, database, peer):
        self.database, self.peer = database, peer

    def words(self, chunk):
        self.peer.stdin.write(json.dumps(chunk) + "\n")
        self.peer.stdin.flush()
        return self.peer.stdout.readline()[:-1]

    def compare(self, chunk):
        """Fails with the words that only one of the two has."""
        ours = self.words(chunk)
        metadata = json.dumps({key: chunk[key] for key in CONTEXT if key in chunk}) if "title" in chunk else None
        same, left, right = self.database.superuser(
            "WITH both_have AS (SELECT %s::tsvector AS ours, CASE WHEN %s THEN search_tokens(%s) ELSE search_chunk_tokens(%s, %s) END AS theirs)"
            " SELECT ours = theirs, CASE WHEN ours <> theirs THEN ours::text END, CASE WHEN ours <> theirs THEN theirs::text END FROM both_have",
            ours, metadata is None, chunk["text"], chunk["text"], metadata)[0]
        assert same, (chunk, sorted(set(left.split()) - set(right.split()))[:9], sorted(set(right.split()) - set(left.split()))[:9])


@pytest.fixture(scope="module")
def oracle(database):
    with subprocess.Popen([program()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8") as peer:
        yield Oracle(database, peer)
        peer.stdin.close()


def files_below(*folders):
    return sorted(path for folder in folders for path in folder.rglob("*") if path.is_file() and not path.is_symlink() and ".cache" not in path.parts)


def read_text(path, most=1 << 20):
    """The text of a file, or nothing if it has none."""
    with open(path, "rb") as file:
        bytes_of = file.read(most)
    return "" if b"\0" in bytes_of[:4096] else bytes_of.decode("utf-8", "replace").replace("\0", " ")


def test_words_of_the_repository_are_the_same(oracle):
    texts = 0
    for path in files_below(ROOT / "sample", ROOT / "knowledge", ROOT / "docs", ROOT / "test/engines", ROOT / "test/fuzz/seeds"):
        text = read_text(path, 64 * 1024)
        for at in range(0, len(text), 5 * WINDOW):
            oracle.compare({"text": text[at:at + 5 * WINDOW], "title": path.name, "section": text[at:at + 40]})
            texts += 1
    assert texts > 500


@pytest.mark.parametrize("folder", ["data", "cases"])
def test_words_of_recorded_texts_are_the_same(oracle, folder):
    """A part of some of the files: SQL would take minutes for all."""
    if not (SHARED.parent / folder).is_dir():
        pytest.skip("recorded texts are not here (NETGURU_SHARED_DATA)")
    choice = random.Random(21)
    paths = files_below(SHARED.parent / folder)
    for path in choice.sample(paths, min(len(paths), RECORDED)):
        text = read_text(path)
        at = choice.randint(0, max(0, len(text) - WINDOW))
        if text:
            oracle.compare({"text": text[at:at + WINDOW], "title": path.name, "device": path.parent.name, "facts": text[:60]})


@pytest.mark.parametrize("seed", range(4))
def test_words_of_random_texts_are_the_same(oracle, seed):
    choice = random.Random(seed)
    for _ in range(300):
        oracle.compare({"text": pieces_of_text.text_of(choice, choice.randint(0, 60))})


@pytest.mark.parametrize("seed", range(4))
def test_words_of_random_chunks_are_the_same(oracle, seed):
    choice = random.Random(100 + seed)
    for number in range(200):
        chunk = {"text": pieces_of_text.text_of(choice, choice.randint(0, 40)), "title": "lis-core1-show version.v%d.txt" % number}
        if choice.random() < 0.5:
            chunk["title"] = pieces_of_text.text_of(choice, choice.randint(0, 7))
        for key in ("device", "section", "facts"):
            text = pieces_of_text.text_of(choice, choice.randint(0, 3))
            if text:
                chunk[key] = text
        if choice.random() < 0.05:
            chunk["front_matter"] = True
        oracle.compare(chunk)


def test_every_character_is_treated_the_same(oracle):
    """But of ideographs and of what is not assigned, a sample."""
    for start in [*range(1, 0x3100, 256), *range(0x3100, 0xF000, 0x800), *range(0xF000, 0x10000, 256), *range(0x10000, 0x110000, 0x4000)]:
        characters = [chr(code) for code in range(start, start + 256) if code < 0x110000 and not 0xD800 <= code < 0xE000]
        oracle.compare({"text": " q ".join("a%sb0 %s %s%sgi%s 0/1" % (c, c, c, c, c) for c in characters)})


CONTEXTS = {"title": "a-b 0.c", "device": "0 dev", "section": "x#0", "facts": "0"}
MANY = {
    "one word": "0 " * 300, "one word and others": "0 " * 300 + "x y", "places beyond the last": "a " * 17000,
    "words beyond the last place": " ".join("w%d" % n for n in range(17000)), "an identifier": "a.b/c-d_e:f " * 5461, "one long word": "x" * 65536,
    "letters and digits": "1a" * 32768, "prefixes": "10.0.0.1/24 " * 5461, "numbers": " ".join(map(str, range(11000))),
    "ideographs": "".join(chr(0x4E00 + n) + " " for n in range(20000)), "punctuation": "-" * 65536, "quotes": "' \\" * 21845, "colons": ":" * 5000 + " " + ": " * 5000,
    "accents": "çãé" * 20000, "masks": "10.0.0.1 255.255.255.0 0.0.0.255 " * 60, "blanks": "gi" + " " * 60000 + "0/1", "ports": "gi 0/1 " * 5000,
}


@pytest.mark.parametrize("name", MANY)
def test_very_many_words_are_the_same(oracle, name):
    oracle.compare({"text": MANY[name]})
    oracle.compare({"text": MANY[name], **CONTEXTS})


def test_words_that_are_too_many_for_sql_are_cut(database, oracle):
    """Where SQL fails, the words of the beginning are taken."""
    text = " ".join("%s%05d.%s%05d" % ("abcdefghij"[n % 10] * 4, n, "klmnopqrst"[n % 10] * 4, 90000 - n) for n in range(14000))
    with pytest.raises(Exception, match="too long for tsvector"):
        database.superuser("SELECT search_tokens(%s)", text + text.replace("0", "x") + text.replace("1", "y"))
    words = oracle.words({"text": text + text.replace("0", "x") + text.replace("1", "y")})
    assert database.superuser("SELECT %s::tsvector @@ search_query('aaaa00000.kkkk90000'), length(%s::tsvector)", words, words)[0][0]


def insert_chunk(tenant, **columns):
    values = {"user_id": tenant.id, "document_id": tenant.document, "chunk_text": "vlan 10", "chunk_index": random.randrange(1000, 10**9), **columns}
    return tenant.insert("embeddings", values)


def tokens(database, chunk):
    return database.superuser("SELECT tokens::text FROM embeddings WHERE id = %s", chunk)[0][0]


def test_a_chunk_keeps_the_words_that_it_is_given(database, alice):
    assert tokens(database, insert_chunk(alice, tokens="'given':1A")) == "'given':1A"
    assert tokens(database, insert_chunk(alice, tokens="")) == ""


def test_a_chunk_without_words_gets_them(database, alice):
    assert tokens(database, insert_chunk(alice)) == "'10':2B 'vlan':1B"
    assert tokens(database, insert_chunk(alice, metadata='{"title": "r1"}')) == "'10':2B 'r1':3 'vlan':1B"


def test_a_chunk_that_changes_gets_new_words(database, alice):
    chunk = insert_chunk(alice, tokens="'given':1A")
    alice.run("UPDATE embeddings SET embedding_model = 'm' WHERE id = %s", chunk)
    alice.run("UPDATE embeddings SET metadata = metadata WHERE id = %s", chunk)
    assert tokens(database, chunk) == "'given':1A"
    alice.run("UPDATE embeddings SET metadata = '{\"title\": \"r1\"}' WHERE id = %s", chunk)
    assert tokens(database, chunk) == "'10':2B 'r1':3 'vlan':1B"
    database.owner("UPDATE embeddings SET chunk_text = 'vlan 20' WHERE id = %s", chunk)
    assert tokens(database, chunk) == "'20':2B 'r1':3 'vlan':1B"
    database.owner("UPDATE embeddings SET chunk_text = 'vlan 30', tokens = '''given'':2A' WHERE id = %s", chunk)
    assert tokens(database, chunk) == "'given':2A"
    database.owner("UPDATE embeddings SET tokens = NULL WHERE id = %s", chunk)
    assert tokens(database, chunk) == "'30':2B 'r1':3 'vlan':1B"


def words_of_messages(database, conversation):
    return [row[0] for row in database.superuser("SELECT tokens::text FROM messages WHERE conversation_id = %s ORDER BY sequence", conversation)]


@pytest.mark.parametrize("given, question, answer", [("'given':1A", "'given':1A", "'given':1A"), (None, "'why':1B", "'because':1B")])
def test_a_turn_takes_the_words_of_its_messages(database, alice, given, question, answer):
    conversation = alice.one("INSERT INTO conversations (user_id) VALUES (%s) RETURNING id", alice.id)
    turn = alice.run("SELECT message_id, fencing_token FROM turn_begin(%s, 'Why?', NULL, '{}', false, NULL, 'p1', '1 min', %s)", conversation, given)[0]
    assert alice.one("SELECT turn_finish(%s, %s, 'complete', NULL, 'Because.', NULL, '{}', NULL, NULL, NULL, %s)", *turn, given) is True
    assert words_of_messages(database, conversation) == [question, answer]
