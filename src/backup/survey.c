/* SPDX-License-Identifier: Apache-2.0 */
#include "backup/survey.h"

#include "base/log.h"

enum { PROBES = 3 };

/*
 * The sum of both halves of the MD5 of each row: the same in any order, on any version and machine.
 * It finds accidents; SHA-256 and the signature of the archive stand against intent.
 */
#define DIGEST_OF(text)                                                                            \
    "coalesce(sum(('x' || substr(md5(" text "), 1, 15))::bit(60)::bigint::numeric)"                \
    " + sum(('x' || substr(md5(" text "), 16, 15))::bit(60)::bigint::numeric * 3), 0)::text"

#define DIGEST_OF_FACT DIGEST_OF("fact")

DB_STATEMENT find_tables = {
    "backup_survey_find_tables",
    "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace"
    " AND c.relkind = 'r' AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid"
    " AND d.classid = 'pg_class'::regclass AND d.deptype = 'e') ORDER BY 1",
    .runner = DB_BY_OPERATOR};

/* Everything that decides who may do what, and what the schema is. Ids differ between databases, so
 * only names are read. Grants are read one by one, because their order may change. Casts and
 * parentheses are dropped: PostgreSQL writes them differently after a dump ("x IN ('a')"). */
DB_STATEMENT read_catalog = {
    "backup_survey_read_catalog",
    "WITH ours AS (SELECT oid, relname, relkind, relacl, relowner, relrowsecurity,"
    "  relforcerowsecurity FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    "  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = pg_class.oid"
    "  AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')),"
    " functions AS (SELECT * FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    "  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = pg_proc.oid"
    "  AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e')),"
    " facts (kind, fact) AS ("
    "  SELECT 'policies', format('%s %s %s %s %s %s %s', tablename, policyname, permissive,"
    "   roles::text, cmd, qual, with_check) FROM pg_policies WHERE schemaname = 'public'"
    "  UNION ALL SELECT 'row security', format('%s %s %s', relname, relrowsecurity,"
    "   relforcerowsecurity) FROM ours WHERE relkind = 'r'"
    "  UNION ALL SELECT 'grants on tables', format('%s %s %s %s', relname, grantee::regrole,"
    "   privilege_type, is_grantable) FROM ours, aclexplode(relacl) WHERE grantee <> 0"
    "  UNION ALL SELECT 'grants on columns', format('%s.%s %s %s', relname, attname,"
    "   grantee::regrole, privilege_type) FROM ours JOIN pg_attribute ON attrelid = ours.oid,"
    "   aclexplode(attacl) WHERE grantee <> 0"
    "  UNION ALL SELECT 'grants on functions', format('%s(%s) %s %s', proname,"
    "   pg_get_function_identity_arguments(oid), CASE grantee WHEN 0 THEN 'PUBLIC' ELSE"
    "   grantee::regrole::text END, privilege_type) FROM functions, aclexplode(coalesce(proacl,"
    "   acldefault('f', proowner)))"
    "  UNION ALL SELECT 'owners', format('%s %s', relname, relowner::regrole) FROM ours"
    "   WHERE relkind IN ('r', 'v', 'S')"
    "  UNION ALL SELECT 'functions', pg_get_functiondef(oid) || proowner::regrole FROM functions"
    "   WHERE prokind IN ('f', 'p')"
    "  UNION ALL SELECT 'constraints', format('%s %s %s', conrelid::regclass, conname,"
    "   pg_get_constraintdef(pg_constraint.oid)) FROM pg_constraint JOIN ours ON ours.oid ="
    "   conrelid"
    "  UNION ALL SELECT 'triggers', pg_get_triggerdef(pg_trigger.oid) FROM pg_trigger JOIN ours"
    "   ON ours.oid = tgrelid WHERE NOT tgisinternal"
    "  UNION ALL SELECT 'columns', format('%s.%s %s %s %s', relname, attname,"
    "   format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid)) FROM ours"
    "   JOIN pg_attribute a ON attrelid = ours.oid AND attnum > 0 AND NOT attisdropped"
    "   LEFT JOIN pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum"
    "   WHERE relkind = 'r'"
    "  UNION ALL SELECT 'indexes', indexdef FROM pg_indexes WHERE schemaname = 'public')"
    " SELECT kind, count(*), " DIGEST_OF_FACT
    " FROM (SELECT kind, CASE kind WHEN 'functions' THEN fact ELSE"
    "  regexp_replace(fact, '[()]|::[a-z ]+(\\[\\])?', '', 'g') END AS fact FROM facts) AS plain"
    " GROUP BY kind ORDER BY kind",
    .runner = DB_BY_OPERATOR};

