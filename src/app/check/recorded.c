/* SPDX-License-Identifier: Apache-2.0 */
#include "app/check/internal.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Returns the directory of recorded networks and captures beside the project; empty if missing. */
Str check_recorded_directory(const Check *check)
{
    const char *named = getenv("NETGURU_SHARED_DATA");
    Str path = named ? str_of(named)
                     : arena_printf(check->arena, "%s/../../shared/data", check->options->sample);
    Str copy = arena_copy(check->arena, path);
    return access(copy.data, R_OK) == 0 ? copy : STR("");
}

bool check_step_recorded_network(Check *check, Error *error)
{
    UploadedFileVec files = {0};
    Str path = arena_printf(check->arena, "%.*s/configs/net_lab_ios_example_network/configs",
                            STR_ARGS(check_recorded_directory(check)));
    if (!check_upload(check, path.data, &files, error))
        return false;
    const JsonValue *snapshot = check_draw(check, check_document_ids(check, &files), error);
    const JsonValue *graph = json_get(snapshot, "graph_data");
    int64_t devices = 0;
    if (!json_get_i64(json_get(snapshot, "metadata"), "total_devices", &devices))
        return false;
    check_found(check, "%zu configurations, %lld devices, %zu edges", files.count,
                (long long)devices, check_count(graph, "edges"));
    return devices == (int64_t)files.count && check_count(graph, "edges") >= files.count;
}

static bool compare_capture(Check *check, Str directory, const char *name, Error *error)
{
    int64_t packets = 0;
    Arena *arena = check->arena;
    Str path = arena_printf(arena, "%.*s/pcaps/%s", STR_ARGS(directory), name);
    Str oracle = arena_printf(arena, "%.*s/pcaps/expected/%s.json", STR_ARGS(directory), name);
    Str truth;
    if (!file_read(arena, oracle.data, CHECK_TSV_MAX_BYTES, &truth, error))
        return false;
    const JsonValue *document = client_upload(check->client, arena, path.data, NULL, error);
    if (!document || !client_wait_document(check->client, arena, check_text(document, "id"),
                                           CHECK_PROCESS_TIMEOUT_S, error))
        return false;
    const JsonValue *result = check_capture_result(check, check_text(document, "id"), error);
    const JsonValue *known = json_parse(arena, truth, error);
    if (!known || !json_get_i64(result, "packets", &packets))
        return false;
    int64_t expected = json_i64_or(known, "packets", 0);
    return packets == expected ||
           error_set(error, ERR_INTERNAL, "%s: %lld packets, but capinfos counts %lld", name,
                     (long long)packets, (long long)expected);
}

bool check_step_recorded_captures(Check *check, Error *error)
{
    static const char *const names[] = {"zeek__http__206_example_b.pcap",
                                        "tcpdump__OSPFv2_Capture_FINAL.pcapng",
                                        "zeek__tcp__timestamp.pcap"};
    Str directory = check_recorded_directory(check);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (!compare_capture(check, directory, names[i], error))
            return false;
    }
    check_found(check, "%zu captures, same packet counts as capinfos", COUNT_OF(names));
    return true;
}
