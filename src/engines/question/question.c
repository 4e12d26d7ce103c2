/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/question/question.h"

#include "base/ascii.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "engines/question/internal.h"

typedef struct {
    Arena *arena;
    Question *question;
    const QuestionWords *words;
    uint16_t group; /* of the phrase that is read */
    int english;    /* what speaks for each language */
    int portuguese;
} Parser;

static const char *const topic_names[TOPIC_COUNT] = {
    "ospf",      "bgp",      "stp",     "vlan", "mtu",   "acl",  "nat",     "route",
    "interface", "neighbor", "dns",     "dhcp", "tcp",   "loss", "reorder", "delay",
    "icmp",      "lag",      "gateway", "qos",  "login", "snmp", "ntp",     "syslog",
    "mail",      "capture",  "timer",   "ipv6", "link"};

const char *question_topic_name(QuestionTopic topic)
{
    return topic < TOPIC_COUNT ? topic_names[topic] : "";
}

const QuestionEntity *question_entity(const Question *question, EntityKind kind)
{
    for (size_t i = 0; i < question->entity_count; i++)
        if (question->entities[i].kind == kind)
            return &question->entities[i];
    return NULL;
}

static bool is_word_byte(char c)
{
    return ascii_is_letter_or_digit(c) || c == '_' || (unsigned char)c >= 0x80;
}

bool question_names(const Question *question, Str name)
{
    char folded[256];
    if (name.size == 0 || name.size > sizeof(folded))
        return false;
    for (size_t i = 0; i < name.size; i++)
        folded[i] = ascii_to_lower(name.data[i]);
    Str wanted = str_make(folded, name.size);
    for (size_t at = 0; at < question->folded.size;) {
        size_t found = str_find(str_from(question->folded, at), wanted);
        if (found == STR_NOT_FOUND)
            return false;
        size_t start = at + found;
        size_t end = start + name.size;
        Str text = question->folded;
        bool begins =
            start == 0 || (!is_word_byte(text.data[start - 1]) && text.data[start - 1] != '-');
        /* A dot may end the sentence or begin the domain; a dash goes on with the name. */
        bool ends = end == text.size || (!is_word_byte(text.data[end]) && text.data[end] != '-');
        if (begins && ends)
            return true;
        at = start + 1;
    }
    return false;
}

/* Adds a term, unless the question has it already. */
static void add_term(Parser *parser, Str text, bool is_synonym, bool is_topic)
{
    Question *question = parser->question;
    text = question_singular(text);
    for (size_t i = 0; i < question->term_count; i++) {
        if (!str_equal(question->terms[i].text, text))
            continue;
        question->terms[i].is_synonym &= is_synonym;
        question->terms[i].is_topic |= is_topic;
        return;
    }
    if (text.size >= 2 && question->term_count < QUESTION_MAX_TERMS)
        question->terms[question->term_count++] =
            (QuestionTerm){text, is_synonym, is_topic, parser->group};
}

/* Whether a word of the text is that of the lexicon, which may end with *. */
static bool matches_word(Str word, Str wanted)
{
    if (str_ends_with(wanted, STR("*")))
        return str_starts_with(word, str_slice(wanted, 0, wanted.size - 1));
    return str_equal(word, wanted);
}

/* Returns how many words the phrase takes at this place, or 0. */
static size_t matches_phrase(const QuestionWords *words, size_t at, Str phrase)
{
    Str wanted;
    size_t count = 0;
    while (str_next_word(&phrase, &wanted)) {
        if (at + count >= words->count || !matches_word(words->items[at + count].folded, wanted))
            return 0;
        count++;
    }
    return count;
}

/* Applies the longest phrase of the lexicon at this place. Returns the words it takes, or 0. */
static size_t apply_lexicon(Parser *parser, size_t at)
{
    Str english;
    size_t longest = 0;
    const LexiconRow *best = NULL;
    for (size_t i = 0; i < question_lexicon_count; i++) {
        size_t taken = matches_phrase(parser->words, at, str_of(question_lexicon[i].phrase));
        if (taken > longest) {
            longest = taken;
            best = &question_lexicon[i];
        }
    }
    if (!best)
        return 0;
    parser->question->topics |= best->topics;
    parser->question->intents |= best->intents;
    parser->english += best->portuguese < 0;
    parser->portuguese += best->portuguese > 0;
    bool is_place = best->english && best->english[0] == '\0';
    for (size_t i = 0; i < longest; i++) {
        bool is_english;
        bool is_portuguese;
        Str word = parser->words->items[at + i].folded;
        if (!question_is_stop_word(word, &is_english, &is_portuguese) && !best->intents &&
            !is_place)
            add_term(parser, word, false, best->topics != 0);
    }
    for (Str rest = str_of(best->english); str_next_word(&rest, &english);)
        add_term(parser, english, best->portuguese <= 0 && best->topics == 0, best->topics != 0);
    return longest;
}

/* Letters with an accent, which English words do not have. */
static bool has_accent(const QuestionWord *word)
{
    return word->folded.size < word->text.size;
}

