/* SPDX-License-Identifier: Apache-2.0 */
/* The pieces of the picture: escaped text, device shapes, curves, and free places for labels. */
#pragma once

#include "engines/topology/topology.h"

/* Text for XML: markup escaped, control bytes dropped, bad UTF-8 as U+FFFD; at most max bytes of
 * it, with an ellipsis. */
void svg_text(StrBuf *out, Str text, size_t max);
const char *svg_vendor_color(const TopologyNode *node);
void svg_node(StrBuf *out, const TopologyNode *node);

/* An edge as the drawing follows it. */
enum { CURVE_MAX_POINTS = 512 };
typedef struct {
    LayoutPoint points[CURVE_MAX_POINTS];
    size_t count;
    double length;
} Curve;

/* The path of an edge with points; also its flattened form. */
void svg_curve_path(StrBuf *out, const TopologyEdge *edge);
void svg_curve_flatten(const TopologyEdge *edge, Curve *out_curve);
/* The point at that distance from the start (from the end, when negative). */
LayoutPoint svg_curve_at(const Curve *curve, double at);

/* Rectangles that are taken, in cells for quick looking up. */
typedef struct {
    double x, y, width, height;
} Rect;
typedef struct LabelSpace LabelSpace;
LabelSpace *svg_space_new(Arena *arena, double width, double height);
bool svg_space_free(const LabelSpace *space, Rect rect);
void svg_space_take(LabelSpace *space, Rect rect);
