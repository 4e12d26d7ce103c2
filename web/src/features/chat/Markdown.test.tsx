// SPDX-License-Identifier: Apache-2.0
import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { MemoryRouter } from 'react-router'
import { expect, test, vi } from 'vitest'
import { Markdown } from './Markdown'
import type { Citation } from './types'

const citation = (n: number): Citation => ({ n, document: `${n}.cfg`, quote: '' })

function show(text: string, citations: Citation[] = [], onCite: (n: number) => void = () => {}) {
  return render(
    <MemoryRouter>
      <Markdown text={text} citations={citations} onCite={onCite} cited={null} />
    </MemoryRouter>,
  ).container
}

test('nothing in an answer loads, runs or leads away', () => {
  const shown = show(
    '![x](https://evil.example/?d=1) <img src="https://evil.example/2"> [a](https://evil.example/3)\n\n' +
      'www.evil.example me@evil.example [j](javascript:alert(1)) [r](//evil.example/4) [b](/\\evil.example)\n\n' +
      '<script>alert(1)</script>\n\n<svg onload="alert(1)">',
  )
  expect(shown.querySelectorAll('a, img, script, svg:not([aria-hidden]), iframe').length).toBe(0)
  expect(shown.textContent).toContain('x (https://evil.example/?d=1)')
  expect(shown.textContent).toContain('a (https://evil.example/3)')
  expect(shown.textContent).toContain('<script>alert(1)</script>')
})

test('addresses of this page are links', () => {
  show('See [the file](/files/1?lines=2).')
  expect(screen.getByRole('link', { name: 'the file' }).getAttribute('href')).toBe('/files/1?lines=2')
})

test('numbers in brackets are chips if the answer has that citation, but not in code', async () => {
  const onCite = vi.fn()
  const shown = show(
    'The MTU is wrong [1][2], not [7]. `x[1]`\n\n```\narray[2]\n```',
    [1, 2].map(citation),
    onCite,
  )
  expect(screen.getAllByRole('button', { name: /Source/ }).map((chip) => chip.textContent)).toEqual([
    '1',
    '2',
  ])
  expect(shown.textContent).toContain('not [7]')
  expect(shown.textContent).toContain('array[2]')
  await userEvent.click(screen.getByRole('button', { name: 'Source 2' }))
  expect(onCite).toHaveBeenCalledWith(2)
})

test('a citation that comes after its number becomes a chip then', () => {
  const view = (citations: Citation[]) => (
    <MemoryRouter>
      <Markdown text="It is so [1]." citations={citations} onCite={() => {}} cited={null} />
    </MemoryRouter>
  )
  const { rerender } = render(view([]))
  expect(screen.queryByRole('button')).toBe(null)
  rerender(view([citation(1)]))
  expect(screen.getByRole('button', { name: 'Source 1' })).toBeTruthy()
})
