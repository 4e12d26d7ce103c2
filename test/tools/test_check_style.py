# SPDX-License-Identifier: Apache-2.0
"""tools/check_style finds what it says it finds, and nothing in clean code."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SPDX_C = "/* SPDX-License-Identifier: Apache-2.0 */\n"
CLEAN = SPDX_C + "int one(void)\n{\n    return 1;\n}\n"
HEADER = SPDX_C + "/*\n * Counts things.\n * The caller owns them.\n */\n#pragma once\n\nint one(void);\n"


def check(root, *options):
    """(exit status, output) over a tree."""
    command = [sys.executable, str(ROOT / "tools/check_style"), "--root", str(root), *options]
    result = subprocess.run(command, capture_output=True, text=True)
    assert not result.stderr
    return result.returncode, result.stdout


def put(root, path, text):
    """Write a file of the tree."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def body(*lines):
    """A clean file around a function with these lines."""
    return SPDX_C + "void f(int a)\n{\n" + "".join(f"    {line}\n" for line in lines) + "}\n"


def test_clean_tree(tmp_path):
    put(tmp_path, "src/base/one.c", CLEAN)
    put(tmp_path, "src/base/one.h", HEADER)
    assert check(tmp_path) == (0, "")


@pytest.mark.parametrize(
    "line, word",
    [
        ("strcpy(a, b);", "strcpy is banned"),
        ("if (sprintf (a, b))", "sprintf is banned"),
        ("int n = atoi(text);", "atoi is banned"),
        ("char *p = alloca(3);", "alloca is banned"),
        ("struct tm *t = localtime(&now);", "localtime is banned"),
        ("int r = rand();", "rand is banned"),
        ("char *p = malloc(3);", "malloc belongs to src/base"),
        ("free(p);", "free belongs to src/base"),
        ("siglongjmp(buffer, 1);", "siglongjmp belongs to src/task"),
        ("assert(a);", "assert is compiled out"),
        ("/* TODO later */", "TODO"),
        ("/* ------------------ */", "a banner"),
        ("int x; ", "white space at the end"),
        ("\tint x;", "a tab"),
        ("int " + "x" * 100 + ";", "columns"),
    ],
)
def test_bad_line(tmp_path, line, word):
    put(tmp_path, "src/net/bad.c", body(line))
    status, output = check(tmp_path)
    assert status == 1 and word in output and "src/net/bad.c:4:" in output


@pytest.mark.parametrize(
    "path, name, is_good",
    [
        ("test/web/a.c", "test_names_are_unquoted", True),
        ("test/web/a.c", "test_bgp", False),
        ("test/web/a.c", "test_two_words", False),
        ("test/web/a.c", "names_are_unquoted_here", False),
        ("test/engines/pcap/a.c", "test_bgp", False),
        ("test/redis/a.c", "test_bgp", False),
        ("src/web/a.c", "test_bgp", True),
    ],
)
@pytest.mark.parametrize("macro", ["cmocka_unit_test(", "cmocka_unit_test_setup_teardown(\n        "])
def test_names_of_tests(tmp_path, path, name, is_good, macro):
    put(tmp_path, path, body(f"int x = {macro}{name});"))
    status, output = check(tmp_path)
    assert status == (0 if is_good else 1)
    assert is_good or f"{name}: a test is named test_ and what holds" in output


def test_skip_without_a_reason(tmp_path):
    put(tmp_path, "test/net/bad.c", body("skip();"))
    put(tmp_path, "test/net/good.c", body('skip_test("no disk");'))
    put(tmp_path, "test/harness/asserts.c", body("skip();"))
    put(tmp_path, "src/net/good.c", body("skip();"))
    status, output = check(tmp_path)
    assert status == 1 and output.count("skip gives no reason") == 1 and "test/net/bad.c:4:" in output


@pytest.mark.parametrize(
    "line",
    [
        'log("strcpy(a, b) and free(x)");',
        "/* never strcpy(a, b) here */",
        "pool->free(x); pool.free(x);",
        "pool_free(x); my_system(y);",
        'char *name = "/tmp/XXXXXX";',
        "char quote = '\"'; /* \" */ int x; char other = '\"';",
    ],
)
def test_harmless_line(tmp_path, line):
    put(tmp_path, "src/net/good.c", body(line))
    assert check(tmp_path) == (0, "")


def test_heap_and_jumps_where_they_belong(tmp_path):
    put(tmp_path, "src/base/mem.c", body("free(malloc(3));"))
    put(tmp_path, "src/task/stack.c", body("siglongjmp(buffer, 1);"))
    put(tmp_path, "test/net/test_x.c", body("free(malloc(3));"))
    assert check(tmp_path) == (0, "")


@pytest.mark.parametrize("count, status, unwanted", [(40, 0, 0), (41, 0, 1), (70, 0, 1), (71, 1, 0)])
def test_function_length(tmp_path, count, status, unwanted):
    put(tmp_path, "src/net/long.c", body(*["x();"] * count))
    got, output = check(tmp_path, "--wanted")
    assert got == status
    assert output.count("not wanted") == unwanted
    assert (f"f has {count} lines" in output) == (count > 40)


@pytest.mark.parametrize(
    "signature, count",
    [
        ("void f(void)", 0),
        ("void f(int a, int b, int c, int d, int e)", 5),
        ("void f(int a, int b, int c,\n       int d, int e, int g)", 6),
        ("void f(Task *task, int a, int b, int c, int d, int e)", 5),
        ("void f(int a, Task *task, int b, int c, int d, int e)", 6),
        ("static void f(void (*done)(int, int), int b, int c, int d, int e)", 5),
        ("PRINTF_LIKE(2, 3) static int f(int a, int b, int c, int d, int e, ...)", 5),
        ("static int f(int a, int b, int c, int d, int e, int g) MUST_USE", 6),
    ],
)
def test_parameters(tmp_path, signature, count):
    put(tmp_path, "src/net/many.c", SPDX_C + signature + "\n{\n    x();\n}\n")
    status, output = check(tmp_path)
    assert status == (count > 5)
    assert (f"f has {count} parameters" in output) == (count > 5)


