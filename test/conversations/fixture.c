/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "base/json.h"
#include "base/mem.h"
#include "harness/tasks.h"

#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

TestServices *all;
TestServer *server;
Str ana;
Str bob;

static atomic_int releases;
static atomic_int held;

void hold_release(void)
{
    atomic_fetch_add(&releases, 1);
}

bool hold_take(void)
{
    int have = atomic_load(&releases);
    return have > 0 && atomic_compare_exchange_strong(&releases, &have, have - 1);
}

static bool hold(Task *task)
{
    for (;;) {
        if (hold_take())
            return true;
        if (!task_sleep(task, 2))
            return false;
    }
}

static bool say_many(Task *task, Turn *turn, uint64_t count)
{
    static const char piece[] =
        "0123456789012345678901234567890123456789012345678901234567890123456"
        "789012345678901234567890123456789";
    for (uint64_t said = 0; said < count; said += 100)
        if (!turn_say(task, turn, str_make(piece, MIN_OF(count - said, (uint64_t)100))))
            return false;
    return true;
}

static bool recall(Task *task, Turn *turn)
{
    const TurnRequest *request = turn_request(turn);
    for (size_t i = 0; i < request->history_count; i++) {
        if (!turn_say(task, turn, request->history[i].is_user ? STR("|Q ") : STR("|A ")) ||
            !turn_say(task, turn, request->history[i].content))
            return false;
    }
    return true;
}

static bool make_title(Task *task, Turn *turn, void *context, TurnTitle *out_title)
{
    const Str *text = context;
    (void)turn;
    if (str_equal(*text, STR("hold")) && !hold(task))
        return false;
    *out_title = (TurnTitle){.text = *text,
                             .asked = {.sent = STR("{\"request\":{}}"),
                                       .has_usage = true,
                                       .tokens_in = 1000,
                                       .provider = STR("played"),
                                       .model = STR("m1")}};
    return true;
}

static bool order_title(Turn *turn, Str value)
{
    Str *text = ARENA_NEW(turn_arena(turn), Str);
    *text = value;
    turn_result(turn)->make_title = make_title;
    turn_result(turn)->title_context = text;
    return true;
}

static bool say_prepared(Task *task, Turn *turn)
{
    Str text = STR("nothing");
    (void)!turn_take_prepared(task, turn, &text);
    return task_may_go_on(task) && turn_say(task, turn, text) && turn_say(task, turn, STR(" "));
}

int preparations_held(void)
{
    return atomic_load(&held);
}

static bool hold_preparation(Task *task)
{
    atomic_fetch_add(&held, 1);
    bool done = hold(task);
    atomic_fetch_sub(&held, 1);
    return done;
}

bool fixture_prepare(Task *task, const Services *services, const TurnRequest *request,
                     Str *out_text)
{
    static const Str verb = STR_INIT("prepare:");
    Str word;
    Str rest = request->question;
    (void)services;
    while (str_next_word(&rest, &word) && !str_starts_with(word, verb))
        continue;
    if (!str_starts_with(word, verb))
        return false;
    *out_text = arena_copy(task->arena, str_from(word, verb.size));
    if (str_equal(*out_text, STR("fail")))
        return task_fail(task, ERR_UNAVAILABLE, "the search is away");
    return !str_equal(*out_text, STR("hold")) || hold_preparation(task);
}

