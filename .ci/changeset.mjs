// Writes down a change that a user will notice, for the next release: `pnpm changeset minor redis-adapter 'What changes, and for whom.'`
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseChangeset, PUBLIC_PACKAGES } from './release-plan.mjs'

const folder = process.env.MQ_CHANGESETS ?? fileURLToPath(new URL('../.changeset', import.meta.url))
const [kind, name, ...words] = process.argv.slice(2)
const text = `---\n'@mq/${name}': ${kind}\n---\n\n${words.join(' ')}\n`
const title = (words.join(' ').match(/\w+/g) ?? []).slice(0, 5).join('-').toLowerCase()
const file = `${title}-${randomBytes(2).toString('hex')}.md`
try {
  parseChangeset(file, text)
  writeFileSync(join(folder, file), text, { flag: 'wx' })
  console.log(`.changeset/${file}`)
} catch (thrown) {
  console.error(
    `${thrown.message}\npnpm changeset major|minor|patch ${PUBLIC_PACKAGES.join('|')} 'What changes, and for whom.'`,
  )
  process.exitCode = 1
}
