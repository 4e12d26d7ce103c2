/* SPDX-License-Identifier: Apache-2.0 */
#include "web/request.h"

#include "base/ip.h"
#include "web/percent.h"

static bool is_forwarded(const Request *request)
{
    static const char *const headers[] = {"x-forwarded-for", "forwarded", "x-real-ip", "via"};
    for (size_t i = 0; i < COUNT_OF(headers); i++) {
        if (request_header(request, headers[i]).data)
            return true;
    }
    return false;
}

bool request_is_local(const Request *request)
{
    IpAddress peer;
    if (is_forwarded(request))
        return false;
    return str_empty(request->client_address) ||
           (ip_parse(request->client_address, &peer) && ip_is_loopback(peer));
}

bool request_is_secure(const Request *request)
{
    Str header = request_header(request, "x-forwarded-proto");
    Str scheme;
    /* Each proxy of a chain may add a value; the first one is about the client. */
    return str_next_field(&header, ',', &scheme) &&
           str_equal_ignore_case(str_trim(scheme), STR("https")) &&
           trusted_proxies_contain(&request->services->trusted_proxies,
                                   http_request_peer(request->http));
}

/* Compares with the Host that the browser named. A page without TLS is another origin than the
 * server behind TLS. Where no proxy tells of TLS, both schemes are taken. */
static bool is_own_origin(const Request *request, Str origin)
{
    Str host = request_header(request, "host");
    if (str_starts_with_ignore_case(origin, STR("https://")))
        return str_equal_ignore_case(str_from(origin, strlen("https://")), host);
    return str_starts_with_ignore_case(origin, STR("http://")) && !request_is_secure(request) &&
           str_equal_ignore_case(str_from(origin, strlen("http://")), host);
}

bool request_is_same_origin(const Request *request)
{
    Str origin = str_trim(request_header(request, "origin"));
    Str site = str_trim(request_header(request, "sec-fetch-site"));
    /* "none": no page sent it, but the user. */
    if (!str_empty(site) && !str_equal(site, STR("same-origin")) && !str_equal(site, STR("none")))
        return false;
    return str_empty(origin) || is_own_origin(request, origin);
}

bool request_check_origin(Task *task, const Request *request)
{
    Str origin = str_trim(request_header(request, "origin"));
    Str allowed = config_str(request->services->settings, "NETGURU_ALLOWED_ORIGINS");
    Str one;
    if (request_is_same_origin(request))
        return true;
    while (!str_empty(origin) && str_next_field(&allowed, ',', &one)) {
        if (str_equal_ignore_case(str_trim(one), origin))
            return true;
    }
    return task_fail(task, ERR_FORBIDDEN, "pages of this origin may not use this");
}

bool request_fail_field(Task *task, const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    error_vset(&task->error, ERR_VALIDATION, format, args);
    va_end(args);
    error_prefix(&task->error, "%s: ", name);
    return error_set_field(&task->error, name);
}

Str request_header(const Request *request, const char *lower_case_name)
{
    return http_request_header(request->http, str_of(lower_case_name));
}

void request_set_max_body(const Request *request, uint64_t max_body_bytes)
{
    http_request_set_max_body(request->http, max_body_bytes);
}

Str request_path_str(const Request *request, const char *name)
{
    for (size_t i = 0; i < request->path_count; i++) {
        if (str_equal(request->path[i].name, str_of(name)))
            return request->path[i].value;
    }
    check(false);
}

bool request_path_uuid(Task *task, const Request *request, const char *name, Uuid *out_id)
{
    if (uuid_parse(request_path_str(request, name), out_id))
        return true;
    return request_fail_field(task, name, "must be a UUID");
}

/* Finds the raw value of a query parameter. Returns false when it is absent. */
static bool find_query(const Request *request, const char *name, Str *out_raw)
{
    Str pair;
    Str rest = http_request_query(request->http);
    while (str_next_field(&rest, '&', &pair)) {
        size_t equals = str_find_byte(pair, '=');
        Str key = equals == STR_NOT_FOUND ? pair : str_slice(pair, 0, equals);
        if (!str_equal(key, str_of(name)))
            continue;
        *out_raw = equals == STR_NOT_FOUND ? STR("") : str_from(pair, equals + 1);
        return true;
    }
    return false;
}

bool request_query_str(Task *task, const Request *request, const char *name, size_t max_bytes,
                       Str *out_value)
{
    Str raw;
    Str value;
    if (!find_query(request, name, &raw))
        return true;
    if (!percent_decode(task->arena, raw, PERCENT_QUERY, &value))
        return request_fail_field(task, name, "is not percent-encoded UTF-8");
    if (value.size > max_bytes)
        return request_fail_field(task, name, "at most %zu bytes", max_bytes);
    *out_value = value;
    return true;
}

