/* SPDX-License-Identifier: Apache-2.0 */
/* What a word's own look tells: randomness, hashes, access tokens of known services, credentials.
 */
#include "base/ascii.h"
#include "engines/redact/internal.h"

enum { SHAPE_OTHER, SHAPE_LOWER, SHAPE_UPPER, SHAPE_DIGIT };

static int class_of(char c)
{
    if (ascii_is_lower(c))
        return SHAPE_LOWER;
    if (ascii_is_upper(c))
        return SHAPE_UPPER;
    return ascii_is_digit(c) ? SHAPE_DIGIT : SHAPE_OTHER;
}

typedef struct {
    size_t letters;
    size_t digits;
    size_t uppers;
    size_t lowers;
    size_t changes; /* between letters and digits, or from lower to upper case, within a run */
    size_t signs;   /* that passwords have and names have not */
    size_t dots;
    size_t longest; /* run of letters and digits */
} Look;

static Look look_at(Str word)
{
    Look look = {0};
    int before = SHAPE_OTHER;
    size_t run = 0;
    for (size_t i = 0; i < word.size; i++) {
        char c = word.data[i];
        int class = class_of(c);
        look.letters += class == SHAPE_LOWER || class == SHAPE_UPPER;
        look.uppers += class == SHAPE_UPPER;
        look.lowers += class == SHAPE_LOWER;
        look.digits += class == SHAPE_DIGIT;
        look.dots += c == '.';
        look.signs += str_find_byte(STR("!@#$%^&*+=~\\"), c) != STR_NOT_FOUND;
        bool change = class != before && class != SHAPE_OTHER && before != SHAPE_OTHER &&
                      !(before == SHAPE_UPPER && class == SHAPE_LOWER);
        look.changes += change;
        run = class == SHAPE_OTHER ? 0 : run + 1;
        look.longest = MAX_OF(look.longest, run);
        before = class;
    }
    return look;
}

bool shape_is_address(Str word)
{
    bool colon = false;
    bool other = false;
    size_t dots = 0;
    if (word.size > 1 && (word.data[0] == '/' || word.data[0] == '~')) {
        Str rest = str_from(word, 1);
        Look look = look_at(rest);
        bool folder = str_find_byte(rest, '/') != STR_NOT_FOUND || !(look.digits || look.uppers);
        return folder && !shape_is_random(word);
    }
    for (size_t i = 0; i < word.size; i++) {
        char c = word.data[i];
        bool hex = ascii_hex_value(c) >= 0;
        colon |= c == ':';
        dots += c == '.';
        other |= !hex && c != ':' && c != '.' && c != '/' && c != '%';
    }
    return !other && word.size > 3 && (colon || dots >= 2);
}

/* "10.0.0.1:22", "Ethernet1/1", "ge-0/0/0.100", "15.2(4)M3", "2024-05-01": letters, then numbers.
 */
static bool is_version_or_port(Str word, const Look *look)
{
    if (look->signs)
        return false;
    bool marked = look->dots || str_find_byte(word, '/') != STR_NOT_FOUND ||
                  str_find_byte(word, '(') != STR_NOT_FOUND;
    return marked && look->longest < 12 && look->changes <= 2;
}

bool shape_looks_secret(Str word)
{
    Look look = look_at(word);
    if (word.size < 6 || shape_is_address(word) || is_version_or_port(word, &look))
        return false;
    if (look.signs && look.letters + look.digits >= 3 && word.data[0] != '-' &&
        !str_starts_with(word, STR("**")))
        return look.digits || look.signs >= 2 || look.uppers;
    if (look.letters && look.digits && look.changes >= 2)
        return true;
    return look.letters && look.digits && look.longest >= 8 && look.changes >= 1 && look.uppers &&
           look.lowers;
}

bool shape_is_random(Str word)
{
    /* A path is random where one of its parts is. */
    size_t slash = str_find_last_byte(word, '/');
    if (slash != STR_NOT_FOUND && slash + 1 < word.size)
        return shape_is_random(str_from(word, slash + 1)) ||
               shape_is_random(str_slice(word, 0, slash));
    Look look = look_at(word);
    size_t size = look.letters + look.digits;
    bool hex_or_base64 = size >= 16 && look.digits >= 2 && look.letters >= 2;
    return hex_or_base64 && look.longest >= 10 && look.changes >= 4 && look.changes * 8 >= size &&
           look.dots < 3;
}

