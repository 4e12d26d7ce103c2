# SPDX-License-Identifier: Apache-2.0
"""Tables out of the outputs of commands: the same as those of Google's TextFSM, with the templates of ntc-templates, on
recorded outputs that nobody here wrote and on what is left of them after damage."""

import io
import json
import os
import random
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("NETGURU_SHARED_DATA", ROOT.parent / "shared/data")) / "shows"
TEMPLATES = sorted((ROOT / ".cache/templates").glob("*/*.textfsm"))
TOO_SLOW = {"cisco_s300_show_vlan.textfsm"}  # seconds of Python for some of its lines


def dump_program():
    builds = [os.environ.get("NETGURU_BUILD", ""), str(ROOT / "build-asan"), str(ROOT / "build")]
    found = [Path(build) / "test/engines/show/table_dump" for build in builds if build]
    return next((str(path) for path in found if path.is_file()), None)


def pairs():
    """(template, recorded output) where both are there."""
    by_name = {path.stem: path for path in TEMPLATES}
    found = [(by_name.get(f"{raw.parent.parent.name}_{raw.parent.name}"), raw) for raw in sorted(DATA.glob("*/*/*.raw"))]
    return [(template, raw) for template, raw in found if template and template.name not in TOO_SLOW]


needs_program = pytest.mark.skipif(not dump_program(), reason="table_dump is not built")
needs_templates = pytest.mark.skipif(not TEMPLATES, reason="no templates: run tools/get_templates")
needs_data = pytest.mark.skipif(not pairs(), reason=f"no outputs at {DATA}, or no templates")


def ours(items):
    """What table_dump makes of each (path of a template, path of a text)."""
    listed = "".join(f"{template}\t{text}\n" for template, text in items)
    environment = {"ASAN_OPTIONS": "detect_leaks=1", "UBSAN_OPTIONS": "halt_on_error=1", **os.environ}
    run = subprocess.run([dump_program()], input=listed, capture_output=True, text=True, timeout=600, env=environment)
    assert run.returncode == 0, run.stderr[-2000:]
    return [json.loads(line) for line in run.stdout.splitlines()]


def theirs(template, text):
    """The same of the original, or None where it refuses the text."""
    import textfsm

    machine = textfsm.TextFSM(io.StringIO(template.read_text(encoding="utf-8")))
    try:
        rows = machine.ParseText(text)
    except textfsm.TextFSMError:
        return None
    blank = [[["" if item is None else item for item in cell] if isinstance(cell, list) else cell for cell in row] for row in rows]
    return {"columns": machine.header, "rows": blank}


def compare(items):
    different = []
    made = ours([(template, path) for template, path in items])
    assert len(made) == len(items)
    refused = 0
    for (template, path), mine in zip(items, made):
        wanted = theirs(template, path.read_text(encoding="utf-8"))
        refused += wanted is None
        same = "error" in mine if wanted is None else mine == wanted
        if not same:
            different.append((template.name, path.name, mine.get("error")))
    assert not different, (len(different), different[:10])
    return refused


@needs_program
@needs_data
def test_recorded_outputs_are_read_as_the_original_reads_them():
    assert len(pairs()) > 800
    assert compare(pairs()) == 0


def damaged(text, chance):
    """The text with lines lost, doubled, cut, moved or strange."""
    lines = text.splitlines(keepends=True)
    for _ in range(1 + len(lines) // 20):
        at = chance.randrange(len(lines)) if lines else 0
        what = chance.randrange(5) if lines else 4
        if what == 0:
            del lines[at]
        elif what == 1:
            lines.insert(at, lines[at])
        elif what == 2:
            lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)] + "\n"
        elif what == 3:
            lines.insert(chance.randrange(len(lines) + 1), lines.pop(at))
        else:
            lines.insert(at, chance.choice(["\n", "*Mar  1 00:00:01: %SYS-5-CONFIG_I: console\n", "é\u2028ß\x0bx\r\n", "\x1c \x85\n"]))
    return "".join(lines)


@needs_program
@needs_data
def test_damaged_outputs_are_read_and_refused_as_the_original_does(tmp_path):
    chance = random.Random(20261129)
    items = []
    for number, (template, raw) in enumerate(pairs()):
        if raw.stat().st_size > 20_000:
            continue
        path = tmp_path / f"{number}.raw"
        path.write_text(damaged(raw.read_text(encoding="utf-8"), chance), encoding="utf-8", newline="")
        items.append((template, path))
    assert compare(items) > 50


@needs_program
@needs_templates
def test_every_template_of_the_package_is_understood(tmp_path):
    text = tmp_path / "nothing"
    text.write_text("x\n", encoding="utf-8")
    wrong = [(template.name, made["error"]) for template, made in zip(TEMPLATES, ours([(each, text) for each in TEMPLATES]))
             if "of the template" in made.get("error", "")]
    assert len(TEMPLATES) > 900 and not wrong, wrong[:5]


@needs_program
@needs_templates
def test_an_expression_that_would_take_for_ever_gives_up(tmp_path):
    """(\\s*-*)* on a line of blanks and hyphens takes Python seconds."""
    slow = next(template for template in TEMPLATES if template.name in TOO_SLOW)
    text = tmp_path / "slow"
    text.write_text(("- " * 4000 + "x\n") * 20, encoding="utf-8")
    (made,) = ours([(slow, text)])
    assert "of the template" not in made.get("error", "")
