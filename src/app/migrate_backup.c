/* SPDX-License-Identifier: Apache-2.0 */
/* netguru migrate rehearse --from-backup: the upgrade on a database that is restored for it. */
#include "app/migrate_private.h"
#include "app/process.h"

#include "base/time.h"
#include "base/version.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* Splits the path of an archive into its store and its name there. */
static bool read_path(const Migrate *migrate, Backup *backup, Str *out_name, Error *error)
{
    Str given = str_of(migrate->from_backup);
    size_t slash = str_find_last_byte(given, '/');
    if (slash == STR_NOT_FOUND) {
        *out_name = given;
        return true;
    }
    const char *directory =
        slash == 0 ? "/" : arena_cstring(migrate->arena, str_slice(given, 0, slash));
    const char *real = realpath(directory, arena_alloc(migrate->arena, PATH_MAX));
    if (!real)
        return error_set_errno(error, errno, directory);
    backup->place = str_of(real);
    *out_name = str_from(given, slash + 1);
    return true;
}

static void report(void *context, const char *stage, uint64_t bytes)
{
    (void)context;
    if (bytes == 0)
        fprintf(stderr, "%s\n", stage);
}

static Str target_of(const Migrate *migrate)
{
    return str_empty(migrate->target) ? STR("head") : migrate->target;
}

/* A word that is no revision is refused before the restore, which takes long. */
static bool check_target(const Migrate *migrate, Error *error)
{
    MigrateRange range;
    Str target = target_of(migrate);
    return str_starts_with(target, STR("+")) ||
           migrate_parse_range(STR("base"), target, &range, error);
}

static bool rehearse_copy(const Migrate *migrate, const ScratchOptions *options,
                          Rehearsal *rehearsal, BackupCopy *copy, Error *error)
{
    Str target = target_of(migrate);
    rehearsal->copy = copy->session;
    bool done = rehearse(options, target, rehearsal, migrate->arena, error);
    if (done)
        return backup_copy_close(copy, error);
    backup_copy_abandon(copy);
    return false;
}

static bool open_copy(const Migrate *migrate, Backup *backup, BackupCopy *out_copy, Error *error)
{
    Str name;
    Str wanted;
    return read_path(migrate, backup, &wanted, error) &&
           backup_open(backup, migrate->arena, error) &&
           backup_find(backup, migrate->arena, wanted, &name, error) &&
           backup_copy_open(backup, migrate->arena, name, out_copy, error);
}

bool migrate_rehearse_backup(const Migrate *migrate, const ScratchOptions *options,
                             Rehearsal *rehearsal, BackupCopy *out_copy, Error *error)
{
    Home home;
    uint64_t started_ns = time_monotonic_ns();
    const Config *settings = migrate->command->settings;
    if (!check_target(migrate, error) || !home_open(settings, &home, error))
        return false;
    Keyring *keyring = process_open_keyring(settings, &home, error);
    if (!keyring)
        return error_prefix(error, "a backup needs the encryption keys of the installation that "
                                   "made it: ");
    Backup backup = {
        .settings = settings,
        .home = &home,
        .keyring = keyring,
        .version = NETGURU_VERSION,
        .report = report,
        .is_interrupted = migrate_is_interrupted,
    };
    bool opened = open_copy(migrate, &backup, out_copy, error);
    rehearsal->copy_seconds = (double)(time_monotonic_ns() - started_ns) / 1e9;
    bool done = opened && rehearse_copy(migrate, options, rehearsal, out_copy, error);
    backup_close(&backup);
    keyring_free(keyring);
    return done;
}
