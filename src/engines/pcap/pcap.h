/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capture analysis: reads the bytes of a pcap or pcapng file (plain or gzip) and produces a
 * summary. It streams, without a limit on packets. PcapLimits bounds its memory for any input.
 *
 *     PcapSource source = {.mapped = file_bytes};
 *     PcapSummary *summary = pcap_analyze(arena, &source, NULL, &error);
 *     if (summary)
 *         pcap_write_text(&out, summary);
 *
 * Numbers are those of capinfos and tshark 4.0.17 (-z io,phs, -z conv, -z endpoints,
 * tcp.analysis.*); docs/capture-analysis.md says where each comes from. A truncated or damaged file
 * is analysed up to that point, and the summary says so: it is never reported as complete.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "engines/pcap/facts.h"

/* Either the whole file in memory, which is not copied, or a function that reads it from the start.
 */
typedef struct {
    Str mapped;
    /* Reads up to size bytes into buffer; 0 bytes mean the end. Returns false on an input error.
     * Only used when mapped is empty. */
    bool (*read)(void *context, void *buffer, size_t size, size_t *out_size);
    void *context;
    const char *compression; /* how `read` unpacks the file: "zstd" …; NULL: it is not compressed */
    const Error *failure;    /* set when `read` ended before the end of the file; may be NULL */
} PcapSource;

/* The most rows of a list that JSON may have. */
enum { PCAP_LIST_ROWS_MAX = 100000 };

/* A zero selects the default. */
typedef struct {
    uint32_t
        max_conversations;     /* 262144; packets of further conversations are counted as "other" */
    uint32_t max_hosts;        /* 262144 */
    uint32_t max_interfaces;   /* 65536 */
    uint32_t max_packet_bytes; /* 262144, the most; a longer record counts as damage */
    uint64_t max_inflated_bytes; /* 64 GiB decompressed from a gzip file */
    uint32_t max_inflate_ratio;  /* 1000, applied after the first 64 MiB */
    uint32_t list_rows;          /* 100: rows of each list in JSON */
    bool without_facts;          /* no facts and no findings, which takes less time */
    /* Called from time to time with the bytes of the file used so far. Returning false cancels the
     * analysis. */
    bool (*progress)(void *context, uint64_t bytes_done);
    void *progress_context;
} PcapLimits;

typedef struct {
    uint8_t bytes[16]; /* an IPv4 address uses the first 4 */
    uint32_t family;   /* 4 or 6 */
} PcapAddress;

typedef struct {
    PcapAddress address;
    uint64_t tx_packets;
    uint64_t tx_bytes;
    uint64_t rx_packets;
    uint64_t rx_bytes;
} PcapHost;

typedef enum {
    PCAP_TCP_RETRANSMISSION, /* includes fast and spurious retransmissions */
    PCAP_TCP_FAST_RETRANSMISSION,
    PCAP_TCP_SPURIOUS_RETRANSMISSION,
    PCAP_TCP_OUT_OF_ORDER,
    PCAP_TCP_LOST_SEGMENT,
    PCAP_TCP_ACK_LOST_SEGMENT,
    PCAP_TCP_DUPLICATE_ACK,
    PCAP_TCP_WINDOW_UPDATE,
    PCAP_TCP_WINDOW_FULL,
    PCAP_TCP_ZERO_WINDOW,
    PCAP_TCP_ZERO_WINDOW_PROBE,
    PCAP_TCP_ZERO_WINDOW_PROBE_ACK,
    PCAP_TCP_KEEP_ALIVE,
    PCAP_TCP_KEEP_ALIVE_ACK,
    PCAP_TCP_REUSED_PORTS,
    PCAP_TCP_EVENT_COUNT,
} PcapTcpEvent;

/* Returns "retransmission", … as in tshark's tcp.analysis.*. */
const char *pcap_tcp_event_name(PcapTcpEvent event);

/* The events and times of one TCP connection. */
typedef struct {
    uint32_t events[PCAP_TCP_EVENT_COUNT];
    int64_t initial_rtt_ns; /* 0: handshake not seen */
    PcapTimes ack_rtt;
} PcapTcpConversation;

/* How far a TCP connection got. */
typedef enum {
    PCAP_TCP_STATE_UNANSWERED, /* nothing answers the SYN */
    PCAP_TCP_STATE_REFUSED,    /* a reset answers the SYN */
    PCAP_TCP_STATE_HALF_OPEN,  /* the handshake was not completed */
    PCAP_TCP_STATE_OPEN,
    PCAP_TCP_STATE_CLOSING, /* one side has sent a FIN */
    PCAP_TCP_STATE_CLOSED,  /* both sides have, or a reset followed the first FIN */
    PCAP_TCP_STATE_RESET,   /* a reset without a FIN before it */
} PcapTcpConnectionState;

