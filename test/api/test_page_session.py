# SPDX-License-Identifier: Apache-2.0
"""What the browser application uses before and around a login: about, the session in a cookie, the demo by one click."""

import subprocess
import threading

import pytest
from conftest import DEMO, Client, free_port
from waiting import wait_until

PAGE = {"X-NetGuru-Client": "page"}


def post(client, path, body, **headers):
    """As a page that has no access token yet."""
    return client.call("POST", f"/api/v1/auth/{path}", body, {**PAGE, **headers, "Authorization": ""})


def cookie_of(answer):
    return answer.headers["Set-Cookie"].split(";")[0]


@pytest.fixture(scope="module")
def closed(make_netguru):
    """An instance behind a proxy that is trusted, without registration."""
    return make_netguru(NETGURU_REGISTRATION="false", NETGURU_UPLOAD_MAX_MB="7", NETGURU_TRUSTED_PROXIES="127.0.0.1")


def test_about_has_what_the_login_page_needs(netguru, closed):
    answer = netguru.client().get("/api/v1/about")
    assert answer.status == 200 and answer.headers["Cache-Control"] == "no-store"
    about = answer.json
    assert about["name"] == "NetGuru" and about["version"]
    assert about == {**about, "registration_open": True, "demo": True, "limits": {"upload_max_bytes": 500 << 20}}
    assert set(about) == {"name", "version", "registration_open", "demo", "limits"}
    about = closed.client().get("/api/v1/about").json
    assert about["registration_open"] is False and about["limits"] == {"upload_max_bytes": 7 << 20}


def test_a_session_in_a_cookie_lives_as_long_as_one_in_a_file(netguru):
    client = netguru.client()
    opened = post(client, "login", {"email": DEMO, "password": netguru.password, "cookie": True})
    assert opened.status == 200 and "refresh_token" not in opened.json
    renewed = post(client, "refresh", {"cookie": True}, Cookie=cookie_of(opened))
    assert renewed.status == 200 and "refresh_token" not in renewed.json
    client.token = renewed.json["access_token"]
    assert client.get("/api/v1/users/me").json["email"] == DEMO
    left = client.call("POST", "/api/v1/auth/logout", headers={"Cookie": cookie_of(renewed)})
    assert left.status == 204 and "Max-Age=0" in left.headers["Set-Cookie"]
    assert post(client, "refresh", {"cookie": True}, Cookie=cookie_of(renewed)).status == 401


def test_two_tabs_that_refresh_at_the_same_moment_stay_logged_in(netguru):
    client = netguru.client()
    for _ in range(10):
        cookie = cookie_of(post(client, "login", {"email": DEMO, "password": netguru.password, "cookie": True}))
        answers = []
        tabs = [threading.Thread(target=lambda c=cookie: answers.append(post(client, "refresh", {"cookie": True}, Cookie=c))) for _ in range(2)]
        for tab in tabs:
            tab.start()
        for tab in tabs:
            tab.join()
        assert [answer.status for answer in answers] == [200, 200]
        assert len({cookie_of(answer) for answer in answers}) == 1
        assert post(client, "refresh", {"cookie": True}, Cookie=cookie_of(answers[0])).status == 200


def test_the_cookie_is_secure_behind_tls(netguru, closed):
    body = {"email": DEMO, "password": closed.password, "cookie": True}
    header = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.9"}
    assert post(closed.client(), "login", body, **header).headers["Set-Cookie"].endswith("; Secure")
    assert "Secure" not in post(closed.client(), "login", body).headers["Set-Cookie"]
    body["password"] = netguru.password
    assert "Secure" not in post(netguru.client(), "login", body, **header).headers["Set-Cookie"]


def test_the_demo_opens_by_one_click_on_this_machine(netguru):
    client = netguru.client()
    answer = post(client, "demo", {"cookie": True}, Origin=f"http://{netguru.address}", **{"Sec-Fetch-Site": "same-origin"})
    assert answer.status == 200 and "refresh_token" not in answer.json and "HttpOnly" in answer.headers["Set-Cookie"]
    client.token = answer.json["access_token"]
    assert client.get("/api/v1/users/me").json["email"] == DEMO
    assert post(client, "refresh", {"cookie": True}, Cookie=cookie_of(answer)).status == 200
    answer = post(client, "demo", {}, Host=f"localhost:{netguru.address.split(':')[1]}")
    assert answer.status == 200 and answer.json["refresh_token"]
    sessions = client.get("/api/v1/auth/sessions").json["items"]
    assert sessions[0]["address"] == "127.0.0.1"


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_the_demo_is_not_there_for_others(netguru, closed, header):
    for instance in (netguru, closed):
        for value in ("192.0.2.9", "127.0.0.1"):
            client = instance.client()
            answer = post(client, "demo", {"cookie": True}, **{header: value})
            assert (answer.status, answer.code) == (404, "NOT_FOUND")
            about = client.call("GET", "/api/v1/about", headers={header: value}).json
            assert about["demo"] is False


@pytest.mark.parametrize("host", ["netguru.example", "127.0.0.1.evil.example:8000", "localhost.evil.example", "192.0.2.1:8000", "[2001:db8::1]:80", "[", "[]"])
def test_a_name_made_to_mean_this_machine_gets_no_demo(netguru, host):
    answer = post(netguru.client(), "demo", {"cookie": True}, Host=host, Origin=f"http://{host}")
    assert answer.status in (400, 404) and "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("headers", [
    {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"X-NetGuru-Client": ""},
], ids=str)
def test_the_demo_is_refused_to_pages_of_others(netguru, headers):
    for body in ({}, {"cookie": True}):
        answer = post(netguru.client(), "demo", body, **headers)
        assert (answer.status, answer.code) == (403, "FORBIDDEN") and "Set-Cookie" not in answer.headers


def test_without_demo_there_is_none(netguru):
    """A serve of its own beside the instance, without the setting."""
    address = f"127.0.0.1:{free_port()}"
    with subprocess.Popen([netguru.program, "serve"], env={**netguru.environment, "NETGURU_HTTP_ADDRESS": address},
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            client = Client(address)

            def is_ready():
                try:
                    return client.get("/health/ready").status == 200
                except OSError:
                    return False

            wait_until(is_ready, "the second serve is ready", 60)
            answer = post(client, "demo", {"cookie": True})
            assert (answer.status, answer.code) == (404, "NOT_FOUND")
            assert client.get("/api/v1/about").json["demo"] is False
        finally:
            process.terminate()
            process.wait(30)
