import { MqError } from '@mq/core/adapter'
import type { RedisClient } from './client.ts'
import type { Script } from './script.ts'

/** The errors of a command that an ACL forbids inside a script: Redis 7.0 does not name the command, later ones do. */
const IN_SCRIPT = /can't run this command or subcommand|ACL failure in script/
const LINE = /@user_script:(\d+)/

/** The user whose rights a client has. */
export function userOf(client: RedisClient): string {
  const { options } = client as { readonly options?: { readonly username?: unknown } | undefined }
  return typeof options?.username === 'string' && options.username !== '' ? options.username : 'default'
}

/** A command of a script that the user may not run, as an error that names both; undefined for any other error. */
export function deniedInScript(thrown: unknown, script: Script, client: RedisClient): MqError | undefined {
  if (!(thrown instanceof Error) || !IN_SCRIPT.test(thrown.message)) return undefined
  const said = /'([^']+)' command/.exec(thrown.message)?.[1]
  const commands =
    said === undefined ? commandsIn(script, Number(LINE.exec(thrown.message)?.[1])) : [said.toUpperCase()]
  const which = commands.length === 0 ? 'a command that it needs' : commands.join(' or ')
  return new MqError(
    'server-unsupported',
    `${script.name}: the ACL does not let user ${JSON.stringify(userOf(client))} run ${which}`,
  )
}

function commandsIn({ lua }: Script, line: number): string[] {
  const text = lua.split('\n')[line - 1] ?? ''
  return [...text.matchAll(/redis\.p?call\('(\w+)'/g)].map(([, command = '']) => command.toUpperCase())
}
