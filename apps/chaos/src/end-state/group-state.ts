import type { DeadMessage, GroupState } from './end-state.ts'
import { groupKeys, groupsOf, heldIn, numberOf } from './group-keys.ts'
import type { RawKeys } from './raw-keys.ts'

/** What each group of a channel has not done, and what it gave up. */
export function groupStatesOf(channel: RawKeys): GroupState[] {
  const newest = Number(channel.hash('seq').get('n') ?? 0)
  return groupsOf(channel).map((group) => {
    const raw = groupKeys(channel, group)
    const left = (ids: Iterable<string>, place: Left['place']): Left[] =>
      [...ids].map((id) => ({ n: numberOf(id), place }))
    return {
      group,
      unread: Math.max(0, newest - Number(raw.hash('meta').get('read') ?? 0)),
      left: [
        ...left(raw.list('back'), 'returned'),
        ...left(raw.list('suspects'), 'returned'),
        ...left(raw.zset('delays').keys(), 'delayed'),
        ...left(
          heldIn(raw).map(({ id }) => id),
          'running',
        ),
      ],
      dead: [...raw.hash('graves')].map(([n, grave]) => ({ n, ...buriedIn(grave) })),
    }
  })
}

type Left = GroupState['left'][number]

/** `failures|crashes|r|["reason","detail"]`, a newline, 14 digits, a newline, `epoch n body`. */
function buriedIn(grave: string): Omit<DeadMessage, 'n'> {
  const [head = '', , ...text] = grave.split('\n')
  // After a tab follow the errors of its attempts.
  const [facts = ''] = head.split('\t')
  const [failures, , , ...rest] = facts.split('|')
  const [reason = ''] = JSON.parse(rest.join('|')) as string[]
  return { reason, failures: Number(failures), body: text.join('\n').replace(/^\S+ \S+ /, '') }
}
