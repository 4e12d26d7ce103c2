/* SPDX-License-Identifier: Apache-2.0 */
#include "app/backup_print.h"

#include "base/json.h"

#include <grp.h>
#include <stdio.h>

enum { JSON_MAX_BYTES = 16 * 1024 * 1024 };

static void print_json(const JsonWriter *json)
{
    Str text;
    if (json_writer_text(json, &text))
        printf("%.*s\n", STR_ARGS(text));
}

static double megabytes(uint64_t bytes)
{
    return (double)bytes / (1024.0 * 1024.0);
}

static void write_summary(JsonWriter *json, const BackupSummary *summary)
{
    json_begin_object(json);
    json_field_str(json, "name", summary->name);
    json_field_str(json, "created_at", summary->created_at);
    json_field_u64(json, "size_bytes", summary->size_bytes);
    json_field_bool(json, "is_encrypted", summary->is_encrypted);
    json_key(json, "duration_s");
    json_fixed(json, summary->duration_s, 3);
    json_field_str(json, "schema", summary->schema);
    json_field_u64(json, "files", summary->files);
    json_field_u64(json, "file_bytes", summary->file_bytes);
    json_field_u64(json, "files_deleted", summary->files_deleted);
    json_field_u64(json, "files_lost", summary->files_lost);
    json_field_u64(json, "files_damaged", summary->files_damaged);
    if (summary->has_proof) {
        json_key(json, "proof");
        json_begin_object(json);
        json_field_str(json, "at", summary->proof.at);
        json_field_bool(json, "passed", summary->proof.passed);
        json_field_bool(json, "is_quick", summary->proof.is_quick);
        json_end(json);
    }
    json_end(json);
}

void backup_print_summary(const BackupSummary *summary, bool as_json)
{
    if (as_json) {
        auto_arena Arena *arena = arena_new();
        JsonWriter *json = json_writer_new(arena, JSON_MAX_BYTES);
        write_summary(json, summary);
        print_json(json);
        return;
    }
    printf("%.*s: %.1f MB, %llu files, %.1f s%s\n", STR_ARGS(summary->name),
           megabytes(summary->size_bytes), (unsigned long long)summary->files, summary->duration_s,
           summary->is_encrypted ? ", encrypted" : "");
    if (summary->files_deleted)
        printf("%llu files were deleted with their documents meanwhile\n",
               (unsigned long long)summary->files_deleted);
    if (summary->files_lost)
        printf("warning: %llu documents have no file: netguru doctor\n",
               (unsigned long long)summary->files_lost);
    if (summary->files_damaged)
        printf("warning: %llu files differ from the digest of their document\n",
               (unsigned long long)summary->files_damaged);
}

static const char *proof_words(const BackupSummary *summary)
{
    if (!summary->has_proof)
        return "not proved";
    if (!summary->proof.passed)
        return "FAILED its proof";
    return summary->proof.is_quick ? "archive checked" : "proved";
}

void backup_print_list(Arena *arena, const BackupSummaryVec *list, bool as_json)
{
    if (as_json) {
        JsonWriter *json = json_writer_new(arena, JSON_MAX_BYTES);
        json_begin_array(json);
        for (size_t i = 0; i < list->count; i++)
            write_summary(json, &list->items[i]);
        json_end(json);
        print_json(json);
        return;
    }
    for (size_t i = 0; i < list->count; i++) {
        const BackupSummary *summary = &list->items[i];
        printf("%-32.*s %9.1f MB  %-28.*s %s%s%.*s\n", STR_ARGS(summary->name),
               megabytes(summary->size_bytes), STR_ARGS(summary->schema), proof_words(summary),
               summary->has_proof ? " at " : "", STR_ARGS(summary->proof.at));
    }
    if (list->count == 0)
        printf("there are no backups: netguru backup create\n");
}

void backup_print_proof(Arena *arena, Str name, const BackupProof *proof, bool as_json)
{
    if (as_json) {
        JsonWriter *json = json_writer_new(arena, JSON_MAX_BYTES);
        json_begin_object(json);
        json_field_str(json, "name", name);
        json_field_str(json, "at", proof->at);
        json_field_bool(json, "passed", proof->passed);
        json_field_bool(json, "is_quick", proof->is_quick);
        json_key(json, "duration_s");
        json_fixed(json, proof->duration_s, 3);
        json_key(json, "proved");
        json_begin_array(json);
        for (size_t i = 0; i < proof->proved.count; i++)
            json_str(json, proof->proved.items[i]);
        json_end(json);
        if (!proof->passed)
            json_field_str(json, "failure", proof->failure);
        json_end(json);
        print_json(json);
        return;
    }
    for (size_t i = 0; i < proof->proved.count; i++)
        printf("  %.*s\n", STR_ARGS(proof->proved.items[i]));
    if (proof->passed)
        printf("%.*s %s at %.*s, in %.1f s\n", STR_ARGS(name),
               proof->is_quick ? "is undamaged; it was not restored" : "is proved",
               STR_ARGS(proof->at), proof->duration_s);
}

void backup_print_removed(Arena *arena, const StrVec *names, bool dry, bool as_json)
{
    if (as_json) {
        JsonWriter *json = json_writer_new(arena, JSON_MAX_BYTES);
        json_begin_object(json);
        json_field_bool(json, "dry_run", dry);
        json_key(json, "removed");
        json_begin_array(json);
        for (size_t i = 0; i < names->count; i++)
            json_str(json, names->items[i]);
        json_end(json);
        json_end(json);
        print_json(json);
        return;
    }
    for (size_t i = 0; i < names->count; i++)
        printf("%s %.*s\n", dry ? "would delete" : "deleted", STR_ARGS(names->items[i]));
    if (names->count == 0)
        printf("all backups stay\n");
}

