/* SPDX-License-Identifier: Apache-2.0 */
/* What reaches over lines: private keys, vaults, sections of a configuration, columns of tables. */
#include "base/ascii.h"
#include "engines/redact/internal.h"

enum { FLAT_LINES = 12, KEY_LINES = 2000, LONG_WORD = 20, MAX_COLUMNS = 63 };

/* Without what a list, a quotation or a string of JSON puts around a line. */
static Str bare_line(Str line)
{
    size_t start = 0;
    size_t end = line.size;
    while (start < end &&
           ((unsigned char)line.data[start] <= ' ' ||
            str_find_byte(STR("\"'`>*|"), line.data[start]) != STR_NOT_FOUND ||
            (line.data[start] == '-' && start + 1 < end && line.data[start + 1] == ' ')))
        start++;
    while (end > start && ((unsigned char)line.data[end - 1] <= ' ' ||
                           str_find_byte(STR("\"'`,|"), line.data[end - 1]) != STR_NOT_FOUND))
        end--;
    return str_slice(line, start, end - start);
}

/* Column of the first byte of the bare line. */
static uint32_t indent_of(Str line)
{
    return (uint32_t)(bare_line(line).data - line.data);
}

/* Where "BEGIN … PRIVATE KEY" with its dashes ends, or STR_NOT_FOUND. */
static size_t find_key_begin(Str line)
{
    size_t begin = str_find(line, STR("BEGIN "));
    if (begin == STR_NOT_FOUND || begin == 0 ||
        (line.data[begin - 1] != '-' && line.data[begin - 1] != ' '))
        return STR_NOT_FOUND;
    Str rest = str_from(line, begin);
    size_t key = str_find(rest, STR("PRIVATE KEY"));
    size_t size = sizeof("PRIVATE KEY") - 1;
    if (key == STR_NOT_FOUND) {
        key = str_find(rest, STR("Static key V1"));
        size = sizeof("Static key V1") - 1;
    }
    if (key == STR_NOT_FOUND || key > 64)
        return STR_NOT_FOUND;
    size_t end = begin + key + size;
    if (str_starts_with(str_from(line, end), STR(" BLOCK")))
        end += sizeof(" BLOCK") - 1;
    size_t dashes = end;
    while (dashes < line.size && (line.data[dashes] == '-' || line.data[dashes] == ' '))
        dashes++;
    while (dashes > end && line.data[dashes - 1] == ' ')
        dashes--;
    return dashes == end ? STR_NOT_FOUND : dashes;
}

static bool ends_key(Str line)
{
    size_t end = str_find(line, STR("-END "));
    return end != STR_NOT_FOUND || str_find(line, STR("- END ")) != STR_NOT_FOUND;
}

/* Without white space, quotes and the escapes \n and \r at both ends. */
static Span trimmed_span(Str line, size_t start, size_t end)
{
    for (;;) {
        size_t before = start + (line.size - end);
        while (start < end && ((unsigned char)line.data[start] <= ' ' ||
                               str_find_byte(STR("\"'"), line.data[start]) != STR_NOT_FOUND))
            start++;
        while (end > start && ((unsigned char)line.data[end - 1] <= ' ' ||
                               str_find_byte(STR("\"',;}]"), line.data[end - 1]) != STR_NOT_FOUND))
            end--;
        if (end >= start + 2 && line.data[start] == '\\')
            start += 2;
        if (end >= start + 2 && line.data[end - 2] == '\\')
            end -= 2;
        if (start + (line.size - end) == before)
            return (Span){(uint32_t)start, (uint32_t)end};
    }
}

bool blocks_find_inline_key(Str line, Span *out_span)
{
    size_t begin = find_key_begin(line);
    if (begin == STR_NOT_FOUND)
        return false;
    size_t end = str_find(str_from(line, begin), STR("-END "));
    end = end == STR_NOT_FOUND ? line.size : begin + end;
    while (end > begin && end < line.size && line.data[end - 1] == '-')
        end--;
    Span span = trimmed_span(line, begin, end);
    if (span.end <= span.start ||
        str_equal(str_slice(line, span.start, span.end - span.start), MASK))
        return false;
    *out_span = span;
    return true;
}

static bool is_key_header(Str line)
{
    static const Str heads[] = {STR_INIT("Proc-Type:"), STR_INIT("DEK-Info:"), STR_INIT("Comment:"),
                                STR_INIT("Version:"),   STR_INIT("Subject:"),  STR_INIT("X-"),
                                STR_INIT("Hash:"),      STR_INIT("Charset:")};
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        if (str_starts_with_ignore_case(line, heads[i]))
            return true;
    }
    return false;
}

