// SPDX-License-Identifier: Apache-2.0
/* The latest drawing as a picture. An <img> carries no token, so the drawing is fetched and shown by a
 * blob: URL; an SVG in an <img> runs no scripts. */
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { Link } from 'react-router'
import { getRaw } from '@/api/client'
import { topologyPath } from '@/app/paths'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { ErrorView, Loading, Panel, Time } from '@/ui'
import styles from './HomePage.module.css'
import { useLatestTopology } from './summary'
import { homeTexts } from './texts'

interface TopologyFigures {
  total_devices?: number
  total_links?: number
}

function useBlobUrl(blob: Blob | undefined): string | null {
  const [url, setUrl] = useState<string | null>(null)
  useEffect(() => {
    if (blob === undefined) return
    const made = URL.createObjectURL(blob)
    // eslint-disable-next-line react-hooks/set-state-in-effect -- the URL lives as long as the effect
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [blob])
  return url
}

export function TopologyPanel() {
  const t = useTexts(homeTexts)
  const format = useFormat()
  const latest = useLatestTopology()
  const id = latest.data?.id
  const drawing = useQuery({
    queryKey: ['topologies', id, 'svg'],
    enabled: id !== undefined,
    queryFn: async ({ signal }) => (await getRaw(`/api/v1/topology/${id ?? ''}/svg`, signal)).blob(),
    staleTime: Infinity,
  })
  const url = useBlobUrl(drawing.data)
  const figures = (latest.data?.metadata ?? {}) as TopologyFigures
  const failed = latest.isError ? latest : drawing.isError ? drawing : null
  return (
    <Panel title={t.topology} actions={id === undefined ? null : <Link to={topologyPath(id)}>{t.open}</Link>}>
      {failed !== null ? (
        <ErrorView error={failed.error} retry={() => void failed.refetch()} />
      ) : latest.data === null ? (
        <p>
          {t.noPicture} <Link to="/topology">{t.draw}</Link>
        </p>
      ) : url === null || latest.data === undefined ? (
        <Loading />
      ) : (
        <>
          <Link to={topologyPath(id)} className={styles.picture}>
            <img src={url} alt={`${t.picture}: ${latest.data.title}`} />
          </Link>
          <p className="muted">
            {[
              figures.total_devices === undefined ? null : t.devices(format.number(figures.total_devices)),
              figures.total_links === undefined ? null : t.links(format.number(figures.total_links)),
            ]
              .filter((part) => part !== null)
              .join(' · ')}
            {' · '}
            <Time at={latest.data.created_at} relative />
          </p>
        </>
      )}
    </Panel>
  )
}
