// SPDX-License-Identifier: Apache-2.0
/* The packets of a capture: all, or those of a conversation, and the one that is chosen below them. */
import type { FileDocument } from '@/api/queries'
import { useTexts } from '@/i18n'
import { EmptyState, Panel } from '@/ui'
import { PacketNote } from '../PacketNote'
import { conversationKey, findConversation, usePlace } from '../places'
import type { CaptureResult } from '../types'
import { AllPackets } from './AllPackets'
import { ConversationPackets } from './ConversationPackets'
import { PacketView } from './PacketView'
import { packetTexts } from './texts'

/* The list leaves room for the chosen packet below it. */
const listHeight = (withPacket: boolean) =>
  Math.max(260, withPacket ? window.innerHeight * 0.38 : window.innerHeight - 330)

export function Packets({ file, capture }: { file: FileDocument; capture: CaptureResult }) {
  const t = useTexts(packetTexts)
  const place = usePlace()
  const { packet, conversation, view, go } = place
  const open = (number: number) => go({ part: 'packets', packet: `${number}` }, packet !== null)
  if (capture.packets === 0) return <EmptyState title={t.noPackets}>{t.noPacketsHint}</EmptyState>
  const row = conversation === null ? undefined : findConversation(capture.conversations.rows, conversation)
  const isThere = packet !== null && packet <= capture.packets
  const height = listHeight(isThere)
  return (
    <>
      {packet !== null && <PacketNote capture={capture} packet={packet} />}
      <Panel flush>
        {conversation === null ? (
          <AllPackets
            file={file.id}
            total={capture.packets}
            packet={isThere ? packet : null}
            height={height}
            onOpen={open}
          />
        ) : (
          <ConversationPackets
            key={conversation}
            file={file.id}
            conversation={row === undefined ? conversation : conversationKey(row)}
            row={row}
            view={view}
            packet={packet}
            height={height}
            onView={(next) => go({ part: 'packets', view: next === 'list' ? null : next })}
            onOpen={open}
            onAll={() => go({ part: 'packets', conversation: null, view: null })}
          />
        )}
      </Panel>
      {isThere && (
        <Panel flush>
          <PacketView file={file.id} number={packet} last={capture.packets} onGo={open} />
        </Panel>
      )}
    </>
  )
}
