/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Application: what TCP or UDP carries, as far as the first bytes of one packet tell: DNS, DHCP,
 * NTP, BGP, TLS and HTTP. Nothing is reassembled: what begins in an earlier segment is unknown
 * here. The hierarchy of protocols has none of these.
 */
#pragma once

#include "engines/pcap/dissection.h"
#include "engines/pcap/fields.h"

typedef struct {
    const char *name; /* "dns"; NULL: nothing that is known */
    Slice payload;    /* of TCP or UDP; empty if there is none */
    const struct ApplicationKind *kind;
} Application;

/* Looks at the payload of the innermost layer, if that is TCP or UDP. */
void application_find(const Dissection *dissection, Application *out_application);
/* Appends a few words about the application that was found. */
void application_write_info(StrBuf *out, const Application *application);
/* Lists the fields of the application that was found, and sets header and end. */
void application_describe(LayerFields *layer, const Application *application);

/* What application.c knows of each. The payload is not empty. */
typedef struct ApplicationKind {
    const char *name;
    bool (*is_it)(Slice payload, const uint16_t port[2], bool is_tcp);
    void (*write_info)(StrBuf *out, Slice payload);
    void (*describe)(LayerFields *layer);
} ApplicationKind;

/* Appends bytes of a packet, with '?' for those that do not print. */
void application_print(StrBuf *out, const void *bytes, size_t size);
static inline bool application_on_port(const uint16_t port[2], uint16_t wanted)
{
    return port[0] == wanted || port[1] == wanted;
}

/* application_dns.c */
extern const ApplicationKind application_dns;
extern const ApplicationKind application_dns_over_tcp;
extern const ApplicationKind application_mdns;
/* application_web.c */
extern const ApplicationKind application_tls;
extern const ApplicationKind application_http;
