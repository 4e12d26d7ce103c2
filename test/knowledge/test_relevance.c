/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the starter knowledge is about a question: what FAR_DISTANCE in search.c was measured by.
 */
#include "fixture.h"

#include <stdlib.h>

static const char *const related[] = {
    "Why does my OSPF neighbor stay in EXSTART?",
    "What does the OSPF state INIT mean?",
    "How does BGP choose the best path?",
    "BGP session flapping with hold timer expired",
    "Difference between root bridge and designated port in spanning tree",
    "native VLAN mismatch on a trunk",
    "LACP bundle member is suspended",
    "What is a shadowed access list entry?",
    "wildcard mask in an access list",
    "How do I configure port forwarding with NAT?",
    "path MTU discovery black hole",
    "DNS lookups are slow, SERVFAIL answers",
    "duplicate acknowledgements and fast retransmit",
    "How can I see packet loss in a capture?",
    "zero window in TCP",
    "clients do not get an address from DHCP",
    "HSRP and VRRP active router election",
    "traceroute shows asterisks",
    "duplicate address detection in IPv6",
    "How do I show the interfaces on Junos?",
    "commit confirmed rollback",
    "What does %LINEPROTO-5-UPDOWN mean?",
    "queue drops under QoS policing and shaping",
    "Por que o vizinho OSPF n\\u00e3o sobe?",
    "EOS command to see port channels",
    "como configurar VLAN em um trunk",
};

static const char *const unrelated[] = {
    "How long do I boil an egg?",
    "best recipe for chocolate cake",
    "Who won the football world cup in 1998?",
    "symptoms of the flu in children",
    "How do I tie a necktie?",
    "cheap flights to Lisbon in summer",
    "What is the capital of Mongolia?",
    "plot summary of a romantic comedy film",
    "How do I train a puppy to sit?",
    "tax deductions for home owners",
    "guitar chords for beginners",
    "When should tomatoes be planted in the garden?",
    "history of the Roman Empire",
    "yoga poses for back pain",
    "meaning of dreams about water",
    "receita de bolo de cenoura",
    "quem descobriu o Brasil",
    "average salary of a nurse",
    "how to remove red wine stains from a carpet",
    "books similar to war and peace",
    "photosynthesis in green leaves",
    "mortgage interest rates next year",
    "exercises to lose weight",
    "poem about autumn leaves",
};

static Str smallest_distance(Arena *arena, const TestAnswer *answer)
{
    double least = 9;
    const JsonValue *results = json_get(answer->json, "results");
    for (size_t i = 0; i < results->count; i++) {
        const JsonValue *distance = json_get(&results->items[i], "distance");
        if (distance)
            least = MIN_OF(least, distance->real);
    }
    return arena_printf(arena, "%.3f", least);
}

static size_t count_relevant(const char *const *questions, size_t count, bool wanted)
{
    size_t right = 0;
    for (size_t i = 0; i < count; i++) {
        auto_arena Arena *arena = arena_new();
        TestAnswer answer = search_for(
            arena, ana, arena_printf(arena, "\"limit\":50,\"query\":\"%s\"", questions[i]).data);
        bool relevant = is_relevant(&answer);
        Str distance = smallest_distance(arena, &answer);
        Str first = result_name(&answer, 0);
        if (relevant != wanted || getenv("NETGURU_TEST_LOG"))
            print_message("%s %.*s %s: %.*s\n", relevant == wanted ? "    " : "!!! ",
                          STR_ARGS(distance), questions[i], STR_ARGS(first));
        right += relevant == wanted;
    }
    return right;
}

static void client(void *argument)
{
    size_t *right = argument;
    right[0] = count_relevant(related, COUNT_OF(related), true);
    right[1] = count_relevant(unrelated, COUNT_OF(unrelated), false);
}

/* Embedding takes some twenty times as long with sanitizers. */
#if defined(__has_feature)
#define SANITIZED __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

static void what_the_corpus_does_not_hold_is_said_so(void **state)
{
    (void)state;
    size_t right[2];
    if (SANITIZED) {
        print_message("too long with sanitizers: skipped\n");
        skip();
    }
    ingest_starter();
    test_server_run(server, client, right);
    assert_int_equal(right[0], COUNT_OF(related));
    assert_int_equal(right[1], COUNT_OF(unrelated));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_corpus_does_not_hold_is_said_so),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}
