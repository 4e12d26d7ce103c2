// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest'
import type { Conversation } from '../types'
import { isWithin, parsePrefix } from './address'
import { compile } from './evaluate'
import { FilterError, parseFilter } from './parse'
import { suggest } from './suggest'

function row(values: Partial<Conversation>): Conversation {
  return {
    transport: 'tcp',
    stream: 0,
    address_a: '10.10.10.50',
    port_a: 44610,
    address_b: '10.20.20.80',
    port_b: 443,
    packets_a_to_b: 60,
    bytes_a_to_b: 78_448,
    packets_b_to_a: 23,
    bytes_b_to_a: 1_526,
    start_s: 7.5,
    duration_s: 0.25,
    ...values,
  }
}

const lossy = row({ stream: 4, tcp: { retransmission: 6, initial_rtt_s: 0.041 } })
const clean = row({ stream: 1, tcp: {}, address_b: '192.168.1.7', port_b: 22 })
const dns = row({ transport: 'udp', stream: 4, port_b: 53, address_b: '10.10.10.53' })
const six = row({
  stream: 2,
  tcp: {},
  address_a: '2001:db8:0:10::50',
  address_b: '2001:db8:0:2020::80',
  port_b: 9001,
})
const all = { lossy, clean, dns, six }

function passing(filter: string): string[] {
  const parsed = parseFilter(filter)
  if (parsed === null) return Object.keys(all)
  const test = compile(parsed)
  return Object.entries(all)
    .filter(([, conversation]) => test(conversation))
    .map(([name]) => name)
}

function fault(filter: string) {
  try {
    parseFilter(filter)
  } catch (error) {
    if (error instanceof FilterError)
      return [error.fault, error.at, error.length, ...(error.hint === undefined ? [] : [error.hint])]
  }
  return null
}

