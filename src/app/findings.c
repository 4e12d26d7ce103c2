/* SPDX-License-Identifier: Apache-2.0 */
#include "app/findings.h"

#include "base/map.h"
#include "base/version.h"

/* Returns 0 for the most severe; as many as there are names for any other word. */
static size_t rank(Str severity)
{
    static const Str names[] = {STR_INIT("error"), STR_INIT("warning"), STR_INIT("note")};
    size_t i = 0;
    while (i < COUNT_OF(names) && !str_equal(severity, names[i]))
        i++;
    return i;
}

bool findings_is_severity(Str name)
{
    return rank(name) < rank(STR(""));
}

bool findings_reach(const FindingReport *report, Str severity)
{
    for (size_t i = 0; i < report->findings.count; i++) {
        if (rank(report->findings.items[i].severity) <= rank(severity))
            return true;
    }
    return false;
}

bool findings_add(Arena *arena, FindingReport *report, Str file, Str analysis, Error *error)
{
    const JsonValue *value = json_parse(arena, analysis, error);
    if (!value)
        return false;
    const JsonValue *findings = json_get(value, "findings");
    *VEC_PUSH(arena, &report->files) = file;
    for (size_t i = 0; findings && i < findings->count; i++) {
        const JsonValue *item = &findings->items[i];
        int64_t line = json_i64_or(item, "line", 0);
        *VEC_PUSH(arena, &report->findings) = (ReportedFinding){
            .file = file,
            .id = json_str_or(item, "id", STR("finding")),
            .severity = json_str_or(item, "severity", STR("note")),
            .title = json_str_or(item, "title", STR("")),
            .fix = json_str_or(item, "fix", STR("")),
            .filter = json_str_or(item, "filter", STR("")),
            .line = line > 0 && line <= UINT32_MAX ? (uint32_t)line : 0,
        };
    }
    return true;
}

static void write_rules(Arena *arena, const FindingReport *report, JsonWriter *json)
{
    Map written = {0};
    json_key(json, "rules");
    json_begin_array(json);
    for (size_t i = 0; i < report->findings.count; i++) {
        Str id = report->findings.items[i].id;
        if (map_get_index(&written, id) != MAP_NO_INDEX)
            continue;
        map_put_index(arena, &written, id, i);
        json_begin_object(json);
        json_field_str(json, "id", id);
        json_end(json);
    }
    json_end(json);
}

static void write_text_object(JsonWriter *json, const char *key, Str text)
{
    json_key(json, key);
    json_begin_object(json);
    json_field_str(json, "text", text);
    json_end(json);
}

static void write_location(JsonWriter *json, const ReportedFinding *finding)
{
    json_key(json, "locations");
    json_begin_array(json);
    json_begin_object(json);
    json_key(json, "physicalLocation");
    json_begin_object(json);
    json_key(json, "artifactLocation");
    json_begin_object(json);
    json_field_str(json, "uri", finding->file);
    json_end(json);
    if (finding->line) {
        json_key(json, "region");
        json_begin_object(json);
        json_field_u64(json, "startLine", finding->line);
        json_end(json);
    }
    json_end(json);
    json_end(json);
    json_end(json);
}

static void write_result(Arena *arena, const ReportedFinding *finding, JsonWriter *json)
{
    Str text = finding->title;
    if (finding->fix.size)
        text = arena_printf(arena, "%.*s. Fix: %.*s", STR_ARGS(text), STR_ARGS(finding->fix));
    json_begin_object(json);
    json_field_str(json, "ruleId", finding->id);
    json_field_str(json, "level", finding->severity);
    write_text_object(json, "message", text);
    write_location(json, finding);
    json_end(json);
}

