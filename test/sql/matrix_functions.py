# SPDX-License-Identifier: Apache-2.0
"""The isolation matrix of the functions: each that a login may call, with the ids of the victim, as everybody else.

An argument comes from its name, or from the name of the function and its own. A parameter without a maker is an error. What a
function does for callers who are not the owner, by design, stands in BY_DESIGN with its reason; what it must never show or change is
asserted there, too.
"""
from matrix import CONTENTS, METADATA, complaint

MADE = {  # a parameter's name, or function.parameter: SQL, formatted with the values of Matrix facts
    "p_by": "'{{\"reason\": \"ticket\"}}'", "p_limit": "100", "p_days": "30", "p_from": "0", "p_count": "10", "p_minutes": "60",
    "p_user": "'{victim}'", "p_email": "'{email}'", "p_search": "NULL", "p_before_us": "NULL", "p_before_id": "NULL", "p_before": "NULL",
    "p_action": "NULL", "p_subject": "NULL", "p_retention": "'1 day'", "p_lease": "'1 min'", "p_grace": "'0 s'", "p_resend": "'0 s'", "p_backoff": "'5 s'",
    "p_expected_hash": "'{hash}'", "p_new_hash": "'{other_hash}'", "p_hashed_password": "'{other_hash}'", "p_full_name": "NULL", "p_plan_tier": "'team'",
    "p_is_superuser": "NULL", "p_is_active": "FALSE", "p_replace": "TRUE", "p_enable": "FALSE", "p_scope": "'documents'", "p_status": "NULL", "p_queue": "NULL",
    "p_kind": "NULL", "p_model": "'{model}'", "p_conversation": "'{conversation}'", "p_document_id": "'{document}'", "p_message": "'{answer}'",
    "p_fencing_token": "1000000", "p_embedding": "'{vector}'", "p_vendor": "NULL", "p_document_type": "NULL", "p_query": "'zebra'", "p_near": "ARRAY['{chunk}'::uuid]",
    "p_also": "'{{}}'", "p_words": "'intruder'", "p_content": "'intruder'", "p_client_id": "'{client_id}'", "p_metadata": "'{{\"provider\": \"openai\"}}'", "p_has_parent": "FALSE",
    "p_parent": "NULL", "p_owner": "'intruder'", "p_tokens": "5", "p_quota": "1000", "p_since": "'-infinity'", "p_state": "'complete'", "p_reason": "NULL",
    "p_steps": "NULL", "p_sent": "'{{}}'", "p_offset": "0", "p_text": "'intruder'", "p_title": "'intruder'", "p_solo": "1", "p_team": "1", "p_enterprise": "1",
    "p_celery_task_id": "'{celery}'", "p_celery_task_ids": "ARRAY['{celery}']", "p_worker": "'intruder'", "p_types": "ARRAY['{task_type}']",
    "p_newcomers": "FALSE", "p_queues": "ARRAY['default', 'rag', 'pcap']", "p_result": "'{{}}'", "p_error": "'intruder'", "p_retry": "FALSE", "p_progress": "1",
    "p_stage": "'intruder'", "p_sha256": "NULL", "p_digest": "'{digest}'", "p_after": "NULL",
    "p_turns": "'[{{\"message_id\": \"{answer}\", \"fencing_token\": 1000000, \"content\": \"intruder\"}}]'",
    "p_generation": "1", "p_other": "'{vector}'", "p_other_model": "'second'", "p_nearest": "10", "p_agreed": "9",
    "p_effort": "0", "p_is_global": "FALSE", "p_wanted": "10", "p_found": "9", "p_found_with_less": "8",
    "account_register.p_email": "'new@example.net'", "admin_note.p_action": "'session.end_all'", "admin_audit_list.p_user": "NULL",
    "admin_knowledge_list.p_model": "NULL", "turn_finish.p_model": "'intruder'", "turn_finish.p_metadata": "'{{}}'",
    "admin_document_text.p_id": "'{document}'", "document_delete.p_id": "'{document}'", "document_known_ids.p_ids": "ARRAY['{document}'::uuid]",
    "consent_withdraw.p_id": "'{consent}'", "conversation_delete.p_id": "'{conversation}'", "personal_token_find_alive.p_ids": "ARRAY['{token}'::uuid]",
    "personal_token_record.p_action": "'revoke'", "personal_token_record.p_id": "'{token}'",
    "api_key_record.p_action": "'change'", "api_key_record.p_id": "'{api_key}'", "audit_export_own.p_after": "0",
    "p_session": "'{session}'", "p_how": "'password'", "p_plan": "'solo'", "session_record_open.p_is_superuser": "FALSE",
    "erasure_step.p_id": "'{victim}'", "erasure_finish.p_id": "'{victim}'", "task_mark_sent.p_ids": "ARRAY['{task}'::uuid]",
}
TASK_IDS = ("task_", "admin_job_")  # whose p_id is a task

