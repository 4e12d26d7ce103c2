/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/embed/tokenizer.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "engines/embed/unicode_tables.h"

enum {
    SLOT_COUNT = 1 << 16,
    WORD_MAX_BYTES = TOKENIZER_MAX_WORD_CHARACTERS * 4,
    VOCABULARY_MAX_BYTES = 4 * 1024 * 1024,
};

/* 32-bit FNV-1a. Pieces that continue a word ("##ing") start from another basis and are stored
 * without the ##. */
static const uint32_t hash_prime = 16777619u;
static const uint32_t hash_basis[2] = {2166136261u, 0x9747B28Cu};

struct Tokenizer {
    char *text;         /* the vocabulary */
    uint32_t *starts;   /* start of each token in text, and then the end */
    uint32_t *slots;    /* upper half: upper bits of the hash; lower half: id + 1 */
    size_t piece_bytes; /* bytes of the longest token */
};

/* A word being collected: normalized UTF-8, and where its characters start. */
typedef struct {
    const Tokenizer *tokenizer;
    uint16_t *ids; /* NULL: only count */
    size_t count;
    size_t limit;
    size_t characters; /* above TOKENIZER_MAX_WORD_CHARACTERS bytes are no longer stored */
    size_t size;
    uint16_t starts[TOKENIZER_MAX_WORD_CHARACTERS + 1];
    char bytes[WORD_MAX_BYTES];
} Scanner;

static Str token_text(const Tokenizer *tokenizer, size_t id, bool *out_continues)
{
    uint32_t start = tokenizer->starts[id];
    Str text = str_make(tokenizer->text + start, tokenizer->starts[id + 1] - start);
    if (str_ends_with(text, STR("\n")))
        text.size--;
    *out_continues = text.size > 2 && str_starts_with(text, STR("##"));
    return *out_continues ? str_from(text, 2) : text;
}

static uint32_t hash_bytes(Str text, bool continues)
{
    uint32_t hash = hash_basis[continues];
    for (size_t i = 0; i < text.size; i++)
        hash = (hash ^ (unsigned char)text.data[i]) * hash_prime;
    return hash;
}

static size_t first_slot(uint32_t hash)
{
    return (hash ^ hash >> 16) % SLOT_COUNT;
}

/* Returns the id of the piece, or -1. */
static int find_piece(const Tokenizer *tokenizer, Str piece, bool continues, uint32_t hash)
{
    for (size_t slot = first_slot(hash);; slot = (slot + 1) % SLOT_COUNT) {
        uint32_t entry = tokenizer->slots[slot];
        if (!entry)
            return -1;
        if (entry >> 16 != hash >> 16)
            continue;
        bool other_continues = false;
        size_t id = (entry & 0xFFFF) - 1;
        Str other = token_text(tokenizer, id, &other_continues);
        if (other_continues == continues && str_equal(other, piece))
            return (int)id;
    }
}

static bool index_tokens(Tokenizer *tokenizer, Error *error)
{
    for (size_t id = 0; id < VOCABULARY_SIZE; id++) {
        bool continues = false;
        Str text = token_text(tokenizer, id, &continues);
        uint32_t hash = hash_bytes(text, continues);
        if (str_empty(text) || find_piece(tokenizer, text, continues, hash) >= 0)
            return error_set(error, ERR_VALIDATION, "vocabulary: line %zu is empty or repeated",
                             id + 1);
        size_t slot = first_slot(hash);
        while (tokenizer->slots[slot])
            slot = (slot + 1) % SLOT_COUNT;
        tokenizer->slots[slot] = (hash & 0xFFFF0000u) | (uint32_t)(id + 1);
        tokenizer->piece_bytes = MAX_OF(tokenizer->piece_bytes, text.size);
    }
    return true;
}

static bool check_special_tokens(const Tokenizer *tokenizer, Error *error)
{
    static const struct {
        size_t id;
        Str text;
    } specials[] = {{TOKEN_PAD, STR_INIT("[PAD]")},
                    {TOKEN_UNKNOWN, STR_INIT("[UNK]")},
                    {TOKEN_START, STR_INIT("[CLS]")},
                    {TOKEN_END, STR_INIT("[SEP]")},
                    {TOKEN_MASK, STR_INIT("[MASK]")}};
    for (size_t i = 0; i < COUNT_OF(specials); i++) {
        bool continues = false;
        if (!str_equal(token_text(tokenizer, specials[i].id, &continues), specials[i].text))
            return error_set(error, ERR_VALIDATION, "vocabulary: line %zu is not %s",
                             specials[i].id + 1, specials[i].text.data);
    }
    return true;
}

