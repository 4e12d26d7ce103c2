/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/key_doc.h"

static const ApiSchema api_key = {
    "ApiKey",
    "id: uuid, provider: (openai|anthropic|azure|local), key_name?: text, last_four?: text, "
    "is_active: boolean, is_expired: boolean, created_at: time, expires_at?: time, "
    "last_used_at?: time, endpoint?: text, deployment?: text, api_version?: text, "
    "base_url?: text, model?: text",
};

static const ApiSchema verdict = {
    "ApiKeyVerdict",
    "accepted: boolean",
};

const RouteDoc key_create_doc = {
    .summary = "Stores an API key",
    .body = "provider: (openai|anthropic|azure|local), key?: text ..1024, key_name?: text ..255, "
            "expires_at?: time, endpoint?: text ..255, deployment?: text ..100, "
            "api_version?: text ..40, base_url?: text ..255, model?: text ..200",
    .body_example = "{\"provider\":\"openai\",\"key\":\"sk-x\",\"key_name\":\"work\"}",
    .answers = {{201, &api_key}},
    .errors = {409},
};

const RouteDoc key_list_doc = {
    .summary = "Lists the API keys",
    .query = PAGE_QUERY ", provider?: (openai|anthropic|azure|local)",
    .answers = {{200, &api_key, .is_page = true}},
};

const RouteDoc key_show_doc = {
    .summary = "Shows an API key, of which only the last four characters",
    .answers = {{200, &api_key}},
};

const RouteDoc key_change_doc = {
    .summary = "Changes the members that are given",
    .body = "key?: text ..1024, key_name?: text ..255, expires_at?: time, "
            "endpoint?: text ..255, deployment?: text ..100, api_version?: text ..40, "
            "base_url?: text ..255, model?: text ..200, is_active?: boolean",
    .body_example = "{\"is_active\":false}",
    .answers = {{200, &api_key}},
    .errors = {409},
};

const RouteDoc key_remove_doc = {
    .summary = "Deletes an API key",
    .answers = {{204}},
};

const RouteDoc key_test_doc = {
    .summary = "Asks the provider whether it accepts the key",
    .answers = {{200, &verdict}},
    .errors = {402, 409},
};
