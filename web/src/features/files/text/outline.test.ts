// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { outlineOf, shapeOf, stanzaAt, stanzaPath } from './outline'

const lines = (text: string) => text.trim().split('\n')
const brief = (text: string) =>
  outlineOf(lines(text)).map(({ label, depth, line, last }) => `${depth} ${label} ${line}-${last}`)

const ios = `
version 17.9
service a
service b
!
interface Loopback0
 ip address 10.0.0.1 255.255.255.255
!
interface Gi0/0
 no shutdown
  deeper
ip route 0.0.0.0 0.0.0.0 10.0.0.2
ip route 10.0.0.0 255.0.0.0 Null0
ip access-list extended A
 permit ip any any`

test('indented: stanzas with their lines, and single lines by their first word', () => {
  expect(brief(ios)).toEqual([
    '0 version 17.9 1-1',
    '0 service … 2-3',
    '0 interface Loopback0 5-6',
    '0 interface Gi0/0 8-10',
    '0 ip … 11-12',
    '0 ip access-list extended A 13-14',
  ])
})

test('braces: three levels, each to its closing brace', () => {
  const text = `
## Last commit
system {
    host-name r1;
    login {
        user a {
            class x {
                y;
            }
        }
    }
}
interfaces { # all
    ge-0/0/0 {
        mtu 9000;
    }
}`
  expect(shapeOf(lines(text))).toBe('braces')
  expect(brief(text)).toEqual([
    '0 system 2-11',
    '1 login 4-10',
    '2 user a 5-9',
    '0 interfaces 12-16',
    '1 ge-0/0/0 13-15',
  ])
  expect(stanzaPath(outlineOf(lines(text)), 7).map(({ label }) => label)).toEqual([
    'system',
    'login',
    'user a',
  ])
})

test('set: the first two words that are no value', () => {
  const text = `
set version 22.4
set system host-name r2
set system login user a
set system login user b
set interfaces ge-0/0/0 mtu 9000`
  expect(shapeOf(lines(text))).toBe('set')
  expect(brief(text)).toEqual(['0 system 2-4', '1 login 3-4', '0 interfaces 5-5', '1 ge-0/0/0 5-5'])
})

test('a line belongs to the innermost stanza, or to none', () => {
  const stanzas = outlineOf(lines(ios))
  expect(stanzaAt(stanzas, 9)?.label).toBe('interface Gi0/0')
  expect(stanzaAt(stanzas, 7)).toBeNull()
  expect(stanzaAt([], 1)).toBeNull()
})
