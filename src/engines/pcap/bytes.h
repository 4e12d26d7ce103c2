/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads packet bytes. A Slice is the view of one layer: the bytes that were captured, and how many
 * there were on the wire. A layer that the snapshot length has cut short therefore still knows its
 * true size. Invariant: captured <= reported.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    const uint8_t *data;
    uint32_t captured; /* bytes at data */
    uint32_t reported; /* bytes on the wire */
} Slice;

static inline uint16_t load_be16(const uint8_t *bytes)
{
    return (uint16_t)((uint16_t)bytes[0] << 8 | bytes[1]);
}

static inline uint32_t load_be32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static inline uint16_t load_le16(const uint8_t *bytes)
{
    return (uint16_t)((uint16_t)bytes[1] << 8 | bytes[0]);
}

static inline uint32_t load_le32(const uint8_t *bytes)
{
    return (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[1] << 8 | bytes[0];
}

static inline uint16_t load_16(const uint8_t *bytes, bool big_endian)
{
    return big_endian ? load_be16(bytes) : load_le16(bytes);
}

static inline uint32_t load_32(const uint8_t *bytes, bool big_endian)
{
    return big_endian ? load_be32(bytes) : load_le32(bytes);
}

/* Returns what follows the first size bytes; empty if nothing does. */
static inline Slice slice_after(Slice slice, uint32_t size)
{
    uint32_t captured = size < slice.captured ? size : slice.captured;
    uint32_t reported = size < slice.reported ? size : slice.reported;
    return (Slice){slice.data + captured, slice.captured - captured, slice.reported - reported};
}

/* Returns at most the first size bytes. */
static inline Slice slice_trim(Slice slice, uint32_t size)
{
    if (slice.reported > size)
        slice.reported = size;
    if (slice.captured > size)
        slice.captured = size;
    return slice;
}
