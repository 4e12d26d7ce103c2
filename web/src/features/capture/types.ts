// SPDX-License-Identifier: Apache-2.0
/* The result of a capture's analysis, as docs/capture-analysis.md describes it. */

export interface Times {
  count: number
  min_s: number
  average_s: number
  max_s: number
}

export const tcpEvents = [
  'retransmission',
  'fast_retransmission',
  'spurious_retransmission',
  'out_of_order',
  'lost_segment',
  'ack_lost_segment',
  'duplicate_ack',
  'window_update',
  'window_full',
  'zero_window',
  'zero_window_probe',
  'zero_window_probe_ack',
  'keep_alive',
  'keep_alive_ack',
  'reused_ports',
] as const
export type TcpEvent = (typeof tcpEvents)[number]

export type Severity = 'error' | 'warning' | 'note'
export type Transport = 'tcp' | 'udp' | 'sctp'
export type Side = 'a' | 'b'

export interface Finding {
  id: string
  severity: Severity
  title: string
  detail: string
  packets: number[]
  filter: string
}

/** How far a TCP connection got. */
export const tcpStates = ['unanswered', 'refused', 'half_open', 'open', 'closing', 'closed', 'reset'] as const
export type TcpState = (typeof tcpStates)[number]

/** Events that did not happen are left out. */
export type ConversationTcp = Partial<Record<TcpEvent, number>> & {
  initial_rtt_s?: number
  ack_rtt?: Times
  state?: TcpState
  client?: Side
  syn?: number
  resets?: number
  closed_by?: Side
  server_rtt_s?: number
  client_rtt_s?: number
  first_request_after_s?: number
  first_byte?: Times
}

/** Side a sent the first packet that was captured. */
export interface Conversation {
  transport: Transport
  stream: number
  address_a: string
  port_a: number
  address_b: string
  port_b: number
  packets_a_to_b: number
  bytes_a_to_b: number
  packets_b_to_a: number
  bytes_b_to_a: number
  /** Seconds after the first packet of the file. */
  start_s: number
  duration_s: number
  tcp?: ConversationTcp
}

export interface Host {
  address: string
  tx_packets: number
  tx_bytes: number
  rx_packets: number
  rx_bytes: number
}

export interface Protocol {
  name: string
  depth: number
  frames: number
  bytes: number
}

export interface Interface {
  name?: string
  link_type: string
  link_type_number: number
  snap_bytes: number
  ticks_per_second: number
  packets: number
}

/** A list of which the analysis keeps the first rows; `count` is the number of all. */
export interface List<Row> {
  rows: Row[]
  count: number
}
type Rest = { other_packets: number; other_bytes: number }

export interface DnsName {
  name: string
  requests: number
  responses: number
  unanswered: number
  rcodes: Record<string, number>
  latency?: Times
  slowest_packet?: number
}

export interface HttpHost {
  name: string
  requests: number
  responses: number
  statuses: Record<string, number>
}

export interface TlsName {
  name: string
  requests: number
}

export interface Icmp {
  protocol: 'icmp' | 'icmpv6'
  type: number
  code: number
  count: number
  packets: number[]
}

export interface Vlan {
  id: number
  tag: string
  frames: number
}

export interface Facts {
  dns_names: List<DnsName>
  tls_server_names: List<TlsName>
  http_hosts: List<HttpHost>
  http_statuses: { code: number; count: number }[]
  other_names: number
  dns_untracked: number
  icmp: Icmp[]
  vlans: Vlan[]
  copies: { count: number; routed: number; retransmissions: number; packets: number[] }
}

/** Equal parts of the capture's time, each with packets, bytes, retransmissions and resets. */
export interface Timeline {
  /** Seconds after the first packet of the file. */
  start_s: number
  bin_s: number
  rows: [packets: number, bytes: number, retransmissions: number, resets: number][]
}

export interface CaptureResult {
  format: string
  compressed: boolean
  compression?: string
  complete: boolean
  incomplete?: string
  zero_tail_bytes?: number
  interfaces: List<Interface>
  packets: number
  captured_bytes: number
  wire_bytes: number
  snapped_packets: number
  captured_over_wire: number
  unknown_link_packets: number
  first_time?: number
  last_time?: number
  duration_s?: number
  time_reversals?: number
  packets_per_second?: number | null
  bits_per_second?: number | null
  ip_fragments: number
  ip_fragments_dropped: number
  protocols: { rows: Protocol[]; limited: boolean }
  hosts: List<Host> & Rest
  conversations: List<Conversation> & Rest & Record<Transport, number>
  tcp?: {
    segments: number
    data_segments: number
    syn: number
    syn_ack: number
    fin: number
    rst: number
    events: Record<TcpEvent, number>
    initial_rtt?: Times
    ack_rtt?: Times
  }
  findings?: Finding[]
  other_findings?: number
  facts?: Facts
  timeline?: Timeline
}

/** The result of a task that analysed a capture; null if it is something else. */
export function captureOf(result: unknown): CaptureResult | null {
  if (typeof result !== 'object' || result === null) return null
  const capture = result as Partial<CaptureResult>
  return typeof capture.packets === 'number' && capture.conversations !== undefined
    ? (capture as CaptureResult)
    : null
}
