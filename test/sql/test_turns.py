# SPDX-License-Identifier: Apache-2.0
"""Turns: one a conversation at a time, a lease with a fencing token, and each token billed once."""
import datetime
import json
import uuid

import psycopg2
import psycopg2.errors
import pytest

from conftest import Tenant

BEGIN = ("SELECT outcome, user_message_id, message_id, fencing_token, title FROM turn_begin(%(conversation)s, %(content)s, %(client)s, '{}', "
         "%(has_parent)s, %(parent)s, 'p1', %(lease)s::interval)")
LONG_AGO = datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc)


@pytest.fixture
def user(database, request):
    return Tenant(database, request.node.name[:40])


@pytest.fixture
def conversation(user):
    return new_conversation(user)


def new_conversation(user):
    return user.one("INSERT INTO conversations (user_id) VALUES (%s) RETURNING id", user.id)


def begin(user, conversation, content="Why?", **other):
    values = {"conversation": conversation, "content": content, "client": None, "has_parent": False, "parent": None, "lease": "1 minute",
              **other}
    with user.app.cursor() as cursor:
        cursor.execute(BEGIN, values)
        return cursor.fetchone()


def finish(user, message, fencing, state="complete", content="Because.", metadata="{}", tokens=None):
    return user.one("SELECT turn_finish(%s, %s, %s, NULL, %s, NULL, %s, %s, NULL, NULL)", message, fencing, state, content, metadata, tokens)


def checkpoint(user, answer, fencing, content=None):
    turn = {"message_id": str(answer), "fencing_token": fencing}
    if content is not None:
        turn["content"] = content
    rows = user.run("SELECT message_id, outcome FROM turn_checkpoint(%s, '1 minute')", json.dumps([turn]))
    assert [row[0] for row in rows] == [answer]
    return rows[0][1]


def reserve(user, turn, tokens, quota):
    return user.one("SELECT turn_reserve(%s, %s, %s, %s, %s)", turn[2], turn[3], tokens, quota, LONG_AGO)


def message(user, message_id):
    return user.run("SELECT role, state, content, parent_id, reason FROM messages WHERE id = %s", message_id)[0]


def expire(database, conversation):
    database.owner("UPDATE conversation_turns SET lease_expires_at = now() - interval '1 s' WHERE conversation_id = %s", conversation)


def test_a_turn_is_a_question_and_its_answer(user, conversation):
    outcome, asked, answer, fencing, title = begin(user, conversation, "  Why is\tOSPF down?\nDetails")
    assert (outcome, title) == ("begun", "Why is OSPF down?")
    assert message(user, asked) == ("user", "complete", "  Why is\tOSPF down?\nDetails", None, None)
    assert message(user, answer) == ("assistant", "streaming", "", asked, None)
    assert checkpoint(user, answer, fencing, "Beca") == "held"
    assert message(user, answer)[2] == "Beca"
    assert finish(user, answer, fencing) is True
    assert message(user, answer) == ("assistant", "complete", "Because.", asked, None)
    assert user.run("SELECT message_count, head_id, title_source FROM conversations WHERE id = %s", conversation) == [(2, answer, "message")]
    assert user.run("SELECT count(*) FROM conversation_turns") == [(0,)]


def test_a_title_is_cut_at_a_word(user, conversation):
    assert begin(user, conversation, "word " * 40)[4] == "word " * 14 + "word…"


def test_a_title_that_a_person_gave_stays(user, conversation):
    user.run("UPDATE conversations SET title = 'Lisbon', title_source = 'person' WHERE id = %s", conversation)
    assert begin(user, conversation)[4] == "Lisbon"


def test_one_turn_runs_at_a_time(user, conversation):
    first = begin(user, conversation)
    assert begin(user, conversation)[0::2] == ("busy", first[2], first[4])
    finish(user, first[2], first[3])
    assert begin(user, conversation)[0] == "begun"


def test_a_repeated_request_makes_no_second_message(user, conversation):
    first = begin(user, conversation, client="c1")
    assert begin(user, conversation, client="c1")[:3] == ("repeated", first[1], first[2])
    finish(user, first[2], first[3])
    assert begin(user, conversation, client="c1")[:3] == ("repeated", first[1], first[2])
    assert begin(user, new_conversation(user), client="c1")[0] == "begun"


