/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands whose secret no key word announces by its ending, or that need more than the next word.
 * A rule is a row: words as they follow each other, and where the secret is after them. In a
 * pattern "*" is any word and "en|able" stands for en, ena, … enable. Case does not matter.
 */
#include "base/ascii.h"
#include "engines/redact/internal.h"

typedef enum {
    VALUE,     /* the next word that is no type or method */
    REST,      /* the same; in clear text it may hold spaces */
    NEXT,      /* the very next word */
    LAST,      /* the last word of the line */
    TWO,       /* the next two words */
    SNMP_HOST, /* "host A [traps] [version 3 priv] S" */
    MANUAL,    /* IPsec: each word that is no method or small number */
    MODE,      /* VRP: only behind a method ("authentication-mode md5 1 cipher S") */
    LOGIN,     /* "login: admin/S" */
    SCHEME,    /* "Authorization: Bearer S": to the end */
    PAIRS,     /* "Cookie: a=S; b=S" */
} Follow;

enum { FARTHEST = 16 }; /* tokens between the parts of a rule */

typedef struct {
    const char *words;
    Follow follow;
} Rule;

static const Rule rules[] = {
    {"en|able sec|ret", REST},
    {"en|able pass|word", REST},
    {"use|rname * pass|word", REST},
    {"use|rname * sec|ret", REST},
    {"use|rname * priv|ilege * pass|word", REST},
    {"use|rname * priv|ilege * sec|ret", REST},
    {"neighbor * password", REST},
    {"tacacs-server key", REST},
    {"radius-server key", REST},
    {"key-string", REST},
    {"snmp-server community", VALUE},
    {"snmp-server community-map", NEXT},
    {"community-map", NEXT},
    {"snmp-server host", SNMP_HOST},
    {"snmp-server trap-host", SNMP_HOST},
    {"snmpv3 community index * name", VALUE},
    {"com2sec * *", LAST},
    {"com2sec6 * *", LAST},
    {"trapsink *", NEXT},
    {"trap2sink *", NEXT},
    {"informsink *", NEXT},
    {"params securityname", VALUE},
    {"v3user create * * * *", TWO},
    {"config mgmtuser add *", NEXT},
    {"mgmt-user * *", NEXT},
    {"key authentication", MODE},
    {"key accounting", MODE},
    {"key authorization", MODE},
    {"netuser add *", NEXT},
    {"manager add *", NEXT},
    {"auth add * * *", VALUE},
    {"acct add * * *", VALUE},
    {"radius * add * * *", VALUE},
    {"isakmp key", VALUE},
    {"config-key password-encrypt", VALUE},
    {"config-key newpass", VALUE},
    {"nhrp authentication", VALUE},
    {"cisco-authentication", VALUE},
    {"failover key", VALUE},
    {"standby authentication", VALUE},
    {"standby * authentication", VALUE},
    {"vrrp * authentication", VALUE},
    {"vrrp * peer authentication", VALUE},
    {"glbp * authentication", VALUE},
    {"hsrp * authentication", VALUE},
    {"authentication text", NEXT},
    {"authentication string", NEXT},
    {"authentication md5", VALUE},
    {"authentication sha", VALUE},
    {"authentication mode hmac-sha-256", VALUE},
    {"text string", NEXT},
    {"set-key", REST},
    {"authentication simple", VALUE},
    {"authentication cipher", VALUE},
    {"authentication-mode", MODE},
    {"area-authentication-mode", MODE},
    {"domain-authentication-mode", MODE},
    {"privacy-mode", MODE},
    {"authenticate credential", VALUE},
    {"sap pmk", VALUE},
    {"message-digest-key *", VALUE},
    {"ipsec spi", MANUAL},
    {"session-key inbound ah", MANUAL},
    {"session-key outbound ah", MANUAL},
    {"session-key inbound esp", MANUAL},
    {"session-key outbound esp", MANUAL},
    {"encryption key * size *", VALUE},
    {"encryption vlan * key * size *", VALUE},
    {"password peer *", VALUE},
    {"password option * for *", VALUE},
    {"import * pkcs12", LAST},
    {"export * pkcs12", LAST},
    {"import * pem", LAST},
    {"export * pem", LAST},
    {"export rsa * pem", LAST},
    {"export ec * pem", LAST},
    {"import rsa * pem", LAST},
    {"aaa-server * host *", NEXT},
    {"aaa-server * * host *", NEXT},
    {"identified by", VALUE},
    {"auth plain", NEXT},
    {"auth login", NEXT},
    {"wpa_passphrase *", NEXT},
    {"radtest *", NEXT},
    {"auth-user-pass-inline", NEXT},
    {"login", LOGIN},
    {"logins", LOGIN},
    {"credentials", LOGIN},
    {"creds", LOGIN},
    {"incorrect", LOGIN},
    {"ok", LOGIN},
    {"authorization", SCHEME},
    {"proxy-authorization", SCHEME},
    {"cookie", PAIRS},
    {"set-cookie", PAIRS},
};

