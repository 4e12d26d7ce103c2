// SPDX-License-Identifier: Apache-2.0
/* The room of the topology: the newest one, or that of the address. */
import { ReactFlowProvider } from '@xyflow/react'
import { useParams } from 'react-router'
import { topologyPath } from '@/app/paths'
import { useTexts } from '@/i18n'
import { ErrorView, LinkButton, Loading, Page } from '@/ui'
import { Empty } from './Empty'
import { useModel, useTopologies } from './queries'
import { Room } from './Room'
import { topologyTexts } from './texts'
import { useDeleted } from './deletion'

export function Component() {
  const t = useTexts(topologyTexts)
  const { id } = useParams()
  const { list, isPending, error, refetch } = useTopologies()
  const deleted = useDeleted()
  const shown = id ?? list.find((one) => !deleted.has(one.id))?.id ?? null
  const model = useModel(shown)

  if (shown === null && isPending) return <Loading />
  if (shown === null && error === null) return <Empty />
  const failure = model.error ?? (shown === null ? error : null)
  if (failure !== null)
    return (
      <Page title={t.title}>
        <ErrorView error={failure} retry={() => void (shown === null ? refetch() : model.refetch())} />
        {id !== undefined && (
          <div>
            <LinkButton to={topologyPath()}>{t.newest}</LinkButton>
          </div>
        )}
      </Page>
    )
  if (model.data === undefined) return <Loading />
  return (
    <ReactFlowProvider key={model.data.snapshot.id}>
      <Room model={model.data} list={list} />
    </ReactFlowProvider>
  )
}
