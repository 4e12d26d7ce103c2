# SPDX-License-Identifier: Apache-2.0
"""What administrators may see and do, and what nobody may: the functions of 019, attacked from all sides."""
import json
import uuid

import psycopg2
import psycopg2.errors
import pytest

from conftest import PASSWORD_HASH, Tenant, fetch

DENIED = psycopg2.errors.InsufficientPrivilege
REFUSED = psycopg2.errors.CheckViolation
BY = '{"reason": "because", "trace": "11111111-1111-4111-8111-111111111111", "address": "192.0.2.1"}'


@pytest.fixture
def admin(database):
    tenant = Tenant(database, "admin")
    database.owner("UPDATE users SET is_superuser = TRUE WHERE id = %s", tenant.id)
    return tenant


@pytest.fixture
def user(database):
    return Tenant(database, "managed")


def calls(user):
    """Every function that asks who is calling, with arguments that would succeed."""
    conversation, document, task = user.conversation, user.document, user.task
    return {
        "admin_note": ("SELECT admin_note(%s, 'session.list', %s)", user.id),
        "admin_user_list": ("SELECT * FROM admin_user_list(%s, 10)",),
        "admin_user_show": ("SELECT admin_user_show(%s, %s)", user.id),
        "admin_user_update": ("SELECT admin_user_update(%s, %s, 'team')", user.id),
        "admin_user_create": ("SELECT admin_user_create(%s, 'n@example.net', '$2b$x', NULL, NULL, TRUE, FALSE, FALSE)",),
        "admin_user_usage": ("SELECT admin_user_usage(%s, %s, 7)", user.id),
        "admin_job_list": ("SELECT * FROM admin_job_list(%s, 10)",),
        "admin_job_show": ("SELECT admin_job_show(%s, %s)", task),
        "admin_job_retry": ("SELECT admin_job_retry(%s, %s)", task),
        "admin_job_cancel": ("SELECT admin_job_cancel(%s, %s)", task),
        "admin_dead_retry": ("SELECT admin_dead_retry(%s, NULL, 10)",),
        "admin_dead_purge": ("SELECT admin_dead_purge(%s, NULL, 0, 10)",),
        "admin_knowledge_list": ("SELECT * FROM admin_knowledge_list(%s, 10, NULL)",),
        "admin_statistics": ("SELECT admin_statistics(%s)",),
        "admin_audit_list": ("SELECT * FROM admin_audit_list(%s, 10)",),
        "admin_document_list": ("SELECT * FROM admin_document_list(%s, %s, 10)", user.id),
        "admin_document_text": ("SELECT admin_document_text(%s, %s, %s, 10, 0)", user.id, document),
        "admin_conversation_list": ("SELECT * FROM admin_conversation_list(%s, %s, 10)", user.id),
        "admin_message_list": ("SELECT * FROM admin_message_list(%s, %s, %s, 10)", user.id, conversation),
        # The last one: a closed account consents to nothing.
        "admin_user_erase": ("SELECT admin_user_erase(%s, %s, '1 day')", user.id),
    }


def try_all(session, user, expected):
    for name, (statement, *arguments) in calls(user).items():
        with pytest.raises(expected):
            fetch(session, statement, BY, *map(str, arguments))


def entries(database):
    return database.owner("SELECT count(*) FROM audit_log")[0][0]


def test_every_function_that_can_be_called_is_attacked(database, user):
    names = {row[0] for row in database.superuser("SELECT proname FROM pg_proc WHERE proname LIKE 'admin\\_%%' "
                                                  "AND has_function_privilege('netguru_serve', oid, 'EXECUTE')")}
    assert names == set(calls(user))


def test_ordinary_users_and_nobody_are_refused(database, user, nobody):
    other = Tenant(database, "other")
    before = entries(database)
    for session in (other.app, user.app, nobody):
        try_all(session, user, DENIED)
    assert entries(database) == before
    with pytest.raises(DENIED):
        fetch(database.connect("netguru_work"), "SELECT * FROM admin_user_list('{}', 1)")


