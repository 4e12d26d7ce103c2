/* SPDX-License-Identifier: Apache-2.0 */
/* One answer of a model: requests to it and calls of tools, in turns, until it has answered. */
#include "assistant/internal.h"

#include "base/json.h"
#include "base/vec.h"
#include "engines/redact/redact.h"
#include "tools/tool.h"

#include <stdio.h>

enum {
    DEFAULT_CONTEXT_TOKENS = 16 * 1024,
    LEAST_ROOM_TOKENS = 256, /* for the answer of a tool */
    EVENT_MAX_BYTES = 16 * 1024,
    SHOWN_ARGUMENTS_BYTES = 1024,
    STEPS_MAX_BYTES = 4 * 1024 * 1024,
};

typedef struct {
    Turn *turn;
    const ModelAccount *asked;
    StandIns standins;
    Sent sent;
    Speech speech;
    Window window;
    LlmRequest request;
    int64_t room_tokens;    /* of all messages together */
    VEC(LlmToolCall) calls; /* of the present round */
    size_t calls_made;
    LlmStop stop;
    Str replay;
    StrBuf said; /* by the model in the present round, as it wrote it */
    JsonWriter *steps;
    ModelOutcome *outcome;
} Answering;

static int64_t context_tokens(const Answering *answering)
{
    const LlmModel *model = answering->asked->model;
    return model ? model->context_tokens : DEFAULT_CONTEXT_TOKENS;
}

static void take_call(Answering *answering, const LlmToolCall *call)
{
    Arena *arena = turn_arena(answering->turn);
    check(answering->calls.count < LLM_MAX_TOOL_CALLS);
    *VEC_PUSH(arena, &answering->calls) =
        (LlmToolCall){arena_copy(arena, call->id), arena_copy(arena, call->name),
                      arena_copy(arena, call->arguments)};
}

/* Takes one event. Sets out_end at the last one. */
static bool take_event(Task *task, Answering *answering, const LlmEvent *event, bool *out_end)
{
    *out_end = event->kind == LLM_EVENT_END;
    switch (event->kind) {
    case LLM_EVENT_TEXT:
        strbuf_append(&answering->said, event->text);
        return speech_say(task, &answering->speech, event->text);
    case LLM_EVENT_TOOL_CALL:
        take_call(answering, &event->call);
        return true;
    case LLM_EVENT_END:
        answering->stop = event->stop;
        answering->replay = arena_copy(turn_arena(answering->turn), event->replay);
        usage_add(turn_result(answering->turn), turn_arena(answering->turn), answering->asked,
                  &event->usage);
        if (event->stop == LLM_STOP_FILTER)
            return turn_tell(task, answering->turn, "notice",
                             STR("\"message\":\"the provider's content filter cut the answer\""));
        if (event->stop == LLM_STOP_LENGTH)
            return turn_tell(task, answering->turn, "notice",
                             STR("\"message\":\"the answer reached the model's limit\""));
        return true;
    }
    return true;
}

/* Stores what the stand-ins stand for, and notes what is about to leave. */
static bool prepare_request(Task *task, Answering *answering)
{
    LlmRequest *request = &answering->request;
    request->messages = answering->window.items;
    request->message_count = answering->window.count;
    answering->calls.count = 0;
    strbuf_clear(&answering->said);
    if (!standins_store(task, &answering->standins))
        return false;
    sent_add(&answering->sent);
    return true;
}

/* Makes one request to the model and hands out its answer as it arrives. */
static bool ask_model(Task *task, Answering *answering)
{
    bool end = false;
    const Services *services = turn_services(answering->turn);
    if (!prepare_request(task, answering))
        return false;
    LlmStream *stream = llm_stream_start(task, services, &answering->asked->account,
                                         &answering->request, &answering->outcome->failure);
    bool going = stream != NULL;
    task_trim_stack(task); /* an answer may take minutes */
    while (going && !end) {
        LlmEvent event;
        llm_stream_gather(stream, turn_gather_ms(answering->turn));
        going = llm_stream_next(task, stream, &event);
        if (!going)
            answering->outcome->failure = llm_stream_failure(stream);
        else
            going = take_event(task, answering, &event, &end);
    }
    llm_stream_end(stream);
    return going;
}

static bool tell_call(Task *task, const Answering *answering, const char *type,
                      const LlmToolCall *call, const char *problem)
{
    Str text;
    JsonWriter *json = json_writer_new(task->arena, EVENT_MAX_BYTES);
    json_begin_object(json);
    json_field_str(json, "call_id", call->id);
    json_field_str(json, "name", call->name);
    if (str_equal(str_of(type), STR("tool_started")))
        json_field_str(json, "arguments", data_cut(call->arguments, SHOWN_ARGUMENTS_BYTES));
    else
        json_field_bool(json, "ok", !problem);
    if (problem)
        json_field_text(json, "problem", problem);
    json_end(json);
    if (!json_writer_text(json, &text))
        return task_fail(task, ERR_INTERNAL, "the event of a tool is too large");
    return turn_tell(task, answering->turn, type, str_slice(text, 1, text.size - 2));
}

