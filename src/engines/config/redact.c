/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/redact.h"

#include "base/ascii.h"
#include "engines/config/lines.h"

static const Str mask = STR_INIT("<redacted>");

/*
 * What may stand between a keyword and its secret. A keyword alone at the end of a line ("login
 * password") masks nothing.
 */
typedef enum {
    AFTER_TYPES,     /* type numbers and method words, then the secret */
    AFTER_PLAIN,     /* the same; without a type or with type 0 it may hold spaces */
    AFTER_SNMP_WORD, /* the next word, in a line about SNMP */
    AFTER_REST,      /* everything to the end of the line */
    AFTER_SNMP_HOST, /* "host A [traps] [version 3 priv] SECRET" */
    AFTER_NUMBER, /* the secret follows a key number and a method: "authentication-key 1 md5 S" */
} After;

typedef struct {
    const char *words; /* "snmp-server community"; a word may end in '*' */
    After after;
} Rule;

static const Rule rules[] = {
    {"password", AFTER_PLAIN},
    {"passwd", AFTER_PLAIN},
    {"secret", AFTER_PLAIN},
    {"set-key", AFTER_PLAIN},
    {"server-key", AFTER_TYPES},
    {"preshared-key", AFTER_TYPES},
    {"private-key", AFTER_TYPES},
    {"private key", AFTER_TYPES},
    {"community", AFTER_SNMP_WORD},
    {"psksecret", AFTER_TYPES},
    {"passphrase", AFTER_TYPES},
    {"encrypted-password", AFTER_TYPES},
    {"plain-text-password-value", AFTER_TYPES},
    {"simple-password", AFTER_TYPES},
    {"key-string", AFTER_REST},
    {"key-hash", AFTER_REST},
    {"snmp-server community", AFTER_TYPES},
    {"snmp community", AFTER_TYPES},
    {"snmp-agent community", AFTER_TYPES},
    {"snmp-server host", AFTER_SNMP_HOST},
    {"tacacs-server key", AFTER_REST},
    {"radius-server key", AFTER_REST},
    {"shared-secret", AFTER_TYPES},
    {"pre-shared-key", AFTER_TYPES},
    {"ikev1 pre-shared-key", AFTER_TYPES},
    {"isakmp key", AFTER_TYPES},
    {"ascii-text", AFTER_TYPES},
    {"hexadecimal", AFTER_TYPES},
    {"authentication-key", AFTER_NUMBER},
    {"privacy-key", AFTER_TYPES},
    {"message-digest-key", AFTER_NUMBER},
    {"hello-authentication-key", AFTER_TYPES},
    {"authentication text", AFTER_TYPES},
    {"authentication md5", AFTER_TYPES},
    {"auth md5", AFTER_TYPES},
    {"auth sha*", AFTER_TYPES},
    {"priv des*", AFTER_TYPES},
    {"priv 3des", AFTER_TYPES},
    {"priv aes*", AFTER_TYPES},
    {"wpa-psk", AFTER_TYPES},
    {"psk", AFTER_TYPES},
    {"wep-key", AFTER_REST},
    {"trap-target-community", AFTER_TYPES},
    {"phash", AFTER_TYPES},
    {"md5-key", AFTER_TYPES},
    {"key", AFTER_TYPES},
    {"sha512", AFTER_TYPES},
    {"ENC", AFTER_TYPES},
    {"cipher", AFTER_TYPES},
    {"-cvauth*", AFTER_TYPES},
};

/* Words that follow "key" where no secret does. */
static bool key_is_harmless(const Words *words, size_t at)
{
    static const char *const next[] = {"chain",   "config-key",   "generate", "import",    "export",
                                       "zeroize", "pubkey-chain", "mypubkey", "derivation"};
    static const char *const previous[] = {"crypto", "ip",      "encryption",
                                           "public", "trusted", "hash"};
    for (size_t i = 0; i < COUNT_OF(next); i++) {
        if (words_is(words, at + 1, next[i]))
            return true;
    }
    for (size_t i = 0; at > 0 && i < COUNT_OF(previous); i++) {
        if (words_is(words, at - 1, previous[i]))
            return true;
    }
    /* "key 1" opens a numbered key; "key 7 0822455D0A16" is one. */
    uint32_t number = 0;
    return at + 2 >= words->count && words_u32(words, at + 1, &number) && number <= 255;
}