/* Older schemas have no stand-ins. */
DB_STATEMENT has_standins = {"backup_survey_has_standins",
                             "SELECT to_regclass('public.conversation_standins') IS NOT NULL",
                             .runner = DB_BY_OPERATOR};

#define KEYS_OF_ALL_SCHEMAS                                                                        \
    "SELECT encryption_key_id FROM encryption_canary UNION SELECT encryption_key_id FROM api_keys" \
    " WHERE encryption_key_id <> ''"
DB_STATEMENT find_keys = {"backup_survey_find_keys", KEYS_OF_ALL_SCHEMAS " ORDER BY 1",
                          .runner = DB_BY_OPERATOR};
DB_STATEMENT find_keys_of_all = {"backup_survey_find_keys_of_all",
                                 KEYS_OF_ALL_SCHEMAS
                                 " UNION SELECT encryption_key_id FROM conversation_standins"
                                 " ORDER BY 1",
                                 .runner = DB_BY_OPERATOR};

/* Older schemas have no generations. */
DB_STATEMENT has_generations = {"backup_survey_has_generations",
                                "SELECT to_regclass('public.embedding_generations') IS NOT NULL",
                                .runner = DB_BY_OPERATOR};

/* The vectors of the generation whose name is $1, wherever they are stored. */
#define VECTORS_OF_GENERATION                                                                      \
    "WITH vectors (id, embedding) AS NOT MATERIALIZED ("                                           \
    " SELECT e.id, e.embedding FROM embeddings e WHERE e.embedding IS NOT NULL"                    \
    "  AND e.embedding_model = $1"                                                                 \
    "  AND EXISTS (SELECT FROM embedding_generations g WHERE g.name = $1 AND g.is_inline)"         \
    " UNION ALL SELECT v.embedding_id, v.embedding FROM embedding_vectors v"                       \
    "  WHERE v.generation_id = (SELECT g.id FROM embedding_generations g WHERE g.name = $1))"

DB_STATEMENT find_generations = {
    "backup_survey_find_generations",
    "SELECT name, encode(sha256, 'hex'), state FROM embedding_generations ORDER BY id",
    .runner = DB_BY_OPERATOR};

DB_STATEMENT count_vectors = {"backup_survey_count_vectors",
                              VECTORS_OF_GENERATION " SELECT count(*) FROM vectors",
                              .runner = DB_BY_OPERATOR};

/* Ids are random, so the first ones are a sample. */
DB_STATEMENT sample_vectors = {"backup_survey_sample_vectors",
                               VECTORS_OF_GENERATION " SELECT id FROM vectors ORDER BY id LIMIT $2",
                               .runner = DB_BY_OPERATOR};

/* Exact, so that the hits do not depend on how an index was built. */
DB_STATEMENT search_generation = {
    "backup_survey_search_generation",
    VECTORS_OF_GENERATION
    " SELECT string_agg(id::text, ',') FROM (SELECT v.id FROM vectors v, vectors probe"
    " WHERE probe.id = $2 ORDER BY (v.embedding <=> probe.embedding) + 0, v.id LIMIT $3) hits",
    .runner = DB_BY_OPERATOR};

DB_STATEMENT find_probes = {
    "backup_survey_find_probes",
    "SELECT id, embedding IS NOT NULL FROM embeddings ORDER BY embedding IS NULL, id LIMIT $1",
    .runner = DB_BY_OPERATOR};

/* The same for a schema or a manifest without generations. */
DB_STATEMENT search_vectors = {
    "backup_survey_search_vectors",
    "SELECT string_agg(id::text, ',') FROM (SELECT e.id FROM embeddings e, embeddings probe"
    " WHERE probe.id = $1 AND e.embedding IS NOT NULL AND e.embedding_model ="
    " probe.embedding_model ORDER BY (e.embedding <=> probe.embedding) + 0, e.id LIMIT $2) hits",
    .runner = DB_BY_OPERATOR};

