/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ascii.h"
#include "redis/internal.h"

#include <arpa/inet.h>
#include <netdb.h>

/* Decodes percent-encoding. Returns NULL when it is malformed or encodes a NUL byte. */
static const char *decode(Arena *arena, Str text)
{
    char *out = arena_alloc(arena, text.size + 1);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c == '%') {
            int high = text.size - i > 2 ? ascii_hex_value(text.data[i + 1]) : -1;
            int low = high >= 0 ? ascii_hex_value(text.data[i + 2]) : -1;
            if (low < 0)
                return NULL;
            c = (char)(high * 16 + low);
            i += 2;
        }
        if (c == '\0')
            return NULL;
        out[size++] = c;
    }
    return out;
}

static bool parse_database(Arena *arena, Str text, RedisTarget *target)
{
    uint32_t number = 0;
    if (text.size == 0)
        return true;
    if (!str_parse_u32(text, &number) || number > 65535)
        return false;
    target->database = number ? arena_cstring(arena, text) : NULL;
    return true;
}

static bool parse_login(Arena *arena, Str login, RedisTarget *target)
{
    size_t colon = str_find_byte(login, ':');
    if (colon == STR_NOT_FOUND)
        return false;
    target->user = colon ? decode(arena, str_slice(login, 0, colon)) : NULL;
    target->password = decode(arena, str_from(login, colon + 1));
    return target->password && (colon == 0 || target->user);
}

static bool parse_unix(Arena *arena, Str rest, RedisTarget *target)
{
    size_t at = str_find_byte(rest, '@');
    size_t slash = str_find_byte(rest, '/');
    if (at != STR_NOT_FOUND && at < slash) {
        if (!parse_login(arena, str_slice(rest, 0, at), target))
            return false;
        rest = str_from(rest, at + 1);
    }
    size_t mark = str_find_byte(rest, '?');
    if (mark != STR_NOT_FOUND) {
        Str query = str_from(rest, mark + 1);
        if (!str_starts_with(query, STR("db=")) ||
            !parse_database(arena, str_from(query, 3), target))
            return false;
        rest = str_slice(rest, 0, mark);
    }
    target->path = decode(arena, rest);
    return target->path && target->path[0] == '/' && strlen(target->path) < 108;
}

static bool parse_host(Arena *arena, Str host, RedisTarget *target)
{
    size_t colon = str_find_last_byte(host, ':');
    size_t bracket = str_find_byte(host, ']');
    uint32_t port = 6379;
    if (colon != STR_NOT_FOUND && (bracket == STR_NOT_FOUND || colon > bracket)) {
        if (!str_parse_u32(str_from(host, colon + 1), &port) || port == 0 || port > 65535)
            return false;
        host = str_slice(host, 0, colon);
    }
    if (bracket != STR_NOT_FOUND) {
        if (host.data[0] != '[' || host.data[host.size - 1] != ']')
            return false;
        host = str_slice(host, 1, host.size - 2);
    } else if (str_find_byte(host, ':') != STR_NOT_FOUND ||
               str_find_byte(host, '[') != STR_NOT_FOUND) {
        return false;
    }
    target->port = (uint16_t)port;
    target->host = decode(arena, host);
    return target->host && target->host[0] != '\0';
}

static bool parse_tcp(Arena *arena, Str rest, RedisTarget *target)
{
    size_t at = str_find_last_byte(rest, '@');
    if (at != STR_NOT_FOUND) {
        if (!parse_login(arena, str_slice(rest, 0, at), target))
            return false;
        rest = str_from(rest, at + 1);
    }
    size_t slash = str_find_byte(rest, '/');
    if (slash != STR_NOT_FOUND) {
        if (!parse_database(arena, str_from(rest, slash + 1), target))
            return false;
        rest = str_slice(rest, 0, slash);
    }
    return parse_host(arena, rest, target);
}

bool target_parse(Arena *arena, Str url, RedisTarget *out_target, Error *error)
{
    RedisTarget target = {0};
    bool done = false;
    if (str_starts_with(url, STR("redis://")))
        done = parse_tcp(arena, str_from(url, 8), &target);
    else if (str_starts_with(url, STR("unix://")))
        done = parse_unix(arena, str_from(url, 7), &target);
    if (!done) {
        return error_set(error, ERR_VALIDATION,
                         "redis url: expected redis://[[user]:password@]host[:port][/db] or "
                         "unix://[[user]:password@]/path[?db=n]");
    }
    *out_target = target;
    return true;
}

typedef struct {
    const char *host;
    int status;
    char address[INET6_ADDRSTRLEN];
} Lookup;

static void look_up(Lookup *lookup, int flags)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags};
    struct addrinfo *list = NULL;
    lookup->status = getaddrinfo(lookup->host, NULL, &hints, &list);
    if (lookup->status != 0)
        return;
    lookup->status = getnameinfo(list->ai_addr, list->ai_addrlen, lookup->address,
                                 sizeof(lookup->address), NULL, 0, NI_NUMERICHOST);
    freeaddrinfo(list);
}

static void look_up_on_thread(void *argument)
{
    look_up(argument, AI_ADDRCONFIG);
}

bool target_resolve(Task *task, const RedisTarget *target, const char **out_address)
{
    Lookup *lookup = ARENA_NEW(task->arena, Lookup);
    lookup->host = target->host;
    look_up(lookup, AI_NUMERICHOST);
    if (lookup->status != 0 && !task_offload(task, look_up_on_thread, lookup))
        return false;
    if (lookup->status != 0)
        return task_fail(task, ERR_UNAVAILABLE, "%s: %s", target->host,
                         gai_strerror(lookup->status));
    *out_address = lookup->address;
    return true;
}
