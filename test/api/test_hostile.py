# SPDX-License-Identifier: Apache-2.0
"""What bad input gets: a clear 4xx or a failed document with its reason, and a server that goes on."""

import base64
import json
import os
import uuid
import zlib

import pytest

JSON_ROUTES = ["/api/v1/auth/login", "/api/v1/auth/register", "/api/v1/auth/refresh", "/api/v1/search", "/api/v1/topology/generate"]


@pytest.fixture(autouse=True)
def server_goes_on(netguru):
    before = netguru.children()
    yield
    after = netguru.children()
    assert {k: v for k, v in before.items() if k in ("serve", "work", "postgres", "redis-server")} == {
        k: v for k, v in after.items() if k in ("serve", "work", "postgres", "redis-server")
    }
    assert netguru.client().get("/health/ready").status == 200


def refused(answer, status, code):
    assert (answer.status, answer.code) == (status, code), answer.body
    assert answer.json["error"]["message"]
    return answer.json["error"]


@pytest.mark.parametrize("path", JSON_ROUTES)
@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "null", '"x"', "{} x", '{"a":1,"a":2}', '{"q":"\\u0000"}', b"\xff\xfe{}", "[" * 30000, "{'a':1}", "1e999"],
    ids=range(12),
)
def test_malformed_json(demo, path, body):
    answer = demo.call("POST", path, body, {"Content-Type": "application/json"})
    refused(answer, 400, "VALIDATION_ERROR")


@pytest.mark.parametrize("path", JSON_ROUTES)
def test_json_of_the_wrong_kind_or_size(demo, path):
    refused(demo.call("POST", path, "a=1", {"Content-Type": "application/x-www-form-urlencoded"}), 415, "UNSUPPORTED_MEDIA_TYPE")
    refused(demo.call("POST", path, b" " * 70000 + b"{}", {"Content-Type": "application/json"}), 413, "FILE_TOO_LARGE")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "query"), ({"query": 5}, "query"), ({"query": ""}, "query"), ({"query": "x" * 3000}, "query"),
        ({"query": "x", "limit": 0}, "limit"), ({"query": "x", "limit": "5"}, "limit"), ({"query": "x", "limit": 10**12}, "limit"),
        ({"query": "x", "document_id": "1"}, "document_id"), ({"query": "x", "vendor": ["a"]}, "vendor"),
    ],
)
def test_wrong_types_name_the_field(demo, body, field):
    assert refused(demo.post("/api/v1/search", body), 400, "VALIDATION_ERROR")["details"]["field"] == field


@pytest.mark.parametrize("query", ["'; DROP TABLE users; --", "a & | ! ( ) : *", "%_\\", "\u202e\u0301\U0001f600", "<script>", "(" * 500, "' OR 1=1"])
def test_queries_are_only_text(demo, query):
    assert demo.post("/api/v1/search", {"query": query}).status == 200


def token_with(payload, header=None, signature="AAAA"):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part(header or {'alg': 'HS256', 'typ': 'JWT'})}.{part(payload)}.{signature}"


def test_wrong_tokens(netguru, demo):
    client = netguru.client()
    refused(client.get("/api/v1/users/me"), 401, "AUTH_ERROR")
    head, body, signature = demo.token.split(".")
    me = {"sub": str(uuid.uuid4()), "sid": str(uuid.uuid4()), "iat": 1, "exp": 2**40}
    for token in (
        "", "x", "a.b.c", "." * 50, "x" * 5000, demo.token[:-1], demo.token + "x", f"{head}.{body}.", f"{head}.{body}",
        f"{head}.{body}.{'A' * len(signature)}", token_with(me), token_with(me, {"alg": "none", "typ": "JWT"}, ""),
        demo.refresh_token,
    ):
        client.token = token or " "
        refused(client.get("/api/v1/users/me"), 401, "AUTH_ERROR")


def test_logout_ends_the_token_at_once(somebody):
    assert somebody.get("/api/v1/users/me").status == 200
    assert somebody.call("POST", "/api/v1/auth/logout").status == 204
    refused(somebody.get("/api/v1/users/me"), 401, "AUTH_ERROR")
    refused(somebody.post("/api/v1/auth/refresh", {"refresh_token": somebody.refresh_token}), 401, "AUTH_ERROR")


def test_a_refresh_token_works_once_and_again_for_a_lost_answer(somebody):
    used = somebody.refresh_token
    first, again = (somebody.post("/api/v1/auth/refresh", {"refresh_token": used}) for _ in range(2))
    assert first.json == again.json
    somebody.take_tokens(first)
    assert somebody.get("/api/v1/users/me").status == 200
    refused(somebody.post("/api/v1/auth/refresh", {"refresh_token": used}), 401, "AUTH_ERROR")
    # Used three times: somebody has stolen it. The session is over for both.
    refused(somebody.get("/api/v1/users/me"), 401, "AUTH_ERROR")


