// SPDX-License-Identifier: Apache-2.0
/* Server-sent events out of text that arrives in pieces (WHATWG HTML, section 9.2.6). EventSource
 * would do it, but cannot send the access token. */

export interface ServerEvent {
  /** The id that this event had itself; null if it had none. */
  id: string | null
  type: string
  data: string
}

export class SseParser {
  private rest = ''
  private skipsLineFeed = false
  private isFirst = true
  private id: string | null = null
  private type = ''
  private data: string[] = []

  /** Takes the next piece, however the text is cut, and returns the events that are whole by now. */
  push(piece: string): ServerEvent[] {
    const events: ServerEvent[] = []
    let text = piece
    if (this.isFirst && text !== '') {
      this.isFirst = false
      if (text.startsWith('\ufeff')) text = text.slice(1)
    }
    if (this.skipsLineFeed && text !== '') {
      this.skipsLineFeed = false
      if (text.startsWith('\n')) text = text.slice(1)
    }
    // Only the new piece can hold the end of the line that has begun.
    let start = 0
    for (let at = 0; at < text.length; at++) {
      const character = text[at]
      if (character !== '\n' && character !== '\r') continue
      this.takeLine(this.rest + text.slice(start, at), events)
      this.rest = ''
      if (character === '\r') {
        if (at + 1 === text.length) this.skipsLineFeed = true
        else if (text[at + 1] === '\n') at++
      }
      start = at + 1
    }
    this.rest += text.slice(start)
    return events
  }

  private takeLine(line: string, events: ServerEvent[]): void {
    if (line === '') {
      if (this.data.length > 0)
        events.push({
          id: this.id,
          type: this.type === '' ? 'message' : this.type,
          data: this.data.join('\n'),
        })
      this.id = null
      this.type = ''
      this.data = []
      return
    }
    const colon = line.indexOf(':')
    if (colon === 0) return
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (name === 'data') this.data.push(value)
    else if (name === 'event') this.type = value
    else if (name === 'id' && !value.includes('\0')) this.id = value
  }
}
