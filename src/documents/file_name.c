/* SPDX-License-Identifier: Apache-2.0 */
#include "documents/file_name.h"

enum { NAME_MAX_BYTES = 255, EXTENSION_MAX_BYTES = 16 };

static const FileType file_types[] = {
    {".cfg", "config", "text/plain"},
    {".conf", "config", "text/plain"},
    {".config", "config", "text/plain"},
    {".set", "config", "text/plain"},
    {".txt", "text", "text/plain"},
    {".log", "log", "text/plain"},
    {".syslog", "log", "text/plain"},
    {".md", "markdown", "text/markdown"},
    {".pdf", "pdf", "application/pdf"},
    {".pcap", "pcap", "application/vnd.tcpdump.pcap"},
    {".pcapng", "pcap", "application/x-pcapng"},
    {".cap", "pcap", "application/vnd.tcpdump.pcap"},
    {".pcap.gz", "pcap", "application/gzip"},
    {".pcapng.gz", "pcap", "application/gzip"},
};

typedef struct {
    Str bytes;
    const char *file_type;
    const char *name;
} Magic;

static const Magic magics[] = {
    {STR_INIT("\xD4\xC3\xB2\xA1"), "pcap", "a capture"},
    {STR_INIT("\xA1\xB2\xC3\xD4"), "pcap", "a capture"},
    {STR_INIT("\x4D\x3C\xB2\xA1"), "pcap", "a capture"},
    {STR_INIT("\xA1\xB2\x3C\x4D"), "pcap", "a capture"},
    {STR_INIT("\x34\xCD\xB2\xA1"), "pcap", "a capture"},
    {STR_INIT("\xA1\xB2\xCD\x34"), "pcap", "a capture"},
    {STR_INIT("\x0A\x0D\x0D\x0A"), "pcap", "a capture"},
    {STR_INIT("\x1F\x8B"), "pcap", "a gzip file"},
    {STR_INIT("%PDF-"), "pdf", "a PDF"},
    {STR_INIT("PK\x03\x04"), "", "a zip archive"},
    {STR_INIT("\x7F"
              "ELF"),
     "", "a program"},
    {STR_INIT("\x89PNG"), "", "a picture"},
    {STR_INIT("\xFF\xD8\xFF"), "", "a picture"},
};

typedef struct {
    Str bytes; /* of UTF-8 */
    unsigned char last_min;
    unsigned char last_max;
} HiddenRange;

/* C1 controls, and what turns the direction of text around or ends a line: a name that is shown as
 * another than it is. */
static const HiddenRange hidden_ranges[] = {
    {STR_INIT("\xC2"), 0x80, 0x9F},     {STR_INIT("\xE2\x80"), 0x8E, 0x8F},
    {STR_INIT("\xE2\x80"), 0xA8, 0xAE}, {STR_INIT("\xE2\x81"), 0xA6, 0xA9},
    {STR_INIT("\xD8"), 0x9C, 0x9C},
};

/* How many bytes at the front are a character not to be shown; 0: it may be. */
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

/* Cuts at the end of a character. */
static Str cut_utf8(Str text, size_t max_bytes)
{
    text.size = MIN_OF(text.size, max_bytes);
    while (text.size && !str_is_utf8(text))
        text.size--;
    return text;
}

/* Where the extension begins, ".pcap.gz" as a whole; the end where there is none to speak of. */
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

/* From the middle: the extension says what the file is. */
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

static bool ends_with_ignore_case(Str name, Str suffix)
{
    return name.size > suffix.size &&
           str_equal_ignore_case(str_from(name, name.size - suffix.size), suffix);
}

const FileType *file_type_of_name(Str name, Error *error)
{
    for (size_t i = 0; i < COUNT_OF(file_types); i++) {
        if (ends_with_ignore_case(name, str_of(file_types[i].extension)))
            return &file_types[i];
    }
    error_set(error, ERR_VALIDATION,
              "file: the name must end in .cfg, .conf, .config, .set, .txt, .log, .syslog, .md, "
              ".pdf, .pcap, .pcapng, .cap, .pcap.gz or .pcapng.gz");
    str_copy_to(STR("file"), error->field, sizeof(error->field));
    return NULL;
}

static bool fail_content(Error *error, const FileType *type, const char *found)
{
    error_set(error, ERR_VALIDATION, "file: the name says %s (%s) but the content is %s",
              type->file_type, type->extension, found);
    str_copy_to(STR("file"), error->field, sizeof(error->field));
    return false;
}

bool file_type_check_magic(const FileType *type, Str first_bytes, Error *error)
{
    bool is_text = str_starts_with(str_of(type->mime_type), STR("text/"));
    for (size_t i = 0; i < COUNT_OF(magics); i++) {
        if (!str_starts_with(first_bytes, magics[i].bytes))
            continue;
        if (str_equal(str_of(magics[i].file_type), str_of(type->file_type)))
            return true;
        return fail_content(error, type, magics[i].name);
    }
    if (!is_text)
        return fail_content(error, type, "something else");
    bool utf16 = str_starts_with(first_bytes, STR("\xFF\xFE")) ||
                 str_starts_with(first_bytes, STR("\xFE\xFF"));
    if (!utf16 && str_find_byte(first_bytes, '\0') != STR_NOT_FOUND)
        return fail_content(error, type, "binary");
    return true;
}