void findings_write_sarif(Arena *arena, const FindingReport *report, StrBuf *out)
{
    JsonWriter json;
    json_start(&json, out);
    json_begin_object(&json);
    json_field_text(&json, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    json_field_text(&json, "version", "2.1.0");
    json_key(&json, "runs");
    json_begin_array(&json);
    json_begin_object(&json);
    json_key(&json, "tool");
    json_begin_object(&json);
    json_key(&json, "driver");
    json_begin_object(&json);
    json_field_text(&json, "name", "netguru");
    json_field_text(&json, "version", NETGURU_VERSION);
    write_rules(arena, report, &json);
    json_end(&json);
    json_end(&json);
    json_key(&json, "results");
    json_begin_array(&json);
    for (size_t i = 0; i < report->findings.count; i++)
        write_result(arena, &report->findings.items[i], &json);
    json_end(&json);
    json_end(&json);
    json_end(&json);
    json_end(&json);
    strbuf_append_byte(out, '\n');
}

/* Appends text for an XML attribute. Control characters, which XML 1.0 cannot hold, become '.'. */
static void append_xml(StrBuf *out, Str text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c == '<')
            strbuf_append(out, STR("&lt;"));
        else if (c == '>')
            strbuf_append(out, STR("&gt;"));
        else if (c == '&')
            strbuf_append(out, STR("&amp;"));
        else if (c == '"')
            strbuf_append(out, STR("&quot;"));
        else
            strbuf_append_byte(out, c < 0x20 || c == 0x7F ? '.' : (char)c);
    }
}

static void attribute(StrBuf *out, const char *name, Str value)
{
    strbuf_printf(out, " %s=\"", name);
    append_xml(out, value);
    strbuf_append_byte(out, '"');
}

/* A note is a test that passed: build servers count failures. */
static void write_test(const ReportedFinding *finding, StrBuf *out)
{
    strbuf_append(out, STR("    <testcase"));
    attribute(out, "classname", finding->id);
    attribute(out, "name", finding->title);
    attribute(out, "file", finding->file);
    if (finding->line)
        strbuf_printf(out, " line=\"%u\"", finding->line);
    if (str_equal(finding->severity, STR("note"))) {
        strbuf_append(out, STR("/>\n"));
        return;
    }
    strbuf_append(out, STR("><failure"));
    attribute(out, "type", finding->severity);
    attribute(out, "message", finding->fix.size ? finding->fix : finding->title);
    strbuf_append(out, STR("/></testcase>\n"));
}

static void write_suite(const FindingReport *report, Str file, StrBuf *out)
{
    size_t count = 0, failures = 0;
    for (size_t i = 0; i < report->findings.count; i++) {
        const ReportedFinding *finding = &report->findings.items[i];
        bool own = str_equal(finding->file, file);
        count += own;
        failures += own && !str_equal(finding->severity, STR("note"));
    }
    strbuf_append(out, STR("  <testsuite"));
    attribute(out, "name", file);
    strbuf_printf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"0\">\n", MAX_OF(count, (size_t)1),
                  failures);
    if (count == 0)
        strbuf_append(out, STR("    <testcase classname=\"analysis\" name=\"nothing found\"/>\n"));
    for (size_t i = 0; i < report->findings.count; i++) {
        if (str_equal(report->findings.items[i].file, file))
            write_test(&report->findings.items[i], out);
    }
    strbuf_append(out, STR("  </testsuite>\n"));
}

void findings_write_junit(const FindingReport *report, StrBuf *out)
{
    strbuf_append(out, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"));
    for (size_t i = 0; i < report->files.count; i++)
        write_suite(report, report->files.items[i], out);
    strbuf_append(out, STR("</testsuites>\n"));
}

/* Appends a field. One that a spreadsheet would take for a formula gets an apostrophe first. */
static void append_csv(StrBuf *out, Str field)
{
    bool formula = field.size && str_find_byte(STR("=+-@\t\r"), field.data[0]) != STR_NOT_FOUND;
    strbuf_append(out, formula ? STR("\"'") : STR("\""));
    for (size_t i = 0; i < field.size; i++) {
        if (field.data[i] == '"')
            strbuf_append_byte(out, '"');
        strbuf_append_byte(out, field.data[i]);
    }
    strbuf_append_byte(out, '"');
}

void findings_write_csv(const FindingReport *report, StrBuf *out)
{
    strbuf_append(out, STR("file,line,severity,id,title,fix,filter\r\n"));
    for (size_t i = 0; i < report->findings.count; i++) {
        const ReportedFinding *finding = &report->findings.items[i];
        append_csv(out, finding->file);
        if (finding->line)
            strbuf_printf(out, ",%u,", finding->line);
        else
            strbuf_append(out, STR(",,"));
        append_csv(out, finding->severity);
        strbuf_append_byte(out, ',');
        append_csv(out, finding->id);
        strbuf_append_byte(out, ',');
        append_csv(out, finding->title);
        strbuf_append_byte(out, ',');
        append_csv(out, finding->fix);
        strbuf_append_byte(out, ',');
        append_csv(out, finding->filter);
        strbuf_append(out, STR("\r\n"));
    }
}
