/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/kind.h"

#include "base/ascii.h"
#include "engines/log/syslog.h"
#include "engines/text/encoding.h"
#include "engines/text/prompt.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const names[TEXT_KIND_COUNT] = {
    [TEXT_CONFIG] = "config", [TEXT_LOG] = "log",   [TEXT_MARKDOWN] = "markdown",
    [TEXT_PLAIN] = "text",    [TEXT_SHOW] = "show", [TEXT_PDF] = "pdf",
    [TEXT_BINARY] = "binary",
};

enum { SAMPLE_LINES = 400 };

const char *text_kind_name(TextKind kind)
{
    check((size_t)kind < TEXT_KIND_COUNT);
    return names[kind];
}

PRINTF_LIKE(2, 3) static TextKindFinding finding(TextKind kind, const char *format, ...)
{
    TextKindFinding found;
    va_list args;
    found.kind = kind;
    va_start(args, format);
    vsnprintf(found.reason, sizeof found.reason, format, args);
    va_end(args);
    return found;
}

/* Returns the extension in lower case with its dot, or empty. */
static Str extension_of(Str name, char out[16])
{
    size_t slash = str_find_last_byte(name, '/');
    Str base = slash == STR_NOT_FOUND ? name : str_from(name, slash + 1);
    size_t dot = str_find_last_byte(base, '.');
    if (dot == STR_NOT_FOUND || base.size - dot >= 16)
        return STR("");
    for (size_t i = dot; i < base.size; i++)
        out[i - dot] = ascii_to_lower(base.data[i]);
    return str_make(out, base.size - dot);
}

/* Counts of what the lines of the sample look like. */
typedef struct {
    unsigned lines; /* lines that are not blank */
    unsigned syslog;
    unsigned config;
    unsigned indented;
    unsigned bangs;
    unsigned braces;
    unsigned prompts;
    unsigned headings;
    unsigned marks; /* lists, fences, tables, links */
} LineScore;

static bool starts_with_any(Str line, const Str *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_starts_with(line, words[i]))
            return true;
    return false;
}

static bool is_config_line(Str line)
{
    static const Str words[] = {
        STR_INIT("hostname "),
        STR_INIT("interface "),
        STR_INIT("router "),
        STR_INIT("ip address "),
        STR_INIT("ip route "),
        STR_INIT("ipv6 "),
        STR_INIT("vlan "),
        STR_INIT("switchport "),
        STR_INIT("no shutdown"),
        STR_INIT("neighbor "),
        STR_INIT("network "),
        STR_INIT("access-list "),
        STR_INIT("ip access-"),
        STR_INIT("line vty"),
        STR_INIT("line con"),
        STR_INIT("snmp-server "),
        STR_INIT("logging "),
        STR_INIT("ntp "),
        STR_INIT("aaa "),
        STR_INIT("username "),
        STR_INIT("enable "),
        STR_INIT("set system "),
        STR_INIT("set interfaces "),
        STR_INIT("set protocols "),
        STR_INIT("set "),
        STR_INIT("config "),
        STR_INIT("sysname "),
        STR_INIT("route-map "),
        STR_INIT("ip prefix-list "),
        STR_INIT("spanning-tree "),
        STR_INIT("service "),
        STR_INIT("no ip "),
        STR_INIT("feature "),
        STR_INIT("vrf "),
        STR_INIT("description "),
        STR_INIT("permit "),
        STR_INIT("deny "),
        STR_INIT("shutdown"),
        STR_INIT("address-family "),
        STR_INIT("redistribute "),
        STR_INIT("exit"),
        STR_INIT("policy-options "),
        STR_INIT("version "),
        STR_INIT("edit "),
        STR_INIT("object-group "),
        STR_INIT("object network "),
        STR_INIT("nameif "),
        STR_INIT("security-level "),
    };
    return starts_with_any(line, words, COUNT_OF(words)) ||
           (line.size > 2 && str_ends_with(line, STR(";")) && line.data[0] >= 'a');
}

static bool is_prompt(Str line)
{
    size_t end = str_find_byte(line, '#');
    if (end == STR_NOT_FOUND)
        end = str_find_byte(line, '>');
    if (end == STR_NOT_FOUND || end == 0 || end > 64 ||
        str_find_byte(str_slice(line, 0, end), ' ') != STR_NOT_FOUND)
        return false;
    static const Str verbs[] = {STR_INIT("show "), STR_INIT("sh "), STR_INIT("display "),
                                STR_INIT("get ")};
    return starts_with_any(str_trim(str_from(line, end + 1)), verbs, COUNT_OF(verbs));
}

static bool is_markdown_mark(Str line)
{
    static const Str marks[] = {STR_INIT("- "), STR_INIT("* "), STR_INIT("```"),
                                STR_INIT("> "), STR_INIT("| "), STR_INIT("1. ")};
    return starts_with_any(line, marks, COUNT_OF(marks)) ||
           str_find(line, STR("](")) != STR_NOT_FOUND;
}

