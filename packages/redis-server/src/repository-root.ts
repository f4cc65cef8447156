import { access } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** The same folder seen from source and from a built file. */
export async function repositoryRoot(): Promise<string> {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    if (await exists(join(folder, 'pnpm-workspace.yaml'))) return folder
  }
  throw new Error('@mq/redis-server works inside the mq repository only')
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
