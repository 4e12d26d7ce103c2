/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store that speaks S3. An archive goes up in parts (multipart upload), so it appears at once and
 * only a part is in memory; it comes down in ranges, each of which can be repeated.
 */
#include "backup/store.h"

#include "base/ascii.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "net/outgoing/signed.h"

#include <stdio.h>

enum {
    PART_BYTES = 8 * 1024 * 1024,
    LARGE_PART_BYTES = 64 * 1024 * 1024,
    SMALL_PARTS = 1000, /* then parts get large, so that 10,000 of them hold 570 GB */
    MAX_PARTS = 10000,
    RANGE_BYTES = 8 * 1024 * 1024,
    COMPLETION_MAX_BYTES = 2 * 1024 * 1024,
};

typedef struct {
    BackupStore store;
    SignedClient *client;
    char bucket[128];
    char prefix[256]; /* empty, or with a slash at its end */
} S3Store;

typedef struct {
    StoreWriter writer;
    S3Store *store;
    char path[600];
    char upload[512]; /* id of the upload; empty before the first part */
    StrBuf part;
    StrBuf tags; /* XML of the parts */
    unsigned parts;
    uint64_t sent_bytes; /* in these parts */
    bool is_committed;
} S3Writer;

typedef struct {
    StoreReader reader;
    S3Store *store;
    char path[600];
    Arena *arena; /* of the present range */
    Str range;
    uint64_t offset;
    uint64_t size;
    char entity_tag[128];
    bool is_open;
} S3Reader;

static const StoreKind s3_kind;

static void write_path(const S3Store *store, const char *name, char out[600])
{
    snprintf(out, 600, "/%s/%s%s", store->bucket, store->prefix, name);
}

/* Stores the text between the next <tag> and </tag>, and moves rest behind it. */
static bool next_element(Str *rest, const char *tag, Str *out_text)
{
    char open[64];
    char close[64];
    snprintf(open, sizeof(open), "<%s>", tag);
    snprintf(close, sizeof(close), "</%s>", tag);
    size_t start = str_find(*rest, str_of(open));
    if (start == STR_NOT_FOUND)
        return false;
    Str after = str_from(*rest, start + strlen(open));
    size_t end = str_find(after, str_of(close));
    if (end == STR_NOT_FOUND)
        return false;
    *out_text = str_slice(after, 0, end);
    *rest = str_from(after, end + strlen(close));
    return true;
}

static Str element(Str xml, const char *tag)
{
    Str text;
    return next_element(&xml, tag, &text) ? text : STR("");
}

/* Fails with what the store says. */
static bool refuse(const S3Store *store, const SignedReply *reply, const char *what, Error *error)
{
    Str code = str_slice(element(reply->body, "Code"), 0, 64);
    ErrorCode kind = reply->status == 404                           ? ERR_NOT_FOUND
                     : reply->status == 401 || reply->status == 403 ? ERR_FORBIDDEN
                                                                    : ERR_UNAVAILABLE;
    return error_set(error, kind, "%s: cannot %s: status %ld %.*s", store->store.place, what,
                     reply->status, STR_ARGS(code));
}

static bool call_store(const S3Store *store, Arena *arena, const SignedCall *call,
                       SignedReply *out_reply, Error *error)
{
    return signed_client_call(store->client, arena, call, out_reply, error) ||
           error_prefix(error, "%s: ", store->store.place);
}

static bool abort_upload(const S3Store *store, const char *path, const char *upload, Error *error)
{
    SignedReply reply;
    auto_arena Arena *arena = arena_new();
    Str query = arena_printf(arena, "uploadId=%s", upload);
    const SignedCall call = {.method = "DELETE", .path = path, .query = query.data};
    return call_store(store, arena, &call, &reply, error);
}

static void release_writer(void *argument)
{
    Error error = {0};
    S3Writer *writer = argument;
    if (!writer->is_committed && writer->upload[0] &&
        !abort_upload(writer->store, writer->path, writer->upload, &error))
        log_warn("backup.upload_left", LOG_TEXT("reason", error.message));
    strbuf_done(&writer->part);
    strbuf_done(&writer->tags);
}

static StoreWriter *begin(BackupStore *base, Arena *arena, const char *name, Error *error)
{
    (void)error;
    S3Writer *writer = ARENA_NEW(arena, S3Writer);
    writer->writer.kind = &s3_kind;
    writer->store = (S3Store *)base;
    write_path(writer->store, name, writer->path);
    strbuf_init(&writer->part, LARGE_PART_BYTES);
    strbuf_init(&writer->tags, COMPLETION_MAX_BYTES);
    arena_on_free(arena, release_writer, writer);
    return &writer->writer;
}

