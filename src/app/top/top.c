/* SPDX-License-Identifier: Apache-2.0 */
/* netguru top: what a running server does, on one terminal screen. It reads the same pages as
 * Prometheus does (docs/metrics.md). */
#include "app/command.h"
#include "app/top/live.h"

#include "base/ascii.h"
#include "base/time.h"
#include "net/http_client.h"

#include <stdio.h>
#include <unistd.h>

enum {
    CALL_TIMEOUT_S = 5,
    DEFAULT_INTERVAL_S = 2,
    MAX_INTERVAL_S = 3600,
    PLAIN_COLUMNS = 80,
    TEXT_MAX_BYTES = 1024 * 1024,
};

typedef struct {
    const Command *command;
    HttpClient *client;
    Str server;
    Str token;
    History *history;
    uint32_t interval_s;
    bool is_paused;
    Error error;   /* of the last round; code 0: none */
    size_t failed; /* processes that have not answered in the last round */
    int64_t taken_us;
} Top;

static bool fetch(Top *top, Arena *arena, Str path, Str *out_body, Error *error)
{
    HttpReply reply;
    Str url = arena_printf(arena, "%.*s%.*s", STR_ARGS(top->server), STR_ARGS(path));
    HttpCall call = {
        .method = "GET", .url = url.data, .bearer_token = top->token, .timeout_s = CALL_TIMEOUT_S};
    if (!http_client_call(top->client, arena, &call, &reply, error))
        return false;
    if (reply.status == 401 || reply.status == 403)
        return error_set(error, ERR_FORBIDDEN,
                         "%.*s refuses to show its metrics: set NETGURU_METRICS_TOKEN as it is set "
                         "there (docs/metrics.md)",
                         STR_ARGS(top->server));
    if (reply.status != 200)
        return error_set(error, ERR_UNAVAILABLE, "%.*s answers with status %ld", STR_ARGS(url),
                         reply.status);
    *out_body = reply.body;
    return true;
}

/* The list comes from the server: a path leads nowhere but to its metrics. */
static bool is_metrics_path(Str path)
{
    static const Str prefix = STR_INIT("/metrics/");
    if (!str_starts_with(path, prefix))
        return false;
    for (size_t i = prefix.size; i < path.size; i++) {
        if (!ascii_is_letter_or_digit(path.data[i]) && path.data[i] != '-')
            return false;
    }
    return path.size > prefix.size;
}

static bool add_target(Top *top, Arena *arena, const JsonValue *target, Error *error)
{
    Str body;
    const JsonValue *labels = json_get(target, "labels");
    Str path = json_str_or(labels, "__metrics_path__", STR(""));
    Str process = json_str_or(labels, "process", STR(""));
    if (!is_metrics_path(path))
        return error_set(error, ERR_UNAVAILABLE, "%.*s/metrics/targets lists no path of metrics",
                         STR_ARGS(top->server));
    if (!fetch(top, arena, path, &body, error))
        return false;
    if (history_add(top->history, process, body, (double)time_monotonic_ms() / 1000, error))
        return true;
    error->code = ERR_UNAVAILABLE; /* the fault is the server's */
    return error_prefix(error,
                        "%.*s%.*s is not in the format of Prometheus: ", STR_ARGS(top->server),
                        STR_ARGS(path));
}

/* A process that does not answer, because it is being restarted say, leaves the others shown. */
static bool scrape(Top *top, Error *error)
{
    Str body;
    size_t added = 0;
    auto_arena Arena *arena = arena_new();
    if (!fetch(top, arena, STR("/metrics/targets"), &body, error))
        return false;
    const JsonValue *targets = json_parse(arena, body, error);
    if (!targets || targets->type != JSON_IS_ARRAY || targets->count > HISTORY_MAX_PROCESSES)
        return error_set(error, ERR_UNAVAILABLE,
                         "%.*s/metrics/targets is no list of targets: is it a NetGuru?",
                         STR_ARGS(top->server));
    history_begin(top->history);
    for (size_t i = 0; i < targets->count; i++)
        added += add_target(top, arena, &targets->items[i], error);
    history_end(top->history);
    top->failed = targets->count - added;
    top->taken_us = time_now_us();
    return added > 0 ||
           (error->code ? false : error_set(error, ERR_UNAVAILABLE, "no process answers"));
}

static Str clock_of(int64_t time_us, Arena *arena)
{
    char text[TIME_TEXT_SIZE];
    time_write_rfc3339(time_us, text);
    return arena_copy(arena, str_slice(str_of(text), 11, 8));
}

static Str write_header(const Top *top, Arena *arena)
{
    if (top->error.code)
        return arena_printf(arena, "netguru top  %s  (trying again)", top->error.message);
    Str failed = top->failed ? arena_printf(arena, "  %zu without answer: %s", top->failed,
                                            top->error.message)
                             : STR("");
    return arena_printf(arena, "netguru top  %.*s  %.*s UTC  every %u s%s%.*s",
                        STR_ARGS(top->server), STR_ARGS(clock_of(top->taken_us, arena)),
                        top->interval_s, top->is_paused ? "  PAUSED" : "", STR_ARGS(failed));
}

