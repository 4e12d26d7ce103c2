# SPDX-License-Identifier: Apache-2.0
"""The page while the network is away, the server restarts, a session ends, and in two tabs."""

import re
import subprocess

import pytest
from waiting import wait_until
from wire import Wire

EMAIL, PASSWORD = "away@example.net", "a good password"
PARTS = ["one two ", "three **four** ", "five ", "six seven."]
WHOLE = "one two three four five six seven."


@pytest.fixture(scope="module")
def netguru(make_netguru, provider):
    """With a model that answers part by part, and a user who has its key."""
    whole = make_netguru(NETGURU_LLM_LOCAL_URLS=provider.url)
    client = whole.client().register(EMAIL, PASSWORD)
    key = {"provider": "local", "key_name": "played", "base_url": provider.url, "model": "played", "key": ""}
    assert client.post("/api/v1/users/me/api-keys", key).status == 201
    return whole


@pytest.fixture
def stored(netguru):
    """stored(tab): the newest message of the conversation that the tab shows."""
    client = netguru.client().login(EMAIL, PASSWORD)

    def newest(tab):
        conversation = re.search("/chat/([0-9a-f-]{36})", tab.path())[1]
        return client.get(f"/api/v1/chat/conversations/{conversation}/messages").json["items"][-1]

    return newest


def begin(tab, provider, parts=PARTS):
    """Asks a question whose answer stops after each part until the test lets it go on."""
    steps = []
    provider.answers += 1
    for i, part in enumerate(parts):
        steps += [{"text": part}, {"wait": f"{provider.answers}.{i}"}]
    provider.script(*steps)
    ask(tab, "count to seven")
    tab.page.wait_for_url("**/chat/*")
    tab.page.get_by_text("one two").first.wait_for()


def ask(tab, question):
    tab.page.get_by_role("textbox", name="Question").fill(question)
    tab.page.keyboard.press("Enter")


def shown(tab, text):
    """How often the text stands in questions and answers."""
    return sum(message.count(text) for message in tab.page.locator("li[id^=message-]").all_inner_texts())


def test_the_network_is_away_in_the_middle_of_an_answer(netguru, browser, provider, stored):
    wire = Wire(netguru.address)
    with browser.user(netguru) as tab:
        tab = tab(wire.address).sign_in(EMAIL, PASSWORD).open("/chat")
        begin(tab, provider)
        wire.cut()
        tab.page.get_by_text("Connection lost").wait_for()
        for part in (0, 1):
            provider.go(part)
        mine = netguru.client().login(EMAIL, PASSWORD)
        conversation = re.search("/chat/([0-9a-f-]{36})", tab.path())[1]
        wait_until(
            lambda: "five" in mine.get(f"/api/v1/chat/conversations/{conversation}/messages").json["items"][-1]["content"],
            "the answer goes on without the page",
        )
        wire.mend()
        tab.page.get_by_text("one two three four five").wait_for()
        for part in (2, 3):
            provider.go(part)
        tab.page.get_by_text(WHOLE).wait_for()
        assert shown(tab, "one two") == 1
    wire.close()


def test_the_server_is_killed_in_the_middle_of_an_answer(netguru, browser, provider, stored):
    with browser.user(netguru) as tab:
        tab = tab().sign_in(EMAIL, PASSWORD).open("/chat")
        begin(tab, provider)
        wait_until(lambda: stored(tab)["content"] == "one two ", "its text is stored")
        subprocess.run(["kill", "-KILL", str(netguru.children()["serve"])], check=True)
        tab.page.get_by_text("The server was stopped while it wrote").wait_for()
        assert shown(tab, "one two") == 1
        provider.script({"text": "All is well again."})
        ask(tab, "and now?")
        tab.page.get_by_text("All is well again.", exact=True).wait_for()


def test_two_tabs_show_the_same_answer_and_either_stops_it(netguru, browser, provider, stored):
    with browser.user(netguru) as tab:
        first = tab().sign_in(EMAIL, PASSWORD).open("/chat")
        begin(first, provider)
        second = tab().open(first.path())
        second.page.get_by_text("one two").first.wait_for()
        provider.go(0)
        for one in (first, second):
            one.page.get_by_text("one two three four").wait_for()
        second.page.get_by_role("button", name="Stop", exact=True).click()
        for one in (first, second):
            one.page.get_by_text("You stopped this answer").wait_for()
        assert stored(first)["state"] == "cancelled"


def test_what_was_typed_is_there_after_the_session_has_ended(netguru, browser, provider):
    with browser.user(netguru) as tab:
        tab = tab().sign_in(EMAIL, PASSWORD).open("/chat")
        tab.page.get_by_role("textbox", name="Question").fill("a question of many words")
        netguru.client().login(EMAIL, PASSWORD).post("/api/v1/auth/logout-all", {})
        provider.script({"text": "An answer of few."})
        tab.page.get_by_role("textbox", name="Question").press("Enter")
        tab.page.get_by_label("E-mail").fill(EMAIL)
        tab.page.locator("input[type=password]").fill(PASSWORD)
        tab.page.locator("button[type=submit]").click()
        question = tab.page.get_by_role("textbox", name="Question")
        question.wait_for()
        assert question.input_value() == "a question of many words"
        question.press("Enter")
        tab.page.get_by_text("An answer of few.", exact=True).wait_for()


def test_nothing_of_one_user_is_left_for_the_next(netguru, browser):
    netguru.client().register("next@example.net", PASSWORD)
    with browser.user(netguru) as tab:
        tab = tab().sign_in(EMAIL, PASSWORD).open("/chat")
        tab.page.get_by_role("textbox", name="Question").fill("a question of many words")
        netguru.client().login(EMAIL, PASSWORD).post("/api/v1/auth/logout-all", {})
        tab.page.get_by_role("textbox", name="Question").press("Enter")
        tab.page.get_by_label("E-mail").fill("next@example.net")
        tab.page.locator("input[type=password]").fill(PASSWORD)
        tab.page.locator("button[type=submit]").click()
        question = tab.page.get_by_role("textbox", name="Question")
        question.wait_for()
        tab.settled()
        assert question.input_value() == ""
        assert "count to seven" not in tab.page.content()
