/* SPDX-License-Identifier: Apache-2.0 */
#include "db/session.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/time.h"
#include "base/vec.h"
#include "db/internal.h"

#include <poll.h>
#include <unistd.h>

struct DbSession {
    PGconn *pg;
};

static void on_notice(void *argument, const PGresult *notice)
{
    (void)argument;
    const char *message = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);
    log_debug("db.notice", LOG_TEXT("message", message ? message : ""));
}

static DbSession *accept_connection(DbSession *session, Error *error)
{
    PQsetNoticeReceiver(session->pg, on_notice, NULL);
    if (PQstatus(session->pg) == CONNECTION_OK)
        return session;
    Str reason = str_trim(str_of(PQerrorMessage(session->pg)));
    error_set(error, ERR_UNAVAILABLE, "database: %.*s", STR_ARGS(reason));
    db_session_close(session);
    return NULL;
}

DbSession *db_session_open(Str url, const char *application_name, Error *error)
{
    return db_session_open_in(url, NULL, application_name, error);
}

DbSession *db_session_open_in(Str url, const char *database, const char *application_name,
                              Error *error)
{
    auto_arena Arena *arena = arena_new();
    const char *text = arena_cstring(arena, url);
    if (!url_check(text, error))
        return NULL;
    /* Later keywords override earlier ones. Those of the url count at the place of the url, which
     * is the first dbname. */
    const char *const keywords[] = {"connect_timeout", "fallback_application_name", "dbname",
                                    "client_encoding", database ? "dbname" : NULL,  NULL};
    const char *const values[] = {"10", application_name, text, "UTF8", database, NULL};
    DbSession *session = MEM_NEW(DbSession);
    session->pg = PQconnectdbParams(keywords, values, 1);
    check(session->pg);
    return accept_connection(session, error);
}

DbSession *db_session_open_beside(const DbSession *session, const char *database, Error *error)
{
    enum { MAX_OPTIONS = 128 };
    const char *keywords[MAX_OPTIONS + 1] = {0};
    const char *values[MAX_OPTIONS + 1] = {0};
    size_t count = 0;
    PQconninfoOption *options = PQconninfo(session->pg);
    check(options);
    for (const PQconninfoOption *option = options; option->keyword; option++) {
        bool is_database = str_equal(str_of(option->keyword), STR("dbname"));
        if (!option->val)
            continue;
        check(count < MAX_OPTIONS);
        keywords[count] = option->keyword;
        values[count++] = is_database && database ? database : option->val;
    }
    DbSession *beside = MEM_NEW(DbSession);
    beside->pg = PQconnectdbParams(keywords, values, 0);
    check(beside->pg);
    PQconninfoFree(options);
    return accept_connection(beside, error);
}

Str db_session_name_in(Str url, Arena *arena)
{
    Str name = STR("");
    auto_arena Arena *scratch = arena_new();
    PQconninfoOption *options = PQconninfoParse(arena_cstring(scratch, url), NULL);
    for (const PQconninfoOption *option = options; option && option->keyword; option++) {
        if (option->val && str_equal(str_of(option->keyword), STR("dbname")))
            name = str_of(arena_cstring(arena, str_of(option->val)));
    }
    PQconninfoFree(options);
    return name;
}

void db_session_close(DbSession *session)
{
    if (!session)
        return;
    PQfinish(session->pg);
    mem_free(session);
}

bool db_session_is_alive(const DbSession *session)
{
    return PQstatus(session->pg) == CONNECTION_OK;
}

int db_session_backend(const DbSession *session)
{
    return PQbackendPID(session->pg);
}

typedef VEC(char *) VariableVec;

static void add_variables(const DbSession *session, const char *database, Arena *arena,
                          VariableVec *variables)
{
    PQconninfoOption *options = PQconninfo(session->pg);
    check(options);
    arena_keep_secret(arena);
    for (const PQconninfoOption *option = options; option->keyword; option++) {
        bool is_database = str_equal(str_of(option->keyword), STR("dbname"));
        const char *value = is_database && database ? database : option->val;
        if (option->envvar && value && *value)
            *VEC_PUSH(arena, variables) =
                arena_cstring(arena, arena_printf(arena, "%s=%s", option->envvar, value));
    }
    PQconninfoFree(options);
    *VEC_PUSH(arena, variables) = NULL;
}

char *const *db_session_variables(const DbSession *session, Arena *arena)
{
    VariableVec variables = {0};
    add_variables(session, NULL, arena, &variables);
    return variables.items;
}

