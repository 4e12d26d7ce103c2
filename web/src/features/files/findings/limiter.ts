// SPDX-License-Identifier: Apache-2.0
/* Runs a few at a time; when the server asks to wait, all wait. */
import { ApiError } from '@/api/client'

export class Limiter {
  private running = 0
  private queue: (() => void)[] = []
  private until = 0

  constructor(private readonly atOnce: number) {}

  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.running >= this.atOnce) await new Promise<void>((resolve) => this.queue.push(resolve))
    this.running += 1
    try {
      for (;;) {
        signal?.throwIfAborted()
        const wait = this.until - Date.now()
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
        try {
          return await work()
        } catch (error) {
          if (!(error instanceof ApiError) || error.status !== 429) throw error
          this.until = Math.max(this.until, Date.now() + (error.retryAfter ?? 5) * 1000)
        }
      }
    } finally {
      this.running -= 1
      this.queue.shift()?.()
    }
  }
}
