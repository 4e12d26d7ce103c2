/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge/generation_compare.h"

#include "base/time.h"
#include "db/vector.h"
#include "engines/text/glossary.h"
#include "knowledge/search.h"

DB_STATEMENT find_nearest = {
    "generation_compare_find",
    "SELECT id, source_name FROM public.knowledge_search_vector($1::public.vector, $2, $3, NULL,"
    " NULL, 3)",
    .runner = DB_BY_OPERATOR};

typedef struct {
    Str text;
    Str source; /* empty: not known */
} Question;

/* One search: the question in English, and the time that its embedding took. */
typedef struct {
    Str text;
    double seconds;
} Asking;

static bool read_question(Str line, size_t number, Question *out, Error *error)
{
    size_t tab = str_find_byte(line, '\t');
    out->text = str_trim(tab == STR_NOT_FOUND ? line : str_slice(line, 0, tab));
    out->source = tab == STR_NOT_FOUND ? STR("") : str_trim(str_from(line, tab + 1));
    return out->text.size <= SEARCH_MAX_QUERY_BYTES ||
           error_set(error, ERR_VALIDATION, "line %zu: a question has at most %d bytes", number,
                     SEARCH_MAX_QUERY_BYTES);
}

static const DbRows *search(DbSession *session, Arena *arena, const ComparedGeneration *generation,
                            Asking *asking, Error *error)
{
    float *vector = ARENA_ARRAY(arena, float, EMBED_DIMENSIONS);
    uint64_t started_ns = time_monotonic_ns();
    if (!embed_texts(generation->embedder, &asking->text, 1, vector, error))
        return NULL;
    asking->seconds = (double)(time_monotonic_ns() - started_ns) / 1e9;
    DbParams params = DB_PARAMS(db_vector(arena, vector, EMBED_DIMENSIONS),
                                db_text(generation->name), db_i64(COMPARE_NEAREST));
    return db_session_query(session, arena, &find_nearest, params, error);
}

static void count_source(const DbRows *rows, Str source, GenerationScore *score)
{
    for (size_t row = 0; !str_empty(source) && row < rows->count && row < COMPARE_FIRST; row++) {
        if (!str_equal(db_str(rows, row, 1), source))
            continue;
        score->first += row == 0;
        score->among_five++;
        return;
    }
}

static bool has_row(const DbRows *rows, Str id)
{
    for (size_t row = 0; row < rows->count; row++) {
        if (str_equal(db_str(rows, row, 0), id))
            return true;
    }
    return false;
}

static void count_agreement(const DbRows *one, const DbRows *other, GenerationComparison *counts)
{
    counts->nearest += other->count;
    counts->same_first +=
        one->count && other->count && str_equal(db_str(one, 0, 0), db_str(other, 0, 0));
    for (size_t row = 0; row < other->count; row++)
        counts->agreed += has_row(one, db_str(other, row, 0));
}

static bool ask(DbSession *session, const ComparedGeneration generations[2],
                const Question *question, GenerationComparison *counts, Error *error)
{
    auto_arena Arena *arena = arena_new();
    GenerationScore *const scores[] = {&counts->one, &counts->other};
    const DbRows *found[2];
    for (size_t i = 0; i < COUNT_OF(scores); i++) {
        Asking asking = {.text = glossary_english(arena, question->text)};
        if (!(found[i] = search(session, arena, &generations[i], &asking, error)))
            return false;
        scores[i]->seconds += asking.seconds;
        count_source(found[i], question->source, scores[i]);
    }
    counts->questions++;
    counts->with_source += !str_empty(question->source);
    count_agreement(found[0], found[1], counts);
    return true;
}

bool generation_compare(DbSession *session, const ComparedGeneration generations[2], Str text,
                        GenerationComparison *out, Error *error)
{
    Str line;
    GenerationComparison counts = {0};
    if (!db_session_run(session, STR("SET ROLE netguru_owner; SET statement_timeout = 0"), error))
        return false;
    for (size_t number = 1; str_next_line(&text, &line); number++) {
        Question question;
        if (str_empty(str_trim(line)) || str_starts_with(line, STR("#")))
            continue;
        if (counts.questions == COMPARE_MAX_QUESTIONS)
            return error_set(error, ERR_VALIDATION, "line %zu: at most %d questions", number,
                             COMPARE_MAX_QUESTIONS);
        if (!read_question(line, number, &question, error) ||
            !ask(session, generations, &question, &counts, error))
            return false;
    }
    *out = counts;
    return true;
}
