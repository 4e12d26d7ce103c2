/* SPDX-License-Identifier: Apache-2.0 */
/* Options of programs that take a password: "curl -u bob:S", "mysql -pS", "snmpwalk -c S". */
#include "engines/redact/internal.h"

typedef enum {
    OPTION_VALUE,   /* the next word */
    OPTION_USER,    /* name:S */
    OPTION_PERCENT, /* name%S */
    OPTION_GLUED,   /* -pS in one word */
    OPTION_LAST,    /* the last word of the line */
} OptionForm;

typedef struct {
    const char *program;
    const char *option;
    OptionForm form;
} ProgramOption;

static const ProgramOption options[] = {
    {"curl", "-u", OPTION_USER},
    {"curl", "--user", OPTION_USER},
    {"curl", "-U", OPTION_USER},
    {"curl", "--proxy-user", OPTION_USER},
    {"mysql", "-p", OPTION_GLUED},
    {"mysqldump", "-p", OPTION_GLUED},
    {"mysqladmin", "-p", OPTION_GLUED},
    {"mariadb", "-p", OPTION_GLUED},
    {"sshpass", "-p", OPTION_GLUED},
    {"sshpass", "-p", OPTION_VALUE},
    {"ldapsearch", "-w", OPTION_VALUE},
    {"ldapmodify", "-w", OPTION_VALUE},
    {"ldapadd", "-w", OPTION_VALUE},
    {"ldapdelete", "-w", OPTION_VALUE},
    {"ldapwhoami", "-w", OPTION_VALUE},
    {"ldappasswd", "-s", OPTION_VALUE},
    {"snmpwalk", "-c", OPTION_VALUE},
    {"snmpwalk", "-A", OPTION_VALUE},
    {"snmpwalk", "-X", OPTION_VALUE},
    {"snmpget", "-c", OPTION_VALUE},
    {"snmpget", "-A", OPTION_VALUE},
    {"snmpget", "-X", OPTION_VALUE},
    {"snmpset", "-c", OPTION_VALUE},
    {"snmpset", "-A", OPTION_VALUE},
    {"snmpset", "-X", OPTION_VALUE},
    {"snmpbulkwalk", "-c", OPTION_VALUE},
    {"snmpbulkwalk", "-A", OPTION_VALUE},
    {"snmpbulkwalk", "-X", OPTION_VALUE},
    {"snmptrap", "-c", OPTION_VALUE},
    {"snmptable", "-c", OPTION_VALUE},
    {"redis-cli", "-a", OPTION_VALUE},
    {"ipmitool", "-P", OPTION_VALUE},
    {"docker", "-p", OPTION_VALUE},
    {"podman", "-p", OPTION_VALUE},
    {"htpasswd", "-b", OPTION_LAST},
    {"htpasswd", "-nb", OPTION_LAST},
    {"smbclient", "-U", OPTION_PERCENT},
    {"rpcclient", "-U", OPTION_PERCENT},
    {"rdesktop", "-p", OPTION_VALUE},
    {"sqlcmd", "-P", OPTION_VALUE},
    {"mongo", "-p", OPTION_VALUE},
    {"mongosh", "-p", OPTION_VALUE},
    {"unzip", "-P", OPTION_VALUE},
    {"zip", "-P", OPTION_VALUE},
    {"7z", "-p", OPTION_GLUED},
    {"useradd", "-p", OPTION_VALUE},
    {"usermod", "-p", OPTION_VALUE},
    {"ansible", "-e", OPTION_USER},
    {"wget", "--http-passwd", OPTION_VALUE},
    {"cadaver", "-p", OPTION_VALUE},
    {"mosquitto_pub", "-P", OPTION_VALUE},
    {"mosquitto_sub", "-P", OPTION_VALUE},
    {"nxc", "-p", OPTION_VALUE},
    {"crackmapexec", "-p", OPTION_VALUE},
};

/* The word without the folders before it. */
static Str base_name(Str word)
{
    size_t slash = str_find_last_byte(word, '/');
    return slash == STR_NOT_FOUND ? word : str_from(word, slash + 1);
}

static void mask_value(Line *line, uint32_t at)
{
    if (at >= line->count || line->tokens[at].masked)
        return;
    Span span = line_value(line, at);
    Str value = line_span_text(line, span);
    if (value.data[0] != '-' && !shape_is_placeholder(value))
        line_mask(line, span);
}

/* The part of the next word behind the first sign. */
static void mask_behind(Line *line, uint32_t at, char sign)
{
    if (at >= line->count)
        return;
    Span span = line_value(line, at);
    size_t found = str_find_byte(line_span_text(line, span), sign);
    uint32_t start = span.start + (uint32_t)found + 1;
    if (found == STR_NOT_FOUND || start >= span.end)
        return;
    Str secret = line_span_text(line, (Span){start, span.end});
    if (!shape_is_placeholder(secret) && !str_equal(secret, MASK))
        line_mask(line, (Span){start, span.end});
}

static void mask_glued(Line *line, uint32_t at, Str option)
{
    Span span = line_value(line, at);
    Str word = line_span_text(line, span);
    if (str_starts_with(word, option) && word.size > option.size &&
        !str_equal(str_from(word, option.size), MASK) && !str_starts_with(word, STR("--")))
        line_mask(line, (Span){span.start + (uint32_t)option.size, span.end});
}

static void mark_option(Line *line, uint32_t at, const ProgramOption *option)
{
    Str word = line_word(line, at);
    Str name = str_of(option->option);
    if (option->form == OPTION_GLUED) {
        mask_glued(line, at, name);
        return;
    }
    if (!str_equal(word, name))
        return;
    if (option->form == OPTION_VALUE)
        mask_value(line, at + 1);
    else if (option->form == OPTION_USER)
        mask_behind(line, at + 1, ':');
    else if (option->form == OPTION_PERCENT)
        mask_behind(line, at + 1, '%');
    else if (at + 3 < line->count)
        mask_value(line, line->count - 1);
}

/* "openssl … -passin pass:S": the tool reads the password from its argument. */
static void mark_openssl(Line *line, uint32_t at)
{
    if (line_is(line, at, "pass") && at + 1 < line->count &&
        (line->tokens[at + 1].before & BEFORE_ASSIGN))
        mask_value(line, at + 1);
}

void programs_add_words(Lexicon *lexicon)
{
    lexicon_add(lexicon, STR("openssl"), WORD_PROGRAM);
    for (size_t i = 0; i < COUNT_OF(options); i++)
        lexicon_add(lexicon, str_of(options[i].program), WORD_PROGRAM);
}

void programs_mark(Line *line, const Lexicon *lexicon)
{
    for (uint32_t at = 0; at < line->count; at++) {
        Str word = line_word(line, at), program = base_name(word);
        uint32_t words =
            program.size == word.size ? line->tokens[at].words : lexicon_find(lexicon, program);
        if (!(words & WORD_PROGRAM))
            continue;
        for (size_t i = 0; i < COUNT_OF(options); i++) {
            Str name = str_of(options[i].program);
            if (name.data[0] != program.data[0] || !str_equal(program, name))
                continue;
            for (uint32_t k = at + 1; k < line->count && k < at + 32; k++)
                mark_option(line, k, &options[i]);
        }
        for (uint32_t k = at + 1; str_equal(program, STR("openssl")) && k < line->count; k++)
            mark_openssl(line, k);
    }
}
