/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/reader.h"

#include "engines/config/undo_notes.h"
#include "engines/network/undo.h"

const CommandTable commands_known = {0}, commands_unknown = {0};

static Str stanza_header(const Reader *reader)
{
    const Device *device = reader->device;
    if (device->stanzas.count == 0)
        return (Str){"", 0};
    return device->stanzas.items[device->stanzas.count - 1].header;
}

/* Notes what became of the copy of a line of a group. */
static void note_use(LineUse *use, LineOutcome outcome)
{
    static const LineUseOutcome uses[] = {
        [LINE_BLANK] = LINE_USE_NONE,
        [LINE_PARSED] = LINE_USE_PARSED,
        [LINE_KNOWN] = LINE_USE_KNOWN,
        [LINE_UNKNOWN] = LINE_USE_UNKNOWN,
    };
    use->outcome = MAX_OF(use->outcome, uses[outcome]);
}

void reader_count_line(Reader *reader, const ConfigLine *line, LineOutcome outcome, Str block)
{
    LineCounts *counts = &reader->device->lines;
    if (line->use) {
        note_use(line->use, outcome);
        return;
    }
    counts->blank += outcome == LINE_BLANK;
    counts->parsed += outcome == LINE_PARSED;
    counts->known += outcome == LINE_KNOWN;
    counts->unknown += outcome == LINE_UNKNOWN;
    if (outcome == LINE_UNKNOWN)
        build_not_understood(&reader->builder, line->number, line->text, block);
}

static void count_outcome(Reader *reader, LineOutcome outcome)
{
    reader_count_line(reader, reader->line, outcome, stanza_header(reader));
}

/* Returns three words with a blank between them: the line itself where it has them so, which most
 * lines of a long list have. */
static Str join_words(Reader *reader, Str first, Str second, Str third)
{
    Str line = str_trim_left(reader->line->text);
    size_t size = first.size + 1 + second.size + 1 + third.size;
    Str start = str_slice(line, 0, size);
    bool is_there = start.size == size && first.data == line.data &&
                    third.data == line.data + size - third.size &&
                    str_starts_with(str_from(start, first.size + 1), second) &&
                    start.data[first.size] == ' ' && start.data[size - third.size - 1] == ' ';
    return is_there ? start
                    : arena_printf(reader->arena, "%.*s %.*s %.*s", STR_ARGS(first),
                                   STR_ARGS(second), STR_ARGS(third));
}

/* Returns the header of a run of single lines, which share a stanza: all routes, one access list,
 * the rest as "global". */
static Str run_header(Reader *reader, StanzaKind kind)
{
    const Words *words = &reader->words;
    switch (kind) {
    case STANZA_STATIC:
        return words_is(words, 0, "ipv6") ? STR("ipv6 route") : STR("ip route");
    case STANZA_ACL:
        return arena_printf(reader->arena, "access-list %.*s", STR_ARGS(words_get(words, 1)));
    case STANZA_PREFIX_LIST:
        return join_words(reader, words_get(words, 0), STR("prefix-list"), words_get(words, 2));
    default:
        return STR("global");
    }
}

static bool has_children(const Reader *reader)
{
    const ConfigLines *lines = reader->builder.lines;
    for (size_t i = reader->at + 1; i < lines->count && i < reader->at + 4; i++) {
        const ConfigLine *next = &lines->items[i];
        Str text = str_trim_left(next->text);
        if (text.size == 0 || text.data[0] == '!')
            continue;
        return next->indent > reader->line->indent;
    }
    return false;
}

static void open_stanza(Reader *reader, const Command *command)
{
    StanzaKind kind = command ? command->stanza : STANZA_GLOBAL;
    if (reader->line->is_copy)
        return;
    bool path = reader_is_path(reader, command);
    bool children =
        has_children(reader) || path || (command && command->below && command->below->lasts);
    bool named_run =
        !children && (kind == STANZA_STATIC || kind == STANZA_ACL || kind == STANZA_PREFIX_LIST);
    bool block = command && !named_run && kind != STANZA_GLOBAL;
    if (block || children) {
        build_stanza(&reader->builder, kind == STANZA_GLOBAL ? STANZA_OTHER : kind,
                     reader_head(reader, command), reader->line->number, path);
    } else {
        build_stanza(&reader->builder, named_run ? kind : STANZA_GLOBAL, run_header(reader, kind),
                     reader->line->number, true);
    }
}

