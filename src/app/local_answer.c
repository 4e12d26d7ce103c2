/* SPDX-License-Identifier: Apache-2.0 */
#include "app/local_answer.h"

#include "app/local.h"
#include "app/local_facts.h"

#include "analysis/kinds.h"
#include "engines/pcap/pcap.h"
#include "engines/question/excerpt.h"
#include "engines/redact/redact.h"
#include "engines/text/encoding.h"
#include "engines/text/kind.h"
#include "engines/topology/topology.h"

#include <stdlib.h>

enum {
    ANSWER_MAX_BYTES = 1024 * 1024,
    CAPTURE_TEXT_MAX_BYTES = 4 * 1024 * 1024,
    EXCERPTS_OF_FILE = 3,
    EXCERPTS_SHOWN = 4,
    EXCERPTS_BESIDE_FINDINGS = 2,
    QUOTED_LINES = 12, /* of a list */
    FINDINGS_SHOWN = 6,
    WINDOW_LINES = 12,
};

#define LEAST_COVERAGE 0.5 /* of the question's words, in an excerpt */

typedef struct {
    const Input *input;
    const char *path;
    Str text;      /* of a capture: its summary */
    Str subject;   /* the device's name, or empty */
    bool is_named; /* the question names the device */
    bool is_config;
    bool is_prose;
} LocalFile;

typedef struct {
    const LocalFile *file;
    Excerpt excerpt;
} Found;

typedef struct {
    Arena *arena;
    const Question *question;
    LocalFile *files;
    size_t file_count;
    VEC(Device) devices;
    StrBuf *out;
    LocalAnswer answer;
} Composer;

static bool read_capture(Arena *arena, Str bytes, LocalFile *file, Error *error)
{
    auto_strbuf StrBuf text = {0};
    PcapSource source = {.mapped = bytes};
    PcapSummary *summary = pcap_analyze(arena, &source, NULL, error);
    if (!summary)
        return false;
    strbuf_init(&text, CAPTURE_TEXT_MAX_BYTES);
    pcap_write_text(&text, summary);
    file->text = arena_copy(arena, strbuf_str(&text));
    return true;
}

static bool read_text(Arena *arena, Str bytes, LocalFile *file, Error *error)
{
    DecodedText decoded;
    TextKindFinding finding = text_kind_detect(str_of(file->path), bytes);
    if (finding.kind == TEXT_BINARY)
        return error_set(error, ERR_UNSUPPORTED_MEDIA, "cannot read this file: %s", finding.reason);
    if (!text_decode(arena, bytes, &decoded, error))
        return false;
    file->text = redact_text(arena, decoded.utf8); /* keeps the numbers of the lines */
    file->is_config = finding.kind == TEXT_CONFIG;
    file->is_prose = finding.kind == TEXT_MARKDOWN || finding.kind == TEXT_PLAIN;
    return true;
}

static bool read_file(Composer *composer, LocalFile *file, Error *error)
{
    Device device;
    Str bytes = {0};
    if (!local_read(file->input, &bytes, error))
        return false;
    const AnalysisKind *kind = analysis_kind_of_bytes(bytes);
    if (kind && kind->is_pdf) {
        return error_set(error, ERR_UNSUPPORTED_MEDIA,
                         "%s: a PDF cannot be read here; upload it to a server to ask about it",
                         file->path);
    }
    bool done = kind ? read_capture(composer->arena, bytes, file, error)
                     : read_text(composer->arena, bytes, file, error);
    if (!done)
        return error_prefix(error, "%s: ", file->path);
    if (file->is_config) {
        if (!local_load_device(composer->arena, file->input, &device, error))
            return false;
        *VEC_PUSH(composer->arena, &composer->devices) = device;
        file->subject = device.hostname.text;
        file->is_named =
            !str_empty(file->subject) && question_names(composer->question, file->subject);
    }
    return true;
}

/* What cannot be read in an archive is passed over. */
static bool read_files(Composer *composer, const Inputs *files, Error *error)
{
    for (size_t i = 0; i < files->files.count; i++) {
        const Input *input = &files->files.items[i];
        LocalFile *file = &composer->files[composer->file_count];
        *file = (LocalFile){.input = input, .path = input->path};
        if (read_file(composer, file, error))
            composer->file_count++;
        else if (!input->is_found || error->code != ERR_UNSUPPORTED_MEDIA)
            return false;
    }
    return true;
}

