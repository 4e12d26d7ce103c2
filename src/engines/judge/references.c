/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that a line refers to and nothing defines, and structures that nothing refers to. A device
 * takes such a name in silence, and most treat what is missing as "permit everything" or "deny
 * everything".
 */
#include "engines/judge/internal.h"

typedef struct {
    StructureKind kind;
    Str name;
    uint32_t line;
    bool used;
    Str start; /* of the line that defines it, up to its name */
} Definition;

typedef struct {
    VEC(Definition) list;
    Map by_name; /* kind and name -> index */
} Definitions;

/* Lists of both families share their names here: an IPv6 list where an IPv4 one is meant is rare,
 * and Junos does not tell them apart. */
static StructureKind family_of_names(StructureKind kind)
{
    if (kind == STRUCTURE_ACL6)
        return STRUCTURE_ACL;
    return kind == STRUCTURE_PREFIX_LIST6 ? STRUCTURE_PREFIX_LIST : kind;
}

static Str key_of(Arena *arena, StructureKind kind, Str name)
{
    return arena_printf(arena, "%d %.*s", (int)family_of_names(kind), STR_ARGS(name));
}

static void define(Judge *judge, Definitions *definitions, Definition definition)
{
    Str key = key_of(judge->arena, definition.kind, definition.name);
    if (map_get_index(&definitions->by_name, key) != MAP_NO_INDEX)
        return;
    map_put_index(judge->arena, &definitions->by_name, key, definitions->list.count);
    *VEC_PUSH(judge->arena, &definitions->list) = definition;
}

static void define_routing(Judge *judge, Definitions *definitions)
{
    const Device *device = judge->device;
    for (size_t i = 0; i < device->vrfs.count; i++) {
        define(judge, definitions,
               (Definition){STRUCTURE_VRF, device->vrfs.items[i].name, device->vrfs.items[i].line});
    }
    for (size_t i = 0; i < device->bgp.count; i++) {
        for (size_t k = 0; k < device->bgp.items[i].neighbors.count; k++) {
            const BgpNeighbor *neighbor = &device->bgp.items[i].neighbors.items[k];
            if (neighbor->is_group)
                define(judge, definitions,
                       (Definition){STRUCTURE_PEER_GROUP, neighbor->name, neighbor->line});
        }
    }
}

static void define_all(Judge *judge, Definitions *definitions)
{
    const Device *device = judge->device;
    for (size_t i = 0; i < device->acls.count; i++) {
        const Acl *acl = &device->acls.items[i];
        define(judge, definitions,
               (Definition){acl->family == IP_V6 ? STRUCTURE_ACL6 : STRUCTURE_ACL, acl->name,
                            acl->line});
    }
    for (size_t i = 0; i < device->prefix_lists.count; i++) {
        const PrefixList *list = &device->prefix_lists.items[i];
        define(judge, definitions,
               (Definition){list->family == IP_V6 ? STRUCTURE_PREFIX_LIST6 : STRUCTURE_PREFIX_LIST,
                            list->name, list->line});
    }
    for (size_t i = 0; i < device->route_maps.count; i++) {
        const RouteMap *map = &device->route_maps.items[i];
        define(judge, definitions, (Definition){STRUCTURE_ROUTE_MAP, map->name, map->line});
    }
    for (size_t i = 0; i < device->tracked_objects.count; i++) {
        const TrackedObject *object = &device->tracked_objects.items[i];
        define(judge, definitions,
               (Definition){STRUCTURE_TRACKED_OBJECT, object->name, object->line});
    }
    define_routing(judge, definitions);
    for (size_t i = 0; i < device->defined.count; i++) {
        const NamedStructure *structure = &device->defined.items[i];
        define(judge, definitions, (Definition){structure->kind, structure->name, structure->line});
    }
}

