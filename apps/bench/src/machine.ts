import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'

/** Where and with what a run was made. */
export interface Machine {
  readonly date: string
  readonly cpu: string
  readonly cpus: number
  readonly node: string
  /** Name and version. */
  readonly redis: string
  /** Over the last minute. */
  readonly load: number
  /** By npm package. */
  readonly versions: Readonly<Record<string, string>>
}

export interface MachineParts {
  readonly url: string
  readonly node: string
  readonly packages: readonly string[]
}

export async function describeMachine({ url, node, packages }: MachineParts): Promise<Machine> {
  const processors = cpus()
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: processors[0]?.model.trim() || 'CPU of unknown kind',
    cpus: processors.length,
    node,
    redis: await serverOf(url),
    load: loadavg()[0] ?? 0,
    versions: Object.fromEntries(await Promise.all(packages.map(async (name) => [name, await versionOf(name)]))),
  }
}

async function serverOf(url: string): Promise<string> {
  const client = new Redis(url, { lazyConnect: true })
  await client.connect()
  const info = await client.info('server')
  client.disconnect()
  const valkey = /^valkey_version:(\S+)/m.exec(info)?.[1]
  return valkey ? `Valkey ${valkey}` : `Redis ${/^redis_version:(\S+)/m.exec(info)?.[1]}`
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
