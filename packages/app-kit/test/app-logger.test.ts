import { expect, it } from 'vitest'
import { createAppLogger } from '../src/app-logger.ts'

it('logs of an error its name, message, code, stack and causes, and nothing that a client hangs on it', () => {
  const lines: string[] = []
  const logger = createAppLogger({ app: 'web', level: 'info', destination: { write: (line) => lines.push(line) } })
  const refused = Object.assign(new Error('WRONGPASS'), { code: 'E', command: { name: 'auth', args: ['hunter2'] } })
  logger.error({ err: new Error('could not connect', { cause: refused }) }, 'away')

  expect(lines).toHaveLength(1)
  expect(lines[0]).not.toContain('hunter2')
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    app: 'web',
    level: 'error',
    msg: 'away',
    err: { name: 'Error', message: 'could not connect', cause: { message: 'WRONGPASS', code: 'E' } },
  })
})
