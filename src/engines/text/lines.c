/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/lines.h"

#include "base/ascii.h"
#include "engines/text/session.h"

enum { PROBE_BYTES = 1 << 16 };

static bool is_control(unsigned char c)
{
    bool allowed =
        c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\b' || c == 0x1B || c == 0x03;
    return (c < 0x20 && !allowed) || c == 0x7F;
}

static bool check_text(Str text, ConfigLines *lines, Error *error)
{
    size_t probe = MIN_OF(text.size, (size_t)PROBE_BYTES), control = 0, high = 0;
    for (size_t i = 0; i < probe; i++) {
        unsigned char c = (unsigned char)text.data[i];
        control += is_control(c);
        high += c >= 0x80;
    }
    lines->latin1 = !str_is_utf8(text);
    if (control > probe / 20 + 4 || (lines->latin1 && high > probe / 3)) {
        return error_set(error, ERR_VALIDATION,
                         "the file is not text (%zu of the first %zu bytes "
                         "are control characters): no configuration",
                         control, probe);
    }
    return true;
}

/* Takes the next physical line off *rest. */
static bool next_line(Str *rest, bool cr_ends, Str *out_line)
{
    if (!cr_ends)
        return str_next_line(rest, out_line);
    if (rest->size == 0)
        return false;
    size_t end = str_find_byte(*rest, '\r');
    *out_line = str_slice(*rest, 0, end == STR_NOT_FOUND ? rest->size : end);
    *rest = end == STR_NOT_FOUND ? str_from(*rest, rest->size) : str_from(*rest, end + 1);
    return true;
}

/* Returns the length of the escape sequence at the start (ECMA-48: CSI, OSC, or two bytes). */
static size_t escape_length(Str text)
{
    if (text.size < 2)
        return text.size;
    char kind = text.data[1];
    size_t at = 2;
    if (kind == '[') {
        while (at < text.size && !(text.data[at] >= 0x40 && text.data[at] <= 0x7E))
            at++;
        return MIN_OF(at + 1, text.size);
    }
    if (kind == ']') {
        while (at < text.size && text.data[at] != 0x07 && text.data[at] != 0x1B)
            at++;
        return MIN_OF(at + 1, text.size);
    }
    return 2;
}

/* The prompts of pagers. Before the pager goes on, it wipes the prompt with blanks; most tools that
 * record terminals drop the backspaces or the carriage returns around them. */
static const struct {
    Str prompt;
    size_t wipes[2]; /* how many blanks, the more ones first; 0: none */
} pagers[] = {
    {STR_INIT("--More--"), {9, 8}},        {STR_INIT("-- More --"), {11, 10}},
    {STR_INIT("<--- More --->"), {14, 0}}, {STR_INIT("---- More ----"), {42, 16}},
    {STR_INIT("---(more)---"), {40, 12}},
};

static size_t count_blanks(Str text)
{
    return text.size - str_trim_left(text).size;
}

/* Returns what follows a prompt without the blanks that wiped it. Of fewer blanks, one belongs to
 * the prompt, and the others are the indentation of the line. */
static Str without_wipe(Str after, const size_t *wipes)
{
    size_t blanks = count_blanks(after);
    for (size_t i = 0; i < 2; i++) {
        if (wipes[i] && blanks >= wipes[i])
            return str_from(after, wipes[i]);
    }
    return str_from(after, MIN_OF(blanks, (size_t)1));
}

/* Returns the line without a pager's prompt at its start. */
static Str without_pager(Str line)
{
    Str trimmed = str_trim_left(line);
    if (trimmed.size == 0 || (trimmed.data[0] != '-' && trimmed.data[0] != '<'))
        return line;
    for (size_t i = 0; i < COUNT_OF(pagers); i++) {
        if (str_starts_with_ignore_case(trimmed, pagers[i].prompt))
            return without_wipe(str_from(trimmed, pagers[i].prompt.size), pagers[i].wipes);
    }
    if (str_starts_with(trimmed, STR("---(more ")) && str_find(trimmed, STR(")---")) < 16)
        return without_wipe(str_from(trimmed, str_find(trimmed, STR(")---")) + 4),
                            pagers[COUNT_OF(pagers) - 1].wipes);
    return line;
}

