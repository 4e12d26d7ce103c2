/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The disk of the file store, what uploads have left there, and the last backups, of which
 * status/backup.json in the data directory tells. A time of it that is 0 or absent has no metric.
 */
#include "base/time.h"
#include "metrics/internal.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { STATE_MAX_BYTES = 16 * 1024, MAX_ENTRIES = 10 * 1000, PATH_MAX_BYTES = 1024 };

#define GAUGE(key, name, help)                                                                     \
    {                                                                                              \
        key,                                                                                       \
        {                                                                                          \
            "netguru_" name, METRIC_GAUGE, help,                                                   \
            {                                                                                      \
                NULL                                                                               \
            }                                                                                      \
        }                                                                                          \
    }

static const DataFamily families[] = {
    GAUGE("free", "files_free_bytes", "Free space of the file store's disk."),
    GAUGE("size", "files_disk_bytes", "Size of the file store's disk."),
    GAUGE("reserve", "files_reserve_bytes", "Free space below which uploads are refused."),
    GAUGE("incoming", "files_incoming", "Uploads in progress or left over, up to ten thousand."),
    GAUGE("orphans", "files_orphans", "Files that no document owns, up to ten thousand."),
    GAUGE("known", "backup_known", "Whether there is a backup."),
    GAUGE("created_s", "backup_age_seconds", "Age of the last backup."),
    GAUGE("failed_s", "backup_failure_age_seconds",
          "Age of the last failure, where no backup has succeeded since."),
    GAUGE("proved_s", "backup_proof_age_seconds", "Age of the last proof that a backup passed."),
    GAUGE("proof_failed_s", "backup_proof_failure_age_seconds",
          "Age of the last proof, where the backup did not pass it."),
    GAUGE("duration_s", "backup_duration_seconds", "Time that the last backup took."),
    GAUGE("proof_duration_s", "backup_proof_duration_seconds", "Time that the last proof took."),
    GAUGE("size_bytes", "backup_size_bytes", "Size of the last backup."),
    GAUGE("backups", "backups", "Backups that are kept."),
};

typedef struct {
    char store[PATH_MAX_BYTES];
    char backup[PATH_MAX_BYTES];
    struct statvfs disk;
    bool has_disk;
    uint32_t incoming;
    uint32_t orphans;
    char state[STATE_MAX_BYTES];
    size_t state_size; /* 0: none that can be used */
} FilesWork;

static uint32_t count_entries(const char *store, const char *name)
{
    char path[PATH_MAX_BYTES + 16];
    uint32_t count = 0;
    const struct dirent *entry;
    snprintf(path, sizeof(path), "%s/%s", store, name);
    DIR *directory = opendir(path);
    while (directory && count < MAX_ENTRIES && (entry = readdir(directory)))
        count += entry->d_name[0] != '.';
    if (directory)
        closedir(directory);
    return count;
}

/* Only a regular file: a link or a pipe may lead anywhere. */
static void read_state(FilesWork *work)
{
    struct stat status;
    int file = open(work->backup, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0)
        return;
    ssize_t size = -1;
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode))
        size = read(file, work->state, sizeof(work->state));
    if (size > 0 && (size_t)size < sizeof(work->state))
        work->state_size = (size_t)size;
    close(file);
}

static void look_on_thread(void *argument)
{
    FilesWork *work = argument;
    work->has_disk = statvfs(work->store, &work->disk) == 0;
    work->incoming = count_entries(work->store, "incoming");
    work->orphans = count_entries(work->store, "orphans");
    read_state(work);
}

static void add(Data *data, const char *key, double value)
{
    data_add(data, &data_files, str_of(key), STR(""), value);
}

static void add_disk(const Services *services, Data *data, const struct statvfs *disk)
{
    double unit = (double)disk->f_frsize;
    double size = (double)disk->f_blocks * unit;
    double reserve = (double)config_int(services->settings, "NETGURU_DISK_RESERVE_MB");
    add(data, "free", (double)disk->f_bavail * unit);
    add(data, "size", size);
    add(data, "reserve", MIN_OF(reserve * 1024 * 1024, size / 10));
}

static void add_backup(Task *task, Data *data, Str text)
{
    static const char *const times[] = {"created_s", "failed_s", "proved_s", "proof_failed_s"};
    static const char *const numbers[] = {"duration_s", "proof_duration_s", "size_bytes",
                                          "backups"};
    Error ignored = {0};
    const JsonValue *state = str_empty(text) ? NULL : json_parse(task->arena, text, &ignored);
    double now_s = (double)time_now_us() / 1e6;
    bool is_state = state && state->type == JSON_IS_OBJECT;
    add(data, "known", is_state && json_i64_or(state, "created_s", 0) > 0);
    for (size_t i = 0; is_state && i < COUNT_OF(times); i++) {
        int64_t at_s = json_i64_or(state, times[i], 0);
        if (at_s > 0)
            add(data, times[i], MAX_OF(now_s - (double)at_s, 0.0));
    }
    for (size_t i = 0; is_state && i < COUNT_OF(numbers); i++) {
        const JsonValue *value = json_get(state, numbers[i]);
        if (value && (value->type == JSON_IS_INTEGER || value->type == JSON_IS_REAL))
            add(data, numbers[i], value->real);
    }
}

static bool collect(Task *task, const Services *services, Data *data)
{
    FilesWork *work = ARENA_NEW(task->arena, FilesWork);
    snprintf(work->store, sizeof(work->store), "%.*s", STR_ARGS(services->store_dir));
    snprintf(work->backup, sizeof(work->backup), "%s/status/backup.json",
             services->metrics->data_dir);
    if (!task_offload(task, look_on_thread, work))
        return false;
    if (work->has_disk)
        add_disk(services, data, &work->disk);
    add(data, "incoming", work->incoming);
    add(data, "orphans", work->orphans);
    add_backup(task, data, str_make(work->state, work->state_size));
    return work->has_disk || task_fail(task, ERR_IO, "the file store cannot be read");
}

const DataPart data_files = {"files", families, COUNT_OF(families), collect};
