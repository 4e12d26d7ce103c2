/* SPDX-License-Identifier: Apache-2.0 */
/* The topology for other programs: Graphviz, GraphML and CSV. */
#include "engines/topology/svg_draw.h"

const TopologyFormat topology_formats[] = {
    {"svg", topology_write_svg},         {"dot", topology_write_dot},
    {"graphml", topology_write_graphml}, {"drawio", topology_write_drawio},
    {"csv", topology_write_csv},         {NULL, NULL},
};

/* Returns the byte, or a question mark for what is not UTF-8: readers would refuse all of it. */
static char readable(char c, bool is_utf8)
{
    return (unsigned char)c < 0x20 || c == 0x7F   ? ' '
           : (unsigned char)c >= 0x80 && !is_utf8 ? '?'
                                                  : c;
}

/* Writes a quoted string of DOT: a backslash there would begin an escape of labels. */
static void dot_string(StrBuf *out, Str text)
{
    bool is_utf8 = str_is_utf8(text);
    strbuf_append_byte(out, '"');
    for (size_t i = 0; i < text.size; i++) {
        char c = readable(text.data[i], is_utf8);
        if (c == '"' || c == '\\')
            strbuf_append_byte(out, '\\');
        strbuf_append_byte(out, c);
    }
    strbuf_append_byte(out, '"');
}

static void dot_field(StrBuf *out, const char *key, Str value)
{
    strbuf_printf(out, " %s=", key);
    dot_string(out, value);
}

static void dot_node(StrBuf *out, const TopologyNode *node)
{
    static const char *const shapes[] = {[NODE_ROUTER] = "ellipse",
                                         [NODE_SWITCH] = "box",
                                         [NODE_FIREWALL] = "octagon",
                                         [NODE_NETWORK] = "plaintext",
                                         [NODE_EXTERNAL] = "doublecircle"};
    strbuf_append(out, STR("    "));
    dot_string(out, node->id);
    strbuf_append(out, STR(" ["));
    dot_field(out, "label", node->label);
    strbuf_printf(out, " shape=%s", shapes[node->type]);
    dot_field(out, "tooltip", node->ip.size ? node->ip : node->label);
    strbuf_append(out, STR("];\n"));
}

static void dot_group(const Topology *topology, uint32_t group, StrBuf *out)
{
    bool framed = group < topology->groups.count && topology->groups.items[group].is_framed;
    if (framed) {
        strbuf_printf(out, "    subgraph cluster_%u {\n    label=", group);
        dot_string(out, topology->groups.items[group].label);
        strbuf_append(out, STR(";\n"));
    }
    for (size_t i = 0; i < topology->nodes.count; i++) {
        if (topology->nodes.items[i].group == group)
            dot_node(out, &topology->nodes.items[i]);
    }
    if (framed)
        strbuf_append(out, STR("    }\n"));
}

void topology_write_dot(const Topology *topology, StrBuf *out)
{
    strbuf_append(out, STR("graph network {\n    graph [rankdir=TB overlap=false];\n"));
    for (uint32_t group = 0; group == 0 || group < topology->groups.count; group++)
        dot_group(topology, group, out);
    for (size_t i = 0; i < topology->edges.count; i++) {
        const TopologyEdge *edge = &topology->edges.items[i];
        strbuf_append(out, STR("    "));
        dot_string(out, topology->nodes.items[edge->ends[0].node].id);
        strbuf_append(out, STR(" -- "));
        dot_string(out, topology->nodes.items[edge->ends[1].node].id);
        strbuf_append(out, STR(" ["));
        dot_field(out, "id", edge->id);
        dot_field(out, "taillabel", edge->ends[0].label);
        dot_field(out, "headlabel", edge->ends[1].label);
        strbuf_printf(out, "%s%s];\n", edge->kind == EDGE_BGP ? " style=dashed" : "",
                      edge->problem ? " color=red" : "");
    }
    strbuf_append(out, STR("}\n"));
}

static void graphml_data(StrBuf *out, const char *key, Str value)
{
    if (value.size == 0)
        return;
    strbuf_printf(out, "<data key=\"%s\">", key);
    svg_text(out, value, SIZE_MAX);
    strbuf_append(out, STR("</data>"));
}

static void graphml_keys(StrBuf *out)
{
    static const struct {
        const char *owner, *name, *type;
    } keys[] = {
        {"node", "label", "string"},
        {"node", "type", "string"},
        {"node", "ip", "string"},
        {"node", "system", "string"},
        {"node", "group", "string"},
        {"node", "file", "string"},
        {"node", "x", "double"},
        {"node", "y", "double"},
        {"edge", "kind", "string"},
        {"edge", "source_port", "string"},
        {"edge", "target_port", "string"},
        {"edge", "source_address", "string"},
        {"edge", "target_address", "string"},
        {"edge", "lag", "string"},
        {"edge", "bgp", "string"},
        {"edge", "ospf", "string"},
        {"edge", "isis", "string"},
        {"edge", "eigrp", "string"},
        {"edge", "confidence", "double"},
        {"edge", "problem", "boolean"},
    };
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        strbuf_printf(out, "  <key id=\"%s\" for=\"%s\" attr.name=\"%s\" attr.type=\"%s\"/>\n",
                      keys[i].name, keys[i].owner, keys[i].name, keys[i].type);
}

