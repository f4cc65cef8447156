import { MqError } from '@mq/core'
import type { Adapter } from '@mq/core'
import { redisAdapter } from '@mq/redis-adapter'
import { isIP } from 'node:net'
import { parseArgs } from 'node:util'
import { HOST_NAME } from '../access/access-options.ts'
import { isLoopback } from '../access/is-local.ts'
import { TOKEN } from '../access/auth-options.ts'
import { BASE_PATH } from '../check-options.ts'

/** What one can set, by an argument or a variable; an argument wins. `--help` and docs/console.md show this table. */
export const SETTINGS = [
  {
    name: 'url',
    variable: 'REDIS_URL',
    value: 'URL',
    initial: 'redis://127.0.0.1:6379',
    what: 'Redis or Valkey: redis://, rediss:// or unix://',
  },
  {
    name: 'prefix',
    variable: 'MQ_PREFIX',
    value: 'TEXT',
    initial: 'mq',
    what: 'what the keys begin with, as in redisAdapter({ prefix })',
  },
  {
    name: 'host',
    variable: 'HOST',
    value: 'ADDRESS',
    initial: '127.0.0.1',
    what: 'where to listen; off loopback only with a token',
  },
  { name: 'port', variable: 'PORT', value: 'NUMBER', initial: '5080', what: '0 takes a free one' },
  {
    name: 'base-path',
    variable: 'MQ_CONSOLE_BASE_PATH',
    value: 'PATH',
    initial: '',
    what: 'the path below which it is served, such as /console',
  },
  {
    name: 'token',
    variable: 'MQ_CONSOLE_TOKEN',
    value: 'TEXT',
    what: 'of an operator, 16 characters or more; others see arguments, so prefer the variable',
  },
  {
    name: 'viewer-token',
    variable: 'MQ_CONSOLE_VIEWER_TOKEN',
    value: 'TEXT',
    what: 'of a viewer, who changes nothing and sees no error texts',
  },
  { name: 'read-only', variable: 'MQ_CONSOLE_READ_ONLY', what: 'nothing can be changed, with any token' },
  {
    name: 'allowed-hosts',
    variable: 'MQ_CONSOLE_ALLOWED_HOSTS',
    value: 'NAMES',
    what: 'host names besides addresses, localhost and --host, with commas between',
  },
  {
    name: 'trust-proxy',
    variable: 'MQ_CONSOLE_TRUST_PROXY',
    value: 'ADDRESSES',
    what: 'of proxies whose X-Forwarded-… headers are believed',
  },
] as const satisfies readonly Setting[]

interface Setting {
  readonly name: string
  readonly variable: string
  /** What stands for its value in the help. A setting without one is a switch. */
  readonly value?: string
  readonly initial?: string
  readonly what: string
}

type Name = (typeof SETTINGS)[number]['name']

export interface CliSettings {
  readonly adapter: Adapter
  readonly host: string
  readonly port: number
  readonly basePath: string
  readonly token: string | undefined
  readonly viewerToken: string | undefined
  readonly readOnly: boolean
  readonly allowedHosts: readonly string[]
  readonly trustProxy: string[] | undefined
}

export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'serve'; readonly settings: CliSettings }

