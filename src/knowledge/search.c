/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge/search.h"

#include "base/ascii.h"
#include "db/vector.h"
#include "engines/text/glossary.h"
#include "knowledge/recall.h"
#include "knowledge/search_filter.h"
#include "knowledge/search_spread.h"
#include "services/embedding.h"
#include "services/generations.h"

#include <math.h>
#include <stdlib.h>

enum { LIST_LENGTH = 40 };

/* Beyond this cosine distance a chunk is not about the question, whatever common words they share.
 * Measured on the starter knowledge by test/api/test_relevance.py: the nearest chunk of 26
 * related questions, in English and Portuguese, lies at 0.24 to 0.69, that of 24 unrelated ones at
 * 0.75 to 0.94. Of the latter, 17 shared a word with some chunk. */
static const double FAR_DISTANCE = 0.72;
/* Where fewer than a third of the question's terms stand anywhere, it must be nearer. */
static const double NEAR_DISTANCE = 0.6;
static const double KNOWN_LEAST = 0.34;

/* Where each term stands somewhere, a chunk with nearly all of them is about the question, although
 * the model may know none of the words. */
static const double FULL_FIT = 0.89;
/* So is a chunk of one's own with most of its very words. */
static const double LITERAL_FIT = 0.6;

/* What a question shares with a chunk in words, against what it shares in meaning. */
static const double FIT_WEIGHT = 0.6;
/* A chunk with the very words of the question comes before one with their translations. */
static const double LITERAL_WEIGHT = 0.1;
/* Of equal chunks the user's own comes first. */
static const double OWN_BONUS = 0.08;
/* And so does one of a document that the question names. */
static const double NAMED_BONUS = 0.03;
/* And of a document of the kind that the question names: the configuration, the logs. */
static const double KIND_BONUS = 0.06;
/* What a question names is looked for in one's own network: before a general text that shares other
 * words, and before all general texts if nothing else is asked. */
static const double OWN_NAME_BONUS = 0.15;
static const double OWN_NAME_ALONE_BONUS = 2;
/* The distance of a chunk that has no vector. */
static const double UNKNOWN_DISTANCE = 0.8;

/*
 * $1 vector or NULL, $2 model, $3 question, $4 its words in the other language, $5 length of each
 * list, $6 vendor, $7 document type, $8 document. The columns: global, id, document, name, text,
 * section, lines, page, vendor, type, distance, fit, whether the chunk holds an identifier,
 * the share of the question's terms that stand anywhere, the names that stand nowhere, whether the
 * chunk holds a name, the fit by the words of the question alone, and the active generation.
 * Without a hit there is one row, which has only that.
 */
DB_STATEMENT search_all = {
    "search_all",
    "WITH near AS MATERIALIZED ("
    "  SELECT v.id FROM document_search_vector($1::vector, $2, $5::integer, $8, $6, $7) AS v"
    "  WHERE $1::text IS NOT NULL"
    "  UNION ALL"
    "  SELECT g.id FROM knowledge_search_vector($1::vector, $2, $5::integer, $6, $7) AS g"
    "  WHERE $1::text IS NOT NULL AND $8::uuid IS NULL"
    " ), fit AS MATERIALIZED ("
    "  SELECT f.* FROM search_fit($3, $4::jsonb,"
    "   (SELECT coalesce(array_agg(n.id), '{}') FROM near AS n), $5::integer, $8, $6, $7) AS f)"
    " SELECT e.user_id IS NULL, e.id, e.document_id, coalesce(d.original_filename, s.name),"
    "  e.chunk_text, e.metadata ->> 'section', e.line_start, e.line_end, e.page, e.vendor,"
    "  e.document_type,"
    "  CASE WHEN e.embedding_model = $2 THEN e.embedding <=> $1::vector"
    "   ELSE (SELECT v.embedding <=> $1::vector FROM embedding_vectors AS v"
    "    JOIN embedding_generations AS g ON g.id = v.generation_id"
    "    WHERE v.embedding_id = e.id AND g.name = $2) END, f.fit,"
    "  f.has_identifier, f.known, f.missing::text, f.has_name, f.literal, a.name"
    " FROM embedding_generations AS a LEFT JOIN (fit AS f JOIN embeddings AS e ON e.id = f.id"
    "  LEFT JOIN documents AS d ON d.id = e.document_id"
    "  LEFT JOIN knowledge_sources AS s ON s.id = e.source_id) ON true"
    " WHERE a.state = 'active'",
};

static bool has_filter(const SearchQuery *query)
{
    return query->has_document || !str_empty(query->vendor) || !str_empty(query->document_type);
}

/* A search with the model of one generation. */
typedef struct {
    Generation generation;
    float *vector; /* NULL: its model is not on this machine */
    const DbRows *rows;
} Attempt;

