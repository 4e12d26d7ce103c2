# SPDX-License-Identifier: Apache-2.0
"""netguru chat, conversations and usage against a played server that loses connections."""

import json
import os
import signal
import subprocess

import pytest
from conftest import PROGRAM, ROOT
from played_chat import CONVERSATION, DOCUMENT, PlayedChat
from terminal import Terminal
from waiting import wait_until

CITATION = {"n": 1, "document_id": CONVERSATION, "document": "core1.cfg", "line_start": 12, "line_end": 13, "quote": "ip mtu 1500"}


@pytest.fixture
def played(tmp_path):
    played = PlayedChat()
    session = tmp_path / ".config/netguru/session"
    session.parent.mkdir(parents=True)
    session.write_text(f"{played.url}\ntoken-0\nrefresh-0\n\n")
    played.home = tmp_path
    yield played
    played.close()


def environment(played, **more):
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")}
    return {**kept, "HOME": str(played.home), **more}


def on_terminal(played, *words, columns=80, **more):
    return Terminal([PROGRAM, *words], environment(played, **more), columns)


def run(played, *words, typed="", check=True, **more):
    result = subprocess.run(
        [PROGRAM, *words], env=environment(played, **more), input=typed, capture_output=True, text=True, timeout=120,
    )
    assert result.returncode == 0 or not check, result
    return result


def begun(played, count=1):
    return wait_until(lambda: len(played.messages) >= 2 * count, "the question arrives")


def asked(played):
    return [body["content"] for method, path, body in played.requests if method == "POST" and path.endswith("/messages")]


def watches(played):
    return [path for method, path, _ in played.requests if "/events" in path]


def test_an_answer_streams_to_the_terminal_as_readable_text(played):
    terminal = on_terminal(played, "chat")
    terminal.wait_for("> ")
    terminal.type("why does lis-edge2 not see all its neighbours?\r")
    begun(played)
    played.say("Because the **MTU** of `Gi0/1` ")
    terminal.wait_for("Because the MTU of")
    played.say("differs [1].\n")
    played.cite(**CITATION)
    played.finish()
    terminal.wait_for("[1] core1.cfg:12-13")
    terminal.type("/quit\r")
    assert terminal.wait() == 0
    assert "Because the MTU of Gi0/1 differs [1].\n" in terminal.text
    assert b"\x1b[0;1mMTU" in terminal.raw
    assert f"netguru chat {CONVERSATION} continues" in terminal.text


def test_a_closed_terminal_loses_nothing(played):
    terminal = on_terminal(played, "chat")
    terminal.wait_for("> ")
    terminal.type("why?\r")
    begun(played)
    played.say("one two ")
    played.say("three ")
    terminal.wait_for("one two")
    assert terminal.close() == -signal.SIGHUP
    played.say("four ")
    terminal = on_terminal(played, "chat", CONVERSATION)
    terminal.wait_for("one two three")
    played.say("five\n")
    played.finish()
    terminal.wait_for("five\n> ")
    terminal.type("\x04")
    assert terminal.wait() == 0
    assert terminal.text.count("one two three four five\n") == 1
    assert "> why?" in terminal.text
    assert not [path for _, path, _ in played.requests if path.endswith("/cancel")]


