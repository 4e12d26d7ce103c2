// SPDX-License-Identifier: Apache-2.0
/* Personal access tokens. A new one is shown once: it is in memory only until its notice is closed. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Plus, SquareTerminal } from 'lucide-react'
import { useState } from 'react'
import { api, data, type Schemas } from '@/api/client'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import {
  Badge,
  Button,
  CopyButton,
  Dialog,
  EmptyState,
  ErrorView,
  Field,
  Input,
  Loading,
  Notice,
  Panel,
  Select,
  Time,
} from '@/ui'
import styles from './account.module.css'
import { Confirm } from './Confirm'
import { endOfDay, fieldError, inDays, isFieldError } from './fields'
import { accountTexts } from './texts'

type Token = Schemas['PersonalToken']
type Scope = Token['scopes'][number]
const scopes: Scope[] = ['read', 'chat', 'write', 'mcp']
const queryKey = ['tokens']

/** When a token ends, by the choice made; null: never. */
export function expiryOf(choice: string, day: string): string | null {
  if (choice === 'never') return null
  return choice === 'day' ? endOfDay(day) : inDays(Number(choice))
}

function TokenForm({ onClose, onMade }: { onClose: () => void; onMade: (token: Token) => void }) {
  const t = useTexts(accountTexts)
  const format = useFormat()
  const queries = useQueryClient()
  const [name, setName] = useState('')
  const [chosen, setChosen] = useState<Scope[]>(['read'])
  const [expiry, setExpiry] = useState('90')
  const [day, setDay] = useState('')
  const create = useMutation({
    mutationFn: () =>
      data(
        api.POST('/api/v1/users/me/tokens', {
          body: { name: name.trim(), scopes: chosen, expires_at: expiryOf(expiry, day) },
        }),
      ),
    // The secret is not kept in the cache of mutations either.
    gcTime: 0,
    onSuccess: async (token) => {
      await queries.invalidateQueries({ queryKey })
      onMade(token)
    },
  })
  const scopeText = { read: t.scopeRead, chat: t.scopeChat, write: t.scopeWrite, mcp: t.scopeMcp }
  return (
    <Dialog title={t.addToken} onClose={onClose}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault()
          create.mutate()
        }}
      >
        <Field label={t.tokenName} hint={t.tokenNameHint} error={fieldError(create.error, 'name')}>
          <Input
            value={name}
            required
            autoFocus
            maxLength={100}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
        <fieldset className={styles.checks}>
          <legend>{t.scopes}</legend>
          {scopes.map((scope) => (
            <label key={scope} className={styles.check}>
              <input
                type="checkbox"
                checked={chosen.includes(scope)}
                onChange={(event) =>
                  setChosen(
                    scopes.filter((one) => (one === scope ? event.target.checked : chosen.includes(one))),
                  )
                }
              />
              <span>
                <code>{scope}</code> {scopeText[scope]}
              </span>
            </label>
          ))}
        </fieldset>
        <Field label={t.expiry} error={fieldError(create.error, 'expires_at')}>
          <Select value={expiry} onChange={(event) => setExpiry(event.target.value)}>
            {[7, 30, 90, 365].map((days) => (
              <option key={days} value={days}>
                {t.inDays(format.number(days))}
              </option>
            ))}
            <option value="day">{t.onDay}</option>
            <option value="never">{t.never}</option>
          </Select>
        </Field>
        {expiry === 'day' && (
          <Field label={t.expiryDay}>
            <Input type="date" required value={day} onChange={(event) => setDay(event.target.value)} />
          </Field>
        )}
        {expiry === 'never' && <Notice tone="warning">{t.neverWarning}</Notice>}
        {create.isError && !isFieldError(create.error, ['name', 'expires_at']) && (
          <ErrorView error={create.error} />
        )}
        <div>
          <Button type="submit" kind="primary" busy={create.isPending} disabled={chosen.length === 0}>
            {t.create}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function NewToken({ token, onClose }: { token: Token; onClose: () => void }) {
  const t = useTexts(accountTexts)
  const command = `claude mcp add --transport http netguru ${window.location.origin}/mcp --header "Authorization: Bearer ${token.token ?? ''}"`
  return (
    <Dialog
      title={t.newToken(token.name)}
      onClose={onClose}
      foot={
        <Button kind="primary" onClick={onClose}>
          {t.tokenKept}
        </Button>
      }
    >
      <Notice tone="warning">{t.tokenOnce}</Notice>
      <div className={styles.secret}>
        <code>{token.token}</code>
        <CopyButton text={token.token ?? ''} label={t.copyToken} />
      </div>
      {token.scopes.includes('mcp') && (
        <>
          <p>{t.mcpCommand}</p>
          <div className={styles.secret}>
            <pre>{command}</pre>
            <CopyButton text={command} label={t.copyCommand} />
          </div>
        </>
      )}
    </Dialog>
  )
}

export function Tokens() {
  const t = useTexts(accountTexts)
  const format = useFormat()
  const queries = useQueryClient()
  const [adding, setAdding] = useState(false)
  const [made, setMade] = useState<Token | null>(null)
  const [removing, setRemoving] = useState<Token | null>(null)
  const list = useQuery({
    queryKey,
    queryFn: () => data(api.GET('/api/v1/users/me/tokens', { params: { query: { limit: 100 } } })),
  })
  const add = (
    <Button kind="primary" icon={<Plus size={15} />} onClick={() => setAdding(true)}>
      {t.addToken}
    </Button>
  )
  return (
    <Panel title={t.tokens} flush actions={list.data?.items.length === 0 ? null : add}>
      {list.isError ? (
        <ErrorView error={list.error} retry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading />
      ) : list.data.items.length === 0 ? (
        <EmptyState icon={<SquareTerminal size={36} />} title={t.noTokens} action={add}>
          {t.noTokensText}
        </EmptyState>
      ) : (
        <ul className={styles.rows}>
          {list.data.items.map((one) => (
            <li key={one.id} className={styles.row}>
              <div className={styles.grow}>
                <strong>{one.name}</strong>{' '}
                {one.scopes.map((scope) => (
                  <Badge key={scope}>{scope}</Badge>
                ))}{' '}
                {one.is_expired && <Badge tone="warning">{t.expired}</Badge>}
                <div className="muted">
                  <code>{`…${one.last_four}`}</code>
                  {' · '}
                  {one.last_used_at == null ? (
                    t.neverUsed
                  ) : (
                    <>
                      {t.lastUsed} <Time at={one.last_used_at} relative />
                    </>
                  )}
                  {' · '}
                  {one.expires_at == null ? t.neverExpires : `${t.expires} ${format.date(one.expires_at)}`}
                </div>
              </div>
              <Button kind="danger" aria-label={`${t.revoke}: ${one.name}`} onClick={() => setRemoving(one)}>
                {t.revoke}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {adding && (
        <TokenForm
          onClose={() => setAdding(false)}
          onMade={(token) => {
            setAdding(false)
            setMade(token)
          }}
        />
      )}
      {made !== null && <NewToken token={made} onClose={() => setMade(null)} />}
      {removing !== null && (
        <Confirm
          title={t.revokeToken(removing.name)}
          action={t.revoke}
          run={async () => {
            await api.DELETE('/api/v1/users/me/tokens/{id}', { params: { path: { id: removing.id } } })
            await queries.invalidateQueries({ queryKey })
          }}
          onClose={() => setRemoving(null)}
        >
          <p>{t.revokeText}</p>
        </Confirm>
      )}
    </Panel>
  )
}
