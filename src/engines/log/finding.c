/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/log/report_private.h"

#include <stdlib.h>

enum { FINDINGS_MAX = 500, FINDINGS_SHOWN = 60 };

static const char *const level_names[] = {"error", "warning", "note"};

void log_lines_add(LogLines *lines, uint64_t line)
{
    if (lines->count < LOG_FINDING_LINES)
        lines->lines[lines->count++] = line;
    else /* the last one is the newest */
        lines->lines[LOG_FINDING_LINES - 1] = line;
}

static int by_line(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

void log_lines_sort(LogLines *lines)
{
    qsort(lines->lines, lines->count, sizeof(lines->lines[0]), by_line);
}

void findings_add(LogFindings *findings, const LogFinding *finding)
{
    *VEC_PUSH(findings->arena, &findings->list) = *finding;
}

static int by_importance(const void *left, const void *right)
{
    const LogFinding *a = left;
    const LogFinding *b = right;
    uint64_t first_a = a->lines.count ? a->lines.lines[0] : 0;
    uint64_t first_b = b->lines.count ? b->lines.lines[0] : 0;
    if (a->level != b->level)
        return a->level < b->level ? -1 : 1;
    if (a->weight != b->weight)
        return a->weight > b->weight ? -1 : 1;
    if (first_a != first_b)
        return first_a < first_b ? -1 : 1;
    return str_compare(a->title, b->title);
}

void findings_end(LogFindings *findings)
{
    if (findings->list.count)
        qsort(findings->list.items, findings->list.count, sizeof(LogFinding), by_importance);
    if (findings->list.count > FINDINGS_MAX) {
        findings->left_out = findings->list.count - FINDINGS_MAX;
        findings->list.count = FINDINGS_MAX;
    }
}

void findings_write_json(const LogFindings *findings, JsonWriter *json)
{
    json_key(json, "findings");
    json_begin_array(json);
    for (size_t i = 0; i < findings->list.count; i++) {
        const LogFinding *finding = &findings->list.items[i];
        json_begin_object(json);
        json_field_text(json, "id", finding->id);
        json_field_text(json, "severity", level_names[finding->level]);
        json_field_str(json, "title", finding->title);
        json_field_str(json, "detail", finding->detail);
        json_field_u64(json, "line", finding->lines.count ? finding->lines.lines[0] : 0);
        json_key(json, "lines");
        json_begin_array(json);
        for (size_t at = 0; at < finding->lines.count; at++)
            json_u64(json, finding->lines.lines[at]);
        json_end(json);
        json_end(json);
    }
    json_end(json);
    json_field_u64(json, "findings_left_out", findings->left_out);
}

void findings_write_text(const LogFindings *findings, StrBuf *out)
{
    size_t shown = MIN_OF(findings->list.count, (size_t)FINDINGS_SHOWN);
    unsigned long long hidden = findings->list.count - shown + findings->left_out;
    strbuf_printf(out, "findings     %zu\n", findings->list.count);
    for (size_t i = 0; i < shown; i++) {
        const LogFinding *finding = &findings->list.items[i];
        strbuf_printf(out, "  %-8s %.*s", level_names[finding->level], STR_ARGS(finding->title));
        if (finding->lines.count)
            strbuf_printf(out, " (line %llu)", (unsigned long long)finding->lines.lines[0]);
        strbuf_printf(out, "\n           %.*s\n", STR_ARGS(finding->detail));
    }
    if (hidden)
        strbuf_printf(out, "  … and %llu more\n", hidden);
    strbuf_append_byte(out, '\n');
}

Str finding_host(Str host)
{
    return str_empty(host) ? STR("the device") : host;
}

Str finding_duration(Arena *arena, int64_t seconds)
{
    long long s = MAX_OF(seconds, (int64_t)0);
    if (s < 120)
        return arena_printf(arena, "%lld s", s);
    if (s < 2 * 3600)
        return arena_printf(arena, "%lld min", (s + 30) / 60);
    if (s < 48 * 3600)
        return arena_printf(arena, "%lld h %lld min", s / 3600, s % 3600 / 60);
    return arena_printf(arena, "%lld days", (s + 43200) / 86400);
}

Str finding_times(Arena *arena, uint64_t count)
{
    return count == 1 ? STR("once") : arena_printf(arena, "%llu times", (unsigned long long)count);
}
