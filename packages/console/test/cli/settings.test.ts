import Fastify from 'fastify'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { helpText } from '../../src/cli/help.ts'
import { readSettings, SETTINGS, SettingsError } from '../../src/cli/settings.ts'
import type { CliSettings } from '../../src/cli/settings.ts'

const TOKEN = 'ada-0123456789abcdef'

function settings(args: readonly string[], env: Record<string, string> = {}): CliSettings {
  const command = readSettings(args, env)
  if (command.kind !== 'serve') throw new Error(command.kind)
  return command.settings
}

function problems(args: readonly string[], env: Record<string, string> = {}): readonly string[] {
  try {
    readSettings(args, env)
    return []
  } catch (error) {
    if (error instanceof SettingsError) return error.problems
    throw error
  }
}

describe('settings', () => {
  it('have defaults: a Redis and a port of this machine, all may be done', () => {
    expect(settings([])).toMatchObject({
      host: '127.0.0.1',
      port: 5080,
      basePath: '',
      readOnly: false,
      token: undefined,
    })
  })

  it('come from arguments, or from variables, and an argument wins', () => {
    const env = {
      PORT: '1',
      HOST: '::1',
      MQ_CONSOLE_TOKEN: TOKEN,
      MQ_CONSOLE_READ_ONLY: 'true',
      MQ_CONSOLE_BASE_PATH: '',
    }
    expect(settings(['--port=2', '--base-path', '/c'], env)).toMatchObject({
      port: 2,
      host: '::1',
      token: TOKEN,
      readOnly: true,
      basePath: '/c',
    })
    expect(settings(['--read-only', '--allowed-hosts', 'a.example, b.example'])).toMatchObject({
      readOnly: true,
      allowedHosts: ['a.example', 'b.example'],
    })
  })

  it('report all that is wrong at once, and quote nothing', () => {
    const args = [
      '--port',
      '70000',
      '--base-path=console',
      '--url',
      'http://u:secret@h',
      '--token',
      'secret',
      '--wat',
      'secret',
      '--read-only=secret',
    ]
    const found = problems(args, { MQ_CONSOLE_VIEWER_TOKEN: 'secret' })
    expect(found.map((text) => text.split(' ').slice(0, 4).join(' '))).toEqual([
      'there is no option',
      'an argument is not',
      '--read-only takes no value',
      '--port must be a',
      '--url must be a',
      '--base-path must be empty,',
      '--token must have 16',
      'MQ_CONSOLE_VIEWER_TOKEN must have 16',
      'the tokens of the',
    ])
    expect(found.join()).not.toContain('secret')
  })

  it.each([
    [['--url', 'redis://:secret@h/notadb'], 'REDIS', /--url/],
    [['--url'], 'value', /--url needs a value/],
    [['--prefix', '{a}'], 'prefix', /--prefix/],
    [['--allowed-hosts', 'a.example,http://b.example'], 'hosts', /--allowed-hosts/],
    [['--trust-proxy', 'all'], 'proxies', /--trust-proxy/],
    [['--trust-proxy', '10.0.0.0/33'], 'proxies', /--trust-proxy/],
    [['--token', TOKEN, '--viewer-token', TOKEN], 'tokens', /are the same/],
  ])('refuse %j', (args, _what, text) => {
    expect(problems(args).join()).toMatch(text)
    expect(problems(args).join()).not.toContain('secret')
  })

  it.each(['0.0.0.0', '::', '10.1.2.3', 'queue.example'])('refuse to listen on %s without a token', (host) => {
    expect(problems(['--host', host]).join()).toMatch(/off loopback .* MQ_CONSOLE_TOKEN/)
    expect(settings(['--host', host, '--token', TOKEN]).host).toBe(host)
    expect(settings(['--host', host, '--viewer-token', TOKEN]).host).toBe(host)
  })

  it.each(['loopback', '10.0.0.1', '10.0.0.0/8, ::1'])('believe proxies at %s', async (proxies) => {
    const { trustProxy } = settings(['--trust-proxy', proxies])
    await Fastify({ trustProxy: trustProxy ?? false }).close()
    expect(trustProxy).toEqual(proxies.split(', '))
  })

  it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('let %s be without one', (host) => {
    expect(settings(['--host', host]).host).toBe(host)
  })
})

it('are all in the help, with their variables', () => {
  for (const { name, variable } of SETTINGS) {
    expect(helpText()).toMatch(new RegExp(`^  --${name}\\b.* ${variable} `, 'm'))
  }
  expect(readSettings(['--port=wrong', '-h'], {})).toEqual({ kind: 'help' })
  expect(readSettings(['--version'], {})).toEqual({ kind: 'version' })
})

const DOCUMENT = fileURLToPath(new URL('../../../../docs/console-access.md', import.meta.url))

// `vitest run --project console settings -u` writes it anew.
it('are listed in docs/console-access.md as they are', async () => {
  const rows = SETTINGS.map(({ name, variable, what, ...more }) => {
    const value = 'value' in more ? ` ${more.value}` : ''
    const initial = 'initial' in more && more.initial !== '' ? `\`${more.initial}\`` : ''
    return `| \`--${name}${value}\` | \`${variable}\` | ${initial} | ${what} |`
  })
  const table = ['| option | variable | default | what it does |', '|---|---|---|---|', ...rows].join('\n')
  const document = readFileSync(DOCUMENT, 'utf8')
  const [before, after] = document.split(/(?<=<!-- settings -->\n)[\s\S]*(?=<!-- end of settings -->)/)
  await expect(`${before}${table}\n${after}`).toMatchFileSnapshot(DOCUMENT)
})
