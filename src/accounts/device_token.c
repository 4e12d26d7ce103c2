/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/device_token.h"

#include "accounts/internal.h"
#include "base/base64.h"
#include "base/random.h"

/* Id, expiry in seconds since 1970 (big-endian), and the first half of an HMAC. */
enum { ID_BYTES = 16, SIGNED_BYTES = ID_BYTES + 8, TOKEN_BYTES = SIGNED_BYTES + 16 };

DeviceToken device_token_new(void)
{
    DeviceToken device;
    random_bytes(device.id, sizeof(device.id));
    return device;
}

static Sha256 mac_of(Arena *arena, const Services *services, Str signed_bytes, Str email)
{
    Sha256 key = derived_key(services, "known devices");
    char *message = arena_alloc(arena, signed_bytes.size + email.size);
    memcpy(message, signed_bytes.data, signed_bytes.size);
    memcpy(message + signed_bytes.size, email.data, email.size);
    return hmac_sha256(str_make(key.bytes, sizeof(key.bytes)),
                       str_make(message, signed_bytes.size + email.size));
}

Str device_token_sign(Arena *arena, const Services *services, const DeviceToken *device, Str email,
                      int64_t now_s)
{
    char raw[TOKEN_BYTES];
    uint64_t expires_at_s = (uint64_t)(now_s + DEVICE_TOKEN_LIFE_S);
    memcpy(raw, device->id, ID_BYTES);
    for (int i = 0; i < 8; i++)
        raw[ID_BYTES + i] = (char)(expires_at_s >> (56 - 8 * i));
    Sha256 mac = mac_of(arena, services, str_make(raw, SIGNED_BYTES), email);
    memcpy(raw + SIGNED_BYTES, mac.bytes, TOKEN_BYTES - SIGNED_BYTES);
    return base64_encode(arena, str_make(raw, TOKEN_BYTES), BASE64_URL_NO_PADDING);
}

bool device_token_read(Arena *arena, const Services *services, Str token, Str email,
                       DeviceToken *out_device)
{
    Str raw;
    uint64_t expires_at_s = 0;
    if (!base64_decode(arena, token, BASE64_URL_NO_PADDING, &raw) || raw.size != TOKEN_BYTES)
        return false;
    Sha256 mac = mac_of(arena, services, str_slice(raw, 0, SIGNED_BYTES), email);
    if (!digest_equal(str_from(raw, SIGNED_BYTES), str_make(mac.bytes, TOKEN_BYTES - SIGNED_BYTES)))
        return false;
    for (int i = 0; i < 8; i++)
        expires_at_s = expires_at_s << 8 | (uint8_t)raw.data[ID_BYTES + i];
    if (expires_at_s <= (uint64_t)redis_now_s())
        return false;
    memcpy(out_device->id, raw.data, ID_BYTES);
    return true;
}
