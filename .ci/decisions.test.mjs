// docs/decisions.md: numbered without omissions, each entry with its date and whether it is in force, a replaced one with its successor.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const text = readFileSync(new URL('../docs/decisions.md', import.meta.url), 'utf8')
const entries = text.split(/^(?=## )/m).slice(1)
const FORM = /^## (\d+)\. .+\n\*\d{4}-\d\d-\d\d, (?:in force|a fault, now in the changelog|replaced by (\d+))\*\n\n/

void test('every decision has its number, a date and a status', () => {
  entries.forEach((entry, i) => {
    const [, number, successor] = FORM.exec(entry) ?? []
    assert.equal(Number(number), i + 1, entry.split('\n\n')[0])
    if (successor !== undefined) assert.ok(Number(successor) > i + 1 && Number(successor) <= entries.length, entry)
  })
})

void test('every decision says what else was possible', () => {
  const without = entries.filter(
    (entry) => !entry.includes('*Alternatives:*') && FORM.exec(entry)?.[0].includes('a fault') !== true,
  )
  assert.deepEqual(
    without.map((entry) => entry.split('\n')[0]),
    [],
  )
})
