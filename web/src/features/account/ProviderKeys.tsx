// SPDX-License-Identifier: Apache-2.0
/* Keys of model providers. A key goes to the server once and is never shown again. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { KeyRound, Plus } from 'lucide-react'
import { useState } from 'react'
import { api, ApiError, data, type Schemas } from '@/api/client'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import {
  Badge,
  Button,
  Dialog,
  EmptyState,
  ErrorView,
  Field,
  Input,
  Loading,
  Panel,
  Time,
  useErrorText,
} from '@/ui'
import styles from './account.module.css'
import { Confirm } from './Confirm'
import { fieldError, isFieldError } from './fields'
import { KeyForm } from './KeyForm'
import { accountTexts } from './texts'

type ApiKey = Schemas['ApiKey']
const queryKey = ['api-keys']

function nameOf(key: ApiKey, unnamed: string): string {
  return key.key_name ?? unnamed
}

/** The answer of a trial in words. */
function useVerdict() {
  const t = useTexts(accountTexts)
  const errorText = useErrorText()
  return (error: unknown): string => {
    if (!(error instanceof ApiError)) return errorText(error)
    switch (error.code) {
      case 'LLM_AUTH_ERROR':
        return t.verdictRefused
      case 'INSUFFICIENT_QUOTA':
        return t.verdictQuota
      case 'RATE_LIMIT_EXCEEDED':
        return t.verdictRate
      case 'NOT_FOUND':
        return t.verdictInactive
      case 'UNAVAILABLE':
        return t.verdictUnavailable(error.message)
      default:
        return errorText(error)
    }
  }
}

function Rename({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const t = useTexts(accountTexts)
  const queries = useQueryClient()
  const [name, setName] = useState(apiKey.key_name ?? '')
  const rename = useMutation({
    mutationFn: () =>
      api.PATCH('/api/v1/users/me/api-keys/{id}', {
        params: { path: { id: apiKey.id } },
        body: { key_name: name.trim() === '' ? null : name.trim() },
      }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey })
      onClose()
    },
  })
  return (
    <Dialog title={t.rename} onClose={onClose}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault()
          rename.mutate()
        }}
      >
        <Field label={t.keyName} error={fieldError(rename.error, 'key_name')}>
          <Input value={name} maxLength={100} autoFocus onChange={(event) => setName(event.target.value)} />
        </Field>
        {rename.isError && !isFieldError(rename.error, ['key_name']) && <ErrorView error={rename.error} />}
        <div>
          <Button type="submit" kind="primary" busy={rename.isPending}>
            {t.save}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function KeyRow({ apiKey }: { apiKey: ApiKey }) {
  const t = useTexts(accountTexts)
  const format = useFormat()
  const queries = useQueryClient()
  const verdict = useVerdict()
  const [dialog, setDialog] = useState<'rename' | 'delete' | null>(null)
  const path = { params: { path: { id: apiKey.id } } }
  const again = () => queries.invalidateQueries({ queryKey })
  const toggle = useMutation({
    mutationFn: () =>
      api.PATCH('/api/v1/users/me/api-keys/{id}', { ...path, body: { is_active: !apiKey.is_active } }),
    onSettled: again,
  })
  const test = useMutation({ mutationFn: () => api.POST('/api/v1/users/me/api-keys/{id}/test', path) })
  const name = nameOf(apiKey, t.unnamedKey)
  const details = [
    apiKey.endpoint,
    apiKey.deployment,
    apiKey.api_version,
    apiKey.base_url,
    apiKey.model,
  ].filter((one) => one != null)
  return (
    <li className={styles.row}>
      <div className={styles.grow}>
        <strong>{name}</strong> <Badge>{apiKey.provider}</Badge>{' '}
        {apiKey.is_expired && <Badge tone="warning">{t.expired}</Badge>}
        <div className="muted">
          {apiKey.last_four != null && apiKey.last_four !== '' && (
            <>
              <code>{`…${apiKey.last_four}`}</code>
              {' · '}
            </>
          )}
          {apiKey.last_used_at == null ? (
            t.neverUsed
          ) : (
            <>
              {t.lastUsed} <Time at={apiKey.last_used_at} relative />
            </>
          )}
          {apiKey.expires_at != null && ` · ${t.expires} ${format.date(apiKey.expires_at)}`}
        </div>
        {details.length > 0 && <div className="muted mono">{details.join(' · ')}</div>}
      </div>
      <label className={styles.check}>
        <input
          type="checkbox"
          role="switch"
          checked={apiKey.is_active}
          disabled={toggle.isPending}
          onChange={() => toggle.mutate()}
        />
        <span>{t.active}</span>
      </label>
      <div className={styles.acts}>
        <Button busy={test.isPending} onClick={() => test.mutate()} aria-label={`${t.test}: ${name}`}>
          {t.test}
        </Button>
        <Button onClick={() => setDialog('rename')} aria-label={`${t.rename}: ${name}`}>
          {t.rename}
        </Button>
        <Button kind="danger" onClick={() => setDialog('delete')} aria-label={`${t.remove}: ${name}`}>
          {t.remove}
        </Button>
      </div>
      <p
        role="status"
        className={styles.verdict}
        hidden={!test.isSuccess && !test.isError && !toggle.isError}
      >
        {test.isSuccess && <span className={styles.good}>{t.verdictGood}</span>}
        {test.isError && <span className={styles.bad}>{verdict(test.error)}</span>}
        {toggle.isError && <span className={styles.bad}>{verdict(toggle.error)}</span>}
      </p>
      {dialog === 'rename' && <Rename apiKey={apiKey} onClose={() => setDialog(null)} />}
      {dialog === 'delete' && (
        <Confirm
          title={t.removeKey(name)}
          action={t.remove}
          run={async () => {
            await api.DELETE('/api/v1/users/me/api-keys/{id}', path)
            await again()
          }}
          onClose={() => setDialog(null)}
        >
          <p>{t.removeKeyText}</p>
        </Confirm>
      )}
    </li>
  )
}

export function ProviderKeys() {
  const t = useTexts(accountTexts)
  const [adding, setAdding] = useState(false)
  const list = useQuery({
    queryKey,
    // An account has at most 50 keys: they are one page.
    queryFn: () => data(api.GET('/api/v1/users/me/api-keys', { params: { query: { limit: 100 } } })),
  })
  const add = (
    <Button kind="primary" icon={<Plus size={15} />} onClick={() => setAdding(true)}>
      {t.addKey}
    </Button>
  )
  return (
    <Panel title={t.keys} flush actions={list.data?.items.length === 0 ? null : add}>
      {list.isError ? (
        <ErrorView error={list.error} retry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading />
      ) : list.data.items.length === 0 ? (
        <EmptyState icon={<KeyRound size={36} />} title={t.noKeys} action={add}>
          {t.noKeysText}
        </EmptyState>
      ) : (
        <ul className={styles.rows}>
          {list.data.items.map((one) => (
            <KeyRow key={one.id} apiKey={one} />
          ))}
        </ul>
      )}
      {adding && <KeyForm onClose={() => setAdding(false)} />}
    </Panel>
  )
}
