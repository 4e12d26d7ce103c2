/* SPDX-License-Identifier: Apache-2.0 */
/* Names of link types, as capinfos 4.0 writes them. */
#include "engines/pcap/pcap.h"

static const struct {
    uint32_t link_type;
    const char *name;
    bool carries_no_ip;
} names[] = {
    {0, "null"},
    {1, "ether"},
    {6, "tr"},
    {8, "slip"},
    {9, "ppp"},
    {10, "fddi-swapped"},
    {11, "atm-rfc1483"},
    {12, "rawip"},
    {14, "rawip"},
    {17, "pflog-old"},
    {50, "ppp"},
    {51, "ppp-over-ether"},
    {100, "atm-rfc1483"},
    {101, "rawip"},
    {104, "chdlc"},
    {105, "ieee-802-11"},
    {106, "linux-atm-clip"},
    {107, "frelay"},
    {108, "loop"},
    {109, "enc"},
    {113, "linux-sll"},
    {117, "pflog"},
    {119, "ieee-802-11-prism"},
    {127, "ieee-802-11-radiotap"},
    {163, "ieee-802-11-avs"},
    {166, "ppp"},
    {178, "juniper-ether"},
    {179, "juniper-ppp"},
    {180, "juniper-frelay"},
    {181, "juniper-chdlc"},
    {187, "bluetooth-h4", true},
    {189, "usb-linux", true},
    {190, "can20b", true},
    {191, "ieee-802-15-4-linux", true},
    {192, "ppi"},
    {195, "wpan", true},
    {197, "erf"},
    {201, "bluetooth-h4-linux", true},
    {204, "ppp-with-direction"},
    {209, "i2c-linux", true},
    {219, "mpls"},
    {220, "usb-linux-mmap", true},
    {227, "socketcan", true},
    {228, "rawip4"},
    {229, "rawip6"},
    {230, "wpan-nofcs", true},
    {231, "dbus", true},
    {239, "nflog"},
    {243, "mpeg2-ts", true},
    {249, "usb-usbpcap", true},
    {251, "bluetooth-le-ll", true},
    {253, "netlink", true},
    {254, "bluetooth-linux-monitor", true},
    {256, "bluetooth-le-ll-rf", true},
    {258, "pktap"},
    {266, "usb-darwin", true},
    {271, "vsock", true},
    {272, "nordic-ble", true},
    {276, "linux-sll2"},
    {283, "wpan-tap", true},
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
