/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Search: the chunks that answer a question, of global knowledge and of the user's own documents,
 * by meaning (nearest vectors) and by words (full text, identifiers whole), ranked by the share of
 * the question that they hold and by their nearness. One statement finds them; docs/retrieval.md
 * tells how.
 */
#pragma once

#include "services/services.h"

enum { SEARCH_MAX_QUERY_BYTES = 2000, SEARCH_MAX_RESULTS = 50 };

typedef struct {
    Str query;
    int64_t limit;
    Str vendor;        /* empty: any */
    Str document_type; /* empty: any */
    bool has_document; /* only chunks of that document of the user */
    Uuid document_id;
} SearchQuery;

typedef struct {
    bool is_global;
    Uuid chunk_id;
    Uuid document_id; /* of a document; all zero in global knowledge */
    Str document_name;
    Str text;
    Str section;
    int64_t line_start; /* 0: none */
    int64_t line_end;
    int64_t page;
    Str vendor;
    Str document_type;
    bool has_distance;
    double distance;     /* cosine distance of the vectors, 0 to 2 */
    double fit;          /* the share of the question's words that it holds, 0 to 1 */
    double literal_fit;  /* the same without translations of the words */
    bool has_identifier; /* found by one of the query's identifiers */
    bool has_name;       /* by one that names one thing: an address, a device, a port */
    double score;        /* only the order means anything */
} SearchHit;

typedef struct {
    SearchHit *hits; /* best first */
    size_t count;
    bool by_meaning; /* false where there is no model: words alone */
    bool
        relevant; /* false: no chunk is near in meaning or holds an identifier of the query (without
                     a model: shares a word with it), and the hits are merely the nearest */
} SearchResult;

/* Fails with ERR_VALIDATION if the vendor or the document type is none (search_filter.h). */
bool search_run(Task *task, const Services *services, const SearchQuery *asked,
                SearchResult *out_result) MUST_USE;
