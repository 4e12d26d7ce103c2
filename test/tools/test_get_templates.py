# SPDX-License-Identifier: Apache-2.0
"""tools/get_templates fetches once, all at once."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from test_run_tests import load

ROOT = Path(__file__).resolve().parents[2]
get_templates = load("get_templates")


@pytest.fixture
def somewhere(tmp_path, monkeypatch):
    """A checkout of its own, and a package with the given files."""
    monkeypatch.setattr(get_templates, "ROOT", tmp_path)
    monkeypatch.setattr(get_templates, "DIRECTORY", tmp_path / "templates/pinned")
    monkeypatch.setattr(sys, "argv", ["get_templates"])
    fetched = []

    def package(**files):
        def fetch(_package, _version, _sha256, work):
            fetched.append(1)
            wheel = work / "x.whl"
            with zipfile.ZipFile(wheel, "w") as archive:
                for name, text in files.items():
                    archive.writestr(name.replace("__", "/"), text)
            return wheel

        monkeypatch.setattr(get_templates, "fetch_wheel", fetch)
        return fetched

    return package


def test_a_second_run_fetches_nothing(somewhere, capsys, tmp_path):
    fetched = somewhere(**{"ntc_templates__templates__index": "i", "ntc_templates__templates__a.textfsm": "t", "ntc_templates__parse.py": "p"})
    assert (get_templates.main(), get_templates.main()) == (0, 0)
    assert capsys.readouterr().out == "templates/pinned\n" * 2
    assert len(fetched) == 1
    assert sorted(path.name for path in (tmp_path / "templates/pinned").iterdir()) == ["a.textfsm", "index"]


def test_a_package_of_another_form_changes_nothing(somewhere, capsys, tmp_path):
    somewhere(**{"ntc_templates__templates__a.textfsm": "t"})
    assert get_templates.main() == 1
    assert "has no index" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "templates").iterdir()] == [".get_templates.lock"]


def test_the_templates_of_the_build_are_whole():
    folder = subprocess.run([sys.executable, str(ROOT / "tools/get_templates"), "--quiet"], capture_output=True, text=True, check=True).stdout.strip()
    names = {path.name for path in (ROOT / folder).iterdir()}
    assert {"index", "LICENSE", "cisco_ios_show_version.textfsm"} <= names
    assert len(names) > 900
