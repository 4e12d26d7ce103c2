# SPDX-License-Identifier: Apache-2.0
"""The isolation matrix of the API: every route, from the tables of routes, with the ids of a victim, as everybody else.

The routes are those of docs/api.md, which test_docs.py compares with the tables in src/, and their members those of the OpenAPI
document. A part of a path or a member of a body that nothing here makes is an error, so a new route is in the matrix or fails.
"""

import http.client
import json
import re
import struct
import sys
import uuid
from pathlib import Path

import psycopg2

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "test/sql"))
import matrix as cells  # noqa: E402

SECRET, WORD = "zebra", "quagga"  # in all that the victim has; only WORD is sent by others, so SECRET in an answer is a leak
PASSWORD = "a good password"
# What fills a part of a path, by the part before it.
PATH_IDS = {"sessions": "session", "tokens": "token", "api-keys": "key", "files": "document", "tasks": "task", "topology": "topology",
            "conversations": "conversation", "messages": "message", "consents": "consent", "users": "user", "documents": "document", "jobs": "task",
            "packets": "packet", "tools": "tool", "chat": "conversation", "metrics": "process"}
# A member of a body or a query: the victim's value, or one that is harmless.
MEMBERS = {"conversation": None, "document_ids": "[document]", "document_id": "document", "parent_id": "message", "head_id": "message", "head": "message", "key_id": "key",
           "client_id": "client_id", "cursor": None, "user": "email", "search": "email", "email": "email"}
HARMLESS = {"password": "not the password", "new_password": "another good password", "full_name": "x", "device_token": "x", "refresh_token": "x", "name": "x",
            "scopes": ["read"], "expires_at": None, "provider": "openai", "key": "sk-another-key-000000", "key_name": "x", "endpoint": None,
            "deployment": None, "api_version": None, "base_url": None, "model": None, "is_active": True, "query": WORD, "limit": 50, "vendor": None,
            "document_type": None, "title": "x", "question": WORD, "content": WORD, "mode": "sources", "value": 1, "note": "x", "plan_tier": "team", "reason": "x",
            "now": True, "queue": None, "days": 30, "scope": "documents", "minutes": 5, "is_private": None, "status": None, "file_type": None, "after": 0,
            "format": "json", "q": WORD, "tz": "UTC", "from": 0, "first": 1, "failure_kind": None, "action": None, "cookie": None}
OWN_END = ("/auth/logout", "/auth/logout-all", "/users/me/erase", "/users/me/password")  # which end the session of the caller
METHODS = ("GET", "HEAD", "POST", "PATCH", "PUT", "DELETE")
CONTENTS_OF_OTHERS = re.compile(r"/admin/users/\{id\}/(documents|conversations)")


def config():
    return f"hostname {SECRET}-edge1\n! {WORD} {SECRET}-config\ninterface Loopback0\n description {WORD} {SECRET}-port\n ip address 192.0.2.1 255.255.255.255\n" \
           f"router ospf 1\n network 192.0.2.0 0.0.0.255 area 0\nsnmp-server community {SECRET}-community\nend\n".encode()


