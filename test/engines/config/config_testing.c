/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/config_testing.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

Device testing_device_named(Arena *arena, const char *text, const char *file)
{
    Device device = {0};
    Error error = {0};
    if (!config_read(arena, str_of(text), str_of(file), &device, &error))
        fprintf(stderr, "%s: %s\n", file, error.message);
    check(error.code == ERR_NONE);
    return device;
}

Device testing_device(Arena *arena, const char *text)
{
    return testing_device_named(arena, text, "test.cfg");
}

const Interface *testing_find_interface(const Device *device, const char *canonical)
{
    for (size_t i = 0; i < device->interfaces.count; i++) {
        if (str_equal(device->interfaces.items[i].canonical, str_of(canonical)))
            return &device->interfaces.items[i];
    }
    return NULL;
}

const Interface *testing_interface(const Device *device, const char *canonical)
{
    const Interface *found = testing_find_interface(device, canonical);
    if (found)
        return found;
    fprintf(stderr, "no interface %s\n", canonical);
    abort();
}

const BgpNeighbor *testing_neighbor(const Device *device, const char *name)
{
    for (size_t i = 0; device->bgp.count && i < device->bgp.items[0].neighbors.count; i++) {
        if (str_equal(device->bgp.items[0].neighbors.items[i].name, str_of(name)))
            return &device->bgp.items[0].neighbors.items[i];
    }
    fprintf(stderr, "no neighbour %s\n", name);
    abort();
}

const Acl *testing_acl(const Device *device, const char *name)
{
    for (size_t i = 0; i < device->acls.count; i++) {
        if (str_equal(device->acls.items[i].name, str_of(name)))
            return &device->acls.items[i];
    }
    fprintf(stderr, "no access list %s\n", name);
    abort();
}

static bool facts_are(const TestingCase *wanted, TestingFacts write_facts)
{
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf out = {0}, stored = {0}, again = {0};
    JsonWriter json;
    Error error = {0};
    Device read, device = testing_device(arena, wanted->text);
    strbuf_init(&out, 1 << 16);
    strbuf_init(&stored, 1 << 20);
    strbuf_init(&again, 1 << 16);
    write_facts(&out, &device);
    json_start(&json, &stored);
    device_write_json(&device, &json);
    check(config_read_stored(arena, strbuf_str(&stored), &read, &error));
    write_facts(&again, &read);
    bool same = str_equal(strbuf_str(&out), str_of(wanted->facts));
    bool kept = str_equal(strbuf_str(&out), strbuf_str(&again));
    if (!same)
        fprintf(stderr, "%s:\n%.*s\n", wanted->name, STR_ARGS(strbuf_str(&out)));
    if (!kept)
        fprintf(stderr, "%s, read from JSON:\n%.*s\n", wanted->name, STR_ARGS(strbuf_str(&again)));
    return same && kept;
}

void testing_check_facts(const TestingCase *cases, size_t count, TestingFacts write_facts)
{
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++)
        wrong += !facts_are(&cases[i], write_facts);
    check(wrong == 0);
}

void testing_write_not_understood(StrBuf *out, const Device *device)
{
    for (size_t i = 0; i < device->not_understood.count; i++)
        strbuf_printf(out, "not understood %u\n", device->not_understood.items[i].line);
}

void testing_check_truncations(const char *text)
{
    size_t size = strlen(text);
    for (size_t cut = 160; cut <= size; cut++) {
        auto_arena Arena *arena = arena_new();
        Device device = testing_device(arena, arena_cstring(arena, str_make(text, cut)));
        const LineCounts *lines = &device.lines;
        check(lines->blank + lines->parsed + lines->known + lines->unknown + lines->skipped ==
              lines->total);
    }
}

void testing_check_truncated_cases(const TestingCase *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        testing_check_truncations(cases[i].text);
}

Str testing_file(Arena *arena, Str path)
{
    FILE *file = fopen(arena_cstring(arena, path), "rb");
    if (!file)
        fprintf(stderr, "cannot open %.*s\n", STR_ARGS(path));
    check(file != NULL);
    auto_strbuf StrBuf text;
    strbuf_init(&text, 64u << 20);
    for (;;) {
        char *room = strbuf_reserve(&text, 1 << 16);
        check(room != NULL);
        size_t got = fread(room, 1, 1 << 16, file);
        strbuf_commit(&text, got);
        if (got == 0)
            break;
    }
    fclose(file);
    return arena_copy(arena, strbuf_str(&text));
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

Str testing_shared_data(Arena *arena)
{
    const char *root = getenv("NETGURU_TEST_SOURCE_ROOT");
    const char *given = getenv("NETGURU_SHARED_DATA");
    Str path = given ? str_of(given) : arena_printf(arena, "%s/../shared/data", root ? root : ".");
    if (is_folder(arena_cstring(arena, path)))
        return path;
    printf("SKIP: recorded configurations are not here (NETGURU_SHARED_DATA)\n");
    return (Str){"", 0};
}

static int compare_paths(const void *a, const void *b)
{
    return str_compare(*(const Str *)a, *(const Str *)b);
}

static void collect(Arena *arena, Str folder, int levels, StrVec *files)
{
    DIR *directory = opendir(arena_cstring(arena, folder));
    const struct dirent *entry;
    while (directory && (entry = readdir(directory))) {
        if (entry->d_name[0] == '.')
            continue;
        Str path = arena_printf(arena, "%.*s/%s", STR_ARGS(folder), entry->d_name);
        if (!is_folder(path.data))
            *VEC_PUSH(arena, files) = path;
        else if (levels > 0)
            collect(arena, path, levels - 1, files);
    }
    if (directory)
        closedir(directory);
}

StrVec testing_files(Arena *arena, Str folder)
{
    StrVec files = {0};
    collect(arena, folder, 2, &files);
    if (files.count)
        qsort(files.items, files.count, sizeof(Str), compare_paths);
    return files;
}