/* Shortens an answer to a share of the room that is left, so that a model with a short memory may
 * have tools too. */
static Str fit_answer(const Answering *answering, Str answer, size_t calls_left)
{
    int64_t left = answering->room_tokens - answering->window.tokens;
    int64_t share = left / (int64_t)(calls_left + 1) - LEAST_ROOM_TOKENS / 4;
    size_t bytes = (size_t)MAX_OF(share, (int64_t)0) * WINDOW_BYTES_PER_TOKEN;
    if (answer.size <= bytes)
        return answer;
    return arena_printf(turn_arena(answering->turn), "%.*s… (cut: there is no room for more)",
                        STR_ARGS(data_cut(answer, bytes)));
}

/* Returns why a call is not made, or an empty text. */
static Str refuse_call(const Answering *answering, const LlmToolCall *call, const Tool *tool)
{
    if (!tool)
        return arena_printf(turn_arena(answering->turn), "there is no tool \"%.*s\"",
                            STR_ARGS(call->name));
    if (answering->calls_made >= ASSISTANT_MAX_CALLS)
        return STR("too many calls of tools: answer with what you have");
    return STR("");
}

/* Runs the tool. A tool that fails tells the model why; only a cancelled task fails. */
static bool run_tool(Task *task, Answering *answering, const LlmToolCall *call, Str *out_answer,
                     bool *out_ok)
{
    Str answer;
    const Tool *tool = tool_find(call->name);
    Arena *arena = turn_arena(answering->turn);
    *out_answer = refuse_call(answering, call, tool);
    *out_ok = str_empty(*out_answer);
    answering->calls_made++;
    if (!*out_ok)
        return true;
    if (tool_run(task, turn_services(answering->turn), tool, call->arguments, &answer)) {
        *out_answer = arena_copy(arena, data_mask(task->arena, answer));
        return true;
    }
    *out_ok = false;
    *out_answer = arena_copy(arena, redact_text(task->arena, str_of(task->error.message)));
    if (!task_may_go_on(task))
        return false;
    task_forget_error(task);
    return true;
}

static void write_step(Answering *answering, const LlmToolCall *call, Str answer, bool ok)
{
    JsonWriter *steps = answering->steps;
    if (steps->out->size + 6 * (answer.size + call->arguments.size) > STEPS_MAX_BYTES)
        return;
    json_begin_object(steps);
    json_field_str(steps, "id", call->id);
    json_field_str(steps, "name", call->name);
    json_field_str(steps, "arguments", call->arguments);
    json_field_bool(steps, "ok", ok);
    json_field_str(steps, "answer", answer);
    json_end(steps);
}

/* Runs a call that the model has made of stand-ins, with the real names. */
static bool run_call(Task *task, Answering *answering, size_t index)
{
    Str answer = STR("");
    Str told = STR("");
    bool ok = false;
    LlmToolCall call = answering->calls.items[index];
    ArenaMark mark = arena_mark(task->arena);
    call.arguments = standins_restore(&answering->standins, call.arguments);
    bool going = tell_call(task, answering, "tool_started", &call, NULL) &&
                 run_tool(task, answering, &call, &answer, &ok) &&
                 tell_call(task, answering, "tool_finished", &call,
                           ok ? NULL : arena_cstring(task->arena, answer)) &&
                 standins_hide(task, &answering->standins, answer, &told);
    arena_reset(task->arena, mark);
    if (!going)
        return false;
    LlmMessage result = {.role = LLM_TOOL_RESULT,
                         .text = fit_answer(answering, told, answering->calls.count - index - 1),
                         .call_id = call.id,
                         .is_error = !ok};
    window_add(turn_arena(answering->turn), &answering->window, &result);
    write_step(answering, &call, answer, ok);
    return true;
}

/* Runs the calls of a round, and tells the model what came of them. Each call gets its result, as
 * providers want it. What the model has written goes back as it wrote it. */
static bool run_calls(Task *task, Answering *answering)
{
    Arena *arena = turn_arena(answering->turn);
    size_t count = answering->calls.count;
    LlmToolCall *calls = ARENA_ARRAY(arena, LlmToolCall, count);
    memcpy(calls, answering->calls.items, count * sizeof(LlmToolCall));
    LlmMessage asked = {.role = LLM_ASSISTANT,
                        .text = arena_copy(arena, strbuf_str(&answering->said)),
                        .calls = calls,
                        .call_count = count,
                        .replay = answering->replay};
    window_add(arena, &answering->window, &asked);
    for (size_t i = 0; i < count; i++)
        if (!run_call(task, answering, i))
            return false;
    return true;
}

/* At a bound the model is asked to answer with what it has. */
static bool must_answer(const Answering *answering, int round)
{
    int64_t left = answering->room_tokens - answering->window.tokens;
    return round + 1 == ASSISTANT_MAX_ROUNDS || answering->calls_made >= ASSISTANT_MAX_CALLS ||
           left < LEAST_ROOM_TOKENS + answering->room_tokens / 8;
}

