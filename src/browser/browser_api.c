/* SPDX-License-Identifier: Apache-2.0 */
#include "browser/browser.h"

#include "accounts/account.h"
#include "base/version.h"
#include "browser/internal.h"
#include "documents/document.h"
#include "web/route_doc.h"

/* What a page needs before anybody has logged in, and nothing more: anybody may read it. */
static bool show_about(Task *task, const Request *request, Response *response)
{
    const Config *settings = request->services->settings;
    JsonWriter *json = response_json_begin(task);
    json_begin_object(json);
    json_field_text(json, "name", "NetGuru");
    json_field_text(json, "version", NETGURU_VERSION);
    json_field_bool(json, "registration_open", config_bool(settings, "NETGURU_REGISTRATION"));
    json_field_bool(json, "demo", account_offers_demo(request));
    json_key(json, "limits");
    json_begin_object(json);
    json_field_i64(json, "upload_max_bytes", (int64_t)documents_max_upload_bytes(settings));
    json_end(json);
    json_end(json);
    response_add_header(response, STR("Cache-Control"), STR("no-store"));
    return response_json_end(task, response, 200, json);
}

static const ApiSchema about = {
    "About",
    "name: text, version: text, registration_open: boolean, demo: boolean, "
    "limits: {upload_max_bytes: integer}",
};

static const RouteDoc about_doc = {
    .summary = "Shows what a page needs before anybody has logged in",
    .description = "demo tells whether this client may log in to the demo account without a "
                   "password. upload_max_bytes is the limit of the plan with the largest one.",
    .answers = {{200, &about}},
};

const Route browser_routes[] = {
    {HTTP_GET, ROUTE_PUBLIC, "/api/v1/about", show_about, .doc = &about_doc},
    {HTTP_GET, ROUTE_PUBLIC, "/{path...}", browser_show},
    {0},
};
