import { CHANNEL_PARTS } from '../../keys.ts'
import { defineScript } from '../../script.ts'
import { lua } from '../lua.ts'
import type { Script } from '../../script.ts'
import { refuseLayout } from '../parts/meta.ts'

/** All of them. */
const NAMED_AT_ONCE = 1_000

/**
 * KEYS     seq publishers log readers floors alive bells
 * ARGV     none
 * RETURNS  groups that have to be removed before; none: the channel's keys are gone
 * A script may touch declared keys only, and a channel cannot declare those of groups that it does not know. What somebody else wrote
 * is no group and stops nothing, keys of other types included: each of four keys names the groups. O(groups); what is dropped is
 * freed in the background.
 */
export const channelObliterateScript: Script = defineScript({
  name: 'channel-obliterate',
  parts: CHANNEL_PARTS,
  allowOom: true,
  lua: lua`
${refuseLayout(`redis.pcall('HGET', seq, 'layout')`, 'channel', 'seq')}local found = {}
local function add(names)
  for i = 1, names.err and 0 or #names do
    if #names[i] <= 128 and string.find(names[i], '^[%w._-]+$') then found[#found + 1] = names[i] end
  end
end
for _, key in ipairs({ readers, alive }) do add(redis.pcall('ZRANGE', key, 0, ${NAMED_AT_ONCE - 1})) end
for _, key in ipairs({ floors, bells }) do add(redis.pcall('HRANDFIELD', key, ${NAMED_AT_ONCE})) end
if #found == 0 then redis.call('UNLINK', ${CHANNEL_PARTS.join(', ')}) end
return found
`,
})
