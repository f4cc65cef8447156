// Everything `pnpm check` says about the code without running it. Each check counts one; all are run, whatever fails.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PUBLIC_PACKAGES } from './release-plan.mjs'

const tarballs = mkdtempSync(join(tmpdir(), 'mq-tarballs-'))
const packed = (name) => {
  const file = readdirSync(tarballs).find((file) => file.startsWith(`mq-${name}-`))
  return file ? join(tarballs, file) : `packages/${name} (not packed)`
}

/** Takes npm a while to bring, so it is begun first and asked last. */
const spectral = begin('.ci/spectral.mjs')

const checks = [
  ['build', () => run('turbo run build --output-logs=errors-only')],
  ['types', () => run('tsc --noEmit') && run('turbo run typecheck --continue --output-logs=errors-only')],
  ['the scripts of CI', () => run('node --test .ci/')],
  ['lint', () => run('oxlint')],
  ['imports point down', () => run('depcruise packages/*/src apps/*/src')],
  ['format', () => run('oxfmt --check')],
  ['unused exports and dependencies', () => run('knip --no-config-hints')],
  ...PUBLIC_PACKAGES.flatMap((name) => [
    [`tarball of ${name}`, () => run(`pnpm --dir packages/${name} pack --pack-destination ${tarballs}`)],
    [`publint of ${name}`, () => run(`publint ${packed(name)} --strict`)],
    [`types of ${name} as a consumer sees them`, () => run(`attw ${packed(name)}`)],
  ]),
]

const failures = checks.filter(([name, check]) => !report(name, check())).map(([name]) => name)
const SPECTRAL = 'OpenAPI documents, by Spectral'
const { status: verdict, stdout: words } = await spectral
const isLeftOut = verdict === 3
if (isLeftOut) console.log(`- ${SPECTRAL}: left out (${words.trim()})`)
else if (!report(SPECTRAL, verdict === 0)) {
  console.log(words)
  failures.push(SPECTRAL)
}
const failed = failures.length
const passed = checks.length + (isLeftOut ? 0 : 1) - failed
rmSync(tarballs, { recursive: true })
console.log(`\n${passed} checks passed, ${failed} failed`)
if (process.env.MQ_CHECK_REPORT) {
  writeFileSync(process.env.MQ_CHECK_REPORT, JSON.stringify({ passed, failed, failures }))
}
process.exitCode = failed > 0 ? 1 : 0

/** Quiet when all is well; otherwise what the tool printed. Warnings are printed too. */
function run(command) {
  const { status, stdout, stderr } = spawnSync(command, { shell: true, encoding: 'utf8', maxBuffer: 64 << 20 })
  const ok = status === 0
  if (!ok || /warning/i.test(stdout)) console.log(`$ ${command}\n${stdout}${stderr}`)
  return ok
}

function begin(script) {
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
  let stdout = ''
  child.stdout.on('data', (chunk) => (stdout += chunk))
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, stdout })))
}

function report(name, ok) {
  console.log(`${ok ? '✓' : '✗'} ${name}`)
  return ok
}
