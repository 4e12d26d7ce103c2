/* SPDX-License-Identifier: Apache-2.0 */
#include "assistant/internal.h"
#include "base/json.h"
#include "base/vec.h"
#include "engines/redact/redact.h"
#include "tools/tool.h"

enum {
    SEARCH_LIMIT = 8,
    ARGUMENTS_MAX_BYTES = 16 * 1024,
    QUERY_MAX_BYTES = 2000,
};

int64_t window_tokens(Str text)
{
    return (int64_t)(text.size / WINDOW_BYTES_PER_TOKEN) + 8;
}

void window_add(Arena *arena, Window *window, const LlmMessage *message)
{
    *VEC_PUSH(arena, window) = *message;
    window->tokens += window_tokens(message->text);
    for (size_t i = 0; i < message->call_count; i++)
        window->tokens += window_tokens(message->calls[i].arguments);
}

bool window_search(Task *task, const Services *services, Str question, Str *out_answer)
{
    Str arguments;
    JsonWriter *json = json_writer_new(task->arena, ARGUMENTS_MAX_BYTES);
    json_begin_object(json);
    json_field_str(json, "query", data_cut(question, QUERY_MAX_BYTES));
    json_field_i64(json, "limit", SEARCH_LIMIT);
    json_end(json);
    return json_writer_text(json, &arguments) &&
           tool_run(task, services, tool_find(STR("search")), arguments, out_answer);
}

/* Returns what a search with the question found, which was begun with the turn. Without a result
 * the model has its tools. */
static Str find_passages(Task *task, Turn *turn)
{
    Str answer;
    if (turn_take_prepared(task, turn, &answer) ||
        window_search(task, turn_services(turn), turn_request(turn)->question, &answer))
        return data_mask(task->arena, answer);
    task_forget_error(task);
    return STR("{\"relevant\":false,\"passages\":[]}");
}

static Str write_attachments(Arena *arena, const TurnRequest *request)
{
    Str text = STR("");
    for (size_t i = 0; i < request->document_count; i++)
        text = arena_printf(arena, "%.*s%s%.*s", STR_ARGS(text), i == 0 ? "" : " ",
                            STR_ARGS(uuid_str(arena, &request->document_ids[i])));
    return text;
}

/* The question as it may leave, after the names of the documents that the user attached. */
static bool write_asked(Task *task, const StandIns *standins, Str *out_text)
{
    Arena *arena = turn_arena(standins->turn);
    const TurnRequest *request = turn_request(standins->turn);
    Str attached = write_attachments(arena, request);
    Str text = arena_printf(arena, "%s%.*s%s\n%.*s",
                            str_empty(attached) ? "" : "The user attached the documents ",
                            STR_ARGS(attached), str_empty(attached) ? "" : ".\n",
                            STR_ARGS(redact_text(arena, request->question)));
    return standins_hide(task, standins, text, out_text);
}

/* The question, after the passages that a search found, which are framed as data and take at most
 * half of the room. */
static bool write_question(Task *task, const StandIns *standins, int64_t budget_tokens,
                           Str *out_text)
{
    Str found;
    Str asked;
    Turn *turn = standins->turn;
    Arena *arena = turn_arena(turn);
    Str passages = find_passages(task, turn);
    /* The passages come first: their places teach which words are names. */
    if (!task_may_go_on(task) || !standins_hide(task, standins, passages, &found) ||
        !write_asked(task, standins, &asked))
        return false;
    int64_t room = (budget_tokens - window_tokens(asked)) / 2;
    if (room < 0)
        return task_fail(task, ERR_VALIDATION, "the question is too long for this model");
    Str sources = data_cut(found, (size_t)room * WINDOW_BYTES_PER_TOKEN);
    *out_text = arena_printf(
        arena, "%.*s%s%.*s", STR_ARGS(data_frame(arena, sources)),
        sources.size < found.size ? "The sources were cut: tools have the rest.\n" : "",
        STR_ARGS(asked));
    return true;
}

/* Puts the newest messages that fit into texts, as they may leave. Returns where they begin: with
 * the user, as providers want it. */
static bool choose_history(Task *task, const StandIns *standins, int64_t budget_tokens, Str *texts,
                           size_t *out_first)
{
    const TurnRequest *request = turn_request(standins->turn);
    size_t first = request->history_count;
    while (first > 0) {
        Str masked = redact_text(turn_arena(standins->turn), request->history[first - 1].content);
        if (!standins_hide(task, standins, masked, &texts[first - 1]))
            return false;
        budget_tokens -= window_tokens(texts[first - 1]);
        if (budget_tokens < 0)
            break;
        first--;
    }
    while (first < request->history_count && !request->history[first].is_user)
        first++;
    *out_first = first;
    return true;
}

/* An answer that was cut off before its first word says nothing. */
static void add_history(Arena *arena, Window *window, bool is_user, Str text)
{
    LlmMessage told = {.role = is_user ? LLM_USER : LLM_ASSISTANT, .text = text};
    if (!str_empty(text))
        window_add(arena, window, &told);
}

bool window_begin(Task *task, const StandIns *standins, int64_t budget_tokens, Window *out_window)
{
    size_t first = 0;
    Arena *arena = turn_arena(standins->turn);
    const TurnRequest *request = turn_request(standins->turn);
    Window window = {0};
    LlmMessage question = {.role = LLM_USER};
    Str *texts = ARENA_ARRAY(arena, Str, request->history_count);
    if (!write_question(task, standins, budget_tokens, &question.text) ||
        !choose_history(task, standins, budget_tokens - window_tokens(question.text), texts,
                        &first))
        return false;
    for (size_t i = first; i < request->history_count; i++)
        add_history(arena, &window, request->history[i].is_user, texts[i]);
    window_add(arena, &window, &question);
    *out_window = window;
    return task_may_go_on(task);
}
