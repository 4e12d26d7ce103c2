/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a document: its kind, its encoding, its chunks in every form, each of its lines as a
 * log message, its two halves compared, and its tokens with a small vocabulary. What chunk.h and
 * line_diff.h promise is checked.
 */
#include "base/mem.h"
#include "base/strbuf.h"
#include "engines/embed/tokenizer.h"
#include "engines/log/report.h"
#include "engines/log/syslog.h"
#include "engines/text/chunk.h"
#include "engines/text/encoding.h"
#include "engines/text/line_diff.h"
#include "engines/text/pdf_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of the right size: the special tokens, all bytes as characters, and numbers. */
static Tokenizer *make_tokenizer(void)
{
    auto_strbuf StrBuf text;
    strbuf_init(&text, 4 << 20);
    for (unsigned id = 0; id < VOCABULARY_SIZE; id++) {
        static const struct {
            unsigned id;
            const char *text;
        } specials[] = {{TOKEN_PAD, "[PAD]"},
                        {TOKEN_UNKNOWN, "[UNK]"},
                        {TOKEN_START, "[CLS]"},
                        {TOKEN_END, "[SEP]"},
                        {TOKEN_MASK, "[MASK]"}};
        const char *special = NULL;
        for (size_t i = 0; i < COUNT_OF(specials); i++)
            if (specials[i].id == id)
                special = specials[i].text;
        if (special)
            strbuf_printf(&text, "%s\n", special);
        else if (id >= 200 && id < 294)
            strbuf_printf(&text, "%c\n", (char)(id - 200 + 33));
        else if (id >= 300 && id < 394)
            strbuf_printf(&text, "##%c\n", (char)(id - 300 + 33));
        else
            strbuf_printf(&text, "##token%u\n", id);
    }
    Error error = {0};
    Tokenizer *tokenizer = tokenizer_new(strbuf_str(&text), &error);
    check(tokenizer);
    return tokenizer;
}

static size_t count_tokens(const void *tokenizer, Str text)
{
    return tokenizer_count(tokenizer, text);
}

static void check_chunks(Arena *arena, const TextChunkVec *chunks, const ChunkOptions *options)
{
    uint32_t covered = 0;
    for (size_t i = 0; i < chunks->count; i++) {
        const TextChunk *chunk = &chunks->items[i];
        check(chunk->first_line >= 1 && chunk->first_line <= covered + 1);
        check(chunk->last_line >= chunk->first_line);
        check(chunk->text_line >= chunk->first_line && chunk->text_line <= chunk->last_line);
        check(chunk->text.size > 0 && chunk->text.size <= options->max_bytes);
        check(options->count_tokens(options->counter_context, chunk->text) <= options->max_tokens);
        Str input = chunk_embedding_text(arena, chunk, options);
        check(options->count_tokens(options->counter_context, input) <= CHUNK_MODEL_TOKENS);
        covered = MAX_OF(covered, chunk->last_line);
    }
}

static LineList lines_of(Arena *arena, Str text)
{
    Str line;
    StrVec lines = {0};
    while (str_next_line(&text, &line))
        *VEC_PUSH(arena, &lines) = line;
    return (LineList){lines.items, lines.count};
}

static void check_diff(Arena *arena, Str text)
{
    LineChangeVec changes = {0};
    LineList old_lines = lines_of(arena, str_slice(text, 0, text.size / 2));
    LineList new_lines = lines_of(arena, str_from(text, text.size / 2));
    line_diff(arena, old_lines, new_lines, &changes);
    LineChange end = {(uint32_t)old_lines.count, 0, (uint32_t)new_lines.count, 0};
    *VEC_PUSH(arena, &changes) = end;
    for (size_t i = 0, old_at = 0, new_at = 0; i < changes.count; i++) {
        LineChange change = changes.items[i];
        check(change.old_first >= old_at && change.old_first - old_at == change.new_first - new_at);
        while (old_at < change.old_first)
            check(str_equal(old_lines.items[old_at++], new_lines.items[new_at++]));
        old_at += change.old_count;
        new_at += change.new_count;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Tokenizer *tokenizer;
    if (!tokenizer)
        tokenizer = make_tokenizer();
    auto_arena Arena *arena = arena_new();
    Str bytes = str_make(data, size);
    (void)text_kind_detect(STR("upload.txt"), bytes);
    uint16_t ids[256];
    check(tokenizer_encode(tokenizer, bytes, 256, ids) >= 2);
    check_diff(arena, bytes);
    for (Str rest = bytes, line; str_next_line(&rest, &line);) {
        SyslogLine parsed;
        if (syslog_parse(line, &parsed))
            check(parsed.severity >= -1 && parsed.severity <= 7);
    }
    Error error = {0};
    DecodedText text;
    if (!text_decode(arena, bytes, &text, &error))
        return 0;
    check(str_is_utf8(text.utf8));
    LogReport *report = log_report_new(arena);
    check(log_report_add(report, text.utf8)->count == log_report_lines(report));
    log_report_end(report, NULL);
    PdfText pdf = pdf_text_read(arena, text.utf8);
    check(str_is_utf8(pdf.text));
    for (int kind = TEXT_CONFIG; kind <= TEXT_PDF; kind++) {
        ChunkOptions options = chunk_options((TextKind)kind, STR("title"));
        options.count_tokens = count_tokens;
        options.counter_context = tokenizer;
        options.target_tokens = 16;
        options.max_tokens = 24;
        options.max_bytes = 200;
        TextChunkVec chunks = {0};
        if (chunk_text(arena, text.utf8, &options, &chunks, &error))
            check_chunks(arena, &chunks, &options);
    }
    return 0;
}
