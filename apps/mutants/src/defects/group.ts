import { redis } from '../killers.ts'
import type { Mutant } from '../mutant.ts'

/** Defects of durable channels and their consumer groups. */
export const groupMutants: readonly Mutant[] = [
  {
    name: 'group-lease-outlives-recovery',
    says: 'a member that was stopped for longer than its lease settles what another one has by now',
    edits: [
      {
        in: 'redis-adapter',
        find: '  pushFront($heads)\n  endHands($over)\n',
        replace: "  pushFront($heads)\n  redis.call('ZREM', leases, unpack($over))\n",
      },
    ],
    killedBy: redis('gives a message again that was retried, or whose member was lost'),
  },
  {
    name: 'group-suspects-in-a-batch',
    says: 'a member that dies with a batch of suspects has all of them buried',
    edits: [
      {
        in: 'redis-adapter',
        find: 'suspectFrom and tonumber($crashes) >= suspectFrom',
        replace: 'false',
      },
    ],
    killedBy: redis('steps over messages that lost so many leases, and says so'),
  },
  {
    name: 'group-expires-under-its-member',
    says: 'a group whose only member runs one long handler is removed, with all it holds, by the next publish',
    edits: [
      {
        in: 'redis-adapter',
        find: "if isHeld() then\nredis.call('ZADD', alive",
        replace: "if false then\nredis.call('ZADD', alive",
      },
    ],
    killedBy: redis('keeps a group whose members do nothing but hold what they were given'),
  },
  {
    name: 'group-settles-twice',
    says: 'a message that was done is also retried when two settlements of it are sent',
    edits: [{ in: 'redis-adapter', find: '      $bits[$index] = 48\n', replace: '' }],
    killedBy: redis('settles by the newest lease only, each once, and gives no token twice'),
  },
  {
    name: 'group-forgets-a-lost-member',
    says: 'what a member held when it died is never delivered again',
    edits: [
      {
        in: 'redis-adapter',
        find: 'if giveBack($id, $bits[$i], 0, 1) then $heads[#$heads + 1] = $id end',
        replace: 'giveBack($id, $bits[$i], 0, 1)',
      },
    ],
    killedBy: redis('gives a message again that was retried, or whose member was lost'),
  },
  {
    name: 'group-crash-not-charged',
    says: 'a message that kills its process kills one member after the other, without limit',
    edits: [
      {
        in: 'redis-adapter',
        find: 'giveBack($id, $bits[$i], 0, 1)',
        replace: 'giveBack($id, $bits[$i], 0, 0)',
      },
    ],
    killedBy: redis('gives a message again that was retried, or whose member was lost'),
  },
  {
    name: 'group-retry-not-charged',
    says: 'a message that always fails is retried without limit',
    edits: [
      {
        in: 'redis-adapter',
        find: 'giveBack($id, $bit, $kind == RETRY_CHARGED and 1 or 0, 0)',
        replace: 'giveBack($id, $bit, 0, 0)',
      },
    ],
    killedBy: redis('gives a message again that was retried, or whose member was lost'),
  },
  {
    name: 'group-burial-without-letter',
    says: 'a message that a group buried is lost, and nobody can redrive it',
    edits: [
      {
        in: 'redis-adapter',
        find: '          $bytes = $bytes + bury($id, $bit, $kind == BURY_CHARGED and 1 or 0, string.sub($act, 2))\n',
        replace: '',
      },
    ],
    killedBy: redis('keeps dead letters, newest first'),
  },
  {
    name: 'group-new-before-returned',
    says: 'messages that are to be delivered again wait behind all new ones',
    edits: [
      {
        in: 'redis-adapter',
        find: '  if $hasBack then takeFrom($back) end\n',
        replace: "  if #redis.call('XRANGE', log, '(' .. cursor, '+', 'COUNT', 1) == 0 then takeFrom($back) end\n",
      },
    ],
    killedBy: redis('gives what came back before what is new, and a released message first of all'),
  },
  {
    name: 'group-repeated-turn-runs-again',
    says: 'a cut connection costs a claim: its messages wait for a lease',
    edits: [{ in: 'redis-adapter', find: 'if previousNumber == $number then', replace: 'if false then' }],
    killedBy: redis('gives a repeated turn the same messages'),
  },
  {
    name: 'group-floor-passes-the-hands',
    says: 'the log drops what a member holds, and when the member dies it is lost',
    edits: [
      {
        in: 'redis-adapter',
        find: 'if $first[1] and tonumber($first[2]) <= $read then',
        replace: 'if false then',
      },
    ],
    killedBy: redis('keeps what a member holds, until it is settled or given again'),
  },
  {
    name: 'publish-rings-no-bell',
    says: 'a message for an idle group waits for the next poll',
    edits: [{ in: 'redis-adapter', find: 'if rings then', replace: 'if false then' }],
    killedBy: redis('wakes an idle member when a message is published'),
  },
  {
    name: 'foreign-number-counts',
    says: 'after an entry of another program a group begins anew, or misses messages without a word',
    edits: [
      {
        in: 'redis-adapter',
        find: "if s and string.match(${text}, '^%d+ %d+ (%d+) ') == s then",
        replace: 'if s then',
      },
    ],
    killedBy: redis('makes no group begin anew, and is no lost message: 5000'),
  },
  {
    name: 'seek-follows-foreign-numbers',
    says: 'a group that is sent to a position passes messages by where another program wrote between them',
    edits: [
      {
        in: 'redis-adapter',
        find: 'local ms, number = messageFrom(whole16(middle))',
        replace:
          "local entry = redis.call('XRANGE', log, whole16(middle), '+', 'COUNT', 1)[1]\n      local ms, number = string.match(entry and entry[1] or '', '^(%d+)%-(%d+)$')\n      ms, number = tonumber(ms), tonumber(number)",
      },
    ],
    killedBy: redis('misleads no search for a position: 0'),
  },
]
