/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/topology/layout.h"
#include "engines/topology/svg_draw.h"

#include <math.h>

enum {
    LEGEND_HEIGHT = 64,
    LABEL_HEIGHT = 13,
    MAX_TOOLTIP_LINES = 12,
    MAX_BADGES = 150,
    VIEW_SPACE = 24
};

typedef struct {
    const Topology *topology;
    StrBuf *out;
    Arena *arena;
    LabelSpace *space;
    uint32_t *first_finding; /* of each edge: index + 1, or 0 */
    uint32_t *next_finding;  /* of each finding, by index + 1 */
} Picture;

static const char style[] =
    "<style>"
    "text{font-family:Inter,'Helvetica Neue',Helvetica,Arial,'Liberation Sans',sans-serif}"
    ".n{font-size:13.5px;font-weight:600;fill:#0f172a}"
    ".s{font-size:11px;fill:#64748b}"
    ".l{font-size:11.5px;font-weight:500;fill:#334155;text-anchor:middle}"
    ".p{font-size:10px;fill:#334155;text-anchor:middle}"
    ".b{font-size:9.5px;font-weight:600;text-anchor:middle}"
    ".g{font-size:11px;fill:#475569}"
    ".i{fill:none;stroke:#fff;stroke-width:1.7;stroke-linecap:round;stroke-linejoin:round}"
    ".e{fill:none;stroke-linecap:round}"
    ".h{fill:#fff;fill-opacity:.9}"
    ".f{fill:#f8fafc;stroke:#cbd5e1}"
    ".t{font-size:17px;font-weight:600;fill:#475569}"
    "a:hover text{text-decoration:underline}"
    "g:hover>.e{stroke-width:4.5}"
    "</style>\n";

#define OSPF_COLOR "#0d9488"
#define ISIS_COLOR "#0284c7"
#define EIGRP_COLOR "#b45309"

static const char *edge_color(const TopologyEdge *edge)
{
    if (edge->problem)
        return "#dc2626";
    if (edge->kind == EDGE_BGP)
        return edge->ebgp ? "#7c3aed" : "#a78bfa";
    if (edge->ospf)
        return OSPF_COLOR;
    if (edge->isis_label.size)
        return ISIS_COLOR;
    if (edge->eigrp_label.size)
        return EIGRP_COLOR;
    return edge->kind == EDGE_LAN ? "#94a3b8" : "#475569";
}

static void write_title_end(Picture *picture, const EdgeEnd *end)
{
    svg_text(picture->out, picture->topology->nodes.items[end->node].label, 80);
    strbuf_append_byte(picture->out, ' ');
    svg_text(picture->out, end->interface, 60);
    if (end->address.size == 0)
        return;
    strbuf_append_byte(picture->out, ' ');
    svg_text(picture->out, end->address, 60);
}

/* Writes what a browser shows when the pointer rests on a link: ends with their addresses,
 * findings, protocols, reasons. */
static void write_edge_title(Picture *picture, const TopologyEdge *edge)
{
    StrBuf *out = picture->out;
    size_t index = (size_t)(edge - picture->topology->edges.items);
    strbuf_append(out, STR("<title>"));
    write_title_end(picture, &edge->ends[0]);
    strbuf_append(out, STR(" \xE2\x80\x93 "));
    write_title_end(picture, &edge->ends[1]);
    const Str labels[] = {edge->lag, edge->bgp_label, edge->ospf_label, edge->isis_label,
                          edge->eigrp_label};
    for (size_t i = 0; i < COUNT_OF(labels); i++) {
        if (labels[i].size)
            strbuf_append_byte(out, '\n');
        svg_text(out, labels[i], 80);
    }
    uint32_t finding = picture->first_finding[index];
    for (int i = 0; finding && i < MAX_TOOLTIP_LINES;
         finding = picture->next_finding[finding], i++) {
        const Finding *found = &picture->topology->findings.items[finding - 1];
        strbuf_printf(out, "\n%s: ", severity_name(found->severity));
        svg_text(out, found->message, 200);
    }
    for (size_t i = 0; i < edge->evidence.count && i < MAX_TOOLTIP_LINES; i++) {
        strbuf_append_byte(out, '\n');
        svg_text(out, edge->evidence.items[i].text, 160);
    }
    strbuf_append(out, STR("</title>"));
}

