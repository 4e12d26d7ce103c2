/* SPDX-License-Identifier: Apache-2.0 */
#include "conversations/chat_client.h"

#include "base/log.h"

enum { CHECK_EVERY_MS = 800 };

void chat_client_open(ChatClient *client, const Task *task, const Request *request)
{
    client->session = (AccountSession){task->user_id, request->session_id, request->is_personal};
    list_append(&client->conversations->clients, &client->node);
    hub_watch(client->conversations->hub, &client->watcher, &client->conversation_id);
}

void chat_client_done(ChatClient *client)
{
    hub_unwatch(client->conversations->hub, &client->watcher);
    list_remove(&client->conversations->clients, &client->node);
}

void chat_client_close(ChatClient *client, uint16_t code, Str reason)
{
    if (client->is_closing)
        return;
    client->is_closing = true;
    client->close(client, code, reason);
}

bool chat_event_is_last(Str json)
{
    return str_find(str_slice(json, 0, 80), STR("\"type\":\"conversation_deleted\"")) !=
           STR_NOT_FOUND;
}

/* Takes the next clients, which go to the end of the list. */
static size_t take_sessions(List *clients, size_t left, AccountSession *sessions)
{
    size_t count = MIN_OF(left, (size_t)ACCOUNT_SESSIONS_AT_ONCE);
    for (size_t i = 0; i < count; i++) {
        ListNode *first = list_take_first(clients);
        sessions[i] = CONTAINER_OF(first, ChatClient, node)->session;
        list_append(clients, first);
    }
    return count;
}

static void close_session(const List *clients, const AccountSession *session)
{
    ListNode *next = NULL;
    for (ListNode *each = clients->first; each; each = next) {
        next = each->next;
        ChatClient *client = CONTAINER_OF(each, ChatClient, node);
        if (uuid_equal(&client->session.session_id, &session->session_id))
            chat_client_close(client, CHAT_CLOSE_LOGGED_OUT, STR("not logged in any more"));
    }
}

static bool check_sessions(Task *task, Conversations *conversations)
{
    size_t left = conversations->clients.count;
    while (left > 0 && conversations->clients.count > 0) {
        bool alive[ACCOUNT_SESSIONS_AT_ONCE];
        ArenaMark mark = arena_mark(task->arena);
        AccountSession *sessions =
            ARENA_ARRAY(task->arena, AccountSession, ACCOUNT_SESSIONS_AT_ONCE);
        size_t count = take_sessions(&conversations->clients,
                                     MIN_OF(left, (size_t)conversations->clients.count), sessions);
        bool checked =
            account_check_sessions(task, conversations->services, sessions, count, alive);
        for (size_t i = 0; checked && i < count; i++)
            if (!alive[i])
                close_session(&conversations->clients, &sessions[i]);
        arena_reset(task->arena, mark);
        if (!checked)
            return false;
        left -= count;
    }
    return true;
}

/* The end of a turn may be lost, when Redis is. The client that waits for it is let go, and fetches
 * the answer. It has time for an event that is under way, until the next check. */
static void close_left_over(Conversations *conversations)
{
    ListNode *next = NULL;
    for (ListNode *each = conversations->clients.first; each; each = next) {
        next = each->next;
        ChatClient *client = CONTAINER_OF(each, ChatClient, node);
        if (!client->has_turn || client->watcher.is_reading ||
            turn_find_by_message(conversations, &client->message_id))
            continue;
        if (client->is_left_over)
            chat_client_close(client, 0, STR(""));
        client->is_left_over = true;
    }
}

void chat_clients_check(Task *task, void *argument)
{
    Conversations *conversations = argument;
    while (task_sleep(task, CHECK_EVERY_MS)) {
        close_left_over(conversations);
        if (!check_sessions(task, conversations)) {
            log_warn("conversations.sessions_not_checked", LOG_TEXT("error", task->error.message));
            task_forget_error(task);
        }
    }
}
