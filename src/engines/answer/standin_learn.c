/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/answer/standin_internal.h"

#include "base/ascii.h"

#include <stdlib.h>

/* Flags of a rule. */
enum {
    IS_QUOTED = 8,   /* or the name stands in quotation marks */
    IS_LIST = 1,     /* further numbers follow the first */
    IS_ASSIGNED = 2, /* a '=' or ':' follows the key word */
    IS_COMMAND = 4,  /* counts at the start of a line; elsewhere only before a word with the look of
                        a  name, for the key word may be part of a sentence */
};

enum { RULE_WORDS = 3 };

typedef struct {
    Str words[RULE_WORDS]; /* the last one first */
    SpanKind kind;
    uint8_t flags;
} Rule;

/* The word behind these words is a name or a number. */
static const Rule rules[] = {
    {{STR_INIT("hostname")}, SPAN_HOST, IS_COMMAND},
    {{STR_INIT("host-name")}, SPAN_HOST, IS_COMMAND},
    {{STR_INIT("switchname")}, SPAN_HOST, IS_COMMAND},
    {{STR_INIT("sysname")}, SPAN_HOST, IS_COMMAND},
    {{STR_INIT("name"), STR_INIT("system")}, SPAN_HOST, IS_ASSIGNED},
    {{STR_INIT("id"), STR_INIT("device")}, SPAN_HOST, IS_ASSIGNED},
    {{STR_INIT("username")}, SPAN_USER, IS_COMMAND},
    {{STR_INIT("user"), STR_INIT("login")}, SPAN_USER, 0},
    {{STR_INIT("user"), STR_INIT("snmp-server")}, SPAN_USER, 0},
    {{STR_INIT("user"), STR_INIT("for"), STR_INIT("opened")}, SPAN_USER, 0},
    {{STR_INIT("user"), STR_INIT("for"), STR_INIT("closed")}, SPAN_USER, 0},
    {{STR_INIT("user"), STR_INIT("invalid")}, SPAN_USER, 0},
    {{STR_INIT("user")}, SPAN_USER, IS_ASSIGNED | IS_QUOTED},
    {{STR_INIT("for"), STR_INIT("password"), STR_INIT("accepted")}, SPAN_USER, 0},
    {{STR_INIT("for"), STR_INIT("password"), STR_INIT("failed")}, SPAN_USER, 0},
    {{STR_INIT("for"), STR_INIT("publickey"), STR_INIT("accepted")}, SPAN_USER, 0},
    {{STR_INIT("by"), STR_INIT("console"), STR_INIT("from")}, SPAN_USER, 0},
    {{STR_INIT("domain-name")}, SPAN_DOMAIN, IS_COMMAND},
    {{STR_INIT("name"), STR_INIT("domain")}, SPAN_DOMAIN, IS_COMMAND},
    {{STR_INIT("domain-list")}, SPAN_DOMAIN, IS_COMMAND},
    {{STR_INIT("bgp"), STR_INIT("router")}, SPAN_NUMBER, 0},
    {{STR_INIT("remote-as")}, SPAN_NUMBER, 0},
    {{STR_INIT("local-as")}, SPAN_NUMBER, 0},
    {{STR_INIT("peer-as")}, SPAN_NUMBER, 0},
    {{STR_INIT("autonomous-system")}, SPAN_NUMBER, 0},
    {{STR_INIT("system"), STR_INIT("autonomous")}, SPAN_NUMBER, 0},
    {{STR_INIT("as")}, SPAN_NUMBER, 0},
    {{STR_INIT("asn")}, SPAN_NUMBER, 0},
    {{STR_INIT("as-number")}, SPAN_NUMBER, 0},
    {{STR_INIT("number"), STR_INIT("as")}, SPAN_NUMBER, 0},
    {{STR_INIT("prepend")}, SPAN_NUMBER, IS_LIST},
    {{STR_INIT("path"), STR_INIT("as")}, SPAN_NUMBER, IS_LIST},
    {{STR_INIT("as-path")}, SPAN_NUMBER, IS_LIST},
    {{STR_INIT("community")}, SPAN_NUMBER, 0},
    {{STR_INIT("rd")}, SPAN_NUMBER, 0},
    {{STR_INIT("route-target")}, SPAN_NUMBER, 0},
    {{STR_INIT("export"), STR_INIT("route-target")}, SPAN_NUMBER, 0},
    {{STR_INIT("import"), STR_INIT("route-target")}, SPAN_NUMBER, 0},
    {{STR_INIT("both"), STR_INIT("route-target")}, SPAN_NUMBER, 0},
    {{STR_INIT("identifier"), STR_INIT("confederation")}, SPAN_NUMBER, 0},
    {{STR_INIT("peers"), STR_INIT("confederation")}, SPAN_NUMBER, IS_LIST},
};

