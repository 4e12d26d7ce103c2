/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Visit: looks at each packet of an analysis right after it was decoded and counted.
 *
 *     pcap_visit(analysis, &visitor);
 *     while (!done && pcap_step(analysis, 1, &done, error))
 *         …
 */
#pragma once

#include "engines/pcap/dissection.h"
#include "engines/pcap/reader.h"

typedef struct PacketVisitor PacketVisitor;
struct PacketVisitor {
    /* relative_ns counts from the first packet of the file; 0: the packet has no time. */
    void (*visit)(PacketVisitor *visitor, const Packet *packet, int64_t relative_ns);
    Flows *flows;          /* of the analysis */
    Dissection dissection; /* of the packet */
};

/* Calls the visitor from now on. It must outlive the analysis. */
void pcap_visit(PcapAnalysis *analysis, PacketVisitor *visitor);