/* Looks at all bytes, which compilers do many at once. */
static bool needs_cleaning(Str line)
{
    unsigned found = 0;
    for (size_t i = 0; i < line.size; i++) {
        unsigned char c = (unsigned char)line.data[i];
        found |= (c < 0x20) & (c != '\t') & (c != 0x03);
    }
    return found;
}

/* Returns the line as a terminal would show it: backspaces and carriage returns move the cursor,
 * and later bytes overwrite earlier ones. */
static Str clean_line(Arena *arena, Str line, ConfigLines *lines, uint32_t number)
{
    char *out = arena_alloc(arena, line.size + 1);
    size_t cursor = 0, size = 0;
    for (size_t i = 0; i < line.size; i++) {
        char c = line.data[i];
        if (c == '\0') {
            if (lines->nul_bytes++ == 0)
                lines->first_nul = number;
        } else if (c == 0x1B) {
            i += escape_length(str_from(line, i)) - 1;
        } else if (c == '\b') {
            cursor -= cursor > 0;
        } else if (c == '\r') {
            if (without_pager(str_make(out, size)).size < size)
                size = 0;
            cursor = 0;
        } else if ((unsigned char)c >= 0x20 || c == '\t' || c == 0x03) {
            out[cursor++] = c;
            size = MAX_OF(size, cursor);
        }
    }
    return str_make(out, size);
}

static uint32_t indent_of(Str line)
{
    uint32_t column = 0;
    for (size_t i = 0; i < line.size; i++) {
        if (line.data[i] == ' ')
            column++;
        else if (line.data[i] == '\t')
            column = (column / 8 + 1) * 8;
        else
            break;
    }
    return column;
}

/* Returns whether the line is the time that IOS-XR writes before the output of a command: "Thu Jul
 * 25 10:11:12.345 UTC". */
static bool is_clock(Str line)
{
    static const Str days = STR_INIT("Mon Tue Wed Thu Fri Sat Sun");
    static const Str months = STR_INIT("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec");
    Str day, month, date, time;
    if (line.size == 0 || !ascii_is_upper(line.data[0]))
        return false;
    if (!str_next_word(&line, &day) || day.size != 3 || str_find(days, day) == STR_NOT_FOUND)
        return false;
    if (!str_next_word(&line, &month) || month.size != 3 ||
        str_find(months, month) == STR_NOT_FOUND)
        return false;
    return str_next_word(&line, &date) && ascii_is_digit(date.data[0]) &&
           str_next_word(&line, &time) && str_find_byte(time, ':') == 2;
}

static bool is_noise(Str line)
{
    static const Str starts[] = {
        STR_INIT("Building configuration"),
        STR_INIT("Current configuration :"),
        STR_INIT("Current configuration:"),
        STR_INIT("{master"),
        STR_INIT("{backup"),
        STR_INIT("{primary"),
        STR_INIT("{secondary"),
        STR_INIT("{linecard"),
    };
    char first = line.size ? line.data[0] : '\0';
    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        if (starts[i].data[0] == first && str_starts_with(line, starts[i]))
            return true;
    }
    if (str_starts_with(line, STR("Using ")) && str_find(line, STR(" out of ")) != STR_NOT_FOUND)
        return true;
    return is_clock(line) || session_is_prompt(line);
}

