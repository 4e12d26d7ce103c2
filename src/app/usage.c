/* SPDX-License-Identifier: Apache-2.0 */
/* netguru usage: the tokens of the user, day by day. */
#include "app/client.h"
#include "app/remote.h"

#include <stdio.h>
#include <time.h>

enum { DEFAULT_DAYS = 7, MOST_DAYS = 366 };

static int64_t number_of(const JsonValue *value, const char *key)
{
    return json_i64_or(value, key, 0);
}

/* The hours that the server counts as a day are those of the terminal's user: "+01:00". */
static void write_zone(char out[8])
{
    struct tm local;
    time_t now = time(NULL);
    long offset_s = localtime_r(&now, &local) ? local.tm_gmtoff : 0;
    long minutes = (offset_s < 0 ? -offset_s : offset_s) / 60;
    snprintf(out, 8, "%c%02ld:%02ld", offset_s < 0 ? '-' : '+', minutes / 60 % 24, minutes % 60);
}

static void print_day(const JsonValue *day)
{
    printf("%-10.*s %9lld %12lld %12lld %12lld %12.4f\n",
           STR_ARGS(json_str_or(day, "date", STR("?"))), (long long)number_of(day, "messages"),
           (long long)number_of(day, "tokens_in"), (long long)number_of(day, "tokens_cached"),
           (long long)number_of(day, "tokens_out"), (double)number_of(day, "cost_micros") / 1e6);
}

static void print_usage(const JsonValue *usage)
{
    const JsonValue *days = json_get(usage, "days");
    printf("%-10s %9s %12s %12s %12s %12s\n", "day", "messages", "tokens in", "of a cache",
           "tokens out", "dollars");
    for (size_t i = 0; days && i < days->count; i++)
        print_day(&days->items[i]);
    int64_t quota = number_of(usage, "quota");
    int64_t used = number_of(usage, "used_today");
    if (quota > 0)
        printf("%lld of %lld tokens used today; the next day begins at %.*s\n", (long long)used,
               (long long)quota, STR_ARGS(json_str_or(usage, "resets_at", STR("midnight"))));
    else
        printf("%lld tokens used today\n", (long long)used);
}

int command_usage(Command *command)
{
    char zone[8];
    Error error = {0};
    uint32_t days = DEFAULT_DAYS;
    bool as_json = command_take_flag(command, "--json");
    if (!command_take_number(command, "--days", 1, MOST_DAYS, &days))
        return 2;
    if (command->argc > 0)
        return command_refuse_rest(command);
    write_zone(zone);
    /* A plus sign in a query is a space. */
    Str path = arena_printf(command->arena, "/api/v1/users/me/usage?days=%u&tz=%s%s", days,
                            zone[0] == '+' ? "%2B" : "-", zone + 1);
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
