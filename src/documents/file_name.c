/* SPDX-License-Identifier: Apache-2.0 */
#include "documents/file_name.h"

enum { NAME_MAX_BYTES = 255, EXTENSION_MAX_BYTES = 16 };

typedef struct {
    Str bytes; /* as UTF-8 */
    unsigned char last_min;
    unsigned char last_max;
} HiddenRange;

/* C1 controls, bidirectional controls and line separators: with them a name would be displayed as a
 * different one. */
static const HiddenRange hidden_ranges[] = {
    {STR_INIT("\xC2"), 0x80, 0x9F},     {STR_INIT("\xE2\x80"), 0x8E, 0x8F},
    {STR_INIT("\xE2\x80"), 0xA8, 0xAE}, {STR_INIT("\xE2\x81"), 0xA6, 0xA9},
    {STR_INIT("\xD8"), 0x9C, 0x9C},
};

/* Returns the size of the character at the front if it must not be shown, or 0 if it may be shown.
 */
static size_t hidden_size(Str text)
{
    unsigned char first = (unsigned char)text.data[0];
    if (first < 0x20 || first == 0x7F)
        return 1;
    for (size_t i = 0; first >= 0x80 && i < COUNT_OF(hidden_ranges); i++) {
        const HiddenRange *range = &hidden_ranges[i];
        if (!str_starts_with(text, range->bytes) || text.size <= range->bytes.size)
            continue;
        unsigned char last = (unsigned char)text.data[range->bytes.size];
        if (last >= range->last_min && last <= range->last_max)
            return range->bytes.size + 1;
    }
    return 0;
}

/* Cuts the text to at most max_bytes, between two characters. */
static Str cut_utf8(Str text, size_t max_bytes)
{
    text.size = MIN_OF(text.size, max_bytes);
    while (text.size && !str_is_utf8(text))
        text.size--;
    return text;
}

/* Returns where the extension begins, with ".pcap.gz" as a whole. Returns the end of the name when
 * it has no usable extension. */
static size_t extension_start(Str name)
{
    size_t dot = str_find_last_byte(name, '.');
    if (dot == STR_NOT_FOUND)
        return name.size;
    size_t before = str_find_last_byte(str_slice(name, 0, dot), '.');
    if (before != STR_NOT_FOUND && name.size - before <= EXTENSION_MAX_BYTES)
        return before;
    return name.size - dot <= EXTENSION_MAX_BYTES ? dot : name.size;
}

/* Removes the middle of the name, because the extension says what the file is. */
static Str shorten(Arena *arena, Str name)
{
    if (name.size <= NAME_MAX_BYTES)
        return name;
    Str extension = str_from(name, extension_start(name));
    Str stem = cut_utf8(name, NAME_MAX_BYTES - extension.size);
    return arena_printf(arena, "%.*s%.*s", STR_ARGS(stem), STR_ARGS(extension));
}

static bool is_only_dots(Str name)
{
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] != '.')
            return false;
    }
    return true;
}

Str file_name_sanitise(Arena *arena, Str name)
{
    for (size_t i = name.size; i > 0; i--) {
        if (name.data[i - 1] == '/' || name.data[i - 1] == '\\') {
            name = str_from(name, i);
            break;
        }
    }
    bool valid = str_is_utf8(name);
    char *out = arena_alloc(arena, name.size + 1);
    size_t length = 0;
    for (size_t i = 0; i < name.size;) {
        size_t hidden = hidden_size(str_from(name, i));
        if (hidden == 0)
            out[length++] = !valid && (unsigned char)name.data[i] >= 0x80 ? '_' : name.data[i];
        i += MAX_OF(hidden, (size_t)1);
    }
    Str clean = shorten(arena, str_trim((Str){out, length}));
    return is_only_dots(clean) ? STR("file") : clean;
}

static Str with_slashes(Arena *arena, Str path)
{
    char *text = arena_cstring(arena, path);
    for (size_t i = 0; i < path.size; i++)
        text[i] = text[i] == '\\' ? '/' : text[i];
    return str_make(text, path.size);
}

/* "", "." and "..", and the letter of a drive. */
static bool leads_nowhere(Str part)
{
    return str_empty(part) || str_equal(part, STR(".")) || str_equal(part, STR("..")) ||
           (part.size == 2 && part.data[1] == ':');
}

Str file_name_sanitise_path(Arena *arena, Str path)
{
    Str part;
    Str rest = with_slashes(arena, path);
    Str clean = STR("");
    while (str_next_field(&rest, '/', &part)) {
        Str name = leads_nowhere(part) ? STR("") : file_name_sanitise(arena, part);
        if (str_empty(name))
            continue;
        bool has_folder = clean.size > 0;
        clean = arena_printf(arena, "%.*s%s%.*s", STR_ARGS(clean), has_folder ? "/" : "",
                             STR_ARGS(name));
        while (clean.size > NAME_MAX_BYTES)
            clean = str_from(clean, str_find_byte(clean, '/') + 1);
    }
    return str_empty(clean) ? STR("file") : clean;
}
