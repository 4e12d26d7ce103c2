/* SPDX-License-Identifier: Apache-2.0 */
/* From a URL to the parameters of a connection. Host names are resolved on a thread here, because
 * PQconnectStart would block the loop with it. */
#include "base/strbuf.h"
#include "db/internal.h"

#include <arpa/inet.h>
#include <netdb.h>

enum { MAX_ADDRESSES = 8, MAX_KEYWORDS = 64 };

typedef struct {
    const char *host;
    char addresses[MAX_ADDRESSES][INET6_ADDRSTRLEN];
    size_t count;
    int status; /* of getaddrinfo */
} Lookup;

/* libpq quotes the place, which may be the whole url with its password. */
static bool fail_malformed(const char *reason, Error *error)
{
    Str said = str_of(reason ? reason : "malformed");
    size_t quote = str_find_byte(said, '"');
    if (quote == STR_NOT_FOUND)
        return error_set(error, ERR_VALIDATION, "database url: %.*s", STR_ARGS(str_trim(said)));
    return error_set(error, ERR_VALIDATION,
                     "database url: %.*s … (the rest may hold the password and is not shown)",
                     STR_ARGS(str_trim(str_slice(said, 0, quote))));
}

bool url_check(const char *url, Error *error)
{
    char *reason = NULL;
    PQconninfoOption *options = PQconninfoParse(url, &reason);
    if (!options)
        fail_malformed(reason, error);
    PQfreemem(reason);
    PQconninfoFree(options);
    return options != NULL;
}

static void keep_addresses(Lookup *lookup, const struct addrinfo *list)
{
    for (; list && lookup->count < MAX_ADDRESSES; list = list->ai_next) {
        char *out = lookup->addresses[lookup->count];
        if (getnameinfo(list->ai_addr, list->ai_addrlen, out, INET6_ADDRSTRLEN, NULL, 0,
                        NI_NUMERICHOST) == 0)
            lookup->count++;
    }
}

static void look_up(Lookup *lookup, int flags)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags};
    struct addrinfo *list = NULL;
    lookup->status = getaddrinfo(lookup->host, NULL, &hints, &list);
    if (lookup->status == 0) {
        keep_addresses(lookup, list);
        freeaddrinfo(list);
    }
}

static void look_up_on_thread(void *argument)
{
    look_up(argument, 0);
}

static bool is_socket_path(Str host)
{
    return host.size == 0 || host.data[0] == '/' || host.data[0] == '@';
}

static bool find_addresses(Task *task, Lookup *lookup)
{
    look_up(lookup, AI_NUMERICHOST);
    if (lookup->status != 0 && !task_offload(task, look_up_on_thread, lookup))
        return false;
    if (lookup->status != 0 || lookup->count == 0)
        return task_fail(task, ERR_UNAVAILABLE, "%s: %s", lookup->host,
                         lookup->status ? gai_strerror(lookup->status) : "no address");
    return true;
}

typedef struct {
    StrBuf hosts;
    StrBuf addresses;
    StrBuf ports;
    size_t count;
} HostLists;

static void add_host(HostLists *lists, Str host, Str port, const char *address)
{
    const char *comma = lists->count++ ? "," : "";
    strbuf_printf(&lists->hosts, "%s%.*s", comma, STR_ARGS(host));
    strbuf_printf(&lists->ports, "%s%.*s", comma, STR_ARGS(port));
    strbuf_printf(&lists->addresses, "%s%s", comma, address);
}

/* libpq needs one host for each address, so a host with three addresses is named three times. */
static bool expand_hosts(Task *task, Str hosts, Str ports, HostLists *lists)
{
    Str host;
    Str port = {0};
    while (str_next_field(&hosts, ',', &host)) {
        Str next;
        if (str_next_field(&ports, ',', &next)) /* a single port counts for all hosts */
            port = next;
        if (is_socket_path(host)) {
            add_host(lists, host, port, "");
            continue;
        }
        Lookup *lookup = ARENA_NEW(task->arena, Lookup);
        lookup->host = arena_cstring(task->arena, host);
        if (!find_addresses(task, lookup))
            return false;
        for (size_t i = 0; i < lookup->count; i++)
            add_host(lists, host, port, lookup->addresses[i]);
    }
    return true;
}

