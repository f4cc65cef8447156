import { spawn } from 'node:child_process'

export interface CommandOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Then it is killed, and its end is reported as such. */
  readonly timeoutMs: number
}

export interface CommandEnd {
  readonly stdout: string
  readonly stderr: string
  /** Undefined when it was killed. */
  readonly code: number | undefined
}

export interface StartedCommand {
  /** What the first group of `ready` matched. */
  readonly found: string
  /** By SIGTERM. */
  kill(): void
  readonly end: Promise<CommandEnd>
}

/** Runs a program to its end, however that is. */
export function runCommand(command: string, args: readonly string[], options: CommandOptions): Promise<CommandEnd> {
  return endOf(spawnCommand(command, args, options))
}

/** Starts a program, and resolves once its output matches `ready`. */
export async function startCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
  ready: RegExp,
): Promise<StartedCommand> {
  const child = spawnCommand(command, args, options)
  const end = endOf(child)
  let printed = ''
  const isReady = new Promise<string>((resolve) => {
    child.stdout.on('data', (text: string) => {
      const found = ready.exec((printed += text))?.[1]
      if (found !== undefined) resolve(found)
    })
  })
  const found = await Promise.race([isReady, end])
  if (typeof found !== 'string') throw new Error(`${command} ended: ${found.code}\n${found.stdout}\n${found.stderr}`)
  return { found, kill: () => void child.kill('SIGTERM'), end }
}

function spawnCommand(command: string, args: readonly string[], options: CommandOptions) {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...cleanEnvironment(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: options.timeoutMs,
    killSignal: 'SIGKILL',
  })
  child.stdout.setEncoding('utf8')
  child.stderr.setEncoding('utf8')
  return child
}

function endOf(child: ReturnType<typeof spawnCommand>): Promise<CommandEnd> {
  return new Promise((resolve, reject) => {
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (text: string) => (stdout += text))
    child.stderr.on('data', (text: string) => (stderr += text))
    child.once('error', reject)
    child.once('close', (code) => resolve({ stdout, stderr, code: code ?? undefined }))
  })
}

/** The same; anything but success is an error that shows what was printed. */
export async function mustRun(command: string, args: readonly string[], options: CommandOptions): Promise<string> {
  const end = await runCommand(command, args, options)
  if (end.code === 0) return end.stdout
  const how = end.code === undefined ? `did not end within ${options.timeoutMs} ms` : `ended with ${end.code}`
  throw new Error(`${[command, ...args].join(' ')} ${how}\n${end.stdout}\n${end.stderr}`)
}

/** Without what vitest, pnpm and npm tell their children, and without a Redis that is somebody's own. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_(?!config_registry)|pnpm_|vitest|node_env$|node_options$|redis_url$)/i.test(name),
  )
  return { ...Object.fromEntries(kept), NO_COLOR: '1', TURBO_TELEMETRY_DISABLED: '1' }
}
