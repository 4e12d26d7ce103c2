/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/topology/svg_draw.h"

#include "engines/topology/layout.h"

#include <math.h>

static void append_char(StrBuf *out, Str text, size_t *at)
{
    unsigned char c = (unsigned char)text.data[*at];
    size_t length = c < 0x80 ? 1 : c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
    Str sequence = str_slice(text, *at, length);
    *at += 1;
    if (c < 0x20 || c == 0x7F) {
        strbuf_append_byte(out, ' ');
    } else if (c == '&') {
        strbuf_append(out, STR("&amp;"));
    } else if (c == '<') {
        strbuf_append(out, STR("&lt;"));
    } else if (c == '>') {
        strbuf_append(out, STR("&gt;"));
    } else if (c == '"') {
        strbuf_append(out, STR("&quot;"));
    } else if (c == '\'') {
        strbuf_append(out, STR("&#39;"));
    } else if (c < 0x80) {
        strbuf_append_byte(out, (char)c);
    } else if (sequence.size == length && str_is_utf8(sequence)) {
        /* XML does not allow U+FFFE and U+FFFF */
        bool banned = length == 3 && c == 0xEF && (unsigned char)sequence.data[1] == 0xBF &&
                      (unsigned char)sequence.data[2] >= 0xBE;
        strbuf_append(out, banned ? STR("\xEF\xBF\xBD") : sequence);
        *at += length - 1;
    } else {
        strbuf_append(out, STR("\xEF\xBF\xBD"));
    }
}

void svg_text(StrBuf *out, Str text, size_t max)
{
    size_t at = 0, written = 0;
    bool cut = text.size > max;
    while (at < text.size && written < (cut && max > 0 ? max - 1 : max)) {
        append_char(out, text, &at);
        written++;
    }
    if (cut)
        strbuf_append(out, STR("\xE2\x80\xA6"));
}

const char *svg_vendor_color(const TopologyNode *node)
{
    static const struct {
        const char *vendor, *color;
    } colors[] = {
        {"cisco", "#1f6fb2"},    {"arista", "#0f766e"},   {"juniper", "#5b8c1f"},
        {"fortinet", "#c2331f"}, {"paloalto", "#d9722b"}, {"huawei", "#b91c3c"},
        {"nokia", "#254a9a"},    {"mikrotik", "#52525b"}, {"vyos", "#b7791f"},
        {"aruba", "#e07a1f"},    {"hpe", "#059669"},      {"checkpoint", "#be185d"},
        {"f5", "#c81e4a"},       {"nvidia", "#4d7c0f"},
    };
    if (node->type == NODE_EXTERNAL)
        return "#7c5cbf";
    if (!node->device)
        return "#94a3b8";
    const char *vendor = node->device->vendor.system->vendor;
    for (size_t i = 0; i < COUNT_OF(colors); i++) {
        if (strcmp(colors[i].vendor, vendor) == 0)
            return colors[i].color;
    }
    return "#64748b";
}

/* Draws four arrows: two in, two out. */
static void router_icon(StrBuf *out, double x, double y, const char *color)
{
    strbuf_printf(
        out,
        "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"15\" fill=\"%s\"/>"
        "<path transform=\"translate(%.1f %.1f)\" d=\"M-10 0h7m-3-3l3 3-3 3M10 0h-7m3-3l-3 "
        "3 3 3M0-3v-7m-3 3l3-3 3 3M0 3v7m-3-3l3 3 3-3\" class=\"i\"/>",
        x, y, color, x, y);
}

static void switch_icon(StrBuf *out, double x, double y, const char *color)
{
    strbuf_printf(
        out,
        "<rect x=\"%.1f\" y=\"%.1f\" width=\"30\" height=\"30\" rx=\"5\" fill=\"%s\"/>"
        "<path transform=\"translate(%.1f %.1f)\" d=\"M-9-5h17m-4-3.2l4 3.2-4 3.2M9 5h-17m4-"
        "3.2l-4 3.2 4 3.2\" class=\"i\"/>",
        x - 15, y - 15, color, x, y);
}

