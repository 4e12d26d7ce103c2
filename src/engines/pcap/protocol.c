/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/pcap/protocol.h"

#include "base/mem.h"

static const char *const protocol_names[PROTOCOL_COUNT] = {
#define X(id, name) name,
    PROTOCOLS(X)
#undef X
};

enum { FIRST_NODES = 64 };

const char *protocol_name(Protocol protocol)
{
    check(protocol < PROTOCOL_COUNT);
    return protocol_names[protocol];
}

void hierarchy_init(Hierarchy *hierarchy)
{
    *hierarchy = (Hierarchy){.nodes = mem_alloc(FIRST_NODES, sizeof(HierarchyNode)), .count = 1};
}

void hierarchy_done(Hierarchy *hierarchy)
{
    mem_free(hierarchy->nodes);
    *hierarchy = (Hierarchy){0};
}

static uint32_t add_node(Hierarchy *hierarchy, uint32_t parent, Protocol protocol)
{
    uint32_t count = hierarchy->count;
    if (count == HIERARCHY_MAX_NODES) {
        hierarchy->limited = true;
        return HIERARCHY_ROOT;
    }
    /* Powers of two are the moments to grow. */
    if (count >= FIRST_NODES && (count & (count - 1)) == 0)
        hierarchy->nodes = mem_resize(hierarchy->nodes, (size_t)count * 2, sizeof(HierarchyNode));
    hierarchy->nodes[count] = (HierarchyNode){0};
    HierarchyNode *node = &hierarchy->nodes[parent];
    node->child[protocol] = (uint16_t)count;
    node->order[node->child_count++] = (uint16_t)protocol;
    return hierarchy->count++;
}

uint32_t hierarchy_count(Hierarchy *hierarchy, uint32_t node, Protocol protocol, uint32_t bytes)
{
    uint32_t child = hierarchy->nodes[node].child[protocol];
    if (child == 0)
        child = add_node(hierarchy, node, protocol);
    if (child == HIERARCHY_ROOT)
        return node;
    hierarchy->nodes[child].frames++;
    hierarchy->nodes[child].bytes += bytes;
    return child;
}

typedef struct {
    uint32_t node;
    uint16_t next;
} Visit;

PcapProtocol *hierarchy_list(const Hierarchy *hierarchy, Arena *arena, size_t *out_count)
{
    PcapProtocol *list = ARENA_ARRAY(arena, PcapProtocol, hierarchy->count);
    Visit *stack = ARENA_ARRAY(arena, Visit, hierarchy->count);
    size_t count = 0;
    uint32_t depth = 0;
    stack[0] = (Visit){.node = HIERARCHY_ROOT};
    for (;;) {
        Visit *visit = &stack[depth];
        const HierarchyNode *node = &hierarchy->nodes[visit->node];
        if (visit->next == node->child_count) {
            if (depth == 0)
                break;
            depth--;
            continue;
        }
        Protocol protocol = (Protocol)node->order[visit->next++];
        uint32_t child = node->child[protocol];
        list[count++] = (PcapProtocol){.name = protocol_names[protocol],
                                       .depth = depth,
                                       .frames = hierarchy->nodes[child].frames,
                                       .bytes = hierarchy->nodes[child].bytes};
        stack[++depth] = (Visit){.node = child};
    }
    *out_count = count;
    return list;
}