/* Variables of this process go first, without those that the session's options replace. */
char **db_session_environment(const DbSession *session, const char *database, Arena *arena)
{
    VariableVec variables = {0};
    for (char **variable = environ; *variable; variable++) {
        if (!str_starts_with(str_of(*variable), STR("PG")))
            *VEC_PUSH(arena, &variables) = *variable;
    }
    add_variables(session, database, arena, &variables);
    return variables.items;
}

void db_session_cleanup(DbSession **session)
{
    db_session_close(*session);
}

const char *db_session_database(const DbSession *session)
{
    return PQdb(session->pg);
}

unsigned db_session_server_major(const DbSession *session)
{
    return (unsigned)PQserverVersion(session->pg) / 10000;
}

static bool is_success(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

static bool fail_query(const DbSession *session, const PGresult *result, Error *error)
{
    if (PQstatus(session->pg) == CONNECTION_BAD)
        return error_set(error, ERR_UNAVAILABLE, "the connection to the database was lost");
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    return error_set(error, sqlstate_code(state ? state : ""), "%s%s%s (SQLSTATE %s)",
                     message ? message : "failed", detail ? ": " : "", detail ? detail : "",
                     state ? state : "none");
}

static void name_line(const PGresult *result, Str script, Error *error)
{
    uint64_t position = 0; /* in characters, from 1 */
    const char *text = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
    if (!text || !str_parse_u64(str_of(text), &position))
        return;
    unsigned line = 1;
    for (size_t i = 0; i < script.size && position > 1; i++) {
        line += script.data[i] == '\n';
        position -= ((unsigned char)script.data[i] & 0xc0) != 0x80;
    }
    error_prefix(error, "line %u: ", line);
}

static bool check_script(Str script, Error *error)
{
    return !script.size || !memchr(script.data, 0, script.size) ||
           error_set(error, ERR_VALIDATION, "the script contains a NUL byte");
}

static bool finish_script(const DbSession *session, PGresult *result, Str script, Error *error)
{
    bool done = is_success(result);
    if (!done) {
        fail_query(session, result, error);
        name_line(result, script, error);
    }
    PQclear(result);
    return done;
}

bool db_session_run(DbSession *session, Str script, Error *error)
{
    auto_arena Arena *arena = arena_new();
    if (!check_script(script, error))
        return false;
    return finish_script(session, PQexec(session->pg, arena_cstring(arena, script)), script, error);
}

static void cancel_script(const DbSession *session)
{
    char reason[256];
    PGcancel *cancel = PQgetCancel(session->pg);
    if (cancel && !PQcancel(cancel, reason, sizeof(reason)))
        log_warn("db.cancel_failed", LOG_TEXT("reason", reason));
    PQfreeCancel(cancel);
}

/* Waits until the server has answered all of the script. Returns false if on_wait cancelled it. */
static bool watch_script(const DbSession *session, const DbSessionWatch *watch)
{
    bool cancelled = false;
    struct pollfd input = {.fd = PQsocket(session->pg), .events = POLLIN};
    while (PQisBusy(session->pg)) {
        int ready = poll(&input, 1, (int)watch->interval_ms);
        if (ready > 0 && !PQconsumeInput(session->pg))
            break;
        if (ready <= 0 && !cancelled && !watch->on_wait(watch->context)) {
            cancelled = true;
            cancel_script(session);
        }
    }
    return !cancelled;
}

bool db_session_run_watched(DbSession *session, Str script, const DbSessionWatch *watch,
                            Error *error)
{
    auto_arena Arena *arena = arena_new();
    PGresult *last = NULL;
    PGresult *next = NULL;
    bool undisturbed = true;
    if (!check_script(script, error))
        return false;
    if (!PQsendQuery(session->pg, arena_cstring(arena, script)))
        return fail_query(session, NULL, error);
    do {
        undisturbed = watch_script(session, watch) && undisturbed;
        next = PQgetResult(session->pg);
        if (next) {
            PQclear(last);
            last = next;
        }
    } while (next);
    if (finish_script(session, last, script, error))
        return true;
    if (!undisturbed && error->code == ERR_TIMEOUT)
        error->code = ERR_CANCELLED;
    return false;
}

const DbRows *db_session_query(DbSession *session, Arena *arena, const DbStatement *statement,
                               DbParams params, Error *error)
{
    check(!statement->name || db_statement_is_listed(statement));
    const char **values = ARENA_ARRAY(arena, const char *, params.count);
    for (size_t i = 0; i < params.count; i++) {
        const DbParam *param = &params.items[i];
        if (param->text.data && memchr(param->text.data, 0, param->text.size)) {
            error_set(error, ERR_VALIDATION, "text must not contain a NUL byte");
            return NULL;
        }
        if (!param->is_null)
            values[i] = param->text.data ? arena_cstring(arena, param->text) : param->inline_text;
    }
    PGresult *result =
        PQexecParams(session->pg, statement->sql, (int)params.count, NULL, values, NULL, NULL, 0);
    if (is_success(result))
        return rows_new(arena, result);
    fail_query(session, result, error);
    PQclear(result);
    return NULL;
}

/* Starts a COPY; the connection is then in that state. */
static bool begin_copy(DbSession *session, Str statement, ExecStatusType wanted, Error *error)
{
    auto_arena Arena *arena = arena_new();
    PGresult *result = PQexec(session->pg, arena_cstring(arena, statement));
    bool begun = PQresultStatus(result) == wanted;
    if (!begun)
        fail_query(session, result, error);
    PQclear(result);
    return begun;
}

/* Reads the rows and results of a COPY to its end: libpq gives no other result before. */
static bool end_copy(DbSession *session, Error *error)
{
    bool done = true;
    char *row = NULL;
    while (PQgetCopyData(session->pg, &row, 0) > 0)
        PQfreemem(row);
    for (PGresult *result = PQgetResult(session->pg); result; result = PQgetResult(session->pg)) {
        if (done && !is_success(result))
            done = fail_query(session, result, error);
        PQclear(result);
    }
    return done;
}

static bool pump_copy(DbSession *source, DbSession *target, uint64_t *out_rows, Error *error)
{
    int size = 0;
    char *row = NULL;
    uint64_t rows = 0;
    while ((size = PQgetCopyData(source->pg, &row, 0)) > 0) {
        int put = PQputCopyData(target->pg, row, size);
        PQfreemem(row);
        if (put != 1)
            return error_set(error, ERR_UNAVAILABLE, "the connection to the database was lost");
        rows++;
    }
    *out_rows = rows;
    return size == -1 || error_set(error, ERR_UNAVAILABLE, "the rows could not be read");
}

bool db_session_copy(DbSession *source, DbSession *target, const DbCopy *copy, uint64_t *out_rows,
                     Error *error)
{
    Error ignored = {0};
    if (!begin_copy(source, copy->query, PGRES_COPY_OUT, error))
        return false;
    if (!begin_copy(target, copy->into, PGRES_COPY_IN, error)) {
        (void)end_copy(source, &ignored);
        return false;
    }
    /* Only the result of the source tells whether its rows were complete. */
    bool pumped = pump_copy(source, target, out_rows, error);
    pumped = end_copy(source, pumped ? error : &ignored) && pumped;
    (void)PQputCopyEnd(target->pg, pumped ? NULL : "the rows could not be read");
    return end_copy(target, pumped ? error : &ignored) && pumped;
}

bool db_session_lock(DbSession *session, int64_t key, uint32_t timeout_ms, Error *error)
{
    DB_STATEMENT try_lock = {"db_session_try_lock", "SELECT pg_try_advisory_lock($1)",
                             .runner = DB_BY_OPERATOR};
    uint64_t until = time_monotonic_ms() + timeout_ms;
    auto_arena Arena *arena = arena_new();
    for (;;) {
        const DbRows *rows =
            db_session_query(session, arena, &try_lock, DB_PARAMS(db_i64(key)), error);
        if (!rows)
            return false;
        if (db_read_bool(rows, 0, 0))
            return true;
        if (time_monotonic_ms() >= until)
            return error_set(error, ERR_CONFLICT, "another session holds the lock");
        uv_sleep(50);
    }
}

void db_session_unlock(DbSession *session, int64_t key)
{
    DB_STATEMENT unlock = {"db_session_unlock", "SELECT pg_advisory_unlock($1)",
                           .runner = DB_BY_OPERATOR};
    auto_arena Arena *arena = arena_new();
    Error error = {0};
    if (!db_session_query(session, arena, &unlock, DB_PARAMS(db_i64(key)), &error))
        log_warn("db.unlock_failed", LOG_TEXT("reason", error.message));
}

bool db_session_in_transaction(const DbSession *session)
{
    return PQtransactionStatus(session->pg) != PQTRANS_IDLE;
}