bool shape_is_public_key(Str word)
{
    return word.size >= 16 &&
           (str_starts_with(word, STR("AAAAB3")) || str_starts_with(word, STR("AAAAC3")) ||
            str_starts_with(word, STR("AAAAE2")) || str_starts_with(word, STR("AAAAG")));
}

bool shape_is_placeholder(Str word)
{
    if (word.size == 0)
        return true;
    char first = word.data[0];
    Look look = look_at(word);
    bool same = true;
    if (first == '\\' || (look.letters + look.digits == 0 && word.size > 2))
        return true;
    for (size_t i = 1; i < word.size; i++)
        same &= word.data[i] == first;
    if (same && word.size >= 3 && str_find_byte(STR("*xX.-_#?"), first) != STR_NOT_FOUND)
        return true;
    if (first == '$' && word.size > 1) {
        if (word.data[1] == '{' || word.data[1] == '(')
            return true;
        for (size_t i = 1; i < word.size; i++) {
            char c = word.data[i];
            if (class_of(c) != SHAPE_UPPER && c != '_' && class_of(c) != SHAPE_DIGIT)
                return false;
        }
        return class_of(word.data[1]) == SHAPE_UPPER;
    }
    static const Str references[] = {
        STR_INIT("var."),       STR_INIT("local."),    STR_INIT("data."),       STR_INIT("module."),
        STR_INIT("os.environ"), STR_INIT("os.getenv"), STR_INIT("process.env"), STR_INIT("getenv("),
        STR_INIT("lookup("),    STR_INIT("secrets.")};
    for (size_t i = 0; i < COUNT_OF(references); i++) {
        if (str_starts_with(word, references[i]))
            return true;
    }
    return str_equal(word, STR("%s")) || str_starts_with(word, STR("{{")) ||
           str_starts_with(word, STR("<")) || str_starts_with(word, STR("-----BEGIN"));
}

/* crypt(3), IOS, Junos and application hashes: "$6$salt$…", "$9$…", "$1c$…", "$apr1$…". */
static bool is_hash(Str word)
{
    static const Str names[] = {STR_INIT("apr1"),   STR_INIT("argon2"), STR_INIT("scrypt"),
                                STR_INIT("pbkdf2"), STR_INIT("sha"),    STR_INIT("bcrypt"),
                                STR_INIT("y$"),     STR_INIT("gy$"),    STR_INIT("7z$")};
    if (word.size < 6 || word.data[0] != '$')
        return false;
    Str rest = str_from(word, 1);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (str_starts_with(rest, names[i]))
            return str_find_byte(rest, '$') != STR_NOT_FOUND;
    }
    size_t at = 0;
    while (at < rest.size && at < 3 && class_of(rest.data[at]) == SHAPE_DIGIT)
        at++;
    if (at && at < rest.size && class_of(rest.data[at]) == SHAPE_LOWER)
        at++;
    return at && at < rest.size && rest.data[at] == '$';
}

typedef struct {
    const char *prefix;
    size_t least; /* letters, digits, '-', '_' and '.' that must follow */
} TokenShape;

/* Access tokens that say themselves what they are. */
static const TokenShape token_shapes[] = {
    {"AKIA", 12},
    {"ASIA", 12},
    {"ghp_", 16},
    {"gho_", 16},
    {"ghu_", 16},
    {"ghs_", 16},
    {"ghr_", 16},
    {"github_pat_", 16},
    {"glpat-", 12},
    {"gldt-", 12},
    {"glrt-", 12},
    {"sk-", 16},
    {"sk_live_", 10},
    {"sk_test_", 10},
    {"rk_live_", 10},
    {"whsec_", 10},
    {"xoxb-", 8},
    {"xoxp-", 8},
    {"xoxa-", 8},
    {"xoxs-", 8},
    {"xoxr-", 8},
    {"xoxe-", 8},
    {"xapp-", 8},
    {"AIza", 24},
    {"ya29.", 12},
    {"eyJ", 24},
    {"npm_", 20},
    {"pypi-", 20},
    {"hf_", 16},
    {"SG.", 20},
    {"dop_v1_", 20},
    {"hvs.", 16},
    {"dapi", 28},
    {"shpat_", 16},
    {"AGE-SECRET-KEY-1", 16},
    {"tskey-", 12},
    {"EAACEdEose0cBA", 4},
    {"PMAK-", 16},
    {"dckr_pat_", 12},
    {"atlasv1.", 12},
    {"lin_api_", 12},
    {"nvapi-", 16},
    {"gsk_", 16},
    {"r8_", 24},
    {"pplx-", 16},
    {"figd_", 16},
    {"NRAK-", 12},
    {"tfp_", 20},
};

