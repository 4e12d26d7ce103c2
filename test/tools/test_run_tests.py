# SPDX-License-Identifier: Apache-2.0
"""tools/run_tests counts every test, tries failures again, and says why a test was skipped."""

import importlib.machinery
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


sys.path.append(str(ROOT / "tools"))  # tools share modules


def load(name):
    """A tool as a module."""
    loader = importlib.machinery.SourceFileLoader(f"tool_{name}", str(ROOT / "tools" / name))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[loader.name] = module
    spec.loader.exec_module(module)
    return module


run_tests = load("run_tests")

START = "[==========] Running {} test(s).\n"


def ran(name, word):
    """What cmocka prints about one test."""
    return f"[ RUN      ] {name}\n[{word}] {name}\n"


OK, FAILED, SKIPPED = "       OK ", "  FAILED  ", "  SKIPPED "
SUMMARY = "[==========] 2 test(s) run.\n[  FAILED  ] 1 test(s), listed below:\n[  FAILED  ] b\n"


@pytest.mark.parametrize(
    "text, status, counts",
    [
        (START.format(2) + ran("a", OK) + ran("b", OK), 0, (2, 0, 0)),
        (START.format(2) + ran("a", OK) + ran("b", FAILED) + SUMMARY, 1, (1, 1, 0)),
        (START.format(2) + ran("a", OK) + ran("b", SKIPPED), 0, (1, 0, 1)),
        # A second group of the same program.
        ((START.format(1) + ran("a", OK)) * 2, 0, (2, 0, 0)),
        # Text of the tested code on the same line.
        (START.format(1) + "[ RUN      ] a\nnoise[       OK ] a\n", 0, (1, 0, 0)),
        # A crash in b: c was never run.
        (START.format(3) + ran("a", OK) + "[ RUN      ] b\n", -11, (1, 2, 0)),
        # exit(0) in the middle must not pass.
        (START.format(2) + ran("a", OK) + "[ RUN      ] b\n", 0, (1, 1, 0)),
        (START.format(2) + ran("a", OK), 0, (1, 1, 0)),
        # A leak found at the end of a program whose tests all passed.
        (START.format(1) + ran("a", OK) + "LeakSanitizer: detected\n", 1, (1, 1, 0)),
        (START.format(1) + ran("a", OK), None, (1, 1, 0)),
        # Programs that are not cmocka's.
        ("fine\n", 0, (1, 0, 0)),
        ("", 3, (0, 1, 0)),
        ("", 77, (0, 0, 1)),
        ("", None, (0, 1, 0)),
    ],
)
def test_judge(text, status, counts):
    outcome = run_tests.judge("x", text, status)
    assert (outcome.passed, len(outcome.failed), len(outcome.skipped)) == counts


def test_judge_names_the_crashed_test():
    outcome = run_tests.judge("x", START.format(1) + "[ RUN      ] boom\n", -11)
    assert outcome.failed == ["boom (killed by SIGSEGV)"]


def test_judge_says_why_a_test_failed():
    text = START.format(2) + (
        "[ RUN      ] a\nnoise\n[  ERROR   ] --- 1 != 2\n[   LINE   ] --- x.c:6: error: Failure!\n[  FAILED  ] a\n"
        "[ RUN      ] b\nx.c:9: f: check(false) failed\n\n"
    )
    outcome = run_tests.judge("x", text, -6)
    assert outcome.reasons["a"] == "x.c:6: 1 != 2"
    assert outcome.reasons["b (killed by SIGABRT)"] == "x.c:9: f: check(false) failed"


def test_judge_says_why_a_test_was_skipped():
    text = START.format(2) + "[ RUN      ] a\n[ SKIPPING ] no shared data\n[  SKIPPED ] a\n" + ran("b", SKIPPED)
    assert run_tests.judge("x", text, 0).skipped == [("a", "no shared data"), ("b", "no reason given")]
    assert run_tests.judge("x", "noise\nno such disk\n", 77).skipped == [("(the program)", "no such disk")]


def test_program_that_hangs_is_ended():
    test = {"name": "x", "cmd": ["/bin/sleep", "60"], "env": {}, "workdir": None, "timeout": 0.2}
    outcome = run_tests.run_program(test)
    assert outcome.failed == ["(the program timed out)"] and outcome.seconds < 10


def test_program_that_is_not_there_fails():
    test = {"name": "x", "cmd": ["/nowhere/x"], "env": {}, "workdir": None, "timeout": 5}
    outcome = run_tests.run_program(test)
    assert outcome.failed == ["(the program ended with 127)"]
    assert "/nowhere/x" in outcome.reasons[outcome.failed[0]]


