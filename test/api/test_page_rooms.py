# SPDX-License-Identifier: Apache-2.0
"""Every room of the page: it loads, in both languages and themes, wide and narrow, without a complaint of
the browser, a violation of accessibility or a line that is too wide."""

import re

import pytest
from browser_page import ENGLISH, NARROW, PORTUGUESE, WIDE
from conftest import ROOT

ROOMS = [
    "/",
    "/files",
    "/findings",
    "/topology",
    "/chat",
    "/search",
    "/search?q=ospf",
    "/compare",
    "/usage",
    "/account",
    "/account/keys",
    "/account/tokens",
    "/account/sessions",
    "/account/privacy",
    "/no/such/page",
]


SESSION = b"""core1#show ip ospf neighbor

Neighbor ID     Pri   State           Dead Time   Address         Interface
10.255.0.2        1   FULL/DR         00:00:36    10.0.0.2        GigabitEthernet0/0
10.255.0.3        1   EXSTART/BDR     00:00:31    10.0.0.6        GigabitEthernet0/2
core1#show odd things
nothing
core1#
"""


@pytest.fixture(scope="module")
def filled(netguru):
    """The demo account with a few files of the sample network and a topology of them."""
    demo = netguru.demo()
    files = {}
    for name in ("configs/lis-edge2.cfg", "configs/lis-dist2.cfg", "configs/opo-rtr1.conf", "logs/network-2026-03-12.log",
                 "captures/http-loss-client.pcap"):
        path = ROOT / "sample" / name
        files[path.name] = demo.process(path.name, path.read_bytes())
    files["core1-session.txt"] = demo.process("core1-session.txt", SESSION)
    task = demo.post("/api/v1/topology/generate", {}).json["task_id"]
    from waiting import wait_until

    wait_until(lambda: demo.get(f"/api/v1/analysis/tasks/{task}").json["status"] == "completed", "the topology")
    return files


@pytest.mark.parametrize(
    "language, theme, size",
    [(ENGLISH, "light", WIDE), (PORTUGUESE, "dark", WIDE), (ENGLISH, "dark", NARROW), (PORTUGUESE, "light", NARROW)],
    ids=["en-light-wide", "pt-dark-wide", "en-dark-narrow", "pt-light-narrow"],
)
def test_every_room(netguru, browser, filled, language, theme, size):
    wrong = []
    with browser.user(netguru, language, theme, size) as tab:
        tab = tab().demo()
        for path in [*ROOMS, *(f"/files/{file['id']}" for file in filled.values())]:
            tab.open(path).shell()
            tab.settled()
            wrong += [f"{path}: {text}" for text in tab.complaints + tab.axe()]
            if tab.overflow() > 0:
                wrong.append(f"{path}: {tab.overflow()} pixels wider than the window")
            tab.complaints.clear()
    assert not wrong, "\n".join(wrong)


def test_the_login_page(netguru, browser):
    for language, theme in ((ENGLISH, "light"), (PORTUGUESE, "dark")):
        with browser.user(netguru, language, theme, NARROW) as tab:
            tab = tab().open("/files")
            tab.page.locator("button[type=submit]").wait_for()
            # The request for a new token is refused, which the browser reports: nobody is signed in.
            assert [text for text in tab.complaints if "401" not in text] == []
            assert tab.axe() == []
            tab.page.get_by_label("E-mail").fill("nobody@example.net")
            tab.page.locator("input[type=password]").fill("not the password")
            tab.page.locator("button[type=submit]").click()
            tab.page.get_by_role("alert").wait_for()
            assert tab.path() == "/files"


def test_the_page_is_what_the_address_names_after_signing_in(netguru, browser):
    email = "page@example.net"
    netguru.client().register(email, "a good password")
    with browser.user(netguru) as tab:
        first = tab().sign_in(email, "a good password").open("/account/sessions")
        first.shell()
        second = tab().open("/files")
        second.shell()
        first.page.get_by_role("button", name="Sign out", exact=True).click()
        for one in (first, second):
            one.page.locator("button[type=submit]").wait_for()
        assert second.path() == "/files"


def test_nothing_secret_is_in_storage(netguru, browser):
    with browser.user(netguru) as tab:
        tab = tab().demo()
        kept = tab.page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
        assert not re.search(r"eyJ|token|refresh", kept), kept


def test_the_types_are_made_of_what_the_server_says(netguru):
    """`npm run types` makes web/src/api/schema.d.ts of web/openapi.json, which is the server's document."""
    import json

    kept = json.loads((ROOT / "web/openapi.json").read_text())
    said = netguru.client().get("/api/v1/openapi.json").json
    for document in (kept, said):
        document["info"].pop("version")
    assert kept == said, "update web/openapi.json from /api/v1/openapi.json, then: cd web && npm run types"
