/* SPDX-License-Identifier: Apache-2.0 */
/* Which error code an SQLSTATE (PostgreSQL manual, appendix A) becomes. */
#include "base/log.h"
#include "db/internal.h"

typedef struct {
    const char *prefix; /* of the five characters; the first row that matches decides */
    ErrorCode code;
} SqlstateRule;

static const SqlstateRule rules[] = {
    {"08", ERR_UNAVAILABLE},    /* connection exception */
    {"22", ERR_VALIDATION},     /* data exception */
    {"23502", ERR_VALIDATION},  /* not null */
    {"23514", ERR_VALIDATION},  /* check */
    {"23", ERR_CONFLICT},       /* unique, foreign key, exclusion */
    {"25006", ERR_UNAVAILABLE}, /* read-only: a standby, or a failover in progress */
    {"25P03", ERR_UNAVAILABLE}, /* disconnected: idle in a transaction for too long */
    {"40", ERR_UNAVAILABLE},    /* serialization failure, deadlock: the same call may succeed */
    {"42501", ERR_FORBIDDEN},   /* privilege, row-level security */
    {"53", ERR_UNAVAILABLE},    /* out of connections, disk, memory */
    {"55P03", ERR_TIMEOUT},     /* lock_timeout */
    {"57014", ERR_TIMEOUT},     /* statement_timeout, cancelled */
    {"57P0", ERR_UNAVAILABLE},  /* shutting down, crashed, starting up */
    {"58030", ERR_UNAVAILABLE}, /* I/O error */
};

ErrorCode sqlstate_code(const char *sqlstate)
{
    Str state = str_of(sqlstate);
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        if (str_starts_with(state, str_of(rules[i].prefix)))
            return rules[i].code;
    }
    return ERR_INTERNAL;
}

static const char *text_or(const char *text, const char *fallback)
{
    return text && *text ? text : fallback;
}

bool sqlstate_to_error(const PGresult *failure, const char *statement, Error *error)
{
    const char *state = text_or(PQresultErrorField(failure, PG_DIAG_SQLSTATE), "08006");
    /* Failures that libpq itself reports have no fields. */
    const char *message = text_or(PQresultErrorField(failure, PG_DIAG_MESSAGE_PRIMARY),
                                  "the connection to the database was lost");
    ErrorCode code = sqlstate_code(state);
    if (code == ERR_INTERNAL) {
        log_error("db.statement_failed", LOG_TEXT("statement", statement),
                  LOG_TEXT("sqlstate", state), LOG_TEXT("message", message));
        return error_set(error, code, "database error %s in %s: %s", state, statement, message);
    }
    error_set(error, code, "%s", message);
    const char *constraint = PQresultErrorField(failure, PG_DIAG_CONSTRAINT_NAME);
    const char *column = PQresultErrorField(failure, PG_DIAG_COLUMN_NAME);
    return error_set_field(error, text_or(constraint, text_or(column, "")));
}
