/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a capture: mapped and read piecemeal must agree, and both writers must cope. */
#include "base/strbuf.h"
#include "engines/pcap/pcap.h"

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
    }
    return 0;
}
