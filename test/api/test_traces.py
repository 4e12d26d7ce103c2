# SPDX-License-Identifier: Apache-2.0
"""Traces of a whole installation, as a collector of OpenTelemetry gets them, and the log beside them."""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from collector import attributes
from conftest import ROOT, free_port
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from waiting import wait_until

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
PLANTED = "planted4e9d"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


@pytest.fixture(scope="module")
def traced(make_netguru, collector, provider):
    settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_EXPORTER_OTLP_HEADERS": "x-tenant=a%20b,x-key=1",
                "OTEL_SERVICE_NAME": "nets", "NETGURU_LLM_LOCAL_URLS": provider.url,
                "NETGURU_SLOW_STATEMENT_MS": "1", "NETGURU_SLOW_PLANS_MS": "1"}
    return make_netguru(**settings)


@pytest.fixture(scope="module")
def user(traced):
    return traced.demo()


def tree(collector, answer, wanted):
    """name -> spans of the trace of an answer, once the named ones are there."""

    def found():
        names = {}
        for span in collector.of_trace(answer.headers["X-Request-Id"]):
            names.setdefault(span.name, []).append(span)
        return names if all(name in names for name in wanted) else None

    def missing():
        return f"spans {wanted} among {sorted({span.name for span in collector.of_trace(answer.headers['X-Request-Id'])})}"

    return wait_until(found, missing)


def assert_within(child, parent):
    assert child.parent_span_id == parent.span_id, (child.name, parent.name)
    assert child.start_time_unix_nano >= parent.start_time_unix_nano - 1_000_000


def test_request_has_its_statements(collector, user):
    answer = user.get("/api/v1/files")
    spans = tree(collector, answer, ["GET /api/v1/files"])
    [request] = spans.pop("GET /api/v1/files")
    assert (request.kind, request.parent_span_id) == (Span.SPAN_KIND_SERVER, b"")
    assert attributes(request) == {"http.request.method": "GET", "http.route": "/api/v1/files", "http.response.status_code": 200}
    assert request.start_time_unix_nano <= request.end_time_unix_nano <= time.time_ns()
    [[statement]] = spans.values()
    assert_within(statement, request)
    assert statement.kind == Span.SPAN_KIND_CLIENT
    assert attributes(statement) == {"db.system.name": "postgresql", "db.operation.name": statement.name}
    assert f'"{statement.name}"' in "".join(file.read_text() for file in (ROOT / "src").rglob("*.c"))


def test_upload_has_the_job_and_its_statements(collector, traced, user):
    answer = user.upload(f"{PLANTED}.cfg", (ROOT / "sample/configs/lis-edge1.cfg").read_bytes())
    assert user.settled(answer.json)["status"] == "completed"
    spans = tree(collector, answer, ["POST /api/v1/files/upload", "process rag", "job_complete"])
    [request], [job], [end] = spans["POST /api/v1/files/upload"], spans["process rag"], spans["job_complete"]
    assert_within(job, request)
    assert_within(end, job)
    assert (collector.processes[request.span_id], collector.processes[job.span_id]) == ("serve", "work")
    assert job.kind == Span.SPAN_KIND_CONSUMER
    assert attributes(job) == {
        "messaging.system": "celery", "messaging.operation.type": "process", "messaging.destination.name": "rag",
        "netguru.job.type": "document_processing", "netguru.job.attempt": 1,
    }
    # The lines of the worker have the same trace, with the user and the job.
    task = answer.json["task"]["id"]
    lines = [line for line in log_of(traced, "work") if line.get("trace") == answer.headers["X-Request-Id"]]
    assert lines and all(line["job"] == task and re.fullmatch(UUID, line["user"]) for line in lines), lines
    assert any(line["event"] == "db.slow_statement" and line["statement"] and line["ms"] >= 1 for line in lines)


