// SPDX-License-Identifier: Apache-2.0
/* The addresses of the page. Everything that one may want to show a colleague has one. */

interface Lines {
  from?: number
  to?: number
}

/** A file; with lines, it opens at them: ?lines=88 or ?lines=88-93. */
export function filePath(id: string, lines: Lines = {}): string {
  if (lines.from === undefined) return `/files/${id}`
  const range =
    lines.to === undefined || lines.to === lines.from ? `${lines.from}` : `${lines.from}-${lines.to}`
  return `/files/${id}?lines=${range}`
}

/** Reads what filePath() writes. */
export function linesOf(search: URLSearchParams): { from: number; to: number } | null {
  const match = /^(\d{1,8})(?:-(\d{1,8}))?$/.exec(search.get('lines') ?? '')
  if (match === null) return null
  const from = Number(match[1])
  return { from, to: Math.max(from, Number(match[2] ?? from)) }
}

/** A page of a PDF document. */
export function pagePath(id: string, page: number): string {
  return `/files/${id}?page=${page}`
}

/** One packet of a capture, or one of its conversations by its number from 0. */
export function packetPath(id: string, packet: number): string {
  return `/files/${id}?packet=${packet}`
}
export function streamPath(id: string, conversation: number): string {
  return `/files/${id}?conversation=${conversation}`
}

/** The drawing of the network; with an element, that node or edge is selected. */
export function topologyPath(id?: string, selected?: string): string {
  const base = id === undefined ? '/topology' : `/topology/${id}`
  return selected === undefined ? base : `${base}?selected=${encodeURIComponent(selected)}`
}

export function chatPath(id?: string): string {
  return id === undefined ? '/chat' : `/chat/${id}`
}

export function searchPath(query: string): string {
  return `/search?q=${encodeURIComponent(query)}`
}

/** Two files beside each other. */
export function comparePath(a: string, b: string): string {
  return `/compare?a=${a}&b=${b}`
}
