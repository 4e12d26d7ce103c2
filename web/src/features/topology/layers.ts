// SPDX-License-Identifier: Apache-2.0
/* The views: which edges one shows, and how they look in it. */
import { areaName, areasOf, worst, type GraphEdge, type GraphNode, type Model, type Severity } from './graph'
import type { View } from './state'
import type { Carriers } from './vlans'

export interface Look {
  /** A number of the palette; null: the plain colour. */
  color: number | null
  dashed: boolean
  tone: Severity | null
  middle: string
  ends: [string, string]
}

export interface Layer {
  edge: (edge: GraphEdge) => Look | null
  /** A device that has no part in the view is drawn faint; another node is left out. */
  takesPart: (node: GraphNode) => boolean
  legend: { label: string; color: number; count: number }[]
  /** Colours of nodes: the AS in the view of BGP. */
  nodeColor: (node: GraphNode) => number | null
  /** Something that a view leaves out and that has to be said. */
  omitted: number
}

export const paletteSize = 8
/** From so many devices on, sessions that are no link of their own are drawn only if they have a finding. */
export const manyDevices = 40

const labels = (edge: GraphEdge): [string, string] => [
  edge.data.source.label ?? '',
  edge.data.target.label ?? '',
]

function tones(edge: GraphEdge, model: Model): Severity | null {
  const found = worst(model.findingsOfEdge.get(edge.id))
  if (found === null && edge.data.problem) return 'error'
  return found === 'info' ? null : found
}

const withEdges = (edge: (edge: GraphEdge) => Look | null, model: Model) => {
  const nodes = new Set<string>()
  for (const one of model.edges.values()) {
    if (one.hidden !== true && edge(one) !== null) nodes.add(one.source).add(one.target)
  }
  return (node: GraphNode) => nodes.has(node.id)
}

const noColor = () => null

/** The values in order, each with its place in the palette. */
function ranks(counts: Map<number, number>): Map<number, number> {
  return new Map([...counts.keys()].sort((a, b) => a - b).map((value, at) => [value, at % paletteSize]))
}

function count<T>(counts: Map<T, number>, value: T): void {
  counts.set(value, (counts.get(value) ?? 0) + 1)
}

function everything(model: Model): Layer {
  const many = model.snapshot.metadata.total_devices >= manyDevices
  let omitted = 0
  const left = (edge: GraphEdge) =>
    many &&
    edge.data.kind === 'bgp' &&
    tones(edge, model) === null &&
    model.nodes.get(edge.source)?.type !== 'external' &&
    model.nodes.get(edge.target)?.type !== 'external'
  for (const edge of model.edges.values()) if (left(edge)) omitted += 1
  return {
    edge: (edge) =>
      left(edge)
        ? null
        : {
            color: null,
            dashed: edge.data.kind === 'bgp',
            tone: tones(edge, model),
            middle: edge.data.lag ?? (edge.data.kind === 'bgp' ? '' : (edge.data.bgp ?? '')),
            ends: edge.data.kind === 'bgp' ? ['', ''] : labels(edge),
          },
    takesPart: () => true,
    legend: [],
    nodeColor: noColor,
    omitted,
  }
}

function physical(model: Model): Layer {
  return {
    edge: (edge) =>
      edge.data.kind !== 'link'
        ? null
        : {
            color: null,
            dashed: false,
            tone: tones(edge, model),
            middle: edge.data.lag ?? '',
            ends: labels(edge),
          },
    takesPart: (node) => node.data.file !== undefined,
    legend: [],
    nodeColor: noColor,
    omitted: 0,
  }
}

