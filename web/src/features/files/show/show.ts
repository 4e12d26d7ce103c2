// SPDX-License-Identifier: Apache-2.0
/* The outputs of commands that a file holds, as the analysis gives them. */
import type { AnalysisTask } from '@/api/queries'

export interface ShowOutput {
  command: string
  /** Of the command in the file. */
  line: number
  platform?: string
  columns?: string[]
  rows?: (string | string[])[][]
  /** Where each row begins. */
  lines?: number[]
  row_count?: number
  problem?: string
}

export interface TableRow {
  key: number
  line: number
  cells: string[]
}

export function outputsOf(task: AnalysisTask | undefined): ShowOutput[] | null {
  const result = task?.result as { outputs?: unknown } | null | undefined
  return Array.isArray(result?.outputs) ? (result.outputs as ShowOutput[]) : null
}

export function rowsOf(output: ShowOutput): TableRow[] {
  return (output.rows ?? []).map((cells, at) => ({
    key: at,
    line: output.lines?.[at] ?? output.line,
    cells: cells.map((cell) => (Array.isArray(cell) ? cell.join(', ') : cell)),
  }))
}

export interface ShownColumn {
  at: number
  name: string
  /** In characters. */
  width: number
  numeric: boolean
}

const widest = 42
const sampled = 2000

/** The columns in which anything stands, as wide as their text. */
export function columnsOf(output: ShowOutput, rows: TableRow[]): ShownColumn[] {
  return (output.columns ?? []).flatMap((name, at) => {
    const texts = rows.slice(0, sampled).map(({ cells }) => cells[at] ?? '')
    const longest = Math.max(0, ...texts.map((text) => text.length))
    if (longest === 0) return []
    return {
      at,
      name,
      width: Math.min(widest, Math.max(longest, name.length) + 2),
      numeric: texts.every((text) => text === '' || /^-?\d+(\.\d+)?$/.test(text)),
    }
  })
}
