# SPDX-License-Identifier: Apache-2.0
"""The page as people use it: from the first click to a sourced answer, and through what goes wrong meanwhile."""

import re
import zipfile

import pytest
from browser_page import PORTUGUESE
from conftest import ROOT

SAMPLE = ROOT / "sample"
EDGE, DISTRIBUTION = SAMPLE / "configs/lis-edge2.cfg", SAMPLE / "configs/lis-dist2.cfg"
LOG, CAPTURE = SAMPLE / "logs/network-2026-03-12.log", SAMPLE / "captures/http-loss-client.pcap"
MTU = re.compile("OSPF( and OSPFv3)? between lis-dist2 Ethernet2 and lis-edge2 GigabitEthernet0/2: IP MTU 9214 against 1500")


@pytest.fixture(scope="module")
def reader(netguru, browser):
    """One who has put four files on the page: the e-mail address and the password."""
    email, password = "reader@example.net", "a good password"
    netguru.client().register(email, password)
    with browser.user(netguru) as tab:
        tab = tab().sign_in(email, password).open("/files")
        page = tab.page
        page.locator("input[type=file]").first.set_input_files([str(f) for f in (EDGE, DISTRIBUTION, LOG, CAPTURE)])
        for file in (EDGE, DISTRIBUTION, LOG, CAPTURE):
            row = page.get_by_role("grid", name="Files").get_by_role("row").filter(has_text=file.name)
            row.filter(has_text="analysed").wait_for(timeout=300_000)
        tab.open("/topology")
        page.get_by_role("button", name="Generate").first.click()
        page.get_by_role("dialog").get_by_role("button", name="Generate").click()
        page.get_by_role("application").wait_for(timeout=120_000)
    return email, password


def test_an_archive_becomes_its_files(netguru, browser, tmp_path):
    with zipfile.ZipFile(tmp_path / "site.zip", "w") as archive:
        archive.write(EDGE, "lis/edge2.cfg")
        archive.write(LOG, "lis/network.log")
        archive.writestr("photo.jpg", b"x")
        archive.writestr("lis/.hidden", b"x")
    netguru.client().register("unpacker@example.net", "a good password")
    with browser.user(netguru) as tab:
        tab = tab().sign_in("unpacker@example.net", "a good password").open("/files")
        page = tab.page
        page.locator("input[type=file]").first.set_input_files(str(tmp_path / "site.zip"))
        queue = page.get_by_role("grid", name="Uploads").get_by_role("row")
        queue.filter(has_text="site.zip").filter(has_text="2 files · 2 left out").wait_for(timeout=120_000)
        for name in ("lis/edge2.cfg", "lis/network.log"):
            queue.filter(has_text=name).filter(has_text="analysed").wait_for(timeout=120_000)
        queue.get_by_role("link", name="site.zip").click()
        page.get_by_role("heading", name="Left out (2)").wait_for()
        page.get_by_text("photo.jpg").wait_for()
        assert tab.settled().axe() == [] and tab.overflow() == 0
        page.get_by_role("link", name="lis/edge2.cfg").click()
        page.get_by_role("heading", name="lis/edge2.cfg").wait_for()
        page.get_by_role("link", name="site.zip").wait_for()
        assert not tab.complaints


def test_a_row_of_a_show_output_leads_to_its_line(netguru, browser):
    client = netguru.client().register("shower@example.net", "a good password")
    session = (
        "core1#show ip interface brief\n"
        "Interface                  IP-Address      OK? Method Status                Protocol\n"
        "GigabitEthernet0/0         10.0.0.1        YES NVRAM  up                    up\n"
        "core1#show ip ospf neighbor\n\n"
        "Neighbor ID     Pri   State           Dead Time   Address         Interface\n"
        "10.255.0.3        1   EXSTART/BDR     00:00:31    10.0.0.6        GigabitEthernet0/2\ncore1#\n"
    )
    document = client.process("core1.txt", session.encode())
    with browser.user(netguru) as tab:
        tab = tab().sign_in("shower@example.net", "a good password").open(f"/files/{document['id']}")
        page = tab.page
        page.get_by_role("tab", name="Tables (2)").wait_for()
        page.get_by_label("Command").select_option(label="show ip ospf neighbor · 1 row")
        page.get_by_role("grid", name="show ip ospf neighbor").get_by_text("EXSTART/BDR").click()
        page.wait_for_url(re.compile(r"lines=7\b"))
        page.get_by_role("tab", name="Findings (1)").click()
        page.get_by_role("tabpanel").get_by_text("an OSPF neighbour is not adjacent: 10.255.0.3").wait_for()
        assert not tab.complaints


