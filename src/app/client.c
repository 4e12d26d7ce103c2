/* SPDX-License-Identifier: Apache-2.0 */
#include "app/client.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "base/time.h"
#include "net/http_client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    SESSION_MAX_BYTES = 4096,
    DEVICE_TOKEN_MAX_BYTES = 256,
    POLL_MS = 50,
    UPLOAD_TIMEOUT_S = 1800
};

struct Client {
    HttpClient *http;
    Arena *arena;
    Str server; /* "http://127.0.0.1:8000" */
    Str access_token;
    Str refresh_token;
    Str device_token; /* says that this device has logged in before; may be empty */
    bool remembered;
};

static Client *client_new(Str server)
{
    Client *client = MEM_NEW(Client);
    client->arena = arena_new();
    client->http = http_client_new();
    client->server = arena_copy(client->arena, server);
    return client;
}

void client_free(Client *client)
{
    if (!client)
        return;
    http_client_free(client->http);
    arena_free(client->arena);
    mem_free(client);
}

static ErrorCode code_of_name(Str name, long status)
{
    for (int code = 1; code < ERR_COUNT; code++) {
        if (str_equal(name, str_of(error_traits((ErrorCode)code)->name)))
            return (ErrorCode)code;
    }
    return status >= 500 ? ERR_UNAVAILABLE : ERR_VALIDATION;
}

static bool fail_with_answer(Arena *arena, const HttpReply *reply, Error *error)
{
    Error ignored;
    const JsonValue *body = json_parse(arena, reply->body, &ignored);
    Str code = json_str_or(json_get(body, "error"), "code", STR(""));
    Str message = json_str_or(json_get(body, "error"), "message", STR(""));
    if (str_empty(message))
        return error_set(error, code_of_name(code, reply->status), "the server answered %ld",
                         reply->status);
    return error_set(error, code_of_name(code, reply->status), "%.*s", STR_ARGS(message));
}

static bool take_tokens(Client *client, Arena *arena, Str body, Error *error)
{
    const JsonValue *answer = json_parse(arena, body, error);
    if (!answer)
        return false;
    if (!json_get_str(answer, "access_token", &client->access_token) ||
        !json_get_str(answer, "refresh_token", &client->refresh_token))
        return error_set(error, ERR_INTERNAL, "the server answered without tokens");
    client->access_token = arena_copy(client->arena, client->access_token);
    client->refresh_token = arena_copy(client->arena, client->refresh_token);
    client->device_token =
        arena_copy(client->arena, json_str_or(answer, "device_token", client->device_token));
    return true;
}

/* For the tokens: not authenticated itself. */
static bool post_auth(Client *client, const char *path, Str json, Error *error)
{
    HttpReply reply;
    auto_arena Arena *arena = arena_new();
    HttpCall call = {
        .method = "POST",
        .url = arena_printf(arena, "%.*s%s", STR_ARGS(client->server), path).data,
        .json = json,
    };
    if (!http_client_call(client->http, arena, &call, &reply, error))
        return false;
    if (reply.status != 200)
        return fail_with_answer(arena, &reply, error);
    return take_tokens(client, arena, reply.body, error);
}

static Str stored_device_token(Arena *arena, Str server);

Client *client_login(Arena *arena, Str server, Str email, Str password, Error *error)
{
    JsonWriter json;
    StrBuf body;
    strbuf_init(&body, 4096);
    json_start(&json, &body);
    json_begin_object(&json);
    json_field_str(&json, "email", email);
    json_field_str(&json, "password", password);
    json_field_str(&json, "device_token", stored_device_token(arena, server));
    json_end(&json);
    Str text = arena_copy(arena, strbuf_str(&body));
    strbuf_done(&body);
    Client *client = client_new(server);
    if (post_auth(client, "/api/v1/auth/login", text, error))
        return client;
    client_free(client);
    return NULL;
}

static bool session_path(Arena *arena, bool make, Str *out_path, Error *error)
{
    const char *home = getenv("HOME");
    if (!home || home[0] != '/')
        return error_set(error, ERR_VALIDATION, "HOME is not set");
    Str config = arena_printf(arena, "%s/.config", home);
    Str directory = arena_printf(arena, "%s/.config/netguru", home);
    if (make) {
        (void)mkdir(config.data, 0700);
        if (mkdir(directory.data, 0700) != 0 && errno != EEXIST)
            return error_set_errno(error, errno, directory.data);
    }
    *out_path = arena_printf(arena, "%.*s/session", STR_ARGS(directory));
    return true;
}

