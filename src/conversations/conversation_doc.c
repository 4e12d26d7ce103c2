/* SPDX-License-Identifier: Apache-2.0 */
#include "conversations/conversation_doc.h"

static const ApiSchema conversation = {
    "Conversation",
    "id: uuid, title: text, model_used?: text, message_count: integer, head_id?: uuid, "
    "created_at: time, updated_at: time, running?: uuid, events_after?: integer",
};

static const ApiSchema message = {
    "Message",
    "id: uuid, conversation_id: uuid, parent_id?: uuid, role: (user|assistant|system|tool), "
    "content: text, state: text, reason?: text, tokens_used?: integer, metadata: object, "
    "feedback?: integer, feedback_note?: text, created_at: time, siblings?: [uuid], "
    "steps?: any",
};

static const ApiSchema found_message = {
    "FoundMessage",
    "id: uuid, conversation_id: uuid, title: text, role: text, content: text, created_at: time",
};

static const ApiSchema started = {
    "StartedAnswer",
    "is_new: boolean, question_id: uuid, message_id: uuid, after: integer",
};

static const ApiSchema sent = {
    "SentToProvider",
    "id: uuid, sent?: any",
};

static const ApiSchema cancelling = {
    "Cancelling",
    "status: (cancelling|idle)",
};

static const ApiSchema exported = {
    "ExportedConversation",
    "id: uuid, title: text, messages: [object]",
};

const RouteDoc conversation_create_doc = {
    .summary = "Opens a conversation",
    .body = "title?: text ..255",
    .body_example = "{}",
    .answers = {{201, &conversation}},
};

const RouteDoc conversation_list_doc = {
    .summary = "Lists the conversations, last used first",
    .query = PAGE_QUERY,
    .answers = {{200, &conversation, .is_page = true}},
};

const RouteDoc conversation_show_doc = {
    .summary = "Shows a conversation and the position of its events",
    .answers = {{200, &conversation}},
};

const RouteDoc conversation_change_doc = {
    .summary = "Renames a conversation, or shows another branch of it",
    .body = "title?: text ..255, head_id?: uuid",
    .body_example = "{\"title\":\"The core of Lisbon\"}",
    .answers = {{200, &conversation}},
};

const RouteDoc conversation_remove_doc = {
    .summary = "Deletes a conversation and stops its answer",
    .answers = {{204}},
};

const RouteDoc conversation_messages_doc = {
    .summary = "Lists the messages of a branch by pages from the newest",
    .query = "limit?: integer 1..200, cursor?: uuid, head?: uuid",
    .answers = {{200, &message, .is_page = true}},
};

const RouteDoc conversation_ask_doc = {
    .summary = "Asks a question",
    .description = "With Accept: text/event-stream the answer is the stream of its events.",
    .body = "content: text 1..32768, client_id?: text ..64, document_ids?: [uuid] ..100, "
            "parent_id?: uuid, mode?: (auto|model|sources), provider?: text ..100, "
            "model?: text ..100, key_id?: uuid",
    .body_example = "{\"content\":\"why does lis-edge2 not see all its neighbours?\"}",
    .answers = {{202, &started}, {200, .media_type = "text/event-stream"}},
    .errors = {402, 409},
};

const RouteDoc conversation_events_doc = {
    .summary = "Streams the events after a position",
    .query = "after?: integer 0..",
    .answers = {{200, .media_type = "text/event-stream"}},
};

const RouteDoc conversation_cancel_doc = {
    .summary = "Stops the answer that is being made",
    .answers = {{202, &cancelling}, {200, &cancelling}},
};

const RouteDoc conversation_export_doc = {
    .summary = "Exports a conversation as Markdown or JSON",
    .query = "format?: (json|markdown)",
    .answers = {{200, .media_type = "text/markdown"}, {200, &exported}},
};

const RouteDoc conversation_message_doc = {
    .summary = "Shows a message, an answer with its calls of tools",
    .answers = {{200, &message}},
};

const RouteDoc conversation_regenerate_doc = {
    .summary = "Answers a question again beside the former answers",
    .body = "mode?: (auto|model|sources), model?: text ..100",
    .body_example = "{}",
    .answers = {{202, &started}, {200, .media_type = "text/event-stream"}},
    .errors = {402, 409},
};

const RouteDoc conversation_sent_doc = {
    .summary = "Shows what left for the provider of the model",
    .answers = {{200, &sent}},
};

const RouteDoc conversation_feedback_doc = {
    .summary = "Rates an answer",
    .body = "value: integer -1..1, note?: text ..2000",
    .body_example = "{\"value\":1}",
    .answers = {{204}},
};

const RouteDoc conversation_search_doc = {
    .summary = "Finds messages by their words",
    .query = "q: text 1..1000, limit?: integer 1..100",
    .answers = {{200, &found_message, .is_list = true}},
};
