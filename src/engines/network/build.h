/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions that the readers of all vendors share: they find or add the parts of a Device by
 * name without searching it, count lines, and record stanzas and the lines that were not
 * understood.
 */
#pragma once

#include "base/map.h"
#include "engines/network/device.h"
#include "engines/network/names.h"
#include "engines/text/lines.h"

/* A prefix list that takes its prefixes from a path of the configuration. */
typedef struct {
    Str path;
    size_t prefix_list;
} ApplyPath;

/* A line that names an address of an address book, or an application. */
typedef struct {
    Str name;
    Str zone; /* whose address books have it, or empty */
    Str book; /* that has it, or empty; both empty: any book */
    bool is_application;
    uint32_t line;
} BookUse;

/* A VLAN or bridge domain of Junos, with the VNI that it states. */
typedef struct {
    uint32_t vlan; /* 0: not stated */
    bool is_vlan;  /* the model has the VLAN */
    bool is_main;  /* it is in no routing instance */
    Vni vni;       /* id 0: none */
} BridgedVlan;

/* OSPF on all interfaces of an instance. */
typedef struct {
    size_t process;
    uint32_t area;
    InterfaceOspf options;
} OspfEverywhere;

/* IS-IS on all interfaces of an instance. */
typedef struct {
    size_t process;
    InterfaceIgp options;
} IsisEverywhere;

typedef struct {
    Arena *arena;   /* of the Device */
    Arena *scratch; /* of what only reading needs: maps, keys, the reader itself */
    Device *device;
    const ConfigLines *lines;
    const System *system;
    struct Notes *notes;          /* of the dialect (engines/config/notes.h) */
    Map interfaces;               /* canonical name -> index + 1 */
    Map acls[3], prefix_lists[3]; /* by family: of none, of IPv4, of IPv6 */
    uint32_t *vlans;              /* by id: index + 1 */
    Map object_groups, route_maps, vrfs, neighbors, processes, bgp, terms, nat_rules, nat_pools,
        tracked_objects, zones, zone_policies;
    /* Junos states these once for the whole device, and refers to interfaces before it defines
     * them. */
    IpAddress router_id;
    uint32_t router_id_line, asn, confederation;
    Map instance_as;        /* name of a routing instance -> its own AS, as pointer */
    Map defined_interfaces; /* canonical names */
    Map static_routes;      /* of Junos: by prefix and instance */
    VEC(OspfEverywhere) ospf_everywhere;
    VEC(IsisEverywhere) isis_everywhere;
    Map iso_interfaces;       /* canonical names of the interfaces with the family of IS-IS */
    SourcedVec iso_addresses; /* NETs, with the interface's index */
    VEC(size_t) iso_address_interfaces;
    VEC(ApplyPath) apply_paths;
    VEC(BridgedVlan) bridged_vlans;
    Map bridged_by_name; /* instance and name -> index */
    VEC(BookUse) book_uses;
    Map zone_books;          /* name of a zone -> that of the address book attached to it, Str * */
    Map book_addresses;      /* names of the addresses of all books */
    SourcedVec member_names; /* VLAN names of trunk and access ports, with the interface's index */
    VEC(size_t) member_interfaces;
} Builder;

/* Return indexes into the Device's vectors, which stay valid while those grow. */
size_t build_interface(Builder *builder, Str name, uint32_t line);
/* id is at most VLAN_MAX. */
size_t build_vlan(Builder *builder, uint32_t id, uint32_t line);
size_t build_acl(Builder *builder, Str name, IpFamily family, uint32_t line);
/* book is empty where all groups share their names. */
size_t build_object_group(Builder *builder, Str book, Str name, uint32_t line);
/* kind is empty where all pools share their names. */
size_t build_nat_pool(Builder *builder, Str kind, Str name, uint32_t line);
size_t build_tracked_object(Builder *builder, Str name, uint32_t line);
size_t build_zone(Builder *builder, Str name, uint32_t line);
/* from and to are empty where the name of the policy is enough. */
size_t build_zone_policy(Builder *builder, Str from, Str to, Str name, uint32_t line);
size_t build_prefix_list(Builder *builder, Str name, IpFamily family, uint32_t line);
size_t build_route_map(Builder *builder, Str name, uint32_t line);
size_t build_vrf(Builder *builder, Str name, uint32_t line);
size_t build_ospf(Builder *builder, Str id, uint8_t version, Str vrf, uint32_t line);
/* Returns the index of an area of the process. */
size_t build_area(Builder *builder, size_t ospf, uint32_t id, uint32_t line);
/* Returns the process of IS-IS or EIGRP with this id in the VRF. */
size_t build_igp(Builder *builder, IgpKind kind, Str id, Str vrf, uint32_t line);
/* Returns the BGP process of a system that has one. */
size_t build_bgp(Builder *builder, uint32_t line);
/* Returns the process with this key, such as its AS or its instance. key must stay valid. */
size_t build_bgp_instance(Builder *builder, Str key, uint32_t line);
/* Returns the neighbour or group called name in the VRF. name is an address or a group's name. */
size_t build_neighbor(Builder *builder, size_t bgp, Str vrf, Str name, uint32_t line);

InterfaceAddress *build_address(Builder *builder, size_t interface, IpPrefix prefix, uint32_t line);
void build_acl_binding(Builder *builder, size_t interface, AclBinding binding);
void build_sourced(Builder *builder, SourcedVec *list, Str text, uint32_t line);
void build_warning(Builder *builder, uint32_t line, Str message);
void build_not_understood(Builder *builder, uint32_t line, Str text, Str stanza);
void build_structure(Builder *builder, bool defined, StructureKind kind, Str name, uint32_t line);
/* block is the line of the block around it, or 0. */
void build_practice(Builder *builder, PracticeKind kind, uint32_t line, uint32_t block);
/* Opens a stanza. If the last one has the same kind and header and both are runs of single lines,
 * extends that one instead. */
void build_stanza(Builder *builder, StanzaKind kind, Str header, uint32_t line, bool run);
void build_stanza_extend(Builder *builder, uint32_t line);

/* Parses an area such as "5" or "0.0.0.5". Returns false for anything else. */
bool build_parse_area(Str text, uint32_t *out_area) MUST_USE;
/* Parses an AS number such as "65001" or "1.10" (asdot, RFC 5396). */
bool build_parse_asn(Str text, uint32_t *out_asn) MUST_USE;

/*
 * Resolves everything that needs the whole file: the areas and passive states of interfaces from
 * network statements and passive-interface lines, inheritance from peer groups, the default address
 * family.
 */
void device_resolve(Builder *builder);
