import { describe, expect, it } from 'vitest'
import { AuditLog } from '../../src/access/audit-log.ts'
import { testConsole } from '../test-console.ts'

const entry = (n: number) => ({ at: n, who: 'ada', role: 'operator', action: 'a', target: 't', requestId: String(n) })

describe('the list of changes', () => {
  it('keeps the last ones, newest first, and how each ended', () => {
    const log = new AuditLog(3)
    const ends = [1, 2, 3, 4].map((n) => log.begin(entry(n)))
    ends[3]?.('done')
    ends[0]?.('done')
    expect(log.newest(2).map(({ at, outcome }) => [at, outcome])).toEqual([
      [4, 'done'],
      [3, 'unfinished'],
    ])
    expect(log.newest(100)).toHaveLength(3)
  })

  it('is for operators, and has no line for what was only read or refused', async () => {
    const auth = {
      tokens: [
        { token: 'ada-0123456789abcdef', role: 'operator', name: 'ada' },
        { token: 'bob-0123456789abcdef', role: 'viewer', name: 'bob' },
      ],
    } as const
    const { app } = await testConsole({ auth })
    const ask = (who: string, url = '/audit') =>
      app.inject({ url: `/console/api/v1${url}`, headers: { authorization: `Bearer ${who}-0123456789abcdef` } })
    expect((await ask('bob')).statusCode).toBe(403)
    expect((await ask('ada')).json()).toEqual({ entries: [] })
    expect((await ask('ada', '/audit?limit=0')).statusCode).toBe(400)
  })

  it('has a line for each change that was let in, also for one that failed', async () => {
    const { app, broker, get, post } = await testConsole()
    await broker.queue('mails').enqueue(7)
    await post('/queues/mails/pause', undefined, { 'x-request-id': 'mine' })
    await post('/queues/mails/purge?secret=7', { confirm: 'other' })
    await post('/queues/mails/pause', undefined, { origin: 'http://attacker.test' })
    await app.inject({ method: 'PATCH', url: '/console/api/v1/queues/mails' })
    const { entries } = (await get('/audit')).body
    expect(entries).toEqual([
      expect.objectContaining({ action: 'purgeQueue', target: 'queues/mails/purge', outcome: 'not-confirmed' }),
      {
        at: expect.any(Number),
        who: 'local',
        role: 'operator',
        action: 'pauseQueue',
        target: 'queues/mails/pause',
        outcome: 'done',
        requestId: 'mine',
      },
    ])
  })
})
