/* SPDX-License-Identifier: Apache-2.0 */
#include "services/trace_export.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "net/outgoing/outgoing.h"
#include "task/clock.h"
#include "trace/otlp.h"
#include "trace/tracer.h"

enum {
    COLLECT_MS = 1000, /* how long spans wait for others */
    CALL_MS = 10 * 1000,
    CONNECT_MS = 5 * 1000,
    FLUSH_MS = 3 * 1000,
    STOP_MS = FLUSH_MS + 500,
    BACK_OFF_FIRST_MS = 1000,
    BACK_OFF_MAX_MS = 60 * 1000,
    MAX_ATTEMPTS = 8, /* of one batch */
    BATCH_MAX_BYTES = 1024 * 1024,
    ANSWER_MAX_BYTES = 64 * 1024,
    MAX_HEADERS = 16,
    HEADERS_MAX_BYTES = 8 * 1024,
    URL_MAX_BYTES = 2048,
};

struct TraceExport {
    Arena *arena;
    Loop *loop;
    Outgoing *outgoing;
    Str url;
    OutgoingHeader headers[MAX_HEADERS + 1];
    size_t header_count;
    OtlpResource resource;
    TaskId task;
    Wait work; /* of the task: there are spans, or it shall stop */
    Wait ended;
    bool is_stopping;
    bool has_ended;
    bool is_failing; /* that was logged */
};

/* How the collector took a batch. */
typedef struct {
    enum { DELIVERED, DEFERRED, REFUSED } outcome;
    uint32_t retry_after_s; /* 0: not stated */
} Delivery;

static void on_spans(void *context)
{
    TraceExport *traces = context;
    wait_wake(traces->work);
}

/* Waits until there may be something to do; at most timeout_ms, unless that is 0. */
static void wait_for_work(Task *task, TraceExport *traces, uint32_t timeout_ms)
{
    uint64_t former = task->deadline_ms;
    if (timeout_ms)
        task_deadline_narrow(task, timeout_ms);
    traces->work = task_wait_begin(task);
    bool woken = task_wait(task, traces->work);
    task_deadline_set(task, former);
    if (!woken && !task_is_cancelled(task))
        task_forget_error(task);
}

/* Waits before the next attempt, whatever happens meanwhile but the stop. */
static void pause_export(Task *task, TraceExport *traces, uint32_t pause_ms)
{
    uint64_t until_ms = loop_now_ms(task->loop) + pause_ms;
    while (!traces->is_stopping && !task_is_cancelled(task)) {
        uint64_t now_ms = loop_now_ms(task->loop);
        if (now_ms >= until_ms)
            return;
        wait_for_work(task, traces, (uint32_t)(until_ms - now_ms));
    }
}

static bool is_temporary(int status)
{
    return status == 429 || status == 502 || status == 503 || status == 504;
}

static void note_failure(TraceExport *traces, const char *reason, int status)
{
    if (!traces->is_failing)
        log_warn("traces.not_exported", LOG_TEXT("error", reason), LOG_INT("status", status));
    traces->is_failing = true;
}

static Delivery judge(TraceExport *traces, const OutgoingAnswer *answer)
{
    Delivery delivery = {.outcome = DELIVERED};
    int64_t seconds = 0;
    if (answer->status >= 200 && answer->status < 300) {
        if (traces->is_failing)
            log_info("traces.exported_again");
        traces->is_failing = false;
        return delivery;
    }
    note_failure(traces, "the collector does not take the spans", answer->status);
    delivery.outcome = is_temporary(answer->status) ? DEFERRED : REFUSED;
    Str after = outgoing_header_find(answer->headers, answer->header_count, STR("retry-after"));
    if (str_parse_i64(after, &seconds) && seconds > 0)
        delivery.retry_after_s = (uint32_t)MIN_OF(seconds, (int64_t)(BACK_OFF_MAX_MS / 1000));
    return delivery;
}