@pytest.mark.parametrize("depth, status, unwanted", [(3, 0, 0), (4, 0, 1), (5, 1, 0)])
def test_nesting(tmp_path, depth, status, unwanted):
    lines = ["    " * level + "if (a) {" for level in range(depth)]
    lines += ["    " * level + "}" for level in reversed(range(depth))]
    put(tmp_path, "src/net/deep.c", body(*lines))
    got, output = check(tmp_path, "--wanted")
    assert (got, output.count("not wanted")) == (status, unwanted)


def test_else_if_and_case_do_not_nest(tmp_path):
    chain = ["if (a) {", "    x();"] + ["} else if (b) {", "    x();"] * 9 + ["}"]
    switch = ["switch (a) {", "case 1:", "    for (;;) {", "        if (b)", "            x();"]
    put(tmp_path, "src/net/chain.c", body(*chain, *switch, "    }", "}"))
    assert check(tmp_path, "--wanted") == (0, "")


@pytest.mark.parametrize("count, status", [(800, 0), (801, 1)])
def test_file_length(tmp_path, count, status):
    put(tmp_path, "src/net/long.c", SPDX_C + "int x;\n" * (count - 1))
    assert check(tmp_path)[0] == status


@pytest.mark.parametrize(
    "text, word",
    [
        ("int x;\n", "first line"),
        (HEADER.replace("#pragma once\n", ""), "#pragma once"),
        (HEADER.replace("#pragma once\n", "#ifndef A\n#pragma once\n#endif\n"), "#pragma once"),
        (SPDX_C + "#pragma once\nint x;\n", "what it is for"),
        (HEADER[:-1], "no newline"),
    ],
)
def test_bad_header(tmp_path, text, word):
    put(tmp_path, "src/net/bad.h", text)
    status, output = check(tmp_path)
    assert status == 1 and word in output


def test_one_line_of_purpose_is_not_wanted(tmp_path):
    put(tmp_path, "src/net/short.h", SPDX_C + "/* Counts things. */\n#pragma once\nint x;\n")
    status, output = check(tmp_path, "--wanted")
    assert status == 0 and "not wanted: src/net/short.h" in output


def test_scripts_and_sql(tmp_path):
    put(tmp_path, "migrations/001_x.up.sql", "CREATE TABLE x ();\n")
    put(tmp_path, "tools/x", "#!/bin/sh\necho\n")
    put(tmp_path, "tools/y", "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n# FIXME\n")
    put(tmp_path, "tools/data.bin", "no rules here \n")
    status, output = check(tmp_path)
    assert status == 1
    assert [line.split(":")[0] for line in output.splitlines()] == [
        "tools/x",
        "tools/y",
        "migrations/001_x.up.sql",
    ]


@pytest.mark.parametrize(
    "comment, line, said",
    [
        ("/* The upkeep of rows. */", 4, '"upkeep": write maintenance'),
        ("/*\n     * Wakes the one\n     * that MENDED it.\n     */", 6, '"mended": write fixed'),
        ("x(); // whoever waits", 4, '"whoever": write the name of it'),
        ("/* There is nobody\n     * who waits. */", 4, '"nobody who": write no client'),
    ],
)
def test_a_word_that_is_not_ours_is_named_with_the_one_to_use(tmp_path, comment, line, said):
    put(tmp_path, "src/net/bad.c", body(comment))
    status, output = check(tmp_path)
    assert status == 1 and output.startswith(f"src/net/bad.c:{line}: {said}")


@pytest.mark.parametrize("line", ["upkeep();", 'x("mend it");', "/* recommended, nearest, vector_index_upkeep */"])
def test_words_count_in_comments_only_and_as_whole_words(tmp_path, line):
    put(tmp_path, "src/net/good.c", body(line))
    assert check(tmp_path) == (0, "")


def test_comments_of_tests_and_of_exempt_folders_may_hold_any_word(tmp_path):
    put(tmp_path, "test/net/good.c", body("/* whoever */"))
    put(tmp_path, "src/accounts/good.c", body("/* whoever */"))
    put(tmp_path, "src/app/up/good.c", body("/* whoever */"))
    put(tmp_path, "src/app/bad.c", body("/* whoever */"))
    status, output = check(tmp_path)
    assert status == 1 and output.count("\n") == 1 and output.startswith("src/app/bad.c:4:")


def test_words_of_documentation_are_checked_except_in_code(tmp_path):
    put(tmp_path, "README.md", "# A program\n\nHow to mend it.\n")
    put(tmp_path, "docs/decisions/0001-x.md", "`upkeep` is code.\n\n```\nupkeep\n```\n\nUpkeep is not.\n")
    status, output = check(tmp_path)
    assert status == 1
    assert output == 'README.md:3: "mend": write fix\ndocs/decisions/0001-x.md:7: "upkeep": write maintenance\n'


def test_each_word_has_another_one_to_use():
    text = (ROOT / "tools/check_style").read_text()
    table = re.search(r"^WORDS = \{\n(.*?)^\}", text, re.S | re.M)[1]
    rows = re.findall(r'^    "([a-z ]+)": "(.+)",$', table, re.M)
    assert len(rows) == table.count("\n") and len(dict(rows)) == len(rows)
