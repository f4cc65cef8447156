import { redis } from '../killers.ts'
import type { Mutant } from '../mutant.ts'

/** Defects of the Lua scripts. */
export const scriptMutants: readonly Mutant[] = [
  {
    name: 'settle-ignores-the-lease',
    says: 'a worker that was stopped for longer than its lease settles a task that another worker has now',
    edits: [{ in: 'redis-adapter', find: 'if not $held[$i] or $once[$lease]', replace: 'if $once[$lease]' }],
    killedBy: redis('settles once only, the first time by complete'),
  },
  {
    name: 'plain-turn-ignores-the-lease',
    says: 'a turn that only completes ends tasks that another worker has now, and counts twice what it names twice',
    edits: [
      {
        in: 'redis-adapter',
        find: "redis.call('ZREM', leases, unpack($members)) == count",
        replace: "redis.call('ZREM', leases, unpack($members)) > 0",
      },
    ],
    killedBy: redis('settles a lease once within a turn that only completes, beside one that is gone'),
  },
  {
    name: 'token-per-attempt',
    says: 'after a release the settlement of the delivery before it is accepted as one of the newest',
    edits: [
      { in: 'redis-adapter', find: 'bump(runs, $n)', replace: 'if kind == RETRY_CHARGED then bump(runs, $n) end' },
    ],
    killedBy: redis('is never given again, however the lease before it ended'),
  },
  {
    name: 'recovered-token-given-twice',
    says: 'a worker that was stopped for a lease settles what another one runs',
    edits: [{ in: 'redis-adapter', find: 'bump(runs, $ns[$i])', replace: '' }],
    killedBy: redis('does not let a worker that stood still settle what another one claimed meanwhile'),
  },
  {
    name: 'cancel-leaves-the-lease',
    says: 'a cancelled task counts as running until its lease is over',
    edits: [{ in: 'redis-adapter', find: "redis.call('ZREM', leases, $lease)", replace: '' }],
    killedBy: redis('takes a running task from its worker, and notifies it'),
  },
  {
    name: 'recovery-without-charge',
    says: 'a task that kills its process is delivered to one worker after the other, without limit',
    edits: [{ in: 'redis-adapter', find: 'bump(crashes, $ns[$i])', replace: '' }],
    killedBy: redis('counts each crash of a task whose start was noted'),
  },
  {
    name: 'unstarted-charged',
    says: 'tasks that only waited in the buffers of workers that died run alone, one after the other',
    edits: [{ in: 'redis-adapter', find: '$started[$i] or whole($before[$i]) == 0', replace: 'true' }],
    killedBy: redis('charges none that waited in the buffers of workers that died, more than once'),
  },
  {
    name: 'repeated-turn-runs-again',
    says: 'a cut connection settles twice, and loses the claim of the first time',
    edits: [
      {
        in: 'redis-adapter',
        find: 'if previousSeq == seq then',
        replace: 'if false then',
      },
    ],
    killedBy: redis('gives a repeated turn the same claims, and claims nothing more'),
  },
  {
    name: 'replay-gives-what-is-gone',
    says: 'a repeated claim returns a task that another worker has by now',
    edits: [
      {
        in: 'redis-adapter',
        find: "redis.call('ZSCORE', leases, lease) and",
        replace: '',
      },
    ],
    killedBy: redis('leaves out what was recovered or cancelled meanwhile'),
  },
  {
    name: 'repeated-batch-added-again',
    says: 'a cut connection turns one enqueue into two tasks',
    edits: [{ in: 'redis-adapter', find: 'if lastSeq == seq then', replace: 'if false then' }],
    killedBy: redis('answers a repeated batch as the first time, and adds nothing'),
  },
  {
    name: 'own-id-without-digest',
    says: 'an enqueue under a used id seems to succeed although its payload is another one',
    edits: [{ in: 'redis-adapter', find: "$knownDigest == $digest and 'e' or 'c'", replace: "'e'" }],
    killedBy: redis('calls another payload under the same id a conflict, but not another header'),
  },
  {
    name: 'enqueue-wakes-nobody',
    says: 'a task for an idle worker waits for the next poll',
    edits: [{ in: 'redis-adapter', find: 'if isDueSooner or comes then', replace: 'if false then' }],
    killedBy: redis('wakes an idle worker when a task is enqueued'),
  },
  {
    name: 'release-wakes-nobody',
    says: 'what a closing worker gives back waits for the next poll',
    edits: [{ in: 'redis-adapter', find: 'or (requeued and', replace: 'or (false and' }],
    killedBy: redis('wakes an idle worker when a task is given back'),
  },
  {
    name: 'wakes-one-worker-only',
    says: 'a batch is run by one worker while the others sleep',
    edits: [{ in: 'redis-adapter', find: 'if not isMore and not $m[6] and', replace: 'if false and' }],
    killedBy: redis('wakes an idle worker when a claim leaves work'),
  },
  {
    name: 'hint-to-the-dead',
    says: 'a worker that died while asleep gets the hint of the next task, and no other is woken',
    edits: [{ in: 'redis-adapter', find: 'for $i = 1, 64 do', replace: 'for $i = 1, 1 do' }],
    killedBy: redis('is gone through until somebody is there'),
  },
  {
    name: 'no-promotion-in-a-claim',
    says: 'delayed tasks and retries never run',
    edits: [{ in: 'redis-adapter', find: 'if $due and #$due > 0 then', replace: 'if false then' }],
    killedBy: redis('puts a task that falls due where its level says'),
  },
  {
    name: 'delayed-task-early',
    says: 'a delayed task starts before its time',
    edits: [
      {
        in: 'redis-adapter',
        within: 'claim',
        find: "redis.call('ZRANGEBYSCORE', KEYS[LATER + $level], '-inf', now,",
        replace: "redis.call('ZRANGEBYSCORE', KEYS[LATER + $level], '-inf', now + 1000,",
      },
    ],
    killedBy: redis('never gives a retried task early'),
  },
  {
    name: 'checked-after-the-pop',
    says: 'a script that fails half-way loses the tasks that it had already taken from the list',
    edits: [
      {
        in: 'redis-adapter',
        within: 'settleAndClaimLua',
        find: "hasFailures = redis.call('HLEN', failures) > 0",
        replace: 'hasFailures = true',
      },
    ],
    killedBy: {
      ...redis('failures'),
      under: 'no verb changes anything halfway, and no task is lost, when a key is of a wrong type:',
    },
  },
  {
    name: 'results-newest-dropped',
    says: 'the result of a task is dropped after a few others ended, and its own id is free',
    edits: [
      {
        in: 'redis-adapter',
        find: "redis.call('RPUSH', order,",
        replace: "redis.call('LPUSH', order,",
      },
    ],
    killedBy: redis('keeps the outcome of a task that took long like any other'),
  },
  {
    name: 'results-without-bound',
    says: 'results are kept until Redis is full',
    edits: [{ in: 'redis-adapter', find: 'keptCount - $count >= $limit[5] or $bytes > $limit[6] or', replace: '' }],
    killedBy: redis('is kept among the last 10,000 at least, and few more'),
  },
  {
    name: 'dropped-letters-not-counted',
    says: 'dead letters are dropped without a report',
    edits: [{ in: 'redis-adapter', find: "string.format('%.0f', $dropped + #old)", replace: 'dropped' }],
    killedBy: redis('drops the oldest dead letters past a bound, counts them, and says so in a turn'),
  },
  {
    name: 'foreign-entries-not-counted',
    says: 'entries that another program wrote among the waiting tasks, and tasks whose record it deleted, are dropped without a report',
    edits: [
      {
        in: 'redis-adapter',
        find: 'foreign = $foreign + $missing - $ours + strange',
        replace: 'foreign = 0',
      },
    ],
    killedBy: redis('is not of others where cancel and replace left it in the middle of a long list'),
  },
  {
    name: 'waiter-not-noted',
    says: 'a result is noticed a poll later',
    edits: [{ in: 'redis-adapter', find: 'and await($n) then', replace: 'and false then' }],
    killedBy: redis('notifies each participant that watches, by number or by own id'),
  },
  {
    name: 'fence-goes-back',
    says: 'a newer delivery has a smaller fence, and its effect is refused',
    edits: [
      {
        in: 'redis-adapter',
        within: 'claim',
        find: 'math.max(tonumber($m[5]) or 0, $time[1] * 1000000 + $time[2])',
        replace: 'tonumber($m[5]) or 0',
      },
    ],
    killedBy: redis('go on upwards when the counters are lost'),
  },
  {
    name: 'lease-by-the-client-clock',
    says: 'a process whose clock is wrong loses its leases at once, or keeps them for hours after its death',
    edits: [
      {
        in: 'redis-adapter',
        within: 'turnArguments',
        find: 'lane,\nseq,\nisRepeat',
        replace: 'lane: `${lane}@${Date.now()}`, seq, isRepeat',
      },
      {
        in: 'redis-adapter',
        within: 'settleAndClaimLua',
        find: 'local previous, given',
        replace: "lane, now = string.match(lane, '^(.*)@(%d+)$')\nnow = tonumber(now)\nlocal previous, given",
      },
    ],
    killedBy: redis('by 3600000 ms goes by the clock of the server'),
  },
  {
    name: 'numbers-behind-the-clock',
    says: 'a server that lost its last writes gives numbers again, and old leases fit new tasks',
    edits: [
      {
        in: 'redis-adapter',
        within: 'TASK_NUMBERS',
        find: 'math.max(tonumber($m[2]) or 0, $time[1] * 1000000 + $time[2])',
        replace: 'tonumber($m[2]) or $time[1] * 1000000',
      },
    ],
    killedBy: redis('gives no number again that it gave before'),
  },
  {
    name: 'numbering-outlives-its-server',
    says: 'after a failover lost messages are not reported, since new ones have their numbers',
    edits: [
      {
        in: 'redis-adapter',
        within: 'POSITION',
        find: "($run ~= '' and $known[3] and $known[3] ~= $run)",
        replace: 'false',
      },
    ],
    killedBy: redis('begins a new numbering of its channels'),
  },
  {
    name: 'lanes-forgotten-at-once',
    says: 'where many processes share a queue, a cut connection still turns one enqueue into two tasks',
    edits: [{ in: 'redis-adapter', find: 'now - $at > ${LANE_KEPT_MS}', replace: 'now - $at >= 0' }],
    killedBy: redis('are answered as the first time, whoever called'),
  },
]