static Delivery deliver(Task *task, TraceExport *traces, Str body)
{
    OutgoingAnswer answer = {0};
    const OutgoingRequest request = {
        .method = "POST",
        .url = traces->url,
        .headers = traces->headers,
        .header_count = traces->header_count,
        .reach = OUTGOING_ANY,
        .body = body,
        .connect_timeout_ms = CONNECT_MS,
        .max_answer_bytes = ANSWER_MAX_BYTES,
    };
    uint64_t former = task_deadline_narrow(task, traces->is_stopping ? FLUSH_MS : CALL_MS);
    bool answered = outgoing_fetch(task, traces->outgoing, &request, ANSWER_MAX_BYTES, &answer);
    task_deadline_set(task, former);
    if (answered)
        return judge(traces, &answer);
    note_failure(traces, task->error.message, 0);
    if (!task_is_cancelled(task))
        task_forget_error(task);
    return (Delivery){.outcome = DEFERRED};
}

/* Returns how long to wait, with a random part so that many processes do not come back together. */
static uint32_t pause_after(const Delivery *delivery, int attempts)
{
    uint16_t random = 0;
    uint32_t pause_ms = MIN_OF((uint32_t)BACK_OFF_FIRST_MS << attempts, (uint32_t)BACK_OFF_MAX_MS);
    random_bytes(&random, sizeof(random));
    if (delivery->retry_after_s)
        return delivery->retry_after_s * 1000 + random % 1000;
    return pause_ms / 2 + random % (pause_ms / 2);
}

static bool deliver_with_patience(Task *task, TraceExport *traces, Str body)
{
    for (int attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
        Delivery delivery = deliver(task, traces, body);
        if (delivery.outcome != DEFERRED)
            return delivery.outcome == DELIVERED;
        if (traces->is_stopping || task_is_cancelled(task))
            return false;
        pause_export(task, traces, pause_after(&delivery, attempts));
    }
    return false;
}

static void send_batch(Task *task, TraceExport *traces)
{
    auto_strbuf StrBuf body = {0};
    ArenaMark mark = arena_mark(task->arena);
    Span *spans = ARENA_ARRAY(task->arena, Span, TRACER_BATCH_SPANS);
    size_t count = tracer_take(spans, TRACER_BATCH_SPANS);
    strbuf_init(&body, BATCH_MAX_BYTES);
    bool done = otlp_write(&traces->resource, spans, count, &body) &&
                deliver_with_patience(task, traces, strbuf_str(&body));
    tracer_count(done ? TRACE_EXPORTED : TRACE_FAILED, count);
    arena_reset(task->arena, mark);
}

static void export_spans(Task *task, void *argument)
{
    TraceExport *traces = argument;
    while (!traces->is_stopping && !task_is_cancelled(task)) {
        if (tracer_waiting() == 0)
            wait_for_work(task, traces, 0);
        else if (tracer_waiting() < TRACER_BATCH_SPANS)
            wait_for_work(task, traces, COLLECT_MS);
        if (tracer_waiting() > 0 && !task_is_cancelled(task))
            send_batch(task, traces);
    }
    while (tracer_waiting() > 0 && !task_is_cancelled(task) && !traces->is_failing)
        send_batch(task, traces);
    traces->has_ended = true;
    wait_wake(traces->ended);
}

static bool read_hex_digit(char digit, unsigned *out_value)
{
    uint64_t value = 0;
    bool is_digit = str_parse_hex((Str){&digit, 1}, &value);
    *out_value = (unsigned)value;
    return is_digit;
}

/* Decodes %XX, in which the values of such a list are written. */
static bool decode_value(Arena *arena, Str text, Str *out_value)
{
    char *value = arena_alloc(arena, text.size + 1);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned high = 0;
        unsigned low = 0;
        value[size] = text.data[i];
        if (text.data[i] == '%') {
            if (i + 2 >= text.size || !read_hex_digit(text.data[i + 1], &high) ||
                !read_hex_digit(text.data[i + 2], &low))
                return false;
            value[size] = (char)(high << 4 | low);
            i += 2;
        }
        if ((unsigned char)value[size++] < ' ')
            return false;
    }
    *out_value = (Str){value, size};
    return true;
}

