import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './run.ts'

export const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

/**
 * Arguments by which `apt-get` keeps its state in the folder `work`, and needs no root. With a `suite` it knows the
 * packages of that Debian alone; without, those of the one that is here.
 */
export async function privateAptState(work: string, suite: string | undefined): Promise<string[]> {
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
  const [list, status] = [join(work, 'sources.list'), join(work, 'status')]
  await writeFile(list, `deb [signed-by=${KEYRING}] ${await archiveInUse()} ${suite} main\n`)
  await writeFile(status, '')
  return {
    'Dir::Etc::sourcelist': list,
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Dir::State::status': status,
    'Acquire::Languages': 'none',
  }
}

/** Where this machine gets Debian from: a mirror, perhaps, and the only one that it reaches. */
async function archiveInUse(): Promise<string> {
  const uris = (await run('apt-get', ['indextargets', '--format', '$(REPO_URI)'])).split('\n')
  const archive = uris.find((uri) => /\/debian\/?$/.test(uri))
  if (archive === undefined) throw new Error('this machine has no source of Debian')
  return archive
}
