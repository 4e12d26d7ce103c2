/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A diagram of draw.io (diagrams.net): mxfile > diagram > mxGraphModel > root > mxCell. The cells 0
 * and 1 are the root and its layer, as the program wants them; ids are unique, and a parent comes
 * before its children.
 */
#include "engines/topology/layout.h"
#include "engines/topology/svg_draw.h"

static void cell_head(StrBuf *out, const char *kind, size_t index, Str value)
{
    strbuf_printf(out, "        <mxCell id=\"%s%zu\" value=\"", kind, index);
    svg_text(out, value, SIZE_MAX);
    strbuf_append(out, STR("\" "));
}

static void write_box(StrBuf *out, const NodeBox *box)
{
    strbuf_printf(out,
                  "<mxGeometry x=\"%.0f\" y=\"%.0f\" width=\"%.0f\" height=\"%.0f\" "
                  "as=\"geometry\"/></mxCell>\n",
                  box->x, box->y, box->width, box->height);
}

static void write_groups(const Topology *topology, StrBuf *out)
{
    for (size_t i = 0; i < topology->groups.count; i++) {
        const TopologyGroup *group = &topology->groups.items[i];
        if (!group->is_framed || group->count == 0)
            continue;
        cell_head(out, "g", i, group->label);
        strbuf_append(out, STR("style=\"rounded=1;arcSize=2;verticalAlign=top;fillColor=#f8fafc;"
                               "strokeColor=#cbd5e1;\" vertex=\"1\" parent=\"1\">"));
        write_box(out, &group->box);
    }
}

static void write_nodes(const Topology *topology, StrBuf *out)
{
    static const char *const shapes[] = {
        [NODE_ROUTER] = "ellipse",
        [NODE_SWITCH] = "rounded=1",
        [NODE_FIREWALL] = "rounded=0",
        [NODE_NETWORK] = "rounded=1;arcSize=50;fillColor=#f1f5f9",
        [NODE_EXTERNAL] = "ellipse;shape=cloud",
    };
    for (size_t i = 0; i < topology->nodes.count; i++) {
        const TopologyNode *node = &topology->nodes.items[i];
        cell_head(out, "n", i, node->label);
        strbuf_printf(out,
                      "style=\"%s;whiteSpace=wrap;html=0;strokeColor=%s;\" vertex=\"1\" "
                      "parent=\"1\">",
                      shapes[node->type], svg_vendor_color(node));
        write_box(out, &node->box);
    }
}

/* A label at the beginning or the end of a link is a cell of its own. */
static void write_end_label(StrBuf *out, size_t edge, const EdgeEnd *end, int index)
{
    if (end->label.size == 0)
        return;
    cell_head(out, index ? "t" : "s", edge, end->label);
    strbuf_printf(out,
                  "style=\"edgeLabel;html=0;fontSize=9;\" vertex=\"1\" connectable=\"0\" "
                  "parent=\"e%zu\"><mxGeometry x=\"%s\" relative=\"1\" "
                  "as=\"geometry\"/></mxCell>\n",
                  edge, index ? "0.8" : "-0.8");
}

static void write_points(StrBuf *out, const TopologyEdge *edge)
{
    if (edge->points.count <= 2)
        return;
    strbuf_append(out, STR("<Array as=\"points\">"));
    for (size_t i = 1; i + 1 < edge->points.count; i++)
        strbuf_printf(out, "<mxPoint x=\"%.0f\" y=\"%.0f\"/>", edge->points.items[i].x,
                      edge->points.items[i].y);
    strbuf_append(out, STR("</Array>"));
}

static void write_edges(const Topology *topology, StrBuf *out)
{
    for (size_t i = 0; i < topology->edges.count; i++) {
        const TopologyEdge *edge = &topology->edges.items[i];
        cell_head(out, "e", i, edge->bgp_label.size ? edge->bgp_label : edge->lag);
        strbuf_printf(out,
                      "style=\"endArrow=none;html=0;rounded=1;%s%s\" edge=\"1\" parent=\"1\" "
                      "source=\"n%u\" target=\"n%u\"><mxGeometry relative=\"1\" as=\"geometry\">",
                      edge->kind == EDGE_BGP ? "dashed=1;" : "",
                      edge->problem ? "strokeColor=#dc2626;" : "", edge->ends[0].node,
                      edge->ends[1].node);
        write_points(out, edge);
        strbuf_append(out, STR("</mxGeometry></mxCell>\n"));
        write_end_label(out, i, &edge->ends[0], 0);
        write_end_label(out, i, &edge->ends[1], 1);
    }
}

void topology_write_drawio(const Topology *topology, StrBuf *out)
{
    strbuf_append(out, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<mxfile host=\"netguru\">\n"
                           "  <diagram id=\"network\" name=\"Network\">\n    <mxGraphModel "));
    strbuf_printf(out, "dx=\"%.0f\" dy=\"%.0f\" ", topology->width, topology->height);
    strbuf_append(out, STR("grid=\"0\" page=\"0\">\n      <root>\n        <mxCell id=\"0\"/>\n"
                           "        <mxCell id=\"1\" parent=\"0\"/>\n"));
    write_groups(topology, out);
    write_nodes(topology, out);
    write_edges(topology, out);
    strbuf_append(out, STR("      </root>\n    </mxGraphModel>\n  </diagram>\n</mxfile>\n"));
}