static bool is_heading(Str line)
{
    Str text = line;
    while (str_starts_with(text, STR("#")))
        text = str_from(text, 1);
    return text.size < line.size && line.size - text.size <= 6 && str_starts_with(text, STR(" ")) &&
           str_trim(text).size > 1;
}

static LineScore score_lines(Str sample)
{
    LineScore score = {0};
    Str rest = sample, raw;
    while (score.lines < SAMPLE_LINES && str_next_line(&rest, &raw)) {
        Str line = str_trim(raw);
        if (str_empty(line))
            continue;
        SyslogLine parsed;
        score.lines++;
        score.indented += ascii_is_blank(raw.data[0]);
        score.bangs += line.data[0] == '!';
        score.braces += str_ends_with(line, STR("{")) || line.data[0] == '}';
        score.config += is_config_line(line);
        score.prompts += is_prompt(line);
        score.headings += is_heading(line);
        score.marks += is_markdown_mark(line);
        score.syslog += syslog_parse(line, &parsed);
    }
    return score;
}

static bool is_config(const LineScore *score)
{
    unsigned signs = score->config + score->bangs + score->braces;
    return score->config >= 2 && signs * 4 >= score->lines;
}

static bool says_show(Str name)
{
    return !str_empty(prompt_command_of_name(name));
}

/* Some commands show the configuration. */
static bool says_config(Str name, Str extension)
{
    static const Str words[] = {STR_INIT("run"), STR_INIT("conf"), STR_INIT("start"),
                                STR_INIT("current"), STR_INIT("saved")};
    Str command = prompt_command_of_name(name);
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (str_find(command, words[i]) != STR_NOT_FOUND)
            return true;
    }
    return str_equal(extension, STR(".cfg")) || str_equal(extension, STR(".conf"));
}

static TextKindFinding detect_by_content(Str name, Str sample)
{
    char buffer[16];
    Str extension = extension_of(name, buffer);
    LineScore score = score_lines(sample);
    bool markdown_name = str_equal(extension, STR(".md")) || str_equal(extension, STR(".markdown"));
    if (markdown_name)
        return finding(TEXT_MARKDOWN, "the name ends in %.*s", STR_ARGS(extension));
    if (score.syslog * 2 > score.lines)
        return finding(TEXT_LOG, "%u of %u lines are log messages", score.syslog, score.lines);
    if (score.prompts)
        return finding(TEXT_SHOW, "%u lines are show commands at a prompt", score.prompts);
    if (says_show(name) && !says_config(name, extension))
        return finding(TEXT_SHOW, "the name says it is the output of a command");
    if (is_config(&score))
        return finding(TEXT_CONFIG, "%u of %u lines are configuration statements",
                       score.config + score.bangs + score.braces, score.lines);
    if (str_equal(extension, STR(".cfg")) || str_equal(extension, STR(".conf")))
        return finding(TEXT_CONFIG, "the name ends in %.*s", STR_ARGS(extension));
    if (str_equal(extension, STR(".log")))
        return finding(TEXT_LOG, "the name ends in %.*s", STR_ARGS(extension));
    if (score.headings >= 2 && (score.headings + score.marks) * 10 >= score.lines)
        return finding(TEXT_MARKDOWN, "%u headings in %u lines", score.headings, score.lines);
    if (says_show(name) || str_equal(extension, STR(".raw")))
        return finding(TEXT_SHOW, "the name says it is the output of a command");
    return finding(TEXT_PLAIN, "%u lines of no particular form", score.lines);
}

TextKindFinding text_kind_detect(Str name, Str bytes)
{
    if (str_empty(bytes))
        return finding(TEXT_PLAIN, "the file is empty");
    if (text_is_binary(bytes))
        return finding(TEXT_BINARY, "control characters in the first %zu bytes",
                       MIN_OF(bytes.size, (size_t)TEXT_KIND_SAMPLE_BYTES));
    if (text_is_utf16(bytes)) {
        char buffer[16];
        Str extension = extension_of(name, buffer);
        TextKind kind = str_equal(extension, STR(".log"))   ? TEXT_LOG
                        : str_equal(extension, STR(".cfg")) ? TEXT_CONFIG
                                                            : TEXT_PLAIN;
        return finding(kind, "UTF-16 text; decode it and look again");
    }
    size_t start = 0;
    while (start < bytes.size && bytes.data[start] == '\0')
        start++;
    return detect_by_content(name, str_slice(bytes, start, TEXT_KIND_SAMPLE_BYTES));
}

TextKindFinding text_kind_detect_file(Arena *arena, Str name, Str bytes)
{
    size_t start = 0;
    DecodedText decoded;
    if (text_is_binary(bytes))
        return text_kind_detect(name, bytes);
    TextEncoding encoding = text_encoding(bytes, &start);
    while (encoding == TEXT_UTF8 && start < bytes.size && bytes.data[start] == '\0')
        start++;
    text_decode_as(arena, str_slice(bytes, start, TEXT_KIND_SAMPLE_BYTES), encoding, &decoded);
    return text_kind_detect(name, decoded.utf8);
}
