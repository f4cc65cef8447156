import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { findHandlers } from '../src/find-handlers.ts'
import type { HandlerFile } from '../src/find-handlers.ts'
import { StartError } from '../src/lifecycle.ts'

const isHandler = (value: unknown): value is HandlerFile => typeof (value as HandlerFile | undefined)?.name === 'string'

async function folderOf(files: Readonly<Record<string, string>>): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), 'mq-handlers-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const all = { 'package.json': '{"type":"module"}', ...files }
  await Promise.all(Object.entries(all).map(([name, text]) => writeFile(join(folder, name), text)))
  return pathToFileURL(`${folder}/`)
}

it('finds the default export of each file, by its name', async () => {
  const folder = await folderOf({
    'mails.js': "export default { name: 'mails' }",
    'a.b.js': "export default { name: 'a.b' }",
    'mails.js.map': '{}',
    'mails.d.ts': 'not code',
    'mails.test.js': 'not code',
    'notes.md': 'not code',
  })
  expect((await findHandlers(folder, isHandler)).map(({ name }) => name)).toEqual(['a.b', 'mails'])
})

it('names all that is wrong in one error', async () => {
  const folder = await folderOf({
    'bills.js': "export default { name: 'mails' }",
    'empty.js': '',
    'good.js': "export default { name: 'good' }",
    'odd.js': 'export default 7',
    'torn.js': "throw new Error('torn')",
  })
  const error: unknown = await findHandlers(folder, isHandler).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(StartError)
  expect(String(error)).toBe(
    'StartError: bills.js handles mails: name it mails; empty.js has no handler as its default export; ' +
      'odd.js has no handler as its default export; torn.js cannot be loaded: torn',
  )
})

it('a folder without a handler is a mistake', async () => {
  await expect(findHandlers(await folderOf({}), isHandler)).rejects.toThrow('no file with a handler')
})