bool client_remember(const Client *client, Error *error)
{
    Str path = {0};
    auto_arena Arena *arena = arena_new();
    if (!session_path(arena, true, &path, error))
        return false;
    Str temporary = arena_printf(arena, "%.*s.new", STR_ARGS(path));
    Str text = arena_printf(arena, "%.*s\n%.*s\n%.*s\n%.*s\n", STR_ARGS(client->server),
                            STR_ARGS(client->access_token), STR_ARGS(client->refresh_token),
                            STR_ARGS(client->device_token));
    int file = open(temporary.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0)
        return error_set_errno(error, errno, temporary.data);
    bool written = write(file, text.data, text.size) == (ssize_t)text.size;
    close(file);
    if (!written || rename(temporary.data, path.data) != 0)
        return error_set_errno(error, errno, path.data);
    return true;
}

typedef struct {
    Str server;
    Str access_token;
    Str refresh_token;
    Str device_token; /* empty in files of older programs */
} StoredSession;

static bool read_session(Arena *arena, StoredSession *out_session, Error *error)
{
    Str path = {0};
    char *text = arena_alloc(arena, SESSION_MAX_BYTES);
    if (!session_path(arena, false, &path, error))
        return false;
    int file = open(path.data, O_RDONLY | O_CLOEXEC);
    ssize_t got = file >= 0 ? read(file, text, SESSION_MAX_BYTES) : -1;
    if (file >= 0)
        close(file);
    Str rest = {text, (size_t)MAX_OF(got, (ssize_t)0)};
    if (!str_next_line(&rest, &out_session->server) ||
        !str_next_line(&rest, &out_session->access_token) ||
        !str_next_line(&rest, &out_session->refresh_token))
        return error_set(error, ERR_AUTH, "not logged in: netguru login EMAIL");
    if (!str_next_line(&rest, &out_session->device_token))
        out_session->device_token = STR("");
    return true;
}

/* What the last login to this server stored, or empty. */
static Str stored_device_token(Arena *arena, Str server)
{
    Error ignored;
    StoredSession stored;
    bool usable = read_session(arena, &stored, &ignored) && str_equal(stored.server, server) &&
                  stored.device_token.size <= DEVICE_TOKEN_MAX_BYTES;
    return usable ? stored.device_token : STR("");
}

Client *client_load(const Command *command, Error *error)
{
    StoredSession session;
    if (!read_session(command->arena, &session, error))
        return NULL;
    Client *client = client_new(session.server);
    client->access_token = arena_copy(client->arena, session.access_token);
    client->refresh_token = arena_copy(client->arena, session.refresh_token);
    client->device_token = arena_copy(client->arena, session.device_token);
    client->remembered = true;
    return client;
}

static bool renew(Client *client, Error *error)
{
    auto_arena Arena *arena = arena_new();
    Str json = arena_printf(arena, "{\"refresh_token\":\"%.*s\"}", STR_ARGS(client->refresh_token));
    return post_auth(client, "/api/v1/auth/refresh", json, error);
}

/* A refresh token works once, and using it again ends the session: of several commands at a time
 * one renews the stored session, the others take what it has stored. */
