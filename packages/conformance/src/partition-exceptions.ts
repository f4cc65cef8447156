/** Cases that do not hold over the partitions of a queue, with the reason, which is printed. */
export interface Exceptions {
  readonly why: string
  readonly topic: string
  readonly titles: readonly string[]
}

const SHARED = 'each partition has a share of capacities, bounds and limits'
const PASSED_ON = 'a hint that its worker does not follow in 30 ms is passed on'
const SAMPLED = 'a worker that measured nothing has one partition counted, one after the other'
const LANES = 'each partition knows the calls of a lane that it got'
const ORDER = 'order, numbers, fences and revisions are those of each partition'

const SEALED: Exceptions = {
  why: 'what is sealed is one partition',
  topic: 'queue port: sealing',
  titles: [
    'takes only tasks whose key has some that have not ended, from then on and of everybody',
    'takes none of a key that it let go, though a letter of it is redriven there, or others are delayed',
    'keeps a key that it has, with a letter that is redriven there before it has none',
    'lets a task of another key take the place of one that waits, and that key does not come home by it',
    'keeps a key without tasks until its rate and its holds are over, unless it let it go before',
    'keeps a key until its rate is over also while there is no such limit, which may come back',
    'retires not before the rate and the hold of every key are over',
    'redrives no letter whose own id is of a task elsewhere',
    'answers again what was stored before, and knows the ids that it has',
    'forgets the ids of ended tasks that a batch takes elsewhere as a whole, and none where it is not',
    'stores nothing of a batch that is not at home as a whole',
    'does not retire what is in use, or was sealed less than a minute ago',
    'retires what has been sealed for a minute once nothing is left, and takes nothing then',
  ],
}

const SEALED_SCHEDULES: Exceptions = {
  why: 'what is sealed is one partition',
  topic: 'queue port: schedules',
  titles: ['keeps those of a partition that is sealed, and takes no other'],
}

const ORDERED: readonly Exceptions[] = [
  {
    why: 'numbers of orders are those of partitions',
    topic: 'queue port: pauses',
    titles: [
      'counts a pause without a number as the first',
      'does the order with the highest number, whatever comes before or after it',
    ],
  },
  {
    why: 'numbers of orders are those of partitions',
    topic: 'queue port: limits',
    titles: ['does the change with the highest number, whatever comes before or after it'],
  },
]