def test_branches_share_what_came_before(user, conversation):
    first = begin(user, conversation, "one")
    finish(user, first[2], first[3])
    second = begin(user, conversation, "two")
    finish(user, second[2], second[3])
    edited = begin(user, conversation, "two, edited", has_parent=True, parent=first[2])
    assert edited[0] == "begun" and message(user, edited[1])[3] == first[2]
    finish(user, edited[2], edited[3])
    again = begin(user, conversation, None, has_parent=True, parent=edited[1])
    assert again[:2] == ("begun", edited[1]) and message(user, again[2])[3] == edited[1]
    finish(user, again[2], again[3])
    restarted = begin(user, conversation, "zero", has_parent=True)
    assert message(user, restarted[1])[3] is None


def test_a_parent_must_be_of_the_conversation_and_the_other_role(database, user, conversation):
    first = begin(user, conversation)
    finish(user, first[2], first[3])
    stranger = Tenant(database, "turn-stranger")
    elsewhere = begin(stranger, stranger.conversation)
    for parent in (first[1], elsewhere[2], stranger.message):
        assert begin(user, conversation, "x", has_parent=True, parent=parent)[0] == "misplaced"
    for parent in (first[2], elsewhere[1]):
        assert begin(user, conversation, None, has_parent=True, parent=parent)[0] == "misplaced"


def test_a_stranger_can_do_nothing_with_a_turn(database, user, conversation):
    _, _, answer, fencing, _ = begin(user, conversation)
    stranger = Tenant(database, "turn-thief")
    assert begin(stranger, conversation)[0] == "absent"
    assert finish(stranger, answer, fencing) is False
    assert stranger.run("SELECT * FROM turn_cancel(%s)", conversation) == []
    assert reserve(stranger, (None, None, answer, fencing), 1, None) is None
    assert checkpoint(user, answer, fencing) == "held"


@pytest.mark.parametrize("known", ["answer", "question", "past"])
def test_a_stranger_neither_waits_for_a_conversation_nor_locks_it(database, user, conversation, known):
    past = begin(user, conversation)
    assert finish(user, past[2], past[3]) is True
    _, question, answer, fencing, _ = begin(user, conversation)
    of = {"answer": answer, "question": question, "past": past[2]}[known]
    stranger = Tenant(database, "turn-holder")
    stranger.run("SET lock_timeout = '1ms'")
    for locks in (user, stranger):
        stranger.run("BEGIN")
        user.run("BEGIN")
        if locks is user:
            user.run("SELECT FROM conversations WHERE id = %s FOR UPDATE", conversation)
        assert finish(stranger, of, fencing) is False
        user.run("SELECT FROM conversations WHERE id = %s FOR UPDATE NOWAIT", conversation)
        for tenant in (user, stranger):
            tenant.run("ROLLBACK")


def test_cancelling_asks_the_process_that_writes(user, conversation):
    _, _, answer, fencing, _ = begin(user, conversation)
    assert user.run("SELECT * FROM turn_cancel(%s)", conversation) == [(answer, "p1")]
    assert checkpoint(user, answer, fencing, "so far") == "cancel"
    assert finish(user, answer, fencing, "cancelled", "so far") is True
    assert message(user, answer)[1:3] == ("cancelled", "so far")
    assert user.run("SELECT * FROM turn_cancel(%s)", conversation) == []


@pytest.mark.parametrize("kept, offset, seen, text", [
    ("", 0, "all of it", "all of it"),
    ("all of", 4, "of it", "all of it"),
    ("all of", 6, " it", "all of it"),
    ("all of it", 0, "all", "all of it"),       # what was put down is longer
    ("all of", 7, "it", "all of"),              # a piece is missing
    ("all of", 0, "something else", "all of"),  # another text
    ("é", 0, "été", "été"), ("é", -1, "x", "é"), ("é", 2, "té", "été"),
])
def test_an_interrupted_answer_keeps_what_was_seen(database, user, conversation, kept, offset, seen, text):
    _, _, answer, fencing, _ = begin(user, conversation)
    checkpoint(user, answer, fencing, kept)
    assert user.one("SELECT turn_interrupt(%s, %s, %s, %s)", answer, fencing, offset, seen) is False  # the lease runs
    assert begin(user, conversation)[0] == "busy"
    expire(database, conversation)
    assert begin(user, conversation)[0:4] == ("expired", None, answer, fencing)
    assert (conversation, answer, fencing) in user.run("SELECT * FROM turn_find_expired(1000)")
    assert user.one("SELECT turn_interrupt(%s, %s, %s, %s)", answer, fencing + 1, offset, seen) is False
    assert user.one("SELECT turn_interrupt(%s, %s, %s, %s)", answer, fencing, offset, seen) is True
    assert message(user, answer)[1:3] == ("interrupted", text)
    assert user.one("SELECT turn_interrupt(%s, %s, %s, %s)", answer, fencing, offset, seen) is False
    assert finish(user, answer, fencing) is False and message(user, answer)[2] == text
    assert checkpoint(user, answer, fencing, "x") == "lost"
    assert begin(user, conversation)[0] == "begun"


