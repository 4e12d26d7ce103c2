/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/ios.h"

#include "engines/config/ios_misc.h"

typedef enum { LINE_PARSED, LINE_KNOWN, LINE_UNKNOWN } LineOutcome;

static const IosCommand *find_in_table(IosParser *parser, const IosTable *table, size_t at)
{
    Str first = words_get(&parser->words, at);
    for (size_t i = 0; i < table->count; i++) {
        const IosCommand *command = &table->commands[i];
        if (command->pattern[0] != first.data[0] && command->pattern[0] != '*')
            continue;
        if (!words_match(&parser->words, at, command->pattern))
            continue;
        Str pattern = str_of(command->pattern), word;
        parser->arg = at;
        while (str_next_word(&pattern, &word))
            parser->arg++;
        return command;
    }
    return NULL;
}

static const IosCommand *find_command(IosParser *parser, IosContext context, size_t at)
{
    const IosTable *table = ios_table(context);
    if (words_get(&parser->words, at).size == 0)
        return NULL;
    for (; table; table = table->next) {
        const IosCommand *command = find_in_table(parser, table, at);
        if (command)
            return command;
    }
    return NULL;
}

/* Finds the command of a line. "no" and "default" are removed first, except where a table contains
 * the line with them. */
static const IosCommand *match_line(IosParser *parser, IosContext context)
{
    parser->negated = false;
    const IosCommand *command = find_command(parser, context, 0);
    bool prefixed = words_is(&parser->words, 0, "no") || words_is(&parser->words, 0, "default");
    if (command || !prefixed)
        return command;
    parser->negated = true;
    return find_command(parser, context, 1);
}

static LineOutcome run_command(IosParser *parser, const IosCommand *command)
{
    if (!command)
        return LINE_UNKNOWN;
    if (!command->handler || (parser->negated && !command->handles_no))
        return LINE_KNOWN;
    bool understood =
        parser->range.count ? ios_run_in_range(parser, command->handler) : command->handler(parser);
    return understood ? LINE_PARSED : LINE_UNKNOWN;
}

static Str stanza_header(const IosParser *parser)
{
    const Device *device = parser->device;
    if (device->stanzas.count == 0)
        return (Str){"", 0};
    return device->stanzas.items[device->stanzas.count - 1].header;
}

static void count_outcome(IosParser *parser, LineOutcome outcome)
{
    LineCounts *counts = &parser->device->lines;
    if (outcome == LINE_PARSED) {
        counts->parsed++;
    } else if (outcome == LINE_KNOWN) {
        counts->known++;
    } else {
        counts->unknown++;
        build_not_understood(&parser->builder, parser->line->number, parser->line->text,
                             stanza_header(parser));
    }
}

/* Returns the header of a run of single lines, which share a stanza: all routes, one access list,
 * the rest as "global". */
static Str run_header(IosParser *parser, StanzaKind kind)
{
    const Words *words = &parser->words;
    switch (kind) {
    case STANZA_STATIC:
        return words_is(words, 0, "ipv6") ? STR("ipv6 route") : STR("ip route");
    case STANZA_ACL:
        return arena_printf(parser->arena, "access-list %.*s", STR_ARGS(words_get(words, 1)));
    case STANZA_PREFIX_LIST:
        return arena_printf(parser->arena, "%.*s prefix-list %.*s", STR_ARGS(words_get(words, 0)),
                            STR_ARGS(words_get(words, 2)));
    default:
        return STR("global");
    }
}

static bool has_children(const IosParser *parser)
{
    const ConfigLines *lines = parser->builder.lines;
    for (size_t i = parser->at + 1; i < lines->count && i < parser->at + 4; i++) {
        const ConfigLine *next = &lines->items[i];
        Str text = str_trim_left(next->text);
        if (text.size == 0 || text.data[0] == '!')
            continue;
        return next->indent > parser->line->indent;
    }
    return false;
}

static void open_stanza(IosParser *parser, const IosCommand *command)
{
    StanzaKind kind = command ? command->stanza : STANZA_GLOBAL;
    bool children = has_children(parser);
    bool named_run = kind == STANZA_STATIC || (kind == STANZA_ACL && !children) ||
                     (kind == STANZA_PREFIX_LIST && !children);
    bool block = command && !named_run && kind != STANZA_GLOBAL;
    if (block || children) {
        build_stanza(&parser->builder, kind == STANZA_GLOBAL ? STANZA_OTHER : kind,
                     str_trim(parser->line->text), parser->line->number, false);
    } else {
        build_stanza(&parser->builder, named_run ? kind : STANZA_GLOBAL, run_header(parser, kind),
                     parser->line->number, true);
    }
}

