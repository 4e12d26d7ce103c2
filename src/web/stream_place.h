/* SPDX-License-Identifier: Apache-2.0 */
/*
 * StreamPlace: the place among the user's streams that a WebSocket or an event stream holds longer
 * than its request. The router takes it before the handler runs. The stream that the handler opens
 * takes it over, and releases it when the stream is closed. Only for web/.
 */
#pragma once

#include "web/in_flight.h"
#include "web/request.h"

typedef struct StreamPlace {
    InFlight *in_flight; /* NULL: holds nothing */
    Uuid user_id;
} StreamPlace;

/* Takes over the place that the router took for a request to a route with `.is_stream`. */
StreamPlace stream_place_take_over(const Request *request);
/* Gives the place back. Further calls do nothing. */
void stream_place_release(StreamPlace *place);
