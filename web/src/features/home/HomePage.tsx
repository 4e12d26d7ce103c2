// SPDX-License-Identifier: Apache-2.0
/* What one wants to see each morning: what is wrong, what is going on, and where one left off. */
import { ArrowRight, MessageCircleQuestion } from 'lucide-react'
import { useState, type FormEvent } from 'react'
import { Link, useNavigate } from 'react-router'
import { useNetworkFindings } from '@/api/queries'
import { chatPath, filePath } from '@/app/paths'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Badge, Button, ErrorView, Input, Loading, Page, Panel, SeverityBadge, Time } from '@/ui'
import { FirstSteps } from './FirstSteps'
import styles from './HomePage.module.css'
import {
  countSeverities,
  severities,
  useKinds,
  useLatestConversations,
  useLatestTopology,
  useUnfinished,
  worstFirst,
} from './summary'
import { homeTexts } from './texts'
import { TopologyPanel } from './TopologyPanel'

const shownFindings = 8

function QuestionBox() {
  const t = useTexts(homeTexts)
  const navigate = useNavigate()
  const [question, setQuestion] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const asked = question.trim()
    if (asked !== '') void navigate(`/chat?q=${encodeURIComponent(asked)}`)
  }
  return (
    <form className={styles.question} onSubmit={submit}>
      <Input
        aria-label={t.question}
        placeholder={t.questionHint}
        value={question}
        maxLength={2000}
        onChange={(event) => setQuestion(event.target.value)}
      />
      <Button type="submit" kind="primary" icon={<MessageCircleQuestion size={15} />}>
        {t.ask}
      </Button>
    </form>
  )
}

function FindingsPanel() {
  const t = useTexts(homeTexts)
  const format = useFormat()
  const query = useNetworkFindings()
  const topology = useLatestTopology()
  const findings = query.data ?? []
  const counts = countSeverities(findings)
  const label = { error: t.errors, warning: t.warnings, note: t.notes }
  return (
    <Panel
      title={t.wrong}
      actions={<Link to="/findings">{t.allFindings}</Link>}
      flush
      className={styles.wide}
    >
      {query.isError ? (
        <div className={styles.inset}>
          <ErrorView error={query.error} retry={() => void query.refetch()} />
        </div>
      ) : query.isPending ? (
        <Loading />
      ) : findings.length === 0 ? (
        topology.data === null ? (
          <p className={styles.inset}>
            {t.noTopology} <Link to="/topology">{t.draw}</Link>
          </p>
        ) : (
          <p className={styles.inset}>{t.nothingWrong}</p>
        )
      ) : (
        <>
          <ul className={styles.counts}>
            {severities.map((severity) => (
              <li key={severity} className={styles[severity]} data-none={counts[severity] === 0}>
                <Link to={`/findings?severity=${severity}`}>
                  <strong>{format.number(counts[severity])}</strong> {label[severity](counts[severity])}
                </Link>
              </li>
            ))}
          </ul>
          <ul className={styles.rows}>
            {worstFirst(findings, shownFindings).map((finding, at) => (
              <li key={at} className={styles.finding}>
                <SeverityBadge severity={finding.severity} />
                <span className={styles.message}>{finding.message}</span>
                <span className={styles.places}>
                  {finding.at.slice(0, 2).map((place) => (
                    <Link
                      key={`${place.document_id}-${place.line}`}
                      className="mono"
                      to={filePath(place.document_id, { from: place.line })}
                    >
                      {`${place.document}:${place.line}`}
                    </Link>
                  ))}
                </span>
              </li>
            ))}
          </ul>
          {findings.length > shownFindings && (
            <Link className={styles.moreRow} to="/findings">
              {t.moreFindings(format.number(findings.length - shownFindings))}{' '}
              <ArrowRight size={13} aria-hidden />
            </Link>
          )}
        </>
      )}
    </Panel>
  )
}

