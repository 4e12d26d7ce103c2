/* SPDX-License-Identifier: Apache-2.0 */
/* pcapng: blocks, of which some hold packets. */
#include "engines/pcap/bytes.h"
#include "engines/pcap/formats.h"

#include <inttypes.h>

enum {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 2, /* obsolete */
    BLOCK_SIMPLE = 3,
    BLOCK_ENHANCED = 6,
    BYTE_ORDER_MAGIC = 0x1a2b3c4d,
    BLOCK_MIN_BYTES = 12,
    SECTION_MIN_BYTES = 28,
    INTERFACE_MIN_BYTES = 20,
    PACKET_MIN_BYTES = 32,
    SIMPLE_MIN_BYTES = 16,
    /* The longest packet any link type has (128 MiB), with its options. */
    BLOCK_MAX_BYTES = (128 << 20) + (128 << 10) + PACKET_MIN_BYTES,
    /* Options of an interface description are looked at up to here. */
    INTERFACE_LOOK_BYTES = 64 * 1024,
    OPTION_END = 0,
    OPTION_NAME = 2,
    OPTION_TIME_RESOLUTION = 9,
    OPTION_TIME_OFFSET = 14,
    NAME_MAX_BYTES = 255,
};

typedef struct {
    uint32_t type;
    uint32_t total; /* as stored */
    uint32_t padded;
} Block;

/* size bytes of the block, or the end of the reading. */
static bool need(Reader *reader, size_t size, const uint8_t **out_bytes)
{
    if (input_peek(&reader->input, size, out_bytes) == size)
        return true;
    return reader_stop(reader, BROKEN_TRUNCATED, "the file ends in the middle of a block");
}

/* An exponent that 64 bits cannot hold gives the finest resolution there is, as in Wireshark. */
static uint64_t parse_resolution(uint8_t value)
{
    unsigned exponent = value & 0x7f;
    bool binary = value & 0x80;
    if (exponent >= (binary ? 64 : 20))
        return UINT64_MAX;
    uint64_t ticks = 1;
    for (unsigned i = 0; i < exponent; i++)
        ticks *= binary ? 2 : 10;
    return ticks;
}

static void take_option(Reader *reader, Interface *interface, uint16_t code, Str value)
{
    const uint8_t *bytes = (const uint8_t *)value.data;
    bool big_endian = reader->big_endian;
    if (code == OPTION_NAME && value.size > 0) {
        /* Some writers end it with NUL. */
        value = str_slice(value, 0, MIN_OF(str_find_byte(value, '\0'), (size_t)NAME_MAX_BYTES));
        interface->name = arena_copy(reader->arena, value);
    } else if (code == OPTION_TIME_RESOLUTION && value.size == 1) {
        interface->ticks_per_second = parse_resolution(bytes[0]);
    } else if (code == OPTION_TIME_OFFSET && value.size == 8) {
        uint64_t high = load_32(bytes + (big_endian ? 0 : 4), big_endian);
        uint64_t low = load_32(bytes + (big_endian ? 4 : 0), big_endian);
        interface->offset_s = (int64_t)(high << 32 | low);
    }
}

static bool read_interface(Reader *reader, Block block)
{
    if (block.total < INTERFACE_MIN_BYTES)
        return reader_stop(reader, BROKEN_DAMAGED, "an interface block of %" PRIu32 " bytes",
                           block.total);
    Interface *interface = reader_add_interface(reader);
    if (!interface)
        return reader_stop(reader, BROKEN_DAMAGED, "more than %" PRIu32 " interfaces",
                           reader->limits->max_interfaces);
    const uint8_t *bytes;
    size_t size = MIN_OF(block.padded, (uint32_t)INTERFACE_LOOK_BYTES);
    if (!need(reader, size, &bytes))
        return false;
    bool big_endian = reader->big_endian;
    interface->link_type = load_16(bytes + 8, big_endian);
    interface->snap_bytes = load_32(bytes + 12, big_endian);
    Str options = str_slice(str_make(bytes, size), 16, MIN_OF(block.total, size) - 4 - 16);
    while (options.size >= 4) {
        uint16_t code = load_16((const uint8_t *)options.data, big_endian);
        uint16_t length = load_16((const uint8_t *)options.data + 2, big_endian);
        if (code == OPTION_END || length > options.size - 4)
            break;
        take_option(reader, interface, code, str_slice(options, 4, length));
        options = str_from(options, 4 + ((size_t)length + 3) / 4 * 4);
    }
    return true;
}