static void add_line(Arena *arena, Arena *scratch, Str raw, ConfigLines *lines)
{
    uint32_t number = (uint32_t)lines->count + 1;
    ConfigLine *line = VEC_PUSH(scratch, lines);
    while (raw.size && raw.data[raw.size - 1] == '\r')
        raw.size--;
    line->number = number;
    line->too_long = raw.size > CONFIG_LINE_MAX_BYTES;
    raw = str_slice(raw, 0, CONFIG_LINE_MAX_BYTES);
    if (needs_cleaning(raw))
        raw = clean_line(arena, raw, lines, number);
    raw = without_pager(raw);
    line->columns = (uint32_t)raw.size;
    line->text = str_trim_right(raw);
    line->indent = indent_of(line->text);
    line->noise = line->indent == 0 && is_noise(line->text);
    lines->steps += raw.size + 1;
}

bool lines_split(Arena *arena, Arena *scratch, Str text, ConfigLines *out_lines, Error *error)
{
    ConfigLines lines = {0};
    if (!check_text(text, &lines, error))
        return false;
    if (str_starts_with(text, STR("\xEF\xBB\xBF")))
        text = str_from(text, 3);
    bool cr_ends = str_find_byte(text, '\n') == STR_NOT_FOUND;
    Str raw;
    while (next_line(&text, cr_ends, &raw))
        add_line(arena, scratch, raw, &lines);
    session_read(&lines);
    *out_lines = lines;
    return true;
}

void words_split(Str line, Words *out_words)
{
    Words *words = out_words;
    size_t at = 0;
    words->line = line;
    words->count = 0;
    while (words->count < WORDS_MAX) {
        while (at < line.size && ascii_is_blank(line.data[at]))
            at++;
        if (at >= line.size)
            return;
        size_t start = at;
        if (line.data[at] == '"') {
            size_t close = str_find_byte(str_from(line, at + 1), '"');
            if (close != STR_NOT_FOUND) {
                words->at[words->count++] = str_slice(line, at + 1, close);
                at += close + 2;
                continue;
            }
        }
        while (at < line.size && !ascii_is_blank(line.data[at]))
            at++;
        words->at[words->count++] = str_slice(line, start, at - start);
    }
}

bool words_u32(const Words *words, size_t i, uint32_t *out_value)
{
    return i < words->count && str_parse_u32(words->at[i], out_value);
}

/* Returns whether the word is a part of the line. A reader may have replaced it. */
static bool is_of_line(const Words *words, size_t i)
{
    uintptr_t word = (uintptr_t)words->at[i].data, line = (uintptr_t)words->line.data;
    return word >= line && word <= line + words->line.size;
}

bool words_quoted(const Words *words, size_t i)
{
    if (i >= words->count || !is_of_line(words, i))
        return false;
    size_t offset = (size_t)(words->at[i].data - words->line.data);
    return offset > 0 && words->line.data[offset - 1] == '"' &&
           (offset == 1 || ascii_is_blank(words->line.data[offset - 2]));
}

Str words_rest(const Words *words, size_t i)
{
    if (i >= words->count)
        return (Str){"", 0};
    if (!is_of_line(words, i))
        return words->at[i];
    size_t offset = (size_t)(words->at[i].data - words->line.data);
    if (words_quoted(words, i))
        offset--;
    return str_trim(str_from(words->line, offset));
}

void words_keep(Words *words, size_t first, size_t end)
{
    check(first <= end && end <= words->count);
    if (end < words->count) {
        Str next = words_get(words, end);
        size_t offset = (size_t)(next.data - words->line.data) - words_quoted(words, end);
        words->line = str_trim_right(str_slice(words->line, 0, offset));
    }
    for (size_t i = first; i < end; i++)
        words->at[i - first] = words->at[i];
    words->count = end - first;
}

bool words_match(const Words *words, size_t i, const char *pattern)
{
    Str rest = str_of(pattern), word;
    while (str_next_word(&rest, &word)) {
        if (i >= words->count)
            return false;
        Str have = words->at[i++];
        bool prefix = word.data[word.size - 1] == '*';
        if (prefix ? !str_starts_with(have, str_slice(word, 0, word.size - 1))
                   : !str_equal(have, word))
            return false;
    }
    return true;
}
