/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What configurations state about IS-IS and EIGRP in the same words on several systems: the levels
 * of IS-IS, the metric of an interface, the authentication of its hello packets.
 */
#pragma once

#include "engines/config/reader.h"

/* Stores the levels that "level-1", "level-2-only" or "level-1-2" names. */
bool isis_levels_read(Str word, uint32_t *out_levels) MUST_USE;
/* Returns the levels that a setting is for: those named at word i or after it ("level-1", "level
 * 1"), else both. */
uint32_t isis_levels_named(const Reader *reader, size_t i);
/* Stores the metric at word i for the levels named after it, or before it (FRRouting). "no" takes
 * it back. */
bool isis_metric_read(Reader *reader, size_t i, InterfaceIgp *igp);
/* Stores a mode of authentication for levels; "no" before the line takes it back. */
void igp_authentication_set(const Reader *reader, InterfaceIgp *igp, uint32_t levels, Str mode);
/* Notes that there is a key, whose mode another line may state. The key itself is not stored. */
void igp_key_set(const Reader *reader, InterfaceIgp *igp, uint32_t levels);
/* Reads "10.0.0.0 0.0.0.255", "10.0.0.0/24", or an address alone, which stands for its class. */
bool igp_network_read(const Reader *reader, size_t i, OspfNetwork *out_network) MUST_USE;
