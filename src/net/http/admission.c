/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http/admission.h"

#include "base/mem.h"

enum { FIRST_ROOM = 16, IPV6_CLIENT_BITS = 64 };

void http_admissions_done(HttpAdmissions *admissions)
{
    check(admissions->client_count == 0);
    mem_free(admissions->clients);
    admissions->clients = NULL;
    admissions->client_room = 0;
}

IpAddress http_client_key(IpAddress address)
{
    address = ip_unmap(address);
    if (address.family != IP_V6)
        return address;
    return ip_prefix_network((IpPrefix){address, IPV6_CLIENT_BITS}).address;
}

static HttpClientUse *find(const HttpAdmissions *admissions, IpAddress client)
{
    for (size_t i = 0; i < admissions->client_count; i++) {
        if (ip_equal(admissions->clients[i].address, client))
            return &admissions->clients[i];
    }
    return NULL;
}

static HttpClientUse *find_or_add(HttpAdmissions *admissions, IpAddress client)
{
    HttpClientUse *use = find(admissions, client);
    if (use)
        return use;
    if (admissions->client_count == admissions->client_room) {
        admissions->client_room = MAX_OF(admissions->client_room * 2, (size_t)FIRST_ROOM);
        admissions->clients =
            mem_resize(admissions->clients, admissions->client_room, sizeof(HttpClientUse));
    }
    use = &admissions->clients[admissions->client_count++];
    *use = (HttpClientUse){.address = client};
    return use;
}

static void remove_unused(HttpAdmissions *admissions, HttpClientUse *use)
{
    if (use->requests == 0 && use->bodies == 0)
        *use = admissions->clients[--admissions->client_count];
}

static bool fail_busy(Error *error, ErrorCode code, const char *message)
{
    error_set(error, code, "%s", message);
    error->retry_after_s = 1;
    return false;
}

static bool take_public(HttpAdmissions *admissions, IpAddress client, Error *error)
{
    const HttpClientUse *use = find(admissions, client);
    if (use && use->requests >= admissions->max_public_per_client)
        return fail_busy(error, ERR_RATE_LIMIT_EXCEEDED,
                         "too many requests from this address are in progress");
    if (admissions->public_count >= admissions->max_public)
        return fail_busy(error, ERR_UNAVAILABLE, "the server is busy");
    admissions->public_count++;
    find_or_add(admissions, client)->requests++;
    return true;
}

bool http_admissions_take(HttpAdmissions *admissions, HttpClass class, IpAddress client,
                          Error *error)
{
    switch (class) {
    case HTTP_CLASS_PUBLIC:
        return take_public(admissions, client, error);
    case HTTP_CLASS_HEALTH:
        if (admissions->health_count >= admissions->max_health)
            return fail_busy(error, ERR_UNAVAILABLE, "the server is busy");
        admissions->health_count++;
        return true;
    default:
        return true;
    }
}

void http_admissions_give_back(HttpAdmissions *admissions, HttpClass class, IpAddress client)
{
    if (class == HTTP_CLASS_HEALTH)
        admissions->health_count--;
    if (class != HTTP_CLASS_PUBLIC)
        return;
    HttpClientUse *use = find(admissions, client);
    check(use && use->requests > 0 && admissions->public_count > 0);
    admissions->public_count--;
    use->requests--;
    remove_unused(admissions, use);
}

void http_admissions_body_begin(HttpAdmissions *admissions, IpAddress client)
{
    find_or_add(admissions, client)->bodies++;
}

uint32_t http_admissions_body_count(const HttpAdmissions *admissions, IpAddress client)
{
    const HttpClientUse *use = find(admissions, client);
    return use ? use->bodies : 0;
}

void http_admissions_body_end(HttpAdmissions *admissions, IpAddress client)
{
    HttpClientUse *use = find(admissions, client);
    check(use && use->bodies > 0);
    use->bodies--;
    remove_unused(admissions, use);
}
