/* SPDX-License-Identifier: Apache-2.0 */
#include "app/remote.h"

#include "app/client.h"
#include "base/strbuf.h"
#include "base/uuid.h"

#include <stdio.h>
#include <unistd.h>

enum { WAIT_S = 600, JSON_MAX_BYTES = 256 * 1024 * 1024, SEARCH_MAX_HITS = 50 };

static void free_client(Client **client)
{
    client_free(*client);
}

#define auto_client AUTO(free_client)

static Str text_of(const JsonValue *value, const char *key)
{
    return json_str_or(value, key, STR(""));
}

bool remote_print_json(const JsonValue *value)
{
    JsonWriter json;
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, JSON_MAX_BYTES);
    json_start(&json, &out);
    json_value(&json, value);
    strbuf_append_byte(&out, '\n');
    return command_print(strbuf_str(&out));
}

int command_login(Command *command)
{
    Error error = {0};
    const char *server = command_take_option(command, "--server");
    const char *password_file = command_take_option(command, "--password-file");
    if (command->argc != 1)
        return command_misuse(command, "name the e-mail address to log in with");
    Str address = config_str(command->settings, "NETGURU_HTTP_ADDRESS");
    Str url =
        server ? str_of(server) : arena_printf(command->arena, "http://%.*s", STR_ARGS(address));
    while (str_ends_with(url, STR("/")))
        url.size--;
    Str password = password_file ? STR("") : command_ask_password(command);
    if (password_file && !command_read_password(command, password_file, &password, &error))
        return command_fail(&error);
    auto_client Client *client =
        client_login(command->arena, url, str_of(command->argv[0]), password, &error);
    if (!client || !client_remember(client, &error))
        return command_fail(&error);
    printf("logged in to %.*s as %s\n", STR_ARGS(url), command->argv[0]);
    return 0;
}

int command_logout(Command *command)
{
    Error error = {0};
    if (command->argc > 0)
        return command_misuse(command, "logout takes no arguments");
    auto_client Client *client = client_load(command, &error);
    return client && client_logout(client, &error) ? 0 : command_fail(&error);
}

void remote_print_document(const JsonValue *document, const char *remark)
{
    Str reason = text_of(document, "failure_reason");
    printf("%.*s  %-10.*s %-8.*s %.*s", STR_ARGS(text_of(document, "id")),
           STR_ARGS(text_of(document, "status")), STR_ARGS(text_of(document, "file_type")),
           STR_ARGS(text_of(document, "original_filename")));
    if (!str_empty(reason))
        printf("  (%.*s)", STR_ARGS(reason));
    printf("%s%s\n", remark[0] ? "  " : "", remark);
    fflush(stdout);
}

static void print_document(const JsonValue *document)
{
    remote_print_document(document, "");
}

typedef void PrintItem(const JsonValue *item);

static void print_item_json(const JsonValue *item)
{
    (void)remote_print_json(item);
}

/* All pages of a list. */
static bool print_list(Client *client, Arena *arena, const char *resource, PrintItem *print,
                       Error *error)
{
    const char *path = arena_printf(arena, "%s?limit=100", resource).data;
    for (;;) {
        const JsonValue *page = client_get(client, arena, path, error);
        if (!page)
            return false;
        const JsonValue *items = json_get(page, "items");
        for (size_t i = 0; items && i < items->count; i++)
            print(&items->items[i]);
        Str cursor = text_of(page, "next_cursor");
        if (str_empty(cursor))
            return true;
        path = arena_printf(arena, "%s?limit=100&cursor=%.*s", resource, STR_ARGS(cursor)).data;
    }
}

/* The analysis for people; what older analyses lack it for is shown as JSON. */
static bool print_result(const JsonValue *result)
{
    Str text;
    if (!result || result->type != JSON_IS_OBJECT)
        return true;
    return json_get_str(result, "text", &text) ? command_print(text) : remote_print_json(result);
}