/* One word, or prose with a long word in it (the line of a key behind the head of a log). */
static bool may_be_key_line(Str line)
{
    Str rest = line;
    Str word;
    size_t count = 0;
    size_t longest = 0;
    while (str_next_word(&rest, &word)) {
        count++;
        longest = MAX_OF(longest, word.size);
    }
    return count == 1 || longest >= LONG_WORD || is_key_header(line);
}

static bool take_private_key(Blocks *blocks, Str line, Str trimmed)
{
    if (ends_key(line) || blocks->lines_left == 0 || !may_be_key_line(trimmed)) {
        blocks->private_key = false;
        return false;
    }
    blocks->lines_left--;
    return true;
}

static bool is_vault_line(Str trimmed)
{
    static const Str digits = STR_INIT("0123456789abcdefABCDEF");
    if (str_equal(trimmed, MASK))
        return true;
    for (size_t i = 0; i < trimmed.size; i++) {
        if (str_find_byte(digits, trimmed.data[i]) == STR_NOT_FOUND)
            return false;
    }
    return trimmed.size >= 2;
}

typedef struct {
    const char *open;
    const char *close;
} InlineBlock;

/* Blocks that OpenVPN reads from within its configuration. */
static const InlineBlock inline_blocks[] = {
    {"<auth-user-pass>", "</auth-user-pass>"},
    {"<tls-auth>", "</tls-auth>"},
    {"<tls-crypt>", "</tls-crypt>"},
    {"<tls-crypt-v2>", "</tls-crypt-v2>"},
    {"<secret>", "</secret>"},
    {"<http-proxy-user-pass>", "</http-proxy-user-pass>"},
};

static bool take_inline_block(Blocks *blocks, Str trimmed)
{
    if (blocks->closing) {
        bool ends = str_starts_with(trimmed, str_of(blocks->closing)) || blocks->lines_left == 0;
        blocks->closing = ends ? NULL : blocks->closing;
        blocks->lines_left -= !ends;
        return !ends && !str_starts_with(trimmed, STR("-----"));
    }
    for (size_t i = 0; i < COUNT_OF(inline_blocks); i++) {
        if (str_equal(trimmed, str_of(inline_blocks[i].open))) {
            blocks->closing = inline_blocks[i].close;
            blocks->lines_left = 64;
            blocks->section = SECTION_NONE;
        }
    }
    return false;
}

bool blocks_take_line(Blocks *blocks, Str line, Str *out_secret)
{
    if (!blocks->private_key && !blocks->vault && !blocks->closing &&
        (line.size < 8 ||
         (!memchr(line.data, '<', line.size) && !memchr(line.data, 'B', line.size) &&
          !memchr(line.data, 'V', line.size))))
        return false;
    Str trimmed = bare_line(line);
    if (trimmed.size == 0)
        return false;
    *out_secret = trimmed;
    if (blocks->private_key)
        return take_private_key(blocks, line, trimmed);
    if (blocks->vault) {
        blocks->vault = is_vault_line(trimmed);
        return blocks->vault;
    }
    if (take_inline_block(blocks, trimmed))
        return true;
    if (str_find(line, STR("$ANSIBLE_VAULT;")) != STR_NOT_FOUND)
        blocks->vault = true;
    if (find_key_begin(line) != STR_NOT_FOUND && !ends_key(line)) {
        blocks->private_key = true;
        blocks->section = SECTION_NONE;
        blocks->lines_left = KEY_LINES;
    }
    return false;
}

typedef struct {
    const char *words;
    Section section;
} Header;

static const Header headers[] = {
    {"radius server ", SECTION_SERVER},
    {"tacacs server ", SECTION_SERVER},
    {"ldap server ", SECTION_SERVER},
    {"aaa-server ", SECTION_SERVER},
    {"aaa group server ", SECTION_SERVER},
    {"aaa server radius dynamic-author", SECTION_SERVER},
    {"radius-server template", SECTION_SERVER},
    {"radius scheme", SECTION_SERVER},
    {"hwtacacs scheme", SECTION_SERVER},
    {"hwtacacs-server template", SECTION_SERVER},
    {"crypto isakmp client configuration group", SECTION_SERVER},
    {"radius-server host ", SECTION_SERVER},
    {"tacacs-server host ", SECTION_SERVER},
    {"hsrp ", SECTION_HSRP},
    {"snmp {", SECTION_SNMP},
    {"snmp-server {", SECTION_SNMP},
    {"config system snmp community", SECTION_SNMP_NAME},
    {"/snmp community", SECTION_SNMP_NAME},
};