void rules_add_words(Arena *arena, Lexicon *lexicon)
{
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        Str rest = str_of(rules[i].words);
        Str word;
        check(str_next_word(&rest, &word));
        size_t bar = str_find_byte(word, '|');
        if (bar == STR_NOT_FOUND) {
            lexicon_add(lexicon, word, WORD_OF_RULE);
            continue;
        }
        Str whole = arena_printf(arena, "%.*s%.*s", STR_ARGS(str_slice(word, 0, bar)),
                                 STR_ARGS(str_from(word, bar + 1)));
        for (size_t size = bar; size <= whole.size; size++)
            lexicon_add(lexicon, str_slice(whole, 0, size), WORD_OF_RULE);
    }
}

static bool is_abbreviation(Str word, Str pattern)
{
    size_t bar = str_find_byte(pattern, '|');
    if (bar == STR_NOT_FOUND)
        return str_equal_ignore_case(word, pattern);
    if (word.size < bar || word.size >= pattern.size)
        return false;
    return str_starts_with_ignore_case(word, str_slice(pattern, 0, bar)) &&
           str_equal_ignore_case(str_from(word, bar), str_slice(pattern, bar + 1, word.size - bar));
}

/* Whether the pattern stands at the token; out_after is the token behind it. */
static bool matches(const Line *line, uint32_t at, const char *words, uint32_t *out_after)
{
    Str rest = str_of(words);
    Str pattern;
    bool first = true;
    while (str_next_word(&rest, &pattern)) {
        if (at >= line->count)
            return false;
        uint16_t before = line->tokens[at].before;
        if (!first && (before & (BEFORE_END | BEFORE_BRACE | BEFORE_PIPE | BEFORE_ASSIGN)))
            return false;
        if (pattern.data[0] != '*' && !is_abbreviation(line_word(line, at), pattern))
            return false;
        at++;
        if (pattern.data[0] == '*') {
            /* An IPv6 address or URL is several tokens. */
            while (at < line->count && line->tokens[at].before == BEFORE_ASSIGN)
                at++;
        }
        first = false;
    }
    *out_after = at;
    return true;
}

/* Whether the token may be what a rule expects, and is not a word of a manual or an option. */
static bool is_acceptable(Line *line, uint32_t at)
{
    if (at >= line->count || line->tokens[at].masked)
        return false;
    const Token *token = &line->tokens[at];
    uint16_t before = token->before;
    if ((before & (BEFORE_END | BEFORE_BRACE | BEFORE_TAG | BEFORE_PIPE | BEFORE_UNQUOTE)) ||
        ((before & BEFORE_COMMA) && !(before & BEFORE_QUOTE)))
        return false;
    Str value = line_span_text(line, line_value(line, at));
    if (shape_is_placeholder(value) || shape_is_public_key(value))
        return false;
    if (shape_looks_secret(value))
        return true;
    bool plain = token->words & (WORD_HARMLESS | WORD_SENTENCE | WORD_JOINING | WORD_OPTION);
    return !plain && !line_is_prose(line, at);
}

void rules_mask_at(Line *line, uint32_t at)
{
    if (is_acceptable(line, at))
        line_mask(line, line_value(line, at));
}

