/* SPDX-License-Identifier: Apache-2.0 */
#include "app/inputs.h"

#include "base/strbuf.h"

#include <errno.h>
#include <fts.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_BYTES = 64 * 1024 };

static bool add(Inputs *inputs, const char *path, bool is_found, Error *error)
{
    if (inputs->files.count >= INPUTS_MAX_FILES)
        return error_set(error, ERR_VALIDATION, "more than %d files", INPUTS_MAX_FILES);
    Str copy = arena_printf(inputs->arena, "%s", path);
    *VEC_PUSH(inputs->arena, &inputs->files) = (Input){copy.data, is_found, STR("")};
    return true;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return str_compare(str_of((*a)->fts_name), str_of((*b)->fts_name));
}

static bool take_entry(Inputs *inputs, FTS *tree, FTSENT *entry, Error *error)
{
    bool is_hidden = entry->fts_level > FTS_ROOTLEVEL && entry->fts_name[0] == '.';
    switch (entry->fts_info) {
    case FTS_D:
        if (is_hidden)
            (void)fts_set(tree, entry, FTS_SKIP);
        return true;
    case FTS_F:
        return is_hidden || add(inputs, entry->fts_path, true, error);
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
        return error_set_errno(error, entry->fts_errno, entry->fts_path);
    default: /* links, and what is neither a file nor a folder */
        return true;
    }
}

static bool add_folder(Inputs *inputs, const char *path, Error *error)
{
    bool done = true;
    FTSENT *entry = NULL;
    char *roots[] = {arena_alloc(inputs->arena, strlen(path) + 1), NULL};
    memcpy(roots[0], path, strlen(path) + 1);
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
    if (!tree)
        return error_set_errno(error, errno, path);
    while (done && (entry = fts_read(tree)) != NULL)
        done = take_entry(inputs, tree, entry, error);
    fts_close(tree);
    return done;
}

static bool add_pattern(Inputs *inputs, const char *pattern, Error *error)
{
    glob_t found = {0};
    int problem = glob(pattern, GLOB_ERR, NULL, &found);
    bool done = problem == 0;
    for (size_t i = 0; done && i < found.gl_pathc; i++)
        done = inputs_add(inputs, found.gl_pathv[i], error);
    if (problem == GLOB_NOMATCH)
        error_set(error, ERR_NOT_FOUND, "%s: no such file", pattern);
    else if (problem)
        error_set(error, ERR_IO, "%s: cannot read a folder of the pattern", pattern);
    globfree(&found);
    return done;
}

bool inputs_add(Inputs *inputs, const char *argument, Error *error)
{
    struct stat status;
    bool is_standard = str_equal(str_of(argument), STR(INPUTS_STANDARD));
    bool exists = !is_standard && stat(argument, &status) == 0;
    if (exists && S_ISDIR(status.st_mode))
        return add_folder(inputs, argument, error);
    bool is_pattern = !exists && !is_standard && strpbrk(argument, "*?[");
    return is_pattern ? add_pattern(inputs, argument, error) : add(inputs, argument, false, error);
}

bool inputs_read_standard(Str *out_bytes, Error *error)
{
    static StrBuf bytes;
    static bool is_read;
    ssize_t got = 1;
    if (!is_read)
        strbuf_init(&bytes, INPUTS_MAX_STDIN_BYTES);
    while (!is_read && got != 0) {
        char *room = strbuf_reserve(&bytes, READ_BYTES);
        got = room ? read(STDIN_FILENO, room, READ_BYTES) : 0;
        if (!room)
            return error_set(error, ERR_FILE_TOO_LARGE, "standard input: more than 1 GiB");
        if (got < 0 && errno != EINTR)
            return error_set_errno(error, errno, "standard input");
        strbuf_commit(&bytes, (size_t)MAX_OF(got, (ssize_t)0));
    }
    is_read = true;
    *out_bytes = strbuf_str(&bytes);
    return bytes.size > 0 || error_set(error, ERR_VALIDATION, "standard input: the file is empty");
}
