/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds commands by the first word of a line, so that the size of a table does not count: the
 * tables of a dialect hold hundreds of commands, and are asked for each line.
 */
#pragma once

#include "engines/config/dialect.h"

typedef struct CommandIndexes CommandIndexes;

CommandIndexes *command_indexes_new(Arena *arena);

/* A command whose words are those of a line. */
typedef struct {
    const Command *command;
    size_t word_count;    /* of its pattern */
    const uint8_t *names; /* which of these words are names: those that the pattern has '*' for */
    size_t name_count;
} CommandMatch;

/*
 * Returns the first command of a table, and the tables after it, whose words are those of the line
 * from word at on; NULL if there is none. A table is indexed at its first use. The result stays
 * valid.
 */
const CommandMatch *command_index_find(CommandIndexes *indexes, const CommandTable *table,
                                       const Words *words, size_t at);
