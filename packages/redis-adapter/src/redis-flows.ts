import type {
  ChildrenPage,
  ChildrenQuery,
  Chore,
  DoneChore,
  Edge,
  FamilyPage,
  FamilyQuery,
  FlowDriver,
  LinkReply,
  News,
  Standing,
  TaskRef,
} from '@mq/core/adapter'
import {
  checkChildren,
  checkChores,
  checkDone,
  checkEdges,
  checkFamilyQuery,
  checkFlowNews,
  checkRead,
} from '@mq/core/adapter'
import type { Participant, ScriptArguments } from './participant.ts'
import type { Turns } from './redis-turns.ts'
import type { Script } from './script.ts'
import { argumentsOf } from './scripts/arguments.ts'
import { childrenScript, CHILDREN, parseChildren } from './scripts/flows/children.ts'
import { choresScript, isMoreToForget, parseChores } from './scripts/flows/chores.ts'
import { FAMILY, familyScript, parseFamily } from './scripts/flows/family.ts'
import { finishArguments, finishScript } from './scripts/flows/finish.ts'
import { linkArguments, linkScript, parseLinks } from './scripts/flows/link.ts'
import { lookScript, parseStandings } from './scripts/flows/look.ts'
import { parseTold, tellArguments, tellScript } from './scripts/flows/tell.ts'
import { refArgument } from './scripts/queue/read.ts'

/** The flows of a queue. */
export class RedisFlows implements FlowDriver {
  readonly #participant: Participant
  readonly #queue: string
  readonly #turns: Pick<Turns, 'endsOf'>

  constructor(participant: Participant, queue: string, turns: Pick<Turns, 'endsOf'>) {
    this.#participant = participant
    this.#queue = queue
    this.#turns = turns
  }

  async look(tasks: readonly TaskRef[]): Promise<readonly Standing[]> {
    checkRead(tasks)
    return tasks.length === 0 ? [] : parseStandings(await this.#run(lookScript, tasks.map(refArgument)))
  }

  async link(edges: readonly Edge[]): Promise<readonly LinkReply[]> {
    checkEdges(edges)
    return edges.length === 0 ? [] : parseLinks(await this.#runDurably(linkScript, linkArguments(edges)))
  }

  async tell(news: News): Promise<readonly boolean[]> {
    checkFlowNews(news)
    if (news.children.length === 0) return []
    return parseTold(
      await this.#runDurably(tellScript, (runId) => tellArguments(news, this.#turns.endsOf(undefined, runId))),
    )
  }

  async chores(limit: number): Promise<readonly Chore[]> {
    checkChores(limit)
    let reply = await this.#run(choresScript, [limit])
    // Nobody would come back for it soon.
    while (isMoreToForget(reply)) reply = await this.#run(choresScript, [limit])
    return parseChores(reply)
  }

  async finish(chores: readonly DoneChore[]): Promise<void> {
    checkDone(chores)
    if (chores.length > 0) await this.#run(finishScript, finishArguments(chores))
  }

  async children(query: ChildrenQuery): Promise<ChildrenPage> {
    checkChildren(query)
    const { n, after = '', limit } = query
    return parseChildren(await this.#run(childrenScript, argumentsOf(CHILDREN, { n, after, limit })), limit)
  }

  async family(query: FamilyQuery): Promise<FamilyPage | undefined> {
    checkFamilyQuery(query)
    const { task, from, limit } = query
    return parseFamily(
      await this.#run(familyScript, argumentsOf(FAMILY, { task: refArgument(task), from, limit })),
      from,
    )
  }

  #run(script: Script, args: ScriptArguments): Promise<unknown> {
    return this.#participant.evaluate(script, this.#participant.keys.of(script, this.#queue), args)
  }

  #runDurably(script: Script, args: ScriptArguments): Promise<unknown> {
    return this.#participant.evaluateDurably(script, this.#participant.keys.of(script, this.#queue), args)
  }
}
