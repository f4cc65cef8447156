import { describe, expect, it } from 'vitest'
import { parseUrl } from '../../src/parse-url.ts'

describe('parseUrl', () => {
  it.each([
    ['redis://h', { host: 'h', port: 6379, db: 0 }, 'redis://h'],
    ['redis://h:1/', { host: 'h', port: 1, db: 0 }, 'redis://h:1'],
    ['redis://h:1/7', { host: 'h', port: 1, db: 7 }, 'redis://h:1/7'],
    ['redis://h?db=7', { host: 'h', port: 6379, db: 7 }, 'redis://h/7'],
    ['redis://[::1]:2?family=6', { host: '::1', port: 2, db: 0, family: 6 }, 'redis://[::1]:2'],
    ['rediss://a.b-c_d.e', { host: 'a.b-c_d.e', port: 6379, db: 0, tls: {} }, 'rediss://a.b-c_d.e'],
    ['redis://:p%40%2F@h', { host: 'h', port: 6379, password: 'p@/', db: 0 }, 'redis://h'],
    ['redis://u%3As:p@h', { host: 'h', port: 6379, username: 'u:s', password: 'p', db: 0 }, 'redis://h'],
    ['redis://u:p@ss@h', { host: 'h', port: 6379, username: 'u', password: 'p@ss', db: 0 }, 'redis://h'],
    ['unix:///run/redis.sock', { path: '/run/redis.sock', db: 0 }, 'unix:///run/redis.sock'],
    ['redis+unix:///run/a%20b?db=1', { path: '/run/a b', db: 1 }, 'unix:///run/a b?db=1'],
    ['unix://u:p@localhost/s', { path: '/s', username: 'u', password: 'p', db: 0 }, 'unix:///s'],
  ])('reads %s', (url, address, target) => {
    expect(parseUrl(url)).toEqual({ address, target })
  })

  it.each([
    ['nothing', ''],
    ['another scheme', 'http://h'],
    ['a name in other letters', 'REDIS://h'],
    ['no host', 'redis://'],
    ['a bare path', '/run/redis.sock'],
    ['a database that is not a number', 'redis://h/notadb'],
    ['a negative one', 'redis://h/-1'],
    ['two databases', 'redis://h/1?db=2'],
    ['a path of two parts', 'redis://h/1/2'],
    ['several hosts', 'redis://h:1,i:2'],
    ['several hosts without ports', 'redis://h,i'],
    ['a socket as the host', 'redis://%2Frun%2Fredis.sock'],
    ['a port that is none', 'redis://h:99999'],
    ['an option of ioredis', 'redis://h?lazyConnect=true'],
    ['a hash', 'redis://h#x'],
    ['white space', 'redis://u:a b@h'],
    ['a line break', 'redis://u:a\nb@h'],
    ['a % that begins no code', 'redis://u:100%@h'],
    ['a socket without a path', 'unix://'],
    ['a socket on a host', 'unix://elsewhere/run/redis.sock'],
    ['Sentinel', 'redis+sentinel://h/mymaster'],
  ])('refuses %s', (_what, url) => {
    expect(() => parseUrl(url)).toThrow(expect.objectContaining({ code: 'invalid-options' }) as Error)
  })
})
