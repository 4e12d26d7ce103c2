# SPDX-License-Identifier: Apache-2.0
"""What a user of a shell meets, without a server: completion in the real shells, the manual, pipes, misspelt words."""

import json
import os
import re
import shutil
import subprocess

import pytest
from conftest import PROGRAM
from terminal import Terminal

CONFIG = "hostname edge1\ninterface Ethernet1\n ip address 10.0.0.1 255.255.255.0\n"


@pytest.fixture
def place(tmp_path):
    """A folder with netguru in PATH, and files to complete."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/netguru").symlink_to(PROGRAM)
    (tmp_path / "work/some folder").mkdir(parents=True)
    (tmp_path / "work/core one.cfg").write_text(CONFIG)
    return tmp_path


def environment(place):
    path = f"{place}/bin:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "HOME": str(place), "NETGURU_HOME": str(place / "home"), "TERM": "xterm", "LC_ALL": "C.UTF-8"}


def run(*words, cwd=None, **more):
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=60, cwd=cwd, check=False, **more)


def needs(shell):
    found = shutil.which(shell)
    if not found:
        pytest.skip(f"{shell} is not installed")
    return found


def by_bash(place, *words):
    script = 'source <(netguru completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _netguru netguru; printf "%s\\n" "${COMPREPLY[@]}"'
    done = run(needs("bash"), "-c", script, "bash", *words, cwd=place / "work", env=environment(place))
    assert not done.stderr
    return done.stdout.split("\n")[:-1]


def by_fish(place, *words):
    line = " ".join(words)
    script = f"netguru completion fish | source; complete -C '{line}'"
    done = run(needs("fish"), "--no-config", "-c", script, cwd=place / "work", env=environment(place))
    assert not done.stderr
    return [line.split("\t")[0] for line in done.stdout.splitlines()]


CASES = [
    (("netguru", "fil"), ["files"]),
    (("netguru", "tokens", "r"), ["revoke"]),
    (("netguru", "user", "list", "--js"), ["--json"]),
    (("netguru", "user", "create", "a@example.net", "--plan", "t"), ["team"]),
    (("netguru", "completion", ""), ["bash", "fish", "zsh"]),
]


@pytest.mark.parametrize(("words", "offered"), CASES)
def test_bash_and_fish_complete_commands_options_and_values(place, words, offered):
    assert sorted(filter(None, by_bash(place, *words))) == offered
    if shutil.which("fish"):
        assert sorted(by_fish(place, *words)) == offered


def test_bash_completes_a_value_after_an_equals_sign(place):
    assert by_bash(place, "netguru", "user", "create", "--plan", "=", "en") == ["enterprise"]


def test_file_names_are_completed(place):
    assert by_bash(place, "netguru", "analyze", "co") == ["core one.cfg"]
    assert by_bash(place, "netguru", "knowledge", "ingest", "") == ["some folder"]


def test_fish_completes_file_names(place):
    needs("fish")
    assert by_fish(place, "netguru", "analyze", "co") in (["core one.cfg"], [r"core\ one.cfg"])
    assert by_fish(place, "netguru", "knowledge", "ingest", "so")[0].startswith("some")


def typed_in(place, argv, setup, typed, shown):
    """Types a line with a tab into a shell and waits for what it becomes."""
    terminal = Terminal(argv, environment(place), cwd=place / "work")
    try:
        for line in setup:
            terminal.type(line + "\r")
        terminal.type("echo be''gun\r")
        terminal.wait_for("begun")
        terminal.type(typed)
        terminal.wait_for(shown)
    finally:
        terminal.close()


@pytest.mark.parametrize(
    ("typed", "shown"),
    [("netguru fil\t", "netguru files"), ("netguru tokens rev\t", "revoke"), ("netguru analyze co\t", "one.cfg"), ("netguru user create --plan=te\t", "--plan=team")],
)
def test_zsh_completes_what_is_typed(place, typed, shown):
    setup = ["PS1='$ '", "autoload -Uz compinit", "compinit -u", "source <(netguru completion zsh)"]
    typed_in(place, [needs("zsh"), "-f"], setup, typed, shown)


def test_bash_completes_what_is_typed(place):
    setup = ["PS1='$ '", "source <(netguru completion bash)"]
    typed_in(place, [needs("bash"), "--norc"], setup, "netguru analyze co\t", "core\\ one.cfg")


def test_the_scripts_have_no_faults(place):
    script = run(PROGRAM, "completion", "bash").stdout
    (place / "netguru.bash").write_text(script)
    checked = run(needs("shellcheck"), "-s", "bash", place / "netguru.bash")
    assert checked.returncode == 0, checked.stdout
    wrong = run(PROGRAM, "completion", "powershell")
    assert wrong.returncode == 2 and "expected bash, zsh or fish" in wrong.stderr


def test_the_manual_page_has_every_command_and_no_warnings():
    page = run(PROGRAM, "man").stdout
    shown = run(needs("groff"), "-man", "-Tutf8", "-wall", "-P-c", input=page)
    assert shown.returncode == 0 and not shown.stderr
    listed = [line.split()[0] for line in run(PROGRAM, "help").stdout.splitlines() if line.startswith("  ")]
    assert len(listed) > 25
    for name in listed:
        assert f"\n.SS {name.replace('-', chr(92) + '-')}\n" in page
    text = re.sub(".\b", "", shown.stdout)  # bold is a letter over itself
    assert "EXIT STATUS" in text and "NETGURU_HTTP_ADDRESS" in text


def test_a_reader_that_goes_away_ends_the_command_silently(place):
    lines = "".join(f"interface Loopback{n}\n ip address 10.0.{n // 250}.{n % 250 + 1} 255.255.255.255\n" for n in range(20000))
    (place / "large.cfg").write_text("hostname large\n" + lines)
    script = 'set -o pipefail; "$0" analyze --json "$1" "$1" | head -c 1; echo " $?"'
    done = run(needs("bash"), "-c", script, PROGRAM, place / "large.cfg")
    assert (done.stdout, done.stderr) == ("{ 141\n", "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("fiels",), "unknown command fiels; did you mean files?"), (("files", "--jsno"), "unknown option --jsno; did you mean --json?"),
        (("tokens", "revok", "x"), "unknown action revok; did you mean revoke?"), (("conversations", "exprot", "x"), "did you mean export?"),
        (("qqqq",), "unknown command qqqq; netguru help"), (("help", "serach"), "did you mean search?"), (("--color", "blue", "files"), "--color is auto, always or never"),
    ],
)
def test_a_mistyped_word_is_named_with_the_one_that_is_meant(words, said):
    done = run(PROGRAM, *words)
    assert done.returncode == 2 and said in done.stderr and not done.stdout


def test_the_exit_statuses_are_what_the_table_says(place):
    home = {**environment(place), "NETGURU_PASSWORD": "a good password"}
    (place / "bad.cfg").write_bytes(b"\x00\x01\x02")
    statuses = {
        ("analyze", place / "work/core one.cfg"): 0, ("analyze",): 2, ("analyze", place / "bad.cfg"): 2, ("analyze", place / "none.cfg"): 4,
        ("files",): 3, ("login", "--server", "http://127.0.0.1:9", "a@example.net"): 7,
    }
    table = {int(line.split()[0]) for line in run(PROGRAM, "help", "exit-status").stdout.splitlines()}
    for words, status in statuses.items():
        assert run(PROGRAM, *words, env=home).returncode == status, words
        assert status in table


def test_colours_are_for_terminals_or_asked_for(place):
    terminal = Terminal([PROGRAM, "files"], environment(place))
    assert terminal.wait() == 3
    assert "\x1b[" not in run(PROGRAM, "--color", "auto", "help").stdout


def lines_of(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_analyze_takes_folders_patterns_and_standard_input(place):
    folder = place / "configs"
    (folder / "deep").mkdir(parents=True)
    for name in ("b.cfg", "a.cfg", "deep/c.cfg", ".hidden.cfg"):
        (folder / name).write_text(CONFIG.replace("edge1", name[-5:-4]))
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    (folder / "link.cfg").symlink_to(folder / "a.cfg")
    done = run(PROGRAM, "analyze", "--json", folder)
    assert [line["hostname"]["value"] for line in lines_of(done)] == ["a", "b", "c"] and done.returncode == 0
    assert "1 file" in done.stderr and "picture.png" in done.stderr
    done = run(PROGRAM, "analyze", "--json", f"{folder}/[ab].c*")
    assert [line["hostname"]["value"] for line in lines_of(done)] == ["a", "b"]
    done = run(PROGRAM, "analyze", "--json", "-", input=CONFIG)
    assert lines_of(done)[0]["hostname"]["value"] == "edge1"
    done = run(PROGRAM, "analyze", "-", input="")
    assert done.returncode == 2 and "standard input: the file is empty" in done.stderr
    done = run(PROGRAM, "analyze", f"{folder}/*.nothing")
    assert done.returncode == 4 and "*.nothing" in done.stderr


def test_json_of_several_files_is_a_line_for_each(place):
    config = place / "work/core one.cfg"
    done = run(PROGRAM, "analyze", "--json", config, place / "none.cfg", config)
    first, missing, last = lines_of(done)
    assert first == last and first["file"] == str(config)
    assert missing["file"] == str(place / "none.cfg") and missing["error"]["code"] == "NOT_FOUND"
    assert done.returncode == 4 and "none.cfg" in done.stderr
