/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds commands by the first word of a line, so that the size of a table does not count: the
 * tables of a dialect hold hundreds of commands, and are asked for each line.
 */
#pragma once

#include "engines/config/dialect.h"

typedef struct CommandIndexes CommandIndexes;

CommandIndexes *command_indexes_new(Arena *arena);

/*
 * Returns the first command of a table, and the tables after it, whose words are those of the line
 * from word at on; NULL if there is none. Stores how many words it has. A table is indexed at its
 * first use.
 */
const Command *command_index_find(CommandIndexes *indexes, const CommandTable *table,
                                  const Words *words, size_t at, size_t *out_words);
