/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/key.h"

#include "keys/key_doc.h"
#include "keys/key_store.h"
#include "keys/key_values.h"

static AuditContext context_of(const Request *request)
{
    return (AuditContext){.address = request->client_address};
}

static bool create(Task *task, const Request *request, Response *response)
{
    Str json;
    KeyValues values;
    NewKey key = {.id = uuid_new(), .values = &values};
    const AuditContext by = context_of(request);
    Db *db = request->services->db;
    return key_read_provider(task, request, &key.provider) &&
           key_read_new(task, request, &key.id, key.provider, &values) &&
           key_insert(task, db, &by, &key) && key_load_json(task, db, &key.id, &json) &&
           respond_json(task, response, 201, json);
}

static bool list(Task *task, const Request *request, Response *response)
{
    Str json;
    Page page;
    Str provider = STR("");
    static const char *const words[] = {"openai", "anthropic", "azure", "local", NULL};
    return page_read(task, request, &page) &&
           request_query_word(task, request, "provider", words, &provider) &&
           key_list_json(task, request->services->db, &page, provider, &json) &&
           respond_json(task, response, 200, json);
}

static bool show(Task *task, const Request *request, Response *response)
{
    Uuid id;
    Str json;
    return request_path_uuid(task, request, "id", &id) &&
           key_load_json(task, request->services->db, &id, &json) &&
           respond_json(task, response, 200, json);
}

static bool change(Task *task, const Request *request, Response *response)
{
    Uuid id;
    Str json;
    Str provider;
    KeyValues values;
    const AuditContext by = context_of(request);
    Db *db = request->services->db;
    return request_path_uuid(task, request, "id", &id) &&
           key_load_provider(task, db, &id, &provider) &&
           key_read_changes(task, request, &id, provider, &values) &&
           key_update(task, db, &by, &id, &values) && key_load_json(task, db, &id, &json) &&
           respond_json(task, response, 200, json);
}

static bool remove_key(Task *task, const Request *request, Response *response)
{
    Uuid id;
    const AuditContext by = context_of(request);
    return request_path_uuid(task, request, "id", &id) &&
           key_delete(task, request->services->db, &by, &id) && respond_nothing(response);
}

/* Asks the provider whether it accepts the key. */
static bool test_key(Task *task, const Request *request, Response *response)
{
    UserKey key;
    KeyChoice choice = {.has_id = true};
    const Services *services = request->services;
    if (!request_path_uuid(task, request, "id", &choice.id) ||
        !key_pick(task, services, &choice, &key))
        return false;
    LlmAccount account = key_account(&key, STR(""));
    bool accepted = llm_check_key(task, services, &account);
    key_forget(&key);
    return accepted && respond_json(task, response, 200, STR("{\"accepted\":true}"));
}

/* Each request is one to a provider. */
static const RateLimit test_limit = {"api-key-test", {10, 50, 200}};

const Route keys_routes[] = {
    {HTTP_POST, ROUTE_USER, "/api/v1/users/me/api-keys", create, .doc = &key_create_doc,
     .limit = &rate_limit_api, .takes_json = true, .has_secrets = true},
    {HTTP_GET, ROUTE_USER, "/api/v1/users/me/api-keys", list, .doc = &key_list_doc,
     .limit = &rate_limit_api},
    {HTTP_GET, ROUTE_USER, "/api/v1/users/me/api-keys/{id}", show, .doc = &key_show_doc,
     .limit = &rate_limit_api},
    {HTTP_PATCH, ROUTE_USER, "/api/v1/users/me/api-keys/{id}", change, .doc = &key_change_doc,
     .limit = &rate_limit_api, .takes_json = true, .has_secrets = true},
    {HTTP_DELETE, ROUTE_USER, "/api/v1/users/me/api-keys/{id}", remove_key, .doc = &key_remove_doc,
     .limit = &rate_limit_api},
    {HTTP_POST, ROUTE_USER, "/api/v1/users/me/api-keys/{id}/test", test_key, .doc = &key_test_doc,
     .limit = &test_limit, .has_secrets = true},
    {0},
};
