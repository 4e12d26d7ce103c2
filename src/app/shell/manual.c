/* SPDX-License-Identifier: Apache-2.0 */
#include "app/shell/manual.h"

#include "app/shell/exit_status.h"
#include "base/utf8.h"

/* roff takes a period or an apostrophe at the beginning of a line as a request, and a hyphen as a
 * place to break a line. */
static void write_text(StrBuf *out, Str text)
{
    bool begins = str_starts_with(text, STR(".")) || str_starts_with(text, STR("'"));
    if (begins)
        strbuf_append(out, STR("\\&"));
    while (!str_empty(text)) {
        uint32_t character = 0;
        size_t size = MAX_OF(utf8_read(text, &character), (size_t)1);
        if (character == '\\')
            strbuf_append(out, STR("\\e"));
        else if (character == '-')
            strbuf_append(out, STR("\\-"));
        else if (character == '\'')
            strbuf_append(out, STR("\\(aq"));
        else if (character == '~')
            strbuf_append(out, STR("\\(ti"));
        else if (character == '^')
            strbuf_append(out, STR("\\(ha"));
        else if (character < 0x80)
            strbuf_append(out, str_slice(text, 0, size));
        else
            strbuf_printf(out, "\\[u%04X]", character);
        text = str_from(text, size);
    }
}

static void write_line(StrBuf *out, Str text)
{
    write_text(out, text);
    strbuf_append_byte(out, '\n');
}

static void write_term(StrBuf *out, Str term, Str text)
{
    strbuf_append(out, STR(".TP\n.B "));
    write_line(out, term);
    write_line(out, text);
}

/* A line of help is a term and its text, indented; a line that is indented further continues it;
 * others are sentences. */
static void write_help(StrBuf *out, Str help)
{
    Str line;
    bool in_term = false;
    while (str_next_line(&help, &line)) {
        Str text = str_trim(line);
        size_t indent = line.size - str_trim_left(line).size;
        size_t gap = str_find(text, STR("  "));
        if (indent == 2 && gap != STR_NOT_FOUND) {
            write_term(out, str_slice(text, 0, gap), str_trim(str_from(text, gap)));
            in_term = true;
        } else {
            if (indent < 2 && in_term)
                strbuf_append(out, STR(".P\n"));
            in_term = in_term && indent >= 2;
            write_line(out, text);
        }
    }
}

static void write_command(StrBuf *out, const CommandRow *row)
{
    strbuf_append(out, STR(".SS "));
    write_line(out, str_of(row->name));
    strbuf_append(out, STR(".nh\n.B netguru "));
    write_text(out, str_of(row->name));
    strbuf_append(out, STR("\n"));
    if (row->arguments[0])
        write_line(out, str_of(row->arguments));
    strbuf_append(out, STR(".hy\n.P\n"));
    write_line(out, str_of(row->summary));
    if (row->help) {
        strbuf_append(out, STR(".P\n"));
        write_help(out, str_of(row->help));
    }
}

static void write_settings(StrBuf *out)
{
    strbuf_append(out, STR(".SH ENVIRONMENT\n"));
    for (const ConfigSetting *setting = config_settings(); setting->name; setting++) {
        write_term(out, str_of(setting->name), str_of(setting->about));
        if (setting->fallback[0]) {
            strbuf_append(out, STR("The default is "));
            write_text(out, str_of(setting->fallback));
            strbuf_append(out, STR(" .\n"));
        }
    }
    write_term(out, STR("NO_COLOR"), STR("If it is set and not empty, no colours are used."));
}

static void write_statuses(StrBuf *out)
{
    strbuf_append(out, STR(".SH EXIT STATUS\n"));
    for (const ExitStatus *row = exit_statuses(); row->meaning; row++) {
        strbuf_printf(out, ".TP\n.B %d\n", row->status);
        write_line(out, str_of(row->meaning));
    }
}

void manual_write(const CommandRow *rows, const char *version, StrBuf *out)
{
    strbuf_printf(out, ".TH NETGURU 1 \"\" \"netguru %s\" \"User Commands\"\n", version);
    strbuf_append(out, STR(".SH NAME\nnetguru \\- an assistant for network engineers\n"
                           ".SH SYNOPSIS\n.B netguru\n.RB [ \\-\\-color=\\c\n.IR WHEN ]\n"
                           ".I COMMAND\n.RI [ ARGUMENT .\\|.\\|.]\n.SH DESCRIPTION\n"
                           "NetGuru answers questions about a network from its configurations,\n"
                           "captures and logs. Some commands analyse local files, others talk to\n"
                           "a server, and others run or look after the server.\n.P\n"));
    strbuf_append(out, STR("Where an ID is expected, the beginning of one or a name does as well,\n"
                           "if only one thing has it. With\n.B \\-\\-json\n"
                           "a list is a line of JSON for each thing.\n"));
    strbuf_append(out, STR(".SH COMMANDS\n"));
    for (const CommandRow *row = rows; row->name; row++) {
        if (row->summary)
            write_command(out, row);
    }
    write_settings(out);
    write_statuses(out);
    strbuf_append(out, STR(".SH FILES\n.TP\n.I \\(ti/.config/netguru/session\n"
                           "the session of netguru login\n.TP\n.I \\(ti/.netguru\n"
                           "the data directory of a server, unless NETGURU_HOME names another\n"));
}
