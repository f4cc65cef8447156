import type { NotedWorker, Registry } from '@mq/core/adapter'
import { checkNamesQuery, checkNews, checkOrder, MAX_BATCH } from '@mq/core/adapter'
import { REGISTRY } from './keys.ts'
import type { Participant } from './participant.ts'
import { keysFor } from './script.ts'
import { giveOrderScript, orderArguments } from './scripts/registry/give-order.ts'
import { listNamesScript, pageArguments, parseNames } from './scripts/registry/list-names.ts'
import { listWorkersScript, parseSeen } from './scripts/registry/list-workers.ts'
import { newsArguments, noteNewsScript, parseOrders } from './scripts/registry/note-news.ts'
import { parseWorkers, readWorkersScript } from './scripts/registry/read-workers.ts'

/** What the participants of one prefix noted: in four keys with a hash tag of their own. */
export function createRedisRegistry(participant: Participant): Registry {
  const { prefix } = participant
  const noteKeys = keysFor(noteNewsScript, prefix, REGISTRY)
  const namesKeys = keysFor(listNamesScript, prefix, REGISTRY)
  const seenKeys = keysFor(listWorkersScript, prefix, REGISTRY)
  const orderKeys = keysFor(giveOrderScript, prefix, REGISTRY)
  const workersKeys = keysFor(readWorkersScript, prefix, REGISTRY)

  return {
    async note(news) {
      checkNews(news)
      return parseOrders(await participant.evaluate(noteNewsScript, noteKeys, newsArguments(news, participant.topic)))
    },

    async names(query) {
      checkNamesQuery(query)
      return parseNames(await participant.evaluate(listNamesScript, namesKeys, pageArguments(query)))
    },

    async order(id, what) {
      checkOrder(id, what)
      return (await participant.evaluate(giveOrderScript, orderKeys, orderArguments(id, what))) === 1
    },

    async listen(onOrder) {
      return participant.topics.subscription(await participant.hearOrders(onOrder))
    },

    async workers() {
      const seen = parseSeen(await participant.evaluate(listWorkersScript, seenKeys, []))
      const pages = Array.from({ length: Math.ceil(seen.length / MAX_BATCH) }, (_, page) =>
        seen.slice(page * MAX_BATCH, (page + 1) * MAX_BATCH),
      )
      const found: NotedWorker[] = []
      for (const page of pages) {
        const ids = page.map(({ id }) => id)
        found.push(...parseWorkers(page, await participant.evaluate(readWorkersScript, workersKeys, ids)))
      }
      return found
    },
  }
}
