/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Splits a script into its statements, for statements that PostgreSQL refuses to run together with
 * others. It knows strings, quoted names, dollar quotes and comments (PostgreSQL manual, 4.1), with
 * standard_conforming_strings on. It does not know BEGIN ATOMIC.
 *
 *     while (sql_next_statement(&rest, &statement))
 *         …
 */
#pragma once

#include "base/str.h"

/* Cuts the next statement off rest and stores it, a view, with the comments before it and without
 * the semicolon. Returns false at the end. A quote that does not end reaches to the end. */
bool sql_next_statement(Str *rest, Str *out_statement) MUST_USE;
