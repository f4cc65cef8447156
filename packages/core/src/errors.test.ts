import { describe, expect, it, vi } from 'vitest'
import { MqError } from './errors.ts'

describe('an MqError', () => {
  it('is recognised by every copy of the package, by instanceof too', async () => {
    vi.resetModules()
    const copy = (await import('./errors.ts')).MqError
    expect(copy).not.toBe(MqError)
    const error = new MqError('closed', 'closed')
    expect(copy.is(error, 'closed')).toBe(true)
    expect(copy.is(error, 'unavailable')).toBe(false)
    expect(error instanceof copy).toBe(true)
    expect(new copy('closed', 'closed') instanceof MqError).toBe(true)
  })

  it('is no instance of a class that was made from it, and other errors are none of it', () => {
    class Refused extends MqError {}
    expect(new Refused('closed', '') instanceof Refused).toBe(true)
    expect(new Refused('closed', '') instanceof MqError).toBe(true)
    expect(new MqError('closed', '') instanceof Refused).toBe(false)
    for (const other of [new Error('closed'), { code: 'closed' }, null, undefined, 'closed', revoked()]) {
      expect(other instanceof MqError).toBe(false)
    }
  })
})

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
