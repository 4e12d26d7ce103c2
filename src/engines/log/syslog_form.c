/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/log/syslog_private.h"

#include "base/ascii.h"

typedef struct {
    Str word;
    int severity;
} SeverityWord;

static int severity_of(const SeverityWord *words, size_t count, Str word)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal_ignore_case(word, words[i].word))
            return words[i].severity;
    return -1;
}

/* Takes the next name=value or name="value" pair; words without = are skipped. */
static bool next_pair(Str *rest, Str *out_name, Str *out_value)
{
    for (;;) {
        syslog_skip_blanks(rest);
        size_t size = 0;
        while (size < rest->size && rest->data[size] != '=' && !ascii_is_space(rest->data[size]))
            size++;
        if (size == rest->size)
            return false;
        *out_name = str_slice(*rest, 0, size);
        bool has_value = rest->data[size] == '=';
        *rest = str_from(*rest, size + 1);
        if (has_value)
            break;
    }
    bool quoted = str_starts_with(*rest, STR("\""));
    Str value = str_from(*rest, quoted ? 1 : 0);
    size_t end = 0;
    while (end < value.size && (quoted ? value.data[end] != '"' : !ascii_is_space(value.data[end])))
        end++;
    *out_value = str_slice(value, 0, end);
    *rest = str_from(value, end + (quoted ? 1 : 0));
    return true;
}

/* Reads date=2026-02-12 time=08:30:00 devname="fw" logid=… level="notice" … */
static bool read_fortios(Str text, SyslogLine *line)
{
    static const SeverityWord levels[] = {
        {STR_INIT("emergency"), 0},    {STR_INIT("alert"), 1},       {STR_INIT("critical"), 2},
        {STR_INIT("error"), 3},        {STR_INIT("warning"), 4},     {STR_INIT("notice"), 5},
        {STR_INIT("notification"), 5}, {STR_INIT("information"), 6}, {STR_INIT("debug"), 7},
    };
    char stamp[32];
    SyslogLine found = *line;
    Str rest = text, name, value, date = {0}, time = {0};
    if (!str_starts_with(text, STR("date=")))
        return false;
    while (next_pair(&rest, &name, &value)) {
        if (str_equal(name, STR("date")))
            date = value;
        else if (str_equal(name, STR("time")))
            time = value;
        else if (str_equal(name, STR("devname")))
            found.host = value;
        else if (str_equal(name, STR("logid")))
            found.mnemonic = value;
        else if (str_equal(name, STR("level")) && severity_of(levels, COUNT_OF(levels), value) >= 0)
            found.severity = severity_of(levels, COUNT_OF(levels), value);
    }
    if (date.size != 10 || time.size < 8 || time.size > 16)
        return false;
    memcpy(stamp, date.data, 10);
    stamp[10] = ' ';
    memcpy(stamp + 11, time.data, time.size);
    Str written = str_make(stamp, 11 + time.size);
    if (!syslog_take_time(&written, &found))
        return false;
    found.timestamp = str_make(date.data, (size_t)(time.data + time.size - date.data));
    found.message = text;
    *line = found;
    return true;
}

/* Takes a field of comma-separated values (RFC 4180), without its quotes. */
static bool next_csv(Str *rest, Str *out_field)
{
    if (!str_starts_with(*rest, STR("\"")))
        return str_next_field(rest, ',', out_field);
    size_t end = 1;
    while (end < rest->size) {
        bool is_quote = rest->data[end] == '"';
        if (is_quote && (end + 1 >= rest->size || rest->data[end + 1] != '"'))
            break;
        end += is_quote ? 2 : 1;
    }
    end = MIN_OF(end, rest->size);
    *out_field = str_slice(*rest, 1, end - 1);
    *rest = str_from(*rest, end + 1);
    (void)syslog_take_byte(rest, ',');
    return true;
}

/* PAN-OS: which field, from 0, holds the severity. The other types have none: PAN-OS forwards them
 * as informational. */
static const struct {
    Str type;
    size_t severity;
    size_t message; /* 0: the whole record */
} panos_types[] = {
    {STR_INIT("THREAT"), 34, 0},        {STR_INIT("SYSTEM"), 13, 14},
    {STR_INIT("CORRELATION"), 11, 0},   {STR_INIT("TRAFFIC"), 0, 0},
    {STR_INIT("CONFIG"), 0, 0},         {STR_INIT("HIPMATCH"), 0, 0},
    {STR_INIT("HIP-MATCH"), 0, 0},      {STR_INIT("USERID"), 0, 0},
    {STR_INIT("GLOBALPROTECT"), 0, 0},  {STR_INIT("DECRYPTION"), 0, 0},
    {STR_INIT("AUTHENTICATION"), 0, 0}, {STR_INIT("GTP"), 0, 0},
    {STR_INIT("SCTP"), 0, 0},           {STR_INIT("IPTAG"), 0, 0},
    {STR_INIT("AUDIT"), 0, 0},
};

