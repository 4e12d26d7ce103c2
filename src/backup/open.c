/* SPDX-License-Identifier: Apache-2.0 */
/* Reads an archive from the store and checks everything that can be checked without a database. */
#include "backup/backup_private.h"

#include "backup/cipher.h"
#include "base/time.h"
#include "ops/migrations.h"

#include <stdio.h>

static bool read_object(void *context, char *out, size_t capacity, size_t *out_size, Error *error)
{
    return store_read(context, out, capacity, out_size, error);
}

/* The manifest must tell the same as the archive and its name. */
static bool compare_tail(const ArchiveTail *tail, const Manifest *manifest, Str name, Error *error)
{
    char hex[SHA256_HEX_SIZE];
    int64_t created_us = 0;
    sha256_write_hex(&tail->sums, hex);
    if (!str_equal(manifest->sums, str_of(hex)) || manifest->members + 2 != tail->members)
        return error_set(error, ERR_VALIDATION, "the manifest is of another archive");
    if (!time_parse_rfc3339(manifest->created_at, &created_us) ||
        created_us / 1000000 != tail->created_s)
        return error_set(error, ERR_VALIDATION, "the manifest has another date than the archive");
    return str_equal(manifest->name, name) ||
           error_set(error, ERR_VALIDATION, "this is the backup %.*s under another name",
                     STR_ARGS(str_slice(manifest->name, 0, 64)));
}

static bool read_archive(Backup *backup, Arena *arena, Str name, const ArchiveVisitor *visitor,
                         ArchiveTail *out_tail, Error *error)
{
    int64_t created_s = 0;
    bool is_encrypted = false;
    auto_arena Arena *scratch = arena_new();
    char *object = arena_cstring(scratch, name);
    if (!backup_parse_name(name, &created_s, &is_encrypted))
        return error_set(error, ERR_VALIDATION, "%s is no name of a backup", object);
    StoreReader *reader = store_read_begin(backup->store, scratch, object, error);
    if (!reader)
        return false;
    ByteSource source = {read_object, reader};
    if (is_encrypted) {
        CipherSource *open = cipher_open_begin(scratch, backup->settings, source, error);
        if (!open)
            return false;
        source = cipher_source(open);
    }
    return archive_read(arena, source, visitor, out_tail, error);
}

bool backup_read(Backup *backup, Arena *arena, Str name, const ArchiveVisitor *visitor,
                 BackupContents *out_contents, Error *error)
{
    ArchiveTail tail = {0};
    BackupContents contents = {0};
    check(backup->keyring);
    if (!read_archive(backup, arena, name, visitor, &tail, error) ||
        !manifest_parse(arena, tail.manifest, &contents.manifest, error) ||
        !manifest_check_signature(backup->keyring, &contents.manifest, tail.manifest,
                                  tail.signature, error) ||
        !compare_tail(&tail, &contents.manifest, name, error) ||
        !manifest_check_keys(backup->keyring, &contents.manifest, error))
        return false;
    contents.text = tail.manifest;
    contents.created_s = tail.created_s;
    *out_contents = contents;
    return true;
}

bool backup_check_schema(const Manifest *manifest, Error *error)
{
    for (unsigned i = 0; i < migration_count; i++) {
        if (str_equal(manifest->schema, str_of(migrations[i].revision)))
            return true;
    }
    return error_set(error, ERR_CONFLICT,
                     "the backup is of schema revision %.*s, which this program does not know: "
                     "restore it with netguru %.*s or newer",
                     STR_ARGS(str_slice(manifest->schema, 0, 64)),
                     STR_ARGS(str_slice(manifest->program, 0, 32)));
}
