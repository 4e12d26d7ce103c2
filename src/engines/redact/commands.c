/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that a row of the table of rules cannot describe. */
#include "engines/redact/internal.h"

enum { FARTHEST = 16 }; /* tokens before "key" that tell what it belongs to */

/* Both secrets of "snmp-server user u g v3 auth sha S priv aes 128 S" and of its relatives. */
static void mark_snmp_user(Line *line)
{
    if (!(line->about & (ABOUT_SNMP | ABOUT_SNMP_USER)))
        return;
    bool has_auth = false;
    bool methods = line->about & ABOUT_SNMP_USER;
    for (uint32_t i = 0; i < line->count; i++) {
        bool auth = line_is(line, i, "auth") || line_is(line, i, "authentication") ||
                    line_is(line, i, "authentication-mode");
        bool priv = line_is(line, i, "priv") || line_is(line, i, "privacy") ||
                    line_is(line, i, "privacy-mode");
        bool method = i + 1 < line->count && (line->tokens[i + 1].words & WORD_ALGORITHM);
        if ((auth && method) || (priv && (method || has_auth))) {
            rules_mask_at(line, keys_find_value(line, i + 1));
            has_auth = true;
        } else if (methods && (line->tokens[i].words & WORD_ALGORITHM)) {
            rules_mask_at(line, keys_find_value(line, i + 1));
        }
    }
}

/* Communities of SNMP, not of BGP. */
static void mark_community(Line *line, Section section)
{
    bool snmp = section == SECTION_SNMP || line->about & ABOUT_SNMP;
    if (!snmp)
        return;
    for (uint32_t i = 0; i < line->count; i++) {
        bool community = line_is(line, i, "community");
        bool group = line_is(line, i, "trap-group");
        if (!community && !group)
            continue;
        uint32_t at = keys_find_value(line, i + 1);
        while (at != NOT_A_TOKEN && at + 1 < line->count &&
               (line_is(line, at, "add") || line_is(line, at, "create") ||
                line_is(line, at, "set") || line_is(line, at, "name")))
            at = keys_find_value(line, at + 1);
        if (at == NOT_A_TOKEN || line_is(line, at, "index"))
            continue;
        Span span = line_value(line, at);
        Str behind = str_trim_left(str_from(line->text, span.end));
        bool opens = str_starts_with(behind, STR("{")) || str_starts_with(behind, STR("\" {"));
        bool looks = shape_looks_secret(line_span_text(line, span));
        if (community || opens || looks)
            rules_mask_at(line, at);
    }
}

static bool is_decimal(Str word)
{
    uint64_t number = 0;
    return word.size <= 10 && str_parse_u64(word, &number);
}

static bool is_hex(Str word)
{
    uint64_t number = 0;
    while (word.size > 16)
        word = str_from(word, word.size - 16);
    return str_parse_hex(word, &number);
}

/* Words before "key" that make it another thing. */
static bool is_other_key(const Line *line, uint32_t at)
{
    if (line_is(line, at + 1, "ascii-text") || line_is(line, at + 1, "hexadecimal"))
        return false;
    static const char *const before[] = {"crypto",   "ip",    "encryption", "public", "trusted",
                                         "hash",     "ssh",   "tunnel",     "host",   "primary",
                                         "foreign",  "the",   "a",          "gre",    "sort",
                                         "metadata", "chain", "no"};
    for (size_t i = 0; at && i < COUNT_OF(before); i++) {
        if (line_is(line, at - 1, before[i]))
            return true;
    }
    return false;
}

/* About a server or peer: any value after "key" is its secret. */
static bool is_about_server(const Line *line, uint32_t at)
{
    static const char *const words[] = {
        "radius",        "tacacs",         "aaa",      "client",         "server",
        "map-server",    "ldap",           "hwtacacs", "pre-shared-key", "radius-server",
        "tacacs-server", "server-private", "keyring",  "primary",        "wpa-personal",
        "peer",          "authentication"};
    for (uint32_t i = at > FARTHEST ? at - FARTHEST : 0; i < at; i++) {
        for (size_t k = 0; k < COUNT_OF(words); k++) {
            if (line_is(line, i, words[k]))
                return true;
        }
    }
    return false;
}

/* MACsec of EOS: "key CKN [7] CAK". */
static bool mark_macsec_key(Line *line, uint32_t at)
{
    if (at || line->count < 3 || line->count > 5 || line_word(line, 1).size < 2 ||
        !is_hex(line_word(line, 1)) || (line->tokens[1].before & BEFORE_ASSIGN))
        return false;
    uint32_t value = keys_find_value(line, 2);
    rules_mask_at(line, value);
    return value != NOT_A_TOKEN;
}