describe('addresses', () => {
  test.each([
    ['10.0.0.0/8', '10.255.1.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['0.0.0.0/0', '::', false],
    ['2001:db8::/32', '2001:db8:0:2020::80', true],
    ['2001:db8::/32', '2001:db9::', false],
    ['::ffff:10.0.0.1', '::ffff:a00:1', true],
    ['fe80::1', 'fe80:0:0:0:0:0:0:1', true],
    ['::/0', '::1', true],
  ])('%s has %s: %s', (prefix, address, expected) => {
    const parsed = parsePrefix(prefix)
    expect(parsed !== null && isWithin(parsed, address)).toBe(expected)
  })
  test.each([
    '10.0.0',
    '10.0.0.256',
    '10.0.0.0/33',
    '1::2::3',
    '1:2:3:4:5:6:7:8:9',
    '::/129',
    '10.0.0.1/',
    'x',
    '',
    '1:2',
  ])('%s is none', (text) => expect(parsePrefix(text)).toBeNull())
})

describe('what passes', () => {
  test.each([
    ['', ['lossy', 'clean', 'dns', 'six']],
    ['tcp', ['lossy', 'clean', 'six']],
    ['!tcp', ['dns']],
    ['not not tcp', ['lossy', 'clean', 'six']],
    ['ip == 10.20.0.0/16', ['lossy']],
    ['ip.addr eq 10.10.10.53', ['dns']],
    ['ip != 10.20.20.80', ['clean', 'dns', 'six']],
    ['ipv6.addr == 2001:db8::/32', ['six']],
    ['ipv6', ['six']],
    ['port == 53 || port == 22', ['clean', 'dns']],
    ['ip == 10.0.0.0/8 && tcp.retransmission > 0 || port == 53', ['lossy', 'dns']],
    ['ip == 10.0.0.0/8 && (tcp.retransmission > 0 || port == 53)', ['lossy', 'dns']],
    ['tcp.retransmission == 0', ['clean', 'six']],
    ['tcp.analysis.retransmission', ['lossy']],
    ['tcp.retransmission != 6', ['clean', 'six']],
    ['host contains "10.20"', ['lossy']],
    ["host contains 'DB8'", ['six']],
    ['host contains 192.', ['clean']],
    ['rtt', ['lossy']],
    ['rtt > 40ms', ['lossy']],
    ['rtt > 0.041', []],
    ['rtt >= 41000us', ['lossy']],
    ['rtt < 10', ['lossy']],
    ['bytes.sent > 78kB && tcp.port == 443', ['lossy']],
    ['bytes.sent > 78.5k', []],
    ['udp.port == 443', []],
    ['port in {22, 53}', ['clean', 'dns']],
    ['port in {20..60}', ['clean', 'dns']],
    ['tcp.stream in {1 4}', ['lossy', 'clean']],
    ['tcp.stream in {4}', ['lossy']],
    ['ip in {10.20.0.0/16, 192.168.1.7}', ['lossy', 'clean']],
    ['transport == UDP', ['dns']],
    ['start <= 8 and end >= 7.6', ['lossy', 'clean', 'dns', 'six']],
    ['start > 7.5', []],
    ['TCP.Stream == 2', ['six']],
  ])('%s', (filter, expected) => expect(passing(filter)).toEqual(expected))

  test('and binds closer than or', () => {
    expect(passing('port == 53 || tcp && port == 22')).toEqual(['clean', 'dns'])
    expect(passing('(port == 53 || tcp) && port == 22')).toEqual(['clean'])
    expect(passing('!tcp || port == 22')).toEqual(['clean', 'dns'])
    expect(passing('!(tcp || port == 22)')).toEqual(['dns'])
  })

  test('what only newer analyses have is absent, not 0', () => {
    expect(passing('tcp.resets == 0')).toEqual([])
    const reset = row({ tcp: { state: 'reset', resets: 2, closed_by: 'b' } })
    for (const filter of [
      'state == reset',
      'resets > 1',
      'closed_by == 10.20.20.80',
      'closed_by != 10.10.10.50',
    ])
      expect(compile(parseFilter(filter)!)(reset)).toBe(true)
    expect(compile(parseFilter('resets == 0')!)(row({ tcp: { state: 'open' } }))).toBe(true)
  })
})

describe('what is wrong, and where', () => {
  test.each([
    ['prot == 53', ['unknownField', 0, 4, 'port']],
    ['tcp && retransmission > 0', ['unknownField', 7, 14, 'tcp.retransmission']],
    ['zzzzzz', ['unknownField', 0, 6]],
    ['port ==', ['expectedValue', 7, 0]],
    ['port == and', ['expectedValue', 8, 3]],
    ['port == x', ['expectedNumber', 8, 1]],
    ['port == 5kB', ['expectedNumber', 8, 3]],
    ['rtt > 5kB', ['expectedNumber', 6, 3]],
    ['ip == 10.0.0.300', ['expectedAddress', 6, 10]],
    ['ip > 10.0.0.1', ['noOrder', 3, 1]],
    ['host > 1', ['noOrder', 5, 1]],
    ['tcp == 1', ['flagHasNoValue', 4, 2]],
    ['(tcp', ['expectedClosing', 0, 1]],
    ['tcp)', ['expectedOperator', 3, 1]],
    ['tcp udp', ['expectedOperator', 4, 3]],
    ['tcp &&', ['expectedField', 6, 0]],
    ['&& tcp', ['expectedField', 0, 2]],
    ['tcp & udp', ['unknownCharacter', 4, 1]],
    ['host contains "10', ['openString', 14, 3]],
    ['port in 5', ['expectedBrace', 8, 1]],
    ['port in {5', ['expectedClosing', 10, 0]],
    ['port in {}', ['expectedValue', 9, 1]],
    ['ip in {10.0.0.1..10.0.0.2}', ['noOrder', 15, 2]],
    ['!', ['expectedField', 1, 0]],
    ['()', ['expectedField', 1, 1]],
  ])('%s', (filter, expected) => expect(fault(filter)).toEqual(expected))

  test('nesting has an end that is told', () => {
    expect(fault(`${'('.repeat(500)}tcp${')'.repeat(500)}`)?.[0]).toBe('tooDeep')
    expect(passing(`${'!'.repeat(10_000)}tcp`)).toEqual(['lossy', 'clean', 'six'])
  })
})

describe('what is suggested', () => {
  const texts = (text: string, caret = text.length) =>
    suggest(text, caret, false).items.map((item) => item.text)

  test('fields at the beginning and behind an operator', () => {
    expect(texts('')).toContain('tcp.retransmission')
    expect(texts('tcp && por')).toEqual(['port', 'tcp.port', 'udp.port', 'sctp.port'])
    expect(texts('retr')[0]).toBe('tcp.retransmission')
    expect(texts('tcp.analysis.zero_window')).toContain('tcp.zero_window')
  })
  test('fields that the capture lacks are not', () => {
    expect(texts('tcp.res')).toEqual([])
    expect(suggest('tcp.res', 7, true).items.map((item) => item.text)).toEqual(['tcp.resets'])
  })
  test('operators behind a field, values behind an operator, links behind a test', () => {
    expect(texts('port ')).toEqual(['==', '!=', '>', '<', '>=', '<='])
    expect(texts('host ')).toContain('contains')
    expect(texts('transport == u')).toEqual(['udp'])
    expect(texts('port == 53 ')).toEqual(['&&', '||'])
    expect(texts('tcp ')).toEqual(['&&', '||'])
  })
  test('the word at the caret is replaced as a whole', () => {
    expect(suggest('tcp.ret && udp', 5, false)).toMatchObject({ from: 0, to: 7 })
    expect(suggest('tcp && ', 7, false)).toMatchObject({ from: 7, to: 7 })
  })
  test('an open string has none', () => expect(texts('host contains "1')).toEqual([]))
})
