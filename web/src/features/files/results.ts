// SPDX-License-Identifier: Apache-2.0
/* The results of analyses, so far as the rooms of files show them. */
import type { AnalysisTask } from '@/api/queries'
import type { Severity } from '@/ui'

export interface FileFinding {
  id: string
  severity: Severity
  title: string
  detail?: string
  fix?: string
  /** Findings of a capture name packets instead. */
  line?: number
  lines?: number[]
  packets?: number[]
  other_line?: number
}

export interface Stated {
  value: string
  line: number
}

export interface ConfigInterface {
  name: string
  line: number
  addresses: { address: string; line: number }[]
  shutdown: boolean
  description?: Stated
  vrf?: Stated | string
  mtu?: { value: number; line: number } | number
  lag?: Stated
  switchport?: {
    mode?: string
    access_vlan?: number
    native_vlan?: number
    allowed_vlans?: string
    line: number
  }
  ospf?: { area?: number | string; line: number; passive?: boolean; cost?: number }
}

export interface ConfigResult {
  hostname?: Stated | null
  version?: Stated | null
  interfaces: ConfigInterface[]
  vlans: { id: number; name?: string; line: number; interface?: string }[]
  vrfs: { name: string; route_distinguisher?: string; line: number }[]
  ospf: {
    id: string
    line: number
    version: number
    router_id?: string
    areas: { area: number | string; type?: string; line: number; authentication?: string }[]
    networks: { prefix?: string; area?: number | string; line: number }[]
    redistribute: { source?: string; line: number }[]
  }[]
  bgp: {
    asn: number
    line: number
    router_id?: string
    neighbors: {
      address: string
      line: number
      remote_as?: number
      type?: string
      group?: string
      description?: Stated
      shutdown?: boolean
    }[]
    networks: { prefix: string; line: number }[]
  }[]
  static_routes: {
    prefix: string
    line: number
    next_hop?: string
    interface?: string
    distance?: number
    vrf?: string
    name?: string
  }[]
  acls: {
    name: string
    line: number
    family: number
    entries: { line: number; text: string; action: string; source?: string; destination?: string }[]
  }[]
  prefix_lists: {
    name: string
    line: number
    entries: {
      line: number
      permit?: boolean
      prefix?: string
      ge?: number
      le?: number
      sequence?: number
    }[]
  }[]
  route_maps: {
    name: string
    line: number
    entries: { line: number; term?: string; permit?: boolean }[]
  }[]
  not_understood: { line: number; text: string }[]
  lines: { total: number; analysed_share?: number; not_understood?: number }
}

export interface LogResult {
  lines: number
  messages: number
  first: { timestamp: string; line: number } | null
  last: { timestamp: string; line: number } | null
  by_severity: Record<string, number>
  timeline: { start_s: number; interval_s: number; messages: number[]; severe: number[] } | null
  hosts: { host: string; line: number; messages: number }[]
  mnemonics: { mnemonic: string; line: number; messages: number }[]
  events: { timestamp: string; line_start: number; line_end: number; messages: number }[]
}

function resultOf(task: AnalysisTask | undefined): Record<string, unknown> | null {
  const result = task?.result
  return typeof result === 'object' && result !== null ? (result as Record<string, unknown>) : null
}

export function findingsOf(task: AnalysisTask | undefined): FileFinding[] {
  const findings = resultOf(task)?.['findings']
  return Array.isArray(findings) ? (findings as FileFinding[]) : []
}

export function reportOf(task: AnalysisTask | undefined): string | null {
  const text = resultOf(task)?.['text']
  return typeof text === 'string' ? text : null
}

export function configOf(task: AnalysisTask | undefined): ConfigResult | null {
  const result = resultOf(task)
  return Array.isArray(result?.['interfaces']) && 'stanzas' in result
    ? (result as unknown as ConfigResult)
    : null
}

export function logOf(task: AnalysisTask | undefined): LogResult | null {
  const result = resultOf(task)
  return result !== null && 'by_severity' in result ? (result as unknown as LogResult) : null
}
