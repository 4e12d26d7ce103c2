// SPDX-License-Identifier: Apache-2.0
/*
 * The client of the HTTP API, typed by the server's OpenAPI document (schema.d.ts).
 *
 * The access token lives in memory only. The refresh token is a cookie that scripts cannot read; a
 * request that is refused for an expired access token is repeated once with a new one.
 */
import createClient, { type Middleware } from 'openapi-fetch'
import type { components, paths } from './schema'
import { tellTabs } from './tabs'

export type Schemas = components['schemas']

/** An error of the API: its message is meant to be read, its request id leads to the server's log. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly requestId: string | null = null,
    readonly details: Record<string, unknown> = {},
    readonly retryAfter: number | null = null,
  ) {
    super(message)
    this.name = 'ApiError'
  }
}

/** Fails as status 0 when the server was not reached at all. */
export class UnreachableError extends ApiError {
  constructor() {
    super(0, 'UNREACHABLE', 'the server cannot be reached')
  }
}

type Listener = (token: string | null) => void

let accessToken: string | null = null
let listener: Listener = () => {}
let refreshing: Promise<boolean> | null = null

/** The header that tells the server that its own page asks: no form of another site can send it. */
const pageHeaders = { 'X-NetGuru-Client': 'page' }

export function onSession(heard: Listener): void {
  listener = heard
}

/* Tells whether this browser may have a session, so that a first visit asks for none. It is no secret. */
const visited = 'netguru.signed-in'

export function setAccessToken(token: string | null): void {
  accessToken = token
  if (token === null) localStorage.removeItem(visited)
  else localStorage.setItem(visited, 'yes')
  listener(token)
}

/** Begins or goes on with a session, or ends it (null), in all tabs. */
export function shareAccessToken(token: string | null): void {
  setAccessToken(token)
  tellTabs({ token })
}

export function currentToken(): string | null {
  return accessToken
}

async function askForToken(): Promise<boolean> {
  const response = await fetch('/api/v1/auth/refresh', {
    method: 'POST',
    headers: { ...pageHeaders, 'Content-Type': 'application/json' },
    body: JSON.stringify({ cookie: true }),
  }).catch(() => {
    throw new UnreachableError()
  })
  if (response.status >= 500 || response.status === 429) throw await errorOf(response)
  if (!response.ok) {
    setAccessToken(null)
    return false
  }
  const tokens = (await response.json()) as { access_token: string }
  shareAccessToken(tokens.access_token)
  return true
}

/* A refresh token that is used again and again ends its session, so tabs take turns, each with the cookie
 * that the one before it got. Only pages of a secure origin (https, or this machine) have locks. */
async function takeTurns<T>(ask: () => Promise<T>): Promise<T> {
  const locks = (navigator as Partial<Navigator>).locks
  return locks === undefined ? ask() : await locks.request('netguru.session', ask)
}

/** Gets a new access token by the cookie. Calls at the same time share one request. False: signed out. */
export function refreshSession(): Promise<boolean> {
  refreshing ??= takeTurns(askForToken).finally(() => {
    refreshing = null
  })
  return refreshing
}

/** Goes on with the session that this browser has, if it has one. */
export async function resumeSession(): Promise<boolean> {
  if (localStorage.getItem(visited) !== null) return refreshSession()
  setAccessToken(null)
  return false
}

export async function errorOf(response: Response): Promise<ApiError> {
  const requestId = response.headers.get('X-Request-Id')
  const retryAfter = response.headers.get('Retry-After')
  const wait = retryAfter === null ? null : Number(retryAfter)
  const body = (await response.json().catch(() => null)) as {
    error?: { code?: string; message?: string; details?: Record<string, unknown> }
  } | null
  return new ApiError(
    response.status,
    body?.error?.code ?? 'UNKNOWN',
    body?.error?.message ?? `the server answered ${response.status}`,
    requestId,
    body?.error?.details ?? {},
    Number.isFinite(wait) ? wait : null,
  )
}

/** fetch() with the access token; repeats once after a 401. Throws UnreachableError. */
export async function authorizedFetch(input: Request): Promise<Response> {
  const again = input.clone()
  const send = async (request: Request) => {
    if (accessToken !== null) request.headers.set('Authorization', `Bearer ${accessToken}`)
    for (const [name, value] of Object.entries(pageHeaders)) request.headers.set(name, value)
    try {
      return await fetch(request)
    } catch (error) {
      if (request.signal.aborted) throw error
      throw new UnreachableError()
    }
  }
  const response = await send(input)
  if (response.status !== 401) return response
  return (await refreshSession()) ? send(again) : response
}

const throwErrors: Middleware = {
  async onResponse({ response }) {
    if (!response.ok) throw await errorOf(response)
    return response
  },
}

const client = createClient<paths>({ baseUrl: window.location.origin, fetch: authorizedFetch })
client.use(throwErrors)

/**
 * api.GET('/api/v1/files/{id}', { params: { path: { id } } }) and so on. The promise fails with an
 * ApiError; use `data()` to get the body that a successful answer has.
 */
export const api = client

export async function data<T>(answer: Promise<{ data?: T }>): Promise<T> {
  const { data: body } = await answer
  return body as T
}

function here(path: string): string {
  return new URL(path, window.location.origin).href
}

/** Calls one of the tools that the model has too. The answer has `more` when there is a further page. */
export async function callTool<T>(
  name: string,
  input: Record<string, unknown>,
  signal?: AbortSignal,
): Promise<T> {
  const response = await authorizedFetch(
    new Request(here(`/api/v1/tools/${name}`), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(input),
      signal: signal ?? null,
    }),
  )
  if (!response.ok) throw await errorOf(response)
  return (await response.json()) as T
}

/** Reads a body that is no JSON. */
export async function getRaw(path: string, signal?: AbortSignal): Promise<Response> {
  const response = await authorizedFetch(new Request(here(path), { signal: signal ?? null }))
  if (!response.ok) throw await errorOf(response)
  return response
}

/** Saves what a path answers as a file of the user. */
export async function download(path: string, name: string): Promise<void> {
  const url = URL.createObjectURL(await (await getRaw(path)).blob())
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