static bool embed_query(Task *task, const Services *services, const SearchQuery *query,
                        Attempt *attempt)
{
    attempt->vector = NULL;
    if (!attempt->generation.embedder)
        return true;
    attempt->vector = ARENA_ARRAY(task->arena, float, EMBED_DIMENSIONS);
    return embedding_query(task, services, attempt->generation.embedder,
                           glossary_english(task->arena, query->query), attempt->vector);
}

/* A name of one thing, such as 10.0.0.1, Gi0/1 or OSPF-5-ADJCHG, and no mere number. */
static bool is_identifier(Str word)
{
    bool has_digit = false;
    bool has_other = false;
    for (size_t i = 0; i < word.size; i++) {
        bool digit = ascii_is_digit(word.data[i]);
        has_digit |= digit;
        has_other |= !digit;
    }
    return has_digit && has_other;
}

static Str without_punctuation(Str word)
{
    static const Str marks = STR_INIT(".,:;?!'()\"");
    while (word.size && str_find_byte(marks, word.data[word.size - 1]) != STR_NOT_FOUND)
        word.size--;
    while (word.size && str_find_byte(marks, word.data[0]) != STR_NOT_FOUND)
        word = str_from(word, 1);
    return word;
}

static bool has_only_identifiers(Str query)
{
    Str word;
    while (str_next_word(&query, &word)) {
        if (!is_identifier(without_punctuation(word)))
            return false;
    }
    return true;
}

/* Returns whether the question names the kind of document that the hit is of. */
static bool names_kind_of(Str query, const SearchHit *hit)
{
    static const struct {
        const char *word;
        const char *kind;
    } names[] = {
        {"config", "config"},
        {"configuration", "config"},
        {"configuração", "config"},
        {"log", "log"},
        {"logs", "log"},
        {"syslog", "log"},
        {"registros", "log"},
        {"mensagens", "log"},
        {"capture", "pcap"},
        {"captures", "pcap"},
        {"captura", "pcap"},
        {"capturas", "pcap"},
        {"pcap", "pcap"},
        {"trace", "pcap"},
    };
    Str word;
    while (str_next_word(&query, &word)) {
        word = without_punctuation(word);
        for (size_t i = 0; i < COUNT_OF(names); i++) {
            if (str_equal_ignore_case(word, str_of(names[i].word)) &&
                str_equal(hit->document_type, str_of(names[i].kind)))
                return true;
        }
    }
    return false;
}

