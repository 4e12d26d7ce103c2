/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ascii.h"
#include "engines/question/internal.h"

enum { MAX_NAME_BYTES = 128 };

static bool is_number(Str word, int64_t *out_number)
{
    return word.size <= 10 && word.size && ascii_is_digit(word.data[0]) &&
           str_parse_i64(word, out_number);
}

static bool is_one_of(Str word, const char *const names[])
{
    for (size_t i = 0; names[i]; i++)
        if (str_equal(word, str_of(names[i])))
            return true;
    return false;
}

static bool read_address(Str word, QuestionEntity *entity)
{
    IpPrefix prefix;
    if (str_find_byte(word, '.') == STR_NOT_FOUND && str_find(word, STR(":")) == STR_NOT_FOUND)
        return false;
    if (!ip_prefix_parse(word, &prefix))
        return false;
    entity->kind = prefix.length < ip_bits(prefix.address) ? ENTITY_PREFIX : ENTITY_ADDRESS;
    entity->prefix = prefix;
    return true;
}

static bool read_file(Str folded, QuestionEntity *entity)
{
    static const char *const extensions[] = {
        ".cfg", ".conf", ".set", ".txt", ".log", ".pcapng", ".pcap", ".cap",    ".pdf", ".md",
        ".raw", ".json", ".yml", ".gz",  ".xz",  ".zst",    ".yaml", ".syslog", NULL};
    for (size_t i = 0; extensions[i]; i++) {
        if (folded.size > strlen(extensions[i]) && str_ends_with(folded, str_of(extensions[i]))) {
            entity->kind = ENTITY_FILE;
            return true;
        }
    }
    return false;
}

/* FACILITY-5-MNEMONIC in upper case, as Cisco and its followers write it. */
static bool read_code(Str word, QuestionEntity *entity)
{
    bool has_severity = false;
    if (str_starts_with(word, STR("%")))
        word = str_from(word, 1);
    for (size_t i = 0; i < word.size; i++) {
        char c = word.data[i];
        if (!ascii_is_upper(c) && !ascii_is_digit(c) && c != '_' && c != '-')
            return false;
        has_severity |= i > 1 && i + 2 < word.size && c >= '0' && c <= '7' &&
                        word.data[i - 1] == '-' && word.data[i + 1] == '-' &&
                        ascii_is_upper(word.data[i + 2]);
    }
    if (!has_severity || !ascii_is_upper(word.data[0]))
        return false;
    entity->kind = ENTITY_CODE;
    entity->text = word;
    return true;
}

/* 10:41, 10:41:07, 10h41. */
static bool read_time(Str folded, QuestionEntity *entity)
{
    size_t digits = 0;
    size_t separators = 0;
    for (size_t i = 0; i < folded.size; i++) {
        char c = folded.data[i];
        bool separates = c == ':' || (c == 'h' && separators == 0);
        if (!separates && !ascii_is_digit(c))
            return false;
        if (separates && (digits == 0 || digits > 2))
            return false;
        digits = separates ? 0 : digits + 1;
        separators += separates;
    }
    entity->kind = ENTITY_TIME;
    return digits == 2 && separators >= 1 && separators <= 2;
}

/* Whether the rest is a port of an interface: digits, with / . : between them. */
static bool is_port_path(Str rest)
{
    if (rest.size == 0 || !ascii_is_digit(rest.data[0]))
        return false;
    for (size_t i = 0; i < rest.size; i++) {
        if (!ascii_is_digit(rest.data[i]) &&
            str_find_byte(STR("/.:"), rest.data[i]) == STR_NOT_FOUND)
            return false;
    }
    return true;
}

static const char *const interface_names[] = {"gigabitethernet",
                                              "tengigabitethernet",
                                              "twentyfivegige",
                                              "fortygigabitethernet",
                                              "hundredgige",
                                              "fastethernet",
                                              "ethernet",
                                              "loopback",
                                              "tunnel",
                                              "serial",
                                              "port-channel",
                                              "bundle-ether",
                                              "management",
                                              "vlan",
                                              "irb",
                                              NULL};
static const char *const interface_short[] = {"gi",  "gig", "te",   "fa",  "eth", "et",  "lo",
                                              "tu",  "se",  "po",   "be",  "ma",  "ge-", "xe-",
                                              "et-", "ae",  "irb.", "swp", NULL};

static bool has_interface_prefix(Str folded, const char *const names[])
{
    for (size_t i = 0; names[i]; i++) {
        Str name = str_of(names[i]);
        if (str_starts_with(folded, name) && is_port_path(str_from(folded, name.size)))
            return true;
    }
    return false;
}