static bool begin_upload(S3Writer *writer, Error *error)
{
    SignedReply reply;
    auto_arena Arena *arena = arena_new();
    const SignedCall call = {.method = "POST", .path = writer->path, .query = "uploads="};
    if (writer->upload[0])
        return true;
    if (!call_store(writer->store, arena, &call, &reply, error))
        return false;
    Str id = element(reply.body, "UploadId");
    if (reply.status != 200 || str_empty(id) ||
        !str_copy_to(id, writer->upload, sizeof(writer->upload))) {
        writer->upload[0] = '\0';
        return refuse(writer->store, &reply, "begin an upload", error);
    }
    strbuf_append(&writer->tags, STR("<CompleteMultipartUpload>"));
    return true;
}

static bool send_part(S3Writer *writer, Error *error)
{
    SignedReply reply;
    auto_arena Arena *arena = arena_new();
    if (!begin_upload(writer, error))
        return false;
    if (++writer->parts > MAX_PARTS)
        return error_set(error, ERR_FILE_TOO_LARGE, "%s: the backup is too large for one object",
                         writer->store->store.place);
    Str query = arena_printf(arena, "partNumber=%u&uploadId=%s", writer->parts, writer->upload);
    const SignedCall call = {.method = "PUT",
                             .path = writer->path,
                             .query = query.data,
                             .body = strbuf_str(&writer->part)};
    if (!call_store(writer->store, arena, &call, &reply, error))
        return false;
    if (reply.status != 200 || str_empty(reply.entity_tag))
        return refuse(writer->store, &reply, "upload a part", error);
    strbuf_printf(&writer->tags, "<Part><ETag>%.*s</ETag><PartNumber>%u</PartNumber></Part>",
                  STR_ARGS(reply.entity_tag), writer->parts);
    writer->sent_bytes += writer->part.size;
    strbuf_clear(&writer->part);
    return true;
}

static bool write_bytes(StoreWriter *base, Str bytes, Error *error)
{
    S3Writer *writer = (S3Writer *)base;
    while (bytes.size) {
        size_t limit = writer->parts < SMALL_PARTS ? PART_BYTES : LARGE_PART_BYTES;
        size_t taken = MIN_OF(bytes.size, limit - writer->part.size);
        strbuf_append(&writer->part, str_slice(bytes, 0, taken));
        bytes = str_from(bytes, taken);
        if (writer->part.size == limit && !send_part(writer, error))
            return false;
    }
    return true;
}

/* What fits one part needs no upload in parts. */
static bool put_whole(S3Writer *writer, Error *error)
{
    SignedReply reply;
    auto_arena Arena *arena = arena_new();
    const SignedCall call = {
        .method = "PUT", .path = writer->path, .body = strbuf_str(&writer->part)};
    if (!call_store(writer->store, arena, &call, &reply, error))
        return false;
    writer->is_committed = reply.status == 200;
    return writer->is_committed || refuse(writer->store, &reply, "store an object", error);
}

/* The answer to a first try may have been lost: then the second finds no such upload, but the
 * object is there. */
static bool is_there(const S3Writer *writer, Error *error)
{
    SignedReply reply;
    auto_arena Arena *arena = arena_new();
    const SignedCall call = {.method = "GET", .path = writer->path, .range = "0-0"};
    return call_store(writer->store, arena, &call, &reply, error) && reply.status == 206 &&
           reply.size_bytes == writer->sent_bytes;
}

static bool commit(StoreWriter *base, Error *error)
{
    SignedReply reply;
    S3Writer *writer = (S3Writer *)base;
    auto_arena Arena *arena = arena_new();
    if (!writer->upload[0])
        return put_whole(writer, error);
    if (writer->part.size && !send_part(writer, error))
        return false;
    strbuf_append(&writer->tags, STR("</CompleteMultipartUpload>"));
    Str query = arena_printf(arena, "uploadId=%s", writer->upload);
    const SignedCall call = {.method = "POST",
                             .path = writer->path,
                             .query = query.data,
                             .body = strbuf_str(&writer->tags)};
    if (!call_store(writer->store, arena, &call, &reply, error))
        return false;
    /* The status is sent before the work is done, so an error may come with 200. */
    writer->is_committed =
        reply.status == 404
            ? is_there(writer, error)
            : reply.status == 200 && str_find(reply.body, STR("<Error>")) == STR_NOT_FOUND;
    return writer->is_committed || refuse(writer->store, &reply, "complete an upload", error);
}

static void release_reader(void *argument)
{
    const S3Reader *reader = argument;
    arena_free(reader->arena);
}

