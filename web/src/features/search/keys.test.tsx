// SPDX-License-Identifier: Apache-2.0
import { fireEvent, render, screen } from '@testing-library/react'
import { createMemoryRouter, RouterProvider, useLocation } from 'react-router'
import { beforeEach, expect, test } from 'vitest'
import { Keys, meaning, switchKeys } from './keys'

beforeEach(() => localStorage.clear())

function Room() {
  return (
    <>
      <Keys />
      <output>{useLocation().pathname}</output>
      <input aria-label={'field'} />
    </>
  )
}

function room() {
  render(<RouterProvider router={createMemoryRouter([{ path: '*', Component: Room }])} />)
  return () => screen.getByRole('status').textContent
}

test('a letter means a room only after g', () => {
  expect(meaning('f', true)).toEqual({ to: '/files' })
  expect(meaning('f', false)).toBeNull()
  expect(meaning('constructor', true)).toBeNull()
  expect(meaning('g', false)).toBe('wait')
  expect(meaning('?', true)).toBe('help')
})

test('g and a letter go to a room, from outside of fields only', () => {
  const at = room()
  fireEvent.keyDown(document.body, { key: 'g' })
  fireEvent.keyDown(document.body, { key: 't' })
  expect(at()).toBe('/topology')
  const field = screen.getByRole('textbox')
  fireEvent.keyDown(field, { key: 'g' })
  fireEvent.keyDown(field, { key: 'f' })
  expect(at()).toBe('/topology')
  fireEvent.keyDown(document.body, { key: 'g', ctrlKey: true })
  fireEvent.keyDown(document.body, { key: 'f' })
  expect(at()).toBe('/topology')
})

test('single keys can be switched off', () => {
  switchKeys(false)
  const at = room()
  fireEvent.keyDown(document.body, { key: 'g' })
  fireEvent.keyDown(document.body, { key: 't' })
  expect(at()).toBe('/')
})
