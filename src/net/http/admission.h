/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HttpAdmissions: how many requests of each class a server has in progress, and how many of them
 * belong to each client. A client is an IPv4 address, or the /64 of an IPv6 address, since one
 * host may use any address of its /64.
 *
 *     if (!http_admissions_take(&admissions, HTTP_CLASS_PUBLIC, client, &error))
 *         …                                  // 429 or 503 with Retry-After
 *     … run the request …
 *     http_admissions_give_back(&admissions, HTTP_CLASS_PUBLIC, client);
 */
#pragma once

#include "base/error.h"
#include "base/ip.h"
#include "net/http/server.h"

typedef struct {
    IpAddress address;
    uint32_t requests; /* requests of the public class */
    uint32_t bodies;   /* bodies that are being received */
} HttpClientUse;

/* Set the limits and zero the rest. */
typedef struct {
    uint32_t max_public;
    uint32_t max_public_per_client;
    uint32_t max_health;
    uint32_t public_count;
    uint32_t health_count;
    HttpClientUse *clients; /* with something in progress, in no order */
    size_t client_count;
    size_t client_room;
} HttpAdmissions;

/* Frees the table of clients; nothing may be in progress any more. */
void http_admissions_done(HttpAdmissions *admissions);
/* Returns the key under which an address is counted: IPv6 is cut to its /64. */
IpAddress http_client_key(IpAddress address);
/* Counts one more request. Fails with ERR_RATE_LIMIT_EXCEEDED at the client's limit, or with
 * ERR_UNAVAILABLE at the limit of the class. */
bool http_admissions_take(HttpAdmissions *admissions, HttpClass class, IpAddress client,
                          Error *error) MUST_USE;
/* Stops counting a request that http_admissions_take has counted. */
void http_admissions_give_back(HttpAdmissions *admissions, HttpClass class, IpAddress client);
/* Count a body of this client when its reception begins and ends. */
void http_admissions_body_begin(HttpAdmissions *admissions, IpAddress client);
void http_admissions_body_end(HttpAdmissions *admissions, IpAddress client);
/* Returns how many bodies of this client are being received. */
uint32_t http_admissions_body_count(const HttpAdmissions *admissions, IpAddress client);
