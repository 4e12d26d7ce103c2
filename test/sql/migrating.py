# SPDX-License-Identifier: Apache-2.0
"""Runs `netguru migrate` on a database of the tests' cluster."""
import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("TEST_PROGRAM", str(ROOT / "build/src/netguru"))
OK, FAILED, MISUSE, FORBIDDEN, CONFLICT, UNAVAILABLE, INTERRUPTED = 0, 1, 2, 3, 5, 7, 130


def url(database, user="postgres"):
    return "postgresql://%s@/%s?host=%s" % (user, database.name, database.cluster.home)


def environment(database, user="postgres", **variables):
    return {**os.environ, "NETGURU_OWNER_DATABASE_URL": url(database, user), "PATH": "%s:%s" % (database.cluster.bin, os.environ["PATH"]),
            **variables}


def start(database, *words, user="postgres", program=PROGRAM, **variables):
    return subprocess.Popen([program, "migrate", *map(str, words)], env=environment(database, user, **variables), text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def migrate(database, *words, status=OK, user="postgres", program=PROGRAM, **variables):
    """What it printed, on both outputs where a failure is expected."""
    with start(database, *words, user=user, program=program, **variables) as process:
        output, errors = process.communicate(timeout=120)
    assert process.returncode == status, (words, process.returncode, output[-2000:], errors)
    return output if status == OK else output + errors


def migrate_json(database, *words, status=OK):
    with start(database, *words, "--json") as process:
        output, errors = process.communicate(timeout=120)
    assert process.returncode == status, (words, process.returncode, output[-2000:], errors)
    return json.loads(output)


def databases(database):
    """The scratch databases that are left."""
    return database.superuser("SELECT datname FROM pg_database WHERE datname LIKE 'netguru\\_scratch\\_%'")
