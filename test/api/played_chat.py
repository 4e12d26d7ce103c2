# SPDX-License-Identifier: Apache-2.0
"""A played server of one conversation, which says what a test wants and loses connections."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

CONVERSATION = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
DOCUMENT = "7d444840-9dc0-11d1-b245-5ffdce74fad2"
CHAT = f"/api/v1/chat/conversations/{CONVERSATION}"


class PlayedChat:
    def __init__(self):
        self.lock = threading.Condition()
        self.events = []  # (seq, event)
        self.messages = []
        self.requests = []  # (method, path, body)
        self.seq = 1000
        self.refused = set()  # access tokens
        self.tokens = 0
        self.lost = 0  # connections of events that are to be closed are older than this
        self.kept_from = 0  # older events are not kept
        self.silent_posts = 0  # questions whose request gets no answer
        self.on_cancel = None
        self.on_question = None
        self.usage = None
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    # What the server does.

    def publish(self, **event):
        with self.lock:
            self.seq += 1
            self.events.append((self.seq, {"seq": self.seq, **event}))
            self.lock.notify_all()

    def answer(self):
        return self.messages[-1]

    def say(self, text, stored=True):
        message = self.answer()
        offset = len(message["said"].encode())
        message["said"] += text
        if stored:
            message["content"] = message["said"]
        self.publish(type="message_chunk", message_id=message["id"], offset=offset, content=text)

    def cite(self, **citation):
        self.answer()["metadata"]["citations"].append(citation)
        self.publish(type="citation", message_id=self.answer()["id"], **citation)

    def finish(self, state="complete", reason=None):
        message = self.answer()
        message.update(state=state, reason=reason, content=message["said"])
        kind = "error" if state == "failed" else "message_completed"
        self.publish(type=kind, message_id=message["id"], state=state, message=reason)

    def lose(self):
        """Cuts the connections of events."""
        with self.lock:
            self.lost += 1
            self.lock.notify_all()

    def forget_events(self):
        with self.lock:
            self.kept_from = self.seq

    def ask(self, body):
        with self.lock:
            known = [m for m in self.messages if m.get("client_id") == body.get("client_id")]
            if known:
                return {"is_new": False, "message_id": known[0]["id"], "question_id": "q", "after": 0}
            number = len(self.messages)
            after = self.seq
            self.messages.append({"id": f"q{number}", "role": "user", "content": body["content"], "state": "complete", "metadata": {}})
            self.messages.append({
                "id": f"a{number}", "role": "assistant", "content": "", "said": "", "state": "streaming", "reason": None,
                "metadata": {"citations": []}, "client_id": body.get("client_id"),
            })
        self.publish(type="turn_started", message_id=self.answer()["id"], title="")
        if self.on_question:
            self.on_question(body["content"])
        return {"is_new": True, "message_id": f"a{number}", "question_id": f"q{number}", "after": after}

    def conversation(self):
        running = [m["id"] for m in self.messages if m["state"] == "streaming"]
        start = [s for s, e in self.events if e["type"] == "turn_started"]
        return {
            "id": CONVERSATION, "title": "Neighbours", "message_count": len(self.messages), "updated_at": "2026-01-31T10:20:30+00:00",
            "running": running[-1] if running else None, "events_after": start[-1] - 1 if running else self.seq,
        }

    def note(self, method, path, body):
        """Records a request. Returns the generation of its connection: lose() cuts the older ones."""
        with self.lock:
            self.requests.append((method, path, body))
            return self.lost

    def stream(self, handler, after, generation):
        with self.lock:
            if after is None:
                after = self.conversation()["events_after"]
            if after < self.kept_from:
                handler.send_event({"seq": self.kept_from, "type": "reload"})
                after = self.kept_from
        while True:
            with self.lock:
                found = [(s, e) for s, e in self.events if s > after]
                if not found and generation == self.lost:
                    self.lock.wait(0.5)
                    continue
                if generation != self.lost:
                    return
            for seq, event in found:
                handler.send_event(event)
                after = seq

    def get(self, path, query):
        if path == CHAT:
            return self.conversation()
        if path == f"{CHAT}/messages":
            return {"items": [{k: v for k, v in m.items() if k != "said"} for m in self.messages], "next_cursor": None}
        if path == "/api/v1/chat/conversations":
            return {"items": [self.conversation()], "next_cursor": None}
        if path == "/api/v1/chat/search":
            words = query["q"][0]
            return {"items": [{"conversation_id": CONVERSATION, "title": "T", "role": "user", "content": words, "created_at": "2026-01-31T10:20:30"}]}
        if path == f"{CHAT}/export":
            return "# T\n\n**exported** `x`\n"
        if path == "/api/v1/users/me/usage":
            return self.usage
        if path.startswith("/api/v1/files/"):
            return {"id": path.rsplit("/", 1)[1], "status": "completed"}
        if path == "/api/v1/files":
            return {"items": [{"id": CONVERSATION, "status": "completed", "file_type": "config", "original_filename": "core1.cfg"}]}
        found = [m for m in self.messages if path == f"/api/v1/chat/messages/{m['id']}"]
        return {k: v for k, v in found[0].items() if k != "said"} if found else None

    def post(self, path, body):
        if path == "/api/v1/auth/refresh":
            self.tokens += 1
            return {"access_token": f"token-{self.tokens}", "refresh_token": f"refresh-{self.tokens}"}
        if path == "/api/v1/chat/conversations":
            return {"id": CONVERSATION}
        if path == "/api/v1/files/upload":
            return {"id": DOCUMENT, "status": "uploaded"}
        if path == f"{CHAT}/messages":
            return self.ask(body)
        if path == f"{CHAT}/cancel":
            if self.on_cancel:
                self.on_cancel()
            return {"status": "cancelling"}
        if path == "/api/v1/tools/read_lines":
            first = body["line_start"]
            text = "\n".join(f"line {n}" for n in range(first, body["line_end"] + 1))
            return {"passages": [{"document": "core1.cfg", "line_start": first, "text": text}]}
        return None

    def handler(self):
        played = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def send_event(self, event):
                self.wfile.write(f"id: {event['seq']}\ndata: {json.dumps(event)}\n\n".encode())
                self.wfile.flush()

            def answer(self, status, value):
                body = value.encode() if isinstance(value, str) else json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def serve(self):
                url = urlsplit(self.path)
                size = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(size) or None
                if body and "json" in self.headers.get("Content-Type", ""):
                    body = json.loads(body)
                generation = played.note(self.command, self.path, body)
                token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
                if token in played.refused:
                    self.answer(401, {"error": {"code": "AUTH_ERROR", "message": "log in"}})
                elif url.path == f"{CHAT}/events":
                    after = parse_qs(url.query).get("after")
                    self.send_response(200)
                    self.send_header("Content-Type", "text/event-stream")
                    self.end_headers()
                    self.close_connection = True
                    try:
                        played.stream(self, int(after[0]) if after else None, generation)
                    except OSError:
                        pass  # the client has left
                else:
                    found = played.post(url.path, body) if self.command == "POST" else played.get(url.path, parse_qs(url.query))
                    if url.path == f"{CHAT}/messages" and self.command == "POST" and played.silent_posts > 0:
                        played.silent_posts -= 1
                        self.close_connection = True
                        return
                    if self.command in ("PATCH", "DELETE"):
                        found = played.conversation()
                    self.answer(200 if found is not None else 404, found if found is not None else {"error": {"code": "NOT_FOUND", "message": "no such thing"}})

            do_GET = do_POST = do_PATCH = do_DELETE = serve

            def log_message(self, *_):
                pass

        return Handler
