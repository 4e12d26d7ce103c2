#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the runbook of the sample network as PDF. Needs Debian's python3-reportlab (use /usr/bin/python3).

    /usr/bin/python3 runbook.py ../../sample/docs/network-runbook.pdf

The text below uses a few marks: `# ` and `## ` headings, `- ` bullets, `| a | b |` table rows, four spaces for
commands, blank lines between paragraphs. The same input gives the same bytes.
"""
import sys
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.platypus import PageBreak, Paragraph, Preformatted, SimpleDocTemplate, Spacer, Table, TableStyle

TITLE = "Network runbook: Lisbon and Porto"

TEXT = """
# 1. Purpose and scope

This runbook is for the engineer on duty. It covers the seven routers and switches of the sites Lisbon (LIS) and Porto (OPO), the two
internet circuits and the two circuits between the sites. It does not cover servers, wireless or telephony.

Version 2026-02, owner: network operations, noc@corp.example.net. Review twice a year.

## 1.1 Contacts

| role | reach | when |
| network operations | noc@corp.example.net | always |
| ISP-A, circuit A-40071 | provider desk, state circuit and 198.51.100.2 | loss or outage on lis-edge1 Gi0/0/0 |
| ISP-B, circuit B-7719 | provider desk, state circuit and 198.51.100.6 | loss or outage on lis-edge2 Gi0/0 |
| WAN provider, W-1180 and W-1181 | provider desk | Lisbon-Porto circuits |

# 2. The network

## 2.1 Devices

| device | role | system | loopback |
| lis-edge1 | internet edge, ISP-A, route reflector | IOS-XE 17.9 | 10.0.0.1 |
| lis-edge2 | internet edge, ISP-B, route reflector | IOS 15.7 | 10.0.0.2 |
| lis-dist1 | distribution, gateway master, STP root | EOS 4.31 | 10.0.0.11 |
| lis-dist2 | distribution, gateway backup | EOS 4.31 | 10.0.0.12 |
| lis-acc1 | access switch, first floor | IOS 15.2 | 10.10.99.5 (VLAN 99) |
| opo-rtr1 | site router, circuit W-1180 | Junos 21.4 | 10.0.0.21 |
| opo-rtr2 | site router, circuit W-1181 | Junos 21.4 | 10.0.0.22 |

## 2.2 VLANs in Lisbon

| VLAN | name | subnet | gateway |
| 10 | USERS | 10.10.10.0/24, 2001:db8:0:10::/64 | 10.10.10.1 |
| 20 | SERVERS | 10.10.20.0/24, 2001:db8:0:20::/64 | 10.10.20.1 |
| 30 | VOICE | 10.10.30.0/24 | 10.10.30.1 |
| 40 | GUEST | 10.10.40.0/24 | 10.10.40.1 |
| 99 | MGMT | 10.10.99.0/24 | 10.10.99.1 |

Gateways are VRRP addresses on lis-dist1 (priority 120) and lis-dist2 (priority 100). The two form MLAG domain LIS-DIST.

## 2.3 Routing

Lisbon is AS 65010 and runs OSPF area 0 between edge and distribution, area 10 for the VLANs. lis-edge1 and lis-edge2 originate the default
route; lis-edge1 is preferred. Porto is AS 65020 and runs its own OSPF with area 0 and a totally stubby area 20. The sites speak eBGP over two
circuits with timers 30 and 90 seconds. Porto announces 10.20.0.0/16; the path through opo-rtr2 carries MED 50 and is the backup.

The MTU of every routed link is 1500 bytes. Jumbo frames are not in use. On Junos this is the default of 1514, because the Ethernet header is
counted.

# 3. Daily checks

- OSPF: every neighbour FULL. Lisbon has six adjacencies in area 0, Porto two.
- BGP: every session Established, prefixes received not zero.
- MLAG: state Active, no inconsistency.
- Spanning tree: lis-dist1 is the root for VLANs 10, 20, 30, 40 and 99, on every switch.
- Logs: no severity 0 to 3 since yesterday without a ticket.

