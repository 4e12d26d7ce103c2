/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device tokens: the signed marker of a device from which an account was logged in to. It proves
 * nothing but that: it opens no session and only keeps the failed logins of strangers from making
 * the owner wait. It is bound to the e-mail address and lives for a year.
 */
#pragma once

#include "services/services.h"

enum { DEVICE_TOKEN_LIFE_S = 365 * 24 * 3600, DEVICE_TOKEN_MAX_BYTES = 256 };

typedef struct {
    uint8_t id[16];
} DeviceToken;

/* Makes the marker of a device that is not known yet. */
DeviceToken device_token_new(void);
/* Writes the marker, signed, for the account with this address (in lower case); it expires a year
 * after now_s (seconds since 1970). */
Str device_token_sign(Arena *arena, const Services *services, const DeviceToken *device, Str email,
                      int64_t now_s) MUST_USE;
/* Returns false when the token is malformed, forged, another account's or expired. */
bool device_token_read(Arena *arena, const Services *services, Str token, Str email,
                       DeviceToken *out_device) MUST_USE;
