// The pictures say what is so: boxes and arrows are those of the imports, and a task's life has the verbs of the ports.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { PICTURES, ROOT, shown } from './pictures.mjs'

const read = (path) => readFileSync(join(ROOT, path), 'utf8')

for (const [name, { document, draw }] of Object.entries(PICTURES)) {
  void test(`${document} shows the imports as they are: ${name}`, () => {
    const [inDocument, inCode] = [shown(name).lines, draw()]
    const only = (these, those) => these.filter((line) => !those.includes(line)).map((line) => line.trim())
    const differ = { 'only in the picture': only(inDocument, inCode), 'only in the code': only(inCode, inDocument) }
    const fix = 'node .ci/pictures.mjs draws it anew'
    assert.deepEqual(differ, { 'only in the picture': [], 'only in the code': [] }, `${fix}: ${JSON.stringify(differ)}`)
    assert.deepEqual(inDocument, inCode, fix)
  })
}

void test('a task’s life shows every verb of the ports that moves one, and no other', () => {
  const kindsOf = (file, type) => {
    const from = read(`packages/core/src/ports/${file}`).split(`export type ${type} =`)[1]
    return [...from.split('\n\n')[0].matchAll(/kind: ((?:'\w+'(?: \| )?)+)/g)].flatMap(([, kinds]) =>
      kinds.split(' | ').map((kind) => kind.slice(1, -1)),
    )
  }
  const [settlements, commands] = [kindsOf('queue-driver.ts', 'Settlement'), kindsOf('queue-admin.ts', 'QueueCommand')]
  const letters = kindsOf('queue-admin.ts', 'DeadCommand')
  assert.ok(settlements.length === 5 && commands.length > 3 && letters.length === 2)
  // Of the queue and not of a task; the sentence below the picture speaks of the last.
  const ofQueues = ['pause', 'resume', 'obliterate', 'retire']
  const moving = [...settlements, ...commands, ...letters].filter((kind) => !ofQueues.includes(kind))
  const byTheWay = ['enqueue', 'promote', 'claim', 'recover', 'displace', 'replace', 'keep.dead', 'keep.results']
  const [, life] = /```mermaid\n(stateDiagram-v2[^`]*)```/.exec(read('docs/internals.md'))
  const labels = [...life.matchAll(/: (.*)/g)].flatMap(([, label]) => label.split(' · '))
  const drawn = labels.map((label) => label.replace(/ \(.*\)$/, ''))
  assert.deepEqual(new Set(drawn), new Set([...moving, ...byTheWay]))
})
