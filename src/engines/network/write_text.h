/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of a device for people (write_text.c). A table has a heading, and a row for each
 * object, which starts with the number of its line.
 *
 *     text_heading(out, "VLANs", device->vlans.count);
 *     text_line_number(out, vlan->line);
 *     text_column(out, vlan->name, 20);
 */
#pragma once

#include "engines/network/device.h"

enum { TEXT_MAX_ROWS = 200 };

/* Appends untrusted text for a terminal, without control bytes, which could control the terminal.
 */
void text_safe(StrBuf *out, Str text, size_t limit);
/* Appends blanks up to the width and two more. */
void text_pad(StrBuf *out, size_t written, size_t width);
void text_column(StrBuf *out, Str text, size_t width);
void text_heading(StrBuf *out, const char *title, size_t count);
/* Returns false once the table has its most rows, and writes how many are left. */
bool text_row_allowed(StrBuf *out, size_t most, size_t row, size_t count);
void text_line_number(StrBuf *out, uint32_t line);
/* Appends the texts with blanks behind them: the first ones, or all where most is all rows. */
void text_list(const SourcedVec *texts, size_t most, StrBuf *out);
/* Appends the word and the text, or nothing where the text is empty. */
void text_word(const char *word, Str text, StrBuf *out);

/* The tables of other files. */
void text_write_vxlan(const Device *device, size_t most, StrBuf *out);
void text_write_mlag(const Device *device, size_t most, StrBuf *out);
void text_write_acls(const Device *device, size_t most, StrBuf *out);
void text_write_route_maps(const Device *device, size_t most, StrBuf *out);
void text_write_nat_rules(const Device *device, size_t most, StrBuf *out);
void text_write_nat_pools(const Device *device, size_t most, StrBuf *out);
void text_write_zones(const Device *device, size_t most, StrBuf *out);
void text_write_zone_policies(const Device *device, size_t most, StrBuf *out);