typedef struct {
    const char **keywords;
    const char **values;
    size_t count;
} ParameterList;

static const char *find_parameter(const ParameterList *list, const char *keyword)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->keywords[i], keyword) == 0)
            return list->values[i];
    }
    return NULL;
}

static void set_parameter(ParameterList *list, const char *keyword, const char *value)
{
    size_t at = 0;
    while (at < list->count && strcmp(list->keywords[at], keyword) != 0)
        at++;
    check(at < MAX_KEYWORDS);
    list->keywords[at] = keyword;
    list->values[at] = value;
    list->count = MAX_OF(list->count, at + 1);
}

static void set_default(ParameterList *list, const char *keyword, const char *value)
{
    if (!find_parameter(list, keyword))
        set_parameter(list, keyword, value);
}

static bool resolve_hosts(Task *task, ParameterList *list)
{
    const char *host = find_parameter(list, "host");
    if (!host || find_parameter(list, "hostaddr"))
        return true;
    HostLists lists = {0};
    strbuf_init(&lists.hosts, 64 * 1024);
    strbuf_init(&lists.addresses, 64 * 1024);
    strbuf_init(&lists.ports, 64 * 1024);
    bool done = expand_hosts(task, str_of(host), str_of(find_parameter(list, "port")), &lists);
    if (done) {
        set_parameter(list, "host", arena_cstring(task->arena, strbuf_str(&lists.hosts)));
        set_parameter(list, "hostaddr", arena_cstring(task->arena, strbuf_str(&lists.addresses)));
        if (find_parameter(list, "port"))
            set_parameter(list, "port", arena_cstring(task->arena, strbuf_str(&lists.ports)));
    }
    strbuf_done(&lists.hosts);
    strbuf_done(&lists.addresses);
    strbuf_done(&lists.ports);
    return done;
}

/* With client_connection_check_interval a backend ends when its client has gone. The compiler of
 * PostgreSQL takes seconds for a function of search whose statement takes a millisecond. */
static const char *server_options(Arena *arena, const DbOptions *options, const char *given)
{
    uint32_t timeout_ms = options->statement_timeout_ms;
    return arena_printf(arena,
                        "-c statement_timeout=%u -c lock_timeout=%u "
                        "-c idle_in_transaction_session_timeout=%u "
                        "-c client_connection_check_interval=5000 -c jit=off %s",
                        timeout_ms, MAX_OF(timeout_ms / 3, 1u), timeout_ms * 2, given ? given : "")
        .data;
}

static void read_options(Arena *arena, const char *url, ParameterList *list)
{
    PQconninfoOption *options = PQconninfoParse(url, NULL);
    check(options); /* db_new has parsed the url */
    for (const PQconninfoOption *option = options; option->keyword; option++) {
        if (option->val)
            set_parameter(list, arena_cstring(arena, str_of(option->keyword)),
                          arena_cstring(arena, str_of(option->val)));
    }
    PQconninfoFree(options);
}

bool url_resolve(Task *task, const Db *db, const char *const **out_keywords,
                 const char *const **out_values)
{
    ParameterList list = {0};
    list.keywords = ARENA_ARRAY(task->arena, const char *, MAX_KEYWORDS + 1);
    list.values = ARENA_ARRAY(task->arena, const char *, MAX_KEYWORDS + 1);
    read_options(task->arena, db->url, &list);
    if (!resolve_hosts(task, &list))
        return false;
    set_default(&list, "application_name",
                db->options.application_name ? db->options.application_name : "netguru");
    set_default(&list, "gssencmode", "disable"); /* it would block on the network */
    set_default(&list, "tcp_user_timeout", "15000");
    set_parameter(&list, "client_encoding", "UTF8");
    set_parameter(&list, "options",
                  server_options(task->arena, &db->options, find_parameter(&list, "options")));
    *out_keywords = list.keywords;
    *out_values = list.values;
    return true;
}
