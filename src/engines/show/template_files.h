/* SPDX-License-Identifier: Apache-2.0 */
/* The templates that tools/embed_templates has linked into the program, by name; none where it was
 * built without them. */
#pragma once

typedef struct {
    const char *name; /* "cisco_ios_show_version.textfsm"; NULL ends the table */
    const char *data, *end;
} TemplateFile;

extern const TemplateFile template_files[];
extern const unsigned template_file_count;
extern const TemplateFile template_index_file; /* name NULL: there is none */