static bool read_section(Reader *reader, Block block)
{
    if (block.total < SECTION_MIN_BYTES)
        return reader_stop(reader, BROKEN_DAMAGED, "a section header of %" PRIu32 " bytes",
                           block.total);
    const uint8_t *bytes;
    if (!need(reader, SECTION_MIN_BYTES, &bytes))
        return false;
    uint16_t major = load_16(bytes + 12, reader->big_endian);
    if (major != 1)
        return reader_stop(reader, BROKEN_DAMAGED, "pcapng version %u is not known", major);
    reader->section_first_interface = reader->interface_count;
    return true;
}

static const Interface *packet_interface(Reader *reader, uint32_t number)
{
    size_t count = reader->interface_count - reader->section_first_interface;
    if (number >= count) {
        reader_stop(reader, BROKEN_DAMAGED,
                    "a packet of interface %" PRIu32 " where %zu are described", number, count);
        return NULL;
    }
    Interface *interface = &reader->interfaces[reader->section_first_interface + number];
    interface->packets++;
    return interface;
}

/* Sets link type, interface and time, and checks that the packet is inside its block. */
static bool finish_packet(Reader *reader, Packet *packet, uint32_t number, uint64_t room)
{
    if (packet->captured > room) {
        return reader_stop(reader, BROKEN_DAMAGED,
                           "a packet of %" PRIu32
                           " captured bytes in a block with room for %" PRIu64,
                           packet->captured, room);
    }
    if (packet->captured > reader->limits->max_packet_bytes) {
        return reader_stop(reader, BROKEN_DAMAGED,
                           "a packet of %" PRIu32 " captured bytes, more than %" PRIu32,
                           packet->captured, reader->limits->max_packet_bytes);
    }
    const Interface *interface = packet_interface(reader, number);
    if (!interface)
        return false;
    packet->interface = (uint32_t)(reader->section_first_interface + number);
    packet->link_type = interface->link_type;
    if (packet->has_time) {
        uint64_t ticks = (uint64_t)packet->time_ns;
        uint64_t per_second = interface->ticks_per_second;
        packet->time_ns =
            reader_time_ns(reader, (__int128)(ticks / per_second) + interface->offset_s,
                           ticks % per_second, per_second);
    }
    return true;
}

/* Enhanced and obsolete packet blocks differ in the first word alone. */
static bool read_packet(Reader *reader, Block block, Packet *out_packet)
{
    if (block.total < PACKET_MIN_BYTES)
        return reader_stop(reader, BROKEN_DAMAGED, "a packet block of %" PRIu32 " bytes",
                           block.total);
    const uint8_t *bytes;
    size_t header = PACKET_MIN_BYTES - 4;
    if (!need(reader, header, &bytes))
        return false;
    bool big_endian = reader->big_endian;
    uint32_t number = block.type == BLOCK_ENHANCED ? load_32(bytes + 8, big_endian)
                                                   : load_16(bytes + 8, big_endian);
    uint64_t ticks =
        (uint64_t)load_32(bytes + 12, big_endian) << 32 | load_32(bytes + 16, big_endian);
    *out_packet = (Packet){
        .captured = load_32(bytes + 20, big_endian),
        .original = load_32(bytes + 24, big_endian),
        .time_ns = (int64_t)ticks,
        .has_time = true,
    };
    if (!finish_packet(reader, out_packet, number, block.total - PACKET_MIN_BYTES))
        return false;
    if (!need(reader, header + out_packet->captured, &bytes))
        return false;
    out_packet->data = bytes + header;
    return true;
}

static bool read_simple(Reader *reader, Block block, Packet *out_packet)
{
    if (block.total < SIMPLE_MIN_BYTES)
        return reader_stop(reader, BROKEN_DAMAGED, "a packet block of %" PRIu32 " bytes",
                           block.total);
    if (reader->interface_count == reader->section_first_interface)
        return packet_interface(reader, 0) != NULL;
    const uint8_t *bytes;
    size_t header = SIMPLE_MIN_BYTES - 4;
    if (!need(reader, header, &bytes))
        return false;
    uint32_t original = load_32(bytes + 8, reader->big_endian);
    uint32_t snap = reader->interfaces[reader->section_first_interface].snap_bytes;
    *out_packet = (Packet){
        .captured = snap > 0 && snap < original ? snap : original,
        .original = original,
    };
    if (!finish_packet(reader, out_packet, 0, block.total - SIMPLE_MIN_BYTES))
        return false;
    if (!need(reader, header + out_packet->captured, &bytes))
        return false;
    out_packet->data = bytes + header;
    return true;
}

