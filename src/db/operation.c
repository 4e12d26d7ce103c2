/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "base/time.h"
#include "db/internal.h"

enum { MAX_PARAM_BYTES = 64 * 1024 * 1024 };

DbOperation *db_operation_new(Db *db, OperationKind kind)
{
    DbOperation *operation = db_operation(operation_new(&db->operations));
    operation->kind = kind;
    operation->started_ns = time_monotonic_ns();
    operation->base.abandoned = kind == OPERATION_MAINTENANCE;
    return operation;
}

void db_operation_clear(Operation *operation)
{
    DbOperation *record = db_operation(operation);
    PQclear(record->result);
    PQclear(record->failure);
    record->result = record->failure = NULL;
}

void db_operation_free(Db *db, DbOperation *operation)
{
    operation_free(&db->operations, &operation->base);
}

void db_operation_end(Db *db, DbOperation *operation, OperationOutcome outcome)
{
    if (operation->failure || outcome != OUTCOME_ANSWERED)
        db->stats.errors += operation->kind != OPERATION_LEASE && !operation->base.abandoned;
    operation_end(&db->operations, &operation->base, outcome);
}

uint32_t statement_index(Db *db, const DbStatement *statement)
{
    Str name = str_of(statement->name);
    size_t found = map_get_index(&db->statement_indexes, name);
    if (found != MAP_NO_INDEX) {
        const KnownStatement *known = &db->statements[found];
        check(known->sql == statement->sql || strcmp(known->sql, statement->sql) == 0);
        return (uint32_t)found;
    }
    check(db_statement_is_listed(statement));
    check(name.size <= 59 && db->statement_count < DB_MAX_STATEMENTS);
    if (!db->statements)
        db->statements = mem_alloc(DB_MAX_STATEMENTS, sizeof(*db->statements));
    uint32_t index = db->statement_count++;
    KnownStatement *known = &db->statements[index];
    known->name = arena_cstring(db->arena, name);
    Str tag = arena_printf(db->arena, "/* %s */ ", known->name);
    known->tagged = arena_printf(db->arena, "%s%s", tag.data, statement->sql).data;
    known->sql = known->tagged + tag.size;
    map_put_index(db->arena, &db->statement_indexes, str_of(known->name), index);
    return index;
}

Prepared *statement_state(DbConnection *connection, uint32_t index)
{
    if (index >= connection->prepared_count) {
        uint32_t count = MAX_OF(index + 1, connection->prepared_count * 2);
        connection->prepared = mem_resize(connection->prepared, count, sizeof(Prepared));
        memset(connection->prepared + connection->prepared_count, 0,
               (count - connection->prepared_count) * sizeof(Prepared));
        connection->prepared_count = count;
    }
    return &connection->prepared[index];
}

static const char *param_text(Arena *arena, const DbParam *param)
{
    if (param->is_null)
        return NULL;
    return param->text.data ? arena_cstring(arena, param->text) : param->inline_text;
}

bool db_operation_fill(Task *task, DbOperation *operation, const DbStatement *statement,
                       DbParams params)
{
    check(params.count <= DB_MAX_PARAMS);
    size_t total = 0;
    for (size_t i = 0; i < params.count; i++) {
        Str text = params.items[i].text;
        if (text.data && memchr(text.data, 0, text.size))
            return task_fail(task, ERR_VALIDATION, "text must not contain a NUL byte");
        total += text.size;
    }
    if (total > MAX_PARAM_BYTES)
        return task_fail(task, ERR_VALIDATION, "more than %d MiB in one statement",
                         MAX_PARAM_BYTES >> 20);
    const char **values = ARENA_ARRAY(task->arena, const char *, params.count);
    for (size_t i = 0; i < params.count; i++)
        values[i] = param_text(task->arena, &params.items[i]);
    operation->statement = statement;
    operation->values = values;
    operation->value_count = params.count;
    if (task->has_user)
        uuid_write(&task->user_id, operation->user);
    return true;
}

/* The task has stopped waiting. An operation that was not sent never will be; the reply to one that
 * was is dropped. */
static void abandon(Task *task, Db *db, DbOperation *operation)
{
    db->stats.timeouts += task->error.code == ERR_TIMEOUT;
    if (!operation->connection) {
        list_remove(&db->waiting, &operation->base.node);
        db_operation_free(db, operation);
        if (task->error.code == ERR_TIMEOUT)
            task_fail(task, ERR_UNAVAILABLE, "no database connection became free in time");
        return;
    }
    operation->statement = NULL;
    operation->values = NULL;
    roster_watch(db);
}

static const char *statement_name(const DbOperation *operation)
{
    return operation->statement->name ? operation->statement->name : "a statement without name";
}

static bool fail_unanswered(Task *task, const Db *db, const DbOperation *operation)
{
    if (operation->base.outcome == OUTCOME_LOST)
        return task_fail(task, ERR_UNAVAILABLE, "the connection to the database was lost");
    task_fail(task, ERR_UNAVAILABLE, "the database is not available: %s", db->reason);
    task->error.retry_after_s = 1;
    return false;
}

static bool take_answer(Task *task, const Db *db, DbOperation *operation, const DbRows **out_rows)
{
    if (operation->too_large)
        return task_fail(task, ERR_INTERNAL, "the result of %s is larger than %zu MiB",
                         statement_name(operation), db->options.max_result_bytes >> 20);
    if (operation->failure)
        return sqlstate_to_error(operation->failure, statement_name(operation), &task->error);
    if (operation->base.outcome != OUTCOME_ANSWERED)
        return fail_unanswered(task, db, operation);
    if (out_rows) {
        *out_rows = rows_new(task->arena, operation->result);
        operation->result = NULL;
    }
    return true;
}

bool db_operation_wait(Task *task, Db *db, DbOperation *operation, const DbRows **out_rows)
{
    const DbStatement *statement = operation->statement;
    uint64_t started_ns = operation->started_ns;
    bool in_time = operation_wait(task, &operation->base);
    if (operation->base.abandoned) {
        abandon(task, db, operation);
        db_count_statement(task, db, statement, started_ns, false);
        return false;
    }
    bool done = in_time && take_answer(task, db, operation, out_rows);
    db_operation_free(db, operation);
    db_count_statement(task, db, statement, started_ns, done);
    return done;
}
