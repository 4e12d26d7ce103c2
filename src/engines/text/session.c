/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/session.h"

#include "base/ascii.h"

enum { MAX_PROMPT = 80 };

typedef struct {
    Str host;    /* with what stands before it: "root@d1", "RP/0/RSP0/CPU0:p1" */
    Str mode;    /* "config-if"; empty: none */
    Str command; /* what was typed, or empty */
} Prompt;

static bool is_host_byte(char c)
{
    return ascii_is_letter_or_digit(c) || str_find_byte(STR("._-:/@~"), c) != STR_NOT_FOUND;
}

/* Splits "core1(config-if)#mtu 9000". Returns false if the line has not the form of a prompt. */
static bool split_prompt(Str line, Prompt *out_prompt)
{
    Prompt prompt = {0};
    size_t at = 0;
    while (at < line.size && at < MAX_PROMPT && is_host_byte(line.data[at]))
        at++;
    prompt.host = str_slice(line, 0, at);
    if (at < line.size && at > 0 && line.data[at] == '(') {
        size_t close = str_find_byte(str_from(line, at), ')');
        if (close == STR_NOT_FOUND || close > MAX_PROMPT)
            return false;
        prompt.mode = str_slice(line, at + 1, close - 1);
        at += close + 1;
    }
    if (at == 0 || at >= line.size || (line.data[at] != '#' && line.data[at] != '>'))
        return false;
    prompt.command = str_trim(str_from(line, at + 1));
    *out_prompt = prompt;
    return true;
}

static bool starts_with_any(Str text, const Str *starts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_starts_with(text, starts[i]))
            return true;
    }
    return false;
}

bool session_is_prompt(Str line)
{
    static const Str commands[] = {
        STR_INIT("sh"),          STR_INIT("term"),    STR_INIT("exit"),   STR_INIT("en"),
        STR_INIT("write"),       STR_INIT("wr"),      STR_INIT("more "),  STR_INIT("set cli"),
        STR_INIT("conf"),        STR_INIT("quit"),    STR_INIT("copy "),  STR_INIT("ping "),
        STR_INIT("traceroute "), STR_INIT("dir"),     STR_INIT("clear "), STR_INIT("debug "),
        STR_INIT("undebug "),    STR_INIT("disable"), STR_INIT("commit"), STR_INIT("logout"),
        STR_INIT("vtysh"),       STR_INIT("sudo "),
    };
    Prompt prompt;
    return split_prompt(line, &prompt) &&
           (prompt.command.size == 0 ||
            starts_with_any(prompt.command, commands, COUNT_OF(commands)));
}

/* Returns whether the line is a command of configuration mode. Junos has no name for that mode. */
static bool is_typed(const ConfigLine *line, Prompt *prompt)
{
    static const Str junos[] = {STR_INIT("set "), STR_INIT("delete "), STR_INIT("deactivate "),
                                STR_INIT("activate ")};
    if (line->indent || !split_prompt(line->text, prompt))
        return false;
    if (str_find_byte(prompt->host, '@') != STR_NOT_FOUND) {
        return line->text.data[prompt->host.size] == '#' && prompt->mode.size == 0 &&
               starts_with_any(prompt->command, junos, COUNT_OF(junos)) &&
               !str_starts_with(prompt->command, STR("set cli"));
    }
    return str_starts_with(prompt->mode, STR("conf"));
}

/* Returns whether the line has the mnemonic of a message: "%LINK-3-UPDOWN:". */
static bool is_logged(Str line)
{
    size_t percent = str_find_byte(line, '%');
    Str rest = percent == STR_NOT_FOUND ? (Str){"", 0} : str_from(line, percent + 1);
    size_t dash = str_find_byte(rest, '-');
    bool starts = percent == 0 || (percent >= 2 && percent != STR_NOT_FOUND &&
                                   str_equal(str_slice(line, percent - 2, 2), STR(": ")));
    while (starts && dash != STR_NOT_FOUND && dash > 0 && dash + 2 < rest.size) {
        if (ascii_is_digit(rest.data[dash + 1]) && rest.data[dash + 2] == '-')
            return str_find_byte(str_slice(rest, 0, dash), ' ') == STR_NOT_FOUND;
        size_t next = str_find_byte(str_from(rest, dash + 1), '-');
        dash = next == STR_NOT_FOUND ? STR_NOT_FOUND : dash + 1 + next;
    }
    return false;
}

static bool is_message(Str line)
{
    static const Str starts[] = {
        STR_INIT("% "),
        STR_INIT("Enter configuration commands, one per line"),
        STR_INIT("[OK]"),
        STR_INIT("Password:"),
    };
    return starts_with_any(line, starts, COUNT_OF(starts)) || is_logged(line);
}

