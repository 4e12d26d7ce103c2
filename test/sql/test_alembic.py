# SPDX-License-Identifier: Apache-2.0
"""Alembic itself on the same database, with the project that export-alembic writes."""
import re
import subprocess
import sys

import pytest

from conftest import migration_files
from migrating import CONFLICT, OK, environment, migrate

REVISIONS = [path.name[:-len(".up.sql")] for path in migration_files("up")]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    directory = tmp_path_factory.mktemp("alembic") / "project"
    pytest.importorskip("alembic", reason="alembic is not installed: ./dev test installs test/requirements.txt")
    return directory


@pytest.fixture(scope="module")
def database(cluster, project):
    database = cluster.create()
    database.provision()
    assert "current" in migrate(database, "export-alembic", project)
    yield database
    database.close()


def alembic(database, project, *words, status=OK, user="postgres"):
    done = subprocess.run([sys.executable, "-m", "alembic", "-c", str(project / "alembic.ini"), *words], env=environment(database, user),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False)
    assert done.returncode == status, (words, done.stdout)
    return done.stdout


def assert_both_at(database, project, revision):
    assert alembic(database, project, "current").split()[:1] == ([revision] if revision else [])
    assert migrate(database, "current").split()[0] == (revision or "none")


def test_history_and_heads_agree(database, project):
    lines = alembic(database, project, "history").splitlines()
    assert [re.match(r"(\S+) -> ([^ ,]+)", line).groups() for line in lines[::-1]] == list(zip(["<base>", *REVISIONS], REVISIONS))
    assert [line.split()[-1] if "<-" not in line else line.split()[1] for line in migrate(database, "history").splitlines()] == REVISIONS
    assert alembic(database, project, "heads").strip() == migrate(database, "heads").strip() == "%s (head)" % REVISIONS[-1]


def test_steps_of_one_tool_are_seen_by_the_other(database, project):
    assert_both_at(database, project, None)
    alembic(database, project, "upgrade", "+3")
    assert_both_at(database, project, REVISIONS[2])
    migrate(database, "upgrade", "006")
    assert_both_at(database, project, REVISIONS[5])
    alembic(database, project, "upgrade", "head")
    assert_both_at(database, project, REVISIONS[-1])
    assert "matches the migrations" in migrate(database, "check")
    migrate(database, "downgrade", "-1")
    alembic(database, project, "downgrade", "-1")
    assert_both_at(database, project, REVISIONS[-3])
    alembic(database, project, "downgrade", "base")
    assert_both_at(database, project, None)
    migrate(database, "upgrade")
    assert alembic(database, project, "upgrade", "head") == ""
    alembic(database, project, "stamp", REVISIONS[3])
    assert_both_at(database, project, REVISIONS[3])
    migrate(database, "stamp", "head")
    assert_both_at(database, project, REVISIONS[-1])


def test_a_step_of_alembic_alone_is_a_newer_database(database, project):
    migrate(database, "upgrade")
    alembic(database, project, "revision", "-m", "of their own", "--rev-id", "abc123")
    path = next((project / "versions").glob("abc123*"))
    path.write_text(path.read_text().replace("pass", "op.execute('CREATE TABLE theirs (id int)')", 1).replace("pass", "op.drop_table('theirs')", 1))
    alembic(database, project, "upgrade", "head")
    assert migrate(database, "current").strip() == "abc123"
    for words in (["upgrade"], ["check"], ["downgrade", "-1"], ["plan"]):
        assert "abc123, which this program does not know: it is newer" in migrate(database, *words, status=CONFLICT)
    alembic(database, project, "downgrade", "-1")
    assert "matches the migrations" in migrate(database, "check")
    path.unlink()


def test_a_member_of_the_owner_may_run_alembic(cluster, database, project):
    database.superuser("CREATE ROLE alembic_login LOGIN IN ROLE netguru_owner")
    database.superuser("GRANT CONNECT ON DATABASE %s TO alembic_login" % database.name)
    migrate(database, "downgrade", "base")
    database.superuser("DROP TABLE alembic_version")
    alembic(database, project, "upgrade", "head", user="alembic_login")
    assert "matches the migrations" in migrate(database, "check")
    assert database.superuser("SELECT tableowner FROM pg_tables WHERE tablename = 'alembic_version'") == [("netguru_owner",)]


def test_alembic_waits_for_no_migration_of_ours(database, project):
    database.superuser("SELECT pg_advisory_lock(%s)", 0x6e657467757275)
    assert "another migration is running" in alembic(database, project, "upgrade", "head", status=1)
    database.superuser("SELECT pg_advisory_unlock(%s)", 0x6e657467757275)


def test_the_script_of_alembic_gives_the_same_schema(cluster, database, project):
    other = cluster.create()
    other.provision()
    script = "\n".join(line for line in alembic(database, project, "upgrade", "head", "--sql").splitlines() if not line.startswith("INFO"))
    other.psql(script)
    assert "matches the migrations" in migrate(other, "check")
    other.close()
