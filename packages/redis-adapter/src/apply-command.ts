import { argumentsOf } from './scripts/arguments.ts'
import type { CommandReply, QueueCommand } from '@mq/core/adapter'
import type { ScriptArguments } from './participant.ts'
import type { Script } from './script.ts'
import { CANCEL, cancelScript } from './scripts/queue/cancel.ts'
import { changeArguments, changeScript } from './scripts/queue/change.ts'
import { discardScript } from './scripts/queue/discard.ts'
import { obliterateScript, parseObliterated } from './scripts/queue/obliterate.ts'
import { parsePurged, PURGE, purgeScript } from './scripts/queue/purge.ts'
import { refArgument } from './scripts/queue/read.ts'
import { parseRedriven, redriveArguments, redriveScript } from './scripts/queue/redrive.ts'
import { RETIRE, retireScript } from './scripts/queue/retire.ts'
import { PAUSE, setPausedScript } from './scripts/queue/set-paused.ts'

/**
 * The commands of operators to a queue, a script for each. `listeners`: the topic that all its listeners are subscribed
 * to.
 */
export async function applyCommand(
  run: (script: Script, args: ScriptArguments) => Promise<unknown>,
  listeners: string,
  command: QueueCommand,
): Promise<CommandReply> {
  switch (command.kind) {
    case 'cancel': {
      const { reason } = command
      const task = refArgument(command.task)
      const result = await run(cancelScript, (runId) => argumentsOf(CANCEL, { task, reason, listeners, run: runId }))
      return { changed: result === 'cancelled' ? 1 : 0 }
    }
    case 'change':
      return { changed: Number(await run(changeScript, changeArguments(command.task, command))) }
    case 'pause':
    case 'resume': {
      const { kind, order } = command
      const args = argumentsOf(PAUSE, { paused: kind === 'pause', listeners, order: order ?? '' })
      const [changed, last] = (await run(setPausedScript, args)) as [number, number]
      return { changed, ...(order === undefined ? undefined : { order: last }) }
    }
    case 'redrive':
      if (command.tasks.length === 0) return { changed: 0, refused: [] }
      return parseRedriven(await run(redriveScript, redriveArguments(command.tasks)))
    case 'discard':
      return { changed: command.tasks.length === 0 ? 0 : Number(await run(discardScript, command.tasks)) }
    case 'purge':
      return parsePurged(await run(purgeScript, (runId) => argumentsOf(PURGE, { ...command, run: runId })))
    case 'retire':
      return { changed: Number(await run(retireScript, argumentsOf(RETIRE, { listeners }))) }
    case 'obliterate':
      return parseObliterated(await run(obliterateScript, [command.force ? 1 : 0]))
  }
}
