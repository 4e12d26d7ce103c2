/* SPDX-License-Identifier: Apache-2.0 */
/* What a row says of its packet in words: who sent it to whom, and one line about it. */
#pragma once

#include "engines/pcap/application.h"
#include "engines/pcap/dissection.h"
#include "engines/pcap/packets.h"

/* Sets source and destination. */
void packet_info_ends(Arena *arena, const Dissection *dissection, PcapPacketRow *row);
/* Sets protocol and info. */
void packet_info_write(Arena *arena, const Dissection *dissection, const Application *application,
                       uint32_t link_type, PcapPacketRow *row);
