/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/topology/topology.h"

const char *node_type_name(NodeType type)
{
    static const char *const names[] = {"router", "switch", "firewall", "network", "external"};
    return names[type];
}

const char *edge_kind_name(EdgeKind kind)
{
    static const char *const names[] = {"link", "lan", "bgp"};
    return names[kind];
}

const char *bgp_state_name(BgpState state)
{
    static const char *const names[] = {
        [BGP_NO_LOCAL_AS] = "NO_LOCAL_AS",
        [BGP_NO_REMOTE_AS] = "NO_REMOTE_AS",
        [BGP_INVALID_LOCAL_IP] = "INVALID_LOCAL_IP",
        [BGP_UNKNOWN_REMOTE] = "UNKNOWN_REMOTE",
        [BGP_HALF_OPEN] = "HALF_OPEN",
        [BGP_AS_MISMATCH] = "AS_MISMATCH",
        [BGP_UNIQUE_MATCH] = "UNIQUE_MATCH",
        [BGP_DYNAMIC_MATCH] = "DYNAMIC_MATCH",
        [BGP_DISABLED] = "DISABLED",
    };
    return names[state];
}

const char *ospf_state_name(OspfState state)
{
    static const char *const names[] = {"compatible", "passive", "incompatible"};
    return names[state];
}

const char *severity_name(Severity severity)
{
    static const char *const names[] = {"error", "warning", "info"};
    return names[severity];
}

static void write_if(JsonWriter *json, const char *key, Str value)
{
    if (value.size)
        json_field_str(json, key, value);
}

static void write_source(JsonWriter *json, const SourceLine *source)
{
    json_begin_object(json);
    json_field_str(json, "file", source->file);
    json_field_u64(json, "line", source->line);
    json_end(json);
}

static void write_sources(JsonWriter *json, const SourceLine *sources)
{
    json_key(json, "at");
    json_begin_array(json);
    for (int i = 0; i < 2; i++) {
        if (sources[i].line || sources[i].file.size)
            write_source(json, &sources[i]);
    }
    json_end(json);
}

static void write_device(JsonWriter *json, const TopologyNode *node)
{
    const Device *device = node->device;
    const System *traits = device->vendor.system;
    json_field_text(json, "vendor", traits->vendor);
    json_field_text(json, "system", traits->id);
    write_if(json, "version", device->version.text);
    write_if(json, "model", device->model.text);
    write_if(json, "hostname", device->hostname.text);
    json_field_str(json, "file", device->file);
    json_field_u64(json, "interfaces", device->interfaces.count);
    json_field_bool(json, "parsed", traits->parsed);
}

static void write_node(JsonWriter *json, const Topology *topology, const TopologyNode *node)
{
    json_begin_object(json);
    json_field_str(json, "id", node->id);
    json_field_text(json, "type", node_type_name(node->type));
    json_key(json, "position");
    json_begin_object(json);
    json_key(json, "x");
    json_fixed(json, node->box.x, 1);
    json_key(json, "y");
    json_fixed(json, node->box.y, 1);
    json_end(json);
    json_key(json, "width");
    json_fixed(json, node->box.width, 1);
    json_key(json, "height");
    json_fixed(json, node->box.height, 1);
    if (node->management)
        json_field_bool(json, "hidden", true);
    json_key(json, "data");
    json_begin_object(json);
    json_field_str(json, "label", node->label);
    write_if(json, "ip", node->ip);
    if (node->asn)
        json_field_u64(json, "asn", node->asn);
    if (node->management)
        json_field_bool(json, "management", true);
    if (node->group < topology->groups.count)
        write_if(json, "group", topology->groups.items[node->group].label);
    if (node->device)
        write_device(json, node);
    json_end(json);
    json_end(json);
}

static void write_end(JsonWriter *json, const char *key, const EdgeEnd *end)
{
    json_key(json, key);
    json_begin_object(json);
    write_if(json, "interface", end->interface);
    write_if(json, "label", end->label);
    write_if(json, "address", end->address);
    json_end(json);
}

static void write_evidence(JsonWriter *json, const TopologyEdge *edge)
{
    json_key(json, "evidence");
    json_begin_array(json);
    for (size_t i = 0; i < edge->evidence.count; i++) {
        const Evidence *evidence = &edge->evidence.items[i];
        json_begin_object(json);
        json_field_text(json, "source", evidence->source);
        json_field_str(json, "text", evidence->text);
        write_sources(json, evidence->at);
        json_end(json);
    }
    json_end(json);
}

static bool touches_hidden(const Topology *topology, const TopologyEdge *edge)
{
    return topology->nodes.items[edge->ends[0].node].management ||
           topology->nodes.items[edge->ends[1].node].management;
}

