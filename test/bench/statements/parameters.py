# SPDX-License-Identifier: Apache-2.0
"""What each statement is run with: who asks, and values of data.sql.

MAKERS has a row for every statement of `netguru statements` that a server runs; test/sql/test_statements.py fails where one
is missing. A maker is given a Draw for one run, whose user it acts for.
"""

import hashlib
import json
import random
import time
import uuid

BY = json.dumps({"reason": "a bench", "trace": "t", "address": "127.0.0.1"})
HASH = "$2b$12$" + "a" * 53
MODEL = "all-MiniLM-L6-v2"
QUESTIONS = ("mtu", "vlan 3 of core-sw7", "why is Gi7/1 down", "ospf area of core-sw17 and core-sw18", "10.0.3.1/24", "which vlan is the mtu of core-sw1 or core-sw2?",
             "interface ospf vlan mtu area", "what is the of and", "mtu 4711")
RUNNING = [200 * n for n in range(1, 51)] + list(range(30001, 30051)) + [21989]


def id_of(kind, number):
    return str(uuid.UUID(hashlib.md5(f"{kind}:{number}".encode()).hexdigest()))


class Draw:
    """The values of one run. Large and small tenants take turns, and most rows have been read before by nobody."""

    def __init__(self, number, who, vectors=("",)):
        self.number = number
        self.random = random.Random(number)
        self.vectors = vectors
        self.is_large = number % 3 == 0
        self.small = self.random.randrange(10, 1990)
        self.turn = RUNNING[number % len(RUNNING)]
        tenant = {"conversations": (1, 2)[number // 3 % 2], "documents": 3, "administrator": 5, "any": 1 + number // 3 % 3}
        if who == "turn":
            self.tenant = 1 if self.turn <= 20000 else 2 + self.turn % 1999
        elif who == "administrator":
            self.tenant = 5
        else:
            self.tenant = tenant.get(who, 1) if self.is_large else self.small
        self.user = None if who == "nobody" else id_of("user", self.tenant)

    def conversation_number(self):
        if self.tenant == 1:
            return self.random.randrange(1, 20001)
        return 21989 if self.tenant == 2 else 1999 * self.random.randrange(11, 99) + self.tenant - 2

    def conversation(self):
        return id_of("conversation", self.conversation_number())

    def message(self, is_answer=True):
        number = self.conversation_number()
        place = self.random.randrange(2, 2500 if number == 21989 else 5) * 2 - (not is_answer)
        return id_of("message", f"{number}:{place}")

    def of_turn(self):
        """(conversation, answer, fencing token)"""
        return id_of("conversation", self.turn), id_of("message", f"{self.turn}:{5000 if self.turn == 21989 else 10}"), self.turn

    def document_number(self):
        return self.random.choice((1, self.random.randrange(1, 2501))) if self.tenant == 3 else 1997 * self.random.randrange(2, 11) + self.tenant - 4

    def document(self):
        return id_of("document", self.document_number())

    def task(self):
        return id_of("task", self.document_number())

    def topology(self):
        return id_of("topology", self.random.randrange(1, 201) if self.tenant == 3 else 2000 * self.random.randrange(1, 3) + self.tenant - 1)

    def own(self, kind):
        """One of the three keys, tokens or two consents of the user."""
        return id_of(kind, 2000 + self.tenant - 1)

    def number_below(self, end):
        return self.random.randrange(1, end)

    def before(self):
        """The key of a page: half of the runs ask for the first page, the others for one in the past."""
        if self.number % 2:
            return [None, None]
        return [int((time.time() - self.random.randrange(86400, 86400 * 300)) * 1e6), str(uuid.uuid4())]

    def page(self, *more):
        time_us, row = self.before()
        return [self.user, time_us or 253402300799999999, row or "ffffffff-ffff-ffff-ffff-ffffffffffff", 50, *more]

    def vector(self):
        return self.random.choice(self.vectors)

    def question(self):
        return self.random.choice(QUESTIONS)

    def someone(self):
        return id_of("user", self.random.choice((1, 2, 3, self.small)))

    def new(self):
        return str(uuid.UUID(int=self.random.getrandbits(128)))

    def digest(self):
        return hashlib.sha256(str(self.random.random()).encode()).hexdigest()


# Those of src/tools/device_tool.c.
FACT_SECTIONS = (
    "acls", "bgp", "eigrp", "interfaces", "isis", "nat", "not_understood", "ospf", "prefix_lists", "route_maps", "static_routes", "summary", "vlans", "vrfs", "zones",
)


def facts(d):
    return [d.user, d.document(), None if d.number % 2 else "7", "7", 0, 150]


def own_row(kind):
    return lambda d: [d.user, d.own(kind)]


def lines(source):
    return lambda d: [d.user, d.document() if source == "document" else id_of("source", d.number_below(401)), 1, 400, None, 60]


def chunks(d):
    rows = [{"index": 1000 + n, "text": f"mtu {n} of core-sw{n}", "words": f"'mtu':1B 'of':3B 'core-sw{n}':4A", "vector": d.vector(), "first_line": 1, "last_line": 9}
            for n in range(16)]
    return [d.user, d.document(), json.dumps(rows), MODEL, "cisco", "config"]


def vectors(d):
    return [d.user, d.document(), 1, json.dumps([{"index": n, "vector": d.vector()} for n in range(16)])]


def checkpoint(d):
    _, message, token = d.of_turn()
    return [json.dumps([{"message_id": message, "fencing_token": token, "content": "so far"}]), 60000]


def finish(d):
    _, message, token = d.of_turn()
    return [message, token, "complete", None, "Because.", "[]", "{}", 100, None, None, "'because':1B"]


def search(d):
    with_filter = d.number % 5
    return [d.vector(), MODEL, d.question(), "{}", 40, "juniper" if with_filter == 1 else None, "config" if with_filter == 2 else None,
            d.document() if with_filter == 3 else None]


CONVERSATIONS = {
    "conversation_delete": lambda d: [d.conversation()],
    "conversation_export_json": lambda d: [d.user, d.conversation()],
    "conversation_export_markdown": lambda d: [d.user, d.conversation()],
    "conversation_insert": lambda d: [d.user, "title", False],
    "conversation_list": Draw.page,
    "conversation_load": lambda d: [d.user, d.conversation()],
    "conversation_update": lambda d: [d.user, d.conversation(), "new", d.message(), None],
    "export_conversations": Draw.page,
    "export_messages": lambda d: [d.user, 0, d.conversation()],
    "export_usage": lambda d: [d.user, 0],
    "history_load": lambda d: [d.conversation(), id_of("message", "21989:5000") if d.tenant == 2 else d.message(), 40],
    "message_list": lambda d: [d.user, d.conversation(), None, None, 50],
    "message_load": lambda d: [d.user, d.message()],
    "message_load_question": lambda d: [d.user, d.message()],
    "message_load_sent": lambda d: [d.user, d.message()],
    "message_search": lambda d: [d.question(), 20],
    "message_set_feedback": lambda d: [d.user, d.message(), 1, "good"],
    "turn_find_state": lambda d: [d.message()],
    "turn_begin": lambda d: [d.conversation(), "Why?", d.new(), "{}", False, None, "p1", 60000, "'why':1B"],
    "turn_bill": lambda d: [d.conversation(), d.message(), 10, "{}", None],
    "turn_load_settings": lambda d: [d.user, d.conversation()],
    "turn_used_today": lambda d: [],
    "usage_load": lambda d: [d.user, 30, "UTC"],
}

TURNS = {
    "turn_cancel": lambda d: [d.of_turn()[1]],
    "turn_checkpoint": checkpoint,
    "turn_finish": finish,
    "turn_interrupt": lambda d: [d.of_turn()[1], d.of_turn()[2], 10, "ended"],
    "turn_note_title": lambda d: [d.of_turn()[1], "A title", "{}", 10, "{}"],
    "turn_put_standins": lambda d: [d.user, *d.of_turn()[1:], "map", "first"],
    "turn_reserve": lambda d: [*d.of_turn()[1:], 100, 1000000],
}

DOCUMENTS = {
    "assistant_device_names": lambda d: [d.user, 1000],
    "document_delete": lambda d: [d.document()],
    "document_delete_chunks": lambda d: [d.user, d.document()],
    "document_find_by_digest": lambda d: [d.user, hashlib.sha256(str(d.document_number()).encode()).hexdigest()],
    "document_insert": lambda d: [d.new(), d.user, "f", "f.cfg", "config", 1000, "p", "text/plain", d.digest(), None, None],
    "document_insert_chunks": chunks,
    "document_insert_vectors": vectors,
    "document_list_configs": lambda d: [d.user, None, 2000],
    "document_list_json": lambda d: d.page(None, "log" if d.number % 4 == 1 else None),
    "document_load": lambda d: [d.user, d.document()],
    "document_load_json": lambda d: [d.user, d.document()],
    "document_load_plan": lambda d: [d.user],
    "document_reset": lambda d: [d.user, d.document()],
    "document_set_analysis": lambda d: [d.user, d.document(), "config", '{"hostname": "r1"}', 20, 20],
    "document_storage_lock": lambda d: [d.digest()],
    "export_documents": Draw.page,
    "export_files": Draw.page,
    "export_tasks": Draw.page,
    "export_topologies": lambda d: [*d.page()[:3], 2],
    "job_admit": lambda d: [100, 1000, 100],
    "job_cancel": lambda d: [id_of("waiting", 2 * d.number_below(10000))],
    "job_insert": lambda d: [d.new(), d.user, d.document(), "config_validation", "default", None, True, d.new(), 1],
    "job_list_json": lambda d: d.page("failed" if d.number % 4 == 1 else None),
    "job_load_json": lambda d: [d.user, d.task()],
    "job_load_trace": lambda d: [d.user, d.task()],
    "job_outcome": lambda d: [d.user, d.task()],
    "mcp_list_documents": Draw.page,
    "mcp_list_topologies": Draw.page,
    "mcp_load_topology": lambda d: [d.user, d.topology()],
    "message_check_documents": lambda d: [d.user, "{%s,%s}" % (d.document(), d.document())],
    "knowledge_list_vendors": lambda d: [],
    "search_all": search,
    "search_generations_compare": lambda d: [d.vector(), MODEL, d.vector(), "another"],
    "search_recall_check": lambda d: [d.vector(), MODEL],
    "topology_list_analyses": lambda d: [d.user, "{" + ",".join(d.document() for _ in range(20)) + "}", "2", 32 << 20],
    "snapshot_delete": lambda d: [d.user, d.topology()],
    "snapshot_insert": lambda d: [d.new(), d.user, "t", '{"nodes": []}', "{}", "<svg/>", "[]"],
    "snapshot_list_json": Draw.page,
    "snapshot_load_json": lambda d: [d.user, d.topology()],
    "snapshot_load_svg": lambda d: [d.user, d.topology()],
    "tool_capture_conversations": lambda d: [d.user, d.document(), None, None, None, "bytes", 0],
    "tool_capture_summary": lambda d: [d.user, d.document()],
    "tool_compare_bytes": lambda d: [d.user, d.document()],
    "tool_document_load": lambda d: [d.user, d.document()],
    **{f"tool_facts_{section}": facts for section in FACT_SECTIONS},
    "tool_findings": lambda d: [d.user, d.topology()],
    "tool_findings_own": lambda d: [d.user, d.document()],
    "tool_last_line": lambda d: [d.user, d.document()],
    "tool_last_line_of_source": lambda d: [d.user, id_of("source", d.number_below(401))],
    "tool_lines": lines("document"),
    "tool_lines_of_source": lines("source"),
    "tool_list_documents": lambda d: [d.user, "config" if d.number % 4 == 1 else None, "sw7" if d.number % 4 == 2 else None, 0, 100],
    "tool_log_timeline": lambda d: [d.user, d.document(), 7, None, 0, 200],
    "tool_network_edges": lambda d: [d.user, d.topology(), "d7", 100],
    "tool_network_files": lambda d: [d.user, d.topology()],
    "tool_network_links": lambda d: [d.user, d.topology()],
    "tool_network_links_shown": lambda d: [d.user, d.topology(), "{1,2,3}"],
    "tool_network_load": lambda d: [d.user, None],
    "tool_network_nodes": lambda d: [d.user, d.topology()],
    "tool_search_sources": lambda d: ["{%s,%s}" % (id_of("chunk", d.number_below(20000)), id_of("chunk", d.number_below(20000)))],
    "tool_source_load": lambda d: [id_of("source", d.number_below(401))],
}

ANYBODY = {
    "account_change_password": lambda d: [BY, HASH, HASH.replace("a", "b")],
    "account_close": lambda d: [BY, HASH, 30],
    "account_find_for_login": lambda d: ["User%d@netguru.example" % d.tenant],
    "account_load_self": lambda d: [d.user],
    "account_record_export": lambda d: [BY],
    "account_register": lambda d: [d.new() + "@netguru.example", HASH, "New"],
    "api_key_record": lambda d: [BY, "change", d.own("key")],
    "audit_list_own": lambda d: [d.user, 50, None],
    "consent_give": lambda d: [BY, "documents", 60],
    "consent_list": Draw.page,
    "consent_load": own_row("consent"),
    "consent_withdraw": lambda d: [BY, d.own("consent")],
    "export_account": lambda d: [d.user],
    "export_api_keys": Draw.page,
    "export_audit": lambda d: [d.user, 0],
    "export_consents": Draw.page,
    "export_tokens": Draw.page,
    "key_delete": own_row("key"),
    "key_find_state": own_row("key"),
    "key_find_usable": lambda d: [d.user],
    "key_insert": lambda d: [d.new(), d.user, "openai", "secret", "first", "abcd", "new", *[None] * 6, 50],
    "key_list_json": lambda d: d.page(None),
    "key_load_json": own_row("key"),
    "key_load_provider": own_row("key"),
    "key_take": lambda d: [d.user, None, "openai" if d.number % 2 else None, "{}", "{}"],
    "key_update": lambda d: [d.user, d.own("key"), None, None, None, True, True, "renamed", *[False, None] * 6],
    "personal_token_delete": own_row("token"),
    "personal_token_find_alive": lambda d: ["{%s,%s}" % (d.own("token"), d.new())],
    "personal_token_record": lambda d: [BY, "revoke", d.own("token")],
    "personal_token_insert": lambda d: [d.new(), d.user, "new", d.digest(), "abcd", "{read}", None, 50],
    "personal_token_list": Draw.page,
    "session_record_end": lambda d: [BY, d.new()],
    "session_record_open": lambda d: [BY, d.new(), "password", HASH, "solo", False],
}

ADMINISTRATORS = {
    "admin_audit_list": lambda d: [BY, 50, None, d.someone() if d.number % 2 else None, "account.export" if d.number % 3 == 0 else None],
    "admin_conversation_list": lambda d: [BY, 50, d.someone(), None, None],
    "admin_dead_purge": lambda d: [BY, None, 30, 100],
    "admin_dead_retry": lambda d: [BY, None, 100],
    "admin_document_list": lambda d: [BY, 50, d.someone(), None, None],
    "admin_document_text": lambda d: [BY, id_of("user", 3), id_of("document", d.number_below(2500)), 50, 0],
    "admin_job_cancel": lambda d: [BY, id_of("waiting", d.number_below(20000))],
    "admin_job_list": lambda d: [BY, 50, ("failed", "pending", None)[d.number % 3], None, "dead" if d.number % 9 == 0 else None, d.someone() if d.number % 2 else None, None, None],
    "admin_job_retry": lambda d: [BY, id_of("dead", d.number_below(1000))],
    "admin_job_show": lambda d: [BY, id_of("task", d.number_below(22500))],
    "admin_knowledge_list": lambda d: [BY, 50, None, None],
    "admin_message_list": lambda d: [BY, 50, id_of("user", 2), id_of("conversation", 21989), None, None],
    "admin_note": lambda d: [BY, "settings.show", None, None],
    "admin_note_settings": lambda d: [BY],
    "admin_statistics": lambda d: [BY],
    "admin_user_erase": lambda d: [BY, d.someone(), 30],
    "admin_user_list": lambda d: [BY, 50, "user17" if d.number % 2 else None, None, None],
    "admin_user_show": lambda d: [BY, d.someone()],
    "admin_user_update": lambda d: [BY, id_of("user", d.small), "team", None, None],
    "admin_user_usage": lambda d: [BY, d.someone(), 30],
}

# By the servers for themselves: nobody is the user.
SERVERS = {
    "document_known_ids": lambda d: ["{%s}" % ",".join(id_of("document", d.number_below(22500)) for _ in range(500))],
    "erasure_find_due": lambda d: [100, None],
    "erasure_finish": lambda d: [id_of("user", 2000)],
    "erasure_step": lambda d: [id_of("user", 2000)],
    "health_ping": lambda d: [],
    "job_claim": lambda d: [json.dumps([id_of("waiting", d.number_below(20000)) for _ in range(16)]), 4, "{config_validation}", True, "w9"],
    "job_complete": lambda d: [id_of("running", 3 * d.number_below(30) + 1), 1, "{}"],
    "generations_find_active": lambda d: [],
    "generations_hold": lambda d: [],
    "generations_load": lambda d: [],
    "job_fail": lambda d: [id_of("running", 3 * d.number_below(30) + 1), 1, "reason", True],
    "job_find": lambda d: [id_of("task", d.number_below(22500))],
    "job_find_ended": lambda d: [json.dumps([id_of("task", d.number_below(22500)) for _ in range(50)])],
    "job_has_due": lambda d: [json.dumps([id_of("task", d.number_below(22500)) for _ in range(16)]), "{config_validation}"],
    "job_heartbeat": lambda d: [json.dumps([{"id": id_of("running", n), "token": n, "progress": 5, "stage": "s"} for n in (1, 2, 4)])],
    "job_hold": lambda d: [id_of("running", 1), 1],
    "job_mark_sent": lambda d: [id_of("waiting", d.number_below(20000))],
    "job_release": lambda d: [id_of("running", 1), 1],
    "job_sweep": lambda d: [100, False, 600000],
    "metrics_read": lambda d: [],
    "netguru_set_user": lambda d: [id_of("user", 7)],
    "personal_token_use": lambda d: [hashlib.sha256(str(d.number_below(6000)).encode()).hexdigest()],
    "turn_find_expired": lambda d: [100],
}

# Plain commands that have no plan.
COMMANDS = {"netguru_begin", "netguru_commit", "netguru_rollback"}

MAKERS = {
    name: (who, maker)
    for who, makers in (("conversations", CONVERSATIONS), ("turn", TURNS), ("documents", DOCUMENTS), ("any", ANYBODY), ("administrator", ADMINISTRATORS),
                        ("nobody", SERVERS))
    for name, maker in makers.items()
}


def values_of(name, number, vectors=("",)):
    """(the user or None, the parameters) of a run."""
    who, maker = MAKERS[name]
    draw = Draw(number, who, vectors)
    return draw.user, maker(draw)