@pytest.mark.parametrize("forgets", [False, True])
def test_lost_connections_lose_no_text_and_repeat_none(played, forgets):
    process = subprocess.Popen(
        [PROGRAM, "chat"], env=environment(played), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    process.stdin.write("count\n")
    process.stdin.close()
    begun(played)
    for i in range(6):
        played.say(f"{i}a ")
        played.lose()
        played.say(f"{i}b ")
        if forgets:
            played.forget_events()
        wait_until(lambda i=i: len(watches(played)) > i, "it comes back")
    played.finish()
    # Where two connections in a row bring nothing new, the loss is told between two lines.
    assert process.stdout.read().replace("\n", "") == "".join(f"{i}a {i}b " for i in range(6))
    assert process.wait(60) == 0


def test_a_gap_is_read_from_the_message(played):
    process = subprocess.Popen([PROGRAM, "chat"], env=environment(played), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    process.stdin.write("count\n")
    process.stdin.close()
    begun(played)
    played.say("one ", stored=False)
    wait_until(lambda: watches(played), "it watches")
    played.lose()
    played.say("two ", stored=False)
    played.forget_events()
    wait_until(lambda: len(watches(played)) > 1, "it comes back")
    played.say("three ", stored=False)
    wait_until(lambda: len([1 for _, path, _ in played.requests if "/chat/messages/" in path]) > 1, "it asks for the message")
    played.answer()["content"] = "one two "
    played.say("four", stored=False)
    played.finish()
    assert process.stdout.read() == "one two three four\n"
    assert process.wait(60) == 0


def test_a_question_whose_answer_was_lost_is_asked_once(played):
    played.silent_posts = 2
    played.on_question = lambda _: (played.say("yes"), played.finish())
    result = run(played, "chat", typed="is it up?\n")
    assert result.stdout == "yes\n"
    assert len(asked(played)) == 3 and len(played.messages) == 2


def test_an_expired_session_is_renewed_once(played):
    played.refused.add("token-0")
    played.on_question = lambda _: (played.refused.add("token-1"), played.say("yes"), played.finish())
    assert run(played, "chat", typed="is it up?\n").stdout == "yes\n"
    assert played.tokens == 2
    assert (played.home / ".config/netguru/session").read_text().splitlines()[1] == "token-2"


def test_each_line_of_a_pipe_is_a_question(played):
    played.on_question = lambda question: (played.say(f"**{question}**!"), played.finish())
    result = run(played, "chat", typed="one\n\n/help\ntwo\r\nthree")
    assert [line for line in result.stdout.splitlines() if line.startswith("**")] == ["**one**!", "**two**!", "**three**!"]
    assert asked(played) == ["one", "two", "three"]
    assert f"conversation {CONVERSATION}" in result.stderr


def test_a_failed_answer_fails_a_pipe(played):
    played.on_question = lambda _: (played.say("half"), played.finish("failed", "the model is away"))
    result = run(played, "chat", typed="x\n", check=False)
    assert result.returncode == 1 and result.stdout == "half\n"
    assert "(failed: the model is away)" in result.stderr


def test_json_is_one_event_a_line(played):
    played.on_question = lambda _: (played.say("ünë\n"), played.cite(**CITATION), played.say("two"), played.finish())
    result = run(played, "chat", "--json", typed="x\n")
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert events.pop(0) == {"type": "conversation", "id": CONVERSATION}
    assert [e["type"] for e in events] == ["turn_started", "message_chunk", "citation", "message_chunk", "message_completed"]
    assert [(e["offset"], e["content"]) for e in events if e["type"] == "message_chunk"] == [(0, "ünë\n"), (6, "two")]


def test_ctrl_c_stops_the_answer_and_a_second_one_leaves(played):
    played.on_cancel = lambda: played.finish("cancelled", "you cancelled it")
    terminal = on_terminal(played, "chat")
    terminal.wait_for("> ")
    terminal.type("why?\r")
    begun(played)
    played.say("so far ")
    terminal.wait_for("conversation")
    terminal.type("\x03")
    terminal.wait_for("(cancelled: you cancelled it)")
    assert "so far" in terminal.text
    played.on_cancel = None
    terminal.type("again?\r")
    begun(played, 2)
    terminal.type("\x03")
    terminal.wait_for("leaves)\n")
    wait_until(lambda: terminal.read() and len([1 for _, path, _ in played.requests if path.endswith("/cancel")]) == 2, "it is cancelled")
    terminal.type("\x03")
    assert terminal.wait() == 130


def test_stop_is_typed_while_the_answer_streams(played):
    played.on_cancel = lambda: played.finish("cancelled")
    terminal = on_terminal(played, "chat")
    terminal.wait_for("> ")
    terminal.type("why?\r")
    begun(played)
    terminal.wait_for("conversation")
    terminal.type("next question\n/stop\n")
    begun(played, 2)
    assert asked(played) == ["why?", "next question"]
    played.say("done\n")
    played.finish()
    terminal.wait_for("done\n> ")
    terminal.type("\x04")
    assert terminal.wait() == 0


def test_slash_commands_list_cite_and_choose(played):
    played.on_question = lambda _: (played.say("see [1]"), played.cite(**CITATION), played.finish())
    terminal = on_terminal(played, "chat")
    terminal.wait_for("> ")
    for typed, shown in (
        ("/files", "completed  config   core1.cfg"), ("/cite 1", "the last answer cites nothing"), ("why?", "[1] core1.cfg:12-13\n> "),
        ("/cite 1", ">    12  line 12\n>    13  line 13\n     14  line 14"), ("/cite 2", "no citation [2]"),
        ("/model openai/gpt-x", "model: openai/gpt-x"), ("/stop", "stopping"), ("/nonsense", "unknown command /nonsense"), ("/help", "/cite N"),
    ):
        terminal.type(typed + "\r")
        terminal.wait_for(shown)
    terminal.type("/etc/passwd?\r")
    begun(played, 2)
    body = [body for method, path, body in played.requests if method == "POST" and path.endswith("/messages")][-1]
    assert (body["mode"], body["provider"], body["model"]) == ("model", "openai", "gpt-x")
    terminal.type("/quit\r")
    assert terminal.wait() == 0


def test_pasted_lines_are_one_question_and_history_comes_back(played):
    played.on_question = lambda _: (played.say("ok"), played.finish())
    terminal = on_terminal(played, "chat")
    terminal.wait_for("> ")
    terminal.type("\x1b[200~router ospf 1\rnetwork 10.0.0.0\x1b\t\x1b[201~ ünd?\r")
    begun(played)
    assert asked(played) == ["router ospf 1\nnetwork 10.0.0.0  ünd?"]
    terminal.wait_for("ok\n> ")
    terminal.type("\x04")
    assert terminal.wait() == 0
    history = played.home / ".local/state/netguru/history"
    assert history.read_text() == "router ospf 1\\nnetwork 10.0.0.0  ünd?\n"
    assert history.stat().st_mode & 0o777 == 0o600
    terminal = on_terminal(played, "chat")
    terminal.wait_for("> ")
    terminal.type("\x1b[A\r")
    begun(played, 2)
    assert asked(played)[1] == asked(played)[0]
    terminal.wait_for("ok\n> ")
    terminal.type("\x04")
    terminal.wait()


def test_escape_sequences_of_an_answer_do_not_reach_the_terminal(played):
    evil = "a\x1b]0;owned\x07b\x1b[2J \x9bc `\x1b[31m`\n"
    played.on_question = lambda _: (played.say(evil), played.cite(n=1, document="\x1b[5mx.cfg", line_start=1), played.finish())
    terminal = on_terminal(played, "chat", NO_COLOR="1")
    terminal.wait_for("> ")
    terminal.type("x\r")
    terminal.wait_for("[1] ·[5mx.cfg:1")
    terminal.type("/quit\r")
    terminal.wait()
    assert "a·]0;owned·b·[2J ·c ·[31m\n" in terminal.text
    for sequence in (b"\x1b]0", b"\x1b[5m", b"\x1b[31m", b"\x1b[0;", b"\xc2\x9b"):
        assert sequence not in terminal.raw


def test_ctrl_c_at_the_prompt_drops_the_line_and_twice_leaves(played):
    played.on_question = lambda _: (played.say("ok"), played.finish())
    terminal = on_terminal(played, "chat")
    terminal.wait_for("> ")
    terminal.type("half a line")
    terminal.wait_for("half a line")
    terminal.type("\x03")
    terminal.wait_for("Ctrl-D or /quit leaves)")
    terminal.type("whole\r")
    terminal.wait_for("ok\n> ")
    assert asked(played) == ["whole"]
    terminal.type("\x03")
    wait_until(lambda: terminal.read() and terminal.text.count("/quit leaves)") == 2, "the hint comes again")
    terminal.type("\x03")
    assert terminal.wait() == 0


def test_conversations_are_listed_shown_and_searched(played):
    played.on_question = lambda question: (played.say(f"**{question}** [1]"), played.cite(**CITATION), played.finish())
    run(played, "chat", typed="one\n")
    assert run(played, "conversations").stdout == f"{CONVERSATION}  2026-01-31 10:20  2  Neighbours\n"
    assert json.loads(run(played, "conversations", "list", "--json").stdout)["id"] == CONVERSATION
    shown = run(played, "conversations", "show", CONVERSATION)
    assert shown.stdout == "**one** [1]\n" and "> one\n" in shown.stderr
    assert "why & how" in run(played, "conversations", "search", "why", "&", "how").stdout
    assert run(played, "conversations", "export", CONVERSATION).stdout == "# T\n\n**exported** `x`\n"
    run(played, "conversations", "rename", CONVERSATION, "a", "better", "title")
    assert played.requests[-1] == ("PATCH", f"/api/v1/chat/conversations/{CONVERSATION}", {"title": "a better title"})
    run(played, "conversations", "rename", "neigh", "by", "name")
    assert played.requests[-1] == ("PATCH", f"/api/v1/chat/conversations/{CONVERSATION}", {"title": "by name"})
    for words in (("chat", "x"), ("conversations", "delete", "x")):
        missing = run(played, *words, check=False)
        assert missing.returncode == 4 and "no conversation has the id or the name x" in missing.stderr
    run(played, "conversations", "delete", CONVERSATION[:8])
    assert played.requests[-1][0] == "DELETE"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("chat", CONVERSATION, "y"), "give one ID"), (("conversations", "show"), "expected list"),
        (("conversations", "forget"), "expected list"), (("usage", "now"), "takes no argument"),
        (("usage", "--days", "0"), "from 1 to 366"),
    ],
)
def test_wrong_arguments_of_the_chat_are_named(played, words, said):
    result = run(played, *words, check=False)
    assert result.returncode == 2 and said in result.stderr
    assert not played.requests


