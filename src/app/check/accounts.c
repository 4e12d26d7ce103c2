/* SPDX-License-Identifier: Apache-2.0 */
#include "app/check/internal.h"

bool check_step_login(Check *check, Error *error)
{
    const CheckOptions *options = check->options;
    check->client =
        client_login(check->arena, options->server, options->email, options->password, error);
    const JsonValue *me =
        check->client ? client_get(check->client, check->arena, "/api/v1/users/me", error) : NULL;
    if (!me)
        return false;
    check_found(check, "%.*s, plan %.*s", STR_ARGS(check_text(me, "email")),
                STR_ARGS(check_text(me, "plan_tier")));
    return str_equal(check_text(me, "email"), options->email);
}

bool check_step_wrong_password(Check *check, Error *error)
{
    const CheckOptions *options = check->options;
    Client *client =
        client_login(check->arena, options->server, options->email, STR("not-it-at-all"), error);
    bool refused = !client && error->code == ERR_AUTH;
    client_free(client);
    check_found(check, "%s", error->message);
    return refused;
}

bool check_step_unknown_document(Check *check, Error *error)
{
    const JsonValue *document = client_get(
        check->client, check->arena, "/api/v1/files/00000000-0000-4000-8000-000000000000", error);
    check_found(check, "%s", error->message);
    return !document && error->code == ERR_NOT_FOUND;
}

/* Only an administrator sees the statistics. */
static bool check_administration(Check *check, bool *out_refused, Error *error)
{
    Arena *arena = check->arena;
    const JsonValue *me = client_get(check->client, arena, "/api/v1/users/me", error);
    const JsonValue *superuser = json_get(me, "is_superuser");
    const JsonValue *shown = client_get(check->client, arena, "/api/v1/admin/statistics", error);
    *out_refused = !shown;
    if (me && superuser && superuser->boolean)
        return shown != NULL;
    return !shown && error->code == ERR_FORBIDDEN;
}

/* A consent that is given is in the audit log, and can be withdrawn. */
bool check_step_administration(Check *check, Error *error)
{
    bool refused = false;
    Arena *arena = check->arena;
    if (!check_administration(check, &refused, error))
        return false;
    *error = (Error){0};
    const JsonValue *consent = client_post(check->client, arena, "/api/v1/users/me/consents",
                                           STR("{\"scope\":\"documents\",\"minutes\":1}"), error);
    const JsonValue *log = client_get(check->client, arena, "/api/v1/users/me/audit", error);
    Str path =
        arena_printf(arena, "/api/v1/users/me/consents/%.*s", STR_ARGS(check_text(consent, "id")));
    if (!consent || !log || !client_delete(check->client, arena, path.data, error))
        return false;
    const JsonValue *items = json_get(log, "items");
    Str action = check_count(log, "items") ? check_text(&items->items[0], "action") : STR("");
    check_found(check, "%s, then %.*s", refused ? "refused" : "an administrator", STR_ARGS(action));
    return str_equal(action, STR("consent.give"));
}
