// A link of the documents leads to a file that is there, and to a heading that it has.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const documents = spawnSync('git', ['ls-files', '*.md'], { cwd: ROOT, encoding: 'utf8' }).stdout.trim().split('\n')
// In a copy without git there is nothing to look through.
const skip = documents.length > 1 ? false : 'not in a clone'

/** The text without what is only shown: blocks and spans of code. */
const proseOf = (file) =>
  readFileSync(file, 'utf8')
    .replace(/^```[^]*?^```/gm, '')
    .replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()]/g, ''))

/** As GitHub names them. */
const headingsOf = (file) =>
  new Set(
    [...proseOf(file).matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replace(/\s/g, '-'),
    ),
  )

void test('every link leads somewhere', { skip }, () => {
  const broken = documents.flatMap((name) => {
    const file = join(ROOT, name)
    return [...proseOf(file).matchAll(/\]\((?!\w+:)([^)\s#]*)(?:#([^)\s]*))?\)/g)]
      .filter(([, path, heading]) => {
        const target = path === '' ? file : join(dirname(file), path)
        if (!existsSync(target)) return true
        return heading !== undefined && target.endsWith('.md') && !headingsOf(target).has(heading)
      })
      .map(([link]) => `${relative(ROOT, file)} ${link}`)
  })
  assert.deepEqual(broken, [])
})