WORKER, SYSTEM = "a worker runs the jobs of all users", "serve's own maintenance, for no user"
# function: (what it may show or change, the reason). "ids": ids of the victim's rows and names of its jobs; "tables": what may change
BY_DESIGN = {
    "account_find_for_login": ("ids", "a login knows no user yet; only serve, and the password decides"),
    "personal_token_use": ("ids,personal_access_tokens", "the digest of the secret is the right"),
    "personal_token_find_alive": ("", "which of the ids that serve holds are alive"),
    "document_known_ids": ("", "which of the ids that the sweep of files holds are documents"),
    "task_mark_sent": ("analysis_tasks", "a message was sent; work marks those of all users"),
    "task_claim": ("ids,analysis_tasks,documents", WORKER), "task_claim_all": ("ids,analysis_tasks,documents", WORKER),
    "task_claim_next": ("ids,analysis_tasks,documents", WORKER), "task_find": ("ids", WORKER), "task_find_due": ("ids", WORKER),
    "task_sweep": ("ids,analysis_tasks,documents", WORKER), "task_has_due": ("", WORKER),
    "erasure_find_due": ("", SYSTEM), "turn_find_expired": ("", SYSTEM), "task_queue_summary": ("", SYSTEM), "metrics_read": ("", SYSTEM),
    "embeddings_own_indexes_wanted": ("", SYSTEM),
}
# These need no row of the victim to differ for its owner: they answer strangers as they answer the owner.
NOT_TOLD_APART = set(BY_DESIGN) | {
    "account_register", "knowledge_search_text", "knowledge_search_vector", "erasure_finish", "erasure_step", "task_heartbeat", "task_hold", "task_complete",
    "task_fail", "task_release", "turn_bill", "turn_checkpoint", "turn_finish", "turn_interrupt", "turn_reserve", "search_fit",
    # The index of an account is in the catalog, which all may read; the check has nothing to tell of so few chunks.
    "embeddings_has_own_index", "search_recall_check", "search_recall_measure",
    # What generations there are is for all to read; the comparison has nothing to tell of one that is being built.
    "embedding_generations_hold", "embedding_vectors_has_index", "embedding_compare", "embedding_compare_note"}
CONTENT_FUNCTIONS = {"admin_document_list", "admin_document_text", "admin_conversation_list", "admin_message_list"}
OPERATOR_ALONE = {"admin_user_create"}


def functions(matrix):
    """(name, parameter names, touches tables, may be called by) of every function of ours."""
    return matrix.database.superuser(
        "SELECT p.proname::text, coalesce(p.proargnames[1:p.pronargs], '{}'), p.provolatile <> 'i' OR p.prosecdef, "
        "ARRAY(SELECT r FROM unnest(%s) AS r WHERE has_function_privilege(r, p.oid, 'EXECUTE')) FROM pg_proc AS p "
        "WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f' AND p.prorettype <> 'trigger'::regtype "
        "AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e') ORDER BY 1", matrix.catalog.logins)


def call(name, parameters, facts):
    """The call with the victim's ids, or KeyError for a parameter that nothing makes."""
    made = []
    for parameter in parameters:
        key = "%s.%s" % (name, parameter)
        if key not in MADE and parameter == "p_id" and name.startswith(TASK_IDS):
            made.append("'%s'" % facts["task"])
        else:
            made.append(MADE[key if key in MADE else parameter].format(**facts))
    return "SELECT * FROM public.%s(%s)" % (name, ", ".join(made))