/* A clear-text password may hold spaces; it ends before an option or with the quotation. */
static void mask_rest(Line *line, uint32_t after)
{
    uint32_t at = keys_find_value(line, after);
    if (!is_acceptable(line, at))
        return;
    Span span = line_value(line, at);
    bool clear =
        (at == after || line_is(line, at - 1, "0")) && !(line->tokens[at].before & BEFORE_ASSIGN);
    bool quoted = line->tokens[at].quote_end && line->tokens[at].quote_start + 1 == span.start;
    for (uint32_t i = at + 1; clear && !quoted && i < line->count; i++) {
        const Token *token = &line->tokens[i];
        if (token->start < span.end)
            continue;
        if ((token->words & WORD_OPTION) || token->before != BEFORE_SPACE || token->masked ||
            token->quote_end != line->tokens[at].quote_end)
            break;
        span.end = line_value(line, i).end;
    }
    line_mask(line, span);
}

static bool is_snmp_option(const Line *line, uint32_t at)
{
    static const char *const options[] = {
        "traps", "informs", "version", "1",         "2c",   "v1",        "v2c",     "v3",
        "3",     "auth",    "noauth",  "priv",      "trap", "encrypted", "clear",   "inform",
        "poll",  "0",       "7",       "community", "v2",   "both",      "informs:"};
    for (size_t i = 0; i < COUNT_OF(options); i++) {
        if (line_is(line, at, options[i]))
            return true;
    }
    return false;
}

static bool takes_argument(const Line *line, uint32_t at)
{
    static const char *const options[] = {
        "vrf",          "use-vrf", "filter-vrf", "udp-port", "trap-level", "source-interface",
        "vpn-instance", "retries", "timeout",    "interface"};
    for (size_t i = 0; i < COUNT_OF(options); i++) {
        if (line_is(line, at, options[i]))
            return true;
    }
    return false;
}

static void mask_snmp_host(Line *line, uint32_t at)
{
    if (!shape_is_address(line_word(line, at)) && shape_is_address(line_word(line, at + 1)))
        at++; /* ASA names the interface first */
    uint32_t end = at + FARTHEST;
    for (at++; at < line->count && at < end; at++) {
        if (line->tokens[at].before == BEFORE_ASSIGN || is_snmp_option(line, at))
            continue;
        if (takes_argument(line, at)) {
            at++;
            continue;
        }
        rules_mask_at(line, keys_find_value(line, at));
        return;
    }
}

static bool is_short_number(Str word)
{
    uint32_t number = 0;
    return word.size <= 3 && str_parse_u32(word, &number);
}

/* "spi 500 esp aes-cbc 256 7 S sha1 S": all but methods and numbers. */
static void mask_manual(Line *line, uint32_t at)
{
    static const char *const methods[] = {"esp",        "ah",   "null", "authenticator",
                                          "encryption", "auth", "hmac"};
    uint32_t end = at + FARTHEST;
    for (at++; at < line->count && at < end; at++) {
        const Token *token = &line->tokens[at];
        bool method = token->words & (WORD_ALGORITHM | WORD_BETWEEN);
        for (size_t i = 0; i < COUNT_OF(methods); i++)
            method |= line_is(line, at, methods[i]);
        if (!method && !is_short_number(line_word(line, at)))
            rules_mask_at(line, at);
    }
}

/* "crypto pki import TP pkcs12 flash:x.p12 S": not the file itself. */
static void mask_last(Line *line, uint32_t after)
{
    uint32_t at = line->count - 1;
    Str word = line_word(line, at);
    if (at < after || line->tokens[at].before != BEFORE_SPACE || line_is(line, at, "terminal") ||
        line_is(line, at, "exportable") || str_find(word, STR(".p12")) != STR_NOT_FOUND ||
        str_find(word, STR(".pfx")) != STR_NOT_FOUND || (line->tokens[at].words & WORD_ALGORITHM))
        return;
    rules_mask_at(line, at);
}

/* "login: admin/S", "Login incorrect (pap): [bob/S]": behind the slash. */
static void mask_login(Line *line, uint32_t at)
{
    enum { REASON_TOKENS = 8 };
    uint16_t both = BEFORE_ASSIGN | BEFORE_OPEN;
    for (uint32_t i = at; i < line->count && i < at + REASON_TOKENS; i++) {
        if ((line->tokens[i].before & both) == both)
            at = i;
    }
    bool assigned = at < line->count && (line->tokens[at].before & BEFORE_ASSIGN);
    if (!assigned || line->tokens[at].masked)
        return;
    Span span = line_value(line, at);
    Str value = line_span_text(line, span);
    size_t slash = str_find_byte(value, '/');
    if (slash == STR_NOT_FOUND || slash == 0 || slash + 1 >= value.size || shape_is_address(value))
        return;
    Str secret = str_from(value, slash + 1);
    if (secret.data[0] == '<' || str_find_byte(secret, '/') != STR_NOT_FOUND)
        return;
    line_mask(line, (Span){span.start + (uint32_t)slash + 1, span.end});
}

