import { chmod, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** For one server, which removes it when it ends. Others may look in: a server may run as somebody else. */
export async function privateDirectory(server: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), `mq-bench-${server}-`))
  await chmod(directory, 0o755)
  return directory
}
