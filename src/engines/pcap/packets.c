/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/pcap/packets.h"

#include "engines/pcap/application.h"
#include "engines/pcap/packet_info.h"
#include "engines/pcap/visit.h"

#include <inttypes.h>

typedef struct {
    PacketVisitor visitor; /* first, so that a visitor is this */
    Arena *arena;
    uint64_t number; /* of the packet before */
    const PcapPacketQuery *query;
    PcapPacketList *list;
    VEC(PcapPacketRow) rows;
    PcapPacketDetail *detail; /* of the packet query->first, instead of a list */
    bool has_all;
} Reading;

/* Returns the flow of the packet that the query asks for, or its innermost; NULL if there is none.
 */
static const DissectedFlow *find_flow(const Reading *reading)
{
    const PcapPacketQuery *query = reading->query;
    const Dissection *dissection = &reading->visitor.dissection;
    if (query->transport == 0)
        return dissection->flow_count ? &dissection->flows[dissection->flow_count - 1] : NULL;
    for (uint32_t i = 0; i < dissection->flow_count; i++) {
        const PcapConversation *flow =
            flows_at(reading->visitor.flows, dissection->flows[i].conversation);
        if (flow->transport == query->transport && flow->stream == query->stream)
            return &dissection->flows[i];
    }
    return NULL;
}

static void take_flow(const Reading *reading, const DissectedFlow *found, PcapPacketRow *row)
{
    if (!found)
        return;
    const PcapConversation *flow = flows_at(reading->visitor.flows, found->conversation);
    row->transport = flow->transport;
    row->stream = flow->stream;
    row->from = found->side ^ flow->first_side;
    row->port[0] = flow->port[found->side];
    row->port[1] = flow->port[!found->side];
}

static void take_segment(const Dissection *dissection, PcapPacketRow *row)
{
    const TcpSegment *segment = &dissection->segment;
    row->has_segment = true;
    row->sequence = segment->sequence;
    row->ack = segment->ack;
    row->payload_bytes = segment->payload;
    row->flags = segment->flags;
    row->window = segment->window;
    row->events = dissection->events;
    row->has_relative_sequence = dissection->has_base[0];
    row->has_relative_ack = dissection->has_base[1] && (segment->flags & TCP_FLAG_ACK);
    row->relative_sequence = segment->sequence - dissection->base[0];
    row->relative_ack = segment->ack - dissection->base[1];
}

static PcapPacketRow make_row(const Reading *reading, const DissectedFlow *flow,
                              const Packet *packet, int64_t relative_ns)
{
    const Dissection *dissection = &reading->visitor.dissection;
    PcapPacketRow row = {.number = reading->number,
                         .has_time = packet->has_time,
                         .time_ns = packet->time_ns,
                         .relative_ns = relative_ns,
                         .wire_bytes = packet->original,
                         .captured_bytes = packet->captured};
    Application application;
    take_flow(reading, flow, &row);
    if (dissection->has_segment)
        take_segment(dissection, &row);
    application_find(dissection, &application);
    packet_info_ends(reading->arena, dissection, &row);
    packet_info_write(reading->arena, dissection, &application, packet->link_type, &row);
    return row;
}

static void list_packet(Reading *reading, const Packet *packet, int64_t relative_ns)
{
    PcapPacketList *list = reading->list;
    const DissectedFlow *flow = find_flow(reading);
    if (reading->query->transport && !flow)
        return;
    if (reading->rows.count == reading->query->count) {
        list->next = reading->number;
        reading->has_all = true;
        return;
    }
    *VEC_PUSH(reading->arena, &reading->rows) = make_row(reading, flow, packet, relative_ns);
}

/* Returns whether the layer's bytes are among those of the packet. */
static bool is_inside(const Packet *packet, Slice slice)
{
    uintptr_t start = (uintptr_t)packet->data;
    uintptr_t at = (uintptr_t)slice.data;
    return at >= start && at <= start + packet->captured;
}

typedef VEC(PcapLayer) PcapLayerVec;

