/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Templates of interfaces: blocks of commands that an interface takes over by the template's name.
 * "template NAME" and "source template NAME" of IOS, "port-profile type ethernet NAME" and "inherit
 * port-profile NAME" of NX-OS.
 */
#pragma once

#include "engines/config/dialect.h"

typedef struct {
    const char *head;    /* words that start the block; its last word is the name */
    const char *user;    /* words before the name in an interface, or in another template */
    const char *enabled; /* a line that a template in use must have; NULL: none */
    const char *own[3];  /* first words of lines that are about the template itself */
} TemplateForm;

/* Returns the lines of the builder with those of templates below the interfaces that use them,
 * before the interface's own lines, which so override them. Returns NULL if nothing uses one. */
const ConfigLines *config_apply_templates(Builder *builder, const TemplateForm *form);