static void read_panos_fields(Str record, size_t type, SyslogLine *line)
{
    static const SeverityWord words[] = {
        {STR_INIT("critical"), 2}, {STR_INIT("high"), 3},          {STR_INIT("medium"), 4},
        {STR_INIT("low"), 5},      {STR_INIT("informational"), 6},
    };
    Str rest = record, field;
    line->severity = 6;
    for (size_t i = 0; next_csv(&rest, &field); i++) {
        int severity = severity_of(words, COUNT_OF(words), field);
        if (i && i == panos_types[type].severity && severity >= 0)
            line->severity = severity;
        if (i && i == panos_types[type].message && !str_empty(field))
            line->message = field;
    }
}

/* Reads 1,2024/03/12 10:52:00,001801000001,THREAT,… */
static bool read_panos(Str text, SyslogLine *line)
{
    SyslogLine found = *line;
    Str rest = text, first, time, serial, type;
    uint32_t domain = 0;
    if (!next_csv(&rest, &first) || !str_parse_u32(first, &domain) || !next_csv(&rest, &time) ||
        time.size < 19 || !next_csv(&rest, &serial) || !next_csv(&rest, &type) ||
        (!line->has_time && !syslog_take_time(&time, &found)))
        return false;
    for (size_t i = 0; i < COUNT_OF(panos_types); i++) {
        if (!str_equal(type, panos_types[i].type))
            continue;
        found.mnemonic = type;
        found.message = str_from(text, (size_t)(type.data - text.data));
        read_panos_fields(text, i, &found);
        *line = found;
        return true;
    }
    return false;
}

static bool is_topic_byte(char byte)
{
    return ascii_is_lower(byte) || ascii_is_digit(byte) || byte == '-' || byte == '_';
}

/* Reads the topics of RouterOS: "ospf,info OSPF-v2 neighbor …", "system,error,critical login …". */
static bool read_routeros(Str text, SyslogLine *line)
{
    static const SeverityWord words[] = {
        {STR_INIT("critical"), 2}, {STR_INIT("error"), 3}, {STR_INIT("warning"), 4},
        {STR_INIT("info"), 6},     {STR_INIT("debug"), 7},
    };
    Str rest = text, topics, topic, first = {0};
    int worst = -1;
    if (!str_next_word(&rest, &topics) || topics.size > 80 || topics.data != text.data)
        return false;
    if (str_ends_with(topics, STR(":"))) /* BSD style writes one behind them */
        topics.size--;
    if (str_find_byte(topics, ',') == STR_NOT_FOUND)
        return false;
    while (str_next_field(&topics, ',', &topic)) {
        int severity = severity_of(words, COUNT_OF(words), topic);
        for (size_t i = 0; i < topic.size; i++)
            if (!is_topic_byte(topic.data[i]))
                return false;
        if (str_empty(topic))
            return false;
        if (severity >= 0 && (worst < 0 || severity < worst))
            worst = severity;
        if (!first.data)
            first = topic;
    }
    if (worst < 0)
        return false;
    line->severity = worst;
    line->process = first;
    line->message = str_trim(rest);
    return true;
}

/* Reads CEF:0|vendor|product|version|signature|name|severity|… */
static bool read_cef(Str text, SyslogLine *line)
{
    Str rest = text, field, fields[7] = {{0}};
    uint32_t severity = 0;
    if (!str_starts_with(text, STR("CEF:")))
        return false;
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        if (!str_next_field(&rest, '|', &field))
            return false;
        fields[i] = field;
    }
    static const SeverityWord words[] = {
        {STR_INIT("Very-High"), 2}, {STR_INIT("High"), 3},    {STR_INIT("Medium"), 4},
        {STR_INIT("Low"), 6},       {STR_INIT("Unknown"), 6},
    };
    int named = severity_of(words, COUNT_OF(words), fields[6]);
    if (named >= 0)
        line->severity = named;
    else if (str_parse_u32(fields[6], &severity))
        line->severity = severity >= 9 ? 2 : severity >= 7 ? 3 : severity >= 4 ? 4 : 6;
    line->process = fields[2];
    line->mnemonic = fields[4];
    line->message = text;
    return true;
}

bool syslog_read_form(Str text, SyslogLine *line)
{
    return read_fortios(text, line) || read_panos(text, line) || read_cef(text, line) ||
           read_routeros(text, line);
}
