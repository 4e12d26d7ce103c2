/* SPDX-License-Identifier: Apache-2.0 */
/* What single statements of Junos say besides the model. The words are the whole path. */
#include "engines/config/junos/junos.h"

#define DEFINES(pattern, kind)                                                                     \
    {                                                                                              \
        "", pattern, NOTE_DEFINES, STRUCTURE_##kind                                                \
    }
#define REFERS(pattern, kind)                                                                      \
    {                                                                                              \
        "", pattern, NOTE_REFERS, STRUCTURE_##kind                                                 \
    }
#define SAYS(pattern, kind)                                                                        \
    {                                                                                              \
        "", pattern, NOTE_SAYS, PRACTICE_##kind                                                    \
    }

const NoteRule junos_notes[] = {
    DEFINES("policy-options community @", COMMUNITY_LIST),
    DEFINES("policy-options as-path @", AS_PATH_LIST),
    DEFINES("policy-options as-path-group @", AS_PATH_LIST),
    DEFINES("firewall policer @", POLICER),
    DEFINES("firewall three-color-policer @", POLICER),
    DEFINES("security|services nat source|destination pool @", NAT_POOL),
    DEFINES("services nat pool @", NAT_POOL),
    DEFINES("security zones security-zone @", ZONE),

    REFERS("interfaces ... family inet filter input|output|input-list|output-list @", ACL),
    REFERS("interfaces ... family inet6 filter input|output|input-list|output-list @", ACL6),
    REFERS("protocols bgp ... import|export @@", ROUTE_MAP),
    REFERS("protocols ospf|ospf3 import|export @@", ROUTE_MAP),
    REFERS("protocols isis export @@", ROUTE_MAP),
    REFERS("routing-instances * protocols bgp ... import|export @@", ROUTE_MAP),
    REFERS("routing-instances * vrf-import|vrf-export @@", ROUTE_MAP),
    REFERS("routing-options forwarding-table export @@", ROUTE_MAP),
    REFERS("switch-options vrf-import|vrf-export @@", ROUTE_MAP),
    REFERS("routing-instances * protocols evpn ip-prefix-routes import|export @@", ROUTE_MAP),
    REFERS("policy-options policy-statement * ... from prefix-list @", PREFIX_LIST),
    REFERS("policy-options policy-statement * ... from prefix-list-filter @", PREFIX_LIST),
    REFERS("policy-options policy-statement * ... from community @@", COMMUNITY_LIST),
    REFERS("policy-options policy-statement * ... from as-path @@", AS_PATH_LIST),
    REFERS("policy-options policy-statement * ... from as-path-group @@", AS_PATH_LIST),
    REFERS("policy-options policy-statement * ... from policy @@", ROUTE_MAP),
    REFERS("policy-options policy-statement * ... then community add|set|delete|+|-|= @",
           COMMUNITY_LIST),
    REFERS("firewall ... from source-prefix-list|destination-prefix-list|prefix-list @",
           PREFIX_LIST),
    REFERS("firewall ... then policer @", POLICER),
    REFERS("security|services nat source rule-set * rule * then source-nat pool @", NAT_POOL),
    REFERS("security|services nat destination rule-set * rule * then destination-nat pool @",
           NAT_POOL),
    REFERS("services nat rule * term * then translated source-pool|destination-pool @", NAT_POOL),
    REFERS("services nat rule * term * then translated overload-pool|dns-alg-pool @", NAT_POOL),
    REFERS("services nat rule * term * from source-prefix-list|destination-prefix-list @",
           PREFIX_LIST),

    REFERS("security nat * rule-set * from|to zone @@", ZONE),
    REFERS("security address-book * attach zone @", ZONE),
    REFERS("security policies from-zone !any|junos-host @", ZONE),
    REFERS("security policies from-zone * to-zone !any|junos-host @", ZONE),
    REFERS("security policies global policy * match from-zone|to-zone !any|junos-host @@", ZONE),

    SAYS("system services telnet", TELNET),
    SAYS("system services web-management http", HTTP),
    SAYS("system services ssh protocol-version v1", SSH_VERSION_1),
    SAYS("snmp community *", SNMP_COMMUNITY),
    SAYS("snmp community * clients *", SNMP_FILTER),
    SAYS("snmp community * client-list-name *", SNMP_FILTER),
    SAYS("system authentication-order radius|tacplus", AAA),
    SAYS("system radius-server *", AAA),
    SAYS("system tacplus-server *", AAA),
    SAYS("system ntp server|peer *", TIME),
    SAYS("system syslog host *", LOG),
    {0},
};