static bool load_tokens(Tokenizer *tokenizer, Str vocabulary, Error *error)
{
    Str rest = vocabulary, line;
    size_t count = 0;
    if (vocabulary.size > VOCABULARY_MAX_BYTES)
        return error_set(error, ERR_VALIDATION, "vocabulary: longer than %d bytes",
                         VOCABULARY_MAX_BYTES);
    for (; str_next_line(&rest, &line); count++)
        if (count < VOCABULARY_SIZE)
            tokenizer->starts[count] = (uint32_t)(line.data - vocabulary.data);
    if (count != VOCABULARY_SIZE)
        return error_set(error, ERR_VALIDATION, "vocabulary: %zu lines instead of %d", count,
                         VOCABULARY_SIZE);
    tokenizer->starts[count] = (uint32_t)vocabulary.size;
    return index_tokens(tokenizer, error) && check_special_tokens(tokenizer, error);
}

Tokenizer *tokenizer_new(Str vocabulary, Error *error)
{
    Tokenizer *tokenizer = MEM_NEW(Tokenizer);
    tokenizer->text = mem_alloc(vocabulary.size + 1, 1);
    if (vocabulary.size)
        memcpy(tokenizer->text, vocabulary.data, vocabulary.size);
    tokenizer->starts = mem_alloc(VOCABULARY_SIZE + 1, sizeof(uint32_t));
    tokenizer->slots = mem_alloc(SLOT_COUNT, sizeof(uint32_t));
    if (load_tokens(tokenizer, vocabulary, error))
        return tokenizer;
    tokenizer_free(tokenizer);
    return NULL;
}

void tokenizer_free(Tokenizer *tokenizer)
{
    if (!tokenizer)
        return;
    mem_free(tokenizer->text);
    mem_free(tokenizer->starts);
    mem_free(tokenizer->slots);
    mem_free(tokenizer);
}

static bool is_full(const Scanner *scanner)
{
    return scanner->count >= scanner->limit;
}

static void put_token(Scanner *scanner, size_t id)
{
    if (is_full(scanner))
        return;
    if (scanner->ids)
        scanner->ids[scanner->count] = (uint16_t)id;
    scanner->count++;
}

/* Finds the longest piece at character first of the word. Returns its id, or -1, and stores its end
 * as a character index. */
static int longest_piece(const Scanner *scanner, size_t first, size_t *out_end)
{
    uint32_t hashes[TOKENIZER_MAX_WORD_CHARACTERS + 1];
    const char *start = scanner->bytes + scanner->starts[first];
    bool continues = first > 0;
    uint32_t hash = hash_basis[continues];
    size_t end = first, used = 0;
    while (end < scanner->characters) {
        size_t next = (size_t)(scanner->starts[end + 1] - scanner->starts[first]);
        if (next > scanner->tokenizer->piece_bytes)
            break;
        for (; used < next; used++)
            hash = (hash ^ (unsigned char)start[used]) * hash_prime;
        hashes[++end - first] = hash;
    }
    for (; end > first; end--) {
        size_t size = (size_t)(scanner->starts[end] - scanner->starts[first]);
        int id =
            find_piece(scanner->tokenizer, str_make(start, size), continues, hashes[end - first]);
        if (id >= 0) {
            *out_end = end;
            return id;
        }
    }
    return -1;
}

/* Splits the collected word into pieces. If a part of the word is no piece, the whole word is one
 * [UNK]. */
static void end_word(Scanner *scanner)
{
    if (scanner->characters == 0)
        return;
    uint16_t pieces[TOKENIZER_MAX_WORD_CHARACTERS];
    size_t count = 0, at = 0;
    bool known = scanner->characters <= TOKENIZER_MAX_WORD_CHARACTERS;
    while (known && at < scanner->characters) {
        int id = longest_piece(scanner, at, &at);
        known = id >= 0;
        if (known)
            pieces[count++] = (uint16_t)id;
    }
    if (!known)
        put_token(scanner, TOKEN_UNKNOWN);
    for (size_t i = 0; known && i < count; i++)
        put_token(scanner, pieces[i]);
    scanner->characters = 0;
    scanner->size = 0;
}

