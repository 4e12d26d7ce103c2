// SPDX-License-Identifier: Apache-2.0
/*
 * What the tabs of a browser tell each other. They share one session: a new access token of one makes
 * that of the others useless, and when one signs out all are signed out. Nothing is stored.
 */
/** The new access token; null: the session is over. */
export type Told = { token: string | null }

const channel = new BroadcastChannel('netguru.session')

export function tellTabs(told: Told): void {
  channel.postMessage(told)
}

/** Hears the other tabs until the function that it returns is called. */
export function hearTabs(heard: (told: Told) => void): () => void {
  channel.onmessage = (event: MessageEvent<Told>) => heard(event.data)
  return () => {
    channel.onmessage = null
  }
}
