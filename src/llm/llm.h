/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls to the providers of language models from a task: OpenAI, Anthropic, Azure OpenAI, and local
 * servers that speak the wire of OpenAI. See docs/providers.md.
 *
 *     LlmFailure failure;
 *     LlmStream *stream = llm_stream_start(task, services, &account, &request, &failure);
 *     if (!stream)
 *         return false; // task->error in words; failure says whether another key may help
 *     do {
 *         if (!llm_stream_next(task, stream, &event))
 *             return false; // llm_stream_failure(stream)
 *         …
 *     } while (event.kind != LLM_EVENT_END);
 *     llm_stream_end(stream);
 *
 * An account is asked as it is given: a failure never leads to another provider or another key.
 * Before the first token a call is repeated when the provider is overloaded or cannot be reached;
 * afterwards never. Cancelling the task at any wait aborts the transfer. No message holds the key.
 */
#pragma once

#include "engines/llm/llm_wire.h"
#include "services/services.h"

/* The provider to ask, and the key to ask with. */
typedef struct {
    LlmProvider provider;
    Str key;         /* empty for a local server without one */
    Str base_url;    /* local: one of the operator's origins, or empty: the first of them;
                        azure: the endpoint; else empty */
    Str deployment;  /* azure */
    Str api_version; /* azure; empty: the newer form of its addresses, which has none */
    Str model;
} LlmAccount;

/* Returns "openai", "anthropic", "azure" or "local". */
const char *llm_provider_name(LlmProvider provider);
bool llm_provider_find(Str name, LlmProvider *out_provider) MUST_USE;

/* Returns whether the operator allows the place that the account names, and the account has what
 * its provider needs. Asks nobody; keys are checked so when they are stored. */
bool llm_account_check(const Services *services, const LlmAccount *account, Error *error) MUST_USE;
/* Does the same, and stores the address at which the account is asked, in the arena. An address has
 * one spelling: in lower case, without the default port, a slash at the end, or the /v1 or /api of
 * its wire. */
bool llm_account_address(Arena *arena, const Services *services, const LlmAccount *account,
                         Str *out_address, Error *error) MUST_USE;

typedef struct LlmStream LlmStream;

/*
 * Sends the request and waits for the first event of the answer. Returns NULL on failure, with the
 * reason in task->error (retry_after_s where the provider states one) and in out_failure, which is
 * LLM_OK if the task was cancelled. What the account points to must stay valid until the stream has
 * ended, the request until this call returns. The stream belongs to the task's arena and ends with
 * it at the latest.
 */
LlmStream *llm_stream_start(Task *task, const Services *services, const LlmAccount *account,
                            const LlmRequest *request, LlmFailure *out_failure) MUST_USE;
/* Returns the body of such a request, byte by byte as llm_stream_start sends it, in the arena;
 * empty with the reason if it cannot be sent. */
Str llm_request_body(Arena *arena, const Services *services, const LlmAccount *account,
                     const LlmRequest *request, Error *error) MUST_USE;
/* Waits for the next event. Views are valid until the next call; those of LLM_EVENT_END, after
 * which there is none, as long as the task's arena. */
bool llm_stream_next(Task *task, LlmStream *stream, LlmEvent *out_event) MUST_USE;
/* From now on the answer is read no more often than every so many ms; see outgoing_call_gather. */
void llm_stream_gather(LlmStream *stream, uint32_t every_ms);
LlmFailure llm_stream_failure(const LlmStream *stream);
/* Ends the stream, which must not be used afterwards; an unread answer is aborted. NULL is allowed.
 */
void llm_stream_end(LlmStream *stream);

/* Returns whether the provider accepts the key. Asks it for its list of models, which costs
 * nothing. */
bool llm_check_key(Task *task, const Services *services, const LlmAccount *account) MUST_USE;

/* What is known of a model. Prices are millionths of a dollar for a million tokens; 0: free or
 * unknown. */
typedef struct {
    LlmProvider provider;
    bool wants_responses; /* it is asked by OpenAI's responses, not by chat completions */
    Str name;
    int64_t context_tokens;    /* of a request, at most */
    int64_t max_output_tokens; /* of one answer */
    int64_t input_price;
    int64_t cached_price; /* of input that the provider had in its cache */
    int64_t output_price;
} LlmModel;

typedef struct LlmModels LlmModels;

/* Loads the file of NETGURU_LLM_MODELS into the arena, or the built-in table where none is set.
 * Returns NULL, with the reason, when the file cannot be used. */
const LlmModels *llm_models_load(Arena *arena, const Config *settings, Error *error) MUST_USE;
/* Returns the models, ordered as in the table. services->models may be NULL: the built-in table. */
const LlmModel *llm_models_list(const Services *services, size_t *out_count);
/* Returns the model, or NULL if the table has none of that name. A name may end in a date or
 * "-latest"; models of Azure are those of OpenAI where the table has none of its own. */
const LlmModel *llm_model_find(const Services *services, LlmProvider provider, Str name);

/* Returns whether all settings of providers can be used; for the start of a server. */
bool llm_settings_check(const Config *settings, Error *error) MUST_USE;

/* A MetricCollect: calls, failures, tokens and the time to the first token, of each provider.
 * source is ignored. */
void llm_collect(MetricWriter *writer, const void *source);
