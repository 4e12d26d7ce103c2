/* SPDX-License-Identifier: Apache-2.0 */
#include "assistant/internal.h"
#include "base/json.h"
#include "engines/redact/redact.h"
#include "tools/tool.h"

enum {
    BYTES_PER_TOKEN = 3, /* English has four, configurations and other languages fewer */
    SEARCH_LIMIT = 8,
    ROUND_MESSAGES = ASSISTANT_MAX_CALLS + 2 * ASSISTANT_MAX_ROUNDS,
    ARGUMENTS_MAX_BYTES = 16 * 1024,
    QUERY_MAX_BYTES = 2000,
};

int64_t window_tokens(Str text)
{
    return (int64_t)(text.size / BYTES_PER_TOKEN) + 8;
}

void window_add(Arena *arena, Window *window, const LlmMessage *message)
{
    (void)arena;
    check(window->count < window->capacity);
    window->messages[window->count++] = *message;
    window->tokens += window_tokens(message->text);
    for (size_t i = 0; i < message->call_count; i++)
        window->tokens += window_tokens(message->calls[i].arguments);
}

/* Searches with the question, and notes the links of what was found. Without a result the model has
 * its tools. */
static Str search(Task *task, Turn *turn, LinkSet *allowed)
{
    Str arguments;
    Str answer;
    JsonWriter *json = json_writer_new(task->arena, ARGUMENTS_MAX_BYTES);
    json_begin_object(json);
    json_field_str(json, "query", str_slice(turn_request(turn)->question, 0, QUERY_MAX_BYTES));
    json_field_i64(json, "limit", SEARCH_LIMIT);
    json_end(json);
    if (!json_writer_text(json, &arguments) ||
        !tool_run(task, turn_services(turn), tool_find(STR("search")), arguments, &answer)) {
        task_forget_error(task);
        return STR("{\"relevant\":false,\"passages\":[]}");
    }
    link_set_add_text(allowed, answer);
    return answer;
}

static Str write_attachments(Arena *arena, const TurnRequest *request)
{
    Str text = STR("");
    for (size_t i = 0; i < request->document_count; i++)
        text = arena_printf(arena, "%.*s%s%.*s", STR_ARGS(text), i == 0 ? "" : " ",
                            STR_ARGS(uuid_str(arena, &request->document_ids[i])));
    return text;
}

/* The question, with the passages that a search found, framed as data. */
static Str write_question(Task *task, Turn *turn, LinkSet *allowed)
{
    Arena *arena = turn_arena(turn);
    const TurnRequest *request = turn_request(turn);
    Str sources = search(task, turn, allowed);
    Str attached = write_attachments(arena, request);
    return arena_printf(arena, "<sources>\n%.*s\n</sources>\n%s%.*s%s\n%.*s", STR_ARGS(sources),
                        str_empty(attached) ? "" : "The user attached the documents ",
                        STR_ARGS(attached), str_empty(attached) ? "" : ".\n",
                        STR_ARGS(redact_text(arena, request->question)));
}

/* Returns where the part of the history begins that fits. */
static size_t first_that_fits(const TurnRequest *request, int64_t budget_tokens)
{
    size_t first = request->history_count;
    while (first > 0) {
        budget_tokens -= window_tokens(request->history[first - 1].content);
        if (budget_tokens < 0)
            break;
        first--;
    }
    return first;
}

/* An answer that was cut off before its first word says nothing. */
static void add_history(Window *window, Arena *arena, const HistoryMessage *message)
{
    if (str_empty(message->content))
        return;
    LlmMessage told = {.role = message->is_user ? LLM_USER : LLM_ASSISTANT,
                       .text = redact_text(arena, message->content)};
    window_add(arena, window, &told);
}

bool window_begin(Task *task, Turn *turn, LinkSet *allowed, int64_t budget_tokens,
                  Window *out_window)
{
    Arena *arena = turn_arena(turn);
    const TurnRequest *request = turn_request(turn);
    Window window = {.capacity = request->history_count + 1 + ROUND_MESSAGES};
    LlmMessage question = {.role = LLM_USER, .text = write_question(task, turn, allowed)};
    window.messages = ARENA_ARRAY(arena, LlmMessage, window.capacity);
    int64_t left = budget_tokens - window_tokens(question.text);
    if (left < 0)
        return task_fail(task, ERR_VALIDATION, "the question is too long for this model");
    for (size_t i = first_that_fits(request, left); i < request->history_count; i++)
        add_history(&window, arena, &request->history[i]);
    window_add(arena, &window, &question);
    *out_window = window;
    return task_may_go_on(task);
}
