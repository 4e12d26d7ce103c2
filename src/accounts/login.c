/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/login.h"

#include "accounts/account_store.h"
#include "accounts/internal.h"
#include "accounts/login_wait.h"
#include "base/time.h"
#include "crypto/password.h"

static int64_t now_ms(void)
{
    return time_now_us() / 1000;
}

static bool fail_wrong(Task *task)
{
    return task_fail(task, ERR_AUTH, "wrong e-mail address or password");
}

/* Well-formed and of nobody: verifying a password against it takes as long as against one that was
 * made at the same cost. */
static Str hash_of_nobody(Task *task, const Services *services)
{
    return arena_printf(task->arena,
                        "$2b$%02d$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
                        (int)config_int(services->settings, "NETGURU_BCRYPT_COST"));
}

typedef struct {
    const SessionClient *client;
    const char *how;
    Str login_key; /* of failed logins; may be empty */
} Opening;

/*
 * Records the session, which compares the account with what it was opened for. Whoever disables or
 * changes an account commits first and ends or changes its sessions then. So a session opened
 * before that commit is reached by it, and one opened after it is noticed here.
 */
static bool record(Task *task, const Services *services, const Account *account,
                   const Opening *opening, const Uuid *session_id)
{
    const AuditContext by = {.address = opening->client->address,
                             .user_agent = opening->client->user_agent};
    const AccountSessionOpened opened = {account, *session_id, opening->how};
    task->has_user = true;
    task->user_id = account->id;
    bool done = account_record_session(task, services->db, &by, &opened);
    task->has_user = false;
    return done;
}

static bool open_session(Task *task, const Services *services, const Account *account,
                         const Opening *opening, SessionTokens *out_tokens)
{
    SessionTokens tokens;
    if (!session_open(task, services, account, opening->client, opening->login_key, &tokens))
        return false;
    if (record(task, services, account, opening, &tokens.session_id)) {
        *out_tokens = tokens;
        return true;
    }
    /* Nobody has its tokens; where it cannot be closed, it expires. */
    Error reason = task->error;
    (void)!session_close(task, services, &account->id, &tokens.session_id, NULL);
    task->error = reason;
    return false;
}

static bool register_account(Task *task, const Services *services, const Credentials *given,
                             LoggedIn *out_login)
{
    Str hash;
    Account account;
    SessionTokens tokens;
    const Opening opening = {&given->client, "registration", STR("")};
    unsigned cost = (unsigned)config_int(services->settings, "NETGURU_BCRYPT_COST");
    if (!config_bool(services->settings, "NETGURU_REGISTRATION"))
        return task_fail(task, ERR_FORBIDDEN, "registration is closed on this server");
    if (!account_check_email(given->email, &task->error) ||
        !account_check_password(given->password, given->email, &task->error) ||
        !password_hash(task, services->hashing, given->password, cost, &hash) ||
        !account_insert(task, services->db, given->email, hash, given->full_name, &account) ||
        !open_session(task, services, &account, &opening, &tokens))
        return false;
    DeviceToken device = device_token_new();
    *out_login = (LoggedIn){
        .tokens = tokens,
        .device_token =
            device_token_sign(task->arena, services, &device, account.email, now_ms() / 1000),
    };
    return true;
}

/* Verifies the password. A login whose password was not looked at does not count as failed. */
static bool verify(Task *task, const Services *services, Str password, Str hash, Str login_key,
                   bool *out_fits)
{
    if (password_verify(task, services->hashing, password, hash, out_fits))
        return true;
    Error reason = task->error;
    if (reason.code == ERR_UNAVAILABLE)
        (void)!login_wait_undo(task, services, login_key);
    task->error = reason;
    return false;
}

static bool open_account(Task *task, const Services *services, const Credentials *given,
                         LoggedIn *out_login)
{
    Arena *arena = task->arena;
    bool found = false;
    bool fits = false;
    Account account = {0};
    SessionTokens tokens;
    DeviceToken device;
    if (!account_find_for_login(task, services->db, given->email, &found, &account))
        return false;
    bool known = device_token_read(arena, services, given->device_token, account.email, &device);
    Str key = login_wait_key(arena, services, account.email, known ? &device : NULL);
    Str hash = found ? account.hashed_password : hash_of_nobody(task, services);
    if (!login_wait_begin(task, services, key, now_ms()) ||
        !verify(task, services, given->password, hash, key, &fits))
        return false;
    if (!found || !fits || !account.is_active)
        return fail_wrong(task);
    const Opening opening = {&given->client, "password", key};
    if (!open_session(task, services, &account, &opening, &tokens))
        return false;
    if (!known)
        device = device_token_new();
    *out_login = (LoggedIn){
        .tokens = tokens,
        .device_token = device_token_sign(arena, services, &device, account.email, now_ms() / 1000),
    };
    return true;
}

static bool open_demo(Task *task, const Services *services, const SessionClient *client,
                      LoggedIn *out_login)
{
    bool found = false;
    Account account = {0};
    LoggedIn login = {0};
    const Opening opening = {client, "demo", STR("")};
    if (!account_find_for_login(task, services->db, STR(DEMO_EMAIL), &found, &account))
        return false;
    if (!found || !account.is_active)
        return task_fail(task, ERR_NOT_FOUND, "there is no demo account");
    if (!open_session(task, services, &account, &opening, &login.tokens))
        return false;
    *out_login = login;
    return true;
}

bool login_register(Task *task, const Services *services, const Credentials *given,
                    LoggedIn *out_login)
{
    bool done = register_account(task, services, given, out_login);
    count_registration(done);
    return done;
}

bool login_open(Task *task, const Services *services, const Credentials *given, LoggedIn *out_login)
{
    bool done = open_account(task, services, given, out_login);
    count_login(done ? ERR_NONE : task->error.code);
    return done;
}

bool login_demo(Task *task, const Services *services, const SessionClient *client,
                LoggedIn *out_login)
{
    bool done = open_demo(task, services, client, out_login);
    count_login(done ? ERR_NONE : task->error.code);
    return done;
}