/* Whether the rest of the file is zeros, as a full disk leaves them. Reads it to its end if so. */
static bool has_zeros_only(Reader *reader)
{
    enum { PIECE = 64 * 1024 };
    uint64_t total = 0;
    for (;;) {
        const uint8_t *bytes;
        size_t size = input_peek(&reader->input, PIECE, &bytes);
        for (size_t i = 0; i < size; i++) {
            if (bytes[i])
                return false;
        }
        if (size == 0)
            break;
        total += size;
        if (!input_skip(&reader->input, size))
            break;
    }
    if (reader->input.failure)
        return false;
    reader->zero_tail_bytes = total;
    return true;
}

/* The header of the next block; false at the end or when it makes no sense. */
static bool read_block_header(Reader *reader, Block *out_block)
{
    const uint8_t *bytes;
    size_t size = input_peek(&reader->input, BLOCK_MIN_BYTES, &bytes);
    if (size == 0 && !reader->input.failure)
        return false;
    if (size < BLOCK_MIN_BYTES)
        return reader_stop(reader, BROKEN_TRUNCATED,
                           "the file ends in the middle of a block header");
    if (load_le32(bytes) == BLOCK_SECTION) {
        if (load_le32(bytes + 8) != BYTE_ORDER_MAGIC && load_be32(bytes + 8) != BYTE_ORDER_MAGIC)
            return reader_stop(reader, BROKEN_DAMAGED, "a section header without byte order");
        reader->big_endian = load_be32(bytes + 8) == BYTE_ORDER_MAGIC;
    }
    Block block = {.type = load_32(bytes, reader->big_endian),
                   .total = load_32(bytes + 4, reader->big_endian)};
    if (block.type == 0 && block.total == 0 && has_zeros_only(reader))
        return false;
    if (block.total < BLOCK_MIN_BYTES || block.total > BLOCK_MAX_BYTES)
        return reader_stop(reader, BROKEN_DAMAGED, "a block of %" PRIu32 " bytes", block.total);
    block.padded = (block.total + 3) / 4 * 4;
    *out_block = block;
    return true;
}

/* The length is repeated at the end of a block; one beyond the window is believed. */
static bool check_trailer(Reader *reader, Block block)
{
    if (block.padded > INPUT_WINDOW)
        return true;
    const uint8_t *bytes;
    if (input_peek(&reader->input, block.padded, &bytes) < block.padded)
        return reader_stop(reader, BROKEN_TRUNCATED, "the file ends in the middle of a block");
    uint32_t repeated = load_32(bytes + block.padded - 4, reader->big_endian);
    if (repeated != block.total) {
        return reader_stop(reader, BROKEN_DAMAGED,
                           "a block of %" PRIu32 " bytes says %" PRIu32 " at its end", block.total,
                           repeated);
    }
    return true;
}

static bool next_packet(Reader *reader, Packet *out_packet)
{
    Block block = {0};
    while (read_block_header(reader, &block)) {
        if (!check_trailer(reader, block))
            return false;
        switch (block.type) {
        case BLOCK_ENHANCED:
        case BLOCK_PACKET:
            reader->skip_after = block.padded;
            return read_packet(reader, block, out_packet);
        case BLOCK_SIMPLE:
            reader->skip_after = block.padded;
            return read_simple(reader, block, out_packet);
        case BLOCK_SECTION:
            if (!read_section(reader, block))
                return false;
            break;
        case BLOCK_INTERFACE:
            if (!read_interface(reader, block))
                return false;
            break;
        default:
            break;
        }
        if (!input_skip(&reader->input, block.padded))
            return reader_stop(reader, BROKEN_TRUNCATED, "the file ends in the middle of a block");
    }
    return false;
}

bool pcapng_open(Reader *reader, const uint8_t *header, size_t size)
{
    if (size < 4 || load_le32(header) != BLOCK_SECTION)
        return false;
    reader->format = "pcapng";
    reader->next = next_packet;
    return true;
}
