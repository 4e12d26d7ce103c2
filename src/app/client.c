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
    LOGIN_MAX_BYTES = 4096,
    DEVICE_TOKEN_MAX_BYTES = 256,
    POLL_MIN_MS = 50,
    POLL_MAX_MS = 1000,
    LOCK_POLL_MS = 20,
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
    int lock; /* of the stored session while it is being renewed, else -1 */
};

static Client *client_new(Str server)
{
    Client *client = MEM_NEW(Client);
    client->arena = arena_new();
    client->http = http_client_new();
    client->server = arena_copy(client->arena, server);
    client->lock = -1;
    return client;
}

void client_free(Client *client)
{
    if (!client)
        return;
    client_renewal_end(client);
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

bool client_answer_error(Arena *arena, long status, Str body, Error *error)
{
    Error ignored;
    const JsonValue *answer = json_parse(arena, body, &ignored);
    Str code = json_str_or(json_get(answer, "error"), "code", STR(""));
    Str message = json_str_or(json_get(answer, "error"), "message", STR(""));
    if (str_empty(message))
        return error_set(error, code_of_name(code, status), "the server answered %ld", status);
    return error_set(error, code_of_name(code, status), "%.*s", STR_ARGS(message));
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
        return client_answer_error(arena, reply.status, reply.body, error);
    return take_tokens(client, arena, reply.body, error);
}

static Str stored_device_token(Arena *arena, Str server);

Client *client_login(Arena *arena, Str server, Str email, Str password, Error *error)
{
    Str text;
    JsonWriter *json = json_writer_new(arena, LOGIN_MAX_BYTES);
    json_begin_object(json);
    json_field_str(json, "email", email);
    json_field_str(json, "password", password);
    json_field_str(json, "device_token", stored_device_token(arena, server));
    json_end(json);
    if (!json_writer_text(json, &text)) {
        error_set(error, ERR_VALIDATION, "the e-mail address or the password is too long");
        return NULL;
    }
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

Str client_server(const Client *client)
{
    return client->server;
}

Str client_access_token(const Client *client)
{
    return client->access_token;
}

static Str refresh_json(const Client *client, Arena *arena)
{
    return arena_printf(arena, "{\"refresh_token\":\"%.*s\"}", STR_ARGS(client->refresh_token));
}

static bool renew(Client *client, Error *error)
{
    auto_arena Arena *arena = arena_new();
    return post_auth(client, CLIENT_REFRESH_PATH, refresh_json(client, arena), error);
}

static bool lock_session(Client *client, Arena *arena, bool *out_busy, Error *error)
{
    Str path = {0};
    if (!session_path(arena, true, &path, error))
        return false;
    Str lock_path = arena_printf(arena, "%.*s.lock", STR_ARGS(path));
    client->lock = open(lock_path.data, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    bool locked = client->lock >= 0 && flock(client->lock, LOCK_EX | LOCK_NB) == 0;
    *out_busy = client->lock >= 0 && !locked && (errno == EWOULDBLOCK || errno == EINTR);
    return locked || *out_busy || error_set_errno(error, errno, lock_path.data);
}

/* A refresh token works once, and using it again ends the session. When several commands run at
 * the same time, one renews the stored session and the others take what it has stored. */
ClientRenewal client_renewal_begin(Client *client, Arena *arena, Str *out_json, Error *error)
{
    bool busy = false;
    StoredSession stored;
    if (!lock_session(client, arena, &busy, error))
        return RENEWAL_FAILED;
    if (busy) {
        client_renewal_end(client);
        return RENEWAL_BUSY;
    }
    if (!read_session(arena, &stored, error))
        return RENEWAL_FAILED;
    if (!str_equal(stored.server, client->server)) {
        error_set(error, ERR_AUTH, "the stored session is another server's");
        return RENEWAL_FAILED;
    }
    if (str_equal(stored.access_token, client->access_token)) {
        *out_json = refresh_json(client, arena);
        return RENEWAL_NEEDED;
    }
    client->access_token = arena_copy(client->arena, stored.access_token);
    client->refresh_token = arena_copy(client->arena, stored.refresh_token);
    return RENEWAL_STORED;
}

bool client_renewal_take(Client *client, Arena *arena, long status, Str body, Error *error)
{
    if (status != 200)
        return client_answer_error(arena, status, body, error);
    return take_tokens(client, arena, body, error) && client_remember(client, error);
}

void client_renewal_end(Client *client)
{
    if (client->lock >= 0)
        close(client->lock);
    client->lock = -1;
}

bool client_renewal_error(Error *error)
{
    if (error->code == ERR_AUTH)
        error_set(error, ERR_AUTH, "the session has ended: netguru login EMAIL");
    return false;
}

static bool renew_stored(Client *client, Error *error)
{
    Str json = {0};
    ClientRenewal state;
    auto_arena Arena *arena = arena_new();
    while ((state = client_renewal_begin(client, arena, &json, error)) == RENEWAL_BUSY)
        usleep(LOCK_POLL_MS * 1000);
    bool done = state == RENEWAL_STORED ||
                (state == RENEWAL_NEEDED && post_auth(client, CLIENT_REFRESH_PATH, json, error) &&
                 client_remember(client, error));
    client_renewal_end(client);
    return done;
}

/* Sends the call. Renews an expired access token once. */
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
        if (!renewed)
            return client_renewal_error(error);
    }
    if (out_reply->status >= 200 && out_reply->status < 300)
        return true;
    return client_answer_error(arena, out_reply->status, out_reply->body, error);
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

static const JsonValue *send_json(Client *client, Arena *arena, HttpCall call, Error *error)
{
    HttpReply reply;
    if (!send_call(client, arena, &call, &reply, error))
        return NULL;
    return json_parse(arena, reply.body, error);
}

const JsonValue *client_post(Client *client, Arena *arena, const char *path, Str json, Error *error)
{
    HttpCall call = {.method = "POST", .url = url_of(client, arena, path), .json = json};
    return send_json(client, arena, call, error);
}

const JsonValue *client_patch(Client *client, Arena *arena, const char *path, Str json,
                              Error *error)
{
    HttpCall call = {.method = "PATCH", .url = url_of(client, arena, path), .json = json};
    return send_json(client, arena, call, error);
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

/* GETs path until its status is completed or failed, at intervals that grow from POLL_MIN_MS to
 * POLL_MAX_MS. An interrupt between two requests ends the program, as it does by default. */
static const JsonValue *poll_status(Client *client, Arena *arena, const char *path,
                                    unsigned timeout_s, Error *error)
{
    uint64_t until = time_monotonic_ms() + (uint64_t)timeout_s * 1000;
    for (unsigned wait_ms = POLL_MIN_MS;; wait_ms = MIN_OF(wait_ms * 3 / 2, POLL_MAX_MS)) {
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
        usleep(wait_ms * 1000);
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
