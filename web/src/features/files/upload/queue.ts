// SPDX-License-Identifier: Apache-2.0
/*
 * The uploads of this tab: a few at once, the others wait. The queue belongs to the tab and not to a
 * room: uploads go on while one looks elsewhere. When the server asks for patience the whole queue waits.
 */
import { ApiError } from '@/api/client'
import type { FileDocument } from '@/api/queries'

export interface Chosen {
  file: File
  /** With the folders it was found in; the server keeps only the name. */
  path: string
}

export type UploadState = 'waiting' | 'sending' | 'stored' | 'duplicate' | 'refused' | 'cancelled'

export interface Upload extends Chosen {
  id: number
  sent: number
  state: UploadState
  document: FileDocument | null
  error: ApiError | null
}

export interface Stored {
  document: FileDocument
  duplicate: boolean
}

export type Sender = (file: File, progress: (sent: number) => void, signal: AbortSignal) => Promise<Stored>

export interface QueueView {
  uploads: Upload[]
  /** The time in ms at which a queue that was asked to wait goes on. */
  pausedUntil: number | null
}

const defaultWaitS = 5

export class UploadQueue {
  private view: QueueView = { uploads: [], pausedUntil: null }
  private running = new Map<number, AbortController>()
  private listeners = new Set<() => void>()
  private nextId = 1
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly send: Sender,
    private readonly stored: (document: FileDocument) => void = () => {},
    private readonly atOnce = 3,
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
  readonly snapshot = (): QueueView => this.view

  add(chosen: Chosen[]): void {
    const added = chosen.map((one): Upload => ({
      ...one,
      id: this.nextId++,
      sent: 0,
      state: 'waiting',
      document: null,
      error: null,
    }))
    this.show({ uploads: [...this.view.uploads, ...added] })
    this.fill()
  }

  cancel(id: number): void {
    const upload = this.find(id)
    if (upload?.state !== 'waiting' && upload?.state !== 'sending') return
    this.change(id, { state: 'cancelled', sent: 0 })
    this.running.get(id)?.abort()
    this.fill()
  }

  cancelAll(): void {
    for (const { id } of this.view.uploads) this.cancel(id)
  }

  retry(id: number): void {
    const state = this.find(id)?.state
    if (state !== 'refused' && state !== 'cancelled') return
    this.change(id, { state: 'waiting', sent: 0, error: null })
    this.fill()
  }

  /** Takes from the list what has ended. */
  clear(): void {
    this.show({ uploads: this.view.uploads.filter(isActive) })
  }

  private find(id: number): Upload | undefined {
    return this.view.uploads.find((upload) => upload.id === id)
  }

  private show(change: Partial<QueueView>): void {
    this.view = { ...this.view, ...change }
    for (const listener of this.listeners) listener()
  }

  private change(id: number, change: Partial<Upload>): void {
    this.show({
      uploads: this.view.uploads.map((upload) => (upload.id === id ? { ...upload, ...change } : upload)),
    })
  }

  private fill(): void {
    while (this.view.pausedUntil === null && this.running.size < this.atOnce) {
      const next = this.view.uploads.find(({ id, state }) => state === 'waiting' && !this.running.has(id))
      if (next === undefined) return
      void this.run(next)
    }
  }

  private async run({ id, file }: Upload): Promise<void> {
    const abort = new AbortController()
    this.running.set(id, abort)
    this.change(id, { state: 'sending' })
    try {
      const { document, duplicate } = await this.send(
        file,
        (sent) => this.find(id)?.state === 'sending' && this.change(id, { sent }),
        abort.signal,
      )
      this.change(id, { state: duplicate ? 'duplicate' : 'stored', sent: file.size, document })
      this.stored(document)
    } catch (reason) {
      if (!abort.signal.aborted) this.failed(id, reason)
    } finally {
      this.running.delete(id)
      this.fill()
    }
  }

  private failed(id: number, reason: unknown): void {
    const error = reason instanceof ApiError ? reason : new ApiError(0, 'UNKNOWN', String(reason))
    if (error.status === 429 || error.status === 503) {
      this.change(id, { state: 'waiting', sent: 0, error })
      this.pause((error.retryAfter ?? defaultWaitS) * 1000)
    } else this.change(id, { state: 'refused', sent: 0, error })
  }

  private pause(ms: number): void {
    const until = Date.now() + ms
    if (this.view.pausedUntil !== null && this.view.pausedUntil >= until) return
    clearTimeout(this.timer)
    this.show({ pausedUntil: until })
    this.timer = setTimeout(() => {
      this.show({ pausedUntil: null })
      this.fill()
    }, ms)
  }
}

export function isActive({ state }: Upload): boolean {
  return state === 'waiting' || state === 'sending'
}
