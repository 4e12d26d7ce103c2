/* SPDX-License-Identifier: Apache-2.0 */
/* DNS (RFC 1035) and multicast DNS (RFC 6762) in one packet. */
#include "engines/pcap/application.h"
#include "engines/pcap/write.h"

#include <inttypes.h>

enum {
    HEADER_BYTES = 12,
    LABEL_MAX = 63,
    NAME_MAX = 255,
    POINTERS_MAX = 32, /* of one name */
    RECORDS_MAX = 64,  /* of one message that are listed */
    INFO_ANSWERS_MAX = 3,
    TYPE_A = 1,
    TYPE_NS = 2,
    TYPE_CNAME = 5,
    TYPE_PTR = 12,
    TYPE_AAAA = 28,
};

typedef struct {
    char data[NAME_MAX * 2];
    size_t size;
} DnsName;

typedef struct {
    DnsName name;
    uint32_t at;         /* of the name */
    uint32_t name_bytes; /* of the name as it stands there */
    uint16_t type;
    uint16_t class;
    uint32_t ttl;
    uint32_t data_at;
    uint32_t data_bytes;
} DnsRecord;

static bool is_dns(Slice payload, const uint16_t port[2], bool is_tcp)
{
    enum { DNS_PORT = 53 };
    return !is_tcp && application_on_port(port, DNS_PORT) && payload.captured >= HEADER_BYTES;
}

/* RFC 1035 section 4.2.2: a length comes before each message. */
static bool is_dns_over_tcp(Slice payload, const uint16_t port[2], bool is_tcp)
{
    enum { DNS_PORT = 53 };
    return is_tcp && application_on_port(port, DNS_PORT) && payload.captured >= 2 + HEADER_BYTES &&
           load_be16(payload.data) + 2u <= payload.reported;
}

static bool is_mdns(Slice payload, const uint16_t port[2], bool is_tcp)
{
    enum { MDNS_PORT = 5353 };
    return !is_tcp && application_on_port(port, MDNS_PORT) && payload.captured >= HEADER_BYTES;
}

static void add_label(DnsName *name, const uint8_t *bytes, uint32_t size)
{
    if (name->size)
        name->data[name->size++] = '.';
    for (uint32_t i = 0; i < size; i++)
        name->data[name->size++] = bytes[i] > ' ' && bytes[i] < 0x7F ? (char)bytes[i] : '?';
}

/*
 * Reads the name at *at, which may point to names before it, and moves *at behind it. False when it
 * is malformed or not captured completely.
 */
static bool read_name(Slice message, uint32_t *at, DnsName *out_name)
{
    uint32_t from = *at;
    uint32_t end = 0;
    out_name->size = 0;
    for (uint32_t pointers = 0; pointers < POINTERS_MAX;) {
        if (from >= message.captured)
            return false;
        uint8_t size = message.data[from];
        if (size > LABEL_MAX) {
            if (size < 0xc0 || from + 2 > message.captured)
                return false;
            end = end ? end : from + 2;
            from = load_be16(message.data + from) & 0x3fff;
            pointers++;
            continue;
        }
        if (size == 0) {
            *at = end ? end : from + 1;
            return true;
        }
        if (size >= message.captured - from || out_name->size + size + 1 > NAME_MAX)
            return false;
        add_label(out_name, message.data + from + 1, size);
        from += 1u + size;
    }
    return false;
}

static bool read_question(Slice message, uint32_t *at, DnsRecord *out_record)
{
    *out_record = (DnsRecord){.at = *at};
    if (!read_name(message, at, &out_record->name) || message.captured - *at < 4)
        return false;
    out_record->name_bytes = *at - out_record->at;
    out_record->type = load_be16(message.data + *at);
    out_record->class = load_be16(message.data + *at + 2);
    *at += 4;
    return true;
}

static bool read_answer(Slice message, uint32_t *at, DnsRecord *out_record)
{
    if (!read_question(message, at, out_record) || message.captured - *at < 6)
        return false;
    out_record->ttl = load_be32(message.data + *at);
    out_record->data_bytes = load_be16(message.data + *at + 4);
    out_record->data_at = *at + 6;
    *at += 6;
    if (message.captured - *at < out_record->data_bytes)
        return false;
    *at += out_record->data_bytes;
    return true;
}