def test_addresses_differ_by_more_than_case(netguru):
    name = uuid.uuid4().hex
    netguru.client().register(f"{name}@example.net")
    body = {"email": f"{name.upper()}@EXAMPLE.net", "password": "another password"}
    refused(netguru.client().post("/api/v1/auth/register", body), 409, "CONFLICT")


@pytest.mark.parametrize("password", ["short", "x" * 73, "x" * 2000, ""])
def test_passwords_that_cannot_be_hashed_whole(netguru, password):
    body = {"email": f"{uuid.uuid4().hex}@example.net", "password": password}
    refused(netguru.client().post("/api/v1/auth/register", body), 400, "VALIDATION_ERROR")


@pytest.mark.parametrize("email", ["", "x", "@", "a@", "@b", "a b@c", "a@b@c", "a\n@b.c", "x" * 300 + "@b.c"])
def test_addresses_that_are_none(netguru, email):
    body = {"email": email, "password": "a good password"}
    refused(netguru.client().post("/api/v1/auth/register", body), 400, "VALIDATION_ERROR")


def test_another_tenants_ids_are_not_found(netguru, somebody):
    owner = netguru.client().register()
    document = owner.process("mine.cfg", b"hostname mine\ninterface Gi0/1\n ip address 10.9.9.1 255.255.255.0\n")
    task = document["task"]["id"]
    for method, path in (
        ("GET", f"/api/v1/files/{document['id']}"), ("GET", f"/api/v1/files/{document['id']}/download"),
        ("DELETE", f"/api/v1/files/{document['id']}"), ("GET", f"/api/v1/analysis/tasks/{task}"),
        ("POST", f"/api/v1/analysis/tasks/{task}/cancel"),
    ):
        refused(somebody.call(method, path), 404, "NOT_FOUND")
    results = somebody.post("/api/v1/search", {"query": "10.9.9.1 mine"}).json["results"]
    assert not [r for r in results if r["source"] == "local"]
    topology = somebody.post("/api/v1/topology/generate", {"document_ids": [document["id"]]})
    assert topology.status in (202, 404)
    assert owner.get(f"/api/v1/files/{document['id']}").status == 200


@pytest.mark.parametrize("path", ["/api/v1/files/x", "/api/v1/files/%00", "/api/v1/files/..%2f..", "/api/v1/analysis/tasks/1", "/api/v1/topology/%ff"])
def test_ids_that_are_none(demo, path):
    assert demo.get(path).status in (400, 404)


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=101", "cursor=%%%", "cursor=AAAA", "cursor=" + "A" * 1000, "status=%00", "status=nonsense"])
def test_list_parameters(demo, query):
    assert demo.get(f"/api/v1/files?{query}").status == 400


def test_unknown_paths_and_methods(demo):
    refused(demo.get("/api/v1/nothing"), 404, "NOT_FOUND")
    answer = demo.call("PUT", "/api/v1/files")
    refused(answer, 405, "METHOD_NOT_ALLOWED")
    assert answer.headers["Allow"] == "GET, HEAD"


# Uploads


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("router.cfg", b"\x7fELF\x02\x01\x01" + bytes(200)), ("router.cfg", b"hostname a\0b\n"), ("a.cfg", b"PK\x03\x04zip"),
        ("a.txt", b"\x89PNG\r\n\x1a\n"), ("a.pdf", b"PK\x03\x04zip"), ("a.pdf", b"hello"), ("a.pcap", b"hostname x\n"),
        ("a.pcap", b"%PDF-1.4"), ("a.exe", b"x"), ("noextension", b"x"), (".cfg", b"x"), ("", b"x"), ("a.cfg", b""),
    ],
)
def test_files_that_are_not_what_they_say(demo, name, content):
    assert demo.upload(name, content).status == 400


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd.cfg", "passwd.cfg"), ("..\\..\\boot.cfg", "boot.cfg"), ("/abs/olute.cfg", "olute.cfg"),
        ("tab\tname.cfg", "tabname.cfg"), ("x" * 400 + ".cfg", None), (b"bad\xff\xfe.cfg", "bad__.cfg"), ("ção é.cfg", "ção é.cfg"),
        ("<img src=x onerror=alert(1)>.cfg", "<img src=x onerror=alert(1)>.cfg"),
    ],
)
def test_names_are_made_safe(somebody, name, shown):
    answer = somebody.upload(name, b"hostname x" + uuid.uuid4().hex.encode())
    if shown is None:
        assert answer.status == 400 or len(answer.json["original_filename"]) <= 255
        return
    assert answer.status == 201, answer.body
    assert answer.json["original_filename"] == shown
    assert uuid.UUID(answer.json["filename"])


