/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge/ingest.h"

#include "base/ascii.h"
#include "base/file.h"
#include "base/json.h"
#include "base/vec.h"
#include "crypto/digest.h"
#include "db/vector.h"
#include "engines/embed/embed.h"
#include "engines/text/chunk.h"
#include "engines/text/encoding.h"
#include "engines/text/words.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <sys/stat.h>

enum {
    FILE_MAX_BYTES = 8 * 1024 * 1024,
    MAX_FILES = 100 * 1000,
    NAMES_MAX_BYTES = 512 * 1024 * 1024,
    EMBED_AT_ONCE = 32,
};

DB_STATEMENT replace_source = {
    "knowledge_source_replace",
    "SELECT knowledge_source_replace($1, decode($2, 'hex'), $3, $4, $5, $6)",
    .runner = DB_BY_OPERATOR};

DB_STATEMENT insert_chunk = {
    "knowledge_insert_chunk",
    "INSERT INTO embeddings (source_id, chunk_index, chunk_text, embedding, embedding_model,"
    "  line_start, line_end, vendor, document_type, tokens, metadata)"
    " VALUES ($1, $2, $3, $4::vector, CASE WHEN $4::text IS NULL THEN NULL ELSE $5 END, $6, $7,"
    "  $8, $9, $14::tsvector, jsonb_strip_nulls(jsonb_build_object('section', $10::text,"
    "   'title', $11::text,"
    "   'text_line', nullif($12::integer, $6::integer),"
    "   'front_matter', nullif($13::boolean, false))))",
    .runner = DB_BY_OPERATOR};

DB_STATEMENT insert_vector = {
    "knowledge_insert_vector",
    "INSERT INTO embedding_vectors (embedding_id, generation_id, embedding)"
    " SELECT id, $3, $4::vector FROM embeddings WHERE source_id = $1 AND chunk_index = $2",
    .runner = DB_BY_OPERATOR};

DB_STATEMENT remove_others = {
    "knowledge_remove_others",
    "DELETE FROM knowledge_sources"
    " WHERE name <> ALL (ARRAY(SELECT json_array_elements_text($1::json))) RETURNING name",
    .runner = DB_BY_OPERATOR};

DB_STATEMENT list_sources = {
    "knowledge_list",
    "SELECT s.name, count(e.id), coalesce(s.vendor, ''),"
    " to_char(s.ingested_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')"
    " FROM knowledge_sources AS s LEFT JOIN embeddings AS e ON e.source_id = s.id"
    " GROUP BY s.id ORDER BY s.name",
    .runner = DB_BY_OPERATOR};

DB_STATEMENT remove_source = {"knowledge_remove",
                              "DELETE FROM knowledge_sources WHERE name = $1 RETURNING id",
                              .runner = DB_BY_OPERATOR};

typedef struct {
    Str path; /* below the directory */
    Str title;
    Str vendor; /* empty: any */
    const char *document_type;
    Sha256 digest;
    TextChunkVec chunks;
    Str *words; /* of the chunks */
    ChunkOptions options;
} Source;

static bool is_knowledge_file(Str name)
{
    return (str_ends_with(name, STR(".md")) || str_ends_with(name, STR(".txt"))) &&
           name.data[0] != '.';
}

static int by_name(const FTSENT **left, const FTSENT **right)
{
    return str_compare(str_of((*left)->fts_name), str_of((*right)->fts_name));
}