/* The longest word of the probe: most likely a name. */
DB_STATEMENT search_words = {
    "backup_survey_search_words",
    "SELECT string_agg(id::text, ',') FROM (SELECT e.id FROM embeddings e, (SELECT"
    " quote_literal(word)::tsquery AS query FROM embeddings,"
    " unnest(tsvector_to_array(tokens)) AS word WHERE id = $1 AND word NOT LIKE '%\\\\%'"
    " ORDER BY length(word) DESC, word COLLATE \"C\" LIMIT 1) wanted WHERE e.tokens @@ query"
    " ORDER BY ts_rank(e.tokens, query) DESC, e.id LIMIT $2) hits",
    .runner = DB_BY_OPERATOR};

DB_STATEMENT read_server = {"backup_survey_read_server", "SELECT current_setting('server_version')",
                            .runner = DB_BY_OPERATOR};

bool survey_fix_settings(DbSession *session, Error *error)
{
    return db_session_run(session,
                          STR("SET timezone = 'UTC'; SET datestyle = 'ISO'; SET intervalstyle ="
                              " 'postgres'; SET bytea_output = 'hex'; SET extra_float_digits = 1;"
                              " SET search_path = public; SET statement_timeout = 0;"
                              " SET lock_timeout = '60s'; SET jit = off"),
                          error);
}

static bool take_table(DbSession *session, Arena *arena, Str name, ManifestDigest *out_digest,
                       Error *error)
{
    /* The name comes from the catalog; %I quotes it. */
    DB_STATEMENT quote = {"backup_survey_quote",
                          "SELECT format('SELECT count(*), "
                          "%s"
                          " FROM public.%I AS t', $1::text, $2::text)",
                          .runner = DB_BY_OPERATOR};
    const DbRows *text =
        db_session_query(session, arena, &quote,
                         DB_PARAMS(db_text(STR(DIGEST_OF("t::text"))), db_text(name)), error);
    if (!text)
        return false;
    const DbStatement count = {NULL, arena_cstring(arena, db_str(text, 0, 0))};
    const DbRows *rows = db_session_query(session, arena, &count, DB_NO_PARAMS, error);
    if (!rows)
        return error_prefix(error, "table %.*s: ", STR_ARGS(name));
    *out_digest = (ManifestDigest){arena_copy(arena, name), db_read_i64(rows, 0, 0),
                                   arena_copy(arena, db_str(rows, 0, 1))};
    return true;
}

static bool take_tables(DbSession *session, Arena *arena, Manifest *manifest, Error *error)
{
    const DbRows *rows = db_session_query(session, arena, &find_tables, DB_NO_PARAMS, error);
    for (size_t i = 0; rows && i < rows->count; i++) {
        if (!take_table(session, arena, db_str(rows, i, 0), VEC_PUSH(arena, &manifest->tables),
                        error))
            return false;
    }
    return rows != NULL;
}

static bool take_catalog(DbSession *session, Arena *arena, Manifest *manifest, Error *error)
{
    const DbRows *rows = db_session_query(session, arena, &read_catalog, DB_NO_PARAMS, error);
    for (size_t i = 0; rows && i < rows->count; i++) {
        *VEC_PUSH(arena, &manifest->catalog) =
            (ManifestDigest){arena_copy(arena, db_str(rows, i, 0)), db_read_i64(rows, i, 1),
                             arena_copy(arena, db_str(rows, i, 2))};
    }
    return rows || error_prefix(error, "catalog: ");
}

static bool take_generations(DbSession *session, Arena *arena, ManifestGenerationVec *out_list,
                             Error *error)
{
    const DbRows *rows = db_session_query(session, arena, &has_generations, DB_NO_PARAMS, error);
    if (!rows || !db_read_bool(rows, 0, 0))
        return rows != NULL;
    rows = db_session_query(session, arena, &find_generations, DB_NO_PARAMS, error);
    for (size_t i = 0; rows && i < rows->count; i++) {
        ManifestGeneration generation = {.name = arena_copy(arena, db_str(rows, i, 0)),
                                         .sha256 = arena_copy(arena, db_str(rows, i, 1)),
                                         .state = arena_copy(arena, db_str(rows, i, 2))};
        const DbRows *vectors = db_session_query(session, arena, &count_vectors,
                                                 DB_PARAMS(db_text(generation.name)), error);
        if (!vectors)
            return error_prefix(error, "generation %.*s: ", STR_ARGS(generation.name));
        generation.vectors = db_read_i64(vectors, 0, 0);
        *VEC_PUSH(arena, out_list) = generation;
    }
    return rows || error_prefix(error, "generations of embeddings: ");
}

