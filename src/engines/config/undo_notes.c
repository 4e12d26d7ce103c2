/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes back what lines define, refer to and show (notes.h), when "no" takes the lines back: a line
 * of the same block that starts with the words behind "no", and the lines of a block whose head
 * does. Lines are found by a hash of their block and their first word.
 */
#include "engines/config/undo_notes.h"

typedef struct {
    size_t defined, referenced, practices;
} Counts;

/* A line with notes, which are those from first up to end. */
typedef struct {
    const Str *words;
    size_t count;
    uint32_t line;
    Str block;
    Counts first, end;
    size_t next, next_in_blocks; /* index + 1 of the line before with the same key, or 0 */
} Noted;

typedef struct {
    uint64_t block, word;
} Key;

struct NoteUndo {
    VEC(Noted) lines;
    Map by_line;  /* path of the block and first word -> the last line */
    Map by_block; /* first word of the head of the block -> the last line in it */
    Counts before;
};

static Counts counts_of(const Device *device)
{
    return (Counts){device->defined.count, device->referenced.count, device->practices.count};
}

uint64_t note_path_below(uint64_t path, Str head)
{
    return str_hash(str_trim(head), path);
}

void note_undo_start(Reader *reader)
{
    if (!reader->note_undo)
        reader->note_undo = ARENA_NEW(reader->arena, NoteUndo);
    reader->note_undo->before = counts_of(reader->device);
}

static Key key_of(uint64_t path, Str word)
{
    return (Key){path, str_hash(word, 0)};
}

/* Returns the index + 1 of the last line with the key, or 0. */
static size_t last_of(const Map *map, const Key *key)
{
    size_t index = map_get_index(map, str_make(key, sizeof(*key)));
    return index == MAP_NO_INDEX ? 0 : index + 1;
}

/* Makes the line the last one with the key, and returns the one before. */
static size_t add_last(Reader *reader, Map *map, Key key)
{
    size_t before = last_of(map, &key);
    Key *kept = ARENA_NEW(reader->arena, Key);
    *kept = key;
    map_put_index(reader->arena, map, str_make(kept, sizeof(*kept)),
                  reader->note_undo->lines.count);
    return before;
}

static Str first_word(Str text)
{
    Str word = {"", 0};
    (void)str_next_word(&text, &word);
    return word;
}

static void keep(Reader *reader, const NotedLine *line, uint64_t path)
{
    NoteUndo *undo = reader->note_undo;
    Str *words = arena_alloc(reader->arena, (line->count + 1) * sizeof(*words));
    memcpy(words, line->words, line->count * sizeof(*words));
    Noted noted = {.words = words,
                   .count = line->count,
                   .line = line->line,
                   .block = line->block.size ? line->block : str_trim(reader->line->text),
                   .first = undo->before,
                   .end = counts_of(reader->device)};
    noted.next = add_last(reader, &undo->by_line, key_of(path, words[0]));
    noted.next_in_blocks = add_last(reader, &undo->by_block, key_of(0, first_word(noted.block)));
    *VEC_PUSH(reader->arena, &undo->lines) = noted;
}

/* Marks the notes of a line: build_drop_undone removes them. */
static void undo_line(Reader *reader, Noted *noted)
{
    Device *device = reader->device;
    for (size_t i = noted->first.defined; i < noted->end.defined; i++)
        device->defined.items[i].line = 0;
    for (size_t i = noted->first.referenced; i < noted->end.referenced; i++)
        device->referenced.items[i].line = 0;
    for (size_t i = noted->first.practices; i < noted->end.practices; i++)
        device->practices.items[i].line = 0;
    *VEC_PUSH(reader->arena, &device->undone_lines) = noted->line;
    noted->first = noted->end;
}

static bool is_undone(const Noted *noted)
{
    return memcmp(&noted->first, &noted->end, sizeof(noted->first)) == 0;
}

/* Returns whether the words behind "no" start the line. */
static bool words_start(const NotedLine *no, const Str *words, size_t count)
{
    if (no->count - 1 > count)
        return false;
    for (size_t i = 1; i < no->count; i++) {
        if (!str_equal_ignore_case(no->words[i], words[i - 1]))
            return false;
    }
    return true;
}

static bool starts_block(const NotedLine *no, Str block)
{
    Str word;
    for (size_t i = 1; i < no->count; i++) {
        if (!str_next_word(&block, &word) || !str_equal_ignore_case(no->words[i], word))
            return false;
    }
    return true;
}

static void take_back(Reader *reader, const NotedLine *no, uint64_t path)
{
    NoteUndo *undo = reader->note_undo;
    Key key = key_of(path, no->words[1]), block = key_of(0, no->words[1]);
    for (size_t at = last_of(&undo->by_line, &key); at; at = undo->lines.items[at - 1].next) {
        Noted *noted = &undo->lines.items[at - 1];
        if (!reader_may_search(reader, 1))
            return;
        if (!is_undone(noted) && words_start(no, noted->words, noted->count))
            undo_line(reader, noted);
    }
    size_t at = path == NOTE_PATH_TOP ? last_of(&undo->by_block, &block) : 0;
    for (; at; at = undo->lines.items[at - 1].next_in_blocks) {
        Noted *noted = &undo->lines.items[at - 1];
        if (!reader_may_search(reader, 1))
            return;
        if (!is_undone(noted) && starts_block(no, noted->block))
            undo_line(reader, noted);
    }
}

void note_undo_line(Reader *reader, const NotedLine *line, uint64_t path)
{
    Counts now = counts_of(reader->device);
    bool negated = line->count > 1 && (str_equal(line->words[0], STR("no")) ||
                                       str_equal(line->words[0], STR("default")));
    if (negated)
        take_back(reader, line, path);
    else if (line->count && memcmp(&now, &reader->note_undo->before, sizeof(now)) != 0)
        keep(reader, line, path);
}
