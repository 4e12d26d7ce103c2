/* SPDX-License-Identifier: Apache-2.0 */
#include "backup/manifest.h"

#include "backup/archive.h"
#include "base/json.h"
#include "base/time.h"

enum { MAX_LIST = 10000 };

static const char signature_head[] = "netguru backup manifest\n";

/* The fields that are plain text or numbers. */
static const struct {
    const char *key;
    size_t offset;
    bool is_number;
} fields[] = {
    {"name", offsetof(Manifest, name), false},
    {"created_at", offsetof(Manifest, created_at), false},
    {"program", offsetof(Manifest, program), false},
    {"server", offsetof(Manifest, server), false},
    {"schema", offsetof(Manifest, schema), false},
    {"sums", offsetof(Manifest, sums), false},
    {"database_bytes", offsetof(Manifest, database_bytes), true},
    {"files", offsetof(Manifest, files), true},
    {"file_bytes", offsetof(Manifest, file_bytes), true},
    {"files_deleted", offsetof(Manifest, files_deleted), true},
    {"files_lost", offsetof(Manifest, files_lost), true},
    {"files_damaged", offsetof(Manifest, files_damaged), true},
    {"members", offsetof(Manifest, members), true},
};

static void write_digests(JsonWriter *json, const char *key, const ManifestDigestVec *list)
{
    json_key(json, key);
    json_begin_array(json);
    for (size_t i = 0; i < list->count; i++) {
        json_begin_object(json);
        json_field_str(json, "name", list->items[i].name);
        json_field_i64(json, "count", list->items[i].count);
        json_field_str(json, "digest", list->items[i].digest);
        json_end(json);
    }
    json_end(json);
}

static void write_generations(JsonWriter *json, const ManifestGenerationVec *list)
{
    json_key(json, "generations");
    json_begin_array(json);
    for (size_t i = 0; i < list->count; i++) {
        json_begin_object(json);
        json_field_str(json, "name", list->items[i].name);
        json_field_str(json, "sha256", list->items[i].sha256);
        json_field_str(json, "state", list->items[i].state);
        json_field_i64(json, "vectors", list->items[i].vectors);
        json_end(json);
    }
    json_end(json);
}

static void write_searches(JsonWriter *json, const ManifestSearchVec *list)
{
    json_key(json, "searches");
    json_begin_array(json);
    for (size_t i = 0; i < list->count; i++) {
        json_begin_object(json);
        json_field_str(json, "kind", list->items[i].kind);
        json_field_str(json, "generation", list->items[i].generation);
        json_field_str(json, "probe", list->items[i].probe);
        json_field_str(json, "hits", list->items[i].hits);
        json_end(json);
    }
    json_end(json);
}

static void write_fields(JsonWriter *json, const Manifest *manifest)
{
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        const char *at = (const char *)manifest + fields[i].offset;
        if (fields[i].is_number)
            json_field_u64(json, fields[i].key, *(const uint64_t *)(const void *)at);
        else
            json_field_str(json, fields[i].key, *(const Str *)(const void *)at);
    }
}

bool manifest_write(Arena *arena, const Manifest *manifest, Str *out_text, Error *error)
{
    JsonWriter *json = json_writer_new(arena, ARCHIVE_SMALL_BYTES);
    json_begin_object(json);
    json_field_u64(json, "format", MANIFEST_FORMAT);
    write_fields(json, manifest);
    json_key(json, "keys");
    json_begin_array(json);
    for (size_t i = 0; i < manifest->keys.count; i++)
        json_str(json, manifest->keys.items[i]);
    json_end(json);
    write_digests(json, "tables", &manifest->tables);
    write_digests(json, "catalog", &manifest->catalog);
    write_generations(json, &manifest->generations);
    write_searches(json, &manifest->searches);
    json_end(json);
    return json_writer_text(json, out_text) ||
           error_set(error, ERR_INTERNAL, "the manifest would be longer than 4 MiB");
}

static bool refuse(Error *error, const char *key)
{
    return error_set(error, ERR_VALIDATION, "the manifest is damaged: \"%s\" is missing or wrong",
                     key);
}

static bool read_fields(const JsonValue *json, Manifest *manifest, Error *error)
{
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        int64_t number = 0;
        char *at = (char *)manifest + fields[i].offset;
        bool is_there = fields[i].is_number
                            ? json_get_i64(json, fields[i].key, &number) && number >= 0
                            : json_get_str(json, fields[i].key, (Str *)(void *)at);
        if (!is_there)
            return refuse(error, fields[i].key);
        if (fields[i].is_number)
            *(uint64_t *)(void *)at = (uint64_t)number;
    }
    return true;
}

static const JsonValue *find_list(const JsonValue *json, const char *key)
{
    const JsonValue *list = json_get(json, key);
    return list && list->type == JSON_IS_ARRAY && list->count <= MAX_LIST ? list : NULL;
}

static bool read_digests(Arena *arena, const JsonValue *json, const char *key,
                         ManifestDigestVec *out_list, Error *error)
{
    const JsonValue *list = find_list(json, key);
    for (size_t i = 0; list && i < list->count; i++) {
        const JsonValue *item = &list->items[i];
        ManifestDigest *digest = VEC_PUSH(arena, out_list);
        if (!json_get_str(item, "name", &digest->name) ||
            !json_get_i64(item, "count", &digest->count) ||
            !json_get_str(item, "digest", &digest->digest))
            return refuse(error, key);
    }
    return list || refuse(error, key);
}