static bool do_word(Task *task, Turn *turn, Str word)
{
    uint64_t number = 0;
    size_t colon = str_find_byte(word, ':');
    Str verb = str_slice(word, 0, colon);
    Str value = colon == STR_NOT_FOUND ? STR("") : str_from(word, colon + 1);
    if (!str_parse_u64(value, &number))
        number = 0;
    if (str_equal(verb, STR("say")))
        return turn_say(task, turn, value) && turn_say(task, turn, STR(" "));
    if (str_equal(verb, STR("many")))
        return say_many(task, turn, number);
    if (str_equal(verb, STR("tell")))
        return turn_tell(task, turn, arena_cstring(task->arena, value), STR("\"n\":1"));
    if (str_equal(verb, STR("hold")))
        return hold(task);
    if (str_equal(verb, STR("fail")))
        return task_fail(task, ERR_UNAVAILABLE, "the model is away: 10.0.0.1 refused");
    if (str_equal(verb, STR("reserve")))
        return turn_reserve(task, turn, (int64_t)number);
    if (str_equal(verb, STR("sleep")))
        return task_sleep(task, (uint32_t)number);
    if (str_equal(verb, STR("recall")))
        return recall(task, turn);
    if (str_equal(verb, STR("prepared")))
        return say_prepared(task, turn);
    if (str_equal(verb, STR("title")))
        return order_title(turn, value);
    if (str_equal(verb, STR("use"))) {
        TurnResult *result = turn_result(turn);
        result->has_usage = true;
        result->tokens_out = (int64_t)number;
        result->provider = STR("played");
        result->model = STR("m1");
    }
    return true;
}

bool fixture_answer(Task *task, Turn *turn, void *context)
{
    Str word;
    Str rest = turn_request(turn)->question;
    (void)context;
    while (str_next_word(&rest, &word))
        if (!do_word(task, turn, word))
            return false;
    return true;
}

static void open_accounts(void *argument)
{
    (void)argument;
    ana = test_register(all->arena, server->port, "ana@example.net");
    bob = test_register(all->arena, server->port, "bob@example.net");
}

Conversations *fixture_second(uint32_t lease_ms)
{
    ConversationsOptions options = {
        .answer = fixture_answer, .prepare = fixture_prepare, .lease_ms = lease_ms};
    return conversations_new(&all->services, &options);
}

int fixture_start(void **state)
{
    static const Route *const tables[] = {accounts_routes, conversations_routes, usage_routes,
                                          NULL};
    Error error = {0};
    (void)state;
    all = test_services_start();
    assert_that(config_set(all->settings, "NETGURU_RATE_LIMIT_FACTOR", STR("10000"), &error));
    assert_that(config_set(all->settings, "NETGURU_TOKENS_SOLO", STR("1000"), &error));
    all->services.conversations = fixture_second(0);
    server = test_server_start(&all->services, tables, accounts_gate);
    test_server_run(server, open_accounts, NULL);
    return 0;
}

static void stop(Task *task, void *argument)
{
    conversations_stop(task, argument);
}

static void free_all(Task *task, void *argument)
{
    conversations_free(task, argument);
}

int fixture_stop(void **state)
{
    (void)state;
    test_server_run_task(server, stop, all->services.conversations);
    test_server_free(server);
    test_run(all->services.loop, free_all, all->services.conversations);
    test_services_stop(all);
    return 0;
}

TestAnswer api_call(Arena *arena, Str token, const char *method, Str path)
{
    Str target = arena_printf(arena, "/api/v1/%.*s", STR_ARGS(path));
    return test_call(arena, server->port, method, target.data, test_bearer(arena, token));
}

TestAnswer api_get(Arena *arena, Str token, Str path)
{
    return api_call(arena, token, "GET", path);
}

TestAnswer api_post(Arena *arena, Str token, Str path, const char *json)
{
    Str target = arena_printf(arena, "/api/v1/%.*s", STR_ARGS(path));
    return test_post_json(arena, server->port, target.data, test_bearer(arena, token),
                          str_of(json));
}

Str new_conversation(Arena *arena, Str token)
{
    TestAnswer answer = api_post(arena, token, STR("chat/conversations"), "{}");
    test_expect(&answer, 201);
    return test_json_str(&answer, "id");
}

static Str question_json(Arena *arena, const char *question)
{
    Str text;
    JsonWriter *json = json_writer_new(arena, 100000);
    json_begin_object(json);
    json_field_text(json, "content", question);
    json_end(json);
    assert_that(json_writer_text(json, &text));
    return arena_copy(arena, text);
}

static Str messages_path(Arena *arena, Str conversation)
{
    return arena_printf(arena, "chat/conversations/%.*s/messages", STR_ARGS(conversation));
}

