/* SPDX-License-Identifier: Apache-2.0 */
#include "app/chat/history_file.h"

#include "base/strbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Makes each directory of the path below the first, which must be there. */
static bool make_directories(Arena *arena, Str path, size_t from, Error *error)
{
    for (size_t i = from + 1; i <= path.size; i++) {
        if (i < path.size && path.data[i] != '/')
            continue;
        const char *directory = arena_cstring(arena, str_slice(path, 0, i));
        if (mkdir(directory, 0700) != 0 && errno != EEXIST)
            return error_set_errno(error, errno, directory);
    }
    return true;
}

bool history_file_find(Arena *arena, Str *out_path, Error *error)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    bool has_state = state && state[0] == '/';
    if (!has_state && (!home || home[0] != '/'))
        return error_set(error, ERR_VALIDATION, "HOME is not set");
    Str base = str_of(has_state ? state : home);
    Str directory =
        arena_printf(arena, "%.*s%s/netguru", STR_ARGS(base), has_state ? "" : "/.local/state");
    if (!make_directories(arena, directory, has_state ? 0 : base.size, error))
        return false;
    *out_path = arena_printf(arena, "%.*s/history", STR_ARGS(directory));
    return true;
}

/* A line of the file has \n for a line break and \\ for a backslash. */
static Str unescape(Arena *arena, Str line)
{
    size_t size = 0;
    char *text = arena_alloc(arena, line.size + 1);
    for (size_t i = 0; i < line.size; i++) {
        bool is_escape = line.data[i] == '\\' && i + 1 < line.size;
        if (is_escape)
            i++;
        text[size++] = is_escape && line.data[i] == 'n' ? '\n' : line.data[i];
    }
    return str_make(text, size);
}

static void escape(StrBuf *out, Str line)
{
    for (size_t i = 0; i < line.size; i++) {
        if (line.data[i] == '\n' || line.data[i] == '\\')
            strbuf_append_byte(out, '\\');
        strbuf_append_byte(out, line.data[i] == '\n' ? 'n' : line.data[i]);
    }
    strbuf_append_byte(out, '\n');
}

static bool write_all(int file, Str text)
{
    while (!str_empty(text)) {
        ssize_t written = write(file, text.data, text.size);
        if (written < 0 && errno != EINTR)
            return false;
        text = str_from(text, (size_t)MAX_OF(written, (ssize_t)0));
    }
    return true;
}

/* Reads the end of the file, from the beginning of a line on. */
static Str read_end(Arena *arena, int file)
{
    struct stat status;
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode))
        return STR("");
    off_t begin = MAX_OF(status.st_size - (off_t)HISTORY_MAX_BYTES, (off_t)0);
    size_t size = (size_t)(status.st_size - begin);
    char *text = arena_alloc(arena, size);
    ssize_t got = pread(file, text, size, begin);
    Str all = str_make(text, (size_t)MAX_OF(got, (ssize_t)0));
    size_t line = begin > 0 ? str_find_byte(all, '\n') : 0;
    return begin > 0 ? str_from(all, MIN_OF(line, all.size - 1) + 1) : all;
}

static void shorten(Arena *arena, Str path, Str kept)
{
    Str new_path = arena_printf(arena, "%.*s.new", STR_ARGS(path));
    int file = open(new_path.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool done = file >= 0 && write_all(file, kept);
    if (file >= 0)
        close(file);
    if (!done || rename(new_path.data, path.data) != 0)
        (void)unlink(new_path.data);
}

bool history_file_load(Arena *arena, Str path, StrVec *lines)
{
    Str line;
    size_t count = 0;
    int file = open(path.data, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0)
        return errno == ENOENT;
    Str text = read_end(arena, file);
    close(file);
    for (Str rest = text; str_next_line(&rest, &line);)
        count++;
    size_t skipped = count > HISTORY_LINES ? count - HISTORY_LINES : 0;
    bool is_long = count > 2 * (size_t)HISTORY_LINES;
    for (size_t i = 0; i < skipped && str_next_line(&text, &line); i++)
        ;
    if (is_long)
        shorten(arena, path, text);
    while (str_next_line(&text, &line))
        *VEC_PUSH(arena, lines) = unescape(arena, line);
    return true;
}

bool history_file_add(Str path, Str line)
{
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, HISTORY_MAX_BYTES);
    escape(&text, line);
    int file = open(path.data, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool done = file >= 0 && !text.overflowed && fchmod(file, 0600) == 0 &&
                write_all(file, strbuf_str(&text));
    if (file >= 0)
        close(file);
    return done;
}
