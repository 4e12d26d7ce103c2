/* SPDX-License-Identifier: Apache-2.0 */
#include "app/remote.h"

#include "app/client.h"
#include "app/list.h"
#include "app/terminal.h"
#include "base/strbuf.h"

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
    Str name = json_str_or(document, "name", text_of(document, "original_filename"));
    printf("%.*s  %-10.*s %-8.*s %.*s", STR_ARGS(text_of(document, "id")),
           STR_ARGS(text_of(document, "status")), STR_ARGS(text_of(document, "file_type")),
           STR_ARGS(name));
    if (!str_empty(reason))
        printf("  (%.*s)", STR_ARGS(reason));
    printf("%s%s\n", remark[0] ? "  " : "", remark);
    fflush(stdout);
}

static void print_document(const JsonValue *document)
{
    remote_print_document(document, "");
}

/* "core1.cfg  (the reason of a failure)" */
static Str with_reason(Arena *arena, Str name, Str reason)
{
    return str_empty(reason)
               ? name
               : arena_printf(arena, "%.*s  (%.*s)", STR_ARGS(name), STR_ARGS(reason));
}

static bool print_documents(Arena *arena, const ListItems *items)
{
    static const Column columns[] = {
        {"ID", .is_id = true}, {"STATUS"}, {"TYPE"}, {"SIZE", .is_number = true}, {"HOST"},
        {"UPLOADED (UTC)"},    {"NAME"},
    };
    Columns table;
    columns_init(&table, arena, columns, COUNT_OF(columns));
    for (size_t i = 0; i < items->count; i++) {
        const JsonValue *item = items->items[i];
        columns_add(&table, text_of(item, "id"));
        columns_add(&table, text_of(item, "status"));
        columns_add(&table, text_of(item, "file_type"));
        columns_add(&table, columns_size(arena, json_i64_or(item, "file_size_bytes", 0)));
        columns_add(&table, text_of(json_get(item, "metadata"), "hostname"));
        columns_add(&table, columns_time(arena, text_of(item, "created_at")));
        columns_add(&table, with_reason(arena, text_of(item, "original_filename"),
                                        text_of(item, "failure_reason")));
    }
    return list_print(&table);
}

static const JsonValue *find_item(const ListItems *items, Str id)
{
    for (size_t i = 0; i < items->count; i++) {
        if (str_equal(text_of(items->items[i], "id"), id))
            return items->items[i];
    }
    return NULL;
}

typedef bool PrintItems(Client *client, Arena *arena, const ListItems *items, Error *error);

static bool print_files(Client *client, Arena *arena, const ListItems *items, Error *error)
{
    (void)client;
    (void)error;
    return print_documents(arena, items);
}