static bool is_between(Str word)
{
    static const Str between[] = {
        STR_INIT("encrypted"),  STR_INIT("hashed"),
        STR_INIT("clear"),      STR_INIT("plain"),
        STR_INIT("ascii"),      STR_INIT("hex"),
        STR_INIT("md5"),        STR_INIT("sha"),
        STR_INIT("sha1"),       STR_INIT("sha256"),
        STR_INIT("sha512"),     STR_INIT("hmac-sha-256"),
        STR_INIT("local"),      STR_INIT("remote"),
        STR_INIT("cipher"),     STR_INIT("simple"),
        STR_INIT("text"),       STR_INIT("key-string"),
        STR_INIT("ascii-text"), STR_INIT("ENC"),
        STR_INIT("set-key"),    STR_INIT("128"),
        STR_INIT("192"),        STR_INIT("256"),
        STR_INIT("secret"),     STR_INIT("irreversible-cipher"),
        STR_INIT("hash"),       STR_INIT("="),
        STR_INIT("key"),        STR_INIT("hmac-sha1"),
        STR_INIT("hmac-md5"),   STR_INIT("password"),
        STR_INIT("aes"),        STR_INIT("level"),
    };
    if (word.size == 1 && ascii_is_digit(word.data[0]))
        return true;
    if (word.size == 2 && word.data[0] == '8' && word.data[1] == 'a')
        return true;
    for (size_t i = 0; i < COUNT_OF(between); i++) {
        if (str_equal(word, between[i]))
            return true;
    }
    return false;
}

/* Index of the word that is the secret, or SIZE_MAX. */
static size_t secret_after_types(const Words *words, size_t at)
{
    size_t start = at;
    while (at + 1 < words->count && is_between(words_get(words, at)))
        at++;
    Str word = words_get(words, at);
    bool opens_block = str_equal(word, STR("{")) || str_equal(word, STR("}"));
    bool closes_list = str_starts_with(word, STR("]"));
    if (word.size == 0 || opens_block || closes_list || str_equal(word, STR("encryption-key")))
        return SIZE_MAX;
    /* "password 7" alone at the end: the number itself is the secret */
    return at < words->count ? at : start;
}

/* A clear-text password may hold spaces: then the rest of the line is one. */
static bool may_hold_spaces(const Words *words, size_t after, size_t secret)
{
    Str word = words_get(words, secret);
    bool quoted = words_quoted(words, secret);
    bool clear = secret == after || words_is(words, secret - 1, "0");
    return clear && !quoted && !str_ends_with(word, STR(";"));
}

static bool is_about_snmp(const Words *words)
{
    for (size_t i = 0; i < words->count && i < 16; i++) {
        if (str_starts_with(words->at[i], STR("snmp")))
            return true;
    }
    return false;
}

static size_t secret_after_number(const Words *words, size_t at)
{
    uint32_t number = 0;
    if (words_u32(words, at, &number) && at + 1 < words->count)
        at++;
    return secret_after_types(words, at);
}

static size_t secret_of_snmp_host(const Words *words, size_t at)
{
    static const char *const options[] = {"traps", "informs", "version", "1",    "2c",  "v2c",
                                          "3",     "auth",    "noauth",  "priv", "trap"};
    for (at++; at < words->count; at++) {
        bool option = false;
        for (size_t i = 0; i < COUNT_OF(options); i++)
            option |= words_is(words, at, options[i]);
        if (words_is(words, at, "vrf") || words_is(words, at, "use-vrf")) {
            at++;
            continue;
        }
        if (!option)
            return at;
    }
    return SIZE_MAX;
}

/* crypt(3), Junos and IOS hash strings: "$6$salt$…", "$9$…", "$1c$…". */
static bool is_hash(Str word)
{
    if (str_starts_with(word, STR("\"")))
        word = str_from(word, 1);
    if (word.size < 6 || word.data[0] != '$')
        return false;
    size_t second = str_find_byte(str_from(word, 1), '$');
    return second != STR_NOT_FOUND && second >= 1 && second <= 10;
}

typedef struct {
    bool from[WORDS_MAX]; /* this word is a secret */
    bool rest;            /* and everything after the first of them too */
    size_t first;
} Marks;

