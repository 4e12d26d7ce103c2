// SPDX-License-Identifier: Apache-2.0
/* What the id in the address stands for, and what lights up with it. */
import type { Difference } from './difference'
import { otherEnd, type Finding, type GraphEdge, type GraphNode, type Model } from './graph'
import type { DrawnEdge, DrawnNode, Drawing } from './shape'

export interface Selection {
  node: GraphNode | null
  edge: GraphEdge | null
  fold: DrawnNode | null
  /** A line that stands for several edges. */
  bundle: DrawnEdge | null
  finding: Finding | null
  isUnknown: boolean
  lit: Set<string>
}

function lightNode(model: Model, node: string, lit: Set<string>): void {
  lit.add(node)
  for (const edge of model.edgesOf.get(node) ?? []) lit.add(edge.id).add(otherEnd(edge, node))
}

function lightEdge(edge: GraphEdge, lit: Set<string>): void {
  lit.add(edge.id).add(edge.source).add(edge.target)
}

/** A folded box lights up with its members. */
function lightFolds(drawing: Drawing, lit: Set<string>): void {
  for (const drawn of drawing.nodes) if (drawn.members.some((member) => lit.has(member))) lit.add(drawn.id)
}

export function selectionOf(
  model: Model,
  drawing: Drawing,
  difference: Difference | null,
  id: string | null,
  findingAt: number | null,
): Selection {
  const lit = new Set<string>()
  const finding = findingAt === null ? null : (model.findings[findingAt] ?? null)
  const node =
    id === null ? null : (model.nodes.get(id) ?? difference?.nodes.find((one) => one.id === id) ?? null)
  const edge =
    id === null ? null : (model.edges.get(id) ?? difference?.edges.find((one) => one.id === id) ?? null)
  const fold = drawing.nodes.find((one) => one.kind === 'fold' && one.id === id) ?? null
  const bundle = drawing.edges.find((one) => one.id === id && one.edges.length > 1) ?? null
  if (node !== null) lightNode(model, node.id, lit)
  if (edge !== null) lightEdge(edge, lit)
  for (const member of fold?.members ?? []) lightNode(model, member, lit)
  for (const member of bundle?.edges ?? []) lightEdge(member, lit)
  if (finding !== null && edge === null) {
    for (const [node, about] of model.findingsOfNode) if (about.includes(finding)) lit.add(node)
  }
  lightFolds(drawing, lit)
  const known = node ?? edge ?? fold ?? bundle
  return { node, edge, fold, bundle, finding, isUnknown: id !== null && known === null, lit }
}
