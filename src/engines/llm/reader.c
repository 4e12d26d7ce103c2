/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/llm/internal.h"

enum { MAX_TOKENS = 1000 * 1000 * 1000, USAGE_MAX_BYTES = 16 * 1024 };

static const WireTraits *const wires[LLM_WIRE_COUNT] = {
    [LLM_WIRE_CHAT] = &wire_chat,
    [LLM_WIRE_RESPONSES] = &wire_responses,
    [LLM_WIRE_MESSAGES] = &wire_messages,
    [LLM_WIRE_OLLAMA] = &wire_ollama,
};

static void free_arena(void *argument)
{
    arena_free(argument);
}

static void free_buffer(void *argument)
{
    strbuf_done(argument);
}

StrBuf *reader_buffer(LlmReader *reader, size_t max_bytes)
{
    StrBuf *buffer = ARENA_NEW(reader->arena, StrBuf);
    strbuf_init(buffer, max_bytes);
    strbuf_keep_secret(buffer); /* an error within the answer may repeat the key */
    arena_on_free(reader->arena, free_buffer, buffer);
    return buffer;
}

LlmReader *llm_reader_new(Arena *arena, LlmWire wire)
{
    check(wire < LLM_WIRE_COUNT);
    LlmReader *reader = ARENA_NEW(arena, LlmReader);
    reader->wire = wire;
    reader->arena = arena;
    reader->scratch = arena_new();
    reader->start = arena_mark(reader->scratch);
    arena_on_free(arena, free_arena, reader->scratch);
    reader->usage_text = reader_buffer(reader, USAGE_MAX_BYTES);
    reader->frame.bytes = reader_buffer(reader, LLM_EVENT_MAX_BYTES);
    return reader;
}

/* Frees what the last event gave. */
static void begin(LlmReader *reader)
{
    reader->events.items = NULL;
    reader->events.count = 0;
    reader->events.capacity = 0;
    reader->given = 0;
    arena_reset(reader->scratch, reader->start);
}

bool llm_reader_take(LlmReader *reader, Str type, Str data)
{
    if (reader->has_failed)
        return false;
    begin(reader);
    if (reader->is_done)
        return true;
    Str text;
    const WireTraits *wire = wires[reader->wire];
    if (repeat_find(reader, type, data, &text))
        return wire->take_text(reader, arena_copy(reader->scratch, text));
    if (!wire->take(reader, type, data))
        return false;
    repeat_learn(reader, type, data);
    return true;
}

bool llm_reader_finish(LlmReader *reader)
{
    if (reader->has_failed)
        return false;
    begin(reader);
    return reader_end(reader);
}

bool llm_reader_next(LlmReader *reader, LlmEvent *out_event)
{
    if (reader->given == reader->events.count) {
        begin(reader); /* it may be long until there is more */
        return false;
    }
    *out_event = reader->events.items[reader->given++];
    return true;
}

LlmTrouble llm_reader_trouble(const LlmReader *reader)
{
    return reader->trouble;
}

uint64_t llm_reader_progress(const LlmReader *reader)
{
    return reader->progress;
}

bool llm_reader_is_done(const LlmReader *reader)
{
    return reader->is_done;
}

bool reader_fail(LlmReader *reader, LlmFailure failure, const char *quote)
{
    reader->has_failed = true;
    reader->trouble.failure = failure;
    reader->trouble.quote = trouble_quote(reader->arena, str_of(quote));
    return false;
}

bool reader_fail_with(LlmReader *reader, const JsonValue *error)
{
    reader->has_failed = true;
    reader->trouble = trouble_of_error(reader->arena, 0, error);
    return false;
}

bool reader_count(LlmReader *reader, size_t bytes)
{
    reader->content_bytes += bytes;
    if (reader->content_bytes > LLM_ANSWER_MAX_BYTES)
        return reader_fail(reader, LLM_BROKEN, "the answer is too long");
    if (bytes)
        reader->progress++;
    return true;
}

bool reader_give_text(LlmReader *reader, Str text)
{
    if (str_empty(text))
        return true;
    if (!reader_count(reader, text.size))
        return false;
    *VEC_PUSH(reader->scratch, &reader->events) = (LlmEvent){.kind = LLM_EVENT_TEXT, .text = text};
    return true;
}

/* Returns a copy in which every byte that providers refuse in an id is "_". */
static Str clean_id(Arena *arena, Str id)
{
    char *copy = arena_cstring(arena, str_slice(id, 0, LLM_ID_MAX_BYTES));
    for (char *c = copy; *c; c++) {
        bool is_word = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                       (*c >= '0' && *c <= '9') || *c == '_' || *c == '-';
        if (!is_word)
            *c = '_';
    }
    return str_of(copy);
}