/* Links the findings of each edge into lists, in their order. 0 ends a list. */
static void index_findings(Picture *picture)
{
    const Topology *topology = picture->topology;
    picture->first_finding = ARENA_ARRAY(picture->arena, uint32_t, topology->edges.count + 1);
    picture->next_finding = ARENA_ARRAY(picture->arena, uint32_t, topology->findings.count + 1);
    for (size_t i = topology->findings.count; i > 0; i--) {
        uint32_t edge = topology->findings.items[i - 1].edge;
        if (edge == UINT32_MAX)
            continue;
        picture->next_finding[i] = picture->first_finding[edge];
        picture->first_finding[edge] = (uint32_t)i;
    }
}

static void begin_edge(Picture *picture, const TopologyEdge *edge, double width, const char *dash)
{
    strbuf_append(picture->out, STR("<g>"));
    write_edge_title(picture, edge);
    strbuf_printf(picture->out, "<path class=\"e\" stroke=\"%s\" stroke-width=\"%.1f\"%s d=\"",
                  edge_color(edge), width, dash);
}

static void end_edge(Picture *picture)
{
    strbuf_append(picture->out, STR("\"/></g>\n"));
}

static LayoutPoint box_middle(const NodeBox *box)
{
    return (LayoutPoint){box->x + box->width / 2, box->y + box->height / 2};
}

/* Returns where the line from the box's middle to a point leaves the box. */
static LayoutPoint leave_box(const NodeBox *box, LayoutPoint to)
{
    LayoutPoint middle = box_middle(box);
    double dx = to.x - middle.x, dy = to.y - middle.y;
    double by_x = fabs(dx) > 0.01 ? box->width / 2 / fabs(dx) : 1e9;
    double by_y = fabs(dy) > 0.01 ? box->height / 2 / fabs(dy) : 1e9;
    double share = fmin(fmin(by_x, by_y), 1);
    return (LayoutPoint){middle.x + dx * share, middle.y + dy * share};
}

/* Draws a session that spans several links: behind everything else, and bowed so that it does not
 * coincide with a link. */
static void write_overlay(Picture *picture, const TopologyEdge *edge)
{
    const NodeBox *a = &picture->topology->nodes.items[edge->ends[0].node].box;
    const NodeBox *b = &picture->topology->nodes.items[edge->ends[1].node].box;
    LayoutPoint from = box_middle(a), to = box_middle(b);
    double dx = to.x - from.x, dy = to.y - from.y, length = hypot(dx, dy);
    if (length < 1)
        return;
    double bow = fabs(dy) < 1 ? 30 + fmin(60, length * 0.09) : fmin(46, length * 0.1);
    double side = fabs(dy) < 1 ? (dx > 0 ? 1 : -1) : 1;
    LayoutPoint pull = {(from.x + to.x) / 2 - side * dy / length * bow,
                        (from.y + to.y) / 2 + side * dx / length * bow};
    LayoutPoint start = leave_box(a, pull), end = leave_box(b, pull);
    begin_edge(picture, edge, 1.3,
               edge->problem ? " stroke-dasharray=\"6 4\""
                             : " stroke-dasharray=\"6 4\" stroke-opacity=\".75\"");
    strbuf_printf(picture->out, "M%.1f %.1fQ%.1f %.1f %.1f %.1f", start.x, start.y, pull.x, pull.y,
                  end.x, end.y);
    end_edge(picture);
}

static bool hidden(const Picture *picture, const TopologyEdge *edge)
{
    const TopologyNode *nodes = picture->topology->nodes.items;
    return nodes[edge->ends[0].node].management || nodes[edge->ends[1].node].management;
}

/*
 * Views zoom without a script: the address of the picture with "#group-2" shows that group alone,
 * and a click on a group's title goes there; "whole" leads back.
 */
static void write_view(Picture *picture, Str id, const NodeBox *box)
{
    strbuf_printf(picture->out, "<view id=\"%.*s\" viewBox=\"%.0f %.0f %.0f %.0f\"/>\n",
                  STR_ARGS(id), box->x, box->y, box->width, box->height);
}

static void write_views(Picture *picture, double width, double height)
{
    const Topology *topology = picture->topology;
    write_view(picture, STR("whole"), &(NodeBox){0, 0, width, height});
    for (size_t i = 0; i < topology->groups.count; i++) {
        NodeBox box = topology->groups.items[i].box;
        box = (NodeBox){box.x - VIEW_SPACE, box.y - VIEW_SPACE, box.width + 2 * VIEW_SPACE,
                        box.height + 2 * VIEW_SPACE};
        if (topology->groups.items[i].is_framed && topology->groups.items[i].count)
            write_view(picture, arena_printf(picture->arena, "group-%zu", i), &box);
    }
}

