/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields: the fields of one layer of a packet. Most headers are tables of FieldSpec; the others
 * call the functions below. A field whose bytes were not captured is left out.
 *
 * Values are written as tshark 4.0 shows them (-T pdml).
 */
#pragma once

#include "base/vec.h"
#include "engines/pcap/bytes.h"
#include "engines/pcap/packets.h"
#include "engines/pcap/protocol.h"

typedef VEC(PcapField) PcapFieldVec;

/* A layer whose fields are being listed. */
typedef struct {
    Arena *arena;
    Slice slice;     /* from its first byte to the end of what carries it */
    uint32_t offset; /* of the first byte in the packet */
    uint32_t link_type;
    uint32_t receiver_base; /* of TCP: the number from which the receiver counts; 0: unknown */
    PcapFieldVec fields;
    uint32_t room;   /* how many fields may be added */
    bool limited;    /* there were more */
    uint32_t header; /* bytes of the layer without its payload */
    uint32_t end;    /* bytes of the layer with its payload; what follows is padding */
} LayerFields;

typedef enum { AS_NUMBER, AS_HEX, AS_MAC, AS_IPV4, AS_IPV6, AS_BYTES, AS_LITTLE } FieldForm;

/* Returns what a value stands for, or NULL. */
typedef const char *FieldMeaning(uint64_t value);

typedef struct {
    const char *name;
    uint16_t at;
    uint8_t size; /* in bytes */
    FieldForm form;
    uint8_t shift; /* of numbers: the bits below the field */
    uint8_t width; /* in bits; 0: all of them */
    FieldMeaning *meaning;
} FieldSpec;

/* Returns the number of size bytes, at most 8, which must be captured. */
uint64_t fields_load(const LayerFields *layer, uint32_t at, uint32_t size);
bool fields_has(const LayerFields *layer, uint32_t at, uint32_t size);

/* Adds the field; spec->at counts from the byte base of the layer. Returns NULL if its bytes were
 * not captured, or there is no room. */
PcapField *fields_add(LayerFields *layer, const FieldSpec *spec, uint32_t base);
void fields_add_all(LayerFields *layer, const FieldSpec *specs, size_t count, uint32_t base);
PcapField *fields_number(LayerFields *layer, const char *name, uint32_t at, uint32_t size);
PcapField *fields_text(LayerFields *layer, const char *name, uint32_t at, uint32_t size, Str value);

/* Lists the fields of the layer, and sets header and end. */
void fields_describe(LayerFields *layer, Protocol protocol);
void fields_describe_ip(LayerFields *layer, Protocol protocol);
void fields_describe_transport(LayerFields *layer, Protocol protocol);

FieldMeaning meaning_ethertype;
FieldMeaning meaning_ip_protocol;
FieldMeaning meaning_icmp_type;
FieldMeaning meaning_icmpv6_type;
/* Appends "SYN, ACK"; nothing for no flag. */
void meaning_tcp_flags(StrBuf *out, uint16_t flags);
