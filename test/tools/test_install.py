# SPDX-License-Identifier: Apache-2.0
"""tools/install asks dpkg once and knows groups and alternatives."""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def lacking(tmp_path, packages, installed, *groups):
    """(exit status, what is missing) for a package list and a dpkg that has `installed`."""
    (tmp_path / "bin").mkdir(exist_ok=True)
    (tmp_path / "tools").mkdir(exist_ok=True)
    shutil.copy(ROOT / "tools/install", tmp_path / "tools")
    (tmp_path / "tools/packages.txt").write_text(packages)
    dpkg = tmp_path / "bin/dpkg-query"
    calls = tmp_path / "calls"
    dpkg.write_text(f"#!/bin/sh\necho call >>{calls}\nprintf '{installed}'\n")
    dpkg.chmod(0o755)
    for name in ("apt-get", "sudo"):
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\necho {name} >>{calls}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    env = dict(os.environ, PATH=f"{tmp_path}/bin:{os.environ['PATH']}")
    command = [str(tmp_path / "tools/install"), "--missing", *groups]
    result = subprocess.run(command, capture_output=True, text=True, env=env)
    assert calls.read_text() == "call\n"
    calls.unlink()
    return result.returncode, result.stdout.split()


def test_groups_and_comments(tmp_path):
    packages = "# all\ngcc  # the compiler\n\nmake\nlibx test\nliby check\n"
    installed = "ii  gcc\\nrc  make\\n"
    assert lacking(tmp_path, packages, installed) == (1, ["make"])
    assert lacking(tmp_path, packages, installed, "test") == (1, ["libx", "make"])
    assert lacking(tmp_path, packages, installed, "test", "check") == (1, ["libx", "liby", "make"])


def test_alternatives(tmp_path):
    packages = "http-parser|llhttp\n"
    assert lacking(tmp_path, packages, "ii  llhttp\\n") == (0, [])
    assert lacking(tmp_path, packages, "hi  http-parser\\n") == (0, [])
    assert lacking(tmp_path, packages, "ii  other\\n") == (1, ["http-parser|llhttp"])
