/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/account.h"

#include "base/ip.h"

/* Returns the name or address of "name:port" or "[address]:port". */
static Str without_port(Str host)
{
    size_t bracket = str_find_byte(host, ']');
    if (str_starts_with(host, STR("[")) && bracket != STR_NOT_FOUND)
        return str_slice(host, 1, bracket - 1);
    size_t colon = str_find_byte(host, ':');
    return colon == STR_NOT_FOUND ? host : str_slice(host, 0, colon);
}

static bool names_this_machine(Str host)
{
    IpAddress address;
    Str name = without_port(host);
    return str_equal_ignore_case(name, STR("localhost")) ||
           (ip_parse(name, &address) && ip_is_loopback(address));
}

bool account_offers_demo(const Request *request)
{
    return config_bool(request->services->settings, "NETGURU_DEMO") && request_is_local(request) &&
           names_this_machine(request_header(request, "host"));
}
