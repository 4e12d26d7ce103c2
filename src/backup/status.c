/* SPDX-License-Identifier: Apache-2.0 */
/* status/backup.json: the state of backups for metrics, the doctor and the schedule. */
#include "backup/backup.h"

#include "base/json.h"
#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { STATUS_MAX_BYTES = 16 * 1024 };

static const char directory_name[] = "status";
static const char file_name[] = "backup.json";

static const struct {
    const char *key;
    size_t offset;
} times[] = {
    {"since_s", offsetof(BackupStatus, since_s)},
    {"created_s", offsetof(BackupStatus, created_s)},
    {"failed_s", offsetof(BackupStatus, failed_s)},
    {"proved_s", offsetof(BackupStatus, proved_s)},
    {"proof_failed_s", offsetof(BackupStatus, proof_failed_s)},
};

static int64_t *time_at(BackupStatus *status, size_t index)
{
    return (int64_t *)(void *)((char *)status + times[index].offset);
}

static double real_of(const JsonValue *json, const char *key)
{
    const JsonValue *value = json_get(json, key);
    return value && value->type != JSON_IS_STRING ? value->real : 0;
}

static bool parse(Arena *arena, Str text, BackupStatus *out_status, Error *error)
{
    BackupStatus status = {0};
    const JsonValue *json = json_parse(arena, text, error);
    if (!json)
        return false;
    for (size_t i = 0; i < COUNT_OF(times); i++)
        *time_at(&status, i) = json_i64_or(json, times[i].key, 0);
    status.size_bytes = (uint64_t)json_i64_or(json, "size_bytes", 0);
    status.backups = (uint64_t)json_i64_or(json, "backups", 0);
    status.duration_s = real_of(json, "duration_s");
    status.proof_duration_s = real_of(json, "proof_duration_s");
    status.name = json_str_or(json, "name", STR(""));
    status.failure = json_str_or(json, "failure", STR(""));
    *out_status = status;
    return true;
}

bool backup_status_read(const Home *home, Arena *arena, BackupStatus *out_status, Error *error)
{
    char path[700];
    snprintf(path, sizeof(path), "%s/%s/%s", home->path, directory_name, file_name);
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0)
        return error_set_errno(error, errno, path);
    char *text = arena_alloc(arena, STATUS_MAX_BYTES);
    ssize_t got = read(file, text, STATUS_MAX_BYTES);
    int problem = errno;
    close(file);
    if (got < 0)
        return error_set_errno(error, problem, path);
    return parse(arena, str_make(text, (size_t)got), out_status, error) ||
           error_prefix(error, "%s: ", path);
}

static bool write_text(int directory, Str text, Error *error)
{
    static const char partial[] = ".backup.json.partial";
    int file =
        openat(directory, partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (file < 0)
        return error_set_errno(error, errno, file_name);
    bool written = write(file, text.data, text.size) == (ssize_t)text.size && fsync(file) == 0 &&
                   fchmod(file, 0644) == 0;
    int problem = errno;
    close(file);
    if (!written)
        return error_set_errno(error, problem, file_name);
    return renameat(directory, partial, directory, file_name) == 0 ||
           error_set_errno(error, errno, file_name);
}

/* The servers read what root publishes. */
static int open_status(const Home *home, Error *error)
{
    char path[700];
    if (home->by_root)
        return home_open_published(home, directory_name, error);
    snprintf(path, sizeof(path), "%s/%s", home->path, directory_name);
    (void)mkdir(path, 0700);
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (directory < 0)
        error_set_errno(error, errno, path);
    return directory;
}

bool backup_status_write(const Home *home, const BackupStatus *status, Error *error)
{
    Str text;
    BackupStatus copy = *status;
    auto_arena Arena *arena = arena_new();
    JsonWriter *json = json_writer_new(arena, STATUS_MAX_BYTES);
    json_begin_object(json);
    for (size_t i = 0; i < COUNT_OF(times); i++)
        json_field_i64(json, times[i].key, *time_at(&copy, i));
    json_field_u64(json, "size_bytes", status->size_bytes);
    json_field_u64(json, "backups", status->backups);
    json_key(json, "duration_s");
    json_fixed(json, status->duration_s, 3);
    json_key(json, "proof_duration_s");
    json_fixed(json, status->proof_duration_s, 3);
    json_field_str(json, "name", status->name);
    json_field_str(json, "failure", status->failure);
    json_end(json);
    check(json_writer_text(json, &text));
    int directory = open_status(home, error);
    if (directory < 0)
        return false;
    bool written = write_text(directory, text, error);
    close(directory);
    return written;
}

static bool parse_daily_at(Str daily_at, int *out_hour, int *out_minute)
{
    uint32_t hour = 0;
    uint32_t minute = 0;
    if (daily_at.size != 5 || daily_at.data[2] != ':' ||
        !str_parse_u32(str_slice(daily_at, 0, 2), &hour) ||
        !str_parse_u32(str_from(daily_at, 3), &minute) || hour > 23 || minute > 59)
        return false;
    *out_hour = (int)hour;
    *out_minute = (int)minute;
    return true;
}

bool backup_check_daily_at(Str daily_at, Error *error)
{
    int hour = 0;
    int minute = 0;
    return str_empty(daily_at) || parse_daily_at(daily_at, &hour, &minute) ||
           error_set(error, ERR_VALIDATION,
                     "NETGURU_BACKUP_AT must be a time HH:MM, or empty for no daily backup, not "
                     "\"%.*s\"",
                     STR_ARGS(str_slice(daily_at, 0, 32)));
}

bool backup_is_due(Str daily_at, const BackupStatus *status, int64_t now_s)
{
    struct tm date;
    int hour = 0;
    int minute = 0;
    time_t now = (time_t)now_s;
    if (!parse_daily_at(daily_at, &hour, &minute))
        return false;
    localtime_r(&now, &date);
    date.tm_hour = hour;
    date.tm_min = minute;
    date.tm_sec = 0;
    date.tm_isdst = -1;
    time_t planned = mktime(&date);
    if (planned > now) {
        date.tm_mday--;
        date.tm_hour = hour;
        date.tm_min = minute;
        date.tm_isdst = -1;
        planned = mktime(&date);
    }
    /* A date in the future is of a clock that was set back since. */
    int64_t last = MAX_OF(status->created_s, status->since_s);
    return last < planned || last > now_s + 24 * 60 * 60;
}
