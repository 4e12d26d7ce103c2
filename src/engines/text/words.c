/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/words.h"

#include "base/map.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "engines/text/word_forms.h"

#include <stdio.h>

/* The limits of a tsvector. */
enum {
    MAX_PLACE = 16383,
    MAX_PLACES = 256, /* of one word */
    MAX_BYTES = (1 << 20) - 1,
};

enum {
    WORDS_TEXT_MAX_BYTES = 16 * 1024 * 1024, /* a place has at least two bytes, and ten as text */
    TITLE_MAX_CHARACTERS = 255,
};

/* What is written of a word so far. */
typedef struct {
    uint32_t count; /* of its places */
    uint32_t last_place;
    char last_kind;
} Known;

typedef struct {
    Arena *arena; /* of the work */
    StrBuf text;
    Map indexes; /* of known, by word */
    VEC(Known) known;
    size_t read_bytes;   /* of the words, each as often as it is written */
    size_t stored_bytes; /* of the tsvector */
    bool is_full;
    bool is_context;     /* the words are of kind D, behind the others */
    uint32_t last_place; /* the greatest that is written */
    uint32_t place_before;
} Words;

static size_t even(size_t size)
{
    return size + size % 2;
}

static Known *know(Words *words, Str word)
{
    size_t index = map_get_index(&words->indexes, word);
    if (index == MAP_NO_INDEX) {
        index = words->known.count;
        map_put_index(words->arena, &words->indexes, arena_copy(words->arena, word), index);
        *VEC_PUSH(words->arena, &words->known) = (Known){0};
        words->stored_bytes += even(word.size) + 2;
    }
    return &words->known.items[index];
}

/* Writes 'ospf':3B and a blank. */
static void write_word(StrBuf *text, Str word, uint32_t place, char kind)
{
    char digits[8];
    size_t count = 0;
    strbuf_append_byte(text, '\'');
    strbuf_append(text, word);
    strbuf_append(text, STR("':"));
    for (uint32_t rest = place; rest > 0; rest /= 10)
        digits[count++] = (char)('0' + rest % 10);
    while (count > 0)
        strbuf_append_byte(text, digits[--count]);
    strbuf_append_byte(text, kind);
    strbuf_append_byte(text, ' ');
}

/* Adds a word at a place. Places come in order. Of several kinds at one place, the first of the
 * alphabet counts. */
static void add(Words *words, Str word, uint32_t place, char kind)
{
    if (words->is_context)
        kind = 'D';
    place = MIN_OF(MIN_OF(place, (uint32_t)MAX_PLACE) + words->place_before, (uint32_t)MAX_PLACE);
    if (words->is_full || words->read_bytes + word.size > MAX_BYTES ||
        words->stored_bytes + even(word.size) + 4 > MAX_BYTES) {
        words->is_full = true;
        return;
    }
    Known *known = know(words, word);
    bool is_repeated = known->count > 0 && known->last_place == place;
    if (is_repeated ? known->last_kind <= kind : known->count == MAX_PLACES)
        return;
    if (!is_repeated) {
        known->count++;
        words->stored_bytes += 2;
    }
    words->read_bytes += word.size;
    words->last_place = MAX_OF(words->last_place, place);
    known->last_place = place;
    known->last_kind = kind;
    write_word(&words->text, word, place, kind);
}

/* A word of the text. */
typedef struct {
    Str name; /* its one spelling */
    Str mac;  /* the digits of a MAC address; empty: it is none */
    uint32_t place;
    bool is_plain;
    bool is_address;
} Word;

/* Returns whether it is of letters, or a number of at most four digits. */
static bool is_plain(Str word)
{
    size_t digits = 0;
    for (size_t i = 0; i < word.size; i++) {
        if (word_is_joint(word.data[i]))
            return false;
        digits += ascii_is_digit(word.data[i]);
    }
    return digits == 0 || (digits == word.size && digits <= 4);
}

/* Adds a part of an identifier, unless it is a single character or a number of two digits. */
static void add_part(Words *words, const Word *word, Str part)
{
    size_t characters = 0;
    size_t digits = 0;
    for (size_t i = 0; i < part.size; i++) {
        characters += ((unsigned char)part.data[i] & 0xC0) != 0x80;
        digits += ascii_is_digit(part.data[i]);
    }
    if (part.size < word->name.size && characters >= (digits == characters ? 3 : 2))
        add(words, part, word->place, 'C');
}

