/* SPDX-License-Identifier: Apache-2.0 */
/* pcap and its variants: a file header, then records. */
#include "engines/pcap/bytes.h"
#include "engines/pcap/formats.h"

#include <inttypes.h>

enum {
    MAGIC_MICROSECONDS = 0xa1b2c3d4,
    MAGIC_NANOSECONDS = 0xa1b23c4d,
    MAGIC_MODIFIED = 0xa1b2cd34,
    RECORD_HEADER_BYTES = 16,
    MODIFIED_RECORD_HEADER_BYTES = 24,
    /* The upper bits of the link type field tell whether there is an FCS, and its length. */
    LINK_TYPE_MASK = 0x03ffffff,
};

/*
 * Microseconds beyond a million have no meaning. They are counted, and computed in 32 bits as
 * Wireshark does.
 */
static int64_t record_time_ns(Reader *reader, uint32_t seconds, uint32_t fraction)
{
    int64_t nanoseconds = fraction;
    uint32_t second = reader->nanoseconds ? 1000000000 : 1000000;
    if (fraction >= second)
        reader->times_clamped++;
    if (!reader->nanoseconds)
        nanoseconds = (int32_t)(fraction * 1000);
    return (int64_t)seconds * 1000000000 + nanoseconds;
}

static bool next_record(Reader *reader, Packet *out_packet)
{
    const uint8_t *record;
    uint32_t header_bytes = reader->record_header_bytes;
    size_t size = input_peek(&reader->input, header_bytes, &record);
    if (size == 0 && !reader->input.failure)
        return false;
    if (size < header_bytes)
        return reader_stop(reader, BROKEN_TRUNCATED,
                           "the file ends in the middle of a record header");
    bool big_endian = reader->big_endian;
    uint32_t seconds = load_32(record, big_endian);
    uint32_t fraction = load_32(record + 4, big_endian);
    uint32_t captured = load_32(record + 8, big_endian);
    uint32_t original = load_32(record + 12, big_endian);
    if (reader->lengths_are_swapped || (reader->lengths_may_be_swapped && captured > original)) {
        uint32_t other = captured;
        captured = original;
        original = other;
    }
    if (captured > reader->limits->max_packet_bytes) {
        return reader_stop(reader, BROKEN_DAMAGED,
                           "a record claims %" PRIu32 " captured bytes, more than %" PRIu32,
                           captured, reader->limits->max_packet_bytes);
    }
    size_t whole = (size_t)header_bytes + captured;
    if (input_peek(&reader->input, whole, &record) < whole)
        return reader_stop(reader, BROKEN_TRUNCATED, "the file ends in the middle of a packet");
    reader->skip_after = whole;
    *out_packet = (Packet){
        .data = record + header_bytes,
        .captured = captured,
        .original = original,
        .time_ns = record_time_ns(reader, seconds, fraction),
        .has_time = true,
        .link_type = reader->interfaces[0].link_type,
    };
    reader->interfaces[0].packets++;
    return true;
}

bool pcap_classic_open(Reader *reader, const uint8_t *header)
{
    uint32_t magic = load_le32(header);
    reader->big_endian =
        magic != MAGIC_MICROSECONDS && magic != MAGIC_NANOSECONDS && magic != MAGIC_MODIFIED;
    if (reader->big_endian)
        magic = load_be32(header);
    reader->record_header_bytes = RECORD_HEADER_BYTES;
    switch (magic) {
    case MAGIC_MICROSECONDS:
        reader->format = "pcap";
        break;
    case MAGIC_NANOSECONDS:
        reader->format = "nanosecond pcap";
        reader->nanoseconds = true;
        break;
    case MAGIC_MODIFIED:
        reader->format = "modified pcap";
        reader->record_header_bytes = MODIFIED_RECORD_HEADER_BYTES;
        break;
    default:
        return false;
    }
    uint16_t major = load_16(header + 4, reader->big_endian);
    uint16_t minor = load_16(header + 6, reader->big_endian);
    /* Before 2.3, and in what DG/UX wrote as 543, the two lengths of a record are exchanged. */
    reader->lengths_are_swapped = major == 2 && (minor < 3 || minor == 543);
    reader->lengths_may_be_swapped = major == 2 && minor == 3;
    Interface *interface = reader_add_interface(reader);
    check(interface != NULL);
    interface->snap_bytes = load_32(header + 16, reader->big_endian);
    interface->link_type = load_32(header + 20, reader->big_endian) & LINK_TYPE_MASK;
    interface->ticks_per_second = reader->nanoseconds ? 1000000000 : 1000000;
    reader->next = next_record;
    return true;
}