typedef struct {
    size_t start;
    size_t end;
    char after;    /* the byte behind it */
    bool is_first; /* in its line, or behind "set" */
} Word;

typedef struct {
    StandinMap *map;
    Arena *arena;
    Str line;
    SpanVec *spans;
    Word recent[RULE_WORDS]; /* the newest first */
    size_t word_count;
    uint64_t matched; /* rules whose words end with the newest one */
    bool in_list;     /* of numbers */
    bool is_full;     /* the map */
} Learner;

static Str word_text(const Learner *learner, const Word *word)
{
    return str_slice(learner->line, word->start, word->end - word->start);
}

static StandinName name_kind(SpanKind kind)
{
    return kind == SPAN_HOST ? STANDIN_HOST : kind == SPAN_USER ? STANDIN_USER : STANDIN_DOMAIN;
}

static void add_span(Learner *learner, size_t start, size_t end, SpanKind kind)
{
    *VEC_PUSH(learner->arena, learner->spans) = (Span){start, end, kind};
}

/* Adds the span of a name, which is also known from then on if it is told to be. */
static void add_name(Learner *learner, size_t start, size_t end, SpanKind kind, bool everywhere)
{
    Str name = str_slice(learner->line, start, end - start);
    char buffer[STANDIN_NAME_MAX_BYTES];
    if (!word_may_be_name(name))
        return;
    add_span(learner, start, end, kind);
    Str lower = word_lower(name, buffer);
    if (everywhere && !map_find_name(learner->map, lower) &&
        !map_add_name(learner->map, name_kind(kind), lower, true))
        learner->is_full = true;
}

static bool has_digit(Str word)
{
    for (size_t i = 0; i < word.size; i++)
        if (ascii_is_digit(word.data[i]))
            return true;
    return false;
}

/* Ends of names that stand before a country or a company in every network. */
static bool is_known_domain(Str domain)
{
    static const Str known[] = {
        STR_INIT("cisco.com"),     STR_INIT("juniper.net"),          STR_INIT("arista.com"),
        STR_INIT("ietf.org"),      STR_INIT("rfc-editor.org"),       STR_INIT("iana.org"),
        STR_INIT("ntp.org"),       STR_INIT("github.com"),           STR_INIT("microsoft.com"),
        STR_INIT("google.com"),    STR_INIT("debian.org"),           STR_INIT("ubuntu.com"),
        STR_INIT("redhat.com"),    STR_INIT("fortinet.com"),         STR_INIT("huawei.com"),
        STR_INIT("wikipedia.org"), STR_INIT("paloaltonetworks.com"),
    };
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (domain.size < known[i].size)
            continue;
        size_t start = domain.size - known[i].size;
        if (str_equal_ignore_case(str_from(domain, start), known[i]) &&
            (start == 0 || domain.data[start - 1] == '.'))
            return true;
    }
    return false;
}

