/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/chunker.h"
#include "engines/text/prompt.h"

/*
 * Commands and their output. A line with the deeper lines that follow it is a group: an interface
 * with its counters, or the head of a table with its rows. A group that fills several chunks names
 * each of them, and so does the head of a table whose rows are not deeper.
 */

typedef struct {
    Chunker *chunker;
    Packer packer;
    Str command; /* the line with the prompt */
    Str section; /* command, and the head of the table that the line is in */
} ShowChunker;

/* Returns the line of a command at a prompt ("core1#show ip route", "admin@leaf1> show bgp
 * summary"), or empty. */
static Str prompt_of(Str line)
{
    Prompt prompt;
    return prompt_read(line, &prompt) ? str_trim(line) : STR("");
}

static size_t indent_of(Str line)
{
    return line.size - str_trim_left(line).size;
}

/* Returns the last line of the group that starts at first, with the blank lines within it. */
static uint32_t group_last(const Chunker *chunker, uint32_t first)
{
    size_t indent = indent_of(chunker_line(chunker, first));
    uint32_t last = first;
    for (uint32_t i = first + 1; i < chunker->line_count; i++) {
        Str line = chunker_line(chunker, i);
        if (str_empty(str_trim(line)))
            continue;
        if (indent_of(line) <= indent || !str_empty(prompt_of(line)))
            break;
        last = i;
    }
    return last;
}

/* Names a group: its first line, or the line above if the first is a rule such as "---- ----". */
static Str group_header(const Chunker *chunker, uint32_t first)
{
    if (first > 0 && chunker_is_rule(chunker_line(chunker, first)))
        return chunker_squeeze(chunker->arena, chunker_line(chunker, first - 1));
    return chunker_squeeze(chunker->arena, chunker_line(chunker, first));
}

static void add_group(ShowChunker *show, uint32_t first, uint32_t last)
{
    Chunker *chunker = show->chunker;
    Str header = first == last ? STR("") : group_header(chunker, first);
    if (chunker_fits(chunker, first, last, chunker->options->max_tokens)) {
        packer_add(
            &show->packer,
            (Block){.parent = show->section, .header = header, .first = first, .last = last});
        return;
    }
    packer_flush(&show->packer);
    chunker_emit(chunker,
                 (LineRange){.first = first,
                             .last = last,
                             .section = section_join(chunker->arena, show->section, header)});
}

static void enter_line(ShowChunker *show, uint32_t line)
{
    Chunker *chunker = show->chunker;
    Str prompt = prompt_of(chunker_line(chunker, line));
    Str head = STR("");
    if (!str_empty(prompt)) {
        packer_flush(&show->packer);
        show->command = section_join(chunker->arena, STR(""), prompt);
    } else if (chunker_line_blank(chunker, line)) {
        head = STR("");
    } else {
        head = chunker_table_head(chunker, line);
        if (str_empty(head))
            return;
    }
    show->section = section_join(chunker->arena, show->command, head);
}

void chunk_show(Chunker *chunker)
{
    ShowChunker show = {.chunker = chunker, .packer = {.chunker = chunker}};
    for (uint32_t i = 0; i < chunker->line_count; i++) {
        enter_line(&show, i);
        uint32_t last = chunker_line_blank(chunker, i) ? i : group_last(chunker, i);
        add_group(&show, i, last);
        i = last;
    }
    packer_flush(&show.packer);
}
