import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'

/** Where and with what a run was made. */
export interface Machine {
  readonly date: string
  readonly cpu: string
  readonly cpus: number
  readonly node: string
  /** Over the last minute. */
  readonly load: number
  /** By npm package. */
  readonly versions: Readonly<Record<string, string>>
}

export interface MachineParts {
  readonly node: string
  readonly packages: readonly string[]
}

export async function describeMachine({ node, packages }: MachineParts): Promise<Machine> {
  const processors = cpus()
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: processors[0]?.model.trim() || 'CPU of unknown kind',
    cpus: processors.length,
    node,
    load: loadavg()[0] ?? 0,
    versions: Object.fromEntries(await Promise.all(packages.map(async (name) => [name, await versionOf(name)]))),
  }
}

/** Not every package lets its package.json be resolved, so it is looked for where packages lie. */
async function versionOf(name: string): Promise<string> {
  const { paths } = createRequire(import.meta.url).resolve
  for (const folder of paths(name) ?? []) {
    const text = await readFile(join(folder, name, 'package.json'), 'utf8').catch(() => undefined)
    if (text !== undefined) return (JSON.parse(text) as { version: string }).version
  }
  throw new Error(`${name} is not installed`)
}