/* Top-level domains, without those that are also extensions of files or words of sentences. */
static bool is_top_level(Str label)
{
    static const Str labels[] = {
        STR_INIT("ae"),          STR_INIT("ai"),       STR_INIT("ar"),       STR_INIT("arpa"),
        STR_INIT("au"),          STR_INIT("aws"),      STR_INIT("bank"),     STR_INIT("be"),
        STR_INIT("biz"),         STR_INIT("br"),       STR_INIT("ca"),       STR_INIT("ch"),
        STR_INIT("cloud"),       STR_INIT("cn"),       STR_INIT("com"),      STR_INIT("corp"),
        STR_INIT("cz"),          STR_INIT("de"),       STR_INIT("dk"),       STR_INIT("edu"),
        STR_INIT("es"),          STR_INIT("eu"),       STR_INIT("example"),  STR_INIT("fi"),
        STR_INIT("fr"),          STR_INIT("gov"),      STR_INIT("hk"),       STR_INIT("home"),
        STR_INIT("hu"),          STR_INIT("ie"),       STR_INIT("il"),       STR_INIT("info"),
        STR_INIT("int"),         STR_INIT("internal"), STR_INIT("intranet"), STR_INIT("io"),
        STR_INIT("jp"),          STR_INIT("kr"),       STR_INIT("lan"),      STR_INIT("local"),
        STR_INIT("localdomain"), STR_INIT("lu"),       STR_INIT("mil"),      STR_INIT("mx"),
        STR_INIT("net"),         STR_INIT("nl"),       STR_INIT("nz"),       STR_INIT("org"),
        STR_INIT("private"),     STR_INIT("pt"),       STR_INIT("ro"),       STR_INIT("ru"),
        STR_INIT("se"),          STR_INIT("sg"),       STR_INIT("tech"),     STR_INIT("test"),
        STR_INIT("tr"),          STR_INIT("tw"),       STR_INIT("ua"),       STR_INIT("uk"),
        STR_INIT("us"),          STR_INIT("za"),
    };
    for (size_t i = 0; i < COUNT_OF(labels); i++)
        if (str_equal_ignore_case(label, labels[i]))
            return true;
    return false;
}

/* Takes the labels of a domain name. Its last label stays; the one before is known from then on. */
static void take_domain(Learner *learner, size_t start, size_t end, bool is_told)
{
    Str domain = str_slice(learner->line, start, end - start);
    size_t last = str_find_last_byte(domain, '.');
    if (is_known_domain(domain) || (last == STR_NOT_FOUND && !is_told))
        return;
    if (last == STR_NOT_FOUND) {
        add_name(learner, start, end, SPAN_DOMAIN, true);
        return;
    }
    if (!is_told && !is_top_level(str_from(domain, last + 1)))
        return;
    Str rest = str_slice(domain, 0, last);
    Str label;
    size_t at = start;
    while (str_next_field(&rest, '.', &label)) {
        bool is_last = at + label.size == start + last;
        bool is_host = at == start && !is_last && has_digit(label);
        add_name(learner, at, at + label.size, is_host ? SPAN_HOST : SPAN_DOMAIN,
                 is_last || is_host);
        at += label.size + 1;
    }
}

/* Returns whether a word looks like the name of a device or user rather than a word of a sentence.
 */
static bool looks_like_name(Str word)
{
    for (size_t i = 0; i < word.size; i++)
        if (!ascii_is_lower(word.data[i]))
            return true;
    return false;
}

static void take_number(Learner *learner, const Word *word)
{
    enum { LEAST = 100 };
    uint32_t number = 0;
    Str text = word_text(learner, word);
    if (!word_is_number(text, &number) || number < LEAST || number_is_reserved(number))
        return;
    add_span(learner, word->start, word->end, SPAN_NUMBER);
    learner->is_full |= str_empty(word_replace_number(learner->map, text, true));
}

static void take_value(Learner *learner, const Rule *rule, const Word *word)
{
    const Word *key = &learner->recent[0];
    Str text = word_text(learner, word);
    char before = learner->line.data[word->start - 1];
    bool is_assigned = key->after == ':' || key->after == '=' ||
                       ((rule->flags & IS_QUOTED) && (before == '\'' || before == '"'));
    if (((rule->flags & IS_ASSIGNED) && !is_assigned) || str_empty(text))
        return;
    if (rule->kind == SPAN_NUMBER) {
        take_number(learner, word);
        return;
    }
    bool is_command = !(rule->flags & IS_COMMAND) || key->is_first || is_assigned;
    if (!is_command && !looks_like_name(text))
        return;
    size_t end = word->end;
    while (end > word->start && byte_is_in(learner->line.data[end - 1], STR("._-")))
        end--;
    if (rule->kind == SPAN_DOMAIN)
        take_domain(learner, word->start, end, true);
    else if (rule->kind == SPAN_HOST && str_find_byte(text, '.') != STR_NOT_FOUND)
        take_domain(learner, word->start, end, false);
    else
        add_name(learner, word->start, end, rule->kind, true);
}

