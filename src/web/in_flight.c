/* SPDX-License-Identifier: Apache-2.0 */
#include "web/in_flight.h"

#include "base/mem.h"

enum { FIRST_ROOM = 16 };

void in_flight_done(InFlight *in_flight)
{
    mem_free(in_flight->items);
    *in_flight = (InFlight){0};
}

static UserInFlight *find(const InFlight *in_flight, const Uuid *user_id)
{
    for (size_t i = 0; i < in_flight->count; i++) {
        if (uuid_equal(&in_flight->items[i].user_id, user_id))
            return &in_flight->items[i];
    }
    return NULL;
}

static UserInFlight *add(InFlight *in_flight, const Uuid *user_id)
{
    if (!in_flight->items || in_flight->count == in_flight->room) {
        in_flight->room = MAX_OF(in_flight->room * 2, (size_t)FIRST_ROOM);
        in_flight->items = mem_resize(in_flight->items, in_flight->room, sizeof(UserInFlight));
    }
    in_flight->items[in_flight->count] = (UserInFlight){.user_id = *user_id};
    return &in_flight->items[in_flight->count++];
}

static bool is_at_limit(const UserInFlight *user, InFlightKind kind)
{
    if (kind == IN_FLIGHT_STREAM)
        return user->streams == IN_FLIGHT_MAX_STREAMS;
    return user->requests == IN_FLIGHT_MAX_REQUESTS ||
           (kind == IN_FLIGHT_TRANSFER && user->transfers == IN_FLIGHT_MAX_TRANSFERS);
}

bool in_flight_take(InFlight *in_flight, const Uuid *user_id, InFlightKind kind)
{
    UserInFlight *user = find(in_flight, user_id);
    if (!user)
        user = add(in_flight, user_id);
    if (is_at_limit(user, kind))
        return false;
    user->streams += kind == IN_FLIGHT_STREAM;
    user->requests += kind != IN_FLIGHT_STREAM;
    user->transfers += kind == IN_FLIGHT_TRANSFER;
    return true;
}

void in_flight_give_back(InFlight *in_flight, const Uuid *user_id, InFlightKind kind)
{
    UserInFlight *user = find(in_flight, user_id);
    check(user && (kind == IN_FLIGHT_STREAM ? user->streams : user->requests) > 0 &&
          user->transfers >= (kind == IN_FLIGHT_TRANSFER));
    user->streams -= kind == IN_FLIGHT_STREAM;
    user->requests -= kind != IN_FLIGHT_STREAM;
    user->transfers -= kind == IN_FLIGHT_TRANSFER;
    if (user->requests == 0 && user->streams == 0)
        *user = in_flight->items[--in_flight->count];
}
