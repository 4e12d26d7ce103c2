/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of the server: all their pages, the things in them that a word names, and how they are
 * printed.
 *
 *     ListItems items = {0};
 *     if (!list_load(client, arena, "/api/v1/files", &items, &error)) …
 *     const char *id = list_find_id(client, arena, &list_documents, "core1.cfg", &error);
 */
#pragma once

#include "app/client.h"
#include "app/shell/columns.h"

enum { LIST_MAX_ITEMS = 1000 * 1000 };

typedef VEC(const JsonValue *) ListItems;

/* Things that can be named. */
typedef struct {
    const char *what;         /* "document" */
    const char *path;         /* of the list */
    const char *command;      /* lists them */
    const char *const *names; /* members, or members of members: "metadata.hostname"; NULL ends */
} ListKind;

extern const ListKind list_documents, list_tasks, list_conversations, list_topologies, list_keys,
    list_tokens;

/* Reads all pages. */
bool list_load(Client *client, Arena *arena, const char *path, ListItems *out_items,
               Error *error) MUST_USE;
/*
 * Returns the id of the thing that the word names: by its id, its name, or the only beginning of
 * either (of a name in small or capital letters). A name as a whole counts before beginnings.
 * Returns NULL with ERR_NOT_FOUND without one, and ERR_CONFLICT with several, which the message
 * lists.
 */
const char *list_find_id(Client *client, Arena *arena, const ListKind *kind, const char *word,
                         Error *error) MUST_USE;

/* Prints the table as the terminal, file or pipe wants it. False if that fails. */
bool list_print(const Columns *table);
/* Prints each item as a line of JSON. */
bool list_print_json(const ListItems *items);

/* Returns a member that is a string, else an empty view. */
Str list_text(const JsonValue *value, const char *key);
/* Returns the first 8 characters of an id. */
Str list_short_id(Str id);