static SearchHit read_hit(const DbRows *rows, size_t row)
{
    SearchHit hit = {
        .is_global = db_read_bool(rows, row, 0),
        .chunk_id = db_read_uuid(rows, row, 1),
        .document_name = db_str(rows, row, 3),
        .text = db_str(rows, row, 4),
        .section = db_str(rows, row, 5),
        .line_start = db_read_i64(rows, row, 6),
        .line_end = db_read_i64(rows, row, 7),
        .page = db_read_i64(rows, row, 8),
        .vendor = db_str(rows, row, 9),
        .document_type = db_str(rows, row, 10),
        .has_distance = !db_is_null(rows, row, 11),
        .fit = db_read_f64(rows, row, 12),
        .has_identifier = db_read_bool(rows, row, 13),
        .has_name = db_read_bool(rows, row, 16),
        .literal_fit = db_read_f64(rows, row, 17),
    };
    if (!hit.is_global)
        hit.document_id = db_read_uuid(rows, row, 2);
    if (hit.has_distance)
        hit.distance = db_read_f64(rows, row, 11);
    hit.score = FIT_WEIGHT * hit.fit + LITERAL_WEIGHT * hit.literal_fit +
                (1 - FIT_WEIGHT) * (1 - (hit.has_distance ? hit.distance : UNKNOWN_DISTANCE)) +
                (hit.is_global ? 0 : OWN_BONUS);
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

/* Returns whether the question asks what a thing means, which a general text tells. */
static bool asks_for_meaning(Str query)
{
    static const char *const words[] = {"mean",        "means",      "meaning",
                                        "explain",     "definition", "significa",
                                        "significado", "explique",   "definicao"};
    Str word;
    while (str_next_word(&query, &word)) {
        word = without_punctuation(word);
        for (size_t i = 0; i < COUNT_OF(words); i++) {
            if (str_equal_ignore_case(word, str_of(words[i])))
                return true;
        }
    }
    return false;
}

/* What an own chunk with a name of the question is worth more than a general text with it. */
static double own_name_bonus(Str query)
{
    if (has_only_identifiers(query))
        return OWN_NAME_ALONE_BONUS;
    return asks_for_meaning(query) ? -OWN_NAME_BONUS : OWN_NAME_BONUS;
}

static void read_hits(Arena *arena, Str query, const DbRows *rows, SearchResult *result)
{
    result->hits = ARENA_ARRAY(arena, SearchHit, rows->count);
    result->count = rows->count && !db_is_null(rows, 0, 1) ? rows->count : 0;
    double own_name = own_name_bonus(query);
    for (size_t row = 0; row < result->count; row++) {
        result->hits[row] = read_hit(rows, row);
        if (search_is_named(query, &result->hits[row]))
            result->hits[row].score += NAMED_BONUS;
        if (names_kind_of(query, &result->hits[row]))
            result->hits[row].score += KIND_BONUS;
        if (result->hits[row].has_name && result->hits[row].is_global == (own_name < 0))
            result->hits[row].score += fabs(own_name);
    }
    if (result->count)
        qsort(result->hits, result->count, sizeof(SearchHit), by_score);
}

/* Common words prove little; without a model there is nothing else to judge by. Every address is
 * near every other in meaning. */
static bool any_relevant(const SearchResult *result, Str query, double known)
{
    double limit = known < KNOWN_LEAST ? NEAR_DISTANCE : FAR_DISTANCE;
    if (has_only_identifiers(query))
        limit = 0;
    for (size_t i = 0; i < result->count; i++) {
        const SearchHit *hit = &result->hits[i];
        bool near = hit->has_distance && hit->distance < limit;
        bool holds = result->by_meaning ? known >= 1 && hit->fit >= FULL_FIT : hit->fit > 0;
        bool says = !hit->is_global && known >= 1 && hit->literal_fit >= LITERAL_FIT;
        if (hit->has_identifier || near || holds || says)
            return true;
    }
    return false;
}

static bool find_rows(Task *task, const Services *services, const SearchQuery *query,
                      Attempt *attempt)
{
    if (!embed_query(task, services, query, attempt))
        return false;
    DbParam vector =
        attempt->vector ? db_vector(task->arena, attempt->vector, EMBED_DIMENSIONS) : db_null();
    DbParams params =
        DB_PARAMS(vector, db_text(attempt->generation.name), db_text(query->query),
                  db_text(glossary_alternatives(task->arena, query->query)), db_i64(LIST_LENGTH),
                  db_text_or_null(!str_empty(query->vendor), query->vendor),
                  db_text_or_null(!str_empty(query->document_type), query->document_type),
                  query->has_document ? db_uuid(&query->document_id) : db_null());
    return db_query(task, services->db, &search_all, params, &attempt->rows);
}

static bool is_current(const Attempt *attempt)
{
    const DbRows *rows = attempt->rows;
    return rows->count == 0 || str_equal(db_str(rows, 0, 18), attempt->generation.name);
}

/*
 * All vectors of a ranking are of one generation: the statement takes no other. If another one has
 * become active since this process looked, the question is asked once more, with its model. The
 * former has its vectors for some time after a switch, so the second answer is good in any case.
 */
static bool search_active(Task *task, const Services *services, const SearchQuery *query,
                          Attempt *out_attempt)
{
    Attempt attempt = {.generation = generations_known(services)};
    attempt.generation.name = arena_copy(task->arena, attempt.generation.name);
    if (!find_rows(task, services, query, &attempt))
        return false;
    if (!is_current(&attempt) && (!generations_learn(task, services, &attempt.generation) ||
                                  !find_rows(task, services, query, &attempt)))
        return false;
    *out_attempt = attempt;
    return true;
}

/* Keeps the question for the self-check, and for a comparison with another generation. With a
 * filter there is nothing to check. */
static bool keep_sample(Task *task, const Services *services, const SearchQuery *query,
                        const Attempt *attempt)
{
    if (!attempt->vector || has_filter(query))
        return true;
    Embedder *rival = recall_samples_rival(services->recall);
    uint64_t number =
        recall_samples_add(services->recall, task, attempt->generation.name, attempt->vector);
    if (!number || !rival)
        return true;
    float *vector = ARENA_ARRAY(task->arena, float, EMBED_DIMENSIONS);
    if (!embedding_query(task, services, rival, glossary_english(task->arena, query->query),
                         vector))
        return false;
    if (recall_samples_rival(services->recall) == rival)
        recall_samples_compare(services->recall, number, vector);
    return true;
}

bool search_run(Task *task, const Services *services, const SearchQuery *asked,
                SearchResult *out_result)
{
    Attempt attempt;
    SearchQuery checked = *asked;
    const SearchQuery *query = &checked;
    if (!search_filter_check(task, services, &checked) ||
        !search_active(task, services, query, &attempt) ||
        !keep_sample(task, services, query, &attempt))
        return false;
    const DbRows *rows = attempt.rows;
    SearchResult result = {.by_meaning = attempt.vector != NULL};
    read_hits(task->arena, query->query, rows, &result);
    result.relevant = result.count && db_is_null(rows, 0, 15) &&
                      any_relevant(&result, query->query, db_read_f64(rows, 0, 14));
    search_spread(task->arena, query->query, &result);
    result.count = MIN_OF(result.count, (size_t)query->limit);
    *out_result = result;
    return true;
}