def test_usage_is_shown_day_by_day(played):
    day = {"date": "2026-01-31", "tokens_in": 900, "tokens_out": 80, "tokens_cached": 300, "cost_micros": 12345, "answers": 3}
    played.usage = {"quota": 1000, "used_today": 980, "resets_at": "2026-02-01T00:00:00Z", "days": [day],
                    "models": [{"provider": "local", "model": "llama", "answers": 3, "tokens_total": 980, "cost_micros": 12345}]}
    shown = run(played, "usage", "--days", "2", TZ="Etc/GMT+1").stdout
    assert "2026-01-31         3          900          300           80       0.0123" in shown
    assert "980 of 1000 tokens used today; the next day begins at 2026-02-01T00:00:00Z" in shown
    assert "local llama: 3 answers, 980 tokens, 0.0123 dollars" in shown
    assert played.requests[-1][1].endswith("?days=2&tz=Etc%2FGMT%2B1")
    assert json.loads(run(played, "usage", "--json").stdout) == played.usage


CONFIG = "hostname edge9\n!\ninterface GigabitEthernet0/1\n ip address 10.0.0.1 255.255.255.252\n ip mtu 1400\n snmp-server community sEcReT9\n!\nend\n"


def test_ask_uploads_its_files_and_prints_one_answer(played):
    config = played.home / "edge9.cfg"
    config.write_text(CONFIG)
    played.on_question = lambda _: (played.say("MTU **1400** [1]"), played.cite(**CITATION), played.finish())
    result = run(played, "ask", "which mtu has edge9?", str(config), "--model", "local/llama")
    assert result.stdout == "MTU **1400** [1]\n"
    assert "[1] core1.cfg:12-13" in result.stderr and f"netguru chat {CONVERSATION} continues" in result.stderr
    body = [body for method, path, body in played.requests if method == "POST" and path.endswith("/messages")][0]
    assert (body["content"], body["document_ids"], body["provider"], body["model"]) == ("which mtu has edge9?", [DOCUMENT], "local", "llama")
    answer = json.loads(run(played, "ask", "--json", "which", "mtu?").stdout)
    assert answer["content"] == "MTU **1400** [1]" and answer["metadata"]["citations"] == [CITATION]
    assert asked(played)[1] == "which mtu?"


