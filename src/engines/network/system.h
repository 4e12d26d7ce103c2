/* SPDX-License-Identifier: Apache-2.0 */
/* The network operating systems, and how one of them was recognised in a file. */
#pragma once

#include "base/str.h"

typedef enum {
    SYSTEM_UNKNOWN,
    SYSTEM_IOS,
    SYSTEM_IOS_XE,
    SYSTEM_EOS,
    SYSTEM_JUNOS,     /* braces */
    SYSTEM_JUNOS_SET, /* set commands */
    SYSTEM_IOS_XR,
    SYSTEM_NXOS,
    SYSTEM_ASA,
    SYSTEM_FORTIOS,
    SYSTEM_PANOS,
    SYSTEM_HUAWEI_VRP,
    SYSTEM_COMWARE,
    SYSTEM_ROUTEROS,
    SYSTEM_VYOS,
    SYSTEM_SROS,
    SYSTEM_A10,
    SYSTEM_CHECK_POINT,
    SYSTEM_CUMULUS,
    SYSTEM_F5,
    SYSTEM_AOSCX,
    SYSTEM_IRONWARE,
    SYSTEM_COUNT,
} System;

typedef struct {
    const char *id;     /* "cisco_ios", as in JSON */
    const char *name;   /* "Cisco IOS" */
    const char *vendor; /* "cisco" */
    bool parsed;        /* config_read can parse it */
} SystemTraits;

const SystemTraits *system_traits(System system);

typedef struct {
    System system;
    uint32_t line;  /* line of the decisive signature */
    Str evidence;   /* that line, at most 120 bytes of it */
    Str reason;     /* "says \"feature bgp\", which only NX-OS has" */
    uint32_t signs; /* lines that point to this system */
} VendorMatch;
