/* SPDX-License-Identifier: Apache-2.0 */
#include "app/list.h"

#include "app/remote.h"
#include "app/terminal.h"
#include "base/uuid.h"

#include <stdio.h>

enum { OUTPUT_MAX_BYTES = 1024 * 1024 * 1024, NAMED_IN_MESSAGE = 5, SHORT_ID = 8 };

const ListKind list_documents = {
    "document", "/api/v1/files", "files",
    (const char *const[]){"original_filename", "metadata.hostname", NULL}};
const ListKind list_tasks = {"task", "/api/v1/analysis/tasks", "tasks",
                             (const char *const[]){NULL}};
const ListKind list_conversations = {"conversation", "/api/v1/chat/conversations", "conversations",
                                     (const char *const[]){"title", NULL}};
const ListKind list_topologies = {"topology", "/api/v1/topology", "topology",
                                  (const char *const[]){"title", NULL}};
const ListKind list_keys = {"API key", "/api/v1/users/me/api-keys", "keys list",
                            (const char *const[]){"key_name", NULL}};
const ListKind list_tokens = {"token", "/api/v1/users/me/tokens", "tokens list",
                              (const char *const[]){"name", NULL}};

Str list_text(const JsonValue *value, const char *key)
{
    return json_str_or(value, key, STR(""));
}

Str list_short_id(Str id)
{
    return str_slice(id, 0, SHORT_ID);
}

bool list_load(Client *client, Arena *arena, const char *path, ListItems *out_items, Error *error)
{
    Str page_path = arena_printf(arena, "%s?limit=100", path);
    for (;;) {
        const JsonValue *page = client_get(client, arena, page_path.data, error);
        const JsonValue *items = json_get(page, "items");
        if (!page)
            return false;
        for (size_t i = 0; items && i < items->count; i++)
            *VEC_PUSH(arena, out_items) = &items->items[i];
        Str cursor = list_text(page, "next_cursor");
        if (str_empty(cursor))
            return true;
        if (out_items->count >= LIST_MAX_ITEMS)
            return error_set(error, ERR_VALIDATION, "the list has more than %d rows",
                             LIST_MAX_ITEMS);
        page_path = arena_printf(arena, "%s?limit=100&cursor=%.*s", path, STR_ARGS(cursor));
    }
}

static Str name_of(Arena *arena, const JsonValue *item, const char *path)
{
    Str rest = str_of(path);
    Str field;
    while (str_next_field(&rest, '.', &field)) {
        if (str_empty(rest))
            return list_text(item, arena_cstring(arena, field));
        item = json_get(item, arena_cstring(arena, field));
    }
    return STR("");
}

/* The name to show of a thing: its first one. */
static Str label_of(Arena *arena, const ListKind *kind, const JsonValue *item)
{
    return kind->names[0] ? name_of(arena, item, kind->names[0]) : STR("");
}

typedef bool Matches(Str candidate, Str word);

static bool is_name(Arena *arena, const ListKind *kind, const JsonValue *item, Matches *matches,
                    Str word)
{
    for (size_t i = 0; kind->names[i]; i++) {
        if (matches(name_of(arena, item, kind->names[i]), word))
            return true;
    }
    return false;
}

static bool begins(Arena *arena, const ListKind *kind, const JsonValue *item, Str word)
{
    return str_starts_with_ignore_case(list_text(item, "id"), word) ||
           is_name(arena, kind, item, str_starts_with_ignore_case, word);
}

/* Things with the whole name, or else those whose id or name begins so. */
static void match(Arena *arena, const ListKind *kind, const ListItems *items, Str word,
                  ListItems *out_found)
{
    if (str_empty(word))
        return;
    for (size_t i = 0; i < items->count; i++) {
        if (is_name(arena, kind, items->items[i], str_equal, word))
            *VEC_PUSH(arena, out_found) = items->items[i];
    }
    if (out_found->count > 0)
        return;
    for (size_t i = 0; i < items->count; i++) {
        if (begins(arena, kind, items->items[i], word))
            *VEC_PUSH(arena, out_found) = items->items[i];
    }
}

static const char *fail_ambiguous(Arena *arena, const ListKind *kind, const char *word,
                                  const ListItems *found, Error *error)
{
    auto_strbuf StrBuf named = {0};
    strbuf_init(&named, sizeof(error->message));
    for (size_t i = 0; i < MIN_OF(found->count, (size_t)NAMED_IN_MESSAGE); i++) {
        Str label = str_slice(label_of(arena, kind, found->items[i]), 0, 40);
        strbuf_printf(&named, "%s%.*s", i ? ", " : "", STR_ARGS(list_text(found->items[i], "id")));
        if (!str_empty(label))
            strbuf_printf(&named, " (%.*s)", STR_ARGS(label));
    }
    if (found->count > NAMED_IN_MESSAGE)
        strbuf_append(&named, STR(", …"));
    error_set(error, ERR_CONFLICT, "\"%.80s\" may be %zu things of the list: %.*s", word,
              found->count, STR_ARGS(strbuf_str(&named)));
    return NULL;
}

const char *list_find_id(Client *client, Arena *arena, const ListKind *kind, const char *word,
                         Error *error)
{
    Uuid id;
    ListItems items = {0};
    ListItems found = {0};
    if (uuid_parse(str_of(word), &id))
        return word;
    if (!list_load(client, arena, kind->path, &items, error))
        return NULL;
    match(arena, kind, &items, str_of(word), &found);
    if (found.count > 1)
        return fail_ambiguous(arena, kind, word, &found, error);
    if (found.count == 1)
        return arena_cstring(arena, list_text(found.items[0], "id"));
    error_set(error, ERR_NOT_FOUND, "no %s has the id or the name %.80s; netguru %s lists them",
              kind->what, word, kind->command);
    return NULL;
}

bool list_print(const Columns *table)
{
    auto_strbuf StrBuf out = {0};
    const ColumnsStyle style = {
        .is_terminal = terminal_is_output(),
        .has_colours = terminal_has_colours(),
        .width = terminal_columns(),
    };
    strbuf_init(&out, OUTPUT_MAX_BYTES);
    columns_write(table, &style, &out);
    terminal_write(strbuf_str(&out));
    return !out.overflowed;
}

bool list_print_json(const ListItems *items)
{
    for (size_t i = 0; i < items->count; i++) {
        if (!remote_print_json(items->items[i]))
            return false;
    }
    return true;
}
