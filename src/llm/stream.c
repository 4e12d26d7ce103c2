/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "base/random.h"
#include "base/time.h"
#include "llm/internal.h"
#include "net/outgoing/event_parser.h"
#include "trace/span.h"

enum {
    MAX_ATTEMPTS = 3,
    BACK_OFF_MS = 500,
    LONGEST_PAUSE_MS = 10 * 1000, /* when the provider asks for more, the caller decides */
    ERROR_MAX_BYTES = 64 * 1024,
    ANSWER_MAX_BYTES = 256 << 20, /* on the wire: a token takes up to 300 bytes there */
    DRAIN_MS = 100,
    READ_BYTES = 4096, /* a token takes up to 300 bytes */
    MAX_DRAINS = 16,
};

struct LlmStream {
    const Services *services;
    LlmAccount account;
    Target target;
    Arena *request; /* the bytes of the request; NULL once they are sent */
    OutgoingCall *call;
    bool answered;
    EventParser parser;
    StrBuf line; /* of Ollama, in place of the parser: what has arrived of it */
    Str part;    /* bytes that have arrived and are not parsed yet */
    LlmReader *reader;
    LlmEvent first; /* waits for llm_stream_next */
    bool has_first;
    bool has_begun; /* an event was given out: no further attempt */
    bool has_ended;
    uint64_t progress; /* of the reader, when progress_ms was taken */
    uint64_t progress_ms;
    uint32_t first_token_ms;
    uint32_t idle_ms;
    LlmFailure failure;
    Span span;
    int max_attempts;
    bool may_retry;
    uint64_t retry_after_ms;
};

static void free_input(void *argument)
{
    LlmStream *stream = argument;
    event_parser_done(&stream->parser);
    strbuf_done(&stream->line);
    arena_free(stream->request);
}

/* An answer that has begun needs the request no more; it is as large as what the model reads. */
static void free_request(LlmStream *stream)
{
    if (!stream->call || !outgoing_call_body_is_sent(stream->call))
        return;
    arena_free(stream->request);
    stream->request = NULL;
}

static bool tell(Task *task, LlmStream *stream, LlmTrouble trouble, int status)
{
    uint32_t limit_ms = stream->has_begun ? stream->idle_ms : stream->first_token_ms;
    stream->failure = trouble.failure;
    Failure failure = {.account = &stream->account,
                       .trouble = trouble,
                       .status = status,
                       .retry_after_s = (uint32_t)((stream->retry_after_ms + 999) / 1000),
                       .silent_s = (limit_ms + 999) / 1000};
    return failure_tell(task, &failure);
}

static bool tell_simply(Task *task, LlmStream *stream, LlmFailure failure, const char *quote)
{
    return tell(task, stream, (LlmTrouble){.failure = failure, .quote = str_of(quote)}, 0);
}

/* After a failure of the connection. Its own words are good before the answer; within an answer
 * the provider is named. */
static bool tell_connection(Task *task, LlmStream *stream)
{
    bool was_connected = stream->call && outgoing_call_was_connected(stream->call);
    LlmFailure failure = failure_of_connection(task, was_connected, stream->answered);
    stream->failure = failure;
    stream->may_retry = failure == LLM_BROKEN ||
                        (failure == LLM_UNREACHABLE && error_traits(task->error.code)->retry);
    if (failure == LLM_SILENT || failure == LLM_BROKEN)
        return tell_simply(task, stream, failure, "");
    return false;
}

static bool tell_reader(Task *task, LlmStream *stream)
{
    LlmTrouble trouble = llm_reader_trouble(stream->reader);
    stream->may_retry = trouble.failure == LLM_BROKEN || trouble.failure == LLM_OVERLOADED ||
                        trouble.failure == LLM_LIMITED;
    return tell(task, stream, trouble, 0);
}

/* Reads the body of an answer with an error status, and gives up. */
static bool tell_status(Task *task, LlmStream *stream)
{
    Str body = STR("");
    int status = outgoing_call_status(stream->call);
    Str should_retry = outgoing_call_header(stream->call, STR("x-should-retry"));
    uint64_t retry_after_ms =
        failure_retry_after_ms(outgoing_call_header(stream->call, STR("retry-after-ms")),
                               outgoing_call_header(stream->call, STR("retry-after")),
                               outgoing_call_header(stream->call, STR("date")));
    if (!outgoing_call_read_all(task, stream->call, ERROR_MAX_BYTES, &body)) {
        if (task->error.code == ERR_CANCELLED)
            return tell_connection(task, stream);
        task_forget_error(task); /* the status says enough */
    }
    LlmTrouble trouble = llm_trouble_of_answer(task->arena, status, body);
    if (trouble.is_filter) {
        stream->first = (LlmEvent){.kind = LLM_EVENT_END, .stop = LLM_STOP_FILTER};
        stream->has_first = true;
        return true;
    }
    stream->retry_after_ms = retry_after_ms;
    stream->may_retry = (trouble.failure == LLM_OVERLOADED || trouble.failure == LLM_LIMITED) &&
                        !str_equal(should_retry, STR("false"));
    return tell(task, stream, trouble, status);
}

