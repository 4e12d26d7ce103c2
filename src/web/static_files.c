/* SPDX-License-Identifier: Apache-2.0 */
#include "web/static_files.h"

#include "base/map.h"
#include "base/mem.h"
#include "crypto/digest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { ETAG_DIGITS = 32 };

typedef struct {
    Str content;
    char etag[ETAG_DIGITS + 1];
} StaticFile;

struct StaticFiles {
    Arena *arena;
    Map by_name; /* to StaticFile */
    size_t total_bytes;
};

StaticFiles *static_files_new(void)
{
    StaticFiles *files = MEM_NEW(StaticFiles);
    files->arena = arena_new();
    return files;
}

void static_files_free(StaticFiles *files)
{
    if (!files)
        return;
    arena_free(files->arena);
    mem_free(files);
}

void static_files_add(StaticFiles *files, Str name, Str content)
{
    char hex[SHA256_HEX_SIZE];
    StaticFile *file = ARENA_NEW(files->arena, StaticFile);
    Sha256 digest = sha256_of(content);
    sha256_write_hex(&digest, hex);
    memcpy(file->etag, hex, ETAG_DIGITS);
    file->content = content;
    map_put(files->arena, &files->by_name, name, file);
}

static bool read_whole(StaticFiles *files, int handle, Str name, size_t size, Error *error)
{
    char *content = arena_alloc(files->arena, size + 1);
    size_t at = 0;
    while (at < size) {
        ssize_t got = read(handle, content + at, size - at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return error_set_errno(error, got < 0 ? errno : EIO, "reading");
        at += (size_t)got;
    }
    static_files_add(files, name, str_make(content, size));
    return true;
}

static bool read_file(StaticFiles *files, int handle, Str name, size_t size, Error *error)
{
    if (files->by_name.count == STATIC_FILES_MAX)
        return error_set(error, ERR_VALIDATION, "more than %d files", STATIC_FILES_MAX);
    if (size > STATIC_FILES_MAX_BYTES - files->total_bytes)
        return error_set(error, ERR_VALIDATION, "more than %d bytes", STATIC_FILES_MAX_BYTES);
    files->total_bytes += size;
    return read_whole(files, handle, name, size, error);
}

static bool read_directory(StaticFiles *files, int handle, Str prefix, int depth, Error *error);

/* Reads one entry, and takes ownership of the handle. */
static bool read_entry(StaticFiles *files, int handle, Str name, int depth, Error *error)
{
    struct stat status;
    bool done = true;
    if (fstat(handle, &status) != 0) {
        done = error_set_errno(error, errno, "reading");
    } else if (S_ISDIR(status.st_mode)) {
        Str prefix = arena_printf(files->arena, "%.*s/", STR_ARGS(name));
        return read_directory(files, handle, prefix, depth + 1, error);
    } else if (S_ISREG(status.st_mode)) {
        done = read_file(files, handle, name, (size_t)status.st_size, error);
    }
    close(handle);
    if (!done)
        error_prefix(error, "%.*s: ", STR_ARGS(name));
    return done;
}

static bool read_directory(StaticFiles *files, int handle, Str prefix, int depth, Error *error)
{
    bool done = depth <= STATIC_FILES_MAX_DEPTH;
    DIR *directory = fdopendir(handle);
    check(directory);
    if (!done)
        error_set(error, ERR_VALIDATION, "%.*s: more than %d directories deep", STR_ARGS(prefix),
                  STATIC_FILES_MAX_DEPTH);
    for (const struct dirent *entry; done && (entry = readdir(directory));) {
        if (entry->d_name[0] == '.')
            continue;
        int file =
            openat(dirfd(directory), entry->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (file < 0 && errno == ELOOP)
            continue;
        Str name = arena_printf(files->arena, "%.*s%s", STR_ARGS(prefix), entry->d_name);
        done = file < 0 ? error_set_errno(error, errno, entry->d_name)
                        : read_entry(files, file, name, depth, error);
    }
    closedir(directory);
    return done;
}

StaticFiles *static_files_load(Str directory, Error *error)
{
    StaticFiles *files = static_files_new();
    Str path = arena_printf(files->arena, "%.*s", STR_ARGS(directory));
    int handle = open(path.data, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    if (handle < 0)
        error_set_errno(error, errno, "reading");
    if (handle >= 0 && read_directory(files, handle, STR(""), 0, error))
        return files;
    error_prefix(error, "%.*s: ", STR_ARGS(directory));
    static_files_free(files);
    return NULL;
}

static Str type_of(Str name)
{
    static const struct {
        Str suffix;
        Str type;
    } types[] = {
        {STR_INIT(".html"), STR_INIT("text/html; charset=utf-8")},
        {STR_INIT(".js"), STR_INIT("text/javascript; charset=utf-8")},
        {STR_INIT(".css"), STR_INIT("text/css; charset=utf-8")},
        {STR_INIT(".json"), STR_INIT("application/json")},
        {STR_INIT(".map"), STR_INIT("application/json")},
        {STR_INIT(".svg"), STR_INIT("image/svg+xml")},
        {STR_INIT(".png"), STR_INIT("image/png")},
        {STR_INIT(".ico"), STR_INIT("image/x-icon")},
        {STR_INIT(".woff2"), STR_INIT("font/woff2")},
        {STR_INIT(".txt"), STR_INIT("text/plain; charset=utf-8")},
        {STR_INIT(".wasm"), STR_INIT("application/wasm")},
        {STR_INIT(".webmanifest"), STR_INIT("application/manifest+json")},
    };
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (str_ends_with(name, types[i].suffix))
            return types[i].type;
    }
    return STR("application/octet-stream");
}

/* Returns whether a list such as "gzip;q=0.8, br" contains the word with a weight above 0. */
static bool accepts(Str list, Str word)
{
    Str item;
    Str name;
    while (str_next_field(&list, ',', &item)) {
        if (!str_next_field(&item, ';', &name) || !str_equal_ignore_case(str_trim(name), word))
            continue;
        Str weight = str_trim(item);
        bool is_zero = str_starts_with_ignore_case(weight, STR("q=0")) &&
                       str_equal(str_slice(STR("q=0.000"), 0, weight.size), weight);
        return !is_zero;
    }
    return false;
}

/* If-None-Match compares weakly (RFC 9110 section 13.1.2). */
static bool is_known(Str tags, Str etag)
{
    Str tag;
    while (str_next_field(&tags, ',', &tag)) {
        tag = str_trim(tag);
        if (str_starts_with(tag, STR("W/")))
            tag = str_from(tag, 2);
        if (str_equal(tag, etag) || str_equal(tag, STR("*")))
            return true;
    }
    return false;
}

static bool send_file(Task *task, const StaticFile *file, const Request *request, Str name,
                      Response *response)
{
    Str etag = arena_printf(task->arena, "\"%s\"", file->etag);
    bool is_immutable = str_starts_with(name, STR("assets/"));
    response_add_header(response, STR("ETag"), etag);
    response_add_header(response, STR("Cache-Control"),
                        is_immutable ? STR("public, max-age=31536000, immutable")
                                     : STR("no-cache"));
    if (is_known(request_header(request, "if-none-match"), etag)) {
        response->status = 304;
        return true;
    }
    response->status = 200;
    response->content_type = type_of(name);
    response->body = file->content;
    return true;
}

/* Returns the size that the end of a gzip file gives (RFC 1952 section 2.3.1). */
static size_t unpacked_size(Str packed)
{
    size_t size = 0;
    for (size_t i = 1; i <= 4 && i <= packed.size; i++)
        size = size << 8 | (unsigned char)packed.data[packed.size - i];
    return size;
}

/* Returns false unless the whole of the content is one gzip member of exactly that size. */
static bool unpack(Str packed, Bytef *out, size_t size)
{
    enum { GZIP_ONLY = 16 };
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)packed.data, .avail_in = (uInt)packed.size};
    stream.next_out = out;
    stream.avail_out = (uInt)size;
    if (inflateInit2(&stream, MAX_WBITS + GZIP_ONLY) != Z_OK)
        return false;
    bool is_whole =
        inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in == 0 && stream.avail_out == 0;
    inflateEnd(&stream);
    return is_whole;
}

