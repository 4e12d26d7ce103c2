/* SPDX-License-Identifier: Apache-2.0 */
#include "backup/store.h"

#include <stdlib.h>

BackupStore *store_open(const Config *settings, Str place, Error *error)
{
    auto_arena Arena *arena = arena_new();
    if (str_starts_with(place, STR("s3://")))
        return store_s3_open(settings, place, error);
    if (!str_starts_with(place, STR("/"))) {
        error_set(error, ERR_VALIDATION,
                  "NETGURU_BACKUP_STORE must be an absolute path or s3://BUCKET/PREFIX, not "
                  "\"%.*s\"",
                  STR_ARGS(str_slice(place, 0, 80)));
        return NULL;
    }
    return store_directory_open(arena_cstring(arena, place), error);
}

void store_free(BackupStore *store)
{
    if (store)
        store->kind->free(store);
}

void store_cleanup(BackupStore **store)
{
    store_free(*store);
}

StoreWriter *store_write_begin(BackupStore *store, Arena *arena, const char *name, Error *error)
{
    check(strlen(name) < STORE_NAME_SIZE);
    return store->kind->begin(store, arena, name, error);
}

bool store_write(StoreWriter *writer, Str bytes, Error *error)
{
    return writer->kind->write(writer, bytes, error);
}

bool store_write_commit(StoreWriter *writer, Error *error)
{
    return writer->kind->commit(writer, error);
}

StoreReader *store_read_begin(BackupStore *store, Arena *arena, const char *name, Error *error)
{
    return store->kind->open(store, arena, name, error);
}

bool store_read(StoreReader *reader, char *out, size_t capacity, size_t *out_size, Error *error)
{
    return reader->kind->read(reader, out, capacity, out_size, error);
}

static int by_name(const void *left, const void *right)
{
    return str_compare(((const StoreObject *)left)->name, ((const StoreObject *)right)->name);
}

bool store_list(BackupStore *store, Arena *arena, StoreObjectVec *out_objects, Error *error)
{
    StoreObjectVec objects = {0};
    if (!store->kind->list(store, arena, &objects, error))
        return false;
    if (objects.count)
        qsort(objects.items, objects.count, sizeof(objects.items[0]), by_name);
    *out_objects = objects;
    return true;
}

bool store_remove(BackupStore *store, const char *name, Error *error)
{
    return store->kind->remove(store, name, error);
}

bool store_sweep(BackupStore *store, Error *error)
{
    return store->kind->sweep(store, error);
}

bool store_put(BackupStore *store, const char *name, Str bytes, Error *error)
{
    auto_arena Arena *arena = arena_new();
    StoreWriter *writer = store_write_begin(store, arena, name, error);
    return writer && store_write(writer, bytes, error) && store_write_commit(writer, error);
}

bool store_get(BackupStore *store, Arena *arena, const char *name, Str *out_bytes, Error *error)
{
    const size_t max_bytes = STORE_SMALL_BYTES;
    size_t size = 0;
    size_t got = 1;
    auto_arena Arena *scratch = arena_new();
    StoreReader *reader = store_read_begin(store, scratch, name, error);
    if (!reader)
        return false;
    char *bytes = arena_alloc(arena, max_bytes + 1);
    while (got > 0 && size <= max_bytes) {
        if (!store_read(reader, bytes + size, max_bytes + 1 - size, &got, error))
            return false;
        size += got;
    }
    if (size > max_bytes)
        return error_set(error, ERR_FILE_TOO_LARGE, "%s is larger than %zu bytes", name, max_bytes);
    *out_bytes = str_make(bytes, size);
    return true;
}
