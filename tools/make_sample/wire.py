#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A wire with faults: copies Ethernet frames between two interfaces.

    wire.py A B --delay-ms 10 --loss-ab 0.02 --loss-ba 0.005 --reorder-ab 0.003 --seed 7

Frames from A to B and back are delayed, dropped and reordered with a fixed random seed. It stands in for
`tc qdisc ... netem`, which many small kernels lack, and unlike netem it makes the same choices in each run
for the same sequence of frames. A reordered frame skips the delay, as in netem. With --data-only, frames of
100 bytes or less (handshakes, bare acknowledgments) are spared. On SIGTERM it prints what it did.
"""
import argparse
import heapq
import random
import select
import signal
import socket
import sys
import time

ETH_P_ALL = 3
PACKET_OUTGOING = 4
FRAME_MAX = 65535


def open_port(name):
    port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    port.bind((name, 0))
    port.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    return port


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("a")
    parser.add_argument("b")
    parser.add_argument("--delay-ms", type=float, default=10.0)
    parser.add_argument("--loss-ab", type=float, default=0.0)
    parser.add_argument("--loss-ba", type=float, default=0.0)
    parser.add_argument("--reorder-ab", type=float, default=0.0)
    parser.add_argument("--data-only", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


class Wire:
    def __init__(self, options):
        self.options = options
        self.random = random.Random(options.seed)
        self.ports = [open_port(options.a), open_port(options.b)]
        self.queue = []
        self.serial = 0
        self.counts = {"passed": 0, "lost": 0, "reordered": 0}

    def accept(self, side, frame):
        loss = self.options.loss_ab if side == 0 else self.options.loss_ba
        spared = self.options.data_only and len(frame) <= 100
        if not spared and self.random.random() < loss:
            self.counts["lost"] += 1
            return
        delay = self.options.delay_ms / 1000.0
        if side == 0 and not spared and self.random.random() < self.options.reorder_ab:
            self.counts["reordered"] += 1
            delay = 0.0
        self.serial += 1
        heapq.heappush(self.queue, (time.monotonic() + delay, self.serial, 1 - side, frame))

    def deliver_due(self):
        while self.queue and self.queue[0][0] <= time.monotonic():
            _, _, side, frame = heapq.heappop(self.queue)
            self.ports[side].send(frame)
            self.counts["passed"] += 1

    def run(self):
        while True:
            wait = max(0.0, self.queue[0][0] - time.monotonic()) if self.queue else 1.0
            ready, _, _ = select.select(self.ports, [], [], wait)
            for port in ready:
                frame, address = port.recvfrom(FRAME_MAX)
                if address[2] != PACKET_OUTGOING:
                    self.accept(self.ports.index(port), frame)
            self.deliver_due()


def main():
    wire = Wire(parse_arguments())
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(str(wire.counts)))
    wire.run()


if __name__ == "__main__":
    main()