static bool read_generations(Arena *arena, const JsonValue *json, ManifestGenerationVec *out_list,
                             Error *error)
{
    const JsonValue *list = find_list(json, "generations");
    for (size_t i = 0; list && i < list->count; i++) {
        const JsonValue *item = &list->items[i];
        ManifestGeneration *generation = VEC_PUSH(arena, out_list);
        if (!json_get_str(item, "name", &generation->name) ||
            !json_get_str(item, "sha256", &generation->sha256) ||
            !json_get_str(item, "state", &generation->state) ||
            !json_get_i64(item, "vectors", &generation->vectors))
            return refuse(error, "generations");
    }
    return list || refuse(error, "generations");
}

static bool read_searches(Arena *arena, const JsonValue *json, bool has_generations,
                          ManifestSearchVec *out_list, Error *error)
{
    const JsonValue *list = find_list(json, "searches");
    for (size_t i = 0; list && i < list->count; i++) {
        const JsonValue *item = &list->items[i];
        ManifestSearch *search = VEC_PUSH(arena, out_list);
        if (!json_get_str(item, "kind", &search->kind) ||
            (has_generations && !json_get_str(item, "generation", &search->generation)) ||
            !json_get_str(item, "probe", &search->probe) ||
            !json_get_str(item, "hits", &search->hits))
            return refuse(error, "searches");
    }
    return list || refuse(error, "searches");
}

static bool read_keys(Arena *arena, const JsonValue *json, StrVec *out_keys, Error *error)
{
    const JsonValue *list = find_list(json, "keys");
    for (size_t i = 0; list && i < list->count; i++) {
        if (list->items[i].type != JSON_IS_STRING)
            return refuse(error, "keys");
        *VEC_PUSH(arena, out_keys) = list->items[i].string;
    }
    return list || refuse(error, "keys");
}

bool manifest_parse(Arena *arena, Str text, Manifest *out_manifest, Error *error)
{
    int64_t format = 0;
    int64_t created_us = 0;
    Manifest manifest = {0};
    const JsonValue *json = json_parse(arena, text, error);
    if (!json)
        return error_prefix(error, "the manifest is damaged: ");
    if (!json_get_i64(json, "format", &format) || format < 1)
        return refuse(error, "format");
    if (format > MANIFEST_FORMAT) {
        return error_set(error, ERR_CONFLICT,
                         "the backup has format %lld, this program reads up to %d: use a newer "
                         "netguru",
                         (long long)format, MANIFEST_FORMAT);
    }
    if (!read_fields(json, &manifest, error) || !read_keys(arena, json, &manifest.keys, error) ||
        !read_digests(arena, json, "tables", &manifest.tables, error) ||
        !read_digests(arena, json, "catalog", &manifest.catalog, error) ||
        (format > 1 && !read_generations(arena, json, &manifest.generations, error)) ||
        !read_searches(arena, json, format > 1, &manifest.searches, error))
        return false;
    if (!time_parse_rfc3339(manifest.created_at, &created_us))
        return refuse(error, "created_at");
    *out_manifest = manifest;
    return true;
}

static Str digest_text(Arena *arena, Str text)
{
    char hex[SHA256_HEX_SIZE];
    Sha256 digest = sha256_of(text);
    return arena_printf(arena, "%s%s", signature_head, sha256_write_hex(&digest, hex));
}

Str manifest_sign(Arena *arena, const Keyring *keyring, Str text)
{
    return keyring_encrypt(arena, keyring, digest_text(arena, text), time_now_us() / 1000000);
}

static Str join(Arena *arena, const StrVec *list)
{
    Str all = STR("none");
    for (size_t i = 0; i < list->count; i++)
        all = i == 0 ? list->items[i]
                     : arena_printf(arena, "%.*s, %.*s", STR_ARGS(all), STR_ARGS(list->items[i]));
    return all;
}

bool manifest_check_signature(const Keyring *keyring, const Manifest *manifest, Str text,
                              Str signature, Error *error)
{
    Str signed_text;
    Error reason = {0};
    auto_arena Arena *arena = arena_new();
    /* A backup of a machine whose clock was ahead is still a backup. */
    const FernetToken token = {.text = signature, .now_s = INT64_MAX / 2};
    if (!keyring_decrypt(arena, keyring, &token, &signed_text, &reason)) {
        return error_set(error, ERR_CONFLICT,
                         "the manifest is not signed with any of these encryption keys; the backup "
                         "needs the keys %.*s: give the key of the installation that made it, or "
                         "the manifest is forged",
                         STR_ARGS(join(arena, &manifest->keys)));
    }
    return str_equal(signed_text, digest_text(arena, text)) ||
           error_set(error, ERR_VALIDATION, "the manifest is forged: its signature is of another");
}

bool manifest_check_keys(const Keyring *keyring, const Manifest *manifest, Error *error)
{
    for (size_t i = 0; i < manifest->keys.count; i++) {
        Str id = manifest->keys.items[i];
        if (!keyring_has(keyring, id)) {
            return error_set(error, ERR_CONFLICT,
                             "the backup needs the encryption key %.*s, which is not given: add it "
                             "to the keys (docs/api-keys.md)",
                             STR_ARGS(id));
        }
    }
    return true;
}