/** Where the tasks of a producer are in one partition, which has the whole of all bounds. */
export const TOGETHER: readonly Exceptions[] = [
  SEALED,
  SEALED_SCHEDULES,
  ...ORDERED,
  {
    why: SHARED,
    topic: 'queue port: capacity of keys',
    titles: ['takes of each key what finds room there, and counts tasks without a key for none'],
  },
  {
    why: SHARED,
    topic: 'queue port: displacement',
    titles: ['notifies callers that await a displaced task, and keeps its id for the letter'],
  },
  {
    why: SHARED,
    topic: 'queue port: limits',
    titles: [
      'gives no more leases than may be, over all workers',
      'holds the queue when a handler asks for it, and charges nothing',
    ],
  },
  { why: SHARED, topic: 'queue port: purges', titles: ['notifies callers that await a purged task, and makes room'] },
  {
    why: SHARED,
    topic: 'queue port: replacing',
    titles: ['leaves what one that found no room would have replaced to the next of its batch (key)'],
  },
  {
    why: SHARED,
    topic: 'queue port: retention',
    titles: [
      'keeps the outcome of a task that took long like any other',
      'keeps the result of a task as its settlement says, whatever the turn does with the others',
    ],
  },
  {
    why: SHARED,
    topic: 'queue port: tasks with keys',
    titles: ['counts, pages, replaces and displaces them like others'],
  },
  {
    why: SHARED,
    topic: 'queue: keys and limits',
    titles: ['runs no more at once than the limits say, over two brokers, and all of them'],
  },
  {
    why: PASSED_ON,
    topic: 'queue port: limits and whom they wake',
    titles: [
      'tells one that sleeps when a limit lets the next through, where who claimed has no slot for it',
      'wakes nobody for tasks that wait until another ends, and one worker then',
      'wakes nobody while the queue is paused, whatever comes, and one when it is resumed',
      'wakes one worker for the first that a rate keeps waiting, and nobody for those behind it',
    ],
  },
  { why: PASSED_ON, topic: 'queue port: waking', titles: ['wakes one worker for one task'] },
  { why: ORDER, topic: 'queue port: changes', titles: ['lets a changed task be replaced, cancelled and purged'] },
  { why: ORDER, topic: 'queue port: flows', titles: ['says how a task stands that others are to run after'] },
  { why: ORDER, topic: 'queue port: keys', titles: ['serves tasks without a key as one more'] },
  {
    why: ORDER,
    topic: 'queue port: limits of keys',
    titles: ['frees the place of a task that is cancelled, buried, retried, expired or completed'],
  },
  { why: ORDER, topic: 'queue port: obliteration', titles: ['deletes all that a queue has, and it begins anew'] },
  {
    why: ORDER,
    topic: 'queue port: pauses',
    titles: ['notifies all listeners of a pause, and reports it in every turn until the queue is resumed'],
  },
  {
    why: ORDER,
    topic: 'queue port: schedules',
    titles: [
      'keeps a schedule under any name, and finds it again',
      'lists schedules by when they are due, page by page',
    ],
  },
  {
    why: ORDER,
    topic: 'queue port: tasks with keys',
    titles: ['says of a key what waits and runs, and since when', 'takes any text as a key, and keeps keys apart'],
  },
  { why: ORDER, topic: 'queue: dead letters', titles: ['redrives one, by id, and all'] },
  { why: ORDER, topic: 'queue: handling', titles: ['gives a handler its context'] },
  { why: ORDER, topic: 'queue: pages of tasks', titles: ['answers what ended, and what died'] },
]

