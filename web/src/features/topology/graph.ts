// SPDX-License-Identifier: Apache-2.0
/* The graph that the server stores (docs/topology.md), and an index over it. */

export type NodeKind = 'router' | 'switch' | 'firewall' | 'network' | 'external'
export type EdgeKind = 'link' | 'lan' | 'bgp'
export type Severity = 'error' | 'warning' | 'info'

export interface GraphNode {
  id: string
  type: NodeKind
  position: { x: number; y: number }
  width: number
  height: number
  /** A network of management interfaces only, which is not drawn. */
  hidden?: boolean
  data: {
    label: string
    ip?: string
    asn?: number
    management?: boolean
    group?: string
    vendor?: string
    system?: string
    version?: string
    model?: string
    hostname?: string
    file?: string
    interfaces?: number
    parsed?: boolean
  }
}

export interface EdgeEnd {
  interface?: string
  label?: string
  address?: string
}

export interface SourceLine {
  file: string
  line: number
}

export interface GraphEdge {
  id: string
  source: string
  target: string
  label: string
  hidden?: boolean
  data: {
    kind: EdgeKind
    confidence: number
    problem: boolean
    source: EdgeEnd
    target: EdgeEnd
    lag?: string
    bgp?: string
    ospf?: string
    evidence: { source: string; text: string; at: SourceLine[] }[]
  }
}

export interface Finding {
  severity: Severity
  kind: string
  message: string
  at: SourceLine[]
  edge?: string
}

export interface BgpSession {
  state: string
  type: 'external' | 'internal'
  vrf?: string
  ends: { node?: string; address?: string; asn: number }[]
  at: SourceLine[]
  edge?: string
}

export interface OspfAdjacency {
  state: 'compatible' | 'passive' | 'incompatible'
  version: number
  ends: { node: string; interface: string; area: number }[]
  at: SourceLine[]
  edge: string
}

export interface Metadata {
  total_devices: number
  total_networks: number
  total_external: number
  total_links: number
  total_edges: number
  total_bgp_sessions: number
  total_ospf_adjacencies: number
  vendors: string[]
  width: number
  height: number
  findings: Finding[]
  bgp_sessions: BgpSession[]
  ospf_adjacencies: OspfAdjacency[]
  shutdown_interfaces: { node: string; interface: string; address: string; line: number }[]
  documents: { id: string; file: string }[]
}

/** A topology of the list: without its graph. */
export interface Summary {
  id: string
  title: string
  created_at: string
  metadata: Metadata
}

export interface Snapshot extends Summary {
  graph_data: { nodes: GraphNode[]; edges: GraphEdge[] }
}

export interface Model {
  snapshot: Snapshot
  nodes: Map<string, GraphNode>
  edges: Map<string, GraphEdge>
  edgesOf: Map<string, GraphEdge[]>
  /** Several, where several documents have one name. */
  nodesOfFile: Map<string, GraphNode[]>
  findings: Finding[]
  findingsOfEdge: Map<string, Finding[]>
  findingsOfNode: Map<string, Finding[]>
  sessionsOfEdge: Map<string, BgpSession[]>
  adjacenciesOfEdge: Map<string, OspfAdjacency[]>
  /** The documents that a file of the graph can be: several, where several have its name. */
  documentsOf: Map<string, string[]>
  groups: { name: string; count: number }[]
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}

const order: Severity[] = ['error', 'warning', 'info']

export function worst(findings: Finding[] | undefined): Severity | null {
  return order.find((severity) => findings?.some((finding) => finding.severity === severity)) ?? null
}

/** The devices that a finding is about: those of its files; of several with one name, the ends of its edge. */
function nodesOfFinding(finding: Finding, model: Pick<Model, 'nodesOfFile' | 'edges'>): Set<string> {
  const found = new Set<string>()
  const edge = finding.edge === undefined ? undefined : model.edges.get(finding.edge)
  for (const { file } of finding.at) {
    const nodes = model.nodesOfFile.get(file) ?? []
    for (const { id } of nodes) {
      if (nodes.length === 1 || id === edge?.source || id === edge?.target) found.add(id)
    }
  }
  return found
}

