/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/pcap/dissection.h"

void dissection_begin(Dissection *dissection)
{
    dissection->layer_count = 0;
    dissection->flow_count = 0;
    dissection->has_segment = false;
}

void dissection_add_layer(Dissection *dissection, Protocol protocol, Slice slice)
{
    if (dissection->layer_count < DECODE_MAX_DEPTH)
        dissection->layers[dissection->layer_count++] = (DissectedLayer){protocol, slice};
}

void dissection_add_flow(Dissection *dissection, uint32_t conversation, uint32_t side)
{
    if (conversation != FLOW_NONE && dissection->flow_count < DISSECTION_MAX_FLOWS)
        dissection->flows[dissection->flow_count++] = (DissectedFlow){conversation, side};
}

void dissection_set_segment(Dissection *dissection, const TcpSegment *segment)
{
    dissection->has_segment = true;
    dissection->segment = *segment;
    dissection->events = 0;
    dissection->has_base[0] = false;
    dissection->has_base[1] = false;
}

void dissection_set_state(Dissection *dissection, const TcpState *state, uint32_t side,
                          const TcpFinding *finding)
{
    dissection->events = finding->events;
    for (uint32_t i = 0; i < 2; i++) {
        const TcpDirection *direction = &state->direction[i ? !side : side];
        dissection->has_base[i] = direction->base_known;
        dissection->base[i] = direction->base_sequence;
    }
}
