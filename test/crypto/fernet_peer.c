/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other side of test_fernet_peer.py. Each line of the input is "encrypt KEYS HEX" or
 * "decrypt KEYS TOKEN"; each line of the output is a token, a text in hexadecimal, or "refused".
 */
#include "base/base64.h"
#include "base/time.h"
#include "crypto/keyring.h"

#include <stdio.h>

enum { LINE_MAX_BYTES = 4 * 1024 * 1024 };

static Str unhex(Arena *arena, Str digits)
{
    uint64_t byte = 0;
    char *bytes = arena_alloc(arena, digits.size / 2);
    for (size_t i = 0; i < digits.size / 2; i++) {
        check(str_parse_hex(str_slice(digits, 2 * i, 2), &byte));
        bytes[i] = (char)byte;
    }
    return (Str){bytes, digits.size / 2};
}

static Str answer(Arena *arena, Str line)
{
    Str verb;
    Str keys;
    Str text;
    Error error = {0};
    int64_t now_s = time_now_us() / 1000000;
    check(str_next_field(&line, ' ', &verb) && str_next_field(&line, ' ', &keys));
    Keyring *keyring = keyring_parse(keys, &error);
    Str result = STR("refused");
    if (keyring && str_equal(verb, STR("encrypt")))
        result = keyring_encrypt(arena, keyring, unhex(arena, line), now_s);
    else if (keyring &&
             keyring_decrypt(arena, keyring, &(FernetToken){line, now_s, 0}, &text, &error))
        result = hex_encode(arena, text);
    keyring_free(keyring);
    return result;
}

int main(void)
{
    auto_arena Arena *buffers = arena_new();
    char *line = arena_alloc(buffers, LINE_MAX_BYTES);
    while (fgets(line, LINE_MAX_BYTES, stdin)) {
        auto_arena Arena *arena = arena_new();
        Str result = answer(arena, str_slice(str_of(line), 0, strlen(line) - 1));
        printf("%.*s\n", STR_ARGS(result));
        fflush(stdout);
    }
    return 0;
}