static bool fetch(S3Reader *reader, Error *error)
{
    char range[64];
    SignedReply reply;
    arena_free(reader->arena);
    reader->arena = arena_new();
    snprintf(range, sizeof(range), "%llu-%llu", (unsigned long long)reader->offset,
             (unsigned long long)reader->offset + RANGE_BYTES - 1);
    const SignedCall call = {.method = "GET", .path = reader->path, .range = range};
    if (!call_store(reader->store, reader->arena, &call, &reply, error))
        return false;
    if (reply.status == 416 && reader->offset == 0) /* an empty object */
        return true;
    if (reply.status != 206 && reply.status != 200)
        return refuse(reader->store, &reply, "read an object", error);
    if (reader->is_open && !str_equal(reply.entity_tag, str_of(reader->entity_tag)))
        return error_set(error, ERR_CONFLICT, "%s: the object changed while it was read",
                         reader->store->store.place);
    str_copy_to(reply.entity_tag, reader->entity_tag, sizeof(reader->entity_tag));
    reader->size = reply.status == 206 ? reply.size_bytes : reply.body.size;
    reader->range = reply.body;
    reader->offset += reply.body.size;
    reader->is_open = true;
    return true;
}

static StoreReader *open_object(BackupStore *base, Arena *arena, const char *name, Error *error)
{
    S3Reader *reader = ARENA_NEW(arena, S3Reader);
    reader->reader.kind = &s3_kind;
    reader->store = (S3Store *)base;
    write_path(reader->store, name, reader->path);
    arena_on_free(arena, release_reader, reader);
    if (fetch(reader, error))
        return &reader->reader;
    if (error->code == ERR_NOT_FOUND)
        error_set(error, ERR_NOT_FOUND, "there is no %s in %s", name, base->place);
    return NULL;
}

static bool read_bytes(StoreReader *base, char *out, size_t capacity, size_t *out_size,
                       Error *error)
{
    S3Reader *reader = (S3Reader *)base;
    if (str_empty(reader->range) && reader->offset < reader->size && !fetch(reader, error))
        return false;
    size_t given = MIN_OF(capacity, reader->range.size);
    if (given)
        memcpy(out, reader->range.data, given);
    reader->range = str_from(reader->range, given);
    *out_size = given;
    return true;
}

/* Encodes a value of a query. */
static Str encode(Arena *arena, Str text)
{
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, 4096);
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        bool is_plain = ascii_is_letter_or_digit(byte) || byte == '-' || byte == '_' ||
                        byte == '.' || byte == '~';
        if (is_plain)
            strbuf_append_byte(&out, byte);
        else
            strbuf_printf(&out, "%%%02X", (unsigned char)byte);
    }
    return arena_copy(arena, strbuf_str(&out));
}

/* The prefix without its slash: more keys may match, and the caller compares. */
static Str encoded_prefix(const S3Store *store, Arena *arena)
{
    Str prefix = str_of(store->prefix);
    return encode(arena, str_slice(prefix, 0, prefix.size ? prefix.size - 1 : 0));
}

/* Returns the name of an object of ours behind the prefix, or an empty string. */
static Str name_of(const S3Store *store, Str key)
{
    Str prefix = str_of(store->prefix);
    Str name = str_from(key, prefix.size);
    bool is_ours = str_starts_with(key, prefix) && str_starts_with(name, STR("netguru_")) &&
                   str_find_byte(name, '/') == STR_NOT_FOUND;
    return is_ours ? name : STR("");
}

static void take_page(const S3Store *store, Arena *arena, Str xml, StoreObjectVec *objects)
{
    Str item;
    while (next_element(&xml, "Contents", &item) && objects->count < STORE_MAX_OBJECTS) {
        uint64_t size = 0;
        Str name = name_of(store, element(item, "Key"));
        if (!str_empty(name) && str_parse_u64(element(item, "Size"), &size))
            *VEC_PUSH(arena, objects) = (StoreObject){arena_copy(arena, name), size};
    }
}

static bool list_objects(BackupStore *base, Arena *arena, StoreObjectVec *out_objects, Error *error)
{
    const S3Store *store = (const S3Store *)base;
    auto_arena Arena *scratch = arena_new();
    Str path = arena_printf(scratch, "/%s", store->bucket);
    Str next = STR("");
    do {
        SignedReply reply;
        Str token = str_empty(next) ? STR("")
                                    : arena_printf(scratch, "continuation-token=%.*s&",
                                                   STR_ARGS(encode(scratch, next)));
        Str query = arena_printf(scratch, "%.*slist-type=2&prefix=%.*s", STR_ARGS(token),
                                 STR_ARGS(encoded_prefix(store, scratch)));
        const SignedCall call = {.method = "GET", .path = path.data, .query = query.data};
        if (!call_store(store, scratch, &call, &reply, error))
            return false;
        if (reply.status != 200)
            return refuse(store, &reply, "list the bucket", error);
        take_page(store, arena, reply.body, out_objects);
        next = element(reply.body, "NextContinuationToken");
    } while (!str_empty(next) && out_objects->count < STORE_MAX_OBJECTS);
    return true;
}

