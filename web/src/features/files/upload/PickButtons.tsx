// SPDX-License-Identifier: Apache-2.0
/* The buttons that open the chooser of the system, for files and for a folder. */
import { FolderUp, Upload } from 'lucide-react'
import { useRef } from 'react'
import { useTexts } from '@/i18n'
import { Button } from '@/ui'
import { listTexts } from '../list/texts'

export function PickButtons({ choose }: { choose: (list: FileList) => void }) {
  const t = useTexts(listTexts)
  const files = useRef<HTMLInputElement>(null)
  const folder = useRef<HTMLInputElement>(null)
  const take = (input: HTMLInputElement) => {
    if (input.files !== null && input.files.length > 0) choose(input.files)
    input.value = ''
  }
  return (
    <>
      <input ref={files} type="file" multiple hidden onChange={(event) => take(event.currentTarget)} />
      <input
        ref={folder}
        type="file"
        webkitdirectory=""
        hidden
        onChange={(event) => take(event.currentTarget)}
      />
      <Button kind="primary" icon={<Upload size={15} />} onClick={() => files.current?.click()}>
        {t.addFiles}
      </Button>
      <Button icon={<FolderUp size={15} />} onClick={() => folder.current?.click()}>
        {t.addFolder}
      </Button>
    </>
  )
}
