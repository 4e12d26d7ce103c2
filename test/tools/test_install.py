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


def install(tmp_path, apt_get):
    """Runs the whole of it with an apt that does as told, and nothing that would change this machine."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools/install", tmp_path / "tools")
    (tmp_path / "tools/packages.txt").write_text("gcc\nmake\nredis-server\n")
    stubs = dict.fromkeys(["tee", "chmod", "mkdir", "rmdir", "systemctl", "update-rc.d", "useradd", "getent", "grep"], "")
    stubs["tee"] = "exec cat >/dev/null\n"  # one that does not read would end its writer by SIGPIPE
    stubs["sudo"] = 'shift; exec "$@"\n'
    stubs["env"] = 'while [ "${1#*=}" != "$1" ]; do shift; done; exec "$@"\n'
    stubs["dpkg-query"] = "printf 'ii  gcc\\n'\n"
    stubs["apt-cache"] = ""
    stubs["apt-get"] = apt_get
    for name, text in stubs.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{text}")
        (tmp_path / "bin" / name).chmod(0o755)
    (tmp_path / "tools/build_pgvector").write_text("#!/bin/sh\n")
    (tmp_path / "tools/build_pgvector").chmod(0o755)
    env = dict(os.environ, PATH=f"{tmp_path}/bin:{os.environ['PATH']}", TMPDIR=str(tmp_path))
    return subprocess.run([str(tmp_path / "tools/install")], capture_output=True, text=True, env=env)


def test_progress_is_plain_lines_without_a_terminal(tmp_path):
    apt_get = """[ "$1" = install ] || exit 0
echo "dlstatus:1:30.5:Retrieving file 1 of 2"
echo "dlstatus:1:31.0:Retrieving file 1 of 2"
echo "Unpacking make ..."
echo "pmstatus:make:80.0:Installing make (amd64)"
"""
    done = install(tmp_path, apt_get)
    assert done.returncode == 0, done
    assert done.stderr.splitlines() == ["install: installing 2 packages: make redis-server", "install: downloading, 30 %", "install: installing, 80 %"]


def test_a_failure_names_the_packages_and_what_to_do(tmp_path):
    done = install(tmp_path, '[ "$1" = install ] || exit 1\necho "E: Unable to fetch some archives" >&2\nexit 100\n')
    assert done.returncode == 1
    assert "apt-get update failed" in done.stderr and "E: Unable to fetch some archives" in done.stderr
    assert "could not install: make redis-server." in done.stderr and "apt-get install make redis-server" in done.stderr
