/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_pull.h"

#include "base/ascii.h"
#include "base/utf8.h"

enum { MAX_DEPTH = 64 };

bool json_pull_fail(JsonPull *pull, const char *problem)
{
    if (!pull->problem)
        pull->problem = problem;
    return false;
}

static char peek(JsonPull *pull)
{
    while (pull->at < pull->text.size) {
        char c = pull->text.data[pull->at];
        if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
            return c;
        pull->at++;
    }
    return '\0';
}

static bool take(JsonPull *pull, char wanted, const char *problem)
{
    if (pull->problem || peek(pull) != wanted)
        return json_pull_fail(pull, problem);
    pull->at++;
    return true;
}

bool json_pull_object(JsonPull *pull)
{
    pull->has_items = false;
    return take(pull, '{', "expected an object");
}

bool json_pull_array(JsonPull *pull)
{
    pull->has_items = false;
    return take(pull, '[', "expected an array");
}

/* Steps to the next member, or over the end. The container around it has had an item then. */
static bool next(JsonPull *pull, char end)
{
    if (pull->problem)
        return false;
    if (peek(pull) == end) {
        pull->at++;
        pull->has_items = true;
        return false;
    }
    if (pull->has_items && !take(pull, ',', "expected a comma or the end"))
        return false;
    pull->has_items = true;
    return true;
}

bool json_pull_key(JsonPull *pull, Str *out_key)
{
    return next(pull, '}') && json_pull_str(pull, out_key) &&
           take(pull, ':', "expected a colon after the key");
}

bool json_pull_item(JsonPull *pull)
{
    return next(pull, ']');
}