static bool has_call(const LlmReader *reader, Str id)
{
    for (size_t i = 0; i < reader->calls.count; i++) {
        if (str_equal(reader->calls.items[i].id, id))
            return true;
    }
    return false;
}

/* Returns an id that no other call of the answer has, the given one if possible. */
static Str unique_id(LlmReader *reader, Str given)
{
    Str id = clean_id(reader->arena, given);
    for (size_t i = reader->calls.count; str_empty(id) || has_call(reader, id); i++)
        id = arena_printf(reader->arena, "call_%zu", i);
    return id;
}

void reader_name_call(LlmReader *reader, ReadCall *call, Str name)
{
    call->name = clean_id(reader->arena, name);
}

ReadCall *reader_add_call(LlmReader *reader, int64_t index, Str id, Str name)
{
    if (reader->calls.count == LLM_MAX_TOOL_CALLS) {
        reader_fail(reader, LLM_BROKEN, "the answer has too many tool calls");
        return NULL;
    }
    Str unique = unique_id(reader, id);
    ReadCall *call = VEC_PUSH(reader->arena, &reader->calls);
    call->index = index;
    call->given_id = arena_copy(reader->arena, str_slice(id, 0, LLM_ID_MAX_BYTES));
    call->id = unique;
    call->arguments = reader_buffer(reader, LLM_ARGUMENTS_MAX_BYTES);
    reader_name_call(reader, call, name);
    return call;
}

bool reader_add_arguments(LlmReader *reader, ReadCall *call, Str piece)
{
    strbuf_append(call->arguments, piece);
    if (call->arguments->overflowed)
        return reader_fail(reader, LLM_BROKEN, "a tool call is too large");
    return reader_count(reader, piece.size);
}

int64_t reader_tokens(const JsonValue *usage, const char *key)
{
    int64_t tokens = json_i64_or(usage, key, 0);
    return tokens > 0 && tokens <= MAX_TOKENS ? tokens : 0;
}

void reader_keep_usage(LlmReader *reader, const JsonValue *usage)
{
    JsonWriter json;
    strbuf_clear(reader->usage_text);
    json_start(&json, reader->usage_text);
    json_value(&json, usage);
    if (reader->usage_text->overflowed)
        strbuf_clear(reader->usage_text);
}

void reader_note_stop(LlmReader *reader, LlmStop stop)
{
    if (!reader->has_stop)
        reader->stop = stop;
    reader->has_stop = true;
    reader->progress++;
}

bool reader_calls_count(const LlmReader *reader)
{
    return reader->stop == LLM_STOP_TOOLS;
}

/* Decides the final reason: some servers say "stop" for an answer with tool calls. */
static void settle_stop(LlmReader *reader)
{
    bool is_normal = reader->stop == LLM_STOP_END || reader->stop == LLM_STOP_TOOLS;
    if (is_normal && reader->is_refusal)
        reader->stop = LLM_STOP_REFUSAL;
    else if (is_normal)
        reader->stop = reader->calls.count ? LLM_STOP_TOOLS : LLM_STOP_END;
}

static bool give_calls(LlmReader *reader)
{
    for (size_t i = 0; i < reader->calls.count; i++) {
        const ReadCall *call = &reader->calls.items[i];
        Str arguments = str_trim(strbuf_str(call->arguments));
        if (str_empty(call->name))
            return reader_fail(reader, LLM_BROKEN, "a tool call has no name");
        if (str_empty(arguments))
            arguments = STR("{}");
        *VEC_PUSH(reader->scratch, &reader->events) =
            (LlmEvent){.kind = LLM_EVENT_TOOL_CALL, .call = {call->id, call->name, arguments}};
    }
    return true;
}

bool reader_end(LlmReader *reader)
{
    if (reader->is_done)
        return true;
    if (!reader->has_stop)
        return reader_fail(reader, LLM_BROKEN, "the answer was cut off");
    settle_stop(reader);
    if (reader_calls_count(reader) && !give_calls(reader))
        return false;
    reader->usage.raw = strbuf_str(reader->usage_text);
    LlmEvent end = {.kind = LLM_EVENT_END, .stop = reader->stop, .usage = reader->usage};
    if (reader->wants_replay)
        end.replay = wires[reader->wire]->replay(reader);
    *VEC_PUSH(reader->scratch, &reader->events) = end;
    reader->is_done = true;
    return true;
}
