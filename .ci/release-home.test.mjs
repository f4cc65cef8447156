import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { homeOf, withHome } from './release-home.mjs'

const ADDRESSES = [
  'https://example.org/acme/mq.git',
  'https://example.org/acme/mq',
  'https://user:secret@example.org/acme/mq.git',
  'ssh://git@example.org/acme/mq.git',
  'git@example.org:acme/mq.git',
]

void test('a package names the remote that it is released from, however that is written, and no password of it', () => {
  for (const origin of ADDRESSES) {
    assert.deepEqual(
      homeOf(origin, 'core'),
      {
        homepage: 'https://example.org/acme/mq#readme',
        bugs: 'https://example.org/acme/mq/issues',
        repository: { type: 'git', url: 'git+https://example.org/acme/mq.git', directory: 'packages/core' },
      },
      origin,
    )
  }
  for (const origin of ['', '../mq', 'folder/mq', 'file:///srv/mq.git'])
    assert.equal(homeOf(origin, 'core'), undefined, origin)
})

void test('a manifest keeps all that it has', () => {
  const before = readFileSync(new URL('../packages/core/package.json', import.meta.url), 'utf8')
  const { homepage, bugs, repository, ...rest } = JSON.parse(withHome(before, homeOf(ADDRESSES[0], 'core')))
  assert.deepEqual(rest, JSON.parse(before))
  assert.deepEqual(
    [homepage, bugs, repository.directory],
    ['https://example.org/acme/mq#readme', 'https://example.org/acme/mq/issues', 'packages/core'],
  )
})