/* End of the quotation around the token, or of the line. */
static uint32_t region_end(const Line *line, uint32_t at)
{
    uint32_t end = line->tokens[at].quote_end;
    size_t size = line->text.size;
    while (!end && size && (unsigned char)line->text.data[size - 1] <= ' ')
        size--;
    return end ? end : (uint32_t)size;
}

static void mask_scheme(Line *line, uint32_t at)
{
    if (at >= line->count || !(line->tokens[at].before & BEFORE_ASSIGN))
        return;
    bool scheme = (line->tokens[at].words & WORD_SCHEME) && at + 1 < line->count &&
                  !(line->tokens[at + 1].before & BEFORE_ASSIGN);
    uint32_t value = scheme ? at + 1 : at;
    const Token *token = &line->tokens[value];
    if (token->masked || (token->words & (WORD_LITERAL | WORD_SENTENCE | WORD_JOINING)) ||
        shape_is_placeholder(line_span_text(line, line_value(line, value))))
        return;
    bool alone = value + 1 == line->count || line->tokens[value + 1].quote_end != token->quote_end;
    if (scheme && line_is(line, at, "digest"))
        line_mask(line, (Span){token->start, region_end(line, value)});
    else if (scheme || alone)
        line_mask(line, line_value(line, value));
}

static void mask_pairs(Line *line, uint32_t at)
{
    static const char *const attributes[] = {"path",    "domain",   "expires",
                                             "max-age", "samesite", "version"};
    if (at >= line->count || !(line->tokens[at].before & BEFORE_ASSIGN))
        return;
    for (uint32_t i = at + 1; i < line->count; i++) {
        bool attribute = false;
        for (size_t k = 0; k < COUNT_OF(attributes); k++)
            attribute |= line_is(line, i - 1, attributes[k]);
        if ((line->tokens[i].before & BEFORE_ASSIGN) && !attribute && !line->tokens[i].masked &&
            line->text.data[line->tokens[i].start - 1] == '=')
            line_mask(line, line_value(line, i));
    }
}

static void mask_mode(Line *line, uint32_t after)
{
    uint32_t at = keys_find_value(line, after);
    if (at != NOT_A_TOKEN && at > after)
        rules_mask_at(line, at);
}

static void apply(Line *line, Follow follow, uint32_t after)
{
    bool field = after < line->count && (line->tokens[after].before & BEFORE_ASSIGN);
    if (field && (follow == VALUE || follow == REST || follow == NEXT))
        return; /* "authentication=ah": a field of another notation */
    switch (follow) {
    case VALUE:
        rules_mask_at(line, keys_find_value(line, after));
        break;
    case REST:
        mask_rest(line, after);
        break;
    case NEXT:
        rules_mask_at(line, after);
        break;
    case TWO:
        rules_mask_at(line, after);
        rules_mask_at(line, after + 1);
        break;
    case LAST:
        mask_last(line, after);
        break;
    case SNMP_HOST:
        mask_snmp_host(line, after);
        break;
    case MANUAL:
        mask_manual(line, after);
        break;
    case MODE:
        mask_mode(line, after);
        break;
    case LOGIN:
        mask_login(line, after);
        break;
    case SCHEME:
        mask_scheme(line, after);
        break;
    case PAIRS:
        mask_pairs(line, after);
        break;
    }
}

static char first_letter(const Line *line, uint32_t at)
{
    return ascii_to_lower(line->text.data[line->tokens[at].start]);
}

void rules_mark(Line *line)
{
    for (uint32_t at = 0; at < line->count; at++) {
        char first = first_letter(line, at);
        for (size_t i = 0; (line->tokens[at].words & WORD_OF_RULE) && i < COUNT_OF(rules); i++) {
            uint32_t after = 0;
            if (rules[i].words[0] == first && matches(line, at, rules[i].words, &after))
                apply(line, rules[i].follow, after);
        }
    }
}
