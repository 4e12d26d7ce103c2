/* SPDX-License-Identifier: Apache-2.0 */
/* Names of link types, as capinfos 4.0 writes them. */
#include "engines/pcap/pcap.h"

static const struct {
    const char *name;
    uint32_t link_type;
    bool carries_no_ip;
} names[] = {
    {"null", 0},
    {"ether", 1},
    {"tr", 6},
    {"slip", 8},
    {"ppp", 9},
    {"fddi-swapped", 10},
    {"atm-rfc1483", 11},
    {"rawip", 12},
    {"rawip", 14},
    {"pflog-old", 17},
    {"ppp", 50},
    {"ppp-over-ether", 51},
    {"atm-rfc1483", 100},
    {"rawip", 101},
    {"chdlc", 104},
    {"ieee-802-11", 105},
    {"linux-atm-clip", 106},
    {"frelay", 107},
    {"loop", 108},
    {"enc", 109},
    {"linux-sll", 113},
    {"pflog", 117},
    {"ieee-802-11-prism", 119},
    {"ieee-802-11-radiotap", 127},
    {"ieee-802-11-avs", 163},
    {"ppp", 166},
    {"juniper-ether", 178},
    {"juniper-ppp", 179},
    {"juniper-frelay", 180},
    {"juniper-chdlc", 181},
    {"bluetooth-h4", 187, true},
    {"usb-linux", 189, true},
    {"can20b", 190, true},
    {"ieee-802-15-4-linux", 191, true},
    {"ppi", 192},
    {"wpan", 195, true},
    {"erf", 197},
    {"bluetooth-h4-linux", 201, true},
    {"ppp-with-direction", 204},
    {"i2c-linux", 209, true},
    {"mpls", 219},
    {"usb-linux-mmap", 220, true},
    {"socketcan", 227, true},
    {"rawip4", 228},
    {"rawip6", 229},
    {"wpan-nofcs", 230, true},
    {"dbus", 231, true},
    {"nflog", 239},
    {"mpeg2-ts", 243, true},
    {"usb-usbpcap", 249, true},
    {"bluetooth-le-ll", 251, true},
    {"netlink", 253, true},
    {"bluetooth-linux-monitor", 254, true},
    {"bluetooth-le-ll-rf", 256, true},
    {"pktap", 258},
    {"usb-darwin", 266, true},
    {"vsock", 271, true},
    {"nordic-ble", 272, true},
    {"linux-sll2", 276},
    {"wpan-tap", 283, true},
};

const char *pcap_link_type_name(uint32_t link_type)
{
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (names[i].link_type == link_type)
            return names[i].name;
    }
    return "unknown";
}

bool pcap_link_type_carries_no_ip(uint32_t link_type)
{
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (names[i].link_type == link_type)
            return names[i].carries_no_ip;
    }
    return false;
}