Commands:

    lis-edge1# show ip ospf neighbor
    lis-edge1# show bgp ipv4 unicast summary
    lis-dist1# show mlag
    lis-acc1#  show spanning-tree root
    opo-rtr1>  show ospf neighbor
    opo-rtr1>  show bgp summary

# 4. Procedures

## 4.1 OSPF neighbour does not reach FULL

Signs: neighbour in EXSTART or EXCHANGE; the log of an IOS router repeats "Too many retransmissions" and "Ignore timer expired" about every
three minutes.

1. Compare the MTU on both ends. This is the cause in nearly all cases.

    lis-edge2# show ip interface GigabitEthernet0/2 | include MTU
    lis-dist2# show interfaces Ethernet2 | include MTU

2. Send full-size packets with the don't-fragment bit in both directions.

    lis-edge2# ping 10.0.1.14 size 1500 df-bit repeat 20

3. Look for configuration changes before the last time the adjacency was formed, not only before the outage: an MTU change acts at the next
formation of the adjacency.

4. Set both ends to 1500. Do not use "ip ospf mtu-ignore".

If the neighbour is in INIT: filter or authentication. If there is no neighbour: area, timers, passive interface, VLAN.

## 4.2 BGP session lost

Read the NOTIFICATION first.

| code | meaning | next step |
| 4/0 hold time expired, sent | we heard nothing for 90 s | path: ping across the circuit, call the provider |
| 4/0 received | the peer heard nothing from us | our side: CPU, output drops |
| 6/1 maximum prefixes | too many routes from the peer | do not clear; find the leak |
| 2/2 bad peer AS | configuration | compare AS numbers |
| 6/5 connection rejected | the peer does not know us | one-sided configuration |

For the circuits between the sites: if W-1180 is silent, traffic moves to W-1181 within the hold time of 90 seconds. Confirm with:

    lis-edge1# show ip route 10.20.0.0
    opo-rtr2> show route receive-protocol bgp 203.0.113.2

Open a ticket with the WAN provider with both hold timer lines and their times in UTC.

A session that stays in Active on one device only: check that the other end has the neighbour configured. Each distribution switch has
sessions to both route reflectors.

## 4.3 Mail from outside does not arrive

1. Is there a NAT entry for 192.0.2.70 port 25 on lis-edge1? It maps to 10.10.20.25.

2. Read the counters of the access list EDGE-IN. A permit line that never counts stands below a deny line that covers it.

    lis-edge1# show ip access-lists EDGE-IN
    lis-edge1# show logging | include 192.0.2.70

3. Does the backup mail path through lis-edge2 exist? No: 192.0.2.70 is translated on lis-edge1 only.

## 4.4 Guest network has no addresses

1. Is VLAN 40 allowed on the trunks of all three switches, lis-acc1 Port-channel1 and Port-Channel11 of both distribution switches?

    lis-acc1#  show interfaces trunk
    lis-dist1# show interfaces Port-Channel11 trunk

2. Does lis-acc1 believe itself root for VLAN 40? Then no BPDU of that VLAN reaches it: the trunk does not carry the VLAN.

3. Is the relay (ip helper-address 10.10.20.67) on both Vlan40 interfaces?

## 4.5 Access port in err-disabled

Cause bpduguard: somebody attached a switch. The port comes back by itself after 300 seconds; find the device before it does. Log line:
SPANTREE-2-BLOCK_BPDUGUARD with the port.

# 5. Changes

- Every change has a number (CHG-nnnn) and a way back written before it begins.
- IOS: "configure terminal revert timer 10". EOS: "configure session" with a commit timer. Junos: "commit confirmed 5".
- Changes of MTU, OSPF, BGP, spanning tree and access lists on the edge: only in the window Tuesday and Thursday 06:00 to 07:00 UTC, by two
persons.
- After an MTU change clear the adjacency on purpose, inside the window, and see it come up again.
- Save the configuration and attach the difference to the change.

