# SPDX-License-Identifier: Apache-2.0
"""An upgrade rehearsed on the last backup: the service runs, and no scratch database stays."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg2
import pytest
from conftest import ROOT, Netguru

REVISIONS = sorted(path.name.removesuffix(".up.sql") for path in (ROOT / "migrations").glob("[0-9]*.up.sql"))
FORMER, NEXT = (next(name for name in REVISIONS if name.startswith(number)) for number in ("033", "034"))
FAILED, DAMAGED, NOT_FOUND, CONFLICT = 1, 2, 4, 5
CONFIG = b"hostname core1\ninterface GigabitEthernet0/1\n ip address 10.0.0.1 255.255.255.0\n"


def sql(home, statement, role="postgres"):
    with contextlib.closing(psycopg2.connect(host=f"{home}/run", user="postgres", dbname="netguru")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {role}")
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else None


def databases(home):
    return {name for (name,) in sql(home, "SELECT datname FROM pg_database")}


@pytest.fixture(scope="module")
def site(make_netguru):
    """An installation at the last revision, whose only backup is of an earlier one."""
    made = make_netguru(NETGURU_BACKUP_AT="")
    made.demo().process("core1.cfg", CONFIG)
    made.run("migrate", "downgrade", FORMER)
    made.backup = json.loads(made.run("backup", "create", "--json").stdout)
    made.run("migrate", "upgrade")
    return made


def rehearse(site, *words, status=0):
    before = databases(site.home)
    done = site.run("migrate", "rehearse", *words, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    assert databases(site.home) == before, "a scratch database has stayed"
    return done.stderr if status else done.stdout


def test_the_last_backup_is_restored_upgraded_and_dropped(site):
    rows = sql(site.home, "SELECT count(*), max(sequence) FROM audit_log")
    said = rehearse(site, "--from-backup")
    assert f"upgraded to {REVISIONS[-1]}" in said
    assert f"restored {site.backup['name']}, made at {site.backup['created_at']}, in " in said
    assert f"upgraded from {FORMER} to {REVISIONS[-1]} in " in said and "the scratch database was dropped" in said
    assert "the upgraded copy matches the migrations" in said
    # The installation goes on, with its sessions and at its revision.
    assert site.demo().get("/api/v1/files").status == 200
    assert REVISIONS[-1] in site.run("migrate", "current").stdout
    assert sql(site.home, "SELECT count(*) - 1, max(sequence) - 1 FROM audit_log") == rows  # of this log-in


def test_it_says_the_same_as_json(site):
    *steps, last = rehearse(site, "--json", "--from-backup", site.backup["name"]).splitlines()
    assert [json.loads(step)["revision"] for step in steps] == REVISIONS[REVISIONS.index(NEXT):]
    answer = json.loads(last)
    assert answer["backup"] == {"name": site.backup["name"], "created_at": site.backup["created_at"], "revision": FORMER}
    assert answer["differences"] == [] and answer["copy_seconds"] > 0 and answer["upgrade_seconds"] > 0


def test_a_backup_elsewhere_is_named_by_its_path(site, tmp_path):
    shutil.copy2(Path(site.home, "backups", site.backup["name"]), tmp_path)
    said = rehearse(site, "--from-backup", str(tmp_path / site.backup["name"]), "head")
    assert f"restored {site.backup['name']}" in said
    missing = rehearse(site, "--from-backup", str(tmp_path / "nothing" / site.backup["name"]), status=NOT_FOUND)
    assert "nothing" in missing


def test_a_target_is_reached_and_a_wrong_one_refused_before_the_restore(site):
    said = rehearse(site, FORMER, "--from-backup")
    assert f"it is at {FORMER} already: nothing was upgraded" in said
    refused = rehearse(site, "zzz", "--from-backup", status=DAMAGED)
    assert "zzz" in refused and "restoring" not in refused
    for words in (["rehearse", "--dump", "--from-backup"], ["plan", "--from-backup"]):
        done = site.run("migrate", *words, check=False)
        assert done.returncode == 2 and "--from-backup is for rehearse" in done.stderr
    assert "there is no backup" in rehearse(site, "--from-backup", "netguru_1999", status=NOT_FOUND)


def test_a_step_that_would_fail_fails_and_leaves_nothing(site):
    site.run("migrate", "downgrade", FORMER)
    try:
        sql(site.home, "CREATE FUNCTION api_key_record(jsonb, text, uuid) RETURNS boolean LANGUAGE sql AS 'SELECT true'", "netguru_owner")
        made = json.loads(site.run("backup", "create", "--json").stdout)
    finally:
        sql(site.home, "DROP FUNCTION api_key_record(jsonb, text, uuid)", "netguru_owner")
        site.run("migrate", "upgrade")
    said = rehearse(site, "--from-backup", "latest", status=FAILED)
    assert f"the rehearsal failed: {NEXT}.up.sql: " in said and "already exists" in said
    Path(site.home, "backups", made["name"]).unlink()


def test_a_damaged_archive_is_not_restored(site, tmp_path):
    content = bytearray(Path(site.home, "backups", site.backup["name"]).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / site.backup["name"]).write_bytes(content)
    said = rehearse(site, "--from-backup", str(tmp_path / site.backup["name"]), status=DAMAGED)
    assert "restoring" not in said


@pytest.mark.parametrize("stage", ["checking the archive", "restoring the database"])
def test_an_interrupted_rehearsal_drops_its_database(site, stage):
    process = subprocess.Popen([Netguru.program, "migrate", "rehearse", "--from-backup"], env=site.environment, stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if stage in line:
            process.send_signal(signal.SIGTERM)
            break
    said = process.stderr.read()
    assert process.wait(120) == 130, said
    assert not any("scratch" in name for name in databases(site.home))


def test_the_scratch_database_of_a_killed_rehearsal_is_dropped_by_the_next(site):
    process = subprocess.Popen([Netguru.program, "migrate", "rehearse", "--from-backup"], env=site.environment, stderr=subprocess.PIPE, text=True,
                               start_new_session=True)
    for line in process.stderr:
        if "restoring the database" in line:
            os.killpg(process.pid, signal.SIGKILL)
            break
    process.wait(60)
    left = {name for name in databases(site.home) if "scratch" in name}
    assert len(left) == 1
    assert site.run("migrate", "rehearse", "--from-backup").returncode == 0
    assert not any("scratch" in name for name in databases(site.home))