static void graphml_node(const Topology *topology, const TopologyNode *node, StrBuf *out)
{
    strbuf_append(out, STR("    <node id=\""));
    svg_text(out, node->id, SIZE_MAX);
    strbuf_append(out, STR("\">"));
    graphml_data(out, "label", node->label);
    graphml_data(out, "type", str_of(node_type_name(node->type)));
    graphml_data(out, "ip", node->ip);
    if (node->device) {
        graphml_data(out, "system", str_of(node->device->vendor.system->id));
        graphml_data(out, "file", node->device->file);
    }
    if (node->group < topology->groups.count)
        graphml_data(out, "group", topology->groups.items[node->group].label);
    strbuf_printf(out, "<data key=\"x\">%.1f</data><data key=\"y\">%.1f</data></node>\n",
                  node->box.x, node->box.y);
}

static void graphml_edge(const Topology *topology, const TopologyEdge *edge, StrBuf *out)
{
    strbuf_append(out, STR("    <edge id=\""));
    svg_text(out, edge->id, SIZE_MAX);
    strbuf_append(out, STR("\" source=\""));
    svg_text(out, topology->nodes.items[edge->ends[0].node].id, SIZE_MAX);
    strbuf_append(out, STR("\" target=\""));
    svg_text(out, topology->nodes.items[edge->ends[1].node].id, SIZE_MAX);
    strbuf_append(out, STR("\">"));
    graphml_data(out, "kind", str_of(edge_kind_name(edge->kind)));
    graphml_data(out, "source_port", edge->ends[0].interface);
    graphml_data(out, "target_port", edge->ends[1].interface);
    graphml_data(out, "source_address", edge->ends[0].address);
    graphml_data(out, "target_address", edge->ends[1].address);
    graphml_data(out, "lag", edge->lag);
    graphml_data(out, "bgp", edge->bgp_label);
    graphml_data(out, "ospf", edge->ospf_label);
    graphml_data(out, "isis", edge->isis_label);
    graphml_data(out, "eigrp", edge->eigrp_label);
    strbuf_printf(out,
                  "<data key=\"confidence\">%.2f</data><data key=\"problem\">%s</data></edge>\n",
                  edge->confidence, edge->problem ? "true" : "false");
}

void topology_write_graphml(const Topology *topology, StrBuf *out)
{
    strbuf_append(out, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml "
                           "xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n"));
    graphml_keys(out);
    strbuf_append(out, STR("  <graph id=\"network\" edgedefault=\"undirected\">\n"));
    for (size_t i = 0; i < topology->nodes.count; i++)
        graphml_node(topology, &topology->nodes.items[i], out);
    for (size_t i = 0; i < topology->edges.count; i++)
        graphml_edge(topology, &topology->edges.items[i], out);
    strbuf_append(out, STR("  </graph>\n</graphml>\n"));
}

static void csv_cell(StrBuf *out, Str text, bool first)
{
    bool is_utf8 = str_is_utf8(text);
    if (!first)
        strbuf_append_byte(out, ',');
    strbuf_append_byte(out, '"');
    if (text.size && str_find_byte(STR("=+-@\t\r"), text.data[0]) != STR_NOT_FOUND)
        strbuf_append_byte(out, '\'');
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '"')
            strbuf_append_byte(out, '"');
        strbuf_append_byte(out, readable(text.data[i], is_utf8));
    }
    strbuf_append_byte(out, '"');
}

static void csv_reasons(const TopologyEdge *edge, StrBuf *out)
{
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, 1 << 20);
    for (size_t i = 0; i < edge->evidence.count; i++)
        strbuf_printf(&text, "%s%.*s", i ? "; " : "", STR_ARGS(edge->evidence.items[i].text));
    csv_cell(out, strbuf_str(&text), false);
}

void topology_write_csv(const Topology *topology, StrBuf *out)
{
    strbuf_append(out, STR("kind,device_a,interface_a,address_a,device_b,interface_b,address_b,"
                           "lag,bgp,ospf,isis,eigrp,confidence,problem,reasons\r\n"));
    for (size_t i = 0; i < topology->edges.count; i++) {
        const TopologyEdge *edge = &topology->edges.items[i];
        csv_cell(out, str_of(edge_kind_name(edge->kind)), true);
        for (int end = 0; end < 2; end++) {
            csv_cell(out, topology->nodes.items[edge->ends[end].node].label, false);
            csv_cell(out, edge->ends[end].interface, false);
            csv_cell(out, edge->ends[end].address, false);
        }
        csv_cell(out, edge->lag, false);
        csv_cell(out, edge->bgp_label, false);
        csv_cell(out, edge->ospf_label, false);
        csv_cell(out, edge->isis_label, false);
        csv_cell(out, edge->eigrp_label, false);
        strbuf_printf(out, ",%.2f,%s", edge->confidence, edge->problem ? "true" : "false");
        csv_reasons(edge, out);
        strbuf_append(out, STR("\r\n"));
    }
}
