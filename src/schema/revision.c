/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/revision.h"

#include "base/ascii.h"
#include "base/strbuf.h"
#include "schema/files.h"

#include <dirent.h>
#include <errno.h>

enum { TEXT_MAX_BYTES = 200, MAX_REVISIONS = 999, FILE_MAX_BYTES = 17 * 1024 * 1024 };

static const char up_template[] =
    "-- Write what this step changes and why. It runs in one transaction, as netguru_owner.\n"
    "-- docs/migrations.md says how to build an index CONCURRENTLY.\n";
static const char down_template[] = "-- Write the statements that undo the step.\n";

/* "Add teams, and roles" → "add_teams_and_roles", as long as the version table allows. */
static Str write_slug(Arena *arena, Str text)
{
    size_t size = 0;
    char *slug = arena_alloc(arena, REVISION_NAME_MAX);
    for (size_t i = 0; i < text.size && size < REVISION_NAME_MAX - 4; i++) {
        char byte = ascii_to_lower(text.data[i]);
        if (ascii_is_letter_or_digit(byte))
            slug[size++] = byte;
        else if (size && slug[size - 1] != '_')
            slug[size++] = '_';
    }
    while (size && slug[size - 1] == '_')
        size--;
    return (Str){slug, size};
}

/* Marks the number of a file "NNN_….up.sql". */
static void mark_number(const char *file, unsigned *counts)
{
    uint32_t number = 0;
    Str name = str_of(file);
    if (str_ends_with(name, STR(".up.sql")) && name.size > 4 && name.data[3] == '_' &&
        str_parse_u32(str_slice(name, 0, 3), &number) && number <= MAX_REVISIONS)
        counts[number]++;
}

static bool read_numbers(const char *directory, unsigned *counts, Error *error)
{
    const struct dirent *entry = NULL;
    DIR *list = opendir(directory);
    if (!list)
        return error_set_errno(error, errno, directory);
    while ((entry = readdir(list)))
        mark_number(entry->d_name, counts);
    closedir(list);
    return true;
}

static bool find_next(const char *directory, unsigned *out_next, Error *error)
{
    unsigned last = 0;
    unsigned counts[MAX_REVISIONS + 1] = {0};
    if (!read_numbers(directory, counts, error))
        return false;
    for (unsigned i = 1; i <= MAX_REVISIONS; i++) {
        if (counts[i] > 1) {
            return error_set(error, ERR_CONFLICT,
                             "%s has %u revisions numbered %03u, which is two heads: renumber one",
                             directory, counts[i], i);
        }
        if (counts[i] && last + 1 != i)
            return error_set(error, ERR_CONFLICT, "%s has no revision %03u", directory, last + 1);
        last = counts[i] ? i : last;
    }
    if (last == MAX_REVISIONS)
        return error_set(error, ERR_VALIDATION, "there are %d revisions already", MAX_REVISIONS);
    *out_next = last + 1;
    return true;
}

static Str write_text(Arena *arena, Str message, Str sql, const char *template)
{
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, FILE_MAX_BYTES);
    strbuf_append(&text, STR("-- SPDX-License-Identifier: Apache-2.0\n-- "));
    for (size_t i = 0; i < message.size; i++) /* a line break would end the comment */
        strbuf_append_byte(&text, (unsigned char)message.data[i] < ' ' ? ' ' : message.data[i]);
    strbuf_append(&text, STR(".\n"));
    if (str_empty(sql))
        strbuf_printf(&text, "%s", template);
    else
        strbuf_append(&text,
                      STR("-- Written by comparing two schemas: read it before you run it.\n\n"));
    strbuf_append(&text, sql);
    check(!text.overflowed);
    return arena_copy(arena, strbuf_str(&text));
}

bool revision_write(const RevisionOptions *options, Arena *arena, RevisionFiles *out_files,
                    Error *error)
{
    unsigned number = 0;
    RevisionFiles files;
    Str slug = write_slug(arena, options->text);
    if (str_empty(slug) || options->text.size > TEXT_MAX_BYTES) {
        return error_set(error, ERR_VALIDATION,
                         "the text of a revision needs 1 to %d bytes with a letter or a digit",
                         TEXT_MAX_BYTES);
    }
    if (!find_next(options->directory, &number, error))
        return false;
    files.name = arena_printf(arena, "%03u_%.*s", number, STR_ARGS(slug));
    files.up = arena_printf(arena, "%s/%.*s.up.sql", options->directory, STR_ARGS(files.name));
    files.down = arena_printf(arena, "%s/%.*s.down.sql", options->directory, STR_ARGS(files.name));
    Str up = write_text(arena, options->text, options->up, up_template);
    Str down = write_text(arena, options->text, options->down, down_template);
    if (!file_create(files.up.data, up, error))
        return false;
    if (!file_create(files.down.data, down, error)) {
        file_remove(files.up.data);
        return false;
    }
    *out_files = files;
    return true;
}