static bool renew_stored(Client *client, Error *error)
{
    Str path = {0};
    StoredSession stored;
    auto_arena Arena *arena = arena_new();
    if (!session_path(arena, true, &path, error))
        return false;
    Str lock_path = arena_printf(arena, "%.*s.lock", STR_ARGS(path));
    int lock = open(lock_path.data, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    bool done = lock >= 0 && flock(lock, LOCK_EX) == 0;
    if (!done)
        error_set_errno(error, errno, lock_path.data);
    done = done && read_session(arena, &stored, error);
    if (done && !str_equal(stored.server, client->server))
        done = error_set(error, ERR_AUTH, "the stored session is another server's");
    if (done && !str_equal(stored.access_token, client->access_token)) {
        client->access_token = arena_copy(client->arena, stored.access_token);
        client->refresh_token = arena_copy(client->arena, stored.refresh_token);
    } else {
        done = done && renew(client, error) && client_remember(client, error);
    }
    if (lock >= 0)
        close(lock);
    return done;
}

/* Sends the call; an expired access token is renewed once. */
static bool send_call(Client *client, Arena *arena, HttpCall *call, HttpReply *out_reply,
                      Error *error)
{
    for (int attempt = 0;; attempt++) {
        call->bearer_token = client->access_token;
        if (!http_client_call(client->http, arena, call, out_reply, error))
            return false;
        if (out_reply->status != 401 || attempt > 0)
            break;
        bool renewed = client->remembered ? renew_stored(client, error) : renew(client, error);
        if (!renewed && error->code == ERR_AUTH)
            error_set(error, ERR_AUTH, "the session has ended: netguru login EMAIL");
        if (!renewed)
            return false;
    }
    if (out_reply->status >= 200 && out_reply->status < 300)
        return true;
    return fail_with_answer(arena, out_reply, error);
}

bool client_logout(Client *client, Error *error)
{
    Str path = {0};
    HttpReply reply;
    auto_arena Arena *arena = arena_new();
    HttpCall call = {
        .method = "POST",
        .url = arena_printf(arena, "%.*s/api/v1/auth/logout", STR_ARGS(client->server)).data};
    bool ended = send_call(client, arena, &call, &reply, error) || error->code == ERR_AUTH;
    if (!session_path(arena, false, &path, error))
        return false;
    if (unlink(path.data) != 0 && errno != ENOENT)
        return error_set_errno(error, errno, path.data);
    return ended || error_prefix(error, "forgotten here, but not ended on the server: ");
}

static const char *url_of(const Client *client, Arena *arena, const char *path)
{
    return arena_printf(arena, "%.*s%s", STR_ARGS(client->server), path).data;
}

const JsonValue *client_get(Client *client, Arena *arena, const char *path, Error *error)
{
    HttpReply reply;
    HttpCall call = {.method = "GET", .url = url_of(client, arena, path)};
    if (!send_call(client, arena, &call, &reply, error))
        return NULL;
    return json_parse(arena, reply.body, error);
}

const JsonValue *client_post(Client *client, Arena *arena, const char *path, Str json, Error *error)
{
    HttpReply reply;
    HttpCall call = {.method = "POST", .url = url_of(client, arena, path), .json = json};
    if (!send_call(client, arena, &call, &reply, error))
        return NULL;
    return json_parse(arena, reply.body, error);
}

bool client_delete(Client *client, Arena *arena, const char *path, Error *error)
{
    HttpReply reply;
    HttpCall call = {.method = "DELETE", .url = url_of(client, arena, path)};
    return send_call(client, arena, &call, &reply, error);
}

bool client_get_raw(Client *client, Arena *arena, const char *path, Str *out_body, Error *error)
{
    HttpReply reply;
    HttpCall call = {.method = "GET", .url = url_of(client, arena, path)};
    if (!send_call(client, arena, &call, &reply, error))
        return false;
    *out_body = reply.body;
    return true;
}

bool client_download(Client *client, Arena *arena, const char *path, int output, Error *error)
{
    HttpReply reply;
    HttpCall call = {.method = "GET",
                     .url = url_of(client, arena, path),
                     .timeout_s = UPLOAD_TIMEOUT_S,
                     .output = output};
    return send_call(client, arena, &call, &reply, error);
}

const JsonValue *client_upload(Client *client, Arena *arena, const char *path, const char *name,
                               Error *error)
{
    HttpReply reply;
    HttpCall call = {
        .method = "POST",
        .url = url_of(client, arena, "/api/v1/files/upload"),
        .file_path = path,
        .file_name = name,
        .timeout_s = UPLOAD_TIMEOUT_S,
    };
    if (access(path, R_OK) != 0) {
        error_set_errno(error, errno, path);
        return NULL;
    }
    if (!send_call(client, arena, &call, &reply, error)) {
        error_prefix(error, "%s: ", path);
        return NULL;
    }
    return json_parse(arena, reply.body, error);
}

/* GETs path every POLL_MS until its status is completed or failed. */
static const JsonValue *poll_status(Client *client, Arena *arena, const char *path,
                                    unsigned timeout_s, Error *error)
{
    uint64_t until = time_monotonic_ms() + (uint64_t)timeout_s * 1000;
    for (;;) {
        ArenaMark mark = arena_mark(arena);
        const JsonValue *answer = client_get(client, arena, path, error);
        if (!answer)
            return NULL;
        Str status = json_str_or(answer, "status", STR(""));
        if (str_equal(status, STR("completed")) || str_equal(status, STR("failed")))
            return answer;
        if (time_monotonic_ms() > until) {
            error_set(error, ERR_TIMEOUT, "still %.*s after %u s", STR_ARGS(status), timeout_s);
            return NULL;
        }
        arena_reset(arena, mark);
        usleep(POLL_MS * 1000);
    }
}

const JsonValue *client_wait_document(Client *client, Arena *arena, Str id, unsigned timeout_s,
                                      Error *error)
{
    Str path = arena_printf(arena, "/api/v1/files/%.*s", STR_ARGS(id));
    return poll_status(client, arena, path.data, timeout_s, error);
}

const JsonValue *client_wait_task(Client *client, Arena *arena, Str id, unsigned timeout_s,
                                  Error *error)
{
    Str path = arena_printf(arena, "/api/v1/analysis/tasks/%.*s", STR_ARGS(id));
    const JsonValue *task = poll_status(client, arena, path.data, timeout_s, error);
    if (!task)
        return NULL;
    Str message = json_str_or(task, "error_message", STR(""));
    if (str_equal(json_str_or(task, "status", STR("")), STR("completed")))
        return task;
    error_set(error, ERR_VALIDATION, "%.*s", STR_ARGS(message));
    return NULL;
}
