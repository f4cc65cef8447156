import { expect, it } from 'vitest'
import { z } from 'zod'
import type { HostProcess } from '../src/lifecycle.ts'
import { readEnvOrExit } from '../src/run-app.ts'

const env = z
  .object({
    PORT: z.string().default('5000').describe('where it listens'),
    LOUD: z
      .enum(['yes', 'no'])
      .default('no')
      .transform((text) => text === 'yes')
      .describe('whether it shouts'),
    NAME: z.string().min(3, 'is too short').optional().describe('what it is called'),
  })
  .refine(() => true)

/** What it printed where, and with which code it ended. */
function start(argv: readonly string[], source: Readonly<Record<string, string>> = {}) {
  const said = { out: '', err: '' }
  const exit = (code: number): never => {
    throw new Error(`exit ${code}`)
  }
  const host = {
    argv: ['node', 'main.js', ...argv],
    env: source,
    exit,
    stdout: { write: (text: string) => void (said.out += text) },
    stderr: { write: (text: string) => void (said.err += text) },
  } as unknown as HostProcess
  try {
    return { env: readEnvOrExit(host, 'app', env), ...said, ended: 'no' }
  } catch (error) {
    return { env: undefined, ...said, ended: String(error) }
  }
}

it.each(['--help', '-h'])(
  '%s prints every variable with its default, whatever the environment is, and ends',
  (flag) => {
    const { out, err, ended } = start([flag], { NAME: 'x' })
    expect(out).toBe(
      [
        'app takes everything from its environment; an empty variable counts as not set.',
        '',
        '  variable  default',
        '  PORT      5000     where it listens',
        '  LOUD      no       whether it shouts',
        '  NAME               what it is called',
        '',
      ].join('\n'),
    )
    expect({ err, ended }).toEqual({ err: '', ended: 'Error: exit 0' })
  },
)

it('another argument is refused, since it would do nothing', () => {
  const { err, ended } = start(['--port', '80'])
  expect(err).toContain('app: takes no arguments but --help')
  expect(ended).toBe('Error: exit 1')
})

it('without arguments it reads its environment', () => {
  expect(start([], { NAME: 'long' }).env).toEqual({ PORT: '5000', LOUD: false, NAME: 'long' })
  expect(start([], { NAME: 'x' })).toMatchObject({ err: 'app: NAME is too short\n', ended: 'Error: exit 1' })
})
