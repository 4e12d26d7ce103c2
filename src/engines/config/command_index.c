/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/command_index.h"

enum { MAX_TABLES = 64, PLACES = 4 * MAX_TABLES, MAX_WORDS = 8, END = UINT32_MAX };

/* A command with its words split. */
typedef struct {
    const Command *command;
    Str words[MAX_WORDS]; /* without the '*' of a prefix */
    bool prefix[MAX_WORDS];
    size_t count;
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
    Index items[PLACES]; /* by the hash of the table's address */
    size_t count;
};

CommandIndexes *command_indexes_new(Arena *arena)
{
    CommandIndexes *indexes = ARENA_NEW(arena, CommandIndexes);
    indexes->arena = arena;
    return indexes;
}

/* FNV-1a. The words of tables are no input, so nothing can be crafted to collide. */
static size_t hash(Str word)
{
    uint32_t value = 2166136261u;
    for (size_t i = 0; i < word.size; i++)
        value = (value ^ (unsigned char)word.data[i]) * 16777619u;
    return value;
}

static Entry split(const Command *command)
{
    Entry entry = {.command = command, .next = END};
    Str rest = str_of(command->pattern), word;
    while (str_next_word(&rest, &word)) {
        check(entry.count < MAX_WORDS);
        bool prefix = word.data[word.size - 1] == '*';
        entry.prefix[entry.count] = prefix;
        entry.words[entry.count++] = prefix ? str_slice(word, 0, word.size - 1) : word;
    }
    return entry;
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
    check(indexes->count++ < MAX_TABLES && count < END);
    *index = (Index){.table = table, .mask = slots - 1, .any = END};
    index->entries = ARENA_ARRAY(indexes->arena, Entry, count + 1);
    index->slots = ARENA_ARRAY(indexes->arena, uint32_t, slots);
    memset(index->slots, 0xFF, slots * sizeof(uint32_t));
    uint32_t next = 0;
    for (const CommandTable *part = table; part; part = part->next) {
        for (size_t i = 0; i < part->count; i++, next++) {
            Entry *entry = &index->entries[next];
            *entry = split(&part->commands[i]);
            append(index,
                   entry->prefix[0] ? &index->any
                                    : &index->slots[hash(entry->words[0]) & index->mask],
                   next);
        }
    }
}

static const Index *index_of(CommandIndexes *indexes, const CommandTable *table)
{
    size_t place = (uintptr_t)table / sizeof(CommandTable) % PLACES;
    while (indexes->items[place].table && indexes->items[place].table != table)
        place = (place + 1) % PLACES;
    if (!indexes->items[place].table)
        add_table(indexes, table, &indexes->items[place]);
    return &indexes->items[place];
}

static bool matches(const Entry *entry, const Words *words, size_t at)
{
    if (at + entry->count > words->count)
        return false;
    for (size_t i = 0; i < entry->count; i++) {
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

const Command *command_index_find(CommandIndexes *indexes, const CommandTable *table,
                                  const Words *words, size_t at, size_t *out_words)
{
    if (at >= words->count)
        return NULL;
    const Index *index = index_of(indexes, table);
    uint32_t by_word = index->slots[hash(words->at[at]) & index->mask];
    /* The entry that comes first in the tables decides. */
    uint32_t found =
        MIN_OF(search(index, by_word, words, at), search(index, index->any, words, at));
    if (found == END)
        return NULL;
    *out_words = index->entries[found].count;
    return index->entries[found].command;
}