static void extend_stanza(Reader *reader)
{
    if (!reader->line->is_copy)
        build_stanza_extend(&reader->builder, reader->line->number);
}

/* Notes the head of a block that only a group has: it is no stanza of the file. */
static void note_copied_head(Reader *reader)
{
    reader->copied_head = reader->line->is_copy ? str_trim(reader->line->text) : (Str){"", 0};
    reader->copied_head_line = reader->line->number;
}

static void push_frame(Reader *reader, const CommandTable *table)
{
    if (reader->depth == CONFIG_MAX_DEPTH)
        return;
    uint64_t path = note_path_below(reader->path, reader->line->text);
    reader->stack[reader->depth++] = (ReaderFrame){table, reader->line->indent, path, reader->now};
}

/* Returns the table of the block around the line, or NULL at the top level. */
static const CommandTable *current_table(const Reader *reader)
{
    return reader->depth ? reader->stack[reader->depth - 1].table : NULL;
}

typedef const Command *(*Match)(Reader *reader, const CommandTable *table);

/* Matches a line of a file that lost its indentation: a line unknown at the top level may belong to
 * the last block. */
static const Command *match_flat(Reader *reader, Match match)
{
    const Command *command = reader->flat ? match(reader, reader->flat) : NULL;
    if (command || !reader->flat_parent)
        return command;
    command = match(reader, reader->flat_parent);
    if (command)
        reader->flat = reader->flat_parent;
    return command;
}

/* Returns a command of the top table that the words may be short for, where the block before only
 * knows them: "ip ro 0.0.0.0 …" below "router bgp". */
static const Command *match_over_known(Reader *reader, const Command *flat)
{
    if (reader->flat_file || !flat || flat->handler || flat->below)
        return NULL;
    const Command *command = reader_match_abbreviated(reader, reader->dialect->commands);
    return command && command->handler ? command : NULL;
}

/* Matches a line at the top level. Whole words of the block before outrank abbreviations. */
static const Command *match_top(Reader *reader, bool *out_stray)
{
    static const Match matches[] = {reader_match, reader_match_abbreviated};
    const CommandTable *top = reader->dialect->commands;
    for (size_t i = 0; i < COUNT_OF(matches); i++) {
        const Command *command = matches[i](reader, top);
        bool continues = reader->flat_file && command && !command->handler && !command->below;
        const Command *flat = command && !continues ? NULL : match_flat(reader, matches[i]);
        const Command *better = command ? NULL : match_over_known(reader, flat);
        if (better)
            return better;
        *out_stray = flat != NULL;
        if (flat)
            return flat;
        if (command)
            return continues ? matches[i](reader, top) : command;
    }
    return NULL;
}

static const Command *match_below(Reader *reader, const CommandTable *table)
{
    const Command *command = reader_match(reader, table);
    return command ? command : reader_match_abbreviated(reader, table);
}

static const CommandTable *table_below(const Reader *reader, const Command *command,
                                       LineOutcome outcome)
{
    if (!command || outcome == LINE_UNKNOWN || (reader->negated && command->handler))
        return &commands_unknown;
    if (command->below)
        return command->below;
    return outcome == LINE_KNOWN ? &commands_known : &commands_unknown;
}

/* Parses a line at the top level: a new block, a single line, or a stray line of the block before.
 */
