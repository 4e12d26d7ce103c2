/* SPDX-License-Identifier: Apache-2.0 */
#include "app/check/internal.h"

#include <stdlib.h>
#include <unistd.h>

/* Uploads the bytes as a file of that name. */
static const JsonValue *upload_bytes(Check *check, Str bytes, const char *name, Error *error)
{
    char path[] = "/tmp/netguru-check-XXXXXX";
    int file = mkstemp(path);
    if (file < 0) {
        error_set(error, ERR_IO, "cannot create a file in /tmp");
        return NULL;
    }
    bool written = write(file, bytes.data, bytes.size) == (ssize_t)bytes.size;
    close(file);
    const JsonValue *document = NULL;
    if (written)
        document = client_upload(check->client, check->arena, path, name, error);
    else
        error_set(error, ERR_IO, "cannot write to /tmp");
    unlink(path);
    if (!document && str_starts_with(str_of(error->message), str_of(path)))
        check_found(check, "%s", error->message + strlen(path) + 2);
    return document;
}

bool check_step_binary_config(Check *check, Error *error)
{
    Str bytes = STR("\x7F"
                    "ELF\0\0binary");
    return !upload_bytes(check, bytes, "router.cfg", error) && error->code == ERR_VALIDATION;
}

bool check_step_show_outputs(Check *check, Error *error)
{
    int64_t rows = 0;
    Str session =
        STR("check1#show ip interface brief\n"
            "Interface                  IP-Address      OK? Method Status                Protocol\n"
            "GigabitEthernet0/0         10.0.0.1        YES NVRAM  up                    up\n"
            "check1#\n");
    const JsonValue *document = upload_bytes(check, session, "check1-session.txt", error);
    Str id = check_text(document, "id");
    if (!document ||
        !client_wait_document(check->client, check->arena, id, CHECK_PROCESS_TIMEOUT_S, error))
        return false;
    const JsonValue *outputs = json_get(check_capture_result(check, id, error), "outputs");
    Str path = arena_printf(check->arena, "/api/v1/files/%.*s", STR_ARGS(id));
    if (!outputs || outputs->count != 1 ||
        !client_delete(check->client, check->arena, path.data, error))
        return false;
    check->skips = !json_get_i64(&outputs->items[0], "row_count", &rows);
    check_found(check, check->skips ? "the program was built without templates" : "%lld row",
                (long long)rows);
    return check->skips || rows == 1;
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
