/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations of real devices: vendor, share understood, JSON that parses. */
#include "engines/config/config_testing.h"
#include "engines/config/dialects.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const struct {
    const char *folder;
    const System *systems[3];
} vendors[] = {
    {"a10", {&a10_dialect.system}},
    {"arista", {&eos_dialect.system}},
    {"check_point", {&checkpoint_dialect.system}},
    {"cisco_asa", {&asa_dialect.system}},
    {"cisco_ios", {&ios_dialect.system, &iosxe_dialect.system}},
    {"cisco_nxos", {&nxos_dialect.system}},
    {"cisco_xr", {&iosxr_dialect.system}},
    {"cumulus_nclu", {&cumulus_dialect.system}},
    {"f5", {&f5_dialect.system}},
    {"fortios", {&fortios_dialect.system}},
    {"juniper", {&junos_dialect.system, &junos_set_dialect.system}},
    {"nokia_sros", {&sros_dialect.system}},
    {"palo_alto", {&panos_dialect.system}},
};

static bool analyze_file(Arena *arena, Str path, Device *out_device)
{
    Error error = {0};
    Str text = testing_file(arena, path);
    bool ok = config_read(arena, text, path, out_device, &error);
    if (!ok)
        printf("%.*s: %s\n", STR_ARGS(path), error.message);
    return ok;
}

static void test_vendors_of_recorded_files_are_recognised(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str shared = testing_shared_data(arena);
    size_t files = 0, wrong = 0;
    if (shared.size == 0) {
        arena_free(arena); /* skip_test jumps past the cleanup */
        skip_test("no shared data");
    }
    for (size_t i = 0; i < COUNT_OF(vendors); i++) {
        StrVec list = testing_files(arena, arena_printf(arena, "%.*s/configs/single_vendor/%s",
                                                        STR_ARGS(shared), vendors[i].folder));
        for (size_t k = 0; k < list.count; k++) {
            Device device = {0};
            bool ok = analyze_file(arena, list.items[k], &device);
            const System *system = device.vendor.system;
            const System *const *fits = vendors[i].systems;
            ok = ok && system != &system_unknown &&
                 (system == fits[0] || system == fits[1] || system == fits[2]);
            files++;
            wrong += !ok;
            if (!ok)
                printf("%.*s taken for %s\n", STR_ARGS(list.items[k]), system->id);
            else
                assert_true(device.vendor.line > 0 && device.vendor.reason.size > 0);
        }
    }
    printf("vendors: %zu of %zu files right\n", files - wrong, files);
    assert_int_equal(wrong, 0);
}

static void check_json(Arena *arena, const Device *device)
{
    auto_strbuf StrBuf out;
    JsonWriter json;
    Error error = {0};
    strbuf_init(&out, 64u << 20);
    json_start(&json, &out);
    device_write_json(device, &json);
    assert_false(out.overflowed);
    assert_non_null(json_parse(arena, strbuf_str(&out), &error));
}

static void check_stanzas(const Device *device)
{
    for (size_t i = 0; i < device->stanzas.count; i++) {
        const Stanza *stanza = &device->stanzas.items[i];
        assert_true(stanza->first_line >= 1 && stanza->first_line <= stanza->last_line);
        assert_true(stanza->last_line <= device->lines.total);
        assert_true(i == 0 || stanza->first_line > device->stanzas.items[i - 1].last_line);
    }
}

typedef struct {
    const char *name;
    const System *first, *second;
    uint64_t understood, all;
    size_t files;
    double least;
} Share;

static void add_share(Share *shares, size_t count, const Device *device)
{
    for (size_t i = 0; i < count; i++) {
        if (device->vendor.system != shares[i].first && device->vendor.system != shares[i].second)
            continue;
        uint32_t understood = device->lines.parsed + device->lines.known;
        double share = device_understood(device);
        shares[i].understood += understood;
        shares[i].all += understood + device->lines.unknown;
        shares[i].files++;
        shares[i].least = shares[i].files == 1 || share < shares[i].least ? share : shares[i].least;
    }
}

static void test_most_recorded_lines_are_understood(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str shared = testing_shared_data(arena);
    Share shares[] = {
        {"IOS and IOS-XE", &ios_dialect.system, &iosxe_dialect.system},
        {"EOS", &eos_dialect.system, &eos_dialect.system},
        {"NX-OS", &nxos_dialect.system, &nxos_dialect.system},
        {"Junos", &junos_dialect.system, &junos_set_dialect.system},
    };
    static const char *const folders[] = {"net_lab_ios_example_network",
                                          "net_lab_ios_ibgp_split_horizon",
                                          "net_lab_iosxe_bgp_confederation",
                                          "net_lab_iosxe_vrf_route_leaking_wide_eigrp",
                                          "net_lab_ospf_lab_validation",
                                          "net_bf_example_live",
                                          "net_cml_multiplatform",
                                          "net_cml_1.6_ipv4_after",
                                          "net_cml_2.3_l2disc_after",
                                          "net_cml_2.5_stp_after",
                                          "net_cml_3.4_ospf_after",
                                          "net_cml_4.6_dhcp_after",
                                          "net_lab_eos_evpn_l3_design_guide",
                                          "net_lab_eos_multicast_base",
                                          "net_lab_eos_private_asn",
                                          "net_avd_dual-dc-l3ls",
                                          "net_avd_evpn_underlay_ebgp_overlay_ebgp",
                                          "net_avd_isis-ldp-ipvpn",
                                          "net_lab_nxos_hsrp",
                                          "net_lab_nxos_redistribution",
                                          "net_lab_nxos_undefined_route_map",
                                          "net_lab_junos_ebgp_loop_prevention"};
    if (shared.size == 0) {
        arena_free(arena); /* skip_test jumps past the cleanup */
        skip_test("no shared data");
    }
    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        StrVec list = testing_files(
            arena, arena_printf(arena, "%.*s/configs/%s/configs", STR_ARGS(shared), folders[i]));
        for (size_t k = 0; k < list.count; k++) {
            Device device = {0};
            assert_true(analyze_file(arena, list.items[k], &device));
            check_json(arena, &device);
            check_stanzas(&device);
            add_share(shares, COUNT_OF(shares), &device);
        }
    }
    for (size_t i = 0; i < COUNT_OF(shares); i++) {
        double share = (double)shares[i].understood / (double)shares[i].all;
        printf("%s: %.2f %% of %lu lines in %zu files understood (least of a file %.1f %%)\n",
               shares[i].name, 100 * share, (unsigned long)shares[i].all, shares[i].files,
               100 * shares[i].least);
        assert_true(share >= 0.85);
        assert_true(shares[i].least >= 0.85);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vendors_of_recorded_files_are_recognised),
        cmocka_unit_test(test_most_recorded_lines_are_understood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