/* Returns whether the task's own time is over, as opposed to that of the provider. */
static bool is_own_deadline(uint64_t deadline_ms)
{
    return deadline_ms && time_monotonic_ms() >= deadline_ms;
}

/* Waits for more bytes for as long as the provider may be silent. Pings do not extend it. */
static bool read_part(Task *task, LlmStream *stream)
{
    uint64_t now_ms = time_monotonic_ms();
    uint32_t limit_ms = stream->has_begun ? stream->idle_ms : stream->first_token_ms;
    uint64_t waited_ms = now_ms - stream->progress_ms;
    if (llm_reader_progress(stream->reader) != stream->progress) {
        stream->progress = llm_reader_progress(stream->reader);
        stream->progress_ms = now_ms;
        waited_ms = 0;
    }
    if (waited_ms >= limit_ms)
        return tell_simply(task, stream, LLM_SILENT, "");
    uint64_t deadline_ms = task_deadline_narrow(task, (uint32_t)(limit_ms - waited_ms));
    bool has_read = outgoing_call_read(task, stream->call, &stream->part);
    task_deadline_set(task, deadline_ms);
    if (has_read)
        return true;
    if (task->error.code == ERR_TIMEOUT && is_own_deadline(deadline_ms)) {
        stream->failure = LLM_SILENT;
        return false;
    }
    return tell_connection(task, stream);
}

static bool tell_large(Task *task, LlmStream *stream)
{
    return tell_simply(task, stream, LLM_BROKEN, "an event is larger than 1 MiB");
}

static bool take_line(Task *task, LlmStream *stream)
{
    bool is_good = llm_reader_take(stream->reader, STR(""), strbuf_str(&stream->line));
    strbuf_clear(&stream->line);
    return is_good || tell_reader(task, stream);
}

/* Takes the bytes up to the next end of a line. */
static bool parse_line(Task *task, LlmStream *stream)
{
    size_t end = str_find_byte(stream->part, '\n');
    bool is_whole = end != STR_NOT_FOUND;
    Str piece = str_slice(stream->part, 0, is_whole ? end : stream->part.size);
    strbuf_append(&stream->line, piece);
    stream->part = str_from(stream->part, piece.size + (is_whole ? 1 : 0));
    if (stream->line.overflowed)
        return tell_large(task, stream);
    return !is_whole || take_line(task, stream);
}

/* Takes one event off the bytes that are there. */
static bool parse_part(Task *task, LlmStream *stream)
{
    ParsedEvent event;
    if (stream->target.wire == LLM_WIRE_OLLAMA)
        return parse_line(task, stream);
    switch (event_parser_take(&stream->parser, &stream->part, &event)) {
    case EVENT_PARSER_MORE:
        return true;
    case EVENT_PARSER_EVENT:
        return llm_reader_take(stream->reader, event.type, event.data) || tell_reader(task, stream);
    default:
        return tell_large(task, stream);
    }
}

/* Takes the end of the bytes, after which there may be an event: the last one. */
static bool finish(Task *task, LlmStream *stream)
{
    if (stream->line.size > 0)
        return take_line(task, stream); /* without its end; the next read ends it */
    return llm_reader_finish(stream->reader) || tell_reader(task, stream);
}

/* Reads what follows the last event, so that the connection can serve the next call. */
static bool drain(Task *task, LlmStream *stream)
{
    Str part = STR("x");
    uint64_t deadline_ms = task_deadline_narrow(task, DRAIN_MS);
    for (int i = 0; i < MAX_DRAINS && part.size > 0; i++) {
        if (!outgoing_call_read(task, stream->call, &part))
            break;
    }
    task_deadline_set(task, deadline_ms);
    if (task->error.code == ERR_CANCELLED)
        return tell_connection(task, stream);
    task_forget_error(task);
    return true;
}

/* Copies what the last event has to the task's arena: the reader is done with it. */
static bool take_end(Task *task, LlmStream *stream, LlmEvent *event)
{
    event->usage.raw = arena_copy(task->arena, event->usage.raw);
    event->replay = arena_copy(task->arena, event->replay);
    stream->has_ended = true;
    if (event->usage.known) {
        count_usage(stream->account.provider, &event->usage);
        span_note_number(&stream->span, "gen_ai.usage.input_tokens", event->usage.input);
        span_note_number(&stream->span, "gen_ai.usage.output_tokens", event->usage.output);
    }
    return drain(task, stream);
}

