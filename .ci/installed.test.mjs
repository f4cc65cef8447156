import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

void test('a script of the whole workspace works after a filtered one in a fresh clone', () => {
  const clone = mkdtempSync(join(tmpdir(), 'mq-clone-'))
  try {
    const tracked = run(root, 'git', ['ls-files']).split('\n')
    const manifests = tracked.filter(
      (file) => /(^|\/)package\.json$|^pnpm-|^\.ci\//.test(file) && existsSync(join(root, file)),
    )
    for (const file of manifests) cpSync(join(root, file), join(clone, file))
    run(clone, 'pnpm', ['--filter', '@mq/contracts', 'exec', 'node', '--version'])
    assert.equal(
      existsSync(join(clone, 'apps/web/node_modules')),
      false,
      'pnpm installed more than was asked: is this still needed?',
    )
    run(clone, 'node', ['.ci/installed.mjs'])
    assert.equal(existsSync(join(clone, 'apps/web/node_modules/fastify')), true)
  } finally {
    rmSync(clone, { recursive: true, force: true })
  }
})

function run(cwd, command, args) {
  // A script of pnpm's tells its children not to look at the dependencies.
  const { pnpm_config_verify_deps_before_run: _, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8', timeout: 300_000 })
  assert.equal(status, 0, `${command} ${args.join(' ')}\n${stdout}${stderr}`)
  return stdout
}
