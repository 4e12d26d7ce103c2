/* SPDX-License-Identifier: Apache-2.0 */
/* Files that no upload and no document owns: what killed processes leave behind. */
#include "base/mem.h"
#include "services/file_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    PATH_MAX_BYTES = 1024,
    ABANDONED_S = 60 * 60,
    ORPHAN_S = 7 * 24 * 60 * 60,
};

static bool fail_disk(Task *task, int error_number, const char *what)
{
    error_set_errno(&task->error, error_number, what);
    task->error.code = ERR_IO;
    return false;
}

/* A regular file with a name of ours. */
static bool stat_file(int directory, const char *name, Uuid *out_id, struct stat *out_status)
{
    return uuid_parse(str_of(name), out_id) &&
           fstatat(directory, name, out_status, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(out_status->st_mode);
}

typedef struct {
    char incoming[PATH_MAX_BYTES];
    char orphans[PATH_MAX_BYTES];
    size_t removed;
    int error_number;
} SweepWork;

/* Being moved to orphans/ changes a file's ctime, never its mtime. */
static void sweep_directory(SweepWork *sweep, const char *path, bool by_change, int age_s)
{
    Uuid ignored;
    struct stat status;
    const struct dirent *entry = NULL;
    DIR *directory = opendir(path);
    if (!directory) {
        sweep->error_number = errno == ENOENT ? sweep->error_number : errno;
        return;
    }
    while ((entry = readdir(directory))) {
        if (stat_file(dirfd(directory), entry->d_name, &ignored, &status) &&
            time(NULL) - (by_change ? status.st_ctime : status.st_mtime) > age_s &&
            unlinkat(dirfd(directory), entry->d_name, 0) == 0)
            sweep->removed++;
    }
    closedir(directory);
}

static void sweep_all(void *argument)
{
    SweepWork *sweep = argument;
    sweep_directory(sweep, sweep->incoming, false, ABANDONED_S);
    sweep_directory(sweep, sweep->orphans, true, ORPHAN_S);
}

bool file_store_sweep(Task *task, Str store_dir, size_t *out_removed)
{
    SweepWork sweep = {0};
    snprintf(sweep.incoming, sizeof(sweep.incoming), "%.*s/incoming", STR_ARGS(store_dir));
    snprintf(sweep.orphans, sizeof(sweep.orphans), "%.*s/orphans", STR_ARGS(store_dir));
    if (!task_offload(task, sweep_all, &sweep))
        return false;
    if (sweep.error_number)
        return fail_disk(task, sweep.error_number, "the directories of the file store");
    *out_removed = sweep.removed;
    return true;
}

/* One directory of users and, inside it, the directory of the user whose files are being listed. */
struct FileStoreWalk {
    DIR *users;
    DIR *files; /* NULL: the next user's is to be opened */
    Uuid user_id;
};

typedef struct {
    FileStoreWalk *walk;
    char path[PATH_MAX_BYTES];
    StoredFile *files;
    size_t count;
    int error_number;
} WalkWork;

static void open_walk(void *argument)
{
    WalkWork *work = argument;
    work->walk->users = opendir(work->path);
    if (!work->walk->users)
        work->error_number = errno;
}

/* False at the end of the store. A directory that has gone meanwhile is passed over. */
static bool open_next_user(FileStoreWalk *walk)
{
    const struct dirent *entry = NULL;
    while ((entry = readdir(walk->users))) {
        if (!uuid_parse(str_of(entry->d_name), &walk->user_id))
            continue;
        int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
        int directory = openat(dirfd(walk->users), entry->d_name, flags);
        walk->files = directory < 0 ? NULL : fdopendir(directory);
        if (walk->files)
            return true;
        file_close(&directory);
    }
    return false;
}

static void close_directory(DIR **directory)
{
    if (*directory)
        closedir(*directory);
    *directory = NULL;
}

static void list_files(void *argument)
{
    WalkWork *work = argument;
    FileStoreWalk *walk = work->walk;
    struct stat status;
    while (work->count < FILE_STORE_BATCH && (walk->files || open_next_user(walk))) {
        StoredFile *next = &work->files[work->count];
        const struct dirent *entry = readdir(walk->files);
        if (!entry) {
            close_directory(&walk->files);
        } else if (stat_file(dirfd(walk->files), entry->d_name, &next->document_id, &status) &&
                   time(NULL) - status.st_mtime > ABANDONED_S) {
            next->user_id = walk->user_id;
            work->count++;
        }
    }
}

FileStoreWalk *file_store_walk_begin(Task *task, Str store_dir)
{
    WalkWork work = {.walk = MEM_NEW(FileStoreWalk)};
    snprintf(work.path, sizeof(work.path), "%.*s", STR_ARGS(store_dir));
    bool ran = task_offload(task, open_walk, &work);
    if (ran && work.walk->users)
        return work.walk;
    if (ran)
        fail_disk(task, work.error_number, "the file store");
    file_store_walk_release(&work.walk);
    return NULL;
}

bool file_store_walk_next(Task *task, FileStoreWalk *walk, StoredFile *out_files, size_t *out_count)
{
    WalkWork work = {.walk = walk, .files = out_files};
    if (!task_offload(task, list_files, &work))
        return false;
    *out_count = work.count;
    return true;
}

void file_store_walk_release(FileStoreWalk **walk)
{
    if (!*walk)
        return;
    close_directory(&(*walk)->files);
    close_directory(&(*walk)->users);
    mem_free(*walk);
    *walk = NULL;
}

typedef struct {
    char from[PATH_MAX_BYTES];
    char to[PATH_MAX_BYTES];
    char parent[PATH_MAX_BYTES];
    int error_number;
} OrphanWork;

static void move_orphan(void *argument)
{
    OrphanWork *work = argument;
    bool has_parent = mkdir(work->parent, 0700) == 0 || errno == EEXIST;
    if (!has_parent || (rename(work->from, work->to) != 0 && errno != ENOENT))
        work->error_number = errno;
}

bool file_store_orphan(Task *task, Str store_dir, const StoredFile *file)
{
    OrphanWork work = {0};
    char user[UUID_TEXT_SIZE];
    char document[UUID_TEXT_SIZE];
    uuid_write(&file->user_id, user);
    uuid_write(&file->document_id, document);
    snprintf(work.parent, sizeof(work.parent), "%.*s/orphans", STR_ARGS(store_dir));
    snprintf(work.from, sizeof(work.from), "%.*s/%s/%s", STR_ARGS(store_dir), user, document);
    snprintf(work.to, sizeof(work.to), "%.*s/orphans/%s", STR_ARGS(store_dir), document);
    if (!task_offload(task, move_orphan, &work))
        return false;
    return work.error_number == 0 ||
           fail_disk(task, work.error_number, "a file without a document");
}

typedef struct {
    char path[PATH_MAX_BYTES];
    int error_number;
} RemoveWork;

static void remove_directory(void *argument)
{
    RemoveWork *work = argument;
    const struct dirent *entry = NULL;
    int file = open(work->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *directory = file < 0 ? NULL : fdopendir(file);
    if (!directory) {
        work->error_number = errno == ENOENT ? 0 : errno;
        file_close(&file);
        return;
    }
    while ((entry = readdir(directory))) {
        if (entry->d_name[0] != '.' && unlinkat(file, entry->d_name, 0) != 0 && errno != ENOENT)
            work->error_number = errno;
    }
    closedir(directory);
    if (work->error_number == 0 && rmdir(work->path) != 0 && errno != ENOENT)
        work->error_number = errno;
}

bool file_store_remove_user(Task *task, Str store_dir, const Uuid *user_id)
{
    RemoveWork work = {0};
    char user[UUID_TEXT_SIZE];
    snprintf(work.path, sizeof(work.path), "%.*s/%s", STR_ARGS(store_dir),
             uuid_write(user_id, user));
    if (!task_offload(task, remove_directory, &work))
        return false;
    return work.error_number == 0 || fail_disk(task, work.error_number, "the files of a user");
}
