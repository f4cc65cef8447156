import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleProgram } from '../../../bundle-program.ts'
import { runCommand } from './run-command.ts'

interface Printed {
  readonly lines: readonly string[]
  readonly errors: string
}

/**
 * Runs an example as its reader would: a process of its own, on Redis if there is a URL, else in memory. It has to end by
 * itself, and with success.
 */
export async function runProgram(file: string, redisUrl: string | undefined, mode?: 'production'): Promise<Printed> {
  const folder = fileURLToPath(new URL('..', import.meta.url))
  const { stdout, stderr, code } = await runCommand(
    process.execPath,
    [bundleProgram(join(folder, 'src', file), { inPlace: true })],
    {
      cwd: folder,
      env: { REDIS_URL: redisUrl, NODE_ENV: mode },
      timeoutMs: 100_000,
    },
  )
  if (code !== 0) {
    throw new Error(`${file} ${code === undefined ? 'did not end' : `ended with ${code}`}\n${stdout}\n${stderr}`)
  }
  return { lines: stdout.split('\n').slice(0, -1), errors: stderr }
}