def test_failures_are_told_with_their_reason(capsys):
    outcome = run_tests.judge("x", START.format(1) + "[ RUN      ] a\nx.c:9: no\n[  FAILED  ] a\n", 1)
    run_tests.tell(outcome)
    assert "     failed: a: x.c:9: no\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    "outcomes, line, status",
    [
        ([], "0 passed, 0 failed", 1),
        ([("a", 3, [], [])], "3 passed, 0 failed", 0),
        ([("a", 3, [], [("s", "no data")])], "skipped: a: s: no data\n3 passed, 0 failed, 1 skipped", 0),
        (
            [("a", 1, [], [("s", "no data"), ("t", "no data"), ("u", "no disk")])],
            "skipped: a: s, t: no data\nskipped: a: u: no disk\n1 passed, 0 failed, 3 skipped",
            0,
        ),
        ([("a", 3, [], [], [("t", "1 != 2")])], "1 flaky: a: t (1 != 2)\n3 passed, 0 failed", 0),
        ([("a", 3, ["f"], []), ("b", 1, [], [])], "4 passed, 1 failed", 1),
    ],
)
def test_total(outcomes, line, status, capsys):
    assert run_tests.total([run_tests.Outcome(*outcome) for outcome in outcomes]) == status
    assert capsys.readouterr().out == line + "\n"


def test_junit(tmp_path):
    report = tmp_path / "junit.xml"
    report.write_text(
        '<testsuites><testsuite><testcase classname="m" name="a"/>'
        '<testcase classname="m" name="b"><failure message="x"/></testcase>'
        '<testcase classname="m" name="c"><error message="x"/></testcase>'
        '<testcase classname="m" name="d"><skipped message="why"/></testcase>'
        '<testcase classname="m" name="e"><properties><property name="score" value="7 of 7"/></properties></testcase>'
        "</testsuite></testsuites>"
    )
    outcome = run_tests.Outcome("pytest")
    run_tests.read_junit(report, outcome)
    assert outcome.passed == 2
    assert outcome.failed == ["m::b", "m::c"]
    assert outcome.skipped == [("m::d", "why")]
    assert outcome.scores == ["7 of 7"]
    assert outcome.reasons == {"m::b": "x", "m::c": "x"}


def test_selection():
    file = ROOT / "test/base/test_str.c"
    assert run_tests.selects([], file)
    assert run_tests.selects([ROOT / "test"], file)
    assert run_tests.selects([ROOT / "test/net", file], file)
    assert not run_tests.selects([ROOT / "test/net"], file)
    here = Path(__file__).resolve()
    assert run_tests.suites([here]) == [here]
    assert here in run_tests.suites([])


def outcome_of(passed, failed):
    """An outcome with reasons for its failures."""
    outcome = run_tests.Outcome("p", passed, list(failed))
    outcome.reasons = dict(failed)
    return outcome


@pytest.mark.parametrize(
    "first, second, in_ci, counts",
    [
        # (passed, failed, flaky)
        ({"a": "1 != 2"}, {}, False, (2, ["a (flaky)"], [("a", "1 != 2")])),
        ({"a": "1 != 2"}, {}, True, (3, [], [("a", "1 != 2")])),
        ({"a": "1 != 2"}, {"a": "again"}, True, (3, ["a"], [])),
        # One test is broken, another one was flaky.
        ({"a": "x", "b": "y"}, {"b": "z"}, False, (2, ["b", "a (flaky)"], [("a", "x")])),
        ({"a": "x", "b": "y"}, {"b": "z"}, True, (3, ["b"], [("a", "x")])),
        # The crash of one test kept the others from running.
        ({"a (killed by SIGABRT)": "x", run_tests.NEVER_RUN: ""}, {}, True, (3, [], [("a (killed by SIGABRT)", "x")])),
        # It ended in another way the second time.
        ({"a (killed by SIGABRT)": "x"}, {"a (timed out)": "y"}, True, (3, ["a (timed out)"], [])),
        ({"a": ""}, {}, True, (3, [], [("a", "no reason given")])),
    ],
)
def test_second_attempt(first, second, in_ci, counts):
    result = run_tests.after_retry(outcome_of(1, first), outcome_of(3, second), in_ci)
    assert (result.passed, result.failed, result.flaky) == counts


