import { redisAdapter } from '@mq/redis-adapter'
import { describe, expect, it } from 'vitest'

const url = 'redis://127.0.0.1:1'
const connect = (): never => {
  throw new Error('not to be called')
}
const revoked = Proxy.revocable({}, {})
revoked.revoke()
const client = { call: connect, duplicate: connect }

describe('redisAdapter', () => {
  it.each([
    ['a number for a prefix', { prefix: 5 }, 'prefix must'],
    ['an empty prefix', { prefix: '' }, 'prefix must'],
    ['a brace in a prefix', { prefix: 'a{b}' }, 'prefix must'],
    ['a number for a url', { url: 6379 }, 'url must'],
    ['a URL object', { url: new URL(url) }, 'url must'],
    ['a url for a client', { client: url }, 'client must'],
    ['no client', { client: null }, 'client must'],
    ['a client that cannot be duplicated', { client: { call: connect } }, 'client must'],
    ['a client with a prefix of its own', { client: { ...client, options: { keyPrefix: 'a' } } }, 'keyPrefix'],
    ['a client for connect', { connect: client }, 'connect must'],
    ['a url and a client', { url, client }, 'one of url, urls, sentinel, client and connect'],
    ['a url and a way to connect', { url, connect }, 'one of url, urls, sentinel, client and connect'],
    ['a client and a way to connect', { client, connect }, 'one of url, urls, sentinel, client and connect'],
    ['a url and several', { url, urls: [url] }, 'one of url, urls, sentinel, client and connect'],
    ['one text for urls', { urls: url }, 'urls must'],
    ['no urls', { urls: [] }, 'urls must'],
    ['urls of which one is unset', { urls: [url, undefined] }, 'urls must'],
    ['a name for sentinel', { sentinel: 'shop' }, 'sentinel must'],
    ['a sentinel without a name', { sentinel: { urls: [url] } }, 'sentinel.name must'],
    ['a sentinel without urls', { sentinel: { name: 'shop', urls: [] } }, 'sentinel.urls must'],
    ['an option of sentinel that it does not know', { sentinel: { name: 's', urls: [url], host: 'h' } }, '"host"'],
    ['a database of sentinel that is none', { sentinel: { name: 's', urls: [url], db: -1 } }, 'sentinel.db must'],
    ['tls for a client', { client, tls: {} }, 'tls goes with url, urls or sentinel'],
    ['true for tls', { url, tls: true }, 'tls must'],
    ['null for tls', { url, tls: null }, 'tls must'],
    ['an option of tls that it does not know', { url, tls: { caFile: 'x' } }, 'tls has no option "caFile"'],
    ['an option that it does not know', { uri: url }, 'redisAdapter has no option "uri"'],
    ['options of ioredis', { host: '127.0.0.1', port: 6379 }, 'has no option "host": it is part of the url'],
    ['options of BullMQ', { connection: { host: 'h' } }, '"connection": it is part of the url'],
    ['no object', url, 'takes an object of options'],
    ['nothing', null, 'takes an object of options'],
    ['no options', {}, 'needs one of url, urls, sentinel, client and connect'],
    ['a url that nobody set', { url: undefined }, 'url is undefined: is the variable set'],
    ['an empty url', { url: '' }, 'url must'],
    ['a Proxy that was revoked', revoked.proxy, 'takes an object of options'],
    ['options that throw', Object.defineProperty({}, 'url', { get: connect, enumerable: true }), 'takes an object of'],
    ['a client that throws', { client: Object.defineProperty({}, 'call', { get: connect }) }, 'client must'],
    ['a client that was closed', { client: { ...client, status: 'end' } }, 'client is closed'],
  ])('refuses %s', (_what, options, message) => {
    const call = () => redisAdapter(options as never)
    expect(call).toThrow(TypeError)
    expect(call).toThrow(message)
  })

  it('refuses a url that it cannot read with a code, before it is opened', () => {
    const refused = expect.objectContaining({ name: 'MqError', code: 'invalid-options' }) as Error
    expect(() => redisAdapter({ url: 'http://user:secret@host' })).toThrow(refused)
    expect(() => redisAdapter({ urls: [url, 'http://user:secret@host'] })).toThrow(refused)
    // They have to be nodes of one cluster.
    for (const other of ['redis://:secret@127.0.0.1:1', 'rediss://127.0.0.1:1', `${url}/1`, 'unix:///a.sock']) {
      expect(() => redisAdapter({ urls: [url, other] })).toThrow(refused)
    }
    expect(() => redisAdapter({ url, tls: { ca: 'PEM' } })).toThrow(refused)
    for (const other of ['redis://:secret@127.0.0.1:1', `${url}/1`, 'unix:///a.sock']) {
      expect(() => redisAdapter({ sentinel: { name: 'shop', urls: [url, other] } })).toThrow(refused)
    }
  })

  it.each([
    [{ url }],
    [{ url, prefix: 'a-1_b.c' }],
    [{ connect }],
    [{ url: undefined, client }],
    [{ urls: [url, url] }],
    [{ sentinel: { name: 'shop', urls: [url] } }],
  ])('takes %j, and does not connect before it is opened', (options) => {
    expect(redisAdapter(options as never).name).toBe('redis')
  })
})