@pytest.mark.parametrize("change", ["is_superuser = FALSE", "is_active = FALSE"])
def test_rights_end_at_once(database, admin, user, change):
    """Demoted or disabled within the session: the next statement knows."""
    assert admin.run("SELECT * FROM admin_user_list(%s, 1)", BY)
    database.owner("UPDATE users SET %s WHERE id = %%s" % change, admin.id)
    try_all(admin.app, user, DENIED)


def test_a_role_does_not_make_an_operator(database, admin, user, nobody):
    """Only a login that may be netguru_owner is the operator, not one that a function runs as, nor one with a user."""
    serve = database.connect("netguru_serve")
    with pytest.raises(DENIED):
        fetch(serve, "SELECT admin_user_show('{}', %s)", str(user.id))
    superuser = database.connect("postgres")
    fetch(superuser, "SET ROLE netguru_serve")
    with pytest.raises(DENIED):
        fetch(superuser, "SELECT admin_user_show('{}', %s)", str(user.id))
    fetch(superuser, "RESET ROLE")
    assert fetch(superuser, "SELECT admin_user_show('{}', %s)", str(user.id))[0][0]["id"] == str(user.id)
    fetch(superuser, "SELECT set_config('app.current_user_id', %s, false)", str(user.id))
    with pytest.raises(DENIED):
        fetch(superuser, "SELECT admin_user_show('{}', %s)", str(user.id))


@pytest.mark.parametrize("ending", ["UPDATE users SET is_active = FALSE WHERE id = %s", "SELECT account_mark_closed(%s, '1 day')"])
def test_a_consent_ends_with_the_account_that_could_withdraw_it(database, admin, user, ending):
    admin.run("SELECT set_config('app.current_user_id', %s, false)", admin.id)
    look = "SELECT admin_document_text('{}', %s, %s, 10, 0)"
    assert admin.one(look, user.id, user.document)["chunks"]
    database.owner(ending, user.id)
    with pytest.raises(DENIED, match="has not consented"):
        admin.run(look, user.id, user.document)
    database.owner("UPDATE users SET is_active = TRUE, erase_after = NULL, closed_at = NULL WHERE id = %s", user.id)
    assert admin.one(look, user.id, user.document)["chunks"]


def test_every_look_and_act_is_recorded_in_its_transaction(database, admin, user):
    admin.run("SELECT set_config('app.current_user_id', %s, false)", admin.id)
    user.one("SELECT consent_give('{}', 'conversations', 5)")
    database.owner("UPDATE analysis_tasks SET status = 'failed', failure_kind = 'dead' WHERE id = %s", user.task)
    for name, (statement, *arguments) in calls(user).items():
        before = entries(database)
        if name == "admin_user_create":
            continue
        fetch(admin.app, statement, BY, *map(str, arguments))
        assert entries(database) == before + 1, name
        row = database.owner("SELECT actor_kind, actor_id, reason, trace_id, address FROM audit_log ORDER BY sequence DESC LIMIT 1")[0]
        assert row == ("administrator", admin.id, "because", "11111111-1111-4111-8111-111111111111", "192.0.2.1"), name
    before = entries(database)
    with admin.app.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT admin_user_update(%s, %s, 'enterprise')", (BY, str(user.id)))
        cursor.execute("ROLLBACK")
    assert entries(database) == before


def test_metadata_without_contents(admin, user):
    user.run("SELECT consent_withdraw('{}', %s)", user.consent)
    shown = [admin.one("SELECT admin_user_show(%s, %s)", BY, user.email), admin.run("SELECT item FROM admin_job_list(%s, 100)", BY),
             admin.run("SELECT item FROM admin_user_list(%s, 100)", BY), admin.one("SELECT admin_statistics(%s)", BY)]
    text = json.dumps(shown, default=str)
    for content in ("secret of", "r1.cfg", PASSWORD_HASH, "Nova Conversa"):
        assert content not in text
    assert shown[0]["documents"]["count"] == 1 and shown[0]["email"] == user.email
    for name in ("admin_document_list", "admin_document_text", "admin_conversation_list", "admin_message_list"):
        statement, *arguments = calls(user)[name]
        with pytest.raises(DENIED, match="has not consented"):
            fetch(admin.app, statement, BY, *map(str, arguments))


