/* SPDX-License-Identifier: Apache-2.0 */
/*
 * StreamPlace: the place among the user's streams that a WebSocket or an event stream holds longer
 * than its request. The router takes it before the handler runs; whatever the handler opens takes
 * it over, and releases it when it is closed. For web/ alone.
 */
#pragma once

#include "web/in_flight.h"
#include "web/request.h"

typedef struct StreamPlace {
    InFlight *in_flight; /* NULL: holds nothing */
    Uuid user_id;
} StreamPlace;

/* Takes over the place of a request to a route with `.is_stream`. */
StreamPlace stream_place_take_over(const Request *request);
/* Gives the place back, once. */
void stream_place_release(StreamPlace *place);
