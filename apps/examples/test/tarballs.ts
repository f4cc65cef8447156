import { cp, mkdir, readFile, readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mustRun, runCommand } from './run-command.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const elsewhere = fileURLToPath(new URL('../elsewhere', import.meta.url))
export const { PUBLIC_PACKAGES } = (await import(join(root, '.ci/release-plan.mjs'))) as {
  readonly PUBLIC_PACKAGES: readonly string[]
}

/** Builds and packs what the registry would get. Answers the paths of the tarballs. */
export async function packPublicPackages(into: string): Promise<string[]> {
  await mkdir(into, { recursive: true })
  const filters = PUBLIC_PACKAGES.map((name) => `--filter=@mq/${name}`)
  const turbo = join(root, 'node_modules/.bin/turbo')
  await withPnpm([turbo, 'run', 'build', 'types', ...filters, '--output-logs=errors-only'], root)
  for (const name of PUBLIC_PACKAGES)
    await withPnpm(['pnpm', 'pack', '--pack-destination', into], join(root, 'packages', name))
  return (await readdir(into)).map((file) => join(into, file))
}

/** A copy of `elsewhere/<name>` with the tarballs and other packages installed, or inside a project that has them. */
export async function makeProject(name: string, directory: string, install: readonly string[] = []): Promise<void> {
  await cp(join(elsewhere, name), directory, { recursive: true })
  if (install.length === 0) return
  const quiet = ['--no-audit', '--no-fund', '--no-package-lock', '--prefer-offline', '--loglevel=error']
  await mustRun('npm', ['install', ...quiet, ...install], { cwd: directory, timeoutMs: 600_000 })
}

/** Compiles a project with the workspace's TypeScript: whatever it finds is an error. */
export async function compileProject(directory: string): Promise<void> {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  await mustRun(process.execPath, [tsc, '--project', '.'], { cwd: directory, timeoutMs: 600_000 })
}

/** One file of a compiled project and all that it imports, in the place of that file. */
export async function bundleProject(directory: string): Promise<void> {
  const { build } = createRequire(createRequire(join(root, 'package.json')).resolve('tsup'))('esbuild') as {
    build(options: object): Promise<unknown>
  }
  const entryPoints = [join(directory, 'compiled/main.js')]
  await build({
    entryPoints,
    bundle: true,
    platform: 'node',
    outfile: join(directory, 'dist/main.js'),
    logLevel: 'error',
  })
}

/** Turbo and `pack` need a pnpm: that of this run, or else the one that the workspace pins. */
async function withPnpm(command: readonly string[], cwd: string): Promise<void> {
  const [program = '', ...args] = [...(await (bring ??= howToBring())), ...command]
  await mustRun(program, args, { cwd, timeoutMs: 600_000 })
}

let bring: Promise<readonly string[]> | undefined

async function howToBring(): Promise<readonly string[]> {
  const found = await runCommand('pnpm', ['--version'], { cwd: root, timeoutMs: 60_000 }).catch(() => undefined)
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { packageManager: string }
  return found?.code === 0 ? [] : ['npx', '-y', '-p', manifest.packageManager, '--']
}
