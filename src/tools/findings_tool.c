/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/answer.h"
#include "tools/arguments.h"
#include "tools/family.h"
#include "tools/network.h"

enum { MESSAGE_MAX_BYTES = 1000, PACKETS_SHOWN = 5 };

DB_STATEMENT load_findings = {
    "tool_findings",
    "SELECT metadata -> 'findings' FROM topology_snapshots WHERE user_id = $1 AND id = $2",
    "topology",
};

/* What the analysis of one file says of it alone. */
DB_STATEMENT load_own = {
    "tool_findings_own",
    "WITH " FACTS_SQL " SELECT coalesce(result -> 'warnings', '[]'),"
    " coalesce(result -> 'findings', '[]') FROM facts",
};

/* What is looked for, and where it is written. */
typedef struct {
    Arena *arena;
    const Network *network; /* NULL: none has been generated */
    Str severity;           /* empty: any */
    bool has_document;
    ToolDocument document;
    int64_t skipped;
    int64_t total; /* findings so far, with the skipped ones */
    Rows rows;
} Search;

static bool is_at_document(const Search *search, const JsonValue *at)
{
    for (size_t i = 0; at && i < at->count; i++) {
        Str file = json_str_or(&at->items[i], "file", STR(""));
        if (network_is_document(search->network, file, &search->document.id))
            return true;
    }
    return false;
}

static bool is_wanted(const Search *search, const JsonValue *finding)
{
    const JsonValue *at = json_get(finding, "at");
    Str severity = json_str_or(finding, "severity", STR(""));
    return (str_empty(search->severity) || str_equal(severity, search->severity)) &&
           !network_places_deleted(search->network, at) &&
           (!search->has_document || is_at_document(search, at));
}

static void add_row(Search *search, JsonWriter *row)
{
    if (search->total++ >= search->skipped)
        (void)rows_add(&search->rows, row_end(row));
    else
        (void)row_end(row);
}

static void add_findings(Search *search, const JsonValue *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        const JsonValue *finding = &findings->items[i];
        if (!is_wanted(search, finding))
            continue;
        JsonWriter *row = row_begin(search->arena);
        Str message = json_str_or(finding, "message", STR(""));
        json_field_str(row, "severity", json_str_or(finding, "severity", STR("")));
        json_field_str(row, "kind", json_str_or(finding, "kind", STR("")));
        json_field_str(row, "message", answer_text(search->arena, message, MESSAGE_MAX_BYTES));
        network_places(search->arena, row, search->network, json_get(finding, "at"));
        add_row(search, row);
    }
}

/* The findings of a file call the least severity a note, those of the network an info. */
static const char *severity_of(const JsonValue *finding)
{
    Str severity = json_str_or(finding, "severity", STR(""));
    if (str_equal(severity, STR("error")))
        return "error";
    return str_equal(severity, STR("warning")) ? "warning" : "info";
}

static void write_own_place(Search *search, JsonWriter *row, const JsonValue *finding)
{
    json_key(row, "at");
    json_begin_array(row);
    json_begin_object(row);
    tool_document_members(search->arena, row, &search->document);
    field_place(row, "line", json_i64_or(finding, "line", 0));
    json_end(row);
    json_end(row);
}

static void add_warnings(Search *search, const JsonValue *warnings)
{
    if (!str_empty(search->severity) && !str_equal(search->severity, STR("warning")))
        return;
    for (size_t i = 0; i < warnings->count; i++) {
        JsonWriter *row = row_begin(search->arena);
        Str message = json_str_or(&warnings->items[i], "message", STR(""));
        json_field_text(row, "severity", "warning");
        json_field_text(row, "kind", "configuration_warning");
        json_field_str(row, "message", answer_text(search->arena, message, MESSAGE_MAX_BYTES));
        write_own_place(search, row, &warnings->items[i]);
        add_row(search, row);
    }
}

/* The packets of a capture that show it, and the filter that shows them all. */
static void write_packets(Search *search, JsonWriter *row, const JsonValue *finding)
{
    const JsonValue *packets = json_get(finding, "packets");
    Str filter = json_str_or(finding, "filter", STR(""));
    if (!packets)
        return;
    json_key(row, "packets");
    json_begin_array(row);
    for (size_t i = 0; i < MIN_OF(packets->count, (size_t)PACKETS_SHOWN); i++)
        json_value(row, &packets->items[i]);
    json_end(row);
    json_field_str(row, "filter", answer_text(search->arena, filter, MESSAGE_MAX_BYTES));
}