static void firewall_icon(StrBuf *out, double x, double y, const char *color)
{
    strbuf_printf(
        out,
        "<rect x=\"%.1f\" y=\"%.1f\" width=\"30\" height=\"30\" rx=\"2\" fill=\"%s\"/>"
        "<path transform=\"translate(%.1f %.1f)\" d=\"M-15-5h30M-15 5h30M-5-15v10M6-5v10M-5 "
        "5v10M-10-5v0\" class=\"i\"/>",
        x - 15, y - 15, color, x, y);
}

static void cloud_icon(StrBuf *out, double x, double y, const char *color)
{
    strbuf_printf(out,
                  "<path transform=\"translate(%.1f %.1f)\" d=\"M-9 8a7 7 0 0 1-1-13.5 9 9 0 0 1 "
                  "17-1.5 6.5 6.5 0 0 1 2 15z\" fill=\"%s\"/>",
                  x, y, color);
}

enum { MAX_TOOLTIP_ADDRESSES = 8 };

static void write_card(StrBuf *out, const TopologyNode *node, const char *color)
{
    static const int radius[] = {[NODE_ROUTER] = 29,
                                 [NODE_SWITCH] = 9,
                                 [NODE_FIREWALL] = 3,
                                 [NODE_NETWORK] = 15,
                                 [NODE_EXTERNAL] = 22};
    const NodeBox *box = &node->box;
    const char *dash = node->type == NODE_EXTERNAL ? " stroke-dasharray=\"5 4\"" : "";
    strbuf_printf(out,
                  "<rect x=\"%.0f\" y=\"%.0f\" width=\"%.0f\" height=\"%.0f\" rx=\"%d\" "
                  "fill=\"%s\" stroke=\"%s\" stroke-width=\"1.5\"%s/>",
                  box->x, box->y, box->width, box->height, radius[node->type],
                  node->type == NODE_NETWORK ? "#f1f5f9" : "#ffffff", color, dash);
}

static void write_titles(StrBuf *out, const TopologyNode *node)
{
    const NodeBox *box = &node->box;
    double x = box->x + ICON_SPACE + 4, middle = box->y + box->height / 2;
    size_t fits = (size_t)((box->width - ICON_SPACE - 12) / 7.6);
    strbuf_printf(out, "<text x=\"%.0f\" y=\"%.1f\" class=\"n\">", x,
                  node->ip.size ? middle - 4 : middle + 4.5);
    svg_text(out, node->label, fits);
    strbuf_append(out, STR("</text>"));
    if (node->ip.size == 0)
        return;
    strbuf_printf(out, "<text x=\"%.0f\" y=\"%.1f\" class=\"s\">", x, middle + 14);
    svg_text(out, node->ip, 45);
    if (node->asn && node->device)
        strbuf_printf(out, " \xC2\xB7 AS %u", node->asn);
    strbuf_append(out, STR("</text>"));
}

static void write_addresses(StrBuf *out, const Device *device)
{
    size_t written = 0;
    for (size_t i = 0; i < device->interfaces.count && written < MAX_TOOLTIP_ADDRESSES; i++) {
        const Interface *interface = &device->interfaces.items[i];
        IpText text;
        if (interface->addresses.count == 0 || interface->shutdown)
            continue;
        strbuf_append_byte(out, '\n');
        svg_text(out, interface->canonical, 40);
        strbuf_append_byte(out, ' ');
        svg_text(out, ip_prefix_format(interface->addresses.items[0].prefix, &text), 60);
        written++;
    }
}

static void write_tooltip(StrBuf *out, const TopologyNode *node)
{
    strbuf_append(out, STR("<title>"));
    svg_text(out, node->label, 200);
    if (node->device) {
        strbuf_printf(out, "\n%s", node->device->vendor.system->name);
        if (node->device->version.text.size) {
            strbuf_append_byte(out, ' ');
            svg_text(out, node->device->version.text, 60);
        }
        strbuf_append_byte(out, '\n');
        svg_text(out, node->device->file, 200);
        write_addresses(out, node->device);
    }
    strbuf_append(out, STR("</title>"));
}