static void write_edge(JsonWriter *json, const Topology *topology, const TopologyEdge *edge)
{
    json_begin_object(json);
    json_field_str(json, "id", edge->id);
    json_field_str(json, "source", topology->nodes.items[edge->ends[0].node].id);
    json_field_str(json, "target", topology->nodes.items[edge->ends[1].node].id);
    json_field_str(json, "label", edge->label.size ? edge->label : edge->bgp_label);
    if (touches_hidden(topology, edge))
        json_field_bool(json, "hidden", true);
    json_key(json, "data");
    json_begin_object(json);
    json_field_text(json, "kind", edge_kind_name(edge->kind));
    json_key(json, "confidence");
    json_fixed(json, edge->confidence, 2);
    json_field_bool(json, "problem", edge->problem);
    write_end(json, "source", &edge->ends[0]);
    write_end(json, "target", &edge->ends[1]);
    write_if(json, "lag", edge->lag);
    write_if(json, "bgp", edge->bgp_label);
    write_if(json, "ospf", edge->ospf_label);
    write_if(json, "isis", edge->isis_label);
    write_if(json, "eigrp", edge->eigrp_label);
    write_evidence(json, edge);
    json_end(json);
    json_end(json);
}

void topology_write_json(const Topology *topology, JsonWriter *json)
{
    json_begin_object(json);
    json_key(json, "nodes");
    json_begin_array(json);
    for (size_t i = 0; i < topology->nodes.count; i++)
        write_node(json, topology, &topology->nodes.items[i]);
    json_end(json);
    json_key(json, "edges");
    json_begin_array(json);
    for (size_t i = 0; i < topology->edges.count; i++)
        write_edge(json, topology, &topology->edges.items[i]);
    json_end(json);
    json_end(json);
}

/* Returns the vendor that comes after the given one in the alphabet, or NULL after the last. */
static const char *next_vendor(const Topology *topology, const char *after)
{
    const char *next = NULL;
    for (size_t i = 0; i < topology->device_count; i++) {
        const char *vendor = topology->nodes.items[i].device->vendor.system->vendor;
        if (strcmp(vendor, after) > 0 && (!next || strcmp(vendor, next) < 0))
            next = vendor;
    }
    return next;
}

static void write_vendors(const Topology *topology, JsonWriter *json)
{
    json_key(json, "vendors");
    json_begin_array(json);
    for (const char *vendor = next_vendor(topology, ""); vendor;
         vendor = next_vendor(topology, vendor))
        json_text(json, vendor);
    json_end(json);
}

static void write_findings(const Topology *topology, JsonWriter *json)
{
    json_key(json, "findings");
    json_begin_array(json);
    for (size_t i = 0; i < topology->findings.count; i++) {
        const Finding *finding = &topology->findings.items[i];
        json_begin_object(json);
        json_field_text(json, "severity", severity_name(finding->severity));
        json_field_text(json, "kind", finding->kind);
        json_field_str(json, "message", finding->message);
        write_sources(json, finding->at);
        if (finding->edge != UINT32_MAX)
            json_field_str(json, "edge", topology->edges.items[finding->edge].id);
        json_end(json);
    }
    json_end(json);
}

static void write_sessions(const Topology *topology, JsonWriter *json)
{
    json_key(json, "bgp_sessions");
    json_begin_array(json);
    for (size_t i = 0; i < topology->sessions.count; i++) {
        const BgpSession *session = &topology->sessions.items[i];
        json_begin_object(json);
        json_field_text(json, "state", bgp_state_name(session->state));
        json_field_text(json, "type", session->external ? "external" : "internal");
        write_if(json, "vrf", session->vrf);
        json_key(json, "ends");
        json_begin_array(json);
        for (int k = 0; k < 2; k++) {
            IpText text;
            json_begin_object(json);
            if (session->nodes[k] != UINT32_MAX)
                json_field_str(json, "node", topology->nodes.items[session->nodes[k]].id);
            write_if(json, "address", ip_format(session->addresses[k], &text));
            json_field_u64(json, "asn", session->as[k]);
            json_end(json);
        }
        json_end(json);
        write_sources(json, session->at);
        if (session->edge != UINT32_MAX)
            json_field_str(json, "edge", topology->edges.items[session->edge].id);
        json_end(json);
    }
    json_end(json);
}

static void write_adjacencies(const Topology *topology, JsonWriter *json)
{
    json_key(json, "ospf_adjacencies");
    json_begin_array(json);
    for (size_t i = 0; i < topology->adjacencies.count; i++) {
        const OspfAdjacency *adjacency = &topology->adjacencies.items[i];
        json_begin_object(json);
        json_field_text(json, "state", ospf_state_name(adjacency->state));
        json_field_u64(json, "version", adjacency->version);
        json_key(json, "ends");
        json_begin_array(json);
        for (int k = 0; k < 2; k++) {
            json_begin_object(json);
            json_field_str(json, "node", topology->nodes.items[adjacency->nodes[k]].id);
            json_field_str(json, "interface", adjacency->interfaces[k]);
            json_field_u64(json, "area", adjacency->area[k]);
            json_end(json);
        }
        json_end(json);
        write_sources(json, adjacency->at);
        json_field_str(json, "edge", topology->edges.items[adjacency->edge].id);
        json_end(json);
    }
    json_end(json);
}

