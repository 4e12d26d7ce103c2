/* SPDX-License-Identifier: Apache-2.0 */
#include "app/check/internal.h"

#include <stdlib.h>
#include <unistd.h>

bool check_step_binary_config(Check *check, Error *error)
{
    char path[] = "/tmp/netguru-check-XXXXXX";
    int file = mkstemp(path);
    if (file < 0)
        return error_set(error, ERR_IO, "cannot create a file in /tmp");
    bool written = write(file,
                         "\x7F"
                         "ELF\0\0binary",
                         12) == 12;
    close(file);
    const JsonValue *document =
        client_upload(check->client, check->arena, path, "router.cfg", error);
    unlink(path);
    check_found(check, "%s", error->message + strlen(path) + 2);
    return written && !document && error->code == ERR_VALIDATION;
}

bool check_step_sample_files(Check *check, Error *error)
{
    UploadedFileVec files = {0};
    return check_upload(check, check->options->sample, &files, error);
}

const JsonValue *check_capture_result(Check *check, Str id, Error *error)
{
    Str path = arena_printf(check->arena, "/api/v1/files/%.*s", STR_ARGS(id));
    const JsonValue *document = client_get(check->client, check->arena, path.data, error);
    Str task = check_text(json_get(document, "task"), "id");
    if (!document)
        return NULL;
    path = arena_printf(check->arena, "/api/v1/analysis/tasks/%.*s", STR_ARGS(task));
    const JsonValue *answer = client_get(check->client, check->arena, path.data, error);
    return json_get(answer, "result");
}

bool check_step_sample_captures(Check *check, Error *error)
{
    size_t captures = 0;
    int64_t total = 0;
    UploadedFileVec files;
    if (!check_upload(check, check->options->sample, &files, error))
        return false;
    for (size_t i = 0; i < files.count; i++) {
        int64_t packets = 0;
        if (str_find(files.items[i].name, STR(".pcap")) == STR_NOT_FOUND)
            continue;
        const JsonValue *result = check_capture_result(check, files.items[i].id, error);
        if (!result)
            return false;
        if (!json_get_i64(result, "packets", &packets) || packets == 0) {
            return error_set(error, ERR_INTERNAL, "%.*s has no packets",
                             STR_ARGS(files.items[i].name));
        }
        captures++;
        total += packets;
    }
    check_found(check, "%zu captures, %lld packets", captures, (long long)total);
    return captures > 0;
}