/* Adds what is between the joints: ospf, 5 and adjchg of ospf-5-adjchg. */
static void add_fields(Words *words, const Word *word)
{
    Str name = word->name;
    size_t start = 0;
    for (size_t at = 0; at <= name.size; at++) {
        if (at < name.size && !word_is_joint(name.data[at]))
            continue;
        add_part(words, word, str_slice(name, start, at - start));
        start = at + 1;
    }
}

/* Adds the letters and the numbers, of three characters or more: leaf of leaf1a. */
static void add_runs(Words *words, const Word *word)
{
    Str name = word->name;
    size_t at = 0;
    while (at < name.size) {
        size_t start = at;
        bool are_letters = ascii_is_lower(name.data[at]);
        if (!are_letters && !ascii_is_digit(name.data[at])) {
            at++;
            continue;
        }
        while (at < name.size &&
               (are_letters ? ascii_is_lower(name.data[at]) : ascii_is_digit(name.data[at])))
            at++;
        if (at - start >= 3)
            add_part(words, word, str_slice(name, start, at - start));
    }
}

/* Returns the address of ::ffff:10.0.0.1, or an empty view. */
static Str mapped_ipv4(Str name)
{
    Str prefix = STR("::ffff:");
    size_t at = 0;
    if (!str_starts_with(name, prefix))
        return STR("");
    Str rest = str_from(name, prefix.size);
    for (int i = 0; i < 3; i++) {
        size_t dot = str_find_byte(str_from(rest, at + 1), '.');
        if (dot == STR_NOT_FOUND)
            return STR("");
        at += dot + 2;
    }
    return at < rest.size ? rest : STR("");
}

/* Returns the address of 10.0.0.1:179, or an empty view. */
static Str address_of_port(Str name)
{
    size_t colon = str_find_byte(name, ':');
    if (colon == STR_NOT_FOUND || colon == 0 || colon + 1 == name.size)
        return STR("");
    for (size_t i = 0; i < name.size; i++) {
        if (i != colon && !ascii_is_digit(name.data[i]) && (i > colon || name.data[i] != '.'))
            return STR("");
    }
    return str_slice(name, 0, colon);
}

/* Adds what an address is also found by. */
static void add_forms_of_address(Words *words, const Word *word)
{
    size_t end = 0;
    Str name = word->name;
    while (end < name.size && name.data[end] != '/' && name.data[end] != '%')
        end++;
    if (end < name.size)
        add(words, str_slice(name, 0, end), word->place, 'A');
    Str ipv4 = mapped_ipv4(name);
    if (!str_empty(ipv4))
        add(words, ipv4, word->place, 'A');
    Str address = address_of_port(name);
    if (!str_empty(address))
        add(words, address, word->place, 'A');
}

static void add_word(Words *words, const Word *word)
{
    add(words, word->name, word->place, word->is_plain ? 'B' : 'A');
    if (word->is_address)
        add_forms_of_address(words, word);
    if (!str_empty(word->mac) && !str_equal(word->mac, word->name))
        add(words, word->mac, word->place, 'A');
    if (word->is_plain || word->is_address)
        return;
    Str interface = word_interface_of(word->name);
    if (!str_empty(interface))
        add(words, interface, word->place, 'A');
    add_fields(words, word);
    add_runs(words, word);
}

/* The IPv4 address before a word, to which a mask may belong. */
typedef struct {
    char data[32];
    size_t size; /* 0: there is none */
    uint32_t place;
} AddressBefore;

static bool may_have_mask(const Word *word)
{
    size_t dots = 0;
    for (size_t i = 0; i < word->name.size; i++) {
        char c = word->name.data[i];
        if (c == ':' || c == '%' || c == '/')
            return false;
        dots += c == '.';
    }
    return word->is_address && dots == 3;
}

