// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { chosenFrom, filesOf, walk } from './dropped'

const file = (path: string) =>
  ({
    isDirectory: false,
    name: path.split('/').at(-1),
    fullPath: `/${path}`,
    file: (done: (file: File) => void) => done(new File([path], path)),
  }) as unknown as FileSystemEntry

/** Like the browser: a reader gives at most two entries at a time here. */
function folder(path: string, children: FileSystemEntry[]): FileSystemEntry {
  return {
    isDirectory: true,
    name: path.split('/').at(-1),
    fullPath: `/${path}`,
    createReader() {
      const left = [...children]
      return { readEntries: (done: (part: FileSystemEntry[]) => void) => done(left.splice(0, 2)) }
    },
  } as unknown as FileSystemEntry
}

test('a dropped folder is walked through to its last file, without what is hidden', async () => {
  const dropped = folder('net', [
    file('net/a.cfg'),
    file('net/.DS_Store'),
    folder('net/.git', [file('net/.git/HEAD')]),
    folder('net/lis', [file('net/lis/b.cfg'), file('net/lis/c.cfg'), file('net/lis/d.cfg')]),
    file('net/z.log'),
  ])
  const found = await walk([dropped, file('x.pcap')])
  expect(found.chosen.map(({ path }) => path)).toEqual([
    'net/a.cfg',
    'net/lis/b.cfg',
    'net/lis/c.cfg',
    'net/lis/d.cfg',
    'net/z.log',
    'x.pcap',
  ])
  expect(found.hidden).toBe(2)
})

test('files that were chosen keep the path of their folder', () => {
  const inside = Object.assign(new File([''], 'a.cfg'), {})
  Object.defineProperty(inside, 'webkitRelativePath', { value: 'net/.svn/a.cfg' })
  const found = chosenFrom([inside, new File([''], 'b.cfg')])
  expect(found).toMatchObject({ chosen: [{ path: 'b.cfg' }], hidden: 1 })
})

test('a drop has entries, files without one, and what is no file at all', async () => {
  const items = [
    { kind: 'string' },
    { kind: 'file', webkitGetAsEntry: () => null, getAsFile: () => new File([''], 'mailed.log') },
    { kind: 'file', webkitGetAsEntry: () => folder('net', [file('net/a.cfg')]) },
  ]
  const found = await filesOf({ items } as unknown as DataTransfer)
  expect(found.chosen.map(({ path }) => path)).toEqual(['mailed.log', 'net/a.cfg'])
})