function FilesPanel() {
  const t = useTexts(homeTexts)
  const format = useFormat()
  const kinds = useKinds()
  const unfinished = useUnfinished()
  const { pending = [], failed = [], morePending = false, moreFailed = false } = unfinished.data ?? {}
  return (
    <Panel title={t.files} actions={<Link to="/files">{t.allFiles}</Link>}>
      {kinds.isError ? (
        <ErrorView error={kinds.error} retry={() => void kinds.refetch()} />
      ) : kinds.isPending ? (
        <Loading />
      ) : (
        <dl className={styles.kinds}>
          {kinds.data.kinds
            .filter(({ count }) => count > 0)
            .map(({ kind, count }) => (
              <div key={kind}>
                <dt>
                  <Link to={`/files?kind=${kind}`}>{t[kind]}</Link>
                </dt>
                <dd className="number">{format.number(count)}</dd>
              </div>
            ))}
          <div className={styles.total}>
            <dt>{t.total}</dt>
            <dd className="number">{format.number(kinds.data.total)}</dd>
          </div>
        </dl>
      )}
      {unfinished.isSuccess && pending.length + failed.length === 0 && (
        <p className="muted">{t.noneUnfinished}</p>
      )}
      {pending.length > 0 && (
        <>
          <h3 className={styles.subhead}>
            {t.processing} <Badge>{`${pending.length}${morePending ? '+' : ''}`}</Badge>
          </h3>
          <ul>
            {pending.slice(0, 5).map((file) => (
              <li key={file.id} className={styles.pending}>
                <Link to={filePath(file.id)}>{file.original_filename}</Link>
                <progress
                  max={100}
                  value={file.task?.progress ?? 0}
                  aria-label={`${t.processing}: ${file.original_filename}`}
                />
              </li>
            ))}
          </ul>
        </>
      )}
      {failed.length > 0 && (
        <>
          <h3 className={styles.subhead}>
            {t.failed} <Badge tone="error">{`${failed.length}${moreFailed ? '+' : ''}`}</Badge>
          </h3>
          <ul>
            {failed.map((file) => (
              <li key={file.id} className={styles.failed}>
                <Link to={filePath(file.id)}>{file.original_filename}</Link>
                <span className="muted">{file.failure_reason}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  )
}

function ConversationsPanel() {
  const t = useTexts(homeTexts)
  const format = useFormat()
  const query = useLatestConversations()
  return (
    <Panel title={t.conversations} actions={<Link to="/chat">{t.allConversations}</Link>} flush>
      {query.isError ? (
        <div className={styles.inset}>
          <ErrorView error={query.error} retry={() => void query.refetch()} />
        </div>
      ) : query.isPending ? (
        <Loading />
      ) : query.data.items.length === 0 ? (
        <p className={styles.inset}>{t.noConversations}</p>
      ) : (
        <ul className={styles.rows}>
          {query.data.items.map((conversation) => (
            <li key={conversation.id} className={styles.conversation}>
              <Link to={chatPath(conversation.id)}>{conversation.title || t.untitled}</Link>
              {conversation.running != null && <Badge tone="note">{t.answering}</Badge>}
              <small className="muted">
                {t.messages(format.number(conversation.message_count))}
                {' · '}
                <Time at={conversation.updated_at} relative />
              </small>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}

function QuickLinks() {
  const t = useTexts(homeTexts)
  const links: [string, string][] = [
    ['/files', t.upload],
    ['/search', t.search],
    ['/compare', t.compare],
    ['/usage', t.usage],
    ['/account/keys', t.keys],
    ['/account/tokens', t.tokens],
  ]
  return (
    <nav className={styles.quick} aria-label={t.quick}>
      {links.map(([to, text]) => (
        <Link key={to} to={to}>
          {text}
        </Link>
      ))}
    </nav>
  )
}

export function Component() {
  const t = useTexts(homeTexts)
  const kinds = useKinds()
  const unfinished = useUnfinished()
  const isNew =
    kinds.data?.total === 0 && unfinished.data?.pending.length === 0 && unfinished.data.failed.length === 0
  return (
    <Page title={t.title}>
      {isNew ? (
        <FirstSteps />
      ) : (
        <>
          <QuestionBox />
          <QuickLinks />
          <div className={styles.grid}>
            <FindingsPanel />
            <FilesPanel />
            <TopologyPanel />
            <ConversationsPanel />
          </div>
        </>
      )}
    </Page>
  )
}
