/* SPDX-License-Identifier: Apache-2.0 */
#include "app/check/internal.h"
#include "net/http_client.h"

typedef struct {
    HttpClient *client;
    Arena *arena;
    Str server;
} Visitor;

static bool expect_header(const HttpReply *reply, const char *name, const char *part, Error *error)
{
    Str value = http_reply_header(reply, str_of(name));
    return str_find(value, str_of(part)) != STR_NOT_FOUND ||
           error_set(error, ERR_INTERNAL, "%s is \"%.*s\" and has no %s", name,
                     STR_ARGS(str_slice(value, 0, 80)), part);
}

/* Fetches a file of the page, and checks the headers that all of them have. */
static bool fetch(const Visitor *visitor, Str path, HttpReply *out_reply, Error *error)
{
    Str url = arena_printf(visitor->arena, "%.*s%.*s", STR_ARGS(visitor->server), STR_ARGS(path));
    const HttpCall call = {.method = "GET", .url = url.data};
    if (!http_client_call(visitor->client, visitor->arena, &call, out_reply, error))
        return false;
    if (out_reply->status != 200)
        return error_set(error, ERR_INTERNAL, "%.*s: status %ld", STR_ARGS(path),
                         out_reply->status);
    return expect_header(out_reply, "Content-Security-Policy", "script-src 'self'", error) &&
           expect_header(out_reply, "Content-Security-Policy", "frame-ancestors 'none'", error) &&
           expect_header(out_reply, "X-Content-Type-Options", "nosniff", error) &&
           expect_header(out_reply, "Referrer-Policy", "no-referrer", error) &&
           expect_header(out_reply, "Cross-Origin-Opener-Policy", "same-origin", error);
}

/* Returns the path of the first script of the page, or empty. */
static Str find_script(Str html)
{
    Str quote = STR("src=\"/");
    size_t at = str_find(html, quote);
    if (at == STR_NOT_FOUND)
        return STR("");
    Str path = str_from(html, at + quote.size - 1);
    size_t end = str_find_byte(path, '"');
    return end == STR_NOT_FOUND ? STR("") : str_slice(path, 0, end);
}

static bool visit(Check *check, const Visitor *visitor, Error *error)
{
    HttpReply index;
    HttpReply script;
    if (!fetch(visitor, STR("/"), &index, error))
        return false;
    if (str_find(index.body, STR("<h1>NetGuru is running</h1>")) != STR_NOT_FOUND) {
        check->skips = true;
        check_found(check, "this server has none");
        return true;
    }
    Str path = find_script(index.body);
    if (str_empty(path))
        return error_set(error, ERR_INTERNAL, "the page has no script of its own");
    if (!fetch(visitor, path, &script, error) ||
        !expect_header(&script, "Content-Type", "text/javascript", error) ||
        !expect_header(&script, "Cache-Control", "immutable", error))
        return false;
    check_found(check, "index.html, %.*s", STR_ARGS(path));
    return true;
}

bool check_step_page(Check *check, Error *error)
{
    const Visitor visitor = {http_client_new(), check->arena, check->options->server};
    bool done = visit(check, &visitor, error);
    http_client_free(visitor.client);
    return done;
}