static const char *type_name(uint64_t type)
{
    static const struct {
        uint16_t type;
        const char *name;
    } names[] = {
        {1, "A"},     {2, "NS"},     {5, "CNAME"},  {6, "SOA"},    {12, "PTR"},
        {15, "MX"},   {16, "TXT"},   {28, "AAAA"},  {33, "SRV"},   {35, "NAPTR"},
        {41, "OPT"},  {43, "DS"},    {46, "RRSIG"}, {47, "NSEC"},  {48, "DNSKEY"},
        {64, "SVCB"}, {65, "HTTPS"}, {251, "IXFR"}, {252, "AXFR"}, {255, "ANY"},
    };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (names[i].type == type)
            return names[i].name;
    }
    return NULL;
}

static void print_type(StrBuf *out, uint16_t type)
{
    const char *name = type_name(type);
    if (name)
        strbuf_printf(out, "%s", name);
    else
        strbuf_printf(out, "type %u", type);
}

static void print_name(StrBuf *out, const DnsName *name)
{
    if (name->size)
        strbuf_append(out, str_make(name->data, name->size));
    else
        strbuf_append(out, STR("<Root>"));
}

/* Prints what the record says, where that is an address or a name. */
static bool print_data(StrBuf *out, Slice message, const DnsRecord *record)
{
    char text[PCAP_ADDRESS_TEXT_SIZE];
    DnsName name;
    uint32_t at = record->data_at;
    PcapAddress address = {.family = record->type == TYPE_A ? 4 : 6};
    uint32_t size = record->type == TYPE_A ? 4 : 16;
    if (record->type == TYPE_A || record->type == TYPE_AAAA) {
        if (record->data_bytes != size)
            return false;
        memcpy(address.bytes, message.data + record->data_at, size);
        strbuf_printf(out, "%s", pcap_address_write(&address, text));
        return true;
    }
    bool is_name =
        record->type == TYPE_CNAME || record->type == TYPE_NS || record->type == TYPE_PTR;
    if (!is_name || record->data_bytes == 0 || !read_name(message, &at, &name))
        return false;
    print_name(out, &name);
    return true;
}

static void print_answer(StrBuf *out, Slice message, const DnsRecord *record)
{
    strbuf_append_byte(out, ' ');
    print_type(out, record->type);
    size_t size = out->size;
    strbuf_append_byte(out, ' ');
    if (!print_data(out, message, record))
        out->size = size;
}

static void write_info(StrBuf *out, Slice message)
{
    DnsRecord record;
    uint32_t at = HEADER_BYTES;
    bool is_response = message.data[2] & 0x80;
    uint32_t rcode = message.data[3] & 15;
    uint32_t questions = load_be16(message.data + 4);
    uint32_t answers = load_be16(message.data + 6);
    strbuf_printf(out, "%s 0x%04x", is_response ? "response" : "query", load_be16(message.data));
    if (is_response && rcode)
        strbuf_printf(out, " %s", pcap_rcode_name(rcode));
    for (uint32_t i = 0; i < questions; i++) {
        if (!read_question(message, &at, &record))
            return;
        if (i > 0)
            continue;
        strbuf_append_byte(out, ' ');
        print_type(out, record.type);
        strbuf_append_byte(out, ' ');
        print_name(out, &record.name);
    }
    if (is_response && answers)
        strbuf_append(out, STR(":"));
    for (uint32_t i = 0; is_response && i < MIN_OF(answers, (uint32_t)INFO_ANSWERS_MAX); i++) {
        if (!read_answer(message, &at, &record))
            return;
        print_answer(out, message, &record);
    }
}

static Slice without_length(Slice payload)
{
    return slice_trim(slice_after(payload, 2), load_be16(payload.data));
}

static void write_info_over_tcp(StrBuf *out, Slice payload)
{
    write_info(out, without_length(payload));
}

static const char *meaning_rcode(uint64_t code)
{
    return pcap_rcode_name((uint32_t)code);
}

static const FieldSpec header[] = {
    {"dns.id", 0, 2, AS_HEX},
    {"dns.flags", 2, 2, AS_HEX},
    {"dns.flags.response", 2, 2, AS_NUMBER, 15, 1},
    {"dns.flags.opcode", 2, 2, AS_NUMBER, 11, 4},
    {"dns.flags.truncated", 2, 2, AS_NUMBER, 9, 1},
    {"dns.flags.recdesired", 2, 2, AS_NUMBER, 8, 1},
    {"dns.count.queries", 4, 2, AS_NUMBER},
    {"dns.count.answers", 6, 2, AS_NUMBER},
    {"dns.count.auth_rr", 8, 2, AS_NUMBER},
    {"dns.count.add_rr", 10, 2, AS_NUMBER},
};

