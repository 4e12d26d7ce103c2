/* SPDX-License-Identifier: Apache-2.0 */
/* What a user sees of the audit log: what was done to the own account, and who has looked at it. */
#include "audit/audit_store.h"
#include "web/route_doc.h"
#include "web/router.h"

static bool list_own(Task *task, const Request *request, Response *response)
{
    Str json;
    PageOfNumbers page;
    return page_read_of_numbers(task, request, &page) &&
           audit_store_list_own(task, request->services->db, &page, &json) &&
           respond_json(task, response, 200, json);
}

static const ApiSchema entry = {
    "AuditEntry",
    "",
};

static const RouteDoc list_own_doc = {
    .summary = "Lists what was done to the own account, and who looked at it",
    .query = PAGE_QUERY,
    .answers = {{200, &entry, .is_page = true}},
};

const Route audit_routes[] = {
    {HTTP_GET, ROUTE_USER, "/api/v1/users/me/audit", list_own, .doc = &list_own_doc,
     .limit = &rate_limit_api},
    {0},
};
