import { env } from 'node:process'
import { downloadNewer, downloadRedis, downloadValkey, hasDebianTools } from './debian-download.ts'
import type { Make } from './debian-download.ts'
import type { RedisBinary } from './redis-binary.ts'
import { run } from './run.ts'

const OLDEST_MAJOR = 7

const HOW_TO_INSTALL = `mq needs a Redis server (${OLDEST_MAJOR}.0 or newer, or Valkey) for this, and found none. Any of these helps:
  Debian, Ubuntu   sudo apt-get install redis-server
  macOS            brew install redis
  elsewhere        put redis-server or valkey-server on the PATH, or name it: MQ_TEST_REDIS_SERVER=/path/to/redis-server`

/**
 * The server to run: the one that is named, else one on the PATH, else Debian's, unpacked into this repository's cache.
 */
export async function findRedis(): Promise<RedisBinary> {
  const named = env['MQ_TEST_REDIS_SERVER']
  if (named) {
    await version({ path: named }) // a named one that does not run is a mistake to report, not to work around
    return { path: named }
  }
  for (const path of ['redis-server', 'valkey-server']) {
    if (await isRecent({ path })) return { path }
  }
  if (!(await hasDebianTools())) throw new Error(HOW_TO_INSTALL)
  const downloaded = await downloadRedis().catch((error: unknown) => {
    throw new Error(HOW_TO_INSTALL, { cause: error })
  })
  if (!(await isRecent(downloaded)))
    throw new Error(`${HOW_TO_INSTALL}\n(Debian's own is too old here, or does not run.)`)
  return downloaded
}

/**
 * The Valkey to run: the one that `MQ_TEST_VALKEY_SERVER` names, else one on the PATH, else Debian's. Where none can be
 * had it is the reason, for tests to print as they leave themselves out.
 */
export async function findValkey(): Promise<RedisBinary | string> {
  const named = env['MQ_TEST_VALKEY_SERVER']
  if (named) {
    await version({ path: named })
    return { path: named }
  }
  if (await isRecent({ path: 'valkey-server' })) return { path: 'valkey-server' }
  if (!(await hasDebianTools())) return 'no valkey-server on the PATH; MQ_TEST_VALKEY_SERVER can name one'
  try {
    const downloaded = await downloadValkey()
    await version(downloaded)
    return downloaded
  } catch (error) {
    return `no valkey-server on the PATH, and none could be fetched: ${String(error).split('\n')[0]}`
  }
}

export interface NewerServer {
  readonly make: Make
  /** Of Debian. */
  readonly suite: string
}

/** Redis 8, Valkey 8 and Valkey 9, in the versions that Debian has. */
export const NEWER_SERVERS: readonly NewerServer[] = [
  { make: 'redis', suite: 'trixie' },
  { make: 'redis', suite: 'sid' },
  { make: 'valkey', suite: 'trixie' },
  { make: 'valkey', suite: 'sid' },
]

/** Where it cannot be had, the reason, for tests to print as they leave it out. */
export async function findNewer({ make, suite }: NewerServer): Promise<RedisBinary | string> {
  if (!(await hasDebianTools())) return 'there is no apt-get and dpkg-deb'
  try {
    const downloaded = await downloadNewer(make, suite)
    await version(downloaded)
    return downloaded
  } catch (error) {
    return `it could not be fetched: ${String(error).split('\n')[0]}`
  }
}

async function isRecent(binary: RedisBinary): Promise<boolean> {
  try {
    return Number.parseInt(await version(binary)) >= OLDEST_MAJOR
  } catch {
    return false // not there
  }
}

async function version(binary: RedisBinary): Promise<string> {
  const printed = await run(binary.path, ['--version'], { libraries: binary.libraries })
  const found = /v=(\d+\.\d+\.\d+)/.exec(printed)?.[1]
  if (!found) throw new Error(`${binary.path} --version does not answer as Redis does: ${printed}`)
  return found
}
