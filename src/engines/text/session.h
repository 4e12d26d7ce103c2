/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of terminal sessions: commands behind the prompts of configuration mode
 * ("core1(config-if)#mtu 9000") are lines of the configuration; the output of other commands, the
 * messages of the device and the commands that it rejected are none.
 */
#pragma once

#include "engines/text/lines.h"

/* Returns whether the line is the prompt of a device, with a command or without. */
bool session_is_prompt(Str line);
/* Removes the prompts before commands, and marks as noise what is no configuration. */
void session_read(ConfigLines *lines);
