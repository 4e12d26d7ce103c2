/* SPDX-License-Identifier: Apache-2.0 */
/* Notes beside an archive: what is known without reading it, and its last proof. */
#include "backup/backup_private.h"

#include "base/json.h"

#include <stdio.h>

static void write_proof(JsonWriter *json, const BackupProof *proof)
{
    json_key(json, "proof");
    json_begin_object(json);
    json_field_str(json, "at", proof->at);
    json_field_bool(json, "passed", proof->passed);
    json_field_bool(json, "is_quick", proof->is_quick);
    json_key(json, "duration_s");
    json_fixed(json, proof->duration_s, 3);
    json_key(json, "proved");
    json_begin_array(json);
    for (size_t i = 0; i < proof->proved.count; i++)
        json_str(json, proof->proved.items[i]);
    json_end(json);
    if (!str_empty(proof->failure))
        json_field_str(json, "failure", proof->failure);
    json_end(json);
}

Str notes_write(Arena *arena, const BackupSummary *summary)
{
    Str text;
    JsonWriter *json = json_writer_new(arena, STORE_SMALL_BYTES);
    json_begin_object(json);
    json_field_str(json, "name", summary->name);
    json_field_str(json, "created_at", summary->created_at);
    json_field_u64(json, "size_bytes", summary->size_bytes);
    json_field_bool(json, "is_encrypted", summary->is_encrypted);
    if (summary->has_notes) {
        json_key(json, "duration_s");
        json_fixed(json, summary->duration_s, 3);
        json_field_str(json, "schema", summary->schema);
        json_field_str(json, "program", summary->program);
        json_field_u64(json, "database_bytes", summary->database_bytes);
        json_field_u64(json, "files", summary->files);
        json_field_u64(json, "file_bytes", summary->file_bytes);
        json_field_u64(json, "files_deleted", summary->files_deleted);
        json_field_u64(json, "files_lost", summary->files_lost);
        json_field_u64(json, "files_damaged", summary->files_damaged);
    }
    if (summary->has_proof)
        write_proof(json, &summary->proof);
    json_end(json);
    return json_writer_text(json, &text) ? text : STR("{}");
}

static void notes_name(const BackupSummary *summary, char out[STORE_NAME_SIZE])
{
    snprintf(out, STORE_NAME_SIZE, "%.*s.json", STR_ARGS(summary->name));
}

bool notes_save(Backup *backup, const BackupSummary *summary, Error *error)
{
    char name[STORE_NAME_SIZE];
    auto_arena Arena *arena = arena_new();
    notes_name(summary, name);
    return store_put(backup->store, name, notes_write(arena, summary), error);
}

static double real_of(const JsonValue *json, const char *key)
{
    const JsonValue *value = json_get(json, key);
    return value && (value->type == JSON_IS_REAL || value->type == JSON_IS_INTEGER) ? value->real
                                                                                    : 0;
}

static bool bool_of(const JsonValue *json, const char *key)
{
    const JsonValue *value = json_get(json, key);
    return value && value->type == JSON_IS_BOOL && value->boolean;
}

static uint64_t count_of(const JsonValue *json, const char *key)
{
    return (uint64_t)MAX_OF(json_i64_or(json, key, 0), (int64_t)0);
}

static void read_proof(Arena *arena, const JsonValue *json, BackupSummary *summary)
{
    const JsonValue *proof = json_get(json, "proof");
    const JsonValue *proved = json_get(proof, "proved");
    if (!proof)
        return;
    summary->has_proof = true;
    summary->proof = (BackupProof){
        .at = json_str_or(proof, "at", STR("")),
        .passed = bool_of(proof, "passed"),
        .is_quick = bool_of(proof, "is_quick"),
        .duration_s = real_of(proof, "duration_s"),
        .failure = json_str_or(proof, "failure", STR("")),
    };
    for (size_t i = 0; proved && proved->type == JSON_IS_ARRAY && i < proved->count; i++)
        *VEC_PUSH(arena, &summary->proof.proved) = proved->items[i].string;
}

void notes_load(Backup *backup, Arena *arena, BackupSummary *summary)
{
    Str text;
    Error ignored = {0};
    char name[STORE_NAME_SIZE];
    notes_name(summary, name);
    const JsonValue *json = store_get(backup->store, arena, name, &text, &ignored)
                                ? json_parse(arena, text, &ignored)
                                : NULL;
    if (!json || json->type != JSON_IS_OBJECT)
        return;
    summary->has_notes = json_get(json, "schema") != NULL;
    summary->duration_s = real_of(json, "duration_s");
    summary->schema = json_str_or(json, "schema", STR(""));
    summary->program = json_str_or(json, "program", STR(""));
    summary->database_bytes = count_of(json, "database_bytes");
    summary->files = count_of(json, "files");
    summary->file_bytes = count_of(json, "file_bytes");
    summary->files_deleted = count_of(json, "files_deleted");
    summary->files_lost = count_of(json, "files_lost");
    summary->files_damaged = count_of(json, "files_damaged");
    read_proof(arena, json, summary);
}

void summary_describe(const Manifest *manifest, BackupSummary *summary)
{
    summary->schema = manifest->schema;
    summary->program = manifest->program;
    summary->database_bytes = manifest->database_bytes;
    summary->files = manifest->files;
    summary->file_bytes = manifest->file_bytes;
    summary->files_deleted = manifest->files_deleted;
    summary->files_lost = manifest->files_lost;
    summary->files_damaged = manifest->files_damaged;
    summary->has_notes = true;
}
