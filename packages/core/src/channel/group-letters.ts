import type { GroupDriver } from '../ports/group-driver.ts'
import type { DeadTask } from '../ports/queue-admin.ts'
import type { BodyForm } from './channel-parts.ts'
import type { DeadStore } from '../dead/select-dead.ts'
import { bodyOf } from './message-task.ts'

/** The dead letters of a group, in the form of those of a queue, so that the same code handles both. */
export function createGroupLetters(group: GroupDriver, { letterOf }: Pick<BodyForm<never>, 'letterOf'>): DeadStore {
  /** What another program wrote is shown as it is. */
  const toTask = (dead: DeadTask): DeadTask => {
    const body = bodyOf(dead.payload)
    return body === undefined ? dead : { ...dead, ...letterOf(body) }
  }
  return {
    list: async (query) => (await group.list(query)).map(toTask),

    async read(refs) {
      const numbers = refs.map((ref) => ('n' in ref ? ref.n : ref.id.replace(/^n/, '')))
      const found = new Map<string, DeadTask>()
      // A page may be cut where letters are large.
      for (let from = 0; from < numbers.length;) {
        const only = numbers.slice(from)
        const page = await group.list({ state: 'dead', only, limit: only.length })
        for (const dead of page) found.set(dead.n, dead)
        from = page.length === 0 ? numbers.length : from + only.indexOf(page.at(-1)!.n) + 1
      }
      return numbers.map((n) => {
        const dead = found.get(n)
        // A group does not report the states of its messages: each one that is not dead counts as pending.
        if (dead === undefined) return { state: 'waiting', n }
        const { diedAt, detail, reason } = dead
        return { state: 'ended', n, outcome: { state: 'dead', endedAt: diedAt, body: detail, reason } }
      })
    },

    apply: (command) => group.apply(command),
  }
}