def test_question_has_its_turn_with_provider_and_tool(collector, traced, user, provider):
    added = traced.run("login", "demo@netguru.example", NETGURU_PASSWORD=traced.password)
    assert added.returncode == 0
    traced.run("keys", "add", "local", "--base-url", provider.url, "--model", PLANTED, NETGURU_API_KEY="")
    usage = {"input": 12, "output": 3}
    provider.post("/_script", {"answers": [
        {"steps": [{"tool": {"name": "list_documents", "arguments": {}}}], "stop": "tools", "usage": usage},
        {"steps": [{"text": f"As it is. {PLANTED}"}], "usage": usage},
    ]})
    conversation = user.post("/api/v1/chat/conversations", {"title": "t"}).json
    answer = user.post(f"/api/v1/chat/conversations/{conversation['id']}/messages", {"content": f"Why? {PLANTED}", "mode": "model"})
    assert answer.status == 202, answer.body
    route = "POST /api/v1/chat/conversations/{id}/messages"
    spans = tree(collector, answer, [route, "invoke_agent netguru", "execute_tool list_documents"])
    [request], [turn], [tool] = spans[route], spans["invoke_agent netguru"], spans["execute_tool list_documents"]
    assert_within(turn, request)
    assert_within(tool, turn)
    calls = sorted(spans["chat"], key=lambda span: span.start_time_unix_nano)
    assert len(calls) >= 2  # the title is another one
    for call in calls:
        assert_within(call, turn)
        assert call.kind == Span.SPAN_KIND_CLIENT
    assert attributes(calls[0]) == {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "local", "gen_ai.usage.input_tokens": 12, "gen_ai.usage.output_tokens": 3,
    }
    assert attributes(turn) == {
        "gen_ai.operation.name": "invoke_agent", "netguru.turn.state": "complete",  # a local model is not billed
    }
    assert attributes(tool) == {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "list_documents"}
    assert calls[0].end_time_unix_nano <= tool.start_time_unix_nano + 1_000_000
    assert any(span.parent_span_id == tool.span_id for group in spans.values() for span in group)
    # The ids of our traces do not leave for the provider.
    with provider_requests(provider) as requests:
        assert requests and not any(name.lower() in ("traceparent", "tracestate") for request in requests for name in request["headers"])


class provider_requests:
    def __init__(self, provider):
        import urllib.request

        with urllib.request.urlopen(provider.url + "/_requests", timeout=60) as answer:
            self.found = json.load(answer)

    def __enter__(self):
        return self.found["requests"] if isinstance(self.found, dict) else self.found

    def __exit__(self, *_):
        pass


def test_failure_is_marked_without_its_message(collector, traced, user, provider):
    provider.post("/_script", {"answers": [{"status": 400, "error": {"type": "x", "message": PLANTED}}]})
    conversation = user.post("/api/v1/chat/conversations", {"title": "t"}).json
    answer = user.post(f"/api/v1/chat/conversations/{conversation['id']}/messages", {"content": "Why?", "mode": "model"})
    spans = tree(collector, answer, ["invoke_agent netguru", "chat"])
    [call], [turn] = spans["chat"], spans["invoke_agent netguru"]
    assert (call.status.code, call.status.message) == (Status.STATUS_CODE_ERROR, "")
    assert attributes(call)["error.type"] == "bad_request"
    assert (turn.status.code, attributes(turn)["netguru.turn.state"]) == (Status.STATUS_CODE_ERROR, "failed")


