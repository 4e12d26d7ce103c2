# SPDX-License-Identifier: Apache-2.0
"""The packets of a capture on the page: the list, one packet, and the views of a conversation."""

import pytest
from browser_page import ENGLISH, NARROW, PORTUGUESE, WIDE
from conftest import ROOT

VIEWS = ["part=packets", "packet=268", "part=packets&conversation=4", "part=packets&conversation=4&view=ladder",
         "part=packets&conversation=4&view=sequence", "packet=373"]


@pytest.fixture(scope="module")
def capture(netguru):
    path = ROOT / "sample/captures/mixed.pcapng"
    return netguru.demo().process(path.name, path.read_bytes())["id"]


@pytest.mark.parametrize("language, theme, size", [(ENGLISH, "light", WIDE), (PORTUGUESE, "dark", WIDE), (PORTUGUESE, "light", NARROW)],
                         ids=["en-light-wide", "pt-dark-wide", "pt-light-narrow"])
def test_every_view_of_packets(netguru, browser, capture, language, theme, size):
    wrong = []
    with browser.user(netguru, language, theme, size) as tab:
        tab = tab().demo()
        for view in VIEWS:
            tab.open(f"/files/{capture}?{view}").shell()
            tab.settled()
            wrong += [f"{view}: {text}" for text in tab.complaints + tab.axe()]
            if tab.overflow() > 0:
                wrong.append(f"{view}: {tab.overflow()} pixels wider than the window")
            tab.complaints.clear()
    assert not wrong, "\n".join(wrong)


def test_a_packet_is_found_from_its_finding_to_its_bytes(netguru, browser, capture):
    with browser.user(netguru) as tab:
        tab = tab().demo().open(f"/files/{capture}")
        page = tab.page
        page.get_by_role("link", name="Packet 268").first.click()
        page.get_by_role("tree", name="Layers").wait_for()
        page.get_by_role("treeitem").filter(has_text="tcp.window_size_value").click()
        page.mouse.move(5, 5)
        cells = page.get_by_role("grid", name="Bytes").locator("[aria-selected=true]")
        assert cells.all_inner_texts() == ["00", "00"]
        page.get_by_role("grid", name="Packets").focus()
        page.keyboard.press("ArrowDown")
        page.wait_for_url("**packet=269**")
        page.get_by_role("region", name="Contents of packet 269").wait_for()
