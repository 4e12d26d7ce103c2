/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include "base/ascii.h"

/* Reads the lead byte of a character of two to four bytes: stores how many bytes follow, and the
 * range of the first of them (Unicode, table 3-7). */
static bool start_character(Utf8Stream *stream, uint8_t lead)
{
    if (lead < 0xC2 || lead > 0xF4)
        return false;
    stream->needed = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    stream->low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    stream->high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    return true;
}

static bool continue_character(Utf8Stream *stream, uint8_t byte)
{
    if (byte < stream->low || byte > stream->high)
        return false;
    stream->needed--;
    stream->low = 0x80;
    stream->high = 0xBF;
    return true;
}

size_t utf8_read(Str text, uint32_t *out_character)
{
    if (text.size == 0)
        return 0;
    uint8_t lead = (uint8_t)text.data[0];
    if (lead < 0x80) {
        *out_character = lead;
        return 1;
    }
    Utf8Stream stream;
    if (!start_character(&stream, lead) || text.size <= stream.needed)
        return 0;
    size_t length = stream.needed + 1u;
    uint32_t character = lead & (0x7Fu >> length);
    for (size_t i = 1; i < length; i++) {
        uint8_t byte = (uint8_t)text.data[i];
        if (!continue_character(&stream, byte))
            return 0;
        character = character << 6 | (byte & 0x3F);
    }
    *out_character = character;
    return length;
}

size_t utf8_length(Str text)
{
    uint32_t character = 0;
    return utf8_read(text, &character);
}

size_t utf8_write(uint32_t character, char out[UTF8_MAX_BYTES])
{
    static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    if (character < 0x80) {
        out[0] = (char)character;
        return 1;
    }
    size_t size = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (character & 0x3F));
        character >>= 6;
    }
    out[0] = (char)(leads[size] | character);
    return size;
}

size_t utf8_skip_ascii(Str text, size_t at)
{
    uint64_t word;
    while (at + sizeof(word) <= text.size) {
        memcpy(&word, text.data + at, sizeof(word));
        if (word & 0x8080808080808080u)
            break;
        at += sizeof(word);
    }
    return at;
}

bool utf8_stream_add(Utf8Stream *stream, Str part)
{
    size_t at = 0;
    while (at < part.size) {
        if (stream->needed == 0)
            at = utf8_skip_ascii(part, at);
        if (at == part.size)
            break;
        uint8_t byte = (uint8_t)part.data[at++];
        if (stream->needed) {
            if (!continue_character(stream, byte))
                return false;
        } else if (byte >= 0x80 && !start_character(stream, byte)) {
            return false;
        }
    }
    return true;
}

bool utf8_stream_is_complete(const Utf8Stream *stream)
{
    return stream->needed == 0;
}

static bool is_in_word(char byte)
{
    return ascii_is_letter_or_digit(byte) || (unsigned char)byte >= 0x80 ||
           str_find_byte(STR("._:-/@"), byte) != STR_NOT_FOUND;
}

size_t utf8_cut_words(Str text, size_t max_bytes)
{
    size_t size = max_bytes;
    if (text.size <= max_bytes)
        return text.size;
    if (is_in_word(text.data[size]))
        while (size > 0 && is_in_word(text.data[size - 1]))
            size--;
    return size;
}
