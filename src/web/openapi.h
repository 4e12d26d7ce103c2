/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OpenAPI 3.1 document of the server (https://spec.openapis.org/oas/v3.1.1) and a page that
 * shows it. Both are made once, at the start, from the tables of routes. Routes without a RouteDoc
 * are left out: they are pages for people, or belong to other protocols.
 */
#pragma once

#include "web/router.h"

struct ApiDocument;

/* Joins the tables as router_new does. */
struct ApiDocument *api_document_new(const Route *const *tables) MUST_USE;
void api_document_free(struct ApiDocument *document);

/* GET /api/v1/openapi.json and GET /api/docs, of services->api_document. */
extern const Route api_document_routes[];
