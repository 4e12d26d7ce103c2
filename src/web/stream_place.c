/* SPDX-License-Identifier: Apache-2.0 */
#include "web/stream_place.h"

StreamPlace stream_place_take_over(const Request *request)
{
    check(request->stream_place); /* the route lacks .is_stream */
    StreamPlace place = *request->stream_place;
    request->stream_place->in_flight = NULL;
    return place;
}

void stream_place_release(StreamPlace *place)
{
    if (place->in_flight)
        in_flight_give_back(place->in_flight, &place->user_id, IN_FLIGHT_STREAM);
    place->in_flight = NULL;
}
