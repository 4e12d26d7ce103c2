/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log of any size. It is read in parts, each of which is masked, counted and cut into chunks
 * before the next is looked at. All of it is counted; of a log that makes more than
 * LOG_MAX_CHUNKS chunks, the newest, the severe and the rare ones can be searched.
 */
#include "analysis/child_private.h"

#include "engines/log/report.h"
#include "engines/redact/redact.h"
#include "engines/text/chunk_choice.h"
#include "engines/text/parts.h"

_Static_assert((int)CHUNK_MERIT_RARE == (int)LOG_MERIT_RARE, "merits are the same");
_Static_assert((int)CHUNK_MERIT_NONE == (int)LOG_MERIT_NONE, "merits are the same");

enum { LOG_MAX_CHUNKS = 40 * 1000 };

typedef struct {
    const AnalysisInput *input;
    StrBuf *line; /* of output */
    TextKindFinding finding;
    LogReport *report;
    ChunkChoice *choice;
    uint64_t nul_bytes;
    uint64_t escape_sequences;
    uint64_t bad_characters;
} LogReading;

static unsigned merit_of(const LogMerits *merits, const TextChunk *chunk)
{
    unsigned best = LOG_MERIT_NONE;
    for (size_t i = chunk->first_line; i <= chunk->last_line && i <= merits->count; i++)
        best = MIN_OF(best, merits->items[i - 1]);
    return best;
}

static bool take_part(LogReading *reading, Arena *arena, Str text, Error *error)
{
    TextChunkVec chunks = {0};
    ChunkOptions options = chunk_options(TEXT_LOG, reading->input->name);
    uint32_t before = (uint32_t)log_report_lines(reading->report);
    const LogMerits *merits = log_report_add(reading->report, text);
    if (!chunk_text(arena, text, &options, &chunks, error))
        return false;
    for (size_t i = 0; i < chunks.count; i++) {
        TextChunk chunk = chunks.items[i];
        unsigned merit = merit_of(merits, &chunk);
        chunk.first_line += before;
        chunk.last_line += before;
        chunk.text_line += before;
        chunk_choice_add(reading->choice, &chunk, merit);
    }
    return true;
}

static bool send_progress(const LogReading *reading, const TextParts *parts, Error *error)
{
    size_t size = reading->input->bytes.size;
    wire_write_progress(reading->line, (unsigned)((size - parts->rest.size) * 100 / size));
    return child_send_line(reading->line, error);
}

static bool read_parts(LogReading *reading, Error *error)
{
    TextParts parts = text_parts(reading->input->bytes);
    while (text_parts_left(&parts)) {
        DecodedText part;
        auto_arena Arena *scratch = arena_new();
        if (!text_next_part(&parts, scratch, &part, error))
            return false;
        reading->nul_bytes += part.nul_count;
        reading->escape_sequences += part.escape_count;
        reading->bad_characters += part.bad_count;
        if (!take_part(reading, scratch, redact_text(scratch, part.utf8), error) ||
            !send_progress(reading, &parts, error))
            return false;
    }
    if (reading->nul_bytes && log_report_lines(reading->report) == 0)
        return error_set(error, ERR_VALIDATION, "the file holds nothing but NUL bytes");
    return true;
}

static bool send_chunks(LogReading *reading, Error *error)
{
    TextChunk chunk;
    while (chunk_choice_next(reading->choice, &chunk)) {
        wire_write_chunk(reading->line, &chunk);
        if (!child_send_line(reading->line, error))
            return false;
    }
    return true;
}

static void write_dropped(const LogReading *reading, JsonWriter *json, StrBuf *text)
{
    const struct {
        const char *key;
        const char *says;
        uint64_t count;
    } rows[] = {
        {"nul_bytes", "NUL bytes were left out", reading->nul_bytes},
        {"escape_sequences", "escape sequences (colours) were left out", reading->escape_sequences},
        {"bad_characters", "characters could not be decoded", reading->bad_characters},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (!rows[i].count)
            continue;
        json_field_u64(json, rows[i].key, rows[i].count);
        strbuf_printf(text, "%llu %s\n", (unsigned long long)rows[i].count, rows[i].says);
    }
}

/* Says how much of the log cannot be searched, and why. */
static void write_unsearched(const LogReading *reading, JsonWriter *json, StrBuf *text)
{
    uint64_t lines = 0;
    if (chunk_choice_dropped(reading->choice, &lines) == 0)
        return;
    Str note = arena_printf(
        reading->input->arena,
        "%llu of %llu lines cannot be searched: the log makes more than %d sections, so only the "
        "newest, the severe and the rare messages are. All lines are counted.",
        (unsigned long long)lines, (unsigned long long)log_report_lines(reading->report),
        LOG_MAX_CHUNKS);
    json_field_u64(json, "lines_not_searchable", lines);
    json_field_str(json, "note", note);
    strbuf_printf(text, "%.*s\n", STR_ARGS(note));
}

static bool send_result(LogReading *reading, Error *error)
{
    JsonWriter json;
    auto_strbuf StrBuf text = {0};
    auto_strbuf StrBuf notes = {0};
    strbuf_init(&text, WIRE_LINE_MAX_BYTES);
    strbuf_init(&notes, WIRE_TEXT_MAX_BYTES);
    wire_begin_result(&json, reading->line, text_kind_name(TEXT_LOG), reading->finding.reason);
    child_write_unpacked(&json, reading->input);
    write_dropped(reading, &json, &notes);
    write_unsearched(reading, &json, &notes);
    wire_begin_result_value(&json);
    json_begin_object(&json);
    log_report_write_json(reading->report, &json);
    json_end(&json);
    child_print_unpacked(&text, reading->input);
    log_report_write_text(reading->report, &text);
    strbuf_append(&text, strbuf_str(&notes));
    wire_end_result(&json, strbuf_str(&text));
    return child_send_line(reading->line, error);
}

bool child_analyze_log(const AnalysisInput *input, const TextKindFinding *finding, Error *error)
{
    auto_strbuf StrBuf line = {0};
    auto_chunk_choice ChunkChoice *choice = chunk_choice_new(LOG_MAX_CHUNKS);
    LogReading reading = {
        .input = input,
        .line = &line,
        .finding = *finding,
        .report = log_report_new(input->arena),
        .choice = choice,
    };
    strbuf_init(&line, WIRE_LINE_MAX_BYTES);
    if (!read_parts(&reading, error))
        return false;
    log_report_end(reading.report, NULL);
    return send_chunks(&reading, error) && send_result(&reading, error);
}
