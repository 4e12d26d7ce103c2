/* SPDX-License-Identifier: Apache-2.0 */
/* Measures, in pixels, that the layout and the diagram share. */
#pragma once

enum {
    BOX_HEIGHT = 58,
    BOX_MIN_WIDTH = 148,
    BOX_MAX_WIDTH = 320,
    NETWORK_HEIGHT = 30,
    PORT_SPACING = 26,   /* between the places where edges meet a box */
    BESIDE_SPACING = 15, /* between links of two boxes side by side */
    BOX_GAP = 46,        /* between boxes side by side */
    ROW_GAP = 132,       /* between rows: room for the labels of both ends */
    MARGIN = 40,
    ICON_SPACE = 46,  /* left part of a device's box */
    GROUP_TITLE = 26, /* height of the title of a group */
};
