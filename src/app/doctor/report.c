/* SPDX-License-Identifier: Apache-2.0 */
/* How findings are shown. */
#include "app/doctor/internal.h"

#include "base/json.h"

#include <stdio.h>

enum { JSON_MAX_BYTES = 4 * 1024 * 1024 };

static const char *const severity_names[] = {
    [FINDING_OK] = "ok",
    [FINDING_WARNING] = "warning",
    [FINDING_ERROR] = "error",
    [FINDING_UNKNOWN] = "unknown",
};

/* Fixed findings do not count. */
static unsigned count(const Doctor *doctor, Severity severity)
{
    unsigned found = 0;
    for (size_t i = 0; i < doctor->findings.count; i++) {
        const Finding *finding = doctor->findings.items[i];
        found += finding->severity == severity && !finding->is_fixed;
    }
    return found;
}

static unsigned count_fixed(const Doctor *doctor)
{
    unsigned found = 0;
    for (size_t i = 0; i < doctor->findings.count; i++)
        found += doctor->findings.items[i]->is_fixed;
    return found;
}

static void print_more(const char *name, Str text)
{
    if (!str_empty(text))
        printf("%-9s%-21s%s: %.*s\n", "", "", name, STR_ARGS(text));
}

static void print_finding(const Finding *finding)
{
    const char *state = finding->is_fixed ? "fixed" : severity_names[finding->severity];
    printf("%-8s %-20s %.*s\n", state, finding->subject, STR_ARGS(finding->what));
    print_more("cause", finding->cause);
    if (!finding->is_fixed)
        print_more("fix", finding->command);
    print_more("done", finding->done);
}

static const char *plural(unsigned number)
{
    return number == 1 ? "" : "s";
}

void doctor_print(const Doctor *doctor)
{
    unsigned errors = count(doctor, FINDING_ERROR);
    unsigned warnings = count(doctor, FINDING_WARNING);
    unsigned unknown = count(doctor, FINDING_UNKNOWN);
    unsigned fixed = count_fixed(doctor);
    for (size_t i = 0; i < doctor->findings.count; i++)
        print_finding(doctor->findings.items[i]);
    if (fixed)
        printf("%u fixed, ", fixed);
    if (errors + warnings + unknown == 0)
        printf("all well\n");
    else
        printf("%u error%s, %u warning%s, %u unknown\n", errors, plural(errors), warnings,
               plural(warnings), unknown);
}

static void write_finding(JsonWriter *json, const Finding *finding)
{
    json_begin_object(json);
    json_field_text(json, "subject", finding->subject);
    json_field_text(json, "severity", severity_names[finding->severity]);
    json_field_str(json, "what", finding->what);
    json_field_str(json, "cause", finding->cause);
    json_field_str(json, "command", finding->command);
    json_field_bool(json, "fixable", finding->fix != NULL);
    json_field_bool(json, "fixed", finding->is_fixed);
    json_field_str(json, "done", finding->done);
    json_end(json);
}

bool doctor_print_json(const Doctor *doctor)
{
    Str text;
    JsonWriter *json = json_writer_new(doctor->arena, JSON_MAX_BYTES);
    json_begin_object(json);
    json_key(json, "findings");
    json_begin_array(json);
    for (size_t i = 0; i < doctor->findings.count; i++)
        write_finding(json, doctor->findings.items[i]);
    json_end(json);
    json_field_u64(json, "errors", count(doctor, FINDING_ERROR));
    json_field_u64(json, "warnings", count(doctor, FINDING_WARNING));
    json_field_u64(json, "unknown", count(doctor, FINDING_UNKNOWN));
    json_field_u64(json, "fixed", count_fixed(doctor));
    json_end(json);
    return json_writer_text(json, &text) && command_print(text) && command_print(STR("\n"));
}