static const FieldSpec response[] = {
    {"dns.flags.authoritative", 2, 2, AS_NUMBER, 10, 1},
    {"dns.flags.recavail", 2, 2, AS_NUMBER, 7, 1},
    {"dns.flags.rcode", 2, 2, AS_NUMBER, 0, 4, meaning_rcode},
};

/* The message begins at the byte base of the layer. */
typedef struct {
    LayerFields *layer;
    Slice message;
    uint32_t base;
} Listing;

static void add_name(const Listing *listing, const char *field, uint32_t at, uint32_t size,
                     const DnsName *name)
{
    Str value = name->size ? str_make(name->data, name->size) : STR("<Root>");
    (void)fields_text(listing->layer, field, listing->base + at, size,
                      arena_copy(listing->layer->arena, value));
}

static void add_question(const Listing *listing, const DnsRecord *record)
{
    /* The first bit of a class is a flag of multicast DNS. */
    static const FieldSpec rest[] = {
        {"dns.qry.type", 0, 2, AS_NUMBER, 0, 0, type_name},
        {"dns.qry.class", 2, 2, AS_HEX, 0, 15},
    };
    add_name(listing, "dns.qry.name", record->at, record->name_bytes, &record->name);
    fields_add_all(listing->layer, rest, COUNT_OF(rest),
                   listing->base + record->at + record->name_bytes);
}

static void add_data(const Listing *listing, const DnsRecord *record)
{
    const char *field = record->type == TYPE_A       ? "dns.a"
                        : record->type == TYPE_AAAA  ? "dns.aaaa"
                        : record->type == TYPE_CNAME ? "dns.cname"
                        : record->type == TYPE_NS    ? "dns.ns"
                                                     : "dns.ptr.domain_name";
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, 2 * NAME_MAX);
    if (print_data(&text, listing->message, record))
        (void)fields_text(listing->layer, field, listing->base + record->data_at,
                          record->data_bytes, arena_copy(listing->layer->arena, strbuf_str(&text)));
}

static void add_answer(const Listing *listing, const DnsRecord *record)
{
    enum { TYPE_OPT = 41 };
    static const FieldSpec rest[] = {
        {"dns.resp.type", 0, 2, AS_NUMBER, 0, 0, type_name},
        {"dns.resp.class", 2, 2, AS_HEX, 0, 15},
        {"dns.resp.ttl", 4, 4, AS_NUMBER},
        {"dns.resp.len", 8, 2, AS_NUMBER},
    };
    add_name(listing, "dns.resp.name", record->at, record->name_bytes, &record->name);
    uint32_t at = listing->base + record->at + record->name_bytes;
    /* The class and the time to live of OPT mean something else (RFC 6891). */
    fields_add_all(listing->layer, rest, record->type == TYPE_OPT ? 1 : COUNT_OF(rest), at);
    add_data(listing, record);
}

static void describe_message(LayerFields *layer, uint32_t base, Slice message)
{
    DnsRecord record;
    uint32_t at = HEADER_BYTES;
    const Listing listing = {layer, message, base};
    fields_add_all(layer, header, COUNT_OF(header), base);
    if (message.captured < HEADER_BYTES)
        return;
    if (message.data[2] & 0x80)
        fields_add_all(layer, response, COUNT_OF(response), base);
    uint32_t questions = load_be16(message.data + 4);
    uint32_t answers = (uint32_t)load_be16(message.data + 6) + load_be16(message.data + 8) +
                       load_be16(message.data + 10);
    for (uint32_t i = 0; i < MIN_OF(questions, (uint32_t)RECORDS_MAX); i++) {
        if (!read_question(message, &at, &record))
            return;
        add_question(&listing, &record);
    }
    if (questions > RECORDS_MAX)
        return;
    for (uint32_t i = 0; i < MIN_OF(answers, (uint32_t)RECORDS_MAX); i++) {
        if (!read_answer(message, &at, &record))
            return;
        add_answer(&listing, &record);
    }
}

static void describe(LayerFields *layer)
{
    describe_message(layer, 0, layer->slice);
}

static void describe_over_tcp(LayerFields *layer)
{
    (void)fields_number(layer, "dns.length", 0, 2);
    describe_message(layer, 2, without_length(layer->slice));
}

const ApplicationKind application_dns = {"dns", is_dns, write_info, describe};
const ApplicationKind application_dns_over_tcp = {"dns", is_dns_over_tcp, write_info_over_tcp,
                                                  describe_over_tcp};
const ApplicationKind application_mdns = {"mdns", is_mdns, write_info, describe};