def test_reasons_of_failures_do_not_quote_files(database, admin, user):
    database.owner("UPDATE analysis_tasks SET status = 'failed', failure_kind = 'error', error_message = %s WHERE id = %s",
                   'line 7: "enable secret hunter2" is unknown', user.task)
    assert admin.one("SELECT admin_job_show(%s, %s)", BY, user.task)["error_message"] == 'line 7: "…" is unknown'


def test_a_consent_opens_one_scope_until_it_ends(database, admin, user):
    other = Tenant(database, "silent")
    other.one("SELECT consent_withdraw('{}', %s)", other.consent)
    assert admin.one("SELECT item ->> 'original_filename' FROM admin_document_list(%s, %s, 5)", BY, str(user.id)) == "r1.cfg"
    text = admin.one("SELECT admin_document_text(%s, %s, %s, 10, 0)", BY, str(user.id), user.document)
    assert text["chunks"][0]["chunk_text"] == "secret of managed"
    # a document of somebody else, under this user's consent
    assert admin.one("SELECT admin_document_text(%s, %s, %s, 10, 0)", BY, str(user.id), other.document) is None
    with pytest.raises(DENIED):
        admin.run("SELECT * FROM admin_conversation_list(%s, %s, 5)", BY, str(user.id))
    with pytest.raises(DENIED):
        admin.run("SELECT * FROM admin_document_list(%s, %s, 5)", BY, str(other.id))
    seen = user.run("SELECT action, actor_kind, reason FROM audit_log WHERE user_id = %s ORDER BY sequence DESC LIMIT 2", user.id)
    assert seen == [("contents.document_text", "administrator", "because"), ("contents.document_list", "administrator", "because")]
    database.owner("UPDATE consents SET expires_at = now() - interval '1 s' WHERE id = %s", user.consent)
    with pytest.raises(DENIED):
        admin.run("SELECT * FROM admin_document_list(%s, %s, 5)", BY, str(user.id))


def test_a_consent_is_the_users_alone(database, admin, user):
    for session in (admin, Tenant(database, "stranger")):
        assert session.one("SELECT consent_withdraw('{}', %s)", user.consent) is False
    with pytest.raises(DENIED):
        admin.run("INSERT INTO consents (user_id, scope, expires_at) VALUES (%s, 'documents', 'infinity')", user.id)
    with pytest.raises(DENIED):
        user.run("UPDATE consents SET expires_at = 'infinity'")
    for minutes in (0, 43201, None):
        with pytest.raises(REFUSED):
            user.one("SELECT consent_give('{}', 'documents', %s)", minutes)
    with pytest.raises(REFUSED):
        user.one("SELECT consent_give('{}', 'keys', 5)")
    for _ in range(19):
        user.one("SELECT consent_give('{}', 'documents', 43200)")
    with pytest.raises(REFUSED, match="20 consents"):
        user.one("SELECT consent_give('{}', 'documents', 1)")
    assert user.one("SELECT consent_withdraw('{}', %s)", user.consent) is True
    assert user.one("SELECT consent_withdraw('{}', %s)", user.consent) is False


def test_what_an_administrator_cannot_do(database, admin, user):
    for statement in ("SELECT admin_user_update(%s, %s, NULL, NULL, TRUE)", "SELECT admin_user_update(%s, %s, NULL, NULL, FALSE)"):
        with pytest.raises(DENIED, match="only the operator"):
            admin.run(statement, BY, str(user.id))
    with pytest.raises(DENIED):
        admin.run("SELECT admin_user_create(%s, 'n@example.net', '$2b$x', NULL, NULL, TRUE, FALSE, FALSE)", BY)
    for statement in ("SELECT admin_user_update(%s, %s, NULL, FALSE)", "SELECT admin_user_erase(%s, %s, '0')"):
        with pytest.raises(REFUSED):
            admin.run(statement, BY, str(admin.id))
    with pytest.raises(REFUSED):
        admin.run("SELECT admin_note(%s, 'account.erase', %s)", BY, str(user.id))
    with pytest.raises(REFUSED):
        admin.run("SELECT admin_user_update(%s, %s, 'gold')", BY, str(user.id))


