// SPDX-License-Identifier: Apache-2.0
/* A small network for the tests: two switches, an access switch, a LAN and an outside peer. */
import { makeModel, type GraphEdge, type GraphNode, type Model, type Snapshot } from './graph'

export function node(id: string, x: number, y: number, more: Partial<GraphNode['data']> = {}): GraphNode {
  return {
    id,
    type: 'switch',
    position: { x, y },
    width: 150,
    height: 58,
    data: { label: id, file: `${id}.cfg`, ...more },
  }
}

export function edge(
  id: string,
  source: string,
  target: string,
  data: Partial<GraphEdge['data']> = {},
): GraphEdge {
  return {
    id,
    source,
    target,
    label: id,
    data: { kind: 'link', confidence: 0.9, problem: false, source: {}, target: {}, evidence: [], ...data },
  }
}

export function sample(change: (snapshot: Snapshot) => void = () => {}): Model {
  const outside: GraphNode = { ...node('as64500', 0, -200, { asn: 64500 }), type: 'external' }
  const lan: GraphNode = { ...node('net', 200, 400), type: 'network' }
  delete outside.data.file
  delete lan.data.file
  const snapshot: Snapshot = {
    id: 't1',
    title: 'Sample',
    created_at: '2026-03-12T12:00:00Z',
    graph_data: {
      nodes: [
        node('dist1', 0, 0, { group: 'lis', asn: 65010, ip: '10.0.0.11' }),
        node('dist2', 400, 0, { group: 'lis', asn: 65010, ip: '10.0.0.12' }),
        node('acc1', 200, 200, { group: 'opo' }),
        lan,
        outside,
      ],
      edges: [
        edge('d1-d2', 'dist1', 'dist2', {
          ospf: 'OSPF area 0',
          lag: 'Po10 – Po10',
          source: { interface: 'Ethernet47', label: 'Et47', address: '10.0.1.1/30' },
          target: { interface: 'Ethernet47', label: 'Et47', address: '10.0.1.2/30' },
        }),
        edge('a1-d1', 'acc1', 'dist1', {
          problem: true,
          source: { interface: 'GigabitEthernet1/0/49', label: 'Gi1/0/49' },
          target: { interface: 'Ethernet5', label: 'Et5' },
        }),
        edge('d1-lan', 'dist1', 'net', { kind: 'lan', source: { interface: 'Vlan99', label: 'Vl99' } }),
        edge('d2-lan', 'dist2', 'net', { kind: 'lan', source: { interface: 'Vlan99', label: 'Vl99' } }),
        edge('bgp1', 'as64500', 'dist1', { kind: 'bgp', bgp: 'eBGP 64500 – 65010' }),
      ],
    },
    metadata: {
      total_devices: 3,
      total_networks: 1,
      total_external: 1,
      total_links: 2,
      total_edges: 5,
      total_bgp_sessions: 1,
      total_ospf_adjacencies: 2,
      vendors: ['cisco'],
      width: 600,
      height: 500,
      findings: [
        {
          severity: 'warning',
          kind: 'vlan_allowed_mismatch',
          message: 'allowed VLANs differ',
          at: [
            { file: 'acc1.cfg', line: 64 },
            { file: 'dist1.cfg', line: 87 },
          ],
          edge: 'a1-d1',
        },
        { severity: 'error', kind: 'other', message: 'one file', at: [{ file: 'dist2.cfg', line: 3 }] },
      ],
      bgp_sessions: [
        {
          state: 'HALF_OPEN',
          type: 'external',
          ends: [
            { address: '198.51.100.1', asn: 64500 },
            { node: 'dist1', asn: 65010 },
          ],
          at: [],
          edge: 'bgp1',
        },
      ],
      ospf_adjacencies: [
        {
          state: 'compatible',
          version: 2,
          ends: [
            { node: 'dist1', interface: 'Vlan99', area: 10 },
            { node: 'dist2', interface: 'Vlan99', area: 10 },
          ],
          at: [],
          edge: 'd2-lan',
        },
        {
          state: 'incompatible',
          version: 2,
          ends: [
            { node: 'dist1', interface: 'Ethernet47', area: 0 },
            { node: 'dist2', interface: 'Ethernet47', area: 0 },
          ],
          at: [],
          edge: 'd1-d2',
        },
      ],
      shutdown_interfaces: [],
      documents: [
        { id: 'doc-d1', file: 'dist1.cfg' },
        { id: 'doc-d2', file: 'dist2.cfg' },
        { id: 'doc-a1', file: 'acc1.cfg' },
      ],
    },
  }
  change(snapshot)
  return makeModel(snapshot)
}