static bool take_hex(JsonPull *pull, uint32_t *out_unit)
{
    uint32_t unit = 0;
    for (int i = 0; i < 4; i++) {
        char c = pull->at < pull->text.size ? ascii_to_lower(pull->text.data[pull->at++]) : '\0';
        if (!ascii_is_digit(c) && (c < 'a' || c > 'f'))
            return json_pull_fail(pull, "expected four hexadecimal digits");
        unit = unit << 4 | (uint32_t)(ascii_is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    *out_unit = unit;
    return true;
}

/* Takes the rest of "\uXXXX" and of the second half of a pair. */
static bool take_code(JsonPull *pull, uint32_t *out_code)
{
    uint32_t low = 0;
    if (!take_hex(pull, out_code))
        return false;
    if (*out_code < 0xD800 || *out_code > 0xDFFF)
        return true;
    if (*out_code > 0xDBFF || pull->text.size - pull->at < 6 || pull->text.data[pull->at] != '\\' ||
        pull->text.data[pull->at + 1] != 'u')
        return json_pull_fail(pull, "half of a surrogate pair");
    pull->at += 2;
    if (!take_hex(pull, &low) || low < 0xDC00 || low > 0xDFFF)
        return json_pull_fail(pull, "half of a surrogate pair");
    *out_code = 0x10000 + ((*out_code - 0xD800) << 10) + (low - 0xDC00);
    return true;
}

/* Copies a string with escapes: the copy is never longer. */
static bool take_escaped(JsonPull *pull, size_t start, size_t end, Str *out_value)
{
    static const char plain[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    char *copy = arena_alloc(pull->arena, end - start + 1);
    size_t size = 0;
    pull->at = start;
    while (pull->at < end) {
        char c = pull->text.data[pull->at++];
        if (c != '\\') {
            copy[size++] = c;
            continue;
        }
        c = pull->text.data[pull->at++];
        const char *found = c ? strchr(plain, c) : NULL;
        uint32_t code = 0;
        if (found)
            copy[size++] = meant[found - plain];
        else if (c != 'u')
            return json_pull_fail(pull, "unknown escape in a string");
        else if (!take_code(pull, &code))
            return false;
        else
            size += utf8_write(code, copy + size);
    }
    pull->at = end + 1;
    *out_value = str_make(copy, size);
    return true;
}

bool json_pull_str(JsonPull *pull, Str *out_value)
{
    bool escaped = false;
    if (!take(pull, '"', "expected a string"))
        return false;
    size_t start = pull->at, end = start;
    while (end < pull->text.size && pull->text.data[end] != '"') {
        escaped |= pull->text.data[end] == '\\';
        if ((unsigned char)pull->text.data[end] < 0x20)
            return json_pull_fail(pull, "a control byte in a string");
        end += pull->text.data[end] == '\\' ? 2 : 1;
    }
    if (end >= pull->text.size)
        return json_pull_fail(pull, "a string without its end");
    if (escaped)
        return take_escaped(pull, start, end, out_value);
    *out_value = str_slice(pull->text, start, end - start);
    pull->at = end + 1;
    return true;
}

bool json_pull_u64(JsonPull *pull, uint64_t max, uint64_t *out_value)
{
    uint64_t value = 0;
    if (pull->problem || !ascii_is_digit(peek(pull)))
        return json_pull_fail(pull, "expected a whole number");
    while (pull->at < pull->text.size && ascii_is_digit(pull->text.data[pull->at])) {
        uint64_t digit = (uint64_t)(pull->text.data[pull->at] - '0');
        if (value > (max - MIN_OF(digit, max)) / 10 || value * 10 + digit > max)
            return json_pull_fail(pull, "a number out of range");
        value = value * 10 + digit;
        pull->at++;
    }
    char after = pull->at < pull->text.size ? pull->text.data[pull->at] : '\0';
    if (after == '.' || after == 'e' || after == 'E')
        return json_pull_fail(pull, "expected a whole number");
    *out_value = value;
    return true;
}

static bool take_word(JsonPull *pull, Str word)
{
    if (!str_starts_with(str_from(pull->text, pull->at), word))
        return false;
    pull->at += word.size;
    return true;
}

bool json_pull_bool(JsonPull *pull, bool *out_value)
{
    bool is_true = !pull->problem && peek(pull) == 't' && take_word(pull, STR("true"));
    if (!is_true && (pull->problem || peek(pull) != 'f' || !take_word(pull, STR("false"))))
        return json_pull_fail(pull, "expected true or false");
    *out_value = is_true;
    return true;
}

static bool skip_number(JsonPull *pull)
{
    size_t start = pull->at;
    while (pull->at < pull->text.size &&
           (ascii_is_digit(pull->text.data[pull->at]) ||
            str_find_byte(STR("+-.eE"), pull->text.data[pull->at]) != STR_NOT_FOUND))
        pull->at++;
    return pull->at > start || json_pull_fail(pull, "expected a value");
}

static bool skip_scalar(JsonPull *pull)
{
    Str ignored;
    char c = peek(pull);
    if (c == '"')
        return json_pull_str(pull, &ignored);
    return take_word(pull, STR("true")) || take_word(pull, STR("false")) ||
           take_word(pull, STR("null")) || skip_number(pull);
}

/* Steps into or out of one container or over one scalar; *depth is 0 when the value has ended. */
static bool skip_step(JsonPull *pull, char *ends, size_t *depth)
{
    Str key;
    char c = peek(pull);
    if (c == '{' || c == '[') {
        if (*depth == MAX_DEPTH)
            return json_pull_fail(pull, "nested too deep");
        ends[(*depth)++] = c == '{' ? '}' : ']';
        pull->at++;
        pull->has_items = false;
    } else if (!skip_scalar(pull)) {
        return false;
    }
    while (*depth > 0) {
        bool more = ends[*depth - 1] == '}' ? json_pull_key(pull, &key) : json_pull_item(pull);
        if (more || pull->problem)
            break;
        (*depth)--;
    }
    return !pull->problem;
}

bool json_pull_skip(JsonPull *pull)
{
    char ends[MAX_DEPTH];
    size_t depth = 0;
    bool going = !pull->problem && skip_step(pull, ends, &depth);
    while (going && depth > 0)
        going = skip_step(pull, ends, &depth);
    return going;
}

bool json_pull_end(JsonPull *pull, Error *error)
{
    (void)peek(pull);
    if (!pull->problem && pull->at < pull->text.size)
        pull->problem = "more than one value";
    return !pull->problem || error_set(error, ERR_VALIDATION, "invalid JSON at byte %zu: %s",
                                       pull->at, pull->problem);
}