/** Where they are spread, as for programs. */
export const SPREAD: readonly Exceptions[] = [
  SEALED,
  SEALED_SCHEDULES,
  ...ORDERED,
  {
    why: SHARED,
    topic: 'queue port: capacity',
    titles: [
      'does not count cancelled tasks',
      'does not count delayed and running tasks',
      'notifies a producer again that was refused again',
      'notifies a refused producer when a cancellation makes room',
      'notifies a refused producer when a claim makes room',
      'takes all of an atomic batch or nothing',
      'takes what finds room, and refuses the rest',
    ],
  },
  {
    why: SHARED,
    topic: 'queue port: capacity of keys',
    titles: ['takes of each key what finds room there, and counts tasks without a key for none'],
  },
  {
    why: SHARED,
    topic: 'queue port: changes',
    titles: [
      'gives whoever waits for room a hint when a task is due later',
      'lets a waiting task be due later, and makes room by it',
    ],
  },
  {
    why: SHARED,
    topic: 'queue port: deduplication',
    titles: ['needs room for one task where a batch holds several with one key'],
  },
  {
    why: SHARED,
    topic: 'queue port: displacement',
    titles: [
      'answers a repeated batch as before, and displaces once',
      'buries the oldest of the lowest level to make room, and counts it',
      'displaces neither running nor delayed tasks, nor for delayed ones',
      'displaces nothing while there is room, and skips cancelled tasks',
      'displaces of its own batch, too',
      'notifies callers that await a displaced task, and keeps its id for the letter',
    ],
  },
  {
    why: SHARED,
    topic: 'queue port: flows',
    titles: [
      'keeps a blocked task with a key, an own id, or beyond the capacity',
      'makes a chore of a parent that is displaced',
    ],
  },
  {
    why: SHARED,
    topic: 'queue port: limits',
    titles: [
      'follows a rate that changes: what the one before put off is put off no longer',
      'has a worker that waits for a quick rate come when half of a burst may begin, and for the next one where that is far',
      'forgets all with the queue',
      'gives no more leases than may be, over all workers',
      'holds the queue when a handler asks for it, and charges nothing',
      'lets as many begin as the rate allows, with a burst',
      'puts what is set in the place of the definition, until that ends',
      'remembers a worker that was given fewer than it wanted because of a limit',
      'remembers what the worker that began last has defined, and says so to the others',
      'says how many more leases there may be, and none where keys limit theirs',
      'wakes a worker when there may be more than before',
    ],
  },
  { why: SHARED, topic: 'queue port: purges', titles: ['notifies callers that await a purged task, and makes room'] },
  {
    why: SHARED,
    topic: 'queue port: retention',
    titles: [
      'drops dead letters whose time is over as fast as others are buried',
      'keeps results within their bytes',
      'keeps the result of a task as its settlement says, whatever the turn does with the others',
      'says again what was dropped when the reply that said it was lost',
    ],
  },
  {
    why: SHARED,
    topic: 'queue port: schedules',
    titles: ['adds tasks as they are given, also to a queue that is full'],
  },
  {
    why: SHARED,
    topic: 'queue port: suspects',
    titles: ['is displaced from a full queue before others, the first of them first'],
  },
  {
    why: SHARED,
    topic: 'queue port: tasks with keys',
    titles: ['counts, pages, replaces and displaces them like others'],
  },
  { why: SHARED, topic: 'queue port: totals', titles: ['count who is displaced and who is replaced, and no redrive'] },
  {
    why: SHARED,
    topic: 'queue: a bounded one',
    titles: [
      'counts neither running nor delayed tasks',
      'ends the waiting for room when the broker closes',
      'never has more tasks waiting than it may',
      'refuses a task when the queue is full',
      'stops waiting for room at a signal, and stores nothing',
      'waits for room, over participants, and keeps everybody in line',
    ],
  },
  {
    why: SHARED,
    topic: 'queue: an operator’s words',
    titles: ['displaces the oldest task of a full queue, as a dead letter'],
  },
  {
    why: PASSED_ON,
    topic: 'queue port: limits and nobody forgotten',
    titles: [
      'leaves no task that may be claimed to workers that all sleep, whatever happened before (1)',
      'leaves no task that may be claimed to workers that all sleep, whatever happened before (2)',
      'leaves no task that may be claimed to workers that all sleep, whatever happened before (3)',
      'leaves no task that may be claimed to workers that all sleep, whatever happened before (4)',
      'leaves no task that may be claimed to workers that all sleep, whatever happened before (5)',
      'leaves no task that may be claimed to workers that all sleep, whatever happened before (6)',
    ],
  },
  {
    why: PASSED_ON,
    topic: 'queue port: limits and whom they wake',
    titles: [
      'tells one that sleeps when a limit lets the next through, where who claimed has no slot for it',
      'wakes nobody for tasks that wait until another ends, and one worker then',
      'wakes nobody while the queue is paused, whatever comes, and one when it is resumed',
      'wakes one worker for the first task behind a hold of the queue',
      'wakes one worker for the first that a rate keeps waiting, and nobody for those behind it',
    ],
  },
  {
    why: PASSED_ON,
    topic: 'queue port: waking',
    titles: ['does not count a worker as idle that found work by itself', 'wakes one worker for one task'],
  },
  {
    why: SAMPLED,
    topic: 'queue port: history',
    titles: [
      'adds up what several workers report, and counts what went through once',
      'answers pages, the newest first',
      'has no period in which nothing was there and nothing happened, and none in which nobody reported',
      'is empty until a period is over, and has what was there and what went through',
      'is gone with its queue',
      'is of 24 hours in periods of 10 s, and of 90 days in those of an hour',
      'keeps large numbers to a percent, and small ones as they are',
    ],
  },
  {
    why: LANES,
    topic: 'queue port: repeated batches',
    titles: [
      'refuses a number older than the last of its lane',
      'refuses what comes late of a lane that ended, whatever its number',
    ],
  },
  {
    why: LANES,
    topic: 'queue port: repeated turns',
    titles: ['gives nothing to what comes late of a lane that ended, also when it never got anything'],
  },
  {
    why: ORDER,
    topic: 'broker: other programs',
    titles: ['hands tasks over to a list, with all that a queue does before'],
  },
  { why: ORDER, topic: 'queue port: changes', titles: ['lets a changed task be replaced, cancelled and purged'] },
  {
    why: ORDER,
    topic: 'queue port: dead letters',
    titles: ['redrives: a new life with its number, its attempts from 0, at the end of its level'],
  },
  {
    why: ORDER,
    topic: 'queue port: delays',
    titles: [
      'gives a due task of a high level before thousands of due low ones',
      'gives delayed tasks in the order in which they fall due',
    ],
  },
  {
    why: ORDER,
    topic: 'queue port: flows',
    titles: [
      'lists a blocked task among the delayed ones, and changes it',
      'says how a task stands that others are to run after',
    ],
  },
  {
    why: ORDER,
    topic: 'queue port: flows whose parents are looked for again',
    titles: ['gives looks that are due behind all that is new'],
  },
  { why: ORDER, topic: 'queue port: inspection', titles: ['does not count beyond a thousand'] },
  { why: ORDER, topic: 'queue port: keys', titles: ['serves tasks without a key as one more'] },
  {
    why: ORDER,
    topic: 'queue port: leases',
    titles: ['puts recovered tasks to the heads of their levels, in their order'],
  },
  {
    why: ORDER,
    topic: 'queue port: limits of keys',
    titles: ['frees the place of a task that is cancelled, buried, retried, expired or completed'],
  },
  {
    why: ORDER,
    topic: 'queue port: obliteration',
    titles: [
      'deletes all that a queue has, and it begins anew',
      'does nothing while tasks run, unless it is forced: then their leases are lost',
    ],
  },
  {
    why: ORDER,
    topic: 'queue port: order',
    titles: [
      'claims a task of a high level before those that waited longer',
      'gives the oldest task first, within a batch and over batches',
      'keeps first in, first out inside a level',
      'numbers tasks upwards, and never the same',
    ],
  },
  {
    why: ORDER,
    topic: 'queue port: pages',
    titles: ['list the waiting as they are claimed, whatever the size of a page'],
  },
  {
    why: ORDER,
    topic: 'queue port: pauses',
    titles: ['notifies all listeners of a pause, and reports it in every turn until the queue is resumed'],
  },
  { why: ORDER, topic: 'queue port: replacing', titles: ['lets the later of a batch replace the earlier, by its id'] },
  {
    why: ORDER,
    topic: 'queue port: schedules',
    titles: [
      'keeps a schedule under any name, and finds it again',
      'lists schedules by when they are due, page by page',
    ],
  },
  { why: ORDER, topic: 'queue port: suspects', titles: ['gives them first to a turn that takes any, in their order'] },
  {
    why: ORDER,
    topic: 'queue port: tasks with keys',
    titles: ['says of a key what waits and runs, and since when', 'takes any text as a key, and keeps keys apart'],
  },
  { why: ORDER, topic: 'queue port: totals', titles: ['say since when the oldest waits, of whatever level'] },
  { why: ORDER, topic: 'queue: dead letters', titles: ['redrives one, by id, and all'] },
  {
    why: ORDER,
    topic: 'queue: delay, priority and expiry',
    titles: [
      'runs tasks of one priority in the order in which they came',
      'runs higher priorities first, and in order inside one',
    ],
  },
  { why: ORDER, topic: 'queue: handling', titles: ['gives a handler its context'] },
  { why: ORDER, topic: 'queue: pages of tasks', titles: ['answers what ended, and what died'] },
]
