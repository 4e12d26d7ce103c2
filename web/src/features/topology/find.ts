// SPDX-License-Identifier: Apache-2.0
import type { GraphNode, Model } from './graph'

const shownHits = 12

/** Nodes whose name, address or AS has the text; those that begin with it come first. */
export function findNodes(model: Model, text: string): GraphNode[] {
  const wanted = text.trim().toLowerCase()
  if (wanted === '') return []
  const first: GraphNode[] = []
  const later: GraphNode[] = []
  for (const node of model.nodes.values()) {
    if (node.hidden === true) continue
    const { label, ip = '', asn } = node.data
    const own = asn === undefined ? [] : [`as${asn}`, `as ${asn}`, String(asn)]
    const interfaces = (model.edgesOf.get(node.id) ?? []).map(
      (edge) => (edge.source === node.id ? edge.data.source : edge.data.target).address ?? '',
    )
    const names = [label, ip, ...own, ...interfaces].map((name) => name.toLowerCase())
    if (names.some((name) => name.startsWith(wanted))) first.push(node)
    else if (names.some((name) => name.includes(wanted))) later.push(node)
    if (first.length >= shownHits) break
  }
  return [...first, ...later].slice(0, shownHits)
}
