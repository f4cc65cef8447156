import { access, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
// oxlint-disable-next-line no-restricted-imports -- its work is other processes, which get this one's environment
import { env } from 'node:process'
import { promisify } from 'node:util'

const TAKES_AT_MOST_MS = 180_000

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

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

async function privateAptState(work: string, suite: string | undefined): Promise<string[]> {
  await mkdir(join(work, 'lists', 'partial'), { recursive: true })
  await mkdir(join(work, 'cache', 'archives', 'partial'), { recursive: true })
  const settings = {
    'Dir::State::lists': join(work, 'lists'),
    'Dir::Cache': join(work, 'cache'),
    'Debug::NoLocking': '1',
    'APT::Sandbox::User': '',
    'Acquire::Retries': '2',
    'Acquire::http::Timeout': '20',
    ...(suite !== undefined && (await sourceOf(work, suite))),
  }
  return ['-q', ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])]
}

/** Settings by which apt sees that Debian alone, and nothing of what is installed here. */
async function sourceOf(work: string, suite: string): Promise<Record<string, string>> {
  const uris = (await run('apt-get', ['indextargets', '--format', '$(REPO_URI)'])).split('\n')
  const archive = uris.find((uri) => /\/debian\/?$/.test(uri))
  if (archive === undefined) throw new Error('this machine has no source of Debian')
  const [list, status] = [join(work, 'sources.list'), join(work, 'status')]
  await writeFile(list, `deb [signed-by=${KEYRING}] ${archive} ${suite} main\n`)
  await writeFile(status, '')
  return {
    'Dir::Etc::sourcelist': list,
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Dir::State::status': status,
    'Acquire::Languages': 'none',
  }
}

/** The same folder seen from source and from a built file. */
export async function repositoryRoot(): Promise<string> {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    if (await exists(join(folder, 'pnpm-workspace.yaml'))) return folder
  }
  throw new Error('the benchmark works inside the mq repository only')
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
