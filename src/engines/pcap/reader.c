/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/pcap/reader.h"

#include "base/mem.h"
#include "engines/pcap/bytes.h"
#include "engines/pcap/formats.h"

#include <inttypes.h>

bool reader_open(Reader *reader, Arena *arena, const PcapSource *source, const PcapLimits *limits,
                 Error *error)
{
    *reader = (Reader){.arena = arena, .limits = limits};
    input_init(&reader->input, source, limits);
    const uint8_t *header;
    size_t size = input_peek(&reader->input, PCAP_HEADER_BYTES, &header);
    if (reader->input.read_failed)
        return error_set(error, ERR_IO, "%s", reader->input.failure);
    if (size == 0)
        return error_set(error, ERR_UNSUPPORTED_MEDIA, "the file is empty");
    if (pcapng_open(reader, header, size))
        return true;
    if (size < PCAP_HEADER_BYTES)
        return error_set(error, ERR_UNSUPPORTED_MEDIA, "%zu bytes are too few for a capture: %s",
                         size, reader->input.failure ? reader->input.failure : "no file header");
    if (!pcap_classic_open(reader, header)) {
        return error_set(error, ERR_UNSUPPORTED_MEDIA,
                         "not a capture: neither pcap nor pcapng (magic 0x%08" PRIx32 ")",
                         load_be32(header));
    }
    return input_skip(&reader->input, PCAP_HEADER_BYTES);
}

void reader_done(Reader *reader)
{
    input_done(&reader->input);
    mem_free(reader->interfaces);
    reader->interfaces = NULL;
}

bool reader_next(Reader *reader, Packet *out_packet)
{
    if (reader->broken)
        return false;
    if (reader->skip_after > 0) {
        uint64_t skip = reader->skip_after;
        reader->skip_after = 0;
        if (!input_skip(&reader->input, skip))
            return reader_stop(reader, BROKEN_TRUNCATED, "the file ends in the middle of a packet");
    }
    return reader->next(reader, out_packet);
}