void svg_node(StrBuf *out, const TopologyNode *node)
{
    const char *color = svg_vendor_color(node);
    double x = node->box.x + ICON_SPACE / 2.0 + 3, y = node->box.y + node->box.height / 2;
    strbuf_append(out, STR("<g class=\"node\">"));
    write_tooltip(out, node);
    write_card(out, node, color);
    switch (node->type) {
    case NODE_ROUTER:
        router_icon(out, x, y, color);
        break;
    case NODE_SWITCH:
        switch_icon(out, x, y, color);
        break;
    case NODE_FIREWALL:
        firewall_icon(out, x, y, color);
        break;
    case NODE_EXTERNAL:
        cloud_icon(out, x, y, color);
        break;
    case NODE_NETWORK:
        break;
    }
    if (node->type == NODE_NETWORK) {
        strbuf_printf(out, "<text x=\"%.1f\" y=\"%.1f\" class=\"l\">",
                      node->box.x + node->box.width / 2, y + 4);
        svg_text(out, node->label, 45);
        strbuf_append(out, STR("</text>"));
    } else {
        write_titles(out, node);
    }
    strbuf_append(out, STR("</g>\n"));
}

typedef struct {
    LayoutPoint from, to, pull_from, pull_to;
} Cubic;

/* Returns one part of an edge: vertical where it leaves a box, straight between neighbours in a
 * row. */
static Cubic cubic_of(const TopologyEdge *edge, size_t i)
{
    LayoutPoint a = edge->points.items[i], b = edge->points.items[i + 1];
    double rise = b.y - a.y;
    if (edge->beside || edge->routed)
        return (Cubic){a, b, a, b};
    if (edge->arc) {
        double top = fmin(a.y, b.y) - 34 - fmin(46, fabs(b.x - a.x) * 0.05);
        return (Cubic){a, b, {a.x, top}, {b.x, top}};
    }
    return (Cubic){a, b, {a.x, a.y + rise * 0.42}, {b.x, b.y - rise * 0.42}};
}

static LayoutPoint towards(LayoutPoint from, LayoutPoint to, double at)
{
    double length = hypot(to.x - from.x, to.y - from.y);
    double share = length > 0 ? fmin(at / length, 0.5) : 0;
    return (LayoutPoint){from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share};
}

/* Draws a line to the corner at points[1], and round it. */
static void round_corner(StrBuf *out, const LayoutPoint *points)
{
    LayoutPoint before = towards(points[1], points[0], 8);
    LayoutPoint after = towards(points[1], points[2], 8);
    strbuf_printf(out, "L%.1f %.1fQ%.1f %.1f %.1f %.1f", before.x, before.y, points[1].x,
                  points[1].y, after.x, after.y);
}

void svg_curve_path(StrBuf *out, const TopologyEdge *edge)
{
    strbuf_printf(out, "M%.1f %.1f", edge->points.items[0].x, edge->points.items[0].y);
    for (size_t i = 0; i + 1 < edge->points.count; i++) {
        Cubic cubic = cubic_of(edge, i);
        if (edge->routed && i + 2 < edge->points.count)
            round_corner(out, &edge->points.items[i]);
        else if (edge->beside || edge->routed)
            strbuf_printf(out, "L%.1f %.1f", cubic.to.x, cubic.to.y);
        else {
            strbuf_printf(out, "C%.1f %.1f %.1f %.1f %.1f %.1f", cubic.pull_from.x,
                          cubic.pull_from.y, cubic.pull_to.x, cubic.pull_to.y, cubic.to.x,
                          cubic.to.y);
        }
    }
}

static LayoutPoint cubic_at(const Cubic *cubic, double t)
{
    double u = 1 - t;
    double a = u * u * u, b = 3 * u * u * t, c = 3 * u * t * t, d = t * t * t;
    return (LayoutPoint){
        a * cubic->from.x + b * cubic->pull_from.x + c * cubic->pull_to.x + d * cubic->to.x,
        a * cubic->from.y + b * cubic->pull_from.y + c * cubic->pull_to.y + d * cubic->to.y};
}

