/* SPDX-License-Identifier: Apache-2.0 */
#include "app/check/check.h"

#include "app/check/internal.h"

#include <stdarg.h>

Str check_text(const JsonValue *value, const char *key)
{
    return json_str_or(value, key, STR(""));
}

size_t check_count(const JsonValue *value, const char *key)
{
    const JsonValue *list = json_get(value, key);
    return list && list->type == JSON_IS_ARRAY ? list->count : 0;
}

void check_found(Check *check, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(check->found, sizeof(check->found), format, args);
    va_end(args);
}

static void report(Check *check, const char *step, bool passed, const Error *error)
{
    double seconds = (double)(time_monotonic_ms() - check->step_started_ms) / 1000.0;
    printf("%-4s %-34s %8.2f s  %s\n",
           !passed        ? "FAIL"
           : check->skips ? "skip"
                          : "ok",
           step, seconds, passed || !error->code ? check->found : error->message);
    fflush(stdout);
    check->passed += passed && !check->skips;
    check->failed += !passed;
}

typedef struct {
    const char *name;
    CheckStep *run;
    bool needs_recorded;
} CheckRow;

static const CheckRow steps[] = {
    {"log in, read the account", check_step_login, false},
    {"the page for the browser", check_step_page, false},
    {"a wrong password is refused", check_step_wrong_password, false},
    {"an unknown document is not found", check_step_unknown_document, false},
    {"a binary named .cfg is refused", check_step_binary_config, false},
    {"administration and the audit log", check_step_administration, false},
    {"upload and analyse the sample", check_step_sample_files, false},
    {"search by identifier", check_step_search_identifier, false},
    {"search by meaning", check_step_search_meaning, false},
    {"topology and its diagram", check_step_sample_topology, false},
    {"capture summaries", check_step_sample_captures, false},
    {"tables of show outputs", check_step_show_outputs, false},
    {"a question and its cited answer", check_step_conversation, false},
    {"a round of MCP", check_step_mcp, false},
    {"a recorded 13-device network", check_step_recorded_network, true},
    {"three real captures", check_step_recorded_captures, true},
};

bool check_run(Arena *arena, const CheckOptions *options)
{
    Check check = {.arena = arena, .options = options};
    uint64_t started_ms = time_monotonic_ms();
    bool has_recorded = !str_empty(check_recorded_directory(&check));
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        Error error = {0};
        if (steps[i].needs_recorded && !has_recorded) {
            printf("skip %-34s             the shared test data is missing\n", steps[i].name);
            continue;
        }
        check.found[0] = '\0';
        check.skips = false;
        check.step_started_ms = time_monotonic_ms();
        bool passed = (i == 0 || check.client) && steps[i].run(&check, &error);
        report(&check, steps[i].name, passed, &error);
    }
    printf("check: %u passed, %u failed in %.2f s\n", check.passed, check.failed,
           (double)(time_monotonic_ms() - started_ms) / 1000.0);
    client_free(check.client);
    return check.failed == 0;
}

int command_check(Command *command)
{
    const char *server = command_take_option(command, "--server");
    const char *sample = command_take_option(command, "--sample");
    if (command->argc != 1 || !sample)
        return command_misuse(command, "expected --sample DIR and EMAIL");
    Str address = config_str(command->settings, "NETGURU_HTTP_ADDRESS");
    CheckOptions options = {
        .server = server ? str_of(server)
                         : arena_printf(command->arena, "http://%.*s", STR_ARGS(address)),
        .email = str_of(command->argv[0]),
        .password = command_ask_password(command),
        .sample = sample,
    };
    return check_run(command->arena, &options) ? 0 : 1;
}
