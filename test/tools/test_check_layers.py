# SPDX-License-Identifier: Apache-2.0
"""tools/check_layers lets through what the layers allow and refuses the rest."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def check(root, *options):
    """(exit status, output) over a tree."""
    command = [sys.executable, str(ROOT / "tools/check_layers"), "--root", str(root), *options]
    result = subprocess.run(command, capture_output=True, text=True)
    assert not result.stderr
    return result.returncode, result.stdout


def put(root, path, *includes):
    """Write a source with these includes, and its folder's tests; quoted ones are made when not there."""
    file = root / path
    tests = root / "test" / Path(path).parent.relative_to("src")
    tests.mkdir(parents=True, exist_ok=True)
    (tests / "test_it.c").touch()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"#include {include}\n" for include in includes) + "int x;\n")
    for include in includes:
        header = root / "src" / include.strip('"')
        if include.startswith('"') and ".." not in include and not header.exists():
            header.parent.mkdir(parents=True, exist_ok=True)
            header.write_text("int x;\n")


ALLOWED = [
    ("src/task/loop.c", '"base/str.h"'),
    ("src/task/loop.c", "<uv.h>"),
    ("src/db/pool.c", '"task/task.h"'),
    ("src/db/pool.c", "<libpq-fe.h>"),
    ("src/web/router.c", '"db/pool.h"'),
    ("src/accounts/accounts_api.c", '"web/router.h"'),
    ("src/accounts/accounts_api.c", '"accounts/accounts_store.h"'),
    ("src/documents/documents.c", '"jobs/jobs.h"'),
    ("src/documents/documents.c", '"jobs/job.h"'),
    ("src/documents/documents.c", '"engines/pcap/reader.h"'),
    ("src/app/serve.c", '"accounts/accounts_api.h"'),
    ("src/app/analyze.c", '"engines/config/parse.h"'),
    ("src/main.c", '"app/serve.h"'),
    ("src/engines/pcap/reader.c", '"base/str.h"'),
    ("src/engines/pcap/reader.c", '"engines/pcap/format.h"'),
    ("src/engines/topology/links.c", '"engines/network/device.h"'),
    ("src/base/time.c", "<sys/time.h>"),
    ("src/base/time.c", "<stdint.h>"),
    ("src/redis/driver.c", "<hiredis/async.h>"),
]

REFUSED = [
    ("src/base/str.c", '"task/task.h"', "may not see task/"),
    ("src/task/loop.c", '"net/http.h"', "may not see net/"),
    ("src/db/pool.c", '"redis/driver.h"', "db/ may not see redis/"),
    ("src/net/http.c", '"web/router.h"', "may not see web/"),
    ("src/web/router.c", '"accounts/accounts.h"', "may not see accounts/"),
    ("src/web/router.c", '"engines/pcap/reader.h"', "below the engines"),
    ("src/accounts/accounts.c", '"app/serve.h"', "may not see app/"),
    ("src/documents/documents.c", '"jobs/jobs_store.h"', "not the public header of jobs/"),
    ("src/documents/documents.c", '"jobs/jobs_api.h"', "not the public header of jobs/"),
    ("src/documents/documents.c", '"jobs/claim.h"', "not the public header of jobs/"),
    ("src/app/serve.c", '"jobs/jobs_store.h"', "belongs to its feature alone"),
    ("src/web/router.c", '"db/pool_private.h"', "is private to db/"),
    ("src/web/router.c", '"db/internal.h"', "is private to db/"),
    ("src/engines/pcap/reader.c", '"task/task.h"', "engines see only base"),
    ("src/engines/pcap/reader.c", '"engines/text/chunk.h"', "engines see only base"),
    ("src/web/router.c", "<libpq-fe.h>", "belongs to db/"),
    ("src/net/http.c", "<openssl/evp.h>", "belongs to crypto/"),
    ("src/web/router.c", "<hiredis/async.h>", "belongs to redis/"),
    ("src/net/http.c", "<sqlite3.h>", "has no owner"),
    ("src/net/http.c", '"../base/str.h"', "is not a path from src/"),
]


@pytest.mark.parametrize("path, include", ALLOWED)
def test_allowed(tmp_path, path, include):
    put(tmp_path, path, include)
    assert check(tmp_path, "--quiet") == (0, "")


@pytest.mark.parametrize("path, include, word", REFUSED)
def test_refused(tmp_path, path, include, word):
    put(tmp_path, path, "<stdint.h>", include)
    status, output = check(tmp_path, "--quiet")
    assert status == 1 and word in output and output.startswith(f"{path}:2:")


def test_comments_and_lookalikes_do_not_count(tmp_path):
    put(tmp_path, "src/base/x.c")
    file = tmp_path / "src/base/x.c"
    file.write_text('/*\n#include "web/x.h"\n*/\nint x; // #include <uv.h>\nchar *y = "/*";\n')
    assert check(tmp_path, "--quiet") == (0, "")


def test_include_after_a_string_with_a_comment_start(tmp_path):
    file = tmp_path / "src/base/x.c"
    file.parent.mkdir(parents=True)
    file.write_text('char *y = "/*";\n#include <uv.h>\nchar *z = "*/";\n')
    assert check(tmp_path, "--quiet")[0] == 1


def test_own_header_first(tmp_path):
    put(tmp_path, "src/base/str.c", "<stdint.h>", '"base/str.h"')
    status, output = check(tmp_path, "--quiet")
    assert status == 1 and '"base/str.h" must come first' in output
    put(tmp_path, "src/base/str.c", '"base/str.h"', "<stdint.h>")
    assert check(tmp_path, "--quiet") == (0, "")


def test_umbrella_header(tmp_path):
    put(tmp_path, "src/base/a.c", '"base/str.h"', '"base/vec.h"')
    (tmp_path / "src/base/all.h").write_text('#pragma once\n#include "base/str.h"\n#include "base/vec.h"\n')
    status, output = check(tmp_path, "--quiet")
    assert status == 1 and "src/base/all.h:1: a header that only includes others" in output


def test_one_owner_only(tmp_path):
    put(tmp_path, "src/engines/pcap/input.c", "<zlib.h>")
    assert check(tmp_path, "--quiet") == (0, "")
    put(tmp_path, "src/documents/kind.c", "<zlib.h>")
    status, output = check(tmp_path, "--quiet")
    assert status == 1 and "<zlib.h> belongs to engines/pcap/" in output


def test_circles_are_warnings(tmp_path):
    put(tmp_path, "src/jobs/jobs.c", '"jobs/jobs.h"', '"documents/documents.h"')
    put(tmp_path, "src/documents/documents.c", '"documents/documents.h"', '"jobs/jobs.h"')
    status, output = check(tmp_path)
    assert status == 0
    assert "documents/ and jobs/ include each other" in output


def test_a_folder_without_tests(tmp_path):
    put(tmp_path, "src/jobs/jobs.c", '"jobs/jobs.h"')
    put(tmp_path, "src/app/serve.c")
    shutil.rmtree(tmp_path / "test")
    status, output = check(tmp_path)
    assert status == 1 and "src/jobs has no tests in test/jobs" in output and "src/app" not in output