static void push_frame(IosParser *parser, IosContext context)
{
    if (parser->depth < CONFIG_MAX_DEPTH) {
        parser->stack[parser->depth++] = (IosFrame){
            .context = context,
            .indent = parser->line->indent,
            .bgp_vrf = parser->bgp_vrf,
            .bgp_family = parser->bgp_family,
            .ospf = parser->ospf,
        };
    }
}

static IosContext current_context(const IosParser *parser)
{
    return parser->depth ? parser->stack[parser->depth - 1].context : IOS_TOP;
}

/* Matches a line of a file that lost its indentation: a line unknown at the top level may belong to
 * the last block. */
static const IosCommand *match_flat(IosParser *parser)
{
    const IosCommand *command = NULL;
    if (parser->flat != IOS_TOP)
        command = match_line(parser, parser->flat);
    if (!command && parser->flat_parent != IOS_TOP) {
        command = match_line(parser, parser->flat_parent);
        if (command)
            parser->flat = parser->flat_parent;
    }
    return command;
}

static bool can_be_flat(IosContext context)
{
    return context != IOS_KNOWN && context != IOS_UNKNOWN && context != IOS_TOP &&
           context != IOS_BGP_PEER && context != IOS_VRRP;
}

static IosContext context_below(const IosCommand *command, LineOutcome outcome)
{
    if (!command || outcome == LINE_UNKNOWN)
        return IOS_UNKNOWN;
    if (command->opens != IOS_TOP)
        return command->opens;
    return outcome == LINE_KNOWN ? IOS_KNOWN : IOS_UNKNOWN;
}

/* Parses a line at the top level: a new block, a single line, or a stray line of the block before.
 */
static void parse_top_line(IosParser *parser)
{
    const IosCommand *command = match_line(parser, IOS_TOP);
    bool stray = false;
    if (!command || (parser->flat_file && !command->handler && command->opens == IOS_TOP)) {
        const IosCommand *flat = match_flat(parser);
        stray = flat != NULL;
        command = stray ? flat : match_line(parser, IOS_TOP);
    }
    if (stray) {
        build_stanza_extend(&parser->builder, parser->line->number);
    } else {
        open_stanza(parser, command);
        parser->range.count = 0;
    }
    LineOutcome outcome = run_command(parser, command);
    count_outcome(parser, outcome);
    IosContext below = context_below(command, outcome);
    push_frame(parser, below);
    if (can_be_flat(below)) {
        parser->flat_parent = stray ? parser->flat : IOS_TOP;
        parser->flat = below;
    } else if (!stray) {
        parser->flat = parser->flat_parent = IOS_TOP;
    }
}

static void parse_child_line(IosParser *parser, IosContext context)
{
    build_stanza_extend(&parser->builder, parser->line->number);
    if (context == IOS_KNOWN) {
        parser->device->lines.known++;
        return;
    }
    const IosCommand *command = context == IOS_UNKNOWN ? NULL : match_line(parser, context);
    LineOutcome outcome = run_command(parser, command);
    count_outcome(parser, outcome);
    push_frame(parser, context_below(command, outcome));
}

static void pop_frames(IosParser *parser)
{
    while (parser->depth && parser->stack[parser->depth - 1].indent >= parser->line->indent)
        parser->depth--;
    if (parser->depth) {
        parser->bgp_vrf = parser->stack[parser->depth - 1].bgp_vrf;
        parser->bgp_family = parser->stack[parser->depth - 1].bgp_family;
        parser->ospf = parser->stack[parser->depth - 1].ospf;
    }
}

static const ConfigLine *line_at(const IosParser *parser, size_t i)
{
    return i < parser->builder.lines->count ? &parser->builder.lines->items[i] : NULL;
}

typedef struct {
    Str delimiter;
    bool whole_line; /* EOS: a line that says EOF */
    Str first;       /* text after the delimiter on the banner's own line */
} Banner;

static bool banner_start(IosParser *parser, Banner *out_banner)
{
    size_t at = words_is(&parser->words, 0, "banner") && parser->words.count > 2 ? 2 : 1;
    Str rest = words_rest(&parser->words, at);
    *out_banner = (Banner){0};
    if (parser->words.count <= 2 && parser->eos) {
        *out_banner = (Banner){.delimiter = STR("EOF"), .whole_line = true};
        return true;
    }
    if (rest.size == 0 || parser->words.count <= 2)
        return false;
    size_t length = str_starts_with(rest, STR("^C")) ? 2 : 1;
    if (str_equal(rest, STR("EOF")))
        *out_banner = (Banner){.delimiter = rest, .whole_line = true};
    else
        *out_banner =
            (Banner){.delimiter = str_slice(rest, 0, length), .first = str_from(rest, length)};
    return true;
}

static bool ends_banner(const Banner *banner, Str text)
{
    if (banner->whole_line)
        return str_equal(str_trim(text), banner->delimiter);
    return str_find(text, banner->delimiter) != STR_NOT_FOUND;
}

