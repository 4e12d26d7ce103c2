/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge/search.h"

#include "base/ascii.h"
#include "base/map.h"
#include "db/vector.h"
#include "services/embedding.h"

#include <stdlib.h>

enum { LIST_LENGTH = 40, FUSION_K = 60 };

/* Beyond this cosine distance a chunk is not about the question, whatever common words they share.
 * Measured on the starter knowledge by test/api/test_relevance.py: the nearest chunk of 26
 * related questions, in English and Portuguese, lies at 0.24 to 0.69, that of 24 unrelated ones at
 * 0.75 to 0.94. Of the latter, 17 shared a word with some chunk. */
static const double FAR_DISTANCE = 0.72;

/*
 * $1 vector or NULL, $2 model, $3 query, $4 length of each list, $5 vendor, $6 document type,
 * $7 document, $8 the query's identifiers or NULL. The columns: list (V vector, T text),
 * global, id, document, name, text, section, lines, page, vendor, type, distance, rank, whether it
 * holds an identifier.
 *
 * Own and global rows are ranked together by what is measured alike in both, distance and rank of
 * the words: a distant chunk of the user's must not outrank a near one of the knowledge only
 * because it is the first of its list. Where both are about equal, the user's own comes first.
 */
static const DbStatement search_all = {
    "search_all",
    "WITH found AS ("
    "  SELECT 'V' AS list, false AS is_global, v.id, v.document_id, v.filename AS name,"
    "   v.chunk_text, v.metadata, v.line_start, v.line_end, v.page, v.vendor, v.document_type,"
    "   v.distance, v.distance * 0.95 AS place"
    "  FROM document_search_vector($1::vector, $2, $4::integer, $7, $5, $6) AS v"
    "  WHERE $1::text IS NOT NULL"
    "  UNION ALL"
    "  SELECT 'T', false, t.id, t.document_id, t.filename, t.chunk_text, t.metadata, t.line_start,"
    "   t.line_end, t.page, t.vendor, t.document_type, NULL, -1.2 * t.rank"
    "  FROM document_search_text($3, $4::integer, $7, $5, $6) AS t"
    "  UNION ALL"
    "  SELECT 'V', true, g.id, NULL, g.source_name, g.chunk_text, g.metadata, g.line_start,"
    "   g.line_end, g.page, g.vendor, g.document_type, g.distance, g.distance"
    "  FROM knowledge_search_vector($1::vector, $2, $4::integer, $5, $6) AS g"
    "  WHERE $1::text IS NOT NULL AND $7::uuid IS NULL"
    "  UNION ALL"
    "  SELECT 'T', true, g.id, NULL, g.source_name, g.chunk_text, g.metadata, g.line_start,"
    "   g.line_end, g.page, g.vendor, g.document_type, NULL, -g.rank"
    "  FROM knowledge_search_text($3, $4::integer, $5, $6) AS g WHERE $7::uuid IS NULL)"
    " SELECT list, is_global, id, document_id, name, chunk_text, metadata ->> 'section',"
    "  line_start, line_end, page, vendor, document_type, distance,"
    "  row_number() OVER (PARTITION BY list ORDER BY place, id),"
    "  list = 'T' AND $8::text IS NOT NULL AND EXISTS (SELECT FROM embeddings AS e"
    "   WHERE e.id = found.id AND e.tokens @@ search_query($8))"
    " FROM found",
};

static bool embed_query(Task *task, const Services *services, Str query, DbParam *out_vector)
{
    float vector[EMBED_DIMENSIONS];
    *out_vector = db_null();
    if (!services->embedder)
        return true;
    if (!embedding_query(task, services, query, vector))
        return false;
    *out_vector = db_vector(task->arena, vector, EMBED_DIMENSIONS);
    return true;
}

/* Share of the query's words that are identifiers: they hold a digit, or begin with '%'. */
static double identifier_share(Str query)
{
    Str word;
    size_t words = 0;
    size_t identifiers = 0;
    while (str_next_word(&query, &word)) {
        bool identifier = word.data[0] == '%';
        for (size_t i = 0; i < word.size; i++)
            identifier = identifier || ascii_is_digit(word.data[i]);
        words++;
        identifiers += identifier;
    }
    return words ? (double)identifiers / (double)words : 0;
}

/* A name of one thing, such as 10.0.0.1, Gi0/1 or OSPF-5-ADJCHG, and no mere number. */
static bool is_identifier(Str word)
{
    bool has_digit = false;
    bool has_other = false;
    while (word.size && str_find_byte(STR(".,:;?!')\""), word.data[word.size - 1]) != STR_NOT_FOUND)
        word.size--;
    for (size_t i = 0; i < word.size; i++) {
        bool digit = ascii_is_digit(word.data[i]);
        has_digit |= digit;
        has_other |= !digit;
    }
    return has_digit && has_other;
}