/* What every device has without a line that defines it. */
static bool is_built_in(const NamedStructure *reference)
{
    static const struct {
        StructureKind kind;
        Str start;
    } built_in[] = {
        {STRUCTURE_VRF, STR_INIT("default")},
        {STRUCTURE_VRF, STR_INIT("management")},
        {STRUCTURE_VRF, STR_INIT("global")},
        {STRUCTURE_VRF, STR_INIT("Mgmt-")}, /* of the management port of IOS-XE */
        {STRUCTURE_CLASS_MAP, STR_INIT("class-default")},
        {STRUCTURE_CLASS_MAP, STR_INIT("copp-system")},
        {STRUCTURE_CLASS_MAP, STR_INIT("system-cpp-")}, /* of IOS-XE */
        {STRUCTURE_CLASS_MAP, STR_INIT("non-client-nrt-class")},
        {STRUCTURE_POLICY_MAP, STR_INIT("system-cpp-")},
        {STRUCTURE_POLICY_MAP, STR_INIT("copp-system")},
        {STRUCTURE_POLICY_MAP, STR_INIT("default-")},
        {STRUCTURE_CLASS_MAP, STR_INIT("c-")},
        {STRUCTURE_ACL, STR_INIT("default-")},
        {STRUCTURE_ACL, STR_INIT("copp-system")},
    };
    for (size_t i = 0; i < COUNT_OF(built_in); i++) {
        if (reference->kind == built_in[i].kind &&
            str_starts_with(reference->name, built_in[i].start))
            return true;
    }
    return false;
}

static const char *consequence(StructureKind kind)
{
    switch (family_of_names(kind)) {
    case STRUCTURE_ACL:
        return "A list that does not exist filters nothing on most systems.";
    case STRUCTURE_PREFIX_LIST:
    case STRUCTURE_COMMUNITY_LIST:
    case STRUCTURE_AS_PATH_LIST:
        return "Whether a list that does not exist matches everything or nothing differs between "
               "systems.";
    case STRUCTURE_ROUTE_MAP:
        return "A policy that does not exist lets pass everything or nothing, depending on the "
               "system.";
    case STRUCTURE_VRF:
        return "The line has no effect until the VRF exists.";
    default:
        return "The line has no effect until it is defined.";
    }
}

static void add_undefined(Judge *judge, const NamedStructure *reference)
{
    DeviceFinding *finding =
        judge_finding(judge, SEVERITY_ERROR, "undefined_reference", reference->line);
    const char *kind = structure_kind_name(reference->kind);
    finding->title = arena_printf(judge->arena, "the %s %.*s is used here but defined nowhere",
                                  kind, STR_ARGS(reference->name));
    finding->detail = str_of(consequence(reference->kind));
    finding->fix = arena_printf(judge->arena, "define the %s %.*s, or remove the reference", kind,
                                STR_ARGS(reference->name));
}

/* Marks what is referred to, and reports each missing name once a line. */
static void check_references(Judge *judge, Definitions *definitions)
{
    const Device *device = judge->device;
    Map reported = {0};
    for (size_t i = 0; i < device->referenced.count; i++) {
        const NamedStructure *reference = &device->referenced.items[i];
        Str key = key_of(judge->arena, reference->kind, reference->name);
        size_t index = map_get_index(&definitions->by_name, key);
        if (index != MAP_NO_INDEX) {
            definitions->list.items[index].used = true;
            continue;
        }
        Str once = arena_printf(judge->arena, "%.*s %u", STR_ARGS(key), reference->line);
        if (is_built_in(reference) || map_get_index(&reported, once) != MAP_NO_INDEX)
            continue;
        map_put_index(judge->arena, &reported, once, i);
        add_undefined(judge, reference);
    }
}

/* The kinds whose every use is known as a reference. */
static bool uses_are_known(StructureKind kind)
{
    return kind == STRUCTURE_ROUTE_MAP || kind == STRUCTURE_PREFIX_LIST ||
           kind == STRUCTURE_PREFIX_LIST6 || kind == STRUCTURE_ACL || kind == STRUCTURE_ACL6 ||
           kind == STRUCTURE_COMMUNITY_LIST || kind == STRUCTURE_AS_PATH_LIST ||
           kind == STRUCTURE_CLASS_MAP || kind == STRUCTURE_POLICY_MAP ||
           kind == STRUCTURE_NAT_POOL || kind == STRUCTURE_ADDRESS || kind == STRUCTURE_APPLICATION;
}

