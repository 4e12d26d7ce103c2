/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ascii.h"
#include "engines/text/chunk.h"

/* Estimates the tokens of a run of ASCII letters and digits. Measured on configurations, command
 * output and prose. */
static size_t run_tokens(size_t letters, size_t digits)
{
    if (!letters)
        return digits <= 3 ? 1 : (digits + 1) / 2;
    if (!digits)
        return letters <= 2 ? 1 : letters <= 6 ? 2 : (letters + 2) / 3;
    return (2 * (letters + digits) + 2) / 3;
}

size_t chunk_estimate_tokens(Str text)
{
    size_t tokens = 0, letters = 0, digits = 0;
    for (size_t i = 0; i <= text.size; i++) {
        unsigned char byte = i < text.size ? (unsigned char)text.data[i] : ' ';
        if (ascii_is_letter((char)byte)) {
            letters++;
        } else if (ascii_is_digit((char)byte)) {
            digits++;
        } else {
            tokens += letters + digits ? run_tokens(letters, digits) : 0;
            letters = digits = 0;
            /* A Hangul syllable takes up to three tokens, any other character at most about one. */
            if (byte >= 0xEA && byte <= 0xED)
                tokens += 3;
            else if (byte > ' ' && (byte < 0x7F || byte >= 0xC0))
                tokens++;
        }
    }
    return tokens;
}
