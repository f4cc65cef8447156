import { execFile } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findRedis } from '@mq/redis-server'
import type { RedisBinary } from '@mq/redis-server'

const run = promisify(execFile)

/** Undefined where it works; else why functions of the C library cannot be replaced on this machine. */
export async function preloadImpossible(platform: string): Promise<string | undefined> {
  if (platform !== 'linux') return `LD_PRELOAD as used here is Linux's, and this is ${platform}`
  return run('cc', ['--version']).then(
    () => undefined,
    () => 'there is no C compiler (cc) on the PATH',
  )
}

/** Answers the library made of `source`. */
export async function compileShim(source: string, directory: string): Promise<string> {
  const shim = join(directory, 'shim.so')
  await run('cc', ['-shared', '-fPIC', '-O2', '-Wall', '-o', shim, source, '-ldl', '-lpthread'])
  return shim
}

/** Makes `file` a program that is `program` with some functions of the C library replaced by those of the shim. */
export function writePreloading(
  file: string,
  program: string,
  shim: string,
  variables: Readonly<Record<string, string>>,
): void {
  const set = Object.entries(variables).map(([name, value]) => `${name}='${value}' `)
  writeFileSync(file, `#!/bin/sh\n${set.join('')}LD_PRELOAD='${shim}' exec '${program}' "$@"\n`)
  chmodSync(file, 0o755)
}

export async function preloadedRedis(
  source: string,
  directory: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<RedisBinary> {
  const { path, libraries } = await findRedis()
  const wrapper = join(directory, 'preloaded-redis')
  writePreloading(wrapper, path, await compileShim(source, directory), variables)
  return { path: wrapper, libraries }
}