static bool fail_silent(Task *task, const Answering *answering)
{
    if (answering->stop == LLM_STOP_REFUSAL)
        return task_fail(task, ERR_UNAVAILABLE, "the model refused to answer");
    if (answering->stop == LLM_STOP_FILTER)
        return task_fail(task, ERR_UNAVAILABLE, "the provider's content filter cut the answer");
    return task_fail(task, ERR_UNAVAILABLE, "the model ended without an answer");
}

static bool answer_in_rounds(Task *task, Answering *answering)
{
    for (int round = 0; round < ASSISTANT_MAX_ROUNDS; round++) {
        answering->request.must_answer = must_answer(answering, round);
        if (!ask_model(task, answering))
            return false;
        if (answering->calls.count == 0 || answering->request.must_answer)
            break;
        if (!speech_end(task, &answering->speech) || !run_calls(task, answering))
            return false;
    }
    return speech_end(task, &answering->speech) &&
           (turn_text_bytes(answering->turn) > 0 || fail_silent(task, answering));
}

/* Reserves what the first request may use. Later rounds are settled with it. */
static bool reserve(Task *task, const Answering *answering)
{
    if (answering->asked->account.provider == LLM_LOCAL ||
        turn_reserve(task, answering->turn,
                     answering->window.tokens + answering->request.max_output_tokens))
        return true;
    answering->outcome->is_over_quota = task->error.code == ERR_RATE_LIMIT_EXCEEDED;
    return false;
}

static Str system_prompt(const Answering *answering)
{
    if (!answering->standins.map)
        return str_of(assistant_prompt);
    return arena_printf(turn_arena(answering->turn), "%s%s", assistant_prompt,
                        assistant_standins_prompt);
}

/* Prepares the request, and finds out what room it leaves for messages. */
static void begin_request(Answering *answering)
{
    LlmRequest *request = &answering->request;
    int64_t context = context_tokens(answering);
    int64_t output = MIN_OF((int64_t)ASSISTANT_OUTPUT_TOKENS, context / 4);
    if (answering->asked->model && answering->asked->model->max_output_tokens > 0)
        output = MIN_OF(output, answering->asked->model->max_output_tokens);
    *request = (LlmRequest){.system = system_prompt(answering),
                            .max_output_tokens = (uint32_t)MAX_OF(output, (int64_t)1)};
    request->tools = assistant_tools(turn_arena(answering->turn), &request->tool_count);
    answering->room_tokens = context - output - window_tokens(request->system);
    for (size_t i = 0; i < request->tool_count; i++)
        answering->room_tokens -= window_tokens(request->tools[i].description) +
                                  window_tokens(request->tools[i].parameters);
}

static void store_result(Answering *answering)
{
    Str steps;
    Turn *turn = answering->turn;
    TurnResult *result = turn_result(turn);
    json_end(answering->steps);
    result->steps = json_writer_text(answering->steps, &steps) ? steps : STR("");
    result->citations = evidence_write(turn, &answering->speech.evidence);
    result->sent = sent_write(&answering->sent);
    result->details = arena_printf(
        turn_arena(turn),
        "\"mode\":\"model\",\"citations_dropped\":%lld,\"links_denied\":%zu,\"tool_calls\":%zu,"
        "\"has_standins\":%s",
        (long long)answering->speech.evidence.dropped, answering->speech.filter.denied,
        answering->calls_made, answering->standins.map ? "true" : "false");
}

static bool answer(Task *task, Answering *answering)
{
    /* A quarter of the room is for tools. */
    return window_begin(task, &answering->standins, answering->room_tokens / 4 * 3,
                        &answering->window) &&
           reserve(task, answering) && answer_in_rounds(task, answering);
}

bool model_answer(Task *task, Turn *turn, const ModelAccount *asked, ModelOutcome *out_outcome)
{
    TurnSettings settings;
    Arena *arena = turn_arena(turn);
    Answering *answering = ARENA_NEW(arena, Answering);
    TurnResult *result = turn_result(turn);
    *out_outcome = (ModelOutcome){.failure = LLM_OK};
    answering->turn = turn;
    answering->asked = asked;
    answering->outcome = out_outcome;
    if (!turn_load_settings(task, turn, &settings) ||
        !standins_begin(task, turn, asked->account.provider, &settings, &answering->standins))
        return false;
    begin_request(answering);
    answering->steps = json_writer_new(arena, STEPS_MAX_BYTES);
    json_begin_array(answering->steps);
    strbuf_init(&answering->said, LLM_ANSWER_MAX_BYTES);
    speech_init(&answering->speech, &answering->standins);
    answering->sent =
        (Sent){.turn = turn, .account = &asked->account, .request = &answering->request};
    result->provider = str_of(llm_provider_name(asked->account.provider));
    result->model = arena_copy(arena, asked->account.model);
    bool answered = answer(task, answering);
    store_result(answering);
    if (answered && settings.wants_title)
        answered = title_prepare(task, turn, asked, &answering->standins);
    speech_done(&answering->speech);
    strbuf_done(&answering->said);
    return answered;
}
