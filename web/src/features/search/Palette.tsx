// SPDX-License-Identifier: Apache-2.0
/* The palette: every room, file, device and command by a few letters. */
import { Dialog } from '@/ui'

export default function Palette({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="…" onClose={onClose}>
      {null}
    </Dialog>
  )
}
