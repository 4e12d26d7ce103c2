# SPDX-License-Identifier: Apache-2.0
"""The OpenAPI document: valid, complete, and true. The last is judged by requests that it allows and forbids."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Rules that join members, such as a cursor that we gave out, are beyond a schema: what it allows may be 400. What it
# forbids may also be too large.
CONFIG = """
[checks.positive_data_acceptance]
expected-statuses = ["2XX", "400", "401", "402", "403", "404", "409", "413", "415", "429"]
[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "409", "413", "415", "429"]
"""


@pytest.fixture(scope="module")
def document(netguru):
    answer = netguru.client().get("/api/v1/openapi.json")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("application/json")
    return answer.json


def operations(document):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def test_it_is_valid(document):
    validator = pytest.importorskip("openapi_spec_validator")
    validator.validate(document)


def test_it_has_every_route_of_the_api(document):
    described = {(method, path) for method, path, _ in operations(document)}
    rows = re.findall(r"^\| (GET|POST|PATCH|PUT|DELETE) `([^`]+)` \|", (ROOT / "docs/api.md").read_text(), re.M)
    routes = {row for row in rows if row[1].startswith(("/api/v1/", "/health/"))}
    routes -= {("GET", "/api/v1/openapi.json")}
    assert routes == described


def test_operations_are_told_apart_and_have_words(document):
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))
    for method, path, operation in operations(document):
        assert operation["summary"], (method, path)
        assert any(status.startswith("2") for status in operation["responses"]), (method, path)


def test_the_page_shows_it_and_fetches_nothing(netguru, document):
    answer = netguru.client().get("/api/docs")
    page = answer.body.decode()
    assert answer.status == 200
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "<script" not in page and "http://" not in page and "https://" not in page
    for _, path, operation in operations(document):
        assert path in page and operation["summary"] in page


def test_requests_made_from_it_find_nothing(netguru, tmp_path):
    """Schemathesis sends what the document allows, and what it forbids, and judges the answers."""
    tool = Path(sys.executable).parent / "schemathesis"
    if not tool.exists():
        pytest.skip("schemathesis is not installed")
    client = netguru.client().register()
    client.process("core.cfg", b"hostname core\ninterface Loopback0\n ip address 192.0.2.1 255.255.255.255\n")
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG)
    done = subprocess.run(
        [tool, "--config-file", config, "run", f"http://{netguru.address}/api/v1/openapi.json", "--seed", "1",
         "--max-examples", "5", "--header", f"Authorization: Bearer {client.token}", "--no-color",
         "--exclude-path-regex", "/auth/|/events$|/test$"],
        capture_output=True, text=True, cwd=tmp_path, timeout=900, check=False)
    report = done.stdout.partition("= FAILURES =")[2] or done.stdout
    assert done.returncode == 0, report[:8000] + done.stderr[-2000:]