def test_ask_tells_a_failed_answer_by_its_status(played):
    played.on_question = lambda _: (played.say("half"), played.finish("failed", "the model is away"))
    result = run(played, "ask", "why?", check=False)
    assert result.returncode == 1 and result.stdout == "half\n" and "the model is away" in result.stderr


def test_ask_reads_the_files_itself_without_a_server(played):
    config = played.home / "edge9.cfg"
    config.write_text(CONFIG)
    played.close()
    result = run(played, "ask", "which mtu has GigabitEthernet0/1 of edge9?", str(config))
    assert f"`{config}:" in result.stdout and " ip mtu 1400" in result.stdout
    assert "read here, without a model" in result.stderr
    (played.home / ".config/netguru/session").unlink()
    answer = json.loads(run(played, "ask", "--json", "snmp community of edge9?", str(config)).stdout)
    assert answer["found"] and answer["metadata"]["citations"][0]["line_start"] == 6
    assert "sEcReT9" not in json.dumps(answer)
    nothing = run(played, "ask", "--local", "who won the football match?", str(config))
    assert nothing.stdout == "The files hold nothing about that.\n" and not nothing.stderr
    refused = run(played, "ask", "why?", check=False)
    assert refused.returncode == 3 and "not logged in" in refused.stderr
    missing = run(played, "ask", "why not?", "nowhere.cfg", check=False)
    assert missing.returncode == 4 and "nowhere.cfg: no such file" in missing.stderr
    assert run(played, "ask", "--local", "why?", check=False).returncode == 2