static void apply_rule(const Rule *rule, const Words *words, size_t at, Marks *marks)
{
    Str pattern = str_of(rule->words), word;
    size_t after = at, secret = SIZE_MAX;
    if (!words_match(words, at, rule->words))
        return;
    while (str_next_word(&pattern, &word))
        after++;
    if (str_equal(str_of(rule->words), STR("key")) && key_is_harmless(words, at))
        return;
    switch (rule->after) {
    case AFTER_TYPES:
        secret = secret_after_types(words, after);
        break;
    case AFTER_NUMBER:
        secret = secret_after_number(words, after);
        break;
    case AFTER_SNMP_HOST:
        secret = secret_of_snmp_host(words, after);
        break;
    case AFTER_SNMP_WORD:
        secret = is_about_snmp(words) ? secret_after_types(words, after) : SIZE_MAX;
        break;
    case AFTER_PLAIN:
        secret = secret_after_types(words, after);
        if (secret < marks->first && secret < words->count &&
            may_hold_spaces(words, after, secret)) {
            marks->rest = true;
            marks->first = secret;
        }
        break;
    case AFTER_REST:
        secret = secret_after_types(words, after);
        if (secret < words->count && secret < marks->first) {
            marks->rest = true;
            marks->first = secret;
        }
        break;
    }
    if (secret < words->count)
        marks->from[secret] = true;
}

static void mark_secrets(const Words *words, Marks *marks)
{
    *marks = (Marks){.first = SIZE_MAX};
    bool text = words_is(words, 0, "description") || words_is(words, 0, "remark");
    for (size_t at = 0; at < words->count; at++) {
        Str word = words->at[at];
        marks->from[at] |= is_hash(word);
        for (size_t i = 0; !text && i < COUNT_OF(rules); i++) {
            if (word.size && (rules[i].words[0] == word.data[0]))
                apply_rule(&rules[i], words, at, marks);
        }
    }
}

/* "https://user:password@host": the part between ':' and '@'. */
static bool find_url_password(Str text, size_t *out_start, size_t *out_end)
{
    size_t scheme = str_find(text, STR("://"));
    if (scheme == STR_NOT_FOUND)
        return false;
    size_t at = scheme + 3, colon = SIZE_MAX;
    for (; at < text.size && str_find_byte(STR(" \t/\""), text.data[at]) == STR_NOT_FOUND; at++) {
        if (text.data[at] == ':' && colon == SIZE_MAX)
            colon = at;
        if (text.data[at] == '@' && colon != SIZE_MAX) {
            *out_start = colon + 1;
            *out_end = at;
            return true;
        }
    }
    return false;
}

/* "password=abc", "secret=\"x\"" (RouterOS); the value's bounds within the word. */
static bool find_assigned(Str word, size_t *out_start)
{
    static const Str names[] = {STR_INIT("password="),
                                STR_INIT("secret="),
                                STR_INIT("passphrase="),
                                STR_INIT("pre-shared-key="),
                                STR_INIT("ipsec-secret="),
                                STR_INIT("authentication-key="),
                                STR_INIT("wpa2-pre-shared-key="),
                                STR_INIT("wpa-pre-shared-key="),
                                STR_INIT("-cvauth=")};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        size_t found = str_find(word, names[i]);
        if (found != STR_NOT_FOUND && word.size > found + names[i].size) {
            *out_start = found + names[i].size;
            return true;
        }
    }
    return false;
}

static void write_url_masked(Str text, StrBuf *out, RedactCount *count)
{
    size_t start = 0, end = 0;
    while (find_url_password(text, &start, &end)) {
        strbuf_append(out, str_slice(text, 0, start));
        strbuf_append(out, mask);
        count->masked++;
        text = str_from(text, end);
    }
    strbuf_append(out, text);
}

/* One word of the line, masked or as it is; a Junos ';' after a secret stays. */
static void write_word(Str word, bool secret, StrBuf *out, RedactCount *count)
{
    size_t start = 0;
    if (secret) {
        bool quoted = word.size && word.data[0] == '"';
        bool ended = word.size && word.data[word.size - 1] == ';';
        strbuf_append(out, quoted ? STR("\"<redacted>\"") : mask);
        if (ended)
            strbuf_append_byte(out, ';');
        count->masked++;
    } else if (find_assigned(word, &start)) {
        strbuf_append(out, str_slice(word, 0, start));
        strbuf_append(out, mask);
        count->masked++;
    } else {
        write_url_masked(word, out, count);
    }
}

/* The word as it stands in the line: with its quotes. */
static Str raw_word(const Words *words, size_t i)
{
    Str word = words->at[i];
    const char *begin = words->line.data, *end = begin + words->line.size;
    if (words_quoted(words, i)) {
        const char *last = word.data + word.size;
        last += last < end && *last == '"';
        return str_make(word.data - 1, (size_t)(last - word.data) + 1);
    }
    return word;
}

typedef struct {
    bool private_key; /* between BEGIN … PRIVATE KEY and END */
    int snmp_depth;   /* Junos: depth of the block "snmp {", 0 outside */
    int depth;
    size_t from; /* first word of this piece that is to be written */
    Words words;
    Marks marks;
} Redactor;

