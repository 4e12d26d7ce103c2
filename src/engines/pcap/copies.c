/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies: a mirror port delivers a packet more than once, when it mirrors both directions of a
 * port, or two ports that the packet passes. A copy is equal from its IP header on, but for what
 * routers and switches change on the way (type of service, time to live, checksum), and comes at
 * once. A retransmission by the sender has another identification.
 */
#include "base/mem.h"
#include "engines/pcap/notes.h"

enum {
    NEAR_NS = 2000000,  /* a packet without identification may be sent again soon */
    LATE_NS = 50000000, /* one with identification is not sent again */
    HEADER_MAX = 60,
    PAYLOAD_BYTES = 64,
    PASSES_OF_A_LOOP = 4,
};

typedef struct {
    uint8_t bytes[HEADER_MAX + PAYLOAD_BYTES];
    uint32_t size;
    uint8_t ttl;
    bool has_identification;
} Image;

/* The bytes that are the same in all copies. */
static bool make_image(Slice ip, uint32_t header_bytes, Image *out_image)
{
    if (header_bytes > HEADER_MAX || ip.captured < header_bytes)
        return false;
    out_image->size = MIN_OF(ip.captured, header_bytes + PAYLOAD_BYTES);
    memcpy(out_image->bytes, ip.data, out_image->size);
    uint8_t *header = out_image->bytes;
    if (header[0] >> 4 == 4) {
        out_image->ttl = header[8];
        out_image->has_identification = load_be16(header + 4) != 0;
        header[1] = 0;
        header[8] = 0;
        header[10] = 0;
        header[11] = 0;
    } else {
        out_image->ttl = header[7];
        out_image->has_identification = false;
        header[0] = 0x60;
        header[1] &= 0x0f;
        header[7] = 0;
    }
    return true;
}

static NotedPacket *find_packet(Notes *notes, uint64_t hash, bool *out_found)
{
    if (!notes->packets)
        notes->packets = mem_alloc((size_t)NOTES_COPY_SETS * NOTES_SET_SIZE, sizeof(NotedPacket));
    NotedPacket *set = &notes->packets[(hash >> 20) % NOTES_COPY_SETS * NOTES_SET_SIZE];
    NotedPacket *oldest = set;
    for (uint32_t i = 0; i < NOTES_SET_SIZE; i++) {
        *out_found = set[i].hash == hash;
        if (*out_found)
            return &set[i];
        if (set[i].number < oldest->number)
            oldest = &set[i];
    }
    return oldest;
}

void notes_ip(Notes *notes, DecodedPacket *packet, Slice ip, uint32_t header_bytes)
{
    Image image;
    bool found = false;
    if (packet->has_ip || !make_image(ip, header_bytes, &image))
        return;
    packet->has_ip = true;
    uint64_t hash = notes_fingerprint(image.bytes, image.size);
    NotedPacket *noted = find_packet(notes, hash, &found);
    int64_t gap;
    if (__builtin_sub_overflow(packet->time_ns, noted->time_ns, &gap))
        gap = INT64_MAX;
    int64_t limit = image.has_identification ? LATE_NS : NEAR_NS;
    packet->is_copy = found && gap <= limit && gap >= -limit;
    if (!packet->is_copy) {
        *noted = (NotedPacket){
            .hash = hash, .time_ns = packet->time_ns, .number = packet->number, .ttl = image.ttl};
        return;
    }
    examples_add(&notes->copies, packet->number);
    if (image.ttl == noted->ttl)
        return;
    notes->copies_routed++;
    if (image.ttl < noted->ttl && ++noted->passes == PASSES_OF_A_LOOP)
        examples_add(&notes->loops, packet->number);
    noted->ttl = image.ttl;
    noted->time_ns = packet->time_ns;
}
