/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a capture: mapped and read piecemeal must agree, and all writers must cope. */
#include "base/strbuf.h"
#include "engines/pcap/packets.h"

typedef struct {
    Str rest;
    size_t chunk;
} Chunks;

static bool read_chunk(void *context, void *buffer, size_t size, size_t *out_size)
{
    Chunks *chunks = context;
    size_t take = MIN_OF(MIN_OF(size, chunks->chunk), chunks->rest.size);
    if (take)
        memcpy(buffer, chunks->rest.data, take);
    chunks->rest = str_from(chunks->rest, take);
    *out_size = take;
    return true;
}

static void write_both(StrBuf *out, const PcapSummary *summary)
{
    JsonWriter json;
    json_start(&json, out);
    pcap_write_json(&json, summary);
    check(!out->overflowed);
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, 16 << 20);
    pcap_write_text(&text, summary);
    check(!text.overflowed);
}

/* Lists packets and shows the first ones. */
static void write_packets(Arena *arena, const PcapSource *source)
{
    enum { SHOWN = 4 };
    JsonWriter json;
    Error error = {0};
    uint64_t count = 0;
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, 64 << 20);
    const PcapPacketQuery query = {.first = 1, .count = 500};
    const PcapPacketList *list = pcap_list_packets(arena, source, &query, &error);
    if (!list)
        return;
    json_start(&json, &out);
    pcap_write_packet_list_json(&json, list);
    check(!out.overflowed && json_parse(arena, strbuf_str(&out), &error) != NULL);
    for (uint64_t number = 1; number <= MIN_OF(list->count, (size_t)SHOWN); number++) {
        const PcapPacketDetail *packet = pcap_show_packet(arena, source, number, &count, &error);
        check(packet != NULL);
        strbuf_clear(&out);
        json_start(&json, &out);
        pcap_write_packet_json(&json, packet);
        check(!out.overflowed && json_parse(arena, strbuf_str(&out), &error) != NULL);
        pcap_write_packet_text(&out, packet);
        check(!out.overflowed);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf mapped_out = {0};
    auto_strbuf StrBuf chunks_out = {0};
    strbuf_init(&mapped_out, 16 << 20);
    strbuf_init(&chunks_out, 16 << 20);
    /* Small tables, so that their limits are met. */
    const PcapLimits limits = {.max_conversations = 40,
                               .max_hosts = 30,
                               .max_interfaces = 10,
                               .max_inflated_bytes = 4 << 20};
    Error error = {0};
    const PcapSource mapped = {.mapped = str_make(data, size)};
    const PcapSummary *first = pcap_analyze(arena, &mapped, &limits, &error);
    Chunks chunks = {.rest = str_make(data, size), .chunk = 1 + size % 61};
    const PcapSource streamed = {.read = read_chunk, .context = &chunks};
    const PcapSummary *second = pcap_analyze(arena, &streamed, &limits, &error);
    check((first == NULL) == (second == NULL));
    if (first) {
        write_both(&mapped_out, first);
        write_both(&chunks_out, second);
        check(str_equal(strbuf_str(&mapped_out), strbuf_str(&chunks_out)));
        check(json_parse(arena, strbuf_str(&mapped_out), &error) != NULL);
        write_packets(arena, &mapped);
    }
    return 0;
}