/* Stores the hits of a search. */
static bool take_search(DbSession *session, Arena *arena, ManifestSearch *search, Error *error)
{
    bool by_vector = str_equal(search->kind, STR("vector"));
    const DbStatement *statement = by_vector ? &search_vectors : &search_words;
    DbParams params = DB_PARAMS(db_text(search->probe), db_i64(MANIFEST_HITS));
    DbParams in_generation =
        DB_PARAMS(db_text(search->generation), db_text(search->probe), db_i64(MANIFEST_HITS));
    const DbRows *rows =
        str_empty(search->generation)
            ? db_session_query(session, arena, statement, params, error)
            : db_session_query(session, arena, &search_generation, in_generation, error);
    if (!rows)
        return error_prefix(error, "%.*s search: ", STR_ARGS(search->kind));
    search->hits = arena_copy(arena, db_str(rows, 0, 0));
    return true;
}

static bool add_search(DbSession *session, Arena *arena, Manifest *manifest,
                       const ManifestSearch *wanted, Error *error)
{
    ManifestSearch *search = VEC_PUSH(arena, &manifest->searches);
    *search = *wanted;
    search->probe = arena_copy(arena, wanted->probe);
    return take_search(session, arena, search, error);
}

static bool take_generation_searches(DbSession *session, Arena *arena, Manifest *manifest,
                                     Str generation, Error *error)
{
    const DbRows *rows = db_session_query(session, arena, &sample_vectors,
                                          DB_PARAMS(db_text(generation), db_i64(PROBES)), error);
    for (size_t i = 0; rows && i < rows->count; i++) {
        const ManifestSearch wanted = {
            .kind = STR("vector"), .generation = generation, .probe = db_str(rows, i, 0)};
        if (!add_search(session, arena, manifest, &wanted, error))
            return false;
    }
    return rows || error_prefix(error, "generation %.*s: ", STR_ARGS(generation));
}

/* By word, and by vector where the schema has no generations. */
static bool take_chunk_searches(DbSession *session, Arena *arena, Manifest *manifest, Error *error)
{
    const DbRows *rows =
        db_session_query(session, arena, &find_probes, DB_PARAMS(db_i64(PROBES)), error);
    for (size_t i = 0; rows && i < rows->count; i++) {
        bool by_vector = db_read_bool(rows, i, 1) && manifest->generations.count == 0;
        const ManifestSearch nearest = {.kind = STR("vector"), .probe = db_str(rows, i, 0)};
        const ManifestSearch words = {.kind = STR("text"), .probe = db_str(rows, i, 0)};
        if ((by_vector && !add_search(session, arena, manifest, &nearest, error)) ||
            !add_search(session, arena, manifest, &words, error))
            return false;
    }
    return rows != NULL;
}

static bool take_searches(DbSession *session, Arena *arena, Manifest *manifest, Error *error)
{
    if (!take_generations(session, arena, &manifest->generations, error))
        return false;
    for (size_t i = 0; i < manifest->generations.count; i++) {
        if (!take_generation_searches(session, arena, manifest, manifest->generations.items[i].name,
                                      error))
            return false;
    }
    return take_chunk_searches(session, arena, manifest, error);
}

static bool take_keys(DbSession *session, Arena *arena, Manifest *manifest, Error *error)
{
    const DbRows *rows = db_session_query(session, arena, &has_standins, DB_NO_PARAMS, error);
    if (!rows)
        return false;
    const DbStatement *find = db_read_bool(rows, 0, 0) ? &find_keys_of_all : &find_keys;
    rows = db_session_query(session, arena, find, DB_NO_PARAMS, error);
    for (size_t i = 0; rows && i < rows->count; i++)
        *VEC_PUSH(arena, &manifest->keys) = arena_copy(arena, db_str(rows, i, 0));
    return rows != NULL;
}

bool survey_take(DbSession *session, Arena *arena, Manifest *manifest, Error *error)
{
    const DbRows *server = db_session_query(session, arena, &read_server, DB_NO_PARAMS, error);
    if (!server)
        return false;
    manifest->server = arena_copy(arena, db_str(server, 0, 0));
    return take_tables(session, arena, manifest, error) &&
           take_catalog(session, arena, manifest, error) &&
           take_searches(session, arena, manifest, error) &&
           take_keys(session, arena, manifest, error);
}

