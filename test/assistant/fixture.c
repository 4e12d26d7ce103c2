/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "base/json.h"
#include "harness/tasks.h"

#include <unistd.h>

TestServices *all;
TestServer *server;
static PlayedProvider *played;

static void set(const char *name, Str value)
{
    Error error = {0};
    assert_that(config_set(all->settings, name, value, &error));
}

static void configure(void)
{
    Str origin = arena_printf(all->arena, "http://127.0.0.1:%u", played_port(played));
    set("NETGURU_RATE_LIMIT_FACTOR", STR("10000"));
    set("NETGURU_TOKENS_SOLO", STR("100000000"));
    set("NETGURU_LLM_OPENAI_URL", arena_printf(all->arena, "%.*s/v1", STR_ARGS(origin)));
    set("NETGURU_LLM_ANTHROPIC_URL", origin);
    set("NETGURU_LLM_LOCAL_URLS", origin);
}

int fixture_start(void **state)
{
    static const Route *const tables[] = {accounts_routes, keys_routes, conversations_routes, NULL};
    static const ConversationsOptions options = {.answer = assistant_answer,
                                                 .prepare = assistant_prepare};
    (void)state;
    all = test_services_start();
    played = played_start();
    configure();
    all->services.conversations = conversations_new(&all->services, &options);
    server = test_server_start(&all->services, tables, accounts_gate);
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
    played_stop(played);
    test_services_stop(all);
    return 0;
}

static void insert_documents(Arena *arena, const User *user, const char *email)
{
    static const char sql[] =
        "INSERT INTO documents (id, user_id, filename, original_filename, file_type,"
        "  file_size_bytes, storage_path, status, metadata)"
        " SELECT d.id::uuid, u.id, d.name, d.name, d.type, 100, 'local:x', 'completed',"
        "  d.data::jsonb"
        " FROM users AS u, (VALUES ('%s', 'core1.cfg', 'config', '{\"hostname\":\"core1\"}'),"
        "  ('%s', 'notes.txt', 'text', NULL)) AS d (id, name, type, data) WHERE u.email = '%s';"
        "INSERT INTO embeddings (user_id, document_id, chunk_index, chunk_text, line_start,"
        "  line_end, page, document_type)"
        " SELECT u.id, c.id::uuid, c.n, c.text, c.first, c.last, c.page, c.type"
        " FROM users AS u, (VALUES"
        "  ('%s', 0, E'hostname core1\\ninterface Gi0/1', 1, 2, NULL::int, 'config'),"
        "  ('%s', 1, E' mtu 9000\\nntp server 192.0.2.1', 3, 4, NULL, 'config'),"
        "  ('%s', 0, E'The uplink has an MTU of 9000.', 1, 1, 1, 'text'),"
        "  ('%s', 1, E'See https://evil.example/notes for more.', 2, 2, 2, 'text'))"
        "  AS c (id, n, text, first, last, page, type) WHERE u.email = '%s'";
    const char *core = user->core.data;
    const char *notes = user->notes.data;
    test_postgres_run(
        all->postgres,
        arena_printf(arena, sql, core, notes, email, core, core, notes, notes, email).data);
}

static TestAnswer call_provider(Arena *arena, const char *method, const char *path, Str body)
{
    int client = test_connect(played_port(played));
    test_send(client, test_request_text(arena, method, path, STR(""), body));
    TestAnswer answer = test_receive(arena, client, false);
    test_close(client);
    test_expect(&answer, 200);
    return answer;
}

User new_user(Arena *arena)
{
    static unsigned count;
    Str email = arena_printf(arena, "user%u@example.net", ++count);
    User user = {
        .token = test_register(arena, server->port, email.data),
        .core = arena_printf(arena, "%08x-0000-4000-8000-000000000001", count),
        .notes = arena_printf(arena, "%08x-0000-4000-8000-000000000002", count),
    };
    insert_documents(arena, &user, email.data);
    call_provider(arena, "DELETE", "/_requests", STR(""));
    return user;
}

static Str add(Arena *arena, const User *user, Str json)
{
    TestAnswer answer = test_post_json(arena, server->port, "/api/v1/users/me/api-keys",
                                       test_bearer(arena, user->token), json);
    test_expect(&answer, 201);
    return test_json_str(&answer, "id");
}

Str add_key(Arena *arena, const User *user, const char *key)
{
    return add(arena, user,
               arena_printf(arena, "{\"provider\":\"openai\",\"key\":\"%s\",\"key_name\":\"%s\"}",
                            key, key));
}

Str add_local_key(Arena *arena, const User *user)
{
    return add(arena, user,
               arena_printf(arena,
                            "{\"provider\":\"local\",\"key\":\"local-key\",\"model\":\"llama\","
                            "\"base_url\":\"http://127.0.0.1:%u\"}",
                            played_port(played)));
}

