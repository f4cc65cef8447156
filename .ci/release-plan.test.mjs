import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseChangeset, planRelease, PUBLIC_PACKAGES, sectionOf } from './release-plan.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const read = (path) => readFileSync(join(ROOT, path), 'utf8')

const change = (kind, text, name = 'core') => `---\n'@mq/${name}': ${kind}\n---\n\n${text}\n`
const released = '# Changelog\n\n## [Unreleased]\n\n## [0.1.0] - 2026-12-01\n\n### Added\n\n- All.\n'
const plan = (changesets, changelog = released, version = '0.1.0') =>
  planRelease({ version, changelog, changesets, date: '2026-12-24' })

void test('the first release has the version of the manifests, and the lines that were written by hand', () => {
  const first = '# Changelog\n\n## [Unreleased]\n\n### Added\n\n- Queues.\n\n### Fixed\n\n- A bug.\n'
  const { version, notes, changelog } = plan({ 'a.md': change('patch', 'Another.') }, first)
  assert.equal(version, '0.1.0')
  assert.equal(notes, '### Added\n\n- Queues.\n\n### Fixed\n\n- A bug.\n- Another.')
  assert.equal(changelog, `# Changelog\n\n## [Unreleased]\n\n## [0.1.0] - 2026-12-24\n\n${notes}\n`)
})

void test('the largest change raises the version of all, and the release before stays in the changelog', () => {
  const { version, notes, changelog } = plan({
    'a.md': change('patch', 'Mended.'),
    'b.md': change('minor', 'New,\nin two lines.', 'redis-adapter'),
  })
  assert.equal(version, '0.2.0')
  assert.equal(notes, '### Added\n\n- New,\n  in two lines.\n\n### Fixed\n\n- Mended.')
  assert.equal(sectionOf(changelog, '0.2.0'), notes)
  assert.equal(sectionOf(changelog, '0.1.0'), '### Added\n\n- All.')
  assert.equal(sectionOf(changelog, 'Unreleased'), '')
})

void test('before 1.0 a change that breaks raises the second number, then the first', () => {
  const of = (version, kind) =>
    plan({ 'a.md': change(kind, 'X.') }, released.replace('0.1.0', version), version).version
  assert.deepEqual(
    ['major', 'minor', 'patch'].map((kind) => of('0.4.2', kind)),
    ['0.5.0', '0.5.0', '0.4.3'],
  )
  assert.deepEqual(
    ['major', 'minor', 'patch'].map((kind) => of('1.4.2', kind)),
    ['2.0.0', '1.5.0', '1.4.3'],
  )
})

void test('what cannot be released is refused with a sentence', () => {
  assert.throws(() => plan({}), /nothing has changed since 0\.1\.0/)
  const byHand = released.replace('[Unreleased]\n', '[Unreleased]\n\n### Fixed\n\n- A line.\n')
  assert.throws(() => plan({}, byHand), /make changesets of them/)
  assert.throws(() => plan({ 'a.md': change('huge', 'X.') }), /a\.md: not a package and a kind/)
  assert.throws(() => plan({ 'a.md': change('minor', 'X.', 'web') }), /a\.md: not a package and a kind/)
  assert.throws(() => plan({ 'a.md': change('minor', '') }), /a\.md is not a changeset/)
  assert.throws(() => plan({ 'a.md': 'X.' }), /a\.md is not a changeset/)
})

void test('what is in .changeset, CHANGELOG.md and the manifests now can be released', () => {
  const files = readdirSync(join(ROOT, '.changeset')).filter((file) => file !== 'README.md')
  for (const file of files) parseChangeset(file, read(`.changeset/${file}`))
  const versions = PUBLIC_PACKAGES.map((name) => JSON.parse(read(`packages/${name}/package.json`)).version)
  versions.push(/VERSION = '([^']*)'/.exec(read('packages/core/src/version.ts'))[1])
  assert.equal(new Set(versions).size, 1, `the packages carry one version: ${versions.join(', ')}`)
  assert.notEqual(sectionOf(read('CHANGELOG.md'), 'Unreleased'), undefined)
  const all = readdirSync(join(ROOT, 'packages')).filter(
    (name) => !JSON.parse(read(`packages/${name}/package.json`)).private,
  )
  assert.deepEqual(new Set(PUBLIC_PACKAGES), new Set(all))
})

void test('a change is written down by one command, and is refused without its kind', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mq-changeset-'))
  try {
    const run = (...args) =>
      spawnSync(process.execPath, [join(ROOT, '.ci/changeset.mjs'), ...args], {
        encoding: 'utf8',
        env: { ...process.env, MQ_CHANGESETS: folder },
      })
    assert.equal(run('minor', 'redis-adapter', 'Say what changes.').status, 0)
    const [file] = readdirSync(folder)
    assert.deepEqual(parseChangeset(file, readFileSync(join(folder, file), 'utf8')), {
      kind: 'minor',
      summary: 'Say what changes.',
    })
    for (const args of [[], ['large', 'core', 'X'], ['minor', 'web', 'X'], ['minor', 'core']]) {
      const { status, stderr } = run(...args)
      assert.equal(status, 1)
      assert.match(stderr, /pnpm changeset/)
    }
    assert.equal(readdirSync(folder).length, 1)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

void test('a release of a tree with changes is refused, and names them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mq-release-'))
  try {
    spawnSync('git', ['init', '-q', folder])
    writeFileSync(join(folder, 'new.txt'), '')
    const release = spawnSync(process.execPath, [join(ROOT, '.ci/release.mjs'), '--dry-run'], {
      cwd: folder,
      encoding: 'utf8',
    })
    assert.equal(release.status, 1)
    assert.match(release.stderr, /not clean[\s\S]*new\.txt/)
    assert.equal(existsSync(join(folder, 'release')), false)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
