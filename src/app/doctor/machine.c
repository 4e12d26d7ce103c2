/* SPDX-License-Identifier: Apache-2.0 */
/* This machine: the data directory, its secrets, disks, limits, and the settings in force. */
#include "app/doctor/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Beside clients: what serve keeps for files, databases and logs. */
enum { OTHER_DESCRIPTORS = 1000, MIN_DESCRIPTORS = 1024, FULL_PERCENT = 10 };

void doctor_check_home(Doctor *doctor)
{
    const Home *home = &doctor->home;
    if (doctor->has_home) {
        doctor_add(doctor, FINDING_OK, "%s, servers run as %s, PostgreSQL as %s", home->path,
                   home->user, home->postgres_user.name);
        return;
    }
    bool needs_none = !doctor->has_own_database && !doctor->has_own_redis;
    Finding *finding = doctor_add(doctor, needs_none ? FINDING_WARNING : FINDING_ERROR, "%s",
                                  doctor->home_error.message);
    finding->cause = STR("uploaded files, keys and backups are in it");
    finding->command = STR("netguru up makes it; the message names another command if it exists");
}

/* Opened with the rights of the servers' user, so that a link planted there leads nowhere. */
static bool close_to_others(Doctor *doctor, Finding *finding, Error *error)
{
    int file = home_open_file(&doctor->home, finding->target.data, O_RDONLY);
    bool done = file >= 0 && fchmod(file, 0600) == 0;
    int problem = errno;
    if (file >= 0)
        close(file);
    finding->done = STR("set its mode to 0600");
    return done || error_set_errno(error, problem, finding->target.data);
}

/* Returns whether the file is private or absent. */
static bool check_secret(Doctor *doctor, const char *name)
{
    struct stat status;
    Str path = arena_printf(doctor->arena, "%s/%s", doctor->home.path, name);
    if (lstat(path.data, &status) != 0)
        return true;
    if (S_ISREG(status.st_mode) && !(status.st_mode & (S_IRWXG | S_IRWXO)))
        return true;
    Finding *finding = doctor_add(doctor, FINDING_ERROR, "%.*s has the mode %04o", STR_ARGS(path),
                                  (unsigned)(status.st_mode & 07777));
    finding->cause = STR("other users of this machine may read the secret");
    finding->command = arena_printf(doctor->arena, "chmod 600 %.*s", STR_ARGS(path));
    finding->target = path;
    finding->fix = S_ISREG(status.st_mode) ? close_to_others : NULL;
    return false;
}

void doctor_check_secrets(Doctor *doctor)
{
    static const char *const names[] = {"token.key", "encryption.key", "demo.password"};
    bool are_private = true;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        are_private = check_secret(doctor, names[i]) && are_private;
    if (are_private)
        doctor_add(doctor, FINDING_OK, "only the servers' user can read them");
}

static void add_disk(Doctor *doctor, const char *path, const struct statvfs *disk)
{
    double megabyte = 1024.0 * 1024.0;
    double size = (double)disk->f_blocks * (double)disk->f_frsize / megabyte;
    double free_mb = (double)disk->f_bavail * (double)disk->f_frsize / megabyte;
    double setting = (double)config_int(doctor->command->settings, "NETGURU_DISK_RESERVE_MB");
    double reserve = MIN_OF(setting, size / 10);
    bool lacks_inodes = disk->f_files > 0 && disk->f_favail < disk->f_files / 100;
    bool is_scarce = free_mb < 2 * reserve || free_mb < size / FULL_PERCENT;
    Severity severity = free_mb < reserve || lacks_inodes ? FINDING_ERROR
                        : is_scarce                       ? FINDING_WARNING
                                                          : FINDING_OK;
    Finding *finding =
        doctor_add(doctor, severity, "%s: %.1f of %.1f GB free%s", path, free_mb / 1024,
                   size / 1024, lacks_inodes ? ", but no inodes for new files" : "");
    if (severity == FINDING_OK)
        return;
    finding->cause = arena_printf(doctor->arena,
                                  "uploads are refused below %.0f MB, and a full "
                                  "disk stops PostgreSQL and Redis",
                                  reserve);
    finding->command = arena_printf(doctor->arena,
                                    "du -xh --max-depth=2 %s | sort -h | tail, then "
                                    "netguru backup prune or a larger disk",
                                    path);
}

/* Directories may be links to other disks. One finding a disk is enough. */
void doctor_check_disk(Doctor *doctor)
{
    const Home *home = &doctor->home;
    const char *const paths[] = {home->path, home->files, home->postgres, home->redis, home->log};
    dev_t seen[COUNT_OF(paths)];
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        struct stat status;
        struct statvfs disk;
        bool is_new = stat(paths[i], &status) == 0;
        for (size_t k = 0; is_new && k < count; k++)
            is_new = seen[k] != status.st_dev;
        if (!is_new || statvfs(paths[i], &disk) != 0)
            continue;
        seen[count++] = status.st_dev;
        add_disk(doctor, paths[i], &disk);
    }
}

void doctor_check_limits(Doctor *doctor)
{
    struct rlimit files;
    int64_t clients = config_int(doctor->command->settings, "NETGURU_MAX_CONNECTIONS");
    check(getrlimit(RLIMIT_NOFILE, &files) == 0);
    if (files.rlim_max == RLIM_INFINITY ||
        files.rlim_max >= (rlim_t)(clients + OTHER_DESCRIPTORS)) {
        doctor_add(doctor, FINDING_OK, "a process may open enough files for %lld clients",
                   (long long)clients);
        return;
    }
    Finding *finding =
        doctor_add(doctor, files.rlim_max < MIN_DESCRIPTORS ? FINDING_ERROR : FINDING_WARNING,
                   "a process may open %llu files, but NETGURU_MAX_CONNECTIONS allows %lld clients",
                   (unsigned long long)files.rlim_max, (long long)clients);
    finding->cause = STR("serve takes fewer clients than the setting says");
    finding->command = arena_printf(
        doctor->arena,
        "ulimit -Hn %lld before netguru up, or LimitNOFILE=%lld in the unit of systemd",
        (long long)(clients + OTHER_DESCRIPTORS), (long long)(clients + OTHER_DESCRIPTORS));
}

static void add_weak(Doctor *doctor, const char *what, const char *cause, const char *command)
{
    Finding *finding = doctor_add(doctor, FINDING_WARNING, "%s", what);
    finding->cause = str_of(cause);
    finding->command = str_of(command);
}

/* Unknown names and values out of range are refused before a command runs. */
void doctor_check_settings(Doctor *doctor)
{
    const Config *settings = doctor->command->settings;
    size_t before = doctor->findings.count;
    if (config_bool(settings, "NETGURU_ALLOW_DEBUG"))
        add_weak(doctor, "NETGURU_ALLOW_DEBUG is true",
                 "a core file or a debugger shows passwords and documents",
                 "unset NETGURU_ALLOW_DEBUG, and restart netguru up");
    if (config_int(settings, "NETGURU_BCRYPT_COST") < 10)
        add_weak(doctor, "NETGURU_BCRYPT_COST is below 10",
                 "a stolen table of passwords is guessed quickly",
                 "NETGURU_BCRYPT_COST=12, and restart netguru up");
    if (config_int(settings, "NETGURU_DISK_RESERVE_MB") == 0)
        add_weak(doctor, "NETGURU_DISK_RESERVE_MB is 0", "uploads may fill the disk of PostgreSQL",
                 "NETGURU_DISK_RESERVE_MB=1024, and restart netguru up");
    if (doctor->findings.count == before)
        doctor_add(doctor, FINDING_OK, "all are known and in their ranges");
}