def test_each_token_is_billed_once(database, user, conversation):
    _, _, answer, fencing, _ = begin(user, conversation)
    metadata = '{"provider": "openai", "model": "m", "tokens_in": 30, "tokens_out": 12, "tokens_cached": 5, "cost_micros": 77, "provider_usage": {"a": 1}}'
    assert finish(user, answer, fencing, metadata=metadata, tokens=42) is True
    assert finish(user, answer, fencing, metadata=metadata, tokens=42) is False
    database.owner("UPDATE messages SET tokens_used = 43 WHERE id = %s", answer)
    assert database.superuser("SELECT provider, model, tokens_in, tokens_out, tokens_total, tokens_cached, cost_micros, provider_usage "
                              "FROM usage_ledger WHERE message_id = %s", answer) == [("openai", "m", 30, 12, 42, 5, 77, {"a": 1})]


def test_the_quota_counts_what_is_used_and_what_is_reserved(user, conversation):
    used = user.one("SELECT usage_since(%s)", LONG_AGO)
    first = begin(user, conversation)
    assert reserve(user, first, 60, used + 59) is False
    assert reserve(user, first, 60, used + 60) is True and reserve(user, first, 60, used + 60) is True
    second = begin(user, new_conversation(user))
    assert reserve(user, second, 1, used + 60) is False
    assert reserve(user, second, 1, None) is True
    assert reserve(user, second[:3] + (second[3] + 1,), 1, None) is None
    finish(user, first[2], first[3], tokens=10)
    assert user.one("SELECT usage_since(%s)", LONG_AGO) == used + 11
    assert user.one("SELECT usage_since(now() + interval '1 day')") == 1


def test_many_turns_are_put_down_in_one_statement(database, user):
    other = Tenant(database, "turn-neighbour")
    turns = [(who, begin(who, new_conversation(who))) for who in (user, other)]
    given = [{"message_id": str(turn[2]), "fencing_token": turn[3], "content": "so far"} for _, turn in turns] + [
        {"message_id": str(turns[0][1][2]), "fencing_token": 0, "content": "forged"}]
    rows = user.run("SELECT outcome FROM turn_checkpoint(%s, '1 minute')", json.dumps(given))
    assert rows == [("held",), ("held",), ("lost",)]
    assert [message(who, turn[2])[2] for who, turn in turns] == ["so far", "so far"]


def test_deleting_a_conversation_ends_its_turn(database, user, conversation):
    _, _, answer, fencing, _ = begin(user, conversation)
    stranger = Tenant(database, "turn-remover")
    assert stranger.one("SELECT conversation_delete(%s)", conversation) is False
    assert user.one("SELECT conversation_delete(%s)", conversation) is True
    assert checkpoint(user, answer, fencing, "x") == "lost"
    assert user.run("SELECT count(*) FROM conversation_turns") == [(0,)]


def test_messages_are_found_by_their_words(database, user, conversation):
    _, _, answer, fencing, _ = begin(user, conversation, "Why does ge-0/0/0.100 flap?")
    assert user.run("SELECT role FROM message_search('ge-0/0/0.100', 10)") == [("user",)]
    finish(user, answer, fencing, content="The optic of ge-0/0/0.100 is failing.")
    found = user.run("SELECT role, title FROM message_search('optic', 10)")
    assert found == [("assistant", "Why does ge-0/0/0.100 flap?")]
    stranger = Tenant(database, "turn-reader")
    assert stranger.run("SELECT * FROM message_search('optic', 10)") == []
    assert user.run("SELECT * FROM message_search('', 10)") == [] and user.run("SELECT * FROM message_search('optic', 0)") == []


