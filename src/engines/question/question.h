/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes a question apart by rules: its language, the things it names (devices, addresses, files,
 * VLANs, times), the topics it is about and what it wants to know. English and Portuguese; accents
 * and case do not matter. The tables of words are in lexicon.c.
 *
 *     Question question;
 *     question_parse(arena, STR("Porque é que o lis-edge2 não vê o vizinho OSPF?"), &question);
 *     … question.language is QUESTION_PORTUGUESE, the first entity is "lis-edge2" …
 *
 * All strings are views of the text or live in the arena. See excerpt.h for the lines of a text
 * that answer a question.
 */
#pragma once

#include "base/arena.h"
#include "base/ip.h"

enum {
    QUESTION_MAX_BYTES = 8192, /* the rest of a longer text is not read */
    QUESTION_MAX_WORDS = 400,
    QUESTION_MAX_ENTITIES = 24,
    QUESTION_MAX_TERMS = 64,
    QUESTION_MAX_SEARCH_BYTES = 2000,
};

typedef enum { QUESTION_ENGLISH, QUESTION_PORTUGUESE } QuestionLanguage;

typedef enum {
    ENTITY_NAME, /* shaped like a name of the network: lis-edge2, EDGE-IN, W-1180 */
    ENTITY_ADDRESS,
    ENTITY_PREFIX, /* an address with a length below that of a host */
    ENTITY_INTERFACE,
    ENTITY_FILE, /* ends with a known extension */
    ENTITY_CODE, /* of a syslog message: OSPF-5-ADJCHG, with or without % */
    ENTITY_VLAN,
    ENTITY_AS,
    ENTITY_AREA, /* of OSPF, by its number */
    ENTITY_PORT,
    ENTITY_LINE, /* a line number, or the first and the last of a range */
    ENTITY_PAGE,
    ENTITY_TIME, /* 10:41 or 10:41:07 */
} EntityKind;

typedef struct {
    EntityKind kind;
    Str text;        /* as written; of VLAN 40 the number alone */
    IpPrefix prefix; /* of an address or a prefix */
    int64_t number;  /* of a VLAN, an AS, an area, a port, a line or a page */
    int64_t last;    /* of a range of lines; else equal to number */
} QuestionEntity;

typedef enum {
    TOPIC_OSPF,
    TOPIC_BGP,
    TOPIC_STP,
    TOPIC_VLAN,
    TOPIC_MTU,
    TOPIC_ACL,
    TOPIC_NAT,
    TOPIC_ROUTE,
    TOPIC_INTERFACE,
    TOPIC_NEIGHBOR,
    TOPIC_DNS,
    TOPIC_DHCP,
    TOPIC_TCP,
    TOPIC_LOSS,
    TOPIC_REORDER,
    TOPIC_DELAY,
    TOPIC_ICMP,
    TOPIC_LAG,
    TOPIC_GATEWAY, /* VRRP, HSRP */
    TOPIC_QOS,
    TOPIC_LOGIN, /* AAA, SSH, TACACS */
    TOPIC_SNMP,
    TOPIC_NTP,
    TOPIC_SYSLOG,
    TOPIC_MAIL,
    TOPIC_CAPTURE,
    TOPIC_TIMER,
    TOPIC_IPV6,
    TOPIC_LINK, /* circuits, links between devices */
    TOPIC_COUNT,
} QuestionTopic;

typedef enum {
    INTENT_WHY,     /* why does it not work */
    INTENT_DEFINE,  /* what is, what does it mean */
    INTENT_WHERE,   /* where, which lines */
    INTENT_HOW,     /* how do I, procedure */
    INTENT_LIST,    /* which, list, how many */
    INTENT_WHEN,    /* when, what happened at */
    INTENT_COMPARE, /* difference between */
    INTENT_PATH,    /* from one to another, reach */
    INTENT_ALLOWED, /* permitted, blocked */
    INTENT_PROBLEM, /* what is wrong */
    INTENT_COUNT,
} QuestionIntent;

typedef struct {
    Str text;        /* folded: lower case without accents, in the singular */
    bool is_synonym; /* from the lexicon, not from the question */
    bool is_topic;   /* a word of one of the question's topics */
    uint16_t group;  /* shared by a phrase of the question and its synonyms */
} QuestionTerm;

typedef struct {
    QuestionLanguage language;
    Str folded;       /* the text, in lower case and without accents */
    uint32_t topics;  /* bits by QuestionTopic */
    uint32_t intents; /* bits by QuestionIntent */
    QuestionEntity entities[QUESTION_MAX_ENTITIES];
    size_t entity_count;
    QuestionTerm terms[QUESTION_MAX_TERMS]; /* words that carry meaning, and their synonyms */
    size_t term_count;
    Str search_text; /* the question, with English for Portuguese terms; for a search */
} Question;

static inline bool question_is_about(const Question *question, QuestionTopic topic)
{
    return question->topics >> topic & 1;
}

static inline bool question_wants(const Question *question, QuestionIntent intent)
{
    return question->intents >> intent & 1;
}

/* Takes the text apart. Any bytes are accepted; the result is never larger than its limits. */
void question_parse(Arena *arena, Str text, Question *out_question);

/* Returns whether the question names this, as a whole word and whatever the case. */
bool question_names(const Question *question, Str name);
/* Returns the first entity of the kind, or NULL. */
const QuestionEntity *question_entity(const Question *question, EntityKind kind);
/* Returns the name of a topic in lower case, such as "ospf". */
const char *question_topic_name(QuestionTopic topic);
