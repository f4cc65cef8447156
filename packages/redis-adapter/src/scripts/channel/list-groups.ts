import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { MOST_GROUPS } from '../group/group-turn-lua.ts'
import { refuseLayout } from '../parts/meta.ts'

/**
 * KEYS     seq readers
 * ARGV     none
 * RETURNS  the groups of a channel, and what another program wrote among them
 * O(groups).
 */
export const listGroupsScript: Script = defineScript({
  name: 'list-groups',
  parts: ['seq', 'readers'],
  allowOom: true,
  lua: lua`
${refuseLayout(`redis.call('HGET', seq, 'layout')`, 'channel', 'seq')}return redis.call('ZRANGE', readers, 0, ${MOST_GROUPS - 1})
`,
})
