/** A connection URL for logs and errors: no user, no password, no query. */
export function redactUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !/^rediss?:$/.test(parsed.protocol) || !/^\/?\d*$/.test(parsed.pathname)) return HIDDEN
  // A password with a sign that should have been escaped puts parts of itself in other places.
  const hasLogin = parsed.username !== '' || parsed.password !== ''
  if (parsed.hash !== '' || url.includes('@') !== hasLogin) return HIDDEN
  return `${parsed.protocol}//${parsed.host}${parsed.pathname === '/' ? '' : parsed.pathname}`
}

const HIDDEN = 'a URL that is not shown'
