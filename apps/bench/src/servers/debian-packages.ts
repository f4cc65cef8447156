import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
// oxlint-disable-next-line no-restricted-imports -- its work is other processes, which get this one's environment
import { env } from 'node:process'
import { promisify } from 'node:util'
import { exists, privateAptState, repositoryRoot } from '@mq/redis-server'

const TAKES_AT_MOST_MS = 180_000

/**
 * Debian's packages, unpacked without root and without touching the system; answers the folder. Downloaded once per
 * checkout. With a `suite` they come from that Debian; without, from the one that is here.
 */
export async function unpackedPackages(name: string, packages: readonly string[], suite?: string): Promise<string> {
  const architecture = (await run('dpkg', ['--print-architecture'])).trim()
  const cache = join(await repositoryRoot(), 'node_modules', '.cache', 'mq-bench')
  const home = join(cache, [name, suite, architecture].filter(Boolean).join('-'))
  if (await exists(home)) return home
  await mkdir(cache, { recursive: true })
  const work = await mkdtemp(join(cache, 'incoming-'))
  try {
    const state = await privateAptState(work, suite)
    await run('apt-get', [...state, 'update'])
    await run('apt-get', [...state, 'download', ...packages], work)
    const root = join(work, 'unpacked')
    for (const archive of (await readdir(work)).filter((file) => file.endsWith('.deb'))) {
      await run('dpkg-deb', ['-x', join(work, archive), root])
    }
    // What is at `home` is whole; it may have come from another process meanwhile.
    await rename(root, home).catch(async (error: unknown) => {
      if (!(await exists(home))) throw error
    })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return home
}

/** For the unpacked programs: where their shared libraries are. */
export async function libraryPath(home: string): Promise<string> {
  const libraries = join(home, 'usr', 'lib')
  const folders = await readdir(libraries).catch(() => [])
  return folders
    .filter((folder) => folder.endsWith('-linux-gnu'))
    .map((folder) => join(libraries, folder))
    .join(':')
}

/** Runs a program to its end and answers what it printed. */
export async function run(command: string, args: readonly string[], directory?: string): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, {
    cwd: directory,
    env: { ...env, LC_ALL: 'C' },
    timeout: TAKES_AT_MOST_MS,
  })
  return stdout
}