static bool next_event(Task *task, LlmStream *stream, LlmEvent *out_event)
{
    stream->progress_ms = time_monotonic_ms();
    for (;;) {
        if (llm_reader_next(stream->reader, out_event))
            return out_event->kind != LLM_EVENT_END || take_end(task, stream, out_event);
        if (stream->part.size > 0) {
            if (!parse_part(task, stream))
                return false;
            continue;
        }
        if (!read_part(task, stream))
            return false;
        if (stream->part.size == 0 && !finish(task, stream))
            return false;
    }
}

/* A server that does not stream answers with a whole object; only its errors are understood. */
static bool check_is_stream(Task *task, LlmStream *stream)
{
    Str type = outgoing_call_header(stream->call, STR("content-type"));
    bool is_ollama = stream->target.wire == LLM_WIRE_OLLAMA;
    if (str_starts_with_ignore_case(type, is_ollama ? STR("application/x-ndjson")
                                                    : STR("text/event-stream")))
        return true;
    return tell_simply(task, stream, LLM_BROKEN, "it is not a stream of events");
}

static bool open_call(Task *task, LlmStream *stream, const OutgoingRequest *request)
{
    stream->answered = false;
    stream->call = outgoing_call_start(task, stream->services->outgoing, request);
    if (!stream->call || !outgoing_call_answer(task, stream->call))
        return tell_connection(task, stream);
    stream->answered = true;
    return true;
}

static bool attempt(Task *task, LlmStream *stream, const OutgoingRequest *request)
{
    stream->may_retry = false;
    stream->retry_after_ms = 0;
    stream->failure = LLM_OK;
    count_attempt(stream->account.provider);
    if (!open_call(task, stream, request))
        return false;
    if (outgoing_call_status(stream->call) != 200)
        return tell_status(task, stream);
    if (!check_is_stream(task, stream))
        return false;
    event_parser_init(&stream->parser, LLM_EVENT_MAX_BYTES);
    strbuf_init(&stream->line, LLM_EVENT_MAX_BYTES);
    stream->part = STR("");
    stream->progress = 0;
    stream->reader = llm_reader_new(task->arena, stream->target.wire);
    stream->has_first = next_event(task, stream, &stream->first);
    return stream->has_first;
}

/* Returns how long to wait before the next attempt, with a random part so that many callers do not
 * come back together. */
static uint64_t pause_before(const LlmStream *stream, int attempts)
{
    uint16_t random = 0;
    random_bytes(&random, sizeof(random));
    if (stream->retry_after_ms)
        return stream->retry_after_ms;
    uint32_t back_off_ms = (uint32_t)BACK_OFF_MS << (attempts - 1);
    return back_off_ms * 3 / 4 + random % (back_off_ms / 2);
}

static void close_attempt(LlmStream *stream)
{
    outgoing_call_end(stream->call);
    stream->call = NULL;
    event_parser_done(&stream->parser);
    strbuf_done(&stream->line);
}

static bool try_again(Task *task, LlmStream *stream, const OutgoingRequest *request)
{
    for (int attempts = 1;; attempts++) {
        if (attempt(task, stream, request))
            return true;
        uint64_t pause_ms = pause_before(stream, attempts);
        close_attempt(stream);
        if (!stream->may_retry || attempts == stream->max_attempts || pause_ms > LONGEST_PAUSE_MS)
            return false;
        log_info("llm.retry", LOG_TEXT("provider", stream->target.provider->name),
                 LOG_TEXT("reason", task->error.message), LOG_INT("attempt", attempts));
        task_forget_error(task);
        if (!task_sleep(task, (uint32_t)pause_ms)) {
            stream->failure = task->error.code == ERR_CANCELLED ? LLM_OK : stream->failure;
            return false;
        }
    }
}

static LlmRequestOptions options_of(const LlmAccount *account, const Target *target)
{
    return (LlmRequestOptions){
        .wire = target->wire,
        .provider = account->provider,
        .model = target->model,
        .context_tokens = target->context_tokens,
    };
}

Str llm_request_body(Arena *arena, const Services *services, const LlmAccount *account,
                     const LlmRequest *request, Error *error)
{
    Str body;
    Target target = {0};
    if (!target_find(arena, services, account, &target, error))
        return STR("");
    LlmRequestOptions options = options_of(account, &target);
    return llm_write_request(arena, &options, request, &body, error) ? body : STR("");
}

