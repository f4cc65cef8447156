// Everything `pnpm check` says about the code without running it. Each check counts one; all are run, whatever fails.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { PUBLIC_PACKAGES } from './release-plan.mjs'

const tarballs = mkdtempSync(join(tmpdir(), 'mq-tarballs-'))
const packed = (name) => {
  const file = readdirSync(tarballs).find((file) => file.startsWith(`mq-${name}-`))
  return file ? join(tarballs, file) : `packages/${name} (not packed)`
}

/** Each line follows the one before; the groups are run beside each other, as many as there are cores. */
const groups = [
  [['types', () => run('node .ci/types.mjs')]],
  PUBLIC_PACKAGES.flatMap((name) => [
    [`tarball of ${name}`, () => run(`pnpm --dir packages/${name} pack --pack-destination ${tarballs}`)],
    [`publint of ${name}`, () => run(`publint ${packed(name)} --strict`)],
    [`types of ${name} as a consumer sees them`, () => run(`attw ${packed(name)}`)],
  ]),
  [['lint', () => run('oxlint')]],
  [['the scripts of CI', () => run('node --test .ci/')]],
  [['unused exports and dependencies', () => run('knip --no-config-hints')]],
  [['imports point down', () => run('depcruise packages/*/src apps/*/src')]],
  [['format', () => run('oxfmt --check')]],
]

const failures = []
let passed = 0
/** Takes npm a while to bring, so it is begun first and asked last. */
const spectral = begin('node .ci/spectral.mjs')
// What is packed and what asks for its types is built once, and not by each of them.
await check('build', () => run('turbo run build types --output-logs=errors-only'))
const next = groups.values()
await Promise.all(Array.from({ length: availableParallelism() }, runGroups))

const SPECTRAL = 'OpenAPI documents, by Spectral'
const { status: verdict, stdout: words } = await spectral
const isLeftOut = verdict === 3
if (isLeftOut) console.log(`- ${SPECTRAL}: left out (${words.trim()})`)
else if (!(await check(SPECTRAL, () => verdict === 0))) console.log(words)
const failed = failures.length
rmSync(tarballs, { recursive: true })
console.log(`\n${passed} checks passed, ${failed} failed`)
if (process.env.MQ_CHECK_REPORT) {
  writeFileSync(process.env.MQ_CHECK_REPORT, JSON.stringify({ passed, failed, failures }))
}
process.exitCode = failed > 0 ? 1 : 0

async function runGroups() {
  for (const group of next) for (const [name, act] of group) await check(name, act)
}

async function check(name, act) {
  const begun = performance.now()
  const ok = await act()
  if (ok) passed++
  else failures.push(name)
  console.log(`${ok ? '✓' : '✗'} ${name} (${((performance.now() - begun) / 1_000).toFixed(1)} s)`)
  return ok
}

/** Quiet when all is well; otherwise what the tool printed. Warnings are printed too. */
async function run(command) {
  const { status, stdout, stderr } = await begin(command)
  const ok = status === 0
  if (!ok || /warning/i.test(stdout)) console.log(`$ ${command}\n${stdout}${stderr}`)
  return ok
}

function begin(command) {
  const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (text) => (said[name] += text))
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, ...said })))
}
