/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/pcap/application.h"

#include <inttypes.h>

#define ADD(layer, table, base) fields_add_all(layer, table, COUNT_OF(table), base)

void application_print(StrBuf *out, const void *bytes, size_t size)
{
    const char *at = bytes;
    for (size_t i = 0; i < size; i++)
        strbuf_append_byte(out, at[i] >= ' ' && at[i] < 0x7F ? at[i] : '?');
}

/* RFC 4271 section 4.1: a marker of ones, a length, a type. */
static bool is_bgp(Slice payload, const uint16_t port[2], bool is_tcp)
{
    enum { BGP_PORT = 179, MARKER_BYTES = 16, HEADER_BYTES = 19 };
    if (!is_tcp || !application_on_port(port, BGP_PORT) || payload.captured < HEADER_BYTES)
        return false;
    for (uint32_t i = 0; i < MARKER_BYTES; i++) {
        if (payload.data[i] != 0xff)
            return false;
    }
    return load_be16(payload.data + MARKER_BYTES) >= HEADER_BYTES;
}

static const char *meaning_bgp(uint64_t type)
{
    static const char *const names[] = {NULL,           "OPEN",      "UPDATE",
                                        "NOTIFICATION", "KEEPALIVE", "ROUTE-REFRESH"};
    return type < COUNT_OF(names) ? names[type] : NULL;
}

static void write_bgp(StrBuf *out, Slice payload)
{
    enum { TYPE_AT = 18 };
    const char *name = meaning_bgp(payload.data[TYPE_AT]);
    strbuf_printf(out, "%s", name ? name : "message of unknown type");
}

/* A segment may hold several messages. */
static void describe_bgp(LayerFields *layer)
{
    enum { HEADER_BYTES = 19, OPEN = 1, NOTIFICATION = 3 };
    static const FieldSpec header[] = {
        {"bgp.length", 16, 2, AS_NUMBER},
        {"bgp.type", 18, 1, AS_NUMBER, 0, 0, meaning_bgp},
    };
    static const FieldSpec open[] = {
        {"bgp.open.version", 19, 1, AS_NUMBER},
        {"bgp.open.myas", 20, 2, AS_NUMBER},
        {"bgp.open.holdtime", 22, 2, AS_NUMBER},
        {"bgp.open.identifier", 24, 4, AS_IPV4},
    };
    static const FieldSpec notification[] = {
        {"bgp.notify.major_error", 19, 1, AS_NUMBER},
        {"bgp.notify.minor_error", 20, 1, AS_NUMBER},
    };
    for (uint32_t at = 0; !layer->limited && fields_has(layer, at, HEADER_BYTES);) {
        uint32_t size = load_be16(layer->slice.data + at + 16);
        uint8_t type = layer->slice.data[at + 18];
        ADD(layer, header, at);
        if (type == OPEN)
            ADD(layer, open, at);
        if (type == NOTIFICATION)
            ADD(layer, notification, at);
        if (size < HEADER_BYTES)
            break;
        at += size;
    }
}

enum {
    DHCP_OPTIONS = 240,
    DHCP_OPTION_PAD = 0,
    DHCP_OPTION_TYPE = 53,
    DHCP_OPTION_END = 255,
};

/* RFC 2131. */
static bool is_dhcp(Slice payload, const uint16_t port[2], bool is_tcp)
{
    enum { SERVER_PORT = 67, CLIENT_PORT = 68, COOKIE = 0x63825363, COOKIE_AT = 236 };
    return !is_tcp &&
           (application_on_port(port, SERVER_PORT) || application_on_port(port, CLIENT_PORT)) &&
           payload.captured >= DHCP_OPTIONS && load_be32(payload.data + COOKIE_AT) == COOKIE;
}

/* Returns where the value of the option for the type of the message is, or 0. */
static uint32_t find_dhcp_type(Slice payload)
{
    uint32_t at = DHCP_OPTIONS;
    while (at + 2 < payload.captured && payload.data[at] != DHCP_OPTION_END) {
        if (payload.data[at] == DHCP_OPTION_PAD) {
            at++;
            continue;
        }
        if (payload.data[at] == DHCP_OPTION_TYPE && payload.data[at + 1] == 1)
            return at + 2;
        at += 2u + payload.data[at + 1];
    }
    return 0;
}

static const char *meaning_dhcp(uint64_t type)
{
    static const char *const names[] = {NULL,  "Discover", "Offer",   "Request", "Decline",
                                        "ACK", "NAK",      "Release", "Inform"};
    return type < COUNT_OF(names) ? names[type] : NULL;
}

static void write_dhcp(StrBuf *out, Slice payload)
{
    uint32_t at = find_dhcp_type(payload);
    const char *name = at ? meaning_dhcp(payload.data[at]) : NULL;
    strbuf_printf(out, "%s, transaction 0x%08" PRIx32, name ? name : "BOOTP",
                  load_be32(payload.data + 4));
}

