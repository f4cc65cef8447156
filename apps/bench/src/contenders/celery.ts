import type { Contender } from './contender.ts'
import { pythonContender } from './python-contender.ts'

export const celery: Contender = pythonContender({
  name: 'celery',
  title: 'Celery',
  library: 'celery',
  file: 'celery_side.py',
  mostAtOnce: 1_000,
  settings:
    'Debian’s python3-celery with Redis as its broker; `solo` for concurrency 1, else `prefork` with at most 4 processes, `-O fair`, prefetch 100, no gossip, ' +
    'mingle, heartbeats or events, results ignored; it acknowledges before it handles; one producer, whose callers take turns; one asker at a time',
  pace: { enqueue: 600, bulk: 800, process: [600, 700, 700] },
  lacks: { fanout: 'has no channels' },
})