static bool prepare(Task *task, LlmStream *stream, const LlmRequest *request,
                    OutgoingRequest *out_call)
{
    static const OutgoingHeader fixed[] = {
        {STR_INIT("Content-Type"), STR_INIT("application/json")},
        {STR_INIT("Accept"), STR_INIT("text/event-stream")},
    };
    Str body;
    Target *target = &stream->target;
    if (!target_find(task->arena, stream->services, &stream->account, target, &task->error))
        return false;
    LlmRequestOptions options = options_of(&stream->account, target);
    if (!llm_write_request(stream->request, &options, request, &body, &task->error))
        return false;
    check(target->header_count + COUNT_OF(fixed) <= COUNT_OF(target->headers));
    for (size_t i = 0; i < COUNT_OF(fixed); i++)
        target->headers[target->header_count++] = fixed[i];
    *out_call = (OutgoingRequest){
        .method = "POST",
        .url = target->provider->answer_url(task->arena, &target->place, &stream->account,
                                            target->wire),
        .headers = target->headers,
        .header_count = target->header_count,
        .reach = target->place.reach,
        .body = body,
        .first_byte_timeout_ms = stream->first_token_ms,
        .idle_timeout_ms = stream->first_token_ms + stream->idle_ms, /* read_part is stricter */
        .max_answer_bytes = ANSWER_MAX_BYTES,
        .read_bytes = READ_BYTES,
    };
    return true;
}

/* No traceparent goes to the provider: the ids of our traces are none of its business. A model is
 * named only if the table has it, because users write the others. */
static void begin_span(const Task *task, LlmStream *stream)
{
    static const char *const systems[] = {[LLM_OPENAI] = "openai",
                                          [LLM_ANTHROPIC] = "anthropic",
                                          [LLM_AZURE] = "azure.ai.openai",
                                          [LLM_LOCAL] = "local"};
    const LlmAccount *account = &stream->account;
    const LlmModel *model = llm_model_find(stream->services, account->provider, account->model);
    const SpanName name = {SPAN_CLIENT, STR("chat"), model ? model->name : STR("")};
    span_begin_aside(task, &stream->span, &name);
    span_note(&stream->span, "gen_ai.operation.name", name.verb);
    span_note(&stream->span, "gen_ai.provider.name", str_of(systems[account->provider]));
    if (model)
        span_note(&stream->span, "gen_ai.request.model", model->name);
}

static void fail_span(LlmStream *stream)
{
    span_fail(&stream->span, llm_failure_name(stream->failure));
    span_end(NULL, &stream->span);
}

LlmStream *llm_stream_start(Task *task, const Services *services, const LlmAccount *account,
                            const LlmRequest *request, LlmFailure *out_failure)
{
    const Config *settings = services->settings;
    OutgoingRequest *call = ARENA_NEW(task->arena, OutgoingRequest);
    LlmStream *stream = ARENA_NEW(task->arena, LlmStream);
    uint64_t started_ns = time_monotonic_ns();
    check(services->outgoing);
    stream->services = services;
    stream->account = *account;
    stream->max_attempts = request->is_tried_once ? 1 : MAX_ATTEMPTS;
    stream->first_token_ms = (uint32_t)config_int(settings, "NETGURU_LLM_FIRST_TOKEN_MS");
    stream->idle_ms = (uint32_t)config_int(settings, "NETGURU_LLM_IDLE_MS");
    stream->request = arena_new();
    if (arena_keeps_secret(task->arena))
        arena_keep_secret(stream->request);
    arena_on_free(task->arena, free_input, stream);
    begin_span(task, stream);
    if (!prepare(task, stream, request, call)) {
        *out_failure = stream->failure = LLM_BAD_REQUEST;
        fail_span(stream);
        return NULL;
    }
    bool has_begun = try_again(task, stream, call);
    *out_failure = stream->failure;
    stream->has_begun = true;
    if (has_begun)
        count_first_event(task, account->provider, started_ns);
    else
        count_failure(account->provider, stream->failure);
    if (has_begun)
        free_request(stream);
    else
        fail_span(stream);
    return has_begun ? stream : NULL;
}

bool llm_stream_next(Task *task, LlmStream *stream, LlmEvent *out_event)
{
    if (stream->has_first) {
        stream->has_first = false;
        *out_event = stream->first;
        return true;
    }
    if (stream->has_ended || stream->failure != LLM_OK || !stream->call)
        return task_fail(task, ERR_INTERNAL, "the answer of the model has ended");
    LlmEvent event;
    if (!next_event(task, stream, &event)) {
        count_failure(stream->account.provider, stream->failure);
        fail_span(stream);
        return false;
    }
    *out_event = event;
    return true;
}

void llm_stream_gather(LlmStream *stream, uint32_t every_ms)
{
    if (stream->call)
        outgoing_call_gather(stream->call, every_ms);
}

LlmFailure llm_stream_failure(const LlmStream *stream)
{
    return stream->failure;
}

void llm_stream_end(LlmStream *stream)
{
    if (!stream)
        return;
    close_attempt(stream);
    stream->has_ended = true;
    span_end(NULL, &stream->span);
}