def test_pages_of_users_by_their_key(database, admin):
    made = [Tenant(database, "paged") for _ in range(3)]
    rows = admin.run("SELECT item ->> 'id', key FROM admin_user_list(%s, 2)", BY)
    assert [row[0] for row in rows] == [str(made[2].id), str(made[1].id)]
    us, key = rows[1][1].split("|")
    assert admin.one("SELECT item ->> 'id' FROM admin_user_list(%s, 1, NULL, %s, %s)", BY, int(us), key) == str(made[0].id)
    assert [row[0] for row in admin.run("SELECT item ->> 'id' FROM admin_user_list(%s, 10, %s)", BY, made[1].email[:20].upper())] == [str(made[1].id)]
    assert admin.run("SELECT item FROM admin_user_list(%s, 10, '%%')", BY) == []


def test_dead_tasks_are_retried_and_purged(database, admin, user):
    database.owner("UPDATE analysis_tasks SET status = 'failed', failure_kind = 'dead', attempts = 3, deaths = 5, completed_at = now() - interval '2 days', "
                   "error_message = 'x', settles_document = TRUE WHERE id = %s", user.task)
    database.owner("UPDATE documents SET status = 'failed', metadata = '{\"error\": \"x\"}' WHERE id = %s", user.document)
    assert "workers ended" in admin.one("SELECT admin_job_show(%s, %s)", BY, user.task)["why"]
    assert admin.one("SELECT admin_dead_purge(%s, NULL, 3, 10)", BY) == 0
    assert admin.one("SELECT admin_dead_retry(%s, 'pcap', 10)", BY) == 0
    assert admin.one("SELECT admin_job_retry(%s, %s)", BY, user.task) == "retried"
    assert admin.one("SELECT admin_job_retry(%s, %s)", BY, user.task) == "unfinished"
    assert admin.one("SELECT admin_job_retry(%s, %s)", BY, str(uuid.uuid4())) is None
    assert database.owner("SELECT status, attempts, deaths, failure_kind, sent_at FROM analysis_tasks WHERE id = %s", user.task) == \
        [("pending", 0, 0, None, None)]
    assert user.run("SELECT status, failure_reason FROM documents") == [("uploaded", None)]
    work = database.connect("netguru_work")
    assert user.task in [row[0] for row in fetch(work, "SELECT id FROM task_sweep(1000)")]
    assert admin.one("SELECT admin_job_cancel(%s, %s)", BY, user.task) == "cancelled"
    assert admin.one("SELECT admin_job_cancel(%s, %s)", BY, user.task) == "settled"
    database.owner("UPDATE analysis_tasks SET failure_kind = 'dead', completed_at = now() - interval '2 days' WHERE id = %s", user.task)
    assert admin.one("SELECT admin_dead_purge(%s, NULL, 1, 10)", BY) == 1


# ---- closing and erasing

def close(database, user, retention="0"):
    return user.one("SELECT account_close('{}', %s, %s)", PASSWORD_HASH, retention)


def erase(session, user):
    while True:
        rows = fetch(session, "SELECT done FROM erasure_step(%s)", user.id)
        if not rows or rows[0][0]:
            return fetch(session, "SELECT erasure_finish(%s)", user.id)[0][0]


def test_only_a_due_account_is_erased(database, user, nobody):
    assert user.one("SELECT account_close('{}', 'another hash', '0')") is None
    assert fetch(nobody, "SELECT * FROM erasure_step(%s)", user.id) == []
    assert fetch(nobody, "SELECT erasure_finish(%s)", user.id) == [(False,)]
    assert close(database, user, "1 day") is not None
    assert user.id not in [row[0] for row in fetch(nobody, "SELECT erasure_find_due(100)")]
    assert fetch(nobody, "SELECT * FROM erasure_step(%s)", user.id) == []
    assert user.run("SELECT is_active FROM users") == [(False,)]
    assert close(database, user) is None  # it is closed
    # the operator takes it back
    assert database.owner("SELECT admin_user_update('{}', %s, NULL, TRUE)", user.email)[0][0]["erase_after"] is None
    assert user.one("SELECT count(*) FROM documents") == 1


