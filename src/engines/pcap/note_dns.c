/* SPDX-License-Identifier: Apache-2.0 */
/* Notes of DNS (RFC 1035): names, response codes, and the time from a query to its response. */
#include "base/mem.h"
#include "engines/pcap/notes.h"

#include <stdlib.h>

#define RESPONSE_WAIT_NS INT64_C(1000000000)

enum {
    HEADER_BYTES = 12,
    LABEL_MAX = 63,
    FLAG_RESPONSE = 0x80,
    DNS_PORT = 53,
};

/* Reads the first name that is asked for, with '?' for bytes that do not print. */
static Str read_name(Slice message, char buffer[PCAP_NAME_SIZE])
{
    size_t size = 0;
    uint32_t at = HEADER_BYTES;
    while (at < message.captured && message.data[at] && message.data[at] <= LABEL_MAX) {
        uint32_t label = message.data[at++];
        if (label > message.captured - at)
            break;
        if (size + label + 2 > PCAP_NAME_SIZE)
            return STR("<Name too long>");
        if (size)
            buffer[size++] = '.';
        for (uint32_t i = 0; i < label; i++, at++) {
            uint8_t byte = message.data[at];
            buffer[size++] = byte > ' ' && byte < 0x7F ? (char)byte : '?';
        }
    }
    return size ? str_make(buffer, size) : STR("<Root>");
}

/* Both ends and the identification, the client first. */
static uint64_t query_hash(const DecodedPacket *packet, const uint16_t port[2], Slice message)
{
    struct {
        PcapAddress address[2];
        uint16_t port[2];
        uint16_t id;
        uint16_t zero;
    } key = {.id = load_be16(message.data)};
    bool is_response = message.data[2] & FLAG_RESPONSE;
    for (int side = 0; side < 2; side++) {
        key.address[side] = packet->address[side ^ is_response];
        key.port[side] = port[side ^ is_response];
    }
    return notes_fingerprint(&key, sizeof(key));
}

static NotedQuery *find_query(Notes *notes, uint64_t hash, bool *out_found)
{
    if (!notes->queries)
        notes->queries = mem_alloc((size_t)NOTES_DNS_SETS * NOTES_SET_SIZE, sizeof(NotedQuery));
    NotedQuery *set = &notes->queries[(hash >> 20) % NOTES_DNS_SETS * NOTES_SET_SIZE];
    NotedQuery *oldest = set;
    for (uint32_t i = 0; i < NOTES_SET_SIZE; i++) {
        *out_found = set[i].hash == hash;
        if (*out_found)
            return &set[i];
        if (set[i].number < oldest->number)
            oldest = &set[i];
    }
    return oldest;
}

static void take_query(Notes *notes, const DecodedPacket *packet, uint64_t hash, Str text)
{
    bool found = false;
    uint32_t index = notes_find_name(notes, PCAP_NAME_DNS, text);
    if (index == UINT32_MAX)
        return;
    notes->names[index].requests++;
    NotedQuery *query = find_query(notes, hash, &found);
    if (found) /* sent again: the first one counts */
        return;
    notes->dns_untracked += query->hash != 0;
    *query = (NotedQuery){hash, packet->time_ns, packet->number, index + 1};
}

static void take_response(Notes *notes, const DecodedPacket *packet, uint64_t hash, Str text,
                          uint8_t rcode)
{
    bool found = false;
    uint32_t index = notes_find_name(notes, PCAP_NAME_DNS, text);
    NotedQuery *query = find_query(notes, hash, &found);
    if (index != UINT32_MAX) {
        PcapName *name = &notes->names[index];
        name->responses++;
        name->rcodes[rcode]++;
        if (rcode && !packet->is_copy)
            examples_add(&name->failures, packet->number);
        int64_t time;
        if (found && !__builtin_sub_overflow(packet->time_ns, query->time_ns, &time)) {
            if (name->latency.count == 0 || time > name->latency.max_ns)
                name->slowest_packet = packet->number;
            pcap_times_add(&name->latency, time);
        }
    }
    if (found)
        *query = (NotedQuery){0};
}

void notes_dns(Notes *notes, const DecodedPacket *packet, const uint16_t port[2], Slice message)
{
    char buffer[PCAP_NAME_SIZE];
    if ((port[0] != DNS_PORT && port[1] != DNS_PORT) || message.captured < HEADER_BYTES ||
        load_be16(message.data + 4) == 0)
        return;
    Str name = read_name(message, buffer);
    uint64_t hash = query_hash(packet, port, message);
    if (message.data[2] & FLAG_RESPONSE)
        take_response(notes, packet, hash, name, message.data[3] & 15);
    else
        take_query(notes, packet, hash, name);
}

static int compare_queries(const void *left, const void *right)
{
    const NotedQuery *a = left;
    const NotedQuery *b = right;
    return a->number < b->number ? -1 : a->number > b->number;
}

void notes_dns_end(Notes *notes, int64_t last_ns)
{
    size_t count = (size_t)NOTES_DNS_SETS * NOTES_SET_SIZE;
    if (!notes->queries)
        return;
    qsort(notes->queries, count, sizeof(NotedQuery), compare_queries);
    for (size_t i = 0; i < count; i++) {
        const NotedQuery *query = &notes->queries[i];
        if (!query->hash)
            continue;
        PcapName *name = &notes->names[query->name - 1];
        int64_t left;
        name->unanswered++;
        if (!__builtin_sub_overflow(last_ns, query->time_ns, &left) && left >= RESPONSE_WAIT_NS)
            examples_add(&name->silences, query->number);
    }
}
