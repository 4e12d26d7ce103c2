/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The declarations that the files of this folder share; no other file includes it.
 *
 *     bounded_json.c  JSON of a provider, within limits
 *     chat.c          OpenAI chat completions
 *     messages.c      Anthropic messages
 *     responses.c     OpenAI responses
 *     ollama.c        Ollama's own chat
 *     request.c       what the writers of requests share
 *     repeat.c        events that differ in their text alone
 *     reader.c        what the readers of answers share
 *     trouble.c       classes of failures
 */
#pragma once

#include "base/json.h"
#include "base/vec.h"
#include "engines/llm/llm_wire.h"

/* A tool call that arrives in pieces. */
typedef struct {
    int64_t index; /* of the provider */
    Str given_id;  /* the provider's, or empty */
    Str id;        /* the same, if it is well-formed and unique */
    Str name;
    StrBuf *arguments;
} ReadCall;

/* A block of Anthropic's content, kept for the replay. */
typedef struct {
    int64_t index;
    Str type;
    size_t call; /* of a tool_use: its number among the calls */
    StrBuf *text;
    StrBuf *signature;
    Str raw; /* a block of another type, as it came */
} ReadBlock;

/* The bytes around the text of the last event, if it gave nothing but text. */
typedef struct {
    size_t prefix;               /* bytes before the text; 0: there is no such event */
    StrBuf *bytes;               /* before and after */
    char type[LLM_ID_MAX_BYTES]; /* of the event */
    size_t type_size;
    size_t block; /* of Anthropic, which the text belongs to */
} ReadFrame;

struct LlmReader {
    LlmWire wire;
    Arena *arena;
    Arena *scratch; /* of the last event taken */
    ArenaMark start;
    VEC(LlmEvent) events; /* in scratch */
    size_t given;
    VEC(ReadCall) calls;
    VEC(ReadBlock) blocks;
    ReadFrame frame;
    StrVec items; /* finished items of a response, as JSON */
    bool wants_replay;
    size_t content_bytes; /* kept or given out so far */
    uint64_t progress;
    bool has_stop;
    bool is_refusal;
    bool is_done;
    bool has_failed;
    LlmStop stop;
    LlmUsage usage;
    StrBuf *usage_text;
    int64_t uncached; /* parts of Anthropic's input tokens */
    int64_t cache_written;
    LlmTrouble trouble;
};

typedef struct {
    void (*write)(JsonWriter *json, Arena *arena, const LlmRequestOptions *options,
                  const LlmRequest *request);
    bool (*take)(LlmReader *reader, Str type, Str data);
    /* Takes the text of an event like the one before. */
    bool (*take_text)(LlmReader *reader, Str text);
    Str (*replay)(LlmReader *reader); /* NULL: the wire has none */
} WireTraits;

extern const WireTraits wire_chat;
extern const WireTraits wire_responses;
extern const WireTraits wire_messages;
extern const WireTraits wire_ollama;

/* bounded_json.c */
/* Parses a provider's JSON into the arena. NUL characters and lone surrogates in its strings become
 * U+FFFD. Returns NULL, with a reason that quotes nothing, when it is malformed, too deep or has
 * too many values. */
const JsonValue *bounded_json_parse(Arena *arena, Str text, Error *error) MUST_USE;
/* Returns text if it is a JSON object, and "{}" otherwise. */
Str bounded_json_object(Arena *arena, Str text);

/* repeat.c */
/* Remembers the event that was just taken. */
void repeat_learn(LlmReader *reader, Str type, Str data);
/* Returns whether the event differs from the remembered one in its text alone, and stores the text.
 */
bool repeat_find(const LlmReader *reader, Str type, Str data, Str *out_text) MUST_USE;

/* request.c */
uint32_t request_output_tokens(const LlmRequest *request);
Str request_parameters(const LlmTool *tool);
/* Writes the tools as in chat completions, if there are any. */
void request_write_tools(JsonWriter *json, const LlmRequest *request);
/* Returns the blocks that a replay of this wire has, or NULL. */
const JsonValue *request_replay(Arena *arena, const LlmMessage *message, const char *wire);

/* reader.c */
/* Records a failure; always returns false. */
bool reader_fail(LlmReader *reader, LlmFailure failure, const char *quote);
/* The same, as a provider's error object says it. */
bool reader_fail_with(LlmReader *reader, const JsonValue *error);
/* Gives out text. The text must live as long as the scratch arena. */
bool reader_give_text(LlmReader *reader, Str text) MUST_USE;
/* Counts bytes of content. Returns false past the limit. */
bool reader_count(LlmReader *reader, size_t bytes) MUST_USE;
/* Adds a call. Returns NULL past the limit. */
ReadCall *reader_add_call(LlmReader *reader, int64_t index, Str id, Str name) MUST_USE;
bool reader_add_arguments(LlmReader *reader, ReadCall *call, Str piece) MUST_USE;
void reader_name_call(LlmReader *reader, ReadCall *call, Str name);
/* Notes why the answer ended. */
void reader_note_stop(LlmReader *reader, LlmStop stop);
/* Gives out the tool calls, unless the answer was cut off, and the last event. */
bool reader_end(LlmReader *reader) MUST_USE;
/* Returns whether the calls of the answer are whole and wanted. */
bool reader_calls_count(const LlmReader *reader);
/* Returns a number of tokens. A number out of range counts as 0. */
int64_t reader_tokens(const JsonValue *usage, const char *key);
/* Keeps the JSON of the usage. */
void reader_keep_usage(LlmReader *reader, const JsonValue *usage);
StrBuf *reader_buffer(LlmReader *reader, size_t max_bytes) MUST_USE;

/* trouble.c */
LlmTrouble trouble_of_error(Arena *arena, int status, const JsonValue *error);
/* Returns one line of printable UTF-8 of at most 200 bytes. */
Str trouble_quote(Arena *arena, Str text);