static const LocalFile *find_file(const Composer *composer, Str path)
{
    for (size_t i = 0; i < composer->file_count; i++)
        if (str_equal(str_of(composer->files[i].path), path))
            return &composer->files[i];
    return NULL;
}

static Str line_of(Str text, int64_t number)
{
    Str line = STR("");
    for (int64_t i = 0; i < number; i++)
        if (!str_next_line(&text, &line))
            return STR("");
    return line;
}

/* Adds a citation and writes its number. */
static void cite(Composer *composer, const LocalCitation *citation)
{
    *VEC_PUSH(composer->arena, &composer->answer.citations) = *citation;
    strbuf_printf(composer->out, " [%zu]", composer->answer.citations.count);
}

static bool names_a_device(const Composer *composer)
{
    for (size_t i = 0; i < composer->file_count; i++)
        if (composer->files[i].is_named)
            return true;
    return false;
}

/* A finding counts when it is about a device that the question names, if it names one. */
static bool is_asked(const Composer *composer, const Finding *finding)
{
    if (!names_a_device(composer))
        return true;
    for (size_t i = 0; i < composer->file_count; i++) {
        const LocalFile *file = &composer->files[i];
        bool is_there = str_equal(finding->at[0].file, str_of(file->path)) ||
                        str_equal(finding->at[1].file, str_of(file->path));
        if (file->is_named && is_there)
            return true;
    }
    return false;
}

static void write_finding(Composer *composer, const Finding *finding)
{
    strbuf_printf(composer->out, "- **%s**: %.*s", severity_name(finding->severity),
                  STR_ARGS(finding->message));
    for (size_t i = 0; i < COUNT_OF(finding->at); i++) {
        const LocalFile *file = find_file(composer, finding->at[i].file);
        int64_t line = finding->at[i].line;
        if (file && line > 0)
            cite(composer, &(LocalCitation){file->path, line, line, line_of(file->text, line)});
    }
    strbuf_append_byte(composer->out, '\n');
}

/* What the configurations say together, for questions about a fault. Returns the number of
 * findings. */
static size_t write_findings(Composer *composer)
{
    Topology topology;
    size_t shown = 0;
    const Question *question = composer->question;
    bool is_fault =
        question_wants(question, INTENT_WHY) || question_wants(question, INTENT_PROBLEM);
    if (!is_fault || composer->devices.count == 0)
        return 0;
    topology_build(composer->arena, composer->devices.items, composer->devices.count, &topology);
    for (size_t i = 0; i < topology.findings.count && shown < FINDINGS_SHOWN; i++) {
        const Finding *finding = &topology.findings.items[i];
        if (finding->severity == FINDING_INFO || !is_asked(composer, finding))
            continue;
        write_finding(composer, finding);
        shown++;
    }
    if (shown > 0)
        strbuf_append_byte(composer->out, '\n');
    return shown;
}

/* The first lines that a list stands in. */
static Str lines_of(Str text, int64_t first, int64_t last)
{
    Str line = STR("");
    size_t start = 0;
    Str rest = text;
    for (int64_t i = 1; i <= last && str_next_line(&rest, &line); i++)
        if (i == first)
            start = (size_t)(line.data - text.data);
    return str_slice(text, start, (size_t)(line.data - text.data) + line.size - start);
}

/* The lists of a device that the question asks for: of the one that it names, or of the only one.
 * Returns how many there are. */
static size_t write_facts(Composer *composer)
{
    LocalFactVec facts = {0};
    for (size_t i = 0; i < composer->devices.count; i++) {
        const Device *device = &composer->devices.items[i];
        bool is_meant = composer->devices.count == 1 ||
                        question_names(composer->question, device->hostname.text);
        const LocalFile *file = find_file(composer, device->file);
        facts.count = 0;
        if (!is_meant || !file || !local_facts_are_asked(composer->question, device->hostname.text))
            continue;
        local_facts_find(composer->arena, composer->question, device, &facts);
        for (size_t j = 0; j < facts.count; j++) {
            const LocalFact *fact = &facts.items[j];
            int64_t last =
                MIN_OF((int64_t)fact->line_end, (int64_t)fact->line_start + QUOTED_LINES - 1);
            strbuf_append(composer->out, fact->text);
            cite(composer, &(LocalCitation){file->path, fact->line_start, last,
                                            lines_of(file->text, fact->line_start, last)});
            strbuf_append(composer->out, STR("\n\n"));
        }
    }
    return composer->answer.citations.count;
}

