/* SPDX-License-Identifier: Apache-2.0 */
/* netguru audit: checks the chain of the audit log, shows its end, and lists it. */
#include "app/administration.h"
#include "app/process.h"

#include "audit/audit.h"

#include <stdio.h>

enum { BROKEN_STATUS = 1 };

typedef struct {
    const Command *command;
    const AuditHead *kept;
    AuditVerdict verdict;
    AuditHead head;
} AuditCall;

static bool verify(Task *task, const Services *services, void *argument)
{
    AuditCall *call = argument;
    if (!audit_verify(task, services->db, call->kept, &call->verdict))
        return false;
    call->verdict.problem = arena_copy(call->command->arena, call->verdict.problem);
    return true;
}

static bool load_head(Task *task, const Services *services, void *argument)
{
    AuditCall *call = argument;
    return audit_load_head(task, services->db, &call->head);
}

static void print_verdict_json(const Command *command, const AuditVerdict *verdict)
{
    Str text;
    char head[AUDIT_HEAD_TEXT_SIZE];
    JsonWriter *json = json_writer_new(command->arena, 4096);
    json_begin_object(json);
    json_field_bool(json, "intact", verdict->intact);
    json_field_i64(json, "entries", verdict->entries);
    json_field_text(json, "head", audit_head_write(&verdict->head, head));
    json_field_str(json, "problem", verdict->problem);
    json_end(json);
    check(json_writer_text(json, &text));
    printf("%.*s\n", STR_ARGS(text));
}

static int print_verdict(const Command *command, const AuditVerdict *verdict, bool as_json)
{
    char head[AUDIT_HEAD_TEXT_SIZE];
    if (as_json)
        print_verdict_json(command, verdict);
    else if (verdict->intact)
        printf("the audit log is intact: %lld entries, head %s\n", (long long)verdict->entries,
               audit_head_write(&verdict->head, head));
    else
        printf("the audit log is broken after %lld good entries: %.*s\n",
               (long long)verdict->entries, STR_ARGS(verdict->problem));
    return verdict->intact ? 0 : BROKEN_STATUS;
}

static int run_verify(Command *command, AuditCall *call, const char *kept_text, bool as_json)
{
    AuditHead kept;
    Error error = {0};
    if (kept_text && !audit_head_parse(str_of(kept_text), &kept))
        return command_misuse(command, "--head must be what netguru audit head has printed");
    call->kept = kept_text ? &kept : NULL;
    return process_run_operator(command, verify, call, &error)
               ? print_verdict(command, &call->verdict, as_json)
               : command_fail(&error);
}

static int run_head(Command *command, AuditCall *call)
{
    Error error = {0};
    char text[AUDIT_HEAD_TEXT_SIZE];
    if (!process_run_operator(command, load_head, call, &error))
        return command_fail(&error);
    printf("%s\n", audit_head_write(&call->head, text));
    return 0;
}

int command_audit(Command *command)
{
    AuditCall call = {.command = command};
    Str verb = command->argc ? str_of(command->argv[0]) : STR("");
    if (str_equal(verb, STR("list")))
        return administration_run(command, "audit");
    bool as_json = command_take_flag(command, "--json");
    const char *kept = command_take_option(command, "--head");
    if (command->argc != 1)
        return command_misuse(command, "expected verify, head or list");
    if (str_equal(verb, STR("verify")))
        return run_verify(command, &call, kept, as_json);
    if (str_equal(verb, STR("head")) && !kept)
        return run_head(command, &call);
    return command_misuse(command, "expected verify, head or list");
}
