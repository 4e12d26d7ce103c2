/* SPDX-License-Identifier: Apache-2.0 */
/* netguru statements: lists the SQL statements of this program, or prints one. */
#include "app/command.h"

#include "base/ascii.h"
#include "base/check.h"
#include "base/json.h"
#include "base/map.h"
#include "base/vec.h"
#include "db/db.h"
#include "ops/migrations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_JSON_BYTES = 4 * 1024 * 1024 };

static const char *runner_name(const DbStatement *statement)
{
    static const char *const names[] = {
        [DB_BY_SERVERS] = "app",
        [DB_BY_SERVE] = "serve",
        [DB_BY_WORK] = "work",
        [DB_BY_OPERATOR] = "operator",
    };
    return names[statement->runner];
}

/* Takes the next word off *rest that is an identifier or a keyword. Literals are passed over. */
static bool next_identifier(Str *rest, Str *out_word)
{
    bool quoted = false;
    size_t at = 0;
    while (at < rest->size && (quoted || !ascii_is_letter(rest->data[at]))) {
        quoted ^= rest->data[at] == '\'';
        at++;
    }
    size_t start = at;
    while (at < rest->size && (ascii_is_letter_or_digit(rest->data[at]) || rest->data[at] == '_'))
        at++;
    *out_word = str_slice(*rest, start, at - start);
    *rest = str_slice(*rest, at, rest->size - at);
    return out_word->size > 0;
}

/* Adds the names that a migration creates. */
static void add_created(Arena *arena, Map *created, Str sql)
{
    Str line;
    while (str_next_line(&sql, &line)) {
        Str kind;
        Str name;
        if (!str_starts_with(line, STR("CREATE ")) || !next_identifier(&line, &kind))
            continue;
        do {
            if (!next_identifier(&line, &kind))
                break;
        } while (!str_equal(kind, STR("TABLE")) && !str_equal(kind, STR("FUNCTION")));
        while (next_identifier(&line, &name) && ascii_is_upper(name.data[0])) /* IF NOT EXISTS */
            continue;
        if (name.size > 0)
            map_put(arena, created, name, created);
    }
}

/* Returns what tables and functions of the schema a statement names, each once. */
static StrVec uses_of(Arena *arena, const Map *created, const DbStatement *statement)
{
    Str word;
    Map seen = {0};
    StrVec uses = {0};
    Str rest = str_of(statement->sql);
    while (next_identifier(&rest, &word)) {
        if (map_get(created, word) && !map_put(arena, &seen, word, &seen))
            *VEC_PUSH(arena, &uses) = word;
    }
    return uses;
}

static int by_name(const void *left, const void *right)
{
    const DbStatement *const *a = left;
    const DbStatement *const *b = right;
    return strcmp((*a)->name, (*b)->name);
}

static const DbStatement **sort(Arena *arena, DbStatementList list)
{
    const DbStatement **sorted = ARENA_ARRAY(arena, const DbStatement *, list.count);
    for (size_t i = 0; i < list.count; i++)
        sorted[i] = &list.items[i];
    qsort(sorted, list.count, sizeof(const DbStatement *), by_name);
    return sorted;
}

static void write_statement(JsonWriter *json, const DbStatement *statement, const StrVec *uses)
{
    json_begin_object(json);
    json_field_text(json, "name", statement->name);
    json_field_text(json, "role", runner_name(statement));
    json_key(json, "uses");
    json_begin_array(json);
    for (size_t i = 0; i < uses->count; i++)
        json_str(json, uses->items[i]);
    json_end(json);
    json_field_text(json, "sql", statement->sql);
    json_end(json);
}

static void print_statement(const DbStatement *statement, const StrVec *uses)
{
    printf("%-38s %-9s", statement->name, runner_name(statement));
    for (size_t i = 0; i < uses->count; i++)
        printf("%s%.*s", i > 0 ? " " : "", STR_ARGS(uses->items[i]));
    printf("\n");
}

static int print_list(const Command *command, bool as_json)
{
    Str text;
    Map created = {0};
    DbStatementList list = db_statement_list();
    const DbStatement **sorted = sort(command->arena, list);
    JsonWriter *json = json_writer_new(command->arena, MAX_JSON_BYTES);
    for (unsigned i = 0; i < migration_count; i++)
        add_created(command->arena, &created, str_of(migrations[i].up));
    json_begin_array(json);
    for (size_t i = 0; i < list.count; i++) {
        StrVec uses = uses_of(command->arena, &created, sorted[i]);
        if (as_json)
            write_statement(json, sorted[i], &uses);
        else
            print_statement(sorted[i], &uses);
    }
    json_end(json);
    check(json_writer_text(json, &text));
    if (as_json)
        printf("%.*s\n", STR_ARGS(text));
    return 0;
}

static int print_text(const char *name)
{
    Error error = {0};
    DbStatementList list = db_statement_list();
    for (size_t i = 0; i < list.count; i++) {
        if (strcmp(list.items[i].name, name) == 0) {
            printf("%s\n", list.items[i].sql);
            return 0;
        }
    }
    error_set(&error, ERR_NOT_FOUND, "no statement is called %s: netguru statements lists all",
              name);
    return command_fail(&error);
}

int command_statements(Command *command)
{
    bool as_json = command_take_flag(command, "--json");
    if (command->argc == 0)
        return print_list(command, as_json);
    if (command->argc > 1 || as_json || command->argv[0][0] == '-')
        return command_misuse(command, "expected one NAME");
    return print_text(command->argv[0]);
}
