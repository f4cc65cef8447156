// What docs/writing-an-adapter.md says of topics and backends is what there is.
import { memoryAdapter } from '@mq/memory-adapter'
import { redisAdapter } from '@mq/redis-adapter'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { runProgram } from './run-program.ts'

const read = (file: string): string => readFileSync(fileURLToPath(new URL(`../../../${file}`, import.meta.url)), 'utf8')
const guide = read('docs/writing-an-adapter.md')

it('the table of backends is their capability sheets', () => {
  const rows = [...guide.matchAll(/^\| `(\w+)`[^|]*\| (yes|no) \| (yes|no) \|/gm)]
  const sheet = (column: number): Record<string, boolean> =>
    Object.fromEntries(rows.map((row) => [row[1]!, row[column] === 'yes']))
  expect(sheet(2)).toEqual(memoryAdapter().capabilities)
  expect(sheet(3)).toEqual(redisAdapter({ url: 'redis://127.0.0.1:1' }).capabilities)
})

it('every topic of a queue’s port is in a step of the guide, and each that a step names exists', () => {
  const topics = [...read('packages/conformance/src/test-adapter.ts').matchAll(/title: 'queue port: ([\w ]+)'/g)]
  const named = [...guide.matchAll(/^\| \d \|.*\| ([\w ,]+) \|$/gm)].flatMap((row) => row[1]!.split(', '))
  expect(named.toSorted()).toEqual(topics.map((topic) => topic[1]!).toSorted())
})

it('the adapter that the guide begins with can be opened and closed', async () => {
  expect(await runProgram('own-adapter.ts', undefined)).toEqual({ lines: ['open'], errors: '' })
})
