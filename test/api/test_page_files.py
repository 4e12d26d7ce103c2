# SPDX-License-Identifier: Apache-2.0
"""The page for the browser, as the server serves it: a small stand-in from NETGURU_WEB_DIR, and servers without one."""

import gzip
import os
import random
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from conftest import Client
from waiting import wait_until

INDEX = b'<!doctype html><script type="module" src="/assets/index-Ab12.js"></script>\n'
SCRIPT = "\n".join(f"export const v{i} = {random.Random(i).random()};" for i in range(20000)).encode()
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; "
          "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
          "require-trusted-types-for 'script'; trusted-types 'none'")
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "Accept-Encoding": "gzip, deflate, br, zstd"}


@pytest.fixture(scope="module")
def directory():
    made = Path(tempfile.mkdtemp(prefix="netguru-page-", dir="/tmp"))
    (made / "assets").mkdir()
    for name, content in (("index.html", INDEX), ("assets/index-Ab12.js", SCRIPT)):
        (made / f"{name}.gz").write_bytes(gzip.compress(content, mtime=0))
    (made / "assets/logo-Cd34.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    for path in (made, made / "assets"):
        path.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def page(make_netguru, directory):
    # By a relative path: the servers run elsewhere than the command.
    return make_netguru(NETGURU_WEB_DIR=os.path.relpath(directory)).client()


@pytest.fixture(scope="module")
def without(make_netguru):
    return make_netguru(NETGURU_WEB="false").client()


def check_headers(answer):
    headers = answer.headers
    assert headers.get_all("Content-Security-Policy") == [POLICY]
    assert headers.get_all("X-Content-Type-Options") == ["nosniff"]
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
    denied = headers["Permissions-Policy"].split(", ")
    assert {"camera=()", "microphone=()", "geolocation=()", "usb=()"} < set(denied) and all(item.endswith("=()") for item in denied)
    assert "Access-Control-Allow-Origin" not in headers and "Set-Cookie" not in headers


def test_a_browser_gets_the_page(page):
    for path in ("/", "/index.html", "/topology/7", "/chat?q=1", "/files/a%20b"):
        answer = page.call("GET", path, headers=BROWSER)
        assert answer.status == 200 and gzip.decompress(answer.body) == INDEX
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8" and answer.headers["Cache-Control"] == "no-cache"
        check_headers(answer)
        again = page.call("GET", path, headers={**BROWSER, "If-None-Match": answer.headers["ETag"]})
        assert again.status == 304 and not again.body
        check_headers(again)
    head = page.call("HEAD", "/", headers=BROWSER)
    assert head.status == 200 and not head.body
    check_headers(head)


def test_assets_are_kept_for_a_year(page):
    answer = page.call("GET", "/assets/index-Ab12.js", headers=BROWSER)
    assert gzip.decompress(answer.body) == SCRIPT and answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable" and answer.headers["Vary"] == "Accept-Encoding"
    check_headers(answer)
    assert page.call("GET", "/assets/logo-Cd34.png").headers["Content-Type"] == "image/png"


def test_a_client_that_cannot_unpack_gets_the_plain_file(page):
    for _ in range(3):
        answer = page.call("GET", "/assets/index-Ab12.js")
        assert answer.status == 200 and answer.body == SCRIPT and "Content-Encoding" not in answer.headers
        check_headers(answer)


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/v1/nothing", "/%61pi/x", "/ws", "/ws/nothing", "/mcp/x", "/metrics/a/b", "/health",
                                  "/health/x", "/api/../index.html"])
def test_paths_of_the_server_are_never_the_page(page, without, path):
    for client in (page, without):
        answer = client.call("GET", path, headers=BROWSER)
        assert (answer.status, answer.code) == (404, "NOT_FOUND") and answer.headers["Content-Type"] == "application/json"


def test_other_methods_stay_what_they_were(page, without):
    for client in (page, without):
        answer = client.call("GET", "/api/v1/auth/login", headers=BROWSER)
        assert answer.status == 405 and answer.headers["Allow"] == "POST"
        assert client.call("GET", "/mcp", headers=BROWSER).status == 405
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            assert client.call(method, "/").status == client.call(method, "/index.html").status == 404


@pytest.mark.parametrize("path", ["/assets/index-Zz99.js", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd", "/.git/config"])
def test_a_file_that_is_not_there_is_not_found(page, path):
    answer = page.call("GET", path, headers={"Accept": "*/*"})
    assert (answer.status, answer.code) == (404, "NOT_FOUND")


def test_a_server_without_a_page_says_what_there_is(without):
    answer = without.call("GET", "/", headers=BROWSER)
    assert answer.status == 200 and answer.headers["Content-Type"] == "text/html; charset=utf-8"
    text = answer.body.decode()
    assert "/api/docs" in text and "netguru help" in text and "NETGURU_WEB" in text and "<script" not in text
    check_headers(answer)
    assert without.call("GET", "/index.html", headers=BROWSER).status == 404
    assert without.call("GET", "/topology/7", headers=BROWSER).status == 404


def test_the_program_itself_has_a_page_or_says_that_it_has_none(netguru):
    answer = netguru.client().call("GET", "/", headers={"Accept": "text/html"})
    assert answer.status == 200
    check_headers(answer)
    text = answer.body.decode()
    assert "/assets/" in text or "This build has no page for the browser." in text


def test_what_is_served_to_users_is_no_page_of_ours(page):
    """A document or a diagram that a browser opens cannot act as the page: it is saved, or has no origin."""
    client = Client(page.address).register()
    evil = client.process("evil.cfg", b"hostname <script>alert(1)</script>\ninterface Lo0\n ip address 192.0.2.1 255.255.255.255\n")
    answer = client.call("GET", f"/api/v1/files/{evil['id']}/download", headers={"Authorization": f"Bearer {client.token}", **BROWSER})
    assert answer.headers["Content-Disposition"].startswith("attachment;") and answer.headers["X-Content-Type-Options"] == "nosniff"
    task = client.post("/api/v1/topology/generate", {}).json["task_id"]
    wait_until(lambda: client.get(f"/api/v1/analysis/tasks/{task}").json["status"] == "completed", "the topology is drawn", 60)
    drawn = client.get("/api/v1/topology").json["items"][0]["id"]
    answer = client.get(f"/api/v1/topology/{drawn}/svg")
    policy = answer.headers["Content-Security-Policy"]
    assert answer.status == 200 and "sandbox" in policy and "default-src 'none'" in policy and "allow-" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("content", [None, "nothing"], ids=["no directory", "no index.html"])
def test_a_directory_without_a_page_is_refused(netguru, tmp_path, content):
    directory = tmp_path / "dist"
    if content:
        directory.mkdir()
    done = subprocess.run([netguru.program, "serve"], env={**netguru.environment, "NETGURU_WEB_DIR": str(directory), "NETGURU_HTTP_ADDRESS": "127.0.0.1:0"},
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0 and "NETGURU_WEB_DIR" in done.stderr and str(directory) in done.stderr