static bool can_be_unused(const Definition *definition)
{
    NamedStructure as_reference = {definition->kind, definition->name, definition->line};
    return !definition->used && uses_are_known(definition->kind) && !is_built_in(&as_reference);
}

static bool next_name(Str *rest, Str *out_name)
{
    static const Str around = STR_INIT(" \t\";{}[](),");
    while (rest->size && str_find_byte(around, rest->data[0]) != STR_NOT_FOUND)
        *rest = str_from(*rest, 1);
    size_t size = 0;
    while (size < rest->size && str_find_byte(around, rest->data[size]) == STR_NOT_FOUND)
        size++;
    *out_name = str_slice(*rest, 0, size);
    *rest = str_from(*rest, size);
    return size > 0;
}

/* Marks the definitions that a line names, but not as the lines that define them do. */
static void mark_mentions(Definitions *definitions, const Map *unused, Str line, uint32_t number)
{
    Str rest = line, name;
    while (next_name(&rest, &name)) {
        size_t index = map_get_index(unused, name);
        if (index == MAP_NO_INDEX)
            continue;
        Definition *definition = &definitions->list.items[index];
        Str start = str_slice(line, 0, (size_t)(name.data - line.data));
        if (number == definition->line)
            definition->start = start;
        else if (definition->start.size == 0 || !str_equal(start, definition->start))
            definition->used = true;
    }
}

/* Returns whether a line of the configuration counts: it takes nothing back, and no later line
 * takes it back. */
static bool counts(const Map *undone, Str line, uint32_t number)
{
    Str text = str_trim_left(line);
    return !str_starts_with(text, STR("no ")) && !str_starts_with(text, STR("default ")) &&
           map_get_index(undone, str_make(&number, sizeof(number))) == MAP_NO_INDEX;
}

/* A structure may be used by a line that no rule knows. So whatever another line names counts as
 * used. */
static void mark_all_mentions(Judge *judge, Definitions *definitions)
{
    Map unused = {0}, undone = {0};
    const Device *device = judge->device;
    for (size_t i = 0; i < device->undone_lines.count; i++) {
        Str key = str_make(&device->undone_lines.items[i], sizeof(uint32_t));
        map_put_index(judge->arena, &undone, key, i);
    }
    Str rest = judge->device->text, line;
    size_t count = 0;
    for (size_t i = 0; i < definitions->list.count; i++) {
        if (!can_be_unused(&definitions->list.items[i]))
            continue;
        map_put_index(judge->arena, &unused, definitions->list.items[i].name, i);
        count++;
    }
    for (uint32_t number = 1; count && str_next_line(&rest, &line); number++) {
        if (counts(&undone, line, number))
            mark_mentions(definitions, &unused, line, number);
    }
}

static void check_definitions(Judge *judge, Definitions *definitions)
{
    mark_all_mentions(judge, definitions);
    for (size_t i = 0; i < definitions->list.count; i++) {
        const Definition *definition = &definitions->list.items[i];
        if (!can_be_unused(definition))
            continue;
        DeviceFinding *finding =
            judge_finding(judge, SEVERITY_NOTE, "unused_structure", definition->line);
        finding->title =
            arena_printf(judge->arena, "the %s %.*s is defined but nothing uses it",
                         structure_kind_name(definition->kind), STR_ARGS(definition->name));
    }
}

static bool has_interface(const Map *interfaces, Str name)
{
    return map_get_index(interfaces, name) != MAP_NO_INDEX;
}

static void add_missing_interface(Judge *judge, Str name, const char *use, uint32_t line)
{
    DeviceFinding *finding = judge_finding(judge, SEVERITY_ERROR, "undefined_interface", line);
    finding->title = arena_printf(judge->arena, "the interface %.*s, %s, is defined nowhere",
                                  STR_ARGS(name), use);
    finding->detail = STR("Without the interface the line has no effect.");
    finding->fix = arena_printf(judge->arena, "define the interface %.*s, or name another one",
                                STR_ARGS(name));
}