/* Reads "name=value,name=value". The message shows no value, which may be a secret. */
static bool read_headers(TraceExport *traces, Str text, Error *error)
{
    Str rest = text;
    Str pair;
    if (text.size > HEADERS_MAX_BYTES)
        return error_set(error, ERR_VALIDATION, "NETGURU_TRACES_HEADERS is longer than %d bytes",
                         HEADERS_MAX_BYTES);
    while (!str_empty(text) && str_next_field(&rest, ',', &pair)) {
        OutgoingHeader *header = &traces->headers[traces->header_count];
        size_t equals = str_find_byte(pair, '=');
        if (traces->header_count == MAX_HEADERS)
            return error_set(error, ERR_VALIDATION,
                             "NETGURU_TRACES_HEADERS has more than %d headers", MAX_HEADERS);
        if (equals == STR_NOT_FOUND || equals == 0 ||
            !decode_value(traces->arena, str_trim(str_from(pair, equals + 1)), &header->value)) {
            return error_set(error, ERR_VALIDATION,
                             "NETGURU_TRACES_HEADERS must be name=value pairs between commas, with "
                             "%%XX for other characters");
        }
        header->name = str_trim(str_slice(pair, 0, equals));
        traces->header_count++;
    }
    traces->headers[traces->header_count++] =
        (OutgoingHeader){STR("Content-Type"), STR("application/x-protobuf")};
    return true;
}

static bool read_url(TraceExport *traces, Str url, Error *error)
{
    traces->url = url;
    bool is_http = str_starts_with(url, STR("http://")) || str_starts_with(url, STR("https://"));
    return (is_http && url.size <= URL_MAX_BYTES && str_find_byte(url, '@') == STR_NOT_FOUND) ||
           error_set(error, ERR_VALIDATION,
                     "NETGURU_TRACES_URL must be an http:// or https:// address without a user "
                     "(NETGURU_TRACES_HEADERS is for secrets)");
}

static bool open_export(TraceExport *traces, const Config *settings, Error *error)
{
    TraceSampler sampler;
    const OutgoingOptions options = {.max_calls = 1, .max_idle = 1};
    if (!read_url(traces, config_str(settings, "NETGURU_TRACES_URL"), error) ||
        !read_headers(traces, config_str(settings, "NETGURU_TRACES_HEADERS"), error))
        return false;
    if (!trace_sampler_parse(config_str(settings, "NETGURU_TRACES_SAMPLER"),
                             config_str(settings, "NETGURU_TRACES_SAMPLER_ARG"), &sampler, error))
        return error_prefix(error, "NETGURU_TRACES_SAMPLER: ");
    traces->outgoing = outgoing_new(traces->loop, &options, error);
    if (!traces->outgoing)
        return false;
    tracer_start(&sampler, on_spans, traces);
    traces->task = task_spawn_background(traces->loop, "traces.export", export_spans, traces);
    return true;
}

bool trace_export_new(Loop *loop, const Config *settings, const char *process,
                      TraceExport **out_export, Error *error)
{
    *out_export = NULL;
    if (str_empty(config_str(settings, "NETGURU_TRACES_URL")))
        return true;
    TraceExport *traces = MEM_NEW(TraceExport);
    traces->arena = arena_new();
    traces->loop = loop;
    traces->resource = (OtlpResource){.service = config_str(settings, "NETGURU_TRACES_SERVICE"),
                                      .process = str_of(process),
                                      .instance = uuid_new()};
    if (open_export(traces, settings, error)) {
        *out_export = traces;
        return true;
    }
    arena_free(traces->arena);
    mem_free(traces);
    return false;
}

void trace_export_stop(Task *task, TraceExport *traces)
{
    if (!traces)
        return;
    check(!task_is_cancelled(task)); /* it could not wait */
    uint64_t former = task_deadline_narrow(task, STOP_MS);
    traces->is_stopping = true;
    wait_wake(traces->work);
    while (!traces->has_ended) {
        traces->ended = task_wait_begin(task);
        if (task_wait(task, traces->ended))
            continue;
        task_deadline_set(task, 0);
        task_forget_error(task);
        task_cancel(task->loop, traces->task);
    }
    task_deadline_set(task, former);
    outgoing_stop(task, traces->outgoing, 0);
    outgoing_free(traces->outgoing);
    traces->outgoing = NULL;
    tracer_stop();
}

void trace_export_free(TraceExport *traces)
{
    if (!traces)
        return;
    check(!traces->outgoing);
    arena_free(traces->arena);
    mem_free(traces);
}