static bool is_word(const Learner *learner, const Word *word, Str wanted)
{
    return str_equal_ignore_case(word_text(learner, word), wanted);
}

void learn_prepare(StandinMap *map)
{
    for (size_t i = 0; i < COUNT_OF(rules); i++)
        map->key_lengths[rules[i].words[0].data[0] - 'a'] |= 1U << rules[i].words[0].size;
}

/* Returns whether a word may end a rule, by its first letter and its length: most do not. */
static bool may_be_key(const Learner *learner, Str word)
{
    char first = word.size > 0 ? ascii_to_lower(word.data[0]) : ' ';
    return ascii_is_lower(first) && word.size < 32 &&
           (learner->map->key_lengths[first - 'a'] >> word.size & 1);
}

static bool rule_matches(const Learner *learner, const Rule *rule)
{
    for (size_t i = 0; i < RULE_WORDS && rule->words[i].size > 0; i++)
        if (i >= learner->word_count || !is_word(learner, &learner->recent[i], rule->words[i]))
            return false;
    /* "as" is a word of sentences. */
    return !str_equal(rule->words[0], STR("as")) ||
           learner->line.data[learner->recent[0].start] == 'A';
}

static void take_word(Learner *learner, const Word *word)
{
    uint32_t number = 0;
    Str text = word_text(learner, word);
    bool is_number = word_is_number(text, &number);
    if (learner->in_list && is_number && !learner->matched)
        take_number(learner, word);
    learner->in_list &= is_number;
    for (size_t i = 0; learner->matched >> i; i++) {
        if (!(learner->matched >> i & 1))
            continue;
        take_value(learner, &rules[i], word);
        learner->in_list |= is_number && (rules[i].flags & IS_LIST);
    }
    memmove(learner->recent + 1, learner->recent, sizeof(Word) * (RULE_WORDS - 1));
    learner->recent[0] = *word;
    learner->word_count++;
    learner->matched = 0;
    for (size_t i = 0; may_be_key(learner, text) && i < COUNT_OF(rules); i++)
        if (rule_matches(learner, &rules[i]))
            learner->matched |= (uint64_t)1 << i;
}

static bool is_separator(char byte)
{
    return (unsigned char)byte <= ' ' || byte_is_in(byte, STR("\"';,()[]{}<>=:|\\"));
}

/* Returns how many bytes of an escape in a JSON string follow the backslash here. */
static size_t escape_length(Str line, size_t at)
{
    return at + 1 < line.size && byte_is_in(line.data[at + 1], STR("nrtbf")) ? 1 : 0;
}

static void take_words(Learner *learner)
{
    Str line = learner->line;
    bool is_first = true;
    for (size_t at = 0; at < line.size && !learner->is_full;) {
        if (is_separator(line.data[at])) {
            size_t escape = line.data[at] == '\\' ? escape_length(line, at) : 0;
            is_first |= escape > 0 && line.data[at + 1] == 'n';
            at += 1 + escape;
            continue;
        }
        Word word = {.start = at, .is_first = is_first};
        while (at < line.size && !is_separator(line.data[at]))
            at++;
        word.end = at;
        word.after = at < line.size ? line.data[at] : ' ';
        take_word(learner, &word);
        is_first &= is_word(learner, &word, STR("set")) || is_word(learner, &word, STR("system")) ||
                    is_word(learner, &word, STR("ip")) || is_word(learner, &word, STR("domain"));
    }
}

static bool is_chain_byte(char byte)
{
    return scan_is_word_byte(byte) || byte == '.' || byte == '-' || byte == '_';
}

static char line_byte(const Learner *learner, size_t at)
{
    return at < learner->line.size ? learner->line.data[at] : ' ';
}

/* Returns whether what follows a name at the start of a line makes it a prompt. */
static bool is_prompt(const Learner *learner, size_t end)
{
    enum { MODE_BYTES = 32 };
    if (line_byte(learner, end) == '(') {
        Str mode = str_slice(learner->line, end, MODE_BYTES);
        size_t close = str_find_byte(mode, ')');
        return close != STR_NOT_FOUND && line_byte(learner, end + close + 1) == '#';
    }
    char mark = line_byte(learner, end);
    char next = line_byte(learner, end + 1);
    return (mark == '#' || mark == '>') && !ascii_is_digit(next) && next != mark;
}

