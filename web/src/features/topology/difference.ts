// SPDX-License-Identifier: Apache-2.0
/* What has changed from one topology to another. Positions and confidence are no change of the network. */
import type { Finding, GraphEdge, GraphNode, Model } from './graph'

export type Change = 'added' | 'removed' | 'changed'

export interface FieldChange {
  field: string
  before: string
  after: string
}

export interface Difference {
  /** Of both topologies: the positions are those of the newer one where it has the node. */
  nodes: GraphNode[]
  edges: GraphEdge[]
  nodeChanges: Map<string, Change>
  edgeChanges: Map<string, Change>
  fields: Map<string, FieldChange[]>
  findings: { finding: Finding; change: 'added' | 'removed' }[]
}

type Fields = Record<string, string | number | boolean | undefined>

function nodeFields({ type, data }: GraphNode): Fields {
  const { label, ip, asn, vendor, system, version, model, interfaces } = data
  return { type, label, ip, asn, vendor, system, version, model, interfaces }
}

function edgeFields({ data }: GraphEdge): Fields {
  const { kind, lag, bgp, ospf, source, target } = data
  return {
    kind,
    lag,
    bgp,
    ospf,
    'source.interface': source.interface,
    'source.address': source.address,
    'target.interface': target.interface,
    'target.address': target.address,
  }
}

function compareFields(before: Fields, after: Fields): FieldChange[] {
  const text = (value: Fields[string]) => (value === undefined ? '' : String(value))
  return Object.keys(after)
    .map((field) => ({ field, before: text(before[field]), after: text(after[field]) }))
    .filter((change) => change.before !== change.after)
}

/** Puts what was removed beside what is there, where its old place is taken now. */
function freePlace(node: GraphNode, taken: GraphNode[]): GraphNode {
  let x = node.position.x
  const y = node.position.y
  const hits = (other: GraphNode) =>
    x < other.position.x + other.width + 12 &&
    x + node.width + 12 > other.position.x &&
    y < other.position.y + other.height + 12 &&
    y + node.height + 12 > other.position.y
  for (let hit = taken.find(hits); hit !== undefined; hit = taken.find(hits))
    x = hit.position.x + hit.width + 13
  return { ...node, position: { x, y } }
}

function compareAll<T extends { id: string }>(
  before: Map<string, T>,
  after: Map<string, T>,
  fieldsOf: (item: T) => Fields,
  fields: Map<string, FieldChange[]>,
): Map<string, Change> {
  const changes = new Map<string, Change>()
  for (const [id, item] of after) {
    const old = before.get(id)
    if (old === undefined) {
      changes.set(id, 'added')
      continue
    }
    const changed = compareFields(fieldsOf(old), fieldsOf(item))
    if (changed.length === 0) continue
    changes.set(id, 'changed')
    fields.set(id, changed)
  }
  for (const id of before.keys()) if (!after.has(id)) changes.set(id, 'removed')
  return changes
}

const findingKey = ({ kind, message }: Finding) => `${kind}\n${message}`

export function compareModels(before: Model, after: Model): Difference {
  const fields = new Map<string, FieldChange[]>()
  const nodeChanges = compareAll(before.nodes, after.nodes, nodeFields, fields)
  const edgeChanges = compareAll(before.edges, after.edges, edgeFields, fields)
  const nodes = [...after.nodes.values()]
  for (const node of before.nodes.values()) {
    if (!after.nodes.has(node.id)) nodes.push(freePlace(node, nodes))
  }
  const edges = [...after.edges.values()]
  for (const edge of before.edges.values()) if (!after.edges.has(edge.id)) edges.push(edge)
  const [was, is] = [before, after].map((model) => new Set(model.findings.map(findingKey)))
  return {
    nodes,
    edges,
    nodeChanges,
    edgeChanges,
    fields,
    findings: [
      ...after.findings
        .filter((finding) => was?.has(findingKey(finding)) !== true)
        .map((finding) => ({ finding, change: 'added' as const })),
      ...before.findings
        .filter((finding) => is?.has(findingKey(finding)) !== true)
        .map((finding) => ({ finding, change: 'removed' as const })),
    ],
  }
}
