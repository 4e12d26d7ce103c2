/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The declarations that the files of this folder share; no other file includes it.
 *
 *     openai.c, anthropic.c, azure.c, local.c   one provider each, behind struct Provider
 *     address.c       addresses that operators and users give
 *     account.c       where the calls of an account go
 *     models.c        the table of models; models_file.c reads the operator's
 *     failure.c       failures in words
 *     metrics.c       counts of calls
 *     stream.c        one answer
 *     key_check.c     whether a key is accepted
 */
#pragma once

#include "llm/llm.h"
#include "net/outgoing/outgoing.h"

/* An http or https address in lower case, without the default port and trailing slashes. */
typedef struct {
    bool is_https;
    bool has_port; /* one other than the default */
    Str host;
    Str origin; /* "https://host:port" */
    Str path;   /* empty, or from "/" on */
} Address;

enum { ADDRESS_MAX_BYTES = 512, LLM_KEY_MAX_BYTES = 4096, LLM_WORD_MAX_BYTES = 64 };

/* Parses an address without user, query and fragment. */
bool address_parse(Arena *arena, Str text, Address *out_address, Error *error) MUST_USE;
/* Takes the next address off a list between commas. Returns false at its end, and with
 * error->code set when an address is malformed. */
bool address_next(Arena *arena, Str *rest, Address *out_address, Error *error);
/* Removes the suffix from the path, if it has it. */
void address_strip(Address *address, Str suffix);

/* Where the calls of an account go. */
typedef struct {
    Str base; /* of the addresses of the API */
    OutgoingReach reach;
    bool is_ollama; /* speaks Ollama's own chat */
} Place;

typedef struct {
    const char *name;  /* in settings and the database */
    const char *title; /* in messages */
    bool needs_key;
    LlmWire wire; /* of models that do not want responses */
    /* Finds the place, or refuses an address that the operator does not allow. */
    bool (*find_place)(Arena *arena, const Config *settings, const LlmAccount *account,
                       Place *out_place, Error *error);
    Str (*answer_url)(Arena *arena, const Place *place, const LlmAccount *account, LlmWire wire);
    Str (*models_url)(Arena *arena, const Place *place, const LlmAccount *account);
    /* Adds the headers that carry the key. */
    void (*add_headers)(Arena *arena, const Config *settings, const LlmAccount *account,
                        OutgoingHeader *headers, size_t *count);
    bool (*check_settings)(Arena *arena, const Config *settings, Error *error);
} Provider;

extern const Provider provider_openai;
extern const Provider provider_anthropic;
extern const Provider provider_azure;
extern const Provider provider_local;

const Provider *provider_of(LlmProvider provider);

/* metrics.c: count an attempt, a failed call, the first event of an answer, and what one used. */
void count_attempt(LlmProvider provider);
void count_failure(LlmProvider provider, LlmFailure failure);
void count_first_event(const Task *task, LlmProvider provider, uint64_t started_ns);
void count_usage(LlmProvider provider, const LlmUsage *usage);
const char *llm_failure_name(LlmFailure failure);

void add_bearer(Arena *arena, Str key, OutgoingHeader *headers, size_t *count);
/* Reads an address of the operator, which may be in any network. */
bool place_of_setting(Arena *arena, const Config *settings, const char *name, Place *out_place,
                      Error *error) MUST_USE;

enum { LLM_MAX_HEADERS = 6 };

/* A call that is ready to be made, but for its method and body. */
typedef struct {
    const Provider *provider;
    LlmWire wire;
    Str model; /* as the provider calls it */
    int64_t context_tokens;
    Place place;
    OutgoingHeader headers[LLM_MAX_HEADERS];
    size_t header_count;
} Target;

/* Checks the account and prepares its calls. Fails with ERR_VALIDATION or ERR_FORBIDDEN. */
bool target_find(Arena *arena, const Services *services, const LlmAccount *account,
                 Target *out_target, Error *error) MUST_USE;

/* models_file.c */
const LlmModel *models_file_read(Arena *arena, const char *path, size_t *out_count,
                                 Error *error) MUST_USE;

/* failure.c */
typedef struct {
    const LlmAccount *account;
    LlmTrouble trouble;
    int status; /* 0: none */
    uint32_t retry_after_s;
    uint32_t silent_s; /* of LLM_SILENT */
} Failure;

/* Records the failure in words; always returns false. */
bool failure_tell(Task *task, const Failure *failure);
/* Returns the class of a failure of the connection, whose words task->error has. */
LlmFailure failure_of_connection(const Task *task, bool was_connected, bool has_answered);
/* Reads the headers retry-after-ms and Retry-After (seconds, or a date) of an answer with its Date.
 * Returns milliseconds, at most a day; 0: none. */
uint64_t failure_retry_after_ms(Str milliseconds, Str seconds_or_date, Str date);
