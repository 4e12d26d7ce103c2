/* SPDX-License-Identifier: Apache-2.0 */
#include "app/mcp/local_files.h"

#include "analysis/kinds.h"
#include "base/strbuf.h"
#include "crypto/digest.h"
#include "engines/pcap/pcap.h"
#include "engines/redact/redact.h"
#include "engines/text/encoding.h"
#include "engines/text/kind.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SUMMARY_MAX_BYTES = 4 * 1024 * 1024 };

static bool add_root(LocalFiles *files, Str path, Error *error)
{
    struct stat status;
    char resolved[PATH_MAX];
    const char *name = arena_cstring(files->arena, path);
    if (!realpath(name, resolved) || stat(resolved, &status) != 0)
        return error_set_errno(error, errno, name);
    if (!S_ISDIR(status.st_mode))
        return error_set(error, ERR_VALIDATION, "%s: not a folder", name);
    if (files->root_count == LOCAL_MAX_ROOTS)
        return error_set(error, ERR_VALIDATION, "%s: more than %d folders", name, LOCAL_MAX_ROOTS);
    files->roots[files->root_count++] = arena_copy(files->arena, str_of(resolved));
    return true;
}

bool local_files_set_roots(LocalFiles *files, const Str *paths, size_t count, Error *error)
{
    bool done = true;
    files->root_count = 0;
    for (size_t i = 0; i < count; i++)
        done = add_root(files, paths[i], error) && done;
    return done;
}

/* Version 8 of RFC 9562: the bits are those of a digest. */
static Uuid id_of_path(Str path)
{
    Uuid id;
    Sha256 digest = sha256_of(path);
    memcpy(id.bytes, digest.bytes, sizeof(id.bytes));
    id.bytes[6] = (uint8_t)((id.bytes[6] & 0x0F) | 0x80);
    id.bytes[8] = (uint8_t)((id.bytes[8] & 0x3F) | 0x80);
    return id;
}

