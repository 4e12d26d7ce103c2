/* SPDX-License-Identifier: Apache-2.0 */
/* Which addresses and names words are, and how they are spelt. Only words.c uses it. A word is in
 * lower case. */
#pragma once

#include "engines/text/word_pieces.h"

enum { WORD_MAC_DIGITS = 12, WORD_NAME_MAX_BYTES = WORD_MAX_BYTES + 64 };

/* Sets the twelve digits of a MAC address in any notation, also of that of a DHCP client, which has
 * the type 01 before it. */
bool word_mac_digits(Str word, char out_digits[WORD_MAC_DIGITS]);
/* Returns whether it looks like an IPv4 address, with a length or a port, or like an IPv6 address,
 * with a zone or a length. Values are not checked. */
bool word_is_address(Str word);
/* Returns the length that a mask or a wildcard of contiguous bits has, or a negative number. */
int word_mask_length(Str word);
/* Returns the one spelling of an IPv6 address or of an interface, in out, and other words as they
 * are. */
Str word_name(Str word, char out[WORD_NAME_MAX_BYTES]);
/* Returns the name of the interface of a subinterface such as ge-0/0/0.100, or an empty view. */
Str word_interface_of(Str word);
