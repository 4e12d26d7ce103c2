/* SPDX-License-Identifier: Apache-2.0 */
#include "app/top/exposition.h"

#include "base/ascii.h"

#include <stdlib.h>

enum { NUMBER_MAX_BYTES = 63 };

typedef struct {
    Arena *arena;
    Str rest; /* of the line */
    size_t line;
    Error *error;
} Reader;

static bool fail(const Reader *reader, const char *what)
{
    return error_set(reader->error, ERR_VALIDATION, "line %zu: %s", reader->line, what);
}

static void skip_blanks(Reader *reader)
{
    while (!str_empty(reader->rest) &&
           (reader->rest.data[0] == ' ' || reader->rest.data[0] == '\t'))
        reader->rest = str_from(reader->rest, 1);
}

static bool take(Reader *reader, char byte)
{
    bool found = !str_empty(reader->rest) && reader->rest.data[0] == byte;
    if (found)
        reader->rest = str_from(reader->rest, 1);
    return found;
}

static bool is_name_byte(char byte, bool is_first)
{
    bool is_digit = byte >= '0' && byte <= '9';
    return byte == '_' || byte == ':' ||
           (ascii_is_letter_or_digit(byte) && !(is_digit && is_first));
}

static bool read_name(Reader *reader, Str *out_name)
{
    size_t size = 0;
    while (size < reader->rest.size && is_name_byte(reader->rest.data[size], size == 0))
        size++;
    if (size == 0)
        return fail(reader, "a name is missing");
    if (size > EXPOSITION_MAX_NAME_BYTES)
        return fail(reader, "a name is too long");
    *out_name = str_slice(reader->rest, 0, size);
    reader->rest = str_from(reader->rest, size);
    return true;
}

/* Returns the byte that stands after a backslash as it is meant, or 0 for an unknown one. */
static char unescape(char byte)
{
    return byte == 'n' ? '\n' : byte == '\\' || byte == '"' ? byte : '\0';
}

/* Reads after the opening quote, up to the closing one. */
static bool read_label_value(Reader *reader, Str *out_value)
{
    char text[EXPOSITION_MAX_VALUE_BYTES];
    size_t size = 0;
    while (!str_empty(reader->rest) && reader->rest.data[0] != '"') {
        char byte = reader->rest.data[0];
        if (byte == '\\') {
            byte = reader->rest.size > 1 ? unescape(reader->rest.data[1]) : '\0';
            if (!byte)
                return fail(reader, "an escape in a label is unknown");
            reader->rest = str_from(reader->rest, 1);
        }
        if (size == sizeof(text))
            return fail(reader, "the value of a label is too long");
        text[size++] = byte;
        reader->rest = str_from(reader->rest, 1);
    }
    if (!take(reader, '"'))
        return fail(reader, "the value of a label does not end");
    *out_value = arena_copy(reader->arena, str_make(text, size));
    return true;
}

static bool read_label(Reader *reader, ExpositionLabel *out_label)
{
    ExpositionLabel label;
    if (!read_name(reader, &label.name))
        return false;
    skip_blanks(reader);
    if (!take(reader, '='))
        return fail(reader, "a label has no value");
    skip_blanks(reader);
    if (!take(reader, '"'))
        return fail(reader, "the value of a label has no quotes");
    if (!read_label_value(reader, &label.value))
        return false;
    label.name = arena_copy(reader->arena, label.name);
    *out_label = label;
    return true;
}

/* Reads after the opening brace. A comma may stand before the closing one. */
static bool read_labels(Reader *reader, ExpositionSample *sample)
{
    ExpositionLabel labels[EXPOSITION_MAX_LABELS];
    size_t count = 0;
    for (skip_blanks(reader); !take(reader, '}'); skip_blanks(reader)) {
        if (count == EXPOSITION_MAX_LABELS)
            return fail(reader, "a sample has too many labels");
        if (!read_label(reader, &labels[count++]))
            return false;
        skip_blanks(reader);
        if (!take(reader, ',') && (str_empty(reader->rest) || reader->rest.data[0] != '}'))
            return fail(reader, "labels are not separated by commas");
    }
    ExpositionLabel *kept = ARENA_ARRAY(reader->arena, ExpositionLabel, MAX_OF(count, (size_t)1));
    for (size_t i = 0; i < count; i++)
        kept[i] = labels[i];
    sample->labels = kept;
    sample->label_count = count;
    return true;
}

static bool read_number(Reader *reader, double *out_value)
{
    Str word;
    char text[NUMBER_MAX_BYTES + 1];
    char *end;
    if (!str_next_word(&reader->rest, &word))
        return fail(reader, "a value is missing");
    if (!str_copy_to(word, text, sizeof(text)) || strlen(text) != word.size)
        return fail(reader, "a value is no number");
    *out_value = strtod(text, &end);
    return *end == '\0' || fail(reader, "a value is no number");
}

static bool read_sample(Reader *reader, ExpositionSample *out_sample)
{
    double ignored = 0;
    ExpositionSample sample = {0};
    if (!read_name(reader, &sample.name))
        return false;
    skip_blanks(reader);
    if ((take(reader, '{') && !read_labels(reader, &sample)) || !read_number(reader, &sample.value))
        return false;
    reader->rest = str_trim(reader->rest);
    if (!str_empty(reader->rest) &&
        (!read_number(reader, &ignored) || !str_empty(str_trim(reader->rest))))
        return fail(reader, "there is more than a value and a time");
    sample.name = arena_copy(reader->arena, sample.name);
    *out_sample = sample;
    return true;
}

bool exposition_parse(Arena *arena, Str text, Exposition *out_samples, Error *error)
{
    Exposition samples = {0};
    Reader reader = {.arena = arena, .error = error};
    if (text.size > EXPOSITION_MAX_BYTES)
        return error_set(error, ERR_VALIDATION, "the metrics are larger than %d bytes",
                         EXPOSITION_MAX_BYTES);
    while (str_next_line(&text, &reader.rest)) {
        ExpositionSample sample;
        reader.line++;
        skip_blanks(&reader);
        if (str_empty(reader.rest) || reader.rest.data[0] == '#')
            continue;
        if (samples.count == EXPOSITION_MAX_SAMPLES)
            return fail(&reader, "there are too many samples");
        if (!read_sample(&reader, &sample))
            return false;
        *VEC_PUSH(arena, &samples) = sample;
    }
    *out_samples = samples;
    return true;
}

Str exposition_label(const ExpositionSample *sample, const char *name)
{
    for (size_t i = 0; i < sample->label_count; i++) {
        if (str_equal(sample->labels[i].name, str_of(name)))
            return sample->labels[i].value;
    }
    return STR("");
}