/* Commands inside a section whose text has lost its indentation, as that of a PDF has. */
static bool fits_flat_section(Str trimmed)
{
    static const Str words[] = {
        STR_INIT("key "),
        STR_INIT("address "),
        STR_INIT("timeout "),
        STR_INIT("retransmit "),
        STR_INIT("server-private "),
        STR_INIT("client "),
        STR_INIT("port "),
        STR_INIT("pool "),
        STR_INIT("acl "),
        STR_INIT("dns "),
        STR_INIT("authentication "),
        STR_INIT("priority "),
        STR_INIT("preempt"),
        STR_INIT("timers "),
        STR_INIT("track "),
        STR_INIT("ip "),
        STR_INIT("name "),
        STR_INIT("edit "),
        STR_INIT("set "),
        STR_INIT("next"),
        STR_INIT("add "),
    };
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (str_starts_with(trimmed, words[i]))
            return !str_starts_with(trimmed, STR("key chain"));
    }
    return false;
}

/* Whether the line still belongs to the section, by its braces or by its indentation. */
static bool section_goes_on(Blocks *blocks, Str line, Str trimmed)
{
    if (blocks->braces) {
        for (size_t i = 0; i < line.size && blocks->depth; i++) {
            blocks->depth += line.data[i] == '{';
            blocks->depth -= line.data[i] == '}';
        }
        return blocks->depth > 0;
    }
    if (indent_of(line) > blocks->indent)
        return true;
    if (indent_of(line) < blocks->indent || blocks->lines_left == 0 || !fits_flat_section(trimmed))
        return false;
    blocks->lines_left--;
    return true;
}

static void follow_section(Blocks *blocks, Str line, Str trimmed)
{
    char first = trimmed.size ? ascii_to_lower(trimmed.data[0]) : '\0';
    for (size_t i = 0; i < COUNT_OF(headers); i++) {
        if (headers[i].words[0] != first ||
            !str_starts_with_ignore_case(trimmed, str_of(headers[i].words)))
            continue;
        blocks->section = headers[i].section;
        blocks->indent = indent_of(line);
        blocks->lines_left = FLAT_LINES;
        blocks->braces = str_find_byte(line, '{') != STR_NOT_FOUND;
        blocks->depth = 0;
        if (blocks->braces && !section_goes_on(blocks, line, trimmed)) {
            /* "snmp { … }" opens and closes in one line. */
            uint32_t depth = 0;
            for (size_t k = 0; k < line.size; k++) {
                depth += line.data[k] == '{';
                depth -= depth && line.data[k] == '}';
            }
            blocks->depth = depth;
            blocks->section = depth ? headers[i].section : SECTION_NONE;
        }
        return;
    }
    if (blocks->section && !section_goes_on(blocks, line, trimmed))
        blocks->section = SECTION_NONE;
}

/* "password:", "preshared-key=\", "<password>": the value is on the next line. */
static void follow_value(Blocks *blocks, Str line)
{
    Str trimmed = str_trim(line);
    blocks->value_follows = false;
    Str rest = trimmed;
    while (rest.size && str_find_byte(STR("`,\""), rest.data[rest.size - 1]) != STR_NOT_FOUND)
        rest.size--;
    while (rest.size && str_find_byte(STR("\\|>-+ "), rest.data[rest.size - 1]) != STR_NOT_FOUND &&
           !(rest.data[rest.size - 1] == '>' && rest.data[0] == '<'))
        rest.size--;
    if (rest.size < 3)
        return;
    char last = rest.data[rest.size - 1];
    bool tag = last == '>' && rest.data[0] == '<' && str_find_byte(rest, ' ') == STR_NOT_FOUND;
    if (last != ':' && last != '=' && !tag)
        return;
    rest = str_slice(rest, tag, rest.size - 1 - tag);
    rest = str_trim(rest);
    while (rest.size && str_find_byte(STR("\"'"), rest.data[rest.size - 1]) != STR_NOT_FOUND)
        rest.size--;
    size_t start = rest.size;
    while (start && str_find_byte(STR(" \"'\t{,"), rest.data[start - 1]) == STR_NOT_FOUND)
        start--;
    blocks->value_follows = lexicon_key_kind(str_from(rest, start)) == KEY_STRONG;
    blocks->value_indent = last == '=' ? 0 : indent_of(line) + 1;
}

/* The next cell of a row, without the blanks around it. */
static bool next_cell(Str *row, char separator, Str *out_cell)
{
    if (!str_next_field(row, separator, out_cell))
        return false;
    *out_cell = str_trim(*out_cell);
    return true;
}

