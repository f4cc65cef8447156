// The files in packages/redis-adapter/lua are what runs.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { complaints } from './lua.mjs'

void test('each script has a file that equals what runs, and each file a script', () => {
  const cwd = fileURLToPath(new URL('..', import.meta.url))
  const check = ['--conditions=@mq/source', '--import', 'tsx', '.ci/lua.mjs', '--check']
  const { status, stderr } = spawnSync(process.execPath, check, { cwd, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
})

void test('a file that is missing, differs or belongs to no script is named, with how to mend it', () => {
  const wanted = new Map([
    ['same.lua', 'return 1\n'],
    ['missing.lua', 'return 2\n'],
    ['other.lua', 'local a = 1\nreturn a\n'],
    ['no-newline.lua', 'return 3\n'],
    ['longer.lua', 'return 4\n'],
  ])
  const present = new Map([
    ['same.lua', 'return 1\n'],
    ['other.lua', 'local a = 1\nreturn b\n'],
    ['no-newline.lua', 'return 3'],
    ['longer.lua', 'return 4\n\n'],
    ['left.lua', 'return 5\n'],
  ])
  const mend = '(pnpm lua writes them anew)'
  assert.deepEqual(complaints(wanted, present), [
    `missing.lua is missing ${mend}`,
    `other.lua differs from what runs, from line 2 on ${mend}`,
    `no-newline.lua differs from what runs, from line 2 on ${mend}`,
    `longer.lua differs from what runs, from line 3 on ${mend}`,
    `left.lua belongs to no script ${mend}`,
  ])
})
