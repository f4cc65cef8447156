import { access, mkdir, mkdtemp, readdir, rename, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { RedisBinary } from './find-redis.ts'
import { onlyOneProcess } from './only-one-process.ts'
import { run } from './run.ts'

/** redis-check-rdb in redis-tools is the server itself: it looks at the name by which it is called. */
const PACKAGES = ['redis-tools', 'libjemalloc2', 'liblzf1']

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
export async function downloadFromDebian(): Promise<RedisBinary> {
  const cache = join(await repositoryRoot(), 'node_modules', '.cache', 'mq-redis')
  const architecture = (await run('dpkg', ['--print-architecture'])).trim()
  const home = join(cache, architecture)
  await mkdir(cache, { recursive: true })
  await onlyOneProcess(join(cache, `${architecture}.lock`), async () => {
    if (!(await exists(home))) await download(cache, home)
  })
  const libraries = join(home, 'usr', 'lib')
  const folders = await readdir(libraries)
  return { path: serverIn(home), libraries: folders.map((folder) => join(libraries, folder)).join(':') }
}

/** What is at `home` is whole: it gets there by one rename. */
async function download(cache: string, home: string): Promise<void> {
  const work = await mkdtemp(join(cache, 'incoming-'))
  try {
    const state = await privateAptState(work)
    await run('apt-get', [...state, 'update'])
    await run('apt-get', [...state, 'download', ...PACKAGES], { directory: work })
    const unpacked = join(work, 'unpacked')
    const archives = (await readdir(work)).filter((name) => name.endsWith('.deb'))
    for (const archive of archives) await run('dpkg-deb', ['-x', join(work, archive), unpacked])
    await symlink('redis-check-rdb', serverIn(unpacked))
    await rename(unpacked, home).catch(async (error: unknown) => {
      if (!(await exists(home))) throw error // else another process was faster
    })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function privateAptState(work: string): Promise<string[]> {
  await mkdir(join(work, 'lists', 'partial'), { recursive: true })
  await mkdir(join(work, 'cache', 'archives', 'partial'), { recursive: true })
  const settings = {
    'Dir::State::lists': join(work, 'lists'),
    'Dir::Cache': join(work, 'cache'),
    'Debug::NoLocking': '1',
    'APT::Sandbox::User': '',
    'Acquire::Retries': '2',
    'Acquire::http::Timeout': '20',
  }
  return ['-q', ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])]
}

function serverIn(folder: string): string {
  return join(folder, 'usr', 'bin', 'redis-server')
}

/** The same folder seen from source and from a built file. */
async function repositoryRoot(): Promise<string> {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    if (await exists(join(folder, 'pnpm-workspace.yaml'))) return folder
  }
  throw new Error('@mq/redis-server works inside the mq repository only')
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
