// SPDX-License-Identifier: Apache-2.0
import { act, render, screen } from '@testing-library/react'
import { beforeEach, expect, test } from 'vitest'
import { LanguageProvider, messages, useLanguage, useTexts } from '.'
import { formatFor } from './format'

const texts = messages(
  { files: (count: number) => `${count} files` },
  { files: (count) => `${count} arquivos` },
)

function Shown() {
  const { choose } = useLanguage()
  const t = useTexts(texts)
  return (
    <button type="button" onClick={() => choose('pt-BR')}>
      {t.files(3)}
    </button>
  )
}

beforeEach(() => localStorage.clear())

test('a chosen language is shown, told to screen readers and kept', () => {
  render(
    <LanguageProvider>
      <Shown />
    </LanguageProvider>,
  )
  expect(screen.getByRole('button').textContent).toBe('3 files')
  act(() => screen.getByRole('button').click())
  expect(screen.getByRole('button').textContent).toBe('3 arquivos')
  expect(document.documentElement.lang).toBe('pt-BR')
  expect(localStorage.getItem('netguru.language')).toBe('pt-BR')
})

test('numbers, sizes and times are written as the language writes them', () => {
  const [en, pt] = [formatFor('en'), formatFor('pt-BR')]
  expect(en.number(1234567.5)).toBe('1,234,567.5')
  expect(pt.number(1234567.5)).toBe('1.234.567,5')
  expect(en.bytes(999)).toBe('999 B')
  expect(en.bytes(1_234_567)).toBe('1.23 MB')
  expect(en.seconds(0.0421)).toBe('42.1 ms')
  expect(en.seconds(90)).toBe('90 s')
  expect(en.seconds(7300)).toBe('2.03 h')
  const now = Date.parse('2026-03-12T12:00:00Z')
  expect(en.ago('2026-03-12T11:55:00Z', now)).toBe('5 minutes ago')
  expect(pt.ago('2026-03-12T11:55:00Z', now)).toBe('há 5 minutos')
})
