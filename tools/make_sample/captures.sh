#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Makes sample/captures from real traffic in network namespaces. Run as root; it touches no interface of the host.
# Needs: iproute2 tcpdump wireshark-common(dumpcap) ethtool curl iputils-ping bind9-dnsutils(dig) python3
#
#   tools/make_sample/captures.sh [OUTPUT_DIRECTORY]
#
# The namespaces play parts of the sample network:
#
#   user  10.10.10.50 --- dist (lis-dist1) --- 10.0.1.0/30, MTU 1400 --- edge --- host 10.20.20.80
#                              |
#                         servers 10.10.20.0/24: www .80 behind a wire with loss, DNS .53
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
out=$(realpath -m "${1:-$here/../../sample/captures}")
work=$(mktemp -d /tmp/netguru-sample.XXXXXX)
tag=ngs$$
namespaces=(user dist edge host www wire dns)
children=()

stop_child() {
    kill -TERM "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

cleanup() {
    for child in "${children[@]}"; do
        kill "$child" 2>/dev/null || true
    done
    for name in "${namespaces[@]}"; do
        ip netns del "$tag-$name" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap cleanup EXIT

inside() {
    local name=$1
    shift
    ip netns exec "$tag-$name" "$@"
}

background() {
    local name=$1
    shift
    ip netns exec "$tag-$name" "$@" >/dev/null 2>&1 &
    children+=($!)
    last=$!
}

# link NS_A DEVICE_A MAC_A NS_B DEVICE_B MAC_B
link() {
    ip link add "$tag-a" type veth peer name "$tag-b"
    ip link set "$tag-a" netns "$tag-$1"
    ip link set "$tag-b" netns "$tag-$4"
    inside "$1" ip link set "$tag-a" name "$2"
    inside "$4" ip link set "$tag-b" name "$5"
    inside "$1" ip link set "$2" address "00:00:5e:00:53:$3"
    inside "$4" ip link set "$5" address "00:00:5e:00:53:$6"
    inside "$1" ethtool -K "$2" tso off gso off gro off tx off rx off >/dev/null
    inside "$4" ethtool -K "$5" tso off gso off gro off tx off rx off >/dev/null
    inside "$1" ip link set "$2" up
    inside "$4" ip link set "$5" up
}

address() {
    inside "$1" ip address add "$3" dev "$2"
}

build_network() {
    for name in "${namespaces[@]}"; do
        ip netns add "$tag-$name"
        inside "$name" ip link set lo up
    done
    for name in dist edge; do
        inside "$name" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
    done
    inside wire sysctl -qw net.ipv6.conf.all.disable_ipv6=1
    inside dns sysctl -qw net.ipv6.conf.all.disable_ipv6=1
    inside www sysctl -qw net.ipv6.conf.all.disable_ipv6=1

    link user eth0 50 dist vlan10 02
    link dist et1 12 edge gi1 11
    link edge gi4 21 host eth0 80
    link dns eth0 53 dist vlan20 22
    link www eth0 81 wire a0 a0
    link wire b0 b0 dist vlan21 23

    inside dist ip link set et1 mtu 1400
    inside edge ip link set gi1 mtu 1400
    address dist vlan10 10.10.10.1/24
    address dist vlan10 2001:db8:0:10::1/64
    address dist vlan20 10.10.20.1/26
    address dist vlan21 10.10.20.65/26
    address dist et1 10.0.1.2/30
    address dist et1 2001:db8:0:101::2/64
    address edge gi1 10.0.1.1/30
    address edge gi1 2001:db8:0:101::1/64
    address edge gi4 10.20.20.1/24
    address edge gi4 2001:db8:0:2020::1/64
    address host eth0 10.20.20.80/24
    address host eth0 2001:db8:0:2020::80/64
    address dns eth0 10.10.20.53/26
    address www eth0 10.10.20.80/26
    inside host ip route add default via 10.20.20.1
    inside host ip -6 route add default via 2001:db8:0:2020::1
    inside dns ip route add default via 10.10.20.1
    inside www ip route add default via 10.10.20.65
    inside dist ip route add 10.20.20.0/24 via 10.0.1.1
    inside dist ip -6 route add 2001:db8:0:2020::/64 via 2001:db8:0:101::1
    inside edge ip route add 10.10.0.0/16 via 10.0.1.2
    inside edge ip -6 route add 2001:db8:0:10::/64 via 2001:db8:0:101::2
    sleep 3 # duplicate address detection must end before anything can bind to the IPv6 addresses
}

give_user_addresses() {
    address user eth0 10.10.10.50/24
    address user eth0 2001:db8:0:10::50/64
    inside user ip route add default via 10.10.10.1
    sleep 2
    inside user ip -6 route replace default via 2001:db8:0:10::1
}

capture_mixed() {
    background host python3 "$here/traffic.py" serve 10.20.20.80
    background host python3 "$here/traffic.py" serve 2001:db8:0:2020::80
    background user dumpcap -q -i eth0 -w "$work/mixed.pcapng"
    local capture=$last
    sleep 1
    give_user_addresses
    inside user ping -q -c 3 -i 0.3 10.10.10.1
    inside user ping -q -c 3 -i 0.3 2001:db8:0:10::1
    inside user ping -q -c 3 -i 0.3 10.20.20.80
    inside user ping -q -c 3 -i 0.3 2001:db8:0:2020::80
    inside user ping -q -c 1 -t 1 -W 1 10.20.20.80 || true
    inside user ping -q -c 1 -W 4 10.20.20.99 || true
    inside user python3 "$here/traffic.py" upload 10.20.20.80 60000
    inside user python3 "$here/traffic.py" upload 2001:db8:0:2020::80 60000
    inside user python3 "$here/traffic.py" echo 10.20.20.80 200
    inside user python3 "$here/traffic.py" echo 10.20.20.80 4000
    inside user python3 "$here/traffic.py" echo 2001:db8:0:2020::80 200
    inside user python3 "$here/traffic.py" datagram 10.20.20.80 33434
    inside user python3 "$here/traffic.py" knock 10.20.20.80 8443
    inside user python3 "$here/traffic.py" knock 2001:db8:0:2020::80 8443
    inside user python3 "$here/traffic.py" slow 10.20.20.80 120000
    inside user ip route flush cache
    inside user ping -q -c 2 -i 0.3 -M "do" -s 1472 10.20.20.80 || true
    sleep 1
    stop_child "$capture"
}

ask() {
    inside user dig +noedns +time=1 +tries=2 @10.10.20.53 "$@" >/dev/null 2>&1 || true
}

capture_dns() {
    background dns python3 "$here/dns_server.py" 10.10.20.53
    background user tcpdump -n -s 0 -i eth0 -w "$work/dns.pcap" port 53 or icmp
    local capture=$last
    sleep 1
    for name in www mail ns1 intranet; do
        ask "$name.corp.example.net" A
    done
    ask www.corp.example.net AAAA
    ask mail.corp.example.net AAAA
    ask corp.example.net MX
    ask corp.example.net SOA
    ask -x 10.10.20.80
    ask big.corp.example.net TXT
    for name in wwww printer-7 fileserver old-intranet; do
        ask "$name.corp.example.net" A
    done
    ask app.broken.example.net A
    ask db.broken.example.net A
    ask app.silent.example.net A
    ask www.slow.example.net A
    ask www.example.org A
    for _ in $(seq 1 10); do
        ask www.corp.example.net A
    done
    inside dns ip link set eth0 down
    ask www.corp.example.net A
    sleep 1
    stop_child "$capture"
}

# fetch NAME BYTES WIRE_OPTIONS...: one download through a wire with these faults, captured at both ends
fetch() {
    local name=$1 size=$2
    shift 2
    head -c "$size" /dev/zero | tr '\0' 'n' >"$work/image.bin"
    ip netns exec "$tag-wire" python3 "$here/wire.py" a0 b0 --delay-ms 10 --data-only "$@" &
    local wire=$!
    children+=("$wire")
    background www tcpdump -n -s 128 -i eth0 -w "$work/$name-server.pcap" tcp port 80
    local at_server=$last
    background user tcpdump -n -s 128 -i eth0 -w "$work/$name-client.pcap" tcp port 80
    local at_client=$last
    sleep 1
    inside user curl -s -o /dev/null http://10.10.20.80/image.bin
    inside user curl -s -o /dev/null http://10.10.20.80/missing
    sleep 1
    stop_child "$at_server"
    stop_child "$at_client"
    stop_child "$wire"
}

capture_http() {
    background www python3 -m http.server --directory "$work" --bind 10.10.20.80 80
    for _ in $(seq 1 30); do
        inside www curl -s -o /dev/null http://10.10.20.80/ && break
        sleep 1
    done
    fetch http-loss 3000000 --loss-ab 0.02 --seed 2026
    fetch http-reorder 600000 --reorder-ab 0.01 --seed 2026
}

chmod 777 "$work"
build_network
capture_mixed
capture_http
capture_dns
mkdir -p "$out"
for file in mixed.pcapng dns.pcap http-loss-server.pcap http-loss-client.pcap http-reorder-client.pcap; do
    install -m 644 "$work/$file" "$out/$file"
done
ls -l "$out"
