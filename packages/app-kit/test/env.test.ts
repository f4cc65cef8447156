import { describe, expect, it } from 'vitest'
import { readEnv, sharedEnv, wholeNumber } from '../src/env.ts'

describe('the environment', () => {
  const env = sharedEnv.extend({ PORT: wholeNumber(0, 65_535).default(5000) })

  it('has a default for everything', () => {
    expect(readEnv(env, {})).toEqual({
      REDIS_URL: 'redis://127.0.0.1:6379',
      PREFIX: 'mq',
      LOG_LEVEL: 'info',
      GRACE_PERIOD_MS: 10_000,
      STORAGE_TIMEOUT_MS: 2_000,
      PORT: 5000,
    })
  })

  it('takes a variable that is set to nothing as not set', () => {
    expect(readEnv(env, { PORT: '', LOG_LEVEL: '' })).toMatchObject({ PORT: 5000, LOG_LEVEL: 'info' })
  })

  it.each(['abc', '-1', '65536', '80.5', '0x50', ' 80', '9'.repeat(40)])('refuses %j as a port, by name', (PORT) => {
    expect(() => readEnv(env, { PORT })).toThrow('PORT must be a whole number from 0 to 65535')
  })

  it('names every fault in one line and quotes no value', () => {
    const faulty = { REDIS_URL: 'http://user:hunter2@host', LOG_LEVEL: 'loud', PORT: 'hunter2' }
    const told = (() => {
      try {
        return readEnv(env, faulty)
      } catch (error) {
        return String(error)
      }
    })()
    expect(told).toContain('REDIS_URL must be a URL that begins with redis://, rediss:// or unix://')
    expect(told).toContain('LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent')
    expect(told).toContain('PORT must be')
    expect(told).not.toMatch(/hunter2|\n/)
  })
})
