// SPDX-License-Identifier: Apache-2.0
/* How kinds, vendors and systems look. The colours of vendors are those of the server's picture. */
import { ArrowLeftRight, BrickWall, Cloud, Group, Move, type LucideIcon } from 'lucide-react'
import type { GraphNode } from './graph'
import type { DrawnNode } from './shape'

export const icons: Record<DrawnNode['kind'], LucideIcon> = {
  router: Move,
  switch: ArrowLeftRight,
  firewall: BrickWall,
  network: Group,
  external: Cloud,
  fold: Group,
}

const vendorColors: Record<string, string> = {
  cisco: '#1f6fb2',
  arista: '#0f766e',
  juniper: '#5b8c1f',
  fortinet: '#c2331f',
  paloalto: '#d9722b',
  huawei: '#b91c3c',
  nokia: '#254a9a',
  mikrotik: '#52525b',
  vyos: '#b7791f',
  aruba: '#e07a1f',
  hpe: '#059669',
  checkpoint: '#be185d',
  f5: '#c81e4a',
  nvidia: '#4d7c0f',
}

export function tileColor(kind: DrawnNode['kind'], vendor?: string): string {
  if (kind === 'external') return '#7c5cbf'
  if (kind === 'network') return '#94a3b8'
  return vendorColors[vendor ?? ''] ?? '#64748b'
}

const systems: Record<string, string> = {
  a10_acos: 'A10 ACOS',
  arista_eos: 'Arista EOS',
  aruba_aoscx: 'Aruba AOS-CX',
  checkpoint_gaia: 'Check Point Gaia',
  cisco_asa: 'Cisco ASA',
  cisco_ios: 'Cisco IOS',
  cisco_iosxe: 'Cisco IOS XE',
  cisco_iosxr: 'Cisco IOS XR',
  cisco_nxos: 'Cisco NX-OS',
  cumulus_nclu: 'Cumulus Linux',
  f5_bigip: 'F5 BIG-IP',
  fortinet_fortios: 'Fortinet FortiOS',
  frr: 'FRRouting',
  hp_comware: 'HPE Comware',
  huawei_vrp: 'Huawei VRP',
  juniper_junos: 'Juniper Junos',
  juniper_junos_set: 'Juniper Junos',
  mikrotik_routeros: 'MikroTik RouterOS',
  nokia_sros: 'Nokia SR OS',
  paloalto_panos: 'Palo Alto PAN-OS',
  ruckus_ironware: 'Ruckus IronWare',
  vyos: 'VyOS',
}

/** The graph has only the id of a system. */
export function systemName(data: GraphNode['data']): string {
  return systems[data.system ?? ''] ?? data.system ?? data.vendor ?? ''
}

export const paletteColor = (color: number) => `var(--cat-${color})`
