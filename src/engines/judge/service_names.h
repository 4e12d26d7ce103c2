/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of protocols and ports that filters name, in the spellings of Cisco, Arista and
 * Juniper (IANA's registries of protocol and service names). */
#pragma once

#include "base/str.h"

/* Return false for a name that is not known. Numbers are names too. */
bool protocol_number(Str name, uint32_t *out_number) MUST_USE;
bool port_number(Str name, uint32_t *out_number) MUST_USE;
