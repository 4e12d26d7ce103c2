/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/personal_token.h"
#include "accounts/session.h"
#include "accounts/ticket.h"

static Str bearer_token(const Request *request)
{
    Str header = request_header(request, "authorization");
    if (!str_starts_with_ignore_case(header, STR("bearer ")))
        return STR("");
    return str_trim(str_from(header, 7));
}

static bool enforce_rate(Task *task, const RateState *rate, Response *response)
{
    Arena *arena = task->arena;
    if (rate->limit == 0)
        return true;
    response_add_header(response, STR("X-RateLimit-Limit"),
                        arena_printf(arena, "%lld", (long long)rate->limit));
    response_add_header(response, STR("X-RateLimit-Remaining"),
                        arena_printf(arena, "%lld", (long long)rate->remaining));
    response_add_header(response, STR("X-RateLimit-Reset"),
                        arena_printf(arena, "%lld", (long long)rate->reset_s));
    return rate_enforce(task, rate);
}

bool accounts_gate(Task *task, const Route *route, Request *request, Response *response)
{
    RateState rate = {.allowed = true};
    const Services *services = request->services;
    const RateLimit *limit = route->limit;
    if (route->access == ROUTE_PUBLIC) {
        return !limit ||
               (rate_count_address(task, services, request->client_address, limit, &rate) &&
                enforce_rate(task, &rate, response));
    }
    Str token = bearer_token(request);
    Str ticket = route->is_stream && str_empty(token) ? ticket_of_request(request) : STR("");
    if (!str_empty(ticket))
        return ticket_redeem(task, services, ticket, request);
    if (str_empty(token))
        return task_fail(task, ERR_AUTH, "an access token is needed: Authorization: Bearer …");
    bool is_known = personal_token_is(token)
                        ? personal_token_check(task, services, token, limit, request, &rate)
                        : session_check(task, services, token, limit, request, &rate);
    if (!is_known || !enforce_rate(task, &rate, response) ||
        (request->is_personal && !personal_token_check_scope(task, route, request)))
        return false;
    if (route->access == ROUTE_ADMIN && !request->is_superuser)
        return task_fail(task, ERR_FORBIDDEN, "for administrators only");
    return true;
}