static void put_character(Scanner *scanner, uint32_t character)
{
    if (scanner->characters >= TOKENIZER_MAX_WORD_CHARACTERS) {
        scanner->characters = TOKENIZER_MAX_WORD_CHARACTERS + 1;
        return;
    }
    char *out = scanner->bytes + scanner->size;
    size_t size = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = size - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (character & 0x3F));
        character >>= 6;
    }
    out[0] = (char)(leads[size] | character);
    scanner->size += size;
    scanner->starts[++scanner->characters] = (uint16_t)scanner->size;
}

static void put_alone(Scanner *scanner, uint32_t character)
{
    end_word(scanner);
    put_character(scanner, character);
    end_word(scanner);
}

static bool is_ascii_punctuation(unsigned char byte)
{
    return (byte > ' ' && byte < '0') || (byte > '9' && byte < 'A') || (byte > 'Z' && byte < 'a') ||
           (byte > 'z' && byte < 0x7F);
}

static void scan_ascii(Scanner *scanner, unsigned char byte)
{
    if (byte >= 'A' && byte <= 'Z')
        put_character(scanner, byte | 0x20u);
    else if (byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r')
        end_word(scanner);
    else if (is_ascii_punctuation(byte))
        put_alone(scanner, byte);
    else if (byte > ' ' && byte < 0x7F)
        put_character(scanner, byte);
}

static void scan_character(Scanner *scanner, uint32_t character)
{
    UnicodeClass class = unicode_class(character);
    if (class == UNICODE_DROP)
        return;
    if (class == UNICODE_SPACE || class == UNICODE_IDEOGRAPH)
        end_word(scanner);
    if (class == UNICODE_SPACE)
        return;
    uint32_t folded[UNICODE_FOLD_MAX];
    size_t count = unicode_fold(character, folded);
    for (size_t i = 0; i < count; i++) {
        bool punctuation = folded[i] < 0x80 ? is_ascii_punctuation((unsigned char)folded[i])
                                            : unicode_class(folded[i]) == UNICODE_PUNCT;
        if (punctuation)
            put_alone(scanner, folded[i]);
        else
            put_character(scanner, folded[i]);
    }
    if (class == UNICODE_IDEOGRAPH)
        end_word(scanner);
}

/* Returns the length of the special token at the start of the text and stores its id, or returns 0.
 */
static size_t special_token(Str text, size_t *out_id)
{
    static const struct {
        Str text;
        size_t id;
    } specials[] = {{STR_INIT("[CLS]"), TOKEN_START},
                    {STR_INIT("[SEP]"), TOKEN_END},
                    {STR_INIT("[PAD]"), TOKEN_PAD},
                    {STR_INIT("[UNK]"), TOKEN_UNKNOWN},
                    {STR_INIT("[MASK]"), TOKEN_MASK}};
    for (size_t i = 0; i < COUNT_OF(specials); i++) {
        if (str_starts_with(text, specials[i].text)) {
            *out_id = specials[i].id;
            return specials[i].text.size;
        }
    }
    return 0;
}

static void scan_text(Scanner *scanner, Str text)
{
    size_t i = 0;
    while (i < text.size && !is_full(scanner)) {
        unsigned char byte = (unsigned char)text.data[i];
        size_t length = 1, id = 0;
        uint32_t character = 0;
        if (byte == '[' && (length = special_token(str_from(text, i), &id)) > 0) {
            end_word(scanner);
            put_token(scanner, id);
        } else if (byte < 0x80) {
            length = 1;
            scan_ascii(scanner, byte);
        } else {
            length = utf8_read(str_from(text, i), &character);
            if (length)
                scan_character(scanner, character);
        }
        i += MAX_OF(length, (size_t)1);
    }
    end_word(scanner);
}

size_t tokenizer_encode(const Tokenizer *tokenizer, Str text, size_t limit, uint16_t *out_ids)
{
    check(limit >= 2);
    Scanner scanner = {.tokenizer = tokenizer, .limit = limit - 1};
    scanner.ids = out_ids;
    put_token(&scanner, TOKEN_START);
    scan_text(&scanner, text);
    scanner.limit = limit;
    put_token(&scanner, TOKEN_END);
    return scanner.count;
}

size_t tokenizer_count(const Tokenizer *tokenizer, Str text)
{
    Scanner scanner = {.tokenizer = tokenizer, .limit = SIZE_MAX};
    scan_text(&scanner, text);
    return scanner.count;
}
