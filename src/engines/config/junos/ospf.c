/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/junos/junos.h"

static bool is_known(Str word)
{
    static const char *const known[] = {"reference-bandwidth",
                                        "traffic-engineering",
                                        "graceful-restart",
                                        "overload",
                                        "external-preference",
                                        "preference",
                                        "import",
                                        "spf-options",
                                        "prefix-export-limit",
                                        "traceoptions",
                                        "no-rfc-1583",
                                        "rib-group",
                                        "rib-groups",
                                        "topology",
                                        "domain-id",
                                        "domain-vpn-tag",
                                        "lsa-refresh-interval",
                                        "no-nssa-abr",
                                        "backup-spf-options",
                                        "database-protection",
                                        "sham-link",
                                        "source-packet-routing",
                                        "forwarding-address-to-broadcast",
                                        "apply-groups",
                                        "apply-groups-except"};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (str_equal(word, str_of(known[i])))
            return true;
    }
    return false;
}

static JunosOutcome number(Str text, uint32_t *out_value)
{
    return str_parse_u32(text, out_value) ? JUNOS_PARSED : JUNOS_UNKNOWN;
}

static JunosOutcome apply_option(InterfaceOspf *ospf, const JunosStatement *s, size_t at)
{
    static const char *const known[] = {"bfd-liveness-detection",
                                        "link-protection",
                                        "node-link-protection",
                                        "te-metric",
                                        "retransmit-interval",
                                        "transit-delay",
                                        "ldp-synchronization",
                                        "topology",
                                        "secondary",
                                        "neighbor",
                                        "poll-interval",
                                        "flood-reduction",
                                        "demand-circuit",
                                        "own-router-lsa",
                                        "dynamic-neighbors",
                                        "strict-bfd",
                                        "no-interface-state-traps",
                                        "no-neighbor-down-notification",
                                        "no-eligible-backup",
                                        "post-convergence-lfa"};
    if (junos_is(s, at, "metric"))
        return number(junos_word(s, at + 1), &ospf->cost);
    if (junos_is(s, at, "hello-interval"))
        return number(junos_word(s, at + 1), &ospf->hello_s);
    if (junos_is(s, at, "dead-interval"))
        return number(junos_word(s, at + 1), &ospf->dead_s);
    if (junos_is(s, at, "priority"))
        return number(junos_word(s, at + 1), &ospf->priority);
    if (junos_is(s, at, "passive")) {
        ospf->passive = ospf->passive_set = true;
        return JUNOS_PARSED;
    }
    if (junos_is(s, at, "disable")) {
        ospf->enabled = ospf->has_area = false;
        ospf->disabled = true;
        return JUNOS_PARSED;
    }
    if (junos_is(s, at, "interface-type")) {
        ospf->network_type = junos_is(s, at + 1, "p2p")    ? STR("point-to-point")
                             : junos_is(s, at + 1, "p2mp") ? STR("point-to-multipoint")
                             : junos_is(s, at + 1, "nbma") ? STR("non-broadcast")
                                                           : junos_word(s, at + 1);
        return JUNOS_PARSED;
    }
    if (junos_is(s, at, "authentication") || junos_is(s, at, "ipsec-sa")) {
        ospf->authentication = junos_is(s, at + 1, "simple-password") ? STR("simple")
                               : junos_is(s, at + 1, "md5")           ? STR("md5")
                                                                      : STR("key configured");
        return JUNOS_PARSED;
    }
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (junos_is(s, at, known[i]))
            return JUNOS_KNOWN;
    }
    return JUNOS_UNKNOWN;
}

/* Stores "interface all" as a network statement that every address matches. */
static JunosOutcome apply_all(Builder *builder, size_t process, uint32_t area,
                              const JunosStatement *s)
{
    OspfProcess *ospf = &builder->device->ospf.items[process];
    for (size_t i = 0; i < ospf->networks.count && i < 64; i++) {
        if (ospf->networks.items[i].area == area)
            return JUNOS_PARSED;
    }
    *VEC_PUSH(builder->arena, &ospf->networks) = (OspfNetwork){
        .address = ip_v4(0), .wildcard = ip_v4(UINT32_MAX), .area = area, .line = s->line};
    return JUNOS_PARSED;
}