/* 10.0.0.1 255.255.255.252 is also 10.0.0.1/30, and 10.0.0.0 0.0.0.3 is 10.0.0.0/30. */
static void add_with_mask(Words *words, AddressBefore *before, const Word *word)
{
    char name[sizeof(before->data) + 4];
    int length = word->is_address ? word_mask_length(word->name) : -1;
    if (length >= 0 && before->size > 0 && before->place + 1 == word->place) {
        int size = snprintf(name, sizeof(name), "%.*s/%d", (int)before->size, before->data, length);
        add(words, str_make(name, (size_t)size), before->place, 'A');
    }
    before->size = may_have_mask(word) ? word->name.size : 0;
    before->place = word->place;
    check(before->size <= sizeof(before->data));
    memcpy(before->data, word->name.data, before->size);
}

static void add_text(Words *words, Str text)
{
    Str piece;
    AddressBefore before = {.size = 0};
    WordPieces pieces = {.text = text};
    while (!words->is_full && word_pieces_next(&pieces, &piece)) {
        char digits[WORD_MAC_DIGITS];
        char folded[WORD_MAX_BYTES];
        char name[WORD_NAME_MAX_BYTES];
        Str text_of_word = word_fold(piece, folded);
        if (str_empty(text_of_word))
            continue;
        bool is_mac = word_mac_digits(text_of_word, digits);
        Word word = {
            .name = word_name(text_of_word, name),
            .mac = str_make(digits, is_mac ? sizeof(digits) : 0),
            .place = pieces.place,
            .is_plain = is_plain(text_of_word) && !(is_mac && text_of_word.size == sizeof(digits)),
            .is_address = is_mac || word_is_address(text_of_word),
        };
        add_with_mask(words, &before, &word);
        add_word(words, &word);
    }
}

static void words_init(Words *words, Arena *arena)
{
    *words = (Words){.arena = arena};
    strbuf_init(&words->text, WORDS_TEXT_MAX_BYTES);
}

/* Returns the words in the arena, and frees the others. */
static Str words_finish(Words *words, Arena *arena)
{
    check(!words->text.overflowed);
    Str text = arena_copy(arena, str_trim_right(strbuf_str(&words->text)));
    strbuf_done(&words->text);
    return text;
}

Str words_of_text(Arena *arena, Str text)
{
    Words words;
    auto_arena Arena *work = arena_new();
    words_init(&words, work);
    add_text(&words, text);
    return words_finish(&words, arena);
}

/* Appends a text behind a blank, if there is one. */
static void append_text(StrBuf *context, Str text)
{
    if (str_empty(text))
        return;
    strbuf_append_byte(context, ' ');
    strbuf_append(context, text);
}

static Str cut_title(Str title)
{
    size_t size = 0;
    for (size_t count = 0; count < TITLE_MAX_CHARACTERS && size < title.size; count++)
        size += MAX_OF(utf8_length(str_from(title, size)), (size_t)1);
    return str_slice(title, 0, size);
}

/* Appends the name of a document and the first parts of it: lis-core1-show-version.txt is about
 * lis-core1. */
static void append_title(StrBuf *context, Str title)
{
    strbuf_append(context, title);
    for (size_t i = 1; i < title.size; i++) {
        if (title.data[i] != '\0' && strchr("-_. ", title.data[i]))
            append_text(context, str_slice(title, 0, i));
    }
}

/* Appends a section without the marks of prompts. */
static void append_section(StrBuf *context, Str section)
{
    size_t start = context->size;
    append_text(context, section);
    for (size_t i = start; i < context->size; i++) {
        char c = context->data[i];
        if (c == '#' || c == '>' || c == '@')
            context->data[i] = ' ';
    }
}

static void add_context(Words *words, const TextChunk *chunk, Str device)
{
    auto_strbuf StrBuf context = {0};
    Str title = cut_title(chunk->title);
    strbuf_init(&context, title.size * (title.size + 2) + device.size + chunk->section.size +
                              chunk->facts.size + 3);
    append_title(&context, title);
    append_text(&context, device);
    append_section(&context, chunk->section);
    append_text(&context, chunk->facts);
    words->is_context = true;
    words->place_before = words->last_place;
    add_text(words, strbuf_str(&context));
}

Str words_of_chunk(Arena *arena, const TextChunk *chunk, Str device)
{
    Words words;
    auto_arena Arena *work = arena_new();
    if (chunk->is_front_matter)
        return STR("");
    words_init(&words, work);
    add_text(&words, chunk->text);
    add_context(&words, chunk, device);
    return words_finish(&words, arena);
}