void backup_print_restored(const BackupRestored *restored, bool as_json)
{
    if (as_json) {
        auto_arena Arena *arena = arena_new();
        JsonWriter *json = json_writer_new(arena, JSON_MAX_BYTES);
        json_begin_object(json);
        json_field_str(json, "schema", restored->schema);
        json_field_u64(json, "files", restored->files);
        json_field_str(json, "former_database", restored->former);
        json_end(json);
        print_json(json);
        return;
    }
    printf("restored: the database at revision %.*s, and %llu files\n", STR_ARGS(restored->schema),
           (unsigned long long)restored->files);
    if (!str_empty(restored->former))
        printf("the former database is kept as %.*s: drop it when you do not need it\n",
               STR_ARGS(restored->former));
}

void backup_print_user(Arena *arena, const BackupUserRestored *restored, bool as_json)
{
    JsonWriter *json = json_writer_new(arena, JSON_MAX_BYTES);
    json_begin_object(json);
    json_key(json, "tables");
    json_begin_array(json);
    for (size_t i = 0; i < restored->tables.count; i++) {
        const BackupUserRows *rows = &restored->tables.items[i];
        json_begin_object(json);
        json_field_str(json, "table", rows->table);
        json_field_u64(json, "found", rows->found);
        json_field_u64(json, "inserted", rows->inserted);
        json_end(json);
        if (!as_json && rows->found)
            printf("%-24.*s %llu rows brought back, %llu left as they are\n", STR_ARGS(rows->table),
                   (unsigned long long)rows->inserted,
                   (unsigned long long)(rows->found - rows->inserted));
    }
    json_end(json);
    json_field_u64(json, "files", restored->files);
    json_field_u64(json, "files_present", restored->files_present);
    json_field_bool(json, "erasure_stopped", restored->erasure_stopped);
    json_end(json);
    if (as_json) {
        print_json(json);
        return;
    }
    printf("%llu files brought back, %llu were there\n", (unsigned long long)restored->files,
           (unsigned long long)restored->files_present);
    if (restored->erasure_stopped)
        printf("the account was closed and is not erased again: it stays closed\n");
}

void backup_print_schedule(Str daily_at)
{
    printf("# /etc/systemd/system/netguru-backup.service\n"
           "[Unit]\n"
           "Description=Backup of NetGuru\n"
           "After=network-online.target postgresql.service\n"
           "\n"
           "[Service]\n"
           "Type=oneshot\n"
           "# NETGURU_… settings, also NETGURU_BACKUP_STORE; mode 0600\n"
           "EnvironmentFile=/etc/netguru/netguru.env\n"
           "ExecStart=/usr/local/bin/netguru backup due\n"
           "Nice=10\n"
           "IOSchedulingClass=idle\n"
           "\n"
           "# /etc/systemd/system/netguru-backup.timer\n"
           "[Unit]\n"
           "Description=Daily backup of NetGuru\n"
           "\n"
           "[Timer]\n"
           "OnCalendar=*-*-* %.*s:00\n"
           "# a machine that was off at that time makes up for it\n"
           "Persistent=true\n"
           "\n"
           "[Install]\n"
           "WantedBy=timers.target\n"
           "\n"
           "# systemctl daemon-reload && systemctl enable --now netguru-backup.timer\n",
           STR_ARGS(str_empty(daily_at) ? STR("03:00") : daily_at));
}

void backup_print_pitr(const Home *home, const char *repository)
{
    const struct group *found = getgrgid(home->gid);
    const char *group = found ? found->gr_name : home->user;
    printf(
        "# pgbackrest.conf for the embedded PostgreSQL of %s. Run pgBackRest as the user of"
        " the cluster\n"
        "# with the group of the data directory: runuser -u %s -g %s -G %s -- pgbackrest …\n"
        "# 1. save this file, and make the directory %s for that user\n"
        "# 2. as the superuser of the database:\n"
        "#    ALTER SYSTEM SET archive_mode = on;\n"
        "#    ALTER SYSTEM SET archive_timeout = '60s';\n"
        "#    ALTER SYSTEM SET archive_command = 'pgbackrest --config=FILE --stanza=netguru"
        " archive-push %%p';\n"
        "# 3. restart netguru up, then: pgbackrest --config=FILE --stanza=netguru stanza-create\n"
        "# 4. from a timer: pgbackrest --config=FILE --stanza=netguru --type=full backup\n"
        "# To go back: stop netguru up, then\n"
        "#    pgbackrest --config=FILE --stanza=netguru --delta --type=time"
        " --target='2026-02-12 08:30:00+00' --target-action=promote restore\n"
        "[global]\n"
        "repo1-path=%s\n"
        "repo1-retention-full=2\n"
        "# to encrypt: repo1-cipher-type=aes-256-cbc, and PGBACKREST_REPO1_CIPHER_PASS\n"
        "# to an object store: repo1-type=s3, repo1-s3-bucket=, repo1-s3-endpoint=,"
        " repo1-s3-region=,\n"
        "#   and PGBACKREST_REPO1_S3_KEY and PGBACKREST_REPO1_S3_KEY_SECRET\n"
        "start-fast=y\n"
        "log-level-console=warn\n"
        "log-level-file=off\n"
        "lock-path=%s/lock\n"
        "spool-path=%s/spool\n"
        "\n"
        "[netguru]\n"
        "pg1-path=%s\n"
        "pg1-socket-path=%s\n"
        "pg1-port=5432\n"
        "pg1-user=postgres\n"
        "pg1-database=postgres\n",
        home->path, home->postgres_user.name, home->postgres_user.name, group, repository,
        repository, repository, repository, home->postgres, home->run);
}
