// Before a public package is packed: it is built, and all that its manifest names is there. Only pnpm may pack, since it writes
// versions where the manifest says `workspace:` and `catalog:`; npm would publish what nobody can install.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const manifest = JSON.parse(readFileSync('package.json', 'utf8'))

const packer = process.env.npm_config_user_agent ?? 'an unknown program'
if (!packer.startsWith('pnpm/')) fail(`pack it with pnpm, not with ${packer.split(' ')[0]}`)

const turbo = join(root, 'node_modules/.bin/turbo')
const build = ['run', 'build', 'types', `--filter=${manifest.name}`, '--output-logs=errors-only']
// Standard output is the packer's own: with --json it is read by a program.
const { status } = spawnSync(turbo, build, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' })
if (status !== 0) fail('it could not be built')

const missing = filesOf([
  manifest.main,
  manifest.types,
  manifest.typesVersions,
  manifest.publishConfig?.exports,
]).filter((file) => !existsSync(file))
if (missing.length > 0) fail(`the build made no ${missing.join(', ')}`)

/** All paths in a part of a manifest. */
function filesOf(part) {
  if (typeof part === 'string') return [part]
  return typeof part === 'object' && part !== null ? Object.values(part).flatMap(filesOf) : []
}

function fail(why) {
  console.error(`${manifest.name} was not packed: ${why}`)
  process.exit(1)
}