def test_a_finding_leads_to_its_line(netguru, browser, reader):
    with browser.user(netguru) as tab:
        tab = tab().sign_in(*reader)
        tab.page.get_by_text(MTU).first.wait_for()
        tab.page.get_by_role("link", name="lis-edge2.cfg:88").first.click()
        tab.page.wait_for_url("**/files/*lines=88*")
        tab.page.get_by_text("ip ospf 1 area 0").first.wait_for()


def test_a_link_of_the_drawing_says_why_it_is_there(netguru, browser, reader):
    with browser.user(netguru) as tab:
        tab = tab().sign_in(*reader).open("/topology")
        tab.page.get_by_text(MTU).first.click()
        tab.page.wait_for_url("**selected=**")
        evidence = tab.page.get_by_role("link", name=re.compile(r"lis-(edge2|dist2)\.cfg"))
        evidence.first.wait_for()


def test_a_question_is_answered_from_lines_that_open(netguru, browser, reader):
    with browser.user(netguru) as tab:
        tab = tab().sign_in(*reader).open("/chat")
        tab.page.get_by_role("textbox", name="Question").fill("why does lis-edge2 not see all its neighbours?")
        tab.page.keyboard.press("Enter")
        tab.page.wait_for_url("**/chat/*")
        tab.page.get_by_text("the MTU differs at the two ends of the link").first.wait_for()
        tab.page.get_by_role("button", name=re.compile(r"lis-edge2\.cfg")).first.click()
        tab.page.get_by_text("interface GigabitEthernet0/2").first.wait_for()
        # The answer is there after a reload, and in another tab.
        tab.page.reload()
        tab.page.get_by_text("the MTU differs at the two ends of the link").first.wait_for()


def test_the_conversations_of_a_capture_are_filtered(netguru, browser, reader):
    with browser.user(netguru) as tab:
        tab = tab().sign_in(*reader).open("/files")
        tab.page.get_by_role("link", name=CAPTURE.name).click()
        tab.page.get_by_text("23 TCP segments of connections with 10.10.20.80:80 came out of order").first.wait_for()
        tab.page.get_by_role("tab", name=re.compile("Conversations")).click()
        tab.page.get_by_role("gridcell", name="35444").wait_for()
        tab.page.get_by_role("combobox", name="Filter").fill("tcp.retransmission > 0")
        tab.page.keyboard.press("Enter")
        tab.page.get_by_role("gridcell", name="35444").wait_for(state="detached")
        tab.page.get_by_role("gridcell", name="35440").wait_for()


def test_search_by_the_palette(netguru, browser, reader):
    with browser.user(netguru) as tab:
        tab = tab().sign_in(*reader)
        tab.page.keyboard.press("Control+k")
        tab.page.get_by_role("combobox").fill("lis-dist2")
        tab.page.get_by_role("option", name=re.compile(r"lis-dist2\.cfg")).first.wait_for()
        tab.page.keyboard.press("Enter")
        tab.page.wait_for_url("**/files/*")


def test_the_language_is_chosen_and_kept(netguru, browser, reader):
    with browser.user(netguru) as tab:
        tab = tab().sign_in(*reader).open("/account/appearance")
        tab.page.get_by_label("Language").select_option(PORTUGUESE)
        tab.page.get_by_role("link", name="Visão geral").wait_for()
        tab.page.reload()
        tab.page.get_by_role("link", name="Visão geral").wait_for()


def test_another_person_sees_nothing_of_it(netguru, browser, reader):
    with browser.user(netguru) as first, browser.user(netguru) as second:
        mine = first().sign_in(*reader).open("/files")
        mine.page.get_by_role("link", name=EDGE.name).click()
        mine.page.wait_for_url("**/files/*")
        netguru.client().register("other@example.net", "a good password")
        other = second().sign_in("other@example.net", "a good password").open(mine.path())
        other.page.get_by_role("heading", name="There is no such file").wait_for()
        assert "GigabitEthernet" not in other.page.content()


def test_an_answer_goes_on_after_the_network_was_away(netguru, browser, reader):
    """The connection is cut right after the question left. The page says so, and shows the whole answer later."""
    with browser.user(netguru) as tab:
        tab = tab().sign_in(*reader).open("/chat")
        page = tab.page
        page.route("**/events*", lambda route: route.abort())
        page.get_by_role("textbox", name="Question").fill("which BGP neighbours does lis-edge2 have?")
        page.keyboard.press("Enter")
        page.wait_for_url("**/chat/*")
        page.unroute("**/events*")
        page.get_by_text("198.51.100.5").first.wait_for()
