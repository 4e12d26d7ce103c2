/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BackupStore: where backups are kept: a directory, or a bucket that speaks S3. An object appears
 * whole or not at all.
 *
 *     auto_store BackupStore *store = store_open(&options, error);
 *     StoreWriter *writer = store_write_begin(store, arena, name, error);
 *     if (!writer || !store_write(writer, bytes, error) || !store_write_commit(writer, error)) …
 *
 * A writer that was not committed leaves nothing when the arena ends; what a killed process left is
 * removed by store_sweep, which only the holder of the lock of backups may call.
 */
#pragma once

#include "backup/stream.h"
#include "base/config.h"
#include "base/vec.h"

enum { STORE_MAX_OBJECTS = 100000, STORE_NAME_SIZE = 128, STORE_SMALL_BYTES = 64 * 1024 };

typedef struct BackupStore BackupStore;
typedef struct StoreWriter StoreWriter;
typedef struct StoreReader StoreReader;

typedef struct {
    Str name;
    uint64_t size;
} StoreObject;

typedef VEC(StoreObject) StoreObjectVec;

/* What a kind of store does; each file of a kind fills one in. */
typedef struct {
    StoreWriter *(*begin)(BackupStore *store, Arena *arena, const char *name, Error *error);
    bool (*write)(StoreWriter *writer, Str bytes, Error *error);
    bool (*commit)(StoreWriter *writer, Error *error);
    StoreReader *(*open)(BackupStore *store, Arena *arena, const char *name, Error *error);
    bool (*read)(StoreReader *reader, char *out, size_t capacity, size_t *out_size, Error *error);
    bool (*list)(BackupStore *store, Arena *arena, StoreObjectVec *out_objects, Error *error);
    bool (*remove)(BackupStore *store, const char *name, Error *error);
    bool (*sweep)(BackupStore *store, Error *error);
    void (*free)(BackupStore *store);
} StoreKind;

/* The first member of every store, writer and reader. */
struct BackupStore {
    const StoreKind *kind;
    char place[600]; /* for messages; never holds a secret */
};

struct StoreWriter {
    const StoreKind *kind;
};

struct StoreReader {
    const StoreKind *kind;
};

/* Opens the store that a place names: a directory, which is made (0700), or s3://BUCKET/PREFIX with
 * the NETGURU_BACKUP_S3_… settings. */
BackupStore *store_open(const Config *settings, Str place, Error *error) MUST_USE;
void store_free(BackupStore *store);
void store_cleanup(BackupStore **store);
#define auto_store AUTO(store_cleanup)

StoreWriter *store_write_begin(BackupStore *store, Arena *arena, const char *name,
                               Error *error) MUST_USE;
bool store_write(StoreWriter *writer, Str bytes, Error *error) MUST_USE;
/* Makes the object durable under its name, replacing another one. */
bool store_write_commit(StoreWriter *writer, Error *error) MUST_USE;

/* Fails with ERR_NOT_FOUND when there is no such object. */
StoreReader *store_read_begin(BackupStore *store, Arena *arena, const char *name,
                              Error *error) MUST_USE;
bool store_read(StoreReader *reader, char *out, size_t capacity, size_t *out_size,
                Error *error) MUST_USE;

/* Lists the objects with names that start with "netguru_", in ascending order. */
bool store_list(BackupStore *store, Arena *arena, StoreObjectVec *out_objects,
                Error *error) MUST_USE;
/* It is no error when there is no such object. */
bool store_remove(BackupStore *store, const char *name, Error *error) MUST_USE;
bool store_sweep(BackupStore *store, Error *error) MUST_USE;

/* Write and read a small object at once. Reading fails with ERR_FILE_TOO_LARGE beyond
 * STORE_SMALL_BYTES. */
bool store_put(BackupStore *store, const char *name, Str bytes, Error *error) MUST_USE;
bool store_get(BackupStore *store, Arena *arena, const char *name, Str *out_bytes,
               Error *error) MUST_USE;

BackupStore *store_directory_open(const char *path, Error *error) MUST_USE;
BackupStore *store_s3_open(const Config *settings, Str place, Error *error) MUST_USE;
