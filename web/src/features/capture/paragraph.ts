// SPDX-License-Identifier: Apache-2.0
/* The sentences with which a summary begins. Each figure in them stands in the result. */
import type { Format } from '@/i18n/format'
import { endName } from './names'
import type { captureTexts } from './texts'
import type { CaptureResult, DnsName, List } from './types'

type Texts = (typeof captureTexts)['en']

function sumOf<Row>(rows: Row[], value: (row: Row) => number): number {
  return rows.reduce((sum, row) => sum + value(row), 0)
}

/** Sums of a list are said only when the analysis has kept all of its rows. */
const isWhole = (list: List<unknown>) => list.count > 0 && list.rows.length === list.count

export function bitRate(bits: number, format: Format): string {
  const unit = bits < 1e3 ? 'bit/s' : bits < 1e6 ? 'kbit/s' : bits < 1e9 ? 'Mbit/s' : 'Gbit/s'
  const scale = { 'bit/s': 1, 'kbit/s': 1e3, 'Mbit/s': 1e6, 'Gbit/s': 1e9 }[unit] ?? 1
  const value = bits / scale
  return `${format.number(value < 10 ? Math.round(value * 100) / 100 : Math.round(value))} ${unit}`
}

function when(capture: CaptureResult, t: Texts, format: Format): string {
  const names = capture.interfaces.rows.slice(0, 3).map(({ name, link_type }) => name ?? link_type)
  const start =
    capture.first_time === undefined
      ? t.noTimes
      : t.capturedFrom(
          format.time(new Date(capture.first_time * 1000).toISOString()),
          format.seconds(capture.duration_s ?? 0),
        )
  if (names.length === 0) return `${start}.`
  return start + t.onInterfaces(names.join(', ') + (capture.interfaces.count > names.length ? ', …' : ''))
}

function volume(capture: CaptureResult, t: Texts, format: Format): string {
  const { packets_per_second: packets, bits_per_second: bits } = capture
  const rates =
    packets == null || bits == null
      ? t.noRates
      : t.rates(format.number(Math.round(packets * 10) / 10), bitRate(bits, format))
  const partly =
    capture.captured_bytes < capture.wire_bytes ? t.partlyCaptured(format.bytes(capture.captured_bytes)) : ''
  return t.volume(format.number(capture.packets), format.bytes(capture.wire_bytes)) + partly + rates
}

function talkers(capture: CaptureResult, t: Texts, format: Format): string[] {
  const { conversations } = capture
  const first = conversations.rows[0]
  if (first === undefined) return [t.noTalkers]
  const kinds = (['tcp', 'udp', 'sctp'] as const)
    .filter((kind) => conversations[kind] > 0)
    .map((kind) => `${kind.toUpperCase()} ${format.number(conversations[kind])}`)
  const share = (first.bytes_a_to_b + first.bytes_b_to_a) / capture.wire_bytes
  return [
    t.talkers(format.number(capture.hosts.count), format.number(conversations.count), kinds.join(', ')),
    ...(conversations.count > 1 && share > 0
      ? [
          t.largest(
            endName(first.address_a, first.port_a),
            endName(first.address_b, first.port_b),
            format.percent(share),
          ),
        ]
      : []),
  ]
}

function tcp(capture: CaptureResult, t: Texts, format: Format): string[] {
  const found = capture.tcp
  if (found === undefined) return []
  const { events, initial_rtt: rtt } = found
  const say = (count: number, text: (count: string) => string) =>
    count > 0 ? [text(format.number(count))] : []
  const bad = [
    ...say(events.retransmission, t.tcpRetransmissions),
    ...say(events.out_of_order, t.tcpOutOfOrder),
    ...say(found.rst, t.tcpResets),
    ...say(events.zero_window, t.tcpZeroWindow),
  ]
  const segments = t.tcpSegments(format.number(found.segments), format.number(found.data_segments))
  return [
    `${segments}; ${bad.length > 0 ? bad.join(', ') : t.tcpClean}.`,
    ...(rtt === undefined
      ? []
      : rtt.count === 1
        ? [t.handshake(format.seconds(rtt.average_s))]
        : [
            t.handshakes(format.seconds(rtt.average_s), format.seconds(rtt.min_s), format.seconds(rtt.max_s)),
          ]),
  ]
}

function dns(list: List<DnsName>, t: Texts, format: Format): string[] {
  if (!isWhole(list)) return []
  const silent = sumOf(list.rows, (row) => row.unanswered)
  const failed = sumOf(list.rows, (row) =>
    sumOf(Object.entries(row.rcodes), ([code, count]) => (code === '0' ? 0 : count)),
  )
  const slowest = Math.max(0, ...list.rows.map((row) => row.latency?.max_s ?? 0))
  const said = [
    t.dnsSaid(format.number(sumOf(list.rows, (row) => row.requests)), format.number(list.count)),
    ...(silent > 0 ? [t.dnsSilent(format.number(silent))] : []),
    ...(failed > 0 ? [t.dnsFailed(format.number(failed))] : []),
    ...(slowest > 0 ? [t.dnsSlowest(format.seconds(slowest))] : []),
  ]
  return [`${said.join(', ')}.`]
}

function applications(capture: CaptureResult, t: Texts, format: Format): string[] {
  const { facts } = capture
  if (facts === undefined) return []
  const said = dns(facts.dns_names, t, format)
  if (isWhole(facts.http_hosts)) {
    const requests = sumOf(facts.http_hosts.rows, (row) => row.requests)
    const statuses = facts.http_statuses.map(({ code, count }) => `${code} × ${format.number(count)}`)
    said.push(
      `${[t.httpSaid(format.number(requests), format.number(facts.http_hosts.count)), ...statuses].join(', ')}.`,
    )
  }
  if (isWhole(facts.tls_server_names))
    said.push(
      t.tlsSaid(
        format.number(sumOf(facts.tls_server_names.rows, (row) => row.requests)),
        format.number(facts.tls_server_names.count),
      ),
    )
  if (facts.copies.count > 0) said.push(t.copiesSaid(format.number(facts.copies.count)))
  return said
}

export function paragraph(capture: CaptureResult, t: Texts, format: Format): string[] {
  return [
    when(capture, t, format),
    volume(capture, t, format),
    ...talkers(capture, t, format),
    ...tcp(capture, t, format),
    ...applications(capture, t, format),
  ]
}
