/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prompts of recorded sessions: the lines on which a command that shows something was typed, and
 * the names of files that say such a command.
 */
#pragma once

#include "base/str.h"

typedef struct {
    Str host;    /* "core1", "admin@leaf1" */
    Str sign;    /* with what ends it: "core1#", "<core1>" */
    Str command; /* "show ip route" */
} Prompt;

/* Returns whether the line is a prompt with such a command. */
bool prompt_read(Str line, Prompt *out_prompt);
/* Returns the command that the name of a file says, with '_' for blanks: of "r1_show_ip_route.txt"
 * it is "show_ip_route". Empty: it says none. */
Str prompt_command_of_name(Str name);
