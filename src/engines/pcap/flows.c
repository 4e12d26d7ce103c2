/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/pcap/flows.h"

#include "base/mem.h"
#include "base/random.h"

_Static_assert(sizeof(FlowKey) == 48, "a key has no padding");
_Static_assert(offsetof(PcapConversation, port) == offsetof(FlowKey, port), "key leads the record");
_Static_assert(offsetof(PcapConversation, transport) == offsetof(FlowKey, transport),
               "key leads the record");
_Static_assert(sizeof(PcapConversation) + sizeof(TcpState) + 2 * sizeof(FlowSlot) <= 1024,
               "a conversation stays within 1 KiB");

enum { FIRST_RECORDS = 64 };

static void table_init(FlowTable *table, uint32_t record_bytes, uint32_t key_bytes, uint32_t limit)
{
    *table = (FlowTable){.record_bytes = record_bytes,
                         .key_bytes = key_bytes,
                         .limit = limit,
                         .capacity = FIRST_RECORDS,
                         .mask = FIRST_RECORDS * 2 - 1};
    table->slots = mem_alloc((size_t)table->mask + 1, sizeof(FlowSlot));
    table->records = mem_alloc(table->capacity, record_bytes);
    random_bytes(table->seed, sizeof(table->seed));
}

static void table_done(FlowTable *table)
{
    mem_free(table->slots);
    mem_free(table->records);
    *table = (FlowTable){0};
}

static uint64_t multiply_fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Keyed multiply-and-fold over words of 4 bytes: size is a multiple of 4. */
static uint32_t table_hash(const FlowTable *table, const void *key)
{
    uint64_t state = table->seed[0] ^ table->key_bytes;
    const char *bytes = key;
    uint32_t left = table->key_bytes;
    for (; left >= 8; left -= 8, bytes += 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        state = multiply_fold(state ^ word, table->seed[1] | 1);
    }
    if (left > 0) {
        uint32_t word;
        memcpy(&word, bytes, 4);
        state = multiply_fold(state ^ word, table->seed[1] | 1);
    }
    state = multiply_fold(state, 0x9e3779b97f4a7c15u);
    return (uint32_t)(state ^ state >> 32);
}

/* The slot that holds the key, or the free one where it belongs. */
static FlowSlot *table_slot(const FlowTable *table, const void *key, uint32_t hash)
{
    for (uint32_t i = hash & table->mask;; i = (i + 1) & table->mask) {
        FlowSlot *slot = &table->slots[i];
        if (slot->record == 0)
            return slot;
        const char *record = table->records + (size_t)(slot->record - 1) * table->record_bytes;
        if (slot->hash == hash && memcmp(record, key, table->key_bytes) == 0)
            return slot;
    }
}

static void table_grow(FlowTable *table)
{
    table->capacity *= 2;
    table->records = mem_resize(table->records, table->capacity, table->record_bytes);
    uint32_t old_mask = table->mask;
    FlowSlot *old = table->slots;
    table->mask = table->capacity * 2 - 1;
    table->slots = mem_alloc((size_t)table->mask + 1, sizeof(FlowSlot));
    for (uint32_t i = 0; i <= old_mask; i++) {
        if (old[i].record == 0)
            continue;
        uint32_t at = old[i].hash & table->mask;
        while (table->slots[at].record != 0)
            at = (at + 1) & table->mask;
        table->slots[at] = old[i];
    }
    mem_free(old);
}

/* Adds a zeroed record with this key; FLOW_NONE at the limit. */
static uint32_t table_add(FlowTable *table, FlowSlot *slot, const void *key, uint32_t hash)
{
    if (table->count >= table->limit)
        return FLOW_NONE;
    if (table->count == table->capacity) {
        table_grow(table);
        slot = table_slot(table, key, hash);
    }
    check(table->records != NULL);
    char *record = table->records + (size_t)table->count * table->record_bytes;
    memset(record, 0, table->record_bytes);
    memcpy(record, key, table->key_bytes);
    table->count++;
    *slot = (FlowSlot){.hash = hash, .record = table->count};
    return table->count - 1;
}

void flows_init(Flows *flows, const PcapLimits *limits)
{
    *flows = (Flows){0};
    table_init(&flows->hosts, sizeof(PcapHost), sizeof(PcapAddress), limits->max_hosts);
    table_init(&flows->conversations, sizeof(PcapConversation), sizeof(FlowKey),
               limits->max_conversations);
}