/* What a named device says itself comes before what others say about it. */
static int by_score(const void *a, const void *b)
{
    const Found *first = a;
    const Found *second = b;
    if (first->file->is_named != second->file->is_named)
        return first->file->is_named ? -1 : 1;
    return (first->excerpt.score < second->excerpt.score) -
           (first->excerpt.score > second->excerpt.score);
}

/* A fence that the quoted text does not contain. */
static const char *fence_of(Str text)
{
    static const char *const fences[] = {"```", "~~~", "``````", "~~~~~~"};
    for (size_t i = 0; i < COUNT_OF(fences); i++)
        if (str_find(text, str_of(fences[i])) == STR_NOT_FOUND)
            return fences[i];
    return NULL;
}

static void write_excerpt(Composer *composer, const Found *found)
{
    const Excerpt *excerpt = &found->excerpt;
    const char *fence = fence_of(excerpt->text);
    strbuf_printf(composer->out, "`%s:%lld", found->file->path, (long long)excerpt->line_start);
    if (excerpt->line_end > excerpt->line_start)
        strbuf_printf(composer->out, "-%lld", (long long)excerpt->line_end);
    strbuf_append_byte(composer->out, '`');
    cite(composer, &(LocalCitation){found->file->path, excerpt->line_start, excerpt->line_end,
                                    excerpt->text});
    Str text = str_trim_right(excerpt->text);
    if (fence)
        strbuf_printf(composer->out, "\n%s\n%.*s\n%s\n\n", fence, STR_ARGS(text), fence);
    else
        strbuf_append(composer->out, STR("\n\n"));
}

static void write_excerpts(Composer *composer, size_t most)
{
    size_t count = 0;
    size_t shown = 0;
    Found *found =
        ARENA_ARRAY(composer->arena, Found, composer->file_count * (size_t)EXCERPTS_OF_FILE);
    for (size_t i = 0; i < composer->file_count; i++) {
        Excerpt excerpts[EXCERPTS_OF_FILE];
        const LocalFile *file = &composer->files[i];
        ExcerptQuery query = {.question = composer->question,
                              .text = file->text,
                              .first_line = 1,
                              .subject = file->subject,
                              .max_window = WINDOW_LINES,
                              .is_prose = file->is_prose};
        size_t got = question_find_excerpts(composer->arena, &query, excerpts, EXCERPTS_OF_FILE);
        for (size_t j = 0; j < got; j++)
            found[count++] = (Found){file, excerpts[j]};
    }
    qsort(found, count, sizeof(*found), by_score);
    for (size_t i = 0; i < count && shown < most; i++) {
        const Excerpt *excerpt = &found[i].excerpt;
        bool is_about =
            excerpt->coverage >= LEAST_COVERAGE || excerpt->has_entity || found[i].file->is_named;
        if (!is_about || !excerpt->has_topic)
            continue;
        write_excerpt(composer, &found[i]);
        shown++;
    }
}

bool local_answer(Arena *arena, const LocalQuestion *question, LocalAnswer *out_answer,
                  Error *error)
{
    Question parsed;
    auto_strbuf StrBuf text = {0};
    Composer composer = {.arena = arena,
                         .question = &parsed,
                         .files = ARENA_ARRAY(arena, LocalFile, question->files->files.count),
                         .out = &text};
    strbuf_init(&text, ANSWER_MAX_BYTES);
    question_parse(arena, question->text, &parsed);
    if (!read_files(&composer, question->files, error))
        return false;
    /* A list is the answer; other lines would only distract from it. */
    if (write_facts(&composer) == 0) {
        size_t findings = write_findings(&composer);
        write_excerpts(&composer, findings > 0 ? EXCERPTS_BESIDE_FINDINGS : EXCERPTS_SHOWN);
    }
    composer.answer.found = text.size > 0;
    if (!composer.answer.found)
        strbuf_append(&text, STR("The files hold nothing about that.\n"));
    composer.answer.text = arena_copy(arena, strbuf_str(&text));
    *out_answer = composer.answer;
    return true;
}