/* Keeps the unpacked file beside the packed one: hardly any client asks for it. */
static const StaticFile *add_unpacked(Task *task, StaticFiles *files, Str name, Str packed)
{
    size_t size = unpacked_size(packed);
    if (size > STATIC_FILES_MAX_BYTES) {
        task_fail(task, ERR_INTERNAL, "%.*s.gz is too large", STR_ARGS(name));
        return NULL;
    }
    char *content = arena_alloc(task->arena, size + 1);
    if (!unpack(packed, (Bytef *)content, size)) {
        task_fail(task, ERR_INTERNAL, "%.*s.gz is damaged", STR_ARGS(name));
        return NULL;
    }
    name = arena_copy(files->arena, name);
    static_files_add(files, name, arena_copy(files->arena, str_make(content, size)));
    return map_get(&files->by_name, name);
}

typedef struct {
    const StaticFile *plain;
    const StaticFile *packed; /* either may be NULL */
} Variants;

static bool find_variants(Arena *arena, const StaticFiles *files, Str name, Variants *out_found)
{
    Str packed_name = arena_printf(arena, "%.*s.gz", STR_ARGS(name));
    out_found->plain = map_get(&files->by_name, name);
    out_found->packed = map_get(&files->by_name, packed_name);
    return out_found->plain || out_found->packed;
}

bool static_files_has(const StaticFiles *files, Str name)
{
    Variants ignored;
    auto_arena Arena *arena = arena_new();
    return find_variants(arena, files, name, &ignored);
}

static bool find_or_index(Task *task, const StaticFiles *files, const Request *request, Str *name,
                          Variants *out_found)
{
    if (str_empty(*name))
        *name = STR("index.html");
    if (find_variants(task->arena, files, *name, out_found))
        return true;
    *name = STR("index.html");
    return accepts(request_header(request, "accept"), STR("text/html")) &&
           find_variants(task->arena, files, *name, out_found);
}

bool static_files_respond(Task *task, StaticFiles *files, const Request *request, Str name,
                          Response *response)
{
    Variants found;
    if (!find_or_index(task, files, request, &name, &found))
        return task_fail(task, ERR_NOT_FOUND, "no such file");
    const StaticFile *file = found.plain;
    if (found.packed) {
        response_add_header(response, STR("Vary"), STR("Accept-Encoding"));
        if (accepts(request_header(request, "accept-encoding"), STR("gzip"))) {
            response_add_header(response, STR("Content-Encoding"), STR("gzip"));
            file = found.packed;
        } else if (!file) {
            file = add_unpacked(task, files, name, found.packed->content);
        }
    }
    return file && send_file(task, file, request, name, response);
}