/* Returns "unanswered", … */
const char *pcap_tcp_state_name(PcapTcpConnectionState state);

/* The course of a TCP connection as the capture shows it; copied packets do not count. */
typedef struct {
    PcapTcpConnectionState state;
    uint32_t client; /* the side that sent the SYN; without a SYN, the one with the higher port */
    uint32_t closed_by; /* side + 1 of the first FIN or of the reset; 0: it is open */
    uint32_t syn_count;
    uint32_t reset_count;
    bool has_server_rtt;
    bool has_client_rtt;
    bool has_first_request;
    int64_t server_rtt_ns;          /* from the last SYN to its SYN-ACK */
    int64_t client_rtt_ns;          /* from the SYN-ACK to its acknowledgement */
    int64_t first_request_after_ns; /* from the SYN-ACK to the first data of the client */
    PcapTimes first_byte;           /* from a request to the first byte of its response */
} PcapTcpCourse;

enum { PCAP_TRANSPORT_TCP = 6, PCAP_TRANSPORT_UDP = 17, PCAP_TRANSPORT_SCTP = 132 };

/*
 * Both directions of one 5-tuple. A TCP port pair that is used again is another conversation. Side
 * 0 sent the first packet. Bytes count whole frames as on the wire.
 */
typedef struct {
    PcapAddress address[2];
    uint16_t port[2];
    uint32_t transport;  /* PCAP_TRANSPORT_… */
    uint32_t stream;     /* number within its transport, as tcp.stream and udp.stream */
    uint32_t tcp;        /* index into tcp_details, when TCP */
    uint32_t first_side; /* 0 in the finished summary */
    uint64_t packets[2]; /* sent by side 0, by side 1 */
    uint64_t bytes[2];
    int64_t first_ns; /* since the first packet of the file */
    int64_t last_ns;
} PcapConversation;

typedef enum {
    PCAP_ANSWER_HTTP,
    PCAP_ANSWER_SIP,
    PCAP_ANSWER_DNS,
    PCAP_ANSWER_RESET,   /* a TCP connection that was there */
    PCAP_ANSWER_REFUSED, /* a TCP connection at its SYN */
} PcapAnswerKind;

enum { PCAP_ANSWER_NAME_SIZE = 64 };

/* How often a host answered another one with a code, or reset a connection with it. */
typedef struct {
    PcapAddress sender;
    PcapAddress receiver;
    uint32_t kind;      /* PcapAnswerKind */
    uint16_t code;      /* status or response code; 0 for a reset */
    uint16_t port;      /* of the server: of a TCP connection the lower one */
    uint32_t by_server; /* of a reset: whether the sender has that port */
    uint64_t count;
    char name[PCAP_ANSWER_NAME_SIZE]; /* DNS: the first name that was asked for */
} PcapAnswer;

enum { PCAP_INTERVALS_MAX = 200 };

/* What one interval of the capture's time holds. */
typedef struct {
    uint64_t packets;
    uint64_t bytes; /* on the wire */
    uint64_t retransmissions;
    uint64_t resets;
} PcapInterval;

/* A node of the protocol hierarchy. Children follow their parent. */
typedef struct {
    const char *name; /* tshark's filter name: "eth", "ip", … */
    uint32_t depth;   /* 0 for the outermost layer */
    uint64_t frames;
    uint64_t bytes;
} PcapProtocol;

typedef struct {
    uint32_t link_type;  /* LINKTYPE_ number of the file */
    uint32_t snap_bytes; /* 0: not limited */
    uint64_t ticks_per_second;
    uint64_t packets;
    Str name; /* may be empty */
} PcapInterface;

/* Returns "ether", … as capinfos names it, or "unknown" for a link type that is not known here. */
const char *pcap_link_type_name(uint32_t link_type);
/* Returns whether the link type is known to carry no IP: USB, Bluetooth, CAN and the like. */
bool pcap_link_type_carries_no_ip(uint32_t link_type);

