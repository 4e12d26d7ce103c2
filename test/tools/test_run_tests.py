# SPDX-License-Identifier: Apache-2.0
"""tools/run_tests counts every cmocka test, however its program ends."""

import importlib.machinery
import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


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


def test_program_that_hangs_is_ended():
    test = {"name": "x", "cmd": ["/bin/sleep", "60"], "env": {}, "workdir": None, "timeout": 0.2}
    outcome = run_tests.run_program(test)
    assert outcome.failed == ["(the program timed out)"] and outcome.seconds < 10


@pytest.mark.parametrize(
    "outcomes, line, status",
    [
        ([], "0 passed, 0 failed", 1),
        ([("a", 3, [], [])], "3 passed, 0 failed", 0),
        ([("a", 3, [], ["s"])], "3 passed, 0 failed, 1 skipped", 0),
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
        "</testsuite></testsuites>"
    )
    outcome = run_tests.Outcome("pytest")
    run_tests.read_junit(report, outcome)
    assert outcome.passed == 1
    assert outcome.failed == ["m::b", "m::c"]
    assert outcome.skipped == ["m::d: why"]


def test_selection():
    file = ROOT / "test/base/test_str.c"
    assert run_tests.selects([], file)
    assert run_tests.selects([ROOT / "test"], file)
    assert run_tests.selects([ROOT / "test/net", file], file)
    assert not run_tests.selects([ROOT / "test/net"], file)
    here = Path(__file__).resolve()
    assert run_tests.suites([here]) == [here]
    assert here in run_tests.suites([])