/* Junos: "snmp { community NAME {"; and the communities of FortiOS-like blocks. */
static void mark_block_secrets(Redactor *redactor)
{
    const Words *words = &redactor->words;
    bool opens = words->count && str_ends_with(words->line, STR("{"));
    bool closes = str_equal(str_trim(words->line), STR("}"));
    if (redactor->snmp_depth && words_is(words, 0, "community") && words->count > 1)
        redactor->marks.from[1] = true;
    if (opens) {
        redactor->depth++;
        if (words_is(words, 0, "snmp") && words_is(words, 1, "{") && !redactor->snmp_depth)
            redactor->snmp_depth = redactor->depth;
    } else if (closes && redactor->depth) {
        if (redactor->snmp_depth == redactor->depth)
            redactor->snmp_depth = 0;
        redactor->depth--;
    }
}

static bool in_private_key(Redactor *redactor, Str line)
{
    bool begins = str_find(line, STR("-----BEGIN ")) != STR_NOT_FOUND &&
                  str_find(line, STR("PRIVATE KEY")) != STR_NOT_FOUND;
    bool inside = redactor->private_key;
    if (begins)
        redactor->private_key = str_find(line, STR("-----END ")) == STR_NOT_FOUND;
    else if (inside && str_find(line, STR("-----END ")) != STR_NOT_FOUND)
        redactor->private_key = false;
    return inside && !begins;
}

/*
 * Writes the words up to to of the line with what stands before each; *at is the first byte of the
 * line not written yet. False when the rest of the line was one secret.
 */
static bool write_words(Redactor *redactor, size_t to, size_t *at, StrBuf *out, RedactCount *count)
{
    const Words *words = &redactor->words;
    for (size_t i = redactor->from; i < to; i++) {
        Str word = raw_word(words, i);
        size_t start = (size_t)(word.data - words->line.data);
        strbuf_append(out, str_slice(words->line, *at, start - *at));
        bool rest = redactor->marks.rest && i == redactor->marks.first;
        write_word(word, rest || redactor->marks.from[i], out, count);
        if (rest)
            return false;
        *at = start + word.size;
    }
    return true;
}

/*
 * A line of more than WORDS_MAX words is taken in overlapping pieces, so that every word is judged
 * with at least CONTEXT_WORDS before it.
 */
static void redact_line(Redactor *redactor, Str line, StrBuf *out, RedactCount *count)
{
    enum { CONTEXT_WORDS = 8 };
    const Words *words = &redactor->words;
    redactor->from = 0;
    if (in_private_key(redactor, line)) {
        strbuf_append(out, redactor->private_key ? mask : line);
        count->masked += redactor->private_key;
        return;
    }
    for (size_t at = 0;;) {
        words_split(line, &redactor->words);
        bool more = words->count == WORDS_MAX;
        size_t to = more ? WORDS_MAX - CONTEXT_WORDS : words->count;
        mark_secrets(words, &redactor->marks);
        if (redactor->from == 0)
            mark_block_secrets(redactor);
        if (!write_words(redactor, to, &at, out, count))
            return;
        if (!more) {
            strbuf_append(out, str_from(line, at));
            return;
        }
        size_t skipped = (size_t)(raw_word(words, to - CONTEXT_WORDS).data - line.data);
        line = str_from(line, skipped);
        at -= skipped;
        redactor->from = CONTEXT_WORDS;
    }
}

RedactCount device_redact(Str text, StrBuf *out)
{
    RedactCount count = {0};
    auto_arena Arena *arena = arena_new();
    Redactor *redactor = ARENA_NEW(arena, Redactor);
    while (text.size) {
        size_t end = str_find_byte(text, '\n');
        Str line = end == STR_NOT_FOUND ? text : str_slice(text, 0, end);
        size_t visible = line.size;
        while (visible && line.data[visible - 1] == '\r')
            visible--;
        redact_line(redactor, str_slice(line, 0, visible), out, &count);
        strbuf_append(out, str_from(line, visible));
        if (end == STR_NOT_FOUND)
            break;
        strbuf_append_byte(out, '\n');
        text = str_from(text, end + 1);
    }
    return count;
}

Str device_redact_line(Arena *arena, Str line)
{
    auto_strbuf StrBuf out = {0};
    RedactCount count = {0};
    auto_arena Arena *scratch = arena_new();
    Redactor *redactor = ARENA_NEW(scratch, Redactor);
    strbuf_init(&out, line.size * 4 + 1024);
    redact_line(redactor, line, &out, &count);
    return count.masked ? arena_copy(arena, strbuf_str(&out)) : line;
}
