/* SPDX-License-Identifier: Apache-2.0 */
/* The files in archives and compressed files, kept in memory. */
#include "app/local.h"

#include "base/strbuf.h"
#include "engines/unpack/unpack.h"

#include <string.h>

enum {
    MEMBERS_MAX = 10000,
    MEMBER_MAX_BYTES = 64 * 1024 * 1024,
};
#define TOTAL_MAX_BYTES ((size_t)1 << 30)

const char *local_member_path(Arena *arena, const char *path, const LocalUnpack *unpack)
{
    if (unpack->name[0])
        return arena_printf(arena, "%s:%s", path, unpack->name).data;
    const char *ending = strrchr(path, '.');
    Str name = ending ? str_make(path, (size_t)(ending - path)) : str_of(path);
    return arena_cstring(arena, name);
}

static bool add_member(Inputs *files, const Input *packed, LocalUnpack *unpack, Error *error)
{
    auto_strbuf StrBuf content = {0};
    Input member = {local_member_path(files->arena, packed->path, unpack), unpack->name[0] != '\0',
                    STR("")};
    strbuf_init(&content, MEMBER_MAX_BYTES);
    if (!local_unpack_read_all(unpack, &content, error))
        return error_prefix(error, "%s: ", member.path);
    if (content.size == 0)
        return true;
    files->unpacked_bytes += content.size;
    if (files->unpacked_bytes > TOTAL_MAX_BYTES)
        return error_set(error, ERR_FILE_TOO_LARGE, "%s: the unpacked files have more than 1 GiB",
                         member.path);
    member.bytes = arena_copy(files->arena, strbuf_str(&content));
    *VEC_PUSH(files->arena, &files->files) = member;
    return true;
}

static bool add_members(Inputs *files, const Input *packed, LocalUnpack *unpack, Error *error)
{
    bool found = true;
    for (size_t count = 0; count < MEMBERS_MAX; count++) {
        if (!local_unpack_next(unpack, &found, error))
            return error_prefix(error, "%s: ", packed->path);
        if (!found)
            return true;
        if (!add_member(files, packed, unpack, error))
            return false;
    }
    return error_set(error, ERR_FILE_TOO_LARGE, "%s: more than %d files", packed->path,
                     MEMBERS_MAX);
}

bool local_add_unpacked(Inputs *files, const Input *input, Error *error)
{
    Str bytes = {0};
    LocalUnpack unpack;
    if (!local_read(input, &bytes, error))
        return false;
    if (!unpack_format_find(bytes)) {
        *VEC_PUSH(files->arena, &files->files) = *input;
        return true;
    }
    bool done =
        local_unpack_start(&unpack, bytes, error) || error_prefix(error, "%s: ", input->path);
    done = done && add_members(files, input, &unpack, error);
    local_unpack_end(&unpack);
    return done;
}
