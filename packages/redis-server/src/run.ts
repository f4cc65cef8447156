import { execFile } from 'node:child_process'
import { env } from 'node:process'
import { promisify } from 'node:util'

export interface RunOptions {
  readonly directory?: string | undefined
  readonly libraries?: string | undefined
}

/** Runs a program to its end and answers what it printed. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { stdout } = await promisify(execFile)(command, args, {
    cwd: options.directory,
    env: { ...env, LC_ALL: 'C', ...(options.libraries && { LD_LIBRARY_PATH: options.libraries }) },
    timeout: 120_000,
  })
  return stdout
}