typedef struct {
    Str text;  /* the identifiers, in a row; empty: there are none */
    bool only; /* the query holds nothing else */
} Identifiers;

static Identifiers identifiers_of(Arena *arena, Str query)
{
    Str word;
    Identifiers found = {STR(""), true};
    while (str_next_word(&query, &word)) {
        if (is_identifier(word))
            found.text = arena_printf(arena, "%.*s %.*s", STR_ARGS(found.text), STR_ARGS(word));
        else
            found.only = false;
    }
    return found;
}

static SearchHit read_hit(const DbRows *rows, size_t row)
{
    SearchHit hit = {
        .is_global = db_read_bool(rows, row, 1),
        .chunk_id = db_read_uuid(rows, row, 2),
        .document_name = db_str(rows, row, 4),
        .text = db_str(rows, row, 5),
        .section = db_str(rows, row, 6),
        .line_start = db_read_i64(rows, row, 7),
        .line_end = db_read_i64(rows, row, 8),
        .page = db_read_i64(rows, row, 9),
        .vendor = db_str(rows, row, 10),
        .document_type = db_str(rows, row, 11),
    };
    if (!hit.is_global)
        hit.document_id = db_read_uuid(rows, row, 3);
    return hit;
}

static int by_score(const void *left, const void *right)
{
    const SearchHit *a = left;
    const SearchHit *b = right;
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    return memcmp(a->chunk_id.bytes, b->chunk_id.bytes, sizeof(a->chunk_id.bytes));
}

/* Makes one hit of each chunk, adding up its ranks in all lists that hold it. */
static void fuse(Arena *arena, const DbRows *rows, double vector_weight, SearchResult *result)
{
    Map by_id = {0};
    result->hits = ARENA_ARRAY(arena, SearchHit, rows->count);
    for (size_t row = 0; row < rows->count; row++) {
        Str id = db_str(rows, row, 2);
        SearchHit *hit = map_get(&by_id, id);
        if (!hit) {
            hit = &result->hits[result->count++];
            *hit = read_hit(rows, row);
            map_put(arena, &by_id, id, hit);
        }
        bool by_vector = str_equal(db_str(rows, row, 0), STR("V"));
        hit->has_identifier |= db_read_bool(rows, row, 14);
        double rank = (double)db_read_i64(rows, row, 13);
        hit->score += (by_vector ? vector_weight : 1.0) / (FUSION_K + rank);
        if (by_vector) {
            hit->has_distance = true;
            hit->distance = db_read_f64(rows, row, 12);
        } else {
            hit->has_words = true;
        }
    }
    if (result->count)
        qsort(result->hits, result->count, sizeof(SearchHit), by_score);
}

/* Common words prove little; without a model there is nothing else to judge by. Every address is
 * near every other in meaning. */
static bool any_relevant(const SearchResult *result, const Identifiers *identifiers)
{
    for (size_t i = 0; i < result->count; i++) {
        const SearchHit *hit = &result->hits[i];
        bool near = hit->has_distance && hit->distance < FAR_DISTANCE && !identifiers->only;
        if (hit->has_identifier || near || (hit->has_words && !result->by_meaning))
            return true;
    }
    return false;
}

bool search_run(Task *task, const Services *services, const SearchQuery *query,
                SearchResult *out_result)
{
    DbParam vector;
    const DbRows *rows = NULL;
    Identifiers identifiers = identifiers_of(task->arena, query->query);
    if (!embed_query(task, services, query->query, &vector))
        return false;
    DbParams params =
        DB_PARAMS(vector, db_text(str_of(embed_model_name())), db_text(query->query),
                  db_i64(LIST_LENGTH), db_text_or_null(!str_empty(query->vendor), query->vendor),
                  db_text_or_null(!str_empty(query->document_type), query->document_type),
                  query->has_document ? db_uuid(&query->document_id) : db_null(),
                  db_text_or_null(!str_empty(identifiers.text), identifiers.text));
    if (!db_query(task, services->db, &search_all, params, &rows))
        return false;
    SearchResult result = {.by_meaning = services->embedder != NULL};
    fuse(task->arena, rows, 1.0 - 0.8 * identifier_share(query->query), &result);
    result.relevant = any_relevant(&result, &identifiers);
    result.count = MIN_OF(result.count, (size_t)query->limit);
    *out_result = result;
    return true;
}