def test_messages_of_before_are_one_branch(user):
    """As the migration does for rows that have no parent, the next message continues the branch that is shown."""
    user.run("INSERT INTO messages (conversation_id, role, content) VALUES (%s, 'assistant', 'second')", user.conversation)
    assert user.run("SELECT parent_id FROM messages WHERE content = 'second' AND user_id = %s", user.id) == [(user.message,)]


def bill(user, conversation, message, tokens, metadata=None):
    return user.one("SELECT turn_bill(%s, %s, %s, %s, NULL)", conversation, message, tokens,
                    json.dumps(metadata or {"provider": "openai", "model": "m", "tokens_in": tokens}))


def ledger(user, conversation):
    return user.run("SELECT message_id, provider, tokens_total FROM usage_ledger WHERE conversation_id = %s ORDER BY id", conversation)


def test_an_answer_that_another_process_has_ended_is_billed_once(database, user, conversation):
    _, _, answer, fencing, _ = begin(user, conversation)
    assert bill(user, conversation, answer, 5) is False  # it is still being written
    expire(database, conversation)
    assert user.one("SELECT turn_interrupt(%s, %s, 0, '')", answer, fencing) is True
    assert finish(user, answer, fencing, tokens=5) is False
    assert [bill(user, conversation, answer, 5) for _ in range(2)] == [True, False]
    assert ledger(user, conversation) == [(answer, "openai", 5)]
    assert message(user, answer)[1] == "interrupted"


def test_an_answer_of_a_deleted_conversation_is_billed_once(user, conversation):
    _, _, answer, fencing, _ = begin(user, conversation)
    assert user.one("SELECT conversation_delete(%s)", conversation) is True
    assert [bill(user, conversation, answer, 5) for _ in range(2)] == [True, False]
    assert ledger(user, conversation) == [(answer, "openai", 5)]


def test_a_stranger_bills_and_titles_nothing(database, user, conversation):
    stranger = Tenant(database, "stranger")
    _, _, answer, fencing, _ = begin(user, conversation)
    finish(user, answer, fencing)
    assert bill(stranger, conversation, answer, 5) is False
    assert note_title(stranger, answer, "Evil") is None
    assert ledger(user, conversation) == ledger(stranger, conversation) == []


def note_title(user, message, title, tokens=9):
    return user.one("SELECT turn_note_title(%s, %s, '{}', %s, %s)", message, title, tokens, json.dumps({"provider": "openai"}))


def test_a_title_of_a_model_is_taken_once_and_billed_once(user, conversation):
    _, _, answer, fencing, _ = begin(user, conversation)
    finish(user, answer, fencing)
    assert [note_title(user, answer, title) for title in ("OSPF", "Again")] == ["OSPF", None]
    assert user.run("SELECT title, title_source FROM conversations WHERE id = %s", conversation) == [("OSPF", "model")]
    assert ledger(user, conversation) == [(None, "openai", 9)]


def test_a_model_does_not_replace_the_title_of_a_person(user, conversation):
    _, _, answer, fencing, _ = begin(user, conversation)
    finish(user, answer, fencing)
    user.run("UPDATE conversations SET title = 'Mine', title_source = 'person' WHERE id = %s", conversation)
    assert note_title(user, answer, "OSPF") is None
    assert user.one("SELECT title FROM conversations WHERE id = %s", conversation) == "Mine"
    assert ledger(user, conversation) == [(None, "openai", 9)]


def test_a_branch_is_of_its_conversation(alice, bob):
    """Neither a message nor a head can hang on a message of another conversation, and nothing tells whether there is one."""
    conversation = bob.one("INSERT INTO conversations (user_id) VALUES (%s) RETURNING id", bob.id)
    words = set()
    for message in (alice.message, bob.message, str(uuid.uuid4())):
        with pytest.raises(psycopg2.errors.ForeignKeyViolation) as caught:
            bob.run("UPDATE conversations SET head_id = %s WHERE id = %s", message, conversation)
        words.add(str(caught.value))
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            bob.run("INSERT INTO messages (conversation_id, role, content, parent_id) VALUES (%s, 'user', 'x', %s)", conversation, message)
    assert len(words) == 1
    first, second = (bob.one("INSERT INTO messages (conversation_id, role, content) VALUES (%s, 'user', 'x') RETURNING id", conversation) for _ in "ab")
    bob.run("UPDATE conversations SET head_id = %s WHERE id = %s", first, conversation)
    assert bob.one("INSERT INTO messages (conversation_id, role, content) VALUES (%s, 'user', 'y') RETURNING parent_id", conversation) == first
    assert second