/* A run of letters, digits and ._- may be a domain name, the user of an address, or a prompt. */
static void take_chain(Learner *learner, size_t start, size_t end)
{
    char before = start > 0 ? learner->line.data[start - 1] : '\n';
    char after = line_byte(learner, end);
    Str chain = str_slice(learner->line, start, end - start);
    bool is_first =
        before == '\n' || (before == 'n' && start > 1 && learner->line.data[start - 2] == '\\');
    bool is_dotted = str_find_byte(chain, '.') != STR_NOT_FOUND;
    bool is_user = after == '@' && scan_is_word_byte(line_byte(learner, end + 1)) &&
                   !str_starts_with(str_from(learner->line, end + 1), STR("if"));
    bool is_host =
        (is_first && is_prompt(learner, end) && (after == '#' || looks_like_name(chain))) ||
        (before == '@' && !is_dotted && byte_is_in(after, STR(">#%")));
    if (is_user || is_host)
        add_name(learner, start, end, is_user ? SPAN_USER : SPAN_HOST, true);
    else if (is_dotted)
        take_domain(learner, start, end, false);
}

static void take_chains(Learner *learner)
{
    enum { DOMAIN_MAX_BYTES = 253 };
    Str line = learner->line;
    for (size_t at = 0; at < line.size && !learner->is_full; at++) {
        if (!is_chain_byte(line.data[at]))
            continue;
        size_t start = at;
        if (at > 0 && line.data[at - 1] == '\\')
            start += escape_length(line, at - 1);
        while (at < line.size && is_chain_byte(line.data[at]))
            at++;
        size_t end = at;
        while (start < end && !scan_is_word_byte(line.data[start]))
            start++;
        while (end > start && !scan_is_word_byte(line.data[end - 1]))
            end--;
        if (end > start && end - start <= DOMAIN_MAX_BYTES)
            take_chain(learner, start, end);
    }
}

static bool is_month(Str word)
{
    return word.size == 3 &&
           str_find(STR("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"), word) != STR_NOT_FOUND;
}

/* The device that wrote a line of syslog: "Mar 12 07:00:27 core1 …" or "2026-03-12T07:00:27Z core1
 * …" (RFC 3164 and 5424, perhaps behind a priority). */
static void take_syslog(Learner *learner)
{
    Str rest = str_slice(learner->line, 0, 128);
    Str word;
    if (str_starts_with(rest, STR("<")))
        rest = str_from(rest, MIN_OF(str_find_byte(rest, '>'), rest.size - 1) + 1);
    if (!str_next_word(&rest, &word) || (str_equal(word, STR("1")) && !str_next_word(&rest, &word)))
        return;
    bool is_old = is_month(word) && str_next_word(&rest, &word) && str_next_word(&rest, &word) &&
                  word.size >= 8 && word.data[2] == ':' && word.data[5] == ':';
    bool is_new =
        word.size >= 19 && word.data[4] == '-' && word.data[10] == 'T' && word.data[13] == ':';
    if ((!is_old && !is_new) || !str_next_word(&rest, &word) || str_ends_with(word, STR(":")))
        return;
    size_t start = (size_t)(word.data - learner->line.data);
    if (str_find_byte(word, '.') != STR_NOT_FOUND)
        take_domain(learner, start, start + word.size, false);
    else
        add_name(learner, start, start + word.size, SPAN_HOST, true);
}

static int compare_spans(const void *a, const void *b)
{
    const Span *x = a;
    const Span *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->end < y->end ? 1 : -(x->end > y->end);
}

bool learn_line(StandinMap *map, Arena *arena, Str line, SpanVec *out_spans)
{
    size_t first = out_spans->count;
    Learner learner = {.map = map, .arena = arena, .line = line, .spans = out_spans};
    take_words(&learner);
    take_chains(&learner);
    take_syslog(&learner);
    if (out_spans->count > first + 1)
        qsort(out_spans->items + first, out_spans->count - first, sizeof(Span), compare_spans);
    return !learner.is_full;
}
