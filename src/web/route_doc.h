/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RouteDoc: what a route takes and gives. The OpenAPI document is made from the tables of routes
 * and these texts (web/openapi.h), so a route that is served is a route that is described. Members
 * are described in the notation of web/api_notation.h.
 *
 *     static const ApiSchema widget = {"Widget", "id: uuid, name: text, colour?: (red|blue)"};
 *     const RouteDoc widget_create_doc = {
 *         .summary = "Makes a widget",
 *         .body = "name: text 1..255, colour?: (red|blue)",
 *         .body_example = "{\"name\":\"left\"}",
 *         .answers = {{201, &widget}},
 *         .errors = {409},
 *     };
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { ROUTE_DOC_ANSWERS = 4, ROUTE_DOC_ERRORS = 4 };

/* An object with a name of its own below #/components/schemas. */
typedef struct {
    const char *name;
    const char *members;
} ApiSchema;

typedef struct {
    uint16_t status;         /* 0 ends the list; those of one status follow each other */
    const ApiSchema *schema; /* NULL: no JSON */
    bool is_page;            /* {"items":[schema…],"next_cursor":…} */
    bool is_list;            /* {"items":[schema…]} */
    const char *media_type;  /* of an answer that is not JSON */
} ApiAnswer;

typedef struct RouteDoc {
    const char *summary;
    const char *description;  /* NULL: the summary says it all */
    const char *query;        /* the parameters; NULL: none */
    const char *body;         /* its members; NULL: no body */
    const char *body_type;    /* NULL: application/json */
    const char *body_example; /* JSON, or NULL */
    ApiAnswer answers[ROUTE_DOC_ANSWERS];
    /* Beyond those that every route of its kind can answer. 0 ends the list. */
    uint16_t errors[ROUTE_DOC_ERRORS];
} RouteDoc;

/* The parameters that page_read reads. Filters may follow: PAGE_QUERY ", colour?: text". */
#define PAGE_QUERY "limit?: integer 1..100, cursor?: text ..100"
