/** A URL for people to read: without its password and its query, where some put one. */
export function redactUrl(url: string): string {
  if (!URL.canParse(url)) return '(not a URL)'
  const { protocol, username, password, host, pathname } = new URL(url)
  const login = username || password ? `${username}${password && ':***'}@` : ''
  return `${protocol}//${login}${host}${pathname}`
}