static double distance(LayoutPoint a, LayoutPoint b)
{
    return hypot(a.x - b.x, a.y - b.y);
}

void svg_curve_flatten(const TopologyEdge *edge, Curve *out_curve)
{
    size_t parts = edge->points.count - 1;
    size_t steps = MAX_OF((size_t)1, MIN_OF((size_t)24, (CURVE_MAX_POINTS - 1) / parts));
    out_curve->count = 0;
    out_curve->length = 0;
    out_curve->points[out_curve->count++] = edge->points.items[0];
    for (size_t i = 0; i < parts && out_curve->count + steps <= CURVE_MAX_POINTS; i++) {
        Cubic cubic = cubic_of(edge, i);
        for (size_t k = 1; k <= steps; k++) {
            LayoutPoint point = cubic_at(&cubic, (double)k / (double)steps);
            out_curve->length += distance(out_curve->points[out_curve->count - 1], point);
            out_curve->points[out_curve->count++] = point;
        }
    }
}

LayoutPoint svg_curve_at(const Curve *curve, double at)
{
    if (at < 0)
        at = fmax(0, curve->length + at);
    for (size_t i = 1; i < curve->count; i++) {
        LayoutPoint a = curve->points[i - 1], b = curve->points[i];
        double part = distance(a, b);
        if (at <= part && part > 0)
            return (LayoutPoint){a.x + (b.x - a.x) * at / part, a.y + (b.y - a.y) * at / part};
        at -= part;
    }
    return curve->points[curve->count - 1];
}

enum { CELL = 64, MAX_CELLS_A_SIDE = 4096 };

typedef struct Taken Taken;
struct Taken {
    Rect rect;
    Taken *next;
};

struct LabelSpace {
    Arena *arena;
    size_t columns, rows;
    Taken **cells;
};

LabelSpace *svg_space_new(Arena *arena, double width, double height)
{
    LabelSpace *space = ARENA_NEW(arena, LabelSpace);
    space->arena = arena;
    space->columns = MIN_OF((size_t)(fmax(width, 0) / CELL) + 2, (size_t)MAX_CELLS_A_SIDE);
    space->rows = MIN_OF((size_t)(fmax(height, 0) / CELL) + 2, (size_t)MAX_CELLS_A_SIDE);
    space->cells = ARENA_ARRAY(arena, Taken *, space->columns * space->rows);
    return space;
}

static size_t cell_of(double value, size_t cells)
{
    return MIN_OF((size_t)(fmax(value, 0) / CELL), cells - 1);
}

static bool overlaps(const Rect *a, const Rect *b)
{
    return a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height &&
           b->y < a->y + a->height;
}

bool svg_space_free(const LabelSpace *space, Rect rect)
{
    size_t last_row = cell_of(rect.y + rect.height, space->rows);
    size_t last_column = cell_of(rect.x + rect.width, space->columns);
    for (size_t row = cell_of(rect.y, space->rows); row <= last_row; row++) {
        for (size_t column = cell_of(rect.x, space->columns); column <= last_column; column++) {
            const Taken *taken = space->cells[row * space->columns + column];
            for (; taken; taken = taken->next) {
                if (overlaps(&taken->rect, &rect))
                    return false;
            }
        }
    }
    return true;
}

void svg_space_take(LabelSpace *space, Rect rect)
{
    size_t last_row = cell_of(rect.y + rect.height, space->rows);
    size_t last_column = cell_of(rect.x + rect.width, space->columns);
    for (size_t row = cell_of(rect.y, space->rows); row <= last_row; row++) {
        for (size_t column = cell_of(rect.x, space->columns); column <= last_column; column++) {
            Taken *taken = ARENA_NEW(space->arena, Taken);
            Taken **cell = &space->cells[row * space->columns + column];
            *taken = (Taken){rect, *cell};
            *cell = taken;
        }
    }
}
