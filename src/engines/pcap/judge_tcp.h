/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What judge_tcp.c and judge_slow.c share. A fault is a row of a table: a function that sees
 * whether a connection has it, and one that tells a group of such connections as one finding.
 */
#pragma once

#include "engines/pcap/judge.h"

#define SECOND INT64_C(1000000000)

enum { FROM_CLIENT = 0, FROM_SERVER = 1, JUDGE_SLOW_FAULTS = 5 };

typedef struct {
    PcapAddress address; /* of the server, or of the host at fault */
    uint16_t port;
    uint16_t by; /* FROM_CLIENT or FROM_SERVER */
    uint32_t flow;
} Row;

typedef struct {
    const Row *rows;
    size_t count;
} Group;

/* A connection with its notes; client is the side of the client in both. */
typedef struct {
    const PcapConversation *flow;
    const NotedTcp *tcp;
    uint32_t client;
} Connection;

typedef struct {
    /* Whether the connection has the fault, seen from that end. */
    bool (*has)(const Judge *judge, const Connection *connection, uint16_t by);
    bool is_of_port; /* grouped by the server's address and port; else by the address of the end */
    void (*tell)(Judge *judge, const Group *group);
} Fault;

extern const Fault judge_slow_faults[JUDGE_SLOW_FAULTS];

/* Returns the connection at this index of the list of conversations, which must have notes. */
Connection judge_connection(const Judge *judge, uint32_t flow);
/* Returns the side of that end. */
uint32_t judge_side(const Connection *connection, uint16_t by);
/* Returns the server of the group, "10.0.0.2:80". */
Str judge_server(Judge *judge, const Group *group);
/* Returns "3 connections". */
Str judge_connections(Judge *judge, const Group *group);
/* Returns "tcp.stream in {0, 4}" of the first connections, and what else the filter asks for. */
Str judge_filter_streams(Judge *judge, const Group *group, const char *also);