static JunosOutcome apply_interface(Builder *builder, size_t process, uint32_t area,
                                    const JunosStatement *s, size_t at)
{
    OspfProcess *target = &builder->device->ospf.items[process];
    Str name = junos_word(s, at);
    if (name.size == 0)
        return JUNOS_UNKNOWN;
    if (str_equal(name, STR("all")))
        return at + 1 >= s->count && target->version == 2 ? apply_all(builder, process, area, s)
                                                          : JUNOS_UNKNOWN;
    /* A port without a unit stands for its unit 0. */
    if (str_find_byte(name, '.') == STR_NOT_FOUND)
        name = arena_printf(builder->arena, "%.*s.0", STR_ARGS(name));
    size_t index = build_interface(builder, name, s->line);
    InterfaceOspf *ospf = &builder->device->interfaces.items[index].ospf[target->version == 3];
    if (!ospf->enabled && !ospf->disabled) {
        ospf->enabled = ospf->has_area = true;
        ospf->area = area;
        ospf->process = target->id;
        ospf->line = s->line;
        ospf->passive_set = true;
    }
    return at + 1 < s->count ? apply_option(ospf, s, at + 1) : JUNOS_PARSED;
}

static OspfArea *area_of(Builder *builder, size_t process, uint32_t id, uint32_t line)
{
    OspfProcess *ospf = &builder->device->ospf.items[process];
    for (size_t i = 0; i < ospf->areas.count && i < 64; i++) {
        if (ospf->areas.items[i].id == id)
            return &ospf->areas.items[i];
    }
    OspfArea *area = VEC_PUSH(builder->arena, &ospf->areas);
    *area = (OspfArea){.id = id, .line = line};
    return area;
}

static JunosOutcome apply_area(Builder *builder, size_t process, const JunosStatement *s, size_t at)
{
    uint32_t id = 0;
    if (!build_parse_area(junos_word(s, at), &id))
        return JUNOS_UNKNOWN;
    at++;
    if (junos_is(s, at, "interface"))
        return apply_interface(builder, process, id, s, at + 1);
    OspfArea *area = area_of(builder, process, id, s->line);
    bool stub = junos_is(s, at, "stub");
    if (stub || junos_is(s, at, "nssa")) {
        area->kind = stub ? OSPF_AREA_STUB : OSPF_AREA_NSSA;
        area->totally |= junos_is(s, at + 1, "no-summaries");
        return JUNOS_PARSED;
    }
    if (junos_is(s, at, "authentication-type")) {
        area->authentication = junos_word(s, at + 1);
        return JUNOS_PARSED;
    }
    bool known = junos_is(s, at, "area-range") || junos_is(s, at, "virtual-link") ||
                 junos_is(s, at, "no-context-identifier-advertisement") ||
                 junos_is(s, at, "label-switched-path") || at >= s->count;
    return known ? JUNOS_KNOWN : JUNOS_UNKNOWN;
}

JunosOutcome junos_ospf(Builder *builder, const JunosStatement *s, size_t at, Str vrf,
                        uint8_t version)
{
    size_t process = build_ospf(builder, STR("default"), version, vrf, s->line);
    OspfProcess *ospf = &builder->device->ospf.items[process];
    ospf->last_line = MAX_OF(ospf->last_line, s->line);
    if (junos_is(s, at, "area"))
        return apply_area(builder, process, s, at + 1);
    if (junos_is(s, at, "export")) {
        build_sourced(builder, &ospf->redistribute, junos_word(s, at + 1), s->line);
        return JUNOS_PARSED;
    }
    if (junos_is(s, at, "disable")) {
        ospf->shutdown = true;
        return JUNOS_PARSED;
    }
    return at >= s->count || is_known(junos_word(s, at)) ? JUNOS_KNOWN : JUNOS_UNKNOWN;
}
