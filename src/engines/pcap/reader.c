/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/pcap/reader.h"

#include "base/mem.h"
#include "engines/pcap/bytes.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    MAGIC_MICROSECONDS = 0xa1b2c3d4,
    MAGIC_NANOSECONDS = 0xa1b23c4d,
    MAGIC_MODIFIED = 0xa1b2cd34,
    MAGIC_SECTION = 0x0a0d0d0a,
    FILE_HEADER_BYTES = 24,
    RECORD_HEADER_BYTES = 16,
    MODIFIED_RECORD_HEADER_BYTES = 24,
    /* The upper bits of the link type field say whether and how long an FCS there is. */
    LINK_TYPE_MASK = 0x03ffffff,
};

bool reader_stop(Reader *reader, Broken broken, const char *format, ...)
{
    reader->broken = broken;
    if (reader->input.failure) {
        snprintf(reader->why, sizeof(reader->why), "%s", reader->input.failure);
        return false;
    }
    va_list args;
    va_start(args, format);
    vsnprintf(reader->why, sizeof(reader->why), format, args);
    va_end(args);
    return false;
}

Interface *reader_add_interface(Reader *reader)
{
    if (reader->interface_count >= reader->limits->max_interfaces)
        return NULL;
    if (reader->interface_count == reader->interface_capacity) {
        size_t capacity = MAX_OF((size_t)8, reader->interface_capacity * 2);
        reader->interfaces = mem_resize(reader->interfaces, capacity, sizeof(Interface));
        reader->interface_capacity = capacity;
    }
    Interface *interface = &reader->interfaces[reader->interface_count++];
    *interface = (Interface){.ticks_per_second = 1000000};
    return interface;
}

int64_t reader_time_ns(Reader *reader, __int128 seconds, uint64_t fraction, uint64_t per_second)
{
    const __int128 second = 1000000000;
    __int128 time = seconds * second + (__int128)fraction * second / per_second;
    if (time > INT64_MAX || time < INT64_MIN) {
        reader->times_clamped++;
        return time < 0 ? INT64_MIN : INT64_MAX;
    }
    return (int64_t)time;
}

/* Takes the file header apart; false when this is not pcap. */
static bool read_file_header(Reader *reader, const uint8_t *header)
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
    return true;
}

bool reader_open(Reader *reader, Arena *arena, const PcapSource *source, const PcapLimits *limits,
                 Error *error)
{
    *reader = (Reader){.arena = arena, .limits = limits};
    input_init(&reader->input, source, limits);
    const uint8_t *header;
    size_t size = input_peek(&reader->input, FILE_HEADER_BYTES, &header);
    if (reader->input.read_failed)
        return error_set(error, ERR_IO, "%s", reader->input.failure);
    if (size == 0)
        return error_set(error, ERR_UNSUPPORTED_MEDIA, "the file is empty");
    if (size >= 4 && load_le32(header) == MAGIC_SECTION) {
        reader->format = "pcapng";
        reader->is_pcapng = true;
        return true;
    }
    if (size < FILE_HEADER_BYTES)
        return error_set(error, ERR_UNSUPPORTED_MEDIA, "%zu bytes are too few for a capture: %s",
                         size, reader->input.failure ? reader->input.failure : "no file header");
    if (!read_file_header(reader, header)) {
        return error_set(error, ERR_UNSUPPORTED_MEDIA,
                         "not a capture: neither pcap nor pcapng (magic 0x%08" PRIx32 ")",
                         load_be32(header));
    }
    return input_skip(&reader->input, FILE_HEADER_BYTES);
}

void reader_done(Reader *reader)
{
    input_done(&reader->input);
    mem_free(reader->interfaces);
    reader->interfaces = NULL;
}

/*
 * Microseconds beyond a million have no meaning; they are taken as Wireshark takes them, in 32
 * bits, and counted.
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

static bool pcap_next(Reader *reader, Packet *out_packet)
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
    return reader->is_pcapng ? pcapng_next(reader, out_packet) : pcap_next(reader, out_packet);
}
