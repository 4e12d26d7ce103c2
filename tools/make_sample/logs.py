#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the central syslog of the sample network for 12 March 2026.

    logs.py > ../../sample/logs/network-2026-03-12.log

The story is written by hand below; around it stands the noise of a normal morning, made with a fixed seed.
Line form: the log server's time and host name as rsyslog's traditional file format writes them, then the message
as the device sent it (IOS with sequence number and its own time, EOS with the agent, Junos with daemon and pid).
"""
import datetime
import random

DAY = datetime.datetime(2026, 3, 12)
IOS = {"lis-edge1": 48210, "lis-edge2": 30177, "lis-acc1": 9120}
PIDS = {"rpd": 5120, "mgd": 9211, "sshd": 20944, "mib2d": 5098, "vrrpd": 5131, "lacpd": 5140, "xntpd": 5077}
DEVICES = ["lis-edge1", "lis-edge2", "lis-dist1", "lis-dist2", "lis-acc1", "opo-rtr1", "opo-rtr2"]


def clock(text):
    hour, minute, second = text.split(":")
    return DAY + datetime.timedelta(hours=int(hour), minutes=int(minute), seconds=float(second))


class Log:
    def __init__(self):
        self.events = []

    def add(self, when, device, message):
        self.events.append((clock(when) if isinstance(when, str) else when, device, message))

    def lines(self):
        sequence = dict(IOS)
        for when, device, message in sorted(self.events, key=lambda event: event[0]):
            head = when.strftime("%b %d %H:%M:%S ") + device + " "
            if device in sequence:
                sequence[device] += 1
                own = when.strftime("%b %d %H:%M:%S.") + "%03d UTC: " % (when.microsecond // 1000)
                yield head + "%06d: " % sequence[device] + own + message
            else:
                yield head + message


def junos(daemon, message):
    return "%s[%d]: %s" % (daemon, PIDS[daemon], message)


def ios_adjacency(neighbor, interface, change):
    return "%%OSPF-5-ADJCHG: Process 1, Nbr %s on %s from %s" % (neighbor, interface, change)


def bgp_junos(peer, asn, old, new, event):
    kind = "Internal" if asn == 65020 else "External"
    return junos("rpd", "RPD_BGP_NEIGHBOR_STATE_CHANGED: BGP peer %s (%s AS %d) changed state from %s to %s "
                 "(event %s) (instance master)" % (peer, kind, asn, old, new, event))


def tell_mtu_change(log):
    log.add("07:31:02", "lis-dist2", "Aaa: %AAA-5-LOGIN: user mfonseca logged in [from: 10.10.20.50] [service: sshd]")
    log.add("07:31:40", "lis-dist2", "ConfigAgent: %SYS-5-CONFIG_E: Enter configuration mode from console by mfonseca "
            "on vty3 (10.10.20.50)")
    log.add("07:32:15", "lis-dist2", "ConfigAgent: %SYS-5-CONFIG_I: Configured from console by mfonseca on vty3 "
            "(10.10.20.50)")
    log.add("07:32:21", "lis-dist2", "ConfigAgent: %SYS-5-CONFIG_STARTUP: Startup config saved from system:/running-config "
            "by mfonseca on vty3 (10.10.20.50).")
    log.add("07:32:30", "lis-dist2", "Aaa: %AAA-5-LOGOUT: user mfonseca logged out [from: 10.10.20.50] [service: sshd]")


def tell_link_flap(log):
    log.add("10:02:10.884", "lis-edge2", "%LINK-3-UPDOWN: Interface GigabitEthernet0/2, changed state to down")
    log.add("10:02:10.902", "lis-edge2", ios_adjacency("10.0.0.12", "GigabitEthernet0/2",
            "FULL to DOWN, Neighbor Down: Interface down or detached"))
    log.add("10:02:10.905", "lis-edge2", "%OSPFv3-5-ADJCHG: Process 1, Nbr 10.0.0.12 on GigabitEthernet0/2 from FULL to "
            "DOWN, Neighbor Down: Interface down or detached")
    log.add("10:02:11.884", "lis-edge2", "%LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet0/2, changed "
            "state to down")
    log.add("10:02:11.010", "lis-dist2", "Ebra: %LINEPROTO-5-UPDOWN: Line protocol on Interface Ethernet2, changed state "
            "to down")
    log.add("10:02:11.020", "lis-dist2", "Rib: %OSPF-4-OSPF_ADJACENCY_TEARDOWN: NGB 10.0.0.2, interface 10.0.1.14 "
            "adjacency dropped: interface went down, state was: FULL")
    log.add("10:02:52.310", "lis-edge2", "%LINK-3-UPDOWN: Interface GigabitEthernet0/2, changed state to up")
    log.add("10:02:53.310", "lis-edge2", "%LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet0/2, changed "
            "state to up")
    log.add("10:02:52.500", "lis-dist2", "Ebra: %LINEPROTO-5-UPDOWN: Line protocol on Interface Ethernet2, changed state "
            "to up")


def tell_exstart_loop(log):
    """125 s of DBD retransmissions, then 60 s in which the neighbour is ignored, again and again until 11:30."""
    when = clock("10:02:58.412")
    end = clock("11:30:00")
    while when < end:
        failed = when + datetime.timedelta(seconds=125.2)
        for version in ("OSPF", "OSPFv3"):
            log.add(failed, "lis-edge2", "%%%s-5-ADJCHG: Process 1, Nbr 10.0.0.12 on GigabitEthernet0/2 from EXSTART to "
                    "DOWN, Neighbor Down: Too many retransmissions" % version)
        ignored = failed + datetime.timedelta(seconds=60.1)
        log.add(ignored, "lis-edge2", ios_adjacency("10.0.0.12", "GigabitEthernet0/2",
                "DOWN to DOWN, Neighbor Down: Ignore timer expired"))
        log.add(failed + datetime.timedelta(seconds=4.7), "lis-dist2", "Rib: %OSPF-4-OSPF_ADJACENCY_TEARDOWN: NGB 10.0.0.2, "
                "interface 10.0.1.14 adjacency dropped: nbr did not list our router ID, state was: EXCH START")
        when = ignored + datetime.timedelta(seconds=6.3)


def tell_hold_timer(log):
    log.add("10:41:07.219", "lis-edge1", "%BGP-3-NOTIFICATION: sent to neighbor 203.0.113.1 4/0 (hold time expired) 0 bytes")
    log.add("10:41:07.221", "lis-edge1", "%BGP-5-NBR_RESET: Neighbor 203.0.113.1 reset (BGP Notification sent)")
    log.add("10:41:07.228", "lis-edge1", "%BGP-5-ADJCHANGE: neighbor 203.0.113.1 Down BGP Notification sent")
    log.add("10:41:07.230", "lis-edge1", "%BGP_SESSION-5-ADJCHANGE: neighbor 203.0.113.1 IPv4 Unicast topology base removed "
            "from session  BGP Notification sent")
    log.add("10:41:11.640", "lis-edge1", "%BGP-3-NOTIFICATION: sent to neighbor 2001:DB8:0:201::2 4/0 (hold time expired) "
            "0 bytes")
    log.add("10:41:11.644", "lis-edge1", "%BGP-5-ADJCHANGE: neighbor 2001:DB8:0:201::2 Down BGP Notification sent")
    log.add("10:41:09.100", "opo-rtr1", junos("rpd", "bgp_hold_timeout:4710: NOTIFICATION sent to 203.0.113.0 (External AS "
            "65010): code 4 (Hold Timer Expired Error), Reason: holdtime expired for 203.0.113.0 (External AS 65010), "
            "socket buffer sndcc: 57 rcvcc: 0 TCP state: 4, snd_una: 3120 snd_nxt: 3177 rcv_nxt: 2981"))
    log.add("10:41:09.110", "opo-rtr1", bgp_junos("203.0.113.0", 65010, "Established", "Idle", "HoldTime"))
    log.add("10:41:12.900", "opo-rtr1", bgp_junos("2001:db8:0:201::1", 65010, "Established", "Idle", "HoldTime"))
    for when in ("10:41:41", "10:43:50", "10:46:02"):
        log.add(when, "opo-rtr1", bgp_junos("203.0.113.0", 65010, "Connect", "Active", "ConnectRetry"))
    log.add("10:49:26.700", "opo-rtr1", bgp_junos("203.0.113.0", 65010, "OpenConfirm", "Established", "RecvKeepAlive"))
    log.add("10:49:26.731", "lis-edge1", "%BGP-5-ADJCHANGE: neighbor 203.0.113.1 Up")
    log.add("10:49:31.402", "lis-edge1", "%BGP-5-ADJCHANGE: neighbor 2001:DB8:0:201::2 Up")
    log.add("10:49:31.500", "opo-rtr1", bgp_junos("2001:db8:0:201::1", 65010, "OpenConfirm", "Established",
            "RecvKeepAlive"))


def tell_half_bgp(log):
    """lis-dist2 keeps calling lis-edge2, which does not know it."""
    for when in ("08:10:04", "09:10:31", "10:11:02", "11:11:44"):
        log.add(when, "lis-dist2", "Bgp: %BGP-5-ADJCHANGE: peer 10.0.0.2 (VRF default AS 65010) old state Connect event "
                "TcpConnectionFails new state Active")


def tell_mail_denied(log, noise):
    """Port 25 to 192.0.2.70 hits line 120 of EDGE-IN although line 130 would permit it."""
    when = clock("08:04:10")
    while when < clock("11:40:00"):
        log.add(when, "lis-edge1", "%%SEC-6-IPACCESSLOGP: list EDGE-IN denied tcp 198.51.100.%d(%d) -> 192.0.2.70(25), %d "
                "packet%s" % (noise.choice((130, 131, 140)), noise.randint(32768, 60999), 1, ""))
        when += datetime.timedelta(seconds=noise.uniform(280, 560))


def tell_access_switch(log):
    log.add("09:18:22.110", "lis-acc1", "%LINK-3-UPDOWN: Interface GigabitEthernet1/0/7, changed state to up")
    log.add("09:18:23.115", "lis-acc1", "%LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet1/0/7, changed state "
            "to up")
    log.add("09:18:24.031", "lis-acc1", "%SPANTREE-2-BLOCK_BPDUGUARD: Received BPDU on port Gi1/0/7 with BPDU Guard enabled. "
            "Disabling port.")
    log.add("09:18:24.036", "lis-acc1", "%PM-4-ERR_DISABLE: bpduguard error detected on Gi1/0/7, putting Gi1/0/7 in "
            "err-disable state")
    log.add("09:18:25.040", "lis-acc1", "%LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet1/0/7, changed state "
            "to down")
    log.add("09:18:26.040", "lis-acc1", "%LINK-3-UPDOWN: Interface GigabitEthernet1/0/7, changed state to down")
    log.add("09:23:24.050", "lis-acc1", "%PM-4-ERR_RECOVER: Attempting to recover from bpduguard err-disable state on "
            "Gi1/0/7")
    log.add("09:23:27.300", "lis-acc1", "%LINK-3-UPDOWN: Interface GigabitEthernet1/0/7, changed state to up")
    log.add("09:23:28.300", "lis-acc1", "%LINEPROTO-5-UPDOWN: Line protocol on Interface GigabitEthernet1/0/7, changed state "
            "to up")
    log.add("09:40:13.500", "lis-acc1", "%SYS-5-CONFIG_I: Configured from console by mfonseca on vty0 (10.10.20.50)")
    for when in ("09:52:10.200", "09:52:14.180", "09:58:01.700"):
        log.add(when, "lis-acc1", "%SW_MATM-4-MACFLAP_NOTIF: Host 0000.5e00.5333 in vlan 10 is flapping between port "
                "Gi1/0/3 and port Gi1/0/7")


def tell_porto(log):
    log.add("08:22:05", "opo-rtr1", junos("mgd", "UI_LOGIN_EVENT: User 'asilva' login, class 'j-super-user' [9211], "
            "ssh-connection '10.10.20.51 50122 10.0.0.21 22', client-mode 'cli'"))
    log.add("08:24:40", "opo-rtr1", junos("mgd", "UI_COMMIT: User 'asilva' requested 'commit' operation (comment: CHG-1042 "
            "description of ge-0/0/4)"))
    log.add("08:24:43", "opo-rtr1", junos("mgd", "UI_COMMIT_COMPLETED: commit complete"))
    log.add("09:05:31", "opo-rtr2", junos("mib2d", "SNMP_TRAP_LINK_DOWN: ifIndex 529, ifAdminStatus up(1), ifOperStatus "
            "down(2), ifName ge-0/0/3"))
    log.add("09:05:34", "opo-rtr2", junos("lacpd", "LACPD_TIMEOUT: ge-0/0/3: lacp current while timer expired current "
            "Receive State: CURRENT"))
    log.add("09:05:34", "opo-rtr1", junos("lacpd", "LACPD_TIMEOUT: ge-0/0/3: lacp current while timer expired current "
            "Receive State: CURRENT"))
    log.add("09:07:12", "opo-rtr2", junos("mib2d", "SNMP_TRAP_LINK_UP: ifIndex 529, ifAdminStatus up(1), ifOperStatus up(1), "
            "ifName ge-0/0/3"))
    log.add("10:41:20", "opo-rtr2", junos("mgd", "UI_AUTH_EVENT: Authenticated user 'asilva' assigned to class "
            "'j-super-user'"))


def add_noise(log, noise):
    for device in DEVICES:
        for _ in range(5):
            when = DAY + datetime.timedelta(seconds=noise.uniform(7 * 3600, 11.7 * 3600))
            log.add(when, device, noise_message(device, noise))
    for _ in range(85):
        when = DAY + datetime.timedelta(seconds=noise.uniform(7 * 3600, 11.7 * 3600))
        source = "203.0.113.%d" % noise.randint(64, 254)
        log.add(when, noise.choice(("lis-edge1", "lis-edge2")), "%%SEC-6-IPACCESSLOGP: list EDGE-IN denied %s %s(%d) -> "
                "192.0.2.%d(%d), 1 packet" % (noise.choice(("tcp", "tcp", "udp")), source, noise.randint(1024, 65000),
                noise.randint(1, 60), noise.choice((22, 23, 445, 3389, 5060, 8080))))
    for _ in range(40):
        when = DAY + datetime.timedelta(seconds=noise.uniform(7 * 3600, 11.7 * 3600))
        port = "GigabitEthernet1/0/%d" % noise.choice((1, 2, 3, 30))
        log.add(when, "lis-acc1", "%LINK-3-UPDOWN: Interface " + port + ", changed state to down")
        log.add(when + datetime.timedelta(seconds=noise.uniform(4, 50)), "lis-acc1",
                "%LINK-3-UPDOWN: Interface " + port + ", changed state to up")


def noise_message(device, noise):
    user = noise.choice(("jribeiro", "mfonseca", "backup"))
    port = noise.randint(40000, 60000)
    if device in IOS:
        return noise.choice((
            "%%SEC_LOGIN-5-LOGIN_SUCCESS: Login Success [user: %s] [Source: 10.10.20.50] [localport: 22]" % user,
            "%SEC_LOGIN-4-LOGIN_FAILED: Login failed [user: admin] [Source: 10.10.99.77] [localport: 22] [Reason: Login "
            "Authentication Failed]",
            "%%SSH-5-SSH2_USERAUTH: User '%s' authentication for SSH2 Session from 10.10.20.50 (tty = 0) using crypto "
            "cipher 'aes256-ctr', hmac 'hmac-sha2-256' Succeeded" % user))
    if device.startswith("lis-dist"):
        return noise.choice((
            "Aaa: %%AAA-5-LOGIN: user %s logged in [from: 10.10.20.50] [service: sshd]" % user,
            "Stp: %SPANTREE-6-INTERFACE_STATE: Interface Ethernet6 instance VL20 moving from discarding to forwarding",
            "Lldp: %LLDP-5-NEIGHBOR_NEW: LLDP neighbor with chassisId 0000.5e00.5306 and portId \"Gi1/0/49\" added on "
            "interface Ethernet5"))
    return noise.choice((
        "sshd[%d]: Accepted publickey for %s from 10.10.20.51 port %d ssh2" % (PIDS["sshd"] + port % 97, user, port),
        junos("xntpd", "synchronized to 10.10.20.123, stratum=2"),
        junos("mgd", "UI_CMDLINE_READ_LINE: User 'asilva', command 'show ospf neighbor '")))


def main():
    noise = random.Random(20260312)
    log = Log()
    for tell in (tell_mtu_change, tell_link_flap, tell_exstart_loop, tell_hold_timer, tell_half_bgp, tell_access_switch,
                 tell_porto):
        tell(log)
    tell_mail_denied(log, noise)
    add_noise(log, noise)
    for line in log.lines():
        print(line)


if __name__ == "__main__":
    main()
