// SPDX-License-Identifier: Apache-2.0
/* Which devices and links carry a VLAN, by what the analyses of their configurations say. */
import type { EdgeEnd, GraphEdge, Model } from './graph'

export interface Switchport {
  mode?: string
  native_vlan?: number
  access_vlan?: number
  voice_vlan?: number
  /** "10,20,30-40", "all" or "none"; a trunk without it allows all. */
  allowed_vlans?: string
}

export interface AnalysedInterface {
  name: string
  canonical: string
  kind: string
  line?: number
  parent?: string
  dot1q?: number
  shutdown?: boolean
  lag?: { value: string }
  switchport?: Switchport
}

export interface DeviceVlans {
  vlans: { id: number; name?: string; line?: number }[]
  interfaces: AnalysedInterface[]
}

/** Takes of a stored analysis what is used here. */
export function deviceVlans(result: unknown): DeviceVlans | null {
  const analysis = result as Partial<DeviceVlans> | null | undefined
  if (!Array.isArray(analysis?.interfaces)) return null
  return { vlans: analysis.vlans ?? [], interfaces: analysis.interfaces }
}

export function inList(list: string, vlan: number): boolean {
  if (list === 'all') return true
  return list.split(',').some((part) => {
    const [from = NaN, to = from] = part.split('-').map(Number)
    return vlan >= from && vlan <= to
  })
}

export function portCarries(port: Switchport, vlan: number): boolean {
  if (port.mode === 'access') return port.access_vlan === vlan || port.voice_vlan === vlan
  if (port.mode !== 'trunk')
    return port.access_vlan === vlan || port.voice_vlan === vlan || port.native_vlan === vlan
  return port.allowed_vlans === undefined || inList(port.allowed_vlans, vlan)
}

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase()

/** The interface of an end and the aggregate above it: the aggregate's switching counts. */
function portOf(device: DeviceVlans, name: string): AnalysedInterface | undefined {
  const port = device.interfaces.find((one) => same(one.canonical, name) || same(one.name, name))
  if (port?.lag === undefined) return port
  const lag = port.lag.value
  return device.interfaces.find((one) => same(one.canonical, lag) || same(one.name, lag)) ?? port
}

const isVlanInterface = (name: string, vlan: number) =>
  new RegExp(`^(vlan|vlanif|vl|irb\\.|vlan\\.)\\s*${vlan}$`, 'i').test(name)

/** Whether an end carries the VLAN; undefined: its configuration does not tell. */
export function endCarries(
  end: EdgeEnd,
  device: DeviceVlans | null | undefined,
  vlan: number,
): boolean | undefined {
  if (end.interface === undefined || device == null) return undefined
  if (isVlanInterface(end.interface, vlan)) return true
  const port = portOf(device, end.interface)
  if (port === undefined) return undefined
  if (port.switchport?.mode !== undefined) return portCarries(port.switchport, vlan)
  const tagged = device.interfaces.filter(
    (one) => one.parent !== undefined && same(one.parent, port.canonical),
  )
  return [port, ...tagged].some((one) => one.dot1q === vlan)
}

export function deviceCarries(device: DeviceVlans, vlan: number): boolean {
  return (
    device.vlans.some(({ id }) => id === vlan) ||
    device.interfaces.some(
      (one) =>
        one.dot1q === vlan ||
        isVlanInterface(one.canonical, vlan) ||
        (one.switchport?.mode === 'access' && portCarries(one.switchport, vlan)),
    )
  )
}

/** both: both ends carry it. one: the other end surely does not. unknown: nothing is known of it. */
export type Carried = 'both' | 'one' | 'unknown'
export interface Carriers {
  nodes: Set<string>
  edges: Map<string, Carried>
}

export type Devices = Map<string, DeviceVlans | null>

function carried(edge: GraphEdge, devices: Devices, vlan: number): Carried | null {
  if (edge.data.kind === 'bgp') return null
  const a = endCarries(edge.data.source, devices.get(edge.source), vlan)
  const b = endCarries(edge.data.target, devices.get(edge.target), vlan)
  if (a !== true && b !== true) return null
  if (edge.data.kind === 'lan' || (a === true && b === true)) return 'both'
  return a === false || b === false ? 'one' : 'unknown'
}

export function carriersOf(model: Model, devices: Devices, vlan: number): Carriers {
  const nodes = new Set<string>()
  const edges = new Map<string, Carried>()
  for (const [node, device] of devices) {
    if (device !== null && deviceCarries(device, vlan)) nodes.add(node)
  }
  for (const edge of model.edges.values()) {
    const state = carried(edge, devices, vlan)
    if (state === null) continue
    edges.set(edge.id, state)
    if (state === 'both') nodes.add(edge.source).add(edge.target)
  }
  return { nodes, edges }
}

/** All VLANs that some device names, with their names. */
export function vlansOf(devices: Devices): { id: number; name: string }[] {
  const names = new Map<number, Set<string>>()
  const add = (id: number | undefined, name?: string) => {
    if (id === undefined) return
    const known = names.get(id) ?? new Set()
    if (name !== undefined && name !== '') known.add(name)
    names.set(id, known)
  }
  for (const device of devices.values()) {
    for (const vlan of device?.vlans ?? []) add(vlan.id, vlan.name)
    for (const one of device?.interfaces ?? []) {
      add(one.dot1q)
      add(one.switchport?.access_vlan)
      add(one.switchport?.voice_vlan)
    }
  }
  return [...names]
    .map(([id, known]) => ({ id, name: [...known].sort().join(' / ') }))
    .sort((a, b) => a.id - b.id)
}

/** How the port of an end switches, as its configuration has it. */
export interface Switching {
  lag?: string
  allowed?: string
  native?: number
  access?: number
  voice?: number
  tags: number[]
}

export function switchingOf(end: EdgeEnd, device: DeviceVlans): Switching | null {
  const port = end.interface === undefined ? undefined : portOf(device, end.interface)
  if (port === undefined) return null
  const tags = device.interfaces.flatMap((one) =>
    one.dot1q !== undefined &&
    (one === port || (one.parent !== undefined && same(one.parent, port.canonical)))
      ? [one.dot1q]
      : [],
  )
  const lag = same(port.canonical, end.interface ?? '') ? {} : { lag: port.name }
  const { mode, allowed_vlans, native_vlan, access_vlan, voice_vlan } = port.switchport ?? {}
  if (mode === 'trunk') return { ...lag, allowed: allowed_vlans ?? 'all', native: native_vlan, tags }
  return { ...lag, access: access_vlan, voice: voice_vlan, tags }
}