static void parse_top_line(Reader *reader)
{
    bool stray = false;
    const Command *command = match_top(reader, &stray);
    if (!stray)
        reader->range.count = 0;
    note_copied_head(reader);
    const CommandTable *table = stray ? reader->flat : reader->dialect->commands;
    /* The head of a path is the command that matched; another line may turn out to be another one.
     */
    bool is_path = !stray && reader_is_path(reader, command);
    if (is_path)
        open_stanza(reader, command);
    LineOutcome outcome = reader_run_line(reader, table, &command);
    if (stray)
        extend_stanza(reader);
    else if (!is_path)
        open_stanza(reader, command);
    count_outcome(reader, outcome);
    const CommandTable *below = table_below(reader, command, outcome);
    push_frame(reader, below);
    if (below->resumes) {
        reader->flat_parent = stray ? reader->flat : NULL;
        reader->flat = below;
    } else if (!stray) {
        reader->flat = reader->flat_parent = NULL;
    }
}

/* Returns whether the line is "exit", "exit-address-family" or the like, which was typed. */
static bool leaves_block(const Reader *reader)
{
    return reader->line->typed && str_starts_with(words_get(&reader->words, 0), STR("exit"));
}

static void parse_child_line(Reader *reader, const CommandTable *table)
{
    extend_stanza(reader);
    if (table == &commands_known) {
        count_outcome(reader, LINE_KNOWN);
        reader->depth -= leaves_block(reader);
        return;
    }
    const Command *command = table == &commands_unknown ? NULL : match_below(reader, table);
    bool leaves = leaves_block(reader);
    bool ends_block = leaves || (command && command->ends_block);
    LineOutcome outcome = reader_run_line(reader, table, &command);
    if (leaves && outcome == LINE_UNKNOWN)
        outcome = LINE_KNOWN;
    count_outcome(reader, outcome);
    /* Nothing says whether a command that was typed opens a block, but its table. */
    bool is_leaf = reader->line->typed && !(command && command->below);
    if (ends_block)
        reader->depth--;
    else if (!is_leaf)
        push_frame(reader, table_below(reader, command, outcome));
}

/* Returns whether the indentation of the line puts it into the block of a frame. */
static bool is_inside(const Reader *reader, size_t depth)
{
    return depth == 0 || reader->stack[depth - 1].indent < reader->line->indent;
}

/* Returns the depth of the innermost block that has the line, of those that indentation has not
 * ended; or SIZE_MAX. A pattern that fits any line is no reason to stay in a block. */
static size_t find_depth(Reader *reader, Match match)
{
    for (size_t depth = reader->depth;; depth--) {
        const CommandTable *table =
            depth ? reader->stack[depth - 1].table : reader->dialect->commands;
        if (depth && is_inside(reader, depth))
            return depth;
        const Command *command = depth && !table->lasts ? NULL : match(reader, table);
        if (command && command->pattern[0] != '*')
            return depth;
        if (depth == 0)
            return SIZE_MAX;
    }
}

/* Closes the blocks that a command which was typed is not part of: the innermost block that has it
 * counts, as on the device. */
static void pop_typed(Reader *reader)
{
    size_t depth = reader->line->typed == TYPED_AT_TOP ? 0 : reader->depth;
    if (depth && leaves_block(reader))
        return;
    for (; depth; depth--) {
        const CommandTable *table = reader->stack[depth - 1].table;
        bool any = table == &commands_known || table == &commands_unknown;
        const Command *command = match_below(reader, any ? reader->dialect->commands : table);
        bool fits_all = command && command->pattern[0] == '*';
        if (any ? !command : command && (!fits_all || reader->line->typed == TYPED_IN_PEER))
            break;
    }
    if (depth || reader->line->typed == TYPED_AT_TOP ||
        match_below(reader, reader->dialect->commands))
        reader->depth = depth;
}

/* Closes the blocks that the line is not part of. A line that no table has stays in the innermost
 * one. */
static void pop_frames(Reader *reader)
{
    if (reader->line->typed)
        pop_typed(reader);
    while (!reader->line->typed && !is_inside(reader, reader->depth) &&
           !reader->stack[reader->depth - 1].table->lasts)
        reader->depth--;
    if (!reader->line->typed && !is_inside(reader, reader->depth)) {
        size_t depth = find_depth(reader, reader_match);
        if (depth == SIZE_MAX)
            depth = find_depth(reader, reader_match_abbreviated);
        if (depth != SIZE_MAX)
            reader->depth = depth;
    }
    reader->path = NOTE_PATH_TOP;
    if (reader->depth) {
        reader->now = reader->stack[reader->depth - 1].now;
        reader->path = reader->stack[reader->depth - 1].path;
    }
}

