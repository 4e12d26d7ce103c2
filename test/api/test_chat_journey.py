# SPDX-License-Identifier: Apache-2.0
"""netguru chat in a whole NetGuru: from the sources, and with a played model that a test holds back."""

import json
import re
import signal
import subprocess
from pathlib import Path

import pytest
from conftest import DEMO, PROGRAM, ROOT
from terminal import Terminal
from waiting import wait_until

CONFIGS = ("lis-edge2.cfg", "lis-dist2.cfg")
PARTS = ["one two ", "three **four** ", "five\n", "six seven.\n"]


@pytest.fixture(scope="module")
def whole(make_netguru, provider):
    whole = make_netguru(NETGURU_LLM_LOCAL_URLS=provider.url)
    whole.run("login", DEMO, NETGURU_PASSWORD=whole.password)
    client = whole.client_of_demo = whole.demo()
    for name in CONFIGS:
        assert client.process(name, (ROOT / "sample/configs" / name).read_bytes())["status"] == "completed"
    task = client.post("/api/v1/topology/generate", {}).json["task_id"]
    wait_until(lambda: client.get(f"/api/v1/analysis/tasks/{task}").json["status"] == "completed", "the topology is generated")
    added = whole.run("keys", "add", "local", "--base-url", provider.url, "--model", "played", NETGURU_API_KEY="")
    assert added.returncode == 0, added
    return whole


def on_terminal(whole, *words):
    return Terminal([PROGRAM, *words], {**whole.environment, "HOME": str(Path(whole.home).parent)})


def begin(whole, provider, parts=PARTS):
    """Asks a question whose answer stops after each part until the test lets it go on."""
    steps = []
    provider.answers += 1
    for i, part in enumerate(parts):
        steps += [{"text": part}, {"wait": f"{provider.answers}.{i}"}]
    provider.script(*steps)
    terminal = on_terminal(whole, "chat", "--model", "local/played")
    terminal.wait_for("> ")
    terminal.type("why does lis-edge2 not see all its neighbours?\r")
    terminal.wait_for("one two")
    return terminal, re.search("conversation ([0-9a-f-]{36})", terminal.text)[1]


def stored(whole, conversation):
    return whole.client_of_demo.get(f"/api/v1/chat/conversations/{conversation}/messages").json["items"][-1]


def test_the_answer_from_the_sources_cites_lines_that_can_be_shown(whole):
    terminal = on_terminal(whole, "chat", "--model", "sources")
    terminal.wait_for("> ")
    terminal.type("why does lis-edge2 not see all its neighbours?\r")
    wait_until(lambda: terminal.read() and re.search(r"\n\[\d+\] lis-edge2\.cfg:", terminal.text), "the sources are listed")
    place = re.search(r"\n\[(\d+)\] lis-dist2\.cfg:[0-9-]*105\n", terminal.text)
    terminal.type(f"/cite {place[1]}\r")
    terminal.wait_for(">   105     mtu 9214")
    wait_until(lambda: terminal.read() and terminal.text.endswith("\n> "), "the prompt is there")
    terminal.type("\x04")
    assert terminal.wait() == 0


def test_an_answer_goes_on_when_the_terminal_is_closed(whole, provider):
    terminal, conversation = begin(whole, provider)
    assert terminal.close() == -signal.SIGHUP
    provider.go(0)
    wait_until(lambda: "four" in stored(whole, conversation)["content"], "the answer goes on")
    terminal = on_terminal(whole, "chat", conversation)
    terminal.wait_for("one two three")
    for i in (1, 2, 3):
        provider.go(i)
    terminal.wait_for("six seven.\n> ")
    terminal.type("\x04")
    assert terminal.wait() == 0
    assert terminal.text.count("one two three four five\nsix seven.\n") == 1
    assert "> why does lis-edge2 not see all its neighbours?\n" in terminal.text
    assert stored(whole, conversation)["content"] == "".join(PARTS)


def test_ctrl_c_stops_the_model_and_keeps_its_text(whole, provider):
    terminal, conversation = begin(whole, provider)
    terminal.type("\x03")
    terminal.wait_for("(cancelled")
    terminal.type("/quit\r")
    assert terminal.wait() == 0
    message = stored(whole, conversation)
    assert (message["state"], message["content"]) == ("cancelled", "one two ")


def test_an_answer_is_read_on_when_serve_is_killed(whole, provider):
    terminal, conversation = begin(whole, provider)
    wait_until(lambda: stored(whole, conversation)["content"] == "one two ", "its text is stored")
    subprocess.run(["kill", "-KILL", str(whole.children()["serve"])], check=True)
    terminal.wait_for("(interrupted")
    terminal.type("/quit\r")
    assert terminal.wait() == 0
    assert terminal.text.count("one two") == 1


def test_the_commands_of_conversations_work_on_a_real_server(whole, provider):
    provider.script({"text": "The MTU is **9214** on zanzibar.\n"})
    asked = whole.run("ask", "--model", "local/played", "which mtu has lis-dist2?")
    assert asked.stdout.startswith("The MTU is **9214** on zanzibar.\n")
    conversation = re.search("netguru chat ([0-9a-f-]{36}) continues", asked.stderr)[1]
    whole.run("conversations", "rename", conversation, "The", "MTU")
    assert f"{conversation}  " in whole.run("conversations").stdout
    assert "The MTU" in whole.run("conversations", "list").stdout
    assert "which mtu has lis-dist2?" in whole.run("conversations", "show", conversation).stderr
    assert whole.run("conversations", "export", conversation).stdout.startswith("# The MTU\n")
    assert conversation in whole.run("conversations", "search", "zanzibar").stdout
    assert "tokens" in whole.run("usage").stdout
    usage = json.loads(whole.run("usage", "--json").stdout)
    assert usage["quota"] > 0 and usage["used_today"] == 0, "a local model uses up no quota"
    whole.run("conversations", "delete", conversation)
    assert whole.run("conversations", "show", conversation, check=False).returncode == 4
