// SPDX-License-Identifier: Apache-2.0
/* Signing in, registering where it is open, and the demo account by one click. The router is not there
 * yet: after signing in the page shows what its address names. */
import { useQuery } from '@tanstack/react-query'
import { LogIn, Play, UserPlus } from 'lucide-react'
import { useEffect, useState, type FormEvent } from 'react'
import { api, ApiError, data } from '@/api/client'
import { useSession } from '@/api/session'
import { languages, useLanguage, useTexts, type Language } from '@/i18n'
import { Button, ErrorView, Field, Input, Select } from '@/ui'
import styles from './LoginPage.module.css'
import { sessionTexts } from './texts'

function useAbout() {
  return useQuery({
    queryKey: ['about'],
    queryFn: () => data(api.GET('/api/v1/about')),
    staleTime: Infinity,
  })
}

export default function LoginPage() {
  const t = useTexts(sessionTexts)
  const session = useSession()
  const { language, choose } = useLanguage()
  const about = useAbout()
  const [registering, setRegistering] = useState(false)
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [name, setName] = useState('')
  const [error, setError] = useState<unknown>(null)
  const [busy, setBusy] = useState<'form' | 'demo' | null>(null)

  useEffect(() => {
    document.title = 'NetGuru'
  }, [])

  const attempt = async (what: 'form' | 'demo', open: () => Promise<void>) => {
    setBusy(what)
    setError(null)
    try {
      await open()
    } catch (reason) {
      setError(reason)
      setBusy(null)
    }
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void attempt('form', () =>
      registering ? session.register(email, password, name.trim()) : session.signIn(email, password),
    )
  }
  const fieldError = (field: string) =>
    error instanceof ApiError && error.details['field'] === field ? error.message : null
  const isFieldError = ['email', 'password', 'full_name'].some((field) => fieldError(field) !== null)

  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <header className={styles.head}>
          <img src="/icon.svg" alt="" width={44} height={44} />
          <h1>{'NetGuru'}</h1>
          <p className="muted">{t.claim}</p>
        </header>
        {about.data?.demo === true && !registering && (
          <>
            <Button
              kind="primary"
              className={styles.wide}
              icon={<Play size={16} />}
              busy={busy === 'demo'}
              onClick={() => void attempt('demo', () => session.signInAsDemo())}
            >
              {t.demo}
            </Button>
            <div className={styles.or}>{t.or}</div>
          </>
        )}
        <form className={styles.form} onSubmit={submit}>
          {registering && (
            <Field label={t.name} error={fieldError('full_name')}>
              <Input
                value={name}
                autoComplete="name"
                maxLength={255}
                onChange={(event) => setName(event.target.value)}
              />
            </Field>
          )}
          <Field label={t.email} error={fieldError('email')}>
            <Input
              type="email"
              required
              autoFocus
              value={email}
              autoComplete="username"
              onChange={(event) => setEmail(event.target.value)}
            />
          </Field>
          <Field
            label={t.password}
            error={fieldError('password')}
            {...(registering ? { hint: t.passwordHint } : {})}
          >
            <Input
              type="password"
              required
              value={password}
              autoComplete={registering ? 'new-password' : 'current-password'}
              onChange={(event) => setPassword(event.target.value)}
            />
          </Field>
          {error !== null && !isFieldError && <ErrorView error={error} />}
          <Button
            type="submit"
            kind={about.data?.demo === true && !registering ? 'plain' : 'primary'}
            className={styles.wide}
            icon={registering ? <UserPlus size={16} /> : <LogIn size={16} />}
            busy={busy === 'form'}
          >
            {registering ? t.register : t.signIn}
          </Button>
        </form>
        {about.data?.registration_open === true && (
          <Button kind="quiet" className={styles.wide} onClick={() => setRegistering(!registering)}>
            {registering ? t.haveAccount : t.noAccount}
          </Button>
        )}
        <footer className={styles.foot}>
          <Select
            aria-label={t.language}
            value={language}
            onChange={(event) => choose(event.target.value as Language)}
          >
            {Object.entries(languages).map(([code, label]) => (
              <option key={code} value={code}>
                {label}
              </option>
            ))}
          </Select>
          {about.data !== undefined && <span className="muted">{about.data.version}</span>}
        </footer>
      </div>
    </main>
  )
}
