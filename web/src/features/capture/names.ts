// SPDX-License-Identifier: Apache-2.0
/* Names that the protocols themselves give; engineers read them untranslated. */

const rcodes = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
  'YXDOMAIN',
  'YXRRSET',
  'NXRRSET',
  'NOTAUTH',
  'NOTZONE',
]

/** The name of a DNS response code (RFC 6895). */
export function rcodeName(code: string): string {
  return rcodes[Number(code)] ?? `RCODE ${code}`
}

const unreachable = [
  'Network unreachable',
  'Host unreachable',
  'Protocol unreachable',
  'Port unreachable',
  'Fragmentation needed',
  'Source route failed',
  'Destination network unknown',
  'Destination host unknown',
  'Source host isolated',
  'Network prohibited',
  'Host prohibited',
  'Network unreachable for type of service',
  'Host unreachable for type of service',
  'Communication prohibited',
]
const redirects = ['network', 'host', 'type of service and network', 'type of service and host']
const icmpTypes: Record<number, string> = {
  0: 'Echo reply',
  3: 'Destination unreachable',
  4: 'Source quench',
  5: 'Redirect',
  8: 'Echo request',
  9: 'Router advertisement',
  10: 'Router solicitation',
  11: 'Time exceeded',
  12: 'Parameter problem',
  13: 'Timestamp request',
  14: 'Timestamp reply',
}
const unreachable6 = [
  'No route to destination',
  'Communication prohibited',
  'Beyond scope of source address',
  'Address unreachable',
  'Port unreachable',
  'Source address failed policy',
  'Route rejected',
]
const icmp6Types: Record<number, string> = {
  1: 'Destination unreachable',
  2: 'Packet too big',
  3: 'Time exceeded',
  4: 'Parameter problem',
  128: 'Echo request',
  129: 'Echo reply',
  130: 'Multicast listener query',
  131: 'Multicast listener report',
  132: 'Multicast listener done',
  133: 'Router solicitation',
  134: 'Router advertisement',
  135: 'Neighbor solicitation',
  136: 'Neighbor advertisement',
  137: 'Redirect',
  143: 'Multicast listener report version 2',
}

/** The name of a type and code of ICMP (RFC 792, 1122, 1812) or ICMPv6 (RFC 4443, 4861, 3810). */
export function icmpName(protocol: 'icmp' | 'icmpv6', type: number, code: number): string {
  if (protocol === 'icmpv6') return (type === 1 ? unreachable6[code] : undefined) ?? icmp6Types[type] ?? ''
  if (type === 3 && unreachable[code] !== undefined) return unreachable[code]
  if (type === 5 && redirects[code] !== undefined) return `Redirect for ${redirects[code]}`
  if (type === 11) return code === 1 ? 'Reassembly time exceeded' : 'Time to live exceeded in transit'
  return icmpTypes[type] ?? ''
}

/** "10.0.0.1:80" or "[2001:db8::1]:80" */
export function endName(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
