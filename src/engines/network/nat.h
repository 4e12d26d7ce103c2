/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network address translation: the rules, and the pools that they take addresses from. Conditions
 * and translations are texts as they are written, with the names of interfaces in full.
 */
#pragma once

#include "base/ip.h"
#include "base/vec.h"
#include "engines/network/sourced.h"

/* A rule. On Junos, what a rule set says for all its rules ("from zone trust") is an entry of its
 * own, without a rule and a translation. */
typedef struct {
    Str kind;      /* what is translated, as the system says it: "inside source", "outside source",
                      "inside destination"; "source", "destination", "static"; "services" */
    Str set, rule; /* Junos: their names; of "services nat", those of the rule and of its term */
    Str interface; /* EOS: canonical name of the interface that the rule is part of */
    Str vrf;
    bool overload;       /* many addresses share one, and are told apart by their ports */
    SourcedVec match;    /* "list 10", "static tcp 10.0.0.1 80", "source-address 10.0.0.0/8" */
    Sourced translation; /* "pool P", "interface GigabitEthernet0/1", "192.0.2.1 8080" */
    SourcedVec options;  /* other words of the rule: "no-alias", "redundancy 1" */
    uint32_t line, last_line;
} NatRule;

typedef struct {
    Str name;
    Str kind;               /* Junos: "source", "destination" or "services", which have pools of
                               their own */
    SourcedVec addresses;   /* "192.0.2.0/24", "192.0.2.1-192.0.2.9" */
    uint32_t prefix_length; /* 0: not stated */
    bool rotary;            /* the addresses are taken in turn, to share a load */
    SourcedVec options;
    uint32_t line, last_line;
} NatPool;