def capture():
    """One segment with a request for a path that is hers."""
    text = f"GET /{WORD}/{SECRET} HTTP/1.1\r\n\r\n".encode()
    segment = struct.pack(">HHIIHHHH", 1000, 80, 1, 1, 0x5018, 1000, 0, 0) + text
    header = struct.pack(">BBHHHBBH8s", 0x45, 0, 20 + len(segment), 0, 0, 64, 6, 0, bytes([192, 0, 2, 1, 192, 0, 2, 2]))
    frame = bytes(12) + b"\x08\x00" + header + segment
    return struct.pack("<IHHiIIIIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1, 1700000000, 0, len(frame), len(frame)) + frame


def psql(instance, statement, *parameters):
    with psycopg2.connect(host=f"{instance.home}/run", user="postgres", dbname="netguru") as connection, connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return cursor.fetchall() if cursor.description else None


def new_user(instance, name):
    client = instance.client().register(f"{name}-{uuid.uuid4().hex[:6]}@example.net", PASSWORD)
    client.me = client.get("/api/v1/users/me").json
    client.id = client.me["id"]
    return client


def new_victim(instance):
    """A user with something of every kind, and the ids of it."""
    client = new_user(instance, SECRET)
    document = client.process(f"{SECRET}.cfg", config())
    assert document["status"] == "completed", document
    client.process(f"{SECRET}-2.cfg", config() + b"! second\n")
    captured = client.process(f"{SECRET}.pcap", capture())
    ids = {"user": client.id, "email": client.me["email"], "document": document["id"], "task": document["task"]["id"], "process": "serve",
           "tool": "read_lines", "client_id": "of-the-victim", "capture": captured["id"], "packet": 1}
    ids["session"] = client.get("/api/v1/auth/sessions").json["items"][0]["id"]
    ids["key"] = client.post("/api/v1/users/me/api-keys", {"provider": "openai", "key": f"sk-{SECRET}-key-0000", "key_name": SECRET}).json["id"]
    token = client.post("/api/v1/users/me/tokens", {"name": SECRET, "scopes": ["read"]}).json
    ids["token"], client.read_token = token["id"], token["token"]
    client.mcp_token = client.post("/api/v1/users/me/tokens", {"name": SECRET + "-mcp", "scopes": ["mcp"]}).json["token"]
    ids["consent"] = client.post("/api/v1/users/me/consents", {"scope": "documents", "minutes": 60}).json["id"]
    assert client.call("DELETE", f"/api/v1/users/me/consents/{ids['consent']}").status == 204
    conversation = client.post("/api/v1/chat/conversations", {"title": f"{SECRET} title"}).json["id"]
    client.post("/api/v1/chat/conversations", {"title": f"{SECRET} second"})
    asked = client.post(f"/api/v1/chat/conversations/{conversation}/messages",
                        {"content": f"{WORD} {SECRET} loopback", "mode": "sources", "client_id": ids["client_id"]}).json
    ids["conversation"], ids["message"], client.asked = conversation, asked["message_id"], asked
    drawn = client.post("/api/v1/topology/generate", {"title": SECRET}).json["task_id"]
    return client, ids, drawn


def routes():
    """(method, path, who) of docs/api.md."""
    return re.findall(r"^\| ([A-Z]+) `([^`]+)` \| (\w+) \|", (ROOT / "docs/api.md").read_text(encoding="utf-8"), re.M)


class Caller:
    """One identity: headers, and a connection that is kept."""

    def __init__(self, instance, token=None):
        self.address, self.connection = instance.address, None
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def call(self, method, path, body=None, **headers):
        """(status, headers and body as one text)."""
        data = json.dumps(body) if isinstance(body, (dict, list)) else body
        headers = {**self.headers, **({"Content-Type": "application/json"} if isinstance(body, (dict, list)) else {}), **headers}
        for attempt in (1, 2):
            if not self.connection:
                self.connection = http.client.HTTPConnection(self.address, timeout=60)
            try:
                self.connection.request(method, path, data, headers)
                response = self.connection.getresponse()
                if response.headers.get_content_type() == "text/event-stream":  # which has no end
                    self.connection.close()
                    self.connection = None
                    return response.status, str(response.headers)
                return response.status, str(response.headers) + response.read().decode("utf-8", "replace")
            except (http.client.HTTPException, OSError):
                self.connection.close()
                self.connection = None
                if attempt == 2:
                    raise


class ApiMatrix:
    def __init__(self, instance, victim, ids, document):
        self.instance, self.victim, self.ids = instance, victim, ids
        self.operations = {(method.upper(), path): operation for path, item in document["paths"].items() for method, operation in item.items()}
        self.result = cells.Result()
        self.routes = routes()
        self.before = self.digest()

    def digest(self):
        """The victim's rows; when a token was used last and what was sent is not hers."""
        sums = []
        for table, owner in cells.TENANT.items():
            if table != "audit_log":
                sums.append(f"SELECT '{table}', md5(string_agg((to_jsonb(t) - 'last_used_at' - 'updated_at')::text, '' ORDER BY to_jsonb(t)::text)) "
                            f"FROM {table} AS t WHERE {owner} = %(user)s")
        with psycopg2.connect(host=f"{self.instance.home}/run", user="postgres", dbname="netguru") as connection, connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(sums), {"user": self.ids["user"]})
            return dict(cursor.fetchall())

    def fill(self, path):
        """The path with the victim's ids. KeyError: nothing makes a part of it."""
        ids = {**self.ids, "document": self.ids["capture"]} if "/packets" in path else self.ids
        while "{" in path:
            path = re.sub(r"/(\w[\w-]*)/\{\w+\}", lambda match: f"/{match[1]}/" + str(ids[PATH_IDS[match[1]]]), path, count=1)
        return path

    def member(self, name):
        if name in MEMBERS:
            wanted = MEMBERS[name]
            return None if wanted is None else [self.ids[wanted[1:-1]]] if wanted.startswith("[") else self.ids[wanted]
        return HARMLESS[name]

    def request(self, method, path):
        """(path with query, body) of a route with everything of the victim that it takes."""
        operation = self.operations.get((method, path), {})
        filled = self.fill(path)
        query = {p["name"]: self.member(p["name"]) for p in operation.get("parameters", []) if p["in"] == "query"}
        query = {name: value for name, value in query.items() if value is not None}
        if query:
            filled += "?" + "&".join(f"{name}={value}" for name, value in query.items())
        schema = next(iter(operation.get("requestBody", {}).get("content", {}).values()), {}).get("schema")
        if path == "/api/v1/files/upload":
            return filled, b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"y.cfg\"\r\n\r\nhostname y\r\n--x--\r\n"
        body = {name: self.member(name) for name in schema["properties"]} if schema else {} if method in ("POST", "PATCH") else None
        return filled, body if body is None else {name: value for name, value in body.items() if value is not None}

    def check(self, who, method, path, allowed, caller):
        """One cell: the status is one of allowed, no answer shows the victim's, and none of its rows has changed."""
        try:
            filled, body = self.request(method, path)
        except KeyError as missing:
            self.result.add(f"{who} {method} {path}", f"nothing makes {missing}: name it in test/api/tenants.py")
            return
        headers = {"Content-Type": "multipart/form-data; boundary=x"} if isinstance(body, bytes) else {}
        status, text = caller.call(method, filled, body, **headers)
        wrong = None
        if status not in allowed:
            wrong = f"is answered {status}, not {sorted(allowed)}: {text[-200:]}"
        elif SECRET in text.replace(self.ids["email"], ""):
            wrong = "shows what is the victim's: " + text[max(0, text.find(SECRET) - 100):][:200]
        elif status < 400 and method not in ("GET", "HEAD"):
            changed = [table for table, value in self.digest().items() if value != self.before[table]]
            wrong = f"changes {changed}" if changed else None
        self.result.add(f"{who} {method} {filled}", wrong)