static void write_groups(Picture *picture)
{
    for (size_t i = 0; i < picture->topology->groups.count; i++) {
        const TopologyGroup *group = &picture->topology->groups.items[i];
        const NodeBox *box = &group->box;
        if (!group->is_framed || group->count == 0)
            continue;
        strbuf_printf(
            picture->out,
            "<g><title>%zu nodes; click on the name to see them alone</title><rect "
            "class=\"f\" x=\"%.0f\" y=\"%.0f\" "
            "width=\"%.0f\" height=\"%.0f\" rx=\"14\"/><a href=\"#group-%zu\"><text class=\"t\" "
            "x=\"%.0f\" y=\"%.0f\">",
            group->count, box->x, box->y, box->width, box->height, i, box->x + 18, box->y + 25);
        svg_text(picture->out, group->label, 60);
        strbuf_printf(picture->out,
                      "</text></a><a href=\"#whole\"><text class=\"g\" x=\"%.0f\" y=\"%.0f\" "
                      "text-anchor=\"end\">whole</text></a></g>\n",
                      box->x + box->width - 18, box->y + 23);
    }
}

static void write_edges(Picture *picture)
{
    for (size_t i = 0; i < picture->topology->edges.count; i++) {
        const TopologyEdge *edge = &picture->topology->edges.items[i];
        /* In a large diagram sessions over several links would hide all else. */
        bool is_shown = edge->problem || picture->topology->groups.count == 0;
        if (edge->points.count == 0 && is_shown && !hidden(picture, edge))
            write_overlay(picture, edge);
    }
    for (size_t i = 0; i < picture->topology->edges.count; i++) {
        const TopologyEdge *edge = &picture->topology->edges.items[i];
        if (edge->points.count < 2)
            continue;
        double width = edge->kind == EDGE_LINK ? 2 : 1.5;
        begin_edge(picture, edge, width, edge->kind == EDGE_BGP ? " stroke-dasharray=\"6 4\"" : "");
        svg_curve_path(picture->out, edge);
        end_edge(picture);
    }
}

static double label_width(Str text, double per_byte)
{
    return (double)text.size * per_byte + 6;
}

static Rect rect_around(LayoutPoint middle, double width, double height)
{
    return (Rect){middle.x - width / 2, middle.y - height / 2, width, height};
}

static void write_port_label(Picture *picture, Str text, Rect rect)
{
    strbuf_printf(picture->out,
                  "<rect class=\"h\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
                  "rx=\"3\"/><text class=\"p\" x=\"%.1f\" y=\"%.1f\">",
                  rect.x, rect.y, rect.width, rect.height, rect.x + rect.width / 2,
                  rect.y + rect.height - 3.2);
    svg_text(picture->out, text, 28);
    strbuf_append(picture->out, STR("</text>\n"));
}

/* Returns the first free place along the edge from one end, or the least occupied place if none is
 * free. */
static Rect find_place(const Picture *picture, const Curve *curve, double width, double height,
                       bool from_end)
{
    enum { FIRST = 13, STEP = 4 };
    int tries = (int)(fmin(curve->length, 4000) * 0.46 - FIRST) / STEP + 1;
    for (int i = 0; i < tries; i++) {
        double at = FIRST + i * STEP;
        Rect rect = rect_around(svg_curve_at(curve, from_end ? -at : at), width, height);
        if (svg_space_free(picture->space, rect))
            return rect;
    }
    return rect_around(svg_curve_at(curve, from_end ? -FIRST : FIRST), width, height);
}

static Rect find_place_beside(const Curve *curve, double width, bool from_end)
{
    double at = width / 2 + 4;
    return rect_around(svg_curve_at(curve, from_end ? -at : at), width, LABEL_HEIGHT);
}

static void write_end_label(Picture *picture, const TopologyEdge *edge, const Curve *curve, int end)
{
    Str text = edge->ends[end].label;
    if (text.size == 0)
        return;
    double width = label_width(text, 5.5);
    Rect rect = edge->beside ? find_place_beside(curve, width, end == 1)
                             : find_place(picture, curve, width, LABEL_HEIGHT, end == 1);
    svg_space_take(picture->space, rect);
    write_port_label(picture, text, rect);
}