/* The layers of one packet while they are listed. */
typedef struct {
    Arena *arena;
    const Packet *packet;
    PcapLayerVec layers;
    uint32_t room; /* for fields */
    bool limited;
    uint32_t end; /* of the layers so far with what they carry */
} Layers;

static LayerFields begin_layer(const Layers *layers, const Dissection *dissection, Slice slice)
{
    bool inside = is_inside(layers->packet, slice);
    return (LayerFields){.arena = layers->arena,
                         .slice = slice,
                         .offset = inside ? (uint32_t)(slice.data - layers->packet->data) : 0,
                         .link_type = layers->packet->link_type,
                         .receiver_base = dissection->has_segment && dissection->has_base[1]
                                              ? dissection->base[1]
                                              : 0,
                         .room = layers->room};
}

/* Fields come as they were described; they are shown in the order of their bytes. */
static void sort_fields(PcapField *fields, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const PcapField moved = fields[i];
        size_t at = i;
        for (; at > 0 && fields[at - 1].offset > moved.offset; at--)
            fields[at] = fields[at - 1];
        fields[at] = moved;
    }
}

/* A layer ends where the next one begins, if that is in the same bytes. */
static void end_layer(Layers *layers, const char *name, const LayerFields *fields, Slice next)
{
    bool inside = is_inside(layers->packet, fields->slice);
    uint32_t bytes = fields->header;
    sort_fields(fields->fields.items, fields->fields.count);
    uintptr_t start = (uintptr_t)fields->slice.data;
    uintptr_t next_at = (uintptr_t)next.data;
    if (next.data && next_at >= start && next_at <= start + fields->slice.captured)
        bytes = (uint32_t)(next_at - start);
    *VEC_PUSH(layers->arena, &layers->layers) = (PcapLayer){.name = name,
                                                            .is_reassembled = !inside,
                                                            .offset = fields->offset,
                                                            .bytes = bytes,
                                                            .fields = fields->fields.items,
                                                            .field_count = fields->fields.count};
    layers->room = fields->room;
    layers->limited |= fields->limited;
    if (inside)
        layers->end = MIN_OF(layers->end, fields->offset + fields->end);
}

static void add_data(Layers *layers, const char *name, uint32_t offset, uint32_t end)
{
    if (end > offset)
        *VEC_PUSH(layers->arena, &layers->layers) =
            (PcapLayer){.name = name, .offset = offset, .bytes = end - offset};
}

static void add_layers(Layers *layers, const Dissection *dissection)
{
    Application application;
    application_find(dissection, &application);
    for (uint32_t i = 0; i < dissection->layer_count; i++) {
        const DissectedLayer *layer = &dissection->layers[i];
        Slice next = application.kind ? application.payload : (Slice){0};
        if (layer->protocol == PROTOCOL_WLAN_RADIO) /* it has no bytes of its own */
            continue;
        if (i + 1 < dissection->layer_count)
            next = dissection->layers[i + 1].slice;
        LayerFields fields = begin_layer(layers, dissection, layer->slice);
        fields_describe(&fields, layer->protocol);
        end_layer(layers, protocol_name(layer->protocol), &fields, next);
    }
    if (application.kind) {
        LayerFields fields = begin_layer(layers, dissection, application.payload);
        application_describe(&fields, &application);
        end_layer(layers, application.name, &fields, (Slice){0});
    }
}

static void list_layers(Reading *reading, const Packet *packet)
{
    PcapPacketDetail *detail = reading->detail;
    Layers layers = {.arena = reading->arena,
                     .packet = packet,
                     .room = PCAP_PACKET_FIELDS_MAX,
                     .end = packet->captured};
    add_layers(&layers, &reading->visitor.dissection);
    uint32_t known = 0;
    for (size_t i = 0; i < layers.layers.count; i++) {
        const PcapLayer *layer = &layers.layers.items[i];
        if (!layer->is_reassembled)
            known = layer->offset + layer->bytes;
    }
    uint32_t end = MAX_OF(layers.end, known);
    add_data(&layers, "data", known, end);
    add_data(&layers, "trailer", end, packet->captured);
    detail->layers = layers.layers.items;
    detail->layer_count = layers.layers.count;
    detail->fields_limited = layers.limited;
}