/* Returns whether a comment in the first column ends the block, in a file that lost its
 * indentation. One before an address family is inside of the block. */
static bool ends_block(const Reader *reader, Str trimmed)
{
    const ConfigLine *next = reader_line_at(reader, reader->at + 1);
    bool family = next && str_starts_with(next->text, STR("address-family "));
    return reader->line->indent == 0 && str_starts_with(trimmed, STR("!")) &&
           !(family && reader->flat_file);
}

static bool is_comment(Str trimmed)
{
    return trimmed.size == 0 || trimmed.data[0] == '!' || trimmed.data[0] == '#';
}

/* Returns the stanza of a block that the line is inside of, or NULL: lines of a run, and the header
 * itself, are at the top level. */
static const Stanza *block_around(const Reader *reader)
{
    const Device *device = reader->device;
    if (device->stanzas.count == 0)
        return NULL;
    const Stanza *stanza = &device->stanzas.items[device->stanzas.count - 1];
    bool single = stanza->kind == STANZA_GLOBAL || stanza->kind == STANZA_STATIC ||
                  str_starts_with(stanza->header, STR("access-list "));
    return stanza->first_line == reader->line->number || single ? NULL : stanza;
}

static void take_notes(Reader *reader)
{
    const Stanza *block = block_around(reader);
    NotedLine line = {
        .words = reader->words.at,
        .count = reader->words.count,
        .line = reader->line->number,
        .block = block ? block->header : (Str){"", 0},
        .block_line = block ? block->first_line : 0,
    };
    if (reader->copied_head.size) {
        bool is_head = line.line == reader->copied_head_line;
        line.block = is_head ? (Str){"", 0} : reader->copied_head;
        line.block_line = is_head ? 0 : reader->copied_head_line;
    }
    config_notes_take(&reader->builder, &line);
    note_undo_line(reader, &line, reader->path);
}

static void parse_line(Reader *reader)
{
    Str trimmed = str_trim_left(reader->line->text);
    Device *device = reader->device;
    device->steps += 1 + trimmed.size;
    if (reader->line->use && !reader->line->is_copy) {
        extend_stanza(reader);
        return;
    }
    if (reader->line->noise || is_comment(trimmed)) {
        device->lines.blank++;
        if (reader->dialect->read_comment && trimmed.size)
            reader->dialect->read_comment(reader);
        if (ends_block(reader, trimmed))
            reader->flat = reader->flat_parent = NULL;
        return;
    }
    if (reader->line->too_long) {
        build_warning(&reader->builder, reader->line->number,
                      arena_printf(reader->builder.arena,
                                   "the line is longer than %d bytes and was not read",
                                   CONFIG_LINE_MAX_BYTES));
        count_outcome(reader, LINE_UNKNOWN);
        return;
    }
    words_split(reader->line->text, &reader->words);
    pop_frames(reader);
    if (!reader->line->is_copy && reader_take_text(reader))
        return;
    const CommandTable *table = current_table(reader);
    if (!table && !reader->line->is_copy && reader_skip_second(reader))
        return;
    note_undo_start(reader);
    if (table)
        parse_child_line(reader, table);
    else
        parse_top_line(reader);
    take_notes(reader);
}

/* Returns whether most interface headers are followed by lines of the interface in the first
 * column. */
static bool is_flat_file(const ConfigLines *lines)
{
    size_t flat = 0, indented = 0;
    for (size_t i = 0; i + 1 < lines->count; i++) {
        if (lines->items[i].indent || !str_starts_with(lines->items[i].text, STR("interface ")))
            continue;
        const ConfigLine *next = &lines->items[i + 1];
        bool own = str_starts_with(next->text, STR("description ")) ||
                   str_starts_with(next->text, STR("ip address ")) ||
                   str_starts_with(next->text, STR("no ip address")) ||
                   str_starts_with(next->text, STR("vrf forwarding ")) ||
                   str_starts_with(next->text, STR("switchport "));
        flat += own;
        indented += next->indent > 0;
    }
    return flat > indented;
}