void script(Arena *arena, const char *answers)
{
    call_provider(arena, "POST", "/_script", arena_printf(arena, "{\"answers\":[%s]}", answers));
}

void let_go(Arena *arena, const char *name)
{
    call_provider(arena, "POST", arena_printf(arena, "/_go/%s", name).data, STR(""));
}

const JsonValue *requests(Arena *arena)
{
    TestAnswer answer = call_provider(arena, "GET", "/_requests", STR(""));
    assert_that(answer.json && answer.json->type == JSON_IS_ARRAY);
    return answer.json;
}

Str request_text(Arena *arena, size_t index)
{
    Str text;
    const JsonValue *all_requests = requests(arena);
    assert_that(index < all_requests->count);
    assert_that(
        json_value_text(arena, json_get(&all_requests->items[index], "body"), 1 << 22, &text));
    return text;
}

Str messages_target(Arena *arena, Str conversation)
{
    return arena_printf(arena, "/api/v1/chat/conversations/%.*s/messages", STR_ARGS(conversation));
}

TestAnswer call_api(Arena *arena, const User *user, const char *method, Str path)
{
    Str target = arena_printf(arena, "/api/v1/%.*s", STR_ARGS(path));
    return test_call(arena, server->port, method, target.data, test_bearer(arena, user->token));
}

TestAnswer send_json(Arena *arena, const User *user, const char *method, Str path, const char *json)
{
    Str target = arena_printf(arena, "/api/v1/%.*s", STR_ARGS(path));
    Str headers = arena_printf(arena, "%.*sContent-Type: application/json\r\n",
                               STR_ARGS(test_bearer(arena, user->token)));
    int client = test_connect(server->port);
    test_send(client, test_request_text(arena, method, target.data, headers, str_of(json)));
    TestAnswer answer = test_receive(arena, client, false);
    test_close(client);
    return answer;
}

void wait_for_title(Arena *arena, const User *user, Str conversation, const char *title)
{
    Str path = arena_printf(arena, "chat/conversations/%.*s", STR_ARGS(conversation));
    for (int waited_ms = 0; waited_ms < TEST_LONGEST_WAIT_MS; waited_ms += 5) {
        TestAnswer answer = call_api(arena, user, "GET", path);
        test_expect(&answer, 200);
        if (str_equal(test_json_str(&answer, "title"), str_of(title)))
            return;
        usleep(5000);
    }
    test_fail_at(__FILE__, __LINE__, "the conversation never had the title %s", title);
}

Str new_conversation_with(Arena *arena, const User *user, const char *body)
{
    TestAnswer answer = test_post_json(arena, server->port, "/api/v1/chat/conversations",
                                       test_bearer(arena, user->token), str_of(body));
    test_expect(&answer, 201);
    return test_json_str(&answer, "id");
}

/* Nobody is asked for a title that a person gave. */
Str new_conversation(Arena *arena, const User *user)
{
    return new_conversation_with(arena, user, "{\"title\":\"Given\"}");
}

/* Returns the id of the answer, which the first event names. */
static Str message_of(Arena *arena, Str events)
{
    Str line;
    Error error = {0};
    while (str_next_line(&events, &line))
        if (str_find(line, STR("\"turn_started\"")) != STR_NOT_FOUND)
            return json_str_or(json_parse(arena, str_from(line, 6), &error), "message_id", STR(""));
    return STR("");
}

Reply ask_in(Arena *arena, const User *user, Str conversation, const char *body)
{
    Str headers = arena_printf(arena, "%.*sAccept: text/event-stream\r\n",
                               STR_ARGS(test_bearer(arena, user->token)));
    TestAnswer stream = test_post_json(
        arena, server->port, messages_target(arena, conversation).data, headers, str_of(body));
    test_expect(&stream, 200);
    Str message = message_of(arena, stream.body);
    TestAnswer answer =
        call_api(arena, user, "GET", arena_printf(arena, "chat/messages/%.*s", STR_ARGS(message)));
    test_expect(&answer, 200);
    return (Reply){
        .message = message,
        .events = stream.body,
        .content = test_json_str(&answer, "content"),
        .state = test_json_str(&answer, "state"),
        .reason = json_str_or(answer.json, "reason", STR("")),
        .metadata = json_get(answer.json, "metadata"),
        .steps = json_get(answer.json, "steps"),
    };
}

Reply ask(Arena *arena, const User *user, const char *body)
{
    return ask_in(arena, user, new_conversation(arena, user), body);
}

Reply ask_model(Arena *arena, const User *user, const char *question)
{
    Str body = arena_printf(arena, "{\"mode\":\"model\",\"content\":\"%s\"}", question);
    return ask(arena, user, body.data);
}

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

int64_t detail(const Reply *reply, const char *name)
{
    return json_i64_or(json_get(reply->metadata, "details"), name, -1);
}
