#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Small TCP and UDP ends for the mixed capture.

    traffic.py serve ADDRESS            sink on 9001, source on 9002, UDP echo on 9003
    traffic.py upload ADDRESS BYTES     send to the sink
    traffic.py slow ADDRESS BYTES       read from the source after a pause, with a small buffer: zero window
    traffic.py echo ADDRESS BYTES       one datagram there and back
    traffic.py knock ADDRESS PORT       connect and report refusal
    traffic.py datagram ADDRESS PORT    one datagram to a closed port
"""
import socket
import sys
import threading
import time

SINK, SOURCE, ECHO = 9001, 9002, 9003
SOURCE_BYTES = 120000


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def sink(client):
    with client:
        while client.recv(65536):
            pass


def source(client):
    with client:
        client.sendall(b"sample network " * (SOURCE_BYTES // 15))


def serve_streams(address, port, handle):
    listener = socket.create_server((address, port), family=family_of(address))
    while True:
        client, _ = listener.accept()
        threading.Thread(target=handle, args=(client,), daemon=True).start()


def serve_echo(address):
    server = socket.socket(family_of(address), socket.SOCK_DGRAM)
    server.bind((address, ECHO))
    while True:
        data, client = server.recvfrom(65535)
        server.sendto(data, client)


def serve(address):
    for port, handle in ((SINK, sink), (SOURCE, source)):
        threading.Thread(target=serve_streams, args=(address, port, handle), daemon=True).start()
    serve_echo(address)


def upload(address, size):
    with socket.create_connection((address, SINK), timeout=10) as server:
        server.sendall(b"u" * size)
        server.shutdown(socket.SHUT_WR)
        server.recv(1)


def slow(address, size):
    server = socket.socket(family_of(address), socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    server.connect((address, SOURCE))
    time.sleep(1.2)
    received = 0
    while received < size:
        data = server.recv(16384)
        if not data:
            break
        received += len(data)
    server.close()


def echo(address, size):
    client = socket.socket(family_of(address), socket.SOCK_DGRAM)
    client.settimeout(2)
    client.sendto(b"e" * size, (address, ECHO))
    client.recvfrom(65535)


def knock(address, port):
    try:
        socket.create_connection((address, port), timeout=2).close()
    except ConnectionRefusedError:
        print("refused", address, port)


def datagram(address, port):
    client = socket.socket(family_of(address), socket.SOCK_DGRAM)
    client.sendto(b"anybody there", (address, port))
    time.sleep(0.2)


def main():
    verb, address = sys.argv[1], sys.argv[2]
    if verb == "serve":
        serve(address)
    else:
        {"upload": upload, "slow": slow, "echo": echo, "knock": knock,
         "datagram": datagram}[verb](address, int(sys.argv[3]))


if __name__ == "__main__":
    main()