/* Returns the index of the line that ends the banner, or SIZE_MAX. It does not search again for a
 * delimiter that an earlier banner has not found, which keeps the time linear in a file full of
 * unfinished banners. */
static size_t find_banner_end(IosParser *parser, const Banner *banner)
{
    unsigned char key = (unsigned char)(banner->delimiter.data[banner->delimiter.size - 1]);
    uint32_t *missing = &parser->delimiter_missing[banner->delimiter.size > 1 ? key | 0x80 : key];
    if (*missing && parser->line->number >= *missing)
        return SIZE_MAX;
    for (size_t i = parser->at + 1; line_at(parser, i); i++) {
        parser->device->steps++;
        if (ends_banner(banner, line_at(parser, i)->text))
            return i;
    }
    *missing = parser->line->number;
    return SIZE_MAX;
}

/* Takes a banner with all its lines. Returns false if this line starts none. */
static bool take_banner(IosParser *parser)
{
    Banner banner;
    if (!words_is(&parser->words, 0, "banner") || !banner_start(parser, &banner))
        return false;
    build_stanza(&parser->builder, STANZA_BANNER,
                 arena_printf(parser->arena, "banner %.*s", STR_ARGS(words_get(&parser->words, 1))),
                 parser->line->number, false);
    parser->device->lines.known++;
    if (!banner.whole_line && ends_banner(&banner, banner.first))
        return true;
    size_t end = find_banner_end(parser, &banner);
    if (end == SIZE_MAX) {
        build_warning(&parser->builder, parser->line->number,
                      STR("the banner is never closed: only its first line is taken as banner"));
        return true;
    }
    parser->device->lines.known += (uint32_t)(end - parser->at);
    build_stanza_extend(&parser->builder, line_at(parser, end)->number);
    parser->at = end;
    return true;
}

/* Takes the hexadecimal lines of a certificate up to "quit", inside any block. */
static bool take_certificate(IosParser *parser)
{
    enum { MAX_CERTIFICATE_LINES = 4096 };
    const ConfigLine *next = line_at(parser, parser->at + 1);
    if (!words_is(&parser->words, 0, "certificate") || parser->words.count < 2 || !next)
        return false;
    Str first = str_trim(next->text);
    uint64_t value = 0;
    if (first.size < 8 || !str_parse_hex(str_slice(first, 0, 8), &value))
        return false;
    for (size_t i = parser->at + 1; i < parser->at + MAX_CERTIFICATE_LINES; i++) {
        const ConfigLine *line = line_at(parser, i);
        if (!line)
            return false;
        parser->device->steps++;
        if (!str_equal(str_trim(line->text), STR("quit")))
            continue;
        parser->device->lines.known += (uint32_t)(i - parser->at) + 1;
        build_stanza_extend(&parser->builder, line->number);
        parser->at = i;
        return true;
    }
    return false;
}

static bool is_comment(Str trimmed)
{
    return trimmed.size == 0 || trimmed.data[0] == '!' || trimmed.data[0] == '#';
}

static void parse_line(IosParser *parser)
{
    Str trimmed = str_trim_left(parser->line->text);
    Device *device = parser->device;
    device->steps += 1 + trimmed.size;
    if (parser->line->noise || is_comment(trimmed)) {
        device->lines.blank++;
        if (parser->line->indent == 0 && trimmed.size && trimmed.data[0] == '!')
            parser->flat = parser->flat_parent = IOS_TOP;
        return;
    }
    if (parser->line->too_long) {
        build_warning(&parser->builder, parser->line->number,
                      arena_printf(parser->builder.arena,
                                   "the line is longer than %d bytes and was not read",
                                   CONFIG_LINE_MAX_BYTES));
        count_outcome(parser, LINE_UNKNOWN);
        return;
    }
    words_split(parser->line->text, &parser->words);
    if (take_certificate(parser))
        return;
    pop_frames(parser);
    if (parser->depth == 0 && take_banner(parser))
        return;
    IosContext context = current_context(parser);
    if (context == IOS_TOP)
        parse_top_line(parser);
    else
        parse_child_line(parser, context);
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

void ios_parse(Builder *builder)
{
    IosParser *parser = ARENA_NEW(builder->arena, IosParser);
    parser->builder = *builder;
    parser->arena = builder->arena;
    parser->device = builder->device;
    parser->eos = builder->system == SYSTEM_EOS;
    parser->nxos = builder->system == SYSTEM_NXOS;
    parser->bgp_vrf = (Str){"", 0};
    parser->flat_file = is_flat_file(builder->lines);
    for (parser->at = 0; parser->at < builder->lines->count; parser->at++) {
        parser->line = &builder->lines->items[parser->at];
        parse_line(parser);
    }
    *builder = parser->builder;
}
