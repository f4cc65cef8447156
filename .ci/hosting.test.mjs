// What .github/ says is held to the repository: commands that exist, versions that are supported, actions that cannot change.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const read = (path) => readFileSync(join(ROOT, path), 'utf8')
const manifest = JSON.parse(read('package.json'))
const WORKFLOWS = readdirSync(join(ROOT, '.github/workflows')).map((name) => `.github/workflows/${name}`)
const all = WORKFLOWS.map(read).join('\n')

void test('an action is pinned to a commit, and the version is beside it', () => {
  const uses = [...all.matchAll(/uses: (.*)/g)].map(([, what]) => what)
  assert.ok(uses.length > 3)
  assert.deepEqual(
    uses.filter((what) => !/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(what)),
    [],
  )
})

void test('the commands are those of package.json, by the pnpm that it names', () => {
  const [, version] = /^pnpm@(.+)$/.exec(manifest.packageManager)
  const calls = [...all.matchAll(/npx -y pnpm@(\S+) (\S+|\$\{\{.*?\}\})/g)]
  assert.ok(calls.length > 2)
  for (const [call, called, script] of calls) {
    assert.equal(called, version, call)
    const named = script.startsWith('$')
      ? [...all.matchAll(/command: \[([^\]]*)\]/g)].flatMap(([, list]) => list.split(', '))
      : [script]
    for (const command of named) assert.ok(manifest.scripts[command.split(' ')[0]], command)
  }
})

void test('the oldest Node that is supported is among those that are tested', () => {
  const [, oldest] = /^>=(\d+\.\d+)$/.exec(manifest.engines.node)
  const [, tested] = /node: \[([^\]]*)\]/.exec(all)
  assert.ok(tested.includes(`'${oldest}'`), tested)
})

void test('a place that has an owner exists', () => {
  const places = [...read('.github/CODEOWNERS').matchAll(/^(?:# )?\/(\S+) /gm)].map(([, place]) => place)
  assert.ok(places.length > 3)
  assert.deepEqual(
    places.filter((place) => !existsSync(join(ROOT, place))),
    [],
  )
})