static bool is_plain_cell(Str cell)
{
    for (size_t i = 0; i < cell.size; i++) {
        char c = cell.data[i];
        bool letter =
            ascii_is_letter(c) || c == ' ' || c == '-' || c == '_' || c == '*' || c == '"';
        if (!letter)
            return false;
    }
    return cell.size < 32;
}

static bool names_account(Str cell)
{
    static const Str words[] = {STR_INIT("user"),   STR_INIT("login"),  STR_INIT("account"),
                                STR_INIT("host"),   STR_INIT("device"), STR_INIT("system"),
                                STR_INIT("router"), STR_INIT("switch"), STR_INIT("ssid")};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (str_starts_with_ignore_case(cell, words[i]))
            return true;
    }
    return false;
}

static uint64_t secret_columns(Str row, char separator)
{
    uint64_t columns = 0;
    bool account = false;
    Str cell;
    for (unsigned i = 0; i < MAX_COLUMNS && next_cell(&row, separator, &cell); i++) {
        if (!is_plain_cell(cell))
            return 0;
        account |= names_account(cell);
        KeyKind kind = cell.size ? lexicon_key_kind(cell) : KEY_NONE;
        if (kind == KEY_STRONG || kind == KEY_ASSIGNED)
            columns |= (uint64_t)1 << i;
    }
    return account ? columns : 0;
}

static void follow_table(Blocks *blocks, Str trimmed)
{
    static const char separators[] = {'|', ',', ';', '\t'};
    if (blocks->columns) {
        if (str_find_byte(trimmed, blocks->column_separator) != STR_NOT_FOUND)
            return;
        blocks->columns = 0;
    }
    for (size_t i = 0; i < COUNT_OF(separators) && trimmed.size < 512; i++) {
        if (str_find_byte(trimmed, separators[i]) == STR_NOT_FOUND)
            continue;
        blocks->columns = secret_columns(trimmed, separators[i]);
        blocks->column_separator = separators[i];
        return;
    }
}

void blocks_follow(Blocks *blocks, Str line)
{
    Str trimmed = str_trim(line);
    if (trimmed.size == 0)
        return;
    follow_section(blocks, line, bare_line(line));
    follow_value(blocks, line);
    follow_table(blocks, trimmed);
}

static void mark_value_line(Blocks *blocks, Line *line)
{
    if (line->count == 0 || line->tokens[0].masked ||
        indent_of(line->text) < blocks->value_indent || (line->tokens[0].before & BEFORE_TAG))
        return;
    Span span = line_value(line, 0);
    Str value = line_span_text(line, span);
    for (uint32_t i = 1; i < line->count && blocks->value_indent; i++) {
        if (line->tokens[i].start >= span.end)
            return;
    }
    if (line->count > 1 && line->tokens[1].before & BEFORE_ASSIGN &&
        line->tokens[1].start >= span.end)
        return;
    if (!shape_is_placeholder(value) && !(line->tokens[0].words & WORD_LITERAL) &&
        value.data[value.size - 1] != ':')
        line_mask(line, span);
}

static bool is_cell_secret(Str cell)
{
    if (cell.size == 0 || shape_is_placeholder(cell) || str_equal(cell, MASK))
        return false;
    if (shape_looks_secret(cell))
        return true;
    return str_find_byte(cell, ' ') == STR_NOT_FOUND && cell.size >= 4 &&
           !str_starts_with(cell, STR("--")) && !str_starts_with(cell, STR(":-"));
}

static void mark_columns(Blocks *blocks, Line *line)
{
    Str row = str_trim(line->text);
    Str cell;
    for (unsigned i = 0; i < MAX_COLUMNS && next_cell(&row, blocks->column_separator, &cell); i++) {
        while (cell.size > 1 && str_find_byte(STR("`\"*"), cell.data[0]) != STR_NOT_FOUND &&
               cell.data[cell.size - 1] == cell.data[0])
            cell = str_slice(cell, 1, cell.size - 2);
        if (!(blocks->columns >> i & 1) || !is_cell_secret(cell))
            continue;
        uint32_t start = (uint32_t)(cell.data - line->text.data);
        line_mask(line, (Span){start, start + (uint32_t)cell.size});
    }
}

void blocks_mark(Blocks *blocks, Line *line)
{
    if (blocks->value_follows)
        mark_value_line(blocks, line);
    if (blocks->columns && str_find_byte(line->text, blocks->column_separator) != STR_NOT_FOUND)
        mark_columns(blocks, line);
}
