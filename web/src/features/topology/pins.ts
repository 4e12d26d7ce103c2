// SPDX-License-Identifier: Apache-2.0
/* Where the user has moved nodes to, kept in this browser for each topology. */
import { useCallback, useState } from 'react'
import type { Positions } from './shape'

const keyOf = (topology: string) => `netguru.topology.${topology}`

export function readPins(topology: string): Positions {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(keyOf(topology)) ?? '[]')
    if (!Array.isArray(kept)) return new Map()
    return new Map(
      kept.flatMap((entry: unknown) => {
        const [id, x, y] = Array.isArray(entry) ? (entry as unknown[]) : []
        return typeof id === 'string' && Number.isFinite(x) && Number.isFinite(y)
          ? [[id, { x: x as number, y: y as number }] as const]
          : []
      }),
    )
  } catch {
    return new Map()
  }
}

function writePins(topology: string, pins: Positions): void {
  try {
    if (pins.size === 0) localStorage.removeItem(keyOf(topology))
    else {
      const entries = [...pins].map(([id, { x, y }]) => [id, Math.round(x), Math.round(y)])
      localStorage.setItem(keyOf(topology), JSON.stringify(entries))
    }
  } catch {
    // The storage is full or forbidden: the positions hold until the page is left.
  }
}

export function usePins(topology: string) {
  const [pins, setPins] = useState(() => readPins(topology))
  const pin = useCallback(
    (id: string, position: { x: number; y: number }) =>
      setPins((now) => {
        const next = new Map(now).set(id, position)
        writePins(topology, next)
        return next
      }),
    [topology],
  )
  const replace = useCallback(
    (next: Positions) => {
      writePins(topology, next)
      setPins(next)
    },
    [topology],
  )
  return { pins, pin, replace }
}