/* Returns whether the line says that the device did not take the command before. */
static bool is_rejection(Str line)
{
    static const Str starts[] = {
        STR_INIT("% Invalid"), STR_INIT("% Incomplete"),   STR_INIT("% Ambiguous"),
        STR_INIT("% Unknown"), STR_INIT("% Unrecognized"), STR_INIT("%Invalid"),
        STR_INIT("% Bad"),
    };
    return starts_with_any(line, starts, COUNT_OF(starts));
}

static bool is_caret(Str line)
{
    return str_equal(str_trim(line), STR("^"));
}

/* Marks the command that a message rejects, which stands at most two lines before. */
static void reject(ConfigLines *lines, size_t message)
{
    size_t at = message;
    while (at > 0 && message - at < 2 && (at == message || is_caret(lines->items[at].text))) {
        lines->items[at].noise = true;
        at--;
    }
    if (lines->items[at].typed != TYPED_NOT)
        lines->items[at].noise = true;
}

/* Returns whether the command shows no configuration: its output is none. */
static bool shows_something_else(Str command)
{
    static const Str shows[] = {STR_INIT("run"),  STR_INIT("start"), STR_INIT("conf"),
                                STR_INIT("arch"), STR_INIT("tech"),  STR_INIT("sys"),
                                STR_INIT("cur"),  STR_INIT("full")};
    static const Str others[] = {STR_INIT("ping"),   STR_INIT("traceroute"), STR_INIT("dir"),
                                 STR_INIT("clear"),  STR_INIT("copy"),       STR_INIT("debug"),
                                 STR_INIT("undebug")};
    Str word = {"", 0};
    if (!str_next_word(&command, &word))
        return false;
    bool show = word.size >= 2 && str_starts_with(STR("show"), word);
    if (!show)
        return starts_with_any(word, others, COUNT_OF(others));
    bool any = false;
    while (str_next_word(&command, &word)) {
        any = true;
        if (starts_with_any(word, shows, COUNT_OF(shows)) || str_equal(word, STR("|")))
            return false;
    }
    return any;
}

static bool is_any_prompt(const ConfigLine *line, Prompt *prompt)
{
    return is_typed(line, prompt) ||
           (line->noise && session_is_prompt(line->text) && split_prompt(line->text, prompt));
}

/* Marks the output of the command in line i, if the next prompt is one of the same device. */
static void skip_output(ConfigLines *lines, size_t i, Str host)
{
    Prompt prompt = {0};
    size_t end = i + 1;
    while (end < lines->count && !is_any_prompt(&lines->items[end], &prompt))
        end++;
    if (end == lines->count || !str_equal(prompt.host, host))
        return;
    for (size_t at = i + 1; at < end; at++)
        lines->items[at].noise = true;
}

/* Returns whether a command of configuration mode states nothing. */
static bool is_of_session(Str command)
{
    static const Str starts[] = {STR_INIT("do "),   STR_INIT("show "), STR_INIT("copy "),
                                 STR_INIT("ping "), STR_INIT("write"), STR_INIT("commit")};
    return str_equal(command, STR("end")) || str_equal(command, STR("root")) ||
           str_equal(command, STR("abort")) || starts_with_any(command, starts, COUNT_OF(starts));
}

static Str without_do(Str command)
{
    return str_starts_with(command, STR("do ")) ? str_trim_left(str_from(command, 3)) : command;
}

static void read_line(ConfigLines *lines, size_t i)
{
    ConfigLine *line = &lines->items[i];
    Prompt prompt;
    if (is_typed(line, &prompt)) {
        bool top = prompt.mode.size <= sizeof("config") - 1;
        bool leaves =
            is_of_session(prompt.command) || (top && str_equal(prompt.command, STR("exit")));
        line->noise = prompt.command.size == 0 || leaves;
        bool peer = str_find(prompt.mode, STR("neighbor")) != STR_NOT_FOUND ||
                    str_find(prompt.mode, STR("nbr")) != STR_NOT_FOUND;
        line->typed = top ? TYPED_AT_TOP : peer ? TYPED_IN_PEER : TYPED_IN_BLOCK;
        line->text = prompt.command;
        if (leaves && shows_something_else(without_do(prompt.command)))
            skip_output(lines, i, prompt.host);
    } else if (is_message(line->text)) {
        line->noise = true;
        if (is_rejection(line->text))
            reject(lines, i);
    } else if (is_any_prompt(line, &prompt) && shows_something_else(prompt.command)) {
        skip_output(lines, i, prompt.host);
    }
}

void session_read(ConfigLines *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        read_line(lines, i);
}
