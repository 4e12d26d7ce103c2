/* SPDX-License-Identifier: Apache-2.0 */
/* Generations of embeddings: docs/embeddings.md. That of the first model is checked by "model". */
#include "app/doctor/internal.h"

#include "app/model_files.h"
#include "services/generations.h"

#include <unistd.h>

static const char *const find_generations =
    "SELECT name, state, is_paused, is_inline, encode(sha256, 'hex'), filled, wanted,"
    " filled_at IS NOT NULL FROM embedding_generations ORDER BY id";

typedef struct {
    Str name;
    Str state;
    bool is_paused;
    bool is_inline;
    Str sha256;
    int64_t filled;
    int64_t wanted;
    bool is_filled;
} Row;

static Row read_row(const DbRows *rows, size_t row)
{
    return (Row){
        .name = db_str(rows, row, 0),
        .state = db_str(rows, row, 1),
        .is_paused = db_read_bool(rows, row, 2),
        .is_inline = db_read_bool(rows, row, 3),
        .sha256 = db_str(rows, row, 4),
        .filled = db_read_i64(rows, row, 5),
        .wanted = db_read_i64(rows, row, 6),
        .is_filled = db_read_bool(rows, row, 7),
    };
}

/* Adds a finding if the files are missing or damaged. */
static bool check_files(Doctor *doctor, const Row *row)
{
    Home home;
    Error error = {0};
    char digest[SHA256_HEX_SIZE];
    if (row->is_inline)
        return true;
    if (!home_find(doctor->command->settings, &home, &error)) {
        doctor_add(doctor, FINDING_UNKNOWN, "%s", error.message);
        return false;
    }
    Str directory = generation_model_directory(doctor->arena, str_of(home.path), row->sha256);
    Str path = arena_printf(doctor->arena, "%.*s/model.safetensors", STR_ARGS(directory));
    bool is_there = access(path.data, F_OK) == 0;
    if (is_there && model_file_digest(path.data, digest) && str_equal(str_of(digest), row->sha256))
        return true;
    Finding *finding =
        doctor_add(doctor, str_equal(row->state, STR("active")) ? FINDING_ERROR : FINDING_WARNING,
                   "%.*s is %.*s, but its model is not on this machine%s", STR_ARGS(row->name),
                   STR_ARGS(row->state), is_there ? ": the file is damaged" : "");
    finding->cause = str_equal(row->state, STR("active"))
                         ? STR("search works by words only")
                         : STR("its vectors cannot be computed here");
    finding->command = STR("netguru embeddings add DIRECTORY, with the directory of that model");
    return false;
}

static void check_progress(Doctor *doctor, const Row *row)
{
    int64_t missing = MAX_OF(row->wanted - row->filled, (int64_t)0);
    if (str_equal(row->state, STR("dropping"))) {
        Finding *finding =
            doctor_add(doctor, FINDING_WARNING, "%.*s is half dropped", STR_ARGS(row->name));
        finding->cause = STR("netguru embeddings drop was interrupted");
        finding->command =
            arena_printf(doctor->arena, "netguru embeddings drop %.*s", STR_ARGS(row->name));
        return;
    }
    if (str_equal(row->state, STR("active")) && missing > 0) {
        Finding *finding = doctor_add(
            doctor, FINDING_WARNING, "%.*s is active, and %lld of %lld chunks have no vector",
            STR_ARGS(row->name), (long long)missing, (long long)row->wanted);
        finding->cause = STR("these chunks are found by words only");
        finding->command = STR("netguru embeddings fill");
        return;
    }
    doctor_add(doctor, FINDING_OK, "%.*s is %.*s%s, %lld of %lld chunks", STR_ARGS(row->name),
               STR_ARGS(row->state), row->is_paused ? " and paused" : "", (long long)row->filled,
               (long long)row->wanted);
}

void doctor_check_embeddings(Doctor *doctor)
{
    const DbRows *rows = doctor_query(doctor, find_generations);
    for (size_t i = 0; rows && i < rows->count; i++) {
        Row row = read_row(rows, i);
        if (check_files(doctor, &row))
            check_progress(doctor, &row);
    }
}
