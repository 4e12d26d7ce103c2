/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the diagram: escaped text, device shapes, curves, and free places for labels. */
#pragma once

#include "engines/topology/topology.h"

/* Writes text for XML: escapes markup, drops control bytes, and writes U+FFFD for bad UTF-8. Writes
 * at most max bytes of the text, then an ellipsis. */
void svg_text(StrBuf *out, Str text, size_t max);
const char *svg_vendor_color(const TopologyNode *node);
void svg_node(StrBuf *out, const TopologyNode *node);

/* An edge as a sequence of points along its curve. */
enum { CURVE_MAX_POINTS = 512 };
typedef struct {
    LayoutPoint points[CURVE_MAX_POINTS];
    size_t count;
    double length;
} Curve;

/* Writes the path of an edge that has points. svg_curve gives the same path flattened. */
void svg_curve_path(StrBuf *out, const TopologyEdge *edge);
void svg_curve_flatten(const TopologyEdge *edge, Curve *out_curve);
/* Returns the point at that distance from the start, or from the end when it is negative. */
LayoutPoint svg_curve_at(const Curve *curve, double at);

/* Occupied rectangles, in cells for quick lookup. */
typedef struct {
    double x, y, width, height;
} Rect;
typedef struct LabelSpace LabelSpace;
LabelSpace *svg_space_new(Arena *arena, double width, double height);
bool svg_space_free(const LabelSpace *space, Rect rect);
void svg_space_take(LabelSpace *space, Rect rect);