static void write_levels(JsonWriter *json, uint32_t levels)
{
    json_key(json, "levels");
    json_begin_array(json);
    for (uint64_t level = 1; level <= 2; level++) {
        if (levels & 1u << (level - 1))
            json_u64(json, level);
    }
    json_end(json);
}

static void write_igp_adjacency(const Topology *topology, const IgpAdjacency *adjacency,
                                JsonWriter *json)
{
    json_begin_object(json);
    json_field_text(json, "state", ospf_state_name(adjacency->state));
    if (adjacency->protocol == IGP_ISIS)
        write_levels(json, adjacency->levels);
    json_key(json, "ends");
    json_begin_array(json);
    for (int k = 0; k < 2; k++) {
        json_begin_object(json);
        json_field_str(json, "node", topology->nodes.items[adjacency->nodes[k]].id);
        json_field_str(json, "interface", adjacency->interfaces[k]);
        if (adjacency->protocol == IGP_EIGRP)
            json_field_u64(json, "as", adjacency->as[k]);
        json_end(json);
    }
    json_end(json);
    write_sources(json, adjacency->at);
    json_field_str(json, "edge", topology->edges.items[adjacency->edge].id);
    json_end(json);
}

static void write_igp_adjacencies(const Topology *topology, IgpKind protocol, JsonWriter *json)
{
    json_key(json, protocol == IGP_ISIS ? "isis_adjacencies" : "eigrp_adjacencies");
    json_begin_array(json);
    for (size_t i = 0; i < topology->igp_adjacencies.count; i++) {
        if (topology->igp_adjacencies.items[i].protocol == protocol)
            write_igp_adjacency(topology, &topology->igp_adjacencies.items[i], json);
    }
    json_end(json);
}

static size_t count_igp(const Topology *topology, IgpKind protocol)
{
    size_t count = 0;
    for (size_t i = 0; i < topology->igp_adjacencies.count; i++)
        count += topology->igp_adjacencies.items[i].protocol == protocol;
    return count;
}

static void write_shutdown(const Topology *topology, JsonWriter *json)
{
    json_key(json, "shutdown_interfaces");
    json_begin_array(json);
    for (size_t i = 0; i < topology->shutdown.count; i++) {
        const ShutdownInterface *shut = &topology->shutdown.items[i];
        json_begin_object(json);
        json_field_str(json, "node", topology->nodes.items[shut->node].id);
        json_field_str(json, "interface", shut->interface);
        json_field_str(json, "address", shut->address);
        json_field_u64(json, "line", shut->line);
        json_end(json);
    }
    json_end(json);
}

static size_t count_edges(const Topology *topology, EdgeKind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < topology->edges.count; i++)
        count += topology->edges.items[i].kind == kind;
    return count;
}

static size_t count_nodes(const Topology *topology, NodeType type)
{
    size_t count = 0;
    for (size_t i = 0; i < topology->nodes.count; i++)
        count += topology->nodes.items[i].type == type;
    return count;
}

void topology_write_metadata(const Topology *topology, JsonWriter *json)
{
    json_begin_object(json);
    json_field_u64(json, "total_devices", topology->device_count);
    write_vendors(topology, json);
    json_field_u64(json, "total_networks", count_nodes(topology, NODE_NETWORK));
    json_field_u64(json, "total_external", count_nodes(topology, NODE_EXTERNAL));
    json_field_u64(json, "total_links", count_edges(topology, EDGE_LINK));
    json_field_u64(json, "total_edges", topology->edges.count);
    json_field_u64(json, "total_bgp_sessions", topology->sessions.count);
    json_field_u64(json, "total_ospf_adjacencies", topology->adjacencies.count);
    json_field_u64(json, "total_isis_adjacencies", count_igp(topology, IGP_ISIS));
    json_field_u64(json, "total_eigrp_adjacencies", count_igp(topology, IGP_EIGRP));
    json_key(json, "width");
    json_fixed(json, topology->width, 1);
    json_key(json, "height");
    json_fixed(json, topology->height, 1);
    write_findings(topology, json);
    write_sessions(topology, json);
    write_adjacencies(topology, json);
    write_igp_adjacencies(topology, IGP_ISIS, json);
    write_igp_adjacencies(topology, IGP_EIGRP, json);
    write_shutdown(topology, json);
    json_end(json);
}