static void check_neighbors(Judge *judge, const BgpProcess *process, const Map *interfaces)
{
    for (size_t i = 0; i < process->neighbors.count; i++) {
        const BgpNeighbor *neighbor = &process->neighbors.items[i];
        if (neighbor->update_source.size && !has_interface(interfaces, neighbor->update_source) &&
            neighbor->local_line >= neighbor->line)
            add_missing_interface(judge, neighbor->update_source, "the source of a BGP session",
                                  neighbor->local_line);
        if (neighbor->is_group || neighbor->shutdown || neighbor->remote_as ||
            neighbor->type != BGP_TYPE_UNSET || neighbor->listen.length)
            continue;
        DeviceFinding *finding =
            judge_finding(judge, SEVERITY_WARNING, "bgp_neighbor_without_as", neighbor->line);
        finding->title = arena_printf(judge->arena, "the BGP neighbour %.*s has no remote AS",
                                      STR_ARGS(neighbor->name));
        finding->detail = STR("The session is not set up.");
        finding->fix = arena_printf(judge->arena, "`neighbor %.*s remote-as NUMBER`, or remove it",
                                    STR_ARGS(neighbor->name));
    }
}

/* Reports rules of address translation that take the address of an interface that is not there. */
static void check_translations(Judge *judge, const Map *interfaces)
{
    static const Str start = STR_INIT("interface ");
    for (size_t i = 0; i < judge->device->nat_rules.count; i++) {
        Sourced translation = judge->device->nat_rules.items[i].translation;
        if (!str_starts_with(translation.text, start))
            continue;
        Str name = str_from(translation.text, start.size);
        size_t end = str_find_byte(name, ' ');
        name = end == STR_NOT_FOUND ? name : str_slice(name, 0, end);
        if (!has_interface(interfaces, name))
            add_missing_interface(judge, name, "whose address is used for NAT", translation.line);
    }
}

static void check_interface(Judge *judge, Sourced name, const char *use, const Map *interfaces)
{
    if (name.text.size && !has_interface(interfaces, name.text))
        add_missing_interface(judge, name.text, use, name.line);
}

static void check_overlay_interfaces(Judge *judge, const Map *interfaces)
{
    const Device *device = judge->device;
    for (size_t i = 0; i < device->interfaces.count; i++) {
        const InterfaceVxlan *vxlan = &device->interfaces.items[i].vxlan;
        check_interface(judge, vxlan->source, "the source of VXLAN", interfaces);
        check_interface(judge, vxlan->mlag_source, "the source of VXLAN", interfaces);
    }
    for (size_t i = 0; i < device->mlag_domains.count; i++) {
        const MlagDomain *domain = &device->mlag_domains.items[i];
        check_interface(judge, domain->peer_link, "the peer link of MLAG", interfaces);
        check_interface(judge, domain->local_interface, "the local interface of MLAG", interfaces);
    }
}

/* Interfaces that other lines name. Junos defines an interface by naming it. */
static void check_interfaces(Judge *judge)
{
    const Device *device = judge->device;
    Map interfaces = {0};
    if (device->interfaces.count == 0)
        return;
    for (size_t i = 0; i < device->interfaces.count; i++)
        map_put_index(judge->arena, &interfaces, device->interfaces.items[i].canonical, i);
    for (size_t i = 0; i < device->interfaces.count; i++) {
        check_interface(judge, device->interfaces.items[i].unnumbered, "whose address is borrowed",
                        &interfaces);
    }
    for (size_t i = 0; i < device->bgp.count; i++)
        check_neighbors(judge, &device->bgp.items[i], &interfaces);
    check_translations(judge, &interfaces);
    check_overlay_interfaces(judge, &interfaces);
    for (size_t i = 0; i < device->tracked_objects.count; i++)
        check_interface(judge, device->tracked_objects.items[i].interface, "which is tracked",
                        &interfaces);
}

void judge_references(Judge *judge)
{
    Definitions definitions = {0};
    define_all(judge, &definitions);
    check_references(judge, &definitions);
    check_definitions(judge, &definitions);
    check_interfaces(judge);
}