static void add_own_finding(Search *search, const JsonValue *finding)
{
    JsonWriter *row = row_begin(search->arena);
    Str title = json_str_or(finding, "title", STR(""));
    Str detail = json_str_or(finding, "detail", STR(""));
    Str fix = json_str_or(finding, "fix", STR(""));
    Str message = arena_printf(search->arena, "%.*s%s%.*s", STR_ARGS(title),
                               str_empty(detail) ? "" : ". ", STR_ARGS(detail));
    json_field_text(row, "severity", severity_of(finding));
    json_field_str(row, "kind", json_str_or(finding, "id", STR("")));
    json_field_str(row, "message", answer_text(search->arena, message, MESSAGE_MAX_BYTES));
    if (!str_empty(fix))
        json_field_str(row, "fix", answer_text(search->arena, fix, MESSAGE_MAX_BYTES));
    write_packets(search, row, finding);
    write_own_place(search, row, finding);
    add_row(search, row);
}

static void add_own_findings(Search *search, const JsonValue *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        const JsonValue *finding = &findings->items[i];
        if (str_empty(search->severity) ||
            str_equal(search->severity, str_of(severity_of(finding))))
            add_own_finding(search, finding);
    }
}

static const JsonValue no_values = {.type = JSON_IS_ARRAY};

typedef struct {
    const JsonValue *of_network;
    const JsonValue *warnings;
    const JsonValue *own;
} Found;

static bool read_findings(Task *task, const Services *services, const Network *network,
                          const JsonValue **out_findings)
{
    const DbRows *found = NULL;
    *out_findings = &no_values;
    if (!network)
        return true;
    if (!db_query_one(task, services->db, &load_findings,
                      DB_PARAMS(db_uuid(&task->user_id), db_uuid(&network->id)), &found))
        return false;
    if (db_is_null(found, 0, 0))
        return true;
    *out_findings = json_parse(task->arena, db_str(found, 0, 0), &task->error);
    return *out_findings != NULL;
}

static bool read_own(Task *task, const Services *services, const Search *search, Found *found)
{
    const DbRows *rows = NULL;
    found->warnings = found->own = &no_values;
    if (!search->has_document)
        return true;
    DbParams params = DB_PARAMS(db_uuid(&task->user_id), db_uuid(&search->document.id));
    if (!tool_facts(task, services, &load_own, params, &rows))
        return false;
    found->warnings = json_parse(task->arena, db_str(rows, 0, 0), &task->error);
    found->own = json_parse(task->arena, db_str(rows, 0, 1), &task->error);
    return found->warnings && found->own;
}

/* No topology is no failure here: a file has findings of its own. */
static bool load_network(Task *task, const Services *services, const JsonValue *arguments,
                         Network *network, bool *out_found)
{
    *out_found = network_load(task, services, arguments, network);
    if (*out_found)
        return true;
    if (task->error.code != ERR_NOT_FOUND)
        return false;
    task_forget_error(task);
    return true;
}

static void write_answer(Search *search, JsonWriter *answer, const Found *found)
{
    if (search->network) {
        network_members(search->arena, answer, search->network);
    } else {
        json_field_text(answer, "topology_id", NULL);
        json_field_text(answer, "note", "no topology has been generated yet");
    }
    search->rows = rows_begin(search->arena, answer, "findings", search->skipped);
    add_findings(search, found->of_network);
    add_warnings(search, found->warnings);
    add_own_findings(search, found->own);
    rows_end(&search->rows, false);
    json_field_i64(answer, "total", search->total);
}

bool tool_findings(Task *task, const Services *services, const JsonValue *arguments,
                   JsonWriter *answer)
{
    Uuid id;
    Found found;
    Network network;
    bool has_network = false;
    Search search = {
        .arena = task->arena,
        .severity = argument_str(arguments, "severity"),
        .has_document = argument_uuid(arguments, "document_id", &id),
        .skipped = argument_i64(arguments, "more", 0),
    };
    if (search.has_document && !tool_document_load(task, services, &id, &search.document))
        return false;
    if (!load_network(task, services, arguments, &network, &has_network))
        return false;
    search.network = has_network ? &network : NULL;
    if (!read_findings(task, services, search.network, &found.of_network) ||
        !read_own(task, services, &search, &found))
        return false;
    write_answer(&search, answer, &found);
    return true;
}