/* Lists all files, sorted, so that every run is the same. */
static bool list_files(Arena *arena, const char *directory, StrVec *out_paths, Error *error)
{
    struct stat status;
    char *const roots[] = {arena_cstring(arena, str_of(directory)), NULL};
    if (stat(directory, &status) != 0)
        return error_set_errno(error, errno, directory);
    if (!S_ISDIR(status.st_mode))
        return error_set(error, ERR_VALIDATION, "%s is not a directory", directory);
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    if (!walk)
        return error_set_errno(error, errno, directory);
    const FTSENT *entry = NULL;
    while ((entry = fts_read(walk)) && out_paths->count < MAX_FILES) {
        if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR || entry->fts_info == FTS_NS) {
            error_set_errno(error, entry->fts_errno, entry->fts_path);
            fts_close(walk);
            return false;
        }
        if (entry->fts_info == FTS_F && is_knowledge_file(str_of(entry->fts_name)))
            *VEC_PUSH(arena, out_paths) = arena_copy(arena, str_of(entry->fts_path));
    }
    fts_close(walk);
    if (out_paths->count == 0)
        return error_set(error, ERR_NOT_FOUND, "%s holds no .md or .txt file", directory);
    return true;
}

/* Reads "---" … "---" at the top. It stays part of the text, so that line numbers match the file.
 */
static void read_front_matter(Str text, Source *source)
{
    Str line;
    if (!str_next_line(&text, &line) || !str_equal(str_trim(line), STR("---")))
        return;
    while (str_next_line(&text, &line) && !str_equal(str_trim(line), STR("---"))) {
        size_t colon = str_find_byte(line, ':');
        if (colon == STR_NOT_FOUND)
            continue;
        Str value = str_trim(str_from(line, colon + 1));
        if (str_starts_with(line, STR("title:")))
            source->title = value;
        if (str_starts_with(line, STR("vendor:")) && !str_equal(value, STR("any")))
            source->vendor = value;
    }
}

/* A search finds a vendor by its name in lower case (search_filter.h). */
static Str lower_case(Arena *arena, Str word)
{
    char *lower = arena_alloc(arena, word.size + 1);
    for (size_t i = 0; i < word.size; i++)
        lower[i] = ascii_to_lower(word.data[i]);
    return str_make(lower, word.size);
}

static bool read_source(Arena *arena, Str path, Str name, Source *out_source, Error *error)
{
    Str bytes;
    DecodedText decoded;
    Source source = {.path = name, .title = name};
    if (!file_read(arena, path.data, FILE_MAX_BYTES, &bytes, error))
        return false;
    if (!text_decode(arena, bytes, &decoded, error))
        return error_prefix(error, "%s: ", path.data);
    bool markdown = str_ends_with(name, STR(".md"));
    source.document_type = markdown ? "markdown" : "text";
    source.digest = sha256_of(bytes);
    read_front_matter(decoded.utf8, &source);
    source.vendor = lower_case(arena, source.vendor);
    source.options = chunk_options(markdown ? TEXT_MARKDOWN : TEXT_PLAIN, source.title);
    if (!chunk_text(arena, decoded.utf8, &source.options, &source.chunks, error))
        return error_prefix(error, "%s: ", path.data);
    source.words = ARENA_ARRAY(arena, Str, source.chunks.count);
    for (size_t i = 0; i < source.chunks.count; i++)
        source.words[i] = words_of_chunk(arena, &source.chunks.items[i], STR(""));
    *out_source = source;
    return true;
}

static bool embed_source(Arena *arena, Embedder *embedder, const Source *source, float *out_vectors,
                         Error *error)
{
    Str texts[EMBED_AT_ONCE];
    for (size_t at = 0; embedder && at < source->chunks.count; at += EMBED_AT_ONCE) {
        size_t count = MIN_OF(source->chunks.count - at, (size_t)EMBED_AT_ONCE);
        for (size_t i = 0; i < count; i++)
            texts[i] = chunk_embedding_text(arena, &source->chunks.items[at + i], &source->options);
        if (!embed_texts(embedder, texts, count, out_vectors + at * EMBED_DIMENSIONS, error))
            return false;
    }
    return true;
}

/* A source that is being written, in one transaction. */
typedef struct {
    Arena *arena;
    const IngestOptions *options;
    const Source *source;
    GenerationVec held;
    Uuid id;
} Writing;

