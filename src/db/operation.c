/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "base/time.h"
#include "db/internal.h"

enum { MAX_PARAM_BYTES = 64 * 1024 * 1024, UNUSED_KEPT = 256 };

void operation_append(OperationList *list, DbOperation *operation)
{
    operation->next = NULL;
    operation->previous = list->last;
    if (list->last)
        list->last->next = operation;
    else
        list->first = operation;
    list->last = operation;
    list->count++;
}

void operation_prepend(OperationList *list, DbOperation *operation)
{
    operation->previous = NULL;
    operation->next = list->first;
    if (list->first)
        list->first->previous = operation;
    else
        list->last = operation;
    list->first = operation;
    list->count++;
}

void operation_remove(OperationList *list, DbOperation *operation)
{
    check(list->count > 0);
    if (operation->previous)
        operation->previous->next = operation->next;
    else
        list->first = operation->next;
    if (operation->next)
        operation->next->previous = operation->previous;
    else
        list->last = operation->previous;
    operation->next = operation->previous = NULL;
    list->count--;
}

DbOperation *operation_new(Db *db, OperationKind kind)
{
    DbOperation *operation = db->unused.first;
    if (operation)
        operation_remove(&db->unused, operation);
    else
        operation = MEM_NEW(DbOperation);
    *operation = (DbOperation){.kind = kind};
    return operation;
}

void operation_free(Db *db, DbOperation *operation)
{
    PQclear(operation->result);
    PQclear(operation->failure);
    operation->result = operation->failure = NULL;
    if (db->unused.count >= UNUSED_KEPT)
        mem_free(operation);
    else
        operation_append(&db->unused, operation);
}

void operation_end(Db *db, DbOperation *operation, OperationOutcome outcome)
{
    operation->outcome = outcome;
    if (operation->failure || outcome != OUTCOME_ANSWERED)
        db->stats.errors += operation->kind != OPERATION_LEASE && !operation->abandoned;
    if (operation->abandoned || operation->kind == OPERATION_UPKEEP)
        operation_free(db, operation);
    else
        wait_wake(operation->wait);
}

uint32_t statement_index(Db *db, const DbStatement *statement)
{
    Str name = str_of(statement->name);
    /* The value is the index + 1. */
    uintptr_t found = (uintptr_t)map_get(&db->statement_indexes, name);
    if (found) {
        const KnownStatement *known = &db->statements[found - 1];
        check(known->sql == statement->sql || strcmp(known->sql, statement->sql) == 0);
        return (uint32_t)found - 1;
    }
    check(name.size <= 59 && db->statement_count < DB_MAX_STATEMENTS);
    if (!db->statements)
        db->statements = mem_alloc(DB_MAX_STATEMENTS, sizeof(*db->statements));
    KnownStatement *known = &db->statements[db->statement_count++];
    known->name = arena_cstring(db->arena, name);
    known->sql = arena_cstring(db->arena, str_of(statement->sql));
    map_put(db->arena, &db->statement_indexes, str_of(known->name),
            (void *)(uintptr_t)db->statement_count);
    return db->statement_count - 1;
}

static const char *param_text(Arena *arena, const DbParam *param)
{
    if (param->is_null)
        return NULL;
    return param->text.data ? arena_cstring(arena, param->text) : param->inline_text;
}

bool operation_fill(Task *task, DbOperation *operation, const DbStatement *statement,
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

/* The task stops waiting: what was not sent never will be; of the rest the reply is dropped. */
static void abandon(Task *task, Db *db, DbOperation *operation)
{
    db->stats.timeouts += task->error.code == ERR_TIMEOUT;
    if (!operation->connection) {
        operation_remove(&db->waiting, operation);
        operation_free(db, operation);
        if (task->error.code == ERR_TIMEOUT)
            task_fail(task, ERR_UNAVAILABLE, "no database connection became free in time");
        return;
    }
    operation->abandoned = true;
    operation->statement = NULL;
    operation->values = NULL;
    pool_watch(db);
}

static const char *statement_name(const DbOperation *operation)
{
    return operation->statement->name ? operation->statement->name : "a statement without name";
}

static bool fail_unanswered(Task *task, const Db *db, const DbOperation *operation)
{
    if (operation->outcome == OUTCOME_LOST)
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
    if (operation->outcome != OUTCOME_ANSWERED)
        return fail_unanswered(task, db, operation);
    if (out_rows) {
        *out_rows = rows_new(task->arena, operation->result);
        operation->result = NULL;
    }
    return true;
}

bool operation_wait(Task *task, Db *db, DbOperation *operation, const DbRows **out_rows)
{
    bool in_time = task_wait(task, operation->wait);
    if (operation->outcome == OUTCOME_PENDING) {
        check(!in_time);
        abandon(task, db, operation);
        return false;
    }
    bool done = in_time && take_answer(task, db, operation, out_rows);
    operation_free(db, operation);
    return done;
}
