/* SPDX-License-Identifier: Apache-2.0 */
#include "app/upload_list.h"

#include "analysis/kinds.h"
#include "app/command.h"
#include "base/strbuf.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { SUMMARY_MAX_BYTES = 64 * 1024 };

static const char *const reasons[SKIPPED_REASONS] = {
    [SKIPPED_KIND] = "of a kind that the server does not accept",
    [SKIPPED_HIDDEN] = "hidden",
    [SKIPPED_LINK] = "symbolic links",
    [SKIPPED_SPECIAL] = "neither files nor folders",
};

static void skip(UploadList *list, UploadSkip reason, const char *path)
{
    uint32_t count = list->skipped[reason].count++;
    if (count < UPLOAD_SKIPPED_NAMES)
        list->skipped[reason].paths[count] = path;
}

static void report_unreadable(UploadList *list, int error_number, const char *path)
{
    Error error = {0};
    error_set_errno(&error, error_number, path);
    int status = command_fail(&error);
    list->unreadable++;
    if (list->exit_status == 0)
        list->exit_status = status;
}

static bool add_file(UploadList *list, const char *path, const struct stat *status, Error *error)
{
    if (list->files.count >= UPLOAD_MAX_FILES) {
        return error_set(error, ERR_VALIDATION,
                         "%s: more than %d files; upload the folders one after another", path,
                         UPLOAD_MAX_FILES);
    }
    UploadFile file = {path, (uint64_t)status->st_size};
    *VEC_PUSH(list->arena, &list->files) = file;
    list->size_bytes += file.size_bytes;
    return true;
}

static int compare_names(const void *a, const void *b)
{
    return str_compare(*(const Str *)a, *(const Str *)b);
}

static bool is_dot_or_dots(Str name)
{
    return str_equal(name, STR(".")) || str_equal(name, STR(".."));
}

/* Reads the names in the folder, sorted; those before an error, when there is one. */
static StrVec read_names(UploadList *list, const char *path)
{
    StrVec names = {0};
    const struct dirent *entry = NULL;
    DIR *folder = opendir(path);
    errno = folder ? 0 : errno;
    while (folder && list->seen <= UPLOAD_MAX_SEEN && (entry = readdir(folder))) {
        Str name = str_of(entry->d_name);
        if (is_dot_or_dots(name))
            continue;
        *VEC_PUSH(list->arena, &names) = arena_copy(list->arena, name);
        list->seen++;
        errno = 0;
    }
    if (errno != 0)
        report_unreadable(list, errno, path);
    if (folder)
        closedir(folder);
    if (names.count > 0)
        qsort(names.items, names.count, sizeof(Str), compare_names);
    return names;
}

static bool add_folder(UploadList *list, const char *path, int depth, Error *error);

static bool add_entry(UploadList *list, const char *path, Str name, int depth, Error *error)
{
    Error ignored;
    struct stat status;
    UploadSkip reason = SKIPPED_SPECIAL;
    if (str_starts_with(name, STR("."))) {
        skip(list, SKIPPED_HIDDEN, path);
        return true;
    }
    if (lstat(path, &status) != 0) {
        report_unreadable(list, errno, path);
        return true;
    }
    if (S_ISDIR(status.st_mode))
        return add_folder(list, path, depth + 1, error);
    if (S_ISREG(status.st_mode) && analysis_file_of_name(name, &ignored))
        return add_file(list, path, &status, error);
    if (S_ISREG(status.st_mode))
        reason = SKIPPED_KIND;
    else if (S_ISLNK(status.st_mode))
        reason = SKIPPED_LINK;
    skip(list, reason, path);
    return true;
}

static bool add_folder(UploadList *list, const char *path, int depth, Error *error)
{
    if (depth > UPLOAD_MAX_DEPTH)
        return error_set(error, ERR_VALIDATION, "%s: more than %d folders deep", path,
                         UPLOAD_MAX_DEPTH);
    StrVec names = read_names(list, path);
    if (list->seen > UPLOAD_MAX_SEEN) {
        return error_set(error, ERR_VALIDATION,
                         "%s: more than %d names; upload the folders one after another", path,
                         UPLOAD_MAX_SEEN);
    }
    const char *between = str_ends_with(str_of(path), STR("/")) ? "" : "/";
    for (size_t i = 0; i < names.count; i++) {
        Str name = names.items[i];
        Str below = arena_printf(list->arena, "%s%s%.*s", path, between, STR_ARGS(name));
        if (!add_entry(list, below.data, name, depth, error))
            return false;
    }
    return true;
}

bool upload_list_add(UploadList *list, const char *path, Error *error)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        report_unreadable(list, errno, path);
        return true;
    }
    return S_ISDIR(status.st_mode) ? add_folder(list, path, 1, error)
                                   : add_file(list, path, &status, error);
}

void upload_list_print_skipped(const UploadList *list)
{
    uint32_t total = 0;
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, SUMMARY_MAX_BYTES);
    for (int reason = 0; reason < SKIPPED_REASONS; reason++) {
        uint32_t count = list->skipped[reason].count;
        if (count == 0)
            continue;
        strbuf_printf(&text, "%s%u %s (", total ? "; " : "", count, reasons[reason]);
        for (uint32_t i = 0; i < MIN_OF(count, (uint32_t)UPLOAD_SKIPPED_NAMES); i++)
            strbuf_printf(&text, "%s%s", i ? ", " : "", list->skipped[reason].paths[i]);
        strbuf_printf(&text, "%s)", count > UPLOAD_SKIPPED_NAMES ? ", …" : "");
        total += count;
    }
    if (total > 0)
        fprintf(stderr, "netguru: skipped %u: %.*s\n", total, STR_ARGS(strbuf_str(&text)));
}