static void describe_dhcp(LayerFields *layer)
{
    static const FieldSpec header[] = {
        {"dhcp.type", 0, 1, AS_NUMBER},      {"dhcp.hops", 3, 1, AS_NUMBER},
        {"dhcp.id", 4, 4, AS_HEX},           {"dhcp.secs", 8, 2, AS_NUMBER},
        {"dhcp.ip.client", 12, 4, AS_IPV4},  {"dhcp.ip.your", 16, 4, AS_IPV4},
        {"dhcp.ip.server", 20, 4, AS_IPV4},  {"dhcp.ip.relay", 24, 4, AS_IPV4},
        {"dhcp.hw.mac_addr", 28, 6, AS_MAC},
    };
    static const FieldSpec type = {"dhcp.option.dhcp", 0, 1, AS_NUMBER, 0, 0, meaning_dhcp};
    ADD(layer, header, 0);
    uint32_t at = find_dhcp_type(layer->slice);
    if (at)
        (void)fields_add(layer, &type, at);
}

/* RFC 5905; control messages of mode 6 and 7 have another form. */
static bool is_ntp(Slice payload, const uint16_t port[2], bool is_tcp)
{
    enum { NTP_PORT = 123, HEADER_BYTES = 48, MODE_CONTROL = 6 };
    return !is_tcp && application_on_port(port, NTP_PORT) && payload.captured >= HEADER_BYTES &&
           (payload.data[0] & 7) < MODE_CONTROL;
}

static const char *meaning_ntp_mode(uint64_t mode)
{
    static const char *const names[] = {NULL,     "symmetric active", "symmetric passive",
                                        "client", "server",           "broadcast"};
    return mode < COUNT_OF(names) ? names[mode] : NULL;
}

static void write_ntp(StrBuf *out, Slice payload)
{
    const char *mode = meaning_ntp_mode(payload.data[0] & 7);
    strbuf_printf(out, "version %u, %s, stratum %u", payload.data[0] >> 3 & 7,
                  mode ? mode : "reserved mode", payload.data[1]);
}

static void describe_ntp(LayerFields *layer)
{
    static const FieldSpec header[] = {
        {"ntp.flags.vn", 0, 1, AS_NUMBER, 3, 3},
        {"ntp.flags.mode", 0, 1, AS_NUMBER, 0, 3, meaning_ntp_mode},
        {"ntp.stratum", 1, 1, AS_NUMBER},
    };
    ADD(layer, header, 0);
}

static const ApplicationKind application_bgp = {"bgp", is_bgp, write_bgp, describe_bgp};
static const ApplicationKind application_dhcp = {"dhcp", is_dhcp, write_dhcp, describe_dhcp};
static const ApplicationKind application_ntp = {"ntp", is_ntp, write_ntp, describe_ntp};

static const ApplicationKind *const kinds[] = {
    &application_dns,  &application_dns_over_tcp, &application_mdns, &application_bgp,
    &application_dhcp, &application_ntp,          &application_tls,  &application_http,
};

static Slice payload_of(Protocol protocol, Slice layer)
{
    enum { TCP_BYTES = 20, UDP_BYTES = 8 };
    if (protocol != PROTOCOL_TCP) {
        uint32_t size = layer.captured >= UDP_BYTES ? load_be16(layer.data + 4) : 0;
        if (protocol == PROTOCOL_UDP && size >= UDP_BYTES)
            layer = slice_trim(layer, size);
        return slice_after(layer, UDP_BYTES);
    }
    uint32_t header = layer.captured >= TCP_BYTES ? (layer.data[12] >> 4) * 4u : 0;
    return slice_after(layer, MAX_OF(header, (uint32_t)TCP_BYTES));
}

void application_find(const Dissection *dissection, Application *out_application)
{
    *out_application = (Application){0};
    if (dissection->layer_count == 0)
        return;
    const DissectedLayer *last = &dissection->layers[dissection->layer_count - 1];
    bool is_tcp = last->protocol == PROTOCOL_TCP;
    if (!is_tcp && last->protocol != PROTOCOL_UDP && last->protocol != PROTOCOL_UDPLITE)
        return;
    Slice payload = payload_of(last->protocol, last->slice);
    if (payload.captured == 0)
        return;
    const uint16_t port[2] = {load_be16(last->slice.data), load_be16(last->slice.data + 2)};
    out_application->payload = payload;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (kinds[i]->is_it(payload, port, is_tcp)) {
            out_application->kind = kinds[i];
            out_application->name = kinds[i]->name;
            return;
        }
    }
}

void application_write_info(StrBuf *out, const Application *application)
{
    application->kind->write_info(out, application->payload);
}

void application_describe(LayerFields *layer, const Application *application)
{
    layer->header = layer->slice.captured;
    layer->end = layer->slice.captured;
    application->kind->describe(layer);
}
