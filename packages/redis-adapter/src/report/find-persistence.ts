import type { StorageFinding } from '@mq/core/adapter'
import { error, ok, warning } from './finding.ts'
import type { Observed } from './observed.ts'

/** What is left of the tasks when the server is started anew. */
export function findPersistence({ info, settings }: Observed): StorageFinding[] {
  const found: StorageFinding[] = []
  if (info.flag('loading') === true) found.push(error('loading', 'The server is reading its data, and answers nobody.'))
  const hasLog = info.flag('aof_enabled')
  if (hasLog === true) {
    if ((info.text('aof_last_write_status') ?? 'ok') !== 'ok') {
      found.push(
        error('log-failed', 'The last write to the append-only file failed: is the disk full? Writes are refused.'),
      )
    }
    if ((info.text('aof_last_bgrewrite_status') ?? 'ok') !== 'ok') {
      found.push(warning('rewrite-failed', 'The last rewrite of the append-only file failed: the file grows.'))
    }
    const fsync = settings?.get('appendfsync')
    if (fsync === 'everysec') {
      found.push(ok('durability', 'A crash of the machine may lose the last second or two (appendfsync everysec).'))
    } else if (fsync === 'no') {
      const text = 'appendfsync is no: a crash of the machine may lose half a minute. Set it to everysec or always.'
      found.push(warning('durability', text))
    }
  }
  const takesSnapshots = settings === undefined ? undefined : (settings.get('save') ?? '') !== ''
  if ((info.text('rdb_last_bgsave_status') ?? 'ok') !== 'ok') {
    const text = 'The last snapshot failed: see the server’s log. By default the server now refuses writes.'
    found.push(error('snapshot-failed', text))
  }
  if (hasLog === false && takesSnapshots === true) {
    const changes = info.number('rdb_changes_since_last_save') ?? 0
    const text = `Only snapshots are kept: a crash now loses ${changes} changes. Set appendonly to yes.`
    found.push(warning('snapshots-only', text))
  } else if (hasLog === false && takesSnapshots === false) {
    found.push(warning('not-persistent', 'Nothing is kept on disk: a restart loses all tasks. Set appendonly to yes.'))
  } else if (hasLog === false) {
    const text =
      'There is no append-only file: a restart loses at least what came after the last snapshot. Set appendonly to yes.'
    found.push(warning('no-log', text))
  }
  return found
}