/* The document, and what its analysis found. */
static bool show_file(Client *client, Command *command, bool as_json, Error *error)
{
    Arena *arena = command->arena;
    Str path = arena_printf(arena, "/api/v1/files/%s", command->argv[0]);
    const JsonValue *document = client_get(client, arena, path.data, error);
    if (!document)
        return false;
    Str task_id = text_of(json_get(document, "task"), "id");
    const JsonValue *task = NULL;
    if (!str_empty(task_id)) {
        path = arena_printf(arena, "/api/v1/analysis/tasks/%.*s", STR_ARGS(task_id));
        task = client_get(client, arena, path.data, error);
        if (!task)
            return false;
    }
    if (as_json)
        return remote_print_json(document) &&
               (!task || remote_print_json(json_get(task, "result")));
    print_document(document);
    return !task || print_result(json_get(task, "result"));
}

int command_files(Command *command)
{
    Error error = {0};
    bool done = false;
    bool as_json = command_take_flag(command, "--json");
    bool download = command_take_flag(command, "--download");
    bool remove_it = command_take_flag(command, "--delete");
    Uuid id;
    if (command->argc > 1 || ((download || remove_it) && command->argc != 1))
        return command_misuse(command, "give one ID, or none to list all");
    if (command->argc == 1 && !uuid_parse(str_of(command->argv[0]), &id))
        return command_misuse(command, "%s is not an ID; netguru files lists them",
                              command->argv[0]);
    auto_client Client *client = client_load(command, &error);
    if (!client)
        return command_fail(&error);
    if (command->argc == 0) {
        done = print_list(client, command->arena, "/api/v1/files",
                          as_json ? print_item_json : print_document, &error);
    } else if (download) {
        Str path = arena_printf(command->arena, "/api/v1/files/%s/download", command->argv[0]);
        done = client_download(client, command->arena, path.data, STDOUT_FILENO, &error);
    } else if (remove_it) {
        Str path = arena_printf(command->arena, "/api/v1/files/%s", command->argv[0]);
        done = client_delete(client, command->arena, path.data, &error);
    } else {
        done = show_file(client, command, as_json, &error);
    }
    return done ? 0 : command_fail(&error);
}

static void print_task(const JsonValue *task)
{
    int64_t progress = 0;
    Str reason = text_of(task, "error_message");
    (void)!json_get_i64(task, "progress", &progress);
    printf("%.*s  %-9.*s %3lld%%  %-19.*s %.*s", STR_ARGS(text_of(task, "id")),
           STR_ARGS(text_of(task, "status")), (long long)progress,
           STR_ARGS(text_of(task, "task_type")), STR_ARGS(text_of(task, "created_at")));
    if (!str_empty(reason))
        printf("  (%.*s)", STR_ARGS(reason));
    printf("\n");
}

static bool show_task(Client *client, Command *command, bool cancels, bool as_json, Error *error)
{
    Arena *arena = command->arena;
    Str path = arena_printf(arena, "/api/v1/analysis/tasks/%s%s", command->argv[0],
                            cancels ? "/cancel" : "");
    const JsonValue *task = cancels ? client_post(client, arena, path.data, STR(""), error)
                                    : client_get(client, arena, path.data, error);
    if (!task)
        return false;
    if (as_json)
        return remote_print_json(task);
    print_task(task);
    return cancels || print_result(json_get(task, "result"));
}

int command_tasks(Command *command)
{
    Uuid id;
    Error error = {0};
    bool as_json = command_take_flag(command, "--json");
    bool cancels = command_take_flag(command, "--cancel");
    if (command->argc > 1 || (cancels && command->argc != 1))
        return command_misuse(command, "give one ID, or none to list all");
    if (command->argc == 1 && !uuid_parse(str_of(command->argv[0]), &id))
        return command_misuse(command, "%s is not an ID; netguru tasks lists them",
                              command->argv[0]);
    auto_client Client *client = client_load(command, &error);
    if (!client)
        return command_fail(&error);
    bool done = command->argc == 0 ? print_list(client, command->arena, "/api/v1/analysis/tasks",
                                                as_json ? print_item_json : print_task, &error)
                                   : show_task(client, command, cancels, as_json, &error);
    return done ? 0 : command_fail(&error);
}

