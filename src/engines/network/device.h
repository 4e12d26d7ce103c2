/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model of a device: what its configuration says, whatever the system it runs. Interfaces,
 * VLANs, routing, policy and filters, each with its line number, and every line that was not
 * understood. config/read.h fills it.
 *
 * Everything in a Device lives in the arena or points into the text it was read from, which must
 * outlive it. Lines count from 1; line 0 means "not configured". Strings are bytes of the file:
 * they may not be UTF-8, and they are not trusted (escape them before they become markup).
 */
#pragma once

#include "base/json.h"
#include "engines/network/filter.h"
#include "engines/network/finding.h"
#include "engines/network/interface.h"
#include "engines/network/nat.h"
#include "engines/network/policy.h"
#include "engines/network/routing.h"
#include "engines/network/structure.h"
#include "engines/network/system.h"
#include "engines/network/zone.h"

/* A stanza: a part of a file that belongs together. It is a block with its children, or a run of
 * single lines. */
typedef enum {
    STANZA_GLOBAL,
    STANZA_INTERFACE,
    STANZA_VLAN,
    STANZA_OSPF,
    STANZA_ISIS,
    STANZA_EIGRP,
    STANZA_BGP,
    STANZA_STATIC,
    STANZA_ACL,
    STANZA_PREFIX_LIST,
    STANZA_ROUTE_MAP,
    STANZA_VRF,
    STANZA_BANNER,
    STANZA_LINE,
    STANZA_SYSTEM,
    STANZA_OTHER,
} StanzaKind;

typedef struct {
    Str header; /* "interface GigabitEthernet0/1"; Junos: "interfaces ge-0/0/0" */
    StanzaKind kind;
    uint32_t first_line, last_line;
} Stanza;

typedef struct {
    uint32_t line;
    Str text;   /* the line, with secrets masked */
    Str stanza; /* the block that contains it, or empty */
} NotUnderstood;

typedef struct {
    uint32_t line;
    Str message;
} DeviceWarning;

typedef struct {
    uint32_t total;   /* physical lines */
    uint32_t blank;   /* empty lines, comments, prompts, pager output, closing brackets */
    uint32_t parsed;  /* lines stored in the model */
    uint32_t known;   /* lines recognised but not modelled */
    uint32_t unknown; /* lines not understood */
    uint32_t skipped; /* lines not looked at: of another device, or of groups that apply nowhere */
} LineCounts;

/* The number of the JSON's shape. Raise it when a field is added or changes its meaning: what was
 * stored with another number is then parsed again from the file. */
enum { DEVICE_SHAPE = 4 };

typedef struct {
    uint32_t shape; /* of the JSON that it was read from; 0: it was read from a configuration */
    Str file;
    Str text; /* what was read, without secrets; its lines are those of the file */
    VendorMatch vendor;
    Sourced hostname, domain, version, model;
    InterfaceVec interfaces;
    VEC(Vlan) vlans;
    VEC(OspfProcess) ospf;
    IgpVec isis, eigrp;
    VEC(BgpProcess) bgp;
    VEC(StaticRoute) routes;
    VEC(TrackedObject) tracked_objects;
    VEC(Acl) acls;
    VEC(ObjectGroup) object_groups;
    VEC(NatRule) nat_rules;
    VEC(NatPool) nat_pools;
    VEC(PrefixList) prefix_lists;
    VEC(RouteMap) route_maps;
    VEC(Vrf) vrfs;
    VEC(Zone) zones;
    VEC(ZonePolicy) zone_policies;
    VEC(MlagDomain) mlag_domains; /* one at most */
    SourcedVec users, name_servers, ntp_servers, log_hosts;
    bool has_security_zones;
    VEC(NamedStructure) defined; /* structures that the model has no object for */
    VEC(NamedStructure) referenced;
    VEC(Practice) practices;
    VEC(uint32_t) undone_lines; /* which a later line takes back; only those that name structures */
    VEC(Stanza) stanzas;        /* in order, not overlapping */
    VEC(NotUnderstood) not_understood;
    VEC(DeviceWarning) warnings;
    DeviceFindingVec findings; /* of engines/judge */
    LineCounts lines;
    uint64_t steps; /* units of work spent; tests prove with it that the time stays linear */
} Device;

/* Returns the processes of the protocol. */
static inline IgpVec *device_igp(Device *device, IgpKind kind)
{
    return kind == IGP_ISIS ? &device->isis : &device->eigrp;
}

/* Returns the share of the meaningful lines that are in the model: parsed of all that are not
 * blank; 1 if there are none. */
double device_analysed(const Device *device);
/* Returns the share of those that were at least recognised: parsed + known. */
double device_understood(const Device *device);

/* Writes one JSON object with everything above. It contains no secret: keys are not modelled, and
 * the text of lines that were not understood is masked. */
void device_write_json(const Device *device, JsonWriter *json);
/*
 * Reads what device_write_json has written, in any order of its keys; missing keys are as if not
 * configured, others are passed over. The device points into the text. ERR_VALIDATION says what is
 * wrong and where, or that the shape is another one. Not stored, so lost: steps, and the headers
 * of stanzas.
 */
bool device_read_json(Arena *arena, Str text, Device *out_device, Error *error) MUST_USE;
/* Write the same in tables for people: at most 200 rows of each, or all of them. */
void device_write_text(const Device *device, StrBuf *out);
void device_write_text_all(const Device *device, StrBuf *out);

/* Returns "ospf", "interface", …, for JSON and for chunks. */
const char *stanza_kind_name(StanzaKind kind);
