/* SPDX-License-Identifier: Apache-2.0 */
/* Packets as JSON and as text. */
#include "engines/pcap/fields.h"
#include "engines/pcap/packets.h"
#include "engines/pcap/tcp.h"
#include "engines/pcap/write.h"

#include <inttypes.h>
#include <stdio.h>

enum { TIME_TEXT = 48 };

/* Writes seconds with nine decimals, exactly. */
static const char *write_seconds(int64_t time_ns, char out[TIME_TEXT])
{
    uint64_t size = time_ns < 0 ? 0 - (uint64_t)time_ns : (uint64_t)time_ns;
    snprintf(out, TIME_TEXT, "%s%" PRIu64 ".%09" PRIu64, time_ns < 0 ? "-" : "", size / 1000000000,
             size % 1000000000);
    return out;
}

static void write_flags(JsonWriter *json, uint16_t flags)
{
    Str name;
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, 64);
    meaning_tcp_flags(&text, flags);
    Str rest = strbuf_str(&text);
    json_key(json, "flags");
    json_begin_array(json);
    while (str_next_field(&rest, ',', &name))
        json_str(json, str_trim(name));
    json_end(json);
}

static void write_segment(JsonWriter *json, const PcapPacketRow *row)
{
    json_key(json, "tcp");
    json_begin_object(json);
    write_flags(json, row->flags);
    json_field_u64(json, "seq", row->sequence);
    json_field_u64(json, "ack", row->ack);
    if (row->has_relative_sequence)
        json_field_u64(json, "relative_seq", row->relative_sequence);
    if (row->has_relative_ack)
        json_field_u64(json, "relative_ack", row->relative_ack);
    json_field_u64(json, "window", row->window);
    json_field_u64(json, "length", row->payload_bytes);
    json_key(json, "events");
    json_begin_array(json);
    for (int event = 0; event < PCAP_TCP_EVENT_COUNT; event++) {
        if (row->events >> event & 1)
            json_text(json, pcap_tcp_event_name((PcapTcpEvent)event));
    }
    json_end(json);
    json_end(json);
}

static void write_conversation(JsonWriter *json, const PcapPacketRow *row)
{
    json_key(json, "conversation");
    json_begin_object(json);
    json_field_text(json, "transport", pcap_transport_name(row->transport));
    json_field_u64(json, "stream", row->stream);
    json_field_text(json, "from", row->from == 0 ? "a" : "b");
    json_field_u64(json, "source_port", row->port[0]);
    json_field_u64(json, "destination_port", row->port[1]);
    json_end(json);
}

/* Members of the open object. */
static void write_row(JsonWriter *json, const PcapPacketRow *row)
{
    char time[TIME_TEXT];
    json_field_u64(json, "number", row->number);
    if (row->has_time) {
        json_field_text(json, "time", write_seconds(row->time_ns, time));
        write_seconds_json(json, "relative_s", row->relative_ns);
    }
    json_field_str(json, "source", row->source);
    json_field_str(json, "destination", row->destination);
    json_field_text(json, "protocol", row->protocol);
    json_field_u64(json, "length", row->wire_bytes);
    json_field_u64(json, "captured", row->captured_bytes);
    json_field_str(json, "info", row->info);
    if (row->transport)
        write_conversation(json, row);
    if (row->has_segment)
        write_segment(json, row);
}

void pcap_write_packet_row_json(JsonWriter *json, const PcapPacketRow *row)
{
    json_begin_object(json);
    write_row(json, row);
    json_end(json);
}

void pcap_write_packet_list_json(JsonWriter *json, const PcapPacketList *list)
{
    json_begin_object(json);
    json_key(json, "items");
    json_begin_array(json);
    for (size_t i = 0; i < list->count; i++)
        pcap_write_packet_row_json(json, &list->rows[i]);
    json_end(json);
    json_key(json, "next");
    if (list->next)
        json_u64(json, list->next);
    else
        json_write_null(json);
    json_end(json);
}

static void write_field(JsonWriter *json, const PcapField *field, bool is_reassembled)
{
    json_begin_object(json);
    json_field_text(json, "name", field->name);
    json_field_str(json, "value", field->value);
    if (field->meaning.size)
        json_field_str(json, "meaning", field->meaning);
    if (!is_reassembled) {
        json_field_u64(json, "offset", field->offset);
        json_field_u64(json, "length", field->bytes);
    }
    json_end(json);
}

static void write_layer(JsonWriter *json, const PcapLayer *layer)
{
    json_begin_object(json);
    json_field_text(json, "name", layer->name);
    if (layer->is_reassembled)
        json_field_bool(json, "reassembled", true);
    else
        json_field_u64(json, "offset", layer->offset);
    json_field_u64(json, "length", layer->bytes);
    json_key(json, "fields");
    json_begin_array(json);
    for (size_t i = 0; i < layer->field_count; i++)
        write_field(json, &layer->fields[i], layer->is_reassembled);
    json_end(json);
    json_end(json);
}