def test_only_failures_are_tried_again_and_one_after_the_other(capsys):
    tried = []

    def run(argument):
        tried.append(argument)
        return run_tests.Outcome(argument, 1)

    work = [(name, run, name) for name in "abc"]
    outcomes = [run_tests.Outcome("b", 0, ["t"]), run_tests.Outcome("a", 1), run_tests.Outcome("c", 0, ["t"])]
    results = run_tests.retry(outcomes, work, in_ci=True)
    assert tried == ["b", "c"] and [result.name for result in results] == ["b", "a", "c"]
    assert not any(result.failed for result in results)
    assert "trying b once more, alone" in capsys.readouterr().out


def test_longest_come_first():
    program, suite = run_tests.run_program, run_tests.run_pytest
    work = [("new", program, 0), ("short", program, 0), ("long", program, 0), ("suite", suite, 0)]
    durations = {"short": 1.0, "long": 300.0}
    names = [name for name, _, _ in run_tests.longest_first(work, durations)]
    assert names == ["long", "suite", "new", "short"]


def test_durations_are_remembered(tmp_path):
    assert run_tests.read_durations(tmp_path) == {}
    outcome = run_tests.Outcome("a")
    outcome.seconds = 2.5
    run_tests.write_durations(tmp_path, {"a": 9.0, "b": 1.0}, [outcome])
    assert run_tests.read_durations(tmp_path) == {"a": 2.5, "b": 1.0}
    (tmp_path / run_tests.DURATIONS).write_text("[1, 2")
    assert run_tests.read_durations(tmp_path) == {}
    (tmp_path / run_tests.DURATIONS).write_text("[1, 2]")
    assert run_tests.read_durations(tmp_path) == {}


# Fails the first time it runs, passes after that, and skips one test.
FLAKY_PROGRAM = """
echo '[==========] Running 2 test(s).'
echo '[ RUN      ] test_luck'
if [ -e "$1" ]; then
    echo '[       OK ] test_luck'; status=0
else
    touch "$1"; status=1
    printf '[  ERROR   ] --- 1 != 2\n[   LINE   ] --- x.c:6: error: Failure!\n[  FAILED  ] test_luck\n'
fi
printf '[ RUN      ] test_disk\n[ SKIPPING ] no disk\n[  SKIPPED ] test_disk\n'
exit $status
"""


def run_whole(folder, **environment):
    """Output lines and exit status of a run over a build directory with one flaky program."""
    mark = folder / "has-run"
    test = {"name": "luck", "cmd": ["/bin/sh", "-c", FLAKY_PROGRAM, "sh", str(mark)], "env": {}, "workdir": None}
    test["timeout"] = 60
    meson = folder / "meson"
    answers = {"--tests": [test], "--targets": []}
    meson.write_text(f"#!/usr/bin/env python3\nimport json, sys\nprint(json.dumps({answers!r}[sys.argv[-1]]))\n")
    meson.chmod(0o755)
    code = (
        "import importlib.machinery, importlib.util, sys, pathlib\n"
        f"loader = importlib.machinery.SourceFileLoader('r', {str(ROOT / 'tools/run_tests')!r})\n"
        "module = importlib.util.module_from_spec(importlib.util.spec_from_loader('r', loader))\n"
        "sys.modules['r'] = module\n"
        "loader.exec_module(module)\n"
        "module.suites = lambda paths: []\n"
        f"sys.exit(module.run_selected(pathlib.Path({str(folder)!r}), [], 2))\n"
    )
    everything = {k: v for k, v in os.environ.items() if k != "CI"}
    everything.update(PATH=f"{folder}:{os.environ['PATH']}", **environment)
    result = subprocess.run([sys.executable, "-B", "-c", code], env=everything, capture_output=True, text=True)
    assert not result.stderr
    return result.stdout.splitlines(), result.returncode


def test_a_flake_fails_here_and_is_shown_in_ci(tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    lines, status = run_whole(here)
    assert lines[-3:] == [
        "skipped: luck: test_disk: no disk",
        "1 flaky: luck: test_luck (x.c:6: 1 != 2)",
        "0 passed, 1 failed, 1 skipped",
    ]
    assert status == 1
    lines, status = run_whole(there, CI="true")
    assert lines[-2:] == ["1 flaky: luck: test_luck (x.c:6: 1 != 2)", "1 passed, 0 failed, 1 skipped"]
    assert status == 0
    assert run_tests.read_durations(there)["luck"] >= 0
    # The second run of all has nothing to try again.
    lines, status = run_whole(here)
    assert lines[-1] == "1 passed, 0 failed, 1 skipped" and status == 0 and "flaky" not in "".join(lines)