def test_forms_that_are_malformed(demo):
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    refused(demo.call("POST", "/api/v1/files/upload", b"x", {"Content-Type": "text/plain"}), 415, "UNSUPPORTED_MEDIA_TYPE")
    for body in (
        b"", b"--b--\r\n", b"no boundary at all", b"--b\r\n", b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.cfg\"\r\n\r\nhalf",
        b'--b\r\nContent-Disposition: form-data; name="other"\r\n\r\nx\r\n--b--\r\n', b"--b\r\n" + b"X" * 20000,
    ):
        assert demo.call("POST", "/api/v1/files/upload", body, kind).status == 400, body[:60]
    assert demo.call("POST", "/api/v1/files/upload", b"x", {"Content-Type": "multipart/form-data"}).status == 400


def test_a_file_over_the_plans_limit(somebody):
    answer = somebody.upload("big.log", b"x" * (51 << 20))
    refused(answer, 413, "FILE_TOO_LARGE")


def failed(client, name, content):
    document = client.process(name, content)
    assert document["status"] == "failed", document
    assert document["failure_reason"] and document["failure_reason"] == document["metadata"]["error"]
    return document["failure_reason"]


def test_one_line_of_200_megabytes(demo):
    assert "limit" in failed(demo, "line.log", b"a" * (200 << 20))


def test_text_that_is_not_utf8_is_still_read(somebody):
    document = somebody.process("latin.txt", "descrição da ligação principal do núcleo\n".encode("latin-1") * 5)
    assert document["status"] == "completed"
    document = somebody.process("mixed.log", b"Mar  1 10:00:00 r1 %SYS-5-CONFIG_I: \xff\xfe\xfd configured\n" * 20)
    assert document["status"] == "completed"


def stacked_flate(levels):
    data = b"0" * 1000
    for _ in range(levels):
        data = zlib.compress(data * 50, 9)
    return data


@pytest.mark.parametrize(
    "pdf",
    [
        b"%PDF-1.7\n", b"%PDF-1.7\n" + os.urandom(5000), b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 1 0 R>>endobj\ntrailer<</Root 1 0 R>>\n",
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Count 1000000000/Kids[2 0 R]>>endobj trailer<</Root 1 0 R>>",
        b"%PDF-1.5\n1 0 obj<</Length 100/Filter[/FlateDecode/FlateDecode/FlateDecode]>>stream\n" + stacked_flate(3) + b"\nendstream endobj",
    ],
    ids=["empty", "noise", "loop", "count", "bomb"],
)
def test_broken_pdfs(somebody, pdf):
    failed(somebody, "broken.pdf", pdf)


@pytest.mark.parametrize("size", [0, 1, 4, 23, 24, 25, 39, 40, 41, 100])
def test_captures_cut_short(somebody, size):
    header = bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000")
    record = bytes(8) + (60).to_bytes(4, "little") * 2 + bytes(60)
    content = (header + record * 2)[:size]
    answer = somebody.upload(f"cut{size}.pcap", content)
    if answer.status == 400:
        return
    document = somebody.settled(answer.json)
    if document["status"] == "completed":
        assert somebody.task(document)["result"]["complete"] in (True, False)


def test_every_hostile_capture_of_others(demo, shared):
    documents = []
    for path in sorted((shared / "pcaps").glob("*.pcap*")):
        answer = demo.upload(path.name, path.read_bytes())
        assert answer.status in (200, 201, 400), (path.name, answer.body)
        if answer.status != 400:
            documents.append((path.name, answer.json))
    for name, document in documents:
        settled = demo.settled(document, 300)
        assert settled["status"] == "completed" or settled["failure_reason"], name


@pytest.mark.parametrize(
    "content",
    [
        b"{" * 100000, b"}" * 100000, b"interface " * 50000, b"banner motd ^C\n" + b"never ends\n" * 1000, b"/* never closed\n" * 1000,
        b"".join(b"access-list 100 permit ip host 10.%d.%d.1 any\n" % (i >> 8, i & 255) for i in range(10000)), b"\r" * 5000, b"\xef\xbb\xbfhostname bom\n", b"hostname " + b"h" * 100000,
        b"interfaces { " * 5000, b"vlan 1-4094," + b"1-4094," * 10000,
    ],
    ids=range(11),
)
def test_hostile_configurations_settle(somebody, content):
    document = somebody.process("hostile.cfg", content)
    assert document["status"] in ("completed", "failed")
