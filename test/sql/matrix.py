# SPDX-License-Identifier: Apache-2.0
"""The isolation matrix of the database: what every login reaches of one tenant, by every statement, as everybody else.

Tables, columns, keys and logins come from the catalogs; a table that TENANT, SHARED and INTERNAL do not name is an error. A cell is
one statement of one login, for one identity, after one state of the connection. It runs in a transaction that is rolled back, and a
superuser compares the rows of the victim before and after it in the same transaction.
"""
import dataclasses
import io
import json
import re
import uuid

import psycopg2

CONTENTS, METADATA = "zebra-contents", "zebra-metadata"  # planted in the victim's rows; nobody else may see one
# table: the column that says whose a row is
TENANT = {
    "users": "id", "analysis_tasks": "user_id", "api_keys": "user_id", "audit_log": "user_id", "consents": "user_id",
    "conversation_standins": "user_id", "conversation_turns": "user_id", "conversations": "user_id", "documents": "user_id",
    "embedding_vectors": "user_id", "embeddings": "user_id", "messages": "user_id", "personal_access_tokens": "user_id", "search_settings": "user_id", "topology_snapshots": "user_id",
    "usage_ledger": "user_id",
}
SHARED = {"alembic_version", "embedding_generations", "knowledge_sources"}  # every login may read them and none may write them
INTERNAL = {"audit_head", "encryption_canary"}     # nothing of tenants; none may change them
# What an administrator may see of an account without its consent, and what must stay as it is for the rows to work.
METADATA_COLUMNS = {("analysis_tasks", "arguments"), ("users", "email"), ("users", "full_name"), ("analysis_tasks", "task_type"), ("analysis_tasks", "stage"),
                    ("analysis_tasks", "celery_task_id"), ("analysis_tasks", "worker"), ("consents", "reason"),
                    ("usage_ledger", "provider"), ("usage_ledger", "model")}
NOT_PLANTED = {("users", "hashed_password"), ("embeddings", "embedding_model"), ("conversations", "model_used"), ("analysis_tasks", "error_message")}
# Unique keys of all tenants together. A collision tells that a value is there; each is a random number or a digest of one.
UNGUESSABLE_KEYS = {"analysis_tasks_celery_task_id_key", "personal_access_tokens_token_digest_key", "conversation_turns_message_id_key"}

DENIED, MALFORMED, NOT_WITH_POLICIES = "42501", "22P02", "0A000"
UNIQUE = "23505"
READS = ("SELECT 1", "SELECT count", "COPY (", "EXPLAIN")  # whose cells need no look at the rows


@dataclasses.dataclass
class Outcome:
    """What came of a statement: an SQLSTATE or rows, every word that the login saw, and whether the victim's rows changed."""

    state: str = ""
    rows: list = dataclasses.field(default_factory=list)
    count: int = 0
    text: str = ""
    changed: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Result:
    tables: int = 0
    functions: int = 0
    cells: int = 0
    wrong: list = dataclasses.field(default_factory=list)

    def add(self, name, complaint):
        self.cells += 1
        if complaint:
            self.wrong.append("%s: %s" % (name, complaint))

    def __str__(self):
        return "isolation: %d tables, %d functions; %d cells, %d as expected" % (
            self.tables, self.functions, self.cells, self.cells - len(self.wrong))


