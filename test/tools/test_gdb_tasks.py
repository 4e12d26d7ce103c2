# SPDX-License-Identifier: Apache-2.0
"""tools/gdb/tasks.py shows the tasks of test/task/many_waiting.c, live, in a core file and at a breakpoint."""

import contextlib
import functools
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ["build", "build-asan"]
TIMEOUT_S = 120
TARGET = "test/task/many_waiting"
USER = "11111111-2222-4333-8444-555555555555"
TRACE = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"

pytestmark = pytest.mark.skipif(not shutil.which("gdb"), reason="gdb is not installed")


@functools.cache
def program(folder):
    """The path of many_waiting, brought up to date; None where there is no such build folder."""
    if not (ROOT / folder / "build.ninja").is_file():
        return None
    subprocess.run(["ninja", "-C", str(ROOT / folder), TARGET], check=True, stdout=subprocess.DEVNULL)
    return ROOT / folder / TARGET


@pytest.fixture(params=[os.environ["NETGURU_BUILD"]] if "NETGURU_BUILD" in os.environ else FOLDERS)
def binary(request):
    """many_waiting of each build folder that is there."""
    path = program(request.param)
    if not path:
        pytest.skip(f"{request.param} is not there")
    return str(path)


@contextlib.contextmanager
def running(binary):
    """The process, once all its tasks wait."""
    with subprocess.Popen([binary], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "waiting\n"
            yield process
        finally:
            process.kill()


def gdb(*arguments, commands):
    """What gdb prints for commands after the script has been read."""
    command = ["gdb", "-q", "-nx", "--batch", "-ex", "set width 0", "-ex", "set debuginfod enabled off"]
    command += ["-ex", f"source {ROOT / 'tools/gdb/tasks.py'}"]
    for one in commands:
        command += ["-ex", one]
    result = subprocess.run(
        [*command, *arguments], capture_output=True, text=True, timeout=TIMEOUT_S, stdin=subprocess.DEVNULL
    )
    if "ptrace: Operation not permitted" in result.stderr:
        pytest.skip("this machine does not let gdb attach")
    return result.stdout + result.stderr


def table(text):
    """The rows of `netguru tasks` by name of the task, and what stands in front of the name: the slot."""
    rows = {}
    for line in text.splitlines():
        if match := re.match(r"(\d+) +(\w+) +((?:running|ready|waiting).*)", line):
            rows[match[2]] = (match[1], match[3])
    return rows


def functions(text):
    """The functions of a backtrace, innermost first."""
    return re.findall(r"^#\d+ +(?:0x[0-9a-f]+ in )?(\w+) \(", text, re.MULTILINE)


def check_tasks(rows):
    """Every task of the program waits where its source says."""
    assert set(rows) == {"request", "question", "password", "group", "left", "right"}
    assert all(row.startswith("waiting") for _, row in rows.values())
    assert "wait_for_supplier < process_order < handle_request" in rows["request"][1]
    assert TRACE in rows["request"][1] and USER in rows["request"][1]
    assert re.search(r" 3[56]\d\d\.\d s ", rows["request"][1])
    assert "read_reply < ask_server" in rows["question"][1] and "none" in rows["question"][1]
    assert "hash_password" in rows["password"][1]
    assert "fetch_both" in rows["group"][1] and "background" not in rows["group"][1]
    for part in ("left", "right"):
        assert "background" in rows[part][1] and "read_reply < fetch_half" in rows[part][1]


def check_backtraces(look, rows):
    """look(command…) gives gdb's output; the backtraces name the functions and their arguments."""
    slot = rows["request"][0]
    text = look(f"netguru task {slot} bt", f"netguru task {slot} info args", f"netguru task {rows['password'][0]} bt")
    last = text.rindex("#1 ")
    first, second = text[text.index("#1 ") : last], text[last:]
    names = functions(first)
    expected = ["task_sleep", "wait_for_supplier", "process_order", "handle_request", "run_task"]
    assert [name for name in names if name in expected] == expected
    assert "order=41" in first
    assert "epoll" not in first
    assert re.search(r"^order = 42$|^order = <optimized out>$", first, re.MULTILINE)
    assert [name for name in functions(second) if name in ("task_offload", "hash_password")] == [
        "task_offload",
        "hash_password",
    ]


def test_live(binary):
    with running(binary) as process:

        def look(*commands):
            return gdb("-p", str(process.pid), commands=commands)

        text = look("netguru tasks", "netguru task 999 bt", "bt 1")
        check_tasks(table(text))
        assert "4 tasks of at most 8, 2 in the background, 0 refused so far" in text
        assert "there is no task in slot 999" in text
        check_backtraces(look, table(text))
        assert process.poll() is None


def test_going_to_a_task_and_away(binary):
    with running(binary) as process:
        slot = table(gdb("-p", str(process.pid), commands=["netguru tasks"]))["request"][0]
        text = gdb(
            "-p",
            str(process.pid),
            commands=[f"netguru task {slot}", "up", "echo AWAY\\n", "netguru task off", "bt"],
        )
    there, away = text.split("AWAY")
    assert "wait_for_supplier" in there and "process_order" in there
    assert "process_order" not in away and "main" in functions(away)


@pytest.mark.skipif(not shutil.which("gcore"), reason="gcore is not installed")
def test_core_file(binary, tmp_path):
    if b"__asan_init" in Path(binary).read_bytes():
        pytest.skip("a core file of a sanitized program holds terabytes of shadow memory")
    with running(binary) as process:
        command = ["gcore", "-o", str(tmp_path / "core"), str(process.pid)]
        made = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S)
        if "Operation not permitted" in made.stderr:
            pytest.skip("this machine does not let gcore attach")
        core = str(tmp_path / f"core.{process.pid}")

    def look(*commands):
        return gdb(binary, core, commands=commands)

    text = look("netguru tasks")
    check_tasks(table(text))
    check_backtraces(look, table(text))


def test_running_and_ready(binary):
    text = gdb(binary, commands=["break announce", "run", "netguru tasks", "netguru task 11 bt", "kill"])
    rows = table(text)
    assert rows["announcer"][1].startswith("running")
    assert rows["fresh"][1].startswith("ready") and "do_nothing (not begun)" in rows["fresh"][1]
    assert "it does not wait" in text


def test_other_programs_are_told_so():
    text = gdb("/bin/true", commands=["netguru tasks"])
    assert "no program with tasks" in text
