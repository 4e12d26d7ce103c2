/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/page_session.h"

#include "accounts/session_lua.h"

#define COOKIE "netguru_refresh"
#define ATTRIBUTES "HttpOnly; SameSite=Strict; Path=/api/v1/auth"

bool page_session_check(Task *task, const Request *request)
{
    if (!str_equal(request_header(request, "x-netguru-client"), STR("page")))
        return task_fail(task, ERR_FORBIDDEN,
                         "a session in a cookie needs the header X-NetGuru-Client: page");
    return request_is_same_origin(request) ||
           task_fail(task, ERR_FORBIDDEN, "pages of this origin may not use this");
}

bool page_session_asks(Task *task, const Request *request, bool *out_in_cookie)
{
    bool in_cookie = false;
    if (!request_body_optional_bool(task, request, "cookie", &in_cookie) ||
        (in_cookie && !page_session_check(task, request)))
        return false;
    *out_in_cookie = in_cookie;
    return true;
}

/* Returns an empty value when there is no such cookie. */
static Str find_cookie(const Request *request)
{
    Str rest = request_header(request, "cookie");
    Str pair;
    while (str_next_field(&rest, ';', &pair)) {
        pair = str_trim(pair);
        if (str_starts_with(pair, STR(COOKIE "=")))
            return str_from(pair, strlen(COOKIE "="));
    }
    return STR("");
}

bool page_session_read(Task *task, const Request *request, Str *out_refresh_token)
{
    *out_refresh_token = find_cookie(request);
    return !str_empty(*out_refresh_token) ||
           task_fail(task, ERR_AUTH, "there is no session in a cookie: log in");
}

/* A session ends a day after its last use, and without another refresh the last use is that of the
 * access token that comes with the cookie. */
static int64_t life_of_cookie_s(const Request *request)
{
    int64_t idle_s = 0;
    check(str_parse_i64(STR(SESSION_IDLE_S), &idle_s));
    return idle_s + config_int(request->services->settings, "NETGURU_ACCESS_TOKEN_S");
}

static void set_cookie(Task *task, const Request *request, Response *response, Str value,
                       int64_t life_s)
{
    Str header =
        arena_printf(task->arena, COOKIE "=%.*s; " ATTRIBUTES "; Max-Age=%lld%s", STR_ARGS(value),
                     (long long)life_s, request_is_secure(request) ? "; Secure" : "");
    response_add_header(response, STR("Set-Cookie"), header);
}

void page_session_keep(Task *task, const Request *request, Response *response, Str refresh_token)
{
    set_cookie(task, request, response, refresh_token, life_of_cookie_s(request));
}

void page_session_forget(Task *task, const Request *request, Response *response)
{
    if (!str_empty(find_cookie(request)))
        set_cookie(task, request, response, STR(""), 0);
}
