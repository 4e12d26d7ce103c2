/* SPDX-License-Identifier: Apache-2.0 */
#include "services/file_store.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { PATH_MAX_BYTES = 1024, FIRST_BYTES = 4096 };

#define LOCAL_PREFIX "local:"

struct FileUpload {
    int file;
    char directory[PATH_MAX_BYTES];
    char path[PATH_MAX_BYTES]; /* of what to remove: the temporary file, then the finished one;
                                  empty: nothing */
    Sha256Stream *digest;
    uint64_t size;
    char first[FIRST_BYTES];
    size_t first_size;
};

void file_close(int *file)
{
    if (*file >= 0)
        close(*file);
    *file = -1;
}

int file_take(int *file)
{
    int taken = *file;
    *file = -1;
    return taken;
}

/* What runs on the pool's threads: plain calls, errno kept. */
typedef struct {
    FileUpload *upload;
    Str bytes;
    char path[PATH_MAX_BYTES];
    char parent[PATH_MAX_BYTES];
    char orphan[PATH_MAX_BYTES];
    int file;
    int error_number;
} DiskWork;

/* The store's directories are ours: ENOENT or EACCES there is an internal error. */
static bool fail_disk(Task *task, int error_number, const char *what)
{
    error_set_errno(&task->error, error_number, what);
    if (task->error.code != ERR_UNAVAILABLE)
        task->error.code = ERR_IO;
    return false;
}

static bool run_disk_work(Task *task, void (*work)(void *), DiskWork *disk, const char *what)
{
    if (!task_offload(task, work, disk))
        return false;
    return disk->error_number == 0 || fail_disk(task, disk->error_number, what);
}