/** The adjacency of a LAN names the edge of its first end only: the others are found by their interfaces. */
function edgesOfAdjacency(adjacency: OspfAdjacency, edgesOf: Map<string, GraphEdge[]>): Set<string> {
  const found = new Set([adjacency.edge])
  for (const end of adjacency.ends) {
    for (const edge of edgesOf.get(end.node) ?? []) {
      const own = edge.source === end.node ? edge.data.source : edge.data.target
      if (edge.data.kind === 'lan' && own.interface === end.interface) found.add(edge.id)
    }
  }
  return found
}

export function makeModel(snapshot: Snapshot): Model {
  const { nodes, edges } = snapshot.graph_data
  const metadata = snapshot.metadata
  const model: Model = {
    snapshot,
    nodes: new Map(nodes.map((node) => [node.id, node])),
    edges: new Map(edges.map((edge) => [edge.id, edge])),
    edgesOf: new Map(),
    nodesOfFile: new Map(),
    findings: metadata.findings ?? [],
    findingsOfEdge: new Map(),
    findingsOfNode: new Map(),
    sessionsOfEdge: new Map(),
    adjacenciesOfEdge: new Map(),
    documentsOf: new Map(),
    groups: [],
  }
  const groups = new Map<string, number>()
  for (const node of nodes) {
    if (node.data.file !== undefined) push(model.nodesOfFile, node.data.file, node)
    if (node.data.group !== undefined) groups.set(node.data.group, (groups.get(node.data.group) ?? 0) + 1)
  }
  model.groups = [...groups].map(([name, count]) => ({ name, count }))
  for (const edge of edges) {
    push(model.edgesOf, edge.source, edge)
    if (edge.target !== edge.source) push(model.edgesOf, edge.target, edge)
  }
  for (const { file, id } of metadata.documents ?? []) push(model.documentsOf, file, id)
  for (const finding of model.findings) {
    if (finding.edge !== undefined) push(model.findingsOfEdge, finding.edge, finding)
    for (const node of nodesOfFinding(finding, model)) push(model.findingsOfNode, node, finding)
  }
  for (const session of metadata.bgp_sessions ?? []) {
    if (session.edge !== undefined) push(model.sessionsOfEdge, session.edge, session)
  }
  for (const adjacency of metadata.ospf_adjacencies ?? []) {
    for (const edge of edgesOfAdjacency(adjacency, model.edgesOf))
      push(model.adjacenciesOfEdge, edge, adjacency)
  }
  return model
}

/** An area as routers show it: a number, or dotted when it was surely written so. */
export function areaName(area: number): string {
  if (area < 65536) return String(area)
  return [24, 16, 8, 0].map((shift) => (area >>> shift) & 255).join('.')
}

/** The areas of an edge in ascending order. */
export function areasOf(edge: GraphEdge, model: Model): number[] {
  const areas = new Set<number>()
  for (const adjacency of model.adjacenciesOfEdge.get(edge.id) ?? []) {
    for (const end of adjacency.ends) areas.add(end.area)
  }
  if (areas.size === 0) {
    const label = /area (\d+)/.exec(edge.data.ospf ?? '')
    if (label?.[1] !== undefined) areas.add(Number(label[1]))
  }
  return [...areas].sort((a, b) => a - b)
}

export function otherEnd(edge: GraphEdge, node: string): string {
  return edge.source === node ? edge.target : edge.source
}

/** The nodes within so many steps of one. */
export function neighbourhood(model: Model, start: string, hops: number): Set<string> {
  const found = new Set([start])
  let border = [start]
  for (let step = 0; step < hops && border.length > 0; step++) {
    const next: string[] = []
    for (const node of border) {
      for (const edge of model.edgesOf.get(node) ?? []) {
        const other = otherEnd(edge, node)
        if (edge.hidden !== true && !found.has(other)) {
          found.add(other)
          next.push(other)
        }
      }
    }
    border = next
  }
  return found
}
