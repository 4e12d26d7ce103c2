/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/embed/model_files.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_FILE_BYTES = 64 << 20, MAX_OPEN_DIRECTORIES = 16 };

static const char *source_root(void)
{
    const char *root = getenv("NETGURU_TEST_SOURCE_ROOT");
    return root ? root : ".";
}

const char *test_source_path(Arena *arena, const char *path)
{
    return arena_printf(arena, "%s/%s", source_root(), path).data;
}

const char *test_model_directory(void)
{
    static char path[4096];
    const char *directory = getenv("NETGURU_MODEL_DIR");
    if (directory && *directory)
        snprintf(path, sizeof path, "%s", directory);
    else
        snprintf(path, sizeof path, "%s/.cache/models/all-MiniLM-L6-v2", source_root());
    if (access(path, R_OK) != 0) {
        fprintf(stderr, "no model in %s: run tools/get_model\n", path);
        abort();
    }
    return path;
}

const char *test_shared_data(Arena *arena)
{
    const char *directory = getenv("NETGURU_SHARED_DATA");
    if (!directory || !*directory)
        directory = test_source_path(arena, "../shared/data");
    return access(directory, R_OK) == 0 ? directory : NULL;
}

Str test_read_file(Arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0) {
        fprintf(stderr, "cannot read %s\n", path);
        abort();
    }
    long size = ftell(file);
    check(size >= 0 && size <= MAX_FILE_BYTES);
    rewind(file);
    char *bytes = arena_alloc(arena, (size_t)size + 1);
    size_t read = fread(bytes, 1, (size_t)size, file);
    fclose(file);
    return str_make(bytes, read);
}

/* nftw has no argument to pass on. */
static struct {
    Arena *arena;
    Str suffix;
    StrVec *found;
} listing;

static int note_file(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)walk;
    if (type == FTW_F && str_ends_with(str_of(path), listing.suffix))
        *VEC_PUSH(listing.arena, listing.found) = arena_copy(listing.arena, str_of(path));
    return 0;
}

static int compare_paths(const void *a, const void *b)
{
    return str_compare(*(const Str *)a, *(const Str *)b);
}

StrVec test_list_files(Arena *arena, const char *directory, const char *suffix)
{
    StrVec found = {0};
    listing.arena = arena;
    listing.suffix = str_of(suffix);
    listing.found = &found;
    nftw(directory, note_file, MAX_OPEN_DIRECTORIES, FTW_PHYS);
    if (found.count)
        qsort(found.items, found.count, sizeof found.items[0], compare_paths);
    return found;
}