/* "key 7 S", "key S", "key ascii-text S"; not "key chain", not the number of a key. */
static void mark_key(Line *line, uint32_t at, Section section)
{
    /* What NTP calls key is the number of one. */
    if (at + 1 >= line->count || is_other_key(line, at) || (line->about & ABOUT_NTP) ||
        mark_macsec_key(line, at))
        return;
    if (line->tokens[at + 1].before & (BEFORE_ASSIGN | BEFORE_COMMA | BEFORE_CLOSE))
        return;
    uint32_t value = keys_find_value(line, at + 1);
    if (value == NOT_A_TOKEN || line->tokens[value].masked)
        return;
    Str word = line_span_text(line, line_value(line, value));
    const Token *token = &line->tokens[value];
    bool typed = value > at + 1;
    bool quoted = token->quote_end && token->quote_start + 1 == token->start &&
                  line->text.data[token->quote_start] != '`';
    bool number =
        is_decimal(word) && !typed && section != SECTION_SERVER && !(line->about & ABOUT_SERVER);
    bool opens = value + 1 < line->count && (line->tokens[value + 1].before & BEFORE_BRACE);
    opens |= value + 1 == line->count && str_ends_with(str_trim(line->text), STR("{"));
    bool last = value + 1 == line->count;
    bool set = (line_is(line, 0, "set") || line_is(line, 0, "key")) && last;
    bool known = typed || quoted || set || section == SECTION_SERVER || is_about_server(line, at);
    if (number || opens || (token->words & (WORD_VERB | WORD_LITERAL)))
        return;
    if (known)
        rules_mask_at(line, value);
    else if (shape_looks_secret(word))
        line_mask(line, line_value(line, value));
}

static void mark_section(Line *line, Section section)
{
    if (section == SECTION_HSRP && line_is(line, 0, "authentication"))
        rules_mask_at(line, keys_find_value(line, 1));
    bool router_os = line_is(line, 0, "/snmp") && line_is(line, 1, "community");
    if (section != SECTION_SNMP_NAME && !router_os)
        return;
    for (uint32_t i = 0; i + 1 < line->count; i++) {
        bool set = i == 1 && line_is(line, 0, "set");
        if (line_is(line, i, "name") && (set || (line->tokens[i + 1].before & BEFORE_ASSIGN)))
            rules_mask_at(line, keys_find_value(line, i + 1));
    }
}

/* ipsec.secrets: 'ada : EAP "S"', ': RSA key.pem "S"'. */
static void mark_ipsec_secret(Line *line, uint32_t at)
{
    static const char *const kinds[] = {"PSK", "EAP",   "XAUTH", "NTLM",
                                        "RSA", "ECDSA", "PIN",   "P12"};
    bool kind = false;
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        kind |= str_equal(line_word(line, at), str_of(kinds[i]));
    if (!kind || !(line->tokens[at].before & BEFORE_ASSIGN))
        return;
    for (uint32_t i = at + 1; i < line->count && i <= at + 2; i++) {
        const Token *token = &line->tokens[i];
        if (token->quote_end && token->quote_start + 1 == token->start &&
            line->text.data[token->quote_start] == '"' && !token->masked)
            line_mask(line, line_value(line, i));
    }
}

/* FTP: "PASS S" as a command of its own. */
static void mark_ftp(Line *line, uint32_t at)
{
    bool starts = at == 0 || (line->tokens[at].before & (BEFORE_ASSIGN | BEFORE_QUOTE));
    bool ends = at + 2 == line->count || (at + 2 < line->count && line->tokens[at + 2].quote_end !=
                                                                      line->tokens[at].quote_end);
    if (str_equal(line_word(line, at), STR("PASS")) && starts && ends)
        rules_mask_at(line, at + 1);
}

/* EOS: "-cvauth=key,S", "-cvauth=token-secure,S", but not a path behind "token". */
static void mark_cvauth(Line *line, uint32_t at)
{
    if (!line_is(line, at, "-cvauth") || at + 2 >= line->count ||
        !(line->tokens[at + 2].before & BEFORE_COMMA))
        return;
    Str value = line_span_text(line, line_value(line, at + 2));
    bool path = str_starts_with(value, STR("/")) || str_starts_with(value, STR("tmp"));
    if (!path)
        line_mask(line, line_value(line, at + 2));
}

/* Junos: what the audit log says a secret was and has become, and "## SECRET-DATA". */
static void mark_junos_log(Line *line)
{
    size_t audit = str_find(line->text, STR("UI_CFG_AUDIT"));
    if (audit == STR_NOT_FOUND)
        return;
    bool keyed = false;
    for (uint32_t i = 0; i < line->count; i++) {
        const Token *token = &line->tokens[i];
        Str word = line_word(line, i);
        keyed |= str_ends_with(word, STR("secret")) || str_ends_with(word, STR("password")) ||
                 str_ends_with(word, STR("key")) || str_ends_with(word, STR("community"));
        if (keyed && token->quote_end && token->quote_start + 1 == token->start &&
            line->text.data[token->quote_start] == '"')
            line_mask(line, line_value(line, i));
    }
}

static void mark_secret_data(Line *line)
{
    for (uint32_t i = 1; i < line->count; i++) {
        if (line_is(line, i, "SECRET-DATA") && (line->tokens[i].before & BEFORE_END) &&
            !line->tokens[i - 1].masked)
            line_mask(line, line_value(line, i - 1));
    }
}

void commands_mark(Line *line, Section section)
{
    for (uint32_t at = 0; at < line->count; at++) {
        if (str_equal(line_word(line, at), STR("key")))
            mark_key(line, at, section);
        mark_ftp(line, at);
        mark_ipsec_secret(line, at);
        mark_cvauth(line, at);
    }
    mark_snmp_user(line);
    mark_community(line, section);
    mark_section(line, section);
    mark_junos_log(line);
    mark_secret_data(line);
}