static bool insert_vectors(const Writing *writing, const Generation *generation, Error *error)
{
    Arena *arena = writing->arena;
    size_t count = writing->source->chunks.count;
    float *vectors = ARENA_ARRAY(arena, float, count *EMBED_DIMENSIONS);
    if (!embed_source(arena, generation->embedder, writing->source, vectors, error))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (writing->source->chunks.items[i].is_front_matter)
            continue;
        DbParams params =
            DB_PARAMS(db_uuid(&writing->id), db_i64((int64_t)i), db_i64(generation->id),
                      db_vector(arena, vectors + i * EMBED_DIMENSIONS, EMBED_DIMENSIONS));
        if (!db_session_query(writing->options->session, arena, &insert_vector, params, error))
            return false;
    }
    return true;
}

/* With the vectors of the first generation, which are NULL if it or its model is not there. */
static bool insert_chunks(const Writing *writing, const Generation *first, Error *error)
{
    Arena *arena = writing->arena;
    const Source *source = writing->source;
    size_t count = source->chunks.count;
    float *vectors = ARENA_ARRAY(arena, float, count *EMBED_DIMENSIONS);
    if (!embed_source(arena, first ? first->embedder : NULL, source, vectors, error))
        return false;
    for (size_t i = 0; i < count; i++) {
        const TextChunk *chunk = &source->chunks.items[i];
        DbParam vector = first && first->embedder && !chunk->is_front_matter
                             ? db_vector(arena, vectors + i * EMBED_DIMENSIONS, EMBED_DIMENSIONS)
                             : db_null();
        DbParams params = DB_PARAMS(
            db_uuid(&writing->id), db_i64((int64_t)i), db_text(chunk->text), vector,
            db_text(first ? first->name : STR("")), db_i64(chunk->first_line),
            db_i64(chunk->last_line), db_text_or_null(!str_empty(source->vendor), source->vendor),
            db_text(str_of(source->document_type)), db_text(chunk->section), db_text(source->title),
            db_i64(chunk->text_line), db_bool(chunk->is_front_matter), db_text(source->words[i]));
        if (!db_session_query(writing->options->session, arena, &insert_chunk, params, error))
            return false;
    }
    return true;
}

static bool write_chunks(const Writing *writing, Error *error)
{
    const Generation *first = NULL;
    const GenerationVec *held = &writing->held;
    for (size_t i = 0; i < held->count; i++) {
        if (held->items[i].is_inline)
            first = &held->items[i];
    }
    if (!insert_chunks(writing, first, error))
        return false;
    for (size_t i = 0; i < held->count; i++) {
        if (!held->items[i].is_inline && held->items[i].embedder &&
            !insert_vectors(writing, &held->items[i], error))
            return false;
    }
    return true;
}

/* The model that the source is said to be of: the active one, if it is here. */
static Str model_of(const GenerationVec *held)
{
    for (size_t i = 0; i < held->count; i++) {
        if (held->items[i].is_active && held->items[i].embedder)
            return held->items[i].name;
    }
    return STR("");
}

static const DbRows *replace(const Writing *writing, Error *error)
{
    char digest[SHA256_HEX_SIZE];
    const Source *source = writing->source;
    Str model = model_of(&writing->held);
    DbParams params =
        DB_PARAMS(db_text(source->path), db_text(str_of(sha256_write_hex(&source->digest, digest))),
                  db_text_or_null(!str_empty(model), model), db_text(source->title),
                  db_text_or_null(!str_empty(source->vendor), source->vendor),
                  db_text(str_of(source->document_type)));
    return db_session_query(writing->options->session, writing->arena, &replace_source, params,
                            error);
}

static bool write_source(Arena *arena, const IngestOptions *options, const Source *source,
                         bool *out_changed, Error *error)
{
    const DbRows *rows = NULL;
    Writing writing = {.arena = arena, .options = options, .source = source};
    if (!generations_hold_in(options->session, &options->models, arena, &writing.held, error) ||
        !(rows = replace(&writing, error)))
        return false;
    *out_changed = !db_is_null(rows, 0, 0);
    if (!*out_changed)
        return true;
    writing.id = db_read_uuid(rows, 0, 0);
    return write_chunks(&writing, error);
}