/* Opens a file below a root: no link is followed, on no step of the way. */
static int open_beneath(Str root, Str name)
{
    char path[PATH_MAX];
    struct open_how how = {
        .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    str_copy_to(root, path, sizeof(path));
    int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return -1;
    str_copy_to(name, path, sizeof(path));
    int file = (int)syscall(SYS_openat2, folder, path, &how, sizeof(how));
    int problem = errno;
    close(folder);
    errno = problem;
    return file;
}

static bool read_bytes(Arena *arena, int file, size_t max_bytes, Str *out_bytes)
{
    struct stat status;
    if (fstat(file, &status) != 0)
        return false;
    if (!S_ISREG(status.st_mode)) {
        errno = EINVAL;
        return false;
    }
    size_t wanted = MIN_OF((size_t)status.st_size, max_bytes);
    char *bytes = arena_alloc(arena, wanted + 1);
    size_t size = 0;
    ssize_t got = 1;
    while (size < wanted && got > 0) {
        got = read(file, bytes + size, wanted - size);
        size += got > 0 ? (size_t)got : 0;
    }
    *out_bytes = (Str){bytes, size};
    return got >= 0;
}

static Str type_of(Str name, Str sample)
{
    const AnalysisKind *kind = analysis_kind_of_bytes(sample);
    return kind ? str_of(kind->name) : str_of(text_kind_name(text_kind_detect(name, sample).kind));
}

/* Completes a document by a look at its beginning. Returns false when it is none. */
static bool look_at(Arena *arena, const LocalFiles *files, LocalDocument *document)
{
    Error ignored = {0};
    Str sample = STR("");
    ArenaMark mark = arena_mark(arena);
    int file = open_beneath(files->roots[document->root], document->name);
    if (file < 0)
        return false;
    bool is_read = read_bytes(arena, file, TEXT_KIND_SAMPLE_BYTES, &sample);
    close(file);
    const AnalysisFile *known = analysis_file_of_name(document->name, &ignored);
    bool is_document = is_read && !str_empty(sample) && known && !known->is_packed &&
                       analysis_check_content(known, str_slice(sample, 0, 4096), &ignored);
    Str type = is_document ? type_of(document->name, sample) : STR("");
    arena_reset(arena, mark);
    document->type = arena_copy(arena, type);
    return is_document && !str_equal(type, STR("binary"));
}

static bool is_hidden(const FTSENT *entry)
{
    return entry->fts_level > 0 && entry->fts_name[0] == '.';
}

typedef struct {
    const LocalFiles *files;
    Arena *arena;
    LocalDocumentVec *documents;
    const Uuid *wanted; /* only the document of this id; NULL: all */
    size_t visited;
} Walk;

static void take_file(Walk *walk, size_t root, const FTSENT *entry)
{
    Str path = arena_copy(walk->arena, str_of(entry->fts_path));
    size_t prefix = walk->files->roots[root].size;
    LocalDocument document = {
        .path = path,
        .name = str_from(path, prefix + (path.data[prefix] == '/')),
        .root = root,
        .size = (int64_t)entry->fts_statp->st_size,
        .id = id_of_path(path),
    };
    if (walk->wanted && !uuid_equal(walk->wanted, &document.id))
        return;
    if (look_at(walk->arena, walk->files, &document))
        *VEC_PUSH(walk->arena, walk->documents) = document;
}

/* Returns false at a limit. */
static bool walk_root(Walk *walk, size_t root)
{
    FTSENT *entry;
    bool is_within = true;
    Str path = walk->files->roots[root];
    char *paths[] = {(char *)(uintptr_t)arena_cstring(walk->arena, path), NULL};
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
    while (tree && is_within && (entry = fts_read(tree))) {
        is_within = ++walk->visited < LOCAL_MAX_VISITED && walk->documents->count < LOCAL_MAX_FILES;
        if (entry->fts_info == FTS_D && (is_hidden(entry) || entry->fts_level > LOCAL_MAX_DEPTH))
            fts_set(tree, entry, FTS_SKIP);
        else if (entry->fts_info == FTS_F && !is_hidden(entry))
            take_file(walk, root, entry);
    }
    if (tree)
        fts_close(tree);
    return is_within;
}

static int by_name(const void *a, const void *b)
{
    const LocalDocument *first = a;
    const LocalDocument *second = b;
    int order = str_compare(first->name, second->name);
    return order ? order : str_compare(first->path, second->path);
}

/* Returns whether there are more files than the limits allow. */
static bool walk_roots(Walk *walk)
{
    for (size_t i = 0; i < walk->files->root_count; i++) {
        if (!walk_root(walk, i))
            return true;
    }
    return false;
}

void local_files_list(const LocalFiles *files, Arena *arena, LocalDocumentVec *out_documents,
                      bool *out_cut)
{
    LocalDocumentVec documents = {0};
    Walk walk = {.files = files, .arena = arena, .documents = &documents};
    *out_cut = walk_roots(&walk);
    if (documents.count)
        qsort(documents.items, documents.count, sizeof(*documents.items), by_name);
    *out_documents = documents;
}

bool local_files_find(const LocalFiles *files, Arena *arena, const Uuid *id,
                      LocalDocument *out_document, Error *error)
{
    LocalDocumentVec documents = {0};
    Walk walk = {.files = files, .arena = arena, .documents = &documents, .wanted = id};
    (void)walk_roots(&walk);
    if (documents.count == 0)
        return error_set(error, ERR_NOT_FOUND, "no such document");
    *out_document = documents.items[0];
    return true;
}

bool local_files_find_path(const LocalFiles *files, Arena *arena, Str path,
                           LocalDocument *out_document, Error *error)
{
    Uuid id = id_of_path(path);
    return local_files_find(files, arena, &id, out_document, error);
}

bool local_files_read(const LocalFiles *files, Arena *arena, const LocalDocument *document,
                      Str *out_bytes, Error *error)
{
    const char *name = arena_cstring(arena, document->name);
    if (document->size > LOCAL_MAX_BYTES)
        return error_set(error, ERR_FILE_TOO_LARGE, "%s: has more than %d MiB", name,
                         LOCAL_MAX_BYTES / (1024 * 1024));
    int file = open_beneath(files->roots[document->root], document->name);
    if (file < 0)
        return error_set_errno(error, errno, name);
    bool done = read_bytes(arena, file, LOCAL_MAX_BYTES, out_bytes);
    int problem = errno;
    close(file);
    return done || error_set_errno(error, problem, name);
}

static bool summarise(Arena *arena, Str bytes, Str *out_text, Error *error)
{
    auto_strbuf StrBuf text = {0};
    PcapSource source = {.mapped = bytes};
    PcapSummary *summary = pcap_analyze(arena, &source, NULL, error);
    if (!summary)
        return false;
    strbuf_init(&text, SUMMARY_MAX_BYTES);
    pcap_write_text(&text, summary);
    *out_text = redact_text(arena, arena_copy(arena, strbuf_str(&text)));
    return true;
}

bool local_files_text(const LocalFiles *files, Arena *arena, const LocalDocument *document,
                      Str *out_text, Error *error)
{
    Str bytes;
    DecodedText decoded;
    const char *name = arena_cstring(arena, document->name);
    if (str_equal(document->type, STR("pdf")))
        return error_set(error, ERR_UNSUPPORTED_MEDIA,
                         "%s: a PDF cannot be read here; upload it to a server", name);
    if (!local_files_read(files, arena, document, &bytes, error))
        return false;
    if (str_equal(document->type, STR("pcap")))
        return summarise(arena, bytes, out_text, error) || error_prefix(error, "%s: ", name);
    if (!text_decode(arena, bytes, &decoded, error))
        return error_prefix(error, "%s: ", name);
    *out_text = redact_text(arena, decoded.utf8);
    return true;
}