def test_trace_of_the_client_goes_on(collector, user):
    answer = user.call("GET", "/api/v1/files", headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
    assert answer.headers["X-Request-Id"].replace("-", "") == TRACE
    [request] = tree(collector, answer, ["GET /api/v1/files"])["GET /api/v1/files"]
    assert request.parent_span_id == bytes.fromhex(PARENT)


def test_trace_that_the_client_does_not_record_is_not_recorded(collector, user):
    trace = TRACE[:-1] + "7"
    answer = user.call("GET", "/api/v1/files", headers={"traceparent": f"00-{trace}-{PARENT}-00"})
    assert answer.headers["X-Request-Id"].replace("-", "") == trace
    later = user.get("/api/v1/files")
    tree(collector, later, ["GET /api/v1/files"])
    assert not collector.of_trace(trace)


@pytest.mark.parametrize("hostile", ["", "x", f"00-{'0' * 32}-{PARENT}-01", f"00-{TRACE.upper()}-{PARENT}-01", f"00-{TRACE}-{PARENT}-01-{PLANTED}",
                                     f"ff-{TRACE}-{PARENT}-01", f"00-{TRACE}-{PARENT}-01, 00-{TRACE}-{PARENT}-01", "00-" + "a" * 4000])
def test_hostile_traceparent_begins_a_trace_of_our_own(user, hostile):
    answer = user.call("GET", "/api/v1/files", headers={"traceparent": hostile})
    assert answer.status == 200
    assert re.fullmatch(UUID, answer.headers["X-Request-Id"]) and answer.headers["X-Request-Id"].replace("-", "") != TRACE


def test_health_and_scrapes_are_no_traces(collector, traced, user):
    quiet = [traced.client().get(path) for path in ("/health/live", "/health/ready", "/metrics")]
    tree(collector, user.get("/api/v1/files"), ["GET /api/v1/files"])
    assert not any(collector.of_trace(answer.headers["X-Request-Id"]) for answer in quiet)


def test_requests_to_the_collector_are_as_it_expects(collector, user):
    tree(collector, user.get("/api/v1/files"), ["GET /api/v1/files"])
    path, headers = collector.heads[0]
    headers = {name.lower(): value for name, value in headers.items()}
    assert path == "/v1/traces"
    assert headers["content-type"] == "application/x-protobuf"
    assert (headers["x-tenant"], headers["x-key"]) == ("a b", "1")
    assert all(resource["service.name"] == "nets" and re.fullmatch(UUID, resource["service.instance.id"]) for resource in collector.resources)
    assert {resource["netguru.process"] for resource in collector.resources} >= {"serve", "work"}


def test_nothing_of_a_user_is_in_a_span(collector, user):
    user.get(f"/{PLANTED}?token={PLANTED}")
    user.post("/api/v1/search", {"query": f"{PLANTED} ospf"})
    tree(collector, user.get("/api/v1/files"), ["GET /api/v1/files"])
    assert len(collector.bodies) > 1
    assert PLANTED not in collector.texts()
    for span in list(collector.spans.values()):
        assert not re.search(UUID, span.name + str(attributes(span))), span


def test_plans_of_slow_statements_are_logged(traced, user):
    log = Path(traced.home, "postgres/log/postgresql.log")
    user.post("/api/v1/search", {"query": "ospf area"})
    wait_until(lambda: re.search(r"duration: \S+ ms  plan:\n\tQuery Text: /\* \w+ \*/ ", log.read_text()), "a plan is in the log")
    assert "WARNING" not in log.read_text()
    assert log.stat().st_mode & 0o077 == 0


# What a collector may do wrong.


def metric(traced, outcome):
    text = traced.client().get("/metrics/serve-1").body.decode()
    return float(re.search(rf'^netguru_trace_spans_total{{outcome="{outcome}"}} (\S+)', text, re.M)[1])


def flood(handler):
    handler.answer(200, body=b"x" * 1_000_000)


def redirect(handler):
    handler.answer(307, {"Location": f"http://127.0.0.1:{free_port()}/elsewhere"})


def gone(handler):
    handler.close_connection = True


def unavailable(handler):
    handler.answer(503, {"Retry-After": "1"})


def refused(handler):
    handler.answer(400, body=PLANTED.encode())


@pytest.mark.parametrize("instead", [unavailable, gone, flood])
def test_batch_is_sent_again_after_a_passing_failure(collector, user, instead):
    with collector.lock:
        collector.queue = [instead, instead]
    answer = user.get("/api/v1/files")
    tree(collector, answer, ["GET /api/v1/files"])
    assert not collector.queue


@pytest.mark.parametrize("instead", [refused, redirect])
def test_batch_that_is_refused_is_given_up(collector, traced, user, instead):
    before = metric(traced, "failed")
    lost = []
    with collector.lock:
        collector.queue = [lambda handler: (lost.append(handler.path), instead(handler))]
    user.get("/api/v1/files")
    wait_until(lambda: metric(traced, "failed") > before, "the spans are given up")
    # Later ones arrive.
    tree(collector, user.get("/api/v1/files"), ["GET /api/v1/files"])
    assert lost == ["/v1/traces"]


def test_requests_do_not_wait_for_a_silent_collector(collector, traced, user):
    silent = []

    def be_silent(handler):
        silent.append(1)
        collector.released.wait(60)
        handler.close_connection = True

    with collector.lock:
        collector.queue = [be_silent]
    user.get("/api/v1/files")
    wait_until(lambda: silent, "the collector is silent")
    dropped = metric(traced, "dropped")
    for _ in range(50):
        assert user.get("/api/v1/files").status == 200
    assert metric(traced, "dropped") == dropped
    collector.released.set()
    tree(collector, user.get("/api/v1/files"), ["GET /api/v1/files"])


def test_failures_are_logged_once(traced):
    events = [line for line in log_of(traced, "serve") if line["event"] in ("traces.not_exported", "traces.exported_again")]
    assert len(events) >= 4
    for first, second in zip(events, events[1:]):
        assert first["event"] != second["event"]
    assert PLANTED not in json.dumps(events)


# Rotation.


def log_of(instance, name):
    return [json.loads(line) for line in Path(instance.home, f"log/{name}.log").read_text().splitlines()]


def test_renamed_logs_are_opened_again_and_no_line_is_lost(traced, user):
    home = Path(traced.home)
    names = ["log/serve.log", "log/work.log", "log/redis.log", "postgres/log/postgresql.log"]
    before = traced.children()
    first = user.get("/api/v1/files")
    for name in names:
        os.rename(home / name, home / f"{name}.1")
    between = user.get("/api/v1/files")
    traced.process.send_signal(signal.SIGHUP)
    wait_until(lambda: all((home / name).exists() for name in names if "redis" not in name), "the logs are opened again")
    after = user.get("/api/v1/files")
    subprocess.run(["redis-cli", "-s", home / "run/redis.sock", "BGREWRITEAOF"], check=True, capture_output=True)
    wait_until((home / "log/redis.log").exists, "Redis logs")
    subprocess.run(["psql", "-X", "-c", "SELECT nothing", f"host={home}/run user=postgres dbname=netguru"], check=False, capture_output=True)
    wait_until(lambda: 'column "nothing"' in (home / names[3]).read_text(), "PostgreSQL logs")
    new, old = (home / names[0]).read_text(), (home / f"{names[0]}.1").read_text()
    assert after.headers["X-Request-Id"] in new and after.headers["X-Request-Id"] not in old
    for answer in (first, between):
        assert answer.headers["X-Request-Id"] in old and answer.headers["X-Request-Id"] not in new
    assert traced.children() == before
    # No descriptor of serve keeps the old file.
    links = [os.readlink(f"/proc/{before['serve']}/fd/{number}") for number in (1, 2)]
    assert links == [str(home / names[0])] * 2


def test_last_spans_are_sent_when_the_server_stops(collector, traced, user):
    answer = user.get("/api/v1/files")
    traced.stop()
    assert traced.process.returncode == -signal.SIGTERM
    assert collector.of_trace(answer.headers["X-Request-Id"])
    assert not collector.doubled


@pytest.mark.parametrize("setting", [{"NETGURU_TRACES_URL": "ftp://127.0.0.1/x"}, {"NETGURU_TRACES_URL": "http://u:p@127.0.0.1/x"},
                                     {"NETGURU_TRACES_SAMPLER": "jaeger_remote"}, {"NETGURU_TRACES_SAMPLER": "traceidratio", "NETGURU_TRACES_SAMPLER_ARG": "2"},
                                     {"NETGURU_TRACES_HEADERS": f"={PLANTED}"}, {"NETGURU_TRACES_HEADERS": f"a={PLANTED}%0a"}])
def test_setting_that_cannot_be_used_is_named(traced, setting):
    environment = {**{"NETGURU_TRACES_URL": "http://127.0.0.1:1/"}, **setting}
    done = traced.run("up", check=False, **environment)
    assert done.returncode not in (0, None)
    assert list(setting)[0] in done.stderr and PLANTED not in done.stderr