static void draw(const Top *top, const ScreenSize *size, Str footer, Arena *arena, StrBuf *out)
{
    Sections sections = {0};
    StrVec alerts = {0};
    figures_build(top->history, arena, &sections);
    conditions_find(top->history, arena, &alerts);
    const Picture picture = {write_header(top, arena), footer, &alerts, &sections};
    screen_draw(&picture, size, arena, out);
}

static void show_live(const Top *top)
{
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf text = {0};
    ScreenSize size = live_size();
    strbuf_init(&text, TEXT_MAX_BYTES);
    if (size.columns < SCREEN_MIN_COLUMNS || size.rows < SCREEN_MIN_ROWS)
        strbuf_append(&text, str_slice(STR("too small"), 0, size.columns));
    else
        draw(top, &size, STR("q quit   p pause   space refresh"), arena, &text);
    live_show(strbuf_str(&text));
}

static void refresh(Top *top)
{
    Error error = {0};
    if (scrape(top, &error))
        error.code = ERR_NONE;
    top->error = error;
}

/* Handles a key; returns whether to go on. *refreshes is set where new figures are wanted. */
static bool handle_key(Top *top, int key, bool *refreshes)
{
    if (key == 'q' || key == 'Q')
        return false;
    if (key == 'p' || key == 'P')
        top->is_paused = !top->is_paused;
    *refreshes = key == ' ';
    return true;
}

static void run_live(Top *top)
{
    bool refreshes = true;
    bool goes_on = true;
    uint64_t due_ms = 0;
    live_open();
    while (goes_on && !live_is_ending()) {
        if (refreshes) {
            refresh(top);
            due_ms = time_monotonic_ms() + (uint64_t)top->interval_s * 1000;
        }
        show_live(top);
        uint64_t now_ms = time_monotonic_ms();
        uint64_t wait_ms = top->is_paused    ? (uint64_t)MAX_INTERVAL_S * 1000
                           : due_ms > now_ms ? due_ms - now_ms
                                             : 0;
        goes_on = handle_key(top, live_wait(wait_ms), &refreshes);
        refreshes = refreshes || (!top->is_paused && time_monotonic_ms() >= due_ms);
    }
    live_close();
}

static bool print_json(const Top *top)
{
    Str text;
    StrVec alerts = {0};
    char at[TIME_TEXT_SIZE];
    Arena *arena = top->command->arena;
    JsonWriter *json = json_writer_new(arena, TEXT_MAX_BYTES);
    conditions_find(top->history, arena, &alerts);
    json_begin_object(json);
    json_field_str(json, "server", top->server);
    json_field_text(json, "at", time_write_rfc3339(top->taken_us, at));
    json_field_u64(json, "interval_s", top->interval_s);
    json_field_u64(json, "without_answer", top->failed);
    json_key(json, "alerts");
    json_begin_array(json);
    for (size_t i = 0; i < alerts.count; i++)
        json_str(json, alerts.items[i]);
    json_end(json);
    figures_write(top->history, json);
    json_end(json);
    return json_writer_text(json, &text) && command_print(text) && command_print(STR("\n"));
}

static bool print_plain(const Top *top)
{
    auto_strbuf StrBuf text = {0};
    const ScreenSize size = {PLAIN_COLUMNS, 0};
    strbuf_init(&text, TEXT_MAX_BYTES);
    draw(top, &size, STR(""), top->command->arena, &text);
    return command_print(strbuf_str(&text));
}

/* Rates need two scrapes. */
static int run_once(Top *top, bool as_json)
{
    Error error = {0};
    if (!scrape(top, &error))
        return command_fail(&error);
    sleep(top->interval_s);
    if (!scrape(top, &error))
        return command_fail(&error);
    return (as_json ? print_json(top) : print_plain(top)) ? 0 : 1;
}

int command_top(Command *command)
{
    Top top = {.command = command,
               .history = ARENA_NEW(command->arena, History),
               .interval_s = DEFAULT_INTERVAL_S};
    bool as_json = command_take_flag(command, "--json");
    bool once = command_take_flag(command, "--once");
    const char *server = command_take_option(command, "--server");
    if (!command_take_number(command, "--interval", 1, MAX_INTERVAL_S, &top.interval_s))
        return 2;
    if (command->argc > 0)
        return command_refuse_rest(command);
    Str address = config_str(command->settings, "NETGURU_HTTP_ADDRESS");
    top.server =
        server ? str_of(server) : arena_printf(command->arena, "http://%.*s", STR_ARGS(address));
    if (str_ends_with(top.server, STR("/")))
        top.server.size--;
    top.token = config_str(command->settings, "NETGURU_METRICS_TOKEN");
    top.client = http_client_new();
    int status = 0;
    if (once || as_json || !isatty(STDOUT_FILENO))
        status = run_once(&top, as_json);
    else
        run_live(&top);
    http_client_free(top.client);
    history_done(top.history);
    return status;
}
