/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network: a stored topology as the tools read it. What came from a document that has been deleted
 * is no part of it. Files that a topology names are documents here; one name that several documents
 * had leads to none of them.
 *
 *     Network network;
 *     if (!network_load(task, services, arguments, &network) ||
 *         !network_load_nodes(task, services, &network))
 *         return false;
 */
#pragma once

#include "base/map.h"
#include "tools/tool.h"

typedef struct {
    Str name;
    size_t present; /* documents of that name that still exist */
    size_t deleted;
    Uuid id; /* of one that exists */
} NetworkFile;

typedef struct {
    Str id;
    Str type; /* "router", "network", … */
    Str name; /* the host name, or else the label */
    Str ip;
    Str file;
    int64_t asn;
    bool is_deleted;
} NetworkNode;

typedef struct {
    Uuid id;
    Str title;
    Str created_at;
    bool is_outdated;
    Map files; /* by name: NetworkFile */
    NetworkNode *nodes;
    size_t node_count;
    Map node_places; /* by id */
} Network;

/* Loads the topology of the argument "topology_id", or the newest one. Fails in words when there is
 * none. */
bool network_load(Task *task, const Services *services, const JsonValue *arguments,
                  Network *out_network) MUST_USE;
bool network_load_nodes(Task *task, const Services *services, Network *network) MUST_USE;
/* Finds a device by host name, label or id. Fails in words that name the devices there are. */
const NetworkNode *network_find(Task *task, const Network *network, Str name) MUST_USE;
/* Returns the node of that id; NULL when it is no part of the network. */
const NetworkNode *network_node(const Network *network, Str id);
/* Returns whether a file's document has been deleted. */
bool network_is_deleted(const Network *network, Str file);
/* Returns whether the file is that document. */
bool network_is_document(const Network *network, Str file, const Uuid *id);

/* Writes "topology_id", "title", "created_at" and "outdated". */
void network_members(Arena *arena, JsonWriter *json, const Network *network);
/* Writes "document_id" and "document". */
void network_file_members(Arena *arena, JsonWriter *json, const Network *network, Str file);
/* Writes "device", "type", "document_id" and "document" of a node. */
void network_node_members(Arena *arena, JsonWriter *json, const Network *network,
                          const NetworkNode *node);
/* Writes the places of a finding or an evidence as the array "at". */
void network_places(Arena *arena, JsonWriter *json, const Network *network, const JsonValue *at);
/* Returns whether one of the places is in a document that has been deleted. */
bool network_places_deleted(const Network *network, const JsonValue *at);