static void show_packet(Reading *reading, const Packet *packet, int64_t relative_ns)
{
    PcapPacketDetail *detail = ARENA_NEW(reading->arena, PcapPacketDetail);
    reading->detail = detail;
    reading->has_all = true;
    detail->row = make_row(reading, find_flow(reading), packet, relative_ns);
    detail->interface = packet->interface;
    detail->link_type = packet->link_type;
    detail->bytes = arena_copy(
        reading->arena,
        str_make(packet->data, MIN_OF(packet->captured, (uint32_t)PCAP_PACKET_BYTES_MAX)));
    list_layers(reading, packet);
}

static void visit(PacketVisitor *visitor, const Packet *packet, int64_t relative_ns)
{
    Reading *reading = (Reading *)(void *)visitor;
    reading->number++;
    if (reading->has_all || reading->number < reading->query->first)
        return;
    if (reading->list)
        list_packet(reading, packet, relative_ns);
    else
        show_packet(reading, packet, relative_ns);
}

static bool read_packets(Reading *reading, const PcapSource *source, Error *error)
{
    bool done = false;
    const PcapLimits limits = {.without_facts = true};
    reading->visitor.visit = visit;
    PcapAnalysis *analysis = pcap_start(reading->arena, source, &limits, error);
    if (!analysis)
        return false;
    pcap_visit(analysis, &reading->visitor);
    while (!done && !reading->has_all) {
        if (!pcap_step(analysis, 1, &done, error))
            return false;
    }
    /* Some empty packets at the end of a file count only there. */
    if (done)
        (void)pcap_finish(analysis);
    return true;
}

bool pcap_parse_stream(Str text, uint32_t *out_transport, uint32_t *out_stream)
{
    static const struct {
        const char *prefix;
        uint32_t transport;
    } transports[] = {
        {"tcp:", PCAP_TRANSPORT_TCP},
        {"udp:", PCAP_TRANSPORT_UDP},
        {"sctp:", PCAP_TRANSPORT_SCTP},
    };
    uint32_t transport = PCAP_TRANSPORT_TCP;
    for (size_t i = 0; i < COUNT_OF(transports); i++) {
        Str prefix = str_of(transports[i].prefix);
        if (str_starts_with(text, prefix)) {
            transport = transports[i].transport;
            text = str_from(text, prefix.size);
            break;
        }
    }
    if (!str_parse_u32(text, out_stream))
        return false;
    *out_transport = transport;
    return true;
}

PcapPacketList *pcap_list_packets(Arena *arena, const PcapSource *source,
                                  const PcapPacketQuery *query, Error *error)
{
    check(query->count > 0 && query->count <= PCAP_PACKET_ROWS_MAX);
    Reading *reading = ARENA_NEW(arena, Reading);
    reading->arena = arena;
    reading->query = query;
    reading->list = ARENA_NEW(arena, PcapPacketList);
    if (!read_packets(reading, source, error))
        return NULL;
    reading->list->rows = reading->rows.items;
    reading->list->count = reading->rows.count;
    return reading->list;
}

PcapPacketDetail *pcap_show_packet(Arena *arena, const PcapSource *source, uint64_t number,
                                   uint64_t *out_packet_count, Error *error)
{
    const PcapPacketQuery query = {.first = number};
    Reading *reading = ARENA_NEW(arena, Reading);
    reading->arena = arena;
    reading->query = &query;
    if (!read_packets(reading, source, error))
        return NULL;
    if (!reading->detail) {
        *out_packet_count = reading->number;
        (void)error_set(error, ERR_NOT_FOUND,
                        "there is no packet %" PRIu64 ": the capture has %" PRIu64, number,
                        reading->number);
    }
    return reading->detail;
}
