/* SPDX-License-Identifier: Apache-2.0 */
#include "analysis/child.h"
#include "app/command.h"

int command_parse(Command *command)
{
    if (command->argc != 1)
        return command_misuse(command, "only netguru itself runs this command");
    analysis_child_main(command->arena, str_of(command->argv[0]));
}
