import { chmod, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RedisBinary } from './redis-binary.ts'
import { onlyOneProcess } from './only-one-process.ts'
import { KEYRING, privateAptState } from './private-apt.ts'
import { exists, repositoryRoot } from './repository-root.ts'
import { run } from './run.ts'

/** The `…-check-rdb` of these is the server itself: it looks at the name by which it is called. */
export type Make = 'redis' | 'valkey'

/**
 * What comes from the distribution that runs here uses its libraries; what comes from a newer one brings all that it
 * needs.
 */
const PACKAGES = ['libjemalloc2', 'liblzf1']
const ALL_PACKAGES = [
  ...PACKAGES,
  'libc6',
  'libssl3t64',
  'libsystemd0',
  'libatomic1',
  'libzstd1',
  'libcap2',
  'libstdc++6',
  'libgcc-s1',
]
const NEWER = 'trixie'

export async function hasDebianTools(): Promise<boolean> {
  try {
    await run('apt-get', ['--version'])
    await run('dpkg-deb', ['--version'])
    return true
  } catch {
    return false
  }
}

/** Debian's Redis, unpacked without root and without touching the system. Downloaded once per checkout. */
export async function downloadRedis(): Promise<RedisBinary> {
  const home = await unpacked('redis', undefined)
  const folders = await libraryFolders(home)
  return { path: serverIn(home, 'redis'), libraries: folders.join(':') }
}

export async function downloadValkey(): Promise<RedisBinary> {
  return downloadNewer('valkey', NEWER)
}

/** A server of a Debian that may be newer than the one here, so it runs with that one's loader and libraries. */
export async function downloadNewer(make: Make, suite: string): Promise<RedisBinary> {
  if (!(await exists(KEYRING))) throw new Error(`it is fetched on Debian only: there is no ${KEYRING}`)
  return { path: join(await unpacked(make, suite), `${make}-server`) }
}

async function unpacked(make: Make, suite: string | undefined): Promise<string> {
  const cache = join(await repositoryRoot(), 'node_modules', '.cache', 'mq-redis')
  const architecture = (await run('dpkg', ['--print-architecture'])).trim()
  const name = [...(suite === undefined ? [] : [make, suite]), architecture].join('-')
  const home = join(cache, name)
  await mkdir(cache, { recursive: true })
  await onlyOneProcess(join(cache, `${name}.lock`), async () => {
    if (!(await exists(home))) await download(make, suite, cache, home)
  })
  return home
}

async function libraryFolders(home: string): Promise<string[]> {
  const libraries = join(home, 'usr', 'lib')
  return (await readdir(libraries)).map((folder) => join(libraries, folder))
}

/** What is at `home` is whole: it gets there by one rename. */
async function download(make: Make, suite: string | undefined, cache: string, home: string): Promise<void> {
  const work = await mkdtemp(join(cache, 'incoming-'))
  try {
    const state = await privateAptState(work, suite)
    await run('apt-get', [...state, 'update'])
    const packages = [`${make}-tools`, ...(suite === undefined ? PACKAGES : ALL_PACKAGES)]
    await run('apt-get', [...state, 'download', ...packages], { directory: work })
    const root = join(work, 'unpacked')
    const archives = (await readdir(work)).filter((name) => name.endsWith('.deb'))
    for (const archive of archives) await run('dpkg-deb', ['-x', join(work, archive), root])
    await symlink(`${make}-check-rdb`, serverIn(root, make))
    if (suite !== undefined) await addStarter(root, make)
    await rename(root, home).catch(async (error: unknown) => {
      if (!(await exists(home))) throw error // else another process was faster
    })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** A script that starts the server by the loader that came with it, from wherever the folder is then. */
async function addStarter(root: string, make: Make): Promise<void> {
  const folders = await libraryFolders(root)
  const inFolders = await Promise.all(
    folders.map(async (folder) => (await readdir(folder)).map((name) => join(folder, name))),
  )
  const loader = inFolders.flat().find((path) => /\/ld-linux-[^/]*$/.test(path))
  if (loader === undefined) throw new Error('libc6 came without a loader')
  const here = (path: string): string => `"$home"${path.slice(root.length)}`
  const start = `${here(loader)} --argv0 ${make}-server --library-path ${folders.map(here).join(':')}`
  const path = join(root, `${make}-server`)
  const home = 'home=$(dirname "$(readlink -f "$0")")'
  await writeFile(path, `#!/bin/sh\n${home}\nexec ${start} ${here(serverIn(root, make))} "$@"\n`)
  await chmod(path, 0o755)
}

function serverIn(folder: string, make: Make): string {
  return join(folder, 'usr', 'bin', `${make}-server`)
}
