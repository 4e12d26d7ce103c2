/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/unpack/unpack.h"

#include "base/str.h"

enum { TAR_MAGIC_AT = 257 };

static const struct {
    Str bytes;
    UnpackFormat format;
} signatures[] = {
    {STR_INIT("\x1F\x8B"), {"gzip", "gzip -d", true}},
    {STR_INIT("\x28\xB5\x2F\xFD"), {"zstd", "zstd -d", true}},
    {STR_INIT("\xFD"
              "7zXZ"),
     {"xz", "xz -d", true}},
    {STR_INIT("BZh"), {"bzip2", "bzip2 -d", true}},
    {STR_INIT("\x04\x22\x4D\x18"), {"lz4", "lz4 -d", true}},
    {STR_INIT("PK\x03\x04"), {"zip", "unzip", true}},
    {STR_INIT("PK\x05\x06"), {"zip", "unzip", true}},
    {STR_INIT("7z\xBC\xAF\x27\x1C"), {"7z", "7z x", false}},
    {STR_INIT("Rar!\x1A\x07"), {"rar", "unrar x", false}},
    {STR_INIT("\x1F\x9D"), {"compress", "uncompress", false}},
    {STR_INIT("LZIP"), {"lzip", "lzip -d", false}},
    {STR_INIT("MSCF"), {"cabinet", "cabextract", false}},
};

static const UnpackFormat tar = {"tar", "tar -xf", true};

/* A bzip2 file goes on with the size of its blocks and the number pi. */
static bool is_bzip2(Str bytes)
{
    return bytes.size >= 10 && bytes.data[3] >= '1' && bytes.data[3] <= '9' &&
           (memcmp(bytes.data + 4, "1AY&SY", 6) == 0 ||
            memcmp(bytes.data + 4, "\x17\x72\x45\x38\x50\x90", 6) == 0);
}

const UnpackFormat *unpack_format_find(Str bytes)
{
    for (size_t i = 0; i < COUNT_OF(signatures); i++) {
        if (str_starts_with(bytes, signatures[i].bytes))
            return bytes.data[0] != 'B' || is_bzip2(bytes) ? &signatures[i].format : NULL;
    }
    if (bytes.size >= TAR_MAGIC_AT + 5 && memcmp(bytes.data + TAR_MAGIC_AT, "ustar", 5) == 0)
        return &tar;
    return NULL;
}
