import { access, chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findRedis } from '@mq/redis-server'

const LIBRARIES = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/local/lib/faketime/libfaketime.so.1',
]

/** A Redis whose wall clock can be set, while its timers go on as they do on a real machine. */
export interface FakeTime {
  /** A program to start in place of redis-server. */
  readonly binary: string
  /** The server's clock is so far from ours, from now on. */
  shift(seconds: number): Promise<void>
  remove(): Promise<void>
}

/** Undefined where libfaketime is not installed (Debian: `apt-get install libfaketime`). */
export async function fakeTime(): Promise<FakeTime | undefined> {
  const library = await firstThere(LIBRARIES)
  if (library === undefined) return undefined
  const { path, libraries = '' } = await findRedis()
  const directory = await mkdtemp(join(tmpdir(), 'mq-fake-time-'))
  const [binary, control] = [join(directory, 'redis-server'), join(directory, 'offset')]
  const settings = [
    // Beside jemalloc libfaketime waits for itself while it starts, hence the C library's own malloc.
    `LD_PRELOAD=${library}:libc.so.6`,
    `LD_LIBRARY_PATH=${libraries}`,
    `FAKETIME_TIMESTAMP_FILE=${control}`,
    'FAKETIME_NO_CACHE=1',
    'FAKETIME_DONT_FAKE_MONOTONIC=1',
  ]
  await writeFile(control, '+0')
  await writeFile(binary, `#!/bin/sh\nexec env ${settings.join(' ')} '${path}' "$@"\n`)
  await chmod(binary, 0o755)
  return {
    binary,
    async shift(seconds) {
      // The server may read it at any moment.
      await writeFile(`${control}.next`, `${seconds < 0 ? '' : '+'}${seconds}`)
      await rename(`${control}.next`, control)
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  }
}

async function firstThere(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const isThere = await access(path).then(
      () => true,
      () => false,
    )
    if (isThere) return path
  }
  return undefined
}