static void create_temporary(void *argument)
{
    DiskWork *disk = argument;
    FileUpload *upload = disk->upload;
    if (mkdir(disk->parent, 0700) != 0 && errno != EEXIST) {
        disk->error_number = errno;
        return;
    }
    upload->file = open(upload->path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (upload->file < 0) {
        disk->error_number = errno;
        upload->path[0] = '\0';
    }
}

FileUpload *file_upload_begin(Task *task, Str store_dir)
{
    char name[UUID_TEXT_SIZE];
    Uuid id = uuid_new();
    FileUpload *upload = ARENA_NEW(task->arena, FileUpload);
    DiskWork disk = {.upload = upload};
    upload->file = -1;
    upload->digest = sha256_stream_new(task->arena);
    snprintf(upload->directory, sizeof(upload->directory), "%.*s", STR_ARGS(store_dir));
    snprintf(disk.parent, sizeof(disk.parent), "%.*s/incoming", STR_ARGS(store_dir));
    snprintf(upload->path, sizeof(upload->path), "%.*s/incoming/%s", STR_ARGS(store_dir),
             uuid_write(&id, name));
    if (run_disk_work(task, create_temporary, &disk, "cannot store the upload"))
        return upload;
    file_upload_release(&upload);
    return NULL;
}

static void append_bytes(void *argument)
{
    DiskWork *disk = argument;
    Str rest = disk->bytes;
    sha256_stream_add(disk->upload->digest, rest);
    while (rest.size) {
        ssize_t written = write(disk->upload->file, rest.data, rest.size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            disk->error_number = errno;
            return;
        }
        rest = str_from(rest, (size_t)written);
    }
}

bool file_upload_write(Task *task, FileUpload *upload, Str bytes)
{
    DiskWork disk = {.upload = upload, .bytes = bytes};
    size_t kept = MIN_OF(bytes.size, sizeof(upload->first) - upload->first_size);
    if (kept)
        memcpy(upload->first + upload->first_size, bytes.data, kept);
    upload->first_size += kept;
    upload->size += bytes.size;
    return run_disk_work(task, append_bytes, &disk, "cannot store the upload");
}

Str file_upload_first_bytes(const FileUpload *upload)
{
    return (Str){upload->first, upload->first_size};
}

uint64_t file_upload_size(const FileUpload *upload)
{
    return upload->size;
}

static int sync_directory(const char *path)
{
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return errno;
    int problem = fsync(directory) == 0 ? 0 : errno;
    close(directory);
    return problem;
}

static void move_into_place(void *argument)
{
    DiskWork *disk = argument;
    FileUpload *upload = disk->upload;
    bool made = mkdir(disk->parent, 0700) == 0;
    if (!made && errno != EEXIST) {
        disk->error_number = errno;
        return;
    }
    if (fsync(upload->file) != 0 || rename(upload->path, disk->path) != 0) {
        disk->error_number = errno;
        return;
    }
    memcpy(upload->path, disk->path, sizeof(upload->path));
    disk->error_number = sync_directory(disk->parent);
    if (made && disk->error_number == 0)
        disk->error_number = sync_directory(upload->directory);
}

bool file_upload_move(Task *task, FileUpload *upload, const Uuid *user_id, const Uuid *document_id,
                      Str *out_storage_path)
{
    char user[UUID_TEXT_SIZE];
    char document[UUID_TEXT_SIZE];
    DiskWork disk = {.upload = upload};
    uuid_write(user_id, user);
    uuid_write(document_id, document);
    snprintf(disk.parent, sizeof(disk.parent), "%.900s/%s", upload->directory, user);
    snprintf(disk.path, sizeof(disk.path), "%.900s/%s/%s", upload->directory, user, document);
    if (!run_disk_work(task, move_into_place, &disk, "cannot store the upload"))
        return false;
    *out_storage_path = arena_printf(task->arena, LOCAL_PREFIX "%s/%s", user, document);
    return true;
}

bool file_upload_finish(Task *task, FileUpload *upload, const Uuid *user_id,
                        const Uuid *document_id, Sha256 *out_digest, Str *out_storage_path)
{
    if (!file_upload_move(task, upload, user_id, document_id, out_storage_path))
        return false;
    *out_digest = sha256_stream_end(upload->digest);
    return true;
}

void file_upload_keep(FileUpload *upload)
{
    upload->path[0] = '\0';
}

void file_upload_release(FileUpload **upload)
{
    if (!*upload)
        return;
    file_close(&(*upload)->file);
    if ((*upload)->path[0])
        unlink((*upload)->path);
    file_upload_keep(*upload);
}

/* Only paths we made are opened: "local:" and two UUIDs. */
static bool resolve(Task *task, Str store_dir, Str storage_path, DiskWork *disk)
{
    Uuid ignored;
    Str rest = str_from(storage_path, sizeof(LOCAL_PREFIX) - 1);
    Str user = str_slice(rest, 0, UUID_TEXT_SIZE - 1);
    Str document = str_from(rest, UUID_TEXT_SIZE);
    if (!str_starts_with(storage_path, STR(LOCAL_PREFIX)) || !uuid_parse(user, &ignored) ||
        !uuid_parse(document, &ignored))
        return task_fail(task, ERR_INTERNAL, "unknown storage path");
    snprintf(disk->path, sizeof(disk->path), "%.*s/%.*s/%.*s", STR_ARGS(store_dir), STR_ARGS(user),
             STR_ARGS(document));
    return true;
}

/* A file whose document is back, as after a restore of the database, is no orphan any more. */
static void open_file(void *argument)
{
    DiskWork *disk = argument;
    disk->file = open(disk->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (disk->file < 0 && errno == ENOENT && rename(disk->orphan, disk->path) == 0)
        disk->file = open(disk->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (disk->file < 0)
        disk->error_number = errno;
}

bool file_store_open(Task *task, Str store_dir, Str storage_path, int *out_file)
{
    DiskWork disk = {.file = -1};
    if (!resolve(task, store_dir, storage_path, &disk))
        return false;
    snprintf(disk.orphan, sizeof(disk.orphan), "%.*s/orphans%s", STR_ARGS(store_dir),
             strrchr(disk.path, '/'));
    bool ran = task_offload(task, open_file, &disk);
    if (!ran) {
        file_close(&disk.file);
        return false;
    }
    if (disk.error_number == ENOENT)
        return task_fail(task, ERR_NOT_FOUND, "the stored file has gone");
    if (disk.error_number)
        return fail_disk(task, disk.error_number, "the stored file");
    *out_file = disk.file;
    return true;
}

static void remove_file(void *argument)
{
    DiskWork *disk = argument;
    if (unlink(disk->path) != 0 && errno != ENOENT)
        disk->error_number = errno;
}

bool file_store_remove(Task *task, Str store_dir, Str storage_path)
{
    DiskWork disk = {0};
    if (!resolve(task, store_dir, storage_path, &disk))
        return false;
    /* A cancelled task cannot wait and nobody else will delete this file, so delete it
     * synchronously. */
    if (!task_offload(task, remove_file, &disk))
        remove_file(&disk);
    return disk.error_number == 0 || fail_disk(task, disk.error_number, "the stored file");
}

typedef struct {
    char path[PATH_MAX_BYTES];
    uint64_t free_bytes;
    uint64_t total_bytes;
    int error_number;
} SpaceWork;

static void measure_space(void *argument)
{
    SpaceWork *space = argument;
    struct statvfs status;
    if (statvfs(space->path, &status) != 0) {
        space->error_number = errno;
        return;
    }
    space->free_bytes = (uint64_t)status.f_bavail * status.f_frsize;
    space->total_bytes = (uint64_t)status.f_blocks * status.f_frsize;
}

bool file_store_check_space(Task *task, Str store_dir, uint64_t needed_bytes,
                            uint64_t reserve_bytes)
{
    SpaceWork space = {0};
    snprintf(space.path, sizeof(space.path), "%.*s", STR_ARGS(store_dir));
    if (!task_offload(task, measure_space, &space))
        return false;
    if (space.error_number)
        return fail_disk(task, space.error_number, "the file store");
    uint64_t reserve = MIN_OF(reserve_bytes, space.total_bytes / 10);
    if (space.free_bytes >= reserve && space.free_bytes - reserve >= needed_bytes)
        return true;
    task_fail(task, ERR_UNAVAILABLE, "the server is low on disk space and takes no uploads now");
    task->error.retry_after_s = 60;
    return false;
}