def test_erasing_leaves_an_anonymous_ledger_and_the_log(database, user, nobody):
    database.owner("INSERT INTO usage_ledger (user_id, conversation_id, tokens_total, provider_usage) VALUES (%s, %s, 11, '{}')", user.id, user.conversation)
    close(database, user)
    assert user.id in [row[0] for row in fetch(nobody, "SELECT erasure_find_due(100)")]
    with pytest.raises(psycopg2.errors.CheckViolation):
        database.owner("SELECT admin_user_update('{}', %s, NULL, TRUE)", user.email)
    assert erase(nobody, user) is True
    for table in ("api_keys", "conversations", "documents", "embeddings", "analysis_tasks", "topology_snapshots", "consents", "usage_ledger", "messages"):
        assert database.owner("SELECT count(*) FROM %s WHERE user_id = %%s" % table, user.id) == [(0,)], table
    assert database.owner("SELECT count(*) FROM users WHERE id = %s", user.id) == [(0,)]
    rows = database.owner("SELECT user_id, conversation_id, message_id, tokens_total FROM usage_ledger ORDER BY id DESC LIMIT 2")
    assert [row[1:] for row in rows] == [(None, None, 11), (None, None, 7)] and rows[0][0] == rows[1][0] != user.id
    assert [row[0] for row in database.owner("SELECT action FROM audit_log WHERE user_id = %s ORDER BY sequence", user.id)] == \
        ["consent.give", "account.close", "account.erase"]
    assert user.email not in str(database.owner("SELECT * FROM audit_log"))


def test_two_sweeps_do_not_disturb_each_other(database, user):
    close(database, user)
    first, second = database.connect("netguru_serve"), database.connect("netguru_serve")
    first.autocommit = False
    assert fetch(first, "SELECT done FROM erasure_step(%s)", user.id) == [(False,)]
    assert fetch(second, "SELECT done FROM erasure_step(%s)", user.id) == []
    assert fetch(second, "SELECT erasure_finish(%s)", user.id) == [(False,)]
    first.rollback()  # killed in the middle
    assert erase(second, user) is True


def test_the_ledger_still_only_grows(database, user):
    for statement in ("UPDATE usage_ledger SET tokens_total = 0", "UPDATE usage_ledger SET user_id = uuid_generate_v4()",
                      "UPDATE usage_ledger SET conversation_id = NULL", "DELETE FROM usage_ledger", "TRUNCATE usage_ledger"):
        with pytest.raises(DENIED):
            database.owner(statement + (" WHERE user_id = '%s'" % user.id if "UPDATE" in statement or "DELETE" in statement else ""))
    close(database, user)
    with pytest.raises(DENIED):
        database.owner("UPDATE usage_ledger SET tokens_total = 0 WHERE user_id = %s", user.id)


def test_passwords_change_with_an_entry(database, user):
    new = "$2b$12$" + "b" * 53
    assert user.one("SELECT account_change_password('{}', %s, %s)", "wrong", new) is False
    before = entries(database)
    assert user.one("SELECT account_change_password('{}', %s, %s)", PASSWORD_HASH, new) is True
    assert entries(database) == before + 1


def test_keys_are_recorded_for_their_own_user_alone(database, user):
    stranger = Tenant(database, "stranger-of-keys")
    record = "SELECT api_key_record('{}', %s, %s)"
    before = entries(database)
    assert stranger.one(record, "create", user.api_key) is False and user.one(record, "delete", stranger.api_key) is False
    for action in (None, "", "use"):
        with pytest.raises(psycopg2.errors.InvalidParameterValue):
            user.one(record, action, user.api_key)
    assert entries(database) == before
    assert [user.one(record, action, user.api_key) for action in ("create", "change", "delete")] == [True] * 3
    assert entries(database) == before + 3
    last = database.owner("SELECT action, user_id::text, subject, details FROM audit_log ORDER BY sequence DESC LIMIT 1")[0]
    assert tuple(last[:3]) == ("key.delete", user.id, f"key:{user.api_key}") and json.loads(last[3]) == {"provider": "openai"}


