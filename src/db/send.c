/* SPDX-License-Identifier: Apache-2.0 */
/* Sending: an operation becomes the messages of one pipeline segment, which ends with a Sync. */
#include "db/internal.h"

#include <stdio.h>

DB_STATEMENT set_user = {"netguru_set_user", "SELECT set_config('app.current_user_id', $1, true)"};
DB_STATEMENT begin = {"netguru_begin", "BEGIN"};

enum { STATEMENT_NAME_SIZE = 72 };

static void add_step(DbOperation *operation, StepKind kind, uint32_t statement)
{
    check(operation->step_count < DB_MAX_STEPS);
    operation->steps[operation->step_count++] = (OperationStep){kind, statement};
}

static const char *server_name(const KnownStatement *known, uint8_t version,
                               char out[STATEMENT_NAME_SIZE])
{
    if (version == 0)
        return known->name;
    snprintf(out, STATEMENT_NAME_SIZE, "%s.%u", known->name, version);
    return out;
}

typedef struct {
    const DbStatement *statement;
    const char *const *values;
    size_t value_count;
} Execution;

static bool send_execution(DbConnection *connection, DbOperation *operation, StepKind kind,
                           const Execution *execution)
{
    const DbStatement *statement = execution->statement;
    int count = (int)execution->value_count;
    /* A statement that is sent again does not depend on a prepared one any more. */
    if (!statement->name || operation->resends > 0) {
        add_step(operation, kind, DB_NO_STATEMENT);
        return PQsendQueryParams(connection->pg, statement->sql, count, NULL, execution->values,
                                 NULL, NULL, 0) == 1;
    }
    uint32_t index = statement_index(connection->db, statement);
    Prepared *prepared = statement_state(connection, index);
    char buffer[STATEMENT_NAME_SIZE];
    const KnownStatement *known = &connection->db->statements[index];
    const char *name = server_name(known, prepared->version, buffer);
    if (prepared->state == PREPARED_NO) {
        add_step(operation, STEP_PREPARE, index);
        if (!PQsendPrepare(connection->pg, name, known->tagged, 0, NULL))
            return false;
        prepared->state = PREPARED_SENT;
    }
    add_step(operation, kind, index);
    return PQsendQueryPrepared(connection->pg, name, count, execution->values, NULL, NULL, 0) == 1;
}

static bool send_steps(DbConnection *connection, DbOperation *operation)
{
    operation->step = operation->step_count = 0;
    if (operation->begin &&
        !send_execution(connection, operation, STEP_BEFORE, &(Execution){&begin, NULL, 0}))
        return false;
    const char *user[] = {operation->user};
    if (operation->set_user &&
        !send_execution(connection, operation, STEP_BEFORE, &(Execution){&set_user, user, 1}))
        return false;
    if (!operation->statement)
        return true;
    return send_execution(
        connection, operation, STEP_STATEMENT,
        &(Execution){operation->statement, operation->values, operation->value_count});
}

static bool send_sync(DbConnection *connection)
{
#if defined(NETGURU_PQ_SEND_PIPELINE_SYNC)
    return PQsendPipelineSync(connection->pg) == 1;
#else
    /* Before libpq 17 this flushes by itself, which costs a send(2) for each statement. */
    return PQpipelineSync(connection->pg) == 1;
#endif
}

/* Nothing takes effect without the sync, so an operation that fails here may be sent again. */
bool connection_send(DbConnection *connection, DbOperation *operation)
{
    Db *db = connection->db;
    if (!send_steps(connection, operation) || !send_sync(connection)) {
        connection_close(connection, PQerrorMessage(connection->pg));
        return false;
    }
    operation->connection = connection;
    operation->serial = ++db->next_serial;
    operation->head_since_ms = db_now_ms(connection->db);
    list_append(&connection->sent, &operation->base.node);
    db->stats.in_flight += operation->kind == OPERATION_STATEMENT;
    db->stats.statements += operation->kind != OPERATION_MAINTENANCE;
    if (connection->sent.count == 1) {
        connection_update_ref(connection);
        roster_watch(db);
    }
    loop_flush_later(db->loop, &connection->flush);
    return true;
}

void connection_send_maintenance(DbConnection *connection, const DbStatement *statement)
{
    DbOperation *operation = db_operation_new(connection->db, OPERATION_MAINTENANCE);
    operation->statement = statement;
    operation->never_cancel = true;
    connection->maintenance_since_ms = db_now_ms(connection->db);
    if (connection_send(connection, operation))
        return;
    db_operation_free(connection->db, operation);
}
