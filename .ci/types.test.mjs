import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { configurations, typeFaults } from './types.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const tsconfig = (more) =>
  JSON.stringify({
    compilerOptions: {
      strict: true,
      noEmit: true,
      module: 'nodenext',
      types: [],
      allowImportingTsExtensions: true,
      ...more,
    },
    include: ['src'],
  })

function faultsIn(files) {
  const root = mkdtempSync(join(tmpdir(), 'mq-types-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    return typeFaults(root, ['a/tsconfig.json', 'b/tsconfig.json']).map((each) => each.split(':', 2).join(':'))
  } finally {
    rmSync(root, { recursive: true })
  }
}

const a = { 'a/tsconfig.json': tsconfig({ declaration: true, isolatedDeclarations: true }) }
const b = {
  'b/tsconfig.json': tsconfig({}),
  'b/src/b.ts': "import { a } from '../../a/src/a.ts'\nexport const b = a\n",
}

void test('a fault in a file is found once, whoever else imports it', () => {
  assert.deepEqual(faultsIn({ ...a, 'a/src/a.ts': "export const a: number = 'one'\n", ...b }), [
    'a/src/a.ts(1,14): TS2322',
  ])
})

void test('a fault in what imports it is found with the types that the other has', () => {
  const wrong = { ...b, 'b/src/b.ts': "import { a } from '../../a/src/a.ts'\nexport const b: string = a\n" }
  assert.deepEqual(faultsIn({ ...a, 'a/src/a.ts': 'export const a: number = 1\n', ...wrong }), [
    'b/src/b.ts(2,14): TS2322',
  ])
})

void test('what only the configuration of one forbids is found there', () => {
  assert.deepEqual(faultsIn({ ...a, 'a/src/a.ts': 'export const a = [1].map((x) => x)\n', ...b }), [
    'a/src/a.ts(1,14): TS9010',
  ])
})

void test('what one declares for all is not there for another that does not import it', () => {
  const files = {
    ...a,
    'a/src/a.ts': 'declare global { var given: number }\nexport const a: number = given\n',
    'b/tsconfig.json': tsconfig({}),
    'b/src/b.ts': 'export const b = given\n',
  }
  assert.deepEqual(faultsIn(files), ['b/src/b.ts(1,18): TS2304'])
})

void test('a file of no workspace is checked where it is imported', () => {
  const files = {
    ...a,
    'a/src/a.ts': "export { stray as a } from '../../stray.ts'\n",
    'stray.ts': "export const stray: number = 'one'\n",
    ...b,
  }
  assert.deepEqual(faultsIn(files), ['stray.ts(1,14): TS2322'])
})

void test('every configuration that a workspace checks is known', () => {
  const known = configurations(ROOT)
  for (const path of ['tsconfig.json', 'packages/core/tsconfig.json', 'packages/console/page/tsconfig.json'])
    assert.ok(known.includes(path), path)
  assert.ok(known.includes('apps/examples/tsconfig.loose.json'))
})