static bool compare_digests(const ManifestDigestVec *expected, const ManifestDigestVec *actual,
                            const char *what, Error *error)
{
    for (size_t i = 0; i < MIN_OF(expected->count, actual->count); i++) {
        const ManifestDigest *want = &expected->items[i];
        const ManifestDigest *have = &actual->items[i];
        if (!str_equal(want->name, have->name))
            return error_set(error, ERR_CONFLICT, "%s: expected %.*s, found %.*s", what,
                             STR_ARGS(want->name), STR_ARGS(have->name));
        if (want->count != have->count)
            return error_set(error, ERR_CONFLICT, "%s %.*s: expected %lld, found %lld", what,
                             STR_ARGS(want->name), (long long)want->count, (long long)have->count);
        if (!str_equal(want->digest, have->digest))
            return error_set(error, ERR_CONFLICT, "%s %.*s: the contents differ", what,
                             STR_ARGS(want->name));
    }
    return expected->count == actual->count ||
           error_set(error, ERR_CONFLICT, "%s: expected %zu, found %zu", what, expected->count,
                     actual->count);
}

static bool fail_hits(const ManifestSearch *search, Error *error)
{
    if (str_empty(search->generation))
        return error_set(error, ERR_CONFLICT, "the %.*s search for chunk %.*s finds other hits",
                         STR_ARGS(search->kind), STR_ARGS(search->probe));
    return error_set(error, ERR_CONFLICT,
                     "generation %.*s: the search by the vector of chunk %.*s finds other hits",
                     STR_ARGS(search->generation), STR_ARGS(search->probe));
}

static bool repeat_searches(DbSession *session, Arena *arena, const Manifest *expected,
                            Error *error)
{
    for (size_t i = 0; i < expected->searches.count; i++) {
        ManifestSearch search = expected->searches.items[i];
        Str hits = search.hits;
        if (!take_search(session, arena, &search, error))
            return false;
        if (!str_equal(search.hits, hits))
            return fail_hits(&search, error);
    }
    return true;
}

static const ManifestGeneration *find_generation(const ManifestGenerationVec *list, Str name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (str_equal(list->items[i].name, name))
            return &list->items[i];
    }
    return NULL;
}

/* The rows of the generations are compared with the tables; what is left are their vectors. */
static bool compare_generations(DbSession *session, Arena *arena, const Manifest *expected,
                                Error *error)
{
    ManifestGenerationVec actual = {0};
    if (expected->generations.count && !take_generations(session, arena, &actual, error))
        return false;
    for (size_t i = 0; i < expected->generations.count; i++) {
        const ManifestGeneration *want = &expected->generations.items[i];
        const ManifestGeneration *have = find_generation(&actual, want->name);
        if (!have || !str_equal(have->sha256, want->sha256) || !str_equal(have->state, want->state))
            return error_set(error, ERR_CONFLICT, "generation %.*s: it is missing or another one",
                             STR_ARGS(want->name));
        if (have->vectors != want->vectors) {
            return error_set(
                error, ERR_CONFLICT, "generation %.*s: expected %lld vectors, found %lld",
                STR_ARGS(want->name), (long long)want->vectors, (long long)have->vectors);
        }
    }
    return true;
}

static Str major_of(Str version)
{
    return str_slice(version, 0, MIN_OF(str_find_byte(version, '.'), version.size));
}

/* Another major version of PostgreSQL has other privileges and writes the same definitions in
 * another way, so its catalog cannot be compared by digests. */
static bool compare_catalog(DbSession *session, Arena *arena, const Manifest *expected,
                            Error *error)
{
    Manifest actual = {0};
    const DbRows *server = db_session_query(session, arena, &read_server, DB_NO_PARAMS, error);
    if (!server)
        return false;
    if (!str_equal(major_of(db_str(server, 0, 0)), major_of(expected->server))) {
        log_warn("backup.catalog_not_compared", LOG_STR("backup", expected->server),
                 LOG_STR("server", db_str(server, 0, 0)));
        return true;
    }
    return take_catalog(session, arena, &actual, error) &&
           compare_digests(&expected->catalog, &actual.catalog, "catalog,", error);
}

bool survey_compare(DbSession *session, const Manifest *expected, Error *error)
{
    Manifest actual = {0};
    auto_arena Arena *arena = arena_new();
    return survey_fix_settings(session, error) && take_tables(session, arena, &actual, error) &&
           compare_digests(&expected->tables, &actual.tables, "table", error) &&
           compare_catalog(session, arena, expected, error) &&
           compare_generations(session, arena, expected, error) &&
           repeat_searches(session, arena, expected, error);
}
