# SPDX-License-Identifier: Apache-2.0
"""The tests beside the components of the page, which Vitest runs: one test here for each of its files."""

import json
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(str(file.relative_to(ROOT / "web")) for file in (ROOT / "web/src").rglob("*.test.ts*"))


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """What Vitest says of each file."""
    if os.environ.get("NETGURU_WEB", "true").lower() in ("false", "no", "off", "0"):
        pytest.skip("NETGURU_WEB says that there is no page")
    report = tmp_path_factory.mktemp("vitest") / "report.json"
    command = [ROOT / "tools/build_web", "--run", "test", "--reporter=json", f"--outputFile={report}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert report.exists(), done.stdout + done.stderr
    files = json.loads(report.read_text())["testResults"]
    return {str(Path(file["name"]).relative_to(ROOT / "web")): file for file in files}


@pytest.mark.parametrize("file", FILES)
def test_file(results, file):
    result = results[file]
    failed = [test for test in result["assertionResults"] if test["status"] != "passed"]
    words = "\n".join(f"{test['fullName']}: {' '.join(test['failureMessages'])}" for test in failed)
    assert result["status"] == "passed", words or result["message"]
