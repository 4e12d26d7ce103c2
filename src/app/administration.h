/* SPDX-License-Identifier: Apache-2.0 */
/* The acts of netguru admin, one of which netguru audit list runs, too. */
#pragma once

#include "app/command.h"

/* Runs the act of this name with the options of the command; argv[0] is the verb and is passed
 * over. Returns the exit status. */
int administration_run(Command *command, const char *name);
