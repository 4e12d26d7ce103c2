# SPDX-License-Identifier: Apache-2.0
"""tools/embed_files writes a table that has the files of the page, and names what it depends on."""

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRINTER = """
#include "browser/page_files.h"
#include <stdio.h>
int main(void)
{
    for (const PageFile *file = page_files; file->name; file++) {
        printf("%s %zu\\n", file->name, (size_t)(file->end - file->begin));
        fwrite(file->begin, 1, (size_t)(file->end - file->begin), stdout);
    }
    return 0;
}
"""


def embed(tmp_path, *directory):
    command = [sys.executable, str(ROOT / "tools/embed_files"), str(tmp_path / "out.c"), str(tmp_path / "out.d"), *map(str, directory)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def linked(tmp_path, compiler="cc"):
    """name -> contents, as a program has them that is linked with the table."""
    (tmp_path / "printer.c").write_text(PRINTER)
    command = [compiler, "-Wall", "-Wextra", "-Werror", "-fPIE", "-pie", "-I", ROOT / "src", tmp_path / "printer.c", tmp_path / "out.c", "-o", tmp_path / "printer"]
    subprocess.run(command, check=True)
    rest = subprocess.run([tmp_path / "printer"], capture_output=True, check=True).stdout
    found = {}
    while rest:
        line, _, rest = rest.partition(b"\n")
        name, size = line.rsplit(b" ", 1)
        found[name.decode()], rest = rest[:int(size)], rest[int(size):]
    return found


@pytest.fixture
def dist(tmp_path):
    made = tmp_path / 'dist "of" a page'
    (made / "assets").mkdir(parents=True)
    (made / "index.html").write_bytes(b"<html>")
    (made / "index.html.gz").write_bytes(gzip.compress(b"<html>"))
    (made / "assets/logo.png").write_bytes(bytes(range(256)))
    (made / "assets/empty.txt").write_bytes(b"")
    (made / ".hidden").write_bytes(b"secret")
    return made


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_the_program_has_the_files(tmp_path, dist, compiler):
    assert embed(tmp_path, dist).returncode == 0
    found = linked(tmp_path, compiler)
    assert found == {"index.html.gz": (dist / "index.html.gz").read_bytes(), "assets/logo.png": bytes(range(256)), "assets/empty.txt": b""}


def test_without_a_directory_there_are_none(tmp_path):
    assert embed(tmp_path).returncode == 0
    assert linked(tmp_path) == {}


def test_the_build_depends_on_files_and_directories(tmp_path, dist):
    assert embed(tmp_path, dist).returncode == 0
    watched = (tmp_path / "out.d").read_text().replace("\\ ", " ")
    for path in (dist, dist / "assets", dist / "index.html", dist / "index.html.gz", dist / "assets/logo.png"):
        assert str(path) in watched


def test_a_directory_without_a_page_is_refused(tmp_path, dist):
    (dist / "index.html").unlink()
    done = embed(tmp_path, dist)
    assert done.returncode != 0 and "no index.html" in done.stderr and not (tmp_path / "out.c").exists()


@pytest.mark.parametrize("content", [gzip.compress(b"<HTML>"), gzip.compress(b"<html>")[:-1], b""], ids=["other", "cut", "empty"])
def test_a_compressed_file_of_other_contents_is_refused(tmp_path, dist, content):
    (dist / "index.html.gz").write_bytes(content)
    done = embed(tmp_path, dist)
    assert done.returncode != 0 and "is not index.html compressed" in done.stderr
