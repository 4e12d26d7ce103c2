# SPDX-License-Identifier: Apache-2.0
"""What bad requests get: a clear 4xx, and a server that goes on."""

import base64
import json
import uuid

import pytest
from hostile import refused

pytestmark = pytest.mark.usefixtures("server_goes_on")

JSON_ROUTES = ["/api/v1/auth/login", "/api/v1/auth/register", "/api/v1/auth/refresh", "/api/v1/search", "/api/v1/topology/generate"]


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