static bool is_token_byte(char c)
{
    return class_of(c) != SHAPE_OTHER || c == '-' || c == '_' || c == '.' || c == '/' || c == '+' ||
           c == '=' || c == '~';
}

static bool fits_token_shape(Str word)
{
    if (word.size < 12)
        return false;
    for (size_t i = 0; i < COUNT_OF(token_shapes); i++) {
        Str prefix = str_of(token_shapes[i].prefix);
        if (prefix.data[0] != word.data[0] || !str_starts_with(word, prefix))
            continue;
        size_t size = prefix.size;
        while (size < word.size && is_token_byte(word.data[size]))
            size++;
        Look look = look_at(word);
        bool mixed = look.digits || look.uppers > 3;
        if (size - prefix.size >= token_shapes[i].least && mixed)
            return true;
    }
    return false;
}

/* "123456789:AA…" of Telegram. */
static bool is_bot_token(const Line *line, uint32_t at)
{
    Str word = line_word(line, at);
    Str next = line_word(line, at + 1);
    uint64_t number = 0;
    return word.size >= 8 && str_parse_u64(word, &number) && next.size >= 30 &&
           str_starts_with(next, STR("AA")) &&
           line->tokens[at + 1].start == line->tokens[at].end + 1;
}

/* VRP: "%^%#…%^%#", "%$%$…%$%$", "@%@%…@%@%". */
static bool is_vrp_cipher(Str word)
{
    static const Str marks[] = {STR_INIT("%^%#"), STR_INIT("%$%$"), STR_INIT("@%@%"),
                                STR_INIT("%@%@"), STR_INIT("%+%#"), STR_INIT("%#%#")};
    for (size_t i = 0; i < COUNT_OF(marks); i++) {
        if (str_starts_with(word, marks[i]) && word.size > 8)
            return true;
    }
    return false;
}

/* "https://user:password@host": the part between ':' and the last '@' before the path. */
static void mark_url(Line *line)
{
    Str text = line->text;
    size_t from = 0;
    for (;;) {
        size_t scheme = str_find(str_from(text, from), STR("://"));
        if (scheme == STR_NOT_FOUND)
            return;
        size_t colon = SIZE_MAX;
        size_t at_sign = SIZE_MAX;
        size_t i = from + scheme + 3;
        from = i;
        for (; i < text.size && str_find_byte(STR(" \t/\"'<>`"), text.data[i]) == STR_NOT_FOUND;
             i++) {
            if (text.data[i] == ':' && colon == SIZE_MAX)
                colon = i;
            if (text.data[i] == '@')
                at_sign = i;
        }
        if (colon != SIZE_MAX && at_sign != SIZE_MAX && colon < at_sign)
            line_mask(line, (Span){(uint32_t)colon + 1, (uint32_t)at_sign});
    }
}

/* "bob:password@10.0.0.1" without a scheme. */
static void mark_userinfo(Line *line, uint32_t at)
{
    const Token *user = &line->tokens[at];
    Str text = line->text;
    if (at + 1 >= line->count || text.data[user->end] != ':' ||
        line->tokens[at + 1].start != user->end + 1 || (user->words & WORD_CONTACT))
        return;
    if ((user->start && text.data[user->start - 1] == ':') ||
        str_starts_with(str_from(text, user->end), STR("://")))
        return;
    size_t start = (size_t)user->end + 1;
    size_t at_sign = SIZE_MAX;
    for (size_t i = start; i < text.size; i++) {
        if ((unsigned char)text.data[i] <= ' ' ||
            str_find_byte(STR("\"'`<>"), text.data[i]) != STR_NOT_FOUND)
            break;
        if (text.data[i] == '@')
            at_sign = i;
    }
    if (at_sign == SIZE_MAX || at_sign == start || at_sign + 1 >= text.size)
        return;
    if (class_of(text.data[at_sign + 1]) == SHAPE_OTHER && text.data[at_sign + 1] != '[')
        return;
    line_mask(line, (Span){(uint32_t)start, (uint32_t)at_sign});
}

void shapes_mark(Line *line)
{
    mark_url(line);
    for (uint32_t i = 0; i < line->count; i++) {
        const Token *token = &line->tokens[i];
        if (token->masked)
            continue;
        Str word = line_word(line, i);
        if (is_hash(word) || is_vrp_cipher(word) || fits_token_shape(word))
            line_mask(line, line_value(line, i));
        if (is_bot_token(line, i))
            line_mask(line, (Span){token->start, line->tokens[i + 1].end});
        mark_userinfo(line, i);
    }
}
