/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "db/vector.h"
#include "harness/asserts.h"

#include <stdio.h>
#include <stdlib.h>

TestServices *all;
TestServer *server;
Str ana;
Str bob;

static void open_accounts(void *argument)
{
    (void)argument;
    ana = test_register(all->arena, server->port, "ana@example.net");
    bob = test_register(all->arena, server->port, "bob@example.net");
}

static const char *source_root(void)
{
    const char *root = getenv("NETGURU_TEST_SOURCE_ROOT");
    return root ? root : ".";
}

static Embedder *open_model(Arena *arena)
{
    Error error = {0};
    const char *given = getenv("NETGURU_MODEL_DIR");
    const char *directory =
        given && *given
            ? given
            : arena_printf(arena, "%s/.cache/models/all-MiniLM-L6-v2", source_root()).data;
    Embedder *embedder = embedder_open(directory, &error);
    if (!embedder) {
        fprintf(stderr, "the model: %s\n", error.message);
        abort();
    }
    embedder_set_threads(embedder, 2);
    return embedder;
}

int fixture_start(void **state)
{
    static const Route *const tables[] = {accounts_routes, knowledge_routes, NULL};
    Error error = {0};
    (void)state;
    all = test_services_start();
    assert_that(config_set(all->settings, "NETGURU_RATE_LIMIT_FACTOR", STR("10000"), &error));
    all->services.embedder = open_model(all->arena);
    server = test_server_start(&all->services, tables, accounts_gate);
    test_server_run(server, open_accounts, NULL);
    return 0;
}

int fixture_stop(void **state)
{
    Embedder *embedder = all->services.embedder;
    (void)state;
    test_server_free(server);
    test_services_stop(all);
    embedder_close(embedder);
    return 0;
}

int fixture_clear(void **state)
{
    (void)state;
    test_postgres_run(all->postgres, "TRUNCATE documents, embeddings, knowledge_sources CASCADE");
    return 0;
}

static Error last_failure;

static void note_failure(const IngestProgress *progress, const Error *failure)
{
    assert_that(progress->files_done <= progress->files);
    if (failure)
        last_failure = *failure;
}

bool ingest_with(const IngestOptions *options, const char *directory, IngestProgress *out_progress,
                 Error *error)
{
    IngestOptions noted = *options;
    noted.report = note_failure;
    bool done = knowledge_ingest(&noted, directory, out_progress, error);
    assert_that(!db_session_in_transaction(options->session));
    if (done && out_progress->failed)
        *error = last_failure;
    return done && !out_progress->failed;
}

bool ingest(const char *directory, Embedder *embedder, IngestProgress *out_progress, Error *error)
{
    auto_session DbSession *session =
        db_session_open(str_of(test_postgres_url(all->postgres)), "ingest", error);
    assert_that(session);
    IngestOptions options = {.session = session, .models.first = embedder};
    return ingest_with(&options, directory, out_progress, error);
}

static void add_chunk(Arena *arena, DbSession *session, const TestChunk *chunk)
{
    DB_STATEMENT add_document = {
        NULL,
        "INSERT INTO documents (user_id, filename, original_filename, file_type, file_size_bytes,"
        " storage_path, mime_type, sha256)"
        " SELECT id, $2::text, $2::text, 'config', 1, 'local:none', 'text/plain',"
        "  sha256(convert_to($1::text || $2::text, 'UTF8'))"
        " FROM users WHERE email = $1::text || '@example.net' ON CONFLICT DO NOTHING",
        NULL};
    DB_STATEMENT add = {
        NULL,
        "INSERT INTO embeddings (user_id, document_id, chunk_index, chunk_text, embedding,"
        " embedding_model, vendor, document_type, line_start, line_end)"
        " SELECT d.user_id, d.id,"
        "  (SELECT count(*) FROM embeddings AS e WHERE e.document_id = d.id),"
        "  $3, $4::vector, CASE WHEN $4::text IS NULL THEN NULL ELSE $5 END, $6, $7, 1, 2"
        " FROM documents AS d JOIN users AS u ON u.id = d.user_id"
        " WHERE u.email = $1::text || '@example.net' AND d.filename = $2::text",
        NULL};
    Error error = {0};
    float vector[EMBED_DIMENSIONS];
    Str text = str_of(chunk->text);
    DbParam owner = db_text(str_of(chunk->owner));
    DbParam document = db_text(str_of(chunk->document));
    assert_that(embed_texts(all->services.embedder, &text, 1, vector, &error));
    assert_that(
        db_session_query(session, arena, &add_document, DB_PARAMS(owner, document), &error));
    DbParams params =
        DB_PARAMS(owner, document, db_text(text),
                  chunk->without_vector ? db_null() : db_vector(arena, vector, EMBED_DIMENSIONS),
                  db_text(str_of(embed_model_name())),
                  db_text_or_null(chunk->vendor != NULL, str_of(chunk->vendor)),
                  db_text_or_null(chunk->document_type != NULL, str_of(chunk->document_type)));
    if (!db_session_query(session, arena, &add, params, &error)) {
        fprintf(stderr, "%s\n", error.message);
        abort();
    }
}

void add_chunks(const TestChunk *chunks, size_t count)
{
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    auto_session DbSession *session =
        db_session_open(str_of(test_postgres_url(all->postgres)), "chunks", &error);
    assert_that(session);
    for (size_t i = 0; i < count; i++)
        add_chunk(arena, session, &chunks[i]);
}

TestAnswer search_for(Arena *arena, Str token, const char *json)
{
    return test_post_json(arena, server->port, "/api/v1/search", test_bearer(arena, token),
                          arena_printf(arena, "{%s}", json));
}

size_t result_count(const TestAnswer *answer)
{
    test_expect(answer, 200);
    return json_get(answer->json, "results")->count;
}

Str result_name(const TestAnswer *answer, size_t nth)
{
    Str name = STR("");
    if (nth < result_count(answer))
        assert_that(
            json_get_str(&json_get(answer->json, "results")->items[nth], "document", &name));
    return name;
}

bool is_relevant(const TestAnswer *answer)
{
    test_expect(answer, 200);
    const JsonValue *relevant = json_get(answer->json, "relevant");
    assert_that(relevant);
    assert_int(relevant->type, JSON_IS_BOOL);
    return relevant->boolean;
}
