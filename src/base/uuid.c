/* SPDX-License-Identifier: Apache-2.0 */
#include "base/uuid.h"

#include "base/random.h"

static bool is_hyphen_place(size_t at)
{
    return at == 8 || at == 13 || at == 18 || at == 23;
}

Uuid uuid_new(void)
{
    Uuid uuid;
    random_bytes(uuid.bytes, sizeof(uuid.bytes));
    uuid.bytes[6] = (uint8_t)((uuid.bytes[6] & 0x0F) | 0x40);
    uuid.bytes[8] = (uint8_t)((uuid.bytes[8] & 0x3F) | 0x80);
    return uuid;
}

bool uuid_parse(Str text, Uuid *out_uuid)
{
    Uuid uuid;
    size_t byte = 0;
    if (text.size != UUID_TEXT_SIZE - 1)
        return false;
    for (size_t at = 0; at < text.size;) {
        if (is_hyphen_place(at)) {
            if (text.data[at++] != '-')
                return false;
            continue;
        }
        uint64_t value = 0;
        if (!str_parse_hex(str_slice(text, at, 2), &value))
            return false;
        uuid.bytes[byte++] = (uint8_t)value;
        at += 2;
    }
    *out_uuid = uuid;
    return true;
}

const char *uuid_write(const Uuid *uuid, char out[UUID_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;
    for (size_t i = 0; i < sizeof(uuid->bytes); i++) {
        if (is_hyphen_place(at))
            out[at++] = '-';
        out[at++] = digits[uuid->bytes[i] >> 4];
        out[at++] = digits[uuid->bytes[i] & 0x0F];
    }
    out[at] = '\0';
    return out;
}

Str uuid_str(Arena *arena, const Uuid *uuid)
{
    char text[UUID_TEXT_SIZE];
    return arena_copy(arena, str_of(uuid_write(uuid, text)));
}

bool uuid_equal(const Uuid *a, const Uuid *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}
