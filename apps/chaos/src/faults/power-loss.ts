import { execFile } from 'node:child_process'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findRedis } from '@mq/redis-server'
import type { RedisBinary } from '@mq/redis-server'

const run = promisify(execFile)

/** Undefined where it works; else why no power can be lost on this machine. */
export async function powerLossImpossible(platform: string): Promise<string | undefined> {
  if (platform !== 'linux') return `LD_PRELOAD as used here is Linux's, and this is ${platform}`
  return run('cc', ['--version']).then(
    () => undefined,
    () => 'there is no C compiler (cc) on the PATH',
  )
}

/** A Redis whose SIGKILL is a loss of power: what it has written to its append-only file and not synced is gone. */
export async function redisThatLosesPower(source: string, directory: string): Promise<RedisBinary> {
  const shim = join(directory, 'power-loss.so')
  await run('cc', ['-shared', '-fPIC', '-O2', '-Wall', '-o', shim, source, '-ldl', '-lpthread'])
  const { path, libraries } = await findRedis()
  const wrapper = join(directory, 'redis-that-loses-power')
  await writeFile(wrapper, `#!/bin/sh\nLD_PRELOAD='${shim}' exec '${path}' "$@"\n`)
  await chmod(wrapper, 0o755)
  return { path: wrapper, libraries }
}