static void write_badge(Picture *picture, Str text, Rect rect, const char *color)
{
    strbuf_printf(picture->out,
                  "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"7\" "
                  "fill=\"#fff\" stroke=\"%s\"/><text class=\"b\" fill=\"%s\" x=\"%.1f\" "
                  "y=\"%.1f\">",
                  rect.x, rect.y, rect.width, rect.height, color, color, rect.x + rect.width / 2,
                  rect.y + rect.height - 4.3);
    svg_text(picture->out, text, 40);
    strbuf_append(picture->out, STR("</text>\n"));
}

/* Writes a label at the middle of the edge or the nearest free place, or nowhere if none is free.
 */
static void write_middle(Picture *picture, const TopologyEdge *edge, const Curve *curve)
{
    Str text = edge->ebgp ? edge->bgp_label : edge->lag;
    const char *color = edge->problem ? "#dc2626" : edge->ebgp ? "#7c3aed" : "#64748b";
    if (text.size == 0 && edge->problem)
        text = STR("!");
    if (text.size == 0)
        return;
    double width = label_width(text, 5.3) + 6;
    for (int step = 0; step < 16; step++) {
        double shift = (step % 2 ? 1 : -1) * (double)(step + 1) / 2 * 6;
        LayoutPoint middle = svg_curve_at(curve, curve->length / 2 + shift);
        if (edge->beside)
            middle.y -= 14 + step * 2;
        Rect rect = rect_around(middle, width, 15);
        Rect room = {rect.x - 2, rect.y - 2, rect.width + 4, rect.height + 4};
        if (!svg_space_free(picture->space, room))
            continue;
        svg_space_take(picture->space, rect);
        write_badge(picture, text, rect, color);
        return;
    }
}

static void write_labels(Picture *picture)
{
    Curve *curve = ARENA_NEW(picture->arena, Curve);
    for (size_t i = 0; i < picture->topology->edges.count; i++) {
        const TopologyEdge *edge = &picture->topology->edges.items[i];
        if (edge->points.count < 2)
            continue;
        svg_curve_flatten(edge, curve);
        write_end_label(picture, edge, curve, 0);
        write_end_label(picture, edge, curve, 1);
    }
    /* In a large diagram the tooltips say what badges would hide. */
    bool all = picture->topology->edges.count <= MAX_BADGES;
    for (size_t i = 0; i < picture->topology->edges.count; i++) {
        const TopologyEdge *edge = &picture->topology->edges.items[i];
        if (edge->points.count < 2 || (!all && !edge->problem))
            continue;
        svg_curve_flatten(edge, curve);
        write_middle(picture, edge, curve);
    }
}

typedef struct {
    double x, y;
} Pen;

static void legend_text(Picture *picture, Pen *pen, Str text)
{
    strbuf_printf(picture->out, "<text class=\"g\" x=\"%.0f\" y=\"%.0f\">", pen->x, pen->y + 4);
    svg_text(picture->out, text, 120);
    strbuf_append(picture->out, STR("</text>\n"));
    pen->x += (double)text.size * 6 + 22;
}

static void legend_line(Picture *picture, Pen *pen, const char *color, bool dashed, Str text)
{
    strbuf_printf(picture->out,
                  "<path class=\"e\" stroke=\"%s\" stroke-width=\"2\"%s d=\"M%.0f %.0fh26\"/>",
                  color, dashed ? " stroke-dasharray=\"6 4\"" : "", pen->x, pen->y);
    pen->x += 33;
    legend_text(picture, pen, text);
}

/* Returns a device of the system whose name comes after the given one in the alphabet, or NULL. */
static const TopologyNode *next_system(const Topology *topology, const char *after)
{
    const TopologyNode *next = NULL;
    for (size_t i = 0; i < topology->device_count; i++) {
        const TopologyNode *node = &topology->nodes.items[i];
        const char *name = node->device->vendor.system->name;
        if (strcmp(name, after) > 0 &&
            (!next || strcmp(name, next->device->vendor.system->name) < 0))
            next = node;
    }
    return next;
}

static void legend_vendors(Picture *picture, Pen *pen)
{
    const char *name = "";
    const TopologyNode *node;
    while ((node = next_system(picture->topology, name))) {
        strbuf_printf(picture->out,
                      "<rect x=\"%.0f\" y=\"%.0f\" width=\"12\" height=\"12\" rx=\"3\" "
                      "fill=\"%s\"/>",
                      pen->x, pen->y - 6, svg_vendor_color(node));
        pen->x += 18;
        name = node->device->vendor.system->name;
        legend_text(picture, pen, str_of(name));
    }
}

