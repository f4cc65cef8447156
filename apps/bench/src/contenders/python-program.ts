import { repositoryRoot } from '@mq/redis-server'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { unpackedPackages } from '../servers/debian-packages.ts'

/** Debian's own, for which its packages are made; another one on the PATH may be of another version. */
const PYTHON = '/usr/bin/python3'
const PACKAGES = [
  ...['amqp', 'async-timeout', 'billiard', 'cached-property', 'celery', 'click', 'click-didyoumean', 'click-plugins'],
  ...['click-repl', 'colorama', 'dateutil', 'deprecated', 'importlib-metadata', 'kombu', 'more-itertools', 'packaging'],
  ...['pkg-resources', 'prompt-toolkit', 'redis', 'rq', 'six', 'typing-extensions', 'tz', 'vine', 'wcwidth', 'wrapt'],
  'zipp',
].map((name) => `python3-${name}`)

let found: string | undefined

/** Why there can be no Python program here; undefined where there can. */
export async function pythonUnavailable(): Promise<string | undefined> {
  try {
    await access(PYTHON)
    found = await packages()
    return undefined
  } catch (error) {
    return `Debian’s Python and its packages cannot be had here: ${(error as Error).message.split('\n')[0]}`
  }
}

/** Of one of the packages, where `pythonUnavailable` found them. */
export function pythonVersion(name: string): string {
  const entries = found === undefined ? [] : readdirSync(found)
  const entry = entries.find((each) => each.startsWith(`${name}-`) && each.endsWith('.egg-info'))
  return entry?.slice(name.length + 1, -'.egg-info'.length) ?? ''
}

type Answer = { readonly number: number; readonly value?: unknown; readonly error?: string }

/** A program of `python/`, which gets orders on stdin and answers on stdout: see `python/driven.py`. */
export class PythonProgram {
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>
  readonly #orders = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  #number = 0

  private constructor(child: ChildProcess) {
    this.#child = child
    this.#exited = once(child, 'exit')
    child.on('exit', (code) => {
      for (const { reject } of this.#orders.values()) reject(new Error(`the Python program ended with ${code}`))
      this.#orders.clear()
    })
    child.stdin?.on('error', () => {}) // 'exit' tells what waits for an answer
  }

  /** Resolves when it is connected. `onHandled` hears of each task that it handles. */
  static async start(
    file: string,
    args: readonly string[],
    onHandled: (n: number) => void = () => undefined,
    more: Readonly<Record<string, string>> = {},
  ): Promise<PythonProgram> {
    const sources = join(await repositoryRoot(), 'apps', 'bench', 'python')
    const home = await packages()
    const variables = {
      PYTHONPATH: `${sources}:${home}`,
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONWARNINGS: 'ignore',
      ...more,
    }
    const settings = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
    const child = spawn('env', [...settings, PYTHON, join(sources, file), ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const program = new PythonProgram(child)
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)))
      createInterface({ input: child.stdout! }).on('line', (line) => {
        if (line.startsWith('h ')) onHandled(Number(line.slice(2)))
        else if (line === 'ready') resolve()
        else program.#answered(JSON.parse(line) as Answer)
      })
    })
    return program
  }

  /** Resolves to its answer. */
  order(act: string, value?: unknown): Promise<unknown> {
    const number = this.#number++
    this.#child.stdin?.write(`${JSON.stringify({ number, act, value })}\n`)
    return new Promise((resolve, reject) => this.#orders.set(number, { resolve, reject }))
  }

  async end(): Promise<void> {
    this.#child.stdin?.end()
    await this.#exited
  }

  #answered({ number, value, error }: Answer): void {
    const order = this.#orders.get(number)
    this.#orders.delete(number)
    if (error === undefined) order?.resolve(value)
    else order?.reject(new Error(error))
  }
}

async function packages(): Promise<string> {
  return join(await unpackedPackages('python', PACKAGES), 'usr', 'lib', 'python3', 'dist-packages')
}
