/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The index of the templates: which of them reads which command of which platform. It is that of
 * the Python package ntc-templates: lines "Template, Hostname, Platform, Command", of which the
 * first match counts. A command is a regular expression, in which "sh[[ow]]" stands for "sh",
 * "sho" and "show".
 */
#pragma once

#include "base/error.h"
#include "base/vec.h"

typedef struct {
    Str platform; /* "cisco_ios" */
    Str name;     /* of the template; where several are joined, of the first */
} TemplateMatch;

typedef VEC(TemplateMatch) TemplateMatchVec;

typedef struct TemplateIndex TemplateIndex;

/* Compiles the index. Rows that are no index rows are passed over. */
TemplateIndex *template_index_new(Arena *arena, Str text);
/* The index and the source of a template that are in the program. Empty: there is none. */
Str template_index_text(void);
Str template_source(Str name);
/* Adds the template for the command of each platform that has one. */
void template_index_find(const TemplateIndex *index, Arena *arena, Str command,
                         TemplateMatchVec *out_matches);
