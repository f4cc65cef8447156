import { execFile } from 'node:child_process'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findRedis } from '@mq/redis-server'
import type { RedisBinary } from '@mq/redis-server'

const run = promisify(execFile)

/** Undefined where it works; else why Redis cannot be made to misbehave on this machine. */
export async function preloadImpossible(platform: string): Promise<string | undefined> {
  if (platform !== 'linux') return `LD_PRELOAD as used here is Linux's, and this is ${platform}`
  return run('cc', ['--version']).then(
    () => undefined,
    () => 'there is no C compiler (cc) on the PATH',
  )
}

/** A Redis with some functions of the C library replaced by those of `source`. */
export async function preloadedRedis(
  source: string,
  directory: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<RedisBinary> {
  const shim = join(directory, 'shim.so')
  await run('cc', ['-shared', '-fPIC', '-O2', '-Wall', '-o', shim, source, '-ldl', '-lpthread'])
  const { path, libraries } = await findRedis()
  const wrapper = join(directory, 'preloaded-redis')
  const set = Object.entries(variables).map(([name, value]) => `${name}='${value}' `)
  await writeFile(wrapper, `#!/bin/sh\n${set.join('')}LD_PRELOAD='${shim}' exec '${path}' "$@"\n`)
  await chmod(wrapper, 0o755)
  return { path: wrapper, libraries }
}
