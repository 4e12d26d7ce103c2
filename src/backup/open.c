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

/* Opens the object, and the cipher around it. */
static bool open_source(Backup *backup, Arena *arena, Str name, ByteSource *out_source,
                        Error *error)
{
    int64_t created_s = 0;
    bool is_encrypted = false;
    char *object = arena_cstring(arena, name);
    if (!backup_parse_name(name, &created_s, &is_encrypted))
        return error_set(error, ERR_VALIDATION, "%s is no name of a backup", object);
    StoreReader *reader = store_read_begin(backup->store, arena, object, error);
    if (!reader)
        return false;
    *out_source = (ByteSource){read_object, reader};
    if (!is_encrypted)
        return true;
    CipherSource *open = cipher_open_begin(arena, backup->settings, *out_source, error);
    if (open)
        *out_source = cipher_source(open);
    return open != NULL;
}

bool backup_read(Backup *backup, Arena *arena, const ArchiveVisitor *visitor,
                 BackupContents *contents, Error *error)
{
    ByteSource source;
    ArchiveTail tail = {0};
    Manifest manifest = {0};
    const Keyring *keyring = backup->keyring;
    auto_arena Arena *scratch = arena_new();
    check(keyring);
    if (!open_source(backup, scratch, contents->name, &source, error) ||
        !archive_read(arena, source, visitor, &tail, error) ||
        !manifest_parse(arena, tail.manifest, &manifest, error) ||
        !manifest_check_signature(keyring, &manifest, tail.manifest, tail.signature, error) ||
        !compare_tail(&tail, &manifest, contents->name, error) ||
        !manifest_check_keys(keyring, &manifest, error))
        return false;
    contents->manifest = manifest;
    contents->text = tail.manifest;
    contents->created_s = tail.created_s;
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
