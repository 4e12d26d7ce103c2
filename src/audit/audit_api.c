/* SPDX-License-Identifier: Apache-2.0 */
/* What a user sees of the audit log: what was done to the own account, and who has looked at it. */
#include "audit/audit_store.h"
#include "web/router.h"

static bool list_own(Task *task, const Request *request, Response *response)
{
    Str json;
    PageOfNumbers page;
    return page_read_of_numbers(task, request, &page) &&
           audit_store_list_own(task, request->services->db, &page, &json) &&
           respond_json(task, response, 200, json);
}

const Route audit_routes[] = {
    {HTTP_GET, ROUTE_USER, "/api/v1/users/me/audit", list_own, .limit = &rate_limit_api},
    {0},
};
