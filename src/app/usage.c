/* SPDX-License-Identifier: Apache-2.0 */
/* netguru usage: the tokens of the user, day by day. */
#include "app/client.h"
#include "app/remote.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { DEFAULT_DAYS = 7, MOST_DAYS = 366, ZONE_PATH_BYTES = 256 };

static int64_t number_of(const JsonValue *value, const char *key)
{
    return json_i64_or(value, key, 0);
}

/* Returns the name of the user's time zone: TZ, or what /etc/localtime points to. */
static Str find_zone(Arena *arena)
{
    char target[ZONE_PATH_BYTES];
    const char *given = getenv("TZ");
    if (given && given[0] && given[0] != ':')
        return str_of(given);
    ssize_t size = readlink("/etc/localtime", target, sizeof(target));
    Str path = str_make(target, (size_t)MAX_OF(size, (ssize_t)0));
    size_t at = str_find(path, STR("zoneinfo/"));
    return at == STR_NOT_FOUND ? STR("UTC") : arena_copy(arena, str_from(path, at + 9));
}

static void print_day(const JsonValue *day)
{
    printf("%-10.*s %9lld %12lld %12lld %12lld %12.4f\n",
           STR_ARGS(json_str_or(day, "date", STR("?"))), (long long)number_of(day, "answers"),
           (long long)number_of(day, "tokens_in"), (long long)number_of(day, "tokens_cached"),
           (long long)number_of(day, "tokens_out"), (double)number_of(day, "cost_micros") / 1e6);
}

static void print_models(const JsonValue *models)
{
    for (size_t i = 0; models && i < models->count; i++) {
        const JsonValue *model = &models->items[i];
        printf("%.*s %.*s: %lld answers, %lld tokens, %.4f dollars\n",
               STR_ARGS(json_str_or(model, "provider", STR("?"))),
               STR_ARGS(json_str_or(model, "model", STR("?"))),
               (long long)number_of(model, "answers"), (long long)number_of(model, "tokens_total"),
               (double)number_of(model, "cost_micros") / 1e6);
    }
}

static void print_usage(const JsonValue *usage)
{
    const JsonValue *days = json_get(usage, "days");
    printf("%-10s %9s %12s %12s %12s %12s\n", "day", "answers", "tokens in", "of a cache",
           "tokens out", "dollars");
    for (size_t i = 0; days && i < days->count; i++)
        print_day(&days->items[i]);
    print_models(json_get(usage, "models"));
    int64_t quota = number_of(usage, "quota");
    int64_t used = number_of(usage, "used_today");
    if (quota > 0) {
        printf("%lld of %lld tokens used today; the next day begins at %.*s\n", (long long)used,
               (long long)quota, STR_ARGS(json_str_or(usage, "resets_at", STR("midnight"))));
    } else {
        printf("%lld tokens used today\n", (long long)used);
    }
}

int command_usage(Command *command)
{
    Error error = {0};
    uint32_t days = DEFAULT_DAYS;
    bool as_json = command_take_flag(command, "--json");
    if (!command_take_number(command, "--days", 1, MOST_DAYS, &days))
        return 2;
    if (command->argc > 0)
        return command_refuse_rest(command);
    Str zone = find_zone(command->arena);
    Str path = arena_printf(command->arena, "/api/v1/users/me/usage?days=%u&tz=%.*s", days,
                            STR_ARGS(remote_encode(command->arena, zone)));
    Client *client = client_load(command, &error);
    const JsonValue *usage = client ? client_get(client, command->arena, path.data, &error) : NULL;
    client_free(client);
    if (!usage)
        return command_fail(&error);
    if (as_json)
        return remote_print_json(usage) ? 0 : 1;
    print_usage(usage);
    return 0;
}