# 6. Escalation

| severity | example | act within | inform |
| 1 | a site has no connection | 15 minutes | duty manager, both sites |
| 2 | redundancy lost: one circuit, one edge, one adjacency | 2 hours | network operations |
| 3 | one user or one port | next working day | service desk |
"""


def make_styles():
    sheet = getSampleStyleSheet()
    body = ParagraphStyle("body", parent=sheet["BodyText"], fontSize=9.5, leading=12.5, spaceAfter=4)
    return {
        "title": sheet["Title"],
        "h1": ParagraphStyle("h1", parent=sheet["Heading1"], fontSize=15, spaceBefore=10, spaceAfter=4),
        "h2": ParagraphStyle("h2", parent=sheet["Heading2"], fontSize=12, spaceBefore=7, spaceAfter=3),
        "body": body,
        "bullet": ParagraphStyle("bullet", parent=body, leftIndent=12, bulletIndent=2),
        "cell": ParagraphStyle("cell", parent=body, fontSize=8.5, leading=10.5, spaceAfter=0),
        "code": ParagraphStyle("code", parent=sheet["Code"], fontSize=8, leading=10, leftIndent=10, spaceAfter=5),
    }


def make_table(rows, styles, width):
    columns = len(rows[0])
    first = 0.28 if columns == 3 else 0.18
    widths = [width * first] + [width * (1 - first) / (columns - 1)] * (columns - 1)
    cells = [[Paragraph(("<b>%s</b>" if index == 0 else "%s") % escape(cell), styles["cell"]) for cell in row]
             for index, row in enumerate(rows)]
    table = Table(cells, colWidths=widths, repeatRows=1)
    table.setStyle(TableStyle([("GRID", (0, 0), (-1, -1), 0.4, colors.grey),
                               ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke),
                               ("VALIGN", (0, 0), (-1, -1), "TOP")]))
    return table


def make_block(lines, styles, width):
    first = lines[0]
    if first.startswith("|"):
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
        return [make_table(rows, styles, width), Spacer(1, 5)]
    if first.startswith("    "):
        return [Preformatted("\n".join(line[4:] for line in lines), styles["code"])]
    if first.startswith("## "):
        return [Paragraph(escape(first[3:]), styles["h2"])]
    if first.startswith("# "):
        return [Paragraph(escape(first[2:]), styles["h1"])]
    if first.startswith("- "):
        items = " ".join(lines)[2:].split(" - ")
        return [Paragraph(escape(item), styles["bullet"], bulletText="\u2022") for item in items]
    return [Paragraph(escape(" ".join(lines)), styles["body"])]


def make_story(width):
    styles = make_styles()
    story = [Paragraph(TITLE, styles["title"]), Paragraph("Sample document. All addresses are from documentation ranges or "
             "10.0.0.0/8; all names are invented.", styles["body"])]
    for block in TEXT.strip().split("\n\n"):
        if block.startswith(("# 2.", "# 4.")):
            story.append(PageBreak())
        story += make_block(block.split("\n"), styles, width)
    return story


def draw_footer(canvas, document):
    canvas.setFont("Helvetica", 8)
    canvas.drawString(20 * mm, 10 * mm, TITLE)
    canvas.drawRightString(A4[0] - 20 * mm, 10 * mm, "page %d" % document.page)


def main():
    document = SimpleDocTemplate(sys.argv[1], pagesize=A4, leftMargin=20 * mm, rightMargin=20 * mm, topMargin=18 * mm,
                                 bottomMargin=18 * mm, title=TITLE, author="NetGuru sample", invariant=1)
    document.build(make_story(document.width), onFirstPage=draw_footer, onLaterPages=draw_footer)


if __name__ == "__main__":
    main()
