/* SPDX-License-Identifier: Apache-2.0 */
#include "app/check/internal.h"

#include <fts.h>
#include <sys/stat.h>

static bool may_be_uploaded(Str name)
{
    static const Str endings[] = {
        STR_INIT(".cfg"), STR_INIT(".conf"), STR_INIT(".set"),
        STR_INIT(".txt"), STR_INIT(".log"),  STR_INIT(".syslog"),
        STR_INIT(".pdf"), STR_INIT(".pcap"), STR_INIT(".pcapng"),
    };
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        if (str_ends_with(name, endings[i]))
            return true;
    }
    return false;
}

static int by_name(const FTSENT **left, const FTSENT **right)
{
    return str_compare(str_of((*left)->fts_name), str_of((*right)->fts_name));
}

static UploadedFileVec list_files(Arena *arena, const char *directory)
{
    UploadedFileVec files = {0};
    char *const roots[] = {arena_cstring(arena, str_of(directory)), NULL};
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    const FTSENT *entry = NULL;
    while (walk && (entry = fts_read(walk)) && files.count < CHECK_MAX_FILES) {
        if (entry->fts_info != FTS_F || !may_be_uploaded(str_of(entry->fts_name)))
            continue;
        UploadedFile *file = VEC_PUSH(arena, &files);
        file->path = arena_copy(arena, str_of(entry->fts_path));
        /* Many networks use the same file name for each device in its own directory. */
        Str parent = str_of(entry->fts_parent->fts_name);
        file->name = str_starts_with(str_of(entry->fts_name), STR("show_"))
                         ? arena_printf(arena, "%.*s.cfg", STR_ARGS(parent))
                         : arena_copy(arena, str_of(entry->fts_name));
    }
    if (walk)
        fts_close(walk);
    return files;
}

static bool upload_all(Client *client, Arena *arena, UploadedFileVec *files,
                       const CheckProgress *progress, Error *error)
{
    for (size_t i = 0; i < files->count; i++) {
        UploadedFile *file = &files->items[i];
        const JsonValue *document =
            client_upload(client, arena, file->path.data, file->name.data, error);
        if (!document)
            return false;
        file->id = check_text(document, "id");
    }
    for (size_t i = 0; i < files->count; i++) {
        UploadedFile *file = &files->items[i];
        const JsonValue *document =
            client_wait_document(client, arena, file->id, CHECK_PROCESS_TIMEOUT_S, error);
        if (!document)
            return error_prefix(error, "%.*s: ", STR_ARGS(file->name));
        file->status = check_text(document, "status");
        if (!str_equal(file->status, STR("completed")))
            printf("     %.*s failed: %.*s\n", STR_ARGS(file->name),
                   STR_ARGS(check_text(document, "failure_reason")));
        if (progress->show)
            progress->show(progress->context, i + 1, files->count);
    }
    return true;
}

static const CheckProgress nobody_looks = {0};

bool check_upload_directory(Client *client, Arena *arena, const char *directory,
                            const CheckProgress *progress, Error *error)
{
    UploadedFileVec files = list_files(arena, directory);
    return upload_all(client, arena, &files, progress, error);
}

bool check_upload(Check *check, const char *directory, UploadedFileVec *out_files, Error *error)
{
    size_t completed = 0;
    UploadedFileVec files = list_files(check->arena, directory);
    if (files.count == 0)
        return error_set(error, ERR_NOT_FOUND, "%s contains no file that can be uploaded",
                         directory);
    if (!upload_all(check->client, check->arena, &files, &nobody_looks, error))
        return false;
    for (size_t i = 0; i < files.count; i++)
        completed += str_equal(files.items[i].status, STR("completed"));
    check_found(check, "%zu files, %zu completed", files.count, completed);
    *out_files = files;
    return completed == files.count;
}