static bool print_list(Client *client, Command *command, const ListKind *kind, PrintItems *print,
                       Error *error)
{
    ListItems items = {0};
    if (!list_load(client, command->arena, kind->path, &items, error))
        return false;
    return print ? print(client, command->arena, &items, error) : list_print_json(&items);
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
static bool show_file(Client *client, Arena *arena, const char *id, bool as_json, Error *error)
{
    Str path = arena_printf(arena, "/api/v1/files/%s", id);
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

static bool download_file(Client *client, Arena *arena, const char *id, Error *error)
{
    Str path = arena_printf(arena, "/api/v1/files/%s/download", id);
    bool done = client_download(client, arena, path.data, STDOUT_FILENO, error);
    if (!done)
        terminal_check_reader();
    return done;
}

static bool delete_file(Client *client, Arena *arena, const char *id, Error *error)
{
    Str path = arena_printf(arena, "/api/v1/files/%s", id);
    return client_delete(client, arena, path.data, error);
}

int command_files(Command *command)
{
    Error error = {0};
    bool done = false;
    const char *id = NULL;
    Arena *arena = command->arena;
    bool as_json = command_take_flag(command, "--json");
    bool download = command_take_flag(command, "--download");
    bool remove_it = command_take_flag(command, "--delete");
    bool has_word = command->argc == 1;
    if (command->argc > 1 || ((download || remove_it) && !has_word))
        return command_misuse(command, "give one ID, or none to list all");
    auto_client Client *client = client_load(command, &error);
    if (client && has_word)
        id = list_find_id(client, arena, &list_documents, command->argv[0], &error);
    if (!client || (has_word && !id))
        return command_fail(&error);
    if (!id)
        done = print_list(client, command, &list_documents, as_json ? NULL : print_files, &error);
    else if (download)
        done = download_file(client, arena, id, &error);
    else if (remove_it)
        done = delete_file(client, arena, id, &error);
    else
        done = show_file(client, arena, id, as_json, &error);
    return done ? 0 : command_fail(&error);
}

static void add_task(Columns *table, const JsonValue *task, const JsonValue *document)
{
    Arena *arena = table->arena;
    columns_add(table, text_of(task, "id"));
    columns_add(table, text_of(task, "status"));
    columns_add(table, arena_printf(arena, "%lld%%", (long long)json_i64_or(task, "progress", 0)));
    columns_add(table, text_of(task, "task_type"));
    columns_add(table, columns_time(arena, text_of(task, "created_at")));
    columns_add(table, with_reason(arena, text_of(document, "original_filename"),
                                   text_of(task, "error_message")));
}

/* The list of tasks with the names of their documents. */
static bool print_tasks(Client *client, Arena *arena, const ListItems *items, Error *error)
{
    static const Column columns[] = {
        {"ID", .is_id = true}, {"STATUS"},   {"DONE", .is_number = true}, {"KIND"},
        {"BEGUN (UTC)"},       {"DOCUMENT"},
    };
    Columns table;
    ListItems documents = {0};
    if (items->count > 1 && !list_load(client, arena, list_documents.path, &documents, error))
        return false;
    columns_init(&table, arena, columns, COUNT_OF(columns));
    for (size_t i = 0; i < items->count; i++)
        add_task(&table, items->items[i],
                 find_item(&documents, text_of(items->items[i], "document_id")));
    return list_print(&table);
}

/* A task is also named by its document, whose newest task it is. */
static const char *find_task(Client *client, Arena *arena, const char *word, Error *error)
{
    Error other = {0};
    const char *id = list_find_id(client, arena, &list_tasks, word, error);
    if (id || error->code != ERR_NOT_FOUND)
        return id;
    const char *document = list_find_id(client, arena, &list_documents, word, &other);
    if (!document && other.code != ERR_NOT_FOUND)
        *error = other;
    if (!document)
        return NULL;
    Str path = arena_printf(arena, "/api/v1/files/%s", document);
    const JsonValue *found = client_get(client, arena, path.data, error);
    Str task = text_of(json_get(found, "task"), "id");
    if (found && str_empty(task))
        error_set(error, ERR_NOT_FOUND, "the document %s has no task", document);
    return str_empty(task) ? NULL : arena_cstring(arena, task);
}

static bool show_task(Client *client, Command *command, bool cancels, bool as_json, Error *error)
{
    ListItems one = {0};
    Arena *arena = command->arena;
    const char *id = find_task(client, arena, command->argv[0], error);
    if (!id)
        return false;
    Str path = arena_printf(arena, "/api/v1/analysis/tasks/%s%s", id, cancels ? "/cancel" : "");
    const JsonValue *task = cancels ? client_post(client, arena, path.data, STR(""), error)
                                    : client_get(client, arena, path.data, error);
    if (!task)
        return false;
    if (as_json)
        return remote_print_json(task);
    *VEC_PUSH(arena, &one) = task;
    return print_tasks(client, arena, &one, error) &&
           (cancels || print_result(json_get(task, "result")));
}

int command_tasks(Command *command)
{
    Error error = {0};
    bool as_json = command_take_flag(command, "--json");
    bool cancels = command_take_flag(command, "--cancel");
    if (command->argc > 1 || (cancels && command->argc != 1))
        return command_misuse(command, "give one ID, or none to list all");
    auto_client Client *client = client_load(command, &error);
    if (!client)
        return command_fail(&error);
    bool done = command->argc == 0
                    ? print_list(client, command, &list_tasks, as_json ? NULL : print_tasks, &error)
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
