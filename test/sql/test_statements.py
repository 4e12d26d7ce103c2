# SPDX-License-Identifier: Apache-2.0
"""Every statement that the program lists has parameters, and the logins that it is for may run it."""
import json
import os
import pathlib
import subprocess
import sys

import psycopg2
import pytest

from conftest import ROOT, fetch

sys.path.insert(0, str(ROOT / "test" / "bench"))
from statements import parameters  # noqa: E402

PROGRAM = os.environ.get("TEST_PROGRAM", str(ROOT / "build/src/netguru"))
LOGINS = {"app": ("netguru_app", "netguru_serve", "netguru_work"), "serve": ("netguru_app", "netguru_serve"), "work": ("netguru_app", "netguru_work")}


def run(*words, status=0):
    done = subprocess.run([PROGRAM, "statements", *words], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == status, done.stderr
    return done.stdout if status == 0 else done.stderr


@pytest.fixture(scope="module")
def listed():
    return json.loads(run("--json"))


@pytest.fixture(scope="module")
def served(listed):
    return {row["name"]: row for row in listed if row["role"] != "operator"}


def test_each_name_is_listed_once(listed):
    names = [row["name"] for row in listed]
    assert names == sorted(set(names)) and len(names) > 200
    assert all(len(name) <= 59 and row["sql"] for name, row in zip(names, listed))


def test_every_declaration_in_the_sources_is_listed(listed):
    """A statement of a file that is linked into the program."""
    wanted = sum(path.read_text(encoding="utf-8").count("DB_STATEMENT ") for path in pathlib.Path(ROOT / "src").rglob("*.c"))
    assert 0 <= len(listed) - wanted < 20  # an array of statements is one declaration


def test_a_listed_statement_says_what_it_uses(listed):
    uses = {row["name"]: row["uses"] for row in listed}
    assert uses["conversation_list"] == ["conversation_turns", "conversations"] and uses["turn_cancel"] == ["turn_cancel"] and uses["health_ping"] == []


def test_one_statement_is_printed_by_its_name():
    assert run("turn_cancel") == "SELECT message_id, owner FROM turn_cancel($1)\n"
    assert "netguru statements lists all" in run("no_such", status=4)
    assert "expected one NAME" in run("one", "two", status=2)


def test_every_statement_of_the_servers_has_parameters(served):
    assert set(served) == set(parameters.MAKERS) | parameters.COMMANDS


def may_run(connection, statement):
    """None, or why it may not."""
    user, values = parameters.values_of(statement["name"], 1, ["[%s]" % ",".join(["1"] * 384)])
    try:
        fetch(connection, "SELECT set_config('app.current_user_id', %s, false)", user or "")
        fetch(connection, "PREPARE s AS " + statement["sql"])
        fetch(connection, "EXPLAIN EXECUTE s" + (" (%s)" % ", ".join(["%s"] * len(values)) if values else ""), *(None if v is None else str(v) for v in values))
    except psycopg2.Error as error:
        return str(error)
    finally:
        fetch(connection, "DEALLOCATE ALL")
    return None


def test_the_logins_of_a_statement_may_run_it_and_no_other(database, served):
    wrong = []
    for login in LOGINS["app"]:
        connection = database.connect(login)
        for name in sorted(set(served) - parameters.COMMANDS):
            reason = may_run(connection, served[name])
            if (reason is None) != (login in LOGINS[served[name]["role"]]):
                wrong.append((name, login, reason))
    assert not wrong
