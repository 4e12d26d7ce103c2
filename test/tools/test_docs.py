# SPDX-License-Identifier: Apache-2.0
"""What the documentation names is there: routes, settings, commands, files."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "sample/README.md"]
NOT_SETTINGS = re.compile(r"NETGURU_(TEST_\w*|PASSWORD|API_KEY|…)")


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def test_every_route_is_documented_and_none_more():
    access = {"PUBLIC": "anybody", "USER": "user", "ADMIN": "administrator"}
    sources = "".join(path.read_text() for path in [*sorted((ROOT / "src").glob("*/*_api.c")), ROOT / "src/web/openapi.c"])
    routes = {(method, path, access[who]) for method, who, path in re.findall(r'\{HTTP_(\w+), ROUTE_(\w+), "([^"]+)"', sources)}
    documented = set(re.findall(r"^\| ([A-Z]+) `([^`]+)` \| (\w+) \|", read("docs/api.md"), re.M))
    assert documented == routes - {("GET", "/{path...}", "anybody")}  # the page, which is no part of the API


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_settings_that_are_named_exist(page):
    settings = set(re.findall(r'\{"(NETGURU_\w+)"', read("src/base/config.c")))
    named = {name for name in re.findall(r"NETGURU_[A-Z0-9_]+[A-Z0-9]", page.read_text()) if not NOT_SETTINGS.match(name)}
    assert named <= settings


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_that_are_shown_exist(page):
    commands = set(re.findall(r'^    \{"(\w+)", command_\w+', read("src/app/commands.c"), re.M))
    shown = set(re.findall(r"^(?:    |\$ )(?:build/src/)?netguru (\w+)", page.read_text(), re.M))
    shown |= set(re.findall(r"`(?:build/src/)?netguru (\w+)", page.read_text()))
    of_gdb = {"task", "tasks"} if page.name == "tasks.md" else set()
    assert shown - of_gdb <= commands