/* Counts the lines that continue a wrapped one like it. */
static void count_parts(Reader *reader, LineCounts before, uint32_t parts)
{
    LineCounts *lines = &reader->device->lines;
    if (lines->parsed > before.parsed)
        lines->parsed += parts;
    else if (lines->known > before.known)
        lines->known += parts;
    else
        lines->unknown += parts;
    if (!reader->first_wrapped)
        reader->first_wrapped = reader->line->number;
    reader->wrapped += parts;
    build_stanza_extend(&reader->builder, reader->line->number + parts);
}

/* Reads the line, and those that a terminal has wrapped it to. */
static void parse_whole_line(Reader *reader)
{
    ConfigLine joined;
    size_t at = reader->at, parts = reader_join_wrapped(reader, &joined);
    LineCounts before = reader->device->lines;
    if (parts > 1)
        reader->line = &joined;
    parse_line(reader);
    if (parts > 1 && reader->at == at) {
        count_parts(reader, before, (uint32_t)parts - 1);
        reader->at += parts - 1;
    }
}

static void warn_about_wraps(Reader *reader)
{
    if (reader->wrapped) {
        build_warning(&reader->builder, reader->first_wrapped,
                      arena_printf(reader->arena,
                                   "lines are wrapped at %u columns: %u were joined with the line "
                                   "before; record them with a wider terminal to be sure",
                                   reader->wrap_columns, reader->wrapped));
    }
}

/* Counts the lines of groups, and those that apply them. */
static void count_uses(Reader *reader)
{
    const ConfigLines *lines = reader->builder.lines;
    LineCounts *counts = &reader->device->lines;
    for (size_t i = 0; i < lines->count; i++) {
        const ConfigLine *line = &lines->items[i];
        if (!line->use || line->is_copy)
            continue;
        LineUseOutcome outcome = line->use->outcome;
        bool blank = line->noise || is_comment(str_trim_left(line->text));
        counts->blank += blank;
        counts->skipped += !blank && outcome == LINE_USE_NONE;
        counts->known += outcome == LINE_USE_KNOWN;
        counts->parsed += outcome == LINE_USE_PARSED;
        counts->unknown += outcome == LINE_USE_UNKNOWN;
        Str group = line->use->group;
        if (group.size)
            group = arena_printf(reader->arena, "group %.*s", STR_ARGS(group));
        if (outcome == LINE_USE_UNKNOWN)
            build_not_understood(&reader->builder, line->number, line->text, group);
    }
}

static void read_indented(Reader *reader)
{
    const Dialect *dialect = reader->dialect;
    const ConfigLines *lines = reader->builder.lines;
    reader->flat_file = is_flat_file(lines);
    reader->wrap_columns = config_wrap_columns(lines);
    const ConfigLines *inherited = dialect->inherit ? dialect->inherit(&reader->builder) : NULL;
    if (inherited)
        reader->builder.lines = lines = inherited;
    for (reader->at = 0; reader->at < lines->count; reader->at++) {
        reader->line = &lines->items[reader->at];
        parse_whole_line(reader);
    }
    if (inherited)
        count_uses(reader);
    warn_about_wraps(reader);
    build_drop_undone(&reader->builder);
}

void reader_read(Builder *builder, const Dialect *dialect)
{
    Reader *reader = ARENA_NEW(builder->scratch, Reader);
    reader->builder = *builder;
    reader->arena = builder->arena;
    reader->device = builder->device;
    reader->dialect = dialect;
    reader->indexes = command_indexes_new(builder->scratch);
    reader->now.bgp_vrf = (Str){"", 0};
    if (dialect->read)
        dialect->read(reader);
    else
        read_indented(reader);
    *builder = reader->builder;
}