static void legend_hidden(Picture *picture, Pen *pen)
{
    size_t count = 0;
    Str first = {"", 0};
    for (size_t i = 0; i < picture->topology->nodes.count; i++) {
        const TopologyNode *node = &picture->topology->nodes.items[i];
        if (!node->management)
            continue;
        first = count ? first : node->label;
        count++;
    }
    if (count == 1) {
        legend_text(
            picture, pen,
            arena_printf(picture->arena, "not drawn: management network %.*s", STR_ARGS(first)));
    } else if (count > 1) {
        legend_text(picture, pen,
                    arena_printf(picture->arena, "not drawn: %zu management networks", count));
    }
}

static void legend_edges(Picture *picture, Pen *pen)
{
    bool ospf = false, isis = false, eigrp = false, ebgp = false, ibgp = false, problem = false,
         plain = false;
    for (size_t i = 0; i < picture->topology->edges.count; i++) {
        const TopologyEdge *edge = &picture->topology->edges.items[i];
        bool igp = edge->ospf || edge->isis_label.size || edge->eigrp_label.size;
        ospf |= edge->ospf;
        isis |= edge->isis_label.size > 0;
        eigrp |= edge->eigrp_label.size > 0;
        ebgp |= edge->ebgp;
        ibgp |= edge->kind == EDGE_BGP && edge->ibgp;
        problem |= edge->problem;
        plain |= !igp && edge->kind != EDGE_BGP;
    }
    if (plain)
        legend_line(picture, pen, "#475569", false, STR("link"));
    if (ospf)
        legend_line(picture, pen, OSPF_COLOR, false, STR("link with OSPF"));
    if (isis)
        legend_line(picture, pen, ISIS_COLOR, false, STR("link with IS-IS"));
    if (eigrp)
        legend_line(picture, pen, EIGRP_COLOR, false, STR("link with EIGRP"));
    if (ebgp)
        legend_line(picture, pen, "#7c3aed", true, STR("eBGP session"));
    if (ibgp)
        legend_line(picture, pen, "#a78bfa", true, STR("iBGP session"));
    if (problem)
        legend_line(picture, pen, "#dc2626", false, STR("has a finding"));
}

static void write_legend(Picture *picture, double y)
{
    Pen pen = {MARGIN, y + 14};
    strbuf_printf(picture->out, "<path stroke=\"#e2e8f0\" d=\"M%d %.0fH%.0f\"/>\n", MARGIN, y - 6,
                  fmax(picture->topology->width, 640) - MARGIN);
    legend_vendors(picture, &pen);
    pen = (Pen){MARGIN, y + 36};
    legend_edges(picture, &pen);
    legend_hidden(picture, &pen);
}

static void take_boxes(Picture *picture)
{
    for (size_t i = 0; i < picture->topology->nodes.count; i++) {
        const TopologyNode *node = &picture->topology->nodes.items[i];
        if (!node->management)
            svg_space_take(picture->space, (Rect){node->box.x - 1, node->box.y - 1,
                                                  node->box.width + 2, node->box.height + 2});
    }
}

void topology_write_svg(const Topology *topology, StrBuf *out)
{
    auto_arena Arena *arena = arena_new();
    double width = fmax(topology->width, 640), height = topology->height + LEGEND_HEIGHT;
    Picture picture = {.topology = topology,
                       .out = out,
                       .arena = arena,
                       .space = svg_space_new(arena, topology->width, topology->height)};
    strbuf_printf(out,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" "
                  "width=\"100%%\" height=\"100%%\" preserveAspectRatio=\"xMidYMid meet\" "
                  "role=\"img\">\n<title>Network topology</title>\n",
                  width, height);
    strbuf_append(out, str_of(style));
    strbuf_printf(out, "<rect width=\"%.0f\" height=\"%.0f\" fill=\"#ffffff\"/>\n", width, height);
    index_findings(&picture);
    take_boxes(&picture);
    write_views(&picture, width, height);
    write_groups(&picture);
    write_edges(&picture);
    for (size_t i = 0; i < topology->nodes.count; i++) {
        if (!topology->nodes.items[i].management)
            svg_node(out, &topology->nodes.items[i]);
    }
    write_labels(&picture);
    write_legend(&picture, topology->height);
    strbuf_append(out, STR("</svg>\n"));
}