Str ask(Arena *arena, Str token, Str conversation, const char *question)
{
    Str target = arena_printf(arena, "/api/v1/%.*s", STR_ARGS(messages_path(arena, conversation)));
    Str headers = arena_printf(arena, "%.*sAccept: text/event-stream\r\n",
                               STR_ARGS(test_bearer(arena, token)));
    TestAnswer answer =
        test_post_json(arena, server->port, target.data, headers, question_json(arena, question));
    test_expect(&answer, 200);
    return answer.body;
}

TestAnswer ask_only(Arena *arena, Str token, Str conversation, const char *question)
{
    TestAnswer answer = api_post(arena, token, messages_path(arena, conversation),
                                 question_json(arena, question).data);
    test_expect(&answer, 202);
    return answer;
}

static TestAnswer wait_for(Arena *arena, Str token, Str message, const char *member,
                           const char *value)
{
    for (int waited_ms = 0; waited_ms < TEST_LONGEST_WAIT_MS; waited_ms += 5) {
        Str path = arena_printf(arena, "chat/messages/%.*s", STR_ARGS(message));
        TestAnswer answer = api_get(arena, token, path);
        test_expect(&answer, 200);
        if (str_equal(test_json_str(&answer, member), str_of(value)))
            return answer;
        usleep(5000);
    }
    test_fail_at(__FILE__, __LINE__, "the answer never had the %s %s", member, value);
}

TestAnswer wait_for_state(Arena *arena, Str token, Str message, const char *state)
{
    return wait_for(arena, token, message, "state", state);
}

TestAnswer wait_for_content(Arena *arena, Str token, Str message, const char *content)
{
    return wait_for(arena, token, message, "content", content);
}

/* Returns how often needle stands in text. */
int count_of(Str text, const char *needle)
{
    int count = 0;
    size_t at = 0;
    while ((at = str_find(text, str_of(needle))) != STR_NOT_FOUND) {
        text = str_from(text, at + 1);
        count++;
    }
    return count;
}

bool stream_has(const EventStream *stream, const char *needle)
{
    return str_find(str_make(stream->bytes, stream->size), str_of(needle)) != STR_NOT_FOUND;
}

bool read_more(EventStream *stream)
{
    ssize_t got =
        read(stream->client, stream->bytes + stream->size, sizeof(stream->bytes) - stream->size);
    assert_that(got >= 0);
    stream->size += (size_t)got;
    return got > 0;
}

void read_until(EventStream *stream, const char *needle)
{
    while (!stream_has(stream, needle))
        if (!read_more(stream))
            test_fail_at(__FILE__, __LINE__, "the stream ended without %s: %.*s", needle,
                         (int)stream->size, stream->bytes);
}

void read_to_end(EventStream *stream)
{
    while (read_more(stream))
        continue;
}

/* Opens the events of a conversation, and waits until the server watches. */
EventStream *open_events(Arena *arena, Str token, Str path)
{
    EventStream *stream = ARENA_NEW(arena, EventStream);
    Str target = arena_printf(arena, "/api/v1/%.*s", STR_ARGS(path));
    stream->client = test_connect(server->port);
    test_send(stream->client,
              test_request_text(arena, "GET", target.data, test_bearer(arena, token), STR("")));
    read_until(stream, "\r\n\r\n");
    return stream;
}

/* Puts the chunks of an event stream together, and checks that their offsets follow. */
Str stream_text(Arena *arena, Str stream)
{
    StrBuf text;
    Str line;
    int64_t last = 0;
    strbuf_init(&text, 1 << 20);
    while (str_next_line(&stream, &line)) {
        Error error = {0};
        if (!str_starts_with(line, STR("data: ")))
            continue;
        const JsonValue *event = json_parse(arena, str_from(line, 6), &error);
        assert_that(event && json_i64_or(event, "seq", -1) > last);
        last = json_i64_or(event, "seq", -1);
        if (!str_equal(json_str_or(event, "type", STR("")), STR("message_chunk")))
            continue;
        assert_int(json_i64_or(event, "offset", -1), text.size);
        strbuf_append(&text, json_str_or(event, "content", STR("")));
    }
    Str copy = arena_copy(arena, strbuf_str(&text));
    strbuf_done(&text);
    return copy;
}