/* A full name may have a space before the port: "Ethernet 2". */
static size_t read_interface(const QuestionWords *words, size_t at, QuestionEntity *entity)
{
    Str folded = words->items[at].folded;
    entity->kind = ENTITY_INTERFACE;
    if (has_interface_prefix(folded, interface_names) ||
        has_interface_prefix(folded, interface_short))
        return 1;
    if (at + 1 == words->count || str_equal(folded, STR("vlan")) ||
        !is_one_of(folded, interface_names) || !is_port_path(words->items[at + 1].folded))
        return 0;
    const Str *next = &words->items[at + 1].text;
    if (next->data - entity->text.data > MAX_NAME_BYTES)
        return 0;
    entity->text.size = (size_t)(next->data + next->size - entity->text.data);
    return 2;
}

typedef struct {
    const char *word;
    EntityKind kind;
    int64_t max;
} NumberedWord;

static const NumberedWord numbered_words[] = {
    {"vlan", ENTITY_VLAN, 4094},        {"vlans", ENTITY_VLAN, 4094},
    {"as", ENTITY_AS, UINT32_MAX},      {"asn", ENTITY_AS, UINT32_MAX},
    {"area", ENTITY_AREA, UINT32_MAX},  {"port", ENTITY_PORT, UINT16_MAX},
    {"porta", ENTITY_PORT, UINT16_MAX}, {"porto", ENTITY_PORT, UINT16_MAX},
    {"tcp", ENTITY_PORT, UINT16_MAX},   {"udp", ENTITY_PORT, UINT16_MAX},
    {"line", ENTITY_LINE, INT32_MAX},   {"lines", ENTITY_LINE, INT32_MAX},
    {"linha", ENTITY_LINE, INT32_MAX},  {"linhas", ENTITY_LINE, INT32_MAX},
    {"page", ENTITY_PAGE, INT32_MAX},   {"pagina", ENTITY_PAGE, INT32_MAX},
};

/* "20-30", or the "30" of "20 to 30". Returns how many words it takes beyond the first. */
static size_t read_range(const QuestionWords *words, size_t at, QuestionEntity *entity)
{
    Str number = words->items[at].folded;
    size_t dash = str_find_byte(number, '-');
    if (dash != STR_NOT_FOUND) {
        return is_number(str_slice(number, 0, dash), &entity->number) &&
                       is_number(str_from(number, dash + 1), &entity->last)
                   ? 1
                   : 0;
    }
    if (!is_number(number, &entity->number))
        return 0;
    entity->last = entity->number;
    static const char *const joins[] = {"to", "a", "ate", "through", NULL};
    bool joined = at + 2 < words->count && is_one_of(words->items[at + 1].folded, joins);
    return joined && is_number(words->items[at + 2].folded, &entity->last) ? 3 : 1;
}

/* A word and the number after it, or written together: VLAN 40, AS65010, lines 20-30. */
static size_t read_numbered(const QuestionWords *words, size_t at, QuestionEntity *entity)
{
    Str folded = words->items[at].folded;
    for (size_t i = 0; i < sizeof(numbered_words) / sizeof(numbered_words[0]); i++) {
        const NumberedWord *row = &numbered_words[i];
        Str word = str_of(row->word);
        size_t taken = 0;
        if (str_equal(folded, word) && at + 1 < words->count) {
            taken = read_range(words, at + 1, entity);
            entity->text = words->items[at + 1].text;
        } else if (row->kind != ENTITY_LINE && str_starts_with(folded, word)) {
            taken = is_number(str_from(folded, word.size), &entity->number) ? 1 : 0;
            entity->last = entity->number;
            entity->text = str_from(words->items[at].text, word.size);
        }
        if (taken && entity->number <= row->max && entity->last >= entity->number) {
            entity->kind = row->kind;
            return str_equal(folded, word) ? taken + 1 : 1;
        }
    }
    return 0;
}

/* Letters with a digit, a dash or an underscore between them, or capitals alone. */
static bool read_name(const QuestionWord *word, QuestionEntity *entity)
{
    size_t upper = 0;
    size_t letters = 0;
    size_t marks = 0;
    for (size_t i = 0; i < word->text.size; i++) {
        char c = word->text.data[i];
        upper += ascii_is_upper(c);
        letters += ascii_is_letter(c);
        marks += ascii_is_digit(c) || c == '-' || c == '_';
    }
    entity->kind = ENTITY_NAME;
    return word->text.size <= MAX_NAME_BYTES && letters > 0 &&
           (marks > 0 || (upper == letters && letters >= 3));
}

size_t question_read_entity(const QuestionWords *words, size_t at, QuestionEntity *out_entity)
{
    const QuestionWord *word = &words->items[at];
    *out_entity = (QuestionEntity){.text = word->text};
    if (read_address(word->text, out_entity) || read_time(word->folded, out_entity) ||
        read_file(word->folded, out_entity) || read_code(word->text, out_entity))
        return 1;
    size_t taken = read_numbered(words, at, out_entity);
    if (taken)
        return taken;
    *out_entity = (QuestionEntity){.text = word->text};
    taken = read_interface(words, at, out_entity);
    if (taken)
        return taken;
    *out_entity = (QuestionEntity){.text = word->text};
    return read_name(word, out_entity) ? 1 : 0;
}