class Catalog:
    """The tables as the database describes them."""

    def __init__(self, database):
        self.database = database
        self.tables = [row[0] for row in database.superuser(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'm', 'f') ORDER BY 1")]
        self.logins = [row[0] for row in database.superuser(
            "SELECT rolname FROM pg_roles WHERE rolcanlogin AND NOT rolsuper AND pg_has_role(oid, 'authenticated_user', 'MEMBER') ORDER BY 1")]
        self.columns = {}
        for table, column, kind, generated in database.superuser(
                "SELECT relname, attname, format_type(atttypid, NULL), attgenerated <> '' OR attidentity <> '' FROM pg_class AS c "
                "JOIN pg_attribute AS a ON attrelid = c.oid WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') "
                "AND attnum > 0 AND NOT attisdropped ORDER BY relname, attnum"):
            self.columns.setdefault(table, {})[column] = (kind, generated)
        self.keys = {}
        for table, name, columns, primary in database.superuser(
                "SELECT t.relname, i.relname, ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = t.oid AND attnum = ANY (x.indkey)), "
                "indisprimary FROM pg_index AS x JOIN pg_class AS i ON i.oid = indexrelid JOIN pg_class AS t ON t.oid = indrelid "
                "WHERE indisunique AND t.relnamespace = 'public'::regnamespace"):
            self.keys.setdefault(table, []).append((name, columns, primary))
        self.foreign = {}
        for table, columns, target, target_columns in database.superuser(
                "SELECT conrelid::regclass::text, ARRAY(SELECT attname::text FROM unnest(conkey) WITH ORDINALITY AS k (n, o) JOIN pg_attribute ON attrelid = conrelid "
                "AND attnum = n ORDER BY o), confrelid::regclass::text, ARRAY(SELECT attname::text FROM unnest(confkey) WITH ORDINALITY AS k (n, o) "
                "JOIN pg_attribute ON attrelid = confrelid AND attnum = n ORDER BY o) FROM pg_constraint "
                "WHERE contype = 'f' AND connamespace = 'public'::regnamespace"):
            self.foreign.setdefault(table, []).append((columns, target, target_columns))

    def unclassified(self):
        return set(self.tables) ^ (set(TENANT) | SHARED | INTERNAL)

    def primary(self, table):
        """The columns of the primary key, or of the first unique one."""
        return max(self.keys[table], key=lambda key: key[2])[1]

    def granted(self, login, table, right):
        """The columns that a login may read or write."""
        columns = self.columns[table]
        rows = self.database.superuser("SELECT c FROM unnest(%s) AS c WHERE has_column_privilege(%s, %s, c, %s)",
                                       list(columns), login, "public." + table, right)
        return [row[0] for row in rows if right == "SELECT" or not columns[row[0]][1]]


def plant(database, catalog, victim):
    """Puts the markers into every column of the victim's rows that takes them."""
    connection = database.connect("postgres")
    connection.autocommit = False
    cursor = connection.cursor()
    cursor.execute("SET session_replication_role = replica")
    planted = set()
    for table, owner in TENANT.items():
        for column, (kind, generated) in catalog.columns[table].items():
            if generated or (table, column) in NOT_PLANTED or table == "audit_log" or kind not in ("text", "character varying", "jsonb"):
                continue
            marker = METADATA if (table, column) in METADATA_COLUMNS else CONTENTS
            if column == "email":
                marker += "@example.net"
            for value in (json.dumps({"secret": marker}), json.dumps([marker])) if kind == "jsonb" else (marker, marker[:4]):
                cursor.execute("SAVEPOINT s")
                try:
                    cursor.execute("UPDATE %s SET %s = %%s WHERE %s = %%s" % (table, column, owner), (value, victim))
                    planted.add((table, column))
                    break
                except psycopg2.Error:  # a column of few values, or the hash of a password
                    cursor.execute("ROLLBACK TO s")
    cursor.execute("UPDATE analysis_tasks SET error_message = %s WHERE user_id = %s", ('line "%s" is wrong' % CONTENTS, victim))
    cursor.execute("UPDATE messages SET tokens = search_tokens(content) WHERE user_id = %s", (victim,))
    cursor.execute("UPDATE embeddings SET tokens = search_chunk_tokens(chunk_text, metadata) WHERE user_id = %s", (victim,))
    connection.commit()
    connection.close()
    return planted


class Matrix:
    """Runs cells. victim and me are ids of users; identities maps a name to a value of app.current_user_id, None for no value."""

    def __init__(self, database, victim, me, identities):
        self.database, self.victim, self.me, self.identities = database, victim, me, identities
        self.strangers = [name for name in identities if name != "own"]
        self.catalog = Catalog(database)
        self.planted = plant(database, self.catalog, victim)
        self.connection = database.connect("postgres")
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()
        self._make_digest()
        self.before = self._digest()
        self.result = Result(tables=len(self.catalog.tables))

    def _make_digest(self):
        """A function that digests what no stranger may change: the rows of the victim and those of all."""
        sums = []
        for table in sorted(set(TENANT) | SHARED):
            where = "" if table in SHARED else "WHERE t.%s = p OR t.%s IS NULL" % (TENANT[table], TENANT[table])
            sums.append("SELECT '%s', md5(string_agg(t::text, '' ORDER BY t::text)) FROM public.%s AS t %s" % (table, table, where))
        self.cursor.execute("CREATE SCHEMA IF NOT EXISTS matrix; CREATE OR REPLACE FUNCTION matrix.digest(p uuid) RETURNS TABLE (name text, sum text) "
                            "LANGUAGE sql AS $$ %s $$" % " UNION ALL ".join(sums))

    def _digest(self):
        self.cursor.execute("SELECT * FROM matrix.digest(%s)", (self.victim,))
        return dict(self.cursor.fetchall())

    def changed(self):
        """The tables in which the victim's rows, or those of all, are not what they were."""
        return sorted(name for name, value in self._digest().items() if value != self.before[name])

    def row(self, table):
        """A row of the victim as text by column."""
        where = " WHERE t.%s = '%s'" % (TENANT[table], self.victim) if table in TENANT else ""
        self.cursor.execute("SELECT to_jsonb(t) FROM public.%s AS t%s LIMIT 1" % (table, where))
        found = self.cursor.fetchone()
        assert found, "the victim has no row in %s: give it one in conftest.Tenant" % table
        return found[0]

    def act(self, login, identity, statement, before="", arrange=""):
        """Runs one statement as a login for an identity, and takes it back. before ran on the connection, arrange holds for the cell."""
        outcome = Outcome()
        value = self.identities[identity]
        setting = "" if value is None else "SELECT set_config('app.current_user_id', '%s', true);" % value
        self.connection.notices.clear()
        if before:
            self._prepare(login, before)
        self.cursor.execute("BEGIN; %s; SET LOCAL SESSION AUTHORIZATION %s; %s" % (arrange, login, setting))
        try:
            if statement.startswith("COPY"):
                out = io.StringIO()
                self.cursor.copy_expert(statement, out)
                outcome.text = out.getvalue()
            else:
                self.cursor.execute(statement)
                outcome.count = max(self.cursor.rowcount, 0)
                if self.cursor.description:
                    outcome.rows = self.cursor.fetchall()
                    outcome.text = str(outcome.rows)
        except psycopg2.Error as error:
            outcome.state = error.pgcode
            outcome.text = str(error) + str(error.diag.message_detail) + str(error.diag.context)
        outcome.text += "".join(self.connection.notices)
        if not outcome.state and not statement.startswith(READS):
            self.cursor.execute("RESET SESSION AUTHORIZATION")
            outcome.changed = self.changed()
        self.cursor.execute("ROLLBACK")
        return outcome

    def _prepare(self, login, script):
        """Another one used the connection before: the victim, as the same login."""
        self.cursor.execute("SET SESSION AUTHORIZATION %s" % login)
        for statement in script.replace("VICTIM", self.victim).split("\n"):
            try:
                self.cursor.execute(statement)
            except psycopg2.Error:
                pass
        self.cursor.execute("ROLLBACK; RESET SESSION AUTHORIZATION")


AS_VICTIM = "BEGIN; SELECT set_config('app.current_user_id', 'VICTIM', true); SELECT count(*) FROM users; "
# What the connection went through before the cell. For a state other than "fresh" these verbs and strangers are enough.
STATE_VERBS, STATE_STRANGERS = ("select", "update", "delete", "insert"), ("other", "nobody", "disabled", "administrator")
STATES = {
    "fresh": "",
    "after a commit": AS_VICTIM + "COMMIT",
    "after a rollback": AS_VICTIM + "ROLLBACK",
    "after an error": AS_VICTIM + "SELECT 1 / 0",
    "after a cancelled statement": AS_VICTIM + "SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(60)",
    "after a timeout": AS_VICTIM + "SET LOCAL statement_timeout = 1; SELECT pg_sleep(60)",
    "after a savepoint": "BEGIN; SAVEPOINT a; SELECT set_config('app.current_user_id', 'VICTIM', true); ROLLBACK TO a; COMMIT",
    "after a neighbour's statement": "SELECT set_config('app.current_user_id', 'VICTIM', true); SELECT count(*) FROM users",
    "after a pool reset": "SELECT set_config('app.current_user_id', 'VICTIM', false)\nDISCARD ALL",
    "after a role": "SET ROLE authenticated_user\n" + AS_VICTIM + "COMMIT\nRESET ROLE",
}


def statements(matrix, login, table):
    """(verb, statement, what is asked of the victim's rows: "none" are reached, it is "denied", or "unchanged")."""
    catalog, victim, me = matrix.catalog, matrix.victim, matrix.me
    row, owner, keys = matrix.row(table), TENANT[table], catalog.primary(table)
    readable = catalog.granted(login, table, "SELECT")
    columns = ", ".join(readable) or "*"
    writable = [c for c in catalog.granted(login, table, "UPDATE")] or [owner]
    theirs = "%s = '%s'" % (owner, victim)
    by_id = " AND ".join("%s = '%s'" % (key, row[key]) for key in keys)
    text = next((c for c in readable if (table, c) in matrix.planted), owner)
    change = "%s = %s" % (writable[0], writable[0])
    insertable = catalog.granted(login, table, "INSERT") or [c for c in catalog.columns[table] if not catalog.columns[table][c][1]]
    insertable = sorted(insertable)

    def insert(**values):
        new = {**row, **{k: str(uuid.uuid4()) for k in keys if catalog.columns[table][k][0] == "uuid"}, **values}
        record = json.dumps(new).replace("'", "''")
        return "INSERT INTO %s (%s) SELECT %s FROM jsonb_populate_record(NULL::%s, '%s')" % (
            table, ", ".join(insertable), ", ".join(insertable), table, record)

    yield "select", "SELECT 1, %s FROM %s WHERE %s" % (columns, table, theirs), "none"
    yield "select everything", "SELECT 1, %s FROM %s" % (columns, table), "unchanged"
    yield "select by id", "SELECT 1, %s FROM %s WHERE %s" % (columns, table, by_id), "none"
    yield "copy out", "COPY (SELECT %s FROM %s) TO STDOUT" % (columns, table), "unchanged"
    yield "leaky condition", "SELECT count(*) FROM %s WHERE %s::text::integer > 0" % (table, text), "unchanged"
    yield "leaky order", "SELECT 1, %s FROM %s WHERE %s ORDER BY %s::text::xml::text" % (columns, table, theirs, text), "none"
    yield "explain", "EXPLAIN (ANALYZE, VERBOSE, TIMING off) SELECT %s FROM %s" % (columns, table), "unchanged"
    for strength in ("UPDATE", "SHARE", "KEY SHARE"):
        yield "for " + strength.lower(), "SELECT 1 FROM %s WHERE %s FOR %s" % (table, theirs, strength), "none"
    yield "update", "UPDATE %s SET %s WHERE %s" % (table, change, theirs), "none"
    yield "update by id", "UPDATE %s SET %s WHERE %s" % (table, change, by_id), "none"
    yield "update everything", "UPDATE %s SET %s" % (table, change), "unchanged"
    yield "update returning", "UPDATE %s SET %s WHERE %s RETURNING %s" % (table, change, theirs, columns), "none"
    yield "take", "UPDATE %s SET %s = '%s' WHERE %s" % (table, owner, me, theirs), "none"
    yield "give", "UPDATE %s SET %s = '%s'" % (table, owner, victim), "none"
    yield "delete", "DELETE FROM %s WHERE %s" % (table, theirs), "none"
    yield "delete everything", "DELETE FROM %s" % table, "unchanged"
    yield "delete returning", "DELETE FROM %s WHERE %s RETURNING %s" % (table, theirs, columns), "none"
    yield "merge", "MERGE INTO %s USING (VALUES (1)) AS v (n) ON %s WHEN MATCHED THEN DELETE" % (table, theirs), "none"
    yield "truncate", "TRUNCATE %s CASCADE" % table, "denied"
    yield "copy in", "COPY %s (%s) FROM STDIN" % (table, ", ".join(insertable)), "denied"
    yield "insert", insert(), "denied"
    yield "insert for all", insert(**{owner: None}), "denied"
    yield "insert returning", insert() + " RETURNING %s" % columns, "denied"
    yield "insert or nothing", insert() + " ON CONFLICT DO NOTHING", "denied"
    yield "insert over", insert(**{owner: me, **{key: row[key] for key in keys}}) + " ON CONFLICT (%s) DO UPDATE SET %s = excluded.%s" % (
        ", ".join(keys), writable[0], writable[0]), "denied"


def complaint(outcome, wanted):
    """Why the outcome of a stranger's statement is not as it should be, or None."""
    for marker in (CONTENTS, METADATA):
        if marker in outcome.text:
            return "shows %s in %s" % (marker, outcome.text[:200])
    if outcome.changed:
        return "changes the victim's rows in %s" % ", ".join(outcome.changed)
    if outcome.state in (DENIED, MALFORMED, NOT_WITH_POLICIES):
        return None
    if wanted == "denied":
        return "is not denied: %s" % (outcome.state or "it is done")
    if wanted == "none" and (outcome.count or outcome.rows or outcome.state):
        return "reaches %d rows %s" % (outcome.count, outcome.state)
    return None


def run_tables(matrix, logins=None, tables=None, states=None):
    """Every table and verb as every stranger; and as the owner, whose rows must be there, or the cells prove nothing."""
    result = matrix.result
    for table in matrix.catalog.unclassified():
        result.add(table, "is in no class: name it in TENANT, SHARED or INTERNAL of test/sql/matrix.py")
    for table in tables or TENANT:
        for login in logins or matrix.catalog.logins:
            run_table(matrix, login, table, states or STATES)
            run_oracles(matrix, login, table)
    return result


def run_table(matrix, login, table, states):
    result = matrix.result
    own = matrix.act(login, "own", "SELECT 1 FROM %s WHERE %s = '%s'" % (table, TENANT[table], matrix.victim))
    can_read = bool(matrix.catalog.granted(login, table, "SELECT"))
    result.add("%s %s own select" % (login, table), None if bool(own.rows) == can_read else "the owner's rows: %s" % own)
    verbs = list(statements(matrix, login, table))
    for state, script in states.items():
        is_fresh = state == "fresh"
        for verb, statement, wanted in verbs if is_fresh else [v for v in verbs if v[0] in STATE_VERBS]:
            for identity in matrix.strangers if is_fresh else STATE_STRANGERS:
                outcome = matrix.act(login, identity, statement, script)
                result.add("%s %s %s %s %s" % (login, table, identity, verb, state), complaint(outcome, wanted))


def run_oracles(matrix, login, table):
    """A row of one's own that collides with the victim's, or hangs on it, fares like one that meets nothing."""
    catalog, row, owner = matrix.catalog, matrix.row(table), TENANT[table]
    insertable = catalog.granted(login, table, "INSERT")
    if not insertable:
        return
    mine = {**matrix_own_row(matrix, table), **fresh_values(catalog, table)}
    for name, columns, primary in catalog.keys[table]:
        if primary or name in UNGUESSABLE_KEYS or set(columns) & set(catalog.primary(table)) or not set(columns) <= set(insertable) | {owner}:
            continue
        outcome = insert_own(matrix, login, table, insertable, {**mine, **{c: row[c] for c in columns if c != owner}})
        matrix.result.add("%s %s oracle of %s" % (login, table, name),
                          "tells that the victim has such a row" if outcome.state == UNIQUE and name in outcome.text else None)
    for columns, target, _ in catalog.foreign.get(table, []):
        free = [c for c in columns if c != owner and c in insertable]
        if not free or target not in TENANT:
            continue
        theirs = matrix.row(target)
        found = insert_own(matrix, login, table, insertable, {**mine, **{c: theirs["id"] for c in free}})
        absent = insert_own(matrix, login, table, insertable, {**mine, **{c: str(uuid.uuid4()) for c in free}})
        same = found.state == absent.state and masked(found.text) == masked(absent.text)
        matrix.result.add("%s %s oracle of %s" % (login, table, columns),
                          None if same and found.state else "a row of the victim: %s %s, none: %s" % (found.state or "accepted", found.text, absent.state))


def masked(text):
    return re.sub("[0-9a-f]{8}-[0-9a-f-]{27}", "ID", text)


def matrix_own_row(matrix, table):
    matrix.cursor.execute("SELECT to_jsonb(t) FROM public.%s AS t WHERE t.%s = %%s LIMIT 1" % (table, TENANT[table]), (matrix.me,))
    return matrix.cursor.fetchone()[0]


def fresh_values(catalog, table):
    """Values of one's own for the keys, so that only the one that is tried can collide."""
    values = {}
    for name, columns, _ in catalog.keys[table]:
        for column in columns:
            kind = catalog.columns[table][column][0]
            if column not in ("user_id", "conversation_id", "document_id", "message_id", "provider") and kind != "integer":
                values[column] = "\\x" + uuid.uuid4().hex * 2 if kind == "bytea" else str(uuid.uuid4()) if kind != "bigint" else 10**9
    return values


def insert_own(matrix, login, table, insertable, values):
    record = json.dumps(values).replace("'", "''")
    names = ", ".join(insertable)
    return matrix.act(login, "other", "INSERT INTO %s (%s) SELECT %s FROM jsonb_populate_record(NULL::%s, '%s')" % (table, names, names, table, record))


def run_common(matrix):
    """The tables that belong to no tenant: some are read, none is written."""
    for table in sorted(SHARED | INTERNAL):
        for login in matrix.catalog.logins:
            for identity in matrix.identities:
                for verb, statement in (("update", "UPDATE %s SET %s = %s" % (table, *[list(matrix.catalog.columns[table])[0]] * 2)),
                                        ("delete", "DELETE FROM %s" % table), ("truncate", "TRUNCATE %s CASCADE" % table)):
                    outcome = matrix.act(login, identity, statement)
                    matrix.result.add("%s %s %s %s" % (login, table, identity, verb), None if outcome.state == DENIED else "is not denied")
                read = matrix.act(login, identity, "SELECT * FROM %s" % table)
                wrong = complaint(read, "unchanged") or (read.state and table in SHARED and "is not readable") or None
                matrix.result.add("%s %s %s select" % (login, table, identity), wrong)
