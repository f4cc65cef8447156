// Before a script of the whole workspace: pnpm installs by itself (`verifyDepsBeforeRun`), but after a filtered run only what the
// root needs, and counts all as done. Where a workspace lacks its dependencies, everything is installed.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const workspaces = ['packages', 'apps'].flatMap((folder) =>
  readdirSync(join(root, folder)).map((name) => join(root, folder, name)),
)

if (workspaces.some(lacksDependencies)) {
  const { status } = spawnSync('pnpm', ['install', '--frozen-lockfile'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  process.exitCode = status ?? 1
}

function lacksDependencies(workspace) {
  const manifest = join(workspace, 'package.json')
  if (!existsSync(manifest) || existsSync(join(workspace, 'node_modules'))) return false
  const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8'))
  return Object.keys({ ...dependencies, ...devDependencies }).length > 0
}
