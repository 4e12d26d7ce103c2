// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { sample } from './sample'
import { carriersOf, endCarries, inList, portCarries, switchingOf, vlansOf, type DeviceVlans } from './vlans'

const access: DeviceVlans = {
  vlans: [
    { id: 30, name: 'VOICE' },
    { id: 40, name: 'GUEST' },
  ],
  interfaces: [
    {
      name: 'Port-channel1',
      canonical: 'Port-channel1',
      kind: 'lag',
      switchport: { mode: 'trunk', native_vlan: 999, allowed_vlans: '10,30-40' },
    },
    {
      name: 'GigabitEthernet1/0/49',
      canonical: 'GigabitEthernet1/0/49',
      kind: 'physical',
      lag: { value: 'Port-channel1' },
    },
    {
      name: 'GigabitEthernet1/0/1',
      canonical: 'GigabitEthernet1/0/1',
      kind: 'physical',
      switchport: { mode: 'access', access_vlan: 10, voice_vlan: 30 },
    },
  ],
}
const distribution: DeviceVlans = {
  vlans: [{ id: 30, name: 'PRINTERS' }],
  interfaces: [
    {
      name: 'Ethernet5',
      canonical: 'Ethernet5',
      kind: 'physical',
      switchport: { mode: 'trunk', allowed_vlans: '10,30' },
    },
    { name: 'ge-0/0/4', canonical: 'ge-0/0/4', kind: 'physical' },
    { name: 'ge-0/0/4.110', canonical: 'ge-0/0/4.110', kind: 'physical', parent: 'ge-0/0/4', dot1q: 110 },
  ],
}

test('lists of VLANs have ranges', () => {
  expect(inList('10,20,30-40', 35)).toBe(true)
  expect(inList('10,20,30-40', 41)).toBe(false)
  expect(inList('all', 7)).toBe(true)
  expect(inList('none', 7)).toBe(false)
})

test('an access port carries its VLAN and its voice VLAN; a trunk without a list carries all', () => {
  expect(portCarries({ mode: 'access', access_vlan: 10, voice_vlan: 30 }, 30)).toBe(true)
  expect(portCarries({ mode: 'access', access_vlan: 10 }, 30)).toBe(false)
  expect(portCarries({ mode: 'trunk' }, 30)).toBe(true)
})

test('a member port switches as its aggregate does', () => {
  const end = { interface: 'GigabitEthernet1/0/49' }
  expect(endCarries(end, access, 40)).toBe(true)
  expect(endCarries(end, access, 50)).toBe(false)
  expect(switchingOf(end, access)).toMatchObject({ lag: 'Port-channel1', allowed: '10,30-40', native: 999 })
})

test('a routed port carries the tags of its units; an unknown device tells nothing', () => {
  expect(endCarries({ interface: 'ge-0/0/4' }, distribution, 110)).toBe(true)
  expect(endCarries({ interface: 'ge-0/0/4' }, distribution, 111)).toBe(false)
  expect(endCarries({ interface: 'ge-0/0/4' }, null, 110)).toBeUndefined()
  expect(endCarries({ interface: 'Vlan99' }, distribution, 99)).toBe(true)
})

test('a link that only one end carries is told from one that both carry', () => {
  const model = sample()
  const devices = new Map([
    ['acc1', access],
    ['dist1', distribution],
    ['dist2', null],
  ])
  expect(carriersOf(model, devices, 30).edges.get('a1-d1')).toBe('both')
  expect(carriersOf(model, devices, 40).edges.get('a1-d1')).toBe('one')
  expect(carriersOf(model, devices, 50).edges.has('a1-d1')).toBe(false)
  expect([...carriersOf(model, devices, 40).nodes]).toEqual(['acc1'])
  devices.set('dist1', null)
  expect(carriersOf(model, devices, 40).edges.get('a1-d1')).toBe('unknown')
})

test('a VLAN has all its names', () => {
  const known = vlansOf(
    new Map([
      ['a', access],
      ['b', distribution],
    ]),
  )
  expect(known.find(({ id }) => id === 30)?.name).toBe('PRINTERS / VOICE')
  expect(known.map(({ id }) => id)).toEqual([10, 30, 40, 110])
})