function addressed(model: Model): Layer {
  const edge = (one: GraphEdge): Look | null => {
    const { source, target, kind } = one.data
    const shared = one.data.evidence.some((reason) => reason.source.startsWith('subnet'))
    if (kind === 'bgp' || !(shared || source.address !== undefined || target.address !== undefined))
      return null
    return {
      color: null,
      dashed: false,
      tone: tones(one, model),
      middle: '',
      ends: [source.address ?? source.label ?? '', target.address ?? target.label ?? ''],
    }
  }
  return { edge, takesPart: withEdges(edge, model), legend: [], nodeColor: noColor, omitted: 0 }
}

function ospf(model: Model): Layer {
  const counts = new Map<number, number>()
  const takesPart = (edge: GraphEdge) => edge.data.ospf !== undefined || model.adjacenciesOfEdge.has(edge.id)
  for (const edge of model.edges.values()) {
    if (takesPart(edge)) for (const area of areasOf(edge, model)) count(counts, area)
  }
  const rank = ranks(counts)
  const edge = (one: GraphEdge): Look | null => {
    if (!takesPart(one)) return null
    const adjacencies = model.adjacenciesOfEdge.get(one.id) ?? []
    const areas = areasOf(one, model)
    return {
      color: areas[0] === undefined ? null : (rank.get(areas[0]) ?? null),
      dashed: adjacencies.length > 0 && adjacencies.every(({ state }) => state === 'passive'),
      tone: adjacencies.some(({ state }) => state === 'incompatible') ? 'error' : null,
      middle: areas.map(areaName).join(' / '),
      ends: labels(one),
    }
  }
  return {
    edge,
    takesPart: withEdges(edge, model),
    legend: [...rank].map(([area, color]) => ({
      label: areaName(area),
      color,
      count: counts.get(area) ?? 0,
    })),
    nodeColor: noColor,
    omitted: 0,
  }
}

/** States in which a session cannot come up, as far as the configurations tell. */
const good = new Set(['UNIQUE_MATCH', 'DYNAMIC_MATCH', 'UNKNOWN_REMOTE'])

function bgp(model: Model): Layer {
  const counts = new Map<number, number>()
  for (const node of model.nodes.values()) if (node.data.asn !== undefined) count(counts, node.data.asn)
  const rank = ranks(counts)
  const edge = (one: GraphEdge): Look | null => {
    if (one.data.bgp === undefined) return null
    const sessions = model.sessionsOfEdge.get(one.id) ?? []
    const broken = sessions.some(({ state }) => !good.has(state) && state !== 'DISABLED')
    return {
      color: null,
      dashed: sessions.length > 0 && sessions.every(({ type }) => type === 'internal'),
      tone: broken ? 'error' : null,
      middle: one.data.bgp,
      ends: ['', ''],
    }
  }
  return {
    edge,
    takesPart: withEdges(edge, model),
    legend: [...rank].map(([asn, color]) => ({ label: `AS ${asn}`, color, count: counts.get(asn) ?? 0 })),
    nodeColor: (node) => (node.data.asn === undefined ? null : (rank.get(node.data.asn) ?? null)),
    omitted: 0,
  }
}

function vlan(model: Model, carriers: Carriers | null): Layer {
  const edge = (one: GraphEdge): Look | null => {
    const state = carriers?.edges.get(one.id)
    if (state === undefined) return null
    return {
      color: 0,
      dashed: state !== 'both',
      tone: state === 'one' ? 'warning' : null,
      middle: one.data.lag ?? '',
      ends: labels(one),
    }
  }
  return {
    edge,
    takesPart: (node) =>
      node.data.file === undefined ? withEdges(edge, model)(node) : (carriers?.nodes.has(node.id) ?? true),
    legend: [],
    nodeColor: noColor,
    omitted: 0,
  }
}

export function layerOf(view: View, model: Model, carriers: Carriers | null): Layer {
  switch (view) {
    case 'l2':
      return physical(model)
    case 'l3':
      return addressed(model)
    case 'ospf':
      return ospf(model)
    case 'bgp':
      return bgp(model)
    case 'vlan':
      return vlan(model, carriers)
    case 'all':
      return everything(model)
  }
}
