// Tests are found by the path of what they test: a folder of tests is named after a folder or a file of the source.
import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Whose source the tests of a workspace are about, where it is not its own. */
const ABOUT = { 'packages/core-tests': 'packages/core' }

/** Folders that are about no single place in the source. */
const OTHERS = {
  'packages/console/test/browser': 'the page, in a browser',
  'packages/console/test/browser/programs': 'what a test starts as a process',
  'packages/redis-adapter/test/lab': 'what the tests of the adapter have in common',
  'packages/redis-adapter/test/lab/programs': 'what a test starts as a process',
  'packages/redis-adapter/test/processes': 'processes that end, and that wait for each other',
}

const workspaces = ['packages', 'apps'].flatMap((folder) =>
  readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`),
)
const files = workspaces
  .filter((workspace) => existsSync(join(ROOT, workspace, 'test')))
  .flatMap((workspace) =>
    readdirSync(join(ROOT, workspace, 'test'), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => ({ workspace, path, folder: dirname(path) })),
  )

const isThere = (path) => existsSync(join(ROOT, path)) || existsSync(join(ROOT, `${path}.ts`))
const sourceOf = (workspace) => `${ABOUT[workspace] ?? workspace}/src`

void test('a folder of tests is named after what it tests', () => {
  const astray = files
    .filter(({ folder }) => folder !== '.')
    .filter(({ workspace, folder }) => !isThere(`${sourceOf(workspace)}/${folder}`))
    .map(({ workspace, folder }) => `${workspace}/test/${folder}`)
    .filter((folder) => OTHERS[folder] === undefined)
  assert.deepEqual(
    [...new Set(astray)],
    [],
    'its name is not in the source: rename it, or say in OTHERS what it is about',
  )
})

void test('a test of core in no folder is named after a file of core', () => {
  const astray = files
    .filter(({ workspace, path }) => ABOUT[workspace] !== undefined && /^[^/]+[.]test[.]ts$/.test(path))
    .filter(({ workspace, path }) => !isThere(`${sourceOf(workspace)}/${path.replace('.test.ts', '')}`))
  assert.deepEqual(
    astray.map(({ workspace, path }) => `${workspace}/test/${path}`),
    [],
  )
})

void test('what is about no single place is still there', () => {
  assert.deepEqual(
    Object.keys(OTHERS).filter((path) => !existsSync(join(ROOT, path))),
    [],
  )
})

void test('every test that is named somewhere is there', () => {
  const docs = readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`)
  const readmes = workspaces.map((workspace) => `${workspace}/README.md`).filter((path) => existsSync(join(ROOT, path)))
  const places = ['README.md', 'CONTRIBUTING.md', 'vitest.shared.ts', ...docs, ...readmes]
  const wrong = places.flatMap((place) =>
    [...readFileSync(join(ROOT, place), 'utf8').matchAll(/[\w-]+(?:\/[\w-]+)*\/(?:test|src)\/[\w/-]+\.test\.ts/g)]
      .filter(([path]) => !['', 'packages/', 'apps/'].some((folder) => existsSync(join(ROOT, folder, path))))
      .map(([path]) => `${place}: ${path}`),
  )
  assert.deepEqual(wrong, [])
})
