/* SPDX-License-Identifier: Apache-2.0 */
/* A store that is a directory. An object is written beside its place, synced and renamed. */
#include "backup/store.h"

#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define PARTIAL ".partial"

typedef struct {
    BackupStore store;
    int directory;
} DirectoryStore;

typedef struct {
    StoreWriter writer;
    const DirectoryStore *store;
    int file;
    char name[STORE_NAME_SIZE];
    char partial[STORE_NAME_SIZE + sizeof(PARTIAL) + 1];
    bool is_committed;
} DirectoryWriter;

typedef struct {
    StoreReader reader;
    int file;
    const char *place;
} DirectoryReader;

static const StoreKind directory_kind;

static void release_writer(void *argument)
{
    DirectoryWriter *writer = argument;
    if (writer->file >= 0)
        close(writer->file);
    if (!writer->is_committed)
        unlinkat(writer->store->directory, writer->partial, 0);
}

static StoreWriter *begin(BackupStore *base, Arena *arena, const char *name, Error *error)
{
    DirectoryWriter *writer = ARENA_NEW(arena, DirectoryWriter);
    writer->writer.kind = &directory_kind;
    writer->store = (const DirectoryStore *)base;
    check(str_copy_to(str_of(name), writer->name, sizeof(writer->name)));
    snprintf(writer->partial, sizeof(writer->partial), ".%s" PARTIAL, name);
    writer->file = openat(writer->store->directory, writer->partial,
                          O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (writer->file < 0) {
        error_set_errno(error, errno, base->place);
        return NULL;
    }
    arena_on_free(arena, release_writer, writer);
    return &writer->writer;
}

static bool write_bytes(StoreWriter *base, Str bytes, Error *error)
{
    const DirectoryWriter *writer = (const DirectoryWriter *)base;
    while (bytes.size) {
        ssize_t written = write(writer->file, bytes.data, bytes.size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return error_set_errno(error, errno, writer->store->store.place);
        bytes = str_from(bytes, (size_t)written);
    }
    return true;
}

static bool commit(StoreWriter *base, Error *error)
{
    DirectoryWriter *writer = (DirectoryWriter *)base;
    int directory = writer->store->directory;
    if (fsync(writer->file) != 0 ||
        renameat(directory, writer->partial, directory, writer->name) != 0)
        return error_set_errno(error, errno, writer->store->store.place);
    writer->is_committed = true;
    return fsync(directory) == 0 || error_set_errno(error, errno, writer->store->store.place);
}

static void release_reader(void *argument)
{
    const DirectoryReader *reader = argument;
    close(reader->file);
}

static StoreReader *open_object(BackupStore *base, Arena *arena, const char *name, Error *error)
{
    struct stat status;
    const DirectoryStore *store = (const DirectoryStore *)base;
    DirectoryReader *reader = ARENA_NEW(arena, DirectoryReader);
    reader->reader.kind = &directory_kind;
    reader->place = base->place;
    reader->file = openat(store->directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (reader->file < 0) {
        int problem = errno;
        if (problem == ENOENT)
            error_set(error, ERR_NOT_FOUND, "there is no %s in %s", name, base->place);
        else
            error_set_errno(error, problem, name);
        return NULL;
    }
    arena_on_free(arena, release_reader, reader);
    if (fstat(reader->file, &status) == 0 && S_ISREG(status.st_mode))
        return &reader->reader;
    error_set(error, ERR_VALIDATION, "%s/%s is not a file", base->place, name);
    return NULL;
}

static bool read_bytes(StoreReader *base, char *out, size_t capacity, size_t *out_size,
                       Error *error)
{
    ssize_t got = 0;
    const DirectoryReader *reader = (const DirectoryReader *)base;
    do
        got = read(reader->file, out, capacity);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return error_set_errno(error, errno, reader->place);
    *out_size = (size_t)got;
    return true;
}

/* Opens the directory again, for a listing of its own. */
static DIR *open_list(const DirectoryStore *store, Error *error)
{
    int copy = openat(store->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = copy >= 0 ? fdopendir(copy) : NULL;
    if (list)
        return list;
    error_set_errno(error, errno, store->store.place);
    if (copy >= 0)
        close(copy);
    return NULL;
}

static bool list_objects(BackupStore *base, Arena *arena, StoreObjectVec *out_objects, Error *error)
{
    struct stat status;
    const struct dirent *entry = NULL;
    const DirectoryStore *store = (const DirectoryStore *)base;
    DIR *list = open_list(store, error);
    while (list && (entry = readdir(list)) && out_objects->count < STORE_MAX_OBJECTS) {
        if (!str_starts_with(str_of(entry->d_name), STR("netguru_")) ||
            fstatat(store->directory, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(status.st_mode))
            continue;
        *VEC_PUSH(arena, out_objects) =
            (StoreObject){arena_copy(arena, str_of(entry->d_name)), (uint64_t)status.st_size};
    }
    if (list)
        closedir(list);
    return list != NULL;
}

static bool remove_object(BackupStore *base, const char *name, Error *error)
{
    const DirectoryStore *store = (const DirectoryStore *)base;
    return unlinkat(store->directory, name, 0) == 0 || errno == ENOENT ||
           error_set_errno(error, errno, name);
}

static bool sweep(BackupStore *base, Error *error)
{
    const struct dirent *entry = NULL;
    const DirectoryStore *store = (const DirectoryStore *)base;
    DIR *list = open_list(store, error);
    while (list && (entry = readdir(list))) {
        Str name = str_of(entry->d_name);
        if (str_starts_with(name, STR(".netguru_")) && str_ends_with(name, STR(PARTIAL)))
            (void)unlinkat(store->directory, entry->d_name, 0);
    }
    if (list)
        closedir(list);
    return list != NULL;
}

static void free_store(BackupStore *base)
{
    DirectoryStore *store = (DirectoryStore *)base;
    close(store->directory);
    mem_free(store);
}

static const StoreKind directory_kind = {
    .begin = begin,
    .write = write_bytes,
    .commit = commit,
    .open = open_object,
    .read = read_bytes,
    .list = list_objects,
    .remove = remove_object,
    .sweep = sweep,
    .free = free_store,
};

BackupStore *store_directory_open(const char *path, Error *error)
{
    struct stat status;
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        error_set_errno(error, errno, path);
        return NULL;
    }
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0 || fstat(directory, &status) != 0) {
        error_set_errno(error, errno, path);
        return NULL;
    }
    if (status.st_mode & (S_IWGRP | S_IWOTH)) {
        close(directory);
        error_set(error, ERR_CONFLICT, "%s can be written to by others: chmod go-w %s", path, path);
        return NULL;
    }
    DirectoryStore *store = MEM_NEW(DirectoryStore);
    store->store.kind = &directory_kind;
    store->directory = directory;
    snprintf(store->store.place, sizeof(store->store.place), "%s", path);
    return &store->store;
}