typedef struct {
    const char *format;      /* "pcap", "nanosecond pcap", "modified pcap", "pcapng" */
    const char *compression; /* "gzip", or as the source says; NULL: not compressed */
    bool compressed;
    bool complete;            /* false: `incomplete` says where and why reading ended */
    Str incomplete;           /* "truncated after 17 packets: …" or "damaged after …" */
    uint64_t zero_tail_bytes; /* zeros at the end of the file, which a full disk leaves */
    uint64_t zero_records;    /* pcap: what capinfos counts them as; not in `packets` */

    PcapInterface *interfaces;
    size_t interface_count;
    uint64_t unknown_link_packets; /* packets of link types that are not decoded */

    uint64_t packets;
    uint64_t captured_bytes;
    uint64_t wire_bytes; /* "data size" of capinfos */
    bool has_times;
    bool strict_time_order;
    int64_t first_ns; /* the earliest and the latest time, since 1970 */
    int64_t last_ns;
    uint64_t time_reversals;     /* packets earlier than the previous packet */
    uint64_t times_out_of_range; /* outside the years 1678-2262, or a second of over 10^6 us */
    uint64_t captured_over_wire; /* records that claim more captured bytes than were on the wire */
    uint64_t snapped_packets;    /* packets captured only partly */

    const PcapInterval *timeline; /* intervals of equal width, from the first to the last packet */
    size_t timeline_count;        /* 0: no packet has a time */
    int64_t timeline_start_ns;    /* since the first packet of the file */
    int64_t timeline_bin_ns;

    PcapProtocol *protocols; /* in tree order */
    size_t protocol_count;
    bool protocols_limited; /* some paths were too deep or too many to be kept */

    PcapHost *hosts; /* by bytes, greatest first */
    size_t host_count;
    uint64_t other_host_packets; /* packets of hosts beyond max_hosts */
    uint64_t other_host_bytes;

    PcapConversation *conversations; /* by bytes, greatest first */
    size_t conversation_count;
    size_t tcp_conversation_count;
    size_t udp_conversation_count;
    size_t sctp_conversation_count;
    uint64_t other_conversation_packets;
    uint64_t other_conversation_bytes;

    PcapAnswer *answers; /* by count, greatest first */
    size_t answer_count;
    uint64_t other_answers; /* answers beyond the table's size */

    uint64_t fragments;         /* IP fragments seen */
    uint64_t fragments_dropped; /* datagrams dropped for lack of room */

    PcapTcpConversation *tcp_details;
    uint64_t tcp_segments;
    uint64_t tcp_data_segments;
    uint64_t tcp_syn;
    uint64_t tcp_syn_ack;
    uint64_t tcp_fin;
    uint64_t tcp_rst;
    uint64_t tcp_events[PCAP_TCP_EVENT_COUNT];
    PcapTimes tcp_ack_rtt;
    PcapTimes tcp_initial_rtt;
    const struct Notes *notes; /* of the engine; NULL: no facts were wanted */
    PcapFacts *facts;          /* NULL: none were wanted */
    PcapFinding *findings;     /* the worst first */
    size_t finding_count;
    uint64_t other_findings; /* beyond PCAP_FINDINGS_MAX */

    bool
        tcp_ack_rtt_limited; /* the list of unacknowledged segments was full: no ack_rtt is shown */

    uint32_t list_rows;
    bool shows_all; /* the text shows list_rows rows of each list instead of ten */
} PcapSummary;

/*
 * Reads the source to its end. Returns NULL with the reason when it is no capture at all, cannot be
 * read, or was cancelled. A truncated capture gives a summary that is not complete. limits may be
 * NULL.
 */
PcapSummary *pcap_analyze(Arena *arena, const PcapSource *source, const PcapLimits *limits,
                          Error *error) MUST_USE;

/* Does the same in steps, for a caller that does other things in between. The analysis is freed
 * with the arena. */
typedef struct PcapAnalysis PcapAnalysis;
PcapAnalysis *pcap_start(Arena *arena, const PcapSource *source, const PcapLimits *limits,
                         Error *error) MUST_USE;
/* Reads up to max_packets more packets. *out_done is true when there are no more. */
bool pcap_step(PcapAnalysis *analysis, uint64_t max_packets, bool *out_done, Error *error) MUST_USE;
/* Ends the analysis and returns the summary of what was read. */
PcapSummary *pcap_finish(PcapAnalysis *analysis);

/* Tells the course of a TCP conversation of the summary. Returns false when there are no notes of
 * it: no facts were wanted, or it is not TCP. */
bool pcap_tcp_course(const PcapSummary *summary, const PcapConversation *flow,
                     PcapTcpCourse *out_course);

/* Writes one JSON object: totals, and lists of at most list_rows rows, each with its total. */
void pcap_write_json(JsonWriter *json, const PcapSummary *summary);
/* Writes aligned text for a person at a terminal, with the ten largest hosts and conversations. */
void pcap_write_text(StrBuf *out, const PcapSummary *summary);
/* Writes "10.0.0.1" or "2001:db8::1" (RFC 5952). Returns out. */
enum { PCAP_ADDRESS_TEXT_SIZE = 48 };
const char *pcap_address_write(const PcapAddress *address, char out[PCAP_ADDRESS_TEXT_SIZE]);
