/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services: what every feature may use of the process it runs in. Made once at the start by app/.
 */
#pragma once

#include "base/config.h"
#include "db/db.h"
#include "net/client_address.h"
#include "redis/redis.h"
#include "task/workers.h"

typedef struct {
    Loop *loop;
    Db *db;
    Redis *redis;
    const Config *settings;
    Str token_secret;
    struct Outgoing *outgoing;      /* HTTP to other servers; only in a server */
    const struct LlmModels *models; /* NULL: the built-in table; see llm/llm.h */
    struct Keyring *keyring;        /* encrypts values of rows; NULL in work */
    Workers *hashing;               /* threads that hash passwords; NULL where none are hashed */
    TrustedProxies trusted_proxies;
    Str store_dir;                        /* of uploaded files */
    struct Embedder *embedder;            /* of the first generation, or NULL */
    struct Generations *generations;      /* models of later ones; NULL: there are none */
    Str embedder_missing;                 /* why the embedder is NULL */
    struct EmbeddingGate *embedding_gate; /* of all that embed */
    struct RecallSamples *recall;         /* questions for the self-check of search, or NULL */
    struct Conversations *conversations;  /* the turns of a server; only there */
    struct ApiDocument *api_document;     /* describes the routes; only in a server */
    struct McpCalls *mcp;                 /* running requests of MCP; only in a server */
    struct Health *health;                /* the last verdict of /health/ready; only in a server */
    struct Browser *browser;              /* the page for the browser; only in a server */
    struct PacketGate *packet_gate;       /* of all that read packets; only in a server */
    struct Metrics *metrics;              /* what Prometheus scrapes; NULL in commands */
} Services;