static void add_word(Parser *parser, const QuestionWord *word)
{
    bool is_english;
    bool is_portuguese;
    parser->portuguese += 2 * has_accent(word);
    if (question_is_stop_word(word->folded, &is_english, &is_portuguese)) {
        parser->english += 2 * (is_english && !is_portuguese);
        parser->portuguese += 2 * (is_portuguese && !is_english);
    } else {
        add_term(parser, word->folded, false, false);
    }
}

static bool has_entity(const Question *question, const QuestionEntity *entity)
{
    for (size_t i = 0; i < question->entity_count; i++) {
        if (question->entities[i].kind == entity->kind &&
            str_equal_ignore_case(question->entities[i].text, entity->text))
            return true;
    }
    return false;
}

/* The topics that an entity stands for by itself. */
static uint32_t entity_topics(EntityKind kind)
{
    switch (kind) {
    case ENTITY_VLAN:
        return UINT32_C(1) << TOPIC_VLAN;
    case ENTITY_INTERFACE:
        return UINT32_C(1) << TOPIC_INTERFACE;
    case ENTITY_AS:
        return UINT32_C(1) << TOPIC_BGP;
    default:
        return 0;
    }
}

static void add_entity(Question *question, const QuestionEntity *entity)
{
    if (question->entity_count == QUESTION_MAX_ENTITIES || has_entity(question, entity))
        return;
    question->entities[question->entity_count++] = *entity;
    question->topics |= entity_topics(entity->kind);
}

/* "VLANs 10, 20 and 30": the numbers after the first are VLANs as well. */
static size_t add_more_numbers(Parser *parser, size_t at, QuestionEntity entity)
{
    size_t start = at;
    const QuestionWords *words = parser->words;
    while (at < words->count && entity.kind == ENTITY_VLAN) {
        Str word = words->items[at].folded;
        bool joins = str_equal(word, STR("and")) || str_equal(word, STR("e")) ||
                     str_equal(word, STR("or")) || str_equal(word, STR("ou"));
        size_t number = joins ? at + 1 : at;
        if (number >= words->count || !str_parse_i64(words->items[number].folded, &entity.number) ||
            entity.number < 1 || entity.number > 4094)
            break;
        entity.text = words->items[number].text;
        entity.last = entity.number;
        add_entity(parser->question, &entity);
        at = number + 1;
    }
    return at - start;
}

static void read_words(Parser *parser)
{
    QuestionEntity entity;
    const QuestionWords *words = parser->words;
    for (size_t at = 0; at < words->count;) {
        parser->group++;
        size_t lexical = apply_lexicon(parser, at);
        size_t taken = question_read_entity(words, at, &entity);
        bool is_entity = taken && !(lexical && entity.kind == ENTITY_NAME);
        if (is_entity) {
            add_entity(parser->question, &entity);
            taken += add_more_numbers(parser, at + taken, entity);
        }
        if (!is_entity && !lexical)
            add_word(parser, &words->items[at]);
        for (size_t i = 0; i < lexical; i++)
            parser->portuguese += 2 * has_accent(&words->items[at + i]);
        at += is_entity ? MAX_OF(taken, lexical) : MAX_OF(lexical, 1);
    }
}

/* Cuts at the end of a word, so that no character is cut. */
static Str limit_words(Str text, size_t limit)
{
    if (text.size <= limit)
        return text;
    size_t end = limit;
    while (end > 0 && !ascii_is_space(text.data[end]))
        end--;
    while (end == 0 && limit > 0 && ((unsigned char)text.data[limit] & 0xC0) == 0x80)
        limit--;
    return str_slice(text, 0, end ? end : limit);
}

/* An English question is searched for as it stands; of a Portuguese one the terms in English. */
static Str search_text(Parser *parser, Str text)
{
    const Question *question = parser->question;
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, QUESTION_MAX_BYTES * 4);
    if (question->language == QUESTION_ENGLISH)
        return limit_words(text, QUESTION_MAX_SEARCH_BYTES);
    for (size_t i = 0; i < question->entity_count; i++)
        strbuf_printf(&out, "%s%.*s ", question->entities[i].kind == ENTITY_VLAN ? "vlan " : "",
                      STR_ARGS(question->entities[i].text));
    for (size_t i = 0; i < question->term_count; i++)
        strbuf_printf(&out, "%.*s ", STR_ARGS(question->terms[i].text));
    Str found = str_trim(strbuf_str(&out));
    return limit_words(arena_copy(parser->arena, str_empty(found) ? text : found),
                       QUESTION_MAX_SEARCH_BYTES);
}

void question_parse(Arena *arena, Str text, Question *out_question)
{
    text = str_trim(limit_words(text, QUESTION_MAX_BYTES));
    QuestionWords *words = ARENA_NEW(arena, QuestionWords);
    *out_question = (Question){.folded = question_fold(arena, text)};
    question_split(arena, text, words);
    Parser parser = {.arena = arena, .question = out_question, .words = words};
    read_words(&parser);
    out_question->language =
        parser.portuguese > parser.english ? QUESTION_PORTUGUESE : QUESTION_ENGLISH;
    out_question->search_text = search_text(&parser, text);
}
