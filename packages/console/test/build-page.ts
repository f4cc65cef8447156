import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'vite'

const PAGE = join(import.meta.dirname, '../page')
const BUILT = join(import.meta.dirname, '../dist/page/index.html')

/** Builds the page before the tests of this package, unless it is built as it is. */
export default async function buildPage(): Promise<void> {
  const files = readdirSync(PAGE, { recursive: true, encoding: 'utf8' }).map((path) => join(PAGE, path))
  const changedAt = Math.max(...files.map((file) => statSync(file).mtimeMs))
  if (existsSync(BUILT) && statSync(BUILT).mtimeMs > changedAt) return
  // As it is published: a build under test would be another one, and larger.
  const { NODE_ENV } = process.env
  process.env['NODE_ENV'] = 'production'
  await build({ root: PAGE, configFile: join(PAGE, 'vite.config.ts'), logLevel: 'warn' })
  if (NODE_ENV === undefined) delete process.env['NODE_ENV']
  else process.env['NODE_ENV'] = NODE_ENV
}
