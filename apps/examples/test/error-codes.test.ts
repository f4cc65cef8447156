// Every code that an error may have is explained in the README, and nothing else is.
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const read = (file: string): string => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')

it('the README explains every code of an error, and none that there is not', () => {
  const source = read('packages/core/src/errors.ts')
  const union = source.slice(source.indexOf('export type MqErrorCode ='), source.indexOf('const brand'))
  const codes = [...union.matchAll(/^ {2}\| '([a-z-]+)'$/gm)].map(([, code]) => code!)
  const table = read('README.md').split('## Errors')[1]!.split('\n## ')[0]!
  const rows = table.split('\n').filter((line) => line.startsWith('| `'))
  const explained = rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`([a-z-]+)`/g)].map(([, code]) => code!))
  expect(codes.length).toBeGreaterThan(20)
  expect(new Set(explained)).toEqual(new Set(codes))
})
