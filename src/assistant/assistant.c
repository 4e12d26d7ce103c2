/* SPDX-License-Identifier: Apache-2.0 */
#include "assistant/assistant.h"

#include "assistant/internal.h"
#include "base/error_json.h"
#include "base/json.h"
#include "base/log.h"
#include "keys/key.h"

enum { MAX_KEYS_TRIED = 4, NOTICE_MAX_BYTES = 4096 };

/* Tells the clients what is done instead, and why. */
static bool tell_notice(Task *task, Turn *turn, const char *what, const Error *reason)
{
    Str text;
    PublicMessage buffer;
    JsonWriter *json = json_writer_new(task->arena, NOTICE_MAX_BYTES);
    Str message = arena_printf(task->arena, "%s: %s", what, error_public_message(reason, &buffer));
    json_begin_object(json);
    json_field_str(json, "message", message);
    json_end(json);
    if (!json_writer_text(json, &text))
        return true;
    return turn_tell(task, turn, "notice", str_slice(text, 1, text.size - 2));
}

/* The model that the request names, else that of the key, else the first of the table. */
static Str choose_model(const Services *services, const TurnRequest *request, const UserKey *key,
                        LlmProvider provider)
{
    size_t count = 0;
    const LlmModel *models = llm_models_list(services, &count);
    if (!str_empty(request->model))
        return request->model;
    if (!str_empty(key->model) || provider == LLM_LOCAL)
        return key->model;
    if (provider == LLM_AZURE)
        return key->deployment;
    for (size_t i = 0; i < count; i++)
        if (models[i].provider == provider)
            return models[i].name;
    return STR("");
}

static bool open_account(Task *task, const Services *services, const TurnRequest *request,
                         const UserKey *key, ModelAccount *out_asked)
{
    ModelAccount asked = {.account = key_account(key, STR("")), .key_id = key->id};
    asked.account.model = choose_model(services, request, key, asked.account.provider);
    if (str_empty(asked.account.model))
        return task_fail(task, ERR_VALIDATION, "no model is named, and the key has none either");
    asked.model = llm_model_find(services, asked.account.provider, asked.account.model);
    *out_asked = asked;
    return true;
}

/* Whether another key of the same provider may help. */
static bool is_of_the_key(LlmFailure failure)
{
    return failure == LLM_KEY_REFUSED || failure == LLM_NO_CREDIT || failure == LLM_LIMITED;
}

typedef struct {
    Uuid skipped[MAX_KEYS_TRIED];
    size_t count;
    Str provider; /* of the first key: another provider is never asked instead */
    bool is_over_quota;
} KeysTried;

/* Answers with one key. out_next: another key of the provider may help, and the user has not seen a
 * word yet. */
static bool answer_with_key(Task *task, Turn *turn, KeysTried *tried, UserKey *key, bool *out_next)
{
    ModelAccount asked;
    ModelOutcome outcome = {0};
    const Services *services = turn_services(turn);
    tried->provider = arena_copy(turn_arena(turn), key->provider);
    tried->skipped[tried->count++] = key->id;
    bool answered = open_account(task, services, turn_request(turn), key, &asked) &&
                    model_answer(task, turn, &asked, &outcome);
    *out_next = !answered && turn_text_bytes(turn) == 0 && is_of_the_key(outcome.failure) &&
                tried->count < MAX_KEYS_TRIED;
    tried->is_over_quota = outcome.is_over_quota;
    return answered;
}

/* Tries the keys of one provider in their order. */
static bool answer_with_keys(Task *task, Turn *turn, KeysTried *tried)
{
    bool next = true;
    const TurnRequest *request = turn_request(turn);
    const Services *services = turn_services(turn);
    while (next) {
        UserKey key;
        Error before = task->error;
        KeyChoice choice = {.has_id = request->has_key && tried->count == 0,
                            .id = request->key_id,
                            .provider = tried->count > 0 ? tried->provider : request->provider,
                            .skip = tried->skipped,
                            .skip_count = tried->count};
        task_forget_error(task);
        if (!key_pick(task, services, &choice, &key)) {
            if (task->error.code == ERR_NOT_FOUND && tried->count > 0)
                task->error = before;
            return false;
        }
        if (tried->count > 0 &&
            !tell_notice(task, turn, "another key of the provider is used", &before)) {
            key_forget(&key);
            return false;
        }
        bool answered = answer_with_key(task, turn, tried, &key, &next);
        key_forget(&key);
        if (answered)
            return true;
    }
    return false;
}

/* The sources answer where the model did not say a word. Tokens that it has used are billed. */
static bool fall_back(Task *task, Turn *turn)
{
    Error reason = task->error;
    log_warn("assistant.model_failed", LOG_TEXT("error", reason.message));
    task_forget_error(task);
    TurnResult *result = turn_result(turn);
    if (!result->has_usage)
        result->provider = result->model = STR("");
    return tell_notice(task, turn, "answered from the sources, because the model did not",
                       &reason) &&
           composer_answer(task, turn);
}

bool assistant_answer(Task *task, Turn *turn, void *context)
{
    KeysTried tried = {0};
    const TurnRequest *request = turn_request(turn);
    bool is_auto = str_equal(request->mode, STR("auto"));
    (void)context;
    if (str_equal(request->mode, STR("sources")))
        return composer_answer(task, turn);
    if (answer_with_keys(task, turn, &tried))
        return true;
    if (!is_auto || task_is_cancelled(task) || turn_text_bytes(turn) > 0 || tried.is_over_quota)
        return false;
    bool wants_key = request->has_key || !str_empty(request->provider);
    if (tried.count == 0 && !wants_key && task->error.code == ERR_NOT_FOUND) {
        task_forget_error(task);
        return composer_answer(task, turn);
    }
    return fall_back(task, turn);
}

bool assistant_prepare(Task *task, const Services *services, const TurnRequest *request,
                       Str *out_text)
{
    bool has_key = !str_equal(request->mode, STR("auto"));
    if (str_equal(request->mode, STR("sources")))
        return false;
    return (has_key || key_find_usable(task, services, &has_key)) && has_key &&
           window_search(task, services, request->question, out_text);
}
