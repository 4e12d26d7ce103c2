/* SPDX-License-Identifier: Apache-2.0 */
/* The SQL of conversations and messages. Every function acts for the task's user. */
#pragma once

#include "conversations/conversation.h"
#include "web/page.h"

bool conversation_insert(Task *task, Db *db, Str title, bool is_private, Str *out_json) MUST_USE;
bool conversation_list_json(Task *task, Db *db, const Page *page, Str *out_json) MUST_USE;
bool conversation_load_json(Task *task, Db *db, const Uuid *id, Str *out_json) MUST_USE;

typedef struct {
    bool has_title;
    Str title;
    bool has_head;
    Uuid head_id; /* a message of the conversation; its branch is shown from then on */
    bool has_privacy;
    bool is_private; /* answers are made with stand-ins from then on */
} ConversationChange;

bool conversation_update(Task *task, Db *db, const Uuid *id, const ConversationChange *change,
                         Str *out_json) MUST_USE;
bool conversation_delete(Task *task, Db *db, const Uuid *id) MUST_USE;

typedef struct {
    int64_t limit;
    bool has_before; /* continues before that message, the cursor of the page before */
    Uuid before;
    bool has_head; /* the branch of that message instead of the one that is shown */
    Uuid head;
} MessagePage;

/* Loads {"items":[…],"next_cursor":…}, oldest first, from the newest page on. */
bool message_list_json(Task *task, Db *db, const Uuid *conversation_id, const MessagePage *page,
                       Str *out_json) MUST_USE;
bool message_load_json(Task *task, Db *db, const Uuid *id, Str *out_json) MUST_USE;
/* What left for the provider when the answer was made. ERR_NOT_FOUND: no such answer. */
bool message_load_sent(Task *task, Db *db, const Uuid *id, Str *out_json) MUST_USE;
bool message_search_json(Task *task, Db *db, Str query, int64_t limit, Str *out_json) MUST_USE;
/* value is -1, 0 (takes it back) or 1. ERR_NOT_FOUND: no such answer. */
bool message_set_feedback(Task *task, Db *db, const Uuid *id, int64_t value, Str note) MUST_USE;

/* Exports the branch that is shown. */
bool conversation_export_json(Task *task, Db *db, const Uuid *id, Str *out_json) MUST_USE;
bool conversation_export_markdown(Task *task, Db *db, const Uuid *id, Str *out_text) MUST_USE;

typedef struct {
    Uuid conversation_id;
    Uuid question_id;
    Str content;
    const Uuid *document_ids;
    size_t document_count;
} StoredQuestion;

/* Loads the question that an answer answers, or that the id itself names. */
bool message_load_question(Task *task, Db *db, const Uuid *id,
                           StoredQuestion *out_question) MUST_USE;
/* Fails with ERR_NOT_FOUND unless all ids are documents of the user. */
bool message_check_documents(Task *task, Db *db, const Uuid *ids, size_t count) MUST_USE;
