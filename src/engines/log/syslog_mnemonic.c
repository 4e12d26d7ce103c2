/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/log/syslog_private.h"

#include "base/ascii.h"

enum { MNEMONIC_MAX_BYTES = 80, PERCENT_TRIES = 8 };

static bool is_mnemonic_byte(char byte)
{
    return ascii_is_upper(byte) || ascii_is_digit(byte) || byte == '_' || byte == '-';
}

/* Returns the severity in OSPF-5-ADJCHG or, at its end, KERN-3; -1 if there is none. */
static int severity_within(Str mnemonic)
{
    int severity = -1;
    for (size_t i = 1; i + 1 < mnemonic.size; i++) {
        bool ends = i + 2 == mnemonic.size || mnemonic.data[i + 2] == '-';
        if (mnemonic.data[i] == '-' && mnemonic.data[i + 1] >= '0' && mnemonic.data[i + 1] <= '7' &&
            ends)
            severity = mnemonic.data[i + 1] - '0';
    }
    return severity;
}

/* Parses %LINK-3-UPDOWN, %PKT_INFRA-LINK-3-UPDOWN, %ASA-session-5-111008 or %ADJCHANGE. text is the
 * message without its leading %. */
static bool parse_cisco(Str text, SyslogLine *line)
{
    size_t size = 0;
    bool has_lower = false, has_dash = false;
    while (size < text.size && size < MNEMONIC_MAX_BYTES) {
        char byte = text.data[size];
        has_dash |= byte == '-';
        has_lower |= ascii_is_lower(byte);
        if (!is_mnemonic_byte(byte) && !(has_dash && ascii_is_lower(byte)))
            break;
        size++;
    }
    Str mnemonic = str_slice(text, 0, size);
    int severity = severity_within(mnemonic);
    if (size < 3 || !ascii_is_upper(text.data[0]) || size == text.size ||
        (text.data[size] != ':' && text.data[size] != ' ') || (has_lower && severity < 0))
        return false;
    line->mnemonic = mnemonic;
    if (severity >= 0)
        line->severity = severity;
    Str message = str_from(text, size);
    syslog_skip_blanks(&message);
    (void)syslog_take_byte(&message, ':');
    line->message = str_trim(message);
    return true;
}

bool syslog_read_slashed(Str text, SyslogLine *line)
{
    size_t size = 0;
    while (size < text.size && size < MNEMONIC_MAX_BYTES &&
           (is_mnemonic_byte(text.data[size]) || text.data[size] == '/'))
        size++;
    Str mnemonic = str_slice(text, 0, size);
    size_t slash = str_find_byte(mnemonic, '/');
    if (slash == STR_NOT_FOUND || slash == 0 || slash + 2 >= size ||
        !ascii_is_digit(text.data[slash + 1]) || text.data[slash + 2] != '/')
        return false;
    line->mnemonic = mnemonic;
    line->severity = MIN_OF(text.data[slash + 1] - '0', 7);
    size_t colon = str_find_byte(text, ':');
    line->message =
        str_trim(colon == STR_NOT_FOUND ? str_from(text, size) : str_from(text, colon + 1));
    return true;
}

/* Parses a mnemonic as Huawei writes it: %%01IFNET/4/IF_STATE(l)[4997]. text lacks the first %. */
static bool parse_huawei(Str text, SyslogLine *line)
{
    Str at = text;
    if (!syslog_take_byte(&at, '%'))
        return false;
    while (at.size && ascii_is_digit(at.data[0]))
        at = str_from(at, 1);
    return syslog_read_slashed(at, line);
}

static bool find_percent(Str text, SyslogLine *line)
{
    Str rest = text;
    for (int tries = 0; tries < PERCENT_TRIES; tries++) {
        size_t percent = str_find_byte(rest, '%');
        if (percent == STR_NOT_FOUND)
            return false;
        rest = str_from(rest, percent + 1);
        if (parse_huawei(rest, line) || parse_cisco(rest, line))
            return true;
    }
    return false;
}

/* Parses a mnemonic of Junos, such as RPD_OSPF_NBRDOWN: upper case, with an underscore, before a
 * colon. */
static bool parse_junos(Str text, SyslogLine *line)
{
    size_t size = 0;
    while (size < text.size && size < MNEMONIC_MAX_BYTES && is_mnemonic_byte(text.data[size]))
        size++;
    Str word = str_slice(text, 0, size);
    if (size < 4 || size >= text.size || text.data[size] != ':' ||
        str_find_byte(word, '_') == STR_NOT_FOUND)
        return false;
    line->mnemonic = word;
    line->message = str_trim(str_from(text, size + 1));
    return true;
}

bool syslog_find_mnemonic(Str text, SyslogLine *line)
{
    return find_percent(text, line) || parse_junos(text, line);
}

/* Takes the structured data of RFC 5424 §6.3: "-", or elements in brackets. */
static bool take_structured_data(Str *rest)
{
    Str at = *rest;
    bool quoted = false, inside = false;
    if (str_starts_with(at, STR("- ")) || str_equal(at, STR("-"))) {
        *rest = str_from(at, 1);
        return true;
    }
    if (!str_starts_with(at, STR("[")))
        return false;
    for (size_t i = 0; i < at.size; i++) {
        char byte = at.data[i];
        if (byte == '\\' && quoted)
            i++;
        else if (byte == '"')
            quoted = !quoted;
        else if (byte == '[' && !quoted)
            inside = true;
        else if (byte == ']' && !quoted)
            inside = false;
        else if (!inside) {
            *rest = str_from(at, i);
            return true;
        }
    }
    *rest = str_from(at, at.size);
    return !inside;
}

static void read_sequence_id(Str data, SyslogLine *line)
{
    static const Str name = STR_INIT("sequenceId=\"");
    size_t start = str_find(data, name);
    if (start == STR_NOT_FOUND)
        return;
    Str digits = str_from(data, start + name.size);
    line->has_sequence =
        str_parse_u64(str_slice(digits, 0, str_find_byte(digits, '"')), &line->sequence);
}

void syslog_read_structured(Str text, SyslogLine *line)
{
    Str rest = text, process_id, message_id;
    line->message = str_trim(text);
    if (!str_next_word(&rest, &process_id) || !str_next_word(&rest, &message_id))
        return;
    rest = str_trim_left(rest);
    Str data = rest;
    if (!take_structured_data(&rest))
        return;
    if (!str_equal(message_id, STR("-")))
        line->mnemonic = message_id;
    read_sequence_id(str_make(data.data, data.size - rest.size), line);
    rest = str_trim(rest);
    if (str_starts_with(rest, STR("\xEF\xBB\xBF")))
        rest = str_from(rest, 3);
    /* Junos can be set to write the data alone: it is the message then. */
    line->message = str_empty(rest) ? str_trim(data) : rest;
}
