/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"
#include "net/outgoing/address.h"
#include "net/outgoing/internal.h"

bool reach_allows(const OutgoingTransfer *transfer, IpAddress address)
{
    return transfer->request->reach == OUTGOING_ANY || outgoing_address_is_public(address);
}

static void add_header(OutgoingTransfer *transfer, const char *line)
{
    struct curl_slist *longer = curl_slist_append(transfer->header_lines, line);
    check(longer);
    transfer->header_lines = longer;
}

static void add_headers(Arena *arena, OutgoingTransfer *transfer)
{
    bool has_type = false;
    add_header(transfer, "Expect:");
    for (size_t i = 0; i < transfer->header_count; i++) {
        const OutgoingHeader *header = &transfer->headers[i];
        has_type |= str_equal_ignore_case(header->name, STR("content-type"));
        /* libcurl's way of writing a header without a value. */
        Str line = str_empty(header->value)
                       ? arena_printf(arena, "%.*s;", STR_ARGS(header->name))
                       : arena_printf(arena, "%.*s: %.*s", STR_ARGS(header->name),
                                      STR_ARGS(header->value));
        add_header(transfer, line.data);
    }
    if (!has_type) /* libcurl would call any body a form */
        add_header(transfer, "Content-Type:");
    curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->header_lines);
}

static void set_security(OutgoingTransfer *transfer)
{
    CURL *easy = transfer->easy;
    const Outgoing *outgoing = transfer->outgoing;
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    /* One file and no directory: only then libcurl keeps the parsed bundle between connections. */
    curl_easy_setopt(easy, CURLOPT_CAINFO, outgoing->ca_path);
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(easy, CURLOPT_PROXY, transfer->through_proxy ? outgoing->proxy.text : "");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
}

static void set_transport(OutgoingTransfer *transfer)
{
    CURL *easy = transfer->easy;
    uint64_t now = time_monotonic_ms();
    uint64_t until = transfer->connect_until_ms;
    curl_easy_setopt(easy, CURLOPT_URL, transfer->url->text);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    if (transfer->request->read_bytes)
        curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)transfer->request->read_bytes);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, transfer->outgoing->options.user_agent);
    /* Each call has a connection of its own, so pausing or aborting one cannot delay another. */
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(until > now ? until - now : 1));
}

/* Writes the allowed addresses of a host as "+HOST:PORT:ADDRESS,…". Returns false if there are
 * none. */
static bool write_addresses(const OutgoingTransfer *transfer, const OutgoingHost *host,
                            uint16_t port, StrBuf *out)
{
    IpText text;
    bool any = false;
    bool is_proxy = host == transfer->outgoing->proxy_host;
    strbuf_printf(out, "+%s:%u:", host->name, port);
    for (uint32_t i = 0; i < host->address_count; i++) {
        IpAddress address = host->addresses[i];
        if (!is_proxy && !reach_allows(transfer, address))
            continue;
        Str written = ip_format(address, &text);
        bool is_v6 = address.family == IP_V6;
        strbuf_printf(out, "%s%s%.*s%s", any ? "," : "", is_v6 ? "[" : "", STR_ARGS(written),
                      is_v6 ? "]" : "");
        any = true;
    }
    strbuf_append_byte(out, '\0');
    return any;
}

/* Gives the proxy the address that was checked, and not a name, which it might resolve differently.
 */
static bool set_proxied_address(OutgoingTransfer *transfer)
{
    IpText text;
    auto_strbuf StrBuf line = {0};
    IpAddress address = transfer->url->address;
    for (uint32_t i = 0; !ip_is_set(address) && i < transfer->host->address_count; i++) {
        if (reach_allows(transfer, transfer->host->addresses[i]))
            address = transfer->host->addresses[i];
    }
    if (!ip_is_set(address) || !reach_allows(transfer, address))
        return false;
    bool is_v6 = address.family == IP_V6;
    strbuf_init(&line, OUTGOING_URL_MAX_BYTES);
    strbuf_printf(&line, "::%s%.*s%s:%u", is_v6 ? "[" : "", STR_ARGS(ip_format(address, &text)),
                  is_v6 ? "]" : "", transfer->url->port);
    strbuf_append_byte(&line, '\0');
    transfer->connect_to = curl_slist_append(NULL, line.data);
    check(transfer->connect_to);
    curl_easy_setopt(transfer->easy, CURLOPT_CONNECT_TO, transfer->connect_to);
    curl_easy_setopt(transfer->easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
    return true;
}

bool setup_addresses(OutgoingTransfer *transfer)
{
    auto_strbuf StrBuf line = {0};
    const Outgoing *outgoing = transfer->outgoing;
    const OutgoingHost *host = transfer->through_proxy ? outgoing->proxy_host : transfer->host;
    const OutgoingUrl *url = transfer->through_proxy ? &outgoing->proxy : transfer->url;
    if (transfer->through_proxy && transfer->request->reach == OUTGOING_PUBLIC &&
        !set_proxied_address(transfer))
        return false;
    if (transfer->request->unix_socket) {
        curl_easy_setopt(transfer->easy, CURLOPT_UNIX_SOCKET_PATH, transfer->request->unix_socket);
        return transfer->request->reach == OUTGOING_ANY;
    }
    if (ip_is_set(url->address))
        return transfer->through_proxy || reach_allows(transfer, url->address);
    strbuf_init(&line, OUTGOING_URL_MAX_BYTES);
    if (!write_addresses(transfer, host, url->port, &line))
        return false;
    transfer->resolve = curl_slist_append(NULL, line.data);
    check(transfer->resolve);
    curl_easy_setopt(transfer->easy, CURLOPT_RESOLVE, transfer->resolve);
    return true;
}

void setup_options(Arena *arena, OutgoingTransfer *transfer)
{
    set_security(transfer);
    set_transport(transfer);
    add_headers(arena, transfer);
}
