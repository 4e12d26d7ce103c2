# SPDX-License-Identifier: Apache-2.0
"""A collector of OpenTelemetry that is played: it takes OTLP over HTTP, and answers as a test wants."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse


class Collector:
    def __init__(self):
        self.lock = threading.Condition()
        self.bodies = []  # of all requests, in order
        self.heads = []  # (path, headers)
        self.spans = {}  # id -> span of what was taken
        self.processes = {}  # id of a span -> process
        self.resources = []
        self.doubled = 0
        self.queue = []  # what becomes of the next requests: a function of the handler
        self.released = threading.Event()  # ends the silence of a request that is not answered
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()

    def take(self, body):
        request = ExportTraceServiceRequest.FromString(body)
        for of_resource in request.resource_spans:
            resource = attributes(of_resource.resource)
            self.resources.append(resource)
            for of_scope in of_resource.scope_spans:
                assert of_scope.scope.name == "netguru"
                for span in of_scope.spans:
                    self.doubled += span.span_id in self.spans
                    self.spans[span.span_id] = span
                    self.processes[span.span_id] = resource["netguru.process"]

    def of_trace(self, trace):
        """The spans of a trace, which X-Request-Id names."""
        wanted = bytes.fromhex(trace.replace("-", ""))
        with self.lock:
            return [span for span in self.spans.values() if span.trace_id == wanted]

    def texts(self):
        """All bytes that arrived, headers included."""
        with self.lock:
            return b"\n".join(self.bodies).decode("utf-8", "replace")

    def handler(collector):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self, status, headers=None, body=b""):
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with collector.lock:
                    collector.bodies.append(body)
                    collector.heads.append((self.path, dict(self.headers)))
                    instead = collector.queue.pop(0) if collector.queue else None
                if instead:
                    instead(self)
                else:
                    with collector.lock:
                        collector.take(body)
                    self.answer(200, {"Content-Type": "application/x-protobuf"}, ExportTraceServiceResponse().SerializeToString())
                with collector.lock:
                    collector.lock.notify_all()

        return Handler


def attributes(carrier):
    """The attributes of a span or resource as a dictionary."""
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in carrier.attributes}