def expected(name, identity, outcome):
    """Why this is not what the identity may get, or None."""
    if name.startswith("admin_"):
        return expected_of_administration(name, identity, outcome)
    rights = BY_DESIGN.get(name, ("",))[0].split(",")
    if "ids" in rights:
        outcome.text = outcome.text.replace(METADATA, "")
    return complaint(outcome, "unchanged")


CONSENT = "INSERT INTO consents (user_id, scope, expires_at, withdrawn_at) "
# A consent, and whether it counts.
CONSENTS = {
    CONSENT + "VALUES ('{victim}', '{scope}', now() + interval '1 hour', NULL)": True,
    CONSENT + "VALUES ('{victim}', '{scope}', now() - interval '1 second', NULL)": False,
    CONSENT + "VALUES ('{victim}', '{scope}', now() + interval '1 hour', now())": False,
    "UPDATE users SET is_active = FALSE WHERE id = '{victim}'; " + CONSENT + "VALUES ('{victim}', '{scope}', now() + interval '1 hour', NULL)": False,
    CONSENT + "VALUES ('{me}', '{scope}', now() + interval '1 hour', NULL)": False,
    CONSENT + "SELECT '{victim}', s, now() + interval '1 hour', NULL FROM unnest('{{documents,conversations}}'::text[]) AS s WHERE s <> '{scope}'": False,
}


def expected_of_administration(name, identity, outcome):
    if identity != "administrator" or name in OPERATOR_ALONE:
        return complaint(outcome, "denied")
    if name in CONTENT_FUNCTIONS:
        return complaint(outcome, "denied")
    return "shows contents: %s" % outcome.text[:200] if CONTENTS in outcome.text else outcome.state and "fails: " + outcome.text


def run_functions(matrix, facts, only=None):
    """Every function with every stranger; the owner must get something else, or the arguments prove nothing."""
    result = matrix.result
    for name, parameters, touches, logins in functions(matrix):
        if only and name not in only or not logins or not touches:
            continue
        result.functions += 1
        try:
            statement = call(name, parameters, facts)
        except KeyError as missing:
            result.add(name, "has no maker for %s: name it in MADE of test/sql/matrix_functions.py" % missing)
            continue
        for login in logins:
            run_function(matrix, login, name, statement)


def run_function(matrix, login, name, statement):
    allowed = set(BY_DESIGN.get(name, ("",))[0].split(","))
    if name not in NOT_TOLD_APART and not name.startswith("admin_"):
        own, nobody = (matrix.act(login, identity, statement) for identity in ("own", "nobody"))
        same = (own.state, own.rows, own.changed) == (nobody.state, nobody.rows, nobody.changed)
        matrix.result.add("%s %s own" % (login, name), "the owner gets no more than nobody: %s" % own if same else None)
    for identity in matrix.strangers:
        outcome = matrix.act(login, identity, statement, arrange="DELETE FROM consents" if name in CONTENT_FUNCTIONS else "")
        outcome.changed = [table for table in outcome.changed if table not in allowed]
        matrix.result.add("%s %s %s" % (login, name, identity), expected(name, identity, outcome))


def run_consents(matrix, facts):
    """With a consent an administrator, and nobody else, sees the contents, and each look is an entry of the audit log."""
    for name, parameters, _, logins in functions(matrix):
        if name not in CONTENT_FUNCTIONS:
            continue
        scope = "documents" if "document" in name else "conversations"
        for login in logins:
            for identity in matrix.strangers:
                for consent, counts in CONSENTS.items():
                    outcome = matrix.act(login, identity, call(name, parameters, facts), arrange="DELETE FROM consents; " + consent.format(scope=scope, **facts))
                    if counts and identity == "administrator":
                        wrong = None if CONTENTS in outcome.text and "audit_log" in outcome.changed else "no look, or no entry: %s" % outcome
                    else:
                        wrong = complaint(outcome, "denied")
                    matrix.result.add("%s %s %s, %s" % (login, name, identity, consent), wrong)
