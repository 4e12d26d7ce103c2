/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/command_index.h"

enum { TABLE_SLOTS = 256, MAX_WORDS = 8, END = UINT32_MAX };

/* A command with its words split. */
typedef struct {
    CommandMatch match;
    Str words[MAX_WORDS]; /* without the '*' of a prefix */
    bool prefix[MAX_WORDS];
    uint8_t names[MAX_WORDS];
    uint32_t next; /* with the same slot, in the order of the tables */
} Entry;

typedef struct {
    const CommandTable *table;
    Entry *entries;
    uint32_t *slots; /* first entry by the hash of the first word */
    size_t mask;
    uint32_t any; /* first entry whose first word is a prefix */
} Index;

struct CommandIndexes {
    Arena *arena;
    Index slots[TABLE_SLOTS]; /* by the address of the table; at most half of them are used */
    size_t count;
};

CommandIndexes *command_indexes_new(Arena *arena)
{
    CommandIndexes *indexes = ARENA_NEW(arena, CommandIndexes);
    indexes->arena = arena;
    return indexes;
}

/* Mixes the size and a few bytes of the word, which keeps the words of a table apart well enough.
 * They are no input, so nothing can be crafted to collide. */
static size_t hash(Str word)
{
    const unsigned char *bytes = (const unsigned char *)word.data;
    if (word.size == 0)
        return 0;
    uint32_t value = bytes[0] | (uint32_t)bytes[word.size / 2] << 8 |
                     (uint32_t)bytes[word.size - 1] << 16 | (uint32_t)word.size << 24;
    return (value * 2654435769u) >> 16;
}

static void split(const Command *command, Entry *out_entry)
{
    CommandMatch match = {.command = command, .names = out_entry->names};
    Str rest = str_of(command->pattern), word;
    out_entry->next = END;
    while (str_next_word(&rest, &word)) {
        size_t i = match.word_count++;
        check(i < MAX_WORDS);
        bool prefix = word.data[word.size - 1] == '*';
        out_entry->prefix[i] = prefix;
        out_entry->words[i] = prefix ? str_slice(word, 0, word.size - 1) : word;
        if (prefix && word.size == 1)
            out_entry->names[match.name_count++] = (uint8_t)i;
    }
    out_entry->match = match;
}

static void append(Index *index, uint32_t *list, uint32_t entry)
{
    while (*list != END)
        list = &index->entries[*list].next;
    *list = entry;
}

static void add_table(CommandIndexes *indexes, const CommandTable *table, Index *index)
{
    size_t count = 0, slots = 8;
    for (const CommandTable *part = table; part; part = part->next)
        count += part->count;
    while (slots < count * 2)
        slots *= 2;
    check(++indexes->count <= TABLE_SLOTS / 2 && count < END);
    *index = (Index){.table = table, .mask = slots - 1, .any = END};
    index->entries = ARENA_ARRAY(indexes->arena, Entry, count + 1);
    index->slots = ARENA_ARRAY(indexes->arena, uint32_t, slots);
    memset(index->slots, 0xFF, slots * sizeof(uint32_t));
    uint32_t next = 0;
    for (const CommandTable *part = table; part; part = part->next) {
        for (size_t i = 0; i < part->count; i++, next++) {
            Entry *entry = &index->entries[next];
            split(&part->commands[i], entry);
            append(index,
                   entry->prefix[0] ? &index->any
                                    : &index->slots[hash(entry->words[0]) & index->mask],
                   next);
        }
    }
}

static const Index *index_of(CommandIndexes *indexes, const CommandTable *table)
{
    size_t slot = ((uintptr_t)table >> 4) % TABLE_SLOTS;
    while (indexes->slots[slot].table && indexes->slots[slot].table != table)
        slot = (slot + 1) % TABLE_SLOTS;
    if (!indexes->slots[slot].table)
        add_table(indexes, table, &indexes->slots[slot]);
    return &indexes->slots[slot];
}

static bool matches(const Entry *entry, const Words *words, size_t at)
{
    if (at + entry->match.word_count > words->count)
        return false;
    for (size_t i = 0; i < entry->match.word_count; i++) {
        Str have = words->at[at + i], word = entry->words[i];
        bool long_enough = entry->prefix[i] ? have.size >= word.size : have.size == word.size;
        if (!long_enough || memcmp(have.data, word.data, word.size) != 0)
            return false;
    }
    return true;
}

/* Returns the first match of a list, or END. */
static uint32_t search(const Index *index, uint32_t from, const Words *words, size_t at)
{
    while (from != END && !matches(&index->entries[from], words, at))
        from = index->entries[from].next;
    return from;
}

const CommandMatch *command_index_find(CommandIndexes *indexes, const CommandTable *table,
                                       const Words *words, size_t at)
{
    if (at >= words->count)
        return NULL;
    const Index *index = index_of(indexes, table);
    /* The entry that comes first in the tables decides. */
    uint32_t found = search(index, index->slots[hash(words->at[at]) & index->mask], words, at);
    if (index->any < found)
        found = MIN_OF(found, search(index, index->any, words, at));
    return found == END ? NULL : &index->entries[found].match;
}