static Str search_body(Command *command, int64_t limit)
{
    JsonWriter json;
    auto_strbuf StrBuf query = {0};
    auto_strbuf StrBuf body = {0};
    strbuf_init(&query, 8192);
    for (int i = 0; i < command->argc; i++)
        strbuf_printf(&query, "%s%s", i ? " " : "", command->argv[i]);
    strbuf_init(&body, 64 * 1024);
    json_start(&json, &body);
    json_begin_object(&json);
    json_field_str(&json, "query", strbuf_str(&query));
    json_field_i64(&json, "limit", limit);
    json_end(&json);
    return arena_copy(command->arena, strbuf_str(&body));
}

static void print_hit(const JsonValue *hit, size_t number)
{
    int64_t first = 0;
    int64_t last = 0;
    int64_t page = 0;
    Str line;
    Str text = text_of(hit, "text");
    Str section = text_of(hit, "section");
    printf("%zu. %.*s", number, STR_ARGS(text_of(hit, "document")));
    if (json_get_i64(hit, "page", &page))
        printf(" page %lld", (long long)page);
    else if (json_get_i64(hit, "line_start", &first) && json_get_i64(hit, "line_end", &last))
        printf(":%lld-%lld", (long long)first, (long long)last);
    printf(" [%.*s]%s%.*s\n", STR_ARGS(text_of(hit, "source")), str_empty(section) ? "" : " ",
           STR_ARGS(section));
    while (str_next_line(&text, &line)) {
        if (!str_empty(str_trim(line)))
            printf("     %.*s\n", STR_ARGS(line));
    }
}

int command_search(Command *command)
{
    Error error = {0};
    uint32_t limit = 5;
    bool as_json = command_take_flag(command, "--json");
    if (!command_take_number(command, "--limit", 1, SEARCH_MAX_HITS, &limit))
        return 2;
    if (command->argc == 0)
        return command_misuse(command, "give the words to search for");
    auto_client Client *client = client_load(command, &error);
    const JsonValue *answer = client ? client_post(client, command->arena, "/api/v1/search",
                                                   search_body(command, limit), &error)
                                     : NULL;
    if (!answer)
        return command_fail(&error);
    if (as_json)
        return remote_print_json(answer) ? 0 : 1;
    const JsonValue *relevant = json_get(answer, "relevant");
    const JsonValue *results = json_get(answer, "results");
    if (!relevant || !relevant->boolean)
        printf("Nothing here answers that; the nearest:\n");
    for (size_t i = 0; results && i < results->count; i++)
        print_hit(&results->items[i], i + 1);
    return 0;
}

Str remote_encode(Arena *arena, Str text)
{
    static const char digits[] = "0123456789ABCDEF";
    char *out = arena_alloc(arena, text.size * 3 + 1);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        bool is_plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                        (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_';
        if (is_plain) {
            out[size++] = (char)byte;
        } else {
            out[size++] = '%';
            out[size++] = digits[byte >> 4];
            out[size++] = digits[byte & 15];
        }
    }
    return str_make(out, size);
}

int remote_topology(Command *command, bool as_json, bool as_svg)
{
    Error error = {0};
    Str picture;
    Arena *arena = command->arena;
    auto_client Client *client = client_load(command, &error);
    const JsonValue *started =
        client ? client_post(client, arena, "/api/v1/topology/generate", STR("{}"), &error) : NULL;
    const JsonValue *task =
        started ? client_wait_task(client, arena, text_of(started, "task_id"), WAIT_S, &error)
                : NULL;
    if (!task)
        return command_fail(&error);
    const JsonValue *result = json_get(task, "result");
    if (!as_json && !as_svg)
        return print_result(result) ? 0 : 1;
    Str id = text_of(result, "topology_id");
    Str path = arena_printf(arena, "/api/v1/topology/%.*s%s", STR_ARGS(id), as_svg ? "/svg" : "");
    if (as_svg) {
        bool shown =
            client_get_raw(client, arena, path.data, &picture, &error) && command_print(picture);
        return shown ? 0 : command_fail(&error);
    }
    const JsonValue *snapshot = client_get(client, arena, path.data, &error);
    if (!snapshot)
        return command_fail(&error);
    return remote_print_json(json_get(snapshot, "graph_data")) ? 0 : 1;
}
