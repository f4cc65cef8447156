// Spectral's opinion of the OpenAPI documents: `node .ci/spectral.mjs`. With what it brings it is 52 MB, so that it is no dependency: npx
// takes one version of it, and where that cannot be had the check is left out, with the reason. Exit code 0: nothing found; 1; 3: left out.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SPECTRAL = '@stoplight/spectral-cli@6.16.3'
/** To install it and to run it. */
const MOST_MS = 180_000
/** Who answers for a console is for its host to say, not for its package. */
const RULESET = { extends: ['spectral:oas'], rules: { 'info-contact': 'off' } }
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const DESCRIBE = fileURLToPath(new URL('./describe-apis.mjs', import.meta.url))

/** Where npm could not bring it, `leftOut`; what it found or how it failed otherwise, as `text`. */
export function spectralVerdict({ status, stdout, stderr, tookTooLong }) {
  if (tookTooLong) return { leftOut: `npx ${SPECTRAL} took too long` }
  const found = findings(stdout)
  if (found !== undefined) return { ok: found.length === 0 && status === 0, text: found.join('\n') }
  const npm = /^npm (?:error|ERR!) .*$/m.exec(stderr)
  return npm ? { leftOut: npm[0] } : { ok: false, text: `${SPECTRAL}, exit code ${status}: ${stdout}${stderr}` }
}

function findings(stdout) {
  try {
    return JSON.parse(stdout).map(
      ({ code, message, path, source }) => `${code}: ${message} (${source.split('/').at(-1)}, ${path.join(' ')})`,
    )
  } catch {
    return undefined
  }
}

function called(args, cwd) {
  // Without a network npm would try again for minutes.
  const env = { ...process.env, npm_config_fetch_retries: '1', npm_config_fetch_timeout: '30000' }
  return new Promise((resolve) => {
    const child = spawn('npx', args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    const result = { status: null, stdout: '', stderr: '', tookTooLong: false }
    const timer = setTimeout(() => {
      result.tookTooLong = true
      if (child.pid) process.kill(-child.pid, 'SIGKILL')
    }, MOST_MS)
    for (const name of ['stdout', 'stderr']) child[name].on('data', (chunk) => (result[name] += chunk))
    child.on('error', ({ message }) => (result.stderr += message))
    child.on('close', (status) => {
      clearTimeout(timer)
      resolve({ ...result, status })
    })
  })
}

async function lintApis() {
  const folder = mkdtempSync(join(tmpdir(), 'mq-apis-'))
  try {
    const describing = ['--conditions=@mq/source', '--import', 'tsx', DESCRIBE, folder]
    const { status, stderr } = spawnSync(process.execPath, describing, { cwd: ROOT, encoding: 'utf8' })
    if (status !== 0) return { ok: false, text: `no document: ${stderr}` }
    const documents = readdirSync(folder)
    writeFileSync(join(folder, 'ruleset.json'), JSON.stringify(RULESET))
    const options = ['-r', 'ruleset.json', '-f', 'json', '--quiet', '--fail-severity', 'warn']
    return spectralVerdict(await called(['-y', SPECTRAL, 'lint', ...documents, ...options], folder))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { leftOut, ok, text } = await lintApis()
  console.log(leftOut ?? text)
  process.exitCode = leftOut ? 3 : ok ? 0 : 1
}