def test_ask_lists_what_a_local_configuration_has(played):
    played.close()
    configs = sorted(map(str, (ROOT / "sample/configs").glob("lis-*.cfg")))
    answer = json.loads(run(played, "ask", "--local", "--json", "which vlans has lis-acc1", *configs).stdout)
    assert answer["found"] and "`99` `MGMT`" in answer["content"]
    (citation,) = answer["metadata"]["citations"]
    assert citation["document"].endswith("lis-acc1.cfg") and "vlan 10" in citation["quote"] and citation["line_start"] == 44
    neighbors = run(played, "ask", "--local", "list the BGP neighbors of lis-edge1", *configs).stdout
    assert "`198.51.100.1` AS `64500` `ISP-A`" in neighbors
    assert "VLANs of" not in run(played, "ask", "--local", "why is vlan 40 of lis-acc1 down?", *configs).stdout


def test_private_conversations_are_asked_for(played):
    played.on_question = lambda _: (played.say("yes"), played.finish())
    run(played, "ask", "--private", "why?")
    assert ("POST", "/api/v1/chat/conversations", {"is_private": True}) in played.requests
    run(played, "chat", CONVERSATION, "--private", typed="why?\n")
    assert ("PATCH", f"/api/v1/chat/conversations/{CONVERSATION}", {"is_private": True}) in played.requests


def test_a_title_of_the_model_is_shown_and_harmless(played):
    terminal = on_terminal(played, "chat")
    terminal.wait_for("Ask about your network")
    terminal.type("why?\r")
    begun(played)
    played.publish(type="title", title="Edge \x1b[31mMTU\x07")
    played.say("Because.")
    played.finish()
    terminal.wait_for("Edge ·[31mMTU·")
    terminal.wait_for("Because.")
    terminal.type("/quit\r")
    assert terminal.wait() == 0


def test_a_server_that_is_not_there_is_named(played):
    played.close()
    result = run(played, "chat", typed="x\n", check=False)
    assert result.returncode != 0 and "cannot connect" in result.stderr or "refused" in result.stderr, result