static bool ingest_file(const IngestOptions *options, Str path, Str name, IngestProgress *progress,
                        Error *error)
{
    Source source;
    Error ignored;
    bool changed = false;
    auto_arena Arena *arena = arena_new();
    if (!read_source(arena, path, name, &source, error))
        return false;
    if (!db_session_run(options->session, STR("BEGIN; SET LOCAL ROLE netguru_owner"), error))
        return false;
    bool written = write_source(arena, options, &source, &changed, error) &&
                   db_session_run(options->session, STR("COMMIT"), error);
    if (!written) {
        (void)!db_session_run(options->session, STR("ROLLBACK"), &ignored);
        return error_prefix(error, "%.*s: ", STR_ARGS(path));
    }
    progress->changed += changed;
    progress->chunks += changed ? source.chunks.count : 0;
    return true;
}

static Str names_json(Arena *arena, const StrVec *names)
{
    Str text;
    JsonWriter *json = json_writer_new(arena, NAMES_MAX_BYTES);
    json_begin_array(json);
    for (size_t i = 0; i < names->count; i++)
        json_str(json, names->items[i]);
    json_end(json);
    check(json_writer_text(json, &text));
    return text;
}

/* Runs one statement as the owner of the tables. */
static const DbRows *query_as_owner(DbSession *session, Arena *arena, const DbStatement *statement,
                                    DbParams params, Error *error)
{
    return db_session_run(session, STR("SET ROLE netguru_owner"), error)
               ? db_session_query(session, arena, statement, params, error)
               : NULL;
}

static bool prune(Arena *arena, const IngestOptions *options, const StrVec *names,
                  IngestProgress *progress, Error *error)
{
    const DbRows *rows = query_as_owner(options->session, arena, &remove_others,
                                        DB_PARAMS(db_text(names_json(arena, names))), error);
    if (rows)
        progress->removed = rows->count;
    return rows != NULL;
}

/* The name of a source: its path below the directory. */
static Str name_below(Str root, Str path)
{
    Str name = str_from(path, root.size);
    while (str_starts_with(name, STR("/")))
        name = str_from(name, 1);
    return name;
}

bool knowledge_ingest(const IngestOptions *options, const char *directory,
                      IngestProgress *out_result, Error *error)
{
    StrVec paths = {0};
    StrVec names = {0};
    IngestProgress progress = {0};
    auto_arena Arena *arena = arena_new();
    if (!list_files(arena, directory, &paths, error))
        return false;
    progress.files = paths.count;
    for (size_t i = 0; i < paths.count; i++) {
        Error failure = {0};
        Str name = name_below(str_of(directory), paths.items[i]);
        *VEC_PUSH(arena, &names) = name;
        bool done = ingest_file(options, paths.items[i], name, &progress, &failure);
        if (!done && failure.code == ERR_UNAVAILABLE) {
            *error = failure;
            return false;
        }
        progress.failed += !done;
        progress.files_done++;
        if (options->report)
            options->report(&progress, done ? NULL : &failure);
    }
    if (options->prune && !prune(arena, options, &names, &progress, error))
        return false;
    *out_result = progress;
    return true;
}

bool knowledge_list(DbSession *session, Arena *arena, const DbRows **out_rows, Error *error)
{
    *out_rows = query_as_owner(session, arena, &list_sources, DB_NO_PARAMS, error);
    return *out_rows != NULL;
}

bool knowledge_remove(DbSession *session, Str name, Error *error)
{
    auto_arena Arena *arena = arena_new();
    const DbRows *rows =
        query_as_owner(session, arena, &remove_source, DB_PARAMS(db_text(name)), error);
    if (rows && rows->count == 0)
        return error_set(error, ERR_NOT_FOUND, "there is no source %.*s", STR_ARGS(name));
    return rows != NULL;
}
