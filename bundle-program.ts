import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildSync } from 'esbuild'

const bundles = new Map<string, string>()

/**
 * For a test that starts a program of its own: the program and all of this workspace that it imports, from source, as one file that Node
 * starts five times as fast as one that loads each of them by itself. It lies below the program's package, so it finds what that installed.
 * `inPlace`: it finds the files beside its source, too, but not itself.
 */
export function bundleProgram(
  program: string,
  { inPlace = false }: { readonly inPlace?: boolean | undefined } = {},
): string {
  const key = `${program} ${inPlace}`
  const known = bundles.get(key)
  if (known !== undefined) return known
  const home = packageOf(program)
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as {
    readonly [field: string]: Readonly<Record<string, string>> | undefined
  }
  const { outputFiles } = buildSync({
    entryPoints: [program],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@mq/source'],
    // What starts threads and processes does so by files beside its own.
    external: Object.keys({ ...dependencies, ...devDependencies }).filter(
      (name) => !name.startsWith('@mq/') || name === '@mq/isolate',
    ),
    ...(inPlace ? { define: { 'import.meta.url': JSON.stringify(pathToFileURL(program).href) } } : undefined),
    // For packages of others in CommonJS that a package of ours brings.
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url)",
    },
    logLevel: 'error',
  })
  const { contents } = outputFiles[0]!
  const hash = createHash('sha1').update(contents).digest('hex').slice(0, 12)
  const cache = join(home, 'node_modules', '.cache', 'mq-programs')
  const file = join(cache, `${basename(program, '.ts')}-${hash}.mjs`)
  if (!existsSync(file)) {
    mkdirSync(cache, { recursive: true })
    const mine = `${file}.${randomUUID()}`
    writeFileSync(mine, contents)
    renameSync(mine, file) // whole, whoever else does the same at the moment
  }
  bundles.set(key, file)
  return file
}

function packageOf(file: string): string {
  let folder = dirname(file)
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  return folder
}