void flows_done(Flows *flows)
{
    table_done(&flows->hosts);
    table_done(&flows->conversations);
    mem_free(flows->tcp);
    *flows = (Flows){0};
}

static PcapHost *find_host(Flows *flows, const PcapAddress *address)
{
    FlowTable *table = &flows->hosts;
    uint32_t hash = table_hash(table, address);
    FlowSlot *slot = table_slot(table, address, hash);
    uint32_t index = slot->record ? slot->record - 1 : table_add(table, slot, address, hash);
    return index == FLOW_NONE ? NULL : (PcapHost *)(void *)table->records + index;
}

void flows_count_hosts(Flows *flows, const PcapAddress *source, const PcapAddress *destination,
                       uint32_t bytes)
{
    PcapHost *host = find_host(flows, source);
    if (host) {
        host->tx_packets++;
        host->tx_bytes += bytes;
    }
    PcapHost *peer = find_host(flows, destination);
    if (peer) {
        peer->rx_packets++;
        peer->rx_bytes += bytes;
    }
    uint32_t others = (uint32_t)!host + (uint32_t)!peer;
    flows->other_host_packets += others;
    flows->other_host_bytes += (uint64_t)others * bytes;
}

FlowKey flows_key(const PcapAddress address[2], const uint16_t port[2], uint32_t transport,
                  uint32_t *out_side)
{
    int order = memcmp(&address[0], &address[1], sizeof(address[0]));
    uint32_t side = order > 0 || (order == 0 && port[0] > port[1]);
    *out_side = side;
    return (FlowKey){.address = {address[side], address[!side]},
                     .port = {port[side], port[!side]},
                     .transport = transport};
}

static uint32_t new_tcp_state(Flows *flows)
{
    if (flows->tcp_count == flows->tcp_capacity) {
        flows->tcp_capacity = MAX_OF((uint32_t)FIRST_RECORDS, flows->tcp_capacity * 2);
        flows->tcp = mem_resize(flows->tcp, flows->tcp_capacity, sizeof(TcpState));
    }
    tcp_state_init(&flows->tcp[flows->tcp_count]);
    return flows->tcp_count++;
}

static uint32_t add_conversation(Flows *flows, FlowSlot *slot, const FlowKey *key, uint32_t hash)
{
    uint32_t index = table_add(&flows->conversations, slot, key, hash);
    if (index == FLOW_NONE)
        return index;
    PcapConversation *conversation = flows_at(flows, index);
    switch (key->transport) {
    case PCAP_TRANSPORT_TCP:
        conversation->tcp = new_tcp_state(flows);
        conversation->stream = conversation->tcp;
        break;
    case PCAP_TRANSPORT_UDP:
        conversation->stream = flows->udp_count++;
        break;
    default:
        conversation->stream = flows->sctp_count++;
        break;
    }
    return index;
}

uint32_t flows_find(Flows *flows, const FlowKey *key)
{
    FlowTable *table = &flows->conversations;
    uint32_t hash = table_hash(table, key);
    FlowSlot *slot = table_slot(table, key, hash);
    return slot->record ? slot->record - 1 : add_conversation(flows, slot, key, hash);
}

uint32_t flows_replace(Flows *flows, const FlowKey *key)
{
    FlowTable *table = &flows->conversations;
    uint32_t hash = table_hash(table, key);
    return add_conversation(flows, table_slot(table, key, hash), key, hash);
}

void flows_count(Flows *flows, uint32_t conversation, uint32_t side, uint32_t bytes,
                 int64_t time_ns)
{
    if (conversation == FLOW_NONE) {
        flows->other_conversation_packets++;
        flows->other_conversation_bytes += bytes;
        return;
    }
    PcapConversation *flow = flows_at(flows, conversation);
    if (flow->packets[0] + flow->packets[1] == 0) {
        flow->first_ns = time_ns;
        flow->last_ns = time_ns;
        flow->first_side = side;
    }
    flow->packets[side]++;
    flow->bytes[side] += bytes;
    flow->first_ns = MIN_OF(flow->first_ns, time_ns);
    flow->last_ns = MAX_OF(flow->last_ns, time_ns);
}
