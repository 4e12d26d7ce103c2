/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What language models are asked and what they answer, and the wires that carry it: chat
 * completions and responses of OpenAI, messages of Anthropic, the chat of Ollama. Pure: bytes in,
 * structures out.
 *
 *     if (!llm_write_request(arena, &options, &request, &body, &error))
 *         return false;
 *     LlmReader *reader = llm_reader_new(arena, LLM_WIRE_CHAT);
 *     … for each server-sent event of the answer:
 *     if (!llm_reader_take(reader, event.type, event.data))
 *         … llm_reader_trouble(reader) …
 *     while (llm_reader_next(reader, &event))
 *         …
 *
 * A provider may be hostile: the size of an event, the depth and number of its values, the length
 * of an answer, and the number and size of tool calls are limited.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"

typedef enum { LLM_OPENAI, LLM_ANTHROPIC, LLM_AZURE, LLM_LOCAL, LLM_PROVIDER_COUNT } LlmProvider;

typedef struct {
    Str id;
    Str name;
    Str arguments; /* JSON text as the model wrote it, perhaps invalid; never empty */
} LlmToolCall;

typedef enum { LLM_USER, LLM_ASSISTANT, LLM_TOOL_RESULT } LlmRole;

typedef struct {
    LlmRole role;
    Str text;
    const LlmToolCall *calls; /* of the assistant */
    size_t call_count;
    Str call_id; /* of a tool's result: the id of its call */
    bool is_error;
    Str replay; /* what LLM_EVENT_END gave for this message of the assistant, or empty */
} LlmMessage;

typedef struct {
    Str name;
    Str description;
    Str parameters; /* a JSON schema */
} LlmTool;

typedef struct {
    Str system;
    const LlmMessage *messages;
    size_t message_count;
    const LlmTool *tools;
    size_t tool_count;
    uint32_t max_output_tokens; /* 0: LLM_DEFAULT_OUTPUT_TOKENS */
    bool must_answer;           /* no further tool calls */
    bool is_tried_once;         /* not repeated when the provider is overloaded */
} LlmRequest;

typedef enum {
    LLM_EVENT_TEXT,
    LLM_EVENT_TOOL_CALL, /* a whole one */
    LLM_EVENT_END,       /* the last event of an answer */
} LlmEventKind;

typedef enum {
    LLM_STOP_END,
    LLM_STOP_TOOLS,
    LLM_STOP_LENGTH,
    LLM_STOP_REFUSAL, /* the model declined; its words, if any, came as text */
    LLM_STOP_FILTER,  /* the provider's content filter cut the answer, or refused the question */
} LlmStop;

typedef struct {
    bool known;
    int64_t input; /* all tokens read, cached ones included */
    int64_t output;
    int64_t cached; /* tokens of the input that the provider had in its cache */
    Str raw;        /* JSON of the provider */
} LlmUsage;

typedef struct {
    LlmEventKind kind;
    Str text;         /* of LLM_EVENT_TEXT */
    LlmToolCall call; /* of LLM_EVENT_TOOL_CALL */
    /* of LLM_EVENT_END */
    LlmStop stop;
    LlmUsage usage;
    /* Reasoning that the provider wants back unchanged with this message, as opaque text; empty if
     * there is none. Another provider ignores it. */
    Str replay;
} LlmEvent;

typedef enum {
    LLM_OK,
    LLM_KEY_REFUSED, /* 401, 403 */
    LLM_NO_CREDIT,   /* 402, or the quota of the account is used up */
    LLM_LIMITED,     /* 429 */
    LLM_OVERLOADED,  /* 5xx, 529 */
    LLM_BAD_REQUEST, /* what was asked is refused, or there is no such model */
    LLM_TOO_LONG,    /* the request is longer than the model can read */
    LLM_UNREACHABLE,
    LLM_SILENT, /* nothing came within the time allowed */
    LLM_BROKEN, /* cut off or malformed in the middle */
} LlmFailure;

enum {
    LLM_DEFAULT_OUTPUT_TOKENS = 4096,
    LLM_EVENT_MAX_BYTES = 1 << 20,       /* a server-sent event, or the body of an error */
    LLM_EVENT_MAX_VALUES = 20000,        /* JSON values in one */
    LLM_ANSWER_MAX_BYTES = 2 << 20,      /* text, reasoning and tool calls of an answer together */
    LLM_REPLAY_MAX_BYTES = 8 << 20,      /* the same as JSON */
    LLM_MAX_BLOCKS = 256,                /* blocks or items of an answer */
    LLM_MAX_TOOL_CALLS = 64,             /* in an answer */
    LLM_ARGUMENTS_MAX_BYTES = 256 << 10, /* of a tool call */
    LLM_ID_MAX_BYTES = 64,               /* of a tool call; also of the name of a tool */
    LLM_MODEL_MAX_BYTES = 128,
    LLM_REQUEST_MAX_BYTES = 16 << 20,
};

/* The forms of requests and answers. Azure and most local servers speak the first. */
typedef enum {
    LLM_WIRE_CHAT,
    LLM_WIRE_RESPONSES,
    LLM_WIRE_MESSAGES,
    LLM_WIRE_OLLAMA, /* its events are the lines of the body */
    LLM_WIRE_COUNT,
} LlmWire;

typedef struct {
    LlmWire wire;
    LlmProvider provider; /* whose deviations are honoured */
    Str model;
    int64_t context_tokens; /* for Ollama, which has none of its own; 0: not stated */
} LlmRequestOptions;

/* Writes the body of a request for a streamed answer. Fails with ERR_VALIDATION when it would be
 * larger than LLM_REQUEST_MAX_BYTES. Arguments of earlier calls that are no JSON object are sent as
 * an empty one, because providers refuse them. */
bool llm_write_request(Arena *arena, const LlmRequestOptions *options, const LlmRequest *request,
                       Str *out_body, Error *error) MUST_USE;

/* What went wrong, as the provider says it. The text is quoted: one line of printable UTF-8 of at
 * most 200 bytes. */
typedef struct {
    LlmFailure failure;
    bool is_filter; /* the content filter refused the question: an answer rather than a failure */
    Str quote;
} LlmTrouble;

/* Classifies an answer with an error status by its status and body. */
LlmTrouble llm_trouble_of_answer(Arena *arena, int status, Str body);
/* Returns text with every run of 6 bytes or more that the secret also has replaced by "…". */
Str llm_without_secret(Arena *arena, Str text, Str secret);

typedef struct LlmReader LlmReader;

/* Creates a reader of one answer; it is freed with the arena. */
LlmReader *llm_reader_new(Arena *arena, LlmWire wire) MUST_USE;
/* Takes a server-sent event; what the last one gave becomes invalid. Returns false when the answer
 * is malformed, over a limit, or reports an error: see llm_reader_trouble. */
bool llm_reader_take(LlmReader *reader, Str type, Str data) MUST_USE;
/* Takes the end of the bytes. Returns false when the answer was cut off. */
bool llm_reader_finish(LlmReader *reader) MUST_USE;
/* Returns the next event of what was taken. */
bool llm_reader_next(LlmReader *reader, LlmEvent *out_event) MUST_USE;
LlmTrouble llm_reader_trouble(const LlmReader *reader);
/* Returns a number that grows whenever the model has done something, be it reasoning that is not
 * shown. Pings and comments do not count. */
uint64_t llm_reader_progress(const LlmReader *reader);
/* Returns whether the answer is complete: nothing but the end of the bytes is to come. */
bool llm_reader_is_done(const LlmReader *reader);
