import { expect, it } from 'vitest'
import { redactUrl } from '../src/redact-url.ts'

it.each([
  ['redis://127.0.0.1:6379', 'redis://127.0.0.1:6379'],
  ['redis://:hunter2@host:6380/3', 'redis://host:6380/3'],
  ['rediss://user:hunter2@[::1]:6379/', 'rediss://[::1]:6379'],
  ['redis://host?password=hunter2', 'redis://host'],
  ['unix:///run/redis.sock?db=1', 'unix:///run/redis.sock'],
  ['hunter2', '(a URL that is not shown)'],
  ['https://host/hunter2', '(a URL that is not shown)'],
  ['redis://user:hun/ter2@host', '(a URL that is not shown)'],
  ['redis://user:p@hun/ter2@host', '(a URL that is not shown)'],
  ['redis://user:hun#ter2@host', '(a URL that is not shown)'],
  ['redis://user:12?ter2@host', '(a URL that is not shown)'],
  ['redis://u:p@12/3?ter2@host', '(a URL that is not shown)'],
])('shows %s as %s', (url, shown) => {
  expect(redactUrl(url)).toBe(shown)
})
