// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import type { ConfigResult } from '../results'
import { factsOf, headings, sections } from './facts'

const config = {
  interfaces: [
    {
      name: 'Gi0/0',
      line: 5,
      shutdown: true,
      description: { value: 'to ISP', line: 6 },
      addresses: [{ address: '10.0.0.1/30', line: 7 }],
      ospf: { area: 0, line: 8, passive: true },
    },
    {
      name: 'Gi1/0/7',
      line: 10,
      shutdown: false,
      addresses: [],
      switchport: { mode: 'access', access_vlan: 10, line: 11 },
    },
    {
      name: 'Po1',
      line: 12,
      shutdown: false,
      addresses: [],
      switchport: { mode: 'trunk', allowed_vlans: '10,20', line: 13 },
    },
  ],
  vlans: [{ id: 10, name: 'USERS', line: 1 }],
  vrfs: [],
  ospf: [
    {
      id: '1',
      version: 2,
      line: 20,
      router_id: '10.0.0.1',
      areas: [{ area: 0, line: 21 }],
      networks: [],
      redistribute: [],
    },
  ],
  bgp: [
    {
      asn: 65010,
      line: 30,
      neighbors: [{ address: '10.0.0.2', remote_as: 65010, group: 'IBGP', line: 31 }],
      networks: [{ prefix: '10.10.0.0/16', line: 32 }],
    },
  ],
  static_routes: [{ prefix: '0.0.0.0/0', next_hop: '10.0.0.2', line: 40 }],
  acls: [
    { name: 'A', line: 50, family: 4, entries: [{ line: 51, text: 'permit ip any any', action: 'permit' }] },
  ],
  prefix_lists: [
    { name: 'P', line: 60, entries: [{ line: 60, permit: false, prefix: '10.0.0.0/8', le: 24 }] },
  ],
  route_maps: [{ name: 'M', line: 70, entries: [{ line: 70, term: '10', permit: true }] }],
  not_understood: [{ line: 80, text: 'foo bar' }],
  lines: { total: 90 },
} as unknown as ConfigResult

test('each row has its line and a cell for each column', () => {
  for (const section of sections)
    for (const fact of factsOf(config, section, 'down')) {
      expect(fact.line).toBeGreaterThan(0)
      expect(fact.cells).toHaveLength(headings[section].length)
    }
})

test('interfaces say what they carry: addresses, or the VLANs of the port', () => {
  expect(factsOf(config, 'interfaces', 'down').map(({ cells }) => cells)).toEqual([
    ['Gi0/0', '10.0.0.1/30', 'down · to ISP'],
    ['Gi1/0/7', 'access 10', ''],
    ['Po1', 'trunk 10,20', ''],
  ])
})

test('OSPF has its processes and its interfaces, lists their entries', () => {
  expect(factsOf(config, 'ospf', 'down').map(({ line }) => line)).toEqual([20, 21, 8])
  expect(factsOf(config, 'prefixLists', '')[0]?.cells).toEqual(['P', 'deny 10.0.0.0/8 le 24'])
})