def test_a_session_is_recorded_for_an_account_as_it_was(database, user):
    session = str(uuid.uuid4())
    by = json.dumps({"address": "192.0.2.7", "user_agent": "curl/7.88.1"})
    record = "SELECT session_record_open(%s, %s, %s, %s, %s, %s)"
    before = entries(database)
    assert user.one(record, by, session, "password", PASSWORD_HASH[:-1] + "x", "solo", False) == "wrong"
    assert user.one(record, by, session, "password", PASSWORD_HASH, "team", False) == "changed"
    assert user.one(record, by, session, "password", PASSWORD_HASH, "solo", True) == "changed"
    for how in (None, "", "guess"):
        with pytest.raises(psycopg2.errors.InvalidParameterValue):
            user.one(record, by, session, how, PASSWORD_HASH, "solo", False)
    assert entries(database) == before
    assert user.one(record, by, session, "password", PASSWORD_HASH, "solo", False) == "recorded"
    user.run("SELECT session_record_end(%s, %s)", by, session)
    user.run("SELECT session_record_end(%s, NULL)", by)
    rows = database.owner("SELECT action, actor_id::text, subject, address, details FROM audit_log ORDER BY sequence DESC LIMIT 3")
    assert [(row[0], row[1], row[2], row[3]) for row in rows] == [
        ("session.end_all", user.id, None, "192.0.2.7"), ("session.end", user.id, f"session:{session}", "192.0.2.7"),
        ("session.open", user.id, f"session:{session}", "192.0.2.7")]
    assert json.loads(rows[2][4]) == {"how": "password", "user_agent": "curl/7.88.1"}
    database.owner("UPDATE users SET is_active = FALSE WHERE id = %s", user.id)
    try:
        assert user.one(record, by, session, "password", PASSWORD_HASH, "solo", False) == "wrong"
    finally:
        database.owner("UPDATE users SET is_active = TRUE WHERE id = %s", user.id)


def test_a_user_sees_the_addresses_of_its_own_acts_alone(database, admin, user):
    by = json.dumps({"address": "192.0.2.7", "user_agent": "curl/7.88.1"})
    user.run("SELECT session_record_end(%s, NULL)", by)
    admin.one("SELECT admin_user_show(%s, %s)", json.dumps({"address": "198.51.100.9", "user_agent": "secret"}), str(user.id))
    rows = [row[0] for row in user.run("SELECT item FROM audit_list_own(%s, 2)", user.id)]
    assert [(row["action"], row["address"], row["user_agent"]) for row in rows] == [
        ("user.show", None, None), ("session.end_all", "192.0.2.7", "curl/7.88.1")]
    exported = [row[0] for row in user.run("SELECT item FROM audit_export_own(%s, 0, 1000)", user.id)]
    assert exported[-2:] == rows[::-1]
    assert [row["sequence"] for row in exported] == sorted(row["sequence"] for row in exported)
    stranger = Tenant(database, "stranger-of-entries")
    assert stranger.run("SELECT item FROM audit_list_own(%s, 10)", user.id) == []
    assert stranger.run("SELECT item FROM audit_export_own(%s, 0, 10)", user.id) == []
    with pytest.raises(DENIED):
        user.run("SELECT address FROM audit_log")


def test_tokens_are_recorded_for_their_own_user_alone(database, user):
    stranger = Tenant(database, "stranger-of-tokens")
    record = "SELECT personal_token_record('{}', %s, %s)"
    before = entries(database)
    assert stranger.one(record, "create", user.token) is False
    assert user.one(record, "revoke", stranger.token) is False
    for action in (None, "", "use", "create; "):
        with pytest.raises(psycopg2.errors.InvalidParameterValue):
            user.one(record, action, user.token)
    assert entries(database) == before
    assert user.one(record, "create", user.token) is True and user.one(record, "revoke", user.token) is True
    assert entries(database) == before + 2
    last = database.owner("SELECT action, user_id::text, subject, details FROM audit_log ORDER BY sequence DESC LIMIT 1")[0]
    assert tuple(last[:3]) == ("token.revoke", user.id, f"token:{user.token}") and set(json.loads(last[3])) == {"scopes", "expires_at"}