static bool remove_object(BackupStore *base, const char *name, Error *error)
{
    char path[600];
    SignedReply reply;
    const S3Store *store = (const S3Store *)base;
    auto_arena Arena *arena = arena_new();
    write_path(store, name, path);
    const SignedCall call = {.method = "DELETE", .path = path};
    if (!call_store(store, arena, &call, &reply, error))
        return false;
    return reply.status == 204 || reply.status == 200 || reply.status == 404 ||
           refuse(store, &reply, "delete an object", error);
}

/* Uploads that killed processes began and never completed cost space without being listed. */
static bool sweep(BackupStore *base, Error *error)
{
    Str item;
    SignedReply reply;
    const S3Store *store = (const S3Store *)base;
    auto_arena Arena *arena = arena_new();
    Str path = arena_printf(arena, "/%s", store->bucket);
    Str query = arena_printf(arena, "prefix=%.*s&uploads=", STR_ARGS(encoded_prefix(store, arena)));
    const SignedCall call = {.method = "GET", .path = path.data, .query = query.data};
    if (!call_store(store, arena, &call, &reply, error))
        return false;
    if (reply.status != 200)
        return refuse(store, &reply, "list unfinished uploads", error);
    Str rest = reply.body;
    while (next_element(&rest, "Upload", &item)) {
        Str key = element(item, "Key");
        Str object = arena_printf(arena, "/%s/%.*s", store->bucket, STR_ARGS(key));
        if (!str_empty(name_of(store, key)) &&
            !abort_upload(store, object.data, arena_cstring(arena, element(item, "UploadId")),
                          error))
            return false;
    }
    return true;
}

static void free_store(BackupStore *base)
{
    S3Store *store = (S3Store *)base;
    signed_client_free(store->client);
    mem_free(store);
}

static const StoreKind s3_kind = {
    .begin = begin,
    .write = write_bytes,
    .commit = commit,
    .open = open_object,
    .read = read_bytes,
    .list = list_objects,
    .remove = remove_object,
    .sweep = sweep,
    .free = free_store,
};

/* Names that need no encoding, so that path and signature cannot differ. */
static bool is_plain(Str text)
{
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        if (!ascii_is_letter_or_digit(byte) && byte != '-' && byte != '_' && byte != '.' &&
            byte != '/')
            return false;
    }
    return true;
}

static bool set_place(S3Store *store, Str place, Error *error)
{
    Str rest = str_from(place, sizeof("s3://") - 1);
    size_t slash = str_find_byte(rest, '/');
    Str bucket = str_slice(rest, 0, slash == STR_NOT_FOUND ? rest.size : slash);
    Str prefix = str_from(rest, bucket.size + 1);
    while (str_ends_with(prefix, STR("/")))
        prefix.size--;
    if (str_empty(bucket) || !is_plain(rest) ||
        !str_copy_to(bucket, store->bucket, sizeof(store->bucket)) ||
        prefix.size + 2 > sizeof(store->prefix))
        return error_set(error, ERR_VALIDATION,
                         "%.*s: bucket and prefix may hold letters, digits and - _ . /",
                         STR_ARGS(str_slice(place, 0, 80)));
    snprintf(store->prefix, sizeof(store->prefix), "%.*s%s", STR_ARGS(prefix),
             str_empty(prefix) ? "" : "/");
    snprintf(store->store.place, sizeof(store->store.place), "%.*s",
             STR_ARGS(str_slice(place, 0, 400)));
    return true;
}

BackupStore *store_s3_open(const Config *settings, Str place, Error *error)
{
    const SignedOptions options = {
        .endpoint = config_str(settings, "NETGURU_BACKUP_S3_ENDPOINT"),
        .region = config_str(settings, "NETGURU_BACKUP_S3_REGION"),
        .access_key = config_str(settings, "NETGURU_BACKUP_S3_ACCESS_KEY"),
        .secret_key = config_str(settings, "NETGURU_BACKUP_S3_SECRET_KEY"),
    };
    bool is_http = str_starts_with(options.endpoint, STR("http://")) ||
                   str_starts_with(options.endpoint, STR("https://"));
    if (!is_http || str_empty(options.access_key) || str_empty(options.secret_key)) {
        error_set(error, ERR_VALIDATION,
                  "a store on S3 needs NETGURU_BACKUP_S3_ENDPOINT (https://…),"
                  " NETGURU_BACKUP_S3_ACCESS_KEY and NETGURU_BACKUP_S3_SECRET_KEY");
        return NULL;
    }
    S3Store *store = MEM_NEW(S3Store);
    store->store.kind = &s3_kind;
    if (!set_place(store, place, error)) {
        mem_free(store);
        return NULL;
    }
    store->client = signed_client_new(&options);
    return &store->store;
}
