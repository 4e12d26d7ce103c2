/* SPDX-License-Identifier: Apache-2.0 */
/* The commands for the operator: knowledge, maintain. They connect to PostgreSQL as the owner of
 * the schema, and need no other server. */
#include "app/command.h"
#include "app/list.h"
#include "app/process.h"

#include "engines/embed/embed.h"
#include "knowledge/ingest.h"
#include "knowledge/vector_index.h"
#include "ops/home.h"

#include <stdio.h>
#include <unistd.h>

static void print_progress(const IngestProgress *progress, const Error *failure)
{
    enum { BAR = 30 };
    bool shows_bar = isatty(STDERR_FILENO);
    if (failure)
        fprintf(stderr, "%snetguru: file skipped: %s\n", shows_bar ? "\r" : "", failure->message);
    if (!shows_bar)
        return;
    size_t filled = progress->files ? progress->files_done * BAR / progress->files : BAR;
    fprintf(stderr, "\r[%.*s%*s] %zu/%zu files, %zu chunks", (int)filled,
            "##############################", (int)(BAR - filled), "", progress->files_done,
            progress->files, progress->chunks);
    if (progress->files_done == progress->files)
        fprintf(stderr, "\n");
}

static bool ingest(const Command *command, DbSession *session, bool prune, Error *error)
{
    Error ignored = {0};
    IngestProgress result = {0};
    Embedder *embedder = NULL;
    Str model = process_find_model(command->settings, command->arena);
    if (!str_empty(model))
        embedder = embedder_open(model.data, &ignored);
    if (!embedder) {
        fprintf(stderr,
                "netguru: no embedding model, the knowledge can be searched by words only: %s\n",
                str_empty(model) ? "it is not installed" : ignored.message);
    }
    if (embedder)
        embedder_set_threads(embedder, 2);
    IngestOptions options = {session, embedder, prune, print_progress};
    bool done = knowledge_ingest(&options, command->argv[1], &result, error);
    embedder_close(embedder);
    if (!done)
        return false;
    printf("%zu files: %zu new or changed, %zu unchanged, %zu removed, %zu chunks written\n",
           result.files, result.changed, result.files - result.changed - result.failed,
           result.removed, result.chunks);
    return result.failed == 0 || error_set(error, ERR_VALIDATION, "%zu of %zu files were skipped",
                                           result.failed, result.files);
}

static bool print_source_json(Arena *arena, const DbRows *rows, size_t row)
{
    Str text;
    JsonWriter *json = json_writer_new(arena, 64 * 1024);
    json_begin_object(json);
    json_field_str(json, "name", db_str(rows, row, 0));
    json_key(json, "chunks");
    json_raw(json, db_str(rows, row, 1));
    json_field_str(json, "vendor", db_str(rows, row, 2));
    json_field_str(json, "ingested_at", db_str(rows, row, 3));
    json_end(json);
    return json_writer_text(json, &text) &&
           command_print(arena_printf(arena, "%.*s\n", STR_ARGS(text)));
}

static bool print_sources(DbSession *session, Arena *arena, bool as_json, Error *error)
{
    static const Column columns[] = {
        {"NAME"}, {"CHUNKS", .is_number = true}, {"INGESTED (UTC)"}, {"VENDOR"}};
    Columns table;
    const DbRows *rows = NULL;
    if (!knowledge_list(session, arena, &rows, error))
        return false;
    columns_init(&table, arena, columns, COUNT_OF(columns));
    for (size_t row = 0; row < rows->count; row++) {
        if (as_json && !print_source_json(arena, rows, row))
            return error_set(error, ERR_IO, "cannot print the list");
        columns_add(&table, db_str(rows, row, 0));
        columns_add(&table, db_str(rows, row, 1));
        columns_add(&table, db_str(rows, row, 3));
        columns_add(&table, db_str(rows, row, 2));
    }
    return as_json || list_print(&table);
}

int command_knowledge(Command *command)
{
    Error error = {0};
    bool done = false;
    bool prune = command_take_flag(command, "--prune");
    bool as_json = command_take_flag(command, "--json");
    Str verb = command->argc ? str_of(command->argv[0]) : STR("");
    bool ingests = str_equal(verb, STR("ingest")) && command->argc == 2;
    bool lists = str_equal(verb, STR("list")) && command->argc == 1;
    bool removes = str_equal(verb, STR("remove")) && command->argc == 2;
    if (!ingests && !lists && !removes)
        return command_misuse(command, "expected ingest DIR, list, or remove NAME");
    auto_session DbSession *session = process_open_owner(command, "netguru knowledge", &error);
    if (!session)
        return command_fail(&error);
    if (ingests)
        done = ingest(command, session, prune, &error);
    else if (lists)
        done = print_sources(session, command->arena, as_json, &error);
    else
        done = knowledge_remove(session, str_of(command->argv[1]), &error);
    return done ? 0 : command_fail(&error);
}

static void print_index_step(const VectorIndexStep *step)
{
    Str user =
        str_empty(step->user) ? STR("an account that was deleted or has shrunk") : step->user;
    printf("%s %.*s for %.*s, %lld chunks (%.1f s)\n", step->build ? "built" : "dropped",
           STR_ARGS(step->index), STR_ARGS(user), (long long)step->chunks, step->seconds);
    fflush(stdout);
}

int command_maintain(Command *command)
{
    Error error = {0};
    if (command->argc > 0)
        return command_refuse_rest(command);
    auto_session DbSession *session = process_open_owner(command, "netguru maintain", &error);
    bool done = session && vector_index_upkeep(session, command->arena, VECTOR_INDEX_CHUNKS,
                                               print_index_step, &error);
    return done ? 0 : command_fail(&error);
}
