/* SPDX-License-Identifier: Apache-2.0 */
#include "app/embeddings.h"

#include "base/file.h"
#include "knowledge/generation_compare.h"

#include <stdio.h>

enum { QUESTIONS_MAX_BYTES = 8 * 1024 * 1024, OUTPUT_MAX_BYTES = 64 * 1024 };

static double percent(int64_t part, int64_t whole)
{
    return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

static double seconds_left(const GenerationStatus *status)
{
    int64_t left = MAX_OF(status->wanted - status->filled, (int64_t)0);
    return status->chunks_per_second > 0 ? (double)left / status->chunks_per_second : 0;
}

static void print_line(const GenerationStatus *status)
{
    printf("%-24.*s %-8.*s %lld of %lld chunks (%.1f %%), %.1f MB", STR_ARGS(status->name),
           STR_ARGS(status->state), (long long)status->filled, (long long)status->wanted,
           status->wanted ? percent(status->filled, status->wanted) : 100,
           (double)status->bytes / 1e6);
    if (status->is_paused)
        printf(", paused");
    else if (!status->is_filled && status->chunks_per_second > 0)
        printf(", %.0f chunks/s, %.0f s left", status->chunks_per_second, seconds_left(status));
    printf(", %.12s, since %.*s\n", status->sha256.data, STR_ARGS(status->created_at));
}

static void write_json(JsonWriter *json, const GenerationStatus *status)
{
    json_begin_object(json);
    json_field_str(json, "name", status->name);
    json_field_str(json, "state", status->state);
    json_field_str(json, "sha256", status->sha256);
    json_field_bool(json, "is_paused", status->is_paused);
    json_field_bool(json, "is_filled", status->is_filled);
    json_field_i64(json, "wanted", status->wanted);
    json_field_i64(json, "filled", status->filled);
    json_field_i64(json, "bytes", status->bytes);
    json_key(json, "seconds_left");
    json_fixed(json, status->is_filled ? 0 : seconds_left(status), 1);
    json_field_str(json, "created_at", status->created_at);
    json_end(json);
}

static void print_json(JsonWriter *json)
{
    Str text;
    if (json_writer_text(json, &text))
        printf("%.*s\n", STR_ARGS(text));
}

void embeddings_print(const EmbeddingsCall *call, const GenerationStatusVec *all)
{
    JsonWriter *json = json_writer_new(call->command->arena, OUTPUT_MAX_BYTES);
    json_begin_array(json);
    for (size_t i = 0; i < all->count; i++) {
        if (call->is_json)
            write_json(json, &all->items[i]);
        else
            print_line(&all->items[i]);
    }
    json_end(json);
    if (call->is_json)
        print_json(json);
}

/* What serve has counted: it compares some of the questions of users. */
static void print_recorded(const EmbeddingsCall *call, const GenerationStatus *status)
{
    double agreement = percent(status->agreed_chunks, status->compared_chunks);
    double recall = percent(status->found_chunks, status->compared_chunks);
    if (call->is_json) {
        JsonWriter *json = json_writer_new(call->command->arena, OUTPUT_MAX_BYTES);
        json_begin_object(json);
        json_field_i64(json, "questions", status->compared);
        json_key(json, "agreement_percent");
        json_fixed(json, agreement, 1);
        json_key(json, "recall_percent");
        json_fixed(json, recall, 1);
        json_end(json);
        print_json(json);
        return;
    }
    if (!status->compared) {
        printf("%.*s: no question of a user has been compared yet. serve compares some every "
               "NETGURU_RECALL_CHECK_S seconds, once the generation is ready; --questions FILE "
               "compares by your own\n",
               STR_ARGS(status->name));
        return;
    }
    printf("%.*s: %lld questions of users: %.1f %% of the ten nearest chunks are the same as in "
           "the active generation; its indexes find %.1f %% of the ten nearest\n",
           STR_ARGS(status->name), (long long)status->compared, agreement, recall);
}

static void print_score(const ComparedGeneration *generation, const GenerationScore *score,
                        const GenerationComparison *counts)
{
    printf("  %-24.*s right first %5.1f %%, among five %5.1f %%, %.1f ms a question\n",
           STR_ARGS(generation->name), percent((int64_t)score->first, (int64_t)counts->with_source),
           percent((int64_t)score->among_five, (int64_t)counts->with_source),
           1000 * score->seconds / (double)MAX_OF(counts->questions, (size_t)1));
}

static void print_comparison(const ComparedGeneration generations[2],
                             const GenerationComparison *counts)
{
    printf("%zu questions over the global knowledge: %.1f %% of the ten nearest chunks are the "
           "same, the first of %.1f %%\n",
           counts->questions, percent((int64_t)counts->agreed, (int64_t)counts->nearest),
           percent((int64_t)counts->same_first, (int64_t)counts->questions));
    printf("%zu of them name the file that answers:\n", counts->with_source);
    print_score(&generations[0], &counts->one, counts);
    print_score(&generations[1], &counts->other, counts);
}

static bool find_active(const EmbeddingsCall *call, GenerationStatus *out, Error *error)
{
    GenerationStatusVec all = {0};
    if (!generation_list(call->session, call->command->arena, &all, error))
        return false;
    for (size_t i = 0; i < all.count; i++) {
        if (!str_equal(all.items[i].state, STR("active")))
            continue;
        *out = all.items[i];
        return true;
    }
    return error_set(error, ERR_NOT_FOUND, "no generation is active");
}

static bool find_models(const GenerationModels *models, const GenerationStatus statuses[2],
                        ComparedGeneration out[2], Error *error)
{
    for (size_t i = 0; i < 2; i++) {
        out[i].name = statuses[i].name;
        out[i].embedder = generation_find_model(models, statuses[i].sha256, statuses[i].is_inline);
        if (!out[i].embedder)
            return error_set(error, ERR_NOT_FOUND, "the model of %.*s is not on this machine",
                             STR_ARGS(out[i].name));
    }
    return true;
}

static bool compare_by_file(const EmbeddingsCall *call, const GenerationStatus statuses[2],
                            Error *error)
{
    Str text;
    Str missing;
    GenerationModels models;
    GenerationComparison counts;
    ComparedGeneration generations[2];
    if (!file_read(call->command->arena, call->questions, QUESTIONS_MAX_BYTES, &text, error))
        return false;
    process_open_models(call->command, &models, &missing);
    bool done = find_models(&models, statuses, generations, error) &&
                (generation_compare(call->session, generations, text, &counts, error) ||
                 error_prefix(error, "%s: ", call->questions));
    process_close_models(&models);
    if (done)
        print_comparison(generations, &counts);
    return done;
}

bool embeddings_compare(const EmbeddingsCall *call, Error *error)
{
    GenerationStatus statuses[2];
    Str name = str_of(call->command->argv[1]);
    if (!find_active(call, &statuses[0], error) ||
        !generation_load(call->session, call->command->arena, name, &statuses[1], error))
        return false;
    if (str_equal(statuses[0].name, name))
        return error_set(error, ERR_VALIDATION, "%.*s is the active generation: name another one",
                         STR_ARGS(name));
    if (call->questions)
        return compare_by_file(call, statuses, error);
    print_recorded(call, &statuses[1]);
    return true;
}
