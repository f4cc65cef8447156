// `pnpm release` publishes what is committed; `pnpm release --dry-run` does all of it but that, in a clone that is then deleted.
// Both end with the tarballs, in release/, and the notes.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { homeOf, withHome } from './release-home.mjs'
import { planRelease, PUBLIC_PACKAGES, sectionOf } from './release-plan.mjs'

const isRehearsal = process.argv[2] === '--dry-run'
if (process.argv.length > (isRehearsal ? 3 : 2)) fail('pnpm release [--dry-run]')
const top = output('git', ['rev-parse', '--show-toplevel'], process.cwd())
const changed = output('git', ['status', '--porcelain'], top)
if (changed) fail(`the tree is not clean, so what is released would not be what is committed:\n${changed}`)

const origin = spawnSync('git', ['remote', 'get-url', 'origin'], { cwd: top, encoding: 'utf8' }).stdout.trim()
const isReachable = homeOf(origin, '') !== undefined
if (!isReachable && !isRehearsal)
  fail('no remote origin with an address: the packages could not say where they come from')

const out = join(top, 'release')
// What turbo built here before, by its content, need not be built again in the clone.
const env = { ...process.env, TURBO_CACHE_DIR: join(top, '.turbo/cache') }
const clone = isRehearsal ? mkdtempSync(join(tmpdir(), 'mq-rehearsal-')) : undefined
const place = clone ?? top
try {
  if (clone) {
    step('a clone of what is committed', 'git', ['clone', '--quiet', top, clone], top)
    step('what it needs', 'pnpm', ['install', '--frozen-lockfile', '--prefer-offline', '--silent'])
  }
  const { version, notes } = isTagged() ? again() : prepare()
  step('checks', 'pnpm', [isRehearsal ? 'check:static' : 'check'])
  const tarballs = pack()
  if (!isRehearsal) publish(version, tarballs)
  console.log(`\n# mq ${version}\n\n${notes}\n`)
  for (const path of tarballs) console.log(`${path}  ${Math.ceil(statSync(path).size / 1024)} KB`)
  writeFileSync(join(out, 'notes.md'), `${notes}\n`)
  if (!isReachable) console.log('without repository, homepage and bugs: there is no remote origin with an address')
  console.log(isRehearsal ? 'rehearsed: nothing was published' : 'published; now: git push --follow-tags')
} catch (thrown) {
  console.error(`no release: ${thrown.message}`)
  process.exitCode = 1
} finally {
  if (clone) rmSync(clone, { recursive: true, force: true })
}

function manifestOf(name) {
  const path = join(place, 'packages', name, 'package.json')
  return { path, text: readFileSync(path, 'utf8') }
}

function currentVersion() {
  return JSON.parse(manifestOf(PUBLIC_PACKAGES[0]).text).version
}

/** A release that was interrupted after its commit goes on with what is missing. */
function isTagged() {
  return output('git', ['tag', '--points-at', 'HEAD'], place).split('\n').includes(`v${currentVersion()}`)
}

function again() {
  const version = currentVersion()
  return { version, notes: sectionOf(readFileSync(join(place, 'CHANGELOG.md'), 'utf8'), version) ?? '' }
}

/** The version into the manifests, the changes into the changelog. */
function prepare() {
  const folder = join(place, '.changeset')
  const files = readdirSync(folder).filter((file) => file.endsWith('.md') && file !== 'README.md')
  const plan = planRelease({
    version: currentVersion(),
    changelog: readFileSync(join(place, 'CHANGELOG.md'), 'utf8'),
    changesets: Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')])),
    date: new Date().toISOString().slice(0, 10),
  })
  for (const name of PUBLIC_PACKAGES) {
    const { path, text } = manifestOf(name)
    const versioned = text.replace(/"version": "[^"]*"/, `"version": "${plan.version}"`)
    writeFileSync(path, isReachable ? withHome(versioned, homeOf(origin, name)) : versioned)
  }
  // What core says of itself, as it reads no manifest.
  const own = join(place, 'packages/core/src/version.ts')
  writeFileSync(own, readFileSync(own, 'utf8').replace(/VERSION = '[^']*'/, `VERSION = '${plan.version}'`))
  writeFileSync(join(place, 'CHANGELOG.md'), plan.changelog)
  for (const file of files) rmSync(join(folder, file))
  return plan
}

function pack() {
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out)
  for (const name of PUBLIC_PACKAGES) {
    step(`tarball of ${name}`, 'pnpm', ['--dir', `packages/${name}`, 'pack', '--pack-destination', out])
  }
  return PUBLIC_PACKAGES.map((name) => join(out, `mq-${name}-${currentVersion()}.tgz`))
}

/** Committed and tagged first, so that a second try knows where the first one ended. */
function publish(version, tarballs) {
  if (!isTagged()) {
    step('commit', 'git', ['commit', '--quiet', '--all', '--message', `Release ${version}`])
    step('tag', 'git', ['tag', '--annotate', `v${version}`, '--message', `mq ${version}`])
  }
  for (const [i, name] of PUBLIC_PACKAGES.entries()) {
    const isThere = spawnSync('npm', ['view', `@mq/${name}@${version}`, 'version'], { encoding: 'utf8' }).stdout.trim()
    if (isThere === version) continue
    step(`publish ${name}`, 'pnpm', ['publish', tarballs[i], '--access', 'public', '--no-git-checks'])
  }
}

function step(what, command, args, cwd = place) {
  console.log(`· ${what}`)
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8', maxBuffer: 64 << 20 })
  if (status !== 0) throw new Error(`${what}: ${command} ${args.join(' ')}\n${stdout}${stderr}`)
}

function output(command, args, cwd) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (status !== 0) fail(`${command} ${args.join(' ')}: ${stderr}`)
  return stdout.trim()
}

function fail(why) {
  console.error(`no release: ${why}`)
  process.exit(1)
}
