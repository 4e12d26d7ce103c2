# SPDX-License-Identifier: Apache-2.0
"""Hostile names, banners, descriptions, log lines and questions on the page: they are text and nothing else."""

import pytest
from hostile_page import ATTACKS, PLANTED, configuration, log, markdown


@pytest.fixture(scope="module")
def victim(netguru):
    email, password = "victim@example.net", "a good password"
    client = netguru.client().register(email, password)
    files = [
        client.process(f"{ATTACKS[0]}.cfg", configuration("<b>core</b>", "10.0.0.1", "10.0.0.2")),
        client.process("two.cfg", configuration("two", "10.0.0.2", "10.0.0.1")),
        client.process("attack.log", log()),
        client.process("attack.md", markdown()),
    ]
    client.post("/api/v1/topology/generate", {"title": ATTACKS[1]})
    conversation = client.post("/api/v1/chat/conversations", {"title": ATTACKS[2]}).json["id"]
    client.post(f"/api/v1/chat/conversations/{conversation}/messages", {"content": " ".join(ATTACKS)})
    return email, password, [file["id"] for file in files], conversation


def test_no_script_runs_and_nothing_is_fetched_from_elsewhere(netguru, browser, victim):
    email, password, files, conversation = victim
    with browser.user(netguru) as tab:
        tab = tab().sign_in(email, password)
        foreign, dialogs = [], []
        tab.page.on("request", lambda request: None if request.url.startswith((f"http://{netguru.address}/", "blob:", "data:")) else foreign.append(request.url))
        tab.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        rooms = ["/", "/files", "/findings", "/topology", f"/chat/{conversation}", "/chat", "/search?q=attacker", "/account/profile"]
        for path in [*rooms, *(f"/files/{file}" for file in files)]:
            tab.open(path).shell()
            tab.settled()
            assert tab.page.evaluate(f"() => window.{PLANTED}") is None, path
            assert tab.page.locator("#page script, #page iframe, #page object, #page embed, #page img[src^=http]").count() == 0, path
            assert [text for text in tab.complaints if "Content Security Policy" in text or "TrustedHTML" in text] == [], path
        assert not foreign and not dialogs
        # The attacks were really shown: the banner stands in the room of the file.
        tab.open(f"/files/{files[0]}")
        tab.page.get_by_text("onerror").first.wait_for()


def test_a_file_that_a_browser_would_run_is_only_saved(netguru, victim):
    email, password, files, _ = victim
    client = netguru.client().login(email, password)
    answer = client.get(f"/api/v1/files/{files[3]}/download")
    assert answer.status == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_page_allows_only_itself(netguru, browser):
    policy = netguru.client().get("/").headers["Content-Security-Policy"]
    assert "unsafe" not in policy and "*" not in policy and "http" not in policy
    with browser.user(netguru) as tab:
        tab = tab().open("/")
        tab.page.locator("button[type=submit]").wait_for()
        refused = tab.page.evaluate(
            "() => { try { document.body.innerHTML = '<p>'; return false } catch (error) { return error instanceof TypeError } }"
        )
        assert refused, "a string was written as HTML"
