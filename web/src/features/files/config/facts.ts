// SPDX-License-Identifier: Apache-2.0
/* The facts of a configuration as tables: each row has a line. */
import type { ConfigResult } from '../results'

export type Section =
  | 'interfaces'
  | 'vlans'
  | 'vrfs'
  | 'ospf'
  | 'bgp'
  | 'statics'
  | 'acls'
  | 'prefixLists'
  | 'routeMaps'
  | 'notUnderstood'

export interface Fact {
  line: number
  cells: string[]
}

/** The names of the texts that are the headings of the columns. */
export const headings = {
  interfaces: ['name', 'addresses', 'description'],
  vlans: ['value', 'name'],
  vrfs: ['name', 'value'],
  ospf: ['process', 'what', 'value'],
  bgp: ['neighbor', 'remoteAs', 'description'],
  statics: ['prefix', 'nextHop', 'distance'],
  acls: ['list', 'entry'],
  prefixLists: ['list', 'entry'],
  routeMaps: ['list', 'entry'],
  notUnderstood: ['text'],
} as const satisfies Record<Section, readonly string[]>

const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : ''

function portOf(one: ConfigResult['interfaces'][number]): string {
  const port = one.switchport
  if (port === undefined) return one.lag === undefined ? '' : one.lag.value
  return [port.mode, port.mode === 'trunk' ? port.allowed_vlans : text(port.access_vlan)]
    .filter(Boolean)
    .join(' ')
}

export function factsOf(config: ConfigResult, section: Section, down: string): Fact[] {
  switch (section) {
    case 'interfaces':
      return config.interfaces.map((one) => ({
        line: one.line,
        cells: [
          one.name,
          one.addresses.map(({ address }) => address).join(', ') || portOf(one),
          [one.shutdown ? down : '', one.description?.value ?? ''].filter(Boolean).join(' · '),
        ],
      }))
    case 'vlans':
      return config.vlans.map((one) => ({ line: one.line, cells: [text(one.id), one.name ?? ''] }))
    case 'vrfs':
      return config.vrfs.map((one) => ({ line: one.line, cells: [one.name, one.route_distinguisher ?? ''] }))
    case 'ospf':
      return [
        ...config.ospf.flatMap((process): Fact[] => {
          const name = `${process.version === 3 ? 'OSPFv3' : 'OSPF'} ${process.id}`
          return [
            { line: process.line, cells: [name, 'router-id', process.router_id ?? ''] },
            ...process.areas.map((area) => ({
              line: area.line,
              cells: [
                name,
                `area ${text(area.area)}`,
                [area.type, area.authentication].filter(Boolean).join(', '),
              ],
            })),
            ...process.networks.map((network) => ({
              line: network.line,
              cells: [name, 'network', `${network.prefix ?? ''} area ${text(network.area)}`],
            })),
            ...process.redistribute.map((one) => ({
              line: one.line,
              cells: [name, 'redistribute', one.source ?? ''],
            })),
          ]
        }),
        ...config.interfaces.flatMap((one): Fact[] =>
          one.ospf === undefined
            ? []
            : [
                {
                  line: one.ospf.line,
                  cells: [
                    'OSPF',
                    one.name,
                    `area ${text(one.ospf.area)}${one.ospf.passive === true ? ', passive' : ''}`,
                  ],
                },
              ],
        ),
      ]
    case 'bgp':
      return config.bgp.flatMap((process) => [
        ...process.neighbors.map((one) => ({
          line: one.line,
          cells: [
            one.address,
            text(one.remote_as),
            [one.shutdown === true ? down : '', one.description?.value ?? one.group ?? '']
              .filter(Boolean)
              .join(' · '),
          ],
        })),
        ...process.networks.map((one) => ({
          line: one.line,
          cells: [one.prefix, text(process.asn), 'network'],
        })),
      ])
    case 'statics':
      return config.static_routes.map((one) => ({
        line: one.line,
        cells: [one.prefix, one.next_hop ?? one.interface ?? '', text(one.distance)],
      }))
    case 'acls':
      return config.acls.flatMap((acl) =>
        acl.entries.map((entry) => ({ line: entry.line, cells: [acl.name, entry.text] })),
      )
    case 'prefixLists':
      return config.prefix_lists.flatMap((list) =>
        list.entries.map((entry) => ({
          line: entry.line,
          cells: [
            list.name,
            [
              entry.permit === false ? 'deny' : 'permit',
              entry.prefix,
              entry.ge === undefined ? '' : `ge ${entry.ge}`,
              entry.le === undefined ? '' : `le ${entry.le}`,
            ]
              .filter(Boolean)
              .join(' '),
          ],
        })),
      )
    case 'routeMaps':
      return config.route_maps.flatMap((map) =>
        map.entries.map((entry) => ({
          line: entry.line,
          cells: [map.name, `${entry.permit === false ? 'deny' : 'permit'} ${entry.term ?? ''}`],
        })),
      )
    case 'notUnderstood':
      return config.not_understood.map((one) => ({ line: one.line, cells: [one.text] }))
  }
}

export const sections = Object.keys(headings) as Section[]
