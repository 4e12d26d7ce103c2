/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In-flight limits: how many requests, transfers and open streams each user has in progress in this
 * process, so that no user can occupy the whole process by sending or reading slowly. Transfers are
 * requests that may take longer than a minute (uploads and downloads). Streams are WebSockets and
 * event streams, which stay open until one side closes them.
 *
 *     if (!in_flight_take(&in_flight, &user_id, IN_FLIGHT_REQUEST))
 *         …                                  // 429
 *     … run the request …
 *     in_flight_give_back(&in_flight, &user_id, IN_FLIGHT_REQUEST);
 */
#pragma once

#include "base/check.h"
#include "base/uuid.h"

typedef enum { IN_FLIGHT_REQUEST, IN_FLIGHT_TRANSFER, IN_FLIGHT_STREAM } InFlightKind;

enum {
    IN_FLIGHT_MAX_REQUESTS = 64, /* per user, including transfers */
    IN_FLIGHT_MAX_TRANSFERS = 16,
    IN_FLIGHT_MAX_STREAMS = 32, /* counted separately from requests */
};

typedef struct {
    Uuid user_id;
    uint32_t requests;
    uint32_t transfers;
    uint32_t streams;
} UserInFlight;

/* A zeroed table is empty. */
typedef struct {
    UserInFlight *items; /* users with something in progress, in no order */
    size_t count;
    size_t room;
} InFlight;

/* Frees the table. */
void in_flight_done(InFlight *in_flight);
/* Counts one more for the user. Returns false at the limit. */
bool in_flight_take(InFlight *in_flight, const Uuid *user_id, InFlightKind kind) MUST_USE;
/* Ends what one call of in_flight_take has counted. */
void in_flight_give_back(InFlight *in_flight, const Uuid *user_id, InFlightKind kind);