/** Shown to the person who started it, one problem a line. It quotes no value, which may be a secret. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

const FLAGS = { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean' } } as const
const URL_START = /^(?:rediss?|unix|redis\+unix):\/\/./

/** Reads arguments and environment. Throws a SettingsError with everything that is wrong. */
export function readSettings(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Command {
  const problems: string[] = []
  const given = readArguments(args, problems)
  if (given.has('help')) return { kind: 'help' }
  if (given.has('version')) return { kind: 'version' }
  const settings = readValues(valuesOf(given, env), problems)
  if (problems.length > 0) throw new SettingsError(problems)
  return { kind: 'serve', settings }
}

function readArguments(args: readonly string[], problems: string[]): ReadonlyMap<string, string> {
  const options = Object.fromEntries(
    SETTINGS.map((setting) => [
      setting.name,
      { type: 'value' in setting ? ('string' as const) : ('boolean' as const) },
    ]),
  )
  const { tokens } = parseArgs({ args: [...args], options: { ...options, ...FLAGS }, strict: false, tokens: true })
  const given = new Map<string, string>()
  for (const token of tokens) {
    if (token.kind === 'positional') problems.push('an argument is not an option: each begins with --')
    if (token.kind !== 'option') continue
    const known = Object.hasOwn(options, token.name) ? options[token.name] : undefined
    if (known === undefined && !Object.hasOwn(FLAGS, token.name)) problems.push(`there is no option ${token.rawName}`)
    else if (known?.type === 'string' && token.value === undefined) problems.push(`${token.rawName} needs a value`)
    else if (known?.type !== 'string' && token.value !== undefined) problems.push(`${token.rawName} takes no value`)
    else given.set(token.name, token.value ?? 'true')
  }
  return given
}

/** An empty variable counts as not set. */
function valuesOf(given: ReadonlyMap<string, string>, env: Readonly<Record<string, string | undefined>>): Values {
  return (name) => {
    const setting: Setting = SETTINGS.find((each) => each.name === name)!
    const argument = given.get(name)
    const variable = env[setting.variable] || undefined
    const text = argument ?? variable ?? setting.initial
    return { text, source: argument === undefined && variable !== undefined ? setting.variable : `--${name}` }
  }
}

type Values = (name: Name) => { readonly text: string | undefined; readonly source: string }

function readValues(valueOf: Values, problems: string[]): CliSettings {
  const read = (name: Name, isRight: (text: string) => boolean, must: string): string => {
    const { text = '', source } = valueOf(name)
    if (!isRight(text)) problems.push(`${source} must ${must}`)
    return text
  }
  const readToken = (name: Name): string | undefined => {
    const { text, source } = valueOf(name)
    if (text !== undefined && !TOKEN.test(text))
      problems.push(`${source} must have 16 to 512 characters without spaces`)
    return text
  }
  const list = (name: Name, isRight: (text: string) => boolean, must: string): string[] => {
    const parts = (valueOf(name).text ?? '').split(',').map((each) => each.trim())
    const found = parts.filter(Boolean)
    if (!found.every(isRight)) problems.push(`${valueOf(name).source} must ${must}`)
    return found
  }

  const host = read('host', (text) => text !== '' && text.length <= 253, 'be an address or a host name')
  const port = read('port', (text) => /^\d{1,5}$/.test(text) && Number(text) <= 65_535, 'be a number from 0 to 65535')
  const settings = {
    adapter: readAdapter(valueOf, problems),
    host,
    port: Number(port),
    basePath: read('base-path', (text) => BASE_PATH.test(text), 'be empty, or a path such as /console'),
    token: readToken('token'),
    viewerToken: readToken('viewer-token'),
    readOnly: read('read-only', (text) => ['', 'true', 'false', '1', '0'].includes(text), 'be true or false'),
    allowedHosts: list(
      'allowed-hosts',
      (text) => HOST_NAME.test(text),
      'have host names only, without scheme and port',
    ),
    trustProxy: list('trust-proxy', isProxy, 'have addresses or networks (10.0.0.0/8), or loopback'),
  }
  if (settings.token !== undefined && settings.token === settings.viewerToken) {
    problems.push('the tokens of the operator and of the viewer are the same')
  }
  if (settings.token === undefined && settings.viewerToken === undefined && !isLocalHost(host)) {
    problems.push(
      'off loopback anybody who reaches it could change everything: set MQ_CONSOLE_TOKEN (or MQ_CONSOLE_VIEWER_TOKEN), or listen on 127.0.0.1',
    )
  }
  return {
    ...settings,
    // Complete only where there is no problem.
    adapter: settings.adapter as Adapter,
    readOnly: settings.readOnly === 'true' || settings.readOnly === '1',
    trustProxy: settings.trustProxy.length > 0 ? settings.trustProxy : undefined,
  }
}

/** The adapter checks the rest of the URL, and the prefix; its messages quote no value. */
function readAdapter(valueOf: Values, problems: string[]): Adapter | undefined {
  const [url, prefix] = [valueOf('url'), valueOf('prefix')]
  if (!URL_START.test(url.text ?? '')) {
    problems.push(`${url.source} must be a URL that begins with redis://, rediss:// or unix://`)
    return undefined
  }
  try {
    return redisAdapter({ url: url.text ?? '', prefix: prefix.text })
  } catch (error) {
    if (!(error instanceof Error)) throw error
    problems.push(`${MqError.is(error) ? url.source : prefix.source}: ${error.message}`)
    return undefined
  }
}

const NETWORKS = ['loopback', 'linklocal', 'uniquelocal']

function isProxy(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/')
  const most = isIP(address) === 4 ? 32 : 128
  const isNetwork = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= most)
  return NETWORKS.includes(text) || (isIP(address) !== 0 && isNetwork && more.length === 0)
}

function isLocalHost(host: string): boolean {
  return host === 'localhost' || isLoopback(host.replace(/^\[(.*)\]$/, '$1'))
}
