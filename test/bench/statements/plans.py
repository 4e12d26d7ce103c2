# SPDX-License-Identifier: Apache-2.0
"""Runs each statement as the role that the servers run it as, and reads its plans, those of statements in functions and of
foreign keys included: auto_explain sends them to the client."""

import json
import os
import subprocess
import time

import measure
from statements import parameters
from statements.data import execute

LOGINS = {"app": "netguru_serve", "serve": "netguru_serve", "work": "netguru_work"}
PLANNED = 12  # runs whose plans are read: five with a plan of their own, and then what the plan cache has chosen
PREPARED = "statement"
EXPLAIN = ("session_preload_libraries = 'auto_explain'", "auto_explain.log_min_duration = 0", "auto_explain.log_analyze = on", "auto_explain.log_nested_statements = on",
           "auto_explain.log_format = 'json'", "auto_explain.log_level = 'notice'", "auto_explain.log_buffers = on", "auto_explain.log_timing = off", "client_min_messages = 'notice'")

# Rows that one run may read. Anything above the common bound says why.
ROWS = 2000
ROWS_OF = {
    # What is answered has so many rows.
    "conversation_export_json": 20_010,  # all of a branch, 10,000 messages at most: their ids, and then themselves
    "conversation_export_markdown": 20_010,
    "conversation_delete": 10_010,  # every message of the conversation
    "tool_list_documents": 5_010,  # counts the documents of the account, and reads a page of 100
    "export_messages": 10_010,  # the messages of a conversation, in their order
    # What an account has of a kind is read whole: 2,500 documents, 12,500 tasks, 60,000 rows of usage here.
    "assistant_device_names": 2_600,
    "document_list_configs": 2_600,
    "document_storage_lock": 2_600,
    "mcp_list_documents": 2_600,
    "message_check_documents": 2_600,
    "tool_network_files": 2_600,
    "job_list_json": 12_600,  # with a status
    "usage_load": 60_000,
    "admin_user_usage": 60_000,
    "job_claim": 2_200,  # a task of each user that waits
    # What administrators see of one account or of the queues is counted when they ask.
    "admin_user_show": 25_000,  # the conversations, documents and tasks of the account
    "admin_job_show": 25_000,  # the place of a task among all that wait: 20,000 here
    "admin_knowledge_list": 3_000,  # the chunks of the 50 sources of a page
    "admin_job_list": 45_000,  # with a status: all tasks
    "admin_statistics": 70_000,
    "metrics_read": 25_000,
    # A filter is compared with every chunk that passes it: docs/retrieval.md, "Nearest neighbours".
    "search_all": 60_000,
    "search_recall_check": 75_000,  # compares every vector of the account: that is what it measures against
}
# Milliseconds at the 99th percentile, where the common bar cannot be held.
BAR_OF = {
    "conversation_delete": 300,  # 5,000 messages, each with its foreign keys
    "conversation_export_json": 300,  # 10,000 messages
    "conversation_export_markdown": 300,
    "document_insert_chunks": 300,  # 16 vectors go into the graph of an account of 50,000 chunks; a job does it
    "search_all": 500,  # with a filter, in an account of 50,000 chunks
}
# Tables that may be read from end to end: they stay small.
SMALL_TABLE_ROWS = 5000


def shipped():
    """The statements that the program lists, without those of the operator."""
    # The program refuses settings that it does not know.
    environment = {name: value for name, value in os.environ.items() if name != "NETGURU_BENCH_DATA"}
    text = subprocess.run([measure.PROGRAM, "statements", "--json"], capture_output=True, text=True, check=True, env=environment).stdout
    return {row["name"]: row for row in json.loads(text) if row["role"] != "operator"}


class Notices:
    """All messages of the server: psycopg2 keeps no more than fifty in a list."""

    def __init__(self):
        self.items = []

    def append(self, notice):
        self.items.append(notice)


class Reads:
    """What the plans of one run have read."""

    def __init__(self):
        self.rows = 0
        self.temporary_blocks = 0
        self.scans = {}  # of whole tables: rows
        self.indexes = set()

    def add(self, node):
        loops = node.get("Actual Loops", 0)
        read = (node.get("Actual Rows", 0) + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)) * loops
        kind = node["Node Type"]
        if "Index Name" in node and loops:
            self.indexes.add(node["Index Name"])
        if "Relation Name" in node and kind.endswith("Scan"):
            self.rows += read
            if kind == "Seq Scan":
                self.scans[node["Relation Name"]] = self.scans.get(node["Relation Name"], 0) + read
        for child in node.get("Plans", ()):
            self.add(child)

    def add_plan(self, plan):
        self.temporary_blocks = max(self.temporary_blocks, plan.get("Temp Written Blocks", 0))
        self.add(plan)


def login_of(statement):
    return LOGINS[statement["role"]]


def prepare(connection, statement):
    connection.notices = Notices()
    execute(connection, f"PREPARE {PREPARED} AS {statement['sql']}")


def call(cursor, name, number, vectors):
    """Runs it for its user. Returns the time of its round trip in ms."""
    user, values = parameters.values_of(name, number, vectors)
    words = "EXECUTE " + PREPARED + (" (" + ", ".join(["%s"] * len(values)) + ")" if values else "")
    cursor.execute("SELECT set_config('app.current_user_id', %s, true)", (user or "",))
    cursor.connection.notices.items.clear()
    words = cursor.mogrify(words, [None if value is None else str(value) for value in values])
    started = time.perf_counter()
    cursor.execute(words)
    return (time.perf_counter() - started) * 1000


def run_once(connection, name, number, vectors):
    """Runs it in a transaction that is rolled back."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        try:
            return call(cursor, name, number, vectors)
        finally:
            cursor.execute("ROLLBACK")


def read_plans(notices):
    reads = Reads()
    for notice in notices:
        if "plan:\n" in notice:
            reads.add_plan(json.loads(notice.split("plan:\n", 1)[1])["Plan"])
    return reads


def plans_of(server, statement, vectors):
    """The worst of several runs."""
    worst = Reads()
    connection = server.connect(login_of(statement))
    prepare(connection, statement)
    for number in range(PLANNED):
        run_once(connection, statement["name"], number, vectors)
        reads = read_plans(connection.notices.items)
        worst.rows = max(worst.rows, reads.rows)
        worst.temporary_blocks = max(worst.temporary_blocks, reads.temporary_blocks)
        worst.indexes |= reads.indexes
        for table, rows in reads.scans.items():
            worst.scans[table] = max(rows, worst.scans.get(table, 0))
    connection.close()
    return worst