bool request_query_uuid(Task *task, const Request *request, const char *name, bool *out_has,
                        Uuid *out_id)
{
    Str raw;
    Str value = STR("");
    *out_has = find_query(request, name, &raw);
    if (!request_query_str(task, request, name, UUID_TEXT_SIZE, &value))
        return false;
    return !*out_has || uuid_parse(value, out_id) ||
           request_fail_field(task, name, "must be a UUID");
}

bool request_query_i64(Task *task, const Request *request, const char *name, int64_t min,
                       int64_t max, int64_t *out_value)
{
    Str raw;
    int64_t value = 0;
    if (!find_query(request, name, &raw))
        return true;
    if (!str_parse_i64(raw, &value) || value < min || value > max)
        return request_fail_field(task, name, "must be a whole number from %lld to %lld",
                                  (long long)min, (long long)max);
    *out_value = value;
    return true;
}

bool request_query_bool(Task *task, const Request *request, const char *name, bool *out_value)
{
    Str raw;
    if (!find_query(request, name, &raw))
        return true;
    if (!str_parse_bool(raw, out_value))
        return request_fail_field(task, name, "must be true or false");
    return true;
}

bool request_query_word(Task *task, const Request *request, const char *name,
                        const char *const *words, Str *out_word)
{
    Str raw;
    Str value = STR("");
    Str known = STR("");
    if (!find_query(request, name, &raw))
        return true;
    if (!request_query_str(task, request, name, 255, &value))
        return false;
    for (; *words; words++) {
        if (str_equal(value, str_of(*words))) {
            *out_word = value;
            return true;
        }
        known = arena_printf(task->arena, "%.*s%s%s", STR_ARGS(known),
                             str_empty(known) ? ""
                             : words[1]       ? ", "
                                              : " or ",
                             *words);
    }
    return request_fail_field(task, name, "must be %.*s", STR_ARGS(known));
}

static bool is_present(const JsonValue *value)
{
    return value && value->type != JSON_IS_NULL;
}

bool request_body_str(Task *task, const Request *request, const char *name, size_t min_bytes,
                      size_t max_bytes, Str *out_value)
{
    const JsonValue *value = json_get(request->body, name);
    if (!is_present(value))
        return request_fail_field(task, name, "is missing");
    if (value->type != JSON_IS_STRING)
        return request_fail_field(task, name, "must be a string");
    if (value->string.size < min_bytes || value->string.size > max_bytes)
        return request_fail_field(task, name, "must be %zu to %zu bytes long", min_bytes,
                                  max_bytes);
    *out_value = value->string;
    return true;
}

bool request_body_optional_str(Task *task, const Request *request, const char *name,
                               size_t max_bytes, Str *out_value)
{
    if (!is_present(json_get(request->body, name)))
        return true;
    return request_body_str(task, request, name, 0, max_bytes, out_value);
}

bool request_body_optional_uuid(Task *task, const Request *request, const char *name, bool *out_has,
                                Uuid *out_id)
{
    const JsonValue *value = json_get(request->body, name);
    *out_has = is_present(value);
    return !*out_has || (value->type == JSON_IS_STRING && uuid_parse(value->string, out_id)) ||
           request_fail_field(task, name, "must be a UUID");
}

bool request_body_optional_i64(Task *task, const Request *request, const char *name, int64_t min,
                               int64_t max, int64_t *out_value)
{
    const JsonValue *value = json_get(request->body, name);
    if (!is_present(value))
        return true;
    if (value->type != JSON_IS_INTEGER || value->integer < min || value->integer > max)
        return request_fail_field(task, name, "must be a whole number from %lld to %lld",
                                  (long long)min, (long long)max);
    *out_value = value->integer;
    return true;
}

bool request_body_optional_bool(Task *task, const Request *request, const char *name,
                                bool *out_value)
{
    const JsonValue *value = json_get(request->body, name);
    if (!is_present(value))
        return true;
    if (value->type != JSON_IS_BOOL)
        return request_fail_field(task, name, "must be true or false");
    *out_value = value->boolean;
    return true;
}

bool request_body_optional_uuids(Task *task, const Request *request, const char *name,
                                 size_t max_count, Uuid **out_ids, size_t *out_count)
{
    const JsonValue *value = json_get(request->body, name);
    if (!is_present(value))
        return true;
    if (value->type != JSON_IS_ARRAY || value->count > max_count)
        return request_fail_field(task, name, "must be an array of at most %zu UUIDs", max_count);
    Uuid *ids = ARENA_ARRAY(task->arena, Uuid, value->count);
    for (size_t i = 0; i < value->count; i++) {
        if (value->items[i].type != JSON_IS_STRING || !uuid_parse(value->items[i].string, &ids[i]))
            return request_fail_field(task, name, "element %zu is not a UUID", i);
    }
    *out_ids = ids;
    *out_count = value->count;
    return true;
}
