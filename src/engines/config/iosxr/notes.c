/* SPDX-License-Identifier: Apache-2.0 */
/* What single lines of IOS-XR say besides the model. Policies and groups are noted where they are
 * read: their names may have arguments or brackets around them. */
#include "engines/config/iosxr/iosxr.h"

#define DEFINES(pattern, kind)                                                                     \
    {                                                                                              \
        "", pattern, NOTE_DEFINES, STRUCTURE_##kind                                                \
    }
#define REFERS(block, pattern, kind)                                                               \
    {                                                                                              \
        block, pattern, NOTE_REFERS, STRUCTURE_##kind                                              \
    }
#define SAYS(block, pattern, kind)                                                                 \
    {                                                                                              \
        block, pattern, NOTE_SAYS, PRACTICE_##kind                                                 \
    }

const NoteRule xr_notes[] = {
    DEFINES("as-path-set @", AS_PATH_LIST),
    DEFINES("community-set @", COMMUNITY_LIST),
    DEFINES("large-community-set @", COMMUNITY_LIST),
    DEFINES("extcommunity-set * @", COMMUNITY_LIST),
    DEFINES("class-map match-any|match-all @", CLASS_MAP),
    DEFINES("class-map type * match-any|match-all @", CLASS_MAP),
    DEFINES("policy-map !type @", POLICY_MAP),
    DEFINES("policy-map type * @", POLICY_MAP),
    DEFINES("object-group network ipv4|ipv6 @", OBJECT_GROUP),
    DEFINES("object-group port @", OBJECT_GROUP),
    DEFINES("key chain @", KEY_CHAIN),

    REFERS("", "ipv4 access-group !common @", ACL),
    REFERS("", "ipv4 access-group common @", ACL),
    REFERS("", "ipv6 access-group !common @", ACL6),
    REFERS("", "ipv6 access-group common @", ACL6),
    REFERS("", "service-policy input|output @", POLICY_MAP),
    REFERS("", "service-policy type * input|output @", POLICY_MAP),
    REFERS("policy-map", "service-policy !type|input|output @", POLICY_MAP),
    REFERS("policy-map", "class !type|class-default @", CLASS_MAP),
    REFERS("policy-map", "class type * !class-default @", CLASS_MAP),
    REFERS("class-map", "match access-group ipv4 @", ACL),
    REFERS("class-map", "match access-group ipv6 @", ACL6),
    REFERS("interface", "vrf @", VRF),
    REFERS("router", "vrf !all @", VRF),
    REFERS("router isis", "hello-password|lsp-password keychain @", KEY_CHAIN),
    REFERS("router eigrp", "authentication keychain @", KEY_CHAIN),
    REFERS("router hsrp", "... track object @", TRACKED_OBJECT),
    REFERS("router vrrp", "... track object @", TRACKED_OBJECT),
    REFERS("track", "object @", TRACKED_OBJECT),
    REFERS("line", "access-class ingress|egress @", ACL),
    REFERS("", "ssh server ... ipv4 access-list @", ACL),
    REFERS("", "ssh server ... ipv6 access-list @", ACL6),
    REFERS("", "telnet ... access-list @", ACL),
    REFERS("", "snmp-server community ... ipv4 @", ACL),
    REFERS("", "snmp-server community ... ipv6 @", ACL6),
    REFERS("", "ntp access-group ipv4 * @", ACL),
    REFERS("object-group", "object-group @", OBJECT_GROUP),
    REFERS("ipv4 access-list", "... net-group|port-group @", OBJECT_GROUP),
    REFERS("ipv6 access-list", "... net-group|port-group @", OBJECT_GROUP),

    SAYS("username", "password 0 *", CLEAR_PASSWORD),
    SAYS("username", "password 7 *", WEAK_PASSWORD),
    SAYS("line", "access-class *", VTY_FILTER),
    SAYS("", "telnet vrf * ... server", TELNET),
    SAYS("", "telnet ipv4|ipv6 server", TELNET),
    SAYS("line", "transport input ... telnet", TELNET),
    SAYS("line", "transport input all", TELNET),
    SAYS("", "http server", HTTP),
    SAYS("", "ipv4 source-route", SOURCE_ROUTE),
    SAYS("", "snmp-server community *", SNMP_COMMUNITY),
    SAYS("", "snmp-server community ... ipv4|ipv6 *", SNMP_FILTER),
    SAYS("", "aaa authentication login", AAA),
    SAYS("", "aaa group server", AAA),
    {0},
};
