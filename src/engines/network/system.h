/* SPDX-License-Identifier: Apache-2.0 */
/* The network operating systems, and how one of them was recognised in a file. */
#pragma once

#include "base/str.h"
#include "engines/network/interface.h"

typedef enum { ROLE_BY_INTERFACES, ROLE_FIREWALL, ROLE_SWITCH } SystemRole;

/* Interface names that start so, up to a digit, a dot or the end, are of this kind. A start that
 * ends in a dash needs no digit after it. */
typedef struct {
    const char *start;
    InterfaceKind kind;
} InterfaceStart;

/* What the model and the topology need to know of a system. Each one has a constant of its own
 * (engines/config/dialect.h); systems are compared by address. */
typedef struct {
    const char *id;     /* "cisco_ios", as in JSON */
    const char *name;   /* "Cisco IOS" */
    const char *vendor; /* "cisco" */
    bool parsed;        /* config_read can parse it */
    SystemRole role;
    bool vlan_interfaces_switch; /* a device with VLAN interfaces is a switch */
    bool is_part_of_host; /* it routes on a host whose logins, time and logs are set elsewhere */
    bool filters_name_prefix_lists; /* and not object groups */
    bool vnis_need_no_vlan;         /* a bridge domain may have a VNI and no VLAN */
    bool mtu_counts_header;         /* an interface's MTU includes the Ethernet header */
    const char *port_channel;       /* how it writes "Port-channel"; NULL: like that */
    /* Interface names that start like this are used as written; "": all; NULL: none. */
    const char *verbatim_names;
    /* Kinds of interfaces that only this system has, or NULL. */
    const InterfaceStart *interface_starts;
    size_t interface_start_count;
} System;

/* The system of a text that is no known configuration. */
extern const System system_unknown;

typedef struct {
    const System *system;
    Str stored_id;  /* of a device that was read from JSON: the id of its system */
    uint32_t line;  /* line of the decisive signature */
    Str evidence;   /* that line, at most 120 bytes of it */
    Str reason;     /* "says \"feature bgp\", which only NX-OS has" */
    uint32_t signs; /* lines that point to this system */
} VendorMatch;