/* As hexadecimal digits. */
static void write_bytes(JsonWriter *json, Str bytes)
{
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, 2 * PCAP_PACKET_BYTES_MAX);
    for (size_t i = 0; i < bytes.size; i++)
        strbuf_printf(&text, "%02x", (uint8_t)bytes.data[i]);
    json_field_str(json, "bytes", strbuf_str(&text));
}

void pcap_write_packet_json(JsonWriter *json, const PcapPacketDetail *packet)
{
    json_begin_object(json);
    write_row(json, &packet->row);
    json_field_u64(json, "interface", packet->interface);
    json_field_text(json, "link_type", pcap_link_type_name(packet->link_type));
    json_key(json, "layers");
    json_begin_array(json);
    for (size_t i = 0; i < packet->layer_count; i++)
        write_layer(json, &packet->layers[i]);
    json_end(json);
    json_field_bool(json, "fields_limited", packet->fields_limited);
    write_bytes(json, packet->bytes);
    json_end(json);
}

static void write_row_text(StrBuf *out, const PcapPacketRow *row)
{
    char time[TIME_TEXT] = "-";
    if (row->has_time)
        write_seconds(row->relative_ns, time);
    strbuf_printf(out, "%8" PRIu64 "  %16s  %-22.*s %-22.*s %-9s %6" PRIu32 "  ", row->number, time,
                  STR_ARGS(row->source), STR_ARGS(row->destination), row->protocol,
                  row->wire_bytes);
    bool has_event = false;
    for (int event = 0; event < PCAP_TCP_EVENT_COUNT; event++) {
        if (row->has_segment && (row->events >> event & 1)) {
            strbuf_printf(out, "%s%s", has_event ? ", " : "[",
                          pcap_tcp_event_name((PcapTcpEvent)event));
            has_event = true;
        }
    }
    strbuf_printf(out, "%s%.*s\n", has_event ? "] " : "", STR_ARGS(row->info));
}

static void write_heads(StrBuf *out)
{
    strbuf_printf(out, "%8s  %16s  %-22s %-22s %-9s %6s  %s\n", "packet", "seconds", "source",
                  "destination", "protocol", "bytes", "info");
}

void pcap_write_packet_list_text(StrBuf *out, const PcapPacketList *list)
{
    write_heads(out);
    for (size_t i = 0; i < list->count; i++)
        write_row_text(out, &list->rows[i]);
    if (list->next)
        strbuf_printf(out, "more: --first %" PRIu64 "\n", list->next);
}

static void write_layer_text(StrBuf *out, const PcapLayer *layer)
{
    if (layer->is_reassembled)
        strbuf_printf(out, "%s  (reassembled from fragments)\n", layer->name);
    else
        strbuf_printf(out, "%s  bytes %" PRIu32 "-%" PRIu32 "\n", layer->name, layer->offset,
                      layer->offset + MAX_OF(layer->bytes, 1u) - 1);
    for (size_t i = 0; i < layer->field_count; i++) {
        const PcapField *field = &layer->fields[i];
        strbuf_printf(out, "    %-36s %.*s", field->name, STR_ARGS(field->value));
        if (field->meaning.size)
            strbuf_printf(out, "  (%.*s)", STR_ARGS(field->meaning));
        strbuf_append_byte(out, '\n');
    }
}

static void write_dump_line(StrBuf *out, Str bytes, size_t at)
{
    enum { LINE_BYTES = 16 };
    Str line = str_slice(bytes, at, MIN_OF(bytes.size - at, (size_t)LINE_BYTES));
    strbuf_printf(out, "%06zx ", at);
    for (size_t i = 0; i < LINE_BYTES; i++) {
        if (i < line.size)
            strbuf_printf(out, " %02x", (uint8_t)line.data[i]);
        else
            strbuf_append(out, STR("   "));
    }
    strbuf_append(out, STR("  "));
    for (size_t i = 0; i < line.size; i++) {
        bool prints = line.data[i] >= ' ' && line.data[i] < 0x7F;
        strbuf_append_byte(out, prints ? line.data[i] : '.');
    }
    strbuf_append_byte(out, '\n');
}

void pcap_write_packet_text(StrBuf *out, const PcapPacketDetail *packet)
{
    write_heads(out);
    write_row_text(out, &packet->row);
    strbuf_append_byte(out, '\n');
    for (size_t i = 0; i < packet->layer_count; i++)
        write_layer_text(out, &packet->layers[i]);
    strbuf_append_byte(out, '\n');
    for (size_t at = 0; at < packet->bytes.size; at += 16)
        write_dump_line(out, packet->bytes, at);
}
